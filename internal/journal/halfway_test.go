package journal

import (
	"os"
	"path/filepath"
	"testing"

	"mgit/internal/git"
)

// TestMendFinishesAFastForward leaves a worktree as a killed fast-forward would,
// together with what a user may have done to it.
func TestMendFinishesAFastForward(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		user   func(tree string) error
		follow bool
	}{
		{"nothing else", func(string) error { return nil }, true},
		{"untracked file elsewhere", func(tree string) error {
			return os.WriteFile(filepath.Join(tree, "mine.txt"), []byte("mine"), 0o666)
		}, true},
		{"change in a file that stays", func(tree string) error {
			return os.WriteFile(filepath.Join(tree, "stays.php"), []byte("mine"), 0o666)
		}, false},
		{"change in a file that goes", func(tree string) error {
			return os.WriteFile(filepath.Join(tree, "goes.php"), []byte("mine"), 0o666)
		}, false},
		{"file where a new one comes", func(tree string) error {
			return os.WriteFile(filepath.Join(tree, "comes.php"), []byte("mine"), 0o666)
		}, false},
		{"folder where a new file comes", func(tree string) error {
			return os.MkdirAll(filepath.Join(tree, "late.php", "mine"), 0o777)
		}, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, 1)
			g := f.git
			g.Write("stays.php", "<?php // stays\n")
			g.Write("changes.php", "<?php // old\n")
			g.Write("goes.php", "<?php // goes\n")
			if err := os.Symlink("stays.php", filepath.Join(g.Path, "link")); err != nil {
				t.Fatal(err)
			}
			old := g.Commit("old")
			g.Git("branch", "live")
			g.Remove("goes.php")
			g.Remove("link")
			if err := os.Symlink("changes.php", filepath.Join(g.Path, "link")); err != nil {
				t.Fatal(err)
			}
			g.Write("changes.php", "<?php // changed to something long\n")
			g.Write("comes.php", "<?php // comes\n")
			g.Write("late.php", "<?php // not yet written\n")
			next := g.Commit("next")
			tree := filepath.Join(t.TempDir(), "tree")
			g.Git("worktree", "add", "-q", tree, "live")

			live := Move{Ref: "refs/heads/live", Old: mustID(t, old), New: mustID(t, next), Worktree: tree}
			f.abandon(1, true, func(moves []Move) []Move { return append(moves, live) })
			gitDir := filepath.Join(g.Path, ".git", "worktrees", "tree")
			for name, text := range map[string]string{
				filepath.Join(tree, "changes.php"):       "<?php // chan", // half written
				filepath.Join(tree, "comes.php"):         "<?php // comes\n",
				filepath.Join(gitDir, "index.lock"):      "DIRC half",
				filepath.Join(gitDir, "HEAD.lock"):       "",
				filepath.Join(g.Path, ".git/index.lock"): "the user's",
			} {
				if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Remove(filepath.Join(tree, "goes.php")); err != nil {
				t.Fatal(err)
			}
			if err := c.user(tree); err != nil {
				t.Fatal(err)
			}
			mended := f.mend()
			if f.value(newRef(0)) == "" {
				t.Error("the other branch did not move")
			}
			if _, err := os.Stat(filepath.Join(g.Path, ".git/index.lock")); err != nil {
				t.Error("the index.lock of another worktree is gone")
			}
			if !c.follow {
				if len(mended.Run.TakenOut) != 1 || mended.Run.TakenOut[0].Cause != CauseCheckedOut || f.value("live") != old {
					t.Errorf("live at %s, taken out %+v", f.value("live"), mended.Run.TakenOut)
				}
				if _, err := os.Stat(filepath.Join(gitDir, "index.lock")); err != nil {
					t.Error("the worktree was touched")
				}
				return
			}
			if len(mended.Run.TakenOut) != 0 || f.value("live") != next {
				t.Errorf("live at %s, taken out %+v", f.value("live"), mended.Run.TakenOut)
			}
			if status := g.Git("-C", tree, "status", "--porcelain", "--untracked-files=no"); status != "" {
				t.Errorf("status:\n%s", status)
			}
			if err := os.Remove(filepath.Join(g.Path, ".git/index.lock")); err != nil {
				t.Fatal(err)
			}
			f.sound()
		})
	}
}

func mustID(t *testing.T, s string) git.ID {
	t.Helper()
	id, err := git.ParseID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
