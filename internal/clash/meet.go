package clash

import (
	"context"
	"maps"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/tree"
)

// meeting is a way in which two branches meet at a path.
type meeting uint8

const (
	sameFile      meeting = 1 << iota // both change it, and it is there on a side at least
	goneOnBoth                        // both remove it, perhaps renamed
	fileAndFolder                     // a file on one side, something below it on the other
	manyAncestors                     // unknown: only Git can say what both started from
)

// view is what a branch changes, seen from an ancestor.
type view struct {
	from   git.ID
	branch int
}

// change is a path that a branch changes.
type change struct {
	tree.Change
	branch int
}

// encounter is a pair of branches that meet, and what becomes of it.
type encounter struct {
	Pair
	anchor anchor
	trees  [3]git.ID // of the ancestor and of both tips, where there is one ancestor
	// both are the paths that both change, and clash tells of other ways to meet.
	both  map[string][2]tree.Change
	clash meeting
	// attributes is the tree whose .gitattributes count.
	attributes git.ID
	answer     *git.Merged // Git's, where it was asked
}

// view compares an ancestor with the tip of a branch, once.
func (f *finder) view(ctx context.Context, from git.ID, branch int) ([]change, error) {
	key := view{from, branch}
	if known, ok := f.views[key]; ok {
		return known, nil
	}
	before, err := f.treeOf(ctx, from)
	if err != nil {
		return nil, err
	}
	after, err := f.treeOf(ctx, f.request.Branches[branch].Tip)
	if err != nil {
		return nil, err
	}
	changes := []change{}
	err = tree.Diff(ctx, f.objects, before, after, func(c tree.Change) error {
		changes = append(changes, change{c, branch})
		return nil
	})
	if err != nil {
		return nil, err
	}
	f.views[key] = changes
	return changes, nil
}

// encounters finds the pairs that meet, in order. Pairs are taken together that
// have the same ancestor, which most have.
func (f *finder) encounters(ctx context.Context) ([]*encounter, error) {
	byAncestor := make(map[git.ID][]couple)
	found := make(map[couple]*encounter)
	for pair, a := range f.anchors.of {
		if !a.several {
			byAncestor[a.commit] = append(byAncestor[a.commit], pair)
		} else if f.blind&manyAncestors == 0 {
			f.encounter(found, pair).clash |= manyAncestors
		}
	}
	for from, pairs := range byAncestor {
		if err := f.meet(ctx, from, pairs, found); err != nil {
			return nil, err
		}
	}
	all := slices.Collect(maps.Values(found))
	slices.SortFunc(all, func(x, y *encounter) int { return comparePairs(x.Pair, y.Pair) })
	for _, e := range all {
		if err := f.readTrees(ctx, e); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (f *finder) encounter(found map[couple]*encounter, pair couple) *encounter {
	e := found[pair]
	if e == nil {
		e = &encounter{Pair: Pair{A: pair.a, B: pair.b}, anchor: f.anchors.of[pair], both: make(map[string][2]tree.Change)}
		found[pair] = e
	}
	return e
}

// meet finds out which of the pairs, all with the ancestor from, meet.
func (f *finder) meet(ctx context.Context, from git.ID, pairs []couple, found map[couple]*encounter) error {
	asked := make(map[couple]bool, len(pairs))
	members := make(map[int]bool)
	for _, p := range pairs {
		asked[p] = true
		members[p.a], members[p.b] = true, true
	}
	byPath := make(map[string][]change)
	branches := slices.Sorted(maps.Keys(members))
	var views []view
	for _, branch := range branches {
		if v := (view{from, branch}); f.views[v] == nil {
			views = append(views, v)
		}
	}
	if err := f.readAhead(ctx, views); err != nil {
		return err
	}
	for _, branch := range branches {
		changes, err := f.view(ctx, from, branch)
		if err != nil {
			return err
		}
		for _, c := range changes {
			byPath[c.Path] = append(byPath[c.Path], c)
		}
	}
	for path, changes := range byPath {
		for i, c := range changes {
			for _, d := range changes[i+1:] {
				if asked[couple{c.branch, d.branch}] && f.sees(c, d) {
					f.encounter(found, couple{c.branch, d.branch}).both[path] = [2]tree.Change{c.Change, d.Change}
				}
			}
		}
		if f.blind&fileAndFolder == 0 {
			f.meetFolders(path, changes, byPath, asked, found)
		}
	}
	return nil
}

// sees tells apart how two branches meet at a path.
func (f *finder) sees(c, d change) bool {
	if c.To.Mode == 0 && d.To.Mode == 0 {
		return f.blind&goneOnBoth == 0
	}
	return f.blind&sameFile == 0
}

// meetFolders looks for branches that put a file where what these branches leave
// at path needs a folder.
func (f *finder) meetFolders(path string, changes []change, byPath map[string][]change, asked map[couple]bool, found map[couple]*encounter) {
	for end := strings.IndexByte(path, '/'); end >= 0; {
		for _, file := range byPath[path[:end]] {
			for _, below := range changes {
				pair := couple{min(file.branch, below.branch), max(file.branch, below.branch)}
				if file.To.Mode != 0 && below.To.Mode != 0 && asked[pair] {
					f.encounter(found, pair).clash |= fileAndFolder
				}
			}
		}
		next := strings.IndexByte(path[end+1:], '/')
		if next < 0 {
			return
		}
		end += 1 + next
	}
}

// readTrees fills in what a merge of the pair needs.
func (f *finder) readTrees(ctx context.Context, e *encounter) error {
	for i, commit := range []git.ID{e.anchor.commit, f.request.Branches[e.A].Tip, f.request.Branches[e.B].Tip} {
		id, err := f.treeOf(ctx, commit)
		if err != nil {
			return err
		}
		e.trees[i] = id
	}
	e.attributes = e.trees[0]
	if e.anchor.several || f.changesAttributes(view{e.anchor.commit, e.A}) {
		e.attributes = e.trees[1]
	}
	if e.anchor.several {
		if err := f.meetUnanchored(ctx, e); err != nil {
			return err
		}
	}
	for path := range e.both {
		if f.isOwn(e, path) {
			e.Files = append(e.Files, path)
		}
	}
	slices.Sort(e.Files)
	return nil
}

// meetUnanchored finds the paths that both change where there is not one ancestor
// to see them from: what they differ in from what each stands on, but for what
// they have alike.
func (f *finder) meetUnanchored(ctx context.Context, e *encounter) error {
	first, err := f.view(ctx, f.changes[e.A].Base, e.A)
	if err != nil {
		return err
	}
	second, err := f.view(ctx, f.changes[e.B].Base, e.B)
	if err != nil {
		return err
	}
	byPath := make(map[string]tree.Change, len(first))
	for _, c := range first {
		byPath[c.Path] = c.Change
	}
	for _, d := range second {
		if c, ok := byPath[d.Path]; ok && c.To != d.To {
			e.both[d.Path] = [2]tree.Change{c, d.Change}
		}
	}
	return nil
}

// changesAttributes reports whether the attributes at the branch's tip may differ
// from those of the ancestor. Where they are the same, merges with the same
// ancestor can share a process.
func (f *finder) changesAttributes(v view) bool {
	return slices.ContainsFunc(f.views[v], func(c change) bool {
		return c.Path == ".gitattributes" || strings.HasSuffix(c.Path, "/.gitattributes")
	})
}

// isOwn reports whether both branches themselves change the path, and not only
// upstream between the common ancestor and what one of them stands on.
func (f *finder) isOwn(e *encounter, path string) bool {
	return e.anchor.shared || f.own[e.A][path] && f.own[e.B][path]
}
