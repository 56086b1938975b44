package job

import (
	"context"
	"errors"
	"fmt"

	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/plugins"
)

// compare says of one plugin what it has, what there is, and which of both is newer.
func (r *PluginsUpdateReport) compare(ctx context.Context, p *PluginUpdate) error {
	source, why := r.site.pluginSource(p.Component)
	if why != "" {
		p.Outcome, p.Reason = PluginUnknown, why
		return nil
	}
	p.source, p.URL = source, source.URL
	if err := r.readBranch(ctx, p); err != nil {
		return err
	}
	if err := r.readSeen(p); err != nil {
		return err
	}
	switch why := whySeen(p.seen); {
	case why != "" && isUnreachable(p.seen.Err):
		p.Outcome, p.Reason = PluginUnreachable, why
	case why != "":
		p.Outcome, p.Reason = PluginUnknown, why
	case p.seen.Newest() == nil:
		p.Outcome, p.Reason = PluginUnknown, p.choice.Why
	default:
		r.judge(p)
	}
	return nil
}

// readBranch reads the version that the branch has, and the release it was made from.
func (r *PluginsUpdateReport) readBranch(ctx context.Context, p *PluginUpdate) error {
	if p.Branch == "" {
		return nil
	}
	store := r.site.Repo.Store()
	tip, err := store.Commit(ctx, p.ref.Peeled)
	if err != nil {
		return err
	}
	dir, err := r.site.pluginAt(ctx, store, tip.Tree, p.Component)
	if err != nil || dir == git.ZeroID {
		p.Branch = "" // of another change to something of this name
		return err
	}
	have, problem, err := pluginVersion(ctx, store, dir)
	if err != nil {
		return err
	}
	if p.Version = have.Version; problem != "" {
		p.Notes = append(p.Notes, p.Branch+": "+problem)
	}
	p.origin, err = r.site.originOf(ctx, store, p.source, r.own.Of(p.ref.Peeled, git.ZeroID), p.seen, p.seen == nil || p.seen.Err != nil)
	switch {
	case errors.Is(err, errNoOrigin), errors.Is(err, plugins.ErrNotHere):
	case err != nil && ctx.Err() == nil:
		p.Notes = append(p.Notes, sayFetch(err))
	case err != nil:
		return err
	}
	p.From = p.origin.name
	return nil
}

// pluginVersion reads the version.php of a plugin's folder.
func pluginVersion(ctx context.Context, store *git.Store, dir git.ID) (p moodle.Plugin, problem string, err error) {
	entry, err := store.Path(ctx, dir, "version.php")
	if errors.Is(err, git.ErrNotFound) {
		return p, "it has no version.php", nil
	}
	if err != nil {
		return p, "", err
	}
	if entry.Mode != git.ModeFile && entry.Mode != git.ModeExec {
		return p, "its version.php is no regular file", nil
	}
	source, err := store.Blob(ctx, entry.ID)
	if err != nil {
		return p, "", err
	}
	if p, err = moodle.ParsePlugin(source); err != nil {
		return p, "its version.php cannot be read: " + err.Error(), nil
	}
	if p.Version == "" {
		problem = "its version.php has an expression for $plugin->version"
	}
	return p, problem, nil
}

// readSeen enters what the repository has.
func (r *PluginsUpdateReport) readSeen(p *PluginUpdate) error {
	if p.seen == nil {
		return nil
	}
	if !p.seen.When.IsZero() {
		p.Seen = &p.seen.When
	}
	var err error
	if p.choice, err = p.seen.NewestFitting(r.site.wanted(p.Component, r.version)); err != nil {
		return err
	}
	if n := p.seen.Newest(); n != nil {
		p.Newest = showRelease(n)
		p.Fit, p.Why = p.choice.Fit.String(), p.choice.Why
	}
	if p.choice.Release != nil {
		p.Fitting = showRelease(p.choice.Release)
	}
	for _, release := range p.seen.Releases {
		if release.Problem != "" {
			p.Notes = append(p.Notes, release.Name+" "+release.Problem)
		}
	}
	if c := p.choice.Release; c != nil && c.Note != "" {
		p.Notes = append(p.Notes, c.Name+": "+c.Note)
	}
	if p.seen.Omitted > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("%s were not looked at; tags in plugins.toml can leave them out", count(p.seen.Omitted, "older tag")))
	}
	return nil
}

func showRelease(r *plugins.Release) *PluginRelease {
	return &PluginRelease{Name: r.Name, Commit: ID(r.Commit), Version: r.Plugin.Version, When: r.When}
}

// judge compares what the branch has with the newest release that fits.
func (r *PluginsUpdateReport) judge(p *PluginUpdate) {
	have := p.Version
	if p.Branch == "" {
		for _, release := range p.seen.Releases {
			if release.Name == p.Pin || release.Commit.String() == p.Pin {
				have = release.Plugin.Version
			}
		}
	}
	fitting := p.choice.Release
	switch {
	case fitting == nil:
		p.Outcome, p.Reason = PluginNoneFits, fmt.Sprintf("no release fits %s: %s", r.Core.Tag, p.choice.Why)
	case have == "" && p.Branch == "":
		p.Outcome, p.Reason = PluginNoBranch, fmt.Sprintf("no branch of %s brings it", r.Series)
	case have != "" && moodle.CompareVersions(fitting.Plugin.Version, have) <= 0:
		p.Outcome = PluginCurrent
	default:
		p.Outcome = PluginNewer
	}
	if p.Outcome == PluginNewer && p.Branch == "" && !r.request.Check {
		p.Outcome, p.Reason = PluginNoBranch, fmt.Sprintf("no branch of %s brings it; the pin in plugins.toml is older than %s", r.Series, fitting.Name)
	}
}

// prefetch brings into the cache what an upgrade would need, so that triage can say what
// becomes of the branches without a network. What cannot be had is noted.
func (r *PluginsUpdateReport) prefetch(ctx context.Context) {
	f := r.site.fetcher(r.request.Timeout)
	for i := range r.Plugins {
		p := &r.Plugins[i]
		if p.choice.Release == nil || p.Branch == "" || p.seen.Err != nil {
			continue
		}
		for _, commit := range []git.ID{p.choice.Release.Commit, p.origin.commit} {
			if commit == git.ZeroID {
				continue
			}
			if _, err := f.Copy(ctx, p.source, commit, false, r.scratch); err != nil && ctx.Err() == nil {
				p.Notes = append(p.Notes, nameOfRelease(p.seen, commit)+": "+sayFetch(err))
			}
		}
	}
}
