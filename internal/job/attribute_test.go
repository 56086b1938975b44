package job_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/hunk"
	"mgit/internal/job"
	"mgit/internal/moodle"
)

func (f *fixture) attribution() job.Attribution {
	f.t.Helper()
	a, err := job.NewAttribution(f.t.Context(), f.open(""), moodle.Series{Major: 4, Minor: 1})
	if err != nil {
		f.t.Fatal(err)
	}
	return a
}

// merge merges into the checked-out commit and stays there.
func (f *fixture) merge(what string) { f.Git("merge", "-q", "--no-edit", what) }

func (f *fixture) changesOf(a job.Attribution, path string) []hunk.Change {
	f.t.Helper()
	changes, err := a.Changes(f.t.Context(), path)
	if err != nil {
		f.t.Fatal(err)
	}
	return changes
}

func names(changes []hunk.Change) string {
	var all []string
	for _, c := range changes {
		all = append(all, strings.TrimPrefix(c.Name, "LUVLE-4.1-"))
	}
	return strings.Join(all, " ")
}

// What a branch changes is its own: neither what it merged from upstream nor
// what the branch below it does comes first under its name.
func TestAttribution(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const prefix = "LUVLE-4.1-"
	f.branch(prefix+"hack-core-two", "v4.1.0", "lib.php", text(40, map[int]string{20: "two"}))
	f.branch(prefix+"hack-core-one", prefix+"hack-core-two", "lib.php", text(40, map[int]string{10: "one", 20: "two"}), "added.php", "")
	f.branch(prefix+"hack-mod_forum", "v4.1.0", "mod/forum/lib.php", text(40, map[int]string{1: "forum"}))
	f.Git("checkout", "-q", prefix+"hack-mod_forum")
	f.merge("v4.1.1")
	f.Git("rm", "-q", "course/lib.php")
	f.Commit("core_course: without")
	f.Git("checkout", "-q", "-b", prefix+"deployment", "v4.1.1")
	f.merge(prefix + "hack-core-one")
	f.Write("lib.php", text(40, map[int]string{5: "fixed in 4.1.1", 10: "one", 20: "two", 30: "on the target"}))
	f.Commit("quickly")
	f.Detach()

	a := f.attribution()
	for path, want := range map[string]string{
		"lib.php":           "hack-core-two hack-core-one",
		"added.php":         "hack-core-one",
		"mod/forum/lib.php": "hack-mod_forum",
		"course/lib.php":    "hack-mod_forum",
		"version.php":       "",
		"nowhere":           "",
	} {
		changes := f.changesOf(a, path)
		if got := names(changes); got != want {
			t.Errorf("%s is changed by %q, want %q", path, got, want)
		}
		touched := a.Touched(path)
		if len(touched) != len(changes) || !slices.IsSorted(touched) {
			t.Errorf("%s is touched by %v", path, touched)
		}
	}
	lib := f.changesOf(a, "lib.php")
	if string(lib[0].Base) != text(40, nil) || string(lib[0].Tip) != text(40, map[int]string{20: "two"}) {
		t.Errorf("the branch makes %q of %q", lib[0].Tip, lib[0].Base)
	}
	added, removed := f.changesOf(a, "added.php")[0], f.changesOf(a, "course/lib.php")[0]
	if added.Base != nil || added.Tip == nil || len(added.Tip) > 0 {
		t.Errorf("an empty file is added: %q, %q", added.Base, added.Tip)
	}
	if removed.Base == nil || removed.Tip != nil || a.Removing("course/lib.php") != prefix+"hack-mod_forum" || a.Removing("lib.php") != "" {
		t.Errorf("a file is removed: %q, %q", removed.Base, removed.Tip)
	}
	id, err := git.ParseID(f.Git("rev-parse", prefix+"hack-core-two:lib.php"))
	if err != nil {
		t.Fatal(err)
	}
	if by := a.Bringing("lib.php", id); by != prefix+"hack-core-two" {
		t.Errorf("%q brings the file of hack-core-two", by)
	}
	if by := a.Bringing("course/lib.php", git.ZeroID); by != "" {
		t.Errorf("%q brings no file", by)
	}
	f.wantTarget(a)
	f.wantCommits(a)
}

// wantTarget looks at what TestAttribution merged.
func (f *fixture) wantTarget(a job.Attribution) {
	f.t.Helper()
	ctx := f.t.Context()
	if a.Target() != "LUVLE-4.1-deployment" || !a.Merged("LUVLE-4.1-hack-core-one") || !a.Merged("LUVLE-4.1-hack-core-two") || a.Merged("LUVLE-4.1-hack-mod_forum") {
		f.t.Errorf("the target is %q", a.Target())
	}
	if got := a.Paths(); !slices.Equal(got, []string{"added.php", "lib.php"}) {
		f.t.Errorf("the branches on the target change %v", got)
	}
	for path, want := range map[string]string{"lib.php": "hack-core-two hack-core-one deployment", "mod/forum/lib.php": ""} {
		changes, err := a.DeployedChanges(ctx, path)
		if err != nil || names(changes) != want {
			f.t.Errorf("%s is changed on the target by %q, want %q: %v", path, names(changes), want, err)
		}
	}
	for path, want := range map[string]bool{"lib.php": true, "added.php": true, "nowhere/at/all": false, "course": false} {
		data, err := a.TargetFile(ctx, path)
		if err != nil || (data != nil) != want {
			f.t.Errorf("%s of the target: %q, %v", path, data, err)
		}
	}
}

// wantCommits asks which commits brought lines.
func (f *fixture) wantCommits(a job.Attribution) {
	f.t.Helper()
	lib := f.changesOf(a, "lib.php")
	for _, c := range []struct {
		path, line, want string
		change           hunk.Change
	}{
		{"lib.php", "two\n", "LUVLE-4.1-hack-core-two", lib[0]},
		{"lib.php", "two\r\n", "LUVLE-4.1-hack-core-two", lib[1]},
		{"lib.php", "one\n", "LUVLE-4.1-hack-core-one~1", lib[1]},
		{"lib.php", "line 3\n", "", lib[1]},
		{"lib.php", "", "LUVLE-4.1-hack-core-one~1", lib[1]},
		{"course/lib.php", "", "LUVLE-4.1-hack-mod_forum", f.changesOf(a, "course/lib.php")[0]},
		{"mod/forum/lib.php", "forum\n", "LUVLE-4.1-hack-mod_forum~2", f.changesOf(a, "mod/forum/lib.php")[0]},
	} {
		got, err := a.CommitOf(f.t.Context(), c.path, c.change, c.line)
		if err != nil {
			f.t.Errorf("%q of %s: %v", c.line, c.path, err)
			continue
		}
		want := git.ZeroID.String()
		if c.want != "" {
			want = f.Git("rev-parse", c.want)
		}
		if got.String() != want {
			f.t.Errorf("%q of %s comes from %s, want %s", c.line, c.path, got, want)
		}
	}
}

// A clone without settings has no branches, a series without branches none either.
func TestAttributionOfNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch("LUVLE-4.1-hack-core", "v4.1.0", "lib.php", "x\n")
	bare := newFixture(t)
	bare.Git("config", "--unset", "mgit.customer")
	for _, c := range []struct {
		name   string
		f      *fixture
		series moodle.Series
	}{
		{"not set up", bare, moodle.Series{Major: 4, Minor: 1}},
		{"no series", f, moodle.Series{}},
		{"another series", f, moodle.Series{Major: 3, Minor: 9}},
	} {
		a, err := job.NewAttribution(t.Context(), c.f.open(""), c.series)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		data, err := a.TargetFile(t.Context(), "lib.php")
		if err != nil || data != nil || a.Target() != "" || len(a.Paths()) > 0 || len(c.f.changesOf(a, "lib.php")) > 0 {
			t.Errorf("%s: target %q, paths %v, file %q, %v", c.name, a.Target(), a.Paths(), data, err)
		}
	}
}

// Sixty branches are read in no time: of them only trees are.
func TestAttributionOfManyBranches(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var stream bytes.Buffer
	for i := range 60 {
		change := text(40, map[int]string{i % 40: fmt.Sprint("branch ", i)})
		fmt.Fprintf(&stream, "commit refs/heads/LUVLE-4.1-hack-core-%02d\ncommitter A <a@example.org> 1700000000 +0000\ndata 6\nchange\nfrom %s\nM 644 inline lib.php\ndata %d\n%s\n",
			i, f.Git("rev-parse", "v4.1.0^{commit}"), len(change), change)
	}
	cmd := exec.CommandContext(t.Context(), "git", "fast-import", "--quiet")
	cmd.Dir, cmd.Env, cmd.Stdin = f.Path, f.Env(), &stream
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	best := time.Hour
	for range 3 {
		site := f.open("")
		start := time.Now()
		a, err := job.NewAttribution(t.Context(), site, moodle.Series{Major: 4, Minor: 1})
		if err != nil {
			t.Fatal(err)
		}
		best = min(best, time.Since(start))
		if n := len(a.Touched("lib.php")); n != 60 {
			t.Fatalf("%d branches change the file, want 60", n)
		}
	}
	t.Logf("60 branches in %v", best)
	if best > 2*time.Second {
		t.Errorf("it took %v", best)
	}
}
