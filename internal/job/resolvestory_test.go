package job_test

import (
	"os"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

// skip leaves the commit out at which the branch stops.
func (f *fixture) skip(name, reason string) *job.ResolvedBranch {
	f.t.Helper()
	report, err := job.Skip(f.t.Context(), f.open(""), job.SkipRequest{Branch: name, Reason: reason}, false)
	if err != nil {
		f.t.Fatal(err)
	}
	return &report.Branches[0]
}

func (f *fixture) abort(names ...string) *job.ResolveReport {
	f.t.Helper()
	report, err := job.Abort(f.t.Context(), f.open(""), job.AbortRequest{Branches: names}, false)
	if err != nil {
		f.t.Fatal(err)
	}
	return report
}

func (f *fixture) ledgerText() string { return f.Git("show", "mgit:upgrades/4.5.toml") }

// ledgerHas checks what the ledger says.
func (f *fixture) ledgerHas(wants ...string) {
	f.t.Helper()
	for _, want := range wants {
		if !strings.Contains(f.ledgerText(), want) {
			f.t.Errorf("the ledger lacks %s:\n%s", want, f.ledgerText())
		}
	}
}

// What a person did in a merge is replayed, and stops like a commit.
func TestResolveWhatWasDoneByHandInAMerge(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch("side", "v4.1.0", "lib.php", text(40, map[int]string{6: "side"}))
	f.branch(stuck, "v4.1.0", "own.php", "own\n")
	f.Git("checkout", "-q", stuck)
	f.Git("merge", "-q", "--no-ff", "--no-commit", "side")
	f.Write("lib.php", text(40, map[int]string{6: "side", 30: "by hand"}))
	f.Commit("merge side, and more")
	f.Detach()
	f.Git("branch", "-D", "side")
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{stuck: "conflict"})
	b, w := f.resolve(stuck)
	for b.Stop != nil && !b.Stop.ByHand {
		w.Write("lib.php", text(40, map[int]string{5: "fixed in 4.1.1", 6: "side", 30: "new in 4.5"}))
		w.Git("add", "lib.php")
		b = f.proceed()
	}
	if b.Stop == nil || b.Stop.Commit.String() != f.Git("rev-parse", stuck) || b.Merges.ByHand != 1 {
		t.Fatalf("the stop: %+v, merges %+v", b.Stop, b.Merges)
	}
	f.Git("gc", "-q", "--prune=now")
	w.Write("lib.php", text(40, map[int]string{5: "fixed in 4.1.1", 6: "side", 30: "new in 4.5, by hand"}))
	w.Git("add", "lib.php")
	b = f.proceed()
	f.arrived(b, "change own.php, change lib.php, Resolution of merge "+f.Git("rev-parse", stuck), job.Account{In: 3, Kept: 3})
}

func TestSkipLeavesACommitOutWithTheReason(t *testing.T) {
	t.Parallel()
	f := tangled(t)
	if _, err := job.Skip(t.Context(), f.open(""), job.SkipRequest{Branch: stuck, Reason: " "}, false); !isUsage(err) {
		t.Fatalf("without a reason: %v", err)
	}
	b := f.skip(stuck, "upstream does it better") // begins by itself
	if b.Stop == nil || b.Stop.Number != 3 {
		t.Fatalf("second stop: %+v", b)
	}
	b = f.skip(stuck, "nobody wants it")
	f.arrived(b, "change own.php, change more.php, change last.php", job.Account{In: 5, Kept: 3, Dropped: 2})
	if len(b.Dropped) != 2 || b.Dropped[0].Reason != "upstream does it better" || b.Dropped[1].Reason != "nobody wants it" {
		t.Errorf("dropped: %+v", b.Dropped)
	}
	f.ledgerHas("upstream does it better", "nobody wants it", `disposition = "rebase"`)
}

// What was left out with a reason is dropped, also when a later commit brings
// the same change.
func TestSkipCountsAsDroppedWhateverComesLater(t *testing.T) {
	t.Parallel()
	f := tangled(t)
	f.skip(stuck, "the next one has it")
	w := gittest.At(t, f.benchPath())
	w.Write("lib.php", text(40, map[int]string{5: "ours", 30: "ours too"}))
	w.Git("add", "lib.php")
	b := f.proceed()
	f.arrived(b, "change own.php, change more.php, change lib.php, change last.php", job.Account{In: 5, Kept: 4, Dropped: 1})
}

// git rebase --skip gives no reason; the commit is counted all the same.
func TestGitRebaseSkipIsCounted(t *testing.T) {
	t.Parallel()
	f := single(t)
	_, w := f.resolve(stuck)
	w.Git("rebase", "--skip")
	b := f.proceed()
	f.arrived(b, "change own.php, change last.php", job.Account{In: 3, Kept: 2, Dropped: 1})
	f.ledgerHas("no reason was given")
}

// A branch of which every commit was left out is dropped, and stays so.
func TestSkipAllDropsTheBranch(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(stuck, "v4.1.0", "lib.php", text(40, map[int]string{5: "ours"}))
	f.rebaseAll()
	b := f.skip(newStuck, "4.5 has it")
	if b.Outcome != "dropped" || b.State != "dropped" || b.NewTip.String() != "" || b.Commits != (job.Account{In: 1, Dropped: 1}) {
		t.Fatalf("%+v", b)
	}
	f.noBench()
	if _, err := f.TryGit("rev-parse", "--verify", "-q", newStuck); err == nil {
		t.Error("a branch without commits was made")
	}
	f.ledgerHas(`disposition = "drop"`, `reason = "4.5 has it"`)
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{stuck: "dropped"})
}

func TestMarkersAreRefused(t *testing.T) {
	t.Parallel()
	f := single(t)
	_, w := f.resolve(stuck)
	w.Git("add", "lib.php") // as it is, markers and all
	b := f.proceed()
	if b.Outcome != "conflict" || len(b.Markers) != 1 || b.Markers[0].Path != "lib.php" {
		t.Fatalf("staged: %+v", b)
	}
	// Git itself does not mind.
	w.Git("rebase", "--continue")
	b = f.proceed()
	if b.Outcome != "conflict" || b.Standing != job.StandingFinished || len(b.Markers) != 1 || b.Worktree == "" {
		t.Fatalf("committed: %+v", b)
	}
	w.Write("lib.php", resolved())
	w.Git("commit", "-q", "-a", "-m", "Without markers")
	b = f.proceed()
	f.arrived(b, "change own.php, change lib.php, change last.php, Without markers", job.Account{In: 3, Kept: 3})
	if len(b.Added) != 1 {
		t.Errorf("added: %v", b.Added)
	}
	if post := f.Git("show", "mgit:resolutions/"+b.Saved[0]+"/postimage"); post+"\n" != resolved() {
		t.Errorf("saved:\n%s", post)
	}
}

// A file that is about merging may hold markers.
func TestMarkersOfTheBranchItselfAreFine(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(stuck, "v4.1.0",
		"lib.php", text(40, map[int]string{5: "ours"}),
		"docs.txt", "Heading\n=======\n\n<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> topic\n",
	)
	f.rebaseAll()
	_, w := f.resolve(stuck)
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	f.arrived(f.proceed(), "change lib.php, change docs.txt", job.Account{In: 2, Kept: 2})
}

// What is not committed would go with the worktree.
func TestUncommittedFilesAreNotLost(t *testing.T) {
	t.Parallel()
	f := single(t)
	_, w := f.resolve(stuck)
	w.Write("lib.php", resolved())
	w.Write("forgotten.php", "<?php\n")
	w.Git("add", "lib.php")
	b := f.proceed()
	if b.Outcome != "conflict" || b.Standing != job.StandingFinished || len(b.Uncommitted) != 1 || b.Uncommitted[0].Path != "forgotten.php" {
		t.Fatalf("%+v", b)
	}
	w.Git("add", "forgotten.php")
	w.Git("commit", "-q", "-m", "Add what was forgotten")
	f.arrived(f.proceed(), "change own.php, change lib.php, change last.php, Add what was forgotten", job.Account{In: 3, Kept: 3})
}

func TestWorktreeDeletedByHand(t *testing.T) {
	t.Parallel()
	for _, isPruned := range []bool{false, true} {
		f := single(t)
		b, _ := f.resolve(stuck)
		if err := os.RemoveAll(b.Worktree); err != nil {
			t.Fatal(err)
		}
		if isPruned {
			f.Git("worktree", "prune")
			report, err := job.Continue(t.Context(), f.open(""), job.ContinueRequest{}, false)
			if err != nil || len(report.Branches) != 0 {
				t.Errorf("continue: %+v, %v", report, err)
			}
		} else if b = f.proceed(); b.Standing != job.StandingDeleted || b.State != "parked" {
			t.Errorf("%+v", b)
		}
		f.ledgerHas(`state = "parked"`)
		f.resolve(stuck)
		f.abort()
		f.noBench()
	}
}

func TestAbortGivesUp(t *testing.T) {
	t.Parallel()
	f := single(t)
	before := f.refs()
	_, w := f.resolve(stuck)
	w.Write("half.php", "half done\n")
	b := f.abort(stuck).Branches[0]
	if b.State != "parked" || b.Standing != job.StandingNone || b.Worktree != "" {
		t.Errorf("%+v", b)
	}
	if after := f.refs(); after != before {
		t.Errorf("refs:\n%s\n%s", before, after)
	}
	f.noBench()
	if all := f.abort(); len(all.Branches) != 0 {
		t.Errorf("abort without anything begun: %+v", all)
	}
	// Parked, and nobody is at it: it goes back to be moved anew.
	b = f.abort(stuck).Branches[0]
	if b.State != "todo" || b.Run == 0 || f.Git("for-each-ref", "refs/mgit/parked/") != "" {
		t.Errorf("%+v", b)
	}
	f.ledgerHas(`state = "todo"`)
	again := f.abort(newStuck).Branches[0]
	if again.State != "todo" || again.Run != 0 || !strings.Contains(again.Reason, "nothing to give up") {
		t.Errorf("once more: %+v", again)
	}
	// All of it can be taken back.
	if _, _, err := job.UndoRun(t.Context(), f.open(""), b.Run, false); err != nil {
		t.Fatal(err)
	}
	f.ledgerHas(`state = "parked"`)
	if f.Git("for-each-ref", "refs/mgit/parked/") == "" {
		t.Error("the parked ref did not come back")
	}
}

func TestAbortLeavesFinishedBranchesAlone(t *testing.T) {
	t.Parallel()
	f := single(t)
	_, w := f.resolve(stuck)
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	w.Git("rebase", "--continue")
	if b := f.abort().Branches[0]; b.Standing != job.StandingFinished || b.Worktree == "" {
		t.Fatalf("finished in the worktree: %+v", b)
	}
	f.arrived(f.proceed(), "change own.php, change lib.php, change last.php", job.Account{In: 3, Kept: 3})
	before := f.refs()
	if b := f.abort(stuck).Branches[0]; b.State != "moved" || b.Run != 0 {
		t.Errorf("moved: %+v", b)
	}
	if f.refs() != before {
		t.Error("abort touched a finished branch")
	}
}
