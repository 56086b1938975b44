package assemble_test

import (
	"context"
	"testing"

	"mgit/internal/assemble"
	"mgit/internal/git"
)

// What a person decided in one target is decided in the same way in another one,
// also where Git's rerere has nothing to remember; another conflict is not.
func TestRecall(t *testing.T) {
	t.Parallel()
	s := newLineSite(t)
	s.branch("edit", "v1", map[string]string{"lib/one.php": replaced(numbered("lib/one.php", 30), 3, "edited"), "lib/two.php": replaced(numbered("lib/two.php", 30), 3, "edited")})
	s.Git("checkout", "-q", "-b", "drop", "v1")
	s.Git("rm", "-q", "lib/one.php")
	s.Write("lib/two.php", replaced(numbered("lib/two.php", 30), 3, "otherwise"))
	s.Commit("drop")
	s.branch("other", "v1", map[string]string{"lib/one.php": replaced(numbered("lib/one.php", 30), 3, "another edit")})

	// In test a person keeps the file that was deleted, and writes the line anew.
	s.Git("checkout", "-q", "test")
	s.merge("edit")
	if _, err := s.TryGit("merge", "-q", "--no-edit", "drop"); err == nil {
		t.Fatal("there is no conflict")
	}
	s.Write("lib/two.php", replaced(numbered("lib/two.php", 30), 3, "both"))
	s.Git("add", "lib/two.php", "lib/one.php")
	s.Git("commit", "-q", "--no-edit")
	made := s.id("test")
	line, _, scratch := s.read()

	answer := func(ours, theirs string) git.Merged {
		m, err := scratch.MergeTrees(context.Background(), git.EmptyTree, []git.Merge{{Heads: [2]git.ID{s.id(ours), s.id(theirs)}}})
		if err != nil {
			t.Fatal(err)
		}
		return m[0]
	}
	m := answer("edit", "drop")
	r, ok, err := line.Recall(context.Background(), scratch, m)
	if err != nil || !ok {
		t.Fatalf("%v, %v", ok, err)
	}
	for i, path := range []string{"lib/one.php", "lib/two.php"} {
		want := s.Git("rev-parse", "test:"+path)
		if f := r.Files[i]; f.Path != path || f.ID.String() != want || f.Commit != made {
			t.Errorf("%s is settled as %+v, want %s of %s", path, f, want, made)
		}
		e, err := scratch.Path(context.Background(), r.Tree, path)
		if err != nil || e.ID.String() != want {
			t.Errorf("the tree has %s at %s, %v", e.ID, path, err)
		}
	}
	for _, pair := range [][2]string{{"other", "drop"}, {"edit", "other"}} {
		if _, ok, err := line.Recall(context.Background(), scratch, answer(pair[0], pair[1])); ok || err != nil {
			t.Errorf("%v: settled as another conflict, %v", pair, err)
		}
	}
	if _, ok, _ := line.Recall(context.Background(), scratch, git.Merged{Clean: true}); ok {
		t.Error("a clean merge is settled")
	}
	if _, ok, _ := (&assemble.Line{}).Recall(context.Background(), scratch, m); ok {
		t.Error("an empty line settles something")
	}
}

// A built file that one target took as it was is to be built again in the next
// target too: as a conflict that was settled it would be forgotten.
func TestGeneratedFilesAreNotRecalled(t *testing.T) {
	t.Parallel()
	s := newLineSite(t)
	const built = "mod/amd/build/x.min.js"
	s.branch("left", "v1", map[string]string{built: "left\n", "lib/left.php": "left\n"})
	s.branch("right", "v1", map[string]string{built: "right\n", "lib/right.php": "right\n"})
	s.Git("checkout", "-q", "test")
	s.merge("left")
	if _, err := s.TryGit("merge", "-q", "--no-edit", "right"); err == nil {
		t.Fatal("there is no conflict")
	}
	s.Git("checkout", "-q", "--ours", built)
	s.Git("add", built)
	s.Git("commit", "-q", "--no-edit")
	line, _, scratch := s.read()
	m, err := scratch.MergeTrees(context.Background(), git.EmptyTree, []git.Merge{{Heads: [2]git.ID{s.id("left"), s.id("right")}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok, err := line.Recall(context.Background(), scratch, m[0]); ok || err != nil {
		t.Errorf("recalled: %v, %v", ok, err)
	}
}
