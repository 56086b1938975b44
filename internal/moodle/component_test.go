package moodle_test

import (
	"errors"
	"strings"
	"testing"

	"mgit/internal/moodle"
)

func TestParseComponent(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		want moodle.Component
	}{
		{"mod_forum", moodle.Component{Type: "mod", Name: "forum"}},
		{"mod_h5pactivity", moodle.Component{Type: "mod", Name: "h5pactivity"}},
		{"mod_x", moodle.Component{Type: "mod", Name: "x"}},
		{"block_course_overview", moodle.Component{Type: "block", Name: "course_overview"}},
		{"h5plib_v127", moodle.Component{Type: "h5plib", Name: "v127"}},
		{"auth_db", moodle.Component{Type: "auth", Name: "db"}},
		{"theme_boost", moodle.Component{Type: "theme", Name: "boost"}},
		{"quizaccess_seb", moodle.Component{Type: "quizaccess", Name: "seb"}},
		{"customcertelement_date", moodle.Component{Type: "customcertelement", Name: "date"}},
		{"local_o365", moodle.Component{Type: "local", Name: "o365"}},
		{"core", moodle.Component{Type: "core"}},
		{"core_grades", moodle.Component{Type: "core", Name: "grades"}},
		{"core_iso6392", moodle.Component{Type: "core", Name: "iso6392"}},
	}
	for _, tt := range tests {
		got, err := moodle.ParseComponent(tt.name)
		if err != nil || got != tt.want {
			t.Errorf("ParseComponent(%q) = %+v, %v; want %+v", tt.name, got, err, tt.want)
		}
		if got.String() != tt.name {
			t.Errorf("ParseComponent(%q) is written as %q", tt.name, got)
		}
		if got.IsCore() != strings.HasPrefix(tt.name, "core") {
			t.Errorf("%s: IsCore is %v", tt.name, got.IsCore())
		}
	}
}

func TestParseComponentSaysWhy(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, reason string }{
		{"", "is empty"},
		{"forum", "has no type: want type_name, such as mod_forum"},
		{"mod_", "has no name after the type"},
		{"_forum", "the type must begin with a letter"},
		{"1mod_forum", "the type must begin with a letter"},
		{"mod_my_forum", "the name of an activity module has no underscore"},
		{"mod__forum", "the name of an activity module has no underscore"},
		{"datalynxfield__approve", "has two underscores in a row"},
		{"local_my__plugin", "has two underscores in a row"},
		{"local_plugin_", "ends with an underscore"},
		{"local_2fa", "the name after the type must begin with a letter"},
		{"mod_2fa", "the name after the type must begin with a letter"},
		{"local_x", "the name after the type has one character only"},
		{"mod_Forum", "has an upper case letter"},
		{"LOCAL_foo", "has an upper case letter"},
		{"local_foo-bar", "has the character '-': only a-z, 0-9 and _ are allowed"},
		{"local_foo.bar", "has the character '.': only a-z, 0-9 and _ are allowed"},
		{"local/foo", "has the character '/': only a-z, 0-9 and _ are allowed"},
		{"local_grün", "has the character 'ü': only a-z, 0-9 and _ are allowed"},
		{" mod_forum", "has the character ' ': only a-z, 0-9 and _ are allowed"},
		{"set_grading", "set_… names a set of changes, not a component"},
	}
	for _, tt := range tests {
		c, err := moodle.ParseComponent(tt.name)
		var name *moodle.NameError
		if !errors.As(err, &name) {
			t.Errorf("ParseComponent(%q) = %v, %v; want a *NameError", tt.name, c, err)
			continue
		}
		if name.Name != tt.name || name.Reason != tt.reason {
			t.Errorf("ParseComponent(%q): %q because %q, want because %q", tt.name, name.Name, name.Reason, tt.reason)
		}
	}
}

func TestComponentOrder(t *testing.T) {
	t.Parallel()
	want := []string{"block_html", "core", "core_grades", "mod_assign", "mod_forum"}
	var components []moodle.Component
	for _, name := range want {
		c, err := moodle.ParseComponent(name)
		if err != nil {
			t.Fatal(err)
		}
		components = append(components, c)
	}
	for i, a := range components {
		for j, b := range components {
			if got := a.Compare(b); got != sign(i-j) {
				t.Errorf("%s compared to %s gives %d, want %d", a, b, got, sign(i-j))
			}
		}
	}
}
