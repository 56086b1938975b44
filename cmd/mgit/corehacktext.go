package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"mgit/internal/job"
)

// corehackText writes a report for a person: what has to be looked at first stands first.
type corehackText struct {
	w     io.Writer
	p     palette
	width int // of the terminal; 0 where there is none
	diff  bool
	all   bool
}

// mostFindings is how many findings of one harmless kind are listed without --all.
const mostFindings = 15

// section is one kind of finding.
type section struct {
	title string
	sign  string
	paint func(string) string
	// urgent sections are always listed whole.
	urgent bool
	has    func(job.Finding) bool
}

func (t *corehackText) sections() []section {
	class := func(names ...string) func(job.Finding) bool {
		return func(f job.Finding) bool { return slices.Contains(names, f.Class) }
	}
	return []section{
		{"Code that nobody knows", "!!", t.p.bad, true, func(f job.Finding) bool {
			return f.Class == job.ClassUnknown && f.Severity == job.SeverityCritical
		}},
		{"Changes that no branch explains", "! ", t.p.bad, true, func(f job.Finding) bool {
			return f.Class == job.ClassModified && f.Orphan || f.Class == job.ClassUnknown && f.Severity == job.SeverityMajor && isPartlyKnown(f)
		}},
		{"Gone from core, and no branch removes it", "- ", t.p.bad, true, func(f job.Finding) bool {
			return f.Class == job.ClassMissing && f.Orphan
		}},
		{"Other files that upstream never had", "? ", t.p.attention, true, func(f job.Finding) bool {
			return f.Class == job.ClassUnknown && f.Severity != job.SeverityCritical && f.Orphan && !isPartlyKnown(f)
		}},
		{"Files that may hold passwords", "! ", t.p.bad, true, func(f job.Finding) bool {
			return f.Class == job.ClassForeign && f.Severity == job.SeverityMajor
		}},
		{"Older than the pin", "< ", t.p.attention, false, class(job.ClassStale)},
		{"Newer than the pin", "> ", t.p.attention, false, class(job.ClassBackport)},
		{"Explained by branches", "= ", t.p.good, false, func(f job.Finding) bool {
			return slices.Contains([]string{job.ClassModified, job.ClassMissing, job.ClassUnknown}, f.Class) && !f.Orphan
		}},
		{"No part of Moodle", "? ", t.p.faint, false, func(f job.Finding) bool {
			return f.Class == job.ClassForeign && f.Severity != job.SeverityMajor
		}},
		{"Only white space differs", "~ ", t.p.faint, false, class(job.ClassWhitespace)},
		{"Only the mode differs", "~ ", t.p.faint, false, class(job.ClassMode)},
	}
}

// isPartlyKnown reports whether a branch explains a part of a finding: the file is a branch's, and
// somebody has changed it.
func isPartlyKnown(f job.Finding) bool { return f.Unexplained < len(f.Hunks) }

func (t *corehackText) write(r *job.CorehackReport) {
	t.head(r)
	lacking := false
	for _, s := range t.sections() {
		if !s.urgent && !lacking { // behind what is urgent: as important, and told apart
			t.lacking(r)
			lacking = true
		}
		var found []job.Finding
		for _, f := range r.Findings {
			if s.has(f) {
				found = append(found, f)
			}
		}
		t.section(s, found)
	}
	t.plugins(r)
	t.unread(r)
	t.end(r)
}

// head says what was compared with what.
func (t *corehackText) head(r *job.CorehackReport) {
	fmt.Fprintln(t.w, t.p.strong(printable(r.Tree)))
	t.pin(&r.Pin)
	c := r.Counts
	t.say(2, fmt.Sprintf("%s of core, %d as upstream has them; not core are %s of %s, and %s that every site has",
		plural(c.CoreFiles, "file"), c.Identical, plural(c.PluginFiles, "file"), plural(len(r.Plugins), "plugin"), plural(c.ExpectedFiles, "file")))
	switch {
	case r.Branches == 0:
		t.say(2, "there are no branches to explain changes")
	case r.Target != "":
		t.say(2, fmt.Sprintf("compared with %s of %s, and with what %s has", plural(r.Branches, "branch"), r.Series, printable(r.Target)))
	case r.NotCompared != "":
		t.say(2, fmt.Sprintf("compared with %s of %s; what is missing of %s was not looked for, since this is not what that target runs",
			plural(r.Branches, "branch"), r.Series, printable(r.NotCompared)))
	default:
		t.say(2, fmt.Sprintf("compared with %s of %s", plural(r.Branches, "branch"), r.Series))
	}
	if r.Known > 0 {
		t.say(2, "not listed: "+plural(r.Known, "finding")+" that the baseline has")
	}
	if r.Excluded > 0 {
		t.say(2, "not listed: "+plural(r.Excluded, "finding")+" excluded by patterns")
	}
}

// say writes a line of words, broken between them where the terminal ends.
func (t *corehackText) say(indent int, text string) {
	if t.width > 0 {
		text = wrapWords(text, t.width, indent, indent+2)
	}
	fmt.Fprintln(t.w, strings.Repeat(" ", indent)+text)
}

// pin says what the tree was made from, and what speaks against it.
func (t *corehackText) pin(pin *job.PinReport) {
	name := cmp.Or(pin.Tag, pin.Describe, pin.Commit.Short())
	t.say(2, fmt.Sprintf("made from Moodle %s, %s; the pin is %s", printable(cmp.Or(pin.Release, pin.Version)), printable(name), pin.Confidence))
	for _, d := range pin.Disagrees {
		t.say(2, t.p.attention("!")+" "+printable(d.Text))
	}
}

func (t *corehackText) section(s section, found []job.Finding) {
	if len(found) == 0 {
		return
	}
	fmt.Fprintf(t.w, "\n%s (%d)\n", t.p.strong(s.title), len(found))
	shown := found
	if !s.urgent && !t.all && len(found) > mostFindings {
		shown = found[:mostFindings]
	}
	for _, f := range shown {
		t.finding(s, f)
		t.hunks(f)
	}
	if rest := len(found) - len(shown); rest > 0 {
		fmt.Fprintf(t.w, "     … and %d more; --all lists them\n", rest)
	}
}

// finding writes a path, and behind it or below it what is known.
func (t *corehackText) finding(s section, f job.Finding) {
	path := job.ShowPath(f.Raw)
	if f.Files > 1 {
		path += "/ (" + plural(f.Files, "file") + ")"
	}
	facts := findingFacts(f, t.diff)
	if f.Decision != nil {
		facts = append(facts, "decided: "+decisionText(f.Decision))
	}
	text := strings.Join(facts, "; ")
	const indent = 7
	fmt.Fprintf(t.w, "  %s %s", s.paint(s.sign), t.p.strong(path))
	switch width := ansi.StringWidth(path) + ansi.StringWidth(text); {
	case text == "":
	case t.width == 0 || width+indent <= t.width:
		fmt.Fprintf(t.w, "  %s", text)
	default:
		fmt.Fprintf(t.w, "\n%s%s", strings.Repeat(" ", indent), wrapWords(text, t.width, indent, indent))
	}
	fmt.Fprintln(t.w)
}

// plugins lists the additional plugins that somebody should know of: those that no branch brings, that
// are changed, or that Moodle does not see.
func (t *corehackText) plugins(r *job.CorehackReport) {
	var lines []string
	for _, p := range r.Plugins {
		if facts := pluginFacts(p); t.all || facts != "" {
			lines = append(lines, strings.TrimRight(t.p.strong(job.ShowPath(p.Raw))+"  "+strings.TrimPrefix(printable(p.Version)+"; "+facts, "; "), "; "))
		}
	}
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(t.w, "\n%s (%d)\n", t.p.strong("Plugins that Moodle does not ship"), len(lines))
	for _, line := range lines {
		t.say(2, t.p.faint("p ")+" "+line)
	}
}

// hunks lists the hunks of a file that several have changed, and with --diff those of every file with
// their lines.
func (t *corehackText) hunks(f job.Finding) {
	if f.Class != job.ClassModified || f.Binary || !t.diff && (f.Unexplained == 0 || f.Unexplained == len(f.Hunks) && len(f.Hunks) <= 3) {
		return
	}
	for _, h := range f.Hunks {
		if !t.diff && h.Branch != nil {
			continue
		}
		by := t.p.bad("nobody's")
		if h.Branch != nil {
			by = t.p.good(printable(*h.Branch))
		}
		fmt.Fprintf(t.w, "       %s: %s\n", hunkFact(h), by)
		for _, line := range h.Removed {
			fmt.Fprintln(t.w, "       "+t.p.bad("- "+printable(line)))
		}
		for _, line := range h.Added {
			fmt.Fprintln(t.w, "       "+t.p.good("+ "+printable(line)))
		}
	}
}

// lacking lists what branches changed and the tree does not have.
func (t *corehackText) lacking(r *job.CorehackReport) {
	if len(r.MissingFromLive) == 0 {
		return
	}
	target := r.MissingFromLive[0].Target
	fmt.Fprintf(t.w, "\n%s (%d)\n", t.p.strong("Missing: "+printable(target)+" has it and this tree does not"), len(r.MissingFromLive))
	for _, m := range r.MissingFromLive {
		what := fmt.Sprintf("%s from line %d", plural(m.Lines, "line"), m.Start)
		if m.Lines == 0 {
			what = plural(m.Removes, "line") + " that the branch removes"
		}
		if m.Partly {
			what += ", partly there"
		}
		fmt.Fprintf(t.w, "  %s %s  %s: %s\n", t.p.bad("! "), t.p.strong(job.ShowPath(m.Raw)), printable(m.Branch), what)
		for _, line := range m.Added {
			fmt.Fprintln(t.w, "       "+t.p.attention("+ "+printable(line)))
		}
	}
}

func (t *corehackText) unread(r *job.CorehackReport) {
	if len(r.Unread) == 0 {
		return
	}
	fmt.Fprintf(t.w, "\n%s (%d)\n", t.p.strong("Not read, so nothing is known about it"), len(r.Unread))
	shown := r.Unread
	if !t.all && len(shown) > 2*mostFindings {
		shown = shown[:2*mostFindings]
	}
	for _, u := range shown {
		t.say(2, t.p.attention("? ")+" "+t.p.strong(job.ShowPath(u.Raw))+"  "+printable(u.Reason))
	}
	if rest := len(r.Unread) - len(shown); rest > 0 {
		fmt.Fprintf(t.w, "     … and %d more; --all lists them\n", rest)
	}
}

// end is the verdict in a line, which leaves out nothing that is not well, and what can be done.
func (t *corehackText) end(r *job.CorehackReport) {
	fmt.Fprintln(t.w)
	orphans := 0
	for _, f := range r.Findings {
		if f.Orphan {
			orphans++
		}
	}
	c := r.Counts
	var wrong []string
	for _, part := range []struct {
		n    int
		text string
	}{
		{orphans, plural(orphans, "finding") + " that no branch explains"},
		{len(r.MissingFromLive), plural(len(r.MissingFromLive), "change") + " missing"},
		{c.Stale, plural(c.Stale, "file") + " older than the pin"},
		{c.Backport, plural(c.Backport, "file") + " newer than the pin"},
		{c.Unread, plural(c.Unread, "file") + " not read"},
	} {
		if part.n > 0 {
			wrong = append(wrong, part.text)
		}
	}
	switch {
	case len(wrong) > 0:
		t.say(0, t.p.bad(strings.Join(wrong, ", "))+".")
	case r.Known+r.Excluded > 0 && len(r.Findings) == 0:
		t.say(0, t.p.good("Nothing but what is not listed."))
	case r.Found(false):
		t.say(0, t.p.good("Every change in core is explained."))
	case len(r.Findings) > 0:
		t.say(0, t.p.good("No core hacks."))
	default:
		t.say(0, t.p.good("Nothing differs from the official code."))
	}
	if r.Undecided > 0 {
		t.say(0, fmt.Sprintf("%d undecided: `mgit decide` says what is to become of them, --extract makes branches of them.", r.Undecided))
	}
}
