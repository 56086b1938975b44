package layout

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/tree"
)

// below is the folder of the web server's root in the newer layout.
const below = "public"

// Move moves trees and paths of one layout to the other. It is safe for concurrent
// use. A nil *Move moves nothing: the layouts do not differ.
//
// Its methods see the same thing from both sides: what the older layout has at p, the
// newer has at p or at public/p. Where a tree has both at once, which no release does,
// they change places, so that a tree moved there and back is the same.
type Move struct {
	objects  Objects
	fromRoot git.ID
	from, to *moodle.Layout
	top      *folder

	lock  sync.Mutex // guards what follows
	trees map[git.ID]git.ID
	parts map[part][2]git.ID
	known map[string]bool // which folders the release from has
}

// Between reads how the release whose root tree is from is moved to the layout of the
// release whose root tree is to. It is nil when the two have the same layout. A tree
// without a layout is [moodle.ErrNotMoodle] or a *[moodle.FormatError].
func Between(ctx context.Context, objects Objects, from, to git.ID, settled Places) (*Move, error) {
	before, err := IsPublic(ctx, objects, from)
	if err != nil {
		return nil, err
	}
	after, err := IsPublic(ctx, objects, to)
	if err != nil || before == after {
		return nil, err
	}
	m := &Move{
		objects: objects, fromRoot: from,
		trees: make(map[git.ID]git.ID), parts: make(map[part][2]git.ID), known: make(map[string]bool),
	}
	if m.from, err = moodle.ReadLayout(files{ctx, objects, from}); err != nil {
		return nil, fmt.Errorf("read the layout of the old release: %w", err)
	}
	if m.to, err = moodle.ReadLayout(files{ctx, objects, to}); err != nil {
		return nil, fmt.Errorf("read the layout of the new release: %w", err)
	}
	older, newer := from, to
	if before {
		older, newer = to, from
	}
	if m.top, err = readTable(ctx, objects, older, newer); err != nil {
		return nil, fmt.Errorf("compare the layouts: %w", err)
	}
	for _, l := range []*moodle.Layout{m.from, m.to} {
		m.top.addTypes(l)
	}
	m.top.settle(settled)
	return m, nil
}

// IsPublic reports whether a root tree has the newer layout, which shows in where
// Moodle's version.php is. A tree without one has the older.
func IsPublic(ctx context.Context, r tree.Reader, root git.ID) (bool, error) {
	at, err := tree.At(ctx, r, root, below+"/version.php")
	return at.File != (tree.File{}), err
}

// With is the move with more paths settled.
func (m *Move) With(settled Places) *Move {
	if m == nil || len(settled.Root)+len(settled.Public) == 0 {
		return m
	}
	top := m.top.clone()
	top.settle(settled)
	return &Move{
		objects: m.objects, fromRoot: m.fromRoot, from: m.from, to: m.to, top: top,
		trees: make(map[git.ID]git.ID), parts: make(map[part][2]git.ID), known: make(map[string]bool),
	}
}

// isForward reports whether the move goes to the newer layout.
func (m *Move) isForward() bool { return m.to.Public() }

// Path returns where the other layout has what this one has at a path, which is
// slash-separated and relative to the top. Where that is not certain, proposals are the
// places it may have, and to is where [Move.Tree] leaves it; they are nil otherwise.
func (m *Move) Path(name string) (to string, certain bool, proposals []string) {
	if m == nil {
		return name, true, nil
	}
	rest, isBelow := strings.CutPrefix(name, below+"/")
	at, _ := m.top.find(rest)
	other := name
	if at == moves {
		other = rest
		if !isBelow {
			other = below + "/" + name
		}
	}
	switch {
	case m.isForward() && isBelow:
		return other, false, []string{name} // the release has no such folder
	case m.isForward() && at == unknown:
		return name, false, []string{name, below + "/" + name}
	case !m.isForward() && isBelow && at == unknown:
		return rest, true, nil // there is one place only
	case !m.isForward() && isBelow == (at == stays) && at != unknown:
		// Nothing stands for it: a loader of a file elsewhere, or a stub.
		return other, false, []string{rest}
	}
	return other, true, nil
}

// Misplaced reports whether a path of the new layout is one that a branch must not
// add, because Moodle looks for it, or for its folder, elsewhere.
func (m *Move) Misplaced(name string) bool {
	if m == nil {
		return false
	}
	rest, isBelow := strings.CutPrefix(name, below+"/")
	if !m.isForward() {
		return isBelow
	}
	if _, _, seen := m.to.ComponentOf(name); !seen {
		return true
	}
	at, _ := m.top.find(rest)
	return at == moves && !isBelow || at == stays && isBelow
}

// Change moves what a commit does: the difference between two trees of the old
// layout. Trees that have the new layout already, as those of a person who has moved
// everything by hand, are left as they are.
func (m *Move) Change(ctx context.Context, base, theirs git.ID) (Change, error) {
	if m == nil {
		return Change{Base: base, Theirs: theirs}, nil
	}
	var c Change
	isBase, err := m.has(ctx, base)
	if err != nil {
		return c, err
	}
	isTheirs, err := m.has(ctx, theirs)
	if err != nil {
		return c, err
	}
	if base == git.EmptyTree {
		isBase = isTheirs // it has every layout
	}
	if isBase && isTheirs {
		if err := m.look(ctx, base, theirs, &c); err != nil {
			return c, err
		}
	}
	if len(c.Unplaced) > 0 {
		declared, err := m.declared(ctx, theirs, c.Unplaced)
		if err != nil {
			return c, err
		}
		if len(declared.Public) > 0 {
			return m.With(declared).Change(ctx, base, theirs)
		}
	}
	if c.Base, err = m.treeIf(ctx, isBase, base); err != nil {
		return c, err
	}
	c.Theirs, err = m.treeIf(ctx, isTheirs, theirs)
	return c, err
}

// has reports whether a tree has the layout that the move comes from.
func (m *Move) has(ctx context.Context, root git.ID) (bool, error) {
	public, err := IsPublic(ctx, m.objects, root)
	return public == m.from.Public(), err
}

func (m *Move) treeIf(ctx context.Context, isOld bool, root git.ID) (git.ID, error) {
	if !isOld {
		return root, nil
	}
	return m.Tree(ctx, root)
}

// look lists what of the difference moves and what has no certain place.
func (m *Move) look(ctx context.Context, base, theirs git.ID, c *Change) error {
	seen := make(map[string]bool)
	return tree.Diff(ctx, m.objects, base, theirs, func(d tree.Change) error {
		to, certain, proposals := m.Path(d.Path)
		at := d.Path
		isLink := d.From.Mode == git.ModeGitlink || d.To.Mode == git.ModeGitlink
		if certain {
			var err error
			if !isLink { // a submodule stands for itself, also inside of a new plugin
				at, err = m.plugin(ctx, d.Path)
			}
			if err != nil {
				return err
			}
			if d.From.Mode == 0 && m.Misplaced(to) { // by a setting
				proposals = []string{counterpart(to)}
			} else if to, proposals, err = m.placeFor(ctx, at, d.Path, to, [2]git.ID{base, theirs}); err != nil {
				return err
			}
		} else if len(proposals) > 1 {
			_, at = m.top.find(d.Path)
			proposals = []string{at, below + "/" + at}
		}
		switch {
		case seen[at] || proposals == nil && to == at:
		case proposals != nil:
			c.Unplaced = append(c.Unplaced, Unplaced{Path: at, Proposals: proposals})
		default:
			c.Moved = append(c.Moved, Moved{From: at, To: to, Link: isLink})
		}
		seen[at] = true
		return nil
	})
}

// counterpart is the other place that the newer layout has for a path.
func counterpart(name string) string {
	if rest, isBelow := strings.CutPrefix(name, below+"/"); isBelow {
		return rest
	}
	return below + "/" + name
}

// plugin is the folder of the plugin that has the path, when the old release does
// not have that plugin; otherwise the path itself.
func (m *Move) plugin(ctx context.Context, name string) (string, error) {
	c, rest, seen := m.from.ComponentOf(name)
	if !seen || c.IsCore() || rest == "" {
		return name, nil
	}
	dir := strings.TrimSuffix(name, "/"+rest)
	m.lock.Lock()
	known, asked := m.known[dir]
	m.lock.Unlock()
	if !asked {
		at, err := tree.At(ctx, m.objects, m.fromRoot, dir)
		if err != nil {
			return "", err
		}
		known = at.Dir != git.ZeroID
		m.lock.Lock()
		m.known[dir] = known
		m.lock.Unlock()
	}
	if known {
		return name, nil
	}
	return dir, nil
}

// placeFor returns where at goes, a file or the folder of a new plugin. Proposals are
// not nil where that is doubtful after all: the new release wants plugins of this type
// in another folder, or both places would be one.
func (m *Move) placeFor(ctx context.Context, at, name, to string, trees [2]git.ID) (string, []string, error) {
	if at != name {
		to = strings.TrimSuffix(to, strings.TrimPrefix(name, at))
		c, _, _ := m.from.ComponentOf(name)
		if want, ok := m.to.PathOf(c); ok && want != to {
			return to, []string{want}, nil
		}
		return to, nil, nil
	}
	rest, isBelow := strings.CutPrefix(name, below+"/")
	if m.isForward() {
		return to, nil, nil
	}
	decided, top := m.top.find(rest)
	if decided != unknown {
		return to, nil, nil
	}
	other := top
	if !isBelow {
		other = below + "/" + top
	}
	for _, root := range trees {
		there, err := tree.At(ctx, m.objects, root, other)
		if err != nil {
			return "", nil, err
		}
		if there != (tree.Node{}) {
			return to, []string{rest}, nil
		}
	}
	return to, nil, nil
}

// declared finds the unplaced folders that are known to the tree itself: a plugin of
// the branch may declare that its sub-plugins live there.
func (m *Move) declared(ctx context.Context, root git.ID, all []Unplaced) (Places, error) {
	l, err := moodle.ReadLayout(files{ctx, m.objects, root})
	if err != nil {
		return Places{}, ctx.Err() // it declares nothing that could be understood
	}
	var p Places
	for _, t := range l.Types() {
		for _, u := range all {
			if len(u.Proposals) > 1 && (t.Dir == u.Path || strings.HasPrefix(t.Dir, u.Path+"/")) && !slices.Contains(p.Public, t.Dir) {
				p.Public = append(p.Public, t.Dir)
			}
		}
	}
	return p, nil
}

// PlacedBy finds which of the paths a tree of the new layout has at exactly one of the
// places proposed, because a person put them there before.
func (m *Move) PlacedBy(ctx context.Context, root git.ID, all []Unplaced) (Places, error) {
	var p Places
	for _, u := range all {
		if len(u.Proposals) != 2 {
			continue
		}
		var there [2]bool
		for i, name := range u.Proposals {
			at, err := tree.At(ctx, m.objects, root, name)
			if err != nil {
				return p, err
			}
			there[i] = at != (tree.Node{})
		}
		switch {
		case there[0] && !there[1]:
			p.Root = append(p.Root, u.Path)
		case there[1] && !there[0]:
			p.Public = append(p.Public, u.Path)
		}
	}
	return p, nil
}
