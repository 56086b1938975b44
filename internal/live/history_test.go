package live

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

// TestHistory makes random histories and compares with git merge-base.
func TestHistory(t *testing.T) {
	t.Parallel()
	random := seed(t)
	found, rounds := 0, 12
	if os.Getenv("MGIT_FUZZ") != "" {
		rounds = 300
	}
	for range rounds {
		root := t.TempDir()
		r := gittest.NewAt(t, root)
		var stream strings.Builder
		n := 4 + random.IntN(40)
		for i := range n {
			// Each commit is younger than its parents; there are up to three of them, and several roots.
			fmt.Fprintf(&stream, "commit refs/heads/b%d\nmark :%d\ncommitter C <c@example.org> %d +0000\ndata 1\nx\n", i, i+1, 1700000000+i*7)
			parents := random.Perm(i)
			for j, p := range parents[:min(len(parents), random.IntN(4))] {
				fmt.Fprintf(&stream, "%s :%d\n", []string{"from", "merge", "merge"}[j], p+1)
			}
			stream.WriteString("\n")
		}
		cmd := exec.Command("git", "fast-import", "--quiet")
		cmd.Dir, cmd.Env, cmd.Stdin = root, r.Env(), strings.NewReader(stream.String())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		switch random.IntN(3) {
		case 0:
			r.Git("repack", "-q", "-adf")
		case 1:
			r.Git("commit-graph", "write", "--reachable")
		}
		head, upstream := fmt.Sprintf("refs/heads/b%d", random.IntN(n)), fmt.Sprintf("refs/heads/b%d", random.IntN(n))
		r.Git("symbolic-ref", "HEAD", head)
		known := make(map[string]bool)
		for id := range strings.FieldsSeq(r.Git("rev-list", upstream)) {
			known[id] = true
		}
		bases, err := r.TryGit("merge-base", "--all", "HEAD", upstream)
		if err != nil {
			bases = git.ZeroID.String() // they have nothing in common
		} else {
			found++
		}
		tree := mustScan(t, root, false)
		got, err := tree.History(t.Context(), func(id git.ID) bool { return known[id.String()] })
		if err != nil || !slices.Contains(strings.Fields(bases), got.String()) {
			t.Errorf("%s, %v; git has %q\n%s", got, err, bases, stream.String())
		}
	}
	if found < rounds/4 {
		t.Errorf("only %d histories have a merge base", found)
	}
}

func TestHistoryOfOthers(t *testing.T) {
	t.Parallel()
	never := func(git.ID) bool { return false }
	plain := t.TempDir()
	if id, err := mustScan(t, plain, false).History(t.Context(), never); id != git.ZeroID || err != nil {
		t.Errorf("a tree without a repository: %s, %v", id, err)
	}
	r := gittest.New(t)
	for i := range 5 {
		r.Commit(fmt.Sprint(i))
	}
	shallow := t.TempDir() + "/shallow"
	r.Git("clone", "-q", "--depth=2", "file://"+r.Path, shallow)
	n := 0
	if id, err := mustScan(t, shallow, false).History(t.Context(), func(git.ID) bool { n++; return false }); id != git.ZeroID || err != nil || n != 2 {
		t.Errorf("a shallow clone: %s, %v after %d commits", id, err, n)
	}
	shared := t.TempDir() + "/shared"
	r.Git("clone", "-q", "--shared", r.Path, shared)
	if _, err := mustScan(t, shared, false).History(t.Context(), never); err == nil || !strings.Contains(err.Error(), "elsewhere") {
		t.Errorf("a clone that borrows from outside: %v", err)
	}
	head := mustID(t, r.Git("rev-parse", "HEAD"))
	if id, err := mustScan(t, shared, false).History(t.Context(), func(id git.ID) bool { return id == head }); id != head || err != nil {
		t.Errorf("HEAD is upstream's: %s, %v", id, err)
	}
	if err := os.WriteFile(r.Path+"/.git/HEAD", []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := mustScan(t, r.Path, false).History(t.Context(), never); err == nil {
		t.Error("a HEAD of garbage has a history")
	}
}

// TestMoodle reads Moodle's own objects and compares with git.
func TestMoodle(t *testing.T) {
	t.Parallel()
	moodle := os.Getenv("MGIT_MOODLE")
	if moodle == "" {
		t.Skip("set MGIT_MOODLE to a clone of Moodle")
	}
	r := gittest.At(t, moodle)
	tree := mustScan(t, moodle, false)
	if len(tree.Repositories) == 0 {
		tree.gits[""] = gitFolder{} // it is a bare one
	}
	tips := strings.Fields(r.Git("for-each-ref", "--format=%(objectname)", "--sort=-committerdate", "--count=400", "refs/heads"))
	tips = append(tips, strings.Fields(r.Git("rev-list", "--max-count=3", "--skip=20000", tips[0]))...)
	for _, tip := range tips {
		o, err := tree.openObjects(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		data, err := o.read(mustID(t, tip), "commit")
		if err != nil {
			t.Fatal(err)
		}
		commit, err := git.DecodeCommit(mustID(t, tip), data)
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		start := time.Now()
		err = o.eachFile(commit.Tree, func(path string, e git.TreeEntry) error {
			fmt.Fprintf(&got, "%s %s\t%s\x00", e.Mode, e.ID, path)
			return nil
		})
		took := time.Since(start)
		o.close()
		if want := r.Git("ls-tree", "-r", "-z", "--format=%(objectmode) %(objectname)%x09%(path)", tip); err != nil || got.String() != want {
			t.Errorf("%s: %v, %d bytes of files, want %d", tip, err, got.Len(), len(want))
		}
		t.Logf("the files of %s in %s", tip, took)
	}
	tree.Repositories = []Repository{{Commit: mustID(t, tips[0])}}
	n, start := 0, time.Now()
	_, err := tree.History(t.Context(), func(git.ID) bool { n++; return false })
	t.Logf("%d commits in %s (%v)", n, time.Since(start), err)
	if want := r.Git("rev-list", "--count", tips[0]); err == nil && want != fmt.Sprint(n) {
		t.Errorf("%d commits, git has %s", n, want)
	}
}
