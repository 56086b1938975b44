package live

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

// packings are the ways in which git stores objects.
func packings() map[string][][]string {
	return map[string][][]string{
		"loose":          nil,
		"packed":         {{"repack", "-q", "-adf", "--depth=50", "--window=50"}},
		"packed by ids":  {{"-c", "repack.useDeltaBaseOffset=false", "repack", "-q", "-adf"}},
		"old index":      {{"-c", "pack.indexVersion=1", "repack", "-q", "-adf"}},
		"several packs":  {{"repack", "-q", "-d"}},
		"large offsets":  {{"repack", "-q", "-ad"}, {"index-pack", "--index-version=2,0x40"}},
		"multiple index": {{"repack", "-q", "-adf"}, {"multi-pack-index", "write"}},
		"alternates":     {{"repack", "-q", "-adf"}},
	}
}

// history makes a repository with trees that git stores as deltas.
func history(t *testing.T, random *rand.Rand) *gittest.Repo {
	t.Helper()
	r := gittest.New(t)
	for i := range 60 {
		r.Write(fmt.Sprintf("lib/dir%d/file%d.php", i%5, i), fmt.Sprintf("file %d\n", i))
	}
	for i := range 6 {
		r.Write(fmt.Sprintf("lib/dir%d/file%d.php", i%5, i), fmt.Sprintf("changed %d %d\n", i, random.Int()))
		r.Write(fmt.Sprintf("new%d", i), "new")
		r.Commit(fmt.Sprintf("commit %d", i))
	}
	return r
}

// copyOf copies a repository.
func copyOf(t *testing.T, r *gittest.Repo, root string) *gittest.Repo {
	t.Helper()
	if err := os.CopyFS(root, os.DirFS(r.Path)); err != nil {
		t.Fatal(err)
	}
	return gittest.At(t, root)
}

// repack stores the objects of a repository anew. Those of the alternates go into another folder of the tree.
func repack(t *testing.T, r *gittest.Repo, name string, commands [][]string) {
	t.Helper()
	for _, args := range commands {
		if args[0] == "index-pack" {
			packs, err := os.ReadDir(r.Path + "/.git/objects/pack")
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range packs {
				if strings.HasSuffix(p.Name(), ".pack") {
					file := r.Path + "/.git/objects/pack/" + p.Name()
					idx := strings.TrimSuffix(file, ".pack") + ".idx"
					if err := os.Remove(idx); err != nil {
						t.Fatal(err)
					}
					r.Git(append(args, "-o", idx, file)...)
				}
			}
			continue
		}
		r.Git(args...)
	}
	if name == "alternates" {
		rename(t, r.Path+"/.git/objects", r.Path+"/.git/others")
		put(t, r.Path, ".git/objects/info/alternates", "# where they are\n../others\n")
	}
}

// TestObjects reads every commit and every tree, and compares with git.
func TestObjects(t *testing.T) {
	t.Parallel()
	original := history(t, seed(t))
	for name, commands := range packings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := copyOf(t, original, t.TempDir()+"/moodle")
			repack(t, r, name, commands)
			tree := mustScan(t, r.Path, false)
			o, err := tree.openObjects(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			defer o.close()
			n := 0
			for line := range strings.SplitSeq(r.Git("cat-file", "--batch-all-objects", "--batch-check"), "\n") {
				words := strings.Fields(line)
				data, err := o.read(mustID(t, words[0]), words[1])
				if words[1] == "blob" {
					continue // they are not read, see Changes
				}
				n++
				if err != nil || strconv.Itoa(len(data)) != words[2] {
					t.Errorf("%s: %d bytes, %v", line, len(data), err)
				}
			}
			if n < 20 {
				t.Errorf("only %d commits and trees", n)
			}
			if _, err := o.read(fake, "commit"); !errors.Is(err, git.ErrNotFound) {
				t.Errorf("an object that is not there: %v", err)
			}
			if strings.HasPrefix(name, "packed") && len(o.held) == 0 {
				t.Error("there are no deltas: the test shows little")
			}
		})
	}
}

// TestChanges changes a clone at random and compares with git status.
func TestChanges(t *testing.T) {
	t.Parallel()
	original := history(t, seed(t))
	original.Git("config", "core.fileMode", "false") // who may execute a file is no change
	original.Write(".gitignore", "ignored*\n")
	original.Git("add", "-A")
	original.Git("update-index", "--add", "--cacheinfo", "120000,"+linkBlob(t, original)+",link")
	original.Git("commit", "-q", "-m", "last")
	for name, commands := range packings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			random := seed(t)
			root := t.TempDir()
			r := copyOf(t, original, root+"/mod/quiz2")
			mustLink(t, r.Path, "link", "new0")
			repack(t, r, name, commands)
			put(t, root, "index.php", "x")
			put(t, root, "mod/quiz20", "x")
			for round := range 6 {
				mutate(t, r, random, round)
				out := r.Git("status", "--porcelain", "-uall", "--ignored", "-z", "--no-renames")
				want := strings.Count(out, "\x00")
				for _, hashed := range []bool{false, true} {
					tree := mustScan(t, root, false)
					if hashed {
						mustHash(t, tree, HashOptions{})
					}
					if n, err := tree.Changes(t.Context(), "mod/quiz2"); err != nil || n != want {
						t.Errorf("round %d: %d changes, %v; git has %d\n%q", round, n, err, want, out)
					}
				}
			}
		})
	}
}

// linkBlob stores the blob of a link to new0.
func linkBlob(t *testing.T, r *gittest.Repo) string {
	t.Helper()
	put(t, r.Path, ".git/target", "new0")
	return r.Git("hash-object", "-w", "--no-filters", ".git/target")
}

func mutate(t *testing.T, r *gittest.Repo, random *rand.Rand, round int) {
	t.Helper()
	i := random.IntN(60)
	file := fmt.Sprintf("lib/dir%d/file%d.php", i%5, i)
	switch round {
	case 0: // nothing yet
	case 1:
		r.Write(file, "x")
		r.Write("lib/dir9/x", "added")
		r.Write("lib.php", "added")
	case 2:
		r.Remove(file)
		r.Remove("lib/dir3")
		r.Write("ignored/x", "ignored, and there")
	case 3:
		r.Write("zzz", "after all others")
		r.Remove("new1")
		r.Write("new1/x", "a folder in a file's place")
		r.Remove(".gitignore")
	case 4:
		r.Remove("link")
		r.Write("link", "new0")
		if err := os.Chmod(r.Path+"/new2", 0o777); err != nil {
			t.Fatal(err)
		}
	case 5:
		r.Git("add", "-A")
		r.Remove("new3")
		if err := os.Symlink("x", r.Path+"/new3"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestChangesOfText(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	r := gittest.NewAt(t, root+"/a")
	r.Write("text", "one\ntwo\n")
	r.Write("mixed", "one\r\ntwo\n")
	r.Write("secret", "one\ntwo\n")
	inner := gittest.NewAt(t, root+"/a/inner")
	inner.Write("x", "x")
	first := inner.Commit("first")
	r.Commit("with a submodule")
	r.Write("text", "one\r\ntwo\r\n")
	check := func(what string, want int) {
		t.Helper()
		tree := mustScan(t, root, false)
		if n, err := tree.Changes(t.Context(), "a"); err != nil || n != want {
			t.Errorf("%s: %d changes, %v; want %d", what, n, err, want)
		}
	}
	check("CRLF for LF", 0)
	r.Write("mixed", "one\ntwo\n")
	check("LF for CRLF", 1)
	r.Write("text", "one\r\nTWO\r\n")
	check("CRLF and more", 2)
	inner.Write("x", "not ours")
	check("a change in the submodule", 2)
	inner.Commit("second")
	check("a commit in the submodule", 3)
	inner.Git("checkout", "-q", "-f", first)
	check("the submodule's commit again", 2)
	other := gittest.NewAt(t, root+"/a/other/deep")
	other.Write("x/y", "x")
	other.Write("x.y", "x")
	gittest.NewAt(t, root+"/a/other/deep/x/deeper").Write("z", "z")
	r.Write("other/x", "x")
	check("a repository that is not ours", 3)
	if err := os.Chmod(root+"/a/secret", 0); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(root + "/a/secret"); err != nil {
		t.Fatal(err)
	}
	sparse(t, root+"/a/secret", DefaultLimit+1)
	tree := mustScan(t, root, false)
	if _, err := tree.Changes(t.Context(), "a"); err == nil || !strings.Contains(err.Error(), "too large to read") {
		t.Errorf("a file that cannot be read: %v", err)
	}
}

// TestDamagedPacks reads packs with random damage. What is read is right, or an error.
func TestDamagedPacks(t *testing.T) {
	t.Parallel()
	random := seed(t)
	r := history(t, random)
	repack(t, r, "packed", packings()["packed"])
	var names []string
	entries, err := os.ReadDir(r.Path + "/.git/objects/pack")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".pack") || strings.HasSuffix(e.Name(), ".idx") {
			names = append(names, r.Path+"/.git/objects/pack/"+e.Name())
		}
	}
	failed := 0
	rounds := 100
	if os.Getenv("MGIT_FUZZ") != "" {
		rounds = 5000
	}
	for range rounds {
		name := names[random.IntN(len(names))]
		good, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		bad := bytes.Clone(good)
		switch random.IntN(3) {
		case 0:
			bad = bad[:random.IntN(len(bad))]
		case 1:
			bad[random.IntN(len(bad))] ^= byte(1 + random.IntN(255))
		case 2:
			at := random.IntN(len(bad))
			for i := range min(64, len(bad)-at) {
				bad[at+i] = byte(random.Uint32())
			}
		}
		replace(t, name, bad)
		tree := mustScan(t, r.Path, false)
		n, err := tree.Changes(t.Context(), "")
		if err != nil {
			failed++
		} else if n != 0 {
			t.Errorf("%d changes", n)
		}
		if id, err := tree.History(t.Context(), func(git.ID) bool { return false }); err != nil {
			failed++
		} else if id != git.ZeroID {
			t.Errorf("history found %s", id)
		}
		replace(t, name, good)
	}
	t.Logf("%d of %d questions had no answer", failed, 2*rounds)
	if failed < rounds/4 {
		t.Error("so little damage shows nothing")
	}
}

func replace(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name+".new", data, 0o666); err != nil {
		t.Fatal(err)
	}
	rename(t, name+".new", name)
}

// TestBombs has trees that are far larger than what they are stored in.
func TestBombs(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	r := gittest.NewAt(t, root)
	r.Write("x", "x")
	r.Commit("one")
	tree := r.Git("rev-parse", "HEAD^{tree}")
	for range 12 { // ten to the twelfth files
		tree = r.Git("hash-object", "-w", "-t", "tree", "--literally", makeTree(t, root, tree))
	}
	commit := r.Git("commit-tree", "-m", "bomb", tree)
	put(t, root, ".git/refs/heads/main", commit+"\n")
	start := time.Now()
	live := mustScan(t, root, false)
	if n, err := live.Changes(t.Context(), ""); err == nil {
		t.Errorf("%d changes", n)
	} else {
		t.Log(err)
	}
	if d := time.Since(start); d > 30*time.Second {
		t.Errorf("it took %s", d)
	}
}

// makeTree writes the bytes of a tree that holds another one ten times.
func makeTree(t *testing.T, root, tree string) string {
	t.Helper()
	id := mustID(t, tree)
	var data []byte
	for i := range 10 {
		data = append(append(fmt.Appendf(data, "40000 %d", i), 0), id[:]...)
	}
	put(t, root, "object", string(data))
	return root + "/object"
}

func FuzzDelta(f *testing.F) {
	f.Add([]byte("base of all"), []byte{11, 5, 0x91, 0, 4, 1, 'x'})
	f.Fuzz(func(t *testing.T, base, delta []byte) {
		o := objects{ctx: t.Context()}
		out, err := o.apply(base, delta)
		if _, size, _ := deltaSizes(delta); err == nil && int64(len(out)) != size {
			t.Errorf("%d bytes for %d", len(out), size)
		}
	})
}

func FuzzTreeEntry(f *testing.F) {
	f.Add([]byte("100644 x\x0001234567890123456789"))
	f.Add([]byte(" 0\x0000000000000000000000"))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, rest, ok := cutTreeEntry(data)
		want, err := git.DecodeTree(data[:len(data)-len(rest)])
		if ok && (err != nil || len(want) != 1 || want[0] != e) {
			t.Errorf("%+v; git package says %+v, %v", e, want, err)
		}
	})
}
