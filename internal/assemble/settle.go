package assemble

import (
	"context"
	"errors"
	"fmt"

	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/tree"
)

// settle enters Git's answer into the step. A conflict is settled by recorded
// resolutions; else, where all of it is in generated files, by the line's side
// of them; else it is left for a person.
func (r *run) settle(ctx context.Context, m *Merge, merged git.Merged) error {
	switch {
	case errors.Is(merged.Err, git.ErrCrash):
		m.Outcome = Conflict
		m.Conflicts = []git.Conflict{{Kind: "CONFLICT (git crashed)"}}
		return nil
	case merged.Err != nil:
		m.fail(merged.Err)
		return nil
	case merged.Clean:
		m.Outcome, m.Tree = Clean, merged.Tree
		return nil
	}
	if len(merged.Conflicts) == 0 { // Git has such: a conflict that it does not place
		merged.Conflicts = []git.Conflict{{Kind: "CONFLICT"}}
	}
	if r.request.Resolve != nil {
		settled, err := r.resolve(ctx, m, merged)
		if err != nil || settled {
			return err
		}
	}
	if onlyGenerated(merged.Conflicts) {
		return r.takeGenerated(ctx, m, merged)
	}
	m.Outcome, m.Conflicts = Conflict, merged.Conflicts
	return nil
}

func (r *run) resolve(ctx context.Context, m *Merge, merged git.Merged) (bool, error) {
	resolved, ok, err := r.request.Resolve(ctx, Unresolved{Step: m.Step, Ours: r.onto.tree, Merged: merged})
	if err != nil {
		return false, fmt.Errorf("use a recorded resolution for %s: %w", m.Name, err)
	}
	if !ok {
		return false, nil
	}
	m.Outcome, m.Tree = Settled, resolved.Tree
	m.Conflicts, m.Resolutions = merged.Conflicts, resolved.Used
	seen := make(map[string]bool)
	for _, c := range merged.Conflicts {
		if c.Path == "" || seen[c.Path] {
			continue
		}
		seen[c.Path] = true
		at, err := tree.At(ctx, r.objects, resolved.Tree, c.Path)
		if err != nil {
			return false, fmt.Errorf("read what became of %s: %w", c.Path, err)
		}
		m.Files = append(m.Files, File{Path: c.Path, Mode: at.File.Mode, ID: at.File.ID})
	}
	return true, nil
}

func onlyGenerated(conflicts []git.Conflict) bool {
	for _, c := range conflicts {
		if !moodle.IsGenerated(c.Path) || c.Kind != "CONFLICT (contents)" {
			return false
		}
	}
	return true
}

// takeGenerated settles a merge whose only conflicts are in generated files with
// the side that the target was built with, upstream's where a release is merged:
// merging built JavaScript by hand makes no sense, building it again does. The
// report says so.
func (r *run) takeGenerated(ctx context.Context, m *Merge, merged git.Merged) error {
	const ours, theirs = 2, 3
	side := ours
	if m.Upstream {
		side = theirs
	}
	id := merged.Tree
	for _, s := range merged.Stages {
		if s.Stage != side {
			continue
		}
		var err error
		if id, err = tree.Set(ctx, r.objects, id, s.Path, tree.File{Mode: s.Mode, ID: s.ID}); err != nil {
			return fmt.Errorf("take the target's %s: %w", s.Path, err)
		}
		m.Rebuild = append(m.Rebuild, s.Path)
	}
	m.Outcome, m.Tree = Clean, id
	return nil
}
