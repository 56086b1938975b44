package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mgit/internal/branches"
	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/journal"
	"mgit/internal/moodle"
	"mgit/internal/plugins"
	"mgit/internal/web"
)

// PluginsUpdateRequest asks which plugins have newer releases, or takes them.
type PluginsUpdateRequest struct {
	Components []string      // none: all of plugins.toml
	Series     moodle.Series // whose branches
	For        string        // the tag or series that releases are to fit; "" is the base of Series
	Check      bool          // only look
	DryRun     bool
	Timeout    time.Duration // for an answer of a repository; 0: half a minute
	// NoResolutions leaves conflicts alone that recorded resolutions would settle.
	NoResolutions bool
	// UpdateWorktrees moves branches that are checked out in clean worktrees with these.
	UpdateWorktrees bool
	// Web is how a directory of plugins is asked; the zero value is right outside of tests.
	Web web.Options
}

// What became of a plugin.
const (
	PluginCurrent     = "current"     // it is the newest release that fits
	PluginNewer       = "newer"       // there is a newer one
	PluginUpdated     = "updated"     // its branch has it now
	PluginConflict    = "conflict"    // what the site changed conflicts with it; the branch was left alone
	PluginNoneFits    = "none-fits"   // no release fits
	PluginNoBranch    = "no-branch"   // no branch of the series brings it
	PluginUnknown     = "unknown"     // its releases cannot be read, or where it came from
	PluginUnreachable = "unreachable" // its repository did not answer
	PluginMoved       = "moved"       // somebody moved the branch during the run
	PluginFailed      = "failed"      // the branch is checked out, or the run could not move it
)

// PluginOutcomes lists them in the order reports show them.
func PluginOutcomes() []string {
	return []string{
		PluginCurrent, PluginNewer, PluginUpdated, PluginConflict, PluginNoneFits, PluginNoBranch,
		PluginUnknown, PluginUnreachable, PluginMoved, PluginFailed,
	}
}

// SeriesWithBranches returns the series that a tag or series names, when it has branches.
func (s *Site) SeriesWithBranches(ctx context.Context, name string) (moodle.Series, bool) {
	if s.initialised() != nil {
		return moodle.Series{}, false
	}
	series, err := moodle.ParseSeries(name)
	if err != nil {
		id := s.refs.commit("refs/tags/" + name)
		version, err := readVersion(ctx, s.Repo.Store(), id)
		if id == git.ZeroID || err != nil {
			return moodle.Series{}, false
		}
		if series, err = version.Series(); err != nil {
			return series, false
		}
	}
	return series, len(s.refs.listing(s.Scheme, s.internal).Of(series)) > 0
}

// PluginsUpdateReport says of each plugin what it has and what there is.
type PluginsUpdateReport struct {
	Series  string         `json:"series"` // of the branches
	Core    PluginsCore    `json:"core"`
	Plugins []PluginUpdate `json:"plugins"` // by component
	Totals  map[string]int `json:"totals"`  // by outcome
	// Warnings are what was noticed besides.
	Warnings []Warning `json:"-"`

	site    *Site
	request PluginsUpdateRequest
	version moodle.Version
	scratch *git.Scratch
	own     *history.Own
	moves   []journal.Move
	edit    sharedEdit
}

// PluginsCore is the Moodle that releases are to fit.
type PluginsCore struct {
	Tag     string `json:"tag"`
	Commit  ID     `json:"commit"`
	Version string `json:"version"`
}

// PluginRelease is a release as reports show it.
type PluginRelease struct {
	Name    string    `json:"name"` // of the tag or branch
	Commit  ID        `json:"commit"`
	Version string    `json:"version"`
	When    time.Time `json:"when"`
}

// PluginUpdate is one plugin of plugins.toml.
type PluginUpdate struct {
	Component string         `json:"component"`
	URL       string         `json:"url"`
	Branch    string         `json:"branch"`  // of the site; "" for none
	Version   string         `json:"version"` // that the branch has; ""
	From      string         `json:"from"`    // the release it was made from; ""
	Pin       string         `json:"pin"`
	Newest    *PluginRelease `json:"newest"`  // null where none is known
	Fitting   *PluginRelease `json:"fitting"` // the newest that fits
	Fit       string         `json:"fit"`     // of Fitting, else of Newest; "" where none is known
	Why       string         `json:"why"`     // what is to be said against it
	Outcome   string         `json:"outcome"`
	Reason    string         `json:"reason"`
	Seen      *time.Time     `json:"seen"` // when the repository answered last; null: never
	OldTip    ID             `json:"old_tip"`
	NewTip    ID             `json:"new_tip"` // null unless the branch moves
	Conflicts []ConflictAt   `json:"conflicts"`
	Rebuild   Paths          `json:"rebuild"`
	Used      []string       `json:"resolutions"`
	Notes     []string       `json:"notes"`

	source plugins.Source
	seen   *plugins.Seen
	choice plugins.Choice
	ref    git.Ref
	origin origin
}

// HasNewer reports whether a newer release fits: exit code 100 of a check.
func (r *PluginsUpdateReport) HasNewer() bool { return r.Totals[PluginNewer] > 0 }

// IsUnreachable reports whether a repository did not answer.
func (r *PluginsUpdateReport) IsUnreachable() bool { return r.Totals[PluginUnreachable] > 0 }

// NeedsPerson reports whether a branch was left for a person.
func (r *PluginsUpdateReport) NeedsPerson() bool {
	return r.Totals[PluginConflict]+r.Totals[PluginMoved]+r.Totals[PluginFailed] > 0
}

// PluginsUpdate asks the repositories of plugins for releases that fit. Unless it only
// checks, the branch of each plugin for which there is a newer one gets it as one commit, with
// what the site has changed kept, and the pins in plugins.toml move along.
func PluginsUpdate(ctx context.Context, site *Site, request PluginsUpdateRequest) (report *PluginsUpdateReport, run int, err error) {
	var lock *journal.Lock
	if !request.DryRun && !request.Check {
		if lock, err = site.Lock(ctx, "plugins update"); err != nil {
			return nil, 0, err
		}
		defer func() { err = errors.Join(err, lock.Release()) }()
	}
	r, err := planPluginsUpdate(ctx, site, request)
	if err != nil {
		return nil, 0, err
	}
	if r.scratch, err = site.Repo.NewScratch(ctx); err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, r.scratch.Close()) }()
	if err := r.look(ctx); err != nil {
		return nil, 0, err
	}
	if request.Check {
		r.prefetch(ctx)
	} else if err := r.update(ctx); err != nil {
		return nil, 0, err
	}
	r.count()
	if lock != nil && len(r.moves) > 0 {
		run, err = r.apply(ctx, lock)
	}
	return r, run, err
}

// planPluginsUpdate settles which plugins are meant and what they are to fit.
func planPluginsUpdate(ctx context.Context, site *Site, request PluginsUpdateRequest) (*PluginsUpdateReport, error) {
	if err := site.initialised(); err != nil {
		return nil, err
	}
	r := &PluginsUpdateReport{Series: request.Series.String(), Plugins: []PluginUpdate{}, site: site, request: request}
	if err := r.findCore(ctx); err != nil {
		return nil, err
	}
	components := request.Components
	if len(components) == 0 {
		components = sortedNames(site.Config.Plugins)
		for _, key := range sortedNames(site.Config.Records) {
			component, _, err := branches.ParseKey(key)
			if err == nil && site.Config.Records[key].Origin == config.OriginExternal && !strings.HasPrefix(component, "set_") {
				components = append(components, component)
			}
		}
	}
	slices.Sort(components)
	for _, component := range slices.Compact(components) {
		if _, err := moodle.ParseComponent(component); err != nil {
			return nil, &UsageError{Text: err.Error(), Hint: "a plugin is named by its component, like mod_attendance"}
		}
		p := PluginUpdate{
			Component: component, Pin: site.Config.Plugins[component].Pin,
			Conflicts: []ConflictAt{}, Rebuild: Paths{}, Used: []string{}, Notes: []string{},
		}
		r.Plugins = append(r.Plugins, p)
	}
	return r, nil
}

// findCore reads the Moodle that releases are to fit.
func (r *PluginsUpdateReport) findCore(ctx context.Context) error {
	tag := r.request.Series.FirstTag().String()
	if r.request.For != "" {
		tag = r.request.For
		if series, err := moodle.ParseSeries(r.request.For); err == nil {
			tag = series.FirstTag().String()
		}
	}
	id := r.site.refs.commit("refs/tags/" + tag)
	if id == git.ZeroID {
		return &UsageError{Text: fmt.Sprintf("there is no tag %q in this repository", tag), Hint: "git fetch --tags, from the remote that is Moodle's"}
	}
	var err error
	if r.version, err = readVersion(ctx, r.site.Repo.Store(), id); err != nil {
		return fmt.Errorf("read the version of %s: %w", tag, err)
	}
	series, err := r.version.Series()
	if err != nil {
		return fmt.Errorf("read the version of %s: %w", tag, err)
	}
	if series.Compare(r.request.Series) != 0 && !r.request.Check {
		return &UsageError{
			Text: fmt.Sprintf("%s is not of %s, whose branches would be updated", tag, r.request.Series),
			Hint: fmt.Sprintf("--check only looks; --series %s updates the branches of %s", series, series),
		}
	}
	r.Core = PluginsCore{Tag: tag, Commit: ID(id), Version: r.version.Version}
	return nil
}

// look asks the repositories and compares what they have with the branches.
func (r *PluginsUpdateReport) look(ctx context.Context) error {
	var components []string
	for _, p := range r.Plugins {
		components = append(components, p.Component)
	}
	seen, err := r.site.look(ctx, components, false, r.request.Timeout)
	if err != nil {
		return err
	}
	if err := r.findBranches(ctx); err != nil {
		return err
	}
	for i := range r.Plugins {
		p := &r.Plugins[i]
		p.seen = seen[p.Component]
		if err := r.compare(ctx, p); err != nil {
			return fmt.Errorf("look at %s: %w", p.Component, err)
		}
	}
	return r.askDirectory(ctx)
}

// findBranches finds the branch that brings each plugin, and reads the branches' own commits.
func (r *PluginsUpdateReport) findBranches(ctx context.Context) error {
	var tips []git.ID
	for i := range r.Plugins {
		p := &r.Plugins[i]
		if name := r.branchOf(p.Component); name != nil {
			p.Branch, p.ref, p.OldTip = name.Raw, git.Ref{Name: name.Ref, Peeled: name.Tip}, ID(name.Tip)
			tips = append(tips, name.Tip)
		}
	}
	var err error
	r.own, err = history.Read(ctx, r.site.Repo, r.site.Repo.Store(), tips, r.site.refs.upstream(r.site.upstream))
	return err
}

// branchOf is the branch of the series that brings a plugin: the one whose record says that it
// is somebody else's, or the only one without a short name.
func (r *PluginsUpdateReport) branchOf(component string) *branches.Branch {
	var plain *branches.Branch
	for _, b := range r.site.refs.listing(r.site.Scheme, r.site.internal).Of(r.request.Series) {
		switch {
		case b.Component != component:
		case r.site.Config.Records[b.Key()].Origin == config.OriginExternal:
			return &b
		case b.Short == "" && plain == nil:
			plain = &b
		}
	}
	return plain
}

func (r *PluginsUpdateReport) count() {
	r.Totals = map[string]int{"plugins": len(r.Plugins)}
	for _, o := range PluginOutcomes() {
		r.Totals[o] = 0
	}
	for _, p := range r.Plugins {
		r.Totals[p.Outcome]++
	}
}

func (r *PluginsUpdateReport) command() string {
	return strings.TrimSpace("plugins update " + strings.Join(r.request.Components, " "))
}

// apply moves the branches and the pins as one run.
func (r *PluginsUpdateReport) apply(ctx context.Context, lock *journal.Lock) (int, error) {
	payload, err := r.edit.encode()
	if err != nil {
		return 0, err
	}
	draft := journal.Draft{Command: r.command(), Moves: r.moves, Payload: payload}
	run, err := journal.Apply(ctx, r.site.Repo, lock, r.scratch, draft, applyShared(r.site.Repo))
	if err != nil {
		return 0, err
	}
	for _, out := range run.TakenOut {
		for i := range r.Plugins {
			p := &r.Plugins[i]
			if p.Branch != out.Group {
				continue
			}
			p.Outcome, p.Reason, p.NewTip = PluginMoved, out.Reason, ID{}
			if out.Cause != journal.CauseMoved {
				p.Outcome = PluginFailed
			}
		}
	}
	r.count()
	return run.Number, nil
}
