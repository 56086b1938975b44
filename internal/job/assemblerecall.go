package job

import (
	"context"
	"fmt"
	"slices"

	"mgit/internal/assemble"
	"mgit/internal/git"
)

// recaller settles conflicts as they were settled before: by recorded resolutions,
// else as a merge of the same target or of another one of its series has settled the
// same versions of the same files. Their lines are read when a conflict first needs
// them.
type recaller struct {
	plan     *AssemblePlan
	recorded func(context.Context, git.Merged) (git.ID, []string, error)
	lines    []recallLine
	isRead   bool
}

type recallLine struct {
	target string
	line   *assemble.Line
}

// resolve is asked by the engine.
func (r *recaller) resolve(ctx context.Context, c assemble.Unresolved) (assemble.Resolved, bool, error) {
	tree, used, err := r.recorded(ctx, c.Merged)
	if err != nil || len(used) > 0 {
		return assemble.Resolved{Tree: tree, Used: used}, len(used) > 0, err
	}
	if err := r.read(ctx); err != nil {
		return assemble.Resolved{}, false, err
	}
	for _, l := range r.lines {
		found, ok, err := l.line.Recall(ctx, r.plan.scratch, c.Merged)
		if err != nil {
			return assemble.Resolved{}, false, err
		}
		if !ok {
			continue
		}
		resolved := assemble.Resolved{Tree: found.Tree}
		for _, f := range found.Files {
			resolved.Used = append(resolved.Used, fmt.Sprintf("merge %s of %s for %s", ID(f.Commit).Short(), l.target, ShowPath(f.Path)))
		}
		return resolved, true, nil
	}
	return assemble.Resolved{}, false, nil
}

// read reads the lines of the series' targets, the plan's own first.
func (r *recaller) read(ctx context.Context) error {
	if r.isRead {
		return nil
	}
	r.isRead = true
	p := r.plan
	listing := p.site.refs.listing(p.site.Scheme, p.site.internal)
	names, tips := []string{p.recipe.target.Raw}, []git.ID{p.start}
	for _, t := range listing.Targets {
		if t.Version.Compare(p.recipe.target.Version) == 0 && !slices.Contains(names, t.Raw) {
			names, tips = append(names, t.Raw), append(tips, t.Tip)
		}
	}
	others := *p.recipe // what the engine works with stays as it is
	if err := others.readOwn(ctx, p.site, slices.DeleteFunc(slices.Clone(tips), func(id git.ID) bool { return id == git.ZeroID })...); err != nil {
		return err
	}
	for i, name := range names {
		line, err := others.readLine(ctx, p.site, p.scratch, tips[i], false)
		if err != nil {
			return err
		}
		if line != nil {
			r.lines = append(r.lines, recallLine{target: name, line: line})
		}
	}
	return nil
}
