package job_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/job"
)

const (
	plugin = "LUVLE-4.1-feature-mod_ouwiki"
	hack   = "LUVLE-4.1-hack-mod_forum-subject"
	stuck  = "LUVLE-4.1-hack-core-stuck"
)

// three makes a branch that adds a plugin, one that hacks a file and one that
// conflicts with 4.5.
func (f *fixture) three() {
	f.branch(plugin, "v4.1.0", "mod/ouwiki/lib.php", "<?php\n", "mod/ouwiki/view.php", "<?php\n")
	f.branch(hack, "v4.1.0", "mod/forum/lib.php", text(40, map[int]string{3: "hacked"}))
	f.branch(stuck, "v4.1.0", "own.php", "own\n", "lib.php", text(40, map[int]string{5: "ours"}))
}

func TestCleanBranchesArriveAndTheRestIsParked(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	before := f.Git("for-each-ref", "refs/heads/LUVLE-4.1-*")
	report, run := f.rebaseAll()
	f.want(report, map[string]string{plugin: "clean", hack: "clean", stuck: "conflict"})
	if run != 1 || report.Totals["clean"] != 2 || report.Totals["conflict"] != 1 || !report.NeedsPerson() {
		t.Errorf("run %d, totals %v", run, report.Totals)
	}
	if got := f.log("v4.5.0", "LUVLE-4.5-feature-mod_ouwiki"); got != "change mod/ouwiki/lib.php, change mod/ouwiki/view.php" {
		t.Errorf("new branch: %s", got)
	}
	if got := f.log("v4.5.0", "refs/mgit/parked/LUVLE-4.5-hack-core-stuck"); got != "change own.php" {
		t.Errorf("parked: %s", got)
	}
	if _, err := f.TryGit("rev-parse", "--verify", "-q", "refs/heads/LUVLE-4.5-hack-core-stuck"); err == nil {
		t.Error("a parked branch has its new name already")
	}
	if after := f.Git("for-each-ref", "refs/heads/LUVLE-4.1-*"); after != before {
		t.Error("the old branches moved")
	}
	ledger := f.Git("show", "mgit:upgrades/4.5.toml")
	for _, want := range []string{`onto = "v4.5.0"`, `state = "parked"`, `outcome = "clean"`, `paths = ["lib.php"]`} {
		if !strings.Contains(ledger, want) {
			t.Errorf("the ledger lacks %s:\n%s", want, ledger)
		}
	}
	f.noLocks()
}

func TestDryRunLeavesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	before, objects := f.refs(), f.Git("count-objects", "-v")
	report, run, err := job.RebaseAll(t.Context(), f.open(""), job.RebaseAllRequest{Tag: "v4.5.0"}, true)
	if err != nil || run != 0 {
		t.Fatalf("run %d: %v", run, err)
	}
	f.want(report, map[string]string{plugin: "clean", hack: "clean", stuck: "conflict"})
	if f.refs() != before || f.Git("count-objects", "-v") != objects {
		t.Error("a dry run wrote something")
	}
	if _, err := os.Stat(filepath.Join(f.Path, ".git", "mgit")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf(".git/mgit after a dry run: %v", err)
	}
}

// A second run does only what is missing.
func TestLifeGoesOn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	f.rebaseAll()
	f.on(plugin, "mod/ouwiki/late.php", "a fix on 4.1\n")
	f.on("LUVLE-4.5-feature-mod_ouwiki", "mod/ouwiki/new.php", "work on 4.5\n")
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{plugin: "updated", hack: "unchanged", stuck: "conflict"})
	want := "change mod/ouwiki/lib.php, change mod/ouwiki/view.php, change mod/ouwiki/new.php, change mod/ouwiki/late.php"
	if got := f.log("v4.5.0", "LUVLE-4.5-feature-mod_ouwiki"); got != want {
		t.Errorf("new branch: %s", got)
	}
	refs := f.refs()
	report, run := f.rebaseAll()
	f.want(report, map[string]string{plugin: "unchanged", hack: "unchanged", stuck: "conflict"})
	if run != 0 || f.refs() != refs {
		t.Errorf("a third run did something: run %d", run)
	}
}

func TestDivergedBranchesStay(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	f.branch("LUVLE-4.5-hack-mod_forum-subject", "v4.5.0", "by-hand.php", "by hand\n")
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{plugin: "clean", hack: "diverged", stuck: "conflict"})
	if got := f.log("v4.5.0", "LUVLE-4.5-hack-mod_forum-subject"); got != "change by-hand.php" {
		t.Errorf("the branch made by hand: %s", got)
	}
	// Rewritten after it was carried.
	f.Git("branch", "-f", plugin, plugin+"~1")
	f.on(plugin, "mod/ouwiki/view.php", "rewritten\n")
	report, _ = f.rebaseAll()
	f.want(report, map[string]string{plugin: "diverged", hack: "diverged", stuck: "conflict"})
}

// The new branch was reset to something that lacks what was carried.
func TestNewBranchThatLostItsCommitsIsDiverged(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	f.rebaseAll()
	f.Git("branch", "-f", "LUVLE-4.5-feature-mod_ouwiki", "v4.5.0")
	f.on(plugin, "mod/ouwiki/late.php", "late\n")
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{plugin: "diverged", hack: "unchanged", stuck: "conflict"})
}

func TestOnlyAndFrom(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	f.branch("LUVLE-4.0-feature-mod_old", "v4.1.0", "mod/old/lib.php", "old\n")
	report, _ := f.rebaseAll(func(r *job.RebaseAllRequest) { r.Only = []string{"*-mod_ouwiki"} })
	f.want(report, map[string]string{plugin: "clean"})
	var usage *job.UsageError
	for _, r := range []job.RebaseAllRequest{{Tag: "v9.9.9"}, {Tag: "v4.5.0", Only: []string{"nothing*"}}, {Tag: "v4.1.0", From: report.From}} {
		if _, err := job.PlanRebaseAll(t.Context(), f.open(""), r); !errors.As(err, &usage) {
			t.Errorf("%+v: %v, want wrong usage", r, err)
		}
	}
}

// Somebody commits to a branch between plan and apply.
func TestMovedDuringTheRun(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	site := f.open("")
	plan, err := job.PlanRebaseAll(t.Context(), site, job.RebaseAllRequest{Tag: "v4.5.0"})
	if err != nil {
		t.Fatal(err)
	}
	report, err := plan.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer report.Close()
	f.on(plugin, "mod/ouwiki/meanwhile.php", "meanwhile\n")
	lock, err := site.Lock(t.Context(), "test")
	if err != nil {
		t.Fatal(err)
	}
	_, err = report.Apply(t.Context(), lock)
	if err := errors.Join(err, lock.Release()); err != nil {
		t.Fatal(err)
	}
	f.want(report, map[string]string{plugin: "moved", hack: "clean", stuck: "conflict"})
	if _, err := f.TryGit("rev-parse", "--verify", "-q", "refs/heads/LUVLE-4.5-feature-mod_ouwiki"); err == nil {
		t.Error("the branch was moved all the same")
	}
	if ledger := f.Git("show", "mgit:upgrades/4.5.toml"); strings.Contains(ledger, plugin) {
		t.Error("the ledger says the branch was carried")
	}
	again, _ := f.rebaseAll()
	f.want(again, map[string]string{plugin: "clean", hack: "unchanged", stuck: "conflict"})
}

// A colleague's commit on the mgit branch, and an entry of the ledger.
func TestDispositionsAreHonoured(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	f.ledger(`format = 1
series = "4.5"
from = "4.1"
onto = "v4.5.0"

[branch."` + plugin + `"]
disposition = "drop"
reason = "nobody uses it"

[branch."` + hack + `"]
disposition = "hold"
reason = "after the exams"
`)
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{plugin: "dropped", hack: "held", stuck: "conflict"})
	for _, b := range report.Branches {
		if !b.Commits.Holds() || b.Commits.In == 0 {
			t.Errorf("%s: account %+v", b.Name, b.Commits)
		}
	}
	if ledger := f.Git("show", "mgit:upgrades/4.5.toml"); !strings.Contains(ledger, "after the exams") || !strings.Contains(ledger, `state = "held"`) {
		t.Errorf("ledger:\n%s", ledger)
	}
}

// ledger puts a ledger of the upgrade to 4.5 on the mgit branch.
func (f *fixture) ledger(text string) { f.shared("upgrades/4.5.toml", text) }
