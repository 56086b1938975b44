package job

import (
	"context"
	"errors"
	"fmt"

	"mgit/internal/git"
	"mgit/internal/plugins"
	"mgit/internal/rebase"
	"mgit/internal/tree"
)

// origin is the release that a branch was made from.
type origin struct {
	name   string
	commit git.ID // of the plugin's repository
	tree   git.ID // of the plugin; zero while it is not read
}

// findLocal finds what the site has changed in the plugin.
func (m *replacer) findLocal(ctx context.Context, d *plannedBranch, b *rebase.Branch) error {
	commits := m.own.Of(d.Tip, git.ZeroID)
	if len(commits) == 0 {
		return nil
	}
	base, err := m.scratch.Commit(ctx, b.Base)
	if err != nil {
		return held("%s stands on nothing of upstream's, so what it changes cannot be told", d.Raw)
	}
	tip := commits[len(commits)-1]
	dir, err := m.plan.site.pathOf(ctx, m.plan.site.Repo.Store(), tip.Tree, d.replace.component)
	if err != nil {
		return held("%s has no place for %s: %v", d.Raw, d.replace.component, err)
	}
	pure := func(plugin git.ID) (git.ID, error) {
		return tree.Set(ctx, m.scratch, base.Tree, dir, tree.File{Mode: git.ModeTree, ID: plugin})
	}
	seen := m.seen[d.replace.component]
	if found, err := m.afterImport(d, commits, seen, pure); found || err != nil {
		return err
	}
	from, err := m.origin(ctx, d, commits, seen)
	if err != nil {
		return err
	}
	before, err := pure(from.tree)
	if err != nil {
		return err
	}
	if found, err := m.betweenImports(ctx, d, b, commits, before); found || err != nil {
		return err
	}
	return m.difference(ctx, d, b, commits, from, before)
}

// afterImport looks for the newest commit at which the branch was nothing but a release on
// its base: what came later is the site's.
func (m *replacer) afterImport(d *plannedBranch, commits []*git.Commit, seen *plugins.Seen, pure func(git.ID) (git.ID, error)) (bool, error) {
	known := make(map[git.ID]bool)
	for _, r := range seen.Releases {
		if r.Tree == git.ZeroID {
			continue
		}
		root, err := pure(r.Tree)
		if err != nil {
			return false, err
		}
		known[root] = true
	}
	for i := len(commits) - 1; i >= 0; i-- {
		if !known[commits[i].Tree] {
			if sourceCommitOf(commits[i].Message) != git.ZeroID {
				return false, nil // an update on top of changes, which must not be replayed
			}
			continue
		}
		d.replace.replaced = make(map[git.ID]bool)
		for _, c := range m.own.Of(commits[i].ID, git.ZeroID) {
			d.replace.replaced[c.ID] = true
		}
		return true, nil
	}
	return false, nil
}

// origin finds the release that the branch was made from, by the newest trailer in its
// commits, else by the pin in plugins.toml, and reads it.
func (m *replacer) origin(ctx context.Context, d *plannedBranch, commits []*git.Commit, seen *plugins.Seen) (origin, error) {
	o, err := m.plan.site.originOf(ctx, m.scratch.Store, d.replace.source, commits, seen, m.plan.request.Offline)
	switch {
	case errors.Is(err, errNoOrigin):
		return o, held("which release of %s the branch was made from is not known, so its own changes cannot be told; mgit config edit plugin.%s.pin TAG says it",
			d.replace.component, d.replace.component)
	case err != nil:
		return o, heldBy(err, "release "+o.name)
	}
	if o.tree, err = m.copy(ctx, d.replace.source, o.commit); err != nil {
		return o, heldBy(err, "release "+o.name)
	}
	return o, nil
}

// errNoOrigin says that neither a commit nor plugins.toml names the release.
var errNoOrigin = errors.New("nothing says which release it was made from")

// originOf finds the release that commits, oldest first, were made from: the newest commit
// that names one in a trailer, or whose plugin is that of a release file by file, else the pin in
// plugins.toml. The tree of the answer is not read yet.
func (s *Site) originOf(ctx context.Context, store *git.Store, source plugins.Source, commits []*git.Commit, seen *plugins.Seen, offline bool) (origin, error) {
	for i := len(commits) - 1; i >= 0; i-- {
		if id := sourceCommitOf(commits[i].Message); id != git.ZeroID {
			return origin{name: nameOfRelease(seen, id), commit: id}, nil
		}
		at, err := s.pluginAt(ctx, store, commits[i].Tree, source.Component)
		if err != nil {
			return origin{}, err
		}
		if r := releaseWith(seen, at); r != nil {
			return origin{name: r.Name, commit: r.Commit}, nil
		}
	}
	pin := s.Config.Plugins[source.Component].Pin
	if pin == "" {
		return origin{}, errNoOrigin
	}
	id, err := s.fetcher(0).Find(ctx, source, seen, pin, offline)
	return origin{name: pin, commit: id}, err
}

// pluginAt is the folder of a plugin in a tree of Moodle; zero where there is none.
func (s *Site) pluginAt(ctx context.Context, store *git.Store, root git.ID, component string) (git.ID, error) {
	dir, err := s.pathOf(ctx, store, root, component)
	if err != nil {
		return git.ZeroID, nil // no place, so no plugin
	}
	at, err := tree.At(ctx, store, root, dir)
	return at.Dir, err
}

// releaseWith is the release that has the tree.
func releaseWith(seen *plugins.Seen, id git.ID) *plugins.Release {
	if seen == nil || id == git.ZeroID {
		return nil
	}
	for i := range seen.Releases {
		if seen.Releases[i].Tree == id {
			return &seen.Releases[i]
		}
	}
	return nil
}

// nameOfRelease is the tag or branch of a commit, its id where it has none.
func nameOfRelease(seen *plugins.Seen, commit git.ID) string {
	if seen != nil {
		for _, r := range seen.Releases {
			if r.Commit == commit {
				return r.Name
			}
		}
	}
	return commit.String()
}

// betweenImports takes out the commits that brought releases and everything up to the first
// of them, and proves that the others are all that the site has changed: replayed on the
// newest of those releases, in the old version, they give the branch as it is.
func (m *replacer) betweenImports(ctx context.Context, d *plannedBranch, b *rebase.Branch, commits []*git.Commit, before git.ID) (bool, error) {
	replaced := m.imports(commits)
	if len(replaced) == 0 {
		return false, nil
	}
	for _, c := range commits {
		replaced[c.ID] = true
		if sourceCommitOf(c.Message) != git.ZeroID || m.bringsPlugin(ctx, d, c) {
			break
		}
	}
	who := commits[len(commits)-1].Committer
	on := m.scratch.PutCommit(&git.Commit{Tree: before, Parents: []git.ID{b.Base}, Author: who, Committer: who, Message: "mgit: the release alone\n"})
	results, err := rebase.Run(ctx, m.scratch, rebase.Request{
		Onto: b.Base, History: m.own, Committer: who,
		Branches: []rebase.Branch{{Name: d.Raw, Tip: d.Tip, Base: b.Base, On: on, Replaced: replaced}},
	})
	if err != nil || results[0].Parked() || results[0].Err != nil {
		return false, err
	}
	made, err := m.scratch.Commit(ctx, results[0].Tip)
	if err != nil {
		return false, err
	}
	same, err := tree.Same(ctx, m.scratch, made.Tree, commits[len(commits)-1].Tree)
	if err != nil || !same {
		return false, err
	}
	d.replace.replaced = replaced
	return true, nil
}

// bringsPlugin reports whether the plugin is there with the commit and not before.
func (m *replacer) bringsPlugin(ctx context.Context, d *plannedBranch, c *git.Commit) bool {
	at, err := m.plan.site.pluginAt(ctx, m.scratch.Store, c.Tree, d.replace.component)
	return err == nil && at != git.ZeroID
}

// difference makes one commit of all that the branch changes in the release it was made
// from, and outside of the plugin. Nothing of it depends on the clock, so that every clone
// makes the same.
func (m *replacer) difference(ctx context.Context, d *plannedBranch, b *rebase.Branch, commits []*git.Commit, from origin, before git.ID) error {
	tip := commits[len(commits)-1]
	d.replace.replaced = make(map[git.ID]bool)
	steps := 0
	for _, c := range commits {
		d.replace.replaced[c.ID] = true
		if len(c.Parents) < 2 {
			steps++
		}
	}
	same, err := tree.Same(ctx, m.scratch, before, tip.Tree)
	if err != nil || same {
		return err
	}
	parent := m.scratch.PutCommit(&git.Commit{
		Tree: before, Parents: []git.ID{b.Base}, Author: tip.Committer, Committer: tip.Committer,
		Message: fmt.Sprintf("%s: %s\n", d.replace.component, from.name),
	})
	change := m.scratch.PutCommit(&git.Commit{
		Tree: tip.Tree, Parents: []git.ID{parent}, Author: tip.Author, AuthorLine: tip.AuthorLine, Committer: tip.Committer,
		Message: fmt.Sprintf("%s: local changes\n\nWhat %s changed in %s, as one commit.\n", d.replace.component, d.Raw, from.name),
	})
	c, err := m.scratch.Commit(ctx, change)
	if err == nil {
		err = m.scratch.Spill(ctx, change) // git is asked about it by its name
	}
	if err != nil {
		return err
	}
	d.replace.squash, d.replace.squashed = change, max(steps, 1)
	m.own = m.own.With(c)
	return nil
}

// pureImports are the commits after those that were carried that brought a release and
// nothing else. Somebody may have put changes of the site's into such a commit: it is
// replayed then, as any other is, and so is one of which this cannot be told.
func (m *replacer) pureImports(ctx context.Context, d *plannedBranch) (map[git.ID]bool, error) {
	pure := make(map[git.ID]bool)
	source, why := m.plan.site.pluginSource(d.Name.Component)
	if why != "" {
		return pure, nil
	}
	for id := range m.imports(m.own.Of(d.Tip, d.carried)) {
		is, err := m.isPureImport(ctx, source, id)
		if err != nil && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil && is {
			pure[id] = true
		}
	}
	return pure, nil
}

// isPureImport makes the import again, as `mgit plugins update` does, and compares.
func (m *replacer) isPureImport(ctx context.Context, source plugins.Source, id git.ID) (bool, error) {
	c, err := m.scratch.Commit(ctx, id)
	if err != nil || len(c.Parents) != 1 {
		return false, err
	}
	parent, err := m.scratch.Commit(ctx, c.Parents[0])
	if err != nil {
		return false, err
	}
	dir, err := m.plan.site.pathOf(ctx, m.scratch.Store, parent.Tree, source.Component)
	if err != nil {
		return false, err
	}
	from, err := m.plan.site.originOf(ctx, m.scratch.Store, source, m.own.Of(parent.ID, git.ZeroID), m.seen[source.Component], m.plan.request.Offline)
	if err != nil {
		return false, err
	}
	sides := make([]git.ID, 2)
	for i, release := range []git.ID{from.commit, sourceCommitOf(c.Message)} {
		plugin, err := m.copy(ctx, source, release)
		if err != nil {
			return false, err
		}
		if sides[i], err = tree.Set(ctx, m.scratch, parent.Tree, dir, tree.File{Mode: git.ModeTree, ID: plugin}); err != nil {
			return false, err
		}
	}
	answers, err := m.scratch.MergeTrees(ctx, parent.Tree, []git.Merge{{Base: sides[0], Ours: parent.Tree, Theirs: sides[1]}})
	if err != nil || answers[0].Err != nil || !answers[0].Clean {
		return false, err
	}
	return tree.Same(ctx, m.scratch, answers[0].Tree, c.Tree)
}
