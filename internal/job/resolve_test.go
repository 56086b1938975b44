package job_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

const newStuck = "LUVLE-4.5-hack-core-stuck"

// tangled makes a branch that stops twice on 4.5, with a clean commit before,
// between and after, and moves it.
func tangled(t *testing.T) *fixture {
	t.Helper()
	return templates.tangled.fixture(t, func(dir string) {
		f := newFixture(t).copyTo(t, dir)
		f.branch(stuck, "v4.1.0",
			"own.php", "own\n",
			"lib.php", text(40, map[int]string{5: "ours"}),
			"more.php", "more\n",
			"lib.php", text(40, map[int]string{5: "ours", 30: "ours too"}),
			"last.php", "last\n",
		)
		report, _ := f.rebaseAll()
		f.want(report, map[string]string{stuck: "conflict"})
	})
}

// single makes a branch with one conflict in the middle, and moves it.
func single(t *testing.T) *fixture {
	t.Helper()
	return templates.single.fixture(t, func(dir string) {
		f := newFixture(t).copyTo(t, dir)
		f.branch(stuck, "v4.1.0",
			"own.php", "own\n",
			"lib.php", text(40, map[int]string{5: "ours"}),
			"last.php", "last\n",
		)
		report, _ := f.rebaseAll()
		f.want(report, map[string]string{stuck: "conflict"})
	})
}

// resolved is lib.php as a person leaves it after the first conflict.
func resolved() string {
	return text(40, map[int]string{5: "fixed in 4.1.1, and ours", 30: "new in 4.5"})
}

func resolvedTwice() string {
	return text(40, map[int]string{5: "fixed in 4.1.1, and ours", 30: "new in 4.5, and ours too"})
}

// resolve begins and returns the worktree in which git waits.
func (f *fixture) resolve(name string) (*job.ResolvedBranch, *gittest.Repo) {
	f.t.Helper()
	report, err := job.Resolve(f.t.Context(), f.open(""), job.ResolveRequest{Branch: name}, false)
	if err != nil {
		f.t.Fatal(err)
	}
	b := &report.Branches[0]
	if b.Standing != job.StandingStopped || !report.NeedsPerson() {
		f.t.Fatalf("resolve: %+v", b)
	}
	return b, gittest.At(f.t, b.Worktree)
}

// proceed runs `mgit continue` for all.
func (f *fixture) proceed() *job.ResolvedBranch {
	f.t.Helper()
	report, err := job.Continue(f.t.Context(), f.open(""), job.ContinueRequest{}, false)
	if err != nil {
		f.t.Fatal(err)
	}
	if len(report.Branches) != 1 {
		f.t.Fatalf("continue: %d branches", len(report.Branches))
	}
	return &report.Branches[0]
}

// arrived checks a finished branch: its commits, its content, its account, and
// that nothing is left of the worktree.
func (f *fixture) arrived(b *job.ResolvedBranch, log string, account job.Account) {
	f.t.Helper()
	if b.Outcome != "resolved" || b.State != "moved" || b.Run == 0 {
		f.t.Fatalf("finished: %+v", b)
	}
	if got := f.log("v4.5.0", "refs/heads/"+b.NewName); got != log {
		f.t.Errorf("commits: %s, want %s", got, log)
	}
	if b.Commits != account || !b.Commits.Holds() {
		f.t.Errorf("account %+v, want %+v", b.Commits, account)
	}
	if got := f.Git("rev-parse", "refs/heads/"+b.NewName); got != b.NewTip.String() {
		f.t.Errorf("new tip %s, want %s", b.NewTip, got)
	}
	ledger := f.Git("show", "mgit:upgrades/4.5.toml")
	for _, want := range []string{`outcome = "resolved"`, `state = "moved"`, `new_tip = "` + b.NewTip.String() + `"`, `old_tip = "` + f.Git("rev-parse", b.Name) + `"`} {
		if !strings.Contains(ledger, want) {
			f.t.Errorf("the ledger lacks %s:\n%s", want, ledger)
		}
	}
	f.noBench()
	if out := f.Git("for-each-ref", "refs/mgit/parked/"); out != "" {
		f.t.Errorf("parked still: %s", out)
	}
}

// noBench checks that nothing is left of any worktree.
func (f *fixture) noBench() {
	f.t.Helper()
	if out := f.Git("for-each-ref", "refs/mgit/resolving/"); out != "" {
		f.t.Errorf("kept still: %s", out)
	}
	if out := f.Git("worktree", "list", "--porcelain"); strings.Count(out, "worktree ") != 1 {
		f.t.Errorf("worktrees: %s", out)
	}
	if _, err := os.Stat(filepath.Join(f.Path, ".git", "mgit", "worktrees")); !errors.Is(err, os.ErrNotExist) {
		f.t.Errorf("the worktrees' folder: %v", err)
	}
	if out := f.Git("fsck", "--strict", "--no-dangling"); out != "" {
		f.t.Errorf("fsck: %s", out)
	}
	f.noLocks()
}

func TestResolveStopsWhereAPersonIsNeeded(t *testing.T) {
	t.Parallel()
	f := tangled(t)
	before := f.Git("status", "--porcelain")
	b, w := f.resolve(stuck)
	if b.NewName != newStuck || b.Stop == nil || b.Stop.Subject != "change lib.php" || b.Stop.Number != 1 || b.Stop.Of != 4 {
		t.Errorf("stop: %+v", b.Stop)
	}
	if len(b.Conflicts) != 1 || b.Conflicts[0].Path != "lib.php" || b.Conflicts[0].Kind != "CONFLICT (contents)" {
		t.Errorf("conflicts: %+v", b.Conflicts)
	}
	if got := w.Git("log", "--format=%s", "v4.5.0..HEAD"); got != "change own.php" {
		t.Errorf("the clean part: %s", got)
	}
	if got := f.Git("status", "--porcelain"); got != before {
		t.Errorf("the user's own worktree changed: %s", got)
	}
	if branch := w.Git("status", "--short", "--branch"); !strings.Contains(branch, "no branch") {
		t.Errorf("a branch is checked out: %s", branch)
	}
	// Nothing a person does not see yet may go away.
	f.Git("gc", "-q", "--prune=now")
	w.Git("reflog", "expire", "--expire=now", "--all")
	f.Git("gc", "-q", "--prune=now")
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	if b := f.proceed(); b.Stop == nil || b.Stop.Number != 3 {
		t.Errorf("after gc: %+v", b)
	}
}

func TestResolveByMgit(t *testing.T) {
	t.Parallel()
	f := tangled(t)
	_, w := f.resolve(newStuck)
	if b := f.proceed(); len(b.Conflicts) != 1 || b.Outcome != "conflict" {
		t.Fatalf("continue before anything was resolved: %+v", b)
	}
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	b := f.proceed()
	if b.Outcome != "conflict" || b.Stop == nil || b.Stop.Number != 3 || len(b.Conflicts) != 1 {
		t.Fatalf("second stop: %+v", b)
	}
	w.Write("lib.php", resolvedTwice())
	w.Git("add", "lib.php")
	b = f.proceed()
	f.arrived(b, "change own.php, change lib.php, change more.php, change lib.php, change last.php", job.Account{In: 5, Kept: 5})
	if got := f.Git("show", newStuck+":lib.php") + "\n"; got != resolvedTwice() {
		t.Errorf("lib.php:\n%s", got)
	}
	if len(b.Saved) != 2 {
		t.Errorf("saved: %v", b.Saved)
	}
	// What comes next knows that the branch has arrived.
	report, run := f.rebaseAll()
	f.want(report, map[string]string{stuck: "unchanged"})
	if run != 0 {
		t.Errorf("run %d", run)
	}
}

func TestResolveByGitRebaseContinue(t *testing.T) {
	t.Parallel()
	f := single(t)
	_, w := f.resolve(stuck)
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	w.Git("rebase", "--continue")
	f.arrived(f.proceed(), "change own.php, change lib.php, change last.php", job.Account{In: 3, Kept: 3})
	if same := f.authors(stuck, "v4.1.0") == f.authors(newStuck, "v4.5.0"); !same {
		t.Error("authors or dates changed")
	}
}

func (f *fixture) authors(tip, base string) string {
	return f.Git("log", "--format=%an %ae %ad%n%B", base+".."+tip)
}

// An IDE commits with its own message and its own idea of who the author is.
func TestResolveByCommitOfAnIDE(t *testing.T) {
	t.Parallel()
	f := single(t)
	_, w := f.resolve(stuck)
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	w.Git("-c", "user.name=Ida", "commit", "-q", "--author=Ida <ida@example.org>", "-m", "Resolved in the IDE")
	f.arrived(f.proceed(), "change own.php, Resolved in the IDE, change last.php", job.Account{In: 3, Kept: 3})
	if got := f.Git("log", "-1", "--format=%an", newStuck+"~1"); got != "Ann Author" {
		t.Errorf("the author is %s", got)
	}
}

func TestResolveGivenUpWithGitRebaseAbort(t *testing.T) {
	t.Parallel()
	f := single(t)
	before := f.Git("for-each-ref", "refs/heads/", "refs/mgit/parked/")
	_, w := f.resolve(stuck)
	w.Git("rebase", "--abort")
	b := f.proceed()
	if b.Standing != job.StandingGivenUp || b.Outcome != "conflict" || b.State != "parked" || b.Worktree != "" {
		t.Errorf("%+v", b)
	}
	if after := f.Git("for-each-ref", "refs/heads/", "refs/mgit/parked/"); after != before {
		t.Errorf("refs moved:\n%s\n%s", before, after)
	}
	f.noBench()
	f.resolve(stuck) // and it can be begun again
}

// Any colleague can resolve what is parked: another clone has the old branch
// and the ledger, and computes the clean part again.
func TestResolveFromASecondClone(t *testing.T) {
	t.Parallel()
	f := single(t)
	dir := filepath.Join(t.TempDir(), "second")
	f.Git("clone", "-q", "--no-checkout", f.Path, dir)
	second := &fixture{gittest.At(t, dir), t}
	second.Git("fetch", "-q", "origin", "refs/remotes/upstream/*:refs/remotes/upstream/*")
	second.Git("branch", "mgit", "origin/mgit")
	second.Git("checkout", "-q", "--detach", "v4.1.0")
	second.Git("remote", "add", "upstream", "https://example.org/moodle.git")
	for key, value := range map[string]string{
		"mgit.customer":             "LUVLE",
		"mgit.remote.upstream.url":  "https://example.org/moodle.git",
		"mgit.remote.upstream.role": "upstream",
		"mgit.remote.origin.url":    f.Path,
		"mgit.remote.origin.role":   "internal",
	} {
		second.Git("config", key, value)
	}
	_, w := second.resolve(stuck)
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	b := second.proceed()
	if b.Outcome != "resolved" || b.Commits != (job.Account{In: 3, Kept: 3}) || len(b.Saved) != 1 {
		t.Fatalf("%+v", b)
	}
	second.noBench()
	// The first clone fetches, and knows: the ledger says moved, the resolution is there.
	f.Git("fetch", "-q", dir, "mgit:mgit", newStuck+":"+newStuck)
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{stuck: "unchanged"})
	if out := f.Git("ls-tree", "-r", "--name-only", "mgit"); !strings.Contains(out, "resolutions/"+b.Saved[0]+"/postimage") {
		t.Errorf("the mgit branch holds %s", out)
	}
}
