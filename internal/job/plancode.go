package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/moodle"
	"mgit/internal/tree"
	"mgit/internal/upgrade"
)

// upgradeView is what the sections about components and steps look at: the branches of
// the old version with what they change, and the trees before and after. Trees that
// have to be put together exist in a scratch only, until it is closed.
type upgradeView struct {
	site     *Site
	plan     *RebasePlan
	scratch  *git.Scratch
	base     Commit // the upstream tag that the old branches stand on
	branches []upgradeBranch
	passed   []PlanUnread // branches that are not looked at, and why
	// broken says that one of the two upstream trees is not there or not understood:
	// then nothing can be said, but that.
	broken error

	from, to pristine
}

// pristine is an upstream tree.
type pristine struct {
	commit git.ID
	root   git.ID
	layout *moodle.Layout
}

// upgradeBranch is a branch of the old version.
type upgradeBranch struct {
	plannedBranch
	base    pristine
	tip     git.ID // tree
	changes []tree.Change
	// fresh is the tree of the new branch; zero while there is none.
	fresh git.ID
}

// viewUpgrade reads the branches that the upgrade is about. It writes nothing; the
// view must be closed. The errors are those of [PlanRebaseAll].
func viewUpgrade(ctx context.Context, site *Site, req PlanRequest) (*upgradeView, error) {
	plan, err := PlanRebaseAll(ctx, site, RebaseAllRequest{Tag: req.Tag, From: req.From, OtherTag: true})
	if err != nil {
		return nil, err
	}
	v := &upgradeView{site: site, plan: plan}
	if v.scratch, err = site.Repo.NewScratch(ctx); err != nil {
		return nil, err
	}
	v.base, err = site.firstRelease(plan.From, fmt.Sprintf("what Moodle %s shipped depends", plan.From))
	var missing *UsageError
	if errors.As(err, &missing) {
		v.broken = fmt.Errorf("%w: %s", err, missing.Hint)
		return v, nil
	}
	if err == nil {
		err = v.read(ctx)
	}
	if isNoMoodle(err) {
		v.broken = err
		return v, nil
	}
	if err != nil {
		return nil, errors.Join(err, v.scratch.Close())
	}
	return v, nil
}

func (v *upgradeView) close() error { return v.scratch.Close() }

func (v *upgradeView) read(ctx context.Context) error {
	var err error
	if v.from, err = v.pristine(ctx, git.ID(v.base.Commit)); err != nil {
		return err
	}
	if v.to, err = v.pristine(ctx, git.ID(v.plan.Onto.Commit)); err != nil {
		return err
	}
	own, err := v.plan.readHistory(ctx, v.scratch)
	if err != nil {
		return err
	}
	bases := map[git.ID]pristine{v.from.commit: v.from, v.to.commit: v.to}
	for _, d := range v.plan.branches {
		b := upgradeBranch{plannedBranch: d}
		base, err := history.Base(ctx, v.site.Repo, own, d.Tip)
		if err != nil {
			return err
		}
		if base == git.ZeroID {
			v.passed = append(v.passed, PlanUnread{Text: d.Raw, Why: "the branch stands on nothing of upstream's"})
			continue
		}
		known := false
		if b.base, known = bases[base]; !known {
			b.base, err = v.pristine(ctx, base)
			if isNoMoodle(err) {
				v.passed = append(v.passed, PlanUnread{Text: d.Raw, Why: err.Error()})
				continue
			}
			if err != nil {
				return fmt.Errorf("read the base of %s: %w", d.Raw, err)
			}
			bases[base] = b.base
		}
		if err := v.readBranch(ctx, &b); err != nil {
			return fmt.Errorf("read %s: %w", d.Raw, err)
		}
		v.branches = append(v.branches, b)
	}
	return nil
}

// readBranch compares a branch with its base.
func (v *upgradeView) readBranch(ctx context.Context, b *upgradeBranch) error {
	tip, err := v.scratch.Commit(ctx, b.Tip)
	if err != nil {
		return err
	}
	b.tip = tip.Tree
	err = tree.Diff(ctx, v.scratch.Store, b.base.root, b.tip, func(c tree.Change) error {
		b.changes = append(b.changes, c)
		return nil
	})
	if err != nil || b.newRef.Peeled == git.ZeroID {
		return err
	}
	fresh, err := v.scratch.Commit(ctx, b.newRef.Peeled)
	if err != nil {
		return err
	}
	b.fresh = fresh.Tree
	return nil
}

// pristine reads where an upstream commit has its components. One that is no Moodle
// is an error: nothing could be said about it.
func (v *upgradeView) pristine(ctx context.Context, commit git.ID) (pristine, error) {
	p := pristine{commit: commit}
	c, err := v.scratch.Commit(ctx, commit)
	if err != nil {
		return p, err
	}
	p.root = c.Tree
	p.layout, err = moodle.ReadLayout(v.files(ctx, p.root))
	if err != nil {
		return p, fmt.Errorf("read where %s keeps its components: %w", releaseName(v.site, commit), err)
	}
	return p, nil
}

// releaseName is how a commit of upstream is called in an error.
func releaseName(s *Site, commit git.ID) string { return cmp.Or(s.refs.tagOf[commit], commit.String()) }

// files shows a tree of the view as files.
func (v *upgradeView) files(ctx context.Context, root git.ID) treeFS {
	return treeFS{ctx: ctx, store: v.scratch.Store, root: root}
}

// ships reports whether the pristine tree has the component's directory.
func (v *upgradeView) ships(ctx context.Context, p pristine, c moodle.Component) (dir string, ok bool, err error) {
	dir, ok = p.layout.PathOf(c)
	if !ok {
		return "", false, nil
	}
	at, err := tree.At(ctx, v.scratch.Store, p.root, dir)
	return dir, err == nil && at.Dir != git.ZeroID, err
}

// leaves reports whether the upgrade leaves the branch behind.
func (b *upgradeBranch) leaves() bool {
	return b.outcome == upgrade.OutcomeDropped ||
		b.outcome == upgrade.OutcomeHeld && (b.entry == nil || b.entry.Disposition != upgrade.DispositionReplace)
}

// codeBase is a tree to compare: upstream's with the plugins of the site in it.
type codeBase struct {
	PlanCode
	root    git.ID
	plugins map[moodle.Component]sitePlugin
}

// sitePlugin is an additional plugin in a code base.
type sitePlugin struct {
	branch string
	fresh  bool // it was read from the new branch
}

// before is the code that the site runs: its target's, the last one named that is
// built, else the base with the plugins of the branches in it.
func (v *upgradeView) before(ctx context.Context) (*codeBase, error) {
	targets := slices.Clone(v.site.Config.TargetsOf(v.plan.From))
	slices.Reverse(targets)
	for _, short := range targets {
		t, err := v.site.findTarget(short, func() (moodle.Series, error) { return v.plan.From, nil })
		if err != nil || t.tip() == git.ZeroID {
			continue
		}
		c, err := v.scratch.Commit(ctx, t.tip())
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", t.Raw, err)
		}
		code := &codeBase{PlanCode: PlanCode{Name: t.Raw, Commit: ID(t.tip())}, root: c.Tree}
		err = v.describe(ctx, code)
		if isVersionless(err) || errors.Is(err, moodle.ErrNotMoodle) {
			continue // somebody keeps other things under that name
		}
		return code, err
	}
	code := &codeBase{PlanCode: PlanCode{Name: v.base.Tag, Commit: v.base.Commit}, root: v.from.root}
	if err := v.putPlugins(ctx, code, v.from, false); err != nil {
		return nil, err
	}
	return code, v.describe(ctx, code)
}

// after is the code that the site will run: the tag with the plugins of the branches
// in it, from the new branches where there are some.
func (v *upgradeView) after(ctx context.Context) (*codeBase, error) {
	code := &codeBase{PlanCode: PlanCode{Name: v.plan.Onto.Tag, Commit: v.plan.Onto.Commit}, root: v.to.root}
	if err := v.putPlugins(ctx, code, v.to, true); err != nil {
		return nil, err
	}
	return code, v.describe(ctx, code)
}

// describe reads what the code base says of itself.
func (v *upgradeView) describe(ctx context.Context, code *codeBase) error {
	layout, err := moodle.ReadLayout(v.files(ctx, code.root))
	if err != nil {
		return err
	}
	version := layout.Version()
	code.Version, code.Release = version.Version, version.Release
	code.Tag = v.site.refs.tagOf[git.ID(code.Commit)]
	if release, err := moodle.ParseRelease(version.Release); code.Tag == "" && err == nil {
		code.Tag = v.site.newestTagIn(release)
	}
	code.Branches = []CodePlugin{}
	for _, c := range sortedComponents(code.plugins) {
		code.Branches = append(code.Branches, CodePlugin{Component: c, Branch: code.plugins[c].branch})
	}
	return nil
}

// newestTagIn is the newest release tag of the release's series that is not newer
// than it; "" for none.
func (s *Site) newestTagIn(release moodle.Release) string {
	var best moodle.Tag
	for _, name := range s.refs.tagOf {
		tag, err := moodle.ParseTag(name)
		if err != nil || tag.Series != release.Series || tag.Release().Compare(release) > 0 {
			continue
		}
		if best.IsZero() || tag.Compare(best) > 0 {
			best = tag
		}
	}
	return best.String()
}

func sortedComponents[V any](all map[moodle.Component]V) []moodle.Component {
	components := make([]moodle.Component, 0, len(all))
	for c := range all {
		components = append(components, c)
	}
	slices.SortFunc(components, moodle.Component.Compare)
	return components
}

// putPlugins puts the additional plugins of the branches into a code base, as far as
// an upgrade of the database reads them: their version.php and what is in their db
// folders. Of two branches with the same file the one named for the component
// counts, which the other one stands on or changes.
func (v *upgradeView) putPlugins(ctx context.Context, code *codeBase, onto pristine, upgraded bool) error {
	code.plugins = make(map[moodle.Component]sitePlugin)
	for _, named := range []bool{false, true} {
		for i := range v.branches {
			b := &v.branches[i]
			if upgraded && b.leaves() {
				continue
			}
			if err := v.putBranch(ctx, code, onto, b, named, upgraded); err != nil {
				return fmt.Errorf("read the plugins of %s: %w", b.Raw, err)
			}
		}
	}
	return nil
}

func (v *upgradeView) putBranch(ctx context.Context, code *codeBase, onto pristine, b *upgradeBranch, named, upgraded bool) error {
	changes, base, isFresh := b.changes, b.base, false
	if upgraded && b.fresh != git.ZeroID {
		changes, base, isFresh = nil, v.to, true
		err := tree.Diff(ctx, v.scratch.Store, base.root, b.fresh, func(c tree.Change) error {
			changes = append(changes, c)
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, c := range changes {
		if !isForUpgrade(c.Path) || c.To.Mode.IsTree() || c.To.Mode == 0 {
			continue
		}
		component, rest, ok := base.layout.ComponentOf(c.Path)
		if !ok || component.IsCore() || (component.String() == b.Component) != named {
			continue
		}
		if _, shipped, err := v.ships(ctx, base, component); err != nil || shipped {
			if err != nil {
				return err
			}
			continue
		}
		if _, shipped, err := v.ships(ctx, onto, component); err != nil {
			return err
		} else if shipped {
			continue // core has it by now, and its files are those that count
		}
		dir, ok := onto.layout.PathOf(component)
		if !ok {
			continue // the new tree has no such type; the other section says so
		}
		var err error
		code.root, err = tree.Set(ctx, v.scratch.Store, code.root, path.Join(dir, rest), tree.File{Mode: tree.Canonical(c.To.Mode), ID: c.To.ID})
		if err != nil {
			return err
		}
		code.plugins[component] = sitePlugin{branch: b.Raw, fresh: isFresh}
	}
	return nil
}

// isForUpgrade reports whether an upgrade of the database reads the file.
func isForUpgrade(name string) bool {
	dir, file := path.Split(name)
	return file == "version.php" || strings.HasSuffix(dir, "/db/")
}
