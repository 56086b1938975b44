package clash

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/history"
	"mgit/internal/merge/mergetest"
)

// cases is how many random sites, of 21 pairs, a test run compares with git: some dozens, or one
// for every fifty of MGIT_CASES.
func cases(t *testing.T) (n int, seed uint64) {
	n, seed = 15, 1
	if testing.Short() {
		n = 10
	}
	if v := os.Getenv("MGIT_CASES"); v != "" {
		all, err := strconv.Atoi(v)
		if err != nil {
			t.Fatalf("MGIT_CASES: %v", err)
		}
		n = max(1, all/50)
	}
	if v := os.Getenv("MGIT_SEED"); v != "" {
		var err error
		if seed, err = strconv.ParseUint(v, 10, 64); err != nil {
			t.Fatalf("MGIT_SEED: %v", err)
		}
	}
	return n, seed
}

// TestRandomPairsAreGits holds all pairs of random branches against `git merge-tree
// --write-tree A B`, one process each, with A's attributes checked out.
func TestRandomPairsAreGits(t *testing.T) {
	t.Parallel()
	n, seed := cases(t)
	var sum tally
	sum.compare(t, n, seed, 0)
	t.Logf("seed %d, %d sites, %d pairs: %d do not meet, %d decided by identity, %d asked of git and clean, %d conflicting, %d crashed git",
		seed, n, sum.pairs, sum.apart, sum.decided, sum.clean, sum.conflicts, sum.crashes)
	for _, w := range sum.wrong {
		t.Error(w)
	}
	// Pairs that are asked of git prove nothing about those that are not.
	if sum.apart < sum.pairs/5 || sum.conflicts < sum.pairs/10 {
		t.Errorf("of %d pairs %d do not meet and %d conflict: too few to prove anything", sum.pairs, sum.apart, sum.conflicts)
	}
}

// TestEveryMeetingIsNeeded takes each way of meeting out: the comparison must
// notice.
func TestEveryMeetingIsNeeded(t *testing.T) {
	t.Parallel()
	_, seed := cases(t)
	for name, m := range map[string]meeting{
		"same file": sameFile, "gone on both": goneOnBoth, "file and folder": fileAndFolder, "many ancestors": manyAncestors,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sum tally
			if sum.compare(t, 200, seed, m); len(sum.wrong) == 0 {
				t.Errorf("without %q nothing was found wrong in %d pairs", name, sum.pairs)
			}
		})
	}
}

type tally struct {
	pairs, apart, decided, clean, conflicts, crashes int
	wrong                                            []string
}

func (sum *tally) compare(t *testing.T, n int, seed uint64, blind meeting) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	const batch = 10
	for done := 0; done < n && len(sum.wrong) == 0; done += batch {
		j := newJudge(t)
		var all []*site
		for range min(batch, n-done) {
			all = append(all, j.randomSite(r))
		}
		j.install(all)
		for _, s := range all {
			if len(sum.wrong) == 0 {
				sum.add(t, j, s, blind)
			}
		}
		j.close()
	}
}

func (sum *tally) add(t *testing.T, j *judge, s *site, blind meeting) {
	t.Helper()
	own, err := history.Read(t.Context(), j.repo, j.repo.Store(), s.tips(), s.upstream)
	if err != nil {
		t.Fatal(err)
	}
	f := &finder{objects: j.scratch, request: Request{Branches: s.branches, History: own}, blind: blind}
	m, err := f.find(t.Context(), j.repo)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[couple]Pair)
	for _, p := range m.Pairs {
		found[couple{p.A, p.B}] = p
	}
	met, err := f.encounters(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	asks, err := f.undecided(t.Context(), met)
	if err != nil {
		t.Fatal(err)
	}
	for pair := range f.anchors.of {
		sum.pairs++
		p := found[pair]
		isPair := func(e *encounter) bool { return e.A == pair.a && e.B == pair.b }
		conflicts, paths, crashed := j.merge(s, pair)
		switch {
		case crashed || errors.Is(p.Err, git.ErrCrash):
			sum.crashes++
		case conflicts != (p.Level == Conflict):
			sum.wrong = append(sum.wrong, fmt.Sprintf("git sees a conflict: %t, %v; clash says %v of it\n%s", conflicts, paths, p.Level, s.describe(pair)))
		case conflicts && !slices.Equal(paths, conflicted(p)):
			sum.wrong = append(sum.wrong, fmt.Sprintf("git sees conflicts in %q, clash in %q\n%s", paths, conflicted(p), s.describe(pair)))
		case conflicts:
			sum.conflicts++
		case slices.ContainsFunc(asks, isPair):
			sum.clean++
		case slices.ContainsFunc(met, isPair):
			sum.decided++
		default:
			sum.apart++
		}
	}
}

func conflicted(p Pair) []string {
	var paths []string
	for _, c := range p.Conflicts {
		paths = append(paths, c.Path)
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// site is a random upstream with random branches.
type site struct {
	upstream []git.ID
	branches []Branch
	files    map[git.ID]mergetest.Files
	commits  map[git.ID]*git.Commit
}

func (s *site) tips() []git.ID {
	var tips []git.ID
	for _, b := range s.branches {
		tips = append(tips, b.Tip)
	}
	return tips
}

// describe draws the histories of both, each commit with what it changes.
func (s *site) describe(pair couple) string {
	var b strings.Builder
	seen := make(map[git.ID]bool)
	var show func(id git.ID)
	show = func(id git.ID) {
		if seen[id] {
			return
		}
		seen[id] = true
		parents := s.commits[id].Parents
		fmt.Fprintf(&b, "%s with parents %v\n", id, parents)
		before := mergetest.Files{}
		if len(parents) > 0 {
			before = s.files[parents[0]]
		}
		now := s.files[id]
		changed, gone := make(mergetest.Files), make(mergetest.Files)
		for path, c := range now {
			if before[path] != c {
				changed[path] = c
			}
		}
		for path, c := range before {
			if now[path] == (mergetest.File{}) {
				gone[path] = c
			}
		}
		fmt.Fprintf(&b, "%v gone\n%v", changed, gone)
		for _, p := range parents {
			show(p)
		}
	}
	for _, i := range []int{pair.a, pair.b} {
		fmt.Fprintf(&b, "%s: %s\n", s.branches[i].Name, s.branches[i].Tip)
		show(s.branches[i].Tip)
	}
	return b.String()
}

// judge is git itself, in a repository that holds many sites.
type judge struct {
	t       *testing.T
	repo    *git.Repo
	scratch *git.Scratch
	at      *gittest.Repo
	clock   time.Time
	trees   map[git.ID]string // folders with the attributes of commits
}

func newJudge(t *testing.T) *judge {
	t.Helper()
	at := gittest.New(t)
	repo, err := git.Open(t.Context(), at.Path, git.Options{Env: at.Env(), Program: os.Getenv("MGIT_GIT")})
	if err != nil {
		t.Fatal(err)
	}
	scratch, err := repo.NewScratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &judge{t: t, repo: repo, scratch: scratch, at: at, clock: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), trees: make(map[git.ID]string)}
}

func (j *judge) close() {
	if err := errors.Join(j.scratch.Close(), j.repo.Close(), os.RemoveAll(j.at.Path)); err != nil {
		j.t.Error(err)
	}
}

// install writes the commits of the sites into the repository, as plain git will
// read them.
func (j *judge) install(sites []*site) {
	j.t.Helper()
	var tips []git.ID
	for _, s := range sites {
		tips = append(append(tips, s.tips()...), s.upstream...)
	}
	pack, err := j.scratch.WritePack(j.t.Context(), tips)
	if err == nil {
		err = j.repo.InstallPack(pack)
	}
	if err != nil {
		j.t.Fatal(err)
	}
}

// randomSite makes an upstream of three commits and some branches: most on the
// first one, others on a later one, stacked on each other, with a later upstream
// merged, or merged into each other crosswise, which leaves two common ancestors.
func (j *judge) randomSite(r *rand.Rand) *site {
	s := &site{files: make(map[git.ID]mergetest.Files), commits: make(map[git.ID]*git.Commit)}
	first := mergetest.RandomFiles(r)
	for range 3 {
		below := mergetest.RandomFiles(r)
		dir := fmt.Sprintf("p%d/", r.IntN(6))
		for _, path := range slices.Sorted(maps.Keys(below)) {
			mergetest.Put(first, dir+path, below[path])
		}
	}
	up := []git.ID{j.commit(s, first)}
	for range 2 {
		up = append(up, j.commit(s, edited(r, s.files[up[len(up)-1]]), up[len(up)-1]))
	}
	s.upstream = up[2:]
	add := func(tip git.ID) {
		s.branches = append(s.branches, Branch{Name: fmt.Sprintf("b%d", len(s.branches)), Tip: tip})
	}
	for len(s.branches) < 7 {
		on := up[0]
		switch r.IntN(12) {
		case 0:
			on = up[1]
		case 1, 2:
			if len(s.branches) > 0 {
				on = s.branches[r.IntN(len(s.branches))].Tip
			}
		case 3: // has merged what upstream did since
			one := j.commit(s, edited(r, s.files[up[0]]), up[0])
			add(j.commit(s, edited(r, s.files[one]), one, up[1+r.IntN(2)]))
			continue
		case 4: // crosswise
			one, two := j.commit(s, edited(r, s.files[up[0]]), up[0]), j.commit(s, edited(r, s.files[up[0]]), up[0])
			add(j.commit(s, edited(r, s.files[one]), one, two))
			add(j.commit(s, edited(r, s.files[two]), two, one))
			continue
		}
		tip := j.commit(s, edited(r, s.files[on]), on)
		if r.IntN(3) == 0 {
			tip = j.commit(s, edited(r, s.files[tip]), tip)
		}
		add(tip)
	}
	return s
}

func edited(r *rand.Rand, f mergetest.Files) mergetest.Files {
	f = maps.Clone(f)
	for range 1 + r.IntN(2) {
		mergetest.Edit(r, f)
	}
	return f
}

func (j *judge) commit(s *site, f mergetest.Files, parents ...git.ID) git.ID {
	j.t.Helper()
	tree, err := f.Put(j.scratch)
	if err != nil {
		j.t.Fatal(err)
	}
	if tree == git.ZeroID {
		tree = git.EmptyTree
	}
	j.clock = j.clock.Add(time.Minute)
	who := git.Signature{Name: "Ann", Email: "ann@example.org", When: j.clock}
	id := j.scratch.PutCommit(&git.Commit{Tree: tree, Parents: parents, Author: who, Committer: who, Message: "Change\n"})
	s.files[id], s.commits[id] = f, &git.Commit{Parents: parents}
	return id
}

// merge asks git alone, one process for one pair.
func (j *judge) merge(s *site, pair couple) (conflicts bool, paths []string, crashed bool) {
	j.t.Helper()
	a, b := s.branches[pair.a].Tip, s.branches[pair.b].Tip
	cmd := exec.CommandContext(context.Background(), "git", "-c", "merge.directoryRenames=false", "-c", "merge.renames=true",
		"merge-tree", "--write-tree", "--allow-unrelated-histories", "-z", "--name-only", "--no-messages", a.String(), b.String())
	cmd.Dir = j.checkout(s, a)
	cmd.Env = append(j.at.Env(), "GIT_DIR="+filepath.Join(j.at.Path, ".git"), "GIT_WORK_TREE="+cmd.Dir, "GIT_INDEX_FILE="+filepath.Join(cmd.Dir, "..", "no-index"))
	out, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return false, nil, false
	case !errors.As(err, &exit):
		j.t.Fatal(err)
	case exit.ExitCode() != 1:
		return false, nil, true
	}
	paths = strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")[1:]
	for i, path := range paths { // a file that had to make way for a folder
		for _, side := range []git.ID{a, b} {
			if at := strings.LastIndex(path, "~"+side.String()); at >= 0 {
				paths[i] = path[:at]
			}
		}
	}
	slices.Sort(paths)
	return true, slices.Compact(paths), false
}

// checkout is a folder with the attributes of a commit, as its work tree has them.
func (j *judge) checkout(s *site, id git.ID) string {
	j.t.Helper()
	if dir, ok := j.trees[id]; ok {
		return dir
	}
	dir := filepath.Join(j.at.Path, "trees", id.String())
	if err := os.MkdirAll(dir, 0o777); err != nil {
		j.t.Fatal(err)
	}
	for path, c := range s.files[id] {
		if filepath.Base(path) != ".gitattributes" || c.Mode == git.ModeLink || c.Mode == git.ModeGitlink {
			continue
		}
		file := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			j.t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(c.Text), 0o666); err != nil {
			j.t.Fatal(err)
		}
	}
	j.trees[id] = dir
	return dir
}
