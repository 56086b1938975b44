package siteview

import (
	"fmt"
	"strings"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/tui/cells"
	"mgit/tui/keymap"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// headHeight is how many lines stand above the list.
const headHeight = 1

// Render draws the view.
func (v *View) Render(width, height int) string {
	v.width, v.height = width, height
	look := v.host.Theme
	r, known := v.listed.Value()
	if !known {
		return v.renderNothing(width, height)
	}
	title := "Sites"
	if f := v.list.Filter(); f != "" {
		title += " /" + cells.Clean(f)
	}
	v.panes.Upper = len(v.list.Rows()) + 3 // what the list does not need is the details'
	first := widget.Pane{Title: title, Footer: v.list.Footer(), Draw: func(w, h int) string {
		return v.list.Render(look, w, h, !v.panes.Second)
	}}
	second := widget.Pane{Title: "What is known", Draw: func(w, h int) string {
		if v.laidOut != w {
			v.text.SetLines(v.facts.Lines(w))
			v.laidOut = w
		}
		return v.text.Render(look, w, h)
	}}
	return v.headLine(r).Render(look, width) + "\n" + v.panes.Render(look, first, second, width, max(0, height-headHeight))
}

// headLine counts the sites, and says what is looked into or waits to be confirmed.
func (v *View) headLine(r *job.SitesReport) widget.Line {
	now := v.host.Now()
	switch {
	case v.checked.IsSlow(now):
		return widget.Plain(theme.Attention, "checking the pins of "+v.checking+": "+v.checked.Progress().Text())
	case v.looked.IsSlow(now):
		return widget.Plain(theme.Attention, fmt.Sprintf("looking into %s, %d more wait: %s", v.now, len(v.waiting), v.looked.Progress().Text()))
	case v.listed.Err() != nil && !v.listed.IsOpen():
		text, hint := v.host.Explain(v.listed.Err())
		return widget.Plain(theme.Bad, strings.TrimSpace("x as it was read before; now: "+text+" "+hint))
	}
	drifting := 0
	for _, s := range v.list.Rows() {
		if s.NeedsPerson() || v.failed[s.Name] != nil {
			drifting++
		}
	}
	line := widget.Line{{Text: report.Count(len(r.Sites), "site", "sites"), Role: theme.Strong}}
	if drifting > 0 {
		line = append(line, widget.Span{Text: fmt.Sprintf("  ! %d not as their target, or not to be read", drifting), Role: theme.Attention})
	}
	if n := len(r.Pending); n > 0 {
		line = append(line, widget.Span{Text: "  ! " + report.Count(n, "setting", "settings") + " about plugins not confirmed: `mgit config trust`", Role: theme.Attention})
	}
	return line
}

func (v *View) renderNothing(width, height int) string {
	f := &widget.Facts{}
	if err := v.listed.Err(); err != nil {
		f.Fail(v.host.Explain(err))
		f.Say(theme.Faint, v.host.Keys.Key(keymap.Refresh)+" tries again")
	} else if v.listed.IsSlow(v.host.Now()) {
		f.Say(theme.Faint, "…")
	}
	var drawn []string
	for _, line := range f.Lines(width) {
		drawn = append(drawn, line.Render(v.host.Theme, width))
	}
	return widget.Box(drawn, width, height)
}

// describe says what is known of the selected site.
func (v *View) describe() {
	f := &widget.Facts{}
	v.facts, v.laidOut = f, 0
	s, found := v.list.Selected()
	if !found {
		return
	}
	f.Say(theme.Strong, s.Name)
	if err := v.failed[s.Name]; err != nil {
		f.Fail(v.host.Explain(err))
	}
	for _, problem := range s.Problems {
		f.Say(theme.Bad, "x "+report.SitePlace(s, problem.In)+": "+problem.Text)
	}
	for _, d := range s.Drift {
		f.Say(theme.Attention, "! "+report.SitePlace(s, d.In)+": "+d.Text)
	}
	describePlace(f, s)
	v.describeLive(f, s)
	v.describePins(f, s)
	v.describeCheck(f, s)
	v.describePending(f, s)
}

func describePlace(f *widget.Facts, s *job.SiteReport) {
	f.Add("environment", s.Environment)
	where := s.Path
	if where != "" && !s.IsHere {
		where += ", not on this machine"
	}
	f.Add("folder", where)
	f.Add(".env file", s.EnvFile)
	if t := s.Target; t != nil {
		has := t.Release
		if t.Name == "" {
			has = "of which series is not known; --series says it"
		}
		f.Add("target", strings.TrimSuffix(report.SiteTarget(s)+", "+has, ", "))
	}
	f.Add("PHP", s.Server.PHP)
	f.Add("database", strings.TrimSpace(s.Server.Database+" "+s.Server.DatabaseVersion))
	f.Add("extensions", strings.Join(s.Server.Extensions, ", "))
}

func (v *View) describeLive(f *widget.Facts, s *job.SiteReport) {
	l := s.Live
	if l == nil {
		return
	}
	f.Say(theme.Title, "What runs")
	f.Add("pin", strings.TrimSpace(l.Pin.Tag+"  "+l.Pin.Release))
	f.Add("confidence", l.Pin.Confidence+": "+report.ConfidenceWords(l.Pin.Confidence))
	f.Add("files", fmt.Sprintf("%d of %d differ or are missing", l.Pin.Differing, l.Pin.Compared))
	f.Add("core hacks", fmt.Sprintf("%s, %d that no branch explains, %d undecided", report.Count(l.Findings, "finding", "findings"), l.Orphans, l.Undecided))
	if l.Target != "" {
		f.Add("missing", report.Count(l.Missing, "change", "changes")+" of "+l.Target)
	}
	f.Add("plugins", fmt.Sprint(l.Plugins))
	f.Say(theme.Faint, v.host.Keys.Key(keymap.Open)+" shows the core hacks, "+v.host.Keys.Key(keymap.SitesPlugins)+" the plugins")
}

func (v *View) describePins(f *widget.Facts, s *job.SiteReport) {
	if len(s.Pins) == 0 {
		return
	}
	f.Say(theme.Title, "Pins")
	const widths = 24
	for _, pin := range s.Pins {
		of := pin.Component
		if of == "" {
			of = "? " + job.PinnedName(pin.Variable)
		}
		text, isOdd := report.PinWords(pin)
		role := theme.Text
		if isOdd || pin.Component == "" {
			role = theme.Attention
		}
		if pin.Overruled {
			text += "; set again below"
		}
		f.Say(role, cells.Fit(cells.Clean(of), widths)+"  "+cells.Fit(cells.Clean(report.PinValue(pin)), 14)+"  "+text)
	}
}

// describeCheck says what was found wrong with the pins, where somebody asked.
func (v *View) describeCheck(f *widget.Facts, s *job.SiteReport) {
	r, known := v.checked.Value()
	if !known || v.checking != s.Name {
		return
	}
	f.Say(theme.Title, "Check of the pins")
	for _, file := range r.Files {
		for _, finding := range file.Findings {
			f.Say(theme.Bad, fmt.Sprintf("! line %d, %s: %s", finding.Line, finding.Variable, finding.Text))
		}
		for _, finding := range file.Unproven {
			f.Say(theme.Attention, fmt.Sprintf("? line %d, %s: %s", finding.Line, finding.Variable, finding.Text))
		}
		if len(file.Findings)+len(file.Unproven) == 0 {
			f.Say(theme.Good, "= all right: "+report.Count(len(file.Pins), "pin", "pins"))
		}
	}
	for _, u := range r.Unreachable {
		f.Say(theme.Bad, fmt.Sprintf("x the repository of %s did not answer: %s", u.Component, u.Reason))
	}
}

// describePending says which settings about the plugins of this site wait to be confirmed.
func (v *View) describePending(f *widget.Facts, s *job.SiteReport) {
	r, _ := v.listed.Value()
	for _, p := range r.Pending {
		for _, pin := range s.Pins {
			if pin.Component != "" && strings.HasPrefix(p.Key, "plugin."+pin.Component+".") {
				f.Say(theme.Attention, "! "+p.Key+" waits for `mgit config trust`: "+p.New)
			}
		}
	}
}
