package main

import (
	"fmt"
	"io"
	"strings"

	"mgit/internal/job"
	"mgit/internal/report"
)

// writeEnvTitle names a file, and the site it belongs to.
func writeEnvTitle(w io.Writer, p palette, place job.EnvPlace) {
	line := p.strong(job.ShowPath(place.Path))
	var of []string
	for _, word := range []string{place.Site, place.Environment} {
		if word != "" && (len(of) == 0 || of[0] != word) {
			of = append(of, printable(word))
		}
	}
	if len(of) > 0 {
		line += "  " + strings.Join(of, ", ")
	}
	fmt.Fprintln(w, line)
}

// writePins prints what a file pins, in its order.
func (c *call) writePins(w io.Writer, p palette, pins []job.EnvPin) error {
	if len(pins) == 0 {
		fmt.Fprintln(w, "It pins nothing.")
		return nil
	}
	t := table{columns: []column{
		{title: "LINE", right: true},
		{title: "OF", elastic: true},
		{title: "PIN", elastic: true},
		{title: "WHAT IT IS", elastic: true},
		{title: "THE COMMENT SAYS", elastic: true},
	}}
	for _, pin := range pins {
		of := printable(pin.Component)
		if of == "" {
			of = p.attention("? " + printable(job.PinnedName(pin.Variable)))
		}
		t.add(fmt.Sprint(pin.Line), of, printable(report.PinValue(pin)), pinText(p, pin), claimsOf(pin.Claims))
	}
	return t.writeTo(w, p, c.tableWidth())
}

// pinText says what a pin is, and what is odd about it.
func pinText(p palette, pin job.EnvPin) string {
	text, isOdd := report.PinWords(pin)
	if text = printable(text); isOdd {
		text = p.attention(text)
	}
	if pin.Overruled {
		text += "; " + p.attention("set again below")
	}
	return text
}

func claimsOf(all []job.EnvClaim) string {
	var said []string
	for _, claim := range all {
		said = append(said, claimWords(claim.Branch, claim.Release))
	}
	return strings.Join(said, "; ")
}

func claimWords(branch, release string) string {
	var all []string
	if branch != "" {
		all = append(all, printable(branch))
	}
	if release != "" {
		all = append(all, "release "+printable(release))
	}
	return strings.Join(all, ", ")
}

func (c *call) writeEnvCheck(w io.Writer, p palette, r *job.EnvCheckReport) error {
	pins, unproven := 0, 0
	for i, f := range r.Files {
		if i > 0 {
			fmt.Fprintln(w)
		}
		writeEnvTitle(w, p, f.EnvPlace)
		for _, finding := range f.Findings {
			c.writeItem(w, p.bad("!")+" "+findingText(finding))
		}
		for _, finding := range f.Unproven {
			c.writeItem(w, p.attention("?")+" "+findingText(finding))
		}
		switch {
		case len(f.Pins) == 0:
			fmt.Fprintln(w, "  It pins nothing.")
		case len(f.Findings)+len(f.Unproven) == 0:
			fmt.Fprintf(w, "  all right: %s\n", plural(len(f.Pins), "pin"))
		}
		pins += len(f.Pins)
		unproven += len(f.Unproven)
	}
	summary := fmt.Sprintf("%s of %s.", plural(r.Findings(), "finding"), plural(pins, "pin"))
	if unproven > 0 {
		summary = strings.TrimSuffix(summary, ".") + fmt.Sprintf(", %d not looked at or not to be told.", unproven)
	}
	_, err := fmt.Fprintf(w, "\n%s\n", summary)
	return err
}

func findingText(f job.EnvFinding) string {
	place := fmt.Sprintf("line %d", f.Line)
	if f.Variable != "" {
		place += ", " + printable(f.Variable)
	}
	return place + ": " + printable(f.Text)
}

func (c *call) writeEnvBump(w io.Writer, p palette, r *job.EnvBumpReport) {
	changed, written := 0, false
	for i, f := range r.Files {
		if i > 0 {
			fmt.Fprintln(w)
		}
		writeEnvTitle(w, p, f.EnvPlace)
		c.writeEnvChanges(w, p, f.Changes)
		for _, k := range f.Kept {
			c.writeItem(w, fmt.Sprintf("= %s stays: %s", printable(k.Variable), printable(k.Text)))
		}
		changed += len(f.Changes)
		written = written || f.Written
	}
	switch {
	case changed == 0:
		fmt.Fprintln(w, "\nNothing to change.")
	case written:
		fmt.Fprintf(w, "\n%s changed.\n", plural(changed, "pin"))
	default:
		fmt.Fprintf(w, "\n%s would change; nothing was written.\n", plural(changed, "pin"))
	}
}

// writeEnvChanges prints the difference. Of the lines it shows what is a pin, or a claim about
// one; what else stands there may be anybody's secret.
func (c *call) writeEnvChanges(w io.Writer, p palette, changes []job.EnvChange) {
	for _, change := range changes {
		for _, claim := range change.Claims {
			c.writeChanged(w, p, claim.Line, "# "+claimWords(claim.OldBranch, claim.OldRelease), "# "+claimWords(claim.NewBranch, claim.NewRelease))
		}
		c.writeChanged(
			w, p, change.Line, change.Variable+"="+change.Old+inWords(change.Old, change.OldRelease),
			change.Variable+"="+change.New+inWords(change.New, change.NewRelease),
		)
	}
}

func (c *call) writeChanged(w io.Writer, p palette, line int, old, now string) {
	c.writeSide(w, fmt.Sprintf("  %4d ", line), p.bad("- "+printable(old)))
	c.writeSide(w, "       ", p.good("+ "+printable(now)))
}

// writeSide prints one side of a difference. On a terminal that is too narrow what a commit
// is in words goes below it.
func (c *call) writeSide(w io.Writer, head, text string) {
	if width := c.tableWidth(); width > 0 {
		text = strings.ReplaceAll(wrap(text, width-len(head)-2), "\n", "\n"+strings.Repeat(" ", len(head)+2))
	}
	fmt.Fprintf(w, "%s%s\n", head, text)
}

// inWords is the release of a value that does not say it itself.
func inWords(value, release string) string {
	if release == "" || strings.HasSuffix(value, release) {
		return ""
	}
	return "  (" + release + ")"
}

func (c *call) writeEnvPromote(w io.Writer, p palette, r *job.EnvPromoteReport, wantsCommit bool) {
	writeEnvTitle(w, p, r.To)
	c.writeEnvChanges(w, p, r.Changes)
	for _, a := range r.Added {
		c.writeSide(w, "       ", p.good("+ "+printable(a.Variable+"="+a.Value+inWords(a.Value, a.Release))))
	}
	for _, m := range r.Missing {
		c.writeItem(w, fmt.Sprintf("? %s=%s is not there; --add adds it", printable(m.Variable), printable(m.Value)))
	}
	for _, e := range r.Extra {
		c.writeItem(w, fmt.Sprintf("= %s stays: %s does not have it", printable(e.Variable), job.ShowPath(r.From.Path)))
	}
	n := len(r.Changes) + len(r.Added)
	switch {
	case r.IsEmpty() && wantsCommit:
		fmt.Fprintln(w, "\nNothing to change, so nothing is committed or tagged.")
	case r.IsEmpty():
		fmt.Fprintln(w, "\nNothing to change.")
	case !r.Written && r.Repository != "":
		fmt.Fprintf(w, "\n%s would change, and be committed in %s; nothing was written.\n", plural(n, "pin"), job.ShowPath(r.Repository))
	case !r.Written:
		fmt.Fprintf(w, "\n%s would change; nothing was written.\n", plural(n, "pin"))
	case r.Commit == "":
		fmt.Fprintf(w, "\n%s changed.\n", plural(n, "pin"))
	default:
		line := fmt.Sprintf("\n%s changed, committed as %s", plural(n, "pin"), r.Commit[:10])
		if r.Tag != "" {
			line += ", tagged " + printable(r.Tag)
		}
		fmt.Fprintln(w, line+". Nothing was pushed.")
	}
}
