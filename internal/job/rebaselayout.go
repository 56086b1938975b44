package job

import (
	"context"
	"errors"
	"fmt"

	"mgit/internal/git"
	"mgit/internal/rebase"
	"mgit/internal/upgrade"
)

// checkLayouts keeps branches from moving between Moodle's two layouts. Git would
// rebase a branch that adds mod/foo without any conflict and leave the plugin
// outside the web root. Where that concerns all branches the run is refused;
// a single one that stands elsewhere fails, and the others go on.
//
// all is parallel to the plan's branches.
func (p *RebasePlan) checkLayouts(ctx context.Context, all []rebase.Branch) error {
	store := p.site.Repo.Store()
	to, err := isPublic(ctx, store, git.ID(p.Onto.Commit))
	if err != nil {
		return err
	}
	public := map[git.ID]bool{git.ZeroID: to}
	var elsewhere []int
	replayed := 0
	for i, b := range all {
		if b.Skip {
			continue
		}
		replayed++
		from, known := public[b.Base]
		if !known {
			if from, err = isPublic(ctx, store, b.Base); err != nil {
				return err
			}
			public[b.Base] = from
		}
		if from != to {
			elsewhere = append(elsewhere, i)
		}
	}
	for _, i := range elsewhere {
		text := fmt.Sprintf("%s keeps components %s, the base of %s keeps them %s: git would leave new plugins where Moodle no longer looks for them",
			p.Onto.Tag, place(to), all[i].Name, place(!to))
		if len(elsewhere) == replayed {
			return &Refusal{
				ID: "layout-move", Text: text,
				Hint: "move to the last release before the change (v5.0.x) for now; mgit cannot map the layouts yet",
			}
		}
		all[i].Skip = true
		p.branches[i].outcome, p.branches[i].reason = upgrade.OutcomeFailed, "layout-move: "+text
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
