package job

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/assemble"
	"mgit/internal/branches"
	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/layout"
	"mgit/internal/tree"
)

// add enters the outcome of a step into the report.
func (r *AssembleReport) add(m assemble.Merge) {
	step := MergedStep{
		Branch: stepName(m.Step), Upstream: m.Upstream, Tip: ID(m.Tip), Commit: ID(m.Commit), Outcome: string(m.Outcome),
		Conflicts: []ConflictIn{}, Against: []string{}, Resolutions: distinct(m.Resolutions), Rebuild: distinct(m.Rebuild),
	}
	switch m.Outcome {
	case assemble.Held:
		step.Reason = "requires " + m.After + ", which is not in"
	case assemble.Failed:
		step.Reason = m.Err.Error()
	case assemble.Conflict:
		for _, c := range m.Conflicts {
			step.Conflicts = append(step.Conflicts, ConflictIn{Path: Path(c.Path), Kind: c.Kind, Proposals: proposalsOf(m, c.Path)})
		}
		step.Reason = "conflict in " + r.plan.conflictPaths(m)
		if len(m.Unplaced) > 0 {
			step.Reason = unplacedReason(m.Unplaced)
		}
	}
	r.Merged = append(r.Merged, step)
	if step.Reason == "" || m.Upstream {
		return
	}
	missing := MissingBranch{Branch: m.Name, Tip: ID(m.Tip), Reason: step.Reason}
	missing.Has = ID(r.plan.present(m.Name))
	missing.Commits = len(r.plan.recipe.own.Of(m.Tip, git.ID(missing.Has)))
	r.Missing = append(r.Missing, missing)
}

// proposalsOf are the places that a path of a step may have in the target's layout; nil
// where the conflict is another one.
func proposalsOf(m assemble.Merge, path string) Paths {
	for _, u := range m.Unplaced {
		if u.Path == path {
			return u.Proposals
		}
	}
	return nil
}

// unplacedReason says what keeps a branch of the other layout out of a target.
func unplacedReason(all []layout.Unplaced) string {
	u := all[0]
	var places []string
	for _, p := range u.Proposals {
		places = append(places, ShowPath(p))
	}
	text := ShowPath(u.Path) + " has no certain place in the layout of the target: " + strings.Join(places, " or ")
	if more := len(all) - 1; more > 0 {
		text += fmt.Sprintf(", and so have %d more", more)
	}
	return text
}

// findOpponents names the branches that are in the target and change the paths of a
// conflict.
func (r *AssembleReport) findOpponents(ctx context.Context) error {
	changes := make(map[string]map[string]bool) // paths by branch
	for i, m := range r.Merged {
		for _, conflict := range m.Conflicts {
			for _, b := range r.plan.recipe.view.branches {
				if b.Raw == m.Branch || !r.plan.isThere(b.Raw, r.Merged[:i]) || slices.Contains(r.Merged[i].Against, b.Raw) {
					continue
				}
				if changes[b.Raw] == nil {
					var err error
					if changes[b.Raw], err = r.plan.changedPaths(ctx, b); err != nil {
						return fmt.Errorf("read what %s changes: %w", b.Raw, err)
					}
				}
				if changes[b.Raw][string(conflict.Path)] {
					r.Merged[i].Against = append(r.Merged[i].Against, b.Raw)
				}
			}
		}
	}
	return nil
}

// isThere reports whether a branch was in the target before, or came in with one of
// the steps.
func (p *AssemblePlan) isThere(branch string, steps []MergedStep) bool {
	return p.present(branch) != git.ZeroID || slices.ContainsFunc(steps, func(m MergedStep) bool { return m.Branch == branch && m.isIn() })
}

// changedPaths are the paths that a branch changes against what it stands on.
func (p *AssemblePlan) changedPaths(ctx context.Context, b branches.Branch) (map[string]bool, error) {
	base, err := history.Base(ctx, p.site.Repo, p.recipe.own, b.Tip)
	if err != nil {
		return nil, err
	}
	commits, err := p.scratch.Commits(ctx, []git.ID{base, b.Tip})
	if err != nil {
		return nil, err
	}
	paths := make(map[string]bool)
	return paths, tree.Diff(ctx, p.scratch, commits[0].Tree, commits[1].Tree, func(c tree.Change) error {
		paths[c.Path] = true
		return nil
	})
}

// findLeftOut takes from the branches that are left out those that are taken from
// another target all the same.
func (r *AssembleReport) findLeftOut() {
	r.LeftOut = slices.DeleteFunc(r.LeftOut, func(l LeftOutOf) bool {
		return slices.ContainsFunc(r.plan.steps, func(s assemble.Step) bool { return s.Name == l.Branch })
	})
}

func (p *AssemblePlan) conflictPaths(m assemble.Merge) string {
	var paths []string
	for _, c := range m.Conflicts {
		paths = append(paths, ShowPath(c.Path))
	}
	return fewOf(slices.Compact(slices.Sorted(slices.Values(paths))))
}

// present is the state in which a branch is in the line that the plan goes on
// from; zero when it is not.
func (p *AssemblePlan) present(branch string) git.ID {
	if p.line == nil || p.request.Fresh {
		return git.ZeroID
	}
	for _, s := range p.line.Steps() {
		if s.Name == branch {
			return s.Tip
		}
	}
	return git.ZeroID
}

// findStrangers lists what the target has and nothing that belongs to it explains, as
// far as that shows without a look at contents.
func (r *AssembleReport) findStrangers() {
	p := r.plan
	if p.line == nil || p.request.Fresh || p.request.only != nil {
		return
	}
	known := make(map[string]bool) // names that need no more mention
	for _, s := range p.steps {
		known[s.Name] = true
	}
	for _, link := range p.line.Links {
		if link.Aside {
			continue // the merge that it came in with is said
		}
		stranger := assemble.Stranger{Commit: link.Commit.ID, Subject: subject(link.Commit), Named: link.Named}
		switch link.Kind {
		case assemble.Direct:
			stranger.Kind = assemble.StrangeCommit
		case assemble.MergeOfOther:
			stranger.Kind = assemble.StrangeMerge
		case assemble.MergeOfBranch, assemble.Part:
			stranger.Kind = assemble.StrangeBranch
			for _, s := range link.Steps {
				if !s.Upstream && s.Name != "" && !known[s.Name] {
					stranger.Branch, known[s.Name] = s.Name, true
				}
			}
			if stranger.Branch == "" {
				continue
			}
		default:
			continue
		}
		r.Strangers = append(r.Strangers, reportStrangers([]assemble.Stranger{stranger})...)
	}
}
