package moodle_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"mgit/internal/moodle"
)

func TestSubPluginsOfEveryEra(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, series, file, content string
		want                        map[string]string // type → directory
		problem                     string            // what Err says, "" for nothing
	}{
		{
			"php, one line", "2.5", "mod/assign/db/subplugins.php",
			"<?php\n$subplugins = array('assignsubmission'=>'mod/assign/submission', 'assignfeedback'=>'mod/assign/feedback');",
			map[string]string{"assignsubmission": "mod/assign/submission", "assignfeedback": "mod/assign/feedback"},
			"",
		},
		{
			"php, with comments and short array", "3.4", "admin/tool/log/db/subplugins.php",
			"<?php\n/* 'no' => 'nowhere' */\n$subplugins = [\n    // 'gone' => 'admin/tool/log/gone',\n    \"logstore\" => \"admin/tool/log/store\",\n];",
			map[string]string{"logstore": "admin/tool/log/store"},
			"",
		},
		{
			"php, assigned by key", "3.4", "local/kit/db/subplugins.php",
			"<?php\n$subplugins['kitpart'] = 'local/kit/part';\n",
			map[string]string{"kitpart": "local/kit/part"},
			"",
		},
		{
			"php, of an editor", "2.8", "lib/editor/atto/db/subplugins.php", "<?php $subplugins = array('atto' => 'lib/editor/atto/plugins');",
			map[string]string{"atto": "lib/editor/atto/plugins"},
			"",
		},
		{"php, something else", "3.4", "mod/data/db/subplugins.php", "<?php\n$plugins = array('datafield' => 'mod/data/field');", nil, "sets no $subplugins"},
		{
			"json, from Moodle's root", "4.5", "mod/workshop/db/subplugins.json",
			`{"plugintypes": {"workshopform": "mod\/workshop\/form", "workshopeval": "mod/workshop/eval/"}}`,
			map[string]string{"workshopform": "mod/workshop/form", "workshopeval": "mod/workshop/eval"},
			"",
		},
		{
			"json, below the owner first", "4.5", "mod/data/db/subplugins.json",
			`{"plugintypes": {"datafield": "mod/data/old"}, "subplugintypes": {"datafield": "field"}}`,
			map[string]string{"datafield": "mod/data/field"},
			"",
		},
		{
			"json, old form under public", "5.1", "public/mod/data/db/subplugins.json", `{"plugintypes": {"datafield": "mod/data/field"}}`,
			map[string]string{"datafield": "public/mod/data/field"},
			"",
		},
		{
			"json, new form under public", "5.1", "public/admin/tool/mfa/db/subplugins.json", `{"subplugintypes": {"factor": "factor"}}`,
			map[string]string{"factor": "public/admin/tool/mfa/factor"},
			"",
		},
		{"json, broken", "4.5", "mod/data/db/subplugins.json", `{"plugintypes"`, nil, "unexpected end"},
		{
			"some refused", "4.5", "mod/data/db/subplugins.json",
			`{"plugintypes": {"datafield": "mod/data/field", "course": "mod/data/course", "mod": "mod/data/mod", "Bad": "mod/data/bad", "out": "../out"}}`,
			map[string]string{"datafield": "mod/data/field"},
			"core has a subsystem of this name",
		},
		{"not an owner", "4.5", "blocks/html/db/subplugins.json", `{"plugintypes": {"htmlpart": "blocks/html/part"}}`, nil, ""},
	}
	for _, tt := range tests {
		files := treeOf(t, "4.5")
		switch {
		case tt.series == "5.1":
			files = treeOf(t, "5.1")
		case tt.series < "3.8":
			files = tree{"version.php": versionFile(tt.series)}
		}
		l := mustLayout(t, files.with(tree{tt.file: tt.content}).fs())
		got := make(map[string]string)
		for _, typ := range l.Types() {
			if typ.Owner != (moodle.Component{}) {
				got[typ.Name] = typ.Dir
			}
		}
		if len(got) != len(tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
		for typ, dir := range tt.want {
			if got[typ] != dir {
				t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
			}
			c := moodle.Component{Type: typ, Name: "example"}
			fresh := mustLayout(t, files.with(tree{tt.file: tt.content}).fs())
			if owner, rest, ok := fresh.ComponentOf(dir + "/example/lib.php"); owner != c || rest != "lib.php" || !ok {
				t.Errorf("%s: %s/example/lib.php belongs to %s, rest %q", tt.name, dir, owner, rest)
			}
		}
		switch err := l.Err(); {
		case tt.problem == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.problem != "" && (err == nil || !strings.Contains(err.Error(), tt.problem) || !strings.Contains(err.Error(), tt.file)):
			t.Errorf("%s: problem %v, want %q in %s", tt.name, err, tt.problem, tt.file)
		}
	}
}

// The type of a folder is known without the names of the plugins in it, and what
// a plugin of another tree declares is read by the rules of this one.
func TestTypesByFolder(t *testing.T) {
	t.Parallel()
	l := mustLayout(t, treeOf(t, "5.1").with(tree{
		"public/mod/kit/db/subplugins.json": `{"subplugintypes": {"outer": "part", "inner": "part/one/piece"}}`,
	}).fs())
	for dir, want := range map[string]string{
		"public/mod": "mod", "public/mod/kit/part": "outer", "public/mod/kit/part/one/piece": "inner", "public/lib/editor": "editor",
		"public/mod/kit": "", "public/mod/kit/part/one": "", "mod": "", "public": "", "": "", ".": "", "/": "", "/mod": "",
	} {
		if got, ok := l.TypeAt(dir); got.Name != want || ok != (want != "") || ok && got.Dir != dir {
			t.Errorf("%q has plugins of type %q, want %q", dir, got.Name, want)
		}
	}
	other := tree{
		"public/local/kit/db/subplugins.json": `{"subplugintypes": {"piece": "pieces"}}`,
		"public/mod/bad/db/subplugins.json":   `{"subplugintypes": {"mod": "mods", "fine": "fine"}}`,
		"public/blocks/xx/db/subplugins.json": `{"subplugintypes": {"xpart": "part"}}`,
	}.fs()
	for name, want := range map[string]string{"local_kit": "public/local/kit/pieces", "mod_bad": "public/mod/bad/fine", "block_xx": "", "mod_none": ""} {
		types, err := l.SubTypes(other, component(t, name))
		if got := len(types); got > 1 || got == 1 && types[0].Dir != want || (got == 0) != (want == "") {
			t.Errorf("%s declares %v, want %q", name, types, want)
		}
		if (err != nil) != (name == "mod_bad") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, wrong := range map[string]bool{"kit": false, "a_b": true, "Kit": true, "tests": true, "kit.bak": true, "course": true} {
		var bad *moodle.NameError
		if err := l.CheckName("mod", name); errors.As(err, &bad) != wrong || (err != nil) != wrong {
			t.Errorf("mod/%s: %v", name, err)
		}
	}
	if err := l.CheckName("anything", "kit"); err != nil {
		t.Error(err)
	}
}

func TestSubPluginTypeOfTwoOwners(t *testing.T) {
	t.Parallel()
	l := mustLayout(t, treeOf(t, "4.5").with(tree{
		"mod/one/db/subplugins.json": `{"subplugintypes": {"part": "part"}}`,
		"mod/two/db/subplugins.json": `{"subplugintypes": {"part": "part"}}`,
	}).fs())
	if dir, ok := l.PathOf(component(t, "part_example")); dir != "mod/one/part/example" || !ok {
		t.Errorf("part_example is in %q, %v", dir, ok)
	}
	if err := l.Err(); err == nil || err.Error() != "mod_two declares the sub-plugin type part, which mod_one has" {
		t.Errorf("problem: %v", err)
	}
}

// One owner's types may lie in one another: the longest directory wins.
func TestSubPluginsInsideSubPlugins(t *testing.T) {
	t.Parallel()
	for _, declaration := range []string{
		`{"subplugintypes": {"outer": "part", "inner": "part/one/piece"}}`,
		`{"subplugintypes": {"inner": "part/one/piece", "outer": "part"}}`,
	} {
		l := mustLayout(t, treeOf(t, "5.1").with(tree{"public/mod/kit/db/subplugins.json": declaration}).fs())
		for path, want := range map[string]string{
			"public/mod/kit/part/one/piece/two/x.php": "inner_two",
			"public/mod/kit/part/one/piece/x.php":     "outer_one",
			"public/mod/kit/part/one/x.php":           "outer_one",
			"public/mod/kit/part/x.php":               "mod_kit",
		} {
			if c, _, _ := l.ComponentOf(path); c.String() != want {
				t.Errorf("%s: %s belongs to %s, want %s", declaration, path, c, want)
			}
		}
	}
}

// Reading a layout opens few files, and a path only those of its owner.
func TestLayoutReadsLittle(t *testing.T) {
	t.Parallel()
	files := &countingFS{FS: treeOf(t, "4.5").with(tree{
		"mod/quiz/db/subplugins.json": `{"plugintypes": {"quiz": "mod/quiz/report"}}`,
		"mod/data/db/subplugins.json": `{"plugintypes": {"datafield": "mod/data/field"}}`,
		"mod/readme":                  "a file that could be a plugin by its name",
	}).fs()}
	l := mustLayout(t, files)
	for range 3 {
		l.ComponentOf("mod/quiz/report/statistics/x.php")
		l.ComponentOf("blocks/html/x.php")
		l.ComponentOf("lib/moodlelib.php")
	}
	want := []string{"public/version.php", "version.php", "lib/components.json", "mod/quiz/db/subplugins.json"}
	if strings.Join(files.opened, " ") != strings.Join(want, " ") {
		t.Errorf("opened %v, want %v", files.opened, want)
	}
	l.Types()
	if slices.Contains(files.opened, "mod/readme/db/subplugins.json") || !slices.Contains(files.opened, "mod/data/db/subplugins.json") {
		t.Errorf("for all types opened %v", files.opened)
	}
}

func TestLayoutSaysWhatItCouldNotRead(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk on fire")
	files := &countingFS{FS: treeOf(t, "4.5").fs(), fail: map[string]error{"mod/quiz/db/subplugins.json": broken, "lib/editor": broken}}
	l := mustLayout(t, files)
	if c, _, _ := l.ComponentOf("mod/quiz/report/statistics/x.php"); c.String() != "mod_quiz" {
		t.Errorf("owner is %s", c)
	}
	if !errors.Is(l.Err(), broken) {
		t.Errorf("Err() = %v", l.Err())
	}
	l.Types()
	if !strings.Contains(l.Err().Error(), "list lib/editor") {
		t.Errorf("Err() = %v", l.Err())
	}
	for _, name := range []string{"version.php", "lib/components.json"} {
		files := &countingFS{FS: treeOf(t, "4.5").fs(), fail: map[string]error{name: broken}}
		if _, err := moodle.ReadLayout(files); !errors.Is(err, broken) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s unreadable: %v", name, err)
		}
	}
}

// countingFS notes what is opened and fails where it is told to.
type countingFS struct {
	fs.FS
	opened []string
	fail   map[string]error
}

func (c *countingFS) Open(name string) (fs.File, error) {
	c.opened = append(c.opened, name)
	if err := c.fail[name]; err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return c.FS.Open(name)
}
