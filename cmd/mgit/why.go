package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/internal/report"
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
	c.writeFactLines(w, p, printableFacts(report.WhyHead(r)))
	for _, part := range r.Parts {
		if r.Line == 0 {
			fmt.Fprintf(w, "\n%s\n", p.strong(report.WhyPlace(part)))
		}
		c.writeFactLines(w, p, printableFacts(report.WhyFacts(r, part)))
	}
	if r.Class == "" && len(r.Parts) == 0 {
		fmt.Fprintln(w, "  It is as upstream has it.")
	}
}

// printableFacts are facts that are safe for a terminal.
func printableFacts(all []report.Fact) []fact {
	facts := make([]fact, len(all))
	for i, f := range all {
		facts[i] = fact{f.Name, printable(f.Text)}
	}
	return facts
}
