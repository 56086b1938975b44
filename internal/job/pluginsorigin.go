package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/live"
	"mgit/internal/moodle"
	"mgit/internal/plugins"
	"mgit/internal/tree"
)

// pluginOrigins finds out where the plugins of a tree come from. It lives for one
// operation.
type pluginOrigins struct {
	site      *Site
	tree      *pluginTree
	inventory *plugins.Inventory
	claims    *attribution
	brought   map[string]brought // by branch
	fetcher   *plugins.Fetcher   // of which only what is here is asked
}

func (s *Site) originsOf(ctx context.Context, t *pluginTree, inventory *plugins.Inventory) (*pluginOrigins, error) {
	o := &pluginOrigins{site: s, tree: t, inventory: inventory, brought: make(map[string]brought), fetcher: s.fetcher(0)}
	like, err := t.pinRoot(ctx, s)
	if err != nil {
		return nil, err
	}
	if like == git.ZeroID {
		like = s.releaseLike(ctx, t.layout.Series())
	}
	o.claims, err = s.attribution(ctx, t.layout.Series(), like)
	return o, err
}

// describe adds to a plugin where it comes from, what it was made from, and what was
// changed since.
func (o *pluginOrigins) describe(ctx context.Context, found *plugins.Plugin, p *InventoryPlugin) error {
	p.Origin = InventoryOrigin{Kind: FromUnknown, Branch: o.branchOf(found)}
	settings, isListed := o.site.Config.Plugins[p.Component]
	owner := o.inventory.Owner(parentOf(found.Path))
	switch repo := found.Repository; {
	case repo != nil:
		p.Origin.Kind, p.Origin.Remote = FromClone, validText(repo.Remote)
		p.Origin.CheckedOut, p.Origin.Problem = ShowPath(repo.Branch), validText(repo.Problem)
		if repo.Submodule {
			p.Origin.Kind = FromSubmodule
		}
	case owner != nil && o.cameWith(owner, found):
		p.Origin.Kind, p.Origin.Branch = FromOwner, o.branchOf(owner)
		return nil
	case p.Origin.Branch != "":
		p.Origin.Kind = o.recordOf(p.Origin.Branch)
	case isListed:
		p.Origin.Kind = FromListed
	}
	if p.Origin.Remote == "" && isListed {
		p.Origin.Remote = o.site.shownSource(p.Component)
	}
	if err := o.pin(ctx, found, p, settings); err != nil {
		return err
	}
	return o.compare(ctx, found, p)
}

// cameWith reports whether a sub-plugin inside another plugin is part of that: nothing
// else says where it comes from.
func (o *pluginOrigins) cameWith(owner, found *plugins.Plugin) bool {
	_, isListed := o.site.Config.Plugins[found.Component.String()]
	isSub := found.Owner != moodle.Component{}
	return isSub && !isListed && o.branchOf(owner) == o.branchOf(found)
}

// parentOf is the folder that a path lies in, "" for the root.
func parentOf(path string) string { return path[:max(0, strings.LastIndexByte(path, '/'))] }

// branchOf is the branch of the site that brings a plugin: one that adds its
// version.php, else one that changes it; "" for none.
func (o *pluginOrigins) branchOf(p *plugins.Plugin) string {
	all := o.claims.byPath[p.Path+"/version.php"]
	if len(all) == 0 && p.Repository != nil {
		all = o.claims.byPath[p.Path] // of a submodule the branch has the link
	}
	for _, c := range all {
		if c.from.Mode == 0 && c.to.Mode != 0 {
			return c.branch
		}
	}
	if len(all) > 0 {
		return all[0].branch
	}
	return ""
}

// recordOf is the origin that the record of a branch states.
func (o *pluginOrigins) recordOf(branch string) string {
	if n, err := o.site.Scheme.Parse(branch); err == nil && o.site.Config.Records[n.Key()].Origin == config.OriginExternal {
		return config.OriginExternal
	}
	return config.OriginLocal
}

// pin finds what a plugin was made from. A repository of its own knows best, then
// the commit that brought the plugin, then what somebody wrote into plugins.toml.
func (o *pluginOrigins) pin(ctx context.Context, found *plugins.Plugin, p *InventoryPlugin, settings config.Plugin) error {
	by, err := o.broughtBy(ctx, p.Origin.Branch)
	if err != nil {
		return err
	}
	stated := o.statedPin(ctx, p.Component, settings)
	switch repo := found.Repository; {
	case repo != nil && repo.Commit != git.ZeroID:
		p.Pin = &InventoryPin{Name: repo.Commit.String(), Commit: ID(repo.Commit), By: "repository"}
	case by.commit != git.ZeroID:
		p.Pin = &InventoryPin{Name: ShowPath(cmp.Or(by.release, by.commit.String())), Commit: ID(by.commit), By: "trailer"}
	default:
		p.Pin = stated
		return nil
	}
	if stated == nil || stated.Commit == p.Pin.Commit {
		return nil
	}
	if stated.Commit != ID(git.ZeroID) { // else nobody here knows which commit it is
		p.Problems = append(p.Problems, PluginProblem{
			ID:   "pin-differs",
			Text: fmt.Sprintf("it was made from %s, and plugins.toml says %s", p.Pin.Commit.Short(), ShowPath(settings.Pin)),
		})
	}
	return nil
}

// statedPin is the pin of plugins.toml, with its commit where that is known here.
func (o *pluginOrigins) statedPin(ctx context.Context, component string, settings config.Plugin) *InventoryPin {
	if settings.Pin == "" {
		return nil
	}
	pin := &InventoryPin{Name: ShowPath(settings.Pin), By: pluginsFile}
	if id, err := git.ParseID(settings.Pin); err == nil {
		pin.Commit = ID(id)
		return pin
	}
	source, why := o.site.pluginSource(component)
	seen, _, err := o.site.KnownReleases(component)
	if why != "" || err != nil {
		return pin // what is not known is said where it is missed
	}
	if id, err := o.fetcher.Find(ctx, source, seen, settings.Pin, true); err == nil {
		pin.Commit = ID(id)
	}
	return pin
}

// brought is what the commit that brought a plugin says of the release.
type brought struct {
	commit  git.ID // of the plugin's own repository
	release string
}

// broughtBy is what the messages of a branch say of the release that it is made from;
// zero where they say nothing.
func (o *pluginOrigins) broughtBy(ctx context.Context, branch string) (brought, error) {
	c, ok := o.claims.branches[branch]
	if !ok {
		return brought{}, nil
	}
	if by, done := o.brought[branch]; done {
		return by, nil
	}
	by, err := o.site.broughtBetween(ctx, c.base, c.tip)
	o.brought[branch] = by
	return by, err
}

// broughtBetween reads the newest message between two commits that names a release.
func (s *Site) broughtBetween(ctx context.Context, base, tip git.ID) (brought, error) {
	args := []string{"log", "--no-show-signature", "--grep=^" + strings.TrimSpace(trailerSourceCommit), "--format=%B%x00", tip.String()}
	if base != git.ZeroID {
		args = append(args, "^"+base.String())
	}
	out, err := s.Repo.Cmd(append(args, "--")...).Output(ctx)
	if err != nil {
		return brought{}, fmt.Errorf("read the messages of a branch: %w", err)
	}
	for message := range strings.SplitSeq(string(out), "\x00") {
		by := brought{commit: sourceCommitOf(message)}
		if by.commit == git.ZeroID {
			continue
		}
		for line := range strings.Lines(message) {
			if name, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), trailerRelease); ok {
				by.release = name
			}
		}
		return by, nil
	}
	return brought{}, nil
}

// errNotHere says that the objects of a pin are not here.
var errNotHere = errors.New("the pinned source is not here: mgit plugins update fetches it")

// compare counts what was changed in a plugin since its pin.
func (o *pluginOrigins) compare(ctx context.Context, found *plugins.Plugin, p *InventoryPlugin) error {
	if found.Repository != nil {
		return o.compareClone(ctx, found, p)
	}
	if p.Pin == nil {
		return nil
	}
	source, err := o.sourceTree(ctx, p)
	if errors.Is(err, errNotHere) {
		p.ChangesNote = err.Error()
		return nil
	}
	if err != nil {
		return err
	}
	changes, err := o.tree.against(ctx, o.site, o.inventory, found, source)
	if err != nil {
		return err
	}
	p.Changes = &changes
	return nil
}

// compareClone counts what differs from what is checked out in a repository of the
// plugin's own.
func (o *pluginOrigins) compareClone(ctx context.Context, found *plugins.Plugin, p *InventoryPlugin) error {
	if o.tree.tree.IsRef || found.Repository.Commit == git.ZeroID || found.HasProblem(plugins.NotCheckedOut) {
		p.ChangesNote = "what is checked out is not known"
		return nil
	}
	inside := found.Path + "/"
	if err := o.tree.tree.Hash(ctx, func(f live.File) bool { return f.ID == git.ZeroID && strings.HasPrefix(f.Path, inside) }); err != nil {
		return err
	}
	n, err := o.tree.tree.Changes(ctx, found.Path)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		p.ChangesNote = validText(err.Error())
		return nil
	}
	p.Changes = &PluginChanges{Modified: n}
	return nil
}

// sourceTree is the tree of a plugin's pin: from this clone, else from what was
// fetched of the plugin's repository. The error is errNotHere where neither has it.
func (o *pluginOrigins) sourceTree(ctx context.Context, p *InventoryPlugin) (git.ID, error) {
	id := git.ID(p.Pin.Commit)
	if id == git.ZeroID {
		return git.ZeroID, errNotHere
	}
	store := o.site.Repo.Store()
	c, err := store.Commit(ctx, id)
	if err == nil {
		return c.Tree, nil
	}
	if !errors.Is(err, git.ErrNotFound) {
		return git.ZeroID, err
	}
	source, why := o.site.pluginSource(p.Component)
	if why != "" {
		return git.ZeroID, errNotHere
	}
	root, err := o.fetcher.Copy(ctx, source, id, true, store)
	if ctx.Err() != nil {
		return git.ZeroID, ctx.Err()
	}
	if err != nil {
		return git.ZeroID, errNotHere // nothing was fetched, or not all of it
	}
	return root, nil
}

// against compares the files of a plugin with the tree it was made from. Plugins
// inside it that the tree lacks are not its files.
func (t *pluginTree) against(ctx context.Context, s *Site, inventory *plugins.Inventory, p *plugins.Plugin, source git.ID) (PluginChanges, error) {
	var changes PluginChanges
	wanted := make(map[string]tree.File)
	err := tree.Diff(ctx, s.Repo.Store(), git.ZeroID, source, func(c tree.Change) error {
		wanted[p.Path+"/"+c.Path] = tree.File{Mode: c.To.Mode, ID: c.To.ID}
		return nil
	})
	if err != nil {
		return changes, fmt.Errorf("read the source of %s: %w", p.Component, err)
	}
	inside := p.Path + "/"
	if err := t.tree.Hash(ctx, func(f live.File) bool { return f.ID == git.ZeroID && strings.HasPrefix(f.Path, inside) }); err != nil {
		return changes, err
	}
	var suspects []string
	for _, f := range t.tree.Files() {
		if !strings.HasPrefix(f.Path, inside) {
			continue
		}
		want, known := wanted[f.Path]
		delete(wanted, f.Path)
		switch {
		case known && want.ID == f.ID:
		case known:
			suspects = append(suspects, f.Path)
			changes.Modified++
		case inventory.Owner(f.Path) == p:
			changes.Added++
		}
	}
	for _, f := range wanted {
		addIf(&changes.Missing, f.Mode != git.ModeGitlink)
	}
	return changes, t.forgiveLineEnds(ctx, s, p, source, suspects, &changes)
}

// forgiveLineEnds takes back what differs in nothing but having CRLF where the
// source has LF.
func (t *pluginTree) forgiveLineEnds(ctx context.Context, s *Site, p *plugins.Plugin, source git.ID, suspects []string, changes *PluginChanges) error {
	plain, err := t.tree.normalised(ctx, suspects)
	if err != nil {
		return err
	}
	for path, id := range plain {
		at, err := tree.At(ctx, s.Repo.Store(), source, strings.TrimPrefix(path, p.Path+"/"))
		if err != nil {
			return err
		}
		if at.File.ID == id {
			changes.Modified--
		}
	}
	return nil
}
