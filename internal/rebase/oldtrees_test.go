package rebase_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/rebase"
)

// padded writes the tree of rev once more as old importers wrote it, with a
// leading zero before the mode of directories, below the root too.
func (s *site) padded(rev string) string {
	s.t.Helper()
	var data []byte
	for line := range strings.SplitSeq(s.Git("ls-tree", "-z", rev), "\x00") {
		info, name, ok := strings.Cut(line, "\t")
		if !ok {
			continue
		}
		words := strings.Fields(info)
		if words[1] == "tree" {
			words[2] = s.padded(words[2])
		}
		id, err := git.ParseID(words[2])
		if err != nil {
			s.t.Fatal(err)
		}
		data = append(fmt.Appendf(data, "%s %s\x00", words[0], name), id[:]...)
	}
	file := filepath.Join(s.t.TempDir(), "tree")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		s.t.Fatal(err)
	}
	return s.Git("hash-object", "-t", "tree", "-w", "--literally", file)
}

// Importers of old history wrote "040000" where Git writes "40000". Git reads
// both as one.
func TestTreesOfOldImporters(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Git("checkout", "-q", "-b", "up-main")
	s.Write("mod/quiz/lib.php", lines(30, nil))
	s.Write("mod/forum/lib.php", lines(30, nil))
	s.Commit("MDL-0 begin")
	old := s.Git("commit-tree", "-m", "MDL-0 begin, imported", s.padded("HEAD"))
	if s.Git("rev-parse", old+"^{tree}") == s.Git("rev-parse", "HEAD^{tree}") {
		t.Fatal("the tree is not padded")
	}
	s.Git("reset", "-q", "--hard", old)
	s.Git("tag", "v1")
	s.commit("up-main", "mod/quiz/lib.php", lines(30, map[int]string{3: "new"}), "MDL-1 quiz: new")
	s.Git("tag", "v2")
	s.branch("hack", "v1")
	s.commit("hack", "mod/quiz/lib.php", lines(30, map[int]string{20: "hack"}), "hack quiz")
	s.branch("plugin", "v1")
	s.commit("plugin", "mod/x/lib.php", "x\n", "add x")
	s.branch("landed", "v1")
	s.commit("landed", "mod/quiz/lib.php", lines(30, map[int]string{3: "new"}), "our quiz")
	s.branch("stuck", "v1")
	s.commit("stuck", "mod/quiz/lib.php", lines(30, map[int]string{3: "ours"}), "hack quiz")
	for i, want := range []string{"kept", "kept", "emptied", "waiting"} {
		r := s.mustAgree("v2", "hack", "plugin", "landed", "stuck")[i]
		if fates(r) != want {
			t.Errorf("%s: %s, want %s", r.Branch.Name, fates(r), want)
		}
	}
}

// A commit undoes another on an imported tree: the tree is written anew, with
// other bytes for the same content, and has still become empty.
func TestEmptyIsNoMatterOfBytes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Git("checkout", "-q", "-b", "up-main")
	s.Write("mod/quiz/lib.php", lines(30, nil))
	s.Write("mod/quiz/view.php", lines(30, nil))
	s.Commit("MDL-0 begin")
	s.Git("tag", "v1")
	s.branch("landed", "v1")
	s.commit("landed", "mod/quiz/lib.php", lines(30, map[int]string{3: "new"}), "our quiz")
	s.Git("checkout", "-q", "up-main")
	s.Write("mod/quiz/lib.php", lines(30, map[int]string{3: "new", 20: "and more"}))
	s.Commit("MDL-1 quiz: new")
	s.Git("reset", "-q", "--hard", s.Git("commit-tree", "-p", "v1", "-m", "MDL-1 quiz: new, imported", s.padded("HEAD")))
	s.Git("tag", "v2")
	r := s.rebase("v2", rebase.Options{}, "landed")[0]
	if fates(r) != "emptied" {
		t.Error(fates(r))
	}
}
