package assemble_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"mgit/internal/assemble"
	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/history"
	"mgit/internal/layout"
	"mgit/internal/layout/layouttest"
)

// Branches that stand on the other one of Moodle's layouts are merged into a target
// below public/ as git merges them once a table written by hand has moved them. What is
// read from the target afterwards finds no stranger and nothing missing.
func TestMergesAcrossTheMoveAreGits(t *testing.T) {
	t.Parallel()
	nth := 9
	if os.Getenv("MGIT_CASES") != "" {
		nth = 1
	}
	s := layouttest.New(t, gittest.New(t), layouttest.Params{Edits: 4})
	var all []*layouttest.Branch
	for i, b := range s.Branches {
		if i%nth == 0 && b.Kind != "sub-plugin of a plugin of one's own" {
			all = append(all, b)
		}
	}
	moved := s.Move()
	judged := s.Merge("v5.1.0", moved, all)
	a := newAcross(t, s)
	request := a.request(all)
	result, err := assemble.Run(t.Context(), a.scratch, a.repo, request)
	if err != nil {
		t.Fatal(err)
	}
	clean, conflicts := 0, 0
	for i, m := range result.Merges {
		var paths []string
		for _, c := range m.Conflicts {
			paths = append(paths, c.Path)
		}
		slices.Sort(paths)
		paths = slices.Compact(paths)
		if m.Outcome == assemble.Conflict {
			conflicts++
		} else {
			clean++
		}
		got := ""
		if m.Outcome == assemble.Clean {
			got = m.Tree.String()
		}
		if got != strings.Join(judged[i].Trees, "") || !slices.Equal(paths, judged[i].Paths) {
			t.Errorf("%s (%s): %s %s %q %v\ngit: %+v", m.Name, all[i].Kind, m.Outcome, got, paths, m.Err, judged[i])
		}
	}
	t.Logf("%d merged, %d in conflict", clean, conflicts)
	if clean < 5 || conflicts == 0 {
		t.Error("this shows too little")
	}
	a.prove(result, request)
}

// A branch with a path that has no certain place is left out, with the places that it
// may have; settled, it is merged there.
func TestMergeLeavesOutWhatHasNoPlace(t *testing.T) {
	t.Parallel()
	s := layouttest.New(t, gittest.New(t), layouttest.Params{Edits: 1})
	a := newAcross(t, s)
	odd := s.Odd[0]
	request := a.request([]*layouttest.Branch{odd, s.Branches[0]})
	result, err := assemble.Run(t.Context(), a.scratch, a.repo, request)
	if err != nil {
		t.Fatal(err)
	}
	m := result.Merges[0]
	if m.Outcome != assemble.Conflict || len(m.Unplaced) != 1 || m.Unplaced[0].Path != odd.Uncertain || len(m.Unplaced[0].Proposals) != 2 ||
		len(m.Conflicts) != 1 || m.Conflicts[0].Kind != layout.KindUnplaced {
		t.Errorf("%+v", m)
	}
	if result.Merges[1].Outcome != assemble.Clean {
		t.Errorf("the next one: %+v", result.Merges[1])
	}
	request.Places.Public = []string{odd.Uncertain}
	if result, err = assemble.Run(t.Context(), a.scratch, a.repo, request); err != nil {
		t.Fatal(err)
	}
	if result.Merges[0].Outcome != assemble.Clean {
		t.Fatalf("settled: %+v", result.Merges[0])
	}
	a.prove(result, request)
	if got := s.Git("ls-tree", "-r", "--name-only", result.Tree.String(), odd.Uncertain, "public/"+odd.Uncertain); got != "public/"+odd.Uncertain {
		t.Errorf("it is at %q", got)
	}
}

// across is a site whose branches and target have different layouts.
type across struct {
	t       *testing.T
	site    *layouttest.Site
	repo    *git.Repo
	scratch *git.Scratch
}

func newAcross(t *testing.T, s *layouttest.Site) *across {
	t.Helper()
	repo, err := git.Open(t.Context(), s.Path, git.Options{Env: s.Env()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { repo.Close() })
	scratch, err := repo.NewScratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { scratch.Close() })
	return &across{t, s, repo, scratch}
}

func (a *across) id(rev string) git.ID {
	a.t.Helper()
	id, err := git.ParseID(a.site.Git("rev-parse", rev+"^{commit}"))
	if err != nil {
		a.t.Fatal(err)
	}
	return id
}

func (a *across) own(tips ...git.ID) *history.Own {
	a.t.Helper()
	own, err := history.Read(a.t.Context(), a.repo, a.scratch, tips, []git.ID{a.id("v4.5.0"), a.id("v5.1.0")})
	if err != nil {
		a.t.Fatal(err)
	}
	return own
}

func (a *across) request(all []*layouttest.Branch) assemble.Request {
	a.t.Helper()
	request := assemble.Request{Onto: a.id("v5.1.0"), Committer: builderIdent(), Message: func(m assemble.Merge) string { return "Merge branch '" + m.Name + "'\n" }}
	tips := []git.ID{request.Onto}
	for _, b := range all {
		tip := a.id(b.Name)
		request.Steps = append(request.Steps, assemble.Step{Name: b.Name, Tip: tip})
		tips = append(tips, tip)
	}
	request.History = a.own(tips...)
	return request
}

// prove reads from the target how it was made: no stranger, nothing made by hand.
func (a *across) prove(result *assemble.Result, request assemble.Request) {
	a.t.Helper()
	pack, err := a.scratch.WritePack(a.t.Context(), []git.ID{result.Tip})
	if err != nil {
		a.t.Fatal(err)
	}
	if pack.Objects > 0 {
		if err := a.repo.InstallPack(pack); err != nil {
			a.t.Fatal(err)
		}
	}
	tips := []git.ID{result.Tip}
	for _, s := range request.Steps {
		tips = append(tips, s.Tip)
	}
	line, err := assemble.ReadLine(a.t.Context(), a.scratch, a.repo, assemble.LineRequest{
		Tip: result.Tip, History: a.own(tips...), Branches: request.Steps,
	})
	if err != nil {
		a.t.Fatal(err)
	}
	for _, k := range line.Links {
		if len(k.Hand) > 0 || k.Err != nil || len(k.Conflicts) > 0 {
			a.t.Errorf("%s: made by hand %+v, in conflict %+v, %v", k.Commit.Message, k.Hand, k.Conflicts, k.Err)
		}
	}
}
