package job

import (
	"context"
	"fmt"
	"slices"
	"time"

	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/upgrade"
)

// ReleasesRequest asks for the releases that an upgrade can go to.
type ReleasesRequest struct {
	// Series is the one to go on from, as typed. "" is the one that the only unfinished
	// upgrade moves, else the series in use.
	Series string
	// Now is the day on which support dates are looked at.
	Now time.Time
}

// ReleasesReport is where an upgrade can go to.
type ReleasesReport struct {
	Series moodle.Series `json:"series"` // that releases have to be newer than
	// Releases are upstream's releases of newer series, and those that upgrades go onto,
	// the newest first; what comes before the first of a series (betas, release
	// candidates) is not among them.
	Releases []UpgradeRelease `json:"releases"`
	// Upgrades are those that have a ledger, by series.
	Upgrades []BegunUpgrade `json:"upgrades"`
	// Support says which data the dates of support are from.
	Support SupportData `json:"support"`
	// HasTracker says that a tracker is set and confirmed.
	HasTracker bool `json:"-"`
	// Warnings are what was noticed besides.
	Warnings []Warning `json:"-"`
}

// UpgradeRelease is a release that branches can move to.
type UpgradeRelease struct {
	Tag      string `json:"tag"`
	Commit   ID     `json:"commit"`
	Series   string `json:"series"`
	Released string `json:"released"` // the day of its commit
	// First says that it is the first release of its series, which the branches of a
	// series stand on by default, and Newest that this clone has none after it.
	First  bool `json:"first"`
	Newest bool `json:"newest"`
	// From is the series whose branches move there where none is named.
	From string `json:"from"`
	// Support is that of the series.
	Support      SupportStatus `json:"support"`
	Experimental bool          `json:"experimental"`
}

// BegunUpgrade is an upgrade that has a ledger.
type BegunUpgrade struct {
	Series   string `json:"series"`
	From     string `json:"from"`
	Onto     string `json:"onto"` // a tag; "" while this clone does not have the release
	Finished bool   `json:"finished"`
}

// Releases lists the releases that an upgrade can go to. It fetches nothing and writes
// nothing.
func Releases(ctx context.Context, site *Site, request ReleasesRequest) (*ReleasesReport, error) {
	if err := site.initialised(); err != nil {
		return nil, err
	}
	r := &ReleasesReport{Releases: []UpgradeRelease{}, Upgrades: []BegunUpgrade{}, HasTracker: site.HasTracker()}
	if err := r.findUpgrades(ctx, site); err != nil {
		return nil, err
	}
	var err error
	if r.Series, err = r.after(ctx, site, request.Series); err != nil {
		return nil, err
	}
	if err := r.findReleases(ctx, site); err != nil {
		return nil, err
	}
	data, warning, err := site.supportData(ctx)
	if err != nil {
		return nil, err
	}
	if warning != "" {
		r.Warnings = append(r.Warnings, Warning{ID: "support-file", Text: warning})
	}
	r.Support = describeSupport(data)
	for i := range r.Releases {
		series, err := moodle.ParseSeries(r.Releases[i].Series)
		if err != nil {
			return nil, err
		}
		s, _ := data.Of(series)
		r.Releases[i].Support, r.Releases[i].Experimental = supportStatus(s, request.Now), s.Experimental
	}
	return r, nil
}

func (r *ReleasesReport) findUpgrades(ctx context.Context, site *Site) error {
	all, err := site.ledgers(ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b *upgrade.Ledger) int { return compareSeries(a.Series, b.Series) })
	for _, l := range all {
		r.Upgrades = append(r.Upgrades, BegunUpgrade{Series: l.Series, From: l.From, Onto: l.Onto, Finished: l.IsFinished(site.branchesOf(l.From))})
	}
	return nil
}

// after chooses the series that releases have to be newer than.
func (r *ReleasesReport) after(ctx context.Context, site *Site, asked string) (moodle.Series, error) {
	open := slices.DeleteFunc(slices.Clone(r.Upgrades), func(u BegunUpgrade) bool { return u.Finished })
	if asked == "" && len(open) == 1 {
		return moodle.ParseSeries(open[0].From)
	}
	return site.Series(ctx, asked)
}

// findReleases reads the tags. The day of a release is that of its commit: a tag's own is
// not in every clone.
func (r *ReleasesReport) findReleases(ctx context.Context, site *Site) error {
	tags := make(map[moodle.Tag]git.ID)
	var ids []git.ID
	var names []moodle.Tag
	for _, ref := range site.refs.refs {
		name, isTag := cutTag(ref.Name)
		tag, err := moodle.ParseTag(name)
		if !isTag || err != nil || ref.Peeled == git.ZeroID {
			continue
		}
		isBegun := slices.ContainsFunc(r.Upgrades, func(u BegunUpgrade) bool { return u.Onto == name })
		if !isBegun && (tag.Pre != "" || tag.Series.Compare(r.Series) <= 0) {
			continue
		}
		tags[tag] = ref.Peeled
		names = append(names, tag)
	}
	slices.SortFunc(names, func(a, b moodle.Tag) int { return b.Compare(a) })
	for _, tag := range names {
		ids = append(ids, tags[tag])
	}
	commits, err := site.Repo.Store().Commits(ctx, ids)
	if err != nil {
		return fmt.Errorf("read the releases: %w", err)
	}
	from := make(map[moodle.Series]string)
	for i, tag := range names {
		isNewest := i == 0 || names[i-1].Series.Compare(tag.Series) != 0
		if isNewest {
			from[tag.Series] = site.newestBefore(tag.Series).String()
		}
		r.Releases = append(r.Releases, UpgradeRelease{
			Tag: tag.String(), Commit: ID(ids[i]), Series: tag.Series.String(), Released: dayText(commits[i].Committer.When.UTC()),
			First: tag.IsFirst(), Newest: isNewest, From: from[tag.Series],
		})
	}
	return nil
}
