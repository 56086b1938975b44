package job

import (
	"context"
	"errors"
	"fmt"

	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/moodle"
	"mgit/internal/plugins"
	"mgit/internal/rebase"
	"mgit/internal/tree"
	"mgit/internal/upgrade"
)

// prepare makes the commit that brings the release, and finds what of the branch is to
// be replayed on it. A *heldError says why that cannot be.
func (m *replacer) prepare(ctx context.Context, d *plannedBranch, b *rebase.Branch) error {
	d.replace.component = d.Name.Component
	if err := m.choose(d); err != nil {
		return err
	}
	if err := m.refuseOlder(ctx, d); err != nil {
		return err
	}
	r := d.replace
	onto, err := m.scratch.Commit(ctx, git.ID(m.plan.Onto.Commit))
	if err != nil {
		return err
	}
	dir, err := m.plan.site.pathOf(ctx, m.plan.site.Repo.Store(), onto.Tree, r.component)
	if err != nil {
		return held("%s has no place for %s: %v", m.plan.Onto.Tag, r.component, err)
	}
	at, err := tree.At(ctx, m.scratch, onto.Tree, dir)
	if err != nil {
		return err
	}
	if at != (tree.Node{}) {
		return held("%s has %s itself now; mgit dispose %s drop, or rebase", m.plan.Onto.Tag, r.component, d.Raw)
	}
	content, err := m.copy(ctx, r.source, r.release.Commit)
	if err != nil {
		return heldBy(err, "release "+r.release.Name)
	}
	root, err := tree.Set(ctx, m.scratch, onto.Tree, dir, tree.File{Mode: git.ModeTree, ID: content})
	if err != nil {
		return err
	}
	if r.on, err = m.commit(ctx, d, root); err != nil {
		return err
	}
	return m.findLocal(ctx, d, b)
}

// refuseOlder holds a branch whose plugin is newer than the release that would take its
// place, say because it came from a commit before its release: Moodle does not go back to
// an older version of a plugin.
func (m *replacer) refuseOlder(ctx context.Context, d *plannedBranch) error {
	tip, err := m.scratch.Commit(ctx, d.Tip)
	if err != nil {
		return err
	}
	dir, err := m.plan.site.pluginAt(ctx, m.scratch.Store, tip.Tree, d.Name.Component)
	if err != nil || dir == git.ZeroID {
		return err
	}
	have, _, err := pluginVersion(ctx, m.scratch.Store, dir)
	if err != nil {
		return err
	}
	there := d.replace.release.Plugin.Version
	if have.Version == "" || there == "" || moodle.CompareVersions(there, have.Version) >= 0 {
		return nil
	}
	return held("%s has %s %s, and %s, the newest release that fits %s, is the older %s; mgit dispose %s rebase carries it as it is",
		d.Raw, d.Name.Component, have.Version, d.replace.release.Name, m.plan.Onto.Tag, there, d.Raw)
}

func (m *replacer) copy(ctx context.Context, source plugins.Source, commit git.ID) (git.ID, error) {
	f := m.plan.site.fetcher(0)
	id, err := f.Copy(ctx, source, commit, true, m.scratch)
	if !errors.Is(err, plugins.ErrNotHere) || m.plan.request.Offline {
		return id, err
	}
	return f.Copy(ctx, source, commit, false, m.scratch)
}

// commit makes the commit with the release, or finds the one that an earlier run has made of
// it, so that a parked branch that is computed again keeps its commits.
func (m *replacer) commit(ctx context.Context, d *plannedBranch, root git.ID) (git.ID, error) {
	r := d.replace
	message := releaseMessage(r.source, r.release.Name, r.release.Commit)
	parked := m.plan.site.refs.commit(parkedRef(d.newName))
	for _, c := range m.own.Of(parked, git.ZeroID) {
		if c.Tree == root && c.Message == message && len(c.Parents) == 1 && c.Parents[0] == git.ID(m.plan.Onto.Commit) {
			return c.ID, nil
		}
	}
	who, err := m.plan.site.Repo.Ident(ctx)
	if err != nil {
		return git.ZeroID, err
	}
	c := &git.Commit{Tree: root, Parents: []git.ID{git.ID(m.plan.Onto.Commit)}, Author: who, Committer: who, Message: message}
	return m.plan.site.putCommit(ctx, m.scratch, c)
}

// putCommit keeps a new commit, signed where the user signs commits.
func (s *Site) putCommit(ctx context.Context, scratch *git.Scratch, c *git.Commit) (git.ID, error) {
	sign := s.signer(scratch)
	if sign == nil {
		return scratch.PutCommit(c), nil
	}
	return sign(ctx, c)
}

// restack makes branches stand on a release that stood on the branch it replaces: they
// share commits that are not carried. Where that branch is held, or its changes became
// one commit, those above it are held too, since they would bring the old release along.
func (p *RebasePlan) restack(ctx context.Context, scratch *git.Scratch, own *history.Own, all []rebase.Branch) error {
	for i := range p.branches {
		d := &p.branches[i]
		if d.replace != nil || all[i].Skip {
			continue
		}
		for j := range p.branches {
			below := &p.branches[j]
			if below.replace == nil || below.carried != git.ZeroID || below.outcome == upgrade.OutcomeUnchanged {
				continue
			}
			stands, err := p.standsOn(ctx, scratch, own, d, below)
			if err != nil {
				return err
			}
			if !stands {
				continue
			}
			switch r := below.replace; {
			case below.outcome != "":
				d.outcome, d.reason = upgrade.OutcomeHeld, fmt.Sprintf("stands on %s, which is %s", below.Raw, below.outcome)
			case r.squash != git.ZeroID:
				d.outcome, d.reason = upgrade.OutcomeHeld, fmt.Sprintf("stands on %s, whose changes become one commit; put it on top of %s by hand", below.Raw, below.newName)
			case all[i].On != git.ZeroID && all[i].On != r.on:
				d.outcome, d.reason = upgrade.OutcomeHeld, fmt.Sprintf("stands on %s and on another branch that is replaced too", below.Raw)
			default:
				all[i].On, all[i].Replaced = r.on, r.replaced
			}
			if d.outcome != "" {
				all[i].Skip = true
				break
			}
		}
	}
	return nil
}

// standsOn reports whether a branch has commits of another one and the plugin that came
// with them.
func (p *RebasePlan) standsOn(ctx context.Context, scratch *git.Scratch, own *history.Own, d, below *plannedBranch) (bool, error) {
	shares := false
	for _, c := range own.Of(below.Tip, git.ZeroID) {
		shares = shares || own.Contains(d.Tip, c.ID)
	}
	if !shares {
		return false, nil
	}
	tip, err := scratch.Commit(ctx, d.Tip)
	if err != nil {
		return false, err
	}
	dir, err := p.site.pathOf(ctx, p.site.Repo.Store(), tip.Tree, below.Name.Component)
	if err != nil {
		return false, nil // its tree has no such place, so no such plugin
	}
	at, err := tree.At(ctx, scratch, tip.Tree, dir)
	return at != (tree.Node{}), err
}
