package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/internal/report"
)

// conflictsFlags are the flags of conflicts.
type conflictsFlags struct {
	format  string
	all     bool
	request job.ConflictsRequest
}

// conflictsFormats are those of --format.
func conflictsFormats() []string {
	return append([]string{formatText, formatJSON}, report.ConflictFormats()...)
}

func newConflictsCommand(c *call) *cobra.Command {
	var f conflictsFlags
	cmd := &cobra.Command{
		Use:     "conflicts [BRANCH…]",
		Short:   "Show which branches conflict, and in which order to merge them",
		GroupID: groupTargets,
		Args:    words("[BRANCH…]"),
		Long: `Compares all pairs of branches of the series in use: which change the same file, which the same lines,
and which Git cannot merge. It proposes the order in which they are best merged, and which could live
as one set. Nothing is merged and nothing moves.

BRANCH is a name or a pattern. Several branches are compared with each other; a single one with all
others. --target takes the branches that belong to a target. A branch is not compared with those it
stands on.

It is a map and no check: it ends with 0 also when branches conflict.`,
		Example: `  mgit conflicts
  mgit conflicts LUVLE-4.5-hack-mod_forum-subject
  mgit conflicts 'LUVLE-4.5-hack-*' --all
  mgit conflicts --target test --format html > conflicts.html`,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.request.Only = args
			return c.conflicts(cmd.Context(), f)
		},
	}
	cmd.Flags().StringVar(&f.format, "format", formatText, "`format` of the answer: "+strings.Join(conflictsFormats(), ", "))
	cmd.Flags().StringVar(&f.request.Target, "target", "", "the branches that belong to this `target`")
	cmd.Flags().BoolVar(&f.all, "all", false, "list pairs that share a file too, every path, and the whole order")
	cmd.Flags().IntVarP(&f.request.Jobs, "jobs", "j", 0, "run `N` git processes at once (default: one for each CPU)")
	return cmd
}

func (c *call) conflicts(ctx context.Context, f conflictsFlags) error {
	if err := f.check(c); err != nil {
		return err
	}
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	f.request.Series = c.flags.series
	r, err := job.Conflicts(ctx, site, f.request)
	if err != nil {
		return err
	}
	for _, w := range r.Warnings {
		c.warn(w.ID, w.Text)
	}
	if f.format == formatText || f.format == formatJSON {
		return c.answer(ctx, answer{result: r, text: func(w io.Writer, p palette) error {
			t := conflictsText{w: w, p: p, width: c.width(c.stdoutTTY), all: f.all}
			t.write(r)
			return nil
		}})
	}
	var out bytes.Buffer
	if err := report.WriteConflicts(&out, f.format, r, report.Options{Version: buildVersion()}); err != nil {
		return err
	}
	_, err = c.stdout.Write(out.Bytes())
	return err
}

// check looks at flags that do not go together.
func (f *conflictsFlags) check(c *call) error {
	if err := c.checkFormat(f.format, conflictsFormats()); err != nil {
		return err
	}
	if f.request.Jobs < 0 {
		return &usageError{text: fmt.Sprintf("--jobs %d: a number of processes cannot be negative", f.request.Jobs)}
	}
	return nil
}
