package report

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"mgit/internal/job"
)

// TrackerAt names a branch with its issue. What is from a ledger or a tracker stands in these words as
// it was written there: whoever shows a line makes it safe for its reader.
func TrackerAt(branch, issue string) string {
	text := TrackerSubject(branch)
	if issue != "" {
		text += " (" + issue + ")"
	}
	return text
}

// TrackerSubject is what a write is about; see [job.TrackerWrite].
func TrackerSubject(branch string) string {
	switch {
	case branch == "":
		return "the upgrade"
	case strings.HasPrefix(branch, "+"):
		return "group " + branch[1:] + " of the branches"
	}
	return branch
}

// TrackerWriteWords say what is written to an issue: "status, note about 2 things".
func TrackerWriteWords(x job.TrackerWrite) string {
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
		keys = append(keys, key)
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

// TrackerIncomingWords say what somebody changed in the tracker: "state moved → tested".
func TrackerIncomingWords(in job.TrackerIncoming) string {
	if in.Key == "note" {
		return "note “" + inShort(in.New) + "”"
	}
	text := fmt.Sprintf("%s %s → %s", in.Key, orNobody(in.Old), orNobody(in.New))
	if in.Reason != "" {
		text += " (" + inShort(in.Reason) + ")"
	}
	return text
}

// inShort is text of any length in a line, without its middle where that has to be.
func inShort(text string) string {
	const width = 60
	text = strings.Join(strings.Fields(text), " ")
	have := ansi.StringWidth(text)
	if have <= width {
		return text
	}
	const head = (width - 1) / 2
	return ansi.Truncate(text, head, "") + "…" + ansi.TruncateLeft(text, have-(width-1-head), "")
}

func orNobody(text string) string {
	if text == "" {
		return "nobody"
	}
	return text
}

// TrackerDisagreementWords say what the two sides changed differently.
func TrackerDisagreementWords(d job.TrackerDisagreement) string {
	text := fmt.Sprintf("%s is %s in the ledger and %s in the tracker", d.Key, orNotSet(d.Ledger), orNotSet(d.Tracker))
	if d.Agreed != "" && d.Agreed != d.Ledger && d.Agreed != d.Tracker {
		text += ", it was " + d.Agreed
	}
	if d.Withheld {
		text += "; one of many at once"
	}
	if d.LedgerCannotTake {
		text += "; in the ledger only a run decides about that"
	}
	return text
}

func orNotSet(text string) string {
	if text == "" {
		return "not set"
	}
	return text
}

// TrackerIgnoredWords say what the tracker did not take, and why as far as it told.
func TrackerIgnoredWords(x job.TrackerIgnored) string {
	text := x.Key
	switch {
	case x.Wanted != "" && x.Is != "":
		text += fmt.Sprintf(" is %s and not %s", x.Is, x.Wanted)
	case x.Wanted != "":
		text += " is not " + x.Wanted
	}
	if x.Reason != "" {
		text += " (" + x.Reason + ")"
	}
	if x.Before {
		text += ", as before"
	}
	return text
}

// TrackerSummary is a report in a sentence or two. planned says that nothing was done about it.
func TrackerSummary(r *job.TrackerReport, planned bool) string {
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
	case planned:
		add(t.Writes, "1 change would be written to the tracker", "%d changes would be written to the tracker")
	default:
		add(t.Made, "1 change was written to the tracker", "%d changes were written to the tracker")
		add(t.Waiting, "1 waits", "%d wait")
	}
	add(t.Incoming, "1 comes from it", "%d come from it")
	add(t.Disagreements, "1 differs and is left alone", "%d differ and are left alone")
	add(t.Ignored, "1 was not taken", "%d were not taken")
	switch {
	case len(parts) > 0:
		return strings.Join(parts, ", ") + "."
	case !r.Reached:
		return "Nothing waits for the tracker."
	}
	return "The ledger and the tracker agree."
}

// TrackerRunSentence ends the summary of a sync that was a run: one may have brought nothing but the
// knowledge of when the issues were read.
func TrackerRunSentence(r *job.TrackerReport, run int) string {
	t := r.Totals
	if t.Writes+t.Incoming+t.Disagreements+t.Ignored > 0 {
		return RunSentence(run, false)
	}
	return fmt.Sprintf(" What was read there is noted, so that the next sync asks less; this was run %d.", run)
}
