package job_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/job"
	"mgit/internal/moodle"
)

func only(globs ...string) func(*job.RebaseAllRequest) {
	return func(r *job.RebaseAllRequest) { r.Only = globs }
}

// reportOf is what the report says of one branch.
func (f *fixture) reportOf(r *job.RebaseReport, name string) job.BranchReport {
	f.t.Helper()
	for _, b := range r.Branches {
		if b.Name == name {
			return b
		}
	}
	f.t.Fatalf("%s is not in the report", name)
	return job.BranchReport{}
}

const (
	newPlugin = "LUVLE-4.5-feature-mod_ouwiki"
	newHack   = "LUVLE-4.5-hack-mod_forum-subject"
)

// The upper of two stacked branches is moved first, the lower one another day:
// they share their commits on the new base too.
func TestLowerBranchMovedAfterTheUpper(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(plugin, "v4.1.0", "mod/ouwiki/lib.php", "<?php\n")
	f.branch(hack, plugin, "mod/forum/lib.php", text(40, map[int]string{3: "hacked"}))
	report, _ := f.rebaseAll(only(hack))
	f.want(report, map[string]string{hack: "clean"})
	f.Tick()
	report, _ = f.rebaseAll(only(plugin))
	f.want(report, map[string]string{plugin: "clean"})
	if upper, lower := f.Git("rev-parse", newHack+"^"), f.Git("rev-parse", newPlugin); upper != lower {
		t.Errorf("the lower branch is at %s, the upper one stands on %s", lower, upper)
	}
}

// A ledger names a commit that this clone does not have, as a colleague's can.
func TestCarriedTipThatIsNotHere(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"old_tip", "new_tip"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.three()
			f.rebaseAll()
			f.on(plugin, "mod/ouwiki/late.php", "late\n")
			ledger := f.Git("show", "mgit:upgrades/4.5.toml")
			id := f.Git("rev-parse", plugin+"~1")
			if what == "new_tip" {
				id = f.Git("rev-parse", newPlugin)
			}
			if !strings.Contains(ledger, id) {
				t.Fatalf("no %s in\n%s", id, ledger)
			}
			f.ledger(strings.ReplaceAll(ledger, id, strings.Repeat("ab", 20)) + "\n")
			report, _ := f.rebaseAll()
			f.want(report, map[string]string{plugin: "diverged", hack: "unchanged", stuck: "conflict"})
		})
	}
}

// Held after it had been moved, and then carried on.
func TestDispositionChangedAfterMoving(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	f.rebaseAll()
	tip := f.Git("rev-parse", newPlugin)
	moved := f.Git("show", "mgit:upgrades/4.5.toml")
	for _, disposition := range []string{"hold", "drop"} {
		ledger := f.Git("show", "mgit:upgrades/4.5.toml")
		head := `branch.` + plugin
		at := strings.Index(ledger, head)
		if at < 0 {
			head = `[branch."` + plugin + `"]`
			at = strings.Index(ledger, head)
		}
		if at < 0 {
			t.Fatalf("no entry of %s in\n%s", plugin, ledger)
		}
		changed := ledger[:at] + strings.Replace(ledger[at:], `disposition = "rebase"`, `disposition = "`+disposition+`"`, 1)
		f.ledger(changed + "\n")
		report, _ := f.rebaseAll(only(plugin))
		f.want(report, map[string]string{plugin: map[string]string{"hold": "held", "drop": "dropped"}[disposition]})
		if f.Git("rev-parse", newPlugin) != tip {
			t.Error("the new branch moved")
		}
		ledger = f.Git("show", "mgit:upgrades/4.5.toml")
		f.ledger(strings.Replace(ledger, `disposition = "`+disposition+`"`, `disposition = "rebase"`, 1) + "\n")
		report, _ = f.rebaseAll(only(plugin))
		f.want(report, map[string]string{plugin: "unchanged"})
		ledger = f.Git("show", "mgit:upgrades/4.5.toml")
		if strings.Count(ledger, `state = "moved"`) != strings.Count(moved, `state = "moved"`) {
			t.Errorf("after %s and back:\n%s", disposition, ledger)
		}
	}
}

// A graft hides a part of a branch's history from git's walks. Its commits are
// the branch's all the same.
func TestGraftsHideNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(plugin, "v4.1.0", "mod/ouwiki/a.php", "a\n", "mod/ouwiki/b.php", "b\n", "mod/ouwiki/c.php", "c\n")
	f.Write(".git/info/grafts", f.Git("rev-parse", plugin)+"\n")
	f.Git("replace", "-f", f.Git("rev-parse", plugin+"^{commit}"), f.Git("rev-parse", "v4.1.0^{commit}"))
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{plugin: "clean"})
	if b := f.reportOf(report, plugin); b.Commits.Kept != 3 {
		t.Errorf("account %+v", b.Commits)
	}
}

// The new branch is checked out in a worktree whose directory is gone.
func TestWorktreeThatIsGone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	f.rebaseAll()
	dir := filepath.Join(t.TempDir(), "gone")
	f.Git("worktree", "add", "-q", dir, newPlugin)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	f.on(plugin, "mod/ouwiki/late.php", "late\n")
	f.on(hack, "mod/forum/late.php", "late\n")
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{plugin: "failed", hack: "updated", stuck: "conflict"})
	if b := f.reportOf(report, plugin); !strings.Contains(b.Reason, "worktree prune") {
		t.Errorf("reason: %s", b.Reason)
	}
}

// A rebase of the new branch is in progress in a worktree: HEAD is detached, and
// the branch is what it will come back to.
func TestNewBranchInTheMiddleOfARebase(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	f.rebaseAll()
	f.Git("checkout", "-q", newPlugin)
	f.TryGit("-c", "sequence.editor=sed -i 1ibreak", "rebase", "-i", "HEAD~1")
	tip := f.Git("rev-parse", newPlugin)
	late := f.Git("commit-tree", "-p", plugin, "-m", "late", f.Git("rev-parse", plugin+"^{tree}"))
	f.Git("update-ref", "refs/heads/"+plugin, late)
	report, _ := f.rebaseAll(func(r *job.RebaseAllRequest) { r.UpdateWorktrees = true })
	f.want(report, map[string]string{plugin: "failed", hack: "unchanged", stuck: "conflict"})
	if f.Git("rev-parse", newPlugin) != tip {
		t.Error("the branch moved below a rebase")
	}
}

// Another release of the same series, by a second run.
func TestSecondRunOntoALaterMinor(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	f.rebaseAll()
	f.Git("checkout", "-q", "--detach", "v4.5.0")
	f.release("4.5.1", "405", "2024100701.00", "")
	f.Commit("Moodle release 4.5.1")
	f.Git("tag", "-a", "-m", "MOODLE_4051", "v4.5.1")
	f.branch("LUVLE-4.1-feature-mod_late", "v4.1.0", "mod/late/lib.php", "late\n")
	_, err := job.PlanRebaseAll(t.Context(), f.open(""), job.RebaseAllRequest{Tag: "v4.5.1"})
	var refusal *job.Refusal
	if !errors.As(err, &refusal) || refusal.ID != "other-tag" {
		t.Errorf("%v, want the refusal other-tag", err)
	}
	report, _ := f.rebaseAll(func(r *job.RebaseAllRequest) { r.Tag, r.OtherTag = "v4.5.1", true })
	f.want(report, map[string]string{plugin: "unchanged", hack: "unchanged", stuck: "conflict", "LUVLE-4.1-feature-mod_late": "clean"})
	if b := f.reportOf(report, plugin); !strings.Contains(b.Reason, "v4.5.0") {
		t.Errorf("the branch stands on v4.5.0, the run is onto v4.5.1, and its reason is %q", b.Reason)
	}
}

// 4.1 goes to 4.5 and to 5.0 at the same time; and from 4.5 to 5.0 as well.
func TestTwoUpgradesAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Git("checkout", "-q", "--detach", "v4.5.0")
	f.release("5.0", "500", "2025041400.00", "")
	f.Commit("Moodle release 5.0")
	f.Git("tag", "-a", "-m", "MOODLE_500", "v5.0.0")
	f.three()
	f.rebaseAll()
	to := func(from string) func(*job.RebaseAllRequest) {
		series, err := moodle.ParseSeries(from)
		if err != nil {
			t.Fatal(err)
		}
		return func(r *job.RebaseAllRequest) { r.Tag, r.From = "v5.0.0", series }
	}
	report, _ := f.rebaseAll(to("4.1"))
	f.want(report, map[string]string{plugin: "clean", hack: "clean", stuck: "conflict"})
	refs := f.Git("for-each-ref", "refs/heads/LUVLE-*")
	report, _ = f.rebaseAll(to("4.5"))
	f.want(report, map[string]string{newPlugin: "diverged", newHack: "diverged"})
	if b := f.reportOf(report, newPlugin); !strings.Contains(b.Reason, plugin) {
		t.Errorf("reason: %s", b.Reason)
	}
	if f.Git("for-each-ref", "refs/heads/LUVLE-*") != refs {
		t.Error("branches moved")
	}
	report, _ = f.rebaseAll()
	f.want(report, map[string]string{plugin: "unchanged", hack: "unchanged", stuck: "conflict"})
}

// All of a branch landed; later it gets a commit of its own.
func TestLandedBranchGoesOn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(hack, "v4.1.0", "lib.php", text(40, map[int]string{5: "fixed in 4.1.1"}))
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{hack: "landed"})
	f.on(hack, "own.php", "own\n")
	report, _ = f.rebaseAll()
	f.want(report, map[string]string{hack: "clean"})
	if got := f.log("v4.5.0", newHack); got != "change own.php" {
		t.Errorf("new branch: %s", got)
	}
	report, run := f.rebaseAll()
	f.want(report, map[string]string{hack: "unchanged"})
	if run != 0 {
		t.Errorf("run %d did something", run)
	}
}

// A parked branch gets more commits, and is then put right at its source.
func TestParkedBranchGoesOn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	f.rebaseAll()
	f.on(stuck, "late.php", "late\n")
	report, _ := f.rebaseAll()
	if b := f.reportOf(report, stuck); b.Outcome != "conflict" || b.Commits != (job.Account{In: 3, Kept: 1, Waiting: 2}) {
		t.Errorf("%s, %+v", b.Outcome, b.Commits)
	}
	f.Git("branch", "-f", stuck, stuck+"~2")
	report, _ = f.rebaseAll()
	f.want(report, map[string]string{plugin: "unchanged", hack: "unchanged", stuck: "clean"})
	if _, err := f.TryGit("rev-parse", "--verify", "-q", "refs/mgit/parked/"+newStuck); err == nil {
		t.Error("it is still parked")
	}
}

// New commits of a carried branch conflict, and are then taken back.
func TestCarriedBranchParkedAndTakenBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	f.rebaseAll()
	f.on(plugin, "lib.php", text(40, map[int]string{5: "ours"}))
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{plugin: "conflict", hack: "unchanged", stuck: "conflict"})
	if f.Git("rev-parse", "refs/mgit/parked/"+newPlugin) != f.Git("rev-parse", newPlugin) {
		t.Error("the clean part is not the new branch")
	}
	f.Git("branch", "-f", plugin, plugin+"~1")
	report, _ = f.rebaseAll()
	f.want(report, map[string]string{plugin: "unchanged", hack: "unchanged", stuck: "conflict"})
	if _, err := f.TryGit("rev-parse", "--verify", "-q", "refs/mgit/parked/"+newPlugin); err == nil {
		t.Error("it is still parked")
	}
	if ledger := f.Git("show", "mgit:upgrades/4.5.toml"); strings.Count(ledger, `state = "parked"`) != 1 {
		t.Errorf("the ledger says it is parked:\n%s", ledger)
	}
}

// Upstream took the very commits of the site, as Moodle's integrators do.
func TestUpstreamTookTheCommitsThemselves(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	f.rebaseAll()
	f.Git("update-ref", "refs/remotes/upstream/MOODLE_405_STABLE", newPlugin)
	f.Git("update-ref", "refs/remotes/upstream/taken", plugin)
	f.on(plugin, "mod/ouwiki/late.php", "late\n")
	f.on(newPlugin, "mod/ouwiki/new.php", "new\n")
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{plugin: "updated", hack: "unchanged", stuck: "conflict"})
	if got := f.log("v4.5.0", newPlugin); !strings.HasSuffix(got, "change mod/ouwiki/new.php, change mod/ouwiki/late.php") {
		t.Errorf("new branch: %s", got)
	}
}

// The new branch is at the internal remote only, and both old and new went on
// there.
func TestNewBranchAtTheRemoteOnly(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	f.rebaseAll()
	f.on(newPlugin, "mod/ouwiki/new.php", "new\n")
	f.on(plugin, "mod/ouwiki/late.php", "late\n")
	for _, b := range []string{plugin, newPlugin} {
		f.Git("update-ref", "refs/remotes/origin/"+b, b)
		f.Git("branch", "-q", "-D", b)
	}
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{plugin: "updated", hack: "unchanged", stuck: "conflict"})
	if got := f.log("v4.5.0", newPlugin); !strings.HasSuffix(got, "change mod/ouwiki/new.php, change mod/ouwiki/late.php") {
		t.Errorf("new branch: %s", got)
	}
	// It goes on at the remote.
	f.Git("checkout", "-q", "--detach", "refs/remotes/origin/"+plugin)
	f.add("mod/ouwiki/later.php", "later\n")
	f.Git("update-ref", "refs/remotes/origin/"+plugin, "HEAD")
	report, _ = f.rebaseAll()
	f.want(report, map[string]string{plugin: "updated", hack: "unchanged", stuck: "conflict"})
}

// A colleague's fix has been fetched and not pulled: the local branch is what
// moves, and the report says what it lacks.
func TestLocalBranchIsBehindTheRemote(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	for _, b := range []string{plugin, hack} {
		f.Git("update-ref", "refs/remotes/origin/"+b, b)
	}
	f.Git("checkout", "-q", "--detach", plugin)
	f.add("mod/ouwiki/fix.php", "a colleague's fix\n")
	f.Git("update-ref", "refs/remotes/origin/"+plugin, "HEAD")
	f.on(hack, "mod/forum/more.php", "ahead of the remote\n")
	for _, outcome := range []string{"clean", "unchanged"} {
		report, _ := f.rebaseAll()
		f.want(report, map[string]string{plugin: outcome, hack: outcome, stuck: "conflict"})
		if b := f.reportOf(report, plugin); !strings.Contains(b.Reason, "origin has commits") {
			t.Errorf("%s, reason: %q", outcome, b.Reason)
		}
		if b := f.reportOf(report, hack); strings.Contains(b.Reason, "origin") {
			t.Errorf("%s, reason: %q", outcome, b.Reason)
		}
	}
}

// A colleague moved the branch and has not pushed it, or somebody deleted it: it
// is made again, and that is said, since a clone that has it will disagree.
func TestMovedBranchThatIsNotHereIsMadeAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	f.rebaseAll()
	f.Git("branch", "-D", "LUVLE-4.5-feature-mod_ouwiki")
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{plugin: "clean", hack: "unchanged", stuck: "conflict"})
	if reason := report.Branches[0].Reason; !strings.Contains(reason, "made again") {
		t.Errorf("reason %q", reason)
	}
}
