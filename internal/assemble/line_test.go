package assemble_test

import (
	"slices"
	"testing"
)

// TestLineOfATarget reads targets that are as they should be: all is in and nothing
// is found.
func TestLineOfATarget(t *testing.T) {
	t.Parallel()
	all := []string{"a", "b", "c"}
	for _, test := range []struct {
		name   string
		make   func(s *lineSite)
		wanted []string
		links  string // kinds and steps
		steps  string
		notes  []string
	}{
		{"nothing merged", func(*lineSite) {}, nil, "", "", nil},
		{
			"one merge a branch", func(s *lineSite) { s.mergeAll() }, all,
			"branch:a branch:b branch:c", "a b c", nil,
		},
		{
			"fast-forward to the first", func(s *lineSite) {
				s.Git("merge", "-q", "--ff-only", "c")
				s.merge("a")
				s.merge("b")
			}, all,
			"part:c branch:a branch:b", "c a b", nil,
		},
		{
			"an octopus", func(s *lineSite) { s.Git("merge", "-q", "--no-edit", "a", "b", "c") }, all,
			"part:a branch:b,c", "a b c", nil,
		},
		{
			"an octopus on a merge", func(s *lineSite) {
				s.merge("v2")
				s.Git("merge", "-q", "--no-edit", "a", "b", "c")
			}, append(all, "v2"),
			"upstream:v2 branch:a,b,c", "v2 a b c", nil,
		},
		{
			"a minor in between", func(s *lineSite) {
				s.merge("a")
				s.merge("v2")
				s.merge("b")
				s.merge("c")
			}, append(all, "v2"),
			"branch:a upstream:v2 branch:b branch:c", "a v2 b c", nil,
		},
		{
			"a branch that moved on", func(s *lineSite) {
				s.mergeAll()
				s.on("a", func() { s.change("more of a", map[string]string{"lib/one.php": numbered("rewritten", 30)}) })
				s.merge("a")
			}, all,
			"branch:a branch:b branch:c branch:a", "a b c", nil,
		},
		{
			"a stacked branch brings the one below", func(s *lineSite) {
				s.Git("checkout", "-q", "test")
				s.branch("d", "a", map[string]string{"lib/one.php": replaced(replaced(numbered("lib/one.php", 30), 5, "what d makes of it"), 20, "what d adds")})
				s.Git("checkout", "-q", "test")
				s.merge("b")
				s.merge("d")
			},
			[]string{"a", "b", "d"},
			"branch:b branch:d", "b a d",
			[]string{"d contains a"},
		},
		{
			"a branch that merged upstream itself", func(s *lineSite) {
				s.on("a", func() { s.merge("v2") })
				s.merge("b")
				s.merge("a")
			},
			[]string{"a", "b", "v2"},
			"branch:b branch:a", "b a v2", nil,
		},
		{
			"an empty commit", func(s *lineSite) {
				s.merge("a")
				s.Commit("nothing at all")
			},
			[]string{"a"},
			"branch:a direct:", "a", nil,
		},
		{
			"a conflict resolved", func(s *lineSite) {
				s.branch("d", "v1", map[string]string{"lib/one.php": replaced(numbered("lib/one.php", 30), 5, "what branch d hacks")})
				s.Git("checkout", "-q", "test")
				s.merge("a")
				s.TryGit("merge", "-q", "d")
				s.Write("lib/one.php", replaced(numbered("lib/one.php", 30), 5, "what branch a hacks\nwhat branch d hacks"))
				s.Commit("Merge branch 'd' into test")
			},
			[]string{"a", "d"},
			"branch:a branch:d", "a d",
			[]string{"decided d lib/one.php both"},
		},
		{
			"a deletion against a change", func(s *lineSite) {
				s.Git("checkout", "-q", "-b", "d", "v1")
				s.Remove("lib/one.php")
				s.Commit("remove it")
				s.Git("checkout", "-q", "test")
				s.merge("a")
				s.TryGit("merge", "-q", "d")
				s.Remove("lib/one.php")
				s.Commit("Merge branch 'd' into test")
			},
			[]string{"a", "d"},
			"branch:a branch:d", "a d",
			[]string{"decided d lib/one.php theirs"},
		},
		{
			"attributes that a branch brought", func(s *lineSite) {
				s.branch("d", "v1", map[string]string{".gitattributes": "*.php merge=union\n"})
				s.branch("e", "v1", map[string]string{"lib/one.php": replaced(numbered("lib/one.php", 30), 5, "what branch e hacks")})
				s.Git("checkout", "-q", "test")
				s.merge("d")
				s.merge("a")
				s.merge("e")
			},
			[]string{"a", "d", "e"},
			"branch:d branch:a branch:e", "d a e", nil,
		},
		{
			"a branch without commits", func(s *lineSite) {
				s.Git("branch", "d", "v2")
				s.merge("a")
			},
			[]string{"a", "d"},
			"branch:a", "a", nil,
		},
		{
			"two lines of one target", func(s *lineSite) {
				s.merge("a")
				s.Git("checkout", "-q", "-b", "x-colleague")
				s.merge("b")
				s.Git("checkout", "-q", "test")
				s.merge("c")
				s.merge("x-colleague")
			}, all,
			"branch:a branch:c (branch:b) line:", "a c b", nil,
		},
		{
			"a later branch changes the lines of another", func(s *lineSite) {
				s.branch("d", "a", map[string]string{"lib/one.php": numbered("lib/one.php", 30)})
				s.Git("checkout", "-q", "test")
				s.merge("a")
				s.merge("b")
				s.merge("d")
			},
			[]string{"a", "b", "d"},
			"branch:a branch:b branch:d", "a b d",
			[]string{"d contains a"},
		},
		{
			"a criss-cross", func(s *lineSite) {
				s.branch("d", "a", map[string]string{"local/d.php": numbered("d", 5)})
				s.on("d", func() { s.merge("c") })
				s.on("c", func() { s.merge("a") })
				s.Git("checkout", "-q", "test")
				s.merge("c")
				s.merge("d")
			},
			[]string{"a", "c", "d"},
			"branch:c branch:d", "a c d",
			[]string{"c contains a", "d contains a"},
		},
		{
			"upstream as the first parent", func(s *lineSite) {
				s.merge("a")
				s.Git("branch", "-f", "x-old", "test")
				s.Git("reset", "-q", "--hard", "v2")
				s.merge("x-old")
				s.merge("b")
			},
			[]string{"a", "b", "v2"},
			"(branch:a) line: branch:b", "a b", nil,
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
			for _, step := range line.Steps() {
				if want := s.id(step.Name); step.Tip != want {
					t.Errorf("%s is in with %s, want %s", step.Name, step.Tip, want)
				}
			}
			proof, err := line.Prove(t.Context(), scratch, repo, s.steps(test.wanted...))
			if err != nil {
				t.Fatal(err)
			}
			if got := s.describe(proof); !slices.Equal(got, test.notes) {
				t.Errorf("found %q\nwant  %q", got, test.notes)
			}
			if !proof.OK() {
				t.Error("the proof is not OK")
			}
		})
	}
}
