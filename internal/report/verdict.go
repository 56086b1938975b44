package report

import (
	"strings"

	"mgit/internal/job"
)

// tally counts what a report says, and what it does not cover.
type tally struct {
	Findings, Orphans int
	Strange           int // orphans that are code which nobody knows
	Changed           int // findings that are changes of core
	Secret, Stale     int
	Undecided         int
	Missing           int
	Unread            int
	Known, Excluded   int
}

func tallyOf(r *job.CorehackReport) tally {
	t := tally{
		Findings: len(r.Findings), Undecided: r.Undecided, Missing: len(r.MissingFromLive),
		Unread: max(len(r.Unread), r.Counts.Unread), Known: r.Known, Excluded: r.Excluded,
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		if isChange(f) {
			t.Changed++
		}
		if f.Class == job.ClassStale {
			t.Stale++
		}
		if isSecret(f) {
			t.Secret++
		}
		if f.Orphan {
			t.Orphans++
		}
		if f.Orphan && f.Severity == critical && len(branchesOf(f)) == 0 {
			t.Strange++
		}
	}
	return t
}

// CorehackVerdict is a report in one sentence, without a full stop, and CorehackRemarks are the sentences that
// follow it. Names in them are made visible.
func CorehackVerdict(r *job.CorehackReport) string { return verdict(r) }

// CorehackRemarks say what else the report has, and above all what it does not cover; each is a sentence
// without a full stop.
func CorehackRemarks(r *job.CorehackReport) []string { return remarks(r) }

// CorehackCompared says which branches could explain a change, and which target the tree was held against.
func CorehackCompared(r *job.CorehackReport) string { return comparedWith(r) }

// verdictCaveats is how many caveats the verdict takes; the others are remarks.
const verdictCaveats = 2

// verdict is the report in one sentence, without a full stop. Good news comes with
// what speaks against it.
func verdict(r *job.CorehackReport) string {
	t := tallyOf(r)
	if t.Orphans > 0 {
		return orphanVerdict(t)
	}
	text := calm(t)
	if but := caveats(r, t); len(but) > 0 {
		text += ", but " + strings.Join(but[:min(len(but), verdictCaveats)], ", and ")
	}
	return text
}

// calm is the verdict where nothing is orphaned. "No core hacks" it says only where
// nothing at all was found, hidden or unread.
func calm(t tally) string {
	since := ""
	if t.Known > 0 {
		since = " since the baseline"
	}
	switch {
	case t.Changed > 0:
		return "Every change in core" + since + " is explained"
	case t.Findings > 0:
		return "No unexplained change in core" + since
	case t.Known > 0 && t.Missing == 0:
		return "Nothing new since the baseline"
	case t.Known+t.Missing+t.Unread+t.Excluded > 0:
		return "Nothing was found in core" + since
	}
	return "No core hacks"
}

func orphanVerdict(t tally) string {
	text := count(t.Orphans, "change in core that nobody explains", "changes in core that nobody explains")
	switch {
	case t.Strange == 0:
		return text
	case t.Strange == t.Orphans && t.Orphans == 1:
		return text + ": code that upstream never had"
	case t.Strange == t.Orphans:
		return text + ", all of them code that upstream never had"
	}
	return text + ", " + number(t.Strange) + " of them code that upstream never had"
}

// caveats are the reasons why a report without orphans is no all-clear, the worst
// first, as parts of a sentence.
func caveats(r *job.CorehackReport, t tally) []string {
	var all []string
	say := func(n int, one, many string) {
		if n > 0 {
			all = append(all, count(n, one, many))
		}
	}
	say(t.Missing, "change of a branch is missing from live", "changes of branches are missing from live")
	say(t.Secret, "file may hold passwords", "files may hold passwords")
	say(t.Unread, "file or folder was not read", "files or folders were not read")
	if r.Pin.Confidence == job.PinGuess {
		all = append(all, "the pin is a guess, so what is compared with it may be wrong")
	}
	say(t.Stale, "file is of an older version", "files are of an older version")
	say(t.Excluded, "finding is excluded", "findings are excluded")
	switch {
	case !hasBranches(r):
		all = append(all, "there were no branches to compare with")
	case r.Target == "":
		all = append(all, "changes missing from the tree were not looked for")
	}
	return all
}

// remarks are the sentences that follow the verdict, without full stops: what else
// the report has, and above all what it does not cover.
func remarks(r *job.CorehackReport) []string {
	t := tallyOf(r)
	var all []string
	say := func(n int, one, many string) {
		if n > 0 {
			all = append(all, count(n, one, many))
		}
	}
	if t.Findings > 0 {
		text := count(t.Findings, "finding", "findings")
		if n := len(r.Components); n > 0 {
			text += " in " + count(n, "component", "components")
		}
		all = append(all, text)
	}
	say(t.Undecided, "orphan waits for a decision", "orphans wait for a decision")
	more := caveats(r, t)
	if t.Orphans == 0 {
		more = more[min(len(more), verdictCaveats):]
	}
	for _, text := range more {
		all = append(all, strings.ToUpper(text[:1])+text[1:])
	}
	say(t.Known, "more finding is known from the baseline", "more findings are known from the baseline")
	troubled := 0
	for i := range r.Plugins {
		if pluginRank(r, &r.Plugins[i]) < rankNoBranch {
			troubled++
		}
	}
	say(troubled, "plugin has a problem or uncommitted changes", "plugins have a problem or uncommitted changes")
	return all
}

// comparedWith says which branches could explain a change, and which deployment
// target was taken for what the tree should have; without a full stop. It has names,
// made visible.
func comparedWith(r *job.CorehackReport) string {
	text := "compared with the branches of " + visible(r.Series)
	switch {
	case r.Series == "":
		return "compared with no branches"
	case r.Branches == 0:
		return "compared with no branches: " + visible(r.Series) + " has none"
	case r.Target != "":
		return text + "; deployment target " + visible(r.Target)
	case r.NotCompared != "":
		return text + "; not with the deployment target " + visible(r.NotCompared) + ", which it is not meant to have all of"
	}
	return text + "; changes missing from the tree were not looked for"
}

// hasBranches reports whether there was any branch that could explain a change.
func hasBranches(r *job.CorehackReport) bool { return r.Series != "" && r.Branches > 0 }
