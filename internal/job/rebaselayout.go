package job

import (
	"context"
	"errors"
	"fmt"

	"mgit/internal/git"
	"mgit/internal/rebase"
)

// checkLayouts refuses a move between Moodle's two layouts. Git would rebase a
// branch that adds mod/foo without any conflict and leave the plugin outside
// the web root.
func (p *RebasePlan) checkLayouts(ctx context.Context, all []rebase.Branch) error {
	store := p.site.Repo.Store()
	to, err := isPublic(ctx, store, git.ID(p.Onto.Commit))
	if err != nil {
		return err
	}
	seen := map[git.ID]bool{git.ZeroID: true}
	for _, b := range all {
		if seen[b.Base] || b.Skip {
			continue
		}
		seen[b.Base] = true
		from, err := isPublic(ctx, store, b.Base)
		if err != nil {
			return err
		}
		if from == to {
			continue
		}
		return &Refusal{
			ID: "layout-move",
			Text: fmt.Sprintf("%s keeps components %s, the base of %s keeps them %s: git would leave new plugins where Moodle no longer looks for them",
				p.Onto.Tag, place(to), b.Name, place(from)),
			Hint: "move to the last release before the change (v5.0.x) for now; mgit cannot map the layouts yet",
		}
	}
	return nil
}

func place(public bool) string {
	if public {
		return "below public/"
	}
	return "at the root"
}

// isPublic reports whether the commit's components live below public/.
func isPublic(ctx context.Context, s *git.Store, commit git.ID) (bool, error) {
	_, err := s.Lookup(ctx, commit.String()+":public/version.php")
	if errors.Is(err, git.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
