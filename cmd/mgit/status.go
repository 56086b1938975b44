package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/internal/moodle"
)

func newStatusCommand(c *call) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Show every branch, where it stands and what waits",
		GroupID: groupLook,
		Args:    words(),
		Long: `Lists the branches of the series in use: what each stands on, how many commits are its own, and
in which targets it is. Below the table stands what is out of the ordinary, then upgrades that are
not finished, with what to type next.

"own" counts the commits that upstream does not have, merges included. A base marked "!" is another
one than the first release of the series. In the column of a target, "in" means that the target has
the branch as it is now, "older" that it has an older state of it.`,
		Example: `  mgit status
  mgit status --series 4.5
  mgit status --all --json`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.status(cmd.Context(), all) },
	}
	cmd.Flags().BoolVar(&all, "all", false, "the branches of all series")
	return cmd
}

func (c *call) status(ctx context.Context, all bool) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	report, err := job.Status(ctx, site, job.StatusRequest{Series: c.flags.series, All: all})
	if err != nil {
		return err
	}
	for _, w := range report.Warnings {
		c.warn(w.ID, w.Text)
	}
	return c.answer(ctx, answer{result: report, text: func(w io.Writer, p palette) error {
		return c.writeStatus(w, p, report)
	}})
}

func (c *call) writeStatus(w io.Writer, p palette, report *job.StatusReport) error {
	if len(report.Branches) == 0 && len(report.Series) != 1 {
		fmt.Fprintln(w, "There are no branches yet.")
	}
	for i, s := range report.Series {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if err := c.writeSeries(w, p, report, s); err != nil {
			return err
		}
	}
	for _, u := range report.Upgrades {
		fmt.Fprintln(w)
		c.writeUpgrade(w, p, u)
	}
	for _, u := range report.Finished {
		fmt.Fprintln(w)
		c.writeHeading(w, p, fmt.Sprintf("Upgrade from %s to %s is finished: %s.", printable(u.From), printable(u.Onto), countStates(u)))
		c.writeNext(w, "mgit status --series "+printable(u.Series), "shows the new branches")
	}
	if len(report.Misnamed) > 0 {
		fmt.Fprintf(w, "\n%s\n", p.strong("Nearly of the naming scheme, and therefore left out:"))
		for _, m := range report.Misnamed {
			c.writeItem(w, p.attention("!")+" "+printable(m.Name)+": "+printable(m.Reason))
		}
	}
	if len(report.Branches) == 0 {
		fmt.Fprintln(w)
		c.writeNext(w, "mgit new TYPE COMPONENT", "makes a branch")
	}
	return nil
}

// writeSeries prints the table of a series and what is worth saying below it.
func (c *call) writeSeries(w io.Writer, p palette, report *job.StatusReport, series moodle.Series) error {
	var targets []job.TargetStatus
	for _, t := range report.Targets {
		if t.Version == series {
			targets = append(targets, t)
		}
	}
	t := table{columns: []column{{title: "branch", elastic: true}, {title: "own", right: true}, {title: "base"}}}
	for _, target := range targets {
		t.columns = append(t.columns, column{title: printable(target.Short)})
	}
	t.columns = append(t.columns, column{title: "ticket"})
	var branches []job.BranchStatus
	for _, b := range report.Branches {
		if b.Version == series {
			branches = append(branches, b)
			t.add(statusRow(p, b, targets)...)
		}
	}
	fmt.Fprintln(w, p.strong(fmt.Sprintf("Moodle %s: %s", series, plural(len(branches), "branch"))))
	if len(branches) > 0 {
		fmt.Fprintln(w)
	}
	if err := t.writeTo(w, p, c.width(c.stdoutTTY)); err != nil {
		return err
	}
	var lines []string
	for _, b := range branches {
		for _, remark := range remarks(b) {
			lines = append(lines, printable(b.Name)+": "+remark)
		}
	}
	for _, target := range targets {
		lines = append(lines, targetLine(target))
	}
	if len(lines) > 0 {
		fmt.Fprintln(w)
	}
	for _, line := range lines {
		c.writeItem(w, line)
	}
	return nil
}

func statusRow(p palette, b job.BranchStatus, targets []job.TargetStatus) []string {
	base := p.faint(shownBase(b))
	if b.Exception != "" {
		base = p.attention("! " + shownBase(b))
	}
	row := []string{printable(b.Name), fmt.Sprint(b.Commits), base}
	for _, target := range targets {
		cell := p.faint("-")
		switch {
		case slices.Contains(b.Targets, target.Name):
			cell = p.good("in")
		case slices.ContainsFunc(b.Stale, func(s job.StaleThere) bool { return s.Target == target.Name }):
			cell = p.attention("older")
		}
		row = append(row, cell)
	}
	return append(row, printable(b.Ticket))
}

func shownBase(b job.BranchStatus) string {
	if b.Exception == job.BaseNone {
		return "none"
	}
	return shownCommit(b.Base)
}

// shownCommit is a commit as people know it: by its tag, else by its short id.
func shownCommit(commit job.Commit) string {
	if commit.Tag != "" {
		return printable(commit.Tag)
	}
	return commit.Commit.Short()
}

// remarks are what is out of the ordinary about a branch.
func remarks(b job.BranchStatus) []string {
	var all []string
	if text := exception(b); text != "" {
		all = append(all, text)
	}
	switch {
	case b.Landed != "":
		all = append(all, "landed: upstream has all of it in "+printable(b.Landed))
	case b.Commits == 0:
		all = append(all, "no commits of its own yet")
	}
	for _, s := range b.Stale {
		all = append(all, fmt.Sprintf("%s has an older state of it, %s missing", printable(s.Target), plural(s.Missing, "commit")))
	}
	if b.Remote != "" {
		all = append(all, "only at "+printable(b.Remote)+"; there is no local branch")
	}
	if b.Worktree != "" {
		all = append(all, "checked out at "+printable(b.Worktree))
	}
	for _, u := range b.Upgrades {
		if u.OldName == b.Name && (u.Carried == job.CarriedOlder || u.Carried == job.CarriedRewrite) {
			all = append(all, carriedText(u))
		}
	}
	return all
}

// exception words how a branch's base differs from the series' own.
func exception(b job.BranchStatus) string {
	switch b.Exception {
	case job.BaseMinor:
		return "stands on " + shownCommit(b.Base) + ", not on the first release of the series"
	case job.BaseSeries:
		return "stands on " + shownCommit(b.Base) + ", a release of another series"
	case job.BaseWeekly:
		return "stands on " + shownCommit(b.Base) + ", which is no release"
	case job.BaseNone:
		return "has no commit in common with upstream"
	case job.BaseSeveral:
		var names []string
		for _, base := range b.Bases {
			names = append(names, shownCommit(base))
		}
		return "stands on several commits of upstream: " + strings.Join(names, ", ")
	}
	return ""
}

// carriedText says how an old branch stands to what an upgrade took from it.
func carriedText(u job.BranchUpgrade) string {
	switch u.Carried {
	case job.CarriedNot:
		return "not carried to " + printable(u.Series) + " yet"
	case job.CarriedAll:
		return "carried to " + printable(u.Series) + " as it is now"
	case job.CarriedOlder:
		return "has new commits since it was carried to " + printable(u.Series)
	case job.CarriedRewrite:
		return "was rewritten since it was carried to " + printable(u.Series)
	}
	return "was carried to " + printable(u.Series) + " and is gone since"
}

func targetLine(t job.TargetStatus) string {
	if t.Tip.String() == "" {
		return "target " + printable(t.Name) + ": not built yet"
	}
	line := "target " + printable(t.Name) + ": at " + t.Tip.Short() + ", on " + shownCommit(t.Base)
	if t.Remote != "" {
		line += ", only at " + printable(t.Remote)
	}
	if t.Worktree != "" {
		line += ", checked out at " + printable(t.Worktree)
	}
	return line
}

// writeUpgrade prints an unfinished upgrade and what to type next.
func (c *call) writeUpgrade(w io.Writer, p palette, u job.UpgradeStatus) {
	c.writeHeading(w, p, fmt.Sprintf("Upgrade from %s to %s is not finished: %s.", printable(u.From), printable(u.Onto), countStates(u)))
	for _, b := range u.Parked {
		c.writeItem(w, p.state("parked")+" "+printable(b.OldName)+": "+parkedText(*b.Parked))
	}
	for _, name := range u.Behind {
		c.writeItem(w, p.attention("! behind")+" "+printable(name)+": has new commits that were not carried yet")
	}
	for _, name := range u.Undecided {
		c.writeItem(w, p.state("todo")+" "+printable(name)+": no run has moved it and nobody has decided")
	}
	isOpen := func(b job.BranchUpgrade) bool { return b.Parked.Worktree != "" }
	if i := slices.IndexFunc(u.Parked, func(b job.BranchUpgrade) bool { return !isOpen(b) }); i >= 0 {
		c.writeParkedNext(w, u.Parked[i])
	}
	for _, b := range u.Parked {
		if isOpen(b) {
			c.writeParkedNext(w, b)
		}
	}
	if len(u.Behind)+len(u.Undecided) > 0 {
		c.writeNext(w, "mgit rebase-all "+printable(u.Onto)+" --from "+printable(u.From), "moves what is missing")
	}
}

// writeHeading prints the line that begins a section, wrapped where it is too long.
func (c *call) writeHeading(w io.Writer, p palette, text string) {
	for line := range strings.SplitSeq(wrapWords(text, c.width(c.stdoutTTY), 0, 4), "\n") {
		fmt.Fprintln(w, p.strong(line))
	}
}

// countStates says how many branches of an upgrade are in which state. A branch
// that landed is named so: nobody dropped it.
func countStates(u job.UpgradeStatus) string {
	var parts []string
	count := func(n int, word string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, word))
		}
	}
	for _, state := range job.States() {
		if state == "dropped" {
			count(u.Landed, "landed")
			count(u.States[state]-u.Landed, state)
			continue
		}
		count(u.States[state], state)
	}
	count(len(u.Undecided), "undecided")
	return strings.Join(parts, ", ")
}

// parkedText says where the work on a branch stopped.
func parkedText(p job.ParkedWork) string {
	text := "waits for a person"
	if len(p.Paths) > 0 {
		text = "conflict in " + strings.Join(p.Paths, ", ")
	}
	if p.Waiting > 0 {
		text += ", " + plural(p.Waiting, "commit") + " waiting"
	}
	if p.Worktree != "" {
		text += ", being resolved in " + printable(p.Worktree)
	}
	switch p.Standing {
	case job.StandingFinished:
		text += ", where the rebase is finished"
	case job.StandingGivenUp:
		text += ", where the rebase was given up"
	case job.StandingAstray:
		text += ", which was used for something else since"
	}
	return text
}

// writeParkedNext prints what to type next for a parked branch.
func (c *call) writeParkedNext(w io.Writer, u job.BranchUpgrade) {
	name := printable(u.NewName)
	switch u.Parked.Standing {
	case job.StandingFinished:
		c.writeNext(w, "mgit continue "+name, "moves what was resolved")
	case job.StandingGivenUp:
		c.writeNext(w, "mgit abort "+name, "removes the worktree")
	case job.StandingStopped, job.StandingAstray:
		fmt.Fprintf(w, "  cd %s\n", shellWord(u.Parked.Worktree))
		c.writeNext(w, "mgit continue "+name, "goes on when it is resolved there")
	default:
		c.writeNext(w, "mgit resolve "+printable(u.OldName), "opens the conflict in a worktree of its own")
	}
}

// writeItem prints a line below a heading, wrapped where it is too long.
func (c *call) writeItem(w io.Writer, line string) {
	fmt.Fprintf(w, "  %s\n", wrapWords(line, c.width(c.stdoutTTY), 2, 6))
}

// writeNext prints what to type next and what it does, below the command where
// the line has no room for both.
func (c *call) writeNext(w io.Writer, command, does string) {
	between := "    "
	if ansi.StringWidth(command)+ansi.StringWidth(does)+6 > c.width(c.stdoutTTY) {
		between = "\n      "
	}
	fmt.Fprintf(w, "  %s%s%s\n", command, between, does)
}

// wrapWords breaks text at spaces only, since a branch's name that is broken at a
// hyphen cannot be copied. The text begins at column first, and its further
// lines at column indent.
func wrapWords(text string, width, first, indent int) string {
	var b strings.Builder
	column := first
	for i, word := range strings.Split(text, " ") {
		n := ansi.StringWidth(word)
		switch {
		case i == 0:
		case column+1+n > width:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}
