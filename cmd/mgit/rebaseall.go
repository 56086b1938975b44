package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/internal/rebase"
	"mgit/internal/report"
)

func newRebaseAllCommand(c *call) *cobra.Command {
	var o rebaseOptions
	cmd := &cobra.Command{
		Use:     "rebase-all TAG",
		Short:   "Move all branches of a version to a Moodle release",
		GroupID: groupUpgrade,
		Args:    words("TAG"),
		Long: `Makes a new branch on TAG for every branch of an older version: LUVLE-4.1-hack-mod_forum becomes
LUVLE-4.5-hack-mod_forum on v4.5.0. The old branches stay as they are.

All clean branches arrive; a branch with a conflict is parked and listed, and ` + "`mgit resolve`" + ` opens it.
Run it again at any time: it does only what is missing. Nothing is pushed, and ` + "`mgit undo`" + ` takes
the whole run back.`,
		Example: `  mgit rebase-all v4.5.0
  mgit rebase-all v4.5.0 --only '*-mod_forum*' --dry-run`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.rebaseAll(cmd.Context(), args[0], o) },
	}
	o.addTo(cmd)
	cmd.Flags().BoolVar(&o.updateWorktrees, "update-worktrees", false, "move new branches that are checked out in clean worktrees together with these")
	return cmd
}

func newTriageCommand(c *call) *cobra.Command {
	var o rebaseOptions
	cmd := &cobra.Command{
		Use:     "triage TAG",
		Short:   "Show what would become of every branch on a Moodle release",
		GroupID: groupUpgrade,
		Args:    words("TAG"),
		Long: `Replays all branches of a version onto TAG in memory and shows the outcome. Nothing is moved or
written. It also looks for upstream's own version of every commit, which can take some seconds: what
landed, what upstream did in another way, and what it took back. That is evidence and drops nothing;
where upstream has all of a branch, the command that drops it is shown.`,
		Example: `  mgit triage v4.5.0
  mgit triage v4.5.0 --only '*-mod_forum*' --diff`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c.flags.dryRun = true
			o.evidence, o.offline = true, true
			return c.rebaseAll(cmd.Context(), args[0], o)
		},
	}
	o.addTo(cmd)
	cmd.Flags().BoolVar(&o.diff, "diff", false, "show how commits differ from upstream's version of them, as git range-diff does")
	return cmd
}

type rebaseOptions struct {
	from            string
	only            []string
	jobs            int
	noResolutions   bool
	updateWorktrees bool
	evidence        bool
	diff            bool
	offline         bool
}

func (o *rebaseOptions) addTo(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.from, "from", "", "the `series` to move from (default: the newest older one that has branches)")
	f.StringArrayVar(&o.only, "only", nil, "only branches that match this `glob`; may be repeated")
	f.IntVar(&o.jobs, "jobs", 0, "merge this `many` at a time (default: one a processor)")
	f.BoolVar(&o.noResolutions, "no-resolutions", false, "leave conflicts alone that recorded resolutions would settle")
}

func (c *call) rebaseAll(ctx context.Context, tag string, o rebaseOptions) error {
	request := job.RebaseAllRequest{
		Tag: tag, Only: o.only, Jobs: o.jobs,
		NoResolutions: o.noResolutions, Evidence: o.evidence, RangeDiffs: o.diff, Offline: o.offline,
		UpdateWorktrees: o.updateWorktrees || slices.Contains(c.flags.allow, "checked-out"),
		OtherTag:        o.evidence || slices.Contains(c.flags.allow, "other-tag"), // triage only looks
	}
	if from := cmp.Or(o.from, c.flags.series); from != "" {
		series, err := moodle.ParseSeries(from)
		if err != nil {
			return &usageError{text: fmt.Sprintf("--from %q: %v", from, err)}
		}
		request.From = series
	}
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	progress := c.newProgress(c.command + " " + tag)
	request.Progress = progress.report
	report, run, err := job.RebaseAll(ctx, site, request, c.flags.dryRun)
	progress.finish()
	if err != nil {
		return err
	}
	c.warnAll(report.Warnings)
	a := answer{result: report, run: run, text: func(w io.Writer, p palette) error {
		return c.writeRebase(w, p, report, run, o.choice(request.From))
	}}
	switch {
	case report.NeedsPerson():
		a.exit = exitParked
	case len(report.Unreachable) > 0:
		a.exit = exitUnreachable
	}
	return c.answer(ctx, a)
}

// choice repeats the flags that choose branches.
func (o rebaseOptions) choice(from moodle.Series) string {
	flags := ""
	if !from.IsZero() {
		flags += " --from " + from.String()
	}
	for _, glob := range o.only {
		flags += " --only '" + strings.ReplaceAll(glob, "'", `'\''`) + "'"
	}
	return flags
}

// writeRebase prints the table a tired person can read: what happened, where
// the commits went, what is in conflict, what to type next.
func (c *call) writeRebase(w io.Writer, p palette, r *job.RebaseReport, run int, flags string) error {
	t := table{columns: []column{
		{title: "outcome"},
		{title: "branch", elastic: true},
		{title: "in", right: true},
		{title: "kept", right: true},
		{title: "landed", right: true},
		{title: "left", right: true},
	}}
	branches := slices.Clone(r.Branches)
	slices.SortStableFunc(branches, func(a, b job.BranchReport) int {
		return cmp.Compare(job.Rank(a.Outcome), job.Rank(b.Outcome))
	})
	for _, b := range branches {
		a := b.Commits
		t.add(p.outcome(b.Outcome), printable(b.Name),
			fmt.Sprint(a.In), fmt.Sprint(a.Kept), count(a.Landed+a.Emptied), count(a.Waiting+a.Held+a.Dropped+a.Replaced))
	}
	if err := t.writeTo(w, p, c.width(c.stdoutTTY)); err != nil {
		return err
	}
	fmt.Fprintln(w, p.faint("in = kept + landed (nothing was left of them) + left (waiting, held, dropped)"))
	for _, b := range branches {
		for _, line := range details(b) {
			if !strings.HasPrefix(line, asItIs) {
				line = wrapIndented(line, c.width(c.stdoutTTY))
			}
			fmt.Fprintln(w, line)
		}
	}
	summary := p.strong(printable(report.RebaseSummary(r, c.flags.dryRun, run)))
	if c.stdoutTTY {
		summary = wrap(summary, c.width(true))
	}
	fmt.Fprintf(w, "\n%s\n", summary)
	for _, line := range next(r, c.flags.dryRun, run, flags) {
		fmt.Fprintf(w, "  %s\n", line)
	}
	return nil
}

// count leaves a zero out: in a table of sixty branches only what is there
// should catch the eye.
func count(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// asItIs begins a line that is not wrapped: one of a diff, or a command to copy.
const asItIs = "    "

// details are the lines below the table for a branch that is not simply clean.
func details(b job.BranchReport) []string {
	var lines []string
	for _, r := range report.RebaseRemarks(b) {
		if r.AsIs {
			lines = append(lines, asItIs+printable(r.Text))
		} else {
			lines = append(lines, "  "+printable(b.Name+": "+r.Text))
		}
	}
	return lines
}

// next is what to type next; flags choose the same branches again.
func next(report *job.RebaseReport, dryRun bool, run int, flags string) []string {
	var lines []string
	if dryRun {
		lines = append(lines, nextDiff(report)...)
		if report.Totals["clean"]+report.Totals["resolved"]+report.Totals["updated"]+report.Totals["replaced"] == 0 {
			return lines
		}
		return append(lines, "mgit rebase-all "+report.Onto.Tag+flags, "    moves them")
	}
	first := func(outcome string) string {
		i := slices.IndexFunc(report.Branches, func(b job.BranchReport) bool { return b.Outcome == outcome })
		if i < 0 {
			return ""
		}
		return printable(report.Branches[i].Name)
	}
	if name := first("conflict"); name != "" {
		lines = append(lines, "mgit resolve "+name, "    opens the conflict in a worktree of its own")
	}
	if hasUnplaced(report) {
		lines = append(lines, "mgit config edit", "    [layout] root = [\"…\"] or public = [\"…\"] says for all branches where such a path belongs")
	}
	if first("moved") != "" {
		lines = append(lines, "mgit rebase-all "+report.Onto.Tag+flags, "    tries those again that somebody moved meanwhile")
	}
	if run != 0 {
		lines = append(lines, fmt.Sprintf("mgit undo %d", run), "    takes this run back")
	}
	return lines
}

// hasUnplaced reports whether a branch waits because nobody has said where a path of it
// belongs.
func hasUnplaced(report *job.RebaseReport) bool {
	return slices.ContainsFunc(report.Branches, func(b job.BranchReport) bool {
		return slices.ContainsFunc(b.Conflicts, func(c job.ConflictAt) bool { return c.Kind == rebase.KindUnplaced })
	})
}

func quoteAll(paths []string) []string {
	all := make([]string, len(paths))
	for i, p := range paths {
		all[i] = job.ShowPath(p)
	}
	return all
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	if strings.HasSuffix(word, "ch") {
		return fmt.Sprintf("%d %ses", n, word)
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// wrapIndented breaks a line at the width and indents what follows further.
func wrapIndented(line string, width int) string { return wrapWords(line, width, 0, 6) }
