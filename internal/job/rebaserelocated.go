package job

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"mgit/internal/git"
	"mgit/internal/layout"
	"mgit/internal/rebase"
)

// settledPlaces are the paths whose place in the other layout the site has settled.
func (s *Site) settledPlaces() layout.Places {
	return layout.Places{Root: s.Config.Layout.Root, Public: s.Config.Layout.Public}
}

// relocated enters what of a branch stands elsewhere in the new layout. The file
// .gitmodules names submodules by their paths, and is not edited: Git reads its copies
// in the configuration of clones too.
func (r *RebaseReport) relocated(ctx context.Context, b *BranchReport, result rebase.Result) error {
	var links []string
	for _, m := range result.Relocated() {
		b.Relocated = append(b.Relocated, Relocation{From: Path(m.From), To: Path(m.To)})
		if m.Link {
			links = append(links, m.From)
		}
	}
	if len(links) == 0 || result.Tip == git.ZeroID {
		return nil
	}
	c, err := r.scratch.Commit(ctx, result.Tip)
	if err != nil {
		return err
	}
	entry, err := r.scratch.Path(ctx, c.Tree, ".gitmodules")
	if errors.Is(err, git.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for .gitmodules: %w", err)
	}
	text, err := r.scratch.Blob(ctx, entry.ID)
	if err != nil {
		return fmt.Errorf("read .gitmodules: %w", err)
	}
	for _, link := range links {
		if namesSubmodule(string(text), link) {
			note := "the submodule " + ShowPath(link) + " moved, and .gitmodules still names the old path: edit it"
			b.Reason = strings.TrimPrefix(b.Reason+"; "+note, "; ")
		}
	}
	return nil
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
