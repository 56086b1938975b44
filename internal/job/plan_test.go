package job_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/job"
)

func (f *fixture) plan(request job.PlanRequest) *job.UpgradePlan {
	f.t.Helper()
	if request.Tag == "" {
		request.Tag = "v4.5.0"
	}
	request.Now = time.Date(2026, 4, 20, 0, 0, 0, 0, time.UTC)
	site := f.open("")
	defer site.Close()
	plan, err := job.Plan(f.t.Context(), site, request)
	if err != nil {
		f.t.Fatal(err)
	}
	return plan
}

// In a clone that lacks the first release of the old series, what that shipped is not
// known. The other sections are complete.
func TestPlanWithoutTheFirstRelease(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(plugin, "v4.1.0", "mod/ouwiki/lib.php", "<?php\n")
	f.Git("tag", "-d", "v4.1.0")
	plan := f.plan(job.PlanRequest{SkipLive: true})
	if plan.Work.Branches != 1 || plan.Work.Totals["clean"] != 1 {
		t.Errorf("branches: %+v", plan.Work)
	}
	const why = "what Moodle 4.1 shipped depends on v4.1.0, and there is no such tag in this clone"
	if got := plan.Components.Unread; len(got) != 1 || !strings.Contains(got[0], why) {
		t.Errorf("components: %q", got)
	}
	if got := plan.Steps.Unread; len(got) != 1 || !strings.Contains(got[0].Why, why) {
		t.Errorf("steps: %+v", got)
	}
}

// A branch whose first conflict hides two more is as much work as all three.
func TestPlanCountsWhatIsBehindTheFirstConflict(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ours := func(line int) string { return text(40, map[int]string{line: "ours"}) }
	f.branch("LUVLE-4.1-hack-core-deep", "v4.1.0",
		"lib.php", ours(5), // in conflict
		"own.php", "own\n",
		"lib.php", text(40, map[int]string{5: "ours", 30: "ours too"}), // again
		"course/lib.php", ours(3))
	f.branch("LUVLE-4.1-hack-core-deeper", "LUVLE-4.1-hack-core-deep", "lib.php", text(40, map[int]string{5: "ours", 30: "ours at last"}))
	f.branch("LUVLE-4.1-hack-core-same", "v4.1.0", "lib.php", text(40, map[int]string{5: "fixed in 4.1.1", 30: "new in 4.5"}))
	f.branch(plugin, "v4.1.0", "mod/ouwiki/lib.php", "<?php\n")
	before := f.Git("for-each-ref")

	work := f.plan(job.PlanRequest{SkipLive: true}).Work

	if work.Branches != 4 || work.Totals["conflict"] != 2 || work.Totals["clean"] != 1 || work.Totals["landed"] != 1 {
		t.Errorf("totals %v of %d", work.Totals, work.Branches)
	}
	sum := 0
	for n := range maps.Values(work.Efforts) {
		sum += n
	}
	if sum != work.Branches {
		t.Errorf("efforts %v of %d branches", work.Efforts, work.Branches)
	}
	want := map[string]job.PlannedWork{
		"LUVLE-4.1-hack-core-deep":   {Commits: 2, Files: 2, Effort: job.EffortSmall, Paths: job.Paths{"lib.php"}},
		"LUVLE-4.1-hack-core-deeper": {Commits: 3, Files: 3, Effort: job.EffortSmall, Paths: job.Paths{"lib.php"}},
	}
	for _, w := range work.ToDo {
		got := job.PlannedWork{Commits: w.Commits, Files: w.Files, Effort: w.Effort, Paths: w.Paths}
		if diff := cmp.Diff(want[w.Name], got); diff != "" {
			t.Errorf("%s: %s", w.Name, diff)
		}
		delete(want, w.Name)
	}
	if len(want) > 0 {
		t.Errorf("not in the list: %v", slices.Collect(maps.Keys(want)))
	}
	if work.Files != 3 {
		t.Errorf("%d files to resolve: those of the commits that two branches share count once", work.Files)
	}
	if after := f.Git("for-each-ref"); after != before {
		t.Error("a plan moved something")
	}
}

// What somebody put off is for somebody to decide.
func TestPlanAsksAboutWhatIsHeld(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch("LUVLE-4.1-hack-core-held", "v4.1.0", "own.php", "own\n")
	f.branch(plugin, "v4.1.0", "mod/ouwiki/lib.php", "<?php\n")
	f.shared("upgrades/4.5.toml", strings.Join([]string{
		"format = 1", `series = "4.5"`, `from = "4.1"`, `onto = "v4.5.0"`, "",
		`[branch."LUVLE-4.1-hack-core-held"]`, `disposition = "hold"`, `reason = "ask Ann"`, `state = "held"`, "",
	}, "\n"))
	work := f.plan(job.PlanRequest{SkipLive: true}).Work
	if len(work.ToDo) != 1 || work.ToDo[0].Effort != job.EffortDecide || !slices.Contains(work.ToDo[0].Why, "held: ask Ann") {
		t.Errorf("to do: %+v", work.ToDo)
	}
}

func TestPlanLooksIntoTheLiveTree(t *testing.T) {
	t.Parallel()
	s := newLiveSite(t)
	s.Git("checkout", "-q", "--detach", "v2.5.0")
	s.release("2.6", "26", "2013111800.00", "")
	s.Commit("Moodle release 2.6")
	s.Git("tag", "-a", "-m", "MOODLE_26", "v2.6.0")
	s.put("course/lib.php", text(40, map[int]string{9: "nobody's"}))
	s.put("backup.zip", "PK\x03\x04")
	request := job.PlanRequest{Tag: "v2.6.0", Live: s.live}
	got := s.plan(request).Live
	if got == nil || got.Problem != "" {
		t.Fatalf("live: %+v", got)
	}
	if len(got.Foreign) != 1 || got.Foreign[0].Path != "backup.zip" {
		t.Errorf("foreign: %+v", got.Foreign)
	}
	if len(got.Orphans) != 1 || got.Orphans[0].Path != "course/lib.php" {
		t.Errorf("orphans: %+v", got.Orphans)
	}

	// The folder of production is looked into without being asked; one that is on
	// another machine is not.
	s.shared("sites.toml", "format = 1\n[site.a]\nenvironment = \"production\"\npath = \"/nowhere/at/all\"\n"+
		"[site.b]\nenvironment = \"production\"\npath = \""+s.live+"\"\n")
	request.Live = ""
	if own := s.plan(request).Live; own == nil || own.Tree != got.Tree {
		t.Errorf("without --live: %+v", own)
	}
	request.SkipLive = true
	if none := s.plan(request).Live; none != nil {
		t.Errorf("with --no-live: %+v", none)
	}
}

// Lists are never null in JSON.
func TestPlanIsWholeWithoutAnything(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(plugin, "v4.1.0", "mod/ouwiki/lib.php", "<?php\n")
	data, err := json.Marshal(f.plan(job.PlanRequest{SkipLive: true}).Work)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), "null") {
		t.Errorf("%s", data)
	}
}
