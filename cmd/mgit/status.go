package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/internal/report"
)

func newStatusCommand(c *call) *cobra.Command {
	var all, check bool
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Show every branch, where it stands and what waits",
		GroupID: groupLook,
		Args:    words(),
		Long: `Lists the branches of the series in use: what each stands on, how many commits are its own, and
in which targets it is. Below the table stands what is out of the ordinary, then upgrades that are
not finished, with what to type next. What is the same for many branches is one line; --verbose
names each.

"own" counts the commits that upstream does not have, merges included. A base marked "!" is another
one than the first release of the series. In the column of a target, "in" means that the target has
the branch as it is now, "older" that it has an older state of it.

What the rules of mgit check find in a branch stands below the table, too. Of branches that were not
judged as they are now that is not known, and said. --check judges those, which takes as long as
reading what they change; mgit show lists what was found.`,
		Example: `  mgit status
  mgit status --series 4.5
  mgit status --check
  mgit status --all --json`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.status(cmd.Context(), all, check) },
	}
	cmd.Flags().BoolVar(&all, "all", false, "the branches of all series")
	cmd.Flags().BoolVar(&check, "check", false, "ask the rules about the branches that were not judged as they are now")
	return cmd
}

func (c *call) status(ctx context.Context, all, check bool) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	request := job.StatusRequest{Series: c.flags.series, All: all, Check: check}
	finish := func() {}
	if check {
		progress := c.newProgress(c.command)
		progress.word = func(string) string { return "judged" }
		request.Progress, finish = progress.report, progress.finish
	}
	report, err := job.Status(ctx, site, request)
	finish()
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
	lines, summed := c.sumUpRemotes(branches)
	warned, isSaid := c.sumUpChecks(p, branches)
	lines = append(lines, warned...)
	for _, b := range branches {
		if summed[b.Remote] {
			b.Remote = ""
		}
		if isSaid && isWarned(b.Checks) {
			b.Checks = nil
		}
		for _, remark := range remarks(b) {
			lines = append(lines, printable(b.Name)+": "+remark)
		}
	}
	if line := unjudgedLine(report, branches); line != "" {
		lines = append(lines, line)
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

// mostNamed is how many branches are named one by one with the same remark.
const mostNamed = 3

// sumUpRemotes says of a remote that alone has many branches, as in a new clone,
// how many these are. It returns the remotes of which that is said.
func (c *call) sumUpRemotes(branches []job.BranchStatus) (lines []string, summed map[string]bool) {
	only := make(map[string]int)
	for _, b := range branches {
		if b.Remote != "" {
			only[b.Remote]++
		}
	}
	summed = make(map[string]bool)
	for _, remote := range slices.Sorted(maps.Keys(only)) {
		if only[remote] > mostNamed && !c.flags.verbose {
			summed[remote] = true
			lines = append(lines, plural(only[remote], "branch")+" are only at "+printable(remote)+"; --verbose names them")
		}
	}
	return lines, summed
}

// unjudgedLine says of how many branches nobody knows what the rules find, and how to know; "" for none.
func unjudgedLine(r *job.StatusReport, branches []job.BranchStatus) string {
	unjudged := 0
	for _, b := range branches {
		if b.Checks == nil {
			unjudged++
		}
	}
	switch {
	case unjudged == 0:
		return ""
	case slices.ContainsFunc(r.Warnings, func(w job.Warning) bool { return w.ID == "shallow" }):
		return "checks: not known, for this clone is shallow"
	case unjudged == len(branches):
		return "checks: not known yet; mgit status --check asks the rules"
	}
	return fmt.Sprintf("checks: not known of %s as they are now; mgit status --check asks the rules", plural(unjudged, "branch"))
}

// sumUpChecks says how many branches the rules only warn of, where these are many. It returns whether that is said.
func (c *call) sumUpChecks(p palette, branches []job.BranchStatus) (lines []string, summed bool) {
	n := 0
	for _, b := range branches {
		if isWarned(b.Checks) {
			n++
		}
	}
	if n <= mostNamed || c.flags.verbose {
		return nil, false
	}
	return []string{p.attention("!") + " the rules warn of " + plural(n, "branch") + "; --verbose names them"}, true
}

// isWarned reports whether the rules have warnings about a branch, and no errors.
func isWarned(checks *job.BranchChecks) bool {
	return checks != nil && checks.Errors == 0 && checks.Warnings > 0
}

func statusRow(p palette, b job.BranchStatus, targets []job.TargetStatus) []string {
	base := p.faint(printable(b.BaseText()))
	if b.Exception != "" {
		base = p.attention("! " + printable(b.BaseText()))
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
	if text := printable(b.ExceptionText()); text != "" {
		all = append(all, text)
	}
	switch {
	case b.Landed != "":
		all = append(all, "landed: upstream has all of it in "+printable(b.Landed))
	case b.Commits == 0:
		all = append(all, "no commits of its own yet")
	}
	if b.Checks != nil && b.Checks.Text() != "" {
		all = append(all, report.ChecksSigned(b.Checks)+"; mgit show lists them")
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
			all = append(all, printable(u.CarriedText()))
		}
	}
	return all
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
