package assemble_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"mgit/internal/assemble"
)

// TestLessThanPresent proves a target against the tips that another one has.
func TestLessThanPresent(t *testing.T) {
	t.Parallel()
	s := newLineSite(t)
	wanted := s.steps("a", "b")
	s.on("b", func() { s.change("more of b", map[string]string{"lib/two.php": numbered("more", 30)}) })
	s.merge("a")
	s.merge("b")
	s.on("b", func() { s.change("still more of b", map[string]string{"lib/two.php": numbered("still more", 30)}) })
	line, repo, scratch := s.read()
	proof, err := line.Prove(t.Context(), scratch, repo, wanted)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"ahead b at more of b"}
	if got := s.describe(proof); !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

// TestCancelledReading ends with the context's error.
func TestCancelledReading(t *testing.T) {
	t.Parallel()
	s := newLineSite(t)
	s.mergeAll()
	request, repo, scratch := s.request()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := assemble.ReadLine(ctx, scratch, repo, request); !errors.Is(err, context.Canceled) {
		t.Errorf("read: %v", err)
	}
	line, repo, scratch := s.read()
	if _, err := line.Prove(ctx, scratch, repo, s.steps("a", "b")); !errors.Is(err, context.Canceled) {
		t.Errorf("prove: %v", err)
	}
}

// TestRequiredBranchesAreNoNews says nothing about what a branch says itself.
func TestRequiredBranchesAreNoNews(t *testing.T) {
	t.Parallel()
	s := newLineSite(t)
	s.branch("d", "a", map[string]string{"d.php": "d\n"})
	s.branch("e", "d", map[string]string{"e.php": "e\n"})
	s.Git("checkout", "-q", "test")
	s.merge("e")
	request, repo, scratch := s.request()
	for i := range request.Branches {
		switch b := &request.Branches[i]; b.Name {
		case "d":
			b.Requires = []string{"a"}
		case "e":
			b.Requires = []string{"d"}
		}
	}
	line, err := assemble.ReadLine(t.Context(), scratch, repo, request)
	if err != nil {
		t.Fatal(err)
	}
	proof, err := line.Prove(t.Context(), scratch, repo, s.steps("a", "d", "e"))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.describe(proof); len(got) > 0 {
		t.Errorf("found %q", got)
	}
}

// TestStateThatWasRewritten proves a target against the tips of another one, of which
// a branch was rewritten since.
func TestStateThatWasRewritten(t *testing.T) {
	t.Parallel()
	s := newLineSite(t)
	old := s.step("b")
	s.mergeAll()
	s.on("b", func() { s.Git("commit", "-q", "--amend", "-m", "change of b, said better") })
	line, repo, scratch := s.read()
	proof, err := line.Prove(t.Context(), scratch, repo, append(s.steps("a", "c"), old))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.describe(proof); len(got) > 0 {
		t.Errorf("found %q", got)
	}
	proof, err = line.Prove(t.Context(), scratch, repo, append(s.steps("a", "c"), old, assemble.Step{Name: "deleted", Tip: s.id("v2")}))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.describe(proof), []string{"missing deleted, 0 commits, has nothing"}; !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

// TestUnreadMerge says that it knows nothing of a merge when an object is missing.
func TestUnreadMerge(t *testing.T) {
	t.Parallel()
	s := newLineSite(t)
	s.on("a", func() {
		s.change("below", map[string]string{"lib/two.php": replaced(numbered("lib/two.php", 30), 15, "a too")})
	})
	s.mergeAll()
	blob := s.Git("rev-parse", "a:lib/two.php")
	s.Remove(".git/objects/" + blob[:2] + "/" + blob[2:])
	got := s.prove("a", "b", "c")
	if len(got) != 1 || !strings.HasPrefix(got[0], "unread") {
		t.Errorf("found %q", got)
	}
}

// TestProveAsksForContents refuses what it cannot answer.
func TestProveAsksForContents(t *testing.T) {
	t.Parallel()
	s := newLineSite(t)
	s.mergeAll()
	request, repo, scratch := s.request()
	request.ShapeOnly = true
	line, err := assemble.ReadLine(t.Context(), scratch, repo, request)
	if err != nil {
		t.Fatal(err)
	}
	if got := namesOf(line.Steps()); got != "a b c" {
		t.Errorf("the steps are %s", got)
	}
	if _, err := line.Prove(t.Context(), scratch, repo, s.steps("a", "b", "c")); err == nil {
		t.Error("a line without contents is proved")
	}
}
