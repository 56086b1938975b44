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

// A bare repository, a linked worktree, and a folder with a blank and a quote in
// its name: a branch is resolved wherever people work.
func TestResolveInManyPlaces(t *testing.T) {
	t.Parallel()
	places := map[string]func(f *fixture, dir string) (open string){
		"bare": func(f *fixture, dir string) string {
			f.Git("clone", "-q", "--mirror", f.Path, dir)
			for line := range strings.Lines(f.Git("config", "--get-regexp", `^mgit\.|^remote\.(upstream|origin)\.url`)) {
				key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
				gittest.At(f.t, dir).Git("config", key, value)
			}
			return dir
		},
		"linked worktree": func(f *fixture, dir string) string {
			f.Git("worktree", "add", "-q", "--detach", dir, "v4.1.0")
			return dir
		},
		"odd name": func(f *fixture, dir string) string {
			if err := os.CopyFS(dir, os.DirFS(f.Path)); err != nil {
				f.t.Fatal(err)
			}
			return dir
		},
	}
	for name, make := range places {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := single(t)
			dir := make(f, filepath.Join(t.TempDir(), "it's a place"))
			report, err := job.Resolve(t.Context(), f.open(dir), job.ResolveRequest{Branch: stuck}, false)
			if err != nil {
				t.Fatal(err)
			}
			w := gittest.At(t, report.Branches[0].Worktree)
			w.Write("lib.php", resolved())
			w.Git("add", "lib.php")
			report, err = job.Continue(t.Context(), f.open(dir), job.ContinueRequest{}, false)
			if err != nil {
				t.Fatal(err)
			}
			if b := report.Branches[0]; b.Outcome != "resolved" || b.Commits != (job.Account{In: 3, Kept: 3}) {
				t.Fatalf("%+v", b)
			}
			here := gittest.At(t, dir)
			if got := here.Git("rev-list", "--count", "v4.5.0..refs/heads/"+newStuck); got != "3" {
				t.Errorf("%s commits", got)
			}
			if out := here.Git("fsck", "--strict", "--no-dangling"); out != "" {
				t.Errorf("fsck: %s", out)
			}
		})
	}
}

// A worktree that was used for something else is shown and left alone, until it
// is given up.
func TestWorktreeGoneAstray(t *testing.T) {
	t.Parallel()
	f := single(t)
	before := f.Git("for-each-ref", "refs/heads/LUVLE*", "refs/mgit/parked/")
	_, w := f.resolve(stuck)
	w.Git("rebase", "--abort")
	w.Git("checkout", "-q", "-b", "mine")
	w.Write("mine.php", "mine\n")
	w.Commit("Mine")
	for range 2 {
		b := f.proceed()
		if b.Standing != job.StandingAstray || b.Outcome != "conflict" || b.Worktree == "" || !strings.Contains(b.Reason, "mine") {
			t.Fatalf("%+v", b)
		}
	}
	w.Detach()
	if b := f.proceed(); b.Standing != job.StandingAstray {
		t.Errorf("detached above the sentinel: %+v", b)
	}
	f.abort(stuck)
	f.noBench()
	if f.Git("log", "-1", "--format=%s", "mine") != "Mine" {
		t.Error("the branch is gone")
	}
	if after := f.Git("for-each-ref", "refs/heads/LUVLE*", "refs/mgit/parked/"); after != before {
		t.Errorf("refs moved:\n%s\n%s", before, after)
	}
}

// What git would not go on with is a person's: mgit says what git says.
func TestGitRefusesToGoOn(t *testing.T) {
	t.Parallel()
	f := single(t)
	_, w := f.resolve(stuck)
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	w.Write("lib.php", resolved()+"one more thought\n")
	b := f.proceed()
	if b.Outcome != "conflict" || b.Standing != job.StandingStopped || !strings.HasPrefix(b.Reason, "git rebase: ") || len(b.Uncommitted) != 1 {
		t.Fatalf("%+v", b)
	}
	w.Git("add", "lib.php")
	f.arrived(f.proceed(), "change own.php, change lib.php, change last.php", job.Account{In: 3, Kept: 3})
}

// A stop at generated files alone is none: upstream's side is taken, as it is
// when the branch is clean before, and nothing of it is recorded.
func TestGeneratedFilesDoNotStop(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const built = "mod/forum/amd/build/a.min.js"
	f.Git("checkout", "-q", "--detach", "v4.1.0")
	f.Write(built, "one\n")
	f.Commit("built")
	base := f.Head()
	f.Git("checkout", "-q", "-b", stuck)
	f.add("lib.php", text(40, map[int]string{5: "ours"}), built, "ours\n")
	f.Git("checkout", "-q", "--detach", "v4.5.0")
	f.Write(built, "theirs\n")
	f.Commit("built anew")
	f.Git("tag", "-f", "-a", "-m", "moved", "v4.5.0")
	f.Git("tag", "-a", "-m", "base", "v4.1.2", base)
	f.rebaseAll()
	_, w := f.resolve(stuck)
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	b := f.proceed()
	if b.Outcome != "resolved" || b.Commits != (job.Account{In: 2, Kept: 1, Emptied: 1}) {
		t.Fatalf("%+v", b)
	}
	if len(b.Rebuild) != 1 || b.Rebuild[0] != built || len(b.Saved) != 1 {
		t.Errorf("rebuild %v, saved %v", b.Rebuild, b.Saved)
	}
	if got := f.Git("show", newStuck+":"+built); got != "theirs" {
		t.Errorf("%s: %s", built, got)
	}
}

// git rebase --quit leaves a history that looks finished. What git never asked
// about is not given up silently.
func TestRebaseThatWasEndedEarly(t *testing.T) {
	t.Parallel()
	f := tangled(t)
	_, w := f.resolve(stuck)
	w.Write("lib.php", resolved())
	w.Git("commit", "-q", "-a", "-m", "change lib.php")
	w.Git("rebase", "--quit")
	before := f.refs()
	_, err := job.Continue(t.Context(), f.open(""), job.ContinueRequest{}, false)
	var refusal *job.Refusal
	if !errors.As(err, &refusal) || refusal.ID != "missing-commits" || !strings.Contains(refusal.Text, "change more.php") || strings.Contains(refusal.Text, "change lib.php") {
		t.Fatalf("%v", err)
	}
	if f.refs() != before {
		t.Error("refs moved")
	}
	report, err := job.Continue(t.Context(), f.open(""), job.ContinueRequest{AllowMissing: true}, false)
	if err != nil {
		t.Fatal(err)
	}
	f.arrived(&report.Branches[0], "change own.php, change lib.php", job.Account{In: 5, Kept: 2, Dropped: 3})
	f.ledgerHas("no reason was given")
}

// A resolve that was killed half way leaves a worktree that says nothing about
// itself, or a reference without a worktree. Neither is in the way.
func TestResolveAfterAKilledResolve(t *testing.T) {
	t.Parallel()
	f := single(t)
	f.Git("update-ref", "refs/mgit/resolving/"+newStuck, stuck)
	f.Git("update-ref", "refs/mgit/resolving/LUVLE-4.5-hack-core-gone", stuck)
	f.Git("worktree", "add", "-q", "--detach", f.benchPath(), stuck)
	f.Git("worktree", "lock", "--reason", "initializing", f.benchPath())
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{stuck: "conflict"})
	if r := report.Branches[0]; r.Reason != "" {
		t.Errorf("nobody resolves it: %s", r.Reason)
	}
	_, w := f.resolve(stuck)
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	f.arrived(f.proceed(), "change own.php, change lib.php, change last.php", job.Account{In: 3, Kept: 3})
}
