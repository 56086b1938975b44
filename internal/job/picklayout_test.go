package job_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/job"
	"mgit/internal/layout/layouttest"
	"mgit/internal/rebase"
	"mgit/internal/upgrade"
)

// A fix made in one layout is picked onto a branch of the other, both ways. The judge
// is git's pick of the same commits after a table written by hand has moved them.
func TestPicksAcrossTheMoveAreGits(t *testing.T) {
	t.Parallel()
	nth, first := 26, 13 // with one that conflicts
	if os.Getenv("MGIT_CASES") != "" {
		nth, first = 1, 0
	}
	s := layouttest.New(t, gittest.New(t), layouttest.Params{Edits: 4})
	rebaseAcross(t, s, "v5.1.0")
	// The branches that get the fixes.
	for _, at := range []struct{ version, tag, file string }{{"4.5", "v4.5.0", "local/target/version.php"}, {"5.1", "v5.1.0", "public/local/target/version.php"}} {
		s.Git("read-tree", at.tag)
		s.Git("update-index", "--add", "--cacheinfo", "100644,"+s.Git("rev-parse", "v4.5.0:lib/setup.php")+","+at.file)
		c := s.Git("commit-tree", "-m", "local_target: new", "-p", at.tag+"^{commit}", s.Git("write-tree"))
		s.Git("update-ref", "refs/heads/LUVLE-"+at.version+"-feature-local_target", c)
	}
	s.Git("read-tree", "--empty")

	var there, back []*layouttest.Branch
	for i, b := range s.Branches {
		if i%nth != first || strings.HasPrefix(b.Kind, "merge") {
			continue // a branch with a merge is no list of fixes
		}
		there = append(there, b)
		if _, err := s.TryGit("rev-parse", "--verify", "-q", "refs/heads/"+after(b.Name)); err == nil {
			moved := *b
			moved.Name = after(b.Name)
			back = append(back, &moved)
		}
	}
	moved := s.Move()
	pickAll(t, s, "LUVLE-5.1-feature-local_target", "v4.5.0", there, moved.Old, s.PickOnto("LUVLE-5.1-feature-local_target", moved, there))
	movedBack := s.MoveBack(namesOf(back))
	pickAll(t, s, "LUVLE-4.5-feature-local_target", "v5.1.0", back, movedBack.Old, s.PickOnto("LUVLE-4.5-feature-local_target", movedBack, back))
}

func after(name string) string { return strings.Replace(name, "-4.5-", "-5.1-", 1) }

func namesOf(all []*layouttest.Branch) []string {
	var names []string
	for _, b := range all {
		names = append(names, b.Name)
	}
	return names
}

// pickAll picks the commits of every branch onto the target, each time anew, and
// compares.
func pickAll(t *testing.T, s *layouttest.Site, target, base string, branches []*layouttest.Branch, old map[string]string, judged []layouttest.Verdict) {
	t.Helper()
	tip := s.Git("rev-parse", target)
	clean, conflicts := 0, 0
	for i, b := range branches {
		site, err := job.Open(t.Context(), job.OpenRequest{Dir: s.Path, Git: git.Options{Env: s.Env()}})
		if err != nil {
			t.Fatal(err)
		}
		report, _, err := job.Pick(t.Context(), site, job.PickRequest{Branch: target, Commits: []string{base + ".." + b.Name}})
		site.Close()
		if err != nil {
			t.Errorf("%s: %v", b.Name, err)
			continue
		}
		got, want := layouttest.Verdict{Trees: []string{}}, judged[i]
		for _, p := range report.Picked {
			for _, c := range p.Conflicts {
				got.Stopped = git.ID(c.Commit).String()
				got.Paths = append(got.Paths, string(c.Path))
			}
			for _, at := range p.Relocated {
				if !isPlace(string(at.From), string(at.To)) {
					t.Errorf("%s: the report has %s at %s", b.Name, at.From, at.To)
				}
			}
		}
		slices.Sort(got.Paths)
		got.Paths = slices.Compact(got.Paths)
		if report.Outcome == upgrade.OutcomeConflict {
			conflicts++
			want.Trees = got.Trees // nothing is moved
			if was, ok := old[want.Stopped]; ok {
				want.Stopped = was
			}
		} else if new := git.ID(report.NewTip).String(); new != tip {
			clean++
			got.Trees = strings.Fields(s.Git("log", "--reverse", "--topo-order", "--format=%T", tip+".."+new))
		}
		if !got.Equal(want) {
			t.Errorf("%s (%s) onto %s\nmgit: %+v\ngit:  %+v", b.Name, b.Kind, target, got, want)
		}
		s.Git("update-ref", "refs/heads/"+target, tip)
	}
	t.Logf("onto %s: %d clean, %d in conflict", target, clean, conflicts)
	if clean == 0 {
		t.Error("nothing was picked: this test shows nothing")
	}
}

// isPlace reports whether to is the place of from in the other layout; both may be the
// folder of a plugin.
func isPlace(from, to string) bool {
	for _, end := range []string{"", "/x"} {
		if want, ok := layouttest.Place(from + end); ok && want == to+end {
			return true
		}
		if want, ok := layouttest.PlaceBefore(from + end); ok && want == to+end {
			return true
		}
	}
	return false
}

// A fix with a path of which nobody can know the place is left to a person, with what it
// may be; nothing of it gets onto the branch.
func TestPickLeavesOutWhatHasNoPlace(t *testing.T) {
	t.Parallel()
	s := layouttest.New(t, gittest.New(t), layouttest.Params{Edits: 1})
	s.Git("update-ref", "refs/heads/LUVLE-5.1-feature-local_target", "v5.1.0^{commit}")
	odd := s.Odd[0]
	site, err := job.Open(t.Context(), job.OpenRequest{Dir: s.Path, Git: git.Options{Env: s.Env()}})
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	pick := func() *job.PickReport {
		report, _, err := job.Pick(t.Context(), site, job.PickRequest{
			Branch: "LUVLE-5.1-feature-local_target", Commits: []string{"v4.5.0.." + odd.Name}, DryRun: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	report := pick()
	last := report.Picked[len(report.Picked)-1]
	if report.Outcome != upgrade.OutcomeConflict || len(last.Conflicts) != 1 || last.Conflicts[0].Kind != rebase.KindUnplaced {
		t.Fatalf("%+v", report)
	}
	if got := last.Conflicts[0]; string(got.Path) != odd.Uncertain || !slices.Equal(got.Proposals, []string{odd.Uncertain, "public/" + odd.Uncertain}) {
		t.Errorf("%+v", got)
	}
	// Settled once, it goes where that says.
	site.Config.Layout.Public = []string{odd.Uncertain}
	if report = pick(); report.Outcome != upgrade.OutcomeClean || len(report.Picked[1].Relocated) != 1 || string(report.Picked[1].Relocated[0].To) != "public/"+odd.Uncertain {
		t.Errorf("settled: %+v", report)
	}
}
