package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/branches"
	"mgit/internal/check"
	"mgit/internal/git"
	"mgit/internal/tree"
)

// span is a part of history that is judged: what tip has and none of without.
type span struct {
	what    string // CheckedRange or CheckedBranch
	branch  string // what it is for, without refs/heads/; "" where nobody knows
	tip     git.ID
	without []git.ID // besides what is upstream's
	from    git.ID   // what the report names as compared with; zero: what the commits stand on
	own     []git.ID // its commits, oldest first, where somebody has found them already; nil: nobody has
}

// readReferences lists the references, which only a judgement of history needs.
func (c *checker) readReferences(ctx context.Context) (err error) {
	c.site.refs, err = readSnapshot(ctx, c.site.Repo)
	return err
}

// checkRange judges what is in "A..B".
func (c *checker) checkRange(ctx context.Context) (*Checked, error) {
	from, to, found := strings.Cut(c.request.Range, "..")
	to = cmp.Or(strings.TrimPrefix(to, "."), "HEAD") // A...B has the same commits of B
	if !found {
		return nil, &UsageError{
			Text: fmt.Sprintf("%q is no range of commits", c.request.Range),
			Hint: "--range A..B is what B has and A has not; --branch B judges a branch from its base",
		}
	}
	if from == "" {
		// git takes HEAD for it. In CI, where a variable was empty, that would be a range with nothing in it, which passes.
		return nil, &UsageError{
			Text: fmt.Sprintf("%q does not say from where", c.request.Range),
			Hint: "--range HEAD..B says so where HEAD is meant; --branch B judges a branch from its base",
		}
	}
	a, err := c.rangeEnd(ctx, from)
	if err != nil {
		return nil, err
	}
	b, err := c.rangeEnd(ctx, to)
	if err != nil {
		return nil, err
	}
	if err := rangeIsHere(ctx, c.site.Repo, a, b); err != nil {
		return nil, err
	}
	branch := c.request.As
	if _, isBranch := c.site.refs.ref["refs/heads/"+to]; branch == "" && isBranch {
		branch = to
	}
	if branch == "" && to == "HEAD" {
		going, err := c.site.Repo.InProgress()
		if err != nil {
			return nil, err
		}
		branch = shortBranch(going.Branch)
	}
	return c.judgeSpan(ctx, span{what: CheckedRange, branch: branch, tip: b.id, without: []git.ID{a.id}, from: a.id})
}

// rangeEnd finds the commit that somebody named.
func (c *checker) rangeEnd(ctx context.Context, name string) (rangeEnd, error) {
	end := rangeEnd{name: name}
	var err error
	end.id, err = c.site.Repo.Resolve(ctx, name)
	var bad *git.NameError
	switch {
	case errors.As(err, &bad):
		return end, &UsageError{Text: bad.Error()}
	case errors.Is(err, git.ErrNotFound):
		if shallow := commitIsNotHere(c.site.Repo, name); shallow != nil {
			return end, shallow
		}
		return end, &UsageError{Text: fmt.Sprintf("there is no commit %q here", name), Hint: "`git fetch` brings what a remote has; a commit is named as for `git rev-parse`"}
	}
	return end, err
}

// checkBranch judges one branch from its base to its tip, or a commit as if it were a branch's tip.
func (c *checker) checkBranch(ctx context.Context, name string) (*Checked, error) {
	s := span{what: CheckedBranch, branch: c.request.As}
	if s.branch == "" {
		s.branch = strings.TrimPrefix(name, "refs/heads/")
		ref, _, found := c.site.refs.present(s.branch, c.site.internal)
		if !found {
			return nil, &UsageError{Text: fmt.Sprintf("there is no branch %q", s.branch), Hint: "`mgit status` lists the branches"}
		}
		s.tip = ref.Peeled
	}
	if c.site.Repo.Shallow() {
		return nil, cutOff(s.branch)
	}
	if s.tip == git.ZeroID {
		end, err := c.rangeEnd(ctx, name)
		if err != nil {
			return nil, err
		}
		s.tip = end.id
	}
	return c.judgeBranch(ctx, s)
}

// cutOff is the refusal to judge a branch of which it cannot be told where it begins.
func cutOff(branch string) *Refusal {
	return &Refusal{
		ID: "shallow", Text: fmt.Sprintf("this clone is shallow, so that it cannot be told where %s begins", branch),
		Hint: waysToDeepen(fewestToFetch), Final: true,
	}
}

// judgeBranch judges a branch from where it begins, if that is known.
func (c *checker) judgeBranch(ctx context.Context, s span) (*Checked, error) {
	var err error
	if s.own, err = c.commitsOf(ctx, s); err != nil {
		return nil, err
	}
	if err := c.beginsSomewhere(ctx, s.branch, s.own); err != nil {
		return nil, err
	}
	return c.judgeSpan(ctx, s)
}

// judgeSpan judges a part of history: the files by what is different at its end, every message, and what must never
// have been in a commit in each of them.
func (c *checker) judgeSpan(ctx context.Context, s span) (*Checked, error) {
	j, err := c.readSpan(ctx, s)
	if err != nil {
		return nil, err
	}
	return j.done, c.ask(ctx, j, nil)
}

// spanJudgement is a part of history that is to be judged, with all that rules are told of it.
type spanJudgement struct {
	done    *Checked
	subject *check.Subject // nil: there is nothing in it
	touched []touchedBy
	waivers []check.Waiver
}

// ask asks the rules that are wanted, nil being all, and enters what they find. Not all need be asked at once.
func (c *checker) ask(ctx context.Context, j *spanJudgement, wanted func(check.Rule) bool) error {
	if j.subject == nil {
		return nil
	}
	if err := c.judgeBy(ctx, j.subject, j.done, j.waivers, wanted); err != nil {
		return err
	}
	return c.judgeHidden(ctx, j, wanted)
}

// readSpan finds out what rules are told of a part of history.
func (c *checker) readSpan(ctx context.Context, s span) (*spanJudgement, error) {
	done := &Checked{What: s.what, Branch: s.branch, From: ID(s.from), To: ID(s.tip), Findings: []CheckFinding{}, Unused: []string{}, Notes: []string{}}
	store := c.site.Repo.Store()
	ids, err := c.commitsOf(ctx, s)
	if err != nil {
		return nil, err
	}
	tip, err := store.Commit(ctx, s.tip)
	if err != nil {
		return nil, err
	}
	facts := c.site.factsOf("refs/heads/" + s.branch)
	if len(ids) == 0 && s.what == CheckedRange {
		if stands, err := c.standsOnTarget(ctx, facts, tip); err != nil || !stands {
			return &spanJudgement{done: done}, err
		}
	}
	commits, err := store.Commits(ctx, ids)
	if err != nil {
		return nil, err
	}
	edges, err := c.edges(ctx, commits)
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		edges = []*git.Commit{tip}
	}
	subject := &check.Subject{Branch: facts, Options: c.site.checkOptions()}
	subject.Older = c.older(ctx, subject.Branch, func() (branches.Listing, error) { return c.listing(), nil })
	subject.Justified = c.justified(ctx, subject.Branch, func() ([]git.ID, error) { return c.commitsOf(ctx, span{tip: s.tip, own: s.own}) })
	subject.Tree = treeFS{ctx: ctx, store: store, root: tip.Tree}
	before := git.EmptyTree
	if len(edges) > 0 {
		before = edges[0].Tree
		if s.from == git.ZeroID {
			done.From = ID(edges[0].ID)
		}
	}
	subject.Before = treeFS{ctx: ctx, store: store, root: before}
	changes, err := c.changes(ctx, before, tip.Tree)
	if err != nil {
		return nil, err
	}
	subject.Files = stagedFiles(changes, done)
	if len(edges) > 1 {
		if err := c.compareWith(ctx, subject, edges[1:]); err != nil {
			return nil, err
		}
	}
	for _, commit := range commits {
		subject.Messages = append(subject.Messages, check.Message{Commit: commit.ID, Text: commit.Message, Merge: len(commit.Parents) > 1})
	}
	if subject.StateMerged, err = c.site.stateMerges(ctx, commits); err != nil {
		return nil, err
	}
	if subject.Targets, err = c.targetsInside(ctx, facts, commits, edges); err != nil {
		return nil, err
	}
	if err := c.placeBranch(ctx, subject, s.tip); err != nil {
		return nil, err
	}
	if s.what == CheckedBranch {
		if subject.Branch.Released, err = c.isReleased(ctx, ids); err != nil {
			return nil, err
		}
	}
	touched, err := c.touched(ctx, commits)
	if err != nil {
		return nil, err
	}
	return &spanJudgement{done: done, subject: subject, touched: touched, waivers: c.trailerWaivers(commits, touched)}, nil
}

// changes are the files that differ between two trees. Only git can tell which of them were moved, so it is asked where
// some are gone and others new; a process for each branch is most of what a branch costs otherwise.
func (c *checker) changes(ctx context.Context, from, to git.ID) ([]git.IndexChange, error) {
	var all []git.IndexChange
	var gone, added bool
	err := tree.Diff(ctx, c.site.Repo.Store(), from, to, func(change tree.Change) error {
		gone = gone || change.To.Mode == 0
		added = added || change.From.Mode == 0
		one := git.IndexChange{From: change.From, To: change.To}
		one.From.Name, one.To.Name = change.Path, change.Path
		all = append(all, one)
		return nil
	})
	if err != nil || !gone || !added {
		return all, err
	}
	return c.site.Repo.TreeChanges(ctx, from, to)
}

// commitsOf are the commits of a part of history, oldest first.
func (c *checker) commitsOf(ctx context.Context, s span) ([]git.ID, error) {
	if s.own != nil {
		return s.own, nil
	}
	ids, err := c.site.Repo.RevList(ctx, []git.ID{s.tip}, slices.Concat(s.without, c.site.refs.upstream(c.site.upstream)))
	slices.Reverse(ids)
	return ids, err
}

// edges are the commits that a part of history stands on: parents of its commits that are not in it, without those that
// others of them have. The first is what it left from, as far as that can be told: the oldest.
//
//	E1---o---o---M---tip       E1 and E2 are the edges, and what E2 brought
//	            /              was judged where it is from
//	  …---E2---'
func (c *checker) edges(ctx context.Context, commits []*git.Commit) ([]*git.Commit, error) {
	inside := make(map[git.ID]bool, len(commits))
	for _, commit := range commits {
		inside[commit.ID] = true
	}
	var ids []git.ID
	for _, commit := range commits {
		for _, p := range commit.Parents {
			if !inside[p] && !slices.Contains(ids, p) {
				ids = append(ids, p)
			}
		}
	}
	if len(ids) > 1 {
		if c.bases == nil {
			c.bases = newBaseFinder(c.site.Repo)
		}
		var err error
		if ids, err = c.bases.Independent(ctx, ids); err != nil {
			return nil, err
		}
	}
	edges, err := c.site.Repo.Store().Commits(ctx, ids)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(edges, func(a, b *git.Commit) int { return a.Committer.When.Compare(b.Committer.When) })
	return edges, nil
}

// placeBranch adds what one of the site's branches stands on.
func (c *checker) placeBranch(ctx context.Context, subject *check.Subject, tip git.ID) error {
	if subject.Branch.Kind != check.Ours || tip == git.ZeroID {
		return nil
	}
	base, found, err := c.site.standsOn(ctx, subject.Branch.Series, tip)
	if err != nil {
		return err
	}
	subject.Branch.Base = base
	if found == git.ZeroID || base.State == check.BaseWrong {
		return nil
	}
	commit, err := c.site.Repo.Store().Commit(ctx, found)
	if err != nil {
		return err
	}
	subject.Pristine = treeFS{ctx: ctx, store: c.site.Repo.Store(), root: commit.Tree}
	return nil
}

// isReleased reports whether a release of the site holds any of the commits.
func (c *checker) isReleased(ctx context.Context, ids []git.ID) (bool, error) {
	if c.released == nil {
		var tips []git.ID
		for _, ref := range c.site.refs.refs {
			name, isTag := strings.CutPrefix(ref.Name, "refs/tags/")
			if isTag && ref.Peeled != git.ZeroID && c.site.isReleaseTag(name) {
				tips = append(tips, ref.Peeled)
			}
		}
		held, err := c.site.Repo.RevList(ctx, tips, c.site.refs.upstream(c.site.upstream))
		if err != nil {
			return false, err
		}
		c.released = make(map[git.ID]bool, len(held))
		for _, id := range held {
			c.released[id] = true
		}
	}
	return slices.ContainsFunc(ids, func(id git.ID) bool { return c.released[id] }), nil
}
