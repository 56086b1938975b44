package layout_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/layout"
	"mgit/internal/layout/layouttest"
)

// On a tree of Moodle's shape the move, which is read from two releases, agrees with a
// table of the entries of both that was written down by hand: for every commit of
// every kind of branch, as a whole tree and path by path, there and back.
func TestTheMoveIsThatOfATableWrittenByHand(t *testing.T) {
	t.Parallel()
	params := layouttest.Params{}
	if os.Getenv("MGIT_CASES") != "" {
		params = layouttest.Full()
	}
	s := layouttest.New(t, gittest.New(t), params)
	moved := s.Move()
	repo, err := git.Open(t.Context(), s.Path, git.Options{Env: s.Env()})
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	scratch, err := repo.NewScratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer scratch.Close()
	tree := func(rev string) git.ID {
		id, err := git.ParseID(s.Git("rev-parse", rev+"^{tree}"))
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	between := func(from, to string) *layout.Move {
		m, err := layout.Between(t.Context(), scratch, tree(from), tree(to), layout.Places{})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	there, back := between("v4.5.0", "v5.1.0"), between("v5.1.0", "v4.5.0")
	pairs := map[git.ID]git.ID{tree("v4.5.0"): tree(moved.Base)}
	for line := range strings.Lines(s.Git("log", "--format=%H %T", "--glob=refs/moved/LUVLE*", "--not", moved.Base)) {
		f := strings.Fields(line)
		after, _ := git.ParseID(f[1])
		pairs[tree(moved.Old[f[0]])] = after
	}
	for before, after := range pairs {
		if got, err := there.Tree(t.Context(), before); err != nil || got != after {
			t.Errorf("tree %s is moved to %s (%v), the table moves it to %s", before, got, err, after)
		}
		if got, err := back.Tree(t.Context(), after); err != nil || got != before {
			t.Errorf("tree %s is moved back to %s (%v), it was made from %s", after, got, err, before)
		}
	}
	if len(pairs) < 200 {
		t.Errorf("only %d trees were compared", len(pairs))
	}
	paths := 0
	for _, p := range s.Paths() {
		paths++
		want, _ := layouttest.Place(p)
		if to, certain, _ := there.Path(p); to != want || !certain {
			t.Errorf("%s is moved to %s (certain: %t), the table moves it to %s", p, to, certain, want)
		}
		if to, certain, _ := back.Path(want); to != p || !certain {
			t.Errorf("%s is moved back to %s (certain: %t), want %s", want, to, certain, p)
		}
	}
	t.Logf("%d trees and %d paths", len(pairs), paths)
}

// What nobody can know is said to be uncertain, with both places; the rest of such a
// branch moves.
func TestWhatHasNoPlaceIsSaid(t *testing.T) {
	t.Parallel()
	s := layouttest.New(t, gittest.New(t), layouttest.Params{Edits: 1})
	repo, err := git.Open(t.Context(), s.Path, git.Options{Env: s.Env()})
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	ids := make(map[string]git.ID)
	for _, rev := range []string{"v4.5.0", "v5.1.0"} {
		if ids[rev], err = git.ParseID(s.Git("rev-parse", rev+"^{tree}")); err != nil {
			t.Fatal(err)
		}
	}
	scratch, err := repo.NewScratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer scratch.Close()
	m, err := layout.Between(t.Context(), scratch, ids["v4.5.0"], ids["v5.1.0"], layout.Places{})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range s.Odd {
		to, certain, proposals := m.Path(b.Uncertain)
		switch {
		case strings.HasPrefix(b.Uncertain, "vendor/"): // .gitignore of 5.1 says so
			if !certain || to != b.Uncertain {
				t.Errorf("%s is moved to %s (certain: %t)", b.Uncertain, to, certain)
			}
		case certain || len(proposals) == 0 || !slices.Contains(proposals, to):
			t.Errorf("%s is moved to %s (certain: %t, proposals %q)", b.Uncertain, to, certain, proposals)
		}
	}
}
