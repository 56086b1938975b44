package job

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/upgrade"
)

// trackerFacts are what an upgrade's issues tell of its branches beyond the ledger: their
// commits, read with one walk for all of them.
type trackerFacts struct {
	site    *Site
	history *history.Own
	bases   *baseFinder
	full    map[git.ID]*git.Commit // own commits of the old branches
	tips    map[string]carriedTips // by the old branch's name
}

// carriedTips are where a branch begins and ends in an upgrade, as far as this clone has
// the commits; the others are zero.
type carriedTips struct {
	old git.ID // that was carried, else where the branch stands now
	new git.ID // as the run left it
	// parked is the end of the clean part of a parked branch.
	parked git.ID
}

func (s *Site) readTrackerFacts(ctx context.Context, ledger *upgrade.Ledger) (*trackerFacts, error) {
	f := &trackerFacts{
		site: s, bases: &baseFinder{repo: s.Repo, known: make(map[string][]git.ID)},
		full: make(map[git.ID]*git.Commit), tips: make(map[string]carriedTips),
	}
	here := s.presence()
	var tips []git.ID
	for name, e := range ledger.Entries {
		t, err := f.findTips(ctx, here, name, e)
		if err != nil {
			return nil, err
		}
		f.tips[name] = t
		for _, id := range []git.ID{t.old, t.new, t.parked} {
			if id != git.ZeroID {
				tips = append(tips, id)
			}
		}
	}
	tips = slices.Compact(slices.SortedFunc(slices.Values(tips), compareIDs))
	w := newWalk(s.Repo)
	if w.file != "" { // these are other tips than a status looks at: each keeps its own
		w.file = filepath.Join(filepath.Dir(w.file), "tracker-commits")
	}
	var err error
	if f.history, err = history.Read(ctx, w, w, tips, s.refs.upstream(s.upstream)); err != nil {
		return nil, err
	}
	return f, f.readMessages(ctx)
}

// presence tells which commits this clone has. Most are asked for because a reference
// names them, and of those nobody needs to ask git.
func (s *Site) presence() func(context.Context, git.ID) (bool, error) {
	named := make(map[git.ID]bool, len(s.refs.refs))
	for _, r := range s.refs.refs {
		named[r.Peeled] = true
	}
	return func(ctx context.Context, id git.ID) (bool, error) {
		if id != git.ZeroID && named[id] {
			return true, nil
		}
		return s.has(ctx, id)
	}
}

func (f *trackerFacts) findTips(ctx context.Context, here func(context.Context, git.ID) (bool, error), name string, e *upgrade.Entry) (t carriedTips, err error) {
	for _, tip := range []struct {
		id git.ID
		to *git.ID
	}{{e.OldTip, &t.old}, {e.NewTip, &t.new}} {
		has, err := here(ctx, tip.id)
		if err != nil {
			return t, fmt.Errorf("look for the commits of %s: %w", name, err)
		}
		if has {
			*tip.to = tip.id
		}
	}
	if t.old == git.ZeroID {
		ref, _, _ := f.site.refs.present(name, f.site.internal)
		t.old = ref.Peeled
	}
	if e.State == upgrade.StateParked && e.NewName != "" {
		t.parked = f.site.refs.commit(parkedRef(e.NewName))
	}
	return t, nil
}

// readMessages reads the old branches' commits in full: tickets and reasons stand in
// their messages.
func (f *trackerFacts) readMessages(ctx context.Context) error {
	var ids []git.ID
	for _, t := range f.tips {
		for _, c := range f.history.Of(t.old, git.ZeroID) {
			if f.full[c.ID] == nil {
				f.full[c.ID] = c
				ids = append(ids, c.ID)
			}
		}
	}
	commits, err := f.site.Repo.Store().Commits(ctx, ids)
	if err != nil {
		return fmt.Errorf("read the branches' commits: %w", err)
	}
	for _, c := range commits {
		f.full[c.ID] = c
	}
	return nil
}

// commits are the own commits of a branch's old tip, oldest first, with their messages.
func (f *trackerFacts) commits(name string) []*git.Commit {
	var all []*git.Commit
	for _, c := range f.history.Of(f.tips[name].old, git.ZeroID) {
		all = append(all, f.full[c.ID])
	}
	return all
}

// base is the upstream commit that a tip stands on.
func (f *trackerFacts) base(ctx context.Context, tip git.ID) (git.ID, error) {
	if tip == git.ZeroID {
		return git.ZeroID, nil
	}
	return history.Base(ctx, f.bases, f.history, tip)
}

// account compares what a run took with what it made: how many commits stand on the new
// tip again, and which do not. Merges are not counted, they are remade. A commit is
// known again by its author, date and message; its subject alone is in the walk, so that
// new ones are compared by that and their order.
func (f *trackerFacts) account(name string) (kept int, gone []*git.Commit) {
	t := f.tips[name]
	left := make(map[string]int)
	for _, made := range []git.ID{t.new, t.parked} {
		for _, c := range f.history.Of(made, git.ZeroID) {
			left[title(c)]++
		}
	}
	for _, c := range f.commits(name) {
		switch of := f.history.Commit(c.ID); {
		case len(c.Parents) > 1:
		case left[title(of)] > 0:
			left[title(of)]--
			kept++
		default:
			gone = append(gone, c)
		}
	}
	return kept, gone
}

// title is the subject of a commit as the walk knows it.
func title(c *git.Commit) string {
	if c == nil {
		return ""
	}
	return c.Message
}
