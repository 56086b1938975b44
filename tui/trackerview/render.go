package trackerview

import (
	"fmt"
	"strings"
	"time"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/tui/cells"
	"mgit/tui/keymap"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// Render draws the view.
func (v *View) Render(width, height int) string {
	look := v.host.Theme
	v.width, v.height = width, height
	first := widget.Pane{Title: v.title(), Footer: v.table.Footer(), Draw: func(width, height int) string {
		var out []string
		for _, l := range v.head() {
			for _, line := range cells.Wrap(l.String(), width) {
				out = append(out, look.Render(l[0].Role, line))
			}
		}
		out = out[:min(len(out), max(0, height))]
		v.above = len(out)
		if _, isKnown := v.local.Value(); isKnown && height > len(out) {
			out = append(out, strings.Split(v.table.Render(look, width, height-len(out), !v.panes.Second), "\n")...)
		}
		return widget.Box(out, width, height)
	}}
	second := widget.Pane{Title: "Issue", Draw: func(width, height int) string {
		v.details.SetLines(v.describe(width))
		return v.details.Render(look, width, height)
	}}
	if r, found := v.table.Selected(); found && r.Issue != "" {
		second.Title = "Issue " + r.Issue
	}
	return v.panes.Render(look, first, second, width, height)
}

func (v *View) title() string {
	r := v.report()
	if r == nil {
		return "Tracker"
	}
	title := fmt.Sprintf("%s, %s", r.Kind, r.Project)
	if v.differ {
		title += ", what differs"
	}
	return title
}

// head says how the comparison stands: with whom, since when, and what is in the way.
func (v *View) head() []widget.Line {
	var lines []widget.Line
	add := func(role theme.Role, text string) { lines = append(lines, widget.Plain(role, text)) }
	if err := v.local.Err(); err != nil && !v.local.IsOpen() {
		text, hint := v.host.Explain(err)
		add(theme.Attention, "! "+text)
		for line := range strings.Lines(hint) {
			add(theme.Faint, "  "+strings.TrimSpace(line))
		}
		add(theme.Faint, "  [tracker] in mgit.toml says which tracker it is; docs/tracker.md tells how it is set up.")
		return lines
	}
	local, isKnown := v.local.Value()
	if !isKnown {
		if v.local.IsSlow(v.host.Now()) {
			add(theme.Faint, "… the ledger is read")
		}
		return lines
	}
	asked, wasAsked := v.asked.Value()
	waits := waiting(local.report.Totals.Waiting)
	switch {
	case v.asked.IsSlow(v.host.Now()):
		add(theme.Faint, "… "+local.report.URL+" is asked; esc ends that")
	case v.asked.IsOpen():
	case v.asked.Err() != nil:
		text, hint := v.host.Explain(v.asked.Err())
		add(theme.Bad, "x "+text)
		if hint != "" {
			add(theme.Faint, "  "+strings.Join(strings.Fields(hint), " "))
		}
		add(theme.Attention, waits)
	case wasAsked && !asked.Reached && len(asked.Upgrades) > 0:
		add(theme.Bad, "x The tracker could not be reached: "+asked.Reason)
		add(theme.Attention, waits)
	case wasAsked:
		add(theme.Strong, report.TrackerSummary(asked, true))
	default:
		add(theme.Faint, waits+" The tracker was not asked; "+v.host.Keys.Key(keymap.TrackerAsk)+" does that.")
	}
	if r := v.report(); r != nil {
		for _, u := range r.Upgrades {
			for _, w := range u.Warnings {
				add(theme.Attention, "! "+w.Text)
			}
		}
	}
	return lines
}

// waiting says how many changes wait for the tracker.
func waiting(n int) string {
	switch n {
	case 0:
		return "Nothing waits for the tracker."
	case 1:
		return "1 change waits for the tracker."
	}
	return fmt.Sprintf("%d changes wait for the tracker.", n)
}

// describe is what is known of the selected branch and its issue.
func (v *View) describe(width int) []widget.Line {
	r, found := v.table.Selected()
	if !found {
		return nil
	}
	var lines []widget.Line
	say := func(role theme.Role, text string) {
		for _, line := range cells.Wrap(text, width) {
			lines = append(lines, widget.Plain(role, line))
		}
	}
	say(theme.Strong, r.name())
	if !r.isUpgrade {
		say(theme.Text, r.Subject)
	}
	if r.NewName != "" && r.NewName != r.Branch {
		say(theme.Faint, "new name "+r.NewName)
	}
	switch {
	case r.URL != "":
		say(theme.Text, r.URL)
	case r.Issue == "":
		say(theme.Faint, "It has no issue yet.")
	}
	lines = append(lines, r.differences(width)...)
	if !r.isUpgrade {
		lines = append(lines, r.sides(width)...)
		lines = append(lines, v.notes(r, width)...)
	}
	return lines
}

// differences are what a sync would do, and what it would leave alone.
func (r row) differences(width int) []widget.Line {
	var lines []widget.Line
	say := func(role theme.Role, text string) {
		for _, line := range cells.Wrap(text, width) {
			lines = append(lines, widget.Plain(role, line))
		}
	}
	head := func(role theme.Role, text string) {
		lines = append(lines, widget.Line{})
		say(role, text)
	}
	if len(r.disagreements) > 0 {
		head(theme.Attention, "! Different in both, and left alone")
		for _, d := range r.disagreements {
			say(theme.Text, "  "+report.TrackerDisagreementWords(d))
		}
	}
	if len(r.ignored) > 0 {
		head(theme.Bad, "x Not taken by the tracker")
		for _, x := range r.ignored {
			say(theme.Text, "  "+report.TrackerIgnoredWords(x))
		}
	}
	if len(r.incoming) > 0 {
		head(theme.Strong, "← To be taken from the tracker")
		for _, in := range r.incoming {
			text := "  " + report.TrackerIncomingWords(in)
			if in.Who != "" {
				text += ", by " + in.Who
			}
			say(theme.Text, text)
		}
	}
	if len(r.writes) > 0 {
		head(theme.Strong, "→ Waits for the tracker")
		for _, w := range r.writes {
			say(theme.Text, "  "+report.TrackerWriteWords(w))
		}
	}
	return lines
}

// sides are the values of each key: in the ledger, in the tracker, and as both last agreed.
func (r row) sides(width int) []widget.Line {
	lines := []widget.Line{{}}
	line := func(role theme.Role, key, ledger, tracker, agreed string) {
		rest := max(6, (width-8)/3)
		text := cells.Fit(key, 8) + cells.Fit(cells.Clean(ledger), rest-1) + " " + cells.Fit(cells.Clean(tracker), rest-1) + " " + cells.Cut(cells.Clean(agreed), rest)
		lines = append(lines, widget.Plain(role, text))
	}
	line(theme.Title, "", "ledger", "tracker", "last agreed")
	line(theme.Text, "state", r.State, r.stateThere().Text, dash(r.Agreed))
	line(theme.Text, "owner", dash(r.Owner), dash(r.there("owner", r.Assigned)), dash(r.Assigned))
	if r.Issue != "" {
		line(theme.Text, "done", "", fmt.Sprintf("%d%%", r.Done), "")
	}
	line(theme.Text, "notes", fmt.Sprintf("%d", r.Notes+r.Untold), fmt.Sprintf("%d", r.Notes), "")
	return lines
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// notes are those of the ledger, newest first.
func (v *View) notes(r row, width int) []widget.Line {
	local, _ := v.local.Value()
	all := local.notes[r.series][r.Branch]
	if len(all) == 0 {
		return nil
	}
	lines := []widget.Line{{}, widget.Plain(theme.Title, "Notes")}
	for i := len(all) - 1; i >= 0; i-- {
		lines = append(lines, widget.Plain(theme.Faint, head(all[i])))
		for _, line := range cells.Wrap(all[i].Text, width) {
			lines = append(lines, widget.Plain(theme.Text, line))
		}
	}
	return lines
}

func head(n job.Remark) string { return n.When.Format(time.DateOnly) + "  " + n.Who }
