package job

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/journal"
	"mgit/internal/moodle"
	"mgit/internal/tree"
)

// update takes the branches to the newest releases that fit, in memory.
func (r *PluginsUpdateReport) update(ctx context.Context) error {
	for i := range r.Plugins {
		p := &r.Plugins[i]
		if p.Outcome != PluginNewer {
			continue
		}
		obstacle, err := r.obstacle(ctx, p)
		if err != nil {
			return err
		}
		if obstacle != "" {
			p.Outcome, p.Reason = PluginFailed, obstacle
			continue
		}
		err = r.merge(ctx, p)
		var why *heldError
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &why):
			p.Outcome, p.Reason = PluginUnknown, why.reason
			if why.unreachable {
				p.Outcome = PluginUnreachable
			}
		case err != nil:
			return fmt.Errorf("update %s: %w", p.Component, err)
		}
	}
	return r.movePins(ctx)
}

// obstacle says why a branch must not move, "" when it may.
func (r *PluginsUpdateReport) obstacle(ctx context.Context, p *PluginUpdate) (string, error) {
	if !strings.HasPrefix(p.ref.Name, "refs/heads/") {
		return fmt.Sprintf("%s is not here, only at %s; git branch %s %s brings it", p.Branch, shortRemote(p.ref.Name), p.Branch, shortRemote(p.ref.Name)), nil
	}
	if r.site.worktrees == nil {
		worktrees, err := r.site.Repo.Worktrees(ctx)
		if err != nil {
			return "", err
		}
		r.site.worktrees = worktrees
	}
	where := r.site.checkedOut(p.ref.Name)
	if where == "" {
		return "", nil
	}
	clean, err := r.site.Repo.WorktreeClean(ctx, where)
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Sprintf("checked-out: %s is checked out at %s, which is gone; `git worktree prune` forgets it", p.Branch, where), nil
	case err != nil:
		return fmt.Sprintf("checked-out: %s is checked out at %s: %v", p.Branch, where, err), nil
	case !clean:
		return fmt.Sprintf("checked-out: %s is checked out at %s, which has uncommitted changes", p.Branch, where), nil
	case !r.request.UpdateWorktrees:
		return fmt.Sprintf("checked-out: %s is checked out at %s; --update-worktrees moves both", p.Branch, where), nil
	}
	return "", nil
}

// merge makes the commit that takes a branch to the release. What the site changed is what the
// branch has beyond the release it was made from; Git merges both.
//
//	base: the branch with that release in the plugin's folder
//	ours: the branch        theirs: the branch with the new release there
func (r *PluginsUpdateReport) merge(ctx context.Context, p *PluginUpdate) error {
	if p.origin.commit == git.ZeroID {
		return held("which release %s was made from is not known, so its own changes cannot be told; mgit config edit plugin.%s.pin TAG says it", p.Branch, p.Component)
	}
	release := p.choice.Release
	f := r.site.fetcher(r.request.Timeout)
	old, err := f.Copy(ctx, p.source, p.origin.commit, false, r.scratch)
	if err != nil {
		return heldBy(err, "release "+p.origin.name)
	}
	now, err := f.Copy(ctx, p.source, release.Commit, false, r.scratch)
	if err != nil {
		return heldBy(err, "release "+release.Name)
	}
	tip, err := r.scratch.Commit(ctx, p.ref.Peeled)
	if err != nil {
		return err
	}
	dir, err := r.site.pathOf(ctx, r.site.Repo.Store(), tip.Tree, p.Component)
	if err != nil {
		return err
	}
	sides := make([]git.ID, 2)
	for i, plugin := range []git.ID{old, now} {
		if sides[i], err = tree.Set(ctx, r.scratch, tip.Tree, dir, tree.File{Mode: git.ModeTree, ID: plugin}); err != nil {
			return err
		}
	}
	answers, err := r.scratch.MergeTrees(ctx, tip.Tree, []git.Merge{{Base: sides[0], Ours: tip.Tree, Theirs: sides[1]}})
	if err != nil {
		return err
	}
	root, err := r.settle(ctx, p, answers[0])
	if err != nil || root == git.ZeroID {
		return err
	}
	return r.put(ctx, p, tip, root)
}

// settle is the merged tree; zero where a person is needed, of which the report tells.
func (r *PluginsUpdateReport) settle(ctx context.Context, p *PluginUpdate, m git.Merged) (git.ID, error) {
	switch {
	case m.Err != nil:
		return git.ZeroID, m.Err
	case m.Clean:
		return m.Tree, nil
	}
	settle, err := r.site.settler(ctx, r.scratch, r.request.NoResolutions)
	if err != nil {
		return git.ZeroID, err
	}
	if settle != nil {
		root, used, err := settle(ctx, m)
		if err != nil || len(used) > 0 {
			p.Used = append(p.Used, used...)
			return root, err
		}
	}
	if root, err := r.takeGenerated(ctx, p, m); err != nil || root != git.ZeroID {
		return root, err
	}
	p.Outcome = PluginConflict
	p.Reason = fmt.Sprintf("what %s changes conflicts with %s; the branch was left as it is", p.Branch, p.choice.Name)
	for _, c := range m.Conflicts {
		p.Conflicts = append(p.Conflicts, ConflictAt{Commit: ID(p.ref.Peeled), Path: Path(c.Path), Kind: c.Kind})
	}
	return git.ZeroID, nil
}

// takeGenerated takes the release's side where nothing but generated files conflicts: they are
// built again from what was merged.
func (r *PluginsUpdateReport) takeGenerated(ctx context.Context, p *PluginUpdate, m git.Merged) (git.ID, error) {
	if len(m.Conflicts) == 0 {
		return git.ZeroID, nil
	}
	for _, c := range m.Conflicts {
		if !moodle.IsGenerated(c.Path) || c.Kind != kindContents {
			return git.ZeroID, nil
		}
	}
	root := m.Tree
	for _, s := range m.Stages {
		if s.Stage != 3 {
			continue
		}
		var err error
		if root, err = tree.Set(ctx, r.scratch, root, s.Path, tree.File{Mode: s.Mode, ID: s.ID}); err != nil {
			return git.ZeroID, err
		}
		p.Rebuild = append(p.Rebuild, s.Path)
	}
	return root, nil
}

// put makes the commit and lists the move.
func (r *PluginsUpdateReport) put(ctx context.Context, p *PluginUpdate, tip *git.Commit, root git.ID) error {
	who, err := r.site.Repo.Ident(ctx)
	if err != nil {
		return err
	}
	release := p.choice.Release
	id, err := r.site.putCommit(ctx, r.scratch, &git.Commit{
		Tree: root, Parents: []git.ID{tip.ID}, Author: who, Committer: who,
		Message: releaseMessage(p.source, release.Name, release.Commit),
	})
	if err != nil {
		return err
	}
	p.Outcome, p.NewTip = PluginUpdated, ID(id)
	r.moves = append(r.moves, journal.Move{
		Group: p.Branch, Ref: p.ref.Name, Old: tip.ID, New: id, Worktree: r.site.checkedOut(p.ref.Name),
	})
	return nil
}

// movePins lets the pins in plugins.toml follow the branches. A pin that names another
// release than the one a branch came from belongs to another version's branch, and stays.
func (r *PluginsUpdateReport) movePins(ctx context.Context) error {
	old, err := r.site.readShared(ctx, pluginsFile)
	if err != nil || old == nil {
		return err
	}
	for i := range r.Plugins {
		p := &r.Plugins[i]
		if p.Outcome != PluginUpdated {
			continue
		}
		if p.Pin != "" && p.Pin != p.origin.name && p.Pin != p.origin.commit.String() {
			p.Notes = append(p.Notes, fmt.Sprintf("the pin in plugins.toml, %s, is not what %s was made from, and stays", p.Pin, p.Branch))
			continue
		}
		doc, err := config.ParseDocument(pluginsFile, old)
		if err != nil {
			return err
		}
		if err := doc.SetValue(p.choice.Name, "plugin", p.Component, "pin"); err != nil {
			return err
		}
		edit := changeFile(pluginsFile, slices.Clone(old), doc.Bytes())
		edit.Group = p.Branch
		r.edit.Files = append(r.edit.Files, edit)
		p.Pin = p.choice.Name
	}
	return nil
}
