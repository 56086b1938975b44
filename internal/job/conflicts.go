package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"mgit/internal/branches"
	"mgit/internal/clash"
	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/moodle"
)

// ConflictsRequest says which branches are compared.
type ConflictsRequest struct {
	Series string // as typed; "" is the series in use
	// Only are names or globs of branches (path.Match); none means all. Several
	// branches are compared with each other, a single one with all others.
	Only []string
	// Target takes the branches that belong to a target; "" those of the series.
	Target string
	Jobs   int // git processes at a time; 0 is one a processor
	// Progress is told how many merges are done of those that Git was asked for.
	Progress func(done, all int)
}

// The levels of ConflictPair.
const (
	LevelFile     = "file"     // both change the file, in different places
	LevelLines    = "lines"    // both change the same lines, or lines with none between them
	LevelConflict = "conflict" // Git cannot merge them alone
)

// ConflictsReport says which branches get in each other's way, in which order
// they are best merged, and which could live together.
type ConflictsReport struct {
	Series   moodle.Series    `json:"series"`
	Target   string           `json:"target"` // whose branches these are; "" for all of the series
	Of       string           `json:"of"`     // the branch that was compared with the others; "" for all pairs
	Branches []ConflictBranch `json:"branches"`
	Pairs    []ConflictPair   `json:"pairs"`
	Totals   ConflictTotals   `json:"totals"`
	// Order is the proposed order of merging, empty where one branch was compared
	// with the others. Sets are groups of branches that could live as one set each.
	Order []string   `json:"order"`
	Sets  [][]string `json:"sets"`
	// Warnings are reasons not to trust what is said here.
	Warnings []Warning `json:"-"`
}

// ConflictBranch is a branch and what it changes.
type ConflictBranch struct {
	Name  string `json:"name"`
	Tip   ID     `json:"tip"`
	Base  Commit `json:"base"`
	Paths Paths  `json:"paths"` // that differ between base and tip
	// StandsOn are the branches whose commits it has all of: with them it cannot
	// conflict. Requires are those that its record names.
	StandsOn []string `json:"stands_on"`
	Requires []string `json:"requires"`
}

// ConflictPair are two branches that get in each other's way.
type ConflictPair struct {
	A         string          `json:"a"`
	B         string          `json:"b"`
	Level     string          `json:"level"` // LevelFile, LevelLines or LevelConflict
	Files     Paths           `json:"files"` // that both change
	Lines     []ConflictLines `json:"lines"` // the files of these in which both change the same lines
	Conflicts []ConflictPath  `json:"conflicts"`
	// ByBase tells that the two conflict and change no path together: one of them
	// stands on a later commit of upstream, which did.
	ByBase bool `json:"by_base"`
	// Unread are files whose lines were not compared, because an object is missing.
	Unread Paths `json:"unread"`
	// Error is why Git could not merge the two at all; "" where it could tell.
	Error string `json:"error"`
}

// ConflictLines are the places of a file that two branches change, in the file of
// their common ancestor.
type ConflictLines struct {
	Place
	Whole  bool            `json:"whole"` // there are no lines to compare
	Ranges []ConflictRange `json:"ranges"`
}

// ConflictRange is a run of lines, counted from 1; without lines it is the place
// before Start.
type ConflictRange struct {
	Start int `json:"start"`
	Lines int `json:"lines"`
}

// ConflictPath is a path that Git cannot merge. Kind is the short type of
// `git merge-tree -z`.
type ConflictPath struct {
	Place
	Kind string `json:"kind"`
}

// ConflictTotals counts pairs; File, Lines and Conflict those of that level.
type ConflictTotals struct {
	Branches int `json:"branches"`
	Pairs    int `json:"pairs"` // that were compared: those where one stands on the other are not
	Apart    int `json:"apart"` // that have nothing to do with each other
	File     int `json:"file"`
	Lines    int `json:"lines"`
	Conflict int `json:"conflict"`
	Merged   int `json:"merged"` // that Git was asked to merge
}

// compared are the branches of a report on their way through package clash.
type compared struct {
	site     *Site
	report   *ConflictsReport
	branches []branches.Branch
	own      *history.Own
	of       []int
	requires [][]int
}

// Conflicts compares all pairs of branches. It writes nothing. The error is a
// *UsageError where mgit is not set up, for a name that is no branch, and where it
// is not clear which series is meant.
func Conflicts(ctx context.Context, site *Site, request ConflictsRequest) (*ConflictsReport, error) {
	if err := site.initialised(); err != nil {
		return nil, err
	}
	c := &compared{site: site, report: &ConflictsReport{
		Branches: []ConflictBranch{}, Pairs: []ConflictPair{}, Order: []string{}, Sets: [][]string{}, Warnings: site.historyWarnings(),
	}}
	if err := c.choose(ctx, request); err != nil {
		return nil, err
	}
	scratch, err := site.Repo.NewScratch(ctx)
	if err != nil {
		return nil, err
	}
	m, err := c.compare(ctx, scratch, request)
	if err := errors.Join(err, scratch.Close()); err != nil {
		return nil, err
	}
	c.fill(m)
	return c.report, nil
}

// choose finds the branches and reads their own commits.
func (c *compared) choose(ctx context.Context, request ConflictsRequest) error {
	all, err := c.all(ctx, request)
	if err != nil {
		return err
	}
	chosen, err := c.narrow(all, request.Only)
	if err != nil {
		return err
	}
	c.branches = chosen
	if len(request.Only) > 0 && len(chosen) == 1 {
		c.report.Of = chosen[0].Raw
		c.branches = all
		c.of = []int{slices.IndexFunc(all, func(b branches.Branch) bool { return b.Raw == chosen[0].Raw })}
	}
	if c.own == nil {
		var tips []git.ID
		for _, b := range c.branches {
			tips = append(tips, b.Tip)
		}
		w := newWalk(c.site.Repo)
		if c.own, err = history.Read(ctx, w, w, tips, c.site.refs.upstream(c.site.upstream)); err != nil {
			return err
		}
	}
	return nil
}

// all are the branches that can be meant: those of the target, or of the series.
func (c *compared) all(ctx context.Context, request ConflictsRequest) ([]branches.Branch, error) {
	site := c.site
	if request.Target == "" {
		series, err := site.Series(ctx, request.Series)
		if err != nil {
			return nil, err
		}
		c.report.Series = series
		return site.refs.listing(site.Scheme, site.internal).Of(series), nil
	}
	t, err := site.findTarget(request.Target, site.seriesOf(ctx, request.Series))
	if err != nil {
		return nil, err
	}
	r := &recipe{target: t}
	if err := site.readMembers(ctx, r); err != nil {
		return nil, err
	}
	c.report.Series, c.report.Target, c.own = t.Version, t.Raw, r.own
	c.report.Warnings = append(c.report.Warnings, r.warnings...)
	var all []branches.Branch
	for _, m := range r.members {
		all = append(all, m.Branch)
	}
	slices.SortFunc(all, func(a, b branches.Branch) int { return strings.Compare(a.Raw, b.Raw) })
	return all, nil
}

// narrow keeps the branches that one of the names or globs matches. Each has to
// match one: what was mistyped must not look like a branch without conflicts.
func (c *compared) narrow(all []branches.Branch, only []string) ([]branches.Branch, error) {
	if len(only) == 0 {
		return all, nil
	}
	keep := make(map[string]bool)
	for _, glob := range only {
		found := false
		for _, b := range all {
			ok, err := path.Match(glob, b.Raw)
			if err != nil {
				return nil, &UsageError{Text: fmt.Sprintf("%q is no pattern: %v", glob, err), Hint: "* stands for any text, ? for one character"}
			}
			if ok || glob == b.Raw {
				keep[b.Raw], found = true, true
			}
		}
		if found {
			continue
		}
		if !strings.ContainsAny(glob, "*?[") && c.report.Target == "" {
			return nil, c.notAmong(glob)
		}
		return nil, &UsageError{
			Text: fmt.Sprintf("no branch of %s matches %q", cmp.Or(c.report.Target, c.report.Series.String()), glob),
			Hint: "mgit status lists the branches",
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(b branches.Branch) bool { return !keep[b.Raw] }), nil
}

// notAmong says why a name is no branch that can be compared.
func (c *compared) notAmong(name string) error {
	l := c.site.refs.listing(c.site.Scheme, c.site.internal)
	for _, b := range l.Branches {
		if b.Raw == name {
			return &UsageError{Text: fmt.Sprintf("%s is a branch of %s, not of %s", name, b.Version, c.report.Series), Hint: "--series " + b.Version.String()}
		}
	}
	return c.site.noBranch(l, name)
}

func (c *compared) compare(ctx context.Context, scratch *git.Scratch, request ConflictsRequest) (*clash.Map, error) {
	r := clash.Request{History: c.own, Options: clash.Options{Of: c.of, Jobs: request.Jobs, Progress: request.Progress}}
	for _, b := range c.branches {
		r.Branches = append(r.Branches, clash.Branch{Name: b.Raw, Tip: b.Tip})
	}
	return clash.Find(ctx, scratch, c.site.Repo, r)
}
