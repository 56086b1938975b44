package job_test

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"

	"mgit/internal/job"
)

func itoa(n int) string { return strconv.Itoa(n) }

func (f *fixture) show(name string) *job.ShowReport {
	f.t.Helper()
	report, err := job.Show(f.t.Context(), f.open(""), name)
	if err != nil {
		f.t.Fatal(err)
	}
	return report
}

// Everything about a branch is there: record, commits, files by component, and
// what the ledger says, notes included.
func TestShow(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.shared("mgit.toml", siteTOML)
	const name = "LUVLE-4.1-hack-mod_forum-subject"
	const components = `{"plugintypes": {"mod": "mod", "local": "local"}, "subsystems": {"course": "course"}}`
	f.branch(name, "v4.1.0", "lib/components.json", components, "lib.php", text(40, map[int]string{30: "ours"}), "mod/forum/new.php", "1\n2\n", "local/\xff.bin", "a\x00b")
	f.Git("checkout", "-q", "-b", "side", name+"~1")
	f.Remove("course/lib.php")
	f.Commit("side")
	f.Git("checkout", "-q", name)
	f.Git("merge", "-q", "--no-edit", "side")
	f.Detach()
	f.rebaseAll()
	ledger := f.Git("show", "mgit:upgrades/4.5.toml")
	f.ledger(ledger + "\n[[branch.\"" + name + "\".notes]]\nwhen = 2026-01-02T03:04:05Z\nwho = \"Ruth\"\ntext = \"asked the teachers\"\n")

	r := f.show("LUVLE-4.5-hack-mod_forum-subject")
	b := r.Branch
	if r.Asked != "LUVLE-4.5-hack-mod_forum-subject" || b.Name != name {
		t.Errorf("asked %q, got %q", r.Asked, b.Name)
	}
	if b.Key != "mod_forum-subject" || b.Record == nil || b.Record.Owner != "ruth" || b.Record.Requires[0] != "local_xx" {
		t.Errorf("record %+v", b.Record)
	}
	var subjects []string
	for _, c := range b.Commits {
		subjects = append(subjects, c.Subject)
		if c.Merge != (len(c.Parents) == 2) || c.Author == "" || c.Date.IsZero() {
			t.Errorf("commit %+v", c)
		}
	}
	want := f.Git("rev-list", "--topo-order", "--reverse", "--no-commit-header", "--format=%s", name, "--not", "--remotes=upstream", "--tags")
	if strings.Join(subjects, "\n") != want {
		t.Errorf("commits %q, git says %q", subjects, want)
	}
	files := make(map[string]job.FileChange)
	for _, c := range b.Files {
		files[string(c.Path)] = c
	}
	for path, want := range map[string]job.FileChange{
		"lib.php":             {Component: "core", Change: "modified", Added: 1, Removed: 1},
		"lib/components.json": {Component: "core", Change: "modified", Added: 1, Removed: 1},
		"mod/forum/new.php":   {Component: "mod_forum", Change: "added", Added: 2},
		"course/lib.php":      {Component: "core_course", Change: "deleted", Removed: 40},
		"local/\xff.bin":      {Component: "core", Change: "added", Binary: true},
	} {
		want.Path = job.Path(path)
		if files[path] != want {
			t.Errorf("%q: %+v, want %+v", path, files[path], want)
		}
	}
	if len(files) != 5 || len(b.Parts) != 3 {
		t.Errorf("%d files, components %+v", len(files), b.Parts)
	}
	if len(r.Warnings) != 0 {
		t.Errorf("warnings %v", r.Warnings)
	}
	// Without a list of components that can be read the files are shown all the same, and that is said.
	f.branch("LUVLE-4.1-hack-core-bare", "v4.1.0", "lib/components.json", "{\n")
	bare := f.show("LUVLE-4.1-hack-core-bare")
	if len(bare.Warnings) != 1 || len(bare.Branch.Files) != 1 || bare.Branch.Files[0].Component != "" {
		t.Errorf("without components.json: %+v", bare)
	}
	u := b.Upgrades[0]
	if u.State != "parked" || u.Parked == nil || len(u.Notes) != 1 || u.Notes[0].Text != "asked the teachers" {
		t.Errorf("entry %+v", u)
	}
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"commits":[{`, `"path":"local/\\377.bin","path_b64":"bG9jYWwv/y5iaW4="`, `"added":null`} {
		if !strings.Contains(string(data), part) {
			t.Errorf("%s is not in %s", part, data)
		}
	}
}

// A name that is no branch is told from one that is something else.
func TestShowRefuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch("LUVLE-4.1-hack-core-a", "v4.1.0", "a.php", "1\n")
	f.Git("branch", "LUVLE-4.1-test", "v4.1.0")
	f.Git("branch", "LUVLE-4.1-hak-core", "v4.1.0")
	f.Git("branch", "topic", "v4.1.0")
	for name, want := range map[string]string{
		"LUVLE-4.1-test":        "is a target",
		"LUVLE-4.1-hak-core":    `no type "hak"`,
		"topic":                 "does not follow the naming scheme",
		"LUVLE-4.1-hack-core-b": "there is no branch",
		"-x":                    "there is no branch",
		"":                      "there is no branch",
	} {
		_, err := job.Show(t.Context(), f.open(""), name)
		var usage *job.UsageError
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", name, err, want)
		}
	}
	f.Git("update-ref", "refs/remotes/origin/LUVLE-4.1-hack-core-far", "LUVLE-4.1-hack-core-a")
	for _, name := range []string{"LUVLE-4.1-hack-core-far", "origin/LUVLE-4.1-hack-core-far"} {
		if r := f.show(name); r.Branch.Remote != "origin" || r.Asked != "" {
			t.Errorf("%s: %+v", name, r)
		}
	}
}
