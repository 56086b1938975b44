package moodle_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"mgit/internal/moodle"
)

func TestStandardPlugins(t *testing.T) {
	t.Parallel()
	php := `<?php
class plugin_manager {
    /** 'mod' => array('comment') */
    public static function is_deleted_standard_plugin($type, $name) {
        // $plugins = array('block' => array('admin', 'admin_tree'));
        $plugins = array(
            'theme' => array('standard', 'standardold',
                'nonzero'),
        );
        if (!isset($plugins[$type])) {
            return false;
        }
        return in_array($name, $plugins[$type]);
    }

    public static function standard_plugins_list($type) {
        $standard_plugins = array(
            'auth' => array(
                'db', 'manual'
            ),
            'coursereport' => array(
                // Deprecated!
            ),
            'mod' => ['forum', "quiz"],
        );
        if (isset($standard_plugins[$type])) {
            return $standard_plugins[$type];
        }
    }

    public function other() {
        return array('mod' => array('other'));
    }
}
`
	list := `{"standard": {"auth": ["db", "manual"], "mod": ["forum", "quiz"]}, "deleted": {"theme": ["standard", "standardold", "nonzero"]}}`
	shipped := []string{"auth_db", "auth_manual", "mod_forum", "mod_quiz"}
	removed := []string{"theme_nonzero", "theme_standard", "theme_standardold"}
	tests := []struct {
		series, file, content string
	}{
		{"2.5", "lib/pluginlib.php", php},
		{"3.9", "lib/classes/plugin_manager.php", php},
		{"4.5", "lib/plugins.json", list},
		{"5.1", "lib/plugins.json", list},
		{"5.1", "public/lib/plugins.json", list},
	}
	for _, tt := range tests {
		l := mustLayout(t, treeOf(t, tt.series).with(tree{tt.file: tt.content}).fs())
		standard, err := l.StandardPlugins()
		if err != nil {
			t.Errorf("%s: %v", tt.file, err)
			continue
		}
		var all []string
		for _, c := range standard.All() {
			all = append(all, c.String())
			if !standard.Ships(c) || standard.Removed(c) {
				t.Errorf("%s: %s is shipped %v, removed %v", tt.file, c, standard.Ships(c), standard.Removed(c))
			}
		}
		if !slices.Equal(all, shipped) {
			t.Errorf("%s: ships %v, want %v", tt.file, all, shipped)
		}
		for _, name := range removed {
			if c := component(t, name); !standard.Removed(c) || standard.Ships(c) {
				t.Errorf("%s: %s is not removed", tt.file, name)
			}
		}
		if c := component(t, "block_admin"); standard.Removed(c) || standard.Ships(c) {
			t.Errorf("%s: a plugin of a comment is listed", tt.file)
		}
	}
}

func TestStandardPluginsRefuses(t *testing.T) {
	t.Parallel()
	none := mustLayout(t, treeOf(t, "2.5").fs())
	if _, err := none.StandardPlugins(); !errors.Is(err, moodle.ErrNoStandardList) {
		t.Errorf("no list: %v", err)
	}
	for content, reason := range map[string]string{
		"{":                               "unexpected end",
		`{"standard": [], "deleted": []}`: "lists no standard plugins",
		`{"standard": {"mod": "forum"}}`:  "cannot unmarshal",
	} {
		l := mustLayout(t, treeOf(t, "4.5").with(tree{"lib/plugins.json": content}).fs())
		_, err := l.StandardPlugins()
		var format *moodle.FormatError
		if !errors.As(err, &format) || !strings.Contains(format.Reason, reason) {
			t.Errorf("%s: %v; want a *FormatError with %q", content, err, reason)
		}
	}
	broken := errors.New("disk on fire")
	l := mustLayout(t, &countingFS{FS: treeOf(t, "4.5").fs(), fail: map[string]error{"lib/plugins.json": broken}})
	if _, err := l.StandardPlugins(); !errors.Is(err, broken) {
		t.Errorf("unreadable: %v", err)
	}
}
