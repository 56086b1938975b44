package job_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mgit/internal/demo"
	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/job"
	"mgit/internal/layout/layouttest"
	"mgit/internal/upgrade"
)

// The upgrade that moves everything below public/, on a tree of Moodle's shape with
// branches of every kind, has two judges: real git on trees that a table written by
// hand has moved, and git rebase on the branches as they are, which shows what would
// become of them without mgit. MGIT_CASES makes the tree as large as Moodle and gives
// every branch to git rebase.
func TestUpgradeAcrossTheMoveHasEveryPathInItsPlace(t *testing.T) {
	t.Parallel()
	params, nth := layouttest.Params{}, 24
	if os.Getenv("MGIT_CASES") != "" {
		params, nth = layouttest.Full(), 1
	}
	s := layouttest.New(t, gittest.New(t), params)
	moved := s.Move()
	judged := s.Pick(moved)

	start := time.Now()
	report := rebaseAcross(t, s, "v5.1.0")
	took := time.Since(start)
	wrong := againstJudge(t, s, report, judged)
	clean := report.Totals[upgrade.OutcomeClean]
	conflict := report.Totals[upgrade.OutcomeConflict]
	t.Logf("%d files, %d of them changed by 5.1; %d branches: %d clean, %d with a genuine conflict, %d paths in a wrong place, in %v",
		s.Files, s.Changed, len(s.Branches), clean, conflict, wrong, took.Round(time.Millisecond))
	if clean < 100 || conflict < 8 {
		t.Errorf("%d clean and %d in conflict: the branches show too little", clean, conflict)
	}
	plainly(t, s, judged, nth)
}

// The demo's step from 4.5 to 5.1: what the step before it moved goes on below public/.
func TestDemoAcrossTheMove(t *testing.T) {
	t.Parallel()
	built, err := demo.Build(t.Context(), filepath.Join(t.TempDir(), "demo"), demo.Params{
		Releases: 7, MissingParts: []demo.Part{demo.PartInternal, demo.PartLive, demo.PartWorkTree},
	})
	if err != nil {
		t.Fatal(err)
	}
	g := gittest.At(t, built.Site)
	for key, value := range map[string]string{
		"mgit.customer": "LUVLE", "mgit.remote.upstream.url": g.Git("config", "remote.upstream.url"), "mgit.remote.upstream.role": "upstream",
	} {
		g.Git("config", key, value)
	}
	g.Git("update-ref", "refs/heads/mgit", g.Git("commit-tree", "-m", "the mgit branch", g.Git("hash-object", "-t", "tree", "-w", "/dev/null")))
	s := layouttest.At(t, g, nil)
	before := rebaseAcross(t, s, "v4.5.0")
	var names []string
	for _, b := range before.Branches {
		if git.ID(b.NewTip) != git.ZeroID {
			names = append(names, b.NewName)
		}
	}
	s = layouttest.At(t, g, names)
	moved := s.Move()
	judged := s.Pick(moved)
	for i, v := range judged {
		s.Branches[i].Conflict = v.Stopped != ""
	}
	report := rebaseAcross(t, s, "v5.1.0")
	if len(report.Branches) != len(names) {
		t.Errorf("%d branches were moved, %d are on v4.5.0", len(report.Branches), len(names))
	}
	wrong := againstJudge(t, s, report, judged)
	t.Logf("%d branches: %v, %d paths in a wrong place", len(names), report.Totals, wrong)
	plainly(t, s, judged, 1)
}

// rebaseAcross moves all branches of the other layout.
func rebaseAcross(t *testing.T, s *layouttest.Site, tag string) *job.RebaseReport {
	t.Helper()
	site, err := job.Open(t.Context(), job.OpenRequest{Dir: s.Path, Git: git.Options{Env: s.Env()}})
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	report, _, err := job.RebaseAll(t.Context(), site, job.RebaseAllRequest{Tag: tag}, false)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// againstJudge compares what became of every branch with what git makes of it once it
// is moved. It returns how many paths stand in a wrong place.
func againstJudge(t *testing.T, s *layouttest.Site, report *job.RebaseReport, judged []layouttest.Verdict) int {
	t.Helper()
	of := make(map[string]job.BranchReport)
	for _, b := range report.Branches {
		of[b.Name] = b
	}
	wrong := 0
	for i, b := range s.Branches {
		r := of[b.Name]
		got, want := verdictOf(s, r), judged[i]
		if !got.Equal(want) {
			t.Errorf("%s (%s): %s\nmgit: %+v\ngit:  %+v", b.Name, b.Kind, r.Outcome, got, want)
		}
		if (r.Outcome == upgrade.OutcomeConflict) != b.Conflict {
			t.Errorf("%s (%s): %s, it was made to conflict: %t", b.Name, b.Kind, r.Outcome, b.Conflict)
		}
		if out := s.Misplaced(b, got.Tree()); len(out) > 0 {
			t.Errorf("%s (%s): %q are where nothing of it belongs", b.Name, b.Kind, out)
			wrong += len(out)
		}
		checkRelocated(t, b, r)
	}
	for _, b := range s.Odd {
		checkOdd(t, s, b, of[b.Name])
	}
	return wrong
}

// verdictOf says of mgit's result what a judge says of git's.
func verdictOf(s *layouttest.Site, r job.BranchReport) layouttest.Verdict {
	tip := git.ID(r.NewTip)
	if r.Outcome == upgrade.OutcomeConflict {
		tip = git.ID(r.Parked)
	}
	v := layouttest.Verdict{Trees: []string{}}
	if tip != git.ZeroID {
		v.Trees = append(v.Trees, strings.Fields(s.Git("log", "--reverse", "--topo-order", "--format=%T", "v5.1.0.."+tip.String()))...)
	}
	for _, c := range r.Conflicts {
		v.Stopped = git.ID(c.Commit).String()
		v.Paths = append(v.Paths, string(c.Path))
	}
	slices.Sort(v.Paths)
	v.Paths = slices.Compact(v.Paths)
	return v
}

// checkRelocated wants the report to name what moved, every entry as the table has it,
// and every path that moved to be below one.
func checkRelocated(t *testing.T, b *layouttest.Branch, r job.BranchReport) {
	t.Helper()
	for _, at := range r.Relocated {
		if want, ok := layouttest.Place(string(at.From) + "/x"); !ok || string(at.To)+"/x" != want {
			if want, ok := layouttest.Place(string(at.From)); !ok || string(at.To) != want {
				t.Errorf("%s: the report has %s moved to %s, the table to %s", b.Name, at.From, at.To, want)
			}
		}
	}
	for _, p := range b.Paths {
		to, _ := layouttest.Place(p)
		named := slices.ContainsFunc(r.Relocated, func(at job.Relocation) bool {
			return p == string(at.From) || strings.HasPrefix(p, string(at.From)+"/")
		})
		if named != (to != p) && r.Outcome != upgrade.OutcomeLanded {
			t.Errorf("%s: %s belongs to %s; that it moved is in the report: %t", b.Name, p, to, named)
		}
	}
}

// checkOdd wants a branch with a path of no certain place to be left to a person, with
// the places it may have; what came before it is clean.
func checkOdd(t *testing.T, s *layouttest.Site, b *layouttest.Branch, r job.BranchReport) {
	t.Helper()
	if strings.HasPrefix(b.Uncertain, "vendor/") { // Moodle's own .gitignore says where that is
		return
	}
	if r.Outcome != upgrade.OutcomeConflict || len(r.Conflicts) == 0 || len(r.Conflicts[0].Proposals) == 0 {
		t.Errorf("%s with %s: %s with %+v", b.Name, b.Uncertain, r.Outcome, r.Conflicts)
		return
	}
	if c := r.Conflicts[0]; !strings.HasPrefix(b.Uncertain, string(c.Path)) {
		t.Errorf("%s: the path without a place is %s, want %s", b.Name, c.Path, b.Uncertain)
	}
	if got := s.Git("diff", "--name-only", "v5.1.0", git.ID(r.Parked).String()); got != "public/mod/quiz/odd.php" {
		t.Errorf("%s: parked with %q, want the commit before it", b.Name, got)
	}
}

// plainly shows what git rebase makes of the branches as they are: it is the measure of
// what there is to be done, and of this test.
func plainly(t *testing.T, s *layouttest.Site, judged []layouttest.Verdict, nth int) {
	t.Helper()
	var tried, lost, falsely, paths int
	kinds := make(map[string]int)
	start := time.Now()
	for i, v := range s.Plain(nth) {
		if i%nth != 0 {
			continue
		}
		tried++
		b := s.Branches[i]
		out := s.Misplaced(b, v.Tree())
		paths += len(out)
		switch {
		case len(out) > 0:
			lost++
			kinds[b.Kind]++
		case v.Stopped != "" && judged[i].Stopped == "":
			falsely++
			kinds[b.Kind]++
		}
	}
	t.Logf("git rebase on %d of the branches as they are: %d have %d paths in a wrong place, %d more stop at a conflict that is none, in %v: %s",
		tried, lost, paths, falsely, time.Since(start).Round(time.Millisecond), fmt.Sprint(kinds))
	if lost == 0 {
		t.Error("git rebase puts everything in its place: this test shows nothing")
	}
}
