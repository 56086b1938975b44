package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/internal/moodle"
)

func newWhyCommand(c *call) *cobra.Command {
	var request job.WhyRequest
	cmd := &cobra.Command{
		Use:     "why PATH[:LINE]",
		Short:   "Show which branch, commit, ticket and reason put a line there",
		GroupID: groupLive,
		Args:    words("PATH[:LINE]"),
		Long: `Says where a file of a tree comes from, or one line of it: the branch with its record and the commit
that brought it, or the commit of upstream with its MDL number. What nobody explains is said too, and so
is what the deployment branch has and the tree lacks.

PATH is relative to the tree, or leads into it from where you are. The tree is the work tree of this
clone, or the folder or ref of --tree.`,
		Example: `  mgit why mod/forum/lib.php:24
  mgit why lib/weblib.php --tree /srv/moodle`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Path = args[0]
			return c.why(cmd.Context(), request)
		},
	}
	cmd.Flags().StringVar(&request.Tree.Tree, "tree", "", "the folder or ref to look in (default: the work tree of this clone)")
	return cmd
}

// seriesFlag is the series of --series, zero when it was not given.
func (c *call) seriesFlag() (moodle.Series, error) {
	if c.flags.series == "" {
		return moodle.Series{}, nil
	}
	series, err := moodle.ParseSeries(c.flags.series)
	if err != nil {
		return series, &usageError{text: fmt.Sprintf("--series %q: %v", c.flags.series, err)}
	}
	return series, nil
}

func (c *call) why(ctx context.Context, request job.WhyRequest) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	if request.Tree.Series, err = c.seriesFlag(); err != nil {
		return err
	}
	bar := c.newFileProgress()
	request.Tree.Progress = bar.report
	r, err := job.Why(ctx, site, request)
	bar.finish()
	if err != nil {
		return err
	}
	for _, w := range r.Warnings {
		c.warn(w.ID, w.Text)
	}
	return c.answer(ctx, answer{result: r, text: func(w io.Writer, p palette) error {
		c.writeWhy(w, p, r)
		return nil
	}})
}

func (c *call) writeWhy(w io.Writer, p palette, r *job.WhyReport) {
	place := job.ShowPath(r.Raw)
	if r.Line > 0 {
		place += fmt.Sprintf(":%d", r.Line)
	}
	fmt.Fprintf(w, "%s  %s\n", p.strong(place), printable(r.Component))
	base := printable(r.Base.Release)
	if r.Base.Tag != "" {
		base = printable(r.Base.Tag) + ", " + base
	}
	facts := []fact{{"pin", base}}
	if r.Class != "" {
		facts = append(facts, fact{"class", printable(r.Class)})
	}
	facts = append(facts, fact{"evidence", printable(r.Evidence)})
	if r.Decision != nil {
		facts = append(facts, fact{"decided", whyDecisionText(r.Decision)})
	}
	if u := r.Upstream; u != nil {
		facts = append(facts, fact{"upstream", whyCommitText(u)})
	}
	c.writeFactLines(w, p, facts)
	for _, part := range r.Parts {
		if r.Line == 0 {
			fmt.Fprintf(w, "\n%s\n", p.strong(partPlace(part)))
		}
		if r.Decision != nil && part.Decision != nil && *r.Decision == *part.Decision {
			part.Decision = nil // said above
		}
		c.writeFactLines(w, p, whyPartFacts(part))
	}
	if r.Class == "" && len(r.Parts) == 0 {
		fmt.Fprintln(w, "  It is as upstream has it.")
	}
}

func partPlace(part job.WhyPart) string {
	switch {
	case part.By == job.ByLacking:
		return lackingPlace(part)
	case part.Start == 0 || part.Lines+part.Removed == 0:
		return "The whole file"
	case part.Lines == 0:
		return fmt.Sprintf("Before line %d, %s removed", part.Start, plural(part.Removed, "line"))
	case part.Lines == 1:
		return fmt.Sprintf("Line %d", part.Start)
	}
	return fmt.Sprintf("Lines %d to %d", part.Start, part.Start+part.Lines-1)
}

// lackingPlace says what is missing; its lines are those of the branch's file.
func lackingPlace(part job.WhyPart) string {
	switch {
	case part.Lines > 0:
		return fmt.Sprintf("Missing here, %s from line %d of the branch", plural(part.Lines, "line"), part.Start)
	case part.Removed > 0:
		return fmt.Sprintf("Missing here, the removal of %s", plural(part.Removed, "line"))
	}
	return "Missing here, the whole file"
}

func whyPartFacts(part job.WhyPart) []fact {
	by := map[string]string{
		job.ByUpstream: "upstream",
		job.ByNobody:   "nobody: no branch explains it",
		job.ByTarget:   printable(part.Branch) + " itself: committed or resolved there, on no branch",
		job.ByPlugin:   "an additional plugin",
		job.ByBranch:   printable(part.Branch),
		job.ByLacking:  printable(part.Branch),
	}[part.By]
	facts := []fact{{"by", by}}
	if part.Commit != nil {
		facts = append(facts, fact{"commit", whyCommitText(part.Commit)})
	}
	if r := part.Record; r != nil {
		facts = append(facts, fact{"ticket", printable(r.Ticket)}, fact{"reason", printable(r.Reason)}, fact{"owner", printable(r.Owner)})
	}
	if m := part.Marker; m != nil {
		facts = append(facts, fact{"marker", printable(m.Text)})
		if part.Record == nil || part.Record.Ticket == "" {
			facts = append(facts, fact{"ticket", printable(m.Ticket)})
		}
		facts = append(facts, fact{"until", printable(m.Until)})
	}
	if d := part.Decision; d != nil {
		facts = append(facts, fact{"decided", whyDecisionText(d)})
	}
	return facts
}

func whyDecisionText(d *job.Decision) string {
	text := decisionText(d)
	if d.Who != "" {
		text += ", " + printable(d.Who)
	}
	return text
}

func whyCommitText(c *job.WhyCommit) string {
	text := c.Commit.Short() + " " + printable(c.Subject)
	if c.Author != "" {
		text += ", " + printable(c.Author) + ", " + c.Date.Format("2006-01-02")
	}
	if c.Release != "" {
		text += ", in " + printable(c.Release)
	}
	return text
}
