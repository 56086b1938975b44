package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"mgit/internal/job"
)

// trackerWords says how a report is worded.
type trackerWords struct {
	planned bool // nothing was done
	next    bool // name the command that does it
	run     int
}

// writeTracker prints how the ledgers and the tracker differ, and what was done about it.
func (c *call) writeTracker(w io.Writer, p palette, r *job.TrackerReport, say trackerWords) {
	if len(r.Upgrades) == 0 {
		fmt.Fprintln(w, "No upgrade is under way, so nothing was compared; --series SERIES compares a finished one.")
		return
	}
	for i, u := range r.Upgrades {
		if i > 0 {
			fmt.Fprintln(w)
		}
		c.writeTrackerUpgrade(w, p, r, u, say)
	}
	fmt.Fprintf(w, "\n%s\n", wrapWords(trackerSummary(r, say), c.width(c.stdoutTTY), 0, 0))
	for _, line := range c.trackerNext(r, say) {
		c.writeNext(w, line[0], line[1])
	}
}

func (c *call) writeTrackerUpgrade(w io.Writer, p palette, r *job.TrackerReport, u job.TrackerUpgrade, say trackerWords) {
	title := fmt.Sprintf("Upgrade from %s to %s: %s", printable(u.From), printable(u.Series), plural(u.Branches, "branch"))
	if u.Issue != "" {
		title += ", issue " + printable(u.Issue)
	}
	fmt.Fprintln(w, p.strong(title))
	var made, waiting []job.TrackerWrite
	for _, x := range u.Writes {
		if x.Made {
			made = append(made, x)
		} else {
			waiting = append(waiting, x)
		}
	}
	c.writeWrites(w, p.strong("Written to the tracker"), made, true)
	heading := p.attention("Waits for the tracker")
	if say.planned && r.Reached {
		heading = p.strong("To be written to the tracker")
	}
	c.writeWrites(w, heading, waiting, false)
	c.writeIncoming(w, p, u, say)
	if len(u.Disagreements) > 0 {
		fmt.Fprintf(w, "\n%s\n", p.attention("Different in both, and left alone"))
		for _, d := range u.Disagreements {
			c.writeItem(w, c.disagreement(d))
		}
	}
	if len(u.Ignored) > 0 {
		fmt.Fprintf(w, "\n%s\n", p.attention("Not taken by the tracker"))
		c.writeIgnored(w, u.Ignored)
	}
}

// writeIgnored prints what was not taken. What many branches have in common is said once:
// a right that is missing, or a version that there is none of, concerns all of them.
func (c *call) writeIgnored(w io.Writer, all []job.TrackerIgnored) {
	common := func(x job.TrackerIgnored) job.TrackerIgnored {
		x.Branch, x.Issue = "", ""
		return x
	}
	count := make(map[job.TrackerIgnored]int)
	for _, x := range all {
		count[common(x)]++
	}
	said := make(map[job.TrackerIgnored]bool)
	for _, x := range all {
		n := count[common(x)]
		switch {
		case n <= mostNamed || c.flags.verbose:
			c.writeItem(w, at(x.Branch, x.Issue)+": "+ignoredWords(x))
		case !said[common(x)]:
			said[common(x)] = true
			c.writeItem(w, plural(n, "issue")+": "+ignoredWords(x)+"; --verbose names them")
		}
	}
}

func (c *call) writeWrites(w io.Writer, heading string, writes []job.TrackerWrite, done bool) {
	if len(writes) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", heading)
	for _, x := range writes {
		c.writeItem(w, at(x.Branch, x.Issue)+": "+writeWords(x, done))
	}
}

// at names a branch with its issue.
func at(branch, issue string) string {
	text := writeName(branch)
	if issue != "" {
		text += " (" + printable(issue) + ")"
	}
	return text
}

// writeName is what a write is about.
func writeName(branch string) string {
	switch {
	case branch == "":
		return "the upgrade"
	case strings.HasPrefix(branch, "+"):
		return "group " + printable(branch[1:]) + " of the branches"
	}
	return printable(branch)
}

func writeWords(x job.TrackerWrite, done bool) string {
	keys := make([]string, 0, len(x.Keys))
	for _, key := range x.Keys {
		switch {
		case key == "note" && x.Items > 1:
			key = fmt.Sprintf("note about %d things", x.Items)
		case key == "issue":
			continue
		case key == "done":
			key = "done ratio"
		case key == "surplus":
			key = "closed, since it is the branch's second issue"
			if x.Branch == "" || strings.HasPrefix(x.Branch, "+") {
				key = "closed, since it is a second one"
			}
		}
		keys = append(keys, printable(key))
	}
	if !x.New {
		return strings.Join(keys, ", ")
	}
	text := "new issue"
	for _, key := range keys {
		if strings.HasPrefix(key, "note") {
			text += ", " + key
		}
	}
	return text
}

func (c *call) writeIncoming(w io.Writer, p palette, u job.TrackerUpgrade, say trackerWords) {
	if len(u.Incoming) == 0 {
		return
	}
	heading := "From the tracker"
	if say.planned {
		heading = "To be taken from the tracker"
	}
	fmt.Fprintf(w, "\n%s\n", p.strong(heading))
	for _, in := range u.Incoming {
		line := at(in.Branch, in.Issue) + ": " + incomingWords(in)
		if in.Who != "" {
			line += ", by " + printable(in.Who)
		}
		if !say.planned && !in.Taken {
			line += "; not taken, the ledger has changed meanwhile"
		}
		c.writeItem(w, line)
	}
}

func incomingWords(in job.TrackerIncoming) string {
	if in.Key == "note" {
		return "note “" + shorten(printable(oneLineOf(in.New)), 60) + "”"
	}
	text := fmt.Sprintf("%s %s → %s", printable(in.Key), orNobody(in.Old), orNobody(in.New))
	if in.Reason != "" {
		text += " (" + printable(shorten(oneLineOf(in.Reason), 60)) + ")"
	}
	return text
}

func orNobody(text string) string {
	if text == "" {
		return "nobody"
	}
	return printable(text)
}

func (c *call) disagreement(d job.TrackerDisagreement) string {
	text := fmt.Sprintf("%s: %s is %s in the ledger and %s in the tracker", at(d.Branch, d.Issue), printable(d.Key), orNothing(d.Ledger), orNothing(d.Tracker))
	if d.Agreed != "" && d.Agreed != d.Ledger && d.Agreed != d.Tracker {
		text += ", it was " + printable(d.Agreed)
	}
	if d.Withheld {
		text += "; one of many at once"
	}
	if d.LedgerCannotTake {
		text += "; in the ledger only a run decides about that"
	}
	return text
}

func orNothing(text string) string {
	if text == "" {
		return "not set"
	}
	return printable(text)
}

func ignoredWords(x job.TrackerIgnored) string {
	text := printable(x.Key)
	switch {
	case x.Wanted != "" && x.Is != "":
		text += fmt.Sprintf(" is %s and not %s", printable(x.Is), printable(x.Wanted))
	case x.Wanted != "":
		text += " is not " + printable(x.Wanted)
	}
	if x.Reason != "" {
		text += " (" + printable(x.Reason) + ")"
	}
	if x.Before {
		text += ", as before"
	}
	return text
}

// trackerSummary is the report in a sentence or two.
func trackerSummary(r *job.TrackerReport, say trackerWords) string {
	t := r.Totals
	var parts []string
	add := func(n int, one, many string) {
		switch {
		case n == 1:
			parts = append(parts, one)
		case n > 1:
			parts = append(parts, fmt.Sprintf(many, n))
		}
	}
	switch {
	case !r.Reached:
		add(t.Writes-t.Waiting, "1 change was written", "%d changes were written")
		add(t.Waiting, "1 change waits for the tracker", "%d changes wait for the tracker")
	case say.planned:
		add(t.Writes, "1 change would be written to the tracker", "%d changes would be written to the tracker")
	default:
		add(t.Made, "1 change was written to the tracker", "%d changes were written to the tracker")
		add(t.Waiting, "1 waits", "%d wait")
	}
	add(t.Incoming, "1 comes from it", "%d come from it")
	add(t.Disagreements, "1 differs and is left alone", "%d differ and are left alone")
	add(t.Ignored, "1 was not taken", "%d were not taken")
	text := "The ledger and the tracker agree."
	switch {
	case len(parts) == 0 && !r.Reached:
		text = "Nothing waits for the tracker."
	case len(parts) > 0:
		text = strings.Join(parts, ", ") + "."
	}
	switch {
	case say.run != 0 && len(parts) > 0:
		text += fmt.Sprintf(" This was run %d.", say.run)
	case say.run != 0:
		text += fmt.Sprintf(" What was read there is noted, so that the next sync asks less; this was run %d.", say.run)
	case say.planned && !say.next:
		text += " Nothing was written."
	}
	return text
}

// trackerNext is what to type next, and what it does.
func (c *call) trackerNext(r *job.TrackerReport, say trackerWords) [][2]string {
	var next [][2]string
	t := r.Totals
	switch {
	case !r.Reached && t.Waiting > 0:
		next = append(next, [2]string{"mgit tracker sync", "sends it when the tracker answers"})
	case say.next && t.Writes+t.Incoming > 0:
		next = append(next, [2]string{"mgit tracker sync", "does that"})
	}
	if isWithheld(r) {
		next = append(next, [2]string{"mgit tracker sync --allow many-dropped", "drops and holds so many branches"})
	}
	switch can := mayTakeTracker(r); {
	case t.Disagreements > 0 && can:
		next = append(next, [2]string{"mgit tracker sync BRANCH --take ledger|tracker", "chooses"})
	case t.Disagreements > 0:
		next = append(next, [2]string{"mgit tracker sync BRANCH --take ledger", "puts the ledger's value there"})
	}
	if t.Ignored > 0 {
		next = append(next, [2]string{"mgit tracker sync --again", "tries again what was not taken"})
	}
	return next
}

// isWithheld reports whether anything was left alone since it was too much at once.
func isWithheld(r *job.TrackerReport) bool {
	return slices.ContainsFunc(r.Upgrades, func(u job.TrackerUpgrade) bool {
		return slices.ContainsFunc(u.Disagreements, func(d job.TrackerDisagreement) bool { return d.Withheld })
	})
}

// mayTakeTracker reports whether the ledger can take the tracker's value in any of the
// disagreements.
func mayTakeTracker(r *job.TrackerReport) bool {
	for _, u := range r.Upgrades {
		for _, d := range u.Disagreements {
			if !d.LedgerCannotTake && !d.Withheld {
				return true
			}
		}
	}
	return false
}
