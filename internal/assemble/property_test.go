package assemble_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"mgit/internal/assemble"
	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/history"
)

// cases is how many random merges a test run compares with git: a hundred,
// or MGIT_CASES of them.
func cases(t *testing.T) (n int, seed uint64) {
	n, seed = 100, 2 // with which each fault of TestRandomLoopsCanFail shows soon
	if testing.Short() {
		n = 60
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

// TestRandomLoopsAreGits assembles random sites with mgit and with a loop of
// `git merge --no-ff` in a checkout. After every step both must have the same
// tree, and the same steps must be left out. Now and then mgit begins anew on what
// it has so far, or on a join of it; git's loop knows of neither.
func TestRandomLoopsAreGits(t *testing.T) {
	t.Parallel()
	n, seed := cases(t)
	sum := compare(t, n, seed, nil)
	t.Logf("seed %d, %v", seed, sum)
	for _, w := range sum.wrong {
		t.Error(w)
	}
	// What was handed to git proves nothing about identity, and the reverse; a
	// merge over several bases is rare but must be met.
	if n := sum.merges(); sum.identity < n/10 || sum.contents < n/50 || sum.clean < n/10 || sum.conflicts < n/10 || sum.heads < n/50 || sum.unchanged < n/50 {
		t.Error("one share is too small to prove anything")
	}
}

// TestRandomLoopsCanFail spoils the engine in several ways: the comparison
// must notice each.
func TestRandomLoopsCanFail(t *testing.T) {
	t.Parallel()
	_, seed := cases(t)
	for name, s := range map[string]spoil{
		"attributes are not asked for": {attributes: func(git.ID) git.ID { return git.EmptyTree }},
		"attributes never change":      {attributes: func(first git.ID) git.ID { return first }},
		"one merge base of several":    {oneBase: true},
		"the oldest merge base":        {oldest: true},
		"joins are merges like others": {noJoins: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if sum := compare(t, 1500, seed, &s); len(sum.wrong) == 0 {
				t.Errorf("nothing was found wrong: %v", sum)
			}
		})
	}
}

// tally counts steps by what became of them and by who decided it.
type tally struct {
	identity, contents, clean, conflicts, unchanged, unrelated int
	heads                                                      int // of those git decided: over several bases
	joins                                                      int
	wrong                                                      []string
}

func (s *tally) add(m assemble.Merge, heads int) {
	s.heads += heads
	switch {
	case m.Outcome == assemble.Unchanged:
		s.unchanged++
	case m.Outcome == assemble.Failed:
		s.unrelated++
	case m.Outcome == assemble.Conflict:
		s.conflicts++
	case m.By == assemble.ByIdentity:
		s.identity++
	case m.By == assemble.ByContents:
		s.contents++
	default:
		s.clean++
	}
}

func (s *tally) merges() int {
	return s.identity + s.contents + s.clean + s.conflicts + s.unchanged + s.unrelated
}

func (s *tally) String() string {
	return fmt.Sprintf("%d merges: %d decided by identity, %d by it and the merges of files asked ahead, %d asked of git and clean, %d conflicting, %d of these two over several bases; %d in already, %d unrelated; %d joins",
		s.merges(), s.identity, s.contents, s.clean, s.conflicts, s.heads, s.unchanged, s.unrelated, s.joins)
}

// compare assembles random sites until n merges are done or something is wrong.
func compare(t *testing.T, n int, seed uint64, spoil *spoil) *tally {
	t.Helper()
	g := gittest.New(t)
	g.Commit("begin")
	sum := new(tally)
	r := rand.New(rand.NewPCG(seed, 5))
	for sum.merges() < n && len(sum.wrong) == 0 {
		s := open(t, g)
		var all []target
		var tips []git.ID
		for range 6 {
			b := &builder{world: s, r: r, calm: r.IntN(2) == 0}
			target := b.target()
			all = append(all, target)
			tips = append(tips, target.tips()...)
		}
		s.keep(tips...)
		for _, target := range all {
			if len(sum.wrong) == 0 {
				target.compare(s, r, sum, spoil)
			}
		}
		s.close()
	}
	return sum
}

// compare makes the target with both and enters where they differ.
func (x target) compare(s *world, r *rand.Rand, sum *tally, spoil *spoil) {
	s.t.Helper()
	var merges []assemble.Merge
	onto := x.onto
	for rest := x.steps; len(rest) > 0; {
		some := rest[:min(len(rest), 1+r.IntN(2*len(rest)))]
		rest = rest[len(some):]
		objects := &counting{Objects: s.scratch}
		result := x.run(s, objects, onto, some, spoil)
		for i, m := range result.Merges {
			sum.add(m, objects.heads[i])
		}
		merges = append(merges, result.Merges...)
		onto = result.Tip
		if len(rest) > 0 && r.IntN(3) == 0 {
			onto = x.join(s, onto, spoil)
			sum.joins++
		}
		s.keep(onto)
	}
	for i, v := range s.judge(x.onto, x.steps) {
		if got := (verdict{merges[i].Outcome, merges[i].Tree}); got != v {
			sum.wrong = append(sum.wrong, fmt.Sprintf("merge %d: step %d is for mgit %v, for git %v\n%s", sum.merges(), i, got, v, x.describe(s, merges, i)))
			return
		}
	}
}

// join commits the line so far on top of one that has all of the steps.
func (x target) join(s *world, fresh git.ID, spoil *spoil) git.ID {
	s.t.Helper()
	old := x.run(s, s.scratch, x.onto, x.steps, nil)
	c, err := s.scratch.Commit(s.t.Context(), fresh)
	if err != nil {
		s.t.Fatal(err)
	}
	message := assemble.JoinMessage("it", "", fresh)
	if spoil != nil && spoil.noJoins {
		message = "Make it afresh\n"
	}
	return s.scratch.PutCommit(&git.Commit{Tree: c.Tree, Parents: []git.ID{old.Tip, fresh}, Author: builderIdent(), Committer: builderIdent(), Message: message})
}

func (x target) run(s *world, objects assemble.Objects, onto git.ID, steps []assemble.Step, spoil *spoil) *assemble.Result {
	s.t.Helper()
	own, err := history.Read(s.t.Context(), s.repo, s.scratch, append(tipsOf(steps), onto), x.upstream)
	if err != nil {
		s.t.Fatal(err)
	}
	request := s.requestWith(onto, own, steps...)
	bases := assemble.Bases(s.repo)
	if c, ok := objects.(*counting); ok {
		request.Progress = func(assemble.Merge) { c.next() }
		if spoil != nil {
			c.Objects = &spoilt{Objects: c.Objects, world: s, spoil: *spoil}
			bases = spoiltBases{bases, *spoil, x.upstream[0]}
		}
	}
	result, err := assemble.Run(s.t.Context(), objects, bases, request)
	if err != nil {
		s.t.Fatal(err)
	}
	return result
}

// describe shows the step that went wrong and all before it.
func (x target) describe(s *world, merges []assemble.Merge, at int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "onto %s\n", x.onto)
	before := x.onto.String() + "^{tree}"
	for i, m := range merges[:at+1] {
		fmt.Fprintf(&b, "%d %s %s %s %v %v\n", i, m.Name, m.Tip, m.Outcome, m.Conflicts, m.Err)
		if i < at {
			before = m.Tree.String()
		}
	}
	tip := merges[at].Tip.String()
	b.WriteString(s.Git("log", "--graph", "--format=%h %s", tip) + "\n")
	fmt.Fprintf(&b, "the line\n%s\nthe tip\n%s", s.Git("ls-tree", "-r", before), s.Git("ls-tree", "-r", tip))
	return b.String()
}

// spoil says how an engine is spoilt.
type spoil struct {
	attributes func(first git.ID) git.ID
	oneBase    bool
	oldest     bool
	noJoins    bool
}

type spoilt struct {
	assemble.Objects
	world *world
	spoil
	first git.ID
}

func (o *spoilt) Commit(ctx context.Context, id git.ID) (*git.Commit, error) {
	c, err := o.Objects.Commit(ctx, id)
	if err == nil && o.first == git.ZeroID {
		o.first = c.Tree // of the commit that the line stands on
	}
	return c, err
}

func (o *spoilt) MergeTrees(ctx context.Context, attributes git.ID, merges []git.Merge) ([]git.Merged, error) {
	if o.attributes != nil {
		attributes = o.attributes(o.first)
	}
	if m := merges[0]; o.oneBase && m.Heads[0] != git.ZeroID {
		out, err := o.world.repo.Cmd("merge-base", m.Heads[0].String(), m.Heads[1].String()).Env(o.world.scratch.Env()...).Output(ctx)
		if err != nil {
			return nil, err
		}
		base, err := git.ParseID(strings.TrimSpace(string(out)))
		if err != nil {
			return nil, err
		}
		line, err := o.Objects.Commit(ctx, m.Heads[0])
		if err != nil {
			return nil, err
		}
		merges = []git.Merge{{Parent: base, Commit: m.Heads[1], Ours: line.Tree}}
	}
	return o.Objects.MergeTrees(ctx, attributes, merges)
}

type spoiltBases struct {
	assemble.Bases
	spoil
	root git.ID
}

func (b spoiltBases) MergeBases(ctx context.Context, x, y git.ID) ([]git.ID, error) {
	ids, err := b.Bases.MergeBases(ctx, x, y)
	if b.oldest && len(ids) > 0 {
		ids = []git.ID{b.root}
	}
	return ids, err
}
