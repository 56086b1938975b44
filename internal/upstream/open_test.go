package upstream

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/moodle"
)

// release is a version.php.
func release(version, release string) string {
	return fmt.Sprintf("<?php\n$version  = %s;\n$release  = '%s';\n$branch   = '25';\n", version, release)
}

// history is a small one: two releases, a weekly build on a side branch, a merge.
func history(t testing.TB) (g *gittest.Repo, tips []git.ID) {
	t.Helper()
	g = gittest.New(t)
	g.Write("version.php", release("2013051400.00", "2.5 (Build: 20130514)"))
	g.Write("lib/setup.php", "one\n")
	g.Write("lib/old.php", "old\n")
	g.Commit("Moodle release 2.5")
	g.Git("branch", "side")
	g.Remove("lib/old.php")
	g.Commit("MDL-1 remove")
	g.Git("checkout", "-q", "side")
	g.Write("lib/setup.php", "two\n")
	g.Commit("MDL-2 change")
	g.Write("version.php", release("2013051400.01", "2.5+ (Build: 20130523)"))
	side := g.Commit("weekly release 2.5+")
	g.Git("checkout", "-q", "main")
	g.Git("merge", "-q", "--no-edit", "side")
	g.Tick()
	return g, []git.ID{parse(t, g.Git("rev-parse", "HEAD")), parse(t, side)}
}

func check(t testing.TB, g *gittest.Repo, x *Index, tips []git.ID) {
	t.Helper()
	newJudge(t, g, tips).check(t, x, rand.New(rand.NewPCG(1, 1)))
}

func TestKeyOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ release, want string }{
		{"2.5.3 (Build: 20131111)", "2.5.3 (Build: 20131111)"},
		{"2.5.3 (Build: 20131111) UP1", "2.5.3 (Build: 20131111)"},
		{"2.0 RC1 (Build: 20100921)", "2.0rc1 (Build: 20100921)"},
		{"1.8.4 + (Build: 20080305)", "1.8.4+ (Build: 20080305)"},
		{"Totara 2.5", "Totara 2.5"},
		{"", ""},
	} {
		got := KeyOf(moodle.Version{Version: "1", Release: tt.release, Branch: "25", Maturity: "MATURITY_STABLE"})
		if want := (Key{tt.want, "1", "25"}); got != want {
			t.Errorf("%q: %v, want %v", tt.release, got, want)
		}
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	g, tips := history(t)
	repo := openRepo(t, g)
	var calls []string
	progress := func(done, total int) { calls = append(calls, fmt.Sprint(done, "/", total)) }
	check(t, g, open(t, repo, Request{Tips: tips, Progress: progress}), tips)
	if strings.Join(calls, " ") != "5/5" {
		t.Errorf("progress of building: %q", calls)
	}
	calls = nil
	x := open(t, repo, Request{Tips: tips, Progress: progress})
	check(t, g, x, tips)
	if calls != nil {
		t.Errorf("progress of a ready index: %q", calls)
	}
	g.Write("lib/new.php", "new\n")
	tips = append(tips, parse(t, g.Commit("MDL-3 add")))
	check(t, g, open(t, repo, Request{Tips: tips, Progress: progress}), tips)
	if strings.Join(calls, " ") != "1/1" {
		t.Errorf("progress of extending: %q", calls)
	}
	if x.Len() != 5 {
		t.Errorf("an index that was open before has %d commits", x.Len())
	}
	none := open(t, repo, Request{})
	if none.Len() != 0 || none.HasPath("version.php") || none.Compare(func(func(string, git.ID) bool) {}).Nearest(1, nil) != nil {
		t.Error("without tips there is something")
	}
	if err := x.Close(); err != nil || x.Len() != 0 || x.Close() != nil {
		t.Errorf("closing: %v, %d commits left", err, x.Len())
	}
}

// The index says nothing of what upstream took back, also when git has thrown
// it away.
func TestRewrittenUpstream(t *testing.T) {
	t.Parallel()
	g, tips := history(t)
	repo := openRepo(t, g)
	open(t, repo, Request{Tips: tips})
	g.Git("reset", "-q", "--hard", "HEAD^")
	g.Git("branch", "-q", "-D", "side")
	g.Write("lib/other.php", "other\n")
	rewritten := []git.ID{parse(t, g.Commit("MDL-4 instead"))}
	g.Git("reflog", "expire", "--expire=all", "--all")
	g.Git("gc", "-q", "--prune=now")
	if _, err := g.TryGit("cat-file", "-e", tips[0].String()); err == nil {
		t.Fatal("the old tip is still there")
	}
	for range 2 {
		x := open(t, repo, Request{Tips: rewritten})
		check(t, g, x, rewritten)
		if _, ok := x.Find(tips[0]); ok {
			t.Error("the old tip is visible")
		}
		sameImage(t, "rebuilt", x, open(t, repo, Request{Tips: rewritten, Rebuild: true, ReadOnly: true}))
	}
}

func TestUnknownTip(t *testing.T) {
	t.Parallel()
	g, tips := history(t)
	repo := openRepo(t, g)
	tree := parse(t, g.Git("rev-parse", "HEAD^{tree}"))
	for _, bad := range []git.ID{parse(t, strings.Repeat("1", 40)), tree} {
		if _, err := Open(t.Context(), repo, Request{Tips: append(tips, bad)}); !errors.Is(err, git.ErrNotFound) || !strings.Contains(err.Error(), bad.String()) {
			t.Errorf("tip %s: %v", bad, err)
		}
	}
	check(t, g, open(t, repo, Request{Tips: tips}), tips)
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	g, tips := history(t)
	repo := openRepo(t, g)
	ctx, cancel := context.WithCancel(t.Context())
	during := func(int, int) { cancel() }
	if _, err := Open(ctx, repo, Request{Tips: tips, Progress: during}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled in between: %v", err)
	}
	if _, err := os.Stat(repo.StateDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something was written: %v", err)
	}
	check(t, g, open(t, repo, Request{Tips: tips}), tips)
}

// Whatever stands in the place of the file, the answers are right, and the next
// one finds a good file.
func TestDamagedFile(t *testing.T) {
	t.Parallel()
	g, tips := history(t)
	repo := openRepo(t, g)
	open(t, repo, Request{Tips: tips})
	good, err := os.ReadFile(fileOf(repo))
	if err != nil {
		t.Fatal(err)
	}
	damaged := map[string][]byte{"empty": {}, "foreign": []byte("PACK, or what\n"), "longer": append(good[:len(good):len(good)], 0)}
	for _, n := range []int{1, len(magic), headerSize - 1, headerSize, len(good) / 2, len(good) - 1} {
		damaged[fmt.Sprint("torn at ", n)] = good[:n]
	}
	for _, at := range []int{0, len(magic) - 1, sumAt, shallowAt, countsAt + 3, headerSize, len(good) / 2, len(good) - 1} {
		data := append([]byte(nil), good...)
		data[at] ^= 1
		damaged[fmt.Sprint("a wrong bit at ", at)] = data
	}
	for name, data := range damaged {
		if err := os.WriteFile(fileOf(repo), data, 0o666); err != nil {
			t.Fatal(err)
		}
		x := open(t, repo, Request{Tips: tips})
		if x.Len() != 5 {
			t.Errorf("%s: %d commits", name, x.Len())
		}
		if mended, err := os.ReadFile(fileOf(repo)); err != nil || string(mended) != string(good) {
			t.Errorf("%s: the file was not mended: %v", name, err)
		}
	}
}

// Where nothing can be written the index works from memory, and says so.
func TestUnsaved(t *testing.T) {
	t.Parallel()
	for name, obstruct := range map[string]func(repo *git.Repo) error{
		"a file in the place of the folder": func(repo *git.Repo) error { return os.WriteFile(repo.StateDir(), nil, 0o666) },
		"a folder in the place of the file": func(repo *git.Repo) error { return os.MkdirAll(filepath.Join(fileOf(repo), "x"), 0o777) },
		"a read-only folder": func(repo *git.Repo) error {
			if os.Getuid() == 0 {
				return nil
			}
			return os.MkdirAll(repo.StateDir(), 0o555)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "a read-only folder" && os.Getuid() == 0 {
				t.Skip("nothing is read-only for root")
			}
			g, tips := history(t)
			repo := openRepo(t, g)
			if err := obstruct(repo); err != nil {
				t.Fatal(err)
			}
			x, err := Open(t.Context(), repo, Request{Tips: tips})
			if err != nil {
				t.Fatal(err)
			}
			if x.Unsaved() == nil {
				t.Error("the index says it was saved")
			}
			check(t, g, x, tips)
			if left, _ := filepath.Glob(filepath.Join(repo.StateDir(), "index", temporary+"*")); left != nil {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	g, tips := history(t)
	repo := openRepo(t, g)
	x := open(t, repo, Request{Tips: tips, ReadOnly: true})
	check(t, g, x, tips)
	if _, err := os.Stat(repo.StateDir()); !errors.Is(err, os.ErrNotExist) || !errors.Is(x.Unsaved(), ErrReadOnly) {
		t.Errorf("the state folder: %v; unsaved: %v", err, x.Unsaved())
	}
	open(t, repo, Request{Tips: tips})
	if x := open(t, repo, Request{Tips: tips, ReadOnly: true}); x.Unsaved() != nil {
		t.Errorf("all is in the file, yet %v", x.Unsaved())
	}
}

// What processes that were killed left goes in time, and nothing else does.
func TestLeftBehind(t *testing.T) {
	t.Parallel()
	g, tips := history(t)
	repo := openRepo(t, g)
	dir := filepath.Dir(fileOf(repo))
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	old := []string{temporary + "1-1", "other"}
	for _, name := range append(old, temporary+"2-2") {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range old {
		if err := os.Chtimes(filepath.Join(dir, name), longAgo, longAgo); err != nil {
			t.Fatal(err)
		}
	}
	open(t, repo, Request{Tips: tips})
	entries, err := os.ReadDir(dir)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); got != "other upstream "+temporary+"2-2" || err != nil {
		t.Errorf("left are %s, %v", got, err)
	}
}

// Any number of processes may build at once.
func TestTwoOpeners(t *testing.T) {
	t.Parallel()
	g, tips := history(t)
	for round := range 3 {
		var all sync.WaitGroup
		for i := range 6 {
			repo := openRepo(t, g)
			all.Go(func() {
				x, err := Open(context.Background(), repo, Request{Tips: tips[i%2:]})
				if err != nil || x.Unsaved() != nil {
					t.Errorf("%v, %v", err, x.Unsaved())
					return
				}
				if want := []int{5 + round, 3}[i%2]; x.Len() != want {
					t.Errorf("%d commits, want %d", x.Len(), want)
				}
			})
		}
		all.Wait()
		check(t, g, open(t, openRepo(t, g), Request{Tips: tips}), tips)
		g.Write("next", fmt.Sprint(round))
		tips[0] = parse(t, g.Commit("next"))
	}
}
