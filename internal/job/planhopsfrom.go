package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"mgit/internal/git"
	"mgit/internal/moodle"
)

// heldRelease is a release and where it was found.
type heldRelease struct {
	in         string
	release    moodle.Release
	production bool // a site of sites.toml says so
}

// readFrom finds out where the site stands: what the live tree and the targets hold that
// its sites run, else all its targets, else the tag that branches stand on. Of several the oldest
// counts, since what suits it suits all; of equal ones the last: the live tree, else
// what production runs, else the target nearest to it.
func (p *hopsPlan) readFrom(ctx context.Context) error {
	run, err := p.readSites(ctx)
	if err != nil {
		return err
	}
	if tree := p.liveTree(); tree != "" {
		release, err := p.readLive(ctx, tree)
		switch {
		case err == nil:
			run = append(run, heldRelease{in: tree, release: release})
		case ctx.Err() != nil:
			return err
		default:
			p.unknown("%s does not say which release it is: %v.", ShowPath(tree), err)
		}
	}
	if len(run) == 0 {
		if run, err = p.readTargets(ctx); err != nil {
			return err
		}
	}
	if len(run) == 0 {
		tag := p.series.FirstTag().String()
		base := p.site.refs.commit("refs/tags/" + tag)
		if base == git.ZeroID {
			p.unknown("Nothing says which release the site runs: no target of %s is built, and %s is not in this clone.", p.series, tag)
			p.report.From.Series = p.series.String()
			return nil
		}
		release, err := p.releaseAt(ctx, base)
		if err != nil {
			return fmt.Errorf("read the release of %s: %w", tag, err)
		}
		run = []heldRelease{{in: tag, release: release}}
	}
	slices.Reverse(run)
	oldest := slices.MinFunc(run, func(a, b heldRelease) int { return a.release.Compare(b.release) })
	p.from = oldest.release
	f := &p.report.From
	f.Release, f.Series, f.In = p.from.String(), p.from.Series.String(), oldest.in
	f.Tag = p.tagIn(p.from)
	if tag, err := moodle.ParseTag(f.Tag); err == nil {
		needs, ok, err := p.needs(ctx, tag)
		if err != nil {
			return err
		}
		if ok {
			f.PHP = phpRange(needs)
		}
	}
	return nil
}

// readSites reads the releases of the sites of sites.toml that run a target of the
// series.
func (p *hopsPlan) readSites(ctx context.Context) ([]heldRelease, error) {
	p.report.From.Sites = []PlanFromSite{}
	var run []heldRelease
	for _, name := range sortedNames(p.site.Config.Sites) {
		site := p.site.Config.Sites[name]
		at := PlanFromSite{Site: name, Environment: site.Environment, Target: site.Target}
		if site.Target != "" && slices.Contains(p.site.Config.TargetsOf(p.series), site.Target) {
			release, found, err := p.releaseOfTarget(ctx, site.Target)
			if err != nil {
				return nil, err
			}
			if found {
				at.Release = release.String()
				run = append(run, heldRelease{in: p.targetName(site.Target), release: release, production: site.Environment == "production"})
			}
		}
		p.report.From.Sites = append(p.report.From.Sites, at)
	}
	slices.SortStableFunc(run, func(a, b heldRelease) int {
		return cmp.Compare(boolInt(a.production), boolInt(b.production))
	})
	return run, nil
}

func (p *hopsPlan) readTargets(ctx context.Context) ([]heldRelease, error) {
	var run []heldRelease
	for _, short := range p.site.Config.TargetsOf(p.series) {
		release, found, err := p.releaseOfTarget(ctx, short)
		if err != nil {
			return nil, err
		}
		if found {
			run = append(run, heldRelease{in: p.targetName(short), release: release})
		}
	}
	return run, nil
}

func (p *hopsPlan) targetName(short string) string {
	t, err := p.site.findTarget(short, func() (moodle.Series, error) { return p.series, nil })
	if err != nil {
		return short
	}
	return t.Raw
}

// releaseOfTarget reads version.php of a target; found is false while it is not built,
// or when its version.php says nothing.
func (p *hopsPlan) releaseOfTarget(ctx context.Context, short string) (r moodle.Release, found bool, err error) {
	t, err := p.site.findTarget(short, func() (moodle.Series, error) { return p.series, nil })
	if err != nil || t.tip() == git.ZeroID {
		return r, false, err
	}
	r, err = p.releaseAt(ctx, t.tip())
	var bad *moodle.FormatError
	if isVersionless(err) || errors.As(err, &bad) {
		p.unknown("%s does not say which release it is: %v.", t.Raw, err)
		return r, false, nil
	}
	return r, err == nil, err
}

func (p *hopsPlan) releaseAt(ctx context.Context, commit git.ID) (moodle.Release, error) {
	v, err := readVersion(ctx, p.site.Repo.Store(), commit)
	if err != nil {
		return moodle.Release{}, err
	}
	return moodle.ParseRelease(v.Release)
}

// liveTree is the live tree to look into: the one asked for, else that of production
// where it is on this machine; "" for none.
func (p *hopsPlan) liveTree() string {
	switch {
	case p.request.SkipLive:
		return ""
	case p.request.Live != "":
		return p.request.Live
	}
	return p.site.productionTree()
}

// readLive reads version.php of a live tree.
func (p *hopsPlan) readLive(ctx context.Context, tree string) (moodle.Release, error) {
	t, err := p.site.openTree(ctx, tree, treeOptions{NoCache: true})
	if err != nil {
		return moodle.Release{}, err
	}
	data, problem := t.readVersion()
	if data == nil {
		return moodle.Release{}, errors.New(cmp.Or(problem, "there is no version.php"))
	}
	v, err := moodle.ParseVersion(data)
	if err != nil {
		return moodle.Release{}, err
	}
	return moodle.ParseRelease(v.Release)
}

// tagIn is the newest release tag of this clone that is not newer than the release,
// in its series; "" when there is none.
func (p *hopsPlan) tagIn(release moodle.Release) string {
	var best moodle.Tag
	for _, r := range p.site.refs.refs {
		name, isTag := cutTag(r.Name)
		tag, err := moodle.ParseTag(name)
		if !isTag || err != nil || tag.Series != release.Series || tag.Release().Compare(release) > 0 {
			continue
		}
		if best.IsZero() || tag.Compare(best) > 0 {
			best = tag
		}
	}
	return best.String()
}
