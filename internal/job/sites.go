package job

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mgit/internal/branches"
	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/moodle"
)

// SitesRequest says which places where the code runs are asked about, and how thoroughly.
type SitesRequest struct {
	Names  []string // none: all of sites.toml
	Series string   // whose targets run there, where the site itself does not tell; "" is the one in use
	// Quick reads no tree and no .env file: what sites.toml and the references of this
	// clone say is all.
	Quick    bool
	NoCache  bool // read every file, whatever is remembered of it
	Jobs     int  // 0: one for each CPU
	Progress func(CorehackProgress)
}

// SitesReport is what is known of the places where the code runs.
type SitesReport struct {
	Sites []SiteReport `json:"sites"` // by name
	// Trees are what `mgit corehack-report` and `mgit plugins` can look into without more
	// being known: the work tree, the folders of sites, the targets.
	Trees []KnownTree `json:"trees"`
	// Pending are the settings about plugins that wait to be confirmed in this clone.
	Pending  []PendingInfo `json:"pending"`
	Warnings []Warning     `json:"-"`
}

// The kinds of trees.
const (
	TreeOfClone  = "worktree" // the work tree of this clone, with what is not committed
	TreeOfSite   = "site"     // a folder that sites.toml gives and that is on this machine
	TreeOfTarget = "target"
)

// KnownTree is a tree that can be looked into.
type KnownTree struct {
	Kind string `json:"kind"`
	// Tree is what a command takes for it: a path or a ref; "" is the work tree.
	Tree        string `json:"tree"`
	Site        string `json:"site"`        // "" for no site's
	Environment string `json:"environment"` // of the site
}

// SiteReport is one site.
type SiteReport struct {
	Name        string `json:"name"`
	Environment string `json:"environment"`
	Path        string `json:"path"` // of its live tree, ""
	// IsHere reports whether Path is a folder on this machine.
	IsHere  bool        `json:"is_here"`
	EnvFile string      `json:"env_file"` // ""
	Target  *SiteTarget `json:"target"`   // null where sites.toml names none
	Server  SiteServer  `json:"server"`
	// Looked reports whether the tree and the .env file were read; what follows is empty else.
	Looked bool      `json:"looked"`
	Live   *SiteLive `json:"live"` // null where there is no tree here, or it could not be read
	Pins   []EnvPin  `json:"pins"` // of the .env file, in its order
	// Drift is in what the site is not what its target is, the worst first.
	Drift    []SiteDrift   `json:"drift"`
	Problems []SiteProblem `json:"problems"`
}

// SiteTarget is the target that runs at a site.
type SiteTarget struct {
	Short   string `json:"short"`
	Name    string `json:"name"`    // in full; "" where the series is not known
	Tip     ID     `json:"tip"`     // null while it is not built
	Release string `json:"release"` // of the Moodle in it, as version.php spells it; ""
}

// SiteServer is what sites.toml states of a server; empty where it does not.
type SiteServer struct {
	PHP             string   `json:"php"`
	Database        string   `json:"database"`
	DatabaseVersion string   `json:"database_version"`
	Extensions      []string `json:"extensions"`
}

// SiteLive is what `mgit corehack-report` has to say of a site's tree, in numbers.
type SiteLive struct {
	Tree      string         `json:"tree"`
	Pin       PinReport      `json:"pin"`
	Series    string         `json:"series"`
	Counts    CorehackCounts `json:"counts"`
	Findings  int            `json:"findings"`
	Orphans   int            `json:"orphans"`
	Undecided int            `json:"undecided"`
	// Target is the deployment target whose changes were looked for, and Missing counts
	// those that the tree lacks.
	Target  string `json:"compared_with"`
	Missing int    `json:"missing_from_live"`
	Plugins int    `json:"plugins"`
}

// Where a drift or a problem is.
const (
	InTree    = "tree"
	InEnvFile = "env_file"
)

// The ids of drifts.
const (
	DriftUnread      = "unread"       // part of the tree was not read, so nothing is known of it
	DriftOrphans     = "orphans"      // changes in core that no branch explains
	DriftMissing     = "missing"      // changes of the deployment target that the tree lacks
	DriftOlder       = "older"        // the site has an older Moodle than its target
	DriftNewer       = "newer"        // a newer one
	DriftOtherSeries = "other-series" // one of another series
	DriftNotBuilt    = "not-built"    // its target is not in this clone
)

// SiteDrift is something in which a site is not what its target is.
type SiteDrift struct {
	In   string `json:"in"` // tree or env_file
	ID   string `json:"id"`
	Text string `json:"text"`
}

// SiteProblem says why something of a site could not be found out.
type SiteProblem struct {
	In   string `json:"in"`
	Text string `json:"text"`
}

// NeedsPerson reports whether a site is not as it should be, or could not be judged.
func (r SiteReport) NeedsPerson() bool { return len(r.Drift)+len(r.Problems) > 0 }

// Found reports whether any site makes a check fail.
func (r *SitesReport) Found() bool { return slices.ContainsFunc(r.Sites, SiteReport.NeedsPerson) }

// Sites tells of the places where the code runs: what sites.toml states, and of those with a
// tree on this machine or an .env file in the work tree what they run and how that differs
// from their target. A site that cannot be looked into stops no other; it has a problem. It asks
// no remote and writes nothing but caches. The error is a *UsageError for a name that is no site.
func Sites(ctx context.Context, site *Site, request SitesRequest) (*SitesReport, error) {
	if err := site.initialised(); err != nil {
		return nil, err
	}
	names, err := site.sitesNamed(request.Names)
	if err != nil {
		return nil, err
	}
	r := &SitesReport{Sites: []SiteReport{}, Trees: site.knownTrees(), Pending: ShowConfig(site, "plugin").Pending}
	for _, name := range names {
		s, err := site.reportSite(ctx, name, request)
		if err != nil {
			return nil, err
		}
		r.Sites = append(r.Sites, s)
	}
	return r, nil
}

func (s *Site) sitesNamed(names []string) ([]string, error) {
	known := sortedNames(s.Config.Sites)
	if len(names) == 0 {
		return known, nil
	}
	for _, name := range names {
		if _, found := s.Config.Sites[name]; found {
			continue
		}
		hint := "mgit config edit site.NAME.path PATH tells of one"
		if len(known) > 0 {
			hint = "the sites are " + strings.Join(known, ", ")
		}
		return nil, &UsageError{Text: fmt.Sprintf("no site %q stands in sites.toml", name), Hint: hint}
	}
	return slices.Compact(slices.Sorted(slices.Values(names))), nil
}

// knownTrees lists what can be looked into, production first, then the work tree, the other
// sites, and the targets of the newest series first.
func (s *Site) knownTrees() []KnownTree {
	all, others := []KnownTree{}, []KnownTree{}
	for _, name := range sortedNames(s.Config.Sites) {
		at := s.Config.Sites[name]
		if !isFolder(at.Path) {
			continue
		}
		tree := KnownTree{Kind: TreeOfSite, Tree: at.Path, Site: name, Environment: at.Environment}
		if at.Environment == "production" {
			all = append(all, tree)
		} else {
			others = append(others, tree)
		}
	}
	if s.Repo.WorkTree() != "" {
		all = append(all, KnownTree{Kind: TreeOfClone})
	}
	all = append(all, others...)
	targets := slices.Clone(s.refs.listing(s.Scheme, s.internal).Targets)
	slices.SortStableFunc(targets, func(a, b branches.PresentTarget) int { return b.Version.Compare(a.Version) })
	for _, t := range targets {
		tree := t.Raw
		if t.Remote != "" {
			tree = t.Remote + "/" + tree
		}
		all = append(all, KnownTree{Kind: TreeOfTarget, Tree: tree})
	}
	return all
}

// isFolder reports whether there is a folder on this machine. A path that is not absolute
// would be another place for everybody.
func isFolder(path string) bool {
	if !filepath.IsAbs(path) {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func (s *Site) reportSite(ctx context.Context, name string, request SitesRequest) (SiteReport, error) {
	at := s.Config.Sites[name]
	r := SiteReport{
		Name: name, Environment: at.Environment, Path: at.Path, IsHere: isFolder(at.Path), EnvFile: at.EnvFile,
		Server: SiteServer{at.PHP, at.Database, at.DatabaseVersion, append([]string{}, at.Extensions...)},
		Looked: !request.Quick, Pins: []EnvPin{}, Drift: []SiteDrift{}, Problems: []SiteProblem{},
	}
	if !request.Quick {
		if err := s.lookAtSite(ctx, &r, request); err != nil {
			return r, err
		}
	}
	if at.Target == "" {
		return r, nil
	}
	target, err := s.siteTarget(ctx, at, &r, request.Series)
	if err != nil {
		return r, err
	}
	r.Target = target
	if !request.Quick {
		r.compareReleases()
	}
	return r, nil
}

// lookAtSite reads what runs at the site. Only the end of the work is an error.
func (s *Site) lookAtSite(ctx context.Context, r *SiteReport, request SitesRequest) error {
	if r.IsHere {
		report, err := Corehack(ctx, s, CorehackRequest{Tree: r.Path, NoCache: request.NoCache, Jobs: request.Jobs, Progress: request.Progress})
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			r.Problems = append(r.Problems, SiteProblem{InTree, err.Error()})
		default:
			r.takeLive(report)
		}
	}
	if r.EnvFile == "" {
		return nil
	}
	pins, err := EnvShow(ctx, s, EnvRequest{Site: r.Name, Progress: request.Progress})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		r.Problems = append(r.Problems, SiteProblem{InEnvFile, err.Error()})
	default:
		r.Pins = pins.Files[0].Pins
	}
	return nil
}

// takeLive keeps the numbers of a report, and what they say against the tree.
func (r *SiteReport) takeLive(report *CorehackReport) {
	l := &SiteLive{
		Tree: report.Tree, Pin: report.Pin, Series: report.Series, Counts: report.Counts, Findings: len(report.Findings),
		Undecided: report.Undecided, Target: report.Target, Missing: len(report.MissingFromLive), Plugins: len(report.Plugins),
	}
	for _, f := range report.Findings {
		if f.Orphan {
			l.Orphans++
		}
	}
	r.Live = l
	if n := l.Counts.Unread; n > 0 {
		r.drift(InTree, DriftUnread, count(n, "path")+" could not be read, so nothing is known of what is there")
	}
	if l.Orphans > 0 {
		r.drift(InTree, DriftOrphans, fmt.Sprintf("%s that no branch explains, %d undecided", count(l.Orphans, "finding"), l.Undecided))
	}
	if l.Missing > 0 {
		r.drift(InTree, DriftMissing, fmt.Sprintf("%s that %s has and this tree lacks", count(l.Missing, "change"), l.Target))
	}
}

func (r *SiteReport) drift(in, id, text string) {
	r.Drift = append(r.Drift, SiteDrift{in, id, text})
}

// siteTarget is the target that runs at a site: that of the series that the site is of, where
// it was looked at, else of the one that is asked for.
func (s *Site) siteTarget(ctx context.Context, at config.Site, r *SiteReport, asked string) (*SiteTarget, error) {
	t := &SiteTarget{Short: at.Target}
	series, err := s.Series(ctx, cmp.Or(r.seriesRun(), asked))
	if err != nil {
		return t, nil // several are in use, and nothing tells which one
	}
	found, err := s.findTarget(at.Target, func() (moodle.Series, error) { return series, nil })
	if err != nil {
		r.Problems = append(r.Problems, SiteProblem{InTree, err.Error()})
		return t, nil
	}
	t.Name, t.Tip = found.Raw, ID(found.tip())
	if found.tip() == git.ZeroID {
		return t, nil
	}
	version, err := readVersion(ctx, s.Repo.Store(), found.tip())
	if err != nil && !isVersionless(err) {
		return nil, fmt.Errorf("read the version of %s: %w", found.Raw, err)
	}
	t.Release = version.Release
	return t, nil
}
