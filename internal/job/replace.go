package job

import (
	"context"
	"errors"
	"fmt"

	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/moodle"
	"mgit/internal/plugins"
	"mgit/internal/rebase"
	"mgit/internal/upgrade"
)

// A branch with the disposition replace is not carried. Its plugin's newest release that
// suits the new base R becomes one commit there, without the plugin's history, and what
// the site has changed in the plugin is replayed on top:
//
//	old base ── import of v4.1 ── a ── b          LUVLE-4.1-feature-mod_attendance
//
//	onto ── R: mod_attendance: v4.5.2 ── a' ── b'    LUVLE-4.5-feature-mod_attendance
//
// What is left out counts as replaced. The changes are the commits after the import, where
// the import can be told and nothing outside of the plugin would be lost with it; otherwise
// the whole difference against the release that the branch was made from, as one commit.
type replacement struct {
	component string
	source    plugins.Source
	release   *plugins.Release
	choice    plugins.Choice

	on       git.ID          // R
	replaced map[git.ID]bool // commits that are not replayed
	squash   git.ID          // one commit with all changes, in place of those; zero: they are replayed
	squashed int             // how many commits it stands for
}

// ReplacedBy is the release that a branch begins with that was replaced.
type ReplacedBy struct {
	Component string `json:"component"`
	Name      string `json:"name"` // of the tag or branch
	Commit    ID     `json:"commit"`
	Version   string `json:"version"` // $plugin->version
	URL       string `json:"url"`
	Fit       string `json:"fit"`
	Why       string `json:"why"` // what is to be said against it, ""
}

func (r *replacement) report() *ReplacedBy {
	if r == nil || r.release == nil {
		return nil
	}
	return &ReplacedBy{
		Component: r.component, Name: r.release.Name, Commit: ID(r.release.Commit), Version: r.release.Plugin.Version,
		URL: r.source.URL, Fit: r.choice.Fit.String(), Why: r.choice.Why,
	}
}

// isReplaced reports whether a branch is to be replaced: by the ledger, or where that has
// decided nothing because its record says that it is somebody else's plugin.
func (p *RebasePlan) isReplaced(d *plannedBranch) bool {
	if d.entry != nil && d.entry.Disposition != "" {
		return d.entry.Disposition == upgrade.DispositionReplace
	}
	return p.site.Config.Records[d.Name.Key()].Origin == config.OriginExternal
}

// replaceBranches prepares what takes the place of branches, and makes those stand on it
// that stood on them. A branch for which nothing can be had is held, with the reason. It
// returns the own commits with those that were made.
//
// all is parallel to the plan's branches.
func (p *RebasePlan) replaceBranches(ctx context.Context, r *RebaseReport, own *history.Own, all []rebase.Branch) (*history.Own, error) {
	var components []string
	for i, d := range p.branches {
		if d.replace != nil && !all[i].Skip {
			components = append(components, d.Name.Component)
		}
	}
	if len(components) == 0 {
		return own, nil
	}
	seen, err := p.lookForReplacements(ctx, components)
	if err != nil {
		return nil, err
	}
	core, err := readVersion(ctx, p.site.Repo.Store(), git.ID(p.Onto.Commit))
	if err != nil {
		return nil, err
	}
	maker := &replacer{plan: p, scratch: r.scratch, own: own, core: core, seen: seen}
	for i := range p.branches {
		d := &p.branches[i]
		if d.replace == nil || all[i].Skip {
			continue
		}
		if err := maker.replace(ctx, r, d, &all[i]); err != nil {
			return nil, err
		}
	}
	return maker.own, p.restack(ctx, r.scratch, maker.own, all)
}

// lookForReplacements asks the repositories of plugins. Triage asks nobody, and a resolve
// only where nothing is known.
func (p *RebasePlan) lookForReplacements(ctx context.Context, components []string) (map[string]*plugins.Seen, error) {
	offline := p.request.Offline || p.request.command != ""
	seen, err := p.site.look(ctx, components, offline, 0)
	if err != nil || p.request.Offline || !offline {
		return seen, err
	}
	var unknown []string
	for _, component := range components {
		if seen[component] == nil {
			unknown = append(unknown, component)
		}
	}
	more, err := p.site.look(ctx, unknown, false, 0)
	for component, s := range more {
		seen[component] = s
	}
	return seen, err
}

// replacer prepares replacements.
type replacer struct {
	plan    *RebasePlan
	scratch *git.Scratch
	own     *history.Own
	core    moodle.Version
	seen    map[string]*plugins.Seen
}

// heldError says why a branch cannot be replaced now.
type heldError struct {
	reason      string
	unreachable bool
}

func (e *heldError) Error() string { return e.reason }

func held(format string, args ...any) error { return &heldError{reason: fmt.Sprintf(format, args...)} }

// heldBy turns an error of a repository into the reason for which a branch is held.
func heldBy(err error, step string) error {
	if errors.Is(err, plugins.ErrNotHere) {
		return held("%s: it was not fetched yet; mgit plugins update --check --for the new version fetches it", step)
	}
	return &heldError{reason: step + ": " + sayFetch(err), unreachable: isUnreachable(err)}
}

// replace prepares one replacement, or holds its branch.
func (m *replacer) replace(ctx context.Context, r *RebaseReport, d *plannedBranch, b *rebase.Branch) error {
	if d.carried != git.ZeroID { // only what came after is carried, and no later import
		replaced, err := m.pureImports(ctx, d)
		b.Replaced = replaced
		return err
	}
	err := m.prepare(ctx, d, b)
	var why *heldError
	switch {
	case errors.As(err, &why):
		d.outcome, d.reason, b.Skip = upgrade.OutcomeHeld, why.reason, true
		d.replace.on = git.ZeroID
		if why.unreachable {
			r.Unreachable = append(r.Unreachable, d.Name.Component)
		}
		return ctx.Err()
	case err != nil:
		return fmt.Errorf("replace %s: %w", d.Raw, err)
	}
	b.On, b.Replaced = d.replace.on, d.replace.replaced
	if d.replace.squash != git.ZeroID {
		b.Tip = d.replace.squash
	}
	return nil
}

// imports are the commits that brought a release, by their trailers.
func (m *replacer) imports(commits []*git.Commit) map[git.ID]bool {
	found := make(map[git.ID]bool)
	for _, c := range commits {
		if sourceCommitOf(c.Message) != git.ZeroID {
			found[c.ID] = true
		}
	}
	return found
}

// choose finds the release that takes the branch's place.
func (m *replacer) choose(d *plannedBranch) error {
	component := d.Name.Component
	source, why := m.plan.site.pluginSource(component)
	if why != "" {
		return held("to be replaced by a release of the plugin, and %s", why)
	}
	seen := m.seen[component]
	if why := whySeen(seen); why != "" {
		return &heldError{reason: why, unreachable: isUnreachable(seen.Err)}
	}
	if seen == nil {
		return held("to be replaced by a release of the plugin; which one fits is not known yet: mgit plugins update --check --for %s asks", m.plan.Onto.Tag)
	}
	choice, err := seen.NewestFitting(m.plan.site.wanted(component, m.core))
	if err != nil {
		return err
	}
	d.replace.source, d.replace.choice, d.replace.release = source, choice, choice.Release
	if r := m.parkedRelease(d, seen); r != nil {
		d.replace.release = r
	}
	if d.replace.release == nil {
		return held("no release of %s fits %s: %s", component, m.plan.Onto.Tag, choice.Why)
	}
	return nil
}

// parkedRelease is the release that somebody is resolving conflicts with: a resolve goes on
// with that, also when a newer one is out.
func (m *replacer) parkedRelease(d *plannedBranch, seen *plugins.Seen) *plugins.Release {
	if m.plan.request.command == "" || d.entry == nil || d.entry.Release == "" {
		return nil
	}
	for i, r := range seen.Releases {
		if r.Name == d.entry.Release && r.Problem == "" {
			return &seen.Releases[i]
		}
	}
	return nil
}

// account enters what was replaced into a branch's report.
func (r *replacement) account(b *BranchReport, result rebase.Result) {
	if r == nil {
		return
	}
	if r.squash != git.ZeroID {
		b.Commits.In += r.squashed - 1
		b.Commits.Replaced += r.squashed - 1
	}
	if r.on == git.ZeroID {
		return // carried before
	}
	b.Release = r.report()
	text := fmt.Sprintf("%s %s", r.component, r.release.Name)
	if r.release.Plugin.Version != "" {
		text += " (" + r.release.Plugin.Version + ")"
	}
	if r.choice.Why != "" && r.choice.Release == r.release {
		text += ", which " + r.choice.Why
	}
	if n := b.Commits.Kept; r.squash != git.ZeroID {
		text += fmt.Sprintf("; what the branch changes in it is one commit, made of %s", count(r.squashed, "commit"))
	} else if n > 0 {
		text += fmt.Sprintf(", with %s of your own", count(n, "commit"))
	}
	b.Reason = text
}
