package merge

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/merge/mergetest"
	"mgit/internal/tree"
)

const allExceptions = BothChanged | DeletedOnOne | DeletedOnBoth | FileAndFolder

// cases is how many random merges a test run compares with git: a thousand,
// or MGIT_CASES of them (`make fuzz` asks for a hundred thousand).
func cases(t *testing.T) (n int, seed uint64) {
	n, seed = 1000, 1
	if testing.Short() {
		n = 500
	}
	if v := os.Getenv("MGIT_CASES"); v != "" {
		var err error
		if n, err = strconv.Atoi(v); err != nil {
			t.Fatalf("MGIT_CASES: %v", err)
		}
	}
	if v := os.Getenv("MGIT_SEED"); v != "" {
		var err error
		if seed, err = strconv.ParseUint(v, 10, 64); err != nil {
			t.Fatalf("MGIT_SEED: %v", err)
		}
	}
	return n, seed
}

// TestIdentityIsGits compares the rule with git on random trees. Where identity
// decides, git must be clean with the same tree.
func TestIdentityIsGits(t *testing.T) {
	t.Parallel()
	n, seed := cases(t)
	tally := compare(t, n, seed, allExceptions)
	t.Logf("seed %d, %d merges: %d decided by identity, %d asked of git and clean, %d of these for lines of files only, %d conflicting, %d crashed git",
		seed, n, tally.decided, tally.clean, tally.contents, tally.conflicts, tally.crashes)
	for _, w := range tally.wrong {
		t.Error(w)
	}
	// A case handed to git proves nothing about the rule, and one that git
	// need not see proves nothing about asking.
	if tally.decided < n/5 || tally.clean+tally.conflicts < n/5 {
		t.Errorf("of %d merges %d were decided by identity and %d by git: one share is under a fifth", n, tally.decided, tally.clean+tally.conflicts)
	}
	if tally.contents < n/50 {
		t.Errorf("%d of %d merges had nothing but lines of files undecided", tally.contents, n)
	}
}

// TestEveryExceptionIsNeeded takes each exception out of the rule: the
// comparison must notice.
func TestEveryExceptionIsNeeded(t *testing.T) {
	t.Parallel()
	_, seed := cases(t)
	for _, e := range []Reason{BothChanged, DeletedOnOne, DeletedOnBoth, FileAndFolder} {
		t.Run(e.String(), func(t *testing.T) {
			t.Parallel()
			if tally := compare(t, 200, seed, allExceptions&^e); len(tally.wrong) == 0 {
				t.Errorf("without the exception %q nothing was found wrong in 200 merges", e)
			}
		})
	}
}

type tally struct {
	decided, clean, conflicts, crashes int
	contents                           int // of the clean ones: only lines of files were undecided
	wrong                              []string
}

func compare(t *testing.T, n int, seed uint64, exceptions Reason) tally {
	t.Helper()
	ctx := context.Background()
	scratch := newScratch(t)
	r := rand.New(rand.NewPCG(seed, 0))
	var sum tally
	const batch = 500
	for done := 0; done < n; done += batch {
		all := make([]mergetest.Triple, min(batch, n-done))
		for i := range all {
			all[i] = mergetest.RandomTriple(r)
		}
		sum.add(t, ctx, scratch, all, exceptions)
		if len(sum.wrong) > 5 {
			break
		}
	}
	return sum
}

func (sum *tally) add(t *testing.T, ctx context.Context, scratch *git.Scratch, all []mergetest.Triple, exceptions Reason) {
	t.Helper()
	type question struct {
		mergetest.Triple
		ids [3]git.ID
	}
	// Attributes are those of ours, as in a checkout; cases that share them
	// share a process.
	byAttributes := make(map[git.ID][]question)
	for _, c := range all {
		q := question{Triple: c, ids: [3]git.ID{put(t, scratch, c.Base), put(t, scratch, c.Ours), put(t, scratch, c.Theirs)}}
		attributes := git.EmptyTree
		if f, ok := c.Ours[".gitattributes"]; ok && f.Mode != git.ModeLink {
			attributes = put(t, scratch, mergetest.Files{".gitattributes": f})
		}
		byAttributes[attributes] = append(byAttributes[attributes], q)
	}
	for attributes, questions := range byAttributes {
		asks := make([]git.Merge, len(questions))
		for i, q := range questions {
			asks[i] = git.Merge{Base: q.ids[0], Ours: q.ids[1], Theirs: q.ids[2]}
		}
		answers, err := scratch.MergeTrees(ctx, attributes, asks)
		if err != nil {
			t.Fatal(err)
		}
		for i, q := range questions {
			m := merger{ctx: ctx, store: scratch, exceptions: exceptions}
			id, reason, err := m.root(q.ids[0], q.ids[1], q.ids[2])
			if err != nil {
				t.Fatal(err)
			}
			same := id == answers[i].Tree || zero(answers[i].Tree) == id || q.HasOldModes() && sameFiles(t, scratch, id, answers[i].Tree)
			sum.judge(q.Triple, same, reason, answers[i])
			if reason == BothChanged && answers[i].Clean {
				sum.judgeContents(t, scratch, q.Triple, q.ids, exceptions, answers[i].Tree)
			}
		}
	}
}

func (sum *tally) judge(c mergetest.Triple, same bool, reason Reason, gits git.Merged) {
	switch {
	case errors.Is(gits.Err, git.ErrCrash):
		sum.crashes++
	case gits.Err != nil:
		sum.wrong = append(sum.wrong, "git: "+gits.Err.Error()+"\n"+c.String())
	case reason.Decided() && !gits.Clean:
		sum.wrong = append(sum.wrong, "identity decided, git sees a conflict: "+kinds(gits)+"\n"+c.String())
	case reason.Decided() && !same:
		sum.wrong = append(sum.wrong, "identity made another tree than git\n"+c.String())
	case reason.Decided():
		sum.decided++
	case gits.Clean:
		sum.clean++
	default:
		sum.conflicts++
	}
}

// judgeContents holds the tree that identity makes with the contents of Git's
// merges of single files against Git's tree.
func (sum *tally) judgeContents(t *testing.T, s *git.Scratch, c mergetest.Triple, ids [3]git.ID, exceptions Reason, gits git.ID) {
	t.Helper()
	ctx := context.Background()
	m := merger{ctx: ctx, store: s, exceptions: exceptions}
	m.contents = func(path string, base, ours, theirs tree.File) (tree.File, bool) {
		for _, f := range []tree.File{base, ours, theirs} {
			if f.Mode != git.ModeFile && f.Mode != git.ModeExec {
				return tree.File{}, false
			}
		}
		at, err := tree.At(ctx, s, gits, path)
		if err != nil {
			t.Fatal(err)
		}
		return at.File, true
	}
	id, reason, err := m.root(ids[0], ids[1], ids[2])
	if err != nil {
		t.Fatal(err)
	}
	if !reason.Decided() {
		return // another kind of file
	}
	sum.contents++
	if id != gits && !(c.HasOldModes() && sameFiles(t, s, id, gits)) {
		sum.wrong = append(sum.wrong, "identity and the contents of files made another tree than git\n"+c.String())
	}
}

// sameFiles reports whether the trees differ in nothing but how a mode is written.
func sameFiles(t *testing.T, s *git.Scratch, a, b git.ID) bool {
	t.Helper()
	same := true
	err := tree.Diff(context.Background(), s, a, b, func(tree.Change) error {
		same = false
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return same
}

func kinds(m git.Merged) string {
	var all []string
	for _, c := range m.Conflicts {
		all = append(all, c.Kind+" "+c.Path)
	}
	return strings.Join(all, ", ")
}

func newScratch(t *testing.T) *git.Scratch {
	t.Helper()
	g := gittest.New(t)
	repo, err := git.Open(context.Background(), g.Path, git.Options{Env: g.Env(), Program: os.Getenv("MGIT_GIT")})
	if err != nil {
		t.Fatal(err)
	}
	scratch, err := repo.NewScratch(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		scratch.Close()
		repo.Close()
	})
	return scratch
}

// put stores a random tree and returns its id.
func put(t *testing.T, s *git.Scratch, f mergetest.Files) git.ID {
	t.Helper()
	id, err := f.Put(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// The laws hold whatever the trees are.
func TestLaws(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	scratch := newScratch(t)
	r := rand.New(rand.NewPCG(7, 7))
	for range 300 {
		c := mergetest.RandomTriple(r)
		b, x, y := put(t, scratch, c.Base), put(t, scratch, c.Ours), put(t, scratch, c.Theirs)
		identity := func(base, ours, theirs git.ID) (git.ID, Reason) {
			id, reason, err := Identity(ctx, scratch, base, ours, theirs)
			if err != nil {
				t.Fatal(err)
			}
			return id, reason
		}
		if id, reason := identity(b, x, b); !sameFiles(t, scratch, id, x) || !reason.Decided() {
			t.Errorf("merge(b,x,b) = %s (%v), want x\n%v", id, reason, c)
		}
		if id, reason := identity(b, b, x); !sameFiles(t, scratch, id, x) || !reason.Decided() {
			t.Errorf("merge(b,b,x) = %s (%v), want x\n%v", id, reason, c)
		}
		if id, reason := identity(b, x, x); reason.Decided() && !sameFiles(t, scratch, id, x) {
			t.Errorf("merge(b,x,x) = %s, want x\n%v", id, c)
		}
		id1, r1 := identity(b, x, y)
		id2, r2 := identity(b, y, x)
		if r1 != r2 || id1 != id2 {
			t.Errorf("merge(b,x,y) = %s (%v), merge(b,y,x) = %s (%v)\n%v", id1, r1, id2, r2, c)
		}
	}
}

// The cases that taught the rule its exceptions.
func TestKnownCases(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	scratch := newScratch(t)
	f := func(pairs ...string) mergetest.Files {
		all := make(mergetest.Files)
		for p := range slices.Chunk(pairs, 2) {
			all[p[0]] = mergetest.File{Mode: git.ModeFile, Text: p[1]}
		}
		return all
	}
	for _, c := range []struct {
		name   string
		triple mergetest.Triple
		want   Reason
	}{
		{"one side only", mergetest.Triple{Base: f("a", "A"), Ours: f("a", "A", "m", "M"), Theirs: f("a", "A", "n", "N")}, 0},
		{"both edited", mergetest.Triple{Base: f("f", "A"), Ours: f("f", "B"), Theirs: f("f", "C")}, BothChanged},
		{"both added", mergetest.Triple{Base: f(), Ours: f("f", "B"), Theirs: f("f", "C")}, BothChanged},
		{"deleted and changed", mergetest.Triple{Base: f("f", "A"), Ours: f(), Theirs: f("f", "B")}, DeletedOnOne},
		{"gone on both, maybe renamed", mergetest.Triple{Base: f("b/x", "A"), Ours: f(), Theirs: f("d", "A")}, DeletedOnBoth},
		{"gone behind a change of kind", mergetest.Triple{Base: f("b/e/f/f3", "A"), Ours: f(), Theirs: f("b/e/f", "A")}, DeletedOnBoth},
		{"file and folder", mergetest.Triple{Base: f(), Ours: f("b", "A"), Theirs: f("b/b", "B")}, FileAndFolder},
		{"folder becomes file on one side", mergetest.Triple{Base: f("b/b", "B"), Ours: f("b", "A"), Theirs: f("b/b", "B")}, 0},
	} {
		_, reason, err := Identity(ctx, scratch, put(t, scratch, c.triple.Base), put(t, scratch, c.triple.Ours), put(t, scratch, c.triple.Theirs))
		if err != nil {
			t.Fatal(err)
		}
		if reason != c.want {
			t.Errorf("%s: %v, want %v", c.name, reason, c.want)
		}
	}
}
