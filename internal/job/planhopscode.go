package job

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"mgit/internal/branches"
	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/moodle"
	"mgit/internal/tree"
)

// Why a hop's code base needs a branch.
const (
	hopNeedsPlugin   = "plugin"   // it brings a plugin, whose tables are upgraded on the way
	hopNeedsDatabase = "database" // it changes what an upgrade does to the database
)

// hopChange is what a branch of the old version changes, as far as the database cares.
type hopChange struct {
	branch   branches.Branch
	plugins  []string // folders of plugins that it brings
	database bool
}

// branchesFor lists the branches of the old version that a hop's code base needs, and
// the names of the others. A plugin that the hop's own tree has is none of the site's there.
func (p *hopsPlan) branchesFor(ctx context.Context, tag moodle.Tag) (needed []HopBranch, left []string, err error) {
	changes, err := p.readChanges(ctx)
	if err != nil {
		return nil, nil, err
	}
	root, err := p.rootOf(ctx, tag)
	if err != nil {
		return nil, nil, err
	}
	needed = []HopBranch{}
	for _, c := range changes {
		brings, err := p.bringsPlugin(ctx, root, c)
		if err != nil {
			return nil, nil, err
		}
		why := hopNeedsPlugin
		if !brings {
			why = hopNeedsDatabase
		}
		if !brings && !c.database {
			left = append(left, c.branch.Raw)
			continue
		}
		name, err := p.site.Scheme.Format(c.branch.WithVersion(tag.Series))
		if err != nil {
			return nil, nil, err
		}
		_, _, exists := p.site.refs.present(name, p.site.internal)
		needed = append(needed, HopBranch{Branch: c.branch.Raw, NewName: name, Exists: exists, Why: why})
	}
	return needed, left, nil
}

// bringsPlugin reports whether a branch brings a plugin that the tree does not have,
// in either layout.
func (p *hopsPlan) bringsPlugin(ctx context.Context, root git.ID, c hopChange) (bool, error) {
	for _, folder := range c.plugins {
		isThere := false
		for _, docroot := range []string{"", "public/"} {
			_, err := p.site.Repo.Store().Path(ctx, root, docroot+folder+"/version.php")
			if err != nil && !errors.Is(err, git.ErrNotFound) {
				return false, err
			}
			isThere = isThere || err == nil
		}
		if !isThere {
			return true, nil
		}
	}
	return false, nil
}

// readChanges compares every branch of the old version with the newest upstream commit
// that it stands on. Only trees are read, once for all hops.
func (p *hopsPlan) readChanges(ctx context.Context) ([]hopChange, error) {
	if p.changes != nil {
		return p.changes, nil
	}
	v, err := readView(ctx, p.site, p.site.refs.listing(p.site.Scheme, p.site.internal), []moodle.Series{p.series})
	if err != nil {
		return nil, fmt.Errorf("read the branches of %s: %w", p.series, err)
	}
	p.changes = []hopChange{}
	for _, b := range v.branches {
		base, err := history.Base(ctx, v.bases, v.history, b.Tip)
		if err != nil {
			return nil, err
		}
		c := hopChange{branch: b}
		if err := c.read(ctx, p.site.Repo.Store(), base); err != nil {
			return nil, fmt.Errorf("read what %s changes: %w", b.Raw, err)
		}
		p.changes = append(p.changes, c)
	}
	return p.changes, nil
}

func (c *hopChange) read(ctx context.Context, store *git.Store, base git.ID) error {
	roots := make([]git.ID, 2)
	for i, id := range []git.ID{base, c.branch.Tip} {
		if id == git.ZeroID {
			continue
		}
		commit, err := store.Commit(ctx, id)
		if err != nil {
			return err
		}
		roots[i] = commit.Tree
	}
	return tree.Diff(ctx, store, roots[0], roots[1], func(d tree.Change) error {
		folder, name := path.Split(d.Path)
		folder = strings.TrimPrefix(strings.TrimSuffix(folder, "/"), "public/")
		switch {
		case name == "version.php" && folder != "" && folder != "public" && d.From.Mode == 0:
			c.plugins = append(c.plugins, folder)
		case name == "version.php":
			c.database = true
		case path.Base(folder) == "db" && slices.Contains([]string{"install.xml", "upgrade.php"}, name):
			c.database = true
		}
		return nil
	})
}
