package assemble_test

import (
	"slices"
	"testing"

	"mgit/internal/assemble"
)

// fresh makes the target again on v1 from the branches and joins it to what is there.
func (s *lineSite) fresh(branches ...string) {
	s.t.Helper()
	old := s.id("test")
	s.Git("checkout", "-q", "--detach", "v1")
	for _, b := range branches {
		s.merge("-m", "Merge branch '"+b+"' into test", b)
	}
	s.join(old.String())
}

// join puts what is checked out on top of the old line.
func (s *lineSite) join(old string) {
	s.t.Helper()
	s.joinAt(old, "HEAD")
	s.Git("checkout", "-q", "test")
}

// joinAt is join without a checkout.
func (s *lineSite) joinAt(old, fresh string) {
	s.t.Helper()
	message := assemble.JoinMessage("test", "", s.id(fresh))
	s.Git("update-ref", "refs/heads/test", s.Git("commit-tree", "-p", old, "-p", fresh, "-m", message, fresh+"^{tree}"))
	s.Tick()
}

// mergeOnJoin merges a branch onto the target, whose tip is a join or above one, as if
// there were no old line: git merges onto the commit that stands for the tip.
func (s *lineSite) mergeOnJoin(standsFor, branch string) (standsForNext string) {
	s.t.Helper()
	tip := s.id("test").String()
	s.Git("checkout", "-q", "--detach", standsFor)
	s.merge(branch)
	next := s.id("HEAD").String()
	s.Git("checkout", "-q", "-B", "test", s.Git("commit-tree", "-p", tip, "-p", branch, "-m", "Merge branch '"+branch+"' into test", "HEAD^{tree}"))
	return next
}

func TestJoins(t *testing.T) {
	t.Parallel()
	all := []string{"a", "b", "c"}
	for _, test := range []struct {
		name         string
		make         func(s *lineSite)
		wanted       []string
		links, steps string
		want         []string
	}{
		{
			"afresh without what was strange", func(s *lineSite) {
				s.mergeAll()
				s.revert("-m", "1", "HEAD^")
				s.change("quick fix", map[string]string{"x.php": "quick\n"})
				s.fresh("c", "b", "a")
			}, all, "branch:c branch:b branch:a join:", "c b a", nil,
		},
		{
			"afresh without a branch", func(s *lineSite) {
				s.mergeAll()
				s.fresh("a", "c")
			}, all, "branch:a branch:c join:", "a c", []string{"missing b, 1 commits, has nothing"},
		},
		{
			"a branch that the old line had, merged after the join", func(s *lineSite) {
				s.mergeAll()
				s.fresh("a", "c")
				s.mergeOnJoin("test^2", "b")
			}, all, "branch:a branch:c join: branch:b", "a c b", nil,
		},
		{
			"such a branch with what it got since", func(s *lineSite) {
				s.mergeAll()
				s.fresh("a", "c")
				s.on("b", func() { s.change("more of b", map[string]string{"lib/two.php": numbered("more", 30)}) })
				s.mergeOnJoin(s.mergeOnJoin("test^2", "b"), "v2")
			}, append(all, "v2"), "branch:a branch:c join: branch:b upstream:v2", "a c b v2", nil,
		},
		{
			"such a branch, merged by git itself, which takes too little", func(s *lineSite) {
				s.mergeAll()
				s.fresh("a", "c")
				s.on("b", func() { s.change("more of b", map[string]string{"more.php": "more\n"}) })
				s.merge("b")
			}, all, "branch:a branch:c join: branch:b", "a c b",
			[]string{
				"stranger content <Merge branch 'b' into test> branch=b commits=0: lib/two.php",
				"dropped b lib/two.php gone by <Merge branch 'b' into test>",
			},
		},
		{
			"joined twice", func(s *lineSite) {
				s.mergeAll()
				s.fresh("a")
				s.merge("c")
				s.fresh("b", "a")
				s.mergeOnJoin("test^2", "c")
			}, all, "branch:b branch:a join: branch:c", "b a c", nil,
		},
		{
			"reverted after the join", func(s *lineSite) {
				s.merge("c")
				s.fresh("a", "b")
				s.mergeOnJoin("test^2", "c")
				s.revert("-m", "1", "HEAD")
			}, all, "branch:a branch:b join: branch:c direct:", "a b c",
			[]string{
				`stranger commit <Revert "Merge branch 'c' into test"> branch= commits=1: local/c/lib.php local/c/version.php`,
				`dropped c local/c/lib.php all by <Revert "Merge branch 'c' into test">`,
				`dropped c local/c/version.php all by <Revert "Merge branch 'c' into test">`,
			},
		},
		{
			"a trailer with another tree is no join", func(s *lineSite) {
				s.mergeAll()
				old := s.id("test").String()
				s.Git("checkout", "-q", "--detach", "v1")
				s.merge("a")
				fresh := s.id("HEAD")
				s.Git("checkout", "-q", "-B", "test", s.Git("commit-tree", "-p", old, "-p", fresh.String(),
					"-m", assemble.JoinMessage("test", "", fresh), "v1^{tree}"))
			}, all, "branch:a branch:b branch:c (branch:a) line:", "a b c",
			[]string{
				"stranger content <Make test afresh> branch= commits=0: lib/one.php lib/two.php local/c/lib.php local/c/version.php",
				"dropped a lib/one.php all by <Make test afresh>",
				"dropped b lib/two.php all by <Make test afresh>",
				"dropped c local/c/lib.php all by <Make test afresh>",
				"dropped c local/c/version.php all by <Make test afresh>",
			},
		},
		{
			"a fresh line that is upstream's alone", func(s *lineSite) {
				s.mergeAll()
				s.fresh()
			}, nil, "join:", "", nil,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newLineSite(t)
			test.make(s)
			line, repo, scratch := s.read()
			if got := kindsOf(line); got != test.links {
				t.Errorf("links: %s\nwant   %s", got, test.links)
			}
			if got := namesOf(line.Steps()); got != test.steps {
				t.Errorf("steps: %s\nwant   %s", got, test.steps)
			}
			proof, err := line.Prove(t.Context(), scratch, repo, s.steps(test.wanted...))
			if err != nil {
				t.Fatal(err)
			}
			if got := s.describe(proof); !slices.Equal(got, test.want) {
				t.Errorf("found %q\nwant  %q", got, test.want)
			}
		})
	}
}
