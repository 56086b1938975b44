package job

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"slices"

	"mgit/internal/check"
	"mgit/internal/git"
	"mgit/internal/moodle"
)

// Bounds of the way back to the release that a branch stands on. A branch has some dozen commits of its own; an
// imported plugin may bring a thousand.
const (
	deepestBase = 2000 // commits that are looked at
	skewedBase  = 100  // … of those that are older than the base: clocks go wrong
)

// standsOn says what a branch of a series stands on, and finds the commit of that; zero where nobody knows.
//
//	v4.5.0---o---o---tip      fits
//	v4.5.0---…---v4.5.2---o   a later minor release, an exception that is allowed
//	v4.4.0---o---o---tip      wrong
func (s *Site) standsOn(ctx context.Context, series moodle.Series, tip git.ID) (check.Base, git.ID, error) {
	base := check.Base{Want: series.FirstTag().String()}
	const near = 2 // series before and after: whoever stands elsewhere is slower to judge
	tags, err := s.releases(ctx, series, near)
	if err != nil {
		return base, git.ZeroID, err
	}
	var want git.ID
	for id, tag := range tags {
		if tag.String() == base.Want {
			want = id
		}
	}
	if want == git.ZeroID {
		return check.Base{}, git.ZeroID, nil // the tag was not fetched
	}
	first, err := s.Repo.Store().Commit(ctx, want)
	if err != nil {
		return base, git.ZeroID, err
	}
	since := first.Committer.When.Unix()
	found, known, err := s.newestRelease(ctx, tip, tags, since)
	if err == nil && found == git.ZeroID && known {
		if tags, err = s.releases(ctx, series, -1); err == nil {
			found, known, err = s.newestRelease(ctx, tip, tags, 0)
		}
	}
	if err != nil {
		return base, git.ZeroID, err
	}
	switch tag := tags[found]; {
	case found == want:
		base.State, base.Found = check.BaseFits, base.Want
	case found != git.ZeroID && tag.Series == series:
		base.State, base.Found = check.BaseLater, tag.String()
	case found != git.ZeroID:
		base.State, base.Found = check.BaseWrong, tag.String()
	case known:
		base.State = check.BaseWrong
	}
	return base, found, nil
}

// releases finds the tags of a series and the first ones of some series before and after, by the commits they name;
// near below zero is all series.
func (s *Site) releases(ctx context.Context, series moodle.Series, near int) (map[git.ID]moodle.Tag, error) {
	names, err := s.Repo.TagNames()
	if err != nil {
		return nil, err
	}
	var all []moodle.Tag
	for _, name := range names {
		if tag, err := moodle.ParseTag(name); err == nil && tag.Pre == "" && (tag.Series == series || tag.Patch == 0) {
			all = append(all, tag)
		}
	}
	slices.SortFunc(all, moodle.Tag.Compare)
	from := slices.IndexFunc(all, func(t moodle.Tag) bool { return t.Series == series })
	if from < 0 {
		return nil, nil
	}
	if near >= 0 {
		to := from
		for to < len(all) && all[to].Series == series {
			to++
		}
		all = all[max(from-near, 0):min(to+near, len(all))]
	}
	refs := make([]string, len(all))
	for i, tag := range all {
		refs[i] = "refs/tags/" + tag.String()
	}
	ids, err := s.Repo.ResolveAll(ctx, refs)
	if err != nil {
		return nil, err
	}
	found := make(map[git.ID]moodle.Tag)
	for i, id := range ids {
		if id != git.ZeroID {
			found[id] = all[i]
		}
	}
	return found, nil
}

// newestRelease walks back from a commit, newest first, to the first one that has a tag. It is zero where there is
// none that is about as new as since (0: as old as may be); known is false where history ends before that is sure.
func (s *Site) newestRelease(ctx context.Context, tip git.ID, tags map[git.ID]moodle.Tag, since int64) (found git.ID, known bool, err error) {
	store := s.Repo.Store()
	var queue commitQueue
	seen := map[git.ID]bool{tip: true}
	older, known := 0, true
	next := []git.ID{tip}
	for count := 0; ; count++ {
		for _, id := range next {
			c, err := store.Commit(ctx, id)
			if errors.Is(err, git.ErrNotFound) {
				known = false // a shallow clone
				continue
			}
			if err != nil {
				return git.ZeroID, false, err
			}
			heap.Push(&queue, c)
		}
		if len(queue) == 0 || older > skewedBase {
			return git.ZeroID, known, nil
		}
		if count > deepestBase {
			return git.ZeroID, false, nil
		}
		c := heap.Pop(&queue).(*git.Commit)
		if _, tagged := tags[c.ID]; tagged {
			return c.ID, true, nil
		}
		if c.Committer.When.Unix() < since {
			older++
		}
		next = slices.DeleteFunc(slices.Clone(c.Parents), func(id git.ID) bool {
			again := seen[id]
			seen[id] = true
			return again
		})
	}
}

// commitQueue is a heap of commits, the newest first.
type commitQueue []*git.Commit

func (q commitQueue) Len() int      { return len(q) }
func (q commitQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q commitQueue) Less(i, j int) bool {
	return cmp.Compare(q[i].Committer.When.Unix(), q[j].Committer.When.Unix()) > 0
}
func (q *commitQueue) Push(c any) { *q = append(*q, c.(*git.Commit)) }
func (q *commitQueue) Pop() any {
	last := len(*q) - 1
	c := (*q)[last]
	*q = (*q)[:last]
	return c
}
