package moodle_test

import (
	"errors"
	"reflect"
	"testing"

	"mgit/internal/moodle"
)

func TestParsePlugin(t *testing.T) {
	t.Parallel()
	series := func(major, minor int) moodle.Series { return moodle.Series{Major: major, Minor: minor} }
	forum := moodle.Component{Type: "mod", Name: "forum"}
	tests := []struct {
		name, source string
		want         moodle.Plugin
	}{
		{
			"today",
			"<?php\ndefined('MOODLE_INTERNAL') || die();\n\n$plugin->version   = 2024100700; // YYYYMMDDXX\n$plugin->requires  = 2024100100;\n" +
				"$plugin->component = 'mod_forum';\n$plugin->release = 'v4.5-r2';\n$plugin->maturity = MATURITY_STABLE;\n$plugin->supported = [401, 405];\n" +
				"$plugin->incompatible = 500;\n$plugin->dependencies = [\n    'mod_quiz' => 2024100700, // why\n    'local_kit' => ANY_VERSION,\n    'block_html' => '2024100701',\n    'tool_log' => '',\n];\n",
			moodle.Plugin{
				Component: forum, Version: "2024100700", Requires: "2024100100", Release: "v4.5-r2", Maturity: "MATURITY_STABLE",
				From: series(4, 1), To: series(4, 5), Incompatible: series(5, 0),
				Dependencies: map[moodle.Component]string{
					{Type: "mod", Name: "quiz"}: "2024100700", {Type: "local", Name: "kit"}: "",
					{Type: "block", Name: "html"}: "2024100701", {Type: "tool", Name: "log"}: "",
				},
			},
		},
		{
			"activity module of 2.0", "<?php\n$module->version  = 2010111500;\n$module->requires = 2010112400;  // Requires this Moodle version\n$module->cron     = 60;\n",
			moodle.Plugin{Version: "2010111500", Requires: "2010112400"},
		},
		{
			"oddities", "<?php\r\n$plugin->version = 201305140;\r\n$plugin->requires = 2022041900.00;\r\n$plugin->release = 2.1;\r\n$plugin->maturity = '200';\r\n" +
				"$plugin->cron = 4 * 3600;\r\n$plugin->component = \"mod_forum\";\r\n$plugin->supported = array(39, 310);\r\n$plugin->dependencies = array('mod_quiz' => 1,);\r\n",
			moodle.Plugin{
				Component: forum, Version: "201305140", Requires: "2022041900.00", Release: "2.1", Maturity: "200", From: series(3, 9), To: series(3, 10),
				Dependencies: map[moodle.Component]string{{Type: "mod", Name: "quiz"}: "1"},
			},
		},
		{
			"expressions are not evaluated", "<?php\n$plugin->version = 2024100700;\n$plugin->requires = !file_exists('a;b') ? 1 : 2;\n" +
				"$plugin->supported = [$lo, 405];\n$plugin->incompatible = 'never';\n$plugin->release = 'a' . 'b';\n$plugin->maturity = $m;\n" +
				"$plugin->component = 'mod_' . 'forum';\n$plugin->dependencies = $deps;\n",
			moodle.Plugin{Version: "2024100700", Unread: []string{"requires", "supported", "incompatible", "release", "maturity", "component", "dependencies"}},
		},
		{
			"the wrong thing", "<?php\n$plugin->version = '2024x';\n$plugin->supported = [405, 401];\n$plugin->component = 'forum';\n" +
				"$plugin->dependencies = ['forum' => 1];\n$plugin->incompatible = 102;\n$plugin->release = 'it\\'s';\n",
			moodle.Plugin{Unread: []string{"version", "supported", "component", "dependencies", "incompatible", "release"}},
		},
		{
			"compared, mapped and commented", "<?php\n// $plugin->release = 'no';\n$plugin->version = 1;\nif ($plugin->version == 2) {}\nfoo([$plugin->release => 1]);\n$plugin->requires = 3",
			moodle.Plugin{Version: "1"},
		},
		{
			"digits in groups", "<?php\n$plugin->version = 2024_10_07_00;\n$plugin->requires = 2022_0419_00.0_1;\n$plugin->dependencies = ['mod_quiz' => 2024_100700];\n",
			moodle.Plugin{Version: "2024100700", Requires: "2022041900.01", Dependencies: map[moodle.Component]string{{Type: "mod", Name: "quiz"}: "2024100700"}},
		},
		{"no groups", "<?php $plugin->version = '2024_10_07_00'; $plugin->requires = 2024__10; $plugin->incompatible = 405_;", moodle.Plugin{Unread: []string{"version", "requires", "incompatible"}}},
		{"set twice", "<?php\n$plugin->version = 1;\n$plugin->version = 2;\n", moodle.Plugin{Version: "2"}},
		{"one supported only", "<?php $plugin->version = 1; $plugin->supported = [405];", moodle.Plugin{Version: "1", Unread: []string{"supported"}}},
		{"supported by name", "<?php $plugin->version = 1; $plugin->supported = [4.1, 4.5];", moodle.Plugin{Version: "1", Unread: []string{"supported"}}},
		{"no dependencies", "<?php $plugin->version = 1; $plugin->dependencies = [];", moodle.Plugin{Version: "1", Dependencies: map[moodle.Component]string{}}},
		{
			"dependency on an expression", "<?php $plugin->version = 1; $plugin->dependencies = ['mod_quiz' => $v];",
			moodle.Plugin{Version: "1", Unread: []string{"dependencies"}},
		},
	}
	for _, tt := range tests {
		got, err := moodle.ParsePlugin([]byte(tt.source))
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v, %v; want %+v", tt.name, got, err, tt.want)
		}
	}
	for _, source := range []string{"", "<?php\n$version = 2024100700;\n", "<?php\n$plugin->component = 'mod_forum';\n", "<?php\n$plugin->version = 1"} {
		p, err := moodle.ParsePlugin([]byte(source))
		var format *moodle.FormatError
		if !errors.As(err, &format) {
			t.Errorf("%q: %+v, %v; want a *FormatError", source, p, err)
		}
	}
}
