package report

import (
	"cmp"
	"html/template"
	"slices"

	"mgit/internal/job"
)

// view is what the template shows. All of its text is visible() already; that it
// means nothing in HTML is the template's work.
type view struct {
	Policy     string
	Style      template.CSS
	Script     template.JS
	Title      string
	Verdict    string
	Remarks    []string
	Tree       string
	IsRef      bool
	Compared   string // with which branches
	When       string
	Version    string
	Pin        pinView
	Counts     job.CorehackCounts
	Classes    []classView
	Rows       []componentView
	MoreRows   int
	Missing    []missingView
	MoreLacks  int
	Groups     []groupView
	Total      int // findings of the report
	Shown      int // of them on the page
	Left       int // of them not on the page
	Severities []choice
	Choices    []choice // components
	Plugins    []pluginView
	MorePlugs  int
	Unread     []unreadView
	MoreUnread int
	Scope      []string
}

type pinView struct {
	Release, Tag, Describe, Commit, Short string
	Series, Version, Branch               string
	Confidence, ConfidenceMeans, Evidence string
	Differing, Compared                   int
	Claims                                string
	Doubts                                []string
	Mixed, Candidates                     []candidateView
	MoreMixed, MoreCandidates             int
}

type candidateView struct {
	Release, Tag, Short string
	Differing, Files    int
}

type classView struct {
	ID, Short, Help string
	Count           int
	OnPage          int // for the filter
}

type componentView struct {
	Name              string
	Findings, Orphans int
	Cells             []int // one for each of Classes
}

type choice struct {
	ID, Label string
	Count     int
}

type groupView struct {
	Severity, Means string
	Findings        []findingView
}

type findingView struct {
	Anchor, Path, Class, Component, Severity string
	Orphan, Undecided, Open                  bool
	Added, Removed                           int
	Summary, Gist, Evidence                  string
	Upstream                                 *originView
	Unexplained                              string
	Decision                                 *decisionView
	Hunks                                    []hunkView
	MoreHunks                                int
}

type originView struct {
	Release, Commit, MDL, Subject string
}

type decisionView struct {
	Word, Means, Reason, By string
}

type hunkView struct {
	Where, Branch string
	Explained     bool
	Marker        *markerView
	Note          string
	Decision      *decisionView
	Lines         []diffLine
	Left          int
	NoLines       bool // the report has none to show
}

type markerView struct {
	Token, Text, Ticket, Until string
}

type missingView struct {
	Path, Branch, Target, Component, What string
	Place                                 string // "" is the whole file
	Partly                                bool
	Lines                                 []diffLine
	Left                                  int
}

type pluginView struct {
	Component, Path, Version, Release, Requires, Branch string
	Kind, Remote, Commit, OriginBranch                  string
	Files                                               int
	Signs                                               []string // why to look at it
	Unsure                                              bool     // whether it has uncommitted changes
}

type unreadView struct {
	Path, Reason string
	Dir          bool
}

func viewOf(r *job.CorehackReport, opt Options) *view {
	v := &view{
		Policy: policy(), Style: template.CSS(pageCSS), Script: template.JS(pageJS),
		Title: opt.title(), Verdict: verdict(r), Remarks: remarks(r), Tree: visible(r.Tree), IsRef: r.IsRef, Version: visible(opt.Version),
		Compared: comparedWith(r), Pin: pinViewOf(&r.Pin), Counts: r.Counts, Total: len(r.Findings), Scope: scope(r, opt),
	}
	if !r.When.IsZero() {
		v.When = r.When.UTC().Format("2 January 2006, 15:04 UTC")
	}
	v.findings(r, opt)
	v.classes(r)
	v.components(r)
	v.missing(r, opt)
	v.plugins(r)
	for i := range r.Unread[:min(len(r.Unread), htmlRows)] {
		u := &r.Unread[i]
		v.Unread = append(v.Unread, unreadView{shown(u.Place), visible(u.Reason), u.Dir})
	}
	v.MoreUnread = len(r.Unread) - len(v.Unread)
	return v
}

func pinViewOf(p *job.PinReport) pinView {
	v := pinView{
		Release: visible(p.Release), Tag: visible(p.Tag), Describe: visible(p.Describe), Commit: p.Commit.String(), Short: p.Commit.Short(),
		Series: visible(p.Series), Version: visible(p.Version), Branch: visible(p.Branch),
		Confidence: visible(p.Confidence), ConfidenceMeans: confidenceMeans(p.Confidence), Evidence: evidenceMeans(p.Evidence),
		Differing: p.Differing, Compared: p.Compared,
	}
	if v.Describe == v.Tag {
		v.Describe = ""
	}
	if c := p.Claims; c != nil && c.Release != p.Release {
		v.Claims = visible(c.Release)
	}
	for _, d := range p.Disagrees {
		v.Doubts = append(v.Doubts, visible(d.Text))
	}
	v.Mixed, v.MoreMixed = candidates(p.Mixed)
	v.Candidates, v.MoreCandidates = candidates(p.Candidates)
	return v
}

func candidates(all []job.PinCandidate) (views []candidateView, more int) {
	for _, c := range all[:min(len(all), 20)] {
		views = append(views, candidateView{visible(c.Release), visible(c.Tag), c.Commit.Short(), c.Differing, c.Files})
	}
	return views, len(all) - len(views)
}

// classes counts by class. The numbers of the report stand at the top, those of the
// page at the filters: they differ where the page is cut.
func (v *view) classes(r *job.CorehackReport) {
	onPage := map[string]int{}
	for _, g := range v.Groups {
		for _, f := range g.Findings {
			onPage[f.Class]++
		}
	}
	for _, c := range classes() {
		v.Classes = append(v.Classes, classView{c.ID, c.Short, c.Help, countOf(r.Counts, c.ID), onPage[c.ID]})
	}
}

func (v *view) components(r *job.CorehackReport) {
	for i := range r.Components[:min(len(r.Components), htmlRows)] {
		c := &r.Components[i]
		row := componentView{Name: visible(c.Component), Findings: c.Findings, Orphans: c.Orphans}
		for _, class := range classes() {
			row.Cells = append(row.Cells, c.Classes[class.ID])
		}
		v.Rows = append(v.Rows, row)
	}
	v.MoreRows = len(r.Components) - len(v.Rows)
}

func (v *view) missing(r *job.CorehackReport, opt Options) {
	for i := range r.MissingFromLive[:min(len(r.MissingFromLive), htmlRows)] {
		m := &r.MissingFromLive[i]
		row := missingView{
			Path: shown(m.Place), Branch: visible(m.Branch), Target: visible(m.Target), Component: visible(m.Component),
			What: lackedLines(m), Place: lackPlace(m), Partly: m.Partly,
		}
		if opt.Diff {
			row.Lines, row.Left = addedLines(m.Added, m.Start, htmlHunkLines)
		}
		v.Missing = append(v.Missing, row)
	}
	v.MoreLacks = len(r.MissingFromLive) - len(v.Missing)
}

func (v *view) plugins(r *job.CorehackReport) {
	for _, p := range byTrouble(r)[:min(len(r.Plugins), htmlRows)] {
		row := pluginView{
			Component: visible(p.Component), Path: shown(p.Place), Version: visible(p.Version), Release: visible(p.Release),
			Requires: visible(p.Requires), Branch: visible(p.Branch), Files: p.Files,
			Signs: pluginSigns(r, p),
		}
		if o := p.Origin; o != nil {
			row.Kind, row.Remote, row.Commit = visible(o.Kind), visible(o.Remote), o.Commit.Short()
			row.OriginBranch, row.Unsure = visible(o.Branch), o.Changed < 0
		}
		v.Plugins = append(v.Plugins, row)
	}
	v.MorePlugs = len(r.Plugins) - len(v.Plugins)
}

// choices are the components that have findings on the page, by name.
func (v *view) choices() {
	counts := map[string]int{}
	for _, g := range v.Groups {
		for _, f := range g.Findings {
			counts[f.Component]++
		}
	}
	for name, n := range counts {
		v.Choices = append(v.Choices, choice{name, cmp.Or(name, "no component"), n})
	}
	slices.SortFunc(v.Choices, func(a, b choice) int { return cmp.Compare(a.ID, b.ID) })
}
