package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/support"
)

// hopsPlan finds the releases of a [PlanHops].
type hopsPlan struct {
	site    *Site
	request PlanRequest
	report  *PlanHops

	from    moodle.Release
	series  moodle.Series // of the branches that move
	to      moodle.Tag
	newest  map[moodle.Series]moodle.Tag // release of each series in this clone
	support *support.Data
	sources map[moodle.Tag]string // where the needs of a release are from
	// latest is the newest environment.xml at hand, which has the rows of the
	// versions before it; nil when there is none.
	latest     *moodle.Environment
	latestFrom string
	read       environments
	changes    []hopChange // of the branches that move; nil before they are read
}

// planHops finds the chain of releases to the tag asked for, and holds each release
// against what sites.toml states. It reads references and objects and writes
// nothing. The error is a *UsageError for a tag or series that is not there.
func planHops(ctx context.Context, site *Site, request PlanRequest) (*PlanHops, error) {
	return planHopsReading(ctx, site, request, make(environments))
}

// environments are the files that were read, by their object: many releases of a series
// have the same.
type environments map[git.ID]*moodle.Environment

func planHopsReading(ctx context.Context, site *Site, request PlanRequest, read environments) (*PlanHops, error) {
	p := &hopsPlan{
		site: site, request: request, newest: make(map[moodle.Series]moodle.Tag), sources: make(map[moodle.Tag]string),
		report: &PlanHops{To: request.Tag, Hops: []Hop{}, Unknown: []string{}}, read: read,
	}
	if _, err := moodle.ParseTag(request.Tag); err != nil && site.refs.commit("refs/tags/"+request.Tag) != git.ZeroID {
		p.unknown("%s is no release tag of Moodle's, so nothing can be told of the way there.", request.Tag)
		return p.report, nil
	}
	if err := p.begin(ctx); err != nil {
		return nil, err
	}
	if err := p.readFrom(ctx); err != nil {
		return nil, err
	}
	way, err := p.find(ctx)
	if err != nil {
		return nil, err
	}
	for i := range way {
		hop, err := p.hop(ctx, way, i)
		if err != nil {
			return nil, err
		}
		p.report.Hops = append(p.report.Hops, hop)
	}
	p.report.Direct = len(way) == 1
	return p.report, nil
}

// begin reads the tag asked for and lists the releases there are.
func (p *hopsPlan) begin(ctx context.Context) error {
	if err := p.site.initialised(); err != nil {
		return err
	}
	var err error
	if p.to, err = moodle.ParseTag(p.request.Tag); err != nil {
		return &UsageError{Text: err.Error()}
	}
	if p.site.refs.commit("refs/tags/"+p.request.Tag) == git.ZeroID {
		return &UsageError{
			Text: fmt.Sprintf("there is no tag %q in this repository", p.request.Tag),
			Hint: "git fetch upstream --tags brings Moodle's releases",
		}
	}
	moves := RebasePlan{site: p.site, request: RebaseAllRequest{Tag: p.request.Tag, From: p.request.From}, To: p.to.Series}
	if err := moves.chooseFrom(p.site.refs.listing(p.site.Scheme, p.site.internal)); err != nil {
		return err
	}
	p.series = moves.From
	for _, r := range p.site.refs.refs {
		name, isTag := cutTag(r.Name)
		tag, err := moodle.ParseTag(name)
		if !isTag || err != nil || tag.Pre != "" || r.Peeled == git.ZeroID {
			continue
		}
		if known, ok := p.newest[tag.Series]; !ok || tag.Compare(known) > 0 {
			p.newest[tag.Series] = tag
		}
	}
	var warning string
	p.support, warning, err = p.site.supportData(ctx)
	if warning != "" {
		p.unknown("%s", warning)
	}
	p.report.Support = describeSupport(p.support)
	return err
}

func (p *hopsPlan) unknown(format string, args ...any) {
	p.report.Unknown = append(p.report.Unknown, fmt.Sprintf(format, args...))
}

// unknownOnce says something that is found out more than once.
func (p *hopsPlan) unknownOnce(text string) {
	if !slices.Contains(p.report.Unknown, text) {
		p.report.Unknown = append(p.report.Unknown, text)
	}
}

// find looks for the way: over releases of this clone, and where there is none, over
// those that Moodle is known to have made as well.
func (p *hopsPlan) find(ctx context.Context) ([]moodle.Hop, error) {
	if p.from.Series.IsZero() {
		return nil, nil
	}
	if p.from.Compare(p.to.Release()) > 0 {
		p.unknown("The site runs %s, which is newer than %s: Moodle does not go back.", withoutBuild(p.from.String()), p.to)
		return nil, nil
	}
	target, ok, err := p.needs(ctx, p.to)
	if err != nil {
		return nil, err
	}
	if !ok {
		p.unknown("No environment.xml in this clone says what %s asks for, so whether a hop is needed is not known.", p.to)
		return nil, nil
	}
	to := moodle.Stop{Tag: p.to, Needs: target}
	stops, missing, err := p.stops(ctx)
	if err != nil {
		return nil, err
	}
	if way, ok := moodle.Way(p.from, stops, to, p.better); ok {
		return way, nil
	}
	way, ok := moodle.Way(p.from, append(stops, missing...), to, p.better)
	if !ok {
		p.unknown("No chain of releases leads from %s to %s: %s asks for %s or later, and nothing that is known leads there.",
			p.from, p.to, p.to, requires(target))
		return nil, nil
	}
	for _, hop := range way[:len(way)-1] {
		if p.site.refs.commit("refs/tags/"+hop.Tag.String()) == git.ZeroID {
			p.unknown("The way leads over %s, and this clone has no release of %s: git fetch upstream --tags brings what there is.", hop.Tag, hop.Tag.Series)
		}
	}
	return way, nil
}

// stops are the newest releases of the series that may lie between; missing are those
// of series that this clone has no release of.
func (p *hopsPlan) stops(ctx context.Context) (stops, missing []moodle.Stop, err error) {
	for series, tag := range p.newest {
		if !p.between(series) {
			continue
		}
		if n, ok, err := p.needs(ctx, tag); err != nil {
			return nil, nil, err
		} else if ok {
			stops = append(stops, moodle.Stop{Tag: tag, Needs: n})
		} else {
			p.unknown("Nothing says what %s asks for, so the way is not led over it.", tag)
		}
	}
	slices.Sort(p.report.Unknown) // the map has no order
	for _, s := range p.support.Series {
		if _, have := p.newest[s.Series]; have || s.Newest.IsZero() || !p.between(s.Series) {
			continue
		}
		if n, ok := p.cumulative(s.Newest); ok {
			missing = append(missing, moodle.Stop{Tag: s.Newest, Needs: n})
		}
	}
	return stops, missing, nil
}

// between reports whether a hop may be in the series. Experiments are no place to be,
// not even on the way.
func (p *hopsPlan) between(series moodle.Series) bool {
	if s, _ := p.support.Of(series); s.Experimental {
		return false
	}
	return series.Compare(p.from.Series) >= 0 && series.Compare(p.to.Series) < 0
}

// better prefers the series whose security support ends last, then one with
// long-term support, then the newer one.
func (p *hopsPlan) better(a, b moodle.Tag) int {
	x, _ := p.support.Of(a.Series)
	y, _ := p.support.Of(b.Series)
	lts := func(s support.Series) int {
		if s.LTS {
			return 1
		}
		return 0
	}
	return cmp.Or(y.Security.Compare(x.Security), cmp.Compare(lts(y), lts(x)), b.Compare(a))
}

// needs reads what a release asks for: in its own environment.xml, else in the newest
// one at hand, which has a row of every version before it.
func (p *hopsPlan) needs(ctx context.Context, tag moodle.Tag) (moodle.ServerNeeds, bool, error) {
	if err := p.readLatest(ctx); err != nil {
		return moodle.ServerNeeds{}, false, err
	}
	e, path, err := p.environment(ctx, tag)
	if err != nil {
		return moodle.ServerNeeds{}, false, err
	}
	if e != nil {
		if n, ok := e.For(tag.Release().Official()); ok {
			p.sources[tag] = tag.String() + ":" + path
			return n, true, nil
		}
	}
	n, ok := p.cumulative(tag)
	return n, ok, nil
}

// cumulative is the row of the tag's series in the newest environment.xml. A row of an
// older series says nothing there: the file may be older than the series.
func (p *hopsPlan) cumulative(tag moodle.Tag) (moodle.ServerNeeds, bool) {
	if p.latest == nil {
		return moodle.ServerNeeds{}, false
	}
	n, ok := p.latest.For(tag.Release().Official())
	if !ok || moodle.NormalizeVersion(n.Version) != tag.Series.String() {
		return moodle.ServerNeeds{}, false
	}
	p.sources[tag] = p.latestFrom
	return n, true
}

// readLatest finds the newest release that has the file.
func (p *hopsPlan) readLatest(ctx context.Context) error {
	if p.latestFrom != "" {
		return nil
	}
	p.latestFrom = "none"
	tags := make([]moodle.Tag, 0, len(p.newest))
	for _, tag := range p.newest {
		tags = append(tags, tag)
	}
	slices.SortFunc(tags, func(a, b moodle.Tag) int { return b.Compare(a) })
	for _, tag := range tags {
		e, path, err := p.environment(ctx, tag)
		if err != nil {
			return err
		}
		if e != nil {
			p.latest, p.latestFrom = e, tag.String()+":"+path
			return nil
		}
	}
	return nil
}

// environment reads a release's environment.xml; nil where it has none that can be
// read, and then what is wrong with it is among the unknowns.
func (p *hopsPlan) environment(ctx context.Context, tag moodle.Tag) (*moodle.Environment, string, error) {
	if p.site.refs.commit("refs/tags/"+tag.String()) == git.ZeroID {
		return nil, "", nil
	}
	root, err := p.rootOf(ctx, tag)
	if err != nil {
		return nil, "", err
	}
	for _, path := range moodle.EnvironmentPaths() {
		entry, err := p.site.Repo.Store().Path(ctx, root, path)
		if errors.Is(err, git.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, "", fmt.Errorf("read %s of %s: %w", path, tag, err)
		}
		e, err := p.parse(ctx, entry)
		var bad *moodle.FormatError
		if errors.As(err, &bad) {
			p.unknownOnce(fmt.Sprintf("%s of %s cannot be read: %v.", path, tag, err))
			return nil, "", nil
		}
		if err != nil {
			return nil, "", fmt.Errorf("read %s of %s: %w", path, tag, err)
		}
		return e, path, nil
	}
	return nil, "", nil
}

func (p *hopsPlan) parse(ctx context.Context, entry git.TreeEntry) (*moodle.Environment, error) {
	if e, ok := p.read[entry.ID]; ok {
		return e, nil
	}
	if entry.Mode != git.ModeFile && entry.Mode != git.ModeExec {
		return nil, &moodle.FormatError{What: "environment.xml", Reason: "is no file"}
	}
	data, err := p.site.Repo.Store().Blob(ctx, entry.ID)
	if err != nil {
		return nil, err
	}
	e, err := moodle.ParseEnvironment(data)
	if err == nil {
		p.read[entry.ID] = e
	}
	return e, err
}

// requires is what a row asks of the release before; core takes 1.0 where it is silent.
func requires(n moodle.ServerNeeds) string { return cmp.Or(n.Requires, "1.0") }
