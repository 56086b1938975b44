package main

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/internal/report"
)

func newReleaseDiffCommand(c *call) *cobra.Command {
	var request job.ReleaseDiffRequest
	var format string
	cmd := &cobra.Command{
		Use:   "diff OLD NEW [PATH]",
		Short: "Show what changed between two releases, for a change board",
		Args:  words("OLD", "NEW", "[PATH]"),
		Long: `Lists the branches that came, went and changed between two releases, with their commits, tickets and
reasons, and the release of Moodle in each. OLD and NEW are tags; a target in place of NEW shows what the
next release would bring. With a path of the tree its difference follows, as git diff prints it.`,
		Example: `  mgit release diff lu-moodle-lu_v4.5.4-1 lu-moodle-lu_v4.5.5-0
  mgit release diff lu-moodle-lu_v4.5.5-0 deployment --format markdown
  mgit release diff lu-moodle-lu_v4.5.4-1 lu-moodle-lu_v4.5.5-0 mod/forum`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.From, request.To, request.Path = args[0], args[1], append(args, "")[2]
			request.Series = c.flags.series
			return c.releaseDiff(cmd.Context(), request, format)
		},
	}
	cmd.Flags().StringVar(&format, "format", formatText, "`format` of the answer: "+strings.Join(diffFormats(), ", "))
	return cmd
}

func diffFormats() []string { return []string{formatText, formatJSON, report.Markdown} }

func (c *call) releaseDiff(ctx context.Context, request job.ReleaseDiffRequest, format string) error {
	if !slices.Contains(diffFormats(), format) {
		return &usageError{
			text: fmt.Sprintf("--format %q is not known", format),
			hint: joinHints(didYouMean(closest(format, diffFormats())), "it takes "+strings.Join(diffFormats(), ", ")),
		}
	}
	if c.flags.json && format == report.Markdown {
		return &usageError{text: "--json and --format markdown are two answers at once", hint: "leave one of them away"}
	}
	c.flags.json = c.flags.json || format == formatJSON
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	request.Color = !c.flags.json && format == formatText && c.outPalette().colored
	d, err := job.DiffReleases(ctx, site, request)
	if err != nil {
		return err
	}
	return c.answer(ctx, answer{result: d, text: func(w io.Writer, p palette) error {
		if format == report.Markdown {
			_, err := io.WriteString(w, report.ReleaseMarkdown(d))
			return err
		}
		return c.writeReleaseDiff(w, p, d)
	}})
}

func (c *call) writeReleaseDiff(w io.Writer, p palette, d *job.ReleaseDiff) error {
	fmt.Fprintf(w, "%s\n", p.strong("From "+printable(d.From.Name)+" to "+printable(d.To.Name)))
	moodle := printable(d.To.Upstream.Tag)
	if d.From.Upstream != d.To.Upstream {
		moodle = printable(d.From.Upstream.Tag) + " → " + moodle
	} else {
		moodle += ", as before"
	}
	t := d.Totals
	facts := []fact{
		{"Moodle", moodle},
		{"branches", fmt.Sprintf("%d came, %d went, %d changed, %d as before", t.Came, t.Went, t.Changed, t.Same)},
		{"core hacks", fmt.Sprintf("%d of those that came, went or changed", t.Hacks)},
	}
	if len(d.Others) > 0 {
		facts = append(facts, fact{"others", plural(len(d.Others), "commit") + ", which no branch explains"})
	}
	c.writeFactLines(w, p, facts)
	for _, b := range d.Branches {
		c.writeBranchChange(w, p, b)
	}
	if len(d.Others) > 0 {
		fmt.Fprintln(w, "\nNo branch explains these:")
	}
	for _, o := range d.Others {
		sign := map[string]string{job.BranchCame: "    + ", job.BranchWent: "    - "}[o.Change]
		c.writeBoardCommit(w, sign, job.BoardCommit{Commit: o.Commit, Subject: o.Subject})
	}
	if d.Diff != "" {
		fmt.Fprintf(w, "\n%s", safeDiff(d.Diff, p.colored))
	} else if d.Path != "" {
		fmt.Fprintf(w, "\n%s is the same in both.\n", job.ShowPath(d.Path))
	}
	return nil
}

// safeDiff takes from the lines of a diff what would steer the terminal. Git's own
// colours stay where there are to be some.
func safeDiff(text string, colored bool) string {
	kept := regexp.MustCompile(`[\t\n]`)
	if colored {
		kept = regexp.MustCompile(`\x1b\[(?:|1|3[0-7]|1;3[0-7])m|[\t\n]`)
	}
	var safe strings.Builder
	at := 0
	for _, span := range kept.FindAllStringIndex(text, -1) {
		safe.WriteString(printable(text[at:span[0]]))
		safe.WriteString(text[span[0]:span[1]])
		at = span[1]
	}
	safe.WriteString(printable(text[at:]))
	return safe.String()
}

func (c *call) writeBranchChange(w io.Writer, p palette, b job.BranchChange) {
	sign := map[string]string{job.BranchCame: p.good("+"), job.BranchWent: p.bad("-"), job.BranchChanged: p.attention("~")}[b.Change]
	line := fmt.Sprintf("%s %s %s", sign, b.Change, p.strong(printable(b.Branch)))
	if b.OldName != "" && b.OldName != b.Branch {
		line += ", before " + printable(b.OldName)
	}
	if b.Hack {
		line += ", core hack"
	}
	line += ", " + plural(b.Files, "file")
	if b.Ticket != "" {
		line += ", " + printable(b.Ticket)
	}
	fmt.Fprintf(w, "\n%s\n", wrapIndented(line, c.width(c.stdoutTTY)))
	if b.Why != "" {
		fmt.Fprintln(w, wrapIndented("    "+printable(b.Why), c.width(c.stdoutTTY)))
	}
	for _, x := range b.Commits {
		c.writeBoardCommit(w, "    + ", x)
	}
	if b.Change == job.BranchWent {
		return
	}
	for _, x := range b.Gone {
		c.writeBoardCommit(w, "    - ", x)
	}
}

func (c *call) writeBoardCommit(w io.Writer, sign string, x job.BoardCommit) {
	text := sign + x.Commit.Short() + " " + printable(x.Subject)
	if width := c.tableWidth(); width > 0 {
		text = shorten(text, width)
	}
	fmt.Fprintln(w, text)
}
