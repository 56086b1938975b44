package job

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/layout"
	"mgit/internal/rebase"
	"mgit/internal/tree"
)

// settledPlaces are the paths whose place in the other layout the site has settled.
func (s *Site) settledPlaces() layout.Places {
	return layout.Places{Root: s.Config.Layout.Root, Public: s.Config.Layout.Public}
}

// relocated enters what of a branch stands elsewhere in the new layout, and says what
// names a place that is no longer right: the file .gitmodules, which Git reads its copies
// of in the configuration of clones too, and symbolic links. Neither is edited.
func (r *RebaseReport) relocated(ctx context.Context, b *BranchReport, result rebase.Result) error {
	moved := result.Relocated()
	var links []string
	for _, m := range moved {
		b.Relocated = append(b.Relocated, Relocation{From: Path(m.From), To: Path(m.To)})
		if m.Link {
			links = append(links, m.From)
		}
	}
	isMoved := slices.ContainsFunc(result.Steps, func(s rebase.Step) bool { return s.Relocation != nil })
	if !isMoved || result.Tip == git.ZeroID {
		return nil
	}
	c, err := r.scratch.Commit(ctx, result.Tip)
	if err != nil {
		return err
	}
	notes, err := r.staleSubmodules(ctx, links, c.Tree)
	if err != nil {
		return err
	}
	dangling, err := r.danglingLinks(ctx, git.ID(b.OldTip), c.Tree, moved)
	if err != nil {
		return err
	}
	for _, note := range append(notes, dangling...) {
		b.Reason = strings.TrimPrefix(b.Reason+"; "+note, "; ")
	}
	return nil
}

// staleSubmodules says which of the submodules that moved .gitmodules names by the old
// path.
func (r *RebaseReport) staleSubmodules(ctx context.Context, links []string, root git.ID) (notes []string, err error) {
	if len(links) == 0 {
		return nil, nil
	}
	entry, err := r.scratch.Path(ctx, root, ".gitmodules")
	if errors.Is(err, git.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for .gitmodules: %w", err)
	}
	text, err := r.scratch.Blob(ctx, entry.ID)
	if err != nil {
		return nil, fmt.Errorf("read .gitmodules: %w", err)
	}
	for _, link := range links {
		if namesSubmodule(string(text), link) {
			notes = append(notes, "the submodule "+ShowPath(link)+" moved, and .gitmodules still names the old path: edit it")
		}
	}
	return notes, nil
}

// danglingLinks says which symbolic links of the branch lead to nothing in its new tree,
// and led to something in the old one. A link keeps its text when it moves, and so does
// one that stays and whose target moves.
func (r *RebaseReport) danglingLinks(ctx context.Context, oldTip, root git.ID, moved []layout.Moved) (notes []string, err error) {
	old, err := r.scratch.Commit(ctx, oldTip)
	if err != nil {
		return nil, err
	}
	onto, err := r.scratch.Commit(ctx, git.ID(r.Onto.Commit))
	if err != nil {
		return nil, err
	}
	err = tree.Diff(ctx, r.scratch, onto.Tree, root, func(c tree.Change) error {
		if c.To.Mode != git.ModeLink {
			return nil
		}
		text, err := r.scratch.Blob(ctx, c.To.ID)
		if errors.Is(err, git.ErrNotFound) {
			return nil // of a partial clone: the rebase itself reads no link
		}
		if err != nil {
			return fmt.Errorf("read the link %s: %w", c.Path, err)
		}
		isThere, err := r.leadsSomewhere(ctx, root, c.Path, string(text))
		if err != nil || isThere {
			return err
		}
		wasThere, err := r.leadsSomewhere(ctx, old.Tree, oldPath(moved, c.Path), string(text))
		if err == nil && wasThere {
			notes = append(notes, "the link "+ShowPath(c.Path)+" names "+ShowPath(string(text))+", which is elsewhere now: edit it")
		}
		return err
	})
	return notes, err
}

// leadsSomewhere reports whether a tree has what a symbolic link at a path names. What is
// outside of the tree nobody can know.
func (r *RebaseReport) leadsSomewhere(ctx context.Context, root git.ID, at, text string) (bool, error) {
	target := path.Join(path.Dir(at), text)
	if path.IsAbs(text) || target == "." || target == ".." || strings.HasPrefix(target, "../") {
		return false, nil
	}
	there, err := tree.At(ctx, r.scratch, root, target)
	return there != (tree.Node{}), err
}

// oldPath is the path that a path of the new layout had.
func oldPath(moved []layout.Moved, name string) string {
	for _, m := range moved {
		if rest, ok := strings.CutPrefix(name, m.To); ok && (rest == "" || rest[0] == '/') {
			return m.From + rest
		}
	}
	return name
}

// namesSubmodule reports whether a .gitmodules file has a submodule at the path.
func namesSubmodule(text, at string) bool {
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(line, "=")
		if ok && strings.EqualFold(strings.TrimSpace(key), "path") && strings.Trim(strings.TrimSpace(value), `"`) == at {
			return true
		}
	}
	return false
}
