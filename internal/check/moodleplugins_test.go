package check_test

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"mgit/internal/check"
	"mgit/internal/check/checktest"
	"mgit/internal/git"
	"mgit/internal/moodle"
)

// Every plugin that Moodle ships, and core's database, is judged as if it were new, with all its steps and on a branch of
// its own. What is said of some is so: strings that are in no file ("is a NAN number"), and a step of mod_wiki that was
// recorded where Moodle did not look until 2.6.
func TestMoodlesOwnPlugins(t *testing.T) {
	repo := openMoodle(t)
	for tag, want := range map[string]map[string]int{
		"v2.3.0": {"lang-strings": 25},
		"v2.5.0": {"lang-strings": 21, "savepoint": 1},
		"v2.7.0": {"lang-strings": 18},
		"v2.8.5": {"lang-strings": 18},
	} {
		id, err := repo.Resolve(t.Context(), tag)
		if err != nil {
			t.Fatal(err)
		}
		code := checktest.FilesOf(t.Context(), repo.Store(), commitOf(t, repo, id.String()).Tree)
		layout, err := moodle.ReadLayout(code)
		if err != nil {
			t.Fatal(err)
		}
		plugins, err := layout.Plugins()
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		found := make(map[string]int)
		places := append([]moodle.Place{{Component: moodle.Component{Type: moodle.CoreType}, Dir: "lib/db"}}, plugins...)
		for _, p := range places {
			if _, err := fs.Stat(code, path.Join(p.Dir, "version.php")); err != nil && !p.Component.IsCore() {
				continue
			}
			s := &check.Subject{Tree: code, Layout: layout, Branch: check.Branch{
				Kind: check.Ours, Series: layout.Series(), Type: "feature", Component: p.Component, Key: p.Component.String(),
			}}
			err := fs.WalkDir(code, p.Dir, func(name string, e fs.DirEntry, err error) error {
				if err != nil || e.IsDir() {
					return err
				}
				data, err := fs.ReadFile(code, name)
				s.Files = append(s.Files, &check.File{Path: name, Before: []check.Blob{{}}, After: check.Blob{Mode: git.ModeFile, Data: data}})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			result, err := check.Run(t.Context(), check.Request{Subject: s, Severity: func(r check.Rule) check.Severity {
				if slices.Contains(pluginIDs(), r.ID) {
					return r.Severity
				}
				return check.Off
			}})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range result.Findings {
				found[f.Rule]++
				said = append(said, f.String()+": "+f.Text)
			}
		}
		if !maps.Equal(found, want) || len(plugins) < 290 {
			t.Errorf("%s: of %d plugins is said %v, want %v:\n%s", tag, len(plugins), found, want, strings.Join(said, "\n"))
		}
	}
}

// pluginIDs are the rules about branches, scope and plugins.
func pluginIDs() []string {
	var ids []string
	for _, r := range check.Rules() {
		if slices.Contains([]string{"branch", "scope", "plugin"}, r.Family) {
			ids = append(ids, r.ID)
		}
	}
	return append(ids, check.RuleFailed)
}
