package job_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

// What one person has resolved settles the same conflict of another branch, and
// in another clone.
func TestResolutionsServeOthers(t *testing.T) {
	t.Parallel()
	f := single(t)
	other := "LUVLE-4.1-hack-core-other"
	f.branch(other, "v4.1.0", "other.php", "other\n", "lib.php", text(40, map[int]string{5: "ours"}), "end.php", "end\n")
	stacked := "LUVLE-4.1-hack-core-stacked"
	f.branch(stacked, stuck, "stacked.php", "stacked\n")
	f.rebaseAll()
	_, w := f.resolve(stuck)
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	b := f.proceed()
	if b.Outcome != "resolved" || len(b.Saved) != 1 {
		t.Fatalf("%+v", b)
	}
	meta := f.Git("show", "mgit:resolutions/"+b.Saved[0]+"/meta.toml")
	for _, want := range []string{newStuck, "v4.1.0", "v4.5.0", `paths = ["lib.php"]`, "Carl Committer <carl@example.org>"} {
		if !strings.Contains(meta, want) {
			t.Errorf("meta.toml lacks %s:\n%s", want, meta)
		}
	}
	// A clone that has never seen the conflict: no rr-cache.
	if err := os.RemoveAll(filepath.Join(f.Path, ".git", "rr-cache")); err != nil {
		t.Fatal(err)
	}
	report, err := job.Resolve(t.Context(), f.open(""), job.ResolveRequest{Branch: other}, false)
	if err != nil {
		t.Fatal(err)
	}
	if o := report.Branches[0]; o.Outcome != "resolved" || len(o.Resolutions) != 1 || o.Run == 0 || o.Worktree != "" {
		t.Fatalf("the other branch: %+v", o)
	}
	all, _ := f.rebaseAll()
	f.want(all, map[string]string{stuck: "unchanged", other: "unchanged", stacked: "resolved"})
	if f.Git("rev-parse", "LUVLE-4.5-hack-core-stacked~1") != f.Git("rev-parse", newStuck) {
		t.Error("the stacked branch does not stand on the resolved one")
	}
	f.noBench()
}

// In the worktree a recorded resolution is no stop either.
func TestResolutionsAreUsedInTheWorktree(t *testing.T) {
	t.Parallel()
	f := tangled(t)
	_, w := f.resolve(stuck)
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	f.proceed()
	w.Write("lib.php", resolvedTwice())
	w.Git("add", "lib.php")
	if b := f.proceed(); len(b.Saved) != 2 {
		t.Fatalf("%+v", b)
	}
	again := "LUVLE-4.1-hack-core-again"
	f.branch(again, "v4.1.0",
		"course/lib.php", text(40, map[int]string{1: "clean"}),
		"version.php", "<?php // ours\n",
		"lib.php", text(40, map[int]string{5: "ours"}),
	)
	f.rebaseAll()
	report, err := job.Resolve(t.Context(), f.open(""), job.ResolveRequest{Branch: again}, false)
	if err != nil {
		t.Fatal(err)
	}
	b := &report.Branches[0]
	if len(b.Conflicts) != 1 || b.Conflicts[0].Path != "version.php" {
		t.Fatalf("first stop: %+v", b)
	}
	w = gittest.At(t, b.Worktree)
	w.Write("version.php", "<?php // ours, for 4.5\n")
	w.Git("add", "version.php")
	b = f.proceed()
	f.arrivedAs(b, job.Account{In: 3, Kept: 3})
	if len(b.Resolutions) != 1 || !strings.Contains(b.Resolutions[0], "lib.php") {
		t.Errorf("resolutions used: %v", b.Resolutions)
	}
}

// arrivedAs is arrived without a look at the commits.
func (f *fixture) arrivedAs(b *job.ResolvedBranch, account job.Account) {
	f.t.Helper()
	f.arrived(b, f.log("v4.5.0", "refs/heads/"+b.NewName), account)
}

func TestOneWorktreeABranch(t *testing.T) {
	t.Parallel()
	f := single(t)
	b, _ := f.resolve(stuck)
	_, err := job.Resolve(t.Context(), f.open(""), job.ResolveRequest{Branch: stuck}, false)
	var busy *job.ResolvingError
	if !errors.As(err, &busy) || busy.Path != b.Worktree || busy.Branch != newStuck {
		t.Fatalf("resolve once more: %v", err)
	}
	// From inside it only says where it stands.
	report, err := job.Resolve(t.Context(), f.open(b.Worktree), job.ResolveRequest{Branch: stuck}, false)
	if err != nil || len(report.Branches[0].Conflicts) != 1 {
		t.Fatalf("from inside: %+v, %v", report, err)
	}
	// A run leaves the branch alone, and carries the others.
	f.branch(plugin, "v4.1.0", "mod/ouwiki/lib.php", "<?php\n")
	f.on(stuck, "later.php", "later\n")
	parked, ledger := f.Git("for-each-ref", "refs/mgit/parked/"), f.ledgerText()
	all, _ := f.rebaseAll()
	f.want(all, map[string]string{plugin: "clean", stuck: "conflict"})
	for _, r := range all.Branches {
		if r.Name == stuck && (!strings.Contains(r.Reason, b.Worktree) || r.Commits.Waiting != 4) {
			t.Errorf("%+v", r)
		}
	}
	if f.Git("for-each-ref", "refs/mgit/parked/") != parked || !strings.Contains(f.ledgerText(), strings.TrimSpace(entryOf(ledger, stuck))) {
		t.Error("the branch that is being resolved changed")
	}
	// The old branch has moved on: that is said, and the next run adds the rest.
	w := gittest.At(t, b.Worktree)
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	report, err = job.Continue(t.Context(), f.open(b.Worktree), job.ContinueRequest{Branch: stuck}, false)
	if err != nil {
		t.Fatal(err)
	}
	done := report.Branches[0]
	if done.Outcome != "resolved" || done.MovedOn.String() != f.Git("rev-parse", stuck) {
		t.Fatalf("%+v", done)
	}
	f.noBench()
	all, _ = f.rebaseAll()
	f.want(all, map[string]string{plugin: "unchanged", stuck: "updated"})
	if got := f.log("v4.5.0", newStuck); got != "change own.php, change lib.php, change last.php, change later.php" {
		t.Errorf("commits: %s", got)
	}
}

// entryOf cuts a branch's entry out of a ledger.
func entryOf(ledger, name string) string {
	_, rest, _ := strings.Cut(ledger, name)
	entry, _, _ := strings.Cut(rest, "[branch.")
	return entry
}

// A branch that was carried before is parked over its new commits only.
func TestResolveNewCommitsOfACarriedBranch(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(stuck, "v4.1.0", "own.php", "own\n")
	f.rebaseAll()
	f.on(newStuck, "new.php", "new\n")
	f.on(stuck, "lib.php", text(40, map[int]string{5: "ours"}))
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{stuck: "conflict"})
	_, w := f.resolve(stuck)
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	f.arrived(f.proceed(), "change own.php, change new.php, change lib.php", job.Account{In: 1, Kept: 1})
}

// Somebody commits to the new branch while a person resolves.
func TestNewBranchMovesMeanwhile(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(stuck, "v4.1.0", "own.php", "own\n")
	f.rebaseAll()
	f.on(stuck, "lib.php", text(40, map[int]string{5: "ours"}))
	f.rebaseAll()
	_, w := f.resolve(stuck)
	f.on(newStuck, "new.php", "new\n")
	tip := f.Git("rev-parse", newStuck)
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	b := f.proceed()
	if b.Outcome != "moved" || b.Worktree == "" || f.Git("rev-parse", newStuck) != tip {
		t.Fatalf("%+v", b)
	}
	// What was resolved is remembered.
	f.abort(stuck)
	report, err := job.Resolve(t.Context(), f.open(""), job.ResolveRequest{Branch: stuck}, false)
	if err != nil {
		t.Fatal(err)
	}
	if b := report.Branches[0]; b.State != "moved" || f.log("v4.5.0", newStuck) != "change own.php, change new.php, change lib.php" {
		t.Errorf("%+v", b)
	}
	f.noBench()
}

// A continue that was killed after its commit point leaves a worktree; the next
// one only removes it.
func TestContinueAfterAKilledContinue(t *testing.T) {
	t.Parallel()
	f := single(t)
	b, w := f.resolve(stuck)
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	w.Git("rebase", "--continue")
	// The worktree is put back as if it had never been removed.
	admin := w.Git("rev-parse", "--absolute-git-dir")
	kept := filepath.Join(t.TempDir(), "kept")
	for from, to := range map[string]string{admin: kept + "-admin", b.Worktree: kept + "-tree"} {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	f.arrived(f.proceed(), "change own.php, change lib.php, change last.php", job.Account{In: 3, Kept: 3})
	for to, from := range map[string]string{admin: kept + "-admin", b.Worktree: kept + "-tree"} {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	before := f.refs()
	again := f.proceed()
	if again.Outcome != "resolved" || again.Run != 0 || f.refs() != before {
		t.Errorf("%+v", again)
	}
	f.noBench()
}

func TestUndoOfAResolve(t *testing.T) {
	t.Parallel()
	f := single(t)
	before := f.Git("for-each-ref", "refs/heads/LUVLE*", "refs/mgit/parked/")
	_, w := f.resolve(stuck)
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	b := f.proceed()
	if _, _, err := job.UndoRun(t.Context(), f.open(""), b.Run, false); err != nil {
		t.Fatal(err)
	}
	if after := f.Git("for-each-ref", "refs/heads/LUVLE*", "refs/mgit/parked/"); after != before {
		t.Errorf("refs:\n%s\n%s", before, after)
	}
	f.ledgerHas(`state = "parked"`)
	if out := f.Git("ls-tree", "-r", "--name-only", "mgit"); strings.Contains(out, "resolutions/") {
		t.Errorf("resolutions are left: %s", out)
	}
}

// Without resolutions nothing is applied and nothing recorded.
func TestResolutionsSwitchedOff(t *testing.T) {
	t.Parallel()
	f := single(t)
	f.Git("config", "mgit.resolutions.use", "false")
	f.Git("config", "mgit.resolutions.save", "false")
	for range 2 {
		_, w := f.resolve(stuck) // the second time as the first
		w.Write("lib.php", resolved())
		w.Git("add", "lib.php")
		b := f.proceed()
		if b.Outcome != "resolved" || len(b.Saved) != 0 {
			t.Fatalf("%+v", b)
		}
		if _, _, err := job.UndoRun(t.Context(), f.open(""), b.Run, false); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNamesThatAreNotParked(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	f.rebaseAll()
	f.branch("LUVLE-4.1-hack-core-later", "v4.1.0", "later.php", "later\n")
	for name, want := range map[string]string{
		"nothing":                      `there is no branch "nothing"`,
		"LUVLE-4.1-hack-core-later":    "no upgrade has moved it",
		plugin:                         "moved (clean), as LUVLE-4.5-feature-mod_ouwiki",
		"LUVLE-4.5-feature-mod_ouwiki": "moved (clean)",
	} {
		for what, do := range map[string]func(context.Context, *job.Site) error{
			"resolve": func(ctx context.Context, s *job.Site) error {
				_, err := job.Resolve(ctx, s, job.ResolveRequest{Branch: name}, false)
				return err
			},
			"continue": func(ctx context.Context, s *job.Site) error {
				_, err := job.Continue(ctx, s, job.ContinueRequest{Branch: name}, false)
				return err
			},
		} {
			err := do(t.Context(), f.open(""))
			var usage *job.UsageError
			if !errors.As(err, &usage) || !strings.Contains(usage.Text, want) || !strings.Contains(usage.Hint, newStuck) {
				t.Errorf("%s %s: %v", what, name, err)
			}
		}
	}
	_, err := job.Continue(t.Context(), f.open(""), job.ContinueRequest{Branch: stuck}, false)
	var usage *job.UsageError
	if !errors.As(err, &usage) || !strings.Contains(usage.Hint, "mgit resolve "+newStuck) {
		t.Errorf("continue what nobody began: %v", err)
	}
}

func isUsage(err error) bool {
	var usage *job.UsageError
	return errors.As(err, &usage)
}

// Two branches are resolved at the same time in one clone: each finishes for
// itself, with its own resolutions.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	f := single(t)
	other := "LUVLE-4.1-hack-core-other"
	f.branch(other, "v4.1.0", "version.php", "<?php // ours\n")
	f.rebaseAll()
	_, first := f.resolve(stuck)
	_, second := f.resolve(other)
	first.Write("lib.php", resolved())
	first.Git("add", "lib.php")
	first.Git("rebase", "--continue")
	second.Write("version.php", "<?php // ours, for 4.5\n")
	second.Git("add", "version.php")
	second.Git("rerere") // it has recorded this, and is not finished
	report, err := job.Continue(t.Context(), f.open(""), job.ContinueRequest{Branch: stuck}, false)
	if err != nil || len(report.Branches) != 1 || len(report.Branches[0].Saved) != 1 {
		t.Fatalf("the first: %+v, %v", report, err)
	}
	b := f.proceed()
	if b.Name != other || b.Outcome != "resolved" || len(b.Saved) != 1 {
		t.Fatalf("the second: %+v", b)
	}
	if out := f.Git("ls-tree", "-r", "--name-only", "mgit", "resolutions/"); strings.Count(out, "postimage") != 2 {
		t.Errorf("resolutions: %s", out)
	}
	f.noBench()
}

// A colleague was faster: what they did stays, and this worktree is left to its
// person.
func TestFinishedElsewhereMeanwhile(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		meanwhile func(f *fixture)
		want      string
	}{
		"the ledger says so": {func(f *fixture) {
			f.shared("upgrades/4.5.toml", strings.NewReplacer(`state = "parked"`, `state = "moved"`, `outcome = "conflict"`, `outcome = "resolved"`).Replace(f.ledgerText()))
		}, "finished elsewhere"},
		"the branch was pushed": {func(f *fixture) {
			f.Git("update-ref", "refs/remotes/origin/"+newStuck, "v4.5.0")
		}, "pushed meanwhile"},
		"somebody made the branch": {func(f *fixture) {
			f.Git("branch", newStuck, "v4.5.0")
		}, "not made by mgit"},
		"the upgrade goes elsewhere": {func(f *fixture) {
			f.shared("upgrades/4.5.toml", strings.ReplaceAll(f.ledgerText(), f.Git("rev-parse", "v4.5.0^{commit}"), f.Git("rev-parse", "v5.1.0^{commit}")))
		}, "goes to"},
		"the ledger is gone": {func(f *fixture) {
			f.shared("upgrades/4.5.toml", "format = 1\nseries = \"4.5\"\nfrom = \"4.1\"\nonto = \"v4.5.0\"\n")
		}, "no longer knows"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := single(t)
			_, w := f.resolve(stuck)
			test.meanwhile(f)
			before := f.refs()
			w.Write("lib.php", resolved())
			w.Git("add", "lib.php")
			b := f.proceed()
			if b.Outcome != "diverged" || !b.Failed() || !strings.Contains(b.Reason, test.want) || b.Worktree == "" || b.NewTip.String() != "" {
				t.Errorf("%+v", b)
			}
			if f.refs() != before {
				t.Error("refs moved")
			}
			f.abort(stuck)
			f.noBench()
		})
	}
}
