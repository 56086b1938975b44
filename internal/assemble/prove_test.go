package assemble_test

import (
	"slices"
	"testing"

	"mgit/internal/assemble"
)

// TestWhatIsWrongWithATarget makes targets that are not what was wanted.
func TestWhatIsWrongWithATarget(t *testing.T) {
	t.Parallel()
	all := []string{"a", "b", "c"}
	for _, test := range []struct {
		name   string
		make   func(s *lineSite)
		wanted []string
		want   []string
	}{
		{
			"left out", func(s *lineSite) { s.merge("a"); s.merge("c") }, all,
			[]string{"missing b, 1 commits, has nothing"},
		},
		{
			"an older state", func(s *lineSite) {
				s.mergeAll()
				s.on("b", func() { s.change("more of b", map[string]string{"lib/two.php": numbered("more", 30)}) })
			}, all,
			[]string{"missing b, 1 commits, has change of b"},
		},
		{
			"upstream's tag is not in", func(s *lineSite) { s.mergeAll() }, append(all, "v2"),
			[]string{"missing v2, 0 commits, has v1"},
		},
		{
			"a branch that is not wanted", func(s *lineSite) { s.mergeAll() },
			[]string{"a", "b"},
			[]string{`stranger branch <Merge branch 'c' into test> branch=c commits=1: local/c/lib.php local/c/version.php`},
		},
		{
			"a fast-forward to a branch that is not wanted", func(s *lineSite) { s.Git("merge", "-q", "c"); s.merge("a"); s.merge("b") },
			[]string{"a", "b"},
			[]string{`stranger branch <change of c> branch=c commits=1: local/c/lib.php local/c/version.php`},
		},
		{
			"somebody's own branch", func(s *lineSite) {
				s.mergeAll()
				s.branch("x-mine", "v1", map[string]string{"x.php": "mine\n"})
				s.change("more", map[string]string{"x.php": "mine too\n"})
				s.Git("checkout", "-q", "test")
				s.merge("x-mine")
			}, all,
			[]string{`stranger merge <Merge branch 'x-mine' into test> branch= commits=2: x.php`},
		},
		{
			"a branch that was rewritten", func(s *lineSite) {
				s.mergeAll()
				s.on("b", func() { s.Git("commit", "-q", "--amend", "-m", "change of b, said better") })
			}, all,
			[]string{
				"missing b, 1 commits, has nothing",
				`stranger merge <Merge branch 'b' into test> branch= commits=1: lib/two.php`,
			},
		},
		{
			"an edit by hand", func(s *lineSite) {
				s.mergeAll()
				s.change("quick fix", map[string]string{"mod/three.php": numbered("quick", 30)})
			}, all,
			[]string{`stranger commit <quick fix> branch= commits=1: mod/three.php`},
		},
		{
			"a cherry-pick", func(s *lineSite) { s.merge("a"); s.merge("c"); s.Git("cherry-pick", "b") }, all,
			[]string{
				"missing b, 1 commits, has nothing",
				`stranger commit <change of b> branch= commits=1: lib/two.php`,
			},
		},
		{
			"a squash", func(s *lineSite) {
				s.merge("a")
				s.merge("b")
				s.Git("merge", "-q", "--squash", "c")
				s.Commit("Merge branch 'c' into test")
			}, all,
			[]string{
				"missing c, 1 commits, has nothing",
				`stranger commit <Merge branch 'c' into test> branch= commits=1: local/c/lib.php local/c/version.php`,
			},
		},
		{
			"reverted", func(s *lineSite) { s.mergeAll(); s.revert("-m", "1", "HEAD^") }, all,
			[]string{
				`stranger commit <Revert "Merge branch 'b' into test"> branch= commits=1: lib/two.php`,
				`dropped b lib/two.php all by <Revert "Merge branch 'b' into test">`,
			},
		},
		{
			"reverted under another name", func(s *lineSite) {
				s.mergeAll()
				s.Git("revert", "--no-commit", "-m", "1", "HEAD^")
				s.Commit("Merge branch 'b' into test")
			}, all,
			[]string{
				`stranger commit <Merge branch 'b' into test> branch= commits=1: lib/two.php`,
				`dropped b lib/two.php all by <Merge branch 'b' into test>`,
			},
		},
		{
			"half reverted, a hunk", func(s *lineSite) {
				s.mergeAll()
				s.change("tidy", map[string]string{"lib/two.php": replaced(numbered("lib/two.php", 30), 25, "what else branch b hacks")})
			}, all,
			[]string{
				`stranger commit <tidy> branch= commits=1: lib/two.php`,
				`dropped b lib/two.php partly by <tidy>`,
			},
		},
		{
			"half reverted, a file", func(s *lineSite) { s.mergeAll(); s.Remove("local/c/lib.php"); s.Commit("tidy") }, all,
			[]string{
				`stranger commit <tidy> branch= commits=1: local/c/lib.php`,
				`dropped c local/c/lib.php gone by <tidy>`,
			},
		},
		{
			"reverted and reverted again", func(s *lineSite) {
				s.merge("a")
				s.merge("b")
				s.revert("-m", "1", "HEAD")
				s.revert("HEAD")
				s.merge("c")
			}, all,
			[]string{
				`undone commit <Revert "Merge branch 'b' into test">`,
				`undone commit <` + reapplied(t) + `>`,
			},
		},
		{
			"reverted, and brought again in another commit with other things", func(s *lineSite) {
				s.mergeAll()
				s.revert("-m", "1", "HEAD^")
				s.change("bring it back", map[string]string{
					"lib/two.php": replaced(replaced(replaced(numbered("lib/two.php", 30), 5, "what branch b hacks"), 25, "what else branch b hacks"), 15, "and more"),
				})
			}, all,
			[]string{
				`stranger commit <Revert "Merge branch 'b' into test"> branch= commits=1: lib/two.php`,
				`stranger commit <bring it back> branch= commits=1: lib/two.php`,
			},
		},
		{
			"a merge that took nothing", func(s *lineSite) {
				s.merge("a")
				s.merge("-s", "ours", "b")
				s.merge("c")
			}, all,
			[]string{
				`stranger content <Merge branch 'b' into test> branch=b commits=0: lib/two.php`,
				`dropped b lib/two.php all by <Merge branch 'b' into test>`,
			},
		},
		{
			"a merge in conflict that took nothing", func(s *lineSite) {
				s.branch("d", "v1", map[string]string{"lib/one.php": replaced(numbered("lib/one.php", 30), 5, "what branch d hacks")})
				s.Git("checkout", "-q", "test")
				s.merge("a")
				s.merge("-s", "ours", "d")
			},
			[]string{"a", "d"},
			[]string{
				`stranger content <Merge branch 'd' into test> branch=d commits=0: lib/one.php`,
				`dropped d lib/one.php all by <Merge branch 'd' into test>`,
			},
		},
		{
			"a conflict decided for one side", func(s *lineSite) {
				s.branch("d", "v1", map[string]string{"lib/one.php": replaced(numbered("lib/one.php", 30), 5, "what branch d hacks"), "d.php": "d\n"})
				s.Git("checkout", "-q", "test")
				s.merge("a")
				s.merge("-X", "theirs", "d")
			},
			[]string{"a", "d"},
			[]string{"decided d lib/one.php theirs"},
		},
		{
			"an evil merge", func(s *lineSite) {
				s.merge("a")
				s.Git("merge", "-q", "--no-commit", "--no-ff", "b")
				s.Write("mod/three.php", numbered("evil", 30))
				s.Commit("Merge branch 'b' into test")
				s.merge("c")
			}, all,
			[]string{`stranger content <Merge branch 'b' into test> branch=b commits=0: mod/three.php`},
		},
		{
			"an evil merge that takes away another branch", func(s *lineSite) {
				s.merge("a")
				s.Git("merge", "-q", "--no-commit", "--no-ff", "b")
				s.Write("lib/one.php", numbered("lib/one.php", 30))
				s.Commit("Merge branch 'b' into test")
				s.merge("c")
			}, all,
			[]string{
				`stranger content <Merge branch 'b' into test> branch=b commits=0: lib/one.php`,
				`dropped a lib/one.php all by <Merge branch 'b' into test>`,
			},
		},
		{
			"somebody's branch reverts on the side", func(s *lineSite) {
				s.mergeAll()
				s.Git("checkout", "-q", "-b", "x-mine")
				s.revert("-m", "1", "HEAD^")
				s.Git("checkout", "-q", "test")
				s.merge("x-mine")
			}, all,
			[]string{
				`stranger merge <Merge branch 'x-mine' into test> branch= commits=1: lib/two.php`,
				`dropped b lib/two.php all by <Merge branch 'x-mine' into test>`,
			},
		},
		{
			"upstream's release reverted", func(s *lineSite) {
				s.merge("v2")
				s.mergeAll()
				s.revert("-m", "1", "HEAD~3")
			}, append(all, "v2"),
			[]string{
				`stranger commit <Revert "` + mergeOf("v2") + `"> branch= commits=1: lib/new.php version.php`,
				`dropped v2 lib/new.php all by <Revert "` + mergeOf("v2") + `">`,
				`dropped v2 version.php all by <Revert "` + mergeOf("v2") + `">`,
			},
		},
		{
			"a wrong merge that was taken back", func(s *lineSite) {
				s.mergeAll()
				s.revert("-m", "1", "HEAD")
			},
			[]string{"a", "b"},
			[]string{
				`undone branch <Merge branch 'c' into test>`,
				`undone commit <Revert "Merge branch 'c' into test">`,
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newLineSite(t)
			test.make(s)
			if got := s.prove(test.wanted...); !slices.Equal(got, test.want) {
				t.Errorf("found %q\nwant  %q", got, test.want)
			}
		})
	}
}

// mergeOf is the subject that git gives a merge of a tag.
func mergeOf(tag string) string { return "Merge tag '" + tag + "' into test" }

// reapplied is the subject that git gives the revert of a revert: newer versions say
// it otherwise.
func reapplied(t *testing.T) string {
	s := newLineSite(t)
	s.merge("b")
	s.revert("-m", "1", "HEAD")
	s.revert("HEAD")
	return s.Git("show", "-s", "--format=%s")
}

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

// TestProveAsksForContents refuses what it cannot answer.
func TestProveAsksForContents(t *testing.T) {
	t.Parallel()
	s := newLineSite(t)
	s.mergeAll()
	line, repo, scratch := s.read()
	if _, err := line.Prove(t.Context(), scratch, repo, []assemble.Step{{Name: "never-heard-of", Tip: s.id("a")}}); err == nil {
		t.Error("a branch that the line was read without is proved")
	}
}
