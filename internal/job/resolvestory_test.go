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
	f.Git("checkout", "-q", "--detach")
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

// What a person's editor and git's clean-up did to messages is undone.
func TestMessagesAreKeptByteForByte(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Git("checkout", "-q", "-b", stuck, "v4.1.0")
	f.Write("lib.php", text(40, map[int]string{5: "ours"}))
	f.Git("add", "-A")
	f.Git("commit", "-q", "--cleanup=verbatim", "-m", "MDL-1 lib: ours\n\n# no comment\n\n\ntrailing   \n\n")
	f.Tick()
	f.add("last.php", "last\n")
	f.Git("checkout", "-q", "--detach")
	f.rebaseAll()
	_, w := f.resolve(stuck)
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	w.Git("rebase", "--continue")
	f.arrivedAs(f.proceed(), job.Account{In: 2, Kept: 2})
	old, now := f.Git("cat-file", "commit", stuck+"~1"), f.Git("cat-file", "commit", newStuck+"~1")
	_, old, _ = strings.Cut(old, "\n\n")
	_, now, _ = strings.Cut(now, "\n\n")
	if old != now {
		t.Errorf("message %q, want %q", now, old)
	}
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
	// The worktree is locked in a way that mgit's own git cannot remove it.
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

func TestResolveDryRunLeavesNothing(t *testing.T) {
	t.Parallel()
	f := single(t)
	before, objects := f.refs(), f.Git("count-objects", "-v")
	report, err := job.Resolve(t.Context(), f.open(""), job.ResolveRequest{Branch: stuck}, true)
	if err != nil || !report.NeedsPerson() || len(report.Branches[0].Conflicts) != 1 || report.Branches[0].Worktree != "" {
		t.Fatalf("%+v, %v", report, err)
	}
	if _, err := job.Skip(t.Context(), f.open(""), job.SkipRequest{Branch: stuck, Reason: "so"}, true); err != nil {
		t.Fatal(err)
	}
	if _, err := job.Abort(t.Context(), f.open(""), job.AbortRequest{Branches: []string{stuck}}, true); err != nil {
		t.Fatal(err)
	}
	if f.refs() != before || f.Git("count-objects", "-v") != objects {
		t.Error("a dry run wrote something")
	}
	f.noBench()
	_, w := f.resolve(stuck)
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	before, status := f.refs(), w.Git("status")
	report, err = job.Continue(t.Context(), f.open(""), job.ContinueRequest{}, true)
	if err != nil || len(report.Branches) != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	if f.refs() != before || w.Git("status") != status {
		t.Error("a dry continue went on")
	}
	w.Git("rebase", "--continue")
	before, status = f.refs(), w.Git("status")
	report, err = job.Continue(t.Context(), f.open(""), job.ContinueRequest{}, true)
	if b := report.Branches[0]; err != nil || b.Outcome != "resolved" || b.Commits != (job.Account{In: 3, Kept: 3}) || b.Run != 0 || len(b.Saved) != 1 {
		t.Errorf("%+v, %v", b, err)
	}
	if f.refs() != before || w.Git("status") != status {
		t.Error("a dry continue moved the branch")
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
