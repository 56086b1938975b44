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
func (c *call) writeRebase(w io.Writer, p palette, report *job.RebaseReport, run int, flags string) error {
	t := table{columns: []column{
		{title: "outcome"},
		{title: "branch", elastic: true},
		{title: "in", right: true},
		{title: "kept", right: true},
		{title: "landed", right: true},
		{title: "left", right: true},
	}}
	branches := slices.Clone(report.Branches)
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
	summary := c.summary(p, report, run)
	if c.stdoutTTY {
		summary = wrap(summary, c.width(true))
	}
	fmt.Fprintf(w, "\n%s\n", summary)
	for _, line := range next(report, c.flags.dryRun, run, flags) {
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
	name := printable(b.Name)
	for _, path := range conflictPaths(b) {
		lines = append(lines, "  "+name+": "+path)
	}
	if b.Reason != "" && b.Reason != job.NothingNew {
		lines = append(lines, "  "+name+": "+printable(b.Reason))
	}
	if line := relocatedLine(b.Relocated); line != "" {
		lines = append(lines, "  "+name+": "+line)
	}
	for _, l := range b.Landed {
		if l.By.String() != "" {
			lines = append(lines, "  "+name+": "+landedLine(l))
		}
		for line := range strings.Lines(l.RangeDiff) {
			lines = append(lines, asItIs+printable(strings.TrimRight(line, "\r\n")))
		}
	}
	if b.Suggestion != nil {
		lines = append(lines, "  "+name+": "+b.Suggestion.Reason+". To let it go:", asItIs+commandLine(b.Suggestion.Command))
	}
	for _, c := range b.Components {
		lines = append(lines, fmt.Sprintf("  %s: %s", name, c.Advice))
	}
	for _, use := range b.Resolutions {
		lines = append(lines, "  "+name+": used the recorded resolution "+use)
	}
	if len(b.Rebuild) > 0 {
		lines = append(lines, fmt.Sprintf("  %s: rebuild needed: %s", name, strings.Join(quoteAll(b.Rebuild), ", ")))
	}
	if b.Merges.ByHand > 0 {
		lines = append(lines, fmt.Sprintf("  %s: %s with changes made by hand, replayed as %s", name, plural(b.Merges.ByHand, "merge"), plural(b.Merges.ByHand, "commit")))
	}
	return lines
}

// conflictPaths groups the conflicts by kind.
func conflictPaths(b job.BranchReport) []string {
	var lines []string
	for _, c := range b.Conflicts {
		lines = append(lines, fmt.Sprintf("%s (commit %s)", conflictLine(c), c.Commit.Short()))
	}
	return lines
}

// conflictLine says what is in conflict, or what has no certain place and which it may
// have.
func conflictLine(c job.ConflictAt) string {
	path := job.ShowPath(string(c.Path))
	switch {
	case c.Kind == rebase.KindUnplaced && len(c.Proposals) > 1:
		return path + " has no certain place: " + strings.Join(quoteAll(c.Proposals), " or ")
	case c.Kind == rebase.KindUnplaced:
		return path + " has no certain place; perhaps " + strings.Join(quoteAll(c.Proposals), " or ")
	case c.Kind == rebase.KindMisplaced:
		return path + " would stand where Moodle does not look for it"
	}
	return conflictWord(c.Kind) + " in " + path
}

// relocatedLine says what moved with the layout, in one line: the first paths, as the
// layout without public/ has them, and how many more there are.
func relocatedLine(all []job.Relocation) string {
	const shown = 2
	if len(all) == 0 {
		return ""
	}
	where, paths := "below public/ now: ", make([]string, 0, shown)
	for _, r := range all[:min(len(all), shown)] {
		path := r.From
		if strings.HasPrefix(string(r.From), "public/") {
			where, path = "at the top now: ", r.To
		}
		paths = append(paths, job.ShowPath(string(path)))
	}
	text := where + strings.Join(paths, ", ")
	if more := len(all) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func quoteAll(paths []string) []string {
	all := make([]string, len(paths))
	for i, p := range paths {
		all[i] = job.ShowPath(p)
	}
	return all
}

// summary is the one line that says how it went.
func (c *call) summary(p palette, report *job.RebaseReport, run int) string {
	var parts []string
	for _, o := range job.Outcomes() {
		if n := report.Totals[o]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, o))
		}
	}
	text := fmt.Sprintf("%s from %s to %s: %s.", plural(report.Totals["branches"], "branch"), report.From, report.Onto.Tag, strings.Join(parts, ", "))
	switch {
	case c.flags.dryRun:
		text += " Nothing was written."
	case run == 0:
		text += " There was nothing to do."
	default:
		text += fmt.Sprintf(" This was run %d.", run)
	}
	return p.strong(text)
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
func wrapIndented(line string, width int) string {
	return strings.ReplaceAll(wrap(line, width-4), "\n", "\n      ")
}
