package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/internal/report"
)

func newPickCommand(c *call) *cobra.Command {
	var request job.PickRequest
	cmd := &cobra.Command{
		Use:     "pick BRANCH COMMIT|MDL-n…",
		Short:   "Take a fix of upstream onto a branch",
		GroupID: groupTargets,
		Args: func(cmd *cobra.Command, args []string) error {
			return words("BRANCH", "COMMIT|MDL-n", "[COMMIT|MDL-n…]")(cmd, args)
		},
		Long: `Picks commits onto a branch as git cherry-pick does, without a checkout. A COMMIT is any name of one
(a hash, a tag, a branch) or a range A..B. MDL-n stands for the commits of upstream whose subject begins
with that number, oldest first, on the line that is nearest to the branch: the stable branch of its own
series, else that of the next newer one, else main. --from names another.

BRANCH is a branch's name, or its key (mod_forum-subject) in the series in use. What it has already is
left out. The fixes go onto the branch together or not at all: at a conflict nothing moves, and mgit
prints how to go on by hand.

Each new commit says in its message where it is from, so that the next upgrade knows when the fix has
landed. Nothing is pushed, and ` + "`mgit undo`" + ` takes the whole back.`,
		Example: `  mgit pick LUVLE-4.1-hack-mod_forum-subject MDL-77011
  mgit pick mod_forum-subject upstream/MOODLE_405_STABLE~3
  mgit pick LUVLE-4.1-hack-mod_quiz-toggle MDL-80123 --from integration`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Branch, request.Commits = args[0], args[1:]
			return c.pick(cmd.Context(), request)
		},
	}
	f := cmd.Flags()
	f.StringVar(&request.From, "from", "", "the `remote` or ref on which MDL numbers are looked up")
	f.BoolVar(&request.NoResolutions, "no-resolutions", false, "leave conflicts alone that recorded resolutions would settle")
	f.BoolVar(&request.UpdateWorktrees, "update-worktrees", false, "move a branch that is checked out in a clean worktree together with it")
	return cmd
}

func (c *call) pick(ctx context.Context, request job.PickRequest) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	request.Series, request.DryRun = c.flags.series, c.flags.dryRun
	request.UpdateWorktrees = request.UpdateWorktrees || slices.Contains(c.flags.allow, "checked-out")
	report, run, err := job.Pick(ctx, site, request)
	if err != nil {
		return err
	}
	for _, w := range report.Warnings {
		c.warn(w.ID, printable(w.Text))
	}
	a := answer{result: report, run: run, text: func(w io.Writer, p palette) error {
		return c.writePick(w, p, report, run)
	}}
	if report.NeedsPerson() {
		a.exit = exitParked
	}
	return c.answer(ctx, a)
}

func (c *call) writePick(w io.Writer, p palette, report *job.PickReport, run int) error {
	for _, line := range pickLines(report) {
		fmt.Fprintln(w, wrapIndented(line, c.width(c.stdoutTTY)))
	}
	t := table{columns: []column{{title: "outcome"}, {title: "commit"}, {title: "subject", elastic: true}}}
	for _, s := range report.Skipped {
		t.add(p.outcome("skipped"), s.Source.Short(), printable(s.Subject))
	}
	for _, pick := range report.Picked {
		t.add(p.outcome(pick.Outcome), pick.Source.Short(), printable(pick.Subject))
	}
	if err := t.writeTo(w, p, c.width(c.stdoutTTY)); err != nil {
		return err
	}
	for _, line := range pickDetails(report) {
		fmt.Fprintln(w, wrapIndented("  "+line, c.width(c.stdoutTTY)))
	}
	fmt.Fprintf(w, "\n%s\n", p.strong(c.pickSummary(report, run)))
	for _, line := range pickNext(report, run) {
		fmt.Fprintf(w, "  %s\n", line)
	}
	return nil
}

// pickLines say on which line each number was found, and where else it is.
func pickLines(report *job.PickReport) []string {
	const most = 3
	var lines []string
	for _, l := range report.Lines {
		text := fmt.Sprintf("%s: %s on %s", l.MDL, plural(l.Commits, "commit"), printable(l.From))
		var others []string
		for _, o := range l.Others[:min(len(l.Others), most)] {
			others = append(others, fmt.Sprintf("%s (%d)", printable(o.From), o.Commits))
		}
		if more := len(l.Others) - most; more > 0 {
			others = append(others, fmt.Sprintf("%d more", more))
		}
		if len(others) > 0 {
			text += "; also on " + strings.Join(others, ", ")
		}
		if n := len(l.Mentions); n > 0 {
			text += fmt.Sprintf("; %s elsewhere, not taken: %s", plural(n, "mention"), mentioned(l.Mentions, most))
		}
		lines = append(lines, text)
	}
	return lines
}

func mentioned(all []job.PickMention, most int) string {
	var names []string
	for _, m := range all[:min(len(all), most)] {
		names = append(names, m.Commit.Short())
	}
	if len(all) > most {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}

// pickDetails are the lines below the table for what is not simply clean.
func pickDetails(r *job.PickReport) []string {
	var lines []string
	for _, s := range r.Skipped {
		text := s.Source.Short() + ": " + s.Reason
		if by := s.By.Short(); by != "" {
			text += ", " + by
		}
		lines = append(lines, text)
	}
	for _, pick := range r.Picked {
		name := pick.Source.Short()
		for _, conflict := range pick.Conflicts {
			lines = append(lines, name+": "+report.ConflictWords(conflict))
		}
		if line := report.RelocatedWords(pick.Relocated); line != "" {
			lines = append(lines, name+": "+line)
		}
		if pick.Reason != "" {
			lines = append(lines, name+": "+pick.Reason)
		}
		switch pick.From {
		case "":
		case job.PickedFromNoBranch:
			lines = append(lines, name+": not upstream's, and on no branch")
		default:
			lines = append(lines, name+": not upstream's, but from "+printable(pick.From))
		}
	}
	for _, use := range r.Resolutions {
		lines = append(lines, "used the recorded resolution "+use)
	}
	if len(r.Rebuild) > 0 {
		lines = append(lines, "rebuild needed: "+strings.Join(quoteAll(r.Rebuild), ", "))
	}
	return lines
}

// pickSummary is the one line that says how it went.
func (c *call) pickSummary(report *job.PickReport, run int) string {
	taken := 0
	for _, pick := range report.Picked {
		if pick.Commit.String() != "" {
			taken++
		}
	}
	branch := printable(report.Branch)
	text := ""
	switch {
	case report.Outcome == "unchanged":
		return fmt.Sprintf("%s has all of that already. Nothing changes.", branch)
	case report.Outcome == "conflict":
		return fmt.Sprintf("%s conflicts, and stays as it is.", branch)
	case report.Reason != "":
		return fmt.Sprintf("%s was not moved: %s", branch, printable(report.Reason))
	case c.flags.dryRun:
		text = fmt.Sprintf("%s would get %s. Nothing was written.", branch, plural(taken, "commit"))
	default:
		text = fmt.Sprintf("%s has %s more. This was run %d.", branch, plural(taken, "commit"), run)
	}
	if report.Remote != "" {
		text += fmt.Sprintf(" The branch begins here where %s has it.", printable(report.Remote))
	}
	return text
}

// pickByHand are the commands that pick what is left. git cherry-pick knows nothing of
// Moodle's two layouts, so that a fix from the other one goes as a patch, of which only
// the part that moves is taken.
func pickByHand(report *job.PickReport) []string {
	var lines []string
	pick := "git cherry-pick -x"
	moved := false
	for _, p := range report.Picked {
		if p.Outcome == job.PickEmptied {
			continue
		}
		pick += " " + p.Source.Short()
		if len(p.Relocated) == 0 {
			continue
		}
		moved = true
		format := "git format-patch -1 --stdout --relative=public "
		if strings.HasPrefix(string(p.Relocated[0].To), "public/") {
			format = "git format-patch -1 --stdout --src-prefix=a/public/ --dst-prefix=b/public/ "
		}
		lines = append(lines, format+p.Source.Short()+" | git am -3",
			"    resolve what conflicts, git add it, then git am --continue",
			"git commit --amend --no-edit --trailer 'Mgit-Picked-From: "+p.Source.String()+"'")
	}
	if !moved {
		return []string{pick, "    resolve what conflicts, git add it, then git cherry-pick --continue"}
	}
	return append(lines, "    what stays outside of public/ in both layouts, as admin/cli, is to be put back by hand")
}

// pickNext is what to type next. After a conflict that is an ordinary cherry-pick
// in a worktree; with -x the commits say where they are from, which mgit reads too.
func pickNext(report *job.PickReport, run int) []string {
	if report.Outcome != "conflict" {
		if run == 0 {
			return nil
		}
		back := "    takes it back"
		if report.Worktree != "" {
			back += ", once another branch is checked out there"
		}
		return []string{fmt.Sprintf("mgit undo %d", run), back}
	}
	dir := report.Worktree
	var lines []string
	if dir == "" {
		dir = "../" + strings.ReplaceAll(report.Branch, "/", "-")
		add := "git worktree add " + shellWord(dir) + " " + shellWord(report.Branch)
		if report.Remote != "" {
			add = fmt.Sprintf("git worktree add -b %s %s %s", shellWord(report.Branch), shellWord(dir), shellWord(report.Remote+"/"+report.Branch))
		}
		lines = append(lines, add)
	}
	lines = append(lines, "cd "+shellWord(dir))
	lines = append(lines, pickByHand(report)...)
	if report.Worktree == "" {
		lines = append(lines, "git worktree remove "+shellWord(dir), "    when it is done")
	}
	return lines
}
