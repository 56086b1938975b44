package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/branches"
	"mgit/internal/crew"
	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/moodle"
	"mgit/internal/upgrade"
)

// view is what is read once to say something of many branches: one walk for the
// own commits of all of them and of the targets, the ledgers, the worktrees.
// Everything else about a branch is computed from these in memory; asking git
// branch by branch would cost more than all of it.
type view struct {
	site      *Site
	listing   branches.Listing
	series    []moodle.Series
	branches  []branches.Branch // of the series looked at
	targets   []*targetView
	ledgers   []*upgrade.Ledger
	worktrees map[string]string    // path by reference
	resolving map[string]workbench // by new name

	upgrades map[string][]BranchUpgrade // by old and by new name, oldest first

	history *history.Own
	own     map[git.ID][]*git.Commit // by tip, oldest first
	tips    map[git.ID]bool          // of the branches looked at
	bases   *baseFinder
	judging *branchJudge // nil until somebody asks
}

func readView(ctx context.Context, site *Site, listing branches.Listing, series []moodle.Series) (*view, error) {
	v := &view{
		site: site, listing: listing, series: series,
		own: make(map[git.ID][]*git.Commit), tips: make(map[git.ID]bool),
		bases: newBaseFinder(site.Repo),
	}
	worktrees := inBackground(func() (worktrees, error) { return site.readWorktrees(ctx) })
	err := v.read(ctx, series)
	places, werr := worktrees()
	v.worktrees, v.resolving = places.checkouts, places.resolving
	if err := errors.Join(err, werr); err != nil {
		return nil, err
	}
	for _, t := range v.targets {
		if err := t.read(ctx, v); err != nil {
			return nil, err
		}
	}
	v.readUpgrades()
	return v, nil
}

func (v *view) read(ctx context.Context, series []moodle.Series) error {
	var err error
	if v.ledgers, err = v.site.ledgers(ctx); err != nil {
		return err
	}
	var tips []git.ID
	for _, b := range v.listing.Branches {
		if slices.Contains(series, b.Version) {
			v.branches = append(v.branches, b)
			v.tips[b.Tip] = true
			tips = append(tips, b.Tip)
		}
	}
	for _, t := range v.listing.Targets {
		if slices.Contains(series, t.Version) {
			v.targets = append(v.targets, &targetView{PresentTarget: t})
			tips = append(tips, t.Tip)
		}
	}
	tips = append(tips, v.carriedTips(series)...)
	w := newWalk(v.site.Repo)
	v.history, err = history.Read(ctx, w, w, tips, v.site.refs.upstream(v.site.upstream))
	if err != nil {
		return err
	}
	for tip := range v.tips {
		v.own[tip] = v.history.Of(tip, git.ZeroID)
	}
	return nil
}

// carriedTips are the present tips of the branches that upgrades to the series
// have carried, in order to tell whether they have moved on since.
func (v *view) carriedTips(series []moodle.Series) []git.ID {
	var tips []git.ID
	for _, l := range v.ledgers {
		to, err := moodle.ParseSeries(l.Series)
		if err != nil || !slices.Contains(series, to) {
			continue
		}
		for name, e := range l.Entries {
			if ref, _, ok := v.site.refs.present(name, v.site.internal); ok && e.OldTip != git.ZeroID && ref.Peeled != e.OldTip {
				tips = append(tips, ref.Peeled)
			}
		}
	}
	return tips
}

// inBackground runs f at once; the function it returns waits for the answer.
func inBackground[T any](f func() (T, error)) func() (T, error) {
	var value T
	var err error
	var asked crew.Group
	asked.Go(func() { value, err = f() })
	return func() (T, error) {
		asked.Wait()
		return value, err
	}
}

// BaseException says how a branch's base differs from the series' own, which is
// the first release of the series.
type BaseException string

// The exceptions; "" is none.
const (
	BaseMinor   BaseException = "minor"   // another release of the series
	BaseSeries  BaseException = "series"  // a release of another series
	BaseWeekly  BaseException = "weekly"  // a commit between two releases
	BaseSeveral BaseException = "several" // it has merged more of upstream than one commit
	BaseNone    BaseException = "none"    // it has nothing in common with upstream
)

// standing is what a branch stands on.
type standing struct {
	base      Commit
	bases     []Commit // oldest release first
	exception BaseException
}

func (v *view) seriesBase(series moodle.Series) git.ID {
	return v.site.refs.commit("refs/tags/" + series.FirstTag().String())
}

// standing finds what a tip stands on, from its history and not from its name.
func (v *view) standing(ctx context.Context, series moodle.Series, tip git.ID) (standing, error) {
	base, err := history.Base(ctx, v.bases, v.history, tip)
	if err != nil {
		return standing{}, err
	}
	s := standing{base: v.describe(series, base), bases: []Commit{}}
	edge := v.history.Boundary(tip)
	for _, id := range edge {
		s.bases = append(s.bases, v.describe(series, id))
	}
	slices.SortFunc(s.bases, compareReleases)
	tag, err := moodle.ParseTag(s.base.Tag)
	switch {
	case base == git.ZeroID:
		s.exception = BaseNone
	case len(edge) > 1:
		s.exception = BaseSeveral
	case base == v.seriesBase(series):
	case err != nil:
		s.exception = BaseWeekly
	case tag.Series != series:
		s.exception = BaseSeries
	default:
		s.exception = BaseMinor
	}
	return s, nil
}

// describe names a commit of upstream. Where it has several tags, that of the
// series' first release is the one that people know.
func (v *view) describe(series moodle.Series, id git.ID) Commit {
	c := v.site.refs.describe(id)
	if first := series.FirstTag().String(); id != git.ZeroID && v.site.refs.commit("refs/tags/"+first) == id {
		c.Tag = first
	}
	return c
}

func compareReleases(a, b Commit) int {
	x, errX := moodle.ParseTag(a.Tag)
	y, errY := moodle.ParseTag(b.Tag)
	switch {
	case errX == nil && errY == nil:
		return x.Compare(y)
	case errX == nil:
		return -1
	case errY == nil:
		return 1
	}
	return compareIDs(git.ID(a.Commit), git.ID(b.Commit))
}

// baseFinder asks git once for every set of commits. Of the branches of a series
// that merged a minor release, most stand on the same two.
type baseFinder struct {
	repo  *git.Repo
	known map[string][]git.ID
}

func newBaseFinder(repo *git.Repo) *baseFinder {
	return &baseFinder{repo: repo, known: make(map[string][]git.ID)}
}

// Independent returns those of ids that no other of them reaches.
func (f *baseFinder) Independent(ctx context.Context, ids []git.ID) ([]git.ID, error) {
	ids = slices.SortedFunc(slices.Values(ids), compareIDs)
	var key strings.Builder
	for _, id := range ids {
		key.Write(id[:])
	}
	if known, ok := f.known[key.String()]; ok {
		return known, nil
	}
	found, err := f.repo.Independent(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("compare %d bases: %w", len(ids), err)
	}
	f.known[key.String()] = found
	return found, nil
}
