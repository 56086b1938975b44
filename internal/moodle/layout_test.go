package moodle_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"mgit/internal/moodle"
)

// tree is a Moodle tree in memory: path → content.
type tree map[string]string

func (files tree) fs() fstest.MapFS {
	m := make(fstest.MapFS)
	for name, content := range files {
		m[name] = &fstest.MapFile{Data: []byte(content), Mode: 0o644}
	}
	return m
}

func (files tree) with(more tree) tree {
	all := make(tree)
	for name, content := range files {
		all[name] = content
	}
	for name, content := range more {
		all[name] = content
	}
	return all
}

func versionFile(series string) string {
	s, err := moodle.ParseSeries(series)
	if err != nil {
		panic(err)
	}
	branch := ""
	if s.Compare(moodle.Series{Major: 2, Minor: 3}) >= 0 {
		branch = fmt.Sprintf("$branch = '%s';\n", s.Code())
	}
	return fmt.Sprintf("<?php\n$version = 2013051400.00;\n$release = '%s (Build: 20130514)';\n%s", s, branch)
}

// treeOf returns a tree of one of the series that plugintypes.tsv has.
func treeOf(t testing.TB, series string) tree {
	t.Helper()
	root := ""
	if series == "5.1" {
		root = "public/"
	}
	types, deprecated := make(map[string]string), make(map[string]string)
	for _, row := range readFacts(t, "plugintypes.tsv") {
		switch row[series] {
		case "x":
			types[row["type"]] = root + row["path"]
		case "deprecated":
			deprecated[row["type"]] = root + row["path"]
		}
	}
	if series < "3.8" {
		return tree{"version.php": versionFile(series)}
	}
	components, err := json.Marshal(map[string]any{
		"plugintypes":           types,
		"deprecatedplugintypes": deprecated,
		"deletedplugintypes":    []string{}, // as PHP writes an empty object
		"subsystems": map[string]any{
			"access": nil, "admin": root + "admin", "auth": root + "auth", "block": root + "blocks", "course": root + "course",
			"grades": root + "grade", "grading": root + "grade/grading", "question": root + "question", "editor": root + "lib/editor", "help": nil,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree{root + "version.php": versionFile(series), "lib/components.json": string(components)}
}

func mustLayout(t testing.TB, files fs.FS) *moodle.Layout {
	t.Helper()
	l, err := moodle.ReadLayout(files)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Each type of each series is where Moodle has it, in both directions.
func TestLayoutOfEachSeries(t *testing.T) {
	t.Parallel()
	for series, want := range map[string]struct {
		count   int
		docroot string
	}{"2.5": {28, ""}, "3.9": {39, ""}, "4.5": {45, ""}, "5.1": {46, "public/"}} {
		l := mustLayout(t, treeOf(t, series).fs())
		if l.Series().String() != series || l.Docroot() != want.docroot || l.Public() != (want.docroot != "") || l.Version().Version != "2013051400.00" {
			t.Errorf("%s: series %s, docroot %q, version %+v", series, l.Series(), l.Docroot(), l.Version())
		}
		known := make(map[string]moodle.Type)
		for _, typ := range l.Types() {
			known[typ.Name] = typ
		}
		if len(known) != want.count {
			t.Errorf("%s has %d types of plugins, want %d", series, len(known), want.count)
		}
		for _, row := range readFacts(t, "plugintypes.tsv") {
			c := moodle.Component{Type: row["type"], Name: "example"}
			dir, ok := l.PathOf(c)
			if row[series] == "" {
				if ok {
					t.Errorf("%s: %s has the path %s", series, c, dir)
				}
				continue
			}
			if wantDir := want.docroot + row["path"] + "/example"; dir != wantDir || !ok {
				t.Errorf("%s: %s is in %q, %v; want %s", series, c, dir, ok, wantDir)
			}
			if got, rest, ok := l.ComponentOf(dir + "/db/x.php"); got != c || rest != "db/x.php" || !ok {
				t.Errorf("%s: %s/db/x.php belongs to %s, rest %q, %v; want %s", series, dir, got, rest, ok, c)
			}
			if got, rest, ok := l.ComponentOf(dir); got != c || rest != "" || !ok {
				t.Errorf("%s: %s belongs to %s, rest %q, %v; want %s", series, dir, got, rest, ok, c)
			}
			if deprecated := known[c.Type].Status == moodle.Deprecated; deprecated != (row[series] == "deprecated") {
				t.Errorf("%s: %s has status %q", series, c.Type, known[c.Type].Status)
			}
		}
		if err := l.Err(); err != nil {
			t.Errorf("%s: %v", series, err)
		}
	}
}

func TestLayoutOfErasWithoutList(t *testing.T) {
	t.Parallel()
	tests := []struct {
		series      string
		types       int
		has, hasNot []string
	}{
		{"1.9", 23, []string{"mod_hotpot", "report_log", "theme_standard"}, []string{"tool_log", "qbehaviour_x1"}},
		{"2.0", 23, []string{"report_log", "local_foo"}, []string{"gradingform_guide", "qbehaviour_deferred"}},
		{"2.1", 24, []string{"qbehaviour_deferred"}, []string{"tool_log"}},
		{"2.2", 26, []string{"tool_log", "gradingform_guide"}, []string{"cachestore_file"}},
		{"2.4", 28, []string{"cachestore_file", "cachelock_file"}, []string{"calendartype_gregorian"}},
		{"2.7", 30, []string{"calendartype_gregorian", "availability_date"}, []string{"antivirus_clamav"}},
		{"3.1", 33, []string{"antivirus_clamav", "search_solr", "dataformat_csv"}, []string{"media_html5"}},
		{"3.7", 37, []string{"media_html5", "mlbackend_php", "fileconverter_unoconv", "customfield_text"}, []string{"h5plib_v124", "contenttype_h5p"}},
		{"3.8", 37, []string{"customfield_text"}, []string{"contenttype_h5p"}}, // in development, before the file
	}
	for _, tt := range tests {
		l := mustLayout(t, tree{"version.php": versionFile(tt.series)}.fs())
		if got := len(l.Types()); got != tt.types {
			t.Errorf("%s has %d types, want %d", tt.series, got, tt.types)
		}
		for _, name := range tt.has {
			if _, ok := l.PathOf(component(t, name)); !ok {
				t.Errorf("%s lacks %s", tt.series, name)
			}
		}
		for _, name := range tt.hasNot {
			if dir, ok := l.PathOf(component(t, name)); ok {
				t.Errorf("%s has %s in %s", tt.series, name, dir)
			}
		}
	}
	old := mustLayout(t, tree{"version.php": "<?PHP\n$version = 2002082000;\n"}.fs())
	if !old.Series().IsZero() {
		t.Errorf("1.0 has the series %s", old.Series())
	}
	if c, _, _ := old.ComponentOf("mod/chat/lib.php"); c.String() != "mod_chat" {
		t.Errorf("1.0: mod/chat belongs to %s", c)
	}
	for series, want := range map[string]string{"2.1": "admin/report/log", "2.2": "report/log"} {
		l := mustLayout(t, tree{"version.php": versionFile(series)}.fs())
		if dir, _ := l.PathOf(component(t, "report_log")); dir != want {
			t.Errorf("%s: report_log is in %q, want %s", series, dir, want)
		}
	}
}

func TestComponentOf(t *testing.T) {
	t.Parallel()
	classic := treeOf(t, "4.5").with(tree{"mod/quiz/db/subplugins.json": `{"plugintypes": {"quiz": "mod\/quiz\/report", "quizaccess": "mod/quiz/accessrule"}}`})
	tests := []struct{ path, component, rest string }{
		{"mod/forum/lib.php", "mod_forum", "lib.php"},
		{"mod/quiz/lib.php", "mod_quiz", "lib.php"},
		{"mod/quiz/report/statistics/report.php", "quiz_statistics", "report.php"},
		{"mod/quiz/accessrule/seb/db/install.xml", "quizaccess_seb", "db/install.xml"},
		{"mod/quiz/report/default.php", "mod_quiz", "report/default.php"},
		{"mod/quiz/report/_old/x.php", "mod_quiz", "report/_old/x.php"},
		{"mod/quiz/report/tests/x.php", "mod_quiz", "report/tests/x.php"},
		{"mod/quiz/reports/x/y.php", "mod_quiz", "reports/x/y.php"},
		{"mod/upgrade.txt", "core", "mod/upgrade.txt"},
		{"mod", "core", "mod"},
		{"mod/my_forum/lib.php", "core", "mod/my_forum/lib.php"},
		{"mod/course/lib.php", "core", "mod/course/lib.php"},
		{"local/my__plugin/lib.php", "core", "local/my__plugin/lib.php"},
		{"auth/db/auth.php", "auth_db", "auth.php"},
		{"auth/tests/x.php", "core_auth", "tests/x.php"},
		{"auth/classes/x.php", "core_auth", "classes/x.php"},
		{"auth/upgrade.txt", "core_auth", "upgrade.txt"},
		{"blocks/db/x.php", "core_block", "db/x.php"},
		{"enrol/db/x.php", "core", "enrol/db/x.php"},
		{"theme/boost/config.php", "theme_boost", "config.php"},
		{"theme/image.php", "core", "theme/image.php"},
		{"question/type/essay/questiontype.php", "qtype_essay", "questiontype.php"},
		{"question/type/questionbase.php", "core_question", "type/questionbase.php"},
		{"grade/grading/form/guide/lib.php", "gradingform_guide", "lib.php"},
		{"grade/grading/form/lib.php", "core_grading", "form/lib.php"},
		{"grade/lib.php", "core_grades", "lib.php"},
		{"gradebook/lib.php", "core", "gradebook/lib.php"},
		{"admin/tool/log/store/standard/x.php", "tool_log", "store/standard/x.php"}, // not declared in this tree
		{"admin/cli/cron.php", "core_admin", "cli/cron.php"},
		{"lib/moodlelib.php", "core", "lib/moodlelib.php"},
		{"lib/editor/tiny/plugins/link/x.js", "editor_tiny", "plugins/link/x.js"},
		{"README.md", "core", "README.md"},
		{"public/mod/forum/lib.php", "core", "public/mod/forum/lib.php"},
	}
	check := func(l *moodle.Layout, path, component, rest string) {
		t.Helper()
		if c, r, ok := l.ComponentOf(path); c.String() != component || r != rest || !ok {
			t.Errorf("%s belongs to %s, rest %q, %v; want %s, rest %q", path, c, r, ok, component, rest)
		}
	}
	l := mustLayout(t, classic.fs())
	for _, tt := range tests {
		check(l, tt.path, tt.component, tt.rest)
	}
	for _, path := range []string{"", "/mod/forum/lib.php"} {
		if c, _, ok := l.ComponentOf(path); ok {
			t.Errorf("%q belongs to %s", path, c)
		}
	}

	public := mustLayout(t, treeOf(t, "5.1").with(tree{"public/mod/quiz/db/subplugins.json": `{"subplugintypes": {"quiz": "report"}}`}).fs())
	for _, tt := range tests[:3] {
		check(public, "public/"+tt.path, tt.component, tt.rest)
	}
	check(public, "public/lib/moodlelib.php", "core", "public/lib/moodlelib.php")
	check(public, "public/admin/settings/x.php", "core_admin", "settings/x.php")
	check(public, "admin/cli/cron.php", "core", "admin/cli/cron.php")
	check(public, "lib/components.json", "core", "lib/components.json")
	for _, path := range []string{"mod/forum/lib.php", "admin/tool/mine/x.php", "local/foo/version.php", "mod/quiz/report/mine/x.php"} {
		if c, _, ok := public.ComponentOf(path); ok {
			t.Errorf("%s, left outside public/, belongs to %s", path, c)
		}
	}
}

func TestPathOfAndCheck(t *testing.T) {
	t.Parallel()
	l := mustLayout(t, treeOf(t, "4.5").with(tree{
		"mod/quiz/db/subplugins.json": `{"plugintypes": {"quizaccess": "mod/quiz/accessrule"}}`,
	}).fs())
	tests := []struct {
		name   moodle.Component
		path   string // "" when there is none
		reason string // "" when the name is fine
	}{
		{component(t, "mod_forum"), "mod/forum", ""},
		{component(t, "quizaccess_seb"), "mod/quiz/accessrule/seb", ""},
		{component(t, "core_grades"), "grade", ""},
		{component(t, "core_access"), "", ""},
		{component(t, "core"), "", ""},
		{component(t, "auth_db"), "auth/db", ""},
		{component(t, "core_nothing"), "", "core has no such subsystem in Moodle 4.5"},
		{component(t, "datafield_text"), "", "there is no plugin type datafield in Moodle 4.5"},
		{component(t, "mod_course"), "", "an activity module cannot have the name of core's subsystem core_course"},
		{component(t, "enrol_db"), "", "Moodle takes no directory db for a plugin"},
		{moodle.Component{Type: "mod", Name: "a_b"}, "", "the name of an activity module has no underscore"},
		{moodle.Component{Type: "local", Name: "../x"}, "", "has the character '.': only a-z, 0-9 and _ are allowed"},
		{moodle.Component{Type: "local"}, "", "is empty"},
	}
	for _, tt := range tests {
		path, ok := l.PathOf(tt.name)
		if path != tt.path || ok != (tt.path != "") {
			t.Errorf("PathOf(%s) = %q, %v; want %q", tt.name, path, ok, tt.path)
		}
		err := l.Check(tt.name)
		var name *moodle.NameError
		switch {
		case tt.reason == "" && err != nil:
			t.Errorf("Check(%s): %v", tt.name, err)
		case tt.reason != "" && (!errors.As(err, &name) || name.Reason != tt.reason):
			t.Errorf("Check(%s): %v; want %q", tt.name, err, tt.reason)
		}
	}
}

func TestLayoutReadTwiceIsEqual(t *testing.T) {
	t.Parallel()
	files := treeOf(t, "5.1").with(tree{"public/mod/data/db/subplugins.json": `{"subplugintypes": {"datafield": "field"}}`}).fs()
	first, second := mustLayout(t, files), mustLayout(t, files)
	if c, _, _ := first.ComponentOf("public/mod/data/field/text/x.php"); c.String() != "datafield_text" {
		t.Fatalf("owner is %s", c)
	}
	if !slices.Equal(first.Types(), second.Types()) || first.Series() != second.Series() || first.Public() != second.Public() {
		t.Error("two readings of one tree differ")
	}
	if len(first.Types()) != 47 {
		t.Errorf("%d types, want 46 of core and one of mod_data", len(first.Types()))
	}
}

func TestReadLayoutRefuses(t *testing.T) {
	t.Parallel()
	good := treeOf(t, "4.5")
	tests := []struct {
		name   string
		files  tree
		is     error  // what the error must be, or …
		reason string // … what a *FormatError must say
	}{
		{"empty", tree{}, moodle.ErrNotMoodle, ""},
		{"a plugin's repository", tree{"version.php": "<?php\n$plugin->version = 2024100700;\n"}, moodle.ErrNotCore, ""},
		{"no $version", good.with(tree{"version.php": "<?php\n"}), nil, "sets no $version"},
		{"bad $branch", good.with(tree{"version.php": "<?php\n$version = 2024100700;\n$branch = '102';\n"}), nil, "no series has this code"},
		{"broken list", good.with(tree{"lib/components.json": "{"}), nil, "unexpected end"},
		{"empty list", good.with(tree{"lib/components.json": `{"plugintypes": []}`}), nil, "declares no plugin types"},
		{"list of numbers", good.with(tree{"lib/components.json": `{"plugintypes": {"mod": 1}}`}), nil, "number"},
		{"outside", good.with(tree{"lib/components.json": `{"plugintypes": {"mod": "../mod"}}`}), nil, "no directory inside the tree"},
		{"absolute", good.with(tree{"lib/components.json": `{"plugintypes": {"mod": "/mod"}}`}), nil, "no directory inside the tree"},
		{"the tree itself", good.with(tree{"lib/components.json": `{"plugintypes": {"mod": "."}}`}), nil, "no directory inside the tree"},
		{"subsystem outside", good.with(tree{"lib/components.json": `{"plugintypes": {"mod": "mod"}, "subsystems": {"x": "a/../.."}}`}), nil, "no directory inside the tree"},
		{"list missing", tree{"version.php": versionFile("4.5")}, nil, "lib/components.json is missing"},
	}
	for _, tt := range tests {
		l, err := moodle.ReadLayout(tt.files.fs())
		var format *moodle.FormatError
		switch {
		case tt.is != nil && !errors.Is(err, tt.is):
			t.Errorf("%s: %v, %v; want %v", tt.name, l, err, tt.is)
		case tt.is == nil && (!errors.As(err, &format) || !strings.Contains(format.Reason, tt.reason)):
			t.Errorf("%s: %v, %v; want a *FormatError with %q", tt.name, l, err, tt.reason)
		}
	}
}

// Between 5.0 and 5.1 the list was below public/ and without the prefix.
func TestLayoutInDevelopmentOfPublic(t *testing.T) {
	t.Parallel()
	l := mustLayout(t, tree{
		"public/version.php":         versionFile("5.1"),
		"public/lib/components.json": `{"plugintypes": {"mod": "mod", "local": "local/"}, "subsystems": {"grades": "grade", "help": null}}`,
	}.fs())
	for name, want := range map[string]string{"mod_forum": "public/mod/forum", "local_foo": "public/local/foo", "core_grades": "public/grade"} {
		if dir, ok := l.PathOf(component(t, name)); dir != want || !ok {
			t.Errorf("%s is in %q, %v; want %s", name, dir, ok, want)
		}
	}
}

func TestLayoutIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	l := mustLayout(t, treeOf(t, "4.5").with(tree{"mod/quiz/db/subplugins.json": `{"plugintypes": {"quiz": "mod/quiz/report"}}`}).fs())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if c, _, _ := l.ComponentOf("mod/quiz/report/grading/x.php"); c.String() != "quiz_grading" {
				t.Errorf("owner is %s", c)
			}
			if _, ok := l.PathOf(moodle.Component{Type: "quiz", Name: "grading"}); !ok {
				t.Error("quiz_grading has no path")
			}
		})
	}
	wg.Wait()
}

func component(t testing.TB, name string) moodle.Component {
	t.Helper()
	c, err := moodle.ParseComponent(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
