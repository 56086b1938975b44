package forecast_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/forecast"
	"mgit/internal/moodle"
)

// site is a small code base.
func site(version, release string, files map[string]string) fstest.MapFS {
	tree := fstest.MapFS{
		"version.php":         {Data: fmt.Appendf(nil, "<?php\n$version = %s;\n$release = '%s (Build: 20240101)';\n", version, release)},
		"lib/components.json": {Data: []byte(`{"plugintypes": {"qtype": "question/type", "mod": "mod", "block": "blocks", "tool": "admin/tool", "local": "local", "theme": "theme"}, "subsystems": {}}`)},
	}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return tree
}

func plugin(component, version string) string {
	return fmt.Sprintf("<?php\n$plugin->component = '%s';\n$plugin->version = %s;\n", component, version)
}

func upgrades(name string, numbers ...string) string {
	body := "<?php\nfunction xmldb_" + name + "_upgrade($oldversion) {\n"
	for _, n := range numbers {
		body += fmt.Sprintf("if ($oldversion < %s) { upgrade_plugin_savepoint(true, %s, 'x', 'y'); }\n", n, n)
	}
	return body + "return true;\n}\n"
}

func TestBetween(t *testing.T) {
	t.Parallel()
	from := site("2022112805", "4.1.5", map[string]string{
		"mod/quiz/version.php":                 plugin("mod_quiz", "10"),
		"mod/quiz/db/subplugins.json":          `{"plugintypes": {"quizaccess": "mod/quiz/accessrule"}}`,
		"mod/quiz/accessrule/time/version.php": plugin("quizaccess_time", "10"),
		"mod/chat/version.php":                 plugin("mod_chat", "10"),
		"blocks/html/version.php":              plugin("block_html", "10"),
		"local/own/version.php":                plugin("local_own", "10"),
		"local/lower/version.php":              plugin("local_lower", "20.5"),
		"question/type/essay/version.php":      plugin("qtype_essay", "10.10"),
		"theme/odd/version.php":                "<?php $plugin->version = $x;",
		"theme/none/config.php":                "",
	})
	to := site("2024100700", "4.5", map[string]string{
		"lib/db/upgrade.php":                      upgrades("main", "2022112800", "2022112805.01", "2024100700"),
		"mod/quiz/version.php":                    plugin("mod_quiz", "20"),
		"mod/quiz/db/upgrade.php":                 upgrades("quiz", "10", "15", "20"),
		"mod/quiz/db/subplugins.json":             `{"plugintypes": {"quizaccess": "mod/quiz/accessrule"}}`,
		"mod/quiz/accessrule/time/version.php":    plugin("quizaccess_time", "20"),
		"mod/quiz/accessrule/time/db/upgrade.php": upgrades("quizaccess_time", "20"),
		"blocks/html/version.php":                 plugin("block_html", "20"),
		"local/own/version.php":                   plugin("local_own", "11"),
		"local/own/db/upgrade.php":                upgrades("local_own", "9", "11"),
		"local/lower/version.php":                 plugin("local_lower", "20.4"),
		"question/type/essay/version.php":         plugin("qtype_essay", "10.1"),
		"question/type/fresh/version.php":         plugin("qtype_fresh", "20"),
		"blocks/bad/version.php":                  "<?php // nothing",
		"theme/none/config.php":                   "",
		"admin/cli/upgrade.php":                   "<?php $options = ['maintenance' => true];",
	})
	f, err := forecast.Between(t.Context(), from, to)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, u := range f.Upgrades {
		line := u.Component.Component.String() + " " + u.From + " to " + u.To + ":"
		for _, s := range u.Steps {
			line += " " + s.Below
		}
		got = append(got, line)
	}
	want := []string{
		"core 2022112805 to 2024100700: 2022112805.01 2024100700",
		"mod_quiz 10 to 20: 15 20",
		"block_html 10 to 20:",
		"quizaccess_time 10 to 20: 20",
		"local_own 10 to 11: 11",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	names := func(all []forecast.Component) (s []string) {
		for _, c := range all {
			s = append(s, c.Component.String())
		}
		return s
	}
	for what, pair := range map[string][2][]string{
		"installs":   {names(f.Installs), {"qtype_fresh"}},
		"gone":       {names(f.Gone), {"mod_chat"}},
		"downgrades": {names(f.Downgrades), {"local_lower"}},
	} {
		if diff := cmp.Diff(pair[1], pair[0]); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	var unread []string
	for _, u := range f.Unread {
		unread = append(unread, u.Path)
	}
	if diff := cmp.Diff([]string{"theme/odd/version.php", "blocks/bad/version.php"}, unread); diff != "" {
		t.Error(diff)
	}
	if !f.NoOutage {
		t.Error("the option --maintenance was not seen")
	}
}

func TestBetweenRefusesWhatIsNoMoodle(t *testing.T) {
	t.Parallel()
	good := site("2022112805", "4.1.5", nil)
	if _, err := forecast.Between(t.Context(), fstest.MapFS{}, good); !errors.Is(err, moodle.ErrNotMoodle) || !strings.Contains(err.Error(), "old code") {
		t.Errorf("error %v", err)
	}
	if _, err := forecast.Between(t.Context(), good, fstest.MapFS{"x": {}}); !errors.Is(err, moodle.ErrNotMoodle) || !strings.Contains(err.Error(), "new code") {
		t.Errorf("error %v", err)
	}
}

func TestOwnSteps(t *testing.T) {
	t.Parallel()
	pristine := upgrades("main", "10", "20", "30")
	ours := strings.Replace(pristine, "return true;", "if ($oldversion < 30.01) { set_config('own', 1); upgrade_main_savepoint(true, 30.01); }\nreturn true;", 1)
	ours = strings.Replace(ours, "if ($oldversion < 20) {", "/* ours */ if ($oldversion < 20) { own();", 1)
	got := ""
	for _, own := range forecast.OwnSteps([]byte(pristine), []byte(ours)) {
		got += fmt.Sprintf("%s %v; ", own.Number, own.Changed)
	}
	if want := "20 true; 30.01 false; "; got != want {
		t.Errorf("own steps %q, want %q", got, want)
	}
	upstream := forecast.Numbers([]byte(upgrades("main", "40", "10", "30.010", "20")))
	if diff := cmp.Diff([]string{"10", "20", "30.010", "40"}, upstream); diff != "" {
		t.Error(diff)
	}
	for number, want := range map[string]forecast.Beside{
		"30.01": {Below: "20", Above: "40", Same: true},
		"25":    {Below: "20", Above: "30.010"},
		"5":     {Above: "10"},
		"50":    {Below: "40"},
	} {
		if got := forecast.Stand(number, upstream); got != want {
			t.Errorf("%s stands at %+v, want %+v", number, got, want)
		}
	}
	if diff := cmp.Diff([]string{"20", "30.010"}, forecast.Skipped(upstream, "10", "35")); diff != "" {
		t.Error(diff)
	}
}

func TestSchema(t *testing.T) {
	t.Parallel()
	const before = `<?xml version="1.0" encoding="UTF-8" ?>
<XMLDB PATH="lib/db"><TABLES>
  <TABLE NAME="user"><FIELDS><FIELD NAME="id" TYPE="int"/></FIELDS><KEYS><KEY NAME="primary"/></KEYS></TABLE>
</TABLES></XMLDB>`
	after := strings.Replace(before, `</FIELDS>`, `<FIELD NAME="own"/></FIELDS><INDEXES><INDEX NAME="i"/></INDEXES>`, 1)
	after = strings.Replace(after, `</TABLES>`, `<TABLE NAME="own_table"><FIELDS><FIELD NAME="id"/></FIELDS></TABLE></TABLES>`, 1)
	old, err := forecast.ParseSchema([]byte(before))
	if err != nil {
		t.Fatal(err)
	}
	own, err := forecast.ParseSchema([]byte(after))
	if err != nil {
		t.Fatal(err)
	}
	want := []forecast.SchemaChange{{Table: "own_table"}, {Table: "user", Part: "i"}, {Table: "user", Part: "own"}}
	if diff := cmp.Diff(want, old.Added(own)); diff != "" {
		t.Error(diff)
	}
	if old.Has(want[0]) || old.Has(want[2]) || !own.Has(want[2]) || !old.Has(forecast.SchemaChange{Table: "user"}) {
		t.Error("Has and Added do not agree")
	}
	if _, err := forecast.ParseSchema([]byte("<XMLDB><TABLES>")); err == nil {
		t.Error("a file that does not end was read")
	}
}
