package upstream

import (
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/moodle"
)

// borrowMoodle makes a repository that borrows the objects of the clone of
// Moodle that MGIT_MOODLE names, so that nothing is written there, and lists the
// tips of all the clone's references.
func borrowMoodle(t testing.TB) (g *gittest.Repo, tips []git.ID) {
	t.Helper()
	dir := os.Getenv("MGIT_MOODLE")
	if dir == "" {
		t.Skip("MGIT_MOODLE names no clone of Moodle")
	}
	theirs, err := git.Open(t.Context(), dir, git.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	refs, err := theirs.Refs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range refs {
		if ref.Peeled != git.ZeroID {
			tips = append(tips, ref.Peeled)
		}
	}
	g = gittest.NewAt(t, filepath.Join(t.TempDir(), "moodle.git"), "--bare")
	alternates := filepath.Join(g.Path, "objects", "info", "alternates")
	if err := os.WriteFile(alternates, []byte(filepath.Join(theirs.CommonDir(), "objects")+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	return g, tips
}

// On real history the index says what git says, and says it at once.
func TestMoodle(t *testing.T) {
	g, tips := borrowMoodle(t)
	repo := openRepo(t, g)
	start := time.Now()
	x := open(t, repo, Request{Tips: tips})
	t.Logf("built in %v: %d commits, %d deltas, %d paths, %d blobs, %d bytes",
		time.Since(start).Round(time.Millisecond), x.Len(), x.counts.deltas, x.Paths(), x.counts.blobs, len(x.data))
	if listed := strings.Count(g.Git(append([]string{"rev-list"}, texts(tips)...)...), "\n") + 1; x.Len() != listed {
		t.Errorf("the index has %d commits, git has %d", x.Len(), listed)
	}
	const seed = 3
	random := rand.New(rand.NewPCG(seed, 0))
	t.Run("Compare", func(t *testing.T) { compareMoodle(t, g, x, random) })
	t.Run("Builds", func(t *testing.T) { buildsOfMoodle(t, x) })
	t.Run("Deltas", func(t *testing.T) { deltasOfMoodle(t, g, x, random) })
	t.Run("Extend", func(t *testing.T) { extendMoodle(t, repo, tips, x) })
	t.Run("Fast", func(t *testing.T) { speedOnMoodle(t, g, repo, tips, x) })
}

func texts(ids []git.ID) []string {
	var list []string
	for _, id := range ids {
		list = append(list, id.String())
	}
	return list
}

func inOrder(tree map[string]git.ID) iter.Seq2[string, git.ID] {
	paths := slices.Sorted(maps.Keys(tree))
	return func(yield func(string, git.ID) bool) {
		for _, path := range paths {
			if !yield(path, tree[path]) {
				return
			}
		}
	}
}

// compareMoodle: 5 random trees with random edits, each against 10 random
// commits, counted from whole trees. What a tree was made from is its nearest.
func compareMoodle(t *testing.T, g *gittest.Repo, x *Index, random *rand.Rand) {
	for range 5 {
		of := Commit(random.IntN(x.Len()))
		tree := listTree(t, g, x.ID(of))
		edits := min(20, len(tree)/10)
		for i, path := range slices.Sorted(maps.Keys(tree)) {
			if i%max(1, len(tree)/max(1, edits)) == 0 {
				tree[path] = git.ID{1, byte(i)}
			}
		}
		m := x.Compare(inOrder(tree))
		for range 10 {
			c := Commit(random.IntN(x.Len()))
			theirs := listTree(t, g, x.ID(c))
			differing := 0
			for path, blob := range theirs {
				if tree[path] != blob {
					differing++
				}
			}
			if m.Files(c) != len(theirs) || m.Differing(c) != differing {
				t.Errorf("%s: %d files and %d differ, want %d and %d", x.ID(c), m.Files(c), m.Differing(c), len(theirs), differing)
			}
		}
		if nearest := m.Nearest(1, nil); len(tree) > 0 && m.Distance(nearest[0]) != m.Distance(of) {
			t.Errorf("a tree of %s with %d edits is nearest to %s", x.ID(of), edits, x.ID(nearest[0]))
		}
	}
}

// buildsOfMoodle: each line of the table that is of a stable branch is found by
// what its version.php says.
func buildsOfMoodle(t *testing.T, x *Index) {
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "moodle", "core-builds.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	stable, introduced, unique, absent := 0, 0, 0, 0
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if !strings.HasSuffix(f[1], "_STABLE") {
			continue
		}
		c, ok := x.Find(parse(t, f[5]))
		if !ok {
			absent++
			continue
		}
		stable++
		key := KeyOf(moodle.Version{Version: f[2], Release: f[3], Branch: f[4]})
		if b, ok := x.Build(c); !ok || KeyOf(b.Version) != key || b.Path != rootVersion {
			t.Errorf("%s says %+v, want %v", f[5], b, key)
		}
		if !slices.Contains(x.Carrying(key), c) {
			t.Errorf("%v is not carried by %s", key, f[5])
		}
		all := x.Introduced(key)
		if slices.Contains(all, c) {
			introduced++
		} else if !slices.ContainsFunc(all, func(i Commit) bool { return x.IsAncestor(i, c) }) {
			t.Errorf("%v was introduced by %d commits, none of them in the history of %s", key, len(all), f[5])
		}
		if len(all) == 1 {
			unique++
		}
	}
	t.Logf("%d builds of stable branches, %d introduced by the commit of the table, %d by one commit; %d not in this clone", stable, introduced, unique, absent)
	if stable+absent < 100 || introduced < stable*9/10 {
		t.Errorf("of %d builds only %d are introduced by the commit of the table", stable, introduced)
	}
}

// deltasOfMoodle: what random commits did, by git's account.
func deltasOfMoodle(t *testing.T, g *gittest.Repo, x *Index, random *rand.Rand) {
	changes := 0
	for range 100 {
		c := Commit(random.IntN(x.Len()))
		if len(x.Parents(c)) == 0 {
			continue
		}
		raw := g.Git("diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", x.ID(x.Parents(c)[0]).String(), x.ID(c).String())
		fields := strings.Split(strings.TrimSuffix(raw, "\x00"), "\x00")
		for i := 0; i+1 < len(fields) && i < 60; i += 2 {
			words, path := strings.Fields(fields[i]), fields[i+1]
			if words[2] == words[3] {
				continue
			}
			changes++
			after := parse(t, words[3])
			if got, ok := x.At(c, path); ok != (after != git.ZeroID) || got != after {
				t.Errorf("%s has %s at %q, want %s", x.ID(c), got, path, after)
			}
			if after == git.ZeroID {
				if !slices.Contains(x.Removals(path), c) {
					t.Errorf("%s removed %q", x.ID(c), path)
				}
			} else if !slices.Contains(x.Origins(path, after), c) || !x.BlobKnown(after) || !x.HasPath(path) {
				t.Errorf("%s gave %q the content %s", x.ID(c), path, after)
			}
		}
	}
	t.Logf("%d changes of 100 commits", changes)
}

// extendMoodle: an index that was extended by the newest commits is the one that
// was built at once, and one for fewer tips is what it was before.
func extendMoodle(t *testing.T, repo *git.Repo, tips []git.ID, x *Index) {
	for _, fewer := range []int{1, 100} {
		hasChild := make(map[Commit]bool)
		var before []git.ID
		for c := Commit(x.Len()-fewer) - 1; c >= 0; c-- {
			if !hasChild[c] {
				before = append(before, x.ID(c))
			}
			for _, p := range x.Parents(c) {
				hasChild[p] = true
			}
		}
		start := time.Now()
		part := open(t, repo, Request{Tips: before})
		restricted := time.Since(start)
		if part.Len() != x.Len()-fewer {
			t.Fatalf("%d commits, want %d", part.Len(), x.Len()-fewer)
		}
		if err := save(fileOf(repo), part.data); err != nil {
			t.Fatal(err)
		}
		start = time.Now()
		extended := open(t, repo, Request{Tips: tips})
		t.Logf("%d commits fewer in %v, and again more in %v", fewer, restricted.Round(time.Millisecond), time.Since(start).Round(time.Millisecond))
		sameImage(t, "extended", x, extended)
	}
	built := open(t, repo, Request{Tips: tips[:3], Rebuild: true, ReadOnly: true})
	sameImage(t, "three tips", built, open(t, repo, Request{Tips: tips[:3]}))
}

// speedOnMoodle holds the promises about time, each by the best of several runs
// and in time of the processor, since others may want it too.
func speedOnMoodle(t *testing.T, g *gittest.Repo, repo *git.Repo, tips []git.ID, x *Index) {
	key := Key{Release: "2.5.3 (Build: 20131111)", Version: "2013051403.00", Branch: "25"}
	all := x.Introduced(key)
	if len(all) != 1 {
		t.Skipf("Moodle 2.5.3 is introduced by %d commits of this clone", len(all))
	}
	c, id := all[0], x.ID(all[0])
	files := inOrder(listTree(t, g, id))
	blob, _ := x.At(c, "lib/moodlelib.php")
	spread := make([]Commit, 500)
	for i := range spread {
		spread[i] = Commit(i * x.Len() / len(spread))
	}
	for _, promise := range []struct {
		what string
		bar  time.Duration
		run  func()
	}{
		{"open, find a commit and a build", 10 * time.Millisecond, func() {
			y := open(t, repo, Request{Tips: tips})
			y.Find(id)
			y.Introduced(key)
			y.Close()
		}},
		{"compare a tree", 25 * time.Millisecond, func() { x.Compare(files).Nearest(10, nil) }},
		{"find origins", time.Millisecond, func() { x.Origins("lib/moodlelib.php", blob) }},
		{"find removals", time.Millisecond, func() { x.Removals("lib/moodlelib.php") }},
		{"find content", time.Millisecond, func() { x.At(c, "lib/moodlelib.php") }},
		{"list all builds", 100 * time.Millisecond, func() {
			for range x.Builds() {
				continue
			}
		}},
		{"find the first builds of 500 commits", 100 * time.Millisecond, func() { x.FirstBuilds(spread) }},
	} {
		wall, best := time.Hour, time.Hour
		for range 10 {
			start, startCPU := time.Now(), processorTime(t)
			promise.run()
			wall, best = min(wall, time.Since(start)), min(best, processorTime(t)-startCPU)
		}
		t.Logf("%s: %v, of the processor %v", promise.what, wall, best)
		if best > promise.bar {
			t.Errorf("%s took %v at best, more than %v", promise.what, best, promise.bar)
		}
	}
}

// processorTime is what this process has used.
func processorTime(t testing.TB) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func BenchmarkMoodle(b *testing.B) {
	g, tips := borrowMoodle(b)
	repo := openRepo(b, g)
	x := open(b, repo, Request{Tips: tips})
	c := Commit(x.Len() * 3 / 4)
	tree := listTree(b, g, x.ID(c))
	files := inOrder(tree)
	blob, _ := x.At(c, "lib/moodlelib.php")
	b.Run("Open", func(b *testing.B) {
		for b.Loop() {
			y, err := Open(b.Context(), repo, Request{Tips: tips})
			if err != nil {
				b.Fatal(err)
			}
			y.Close()
		}
	})
	b.Run(fmt.Sprintf("Compare%dFiles", len(tree)), func(b *testing.B) {
		for b.Loop() {
			x.Compare(files)
		}
	})
	b.Run("Origins", func(b *testing.B) {
		for b.Loop() {
			x.Origins("lib/moodlelib.php", blob)
		}
	})
	b.Run("Removals", func(b *testing.B) {
		for b.Loop() {
			x.Removals("lib/moodlelib.php")
		}
	})
	b.Run("At", func(b *testing.B) {
		for b.Loop() {
			x.At(c, "lib/moodlelib.php")
		}
	})
	b.Run("OpenForFewerTips", func(b *testing.B) {
		for b.Loop() {
			y, err := Open(b.Context(), repo, Request{Tips: []git.ID{x.ID(c)}})
			if err != nil {
				b.Fatal(err)
			}
			y.Close()
		}
	})
}
