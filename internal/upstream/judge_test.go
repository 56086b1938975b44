package upstream

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/moodle"
)

// judge knows a history from git's own mouth: whole trees from `git ls-tree`,
// and from them everything else in the most tedious way.
type judge struct {
	ids       []git.ID // parents first
	parents   map[git.ID][]git.ID
	dates     map[git.ID]int64
	trees     map[git.ID]map[string]git.ID // files and links
	ancestors map[git.ID]map[git.ID]bool   // itself included
	builds    map[git.ID]Build
}

func newJudge(t testing.TB, g *gittest.Repo, tips []git.ID) *judge {
	t.Helper()
	j := &judge{
		parents: make(map[git.ID][]git.ID), dates: make(map[git.ID]int64), trees: make(map[git.ID]map[string]git.ID),
		ancestors: make(map[git.ID]map[git.ID]bool), builds: make(map[git.ID]Build),
	}
	args := []string{"log", "--topo-order", "--reverse", "--no-show-signature", "--format=%H %ct %P"}
	for _, tip := range tips {
		args = append(args, tip.String())
	}
	texts := make(map[git.ID]*moodle.Version)
	for line := range strings.Lines(g.Git(args...)) {
		words := strings.Fields(line)
		id := parse(t, words[0])
		j.ids = append(j.ids, id)
		if date, err := strconv.ParseInt(words[1], 10, 64); err == nil && time.Unix(date, 0).UTC().Year() < 10000 {
			j.dates[id] = date // else no calendar has it
		}
		j.ancestors[id] = map[git.ID]bool{id: true}
		for _, word := range words[2:] {
			parent := parse(t, word)
			j.parents[id] = append(j.parents[id], parent)
			maps.Copy(j.ancestors[id], j.ancestors[parent])
		}
		j.trees[id] = listTree(t, g, id)
		for _, path := range []string{"public/version.php", "version.php"} {
			if v := version(g, texts, j.trees[id][path]); v != nil {
				j.builds[id] = Build{Version: *v, Path: path}
				break
			}
		}
	}
	return j
}

func version(g *gittest.Repo, known map[git.ID]*moodle.Version, blob git.ID) *moodle.Version {
	if blob == git.ZeroID {
		return nil
	}
	if _, ok := known[blob]; !ok {
		known[blob] = nil
		text, err := g.TryGit("cat-file", "blob", blob.String())
		if v, bad := moodle.ParseVersion([]byte(text)); err == nil && bad == nil {
			known[blob] = &v
		}
	}
	return known[blob]
}

func parse(t testing.TB, s string) git.ID {
	t.Helper()
	id, err := git.ParseID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func listTree(t testing.TB, g *gittest.Repo, id git.ID) map[string]git.ID {
	t.Helper()
	files := make(map[string]git.ID)
	for entry := range strings.SplitSeq(g.Git("ls-tree", "-r", "-z", "--full-tree", id.String()), "\x00") {
		if entry == "" {
			continue
		}
		about, path, _ := strings.Cut(entry, "\t")
		if words := strings.Fields(about); words[1] == "blob" {
			files[path] = parse(t, words[2])
		}
	}
	return files
}

// key is what Key is said to be.
func (j *judge) key(id git.ID) (Key, bool) {
	b, ok := j.builds[id]
	if !ok {
		return Key{}, false
	}
	release := b.Release
	if r, err := moodle.ParseRelease(release); err == nil {
		release = r.Official()
	}
	return Key{release, b.Version.Version, b.Branch}, true
}

// first is the content of path in the first parent.
func (j *judge) before(id git.ID, path string) git.ID {
	if len(j.parents[id]) == 0 {
		return git.ZeroID
	}
	return j.trees[j.parents[id][0]][path]
}

// check compares every answer of the index with the judge's.
func (j *judge) check(t testing.TB, x *Index, random *rand.Rand) {
	t.Helper()
	if x.Len() != len(j.ids) {
		t.Fatalf("the index has %d commits, git has %d", x.Len(), len(j.ids))
	}
	j.checkCommits(t, x)
	j.checkOrder(t, x)
	j.checkPaths(t, x)
	j.checkBuilds(t, x)
	for range 4 {
		j.checkCompare(t, x, j.randomTree(random), random)
	}
}

func (j *judge) find(t testing.TB, x *Index, id git.ID) Commit {
	t.Helper()
	c, ok := x.Find(id)
	if !ok {
		t.Fatalf("commit %s is not in the index", id)
	}
	return c
}

func (j *judge) idsOf(x *Index, all []Commit) []git.ID {
	var list []git.ID
	for _, c := range all {
		list = append(list, x.ID(c))
	}
	return list
}

func (j *judge) checkCommits(t testing.TB, x *Index) {
	t.Helper()
	for _, id := range j.ids {
		c := j.find(t, x, id)
		if x.ID(c) != id {
			t.Errorf("commit %d is %s, found by %s", c, x.ID(c), id)
		}
		if got := j.idsOf(x, x.Parents(c)); !slices.Equal(got, j.parents[id]) {
			t.Errorf("the parents of %s are %v, want %v", id, got, j.parents[id])
		}
		if got, want := x.Date(c), time.Unix(j.dates[id], 0).UTC(); got != want {
			t.Errorf("the date of %s is %v, want %v", id, got, want)
		}
		for _, other := range j.ids {
			if got := x.IsAncestor(j.find(t, x, other), c); got != j.ancestors[id][other] {
				t.Errorf("%s is an ancestor of %s: %t", other, id, got)
			}
		}
	}
	if c, ok := x.Find(git.ZeroID); ok || c != None {
		t.Errorf("there is a commit without id: %d", c)
	}
}

// checkOrder: parents first, and where that leaves a choice the older one. The
// date of a commit counts as the latest one in its history.
func (j *judge) checkOrder(t testing.TB, x *Index) {
	t.Helper()
	latest := func(c Commit) int64 {
		var date int64
		for id := range j.ancestors[x.ID(c)] {
			date = max(date, j.dates[id])
		}
		return date
	}
	for c := range Commit(x.Len()) {
		for _, p := range x.Parents(c) {
			if p >= c {
				t.Errorf("commit %d has the parent %d", c, p)
			}
		}
		if c > 0 && latest(c) < latest(c-1) {
			t.Errorf("commit %d of %v stands after one of %v", c, latest(c), latest(c-1))
		}
	}
}

func (j *judge) checkPaths(t testing.TB, x *Index) {
	t.Helper()
	type content struct {
		path string
		blob git.ID
	}
	origins, removals := make(map[content][]git.ID), make(map[string][]git.ID)
	paths, blobs := map[string]bool{}, map[git.ID]bool{}
	for c := range Commit(x.Len()) { // in the order in which the answers come
		id := x.ID(c)
		for path, blob := range j.trees[id] {
			paths[path], blobs[blob] = true, true
			if j.before(id, path) != blob {
				origins[content{path, blob}] = append(origins[content{path, blob}], id)
			}
		}
		if len(j.parents[id]) > 0 {
			for path := range j.trees[j.parents[id][0]] {
				if j.trees[id][path] == git.ZeroID {
					removals[path] = append(removals[path], id)
				}
			}
		}
	}
	if x.Paths() != len(paths) {
		t.Errorf("the index has %d paths, want %d", x.Paths(), len(paths))
	}
	unknown := parse(t, strings.Repeat("ab", 20))
	blobs[git.ZeroID], blobs[unknown] = false, false
	for _, path := range []string{"", "a", "zz", "\xff\xff", "version.php", "version.php/"} {
		paths[path] = paths[path] && true
	}
	for path, is := range paths {
		if x.HasPath(path) != is {
			t.Errorf("path %q is known: %t", path, !is)
		}
		if got := j.idsOf(x, x.Removals(path)); !slices.Equal(got, removals[path]) {
			t.Errorf("%q was removed by %v, want %v", path, got, removals[path])
		}
		for _, id := range j.ids {
			blob, ok := x.At(j.find(t, x, id), path)
			if want, has := j.trees[id][path]; blob != want || ok != has {
				t.Errorf("%s has %s at %q, want %s", id, blob, path, want)
			}
		}
		for blob := range blobs {
			want := origins[content{path, blob}]
			if got := j.idsOf(x, x.Origins(path, blob)); !slices.Equal(got, want) {
				t.Errorf("%q got %s from %v, want %v", path, blob, got, want)
			}
			j.checkFirst(t, x, path, blob, want)
		}
	}
	for blob, is := range blobs {
		if x.BlobKnown(blob) != is {
			t.Errorf("blob %s is known: %t", blob, !is)
		}
	}
}

func (j *judge) checkFirst(t testing.TB, x *Index, path string, blob git.ID, origins []git.ID) {
	t.Helper()
	want := None
	for _, id := range slices.Backward(origins) {
		if c := j.find(t, x, id); want == None || len(j.parents[id]) < 2 || len(j.parents[x.ID(want)]) > 1 {
			want = c
		}
	}
	if got := x.First(path, blob); got != want {
		t.Errorf("%q first got %s from %d, want %d", path, blob, got, want)
	}
}
