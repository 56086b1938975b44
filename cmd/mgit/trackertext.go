package main

import (
	"fmt"
	"io"
	"slices"

	"mgit/internal/job"
	"mgit/internal/report"
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
	c.writeWrites(w, p.strong("Written to the tracker"), made)
	heading := p.attention("Waits for the tracker")
	if say.planned && r.Reached {
		heading = p.strong("To be written to the tracker")
	}
	c.writeWrites(w, heading, waiting)
	c.writeIncoming(w, p, u, say)
	if len(u.Disagreements) > 0 {
		fmt.Fprintf(w, "\n%s\n", p.attention("Different in both, and left alone"))
		for _, d := range u.Disagreements {
			c.writeItem(w, printable(report.TrackerAt(d.Branch, d.Issue)+": "+report.TrackerDisagreementWords(d)))
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
			c.writeItem(w, printable(report.TrackerAt(x.Branch, x.Issue)+": "+report.TrackerIgnoredWords(x)))
		case !said[common(x)]:
			said[common(x)] = true
			c.writeItem(w, plural(n, "issue")+": "+printable(report.TrackerIgnoredWords(x))+"; --verbose names them")
		}
	}
}

func (c *call) writeWrites(w io.Writer, heading string, writes []job.TrackerWrite) {
	if len(writes) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", heading)
	for _, x := range writes {
		c.writeItem(w, printable(report.TrackerAt(x.Branch, x.Issue)+": "+report.TrackerWriteWords(x)))
	}
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
		line := printable(report.TrackerAt(in.Branch, in.Issue) + ": " + report.TrackerIncomingWords(in))
		if in.Who != "" {
			line += ", by " + printable(in.Who)
		}
		if !say.planned && !in.Taken {
			line += "; not taken, the ledger has changed meanwhile"
		}
		c.writeItem(w, line)
	}
}

// trackerSummary is the report in a sentence or two.
func trackerSummary(r *job.TrackerReport, say trackerWords) string {
	text := report.TrackerSummary(r, say.planned)
	switch {
	case say.run != 0:
		text += report.TrackerRunSentence(r, say.run)
	case say.planned && !say.next:
		text += report.RunSentence(0, true)
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
