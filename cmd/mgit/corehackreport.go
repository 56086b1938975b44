package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/internal/report"
)

// The formats that corehack-report writes itself; package report has the others.
const (
	formatText = "text"
	formatJSON = "json"
)

// corehackFlags are the flags of corehack-report.
type corehackFlags struct {
	format   string
	diff     bool
	all      bool
	strict   bool
	baseline string
	request  job.CorehackRequest
	extract  extractFlags
}

func newCorehackReportCommand(c *call) *cobra.Command {
	var f corehackFlags
	cmd := &cobra.Command{
		Use:     "corehack-report [PATH|REF]",
		Short:   "Show how a tree differs from the official code, and why",
		GroupID: groupLive,
		Args:    words("[PATH|REF]"),
		Long: `Finds the upstream build that a tree was made from (as mgit pin does), compares every file with it, and
explains each difference: another upstream version, white space, a change of one of your branches. What
nothing explains is an orphan: somebody has to decide what becomes of it.

PATH is a folder in which Moodle runs, with or without a .git; it is only read, and no link out of it is
followed. REF is a branch, tag or commit of this clone. Without either it is the work tree of this clone,
with what is not committed. Files of additional plugins and files that every site has (config.php,
vendor/ …) are counted and not reported.

Ends with 5 when core was changed, files of it are missing, unknown or of another version, branches are
missing from the tree, or something could not be read; --strict takes the other classes too.`,
		Example: `  mgit corehack-report /srv/moodle
  mgit corehack-report LUVLE-4.1-deployment --diff
  mgit corehack-report /srv/moodle --format html > report.html
  mgit corehack-report /srv/moodle --json > baseline.json     # then, every night:
  mgit corehack-report /srv/moodle --baseline baseline.json
  mgit corehack-report /srv/moodle --extract --author "Ann Example <ann@example.org>" --dry-run`,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.request.Tree = append(args, "")[0]
			return c.corehackReport(cmd.Context(), f)
		},
	}
	formats := append([]string{formatText, formatJSON}, report.Formats()...)
	cmd.Flags().StringVar(&f.format, "format", formatText, "`format` of the report: "+strings.Join(formats, ", "))
	cmd.Flags().BoolVar(&f.diff, "diff", false, "show the changed lines")
	cmd.Flags().BoolVar(&f.all, "all", false, "list every finding, however many there are of a kind")
	cmd.Flags().BoolVar(&f.strict, "strict", false, "let white space, modes and foreign files make it end with 5 too")
	cmd.Flags().StringVar(&f.baseline, "baseline", "", "an earlier report (--json) in `file`: only what is new counts")
	cmd.Flags().StringArrayVar(&f.request.Exclude, "exclude", nil, "leave out paths that match this `pattern`; may be repeated")
	cmd.Flags().BoolVar(&f.request.NoCache, "no-cache", false, "read every file, whatever is remembered of it")
	cmd.Flags().IntVarP(&f.request.Jobs, "jobs", "j", 0, "read `N` files at once (default: one for each CPU)")
	addExtractFlags(cmd, &f.extract)
	return cmd
}

func (c *call) corehackReport(ctx context.Context, f corehackFlags) error {
	if err := f.check(c); err != nil {
		return err
	}
	defer spendMemory()()
	f.request.Ahead = job.ReadAhead(ctx, cmp.Or(c.flags.dir, "."), f.request.Tree, f.request.Jobs)
	open := c.openToLook
	if f.extract.on {
		open = c.open
	}
	site, err := open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	if f.baseline != "" {
		if f.request.Baseline, err = os.ReadFile(f.baseline); err != nil {
			return &usageError{text: fmt.Sprintf("--baseline: %v", err)}
		}
	}
	if f.request.Series, err = c.seriesFlag(); err != nil {
		return err
	}
	bar := c.newFileProgress()
	f.request.Lines, f.request.Progress = f.diff || f.format == report.HTML, bar.report
	if f.extract.on {
		return c.extract(ctx, site, f, bar)
	}
	r, err := job.Corehack(ctx, site, f.request)
	bar.finish()
	if err != nil {
		return err
	}
	for _, w := range r.Warnings {
		c.warn(w.ID, w.Text)
	}
	return c.answerCorehack(ctx, f, r)
}

// check looks at flags that do not go together.
func (f *corehackFlags) check(c *call) error {
	if err := c.checkFormat(f.format, append([]string{formatText, formatJSON}, report.Formats()...)); err != nil {
		return err
	}
	if f.request.Jobs < 0 {
		return &usageError{text: fmt.Sprintf("--jobs %d: a number of files cannot be negative", f.request.Jobs)}
	}
	if err := f.extract.refuse(*f); err != nil {
		return err
	}
	return f.extract.check()
}

// answerCorehack prints the report in the format that was asked for.
func (c *call) answerCorehack(ctx context.Context, f corehackFlags, r *job.CorehackReport) error {
	exit := exitDone
	if r.Found(f.strict) {
		exit = exitFound
	}
	if f.format == formatText || f.format == formatJSON {
		return c.answer(ctx, answer{result: r, exit: exit, text: func(w io.Writer, p palette) error {
			t := corehackText{w: w, p: p, width: c.tableWidth(), diff: f.diff, all: f.all}
			t.write(r)
			return nil
		}})
	}
	c.exit = exit
	var out bytes.Buffer
	if err := report.Write(&out, f.format, r, report.Options{Version: buildVersion(), Diff: f.request.Lines, Strict: f.strict}); err != nil {
		return err
	}
	_, err := c.stdout.Write(out.Bytes())
	return err
}
