package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/moodle"
	"mgit/internal/rebase"
	"mgit/internal/resolution"
	"mgit/internal/tree"
	"mgit/internal/upgrade"
)

// earlierRuns settles conflicts as an earlier run of the same commit was settled, where
// rerere does not know the conflict: upstream has changed its surroundings since.
//
//	4.1 ── C        the commit, which conflicted on 4.5
//	4.5 ── N        what a person made of it there
//	5.0 ── ?        C conflicts here too, in other lines
//
// What N changed in the files that conflict is merged into those files as they are on
// 5.0, with 4.5's as the base: a three-way merge of files, and Git's. It is taken only
// where it is clean in all of them, and where C really conflicted on 4.5: what Git had
// merged by itself there is nothing to learn from.
//
// The pairs of C and N come from the ledgers of all upgrades, and from the origins of
// recorded resolutions. It does not matter in which clone they were made, as long as the
// commits are here. They are read when a conflict first needs them.
type earlierRuns struct {
	site    *Site
	scratch *git.Scratch
	set     resolution.Set

	lock   sync.Mutex
	isRead bool
	made   map[git.ID][]earlierResult // by old commit
}

// earlierResult is what an earlier run made of a commit.
type earlierResult struct {
	commit *git.Commit // it has one parent
	where  string      // for reports: "the upgrade to 4.5"
}

// resolve is asked by the engine when no recorded resolution fits.
func (e *earlierRuns) resolve(ctx context.Context, c rebase.Unresolved) (rebase.Resolved, bool, error) {
	if c.Merged.Err != nil || len(c.Merged.Conflicts) == 0 || !isFileConflict(c.Merged) {
		return rebase.Resolved{}, false, nil
	}
	e.lock.Lock()
	defer e.lock.Unlock()
	if err := e.read(ctx); err != nil {
		return rebase.Resolved{}, false, err
	}
	for _, made := range e.made[c.Step.Old] {
		if made.commit.Message != c.Step.Message() {
			continue // another part of the same merge
		}
		result, ok, err := e.try(ctx, c, made)
		// A commit can be here and one of its files not, in a partial clone.
		if errors.Is(err, git.ErrNotFound) {
			continue
		}
		if err != nil || ok {
			return result, ok, err
		}
	}
	return rebase.Resolved{}, false, nil
}

// isFileConflict reports whether all conflicts lie within regular files that both sides
// have and people wrote.
func isFileConflict(m git.Merged) bool {
	for _, c := range m.Conflicts {
		if c.Kind != "CONFLICT (contents)" && c.Kind != "CONFLICT (add/add)" || moodle.IsGenerated(c.Path) {
			return false
		}
		sides := 0
		for _, s := range m.Stages {
			if s.Path != c.Path {
				continue
			}
			if s.Mode != git.ModeFile && s.Mode != git.ModeExec {
				return false
			}
			if s.Stage != 1 {
				sides++
			}
		}
		if sides != 2 {
			return false
		}
	}
	return true
}

// try merges what the earlier result changed in the conflicted files.
func (e *earlierRuns) try(ctx context.Context, c rebase.Unresolved, made earlierResult) (rebase.Resolved, bool, error) {
	parents, err := e.scratch.Commits(ctx, made.commit.Parents)
	if err != nil {
		return rebase.Resolved{}, false, err
	}
	before, after := parents[0].Tree, made.commit.Tree
	var was, now, then, base, ours git.ID // trees of nothing but the files
	for _, conflict := range c.Merged.Conflicts {
		path := conflict.Path
		file, found, err := e.file(ctx, after, path)
		if err != nil || !found {
			return rebase.Resolved{}, false, err
		}
		for _, put := range []struct {
			into *git.ID
			from git.ID
		}{{&was, before}, {&now, after}, {&ours, c.Onto}, {&base, c.Step.Base}, {&then, c.Step.Theirs}} {
			f, found, err := e.file(ctx, put.from, path)
			if err != nil {
				return rebase.Resolved{}, false, err
			}
			if !found {
				continue
			}
			if *put.into, err = tree.Set(ctx, e.scratch, *put.into, path, f); err != nil {
				return rebase.Resolved{}, false, err
			}
		}
		if marked, err := e.isMarked(ctx, file, before, c.Step.Theirs, path); err != nil || marked {
			return rebase.Resolved{}, false, err
		}
	}
	for _, id := range []*git.ID{&was, &now, &then, &base, &ours} {
		if *id == git.ZeroID {
			*id = git.EmptyTree
		}
	}
	answers, err := e.scratch.MergeTrees(ctx, c.Onto, []git.Merge{
		{Base: base, Ours: was, Theirs: then}, // as it was then: a conflict
		{Base: was, Ours: ours, Theirs: now},  // as it is now
	})
	if err != nil {
		return rebase.Resolved{}, false, fmt.Errorf("merge what commit %s made of %s: %w", made.commit.ID, c.Step.Old, err)
	}
	if answers[0].Err != nil || answers[0].Clean || answers[1].Err != nil || !answers[1].Clean {
		return rebase.Resolved{}, false, nil
	}
	return e.take(ctx, c, made, answers[1].Tree)
}

// take puts the merged files into the place of the conflicted ones.
func (e *earlierRuns) take(ctx context.Context, c rebase.Unresolved, made earlierResult, merged git.ID) (rebase.Resolved, bool, error) {
	result := rebase.Resolved{Tree: c.Merged.Tree}
	for _, conflict := range c.Merged.Conflicts {
		f, found, err := e.file(ctx, merged, conflict.Path)
		if err != nil || !found {
			return rebase.Resolved{}, false, err
		}
		if result.Tree, err = tree.Set(ctx, e.scratch, result.Tree, conflict.Path, f); err != nil {
			return rebase.Resolved{}, false, err
		}
		result.Used = append(result.Used, fmt.Sprintf("commit %s of %s for %s", ID(made.commit.ID).Short(), made.where, ShowPath(conflict.Path)))
	}
	return result, true, nil
}

// file is the regular file at a path of a tree.
func (e *earlierRuns) file(ctx context.Context, root git.ID, path string) (tree.File, bool, error) {
	entry, err := e.scratch.Path(ctx, root, path)
	if errors.Is(err, git.ErrNotFound) {
		return tree.File{}, false, nil
	}
	if err != nil {
		return tree.File{}, false, err
	}
	if entry.Mode != git.ModeFile && entry.Mode != git.ModeExec {
		return tree.File{}, false, nil
	}
	return tree.File{Mode: entry.Mode, ID: entry.ID}, true, nil
}

// isMarked reports whether conflict markers were left in the file that neither side
// had.
func (e *earlierRuns) isMarked(ctx context.Context, file tree.File, before, theirs git.ID, path string) (bool, error) {
	text, err := e.scratch.Blob(ctx, file.ID)
	if err != nil {
		return false, err
	}
	if len(countMarkers(text)) == 0 {
		return false, nil
	}
	var sides [][]byte
	for _, root := range []git.ID{before, theirs} {
		f, found, err := e.file(ctx, root, path)
		if err != nil {
			return false, err
		}
		if !found {
			continue
		}
		side, err := e.scratch.Blob(ctx, f.ID)
		if err != nil {
			return false, err
		}
		sides = append(sides, side)
	}
	return addsMarkers(text, sides...), nil
}

// read finds the results of earlier runs.
func (e *earlierRuns) read(ctx context.Context) error {
	if e.isRead {
		return nil
	}
	e.isRead = true
	e.made = make(map[git.ID][]earlierResult)
	pairs, err := e.carried(ctx)
	if err != nil {
		return err
	}
	var tips []git.ID
	for _, p := range pairs {
		tips = append(tips, p.old, p.made)
		for _, at := range e.site.tipsOf(p.branch) {
			tips = append(tips, at.id)
		}
	}
	own, err := history.Read(ctx, e.site.Repo, e.scratch, tips, e.site.refs.upstream(e.site.upstream))
	if err != nil {
		return fmt.Errorf("read earlier runs: %w", err)
	}
	for _, p := range pairs {
		anew, err := e.isWrittenAnew(ctx, own, p.branch, p.made)
		if err != nil {
			return err
		}
		if !anew {
			e.pair(own, p)
		}
	}
	return e.readOrigins(ctx, own)
}

// carriedPair is a branch that an upgrade carried: the tip of the old one and that of
// the new one.
type carriedPair struct {
	old, made git.ID
	branch    string // the new one
	where     string
}

// carried lists what the ledgers say was carried, newest series first, as far as this
// clone has the commits. The new branch may have been worked on since. Where that wrote
// anew what the run left, somebody has put it right or taken it apart, and nobody can be
// sure of either: then the branch is no example.
func (e *earlierRuns) carried(ctx context.Context) ([]carriedPair, error) {
	ledgers, err := e.site.ledgers(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(ledgers, func(a, b *upgrade.Ledger) int { return compareSeries(b.Series, a.Series) })
	var pairs []carriedPair
	for _, l := range ledgers {
		for _, name := range sortedNames(l.Entries) {
			entry := l.Entries[name]
			isHere := true
			for _, id := range []git.ID{entry.OldTip, entry.NewTip} {
				here, err := e.site.has(ctx, id)
				if err != nil {
					return nil, err
				}
				isHere = isHere && here
			}
			if isHere {
				pairs = append(pairs, carriedPair{entry.OldTip, entry.NewTip, entry.NewName, "the upgrade to " + l.Series})
			}
		}
	}
	return pairs, nil
}

// isWrittenAnew reports whether a branch, here or at an internal remote, went apart from
// a commit that was in it. One that is behind it has not.
func (e *earlierRuns) isWrittenAnew(ctx context.Context, own *history.Own, branch string, made git.ID) (bool, error) {
	for _, at := range e.site.tipsOf(branch) {
		tip := at.id
		if own.Contains(tip, made) || own.Contains(made, tip) {
			continue
		}
		bases, err := e.site.Repo.MergeBases(ctx, tip, made)
		if err != nil {
			return false, fmt.Errorf("read earlier runs: %w", err)
		}
		if !slices.Contains(bases, made) && !slices.Contains(bases, tip) {
			return true, nil
		}
	}
	return false, nil
}

// pair finds the new commits by what a rebase keeps: author, date and message. One that
// is there twice, old or new, is none: it cannot be told which is which.
func (e *earlierRuns) pair(own *history.Own, p carriedPair) {
	fresh := make(map[string][]*git.Commit)
	for _, c := range own.Of(p.made, git.ZeroID) {
		if len(c.Parents) == 1 {
			fresh[identity(c)] = append(fresh[identity(c)], c)
		}
	}
	old := make(map[string][]*git.Commit)
	for _, c := range own.Of(p.old, git.ZeroID) {
		like := identity(c)
		if len(c.Parents) > 1 {
			like = strings.Join([]string{c.AuthorLine, c.Encoding, rebase.ByHandMessage(c)}, "\x00")
		}
		old[like] = append(old[like], c)
	}
	for like, commits := range old {
		if made := fresh[like]; len(made) == 1 && len(commits) == 1 && made[0].ID != commits[0].ID {
			e.add(commits[0].ID, earlierResult{made[0], p.where})
		}
	}
}

func (e *earlierRuns) add(old git.ID, made earlierResult) {
	if !slices.ContainsFunc(e.made[old], func(m earlierResult) bool { return m.commit.ID == made.commit.ID }) {
		e.made[old] = append(e.made[old], made)
	}
}

// readOrigins adds what the origins of recorded resolutions tell.
func (e *earlierRuns) readOrigins(ctx context.Context, own *history.Own) error {
	for _, r := range e.set {
		old, err := git.ParseID(r.Meta.Commit)
		if err != nil {
			continue
		}
		made, err := git.ParseID(r.Meta.Result)
		if err != nil {
			continue
		}
		here, err := e.site.has(ctx, made)
		if err != nil {
			return err
		}
		if !here {
			continue
		}
		anew, err := e.isWrittenAnew(ctx, own, r.Meta.Branch, made)
		if err != nil {
			return err
		}
		if anew {
			continue
		}
		c, err := e.scratch.Commit(ctx, made)
		if err != nil {
			return fmt.Errorf("read earlier runs: %w", err)
		}
		if len(c.Parents) == 1 {
			e.add(old, earlierResult{c, "resolution " + r.Name()})
		}
	}
	return nil
}
