package report

import (
	"fmt"

	"mgit/internal/job"
)

// WhyHead is what there is to be said of a file, whatever the line.
func WhyHead(r *job.WhyReport) []Fact {
	base := r.Base.Release
	if r.Base.Tag != "" {
		base = r.Base.Tag + ", " + base
	}
	facts := []Fact{{"pin", base}, {"class", r.Class}, {"evidence", r.Evidence}}
	if r.Decision != nil {
		facts = append(facts, Fact{"decided", decidedBy(r.Decision)})
	}
	if r.Upstream != nil {
		facts = append(facts, Fact{"upstream", whyCommit(r.Upstream)})
	}
	return facts
}

// WhyPlace says which lines a part is about.
func WhyPlace(part job.WhyPart) string {
	switch {
	case part.By == job.ByLacking:
		return lackingPlace(part)
	case part.Start == 0 || part.Lines+part.Removed == 0:
		return "The whole file"
	case part.Lines == 0:
		return fmt.Sprintf("Before line %d, %s removed", part.Start, count(part.Removed, "line", "lines"))
	case part.Lines == 1:
		return fmt.Sprintf("Line %d", part.Start)
	}
	return fmt.Sprintf("Lines %d to %d", part.Start, part.Start+part.Lines-1)
}

// lackingPlace says what is missing; its lines are those of the branch's file.
func lackingPlace(part job.WhyPart) string {
	switch {
	case part.Lines > 0:
		return fmt.Sprintf("Missing here, %s from line %d of the branch", count(part.Lines, "line", "lines"), part.Start)
	case part.Removed > 0:
		return fmt.Sprintf("Missing here, the removal of %s", count(part.Removed, "line", "lines"))
	}
	return "Missing here, the whole file"
}

// WhyFacts say who brought the lines of a part, and why. A decision that is the whole file's is left to
// WhyHead.
func WhyFacts(r *job.WhyReport, part job.WhyPart) []Fact {
	by := map[string]string{
		job.ByUpstream: "upstream",
		job.ByNobody:   "nobody: no branch explains it",
		job.ByTarget:   part.Branch + " itself: committed or resolved there, on no branch",
		job.ByPlugin:   "an additional plugin",
		job.ByBranch:   part.Branch,
		job.ByLacking:  part.Branch,
	}[part.By]
	facts := []Fact{{"by", by}}
	if part.Commit != nil {
		facts = append(facts, Fact{"commit", whyCommit(part.Commit)})
	}
	if r := part.Record; r != nil {
		facts = append(facts, Fact{"ticket", r.Ticket}, Fact{"reason", r.Reason}, Fact{"owner", r.Owner})
	}
	if m := part.Marker; m != nil {
		facts = append(facts, Fact{"marker", m.Text})
		if part.Record == nil || part.Record.Ticket == "" {
			facts = append(facts, Fact{"ticket", m.Ticket})
		}
		facts = append(facts, Fact{"until", m.Until})
	}
	if d := part.Decision; d != nil && (r.Decision == nil || *r.Decision != *d) {
		facts = append(facts, Fact{"decided", decidedBy(d)})
	}
	return facts
}

func decidedBy(d *job.Decision) string {
	text := DecisionWords(d)
	if d.Who != "" {
		text += ", " + d.Who
	}
	return text
}

func whyCommit(c *job.WhyCommit) string {
	text := c.Commit.Short() + " " + c.Subject
	if c.Author != "" {
		text += ", " + c.Author + ", " + c.Date.Format("2006-01-02")
	}
	if c.Release != "" {
		text += ", in " + c.Release
	}
	return text
}
