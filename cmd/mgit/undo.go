package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mgit/internal/job"
)

func newUndoCommand(c *call) *cobra.Command {
	return &cobra.Command{
		Use:     "undo [RUN]",
		Short:   "Take a run back",
		GroupID: groupUpgrade,
		Args:    words("[RUN]"),
		Long: `Moves the branches of a run back to where they were before it, as one new run that can be
undone itself. Without RUN it is the newest run that was not taken back. Branches that have moved
since stay where they are, and so do those that are checked out. Only branches of this clone move;
what was pushed stays pushed.`,
		Example: `  mgit undo --dry-run
  mgit undo 12`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.undo(cmd.Context(), args) },
	}
}

func (c *call) undo(ctx context.Context, args []string) error {
	number := 0
	if len(args) == 1 {
		var err error
		if number, err = strconv.Atoi(args[0]); err != nil || number < 1 {
			return &usageError{text: fmt.Sprintf("%q is not the number of a run", args[0]), hint: "`mgit runs` lists them"}
		}
	}
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	report, run, err := job.UndoRun(ctx, site, number, c.flags.dryRun)
	if err != nil {
		return err
	}
	return c.answer(ctx, answer{result: report, run: run, exit: parkedIf(len(report.Refused) > 0), text: func(w io.Writer, p palette) error {
		return c.writeUndo(w, p, report, run)
	}})
}

func parkedIf(yes bool) int {
	if yes {
		return exitParked
	}
	return exitDone
}

func (c *call) writeUndo(w io.Writer, p palette, report *job.UndoReport, run int) error {
	t := table{columns: []column{{title: "branch", elastic: true}, {title: "from"}, {title: "back to"}}}
	for _, m := range report.Moves {
		back := m.New.Short()
		if back == "" {
			back = "(deleted)"
		}
		from := m.Old.Short()
		if from == "" {
			from = "(none)"
		}
		t.add(printable(shortRef(m.Ref)), from, back)
	}
	if err := t.writeTo(w, p, c.width(c.stdoutTTY)); err != nil {
		return err
	}
	for _, l := range append(report.Left, report.Refused...) {
		fmt.Fprintf(w, "  %s stays: %s\n", printable(shortRef(l.Ref)), l.Reason)
	}
	text := fmt.Sprintf("Run %d is taken back; this was run %d.", report.Undoes, run)
	switch {
	case c.flags.dryRun:
		text = fmt.Sprintf("Taking back run %d would move %s%s. Nothing was written.", report.Undoes, plural(len(report.Moves), "ref"), withEntries(report.Shared))
	case run == 0 && len(report.Left)+len(report.Refused) > 0:
		text = fmt.Sprintf("Nothing of run %d was taken back.", report.Undoes)
	case run == 0:
		text = fmt.Sprintf("There was nothing left of run %d to take back.", report.Undoes)
	}
	fmt.Fprintln(w, p.strong(text))
	if report.Command == "init" && run != 0 {
		fmt.Fprintf(w, "mgit undo %d brings it back.\n", run)
	}
	return nil
}

// withEntries says that a run wrote to the mgit branch too.
func withEntries(shared bool) string {
	if shared {
		return " and change its entries on the mgit branch back"
	}
	return ""
}

// shortRef is a reference as people say it.
func shortRef(ref string) string {
	for _, prefix := range []string{"refs/heads/", "refs/remotes/", "refs/mgit/"} {
		if s, ok := strings.CutPrefix(ref, prefix); ok {
			return s
		}
	}
	return ref
}

func newRunsCommand(c *call) *cobra.Command {
	return &cobra.Command{
		Use:     "runs",
		Short:   "List what mgit did in this clone",
		GroupID: groupLook,
		Args:    words(),
		Long: `Lists the runs of this clone, newest first. Each is a reference below refs/mgit/runs/ that
holds every move with its old and new value; ` + "`mgit undo RUN`" + ` takes one back.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.runs(cmd.Context()) },
	}
}

// commandMin is the width in which the command of a run still shows its tag.
const commandMin = 20

func (c *call) runs(ctx context.Context) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	runs, err := job.Runs(ctx, site)
	if err != nil {
		return err
	}
	return c.answer(ctx, answer{result: map[string]any{"runs": runs}, text: func(w io.Writer, p palette) error {
		if len(runs) == 0 {
			fmt.Fprintln(w, "No runs yet.")
			return nil
		}
		t := table{columns: []column{
			{title: "run", right: true}, {title: "when"}, {title: "branches", right: true}, {title: "command", elastic: true, least: commandMin}, {title: ""},
		}}
		for _, r := range runs {
			remark := ""
			if r.UndoneBy != 0 {
				remark = fmt.Sprintf("taken back by run %d", r.UndoneBy)
			}
			t.add(fmt.Sprint(r.Number), r.When.Format(time.DateTime), fmt.Sprint(r.Branches), printable(r.Command), remark)
		}
		return t.writeTo(w, p, c.tableWidth())
	}})
}
