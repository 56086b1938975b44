package job_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

// colleague is a clone of the site whose origin is f. It has taken over the
// mgit branch, as `mgit init` does.
func (f *fixture) colleague() *fixture {
	f.t.Helper()
	dir := filepath.Join(f.t.TempDir(), "colleague")
	f.Git("clone", "-q", "--no-checkout", f.Path, dir)
	c := &fixture{gittest.At(f.t, dir), f.t}
	c.Git("fetch", "-q", "origin", "refs/remotes/upstream/*:refs/remotes/upstream/*")
	c.Git("update-ref", "refs/heads/mgit", "refs/remotes/origin/mgit")
	c.Git("checkout", "-q", "--detach", "v4.1.0")
	c.settings(fmt.Sprintf(`
[remote "upstream"]
	url = https://example.org/moodle.git
	fetch = +refs/heads/*:refs/remotes/upstream/*
[mgit]
	customer = LUVLE
[mgit "remote.upstream"]
	url = https://example.org/moodle.git
	role = upstream
[mgit "remote.origin"]
	url = %q
	role = internal
`, f.Path))
	return c
}

// copyFor is a copy of a colleague's clone whose origin is a copy of the colleague's.
func (f *fixture) copyFor(origin *fixture) *fixture {
	f.t.Helper()
	c := f.copy(origin.t)
	old := f.Git("config", "remote.origin.url")
	c.editSettings(func(text string) string { return strings.ReplaceAll(text, old, origin.Path) })
	return c
}

// settings adds to the repository's configuration without a process for every line.
func (f *fixture) settings(text string) {
	f.t.Helper()
	f.editSettings(func(old string) string { return old + text })
}

// editSettings gives the file of the repository's configuration another text.
func (f *fixture) editSettings(edit func(text string) string) {
	f.t.Helper()
	name := filepath.Join(f.Path, ".git", "config")
	old, err := os.ReadFile(name)
	if err == nil {
		err = os.WriteFile(name, []byte(edit(string(old))), 0o666)
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) sync() *job.SyncReport {
	f.t.Helper()
	report, err := job.Sync(f.t.Context(), f.open(""), false)
	if err != nil {
		f.t.Fatal(err)
	}
	return report
}

// Three clones share one mgit branch, and each resolves another parked branch.
// Nobody's work is lost, and in the end all know of all.
func TestThreeClones(t *testing.T) {
	t.Parallel()
	origin := newFixture(t)
	var names []string
	for i := range 3 {
		name := fmt.Sprintf("LUVLE-4.1-hack-core-stuck%d", i)
		origin.branch(name, "v4.1.0", fmt.Sprintf("own%d.php", i), "own\n", "lib.php", text(40, map[int]string{5: fmt.Sprintf("ours %d", i)}))
		names = append(names, name)
	}
	first := origin.colleague()
	report, _ := first.rebaseAll()
	first.want(report, map[string]string{names[0]: "conflict", names[1]: "conflict", names[2]: "conflict"})
	if s := first.sync(); !s.Remotes[0].Pushed {
		t.Fatalf("sync: %+v", s)
	}
	clones := []*fixture{first, origin.colleague(), origin.colleague()}
	for i, c := range clones {
		_, w := c.resolve(names[i])
		w.Write("lib.php", text(40, map[int]string{5: fmt.Sprintf("fixed, and ours %d", i), 30: "new in 4.5"}))
		w.Git("add", "lib.php")
		if b := c.proceed(); b.Outcome != "resolved" {
			t.Fatalf("clone %d: %+v", i, b)
		}
	}
	// All have gone apart now; each shares what it has.
	for i, c := range clones {
		c.Git("push", "-q", "origin", strings.Replace(names[i], "4.1", "4.5", 1))
		if s := c.sync(); len(s.Disagreements) != 0 || !s.Remotes[0].Pushed {
			t.Errorf("clone %d: %+v", i, s)
		}
	}
	tip := origin.Git("rev-parse", "mgit")
	for i, c := range clones {
		c.sync()
		if got := c.Git("rev-parse", "mgit"); got != tip {
			t.Errorf("clone %d has another mgit branch", i)
		}
		c.Git("fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*")
		report, _ := c.rebaseAll()
		c.want(report, map[string]string{names[0]: "unchanged", names[1]: "unchanged", names[2]: "unchanged"})
	}
	ledger := origin.Git("show", "mgit:upgrades/4.5.toml")
	if n := strings.Count(ledger, `state = "moved"`); n != 3 {
		t.Errorf("%d branches are moved by the ledger:\n%s", n, ledger)
	}
	if files := origin.Git("ls-tree", "-r", "--name-only", "mgit", "resolutions/"); strings.Count(files, "postimage") != 3 {
		t.Errorf("resolutions: %s", files)
	}
	if roots := origin.Git("rev-list", "--max-parents=0", "mgit"); strings.Contains(roots, "\n") {
		t.Errorf("the mgit branch has more than one root: %s", roots)
	}
}

// Two people decide differently about one branch: the value from here stays,
// and it is said.
func TestSyncShowsDisagreements(t *testing.T) {
	t.Parallel()
	origin := newFixture(t)
	origin.three()
	here, there := origin.colleague(), origin.colleague()
	ledger := "format = 1\nseries = \"4.5\"\nfrom = \"4.1\"\nonto = \"v4.5.0\"\n\n[branch.\"" + plugin + "\"]\ndisposition = \"%s\"\nreason = \"%s\"\n"
	there.ledger(fmt.Sprintf(ledger, "drop", "nobody uses it"))
	there.sync()
	here.ledger(fmt.Sprintf(ledger, "hold", "after the exams"))
	report := here.sync()
	if len(report.Disagreements) == 0 || report.Disagreements[0].Entry != plugin {
		t.Errorf("disagreements: %+v", report.Disagreements)
	}
	if text := origin.Git("show", "mgit:upgrades/4.5.toml"); !strings.Contains(text, "after the exams") || strings.Contains(text, "nobody uses it") {
		t.Errorf("the ledger:\n%s", text)
	}
}

// A dry run of sync merges what was fetched before, and leaves nothing behind.
func TestSyncDryRunLeavesNothing(t *testing.T) {
	t.Parallel()
	origin := newFixture(t)
	origin.three()
	here, there := origin.colleague(), origin.colleague()
	there.shared("notes/theirs.txt", "theirs\n")
	there.sync()
	here.shared("notes/ours.txt", "ours\n")
	here.Git("fetch", "-q", "origin")
	refs, objects := here.refs(), here.Git("count-objects", "-v")
	report, err := job.Sync(t.Context(), here.open(""), true)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Remotes) != 1 || !report.Remotes[0].Pulled || report.Remotes[0].Pushed {
		t.Errorf("remotes: %+v", report.Remotes)
	}
	if here.refs() != refs || here.Git("count-objects", "-v") != objects {
		t.Errorf("a dry run wrote something: %s, before %s", here.Git("count-objects", "-v"), objects)
	}
}

func TestSyncWithoutRemote(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	f.Git("config", "mgit.remote.origin.url", filepath.Join(t.TempDir(), "gone"))
	f.Git("config", "remote.origin.url", filepath.Join(t.TempDir(), "gone"))
	f.Git("config", "mgit.remote.origin.url", f.Git("config", "remote.origin.url"))
	before := f.refs()
	_, err := job.Sync(t.Context(), f.open(""), false)
	var unreachable *job.UnreachableError
	if !errors.As(err, &unreachable) || unreachable.Remote != "origin" {
		t.Errorf("%v, want an unreachable origin", err)
	}
	if f.refs() != before {
		t.Error("refs moved")
	}
	f.Git("config", "--unset", "mgit.remote.origin.role")
	f.Git("config", "--unset", "mgit.remote.origin.url")
	var usage *job.UsageError
	if _, err := job.Sync(t.Context(), f.open(""), false); !errors.As(err, &usage) {
		t.Errorf("%v, want wrong usage", err)
	}
}

// A remote without the role internal never gets the mgit branch.
func TestSyncPushesToInternalRemotesOnly(t *testing.T) {
	t.Parallel()
	origin := newFixture(t)
	origin.three()
	c := origin.colleague()
	public := &fixture{gittest.NewAt(t, filepath.Join(t.TempDir(), "public"), "--bare"), t}
	c.Git("remote", "add", "public", public.Path)
	c.Git("config", "mgit.remote.public.url", public.Path)
	c.Git("config", "mgit.remote.public.role", "public")
	c.rebaseAll()
	c.sync()
	if refs := public.Git("for-each-ref"); refs != "" {
		t.Errorf("the public remote got %s", refs)
	}
}
