package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mgit/internal/job"
)

func newDecideCommand(c *call) *cobra.Command {
	var request job.DecideFindingRequest
	cmd := &cobra.Command{
		Use:     "decide PATH[:LINE] port|drop|replace|keep|none",
		Short:   "Decide what is to become of a core hack",
		GroupID: groupLive,
		Args:    words("PATH[:LINE]", "DECISION"),
		Long: `Enters a decision about an orphan of mgit corehack-report on the mgit branch, where the team sees it:

  port     it becomes a branch
  drop     it goes with the next upgrade
  replace  something else will do the same, a plugin or a setting
  keep     it stays as it is
  none     the decision is taken back

PATH is relative to the tree that the report was about; --tree names it when it is not the work tree of
this clone. Without :LINE it is about all hunks of the file that no branch explains. When a hunk changes,
the report asks again.`,
		Example: `  mgit decide lib/weblib.php drop --reason "the old player is gone" --tree /srv/moodle
  mgit decide mod/page/view.php:12 keep --reason "until LU-311 is done" --tree /srv/moodle`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Path, request.Line = splitLine(args[0])
			request.Decision = args[1]
			return c.decide(cmd.Context(), request)
		},
	}
	cmd.Flags().StringVar(&request.Reason, "reason", "", "why")
	cmd.Flags().StringVar(&request.Tree.Tree, "tree", "", "the folder or ref that the report was about (default: the work tree of this clone)")
	return cmd
}

// splitLine takes a line number off a path: "lib/weblib.php:120".
func splitLine(text string) (path string, line int) {
	i := strings.LastIndexByte(text, ':')
	if i <= 0 {
		return text, 0
	}
	n, err := strconv.Atoi(text[i+1:])
	if err != nil || n < 1 {
		return text, 0
	}
	return text[:i], n
}

func (c *call) decide(ctx context.Context, request job.DecideFindingRequest) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	request.DryRun = c.flags.dryRun
	if request.Tree.Series, err = c.seriesFlag(); err != nil {
		return err
	}
	bar := c.newFileProgress()
	request.Tree.Progress = bar.report
	report, run, err := job.DecideFinding(ctx, site, request)
	bar.finish()
	if err != nil {
		return err
	}
	return c.answer(ctx, answer{result: report, run: run, text: func(w io.Writer, p palette) error {
		c.writeDecided(w, p, report)
		c.writeRun(w, run)
		return nil
	}})
}

// writeDecided says what is decided now, a line for each file.
func (c *call) writeDecided(w io.Writer, p palette, report *job.DecideReport) {
	hunks := make(map[string]int)
	var paths []string
	for _, d := range report.Decided {
		if hunks[d.Raw]++; hunks[d.Raw] == 1 {
			paths = append(paths, d.Raw)
		}
	}
	for _, path := range paths {
		text := report.Decision
		if report.Reason != "" {
			text += " (" + printable(report.Reason) + ")"
		}
		if hunks[path] > 1 {
			text += ", " + plural(hunks[path], "hunk")
		}
		fmt.Fprintf(w, "%s: %s\n", p.strong(job.ShowPath(path)), text)
	}
}
