package assemble_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
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
				`dropped b lib/two.php all by <Revert "Merge branch 'b' into test">`,
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
			"an octopus with content of its own", func(s *lineSite) {
				s.merge("v2")
				s.Git("merge", "-q", "--no-edit", "a", "b", "c")
				s.Write("local/c/lib.php", "mine\n")
				s.Git("add", "-A")
				s.Git("commit", "-q", "--amend", "--no-edit")
			}, append(all, "v2"),
			[]string{
				"stranger content <Merge branches 'a', 'b' and 'c' into test> branch=a commits=0: local/c/lib.php",
				"dropped c local/c/lib.php gone by <Merge branches 'a', 'b' and 'c' into test>",
			},
		},
		{
			"a file in the way of a folder, put elsewhere", func(s *lineSite) {
				s.branch("d", "v1", map[string]string{"local/e": "a file\n"})
				s.branch("e", "v1", map[string]string{"local/e/lib.php": "a folder\n"})
				s.Git("checkout", "-q", "test")
				s.merge("e")
				s.TryGit("merge", "-q", "d")
				s.Git("rm", "-q", "-f", "local/e~d")
				s.Write("lib/e.php", "a file\n")
				s.Commit("Merge branch 'd' into test")
			},
			[]string{"d", "e"},
			[]string{
				"stranger content <Merge branch 'd' into test> branch=d commits=0: lib/e.php",
				"decided d local/e ours",
			},
		},
		{
			"an edit beside lines that a later branch takes away", func(s *lineSite) {
				s.branch("d", "a", map[string]string{"lib/one.php": numbered("lib/one.php", 30)})
				s.Git("checkout", "-q", "test")
				s.merge("a")
				s.change("quick fix", map[string]string{"lib/one.php": replaced(s.checkedOut("lib/one.php"), 20, "quick")})
				s.merge("d")
			},
			[]string{"a", "d"},
			[]string{"stranger commit <quick fix> branch= commits=1: lib/one.php", "d contains a"},
		},
		{
			"a side line after an edit", func(s *lineSite) {
				s.merge("a")
				s.change("quick fix", map[string]string{"x.php": "quick\n"})
				s.Git("checkout", "-q", "-b", "x-colleague")
				s.merge("b")
				s.Git("checkout", "-q", "test")
				s.merge("c")
				s.merge("x-colleague")
			}, all,
			[]string{"stranger commit <quick fix> branch= commits=1: x.php"},
		},
		{
			"an older state that another branch stands on", func(s *lineSite) {
				s.branch("d", "a", map[string]string{"d.php": "d\n"})
				s.Git("checkout", "-q", "test")
				s.merge("a")
				s.on("a", func() {
					s.change("more", map[string]string{"a.php": "more\n"})
					s.change("still more", map[string]string{"a.php": "still more\n"})
				})
				s.merge("a")
			},
			[]string{"d", "a"},
			[]string{"missing d, 1 commits, has nothing"},
		},
		{
			"the target merged into a branch", func(s *lineSite) {
				s.mergeAll()
				s.change("quick fix", map[string]string{"x.php": "quick\n"})
				s.on("a", func() { s.merge("test") })
				s.merge("a")
			}, all,
			[]string{"a contains b c"},
		},
		{
			"picked, then merged in conflict", func(s *lineSite) {
				s.Git("cherry-pick", "a")
				s.Tick()
				s.change("beside it", map[string]string{"lib/one.php": replaced(replaced(numbered("lib/one.php", 30), 5, "what branch a hacks"), 6, "beside it")})
				s.TryGit("merge", "-q", "--no-ff", "a")
				s.Git("checkout", "-q", "HEAD", "--", ".")
				s.Git("commit", "-q", "--allow-empty", "-m", "Merge branch 'a' into test")
			},
			[]string{"a"},
			[]string{
				"stranger commit <change of a> branch= commits=1: lib/one.php",
				"stranger commit <beside it> branch= commits=1: lib/one.php",
				"decided a lib/one.php ours",
			},
		},
		{
			"a file mode", func(s *lineSite) {
				s.on("a", func() {
					s.Git("update-index", "--chmod=+x", "lib/one.php")
					s.Git("commit", "-q", "-m", "run it")
					s.Git("reset", "-q", "--hard")
				})
				s.mergeAll()
				s.Git("update-index", "--chmod=-x", "lib/one.php")
				s.Git("commit", "-q", "-m", "not to be run")
				s.Git("reset", "-q", "--hard")
			}, all,
			[]string{
				"stranger commit <not to be run> branch= commits=1: lib/one.php",
				"dropped a lib/one.php partly by <not to be run>",
			},
		},
		{
			"a picture, a link and an empty file", func(s *lineSite) {
				s.on("c", func() {
					s.Write("local/c/empty.php", "")
					s.Write("local/c/logo.png", "\x00logo")
					if err := os.Symlink("lib.php", filepath.Join(s.Path, "local/c/link.php")); err != nil {
						s.t.Fatal(err)
					}
					s.Commit("more of c")
				})
				s.merge("c")
				s.Write("local/c/logo.png", "\x00other logo")
				s.Remove("local/c/link.php")
				s.Remove("local/c/empty.php")
				s.Commit("tidy")
			},
			[]string{"c"},
			[]string{
				"stranger commit <tidy> branch= commits=1: local/c/empty.php local/c/link.php local/c/logo.png",
				"dropped c local/c/empty.php gone by <tidy>",
				"dropped c local/c/link.php gone by <tidy>",
				"dropped c local/c/logo.png gone by <tidy>",
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
