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

func newConflictCommand(c *call) *cobra.Command {
	var request job.ConflictRequest
	cmd := &cobra.Command{
		Use:     "conflict [BRANCH [PATH]]",
		Short:   "Show what Git could not merge, and who changed it",
		GroupID: groupUpgrade,
		Args:    words("[BRANCH]", "[PATH]"),
		Long: `Shows the conflict at which a parked branch is stopped: for every file and every place in it what
stood there, what upstream and what the branch made of it, and the commits of upstream that changed it.
BRANCH is the old name or the new one, or a target with a merge that was left out.

Without BRANCH it lists all that waits for a person. Before anybody has begun, the branch is replayed in
memory for this; while it is being resolved, its worktree is read. Nothing is written. ` + "`mgit take`" + ` puts
a side there.

mgit conflicts, with an s, is about branches that touch the same lines as each other.`,
		Example: `  mgit conflict
  mgit conflict LUVLE-4.5-hack-mod_forum-subject mod/forum/lib.php`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return c.waiting(cmd.Context())
			}
			request.Branch, request.Allow = args[0], c.flags.allow
			if len(args) > 1 {
				request.Path = args[1]
			}
			return c.conflict(cmd.Context(), request)
		},
	}
	cmd.Flags().IntVar(&request.Jobs, "jobs", 0, "merge this `many` at a time (default: one a processor)")
	return cmd
}

func (c *call) waiting(ctx context.Context) error {
	series, err := c.seriesFlag()
	if err != nil {
		return err
	}
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	r, err := job.Waiting(ctx, site, job.WaitingRequest{Series: series, Targets: true, Allow: c.flags.allow})
	if err != nil {
		return err
	}
	return c.answer(ctx, answer{result: r, text: func(w io.Writer, p palette) error {
		c.writeWaiting(w, p, r)
		return nil
	}})
}

func (c *call) writeWaiting(w io.Writer, p palette, r *job.WaitingReport) {
	for _, b := range r.Branches {
		fmt.Fprintf(w, "%s %s: %s\n", p.attention("!"), p.strong(printable(b.NewName)), printable(b.Text()))
		c.writeFactLines(w, p, []fact{{"reason", printable(b.Reason)}, {"ticket", printable(b.Ticket)}, {"owner", printable(b.Owner)}})
	}
	for _, t := range r.Targets {
		fmt.Fprintf(w, "%s %s\n", p.attention("!"), printable(report.WaitingTarget(t)))
	}
	if len(r.Branches)+len(r.Targets) == 0 {
		fmt.Fprintln(w, "Nothing waits for a person: no branch is parked, and no merge is left out of a target.")
		return
	}
	first := ""
	if len(r.Branches) > 0 {
		first = r.Branches[0].NewName
	} else {
		first = r.Targets[0].Target
	}
	fmt.Fprintf(w, "  mgit conflict %s    shows it side by side\n", printable(first))
}

func (c *call) conflict(ctx context.Context, request job.ConflictRequest) error {
	var err error
	if request.Series, err = c.seriesFlag(); err != nil {
		return err
	}
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	d, err := job.ReadConflict(ctx, site, request)
	if err != nil {
		return err
	}
	return c.answer(ctx, answer{result: d, text: func(w io.Writer, p palette) error {
		c.writeConflict(w, p, d, request.Path != "")
		return nil
	}})
}

// writeConflict shows the files, and the hunks of a file that was asked for or is the only one.
func (c *call) writeConflict(w io.Writer, p palette, d *job.ConflictDetail, isOne bool) {
	fmt.Fprintln(w, p.strong(printable(report.ConflictHeadline(d))))
	c.writeFactLines(w, p, printableFacts(report.ConflictFacts(d)))
	for i := range d.Files {
		f := &d.Files[i]
		fmt.Fprintf(w, "\n%s\n", p.strong(printable(report.ConflictFileLine(d, f))))
		for _, line := range report.ConflictFileLines(f) {
			fmt.Fprintf(w, "  %s\n", printable(line))
		}
		if !isOne && len(d.Files) > 1 && len(f.Hunks) > 0 {
			continue
		}
		for _, h := range f.Hunks {
			c.writeHunk(w, p, d, f, h)
		}
		for line := range strings.Lines(f.Diff) {
			fmt.Fprintf(w, "    %s\n", printable(strings.TrimRight(line, "\r\n")))
		}
	}
	c.writeAfterConflict(w, d)
}

func (c *call) writeHunk(w io.Writer, p palette, d *job.ConflictDetail, f *job.ConflictFile, h job.ConflictHunk) {
	fmt.Fprintf(w, "  %s\n", report.HunkLine(d, f, h))
	for _, u := range h.Upstream {
		c.writeFactLines(w, p, []fact{{d.Ours.Word, printable(report.CommitWords(&u))}})
	}
	around := func(lines []string) {
		for _, line := range lines {
			if line = strings.TrimRight(line, "\r\n"); line != "" {
				line = fmt.Sprintf("      %5s %s", "", p.faint(printable(line)))
			}
			fmt.Fprintln(w, line)
		}
	}
	if h.Within != "" && !slices.ContainsFunc(h.Before, func(line string) bool { return strings.TrimSpace(line) == h.Within }) {
		fmt.Fprintf(w, "    %s\n", p.faint("@@ "+printable(h.Within)))
	}
	around(h.Before)
	for _, side := range []struct {
		sign, name string
		lines      job.SideLines
	}{{"|", job.SideBase, h.Base}, {"<", d.Ours.Word, h.Ours}, {">", d.Theirs.Word, h.Theirs}} {
		if len(side.lines.Lines) == 0 {
			fmt.Fprintf(w, "    %s %s\n", side.sign, p.faint("("+side.name+" has nothing here)"))
		}
		for i, line := range side.lines.Lines {
			fmt.Fprintf(w, "    %s %5d %s\n", side.sign, side.lines.Start+i, printable(strings.TrimRight(line, "\r\n")))
		}
	}
	around(h.After)
}

// writeAfterConflict says what to type next.
func (c *call) writeAfterConflict(w io.Writer, d *job.ConflictDetail) {
	name := printable(d.Subject())
	isOpen := slices.ContainsFunc(d.Files, func(f job.ConflictFile) bool { return f.State == job.FileOpen })
	var next []string
	switch {
	case d.Worktree == "" && d.Outcome == "conflict":
		next = []string{"mgit resolve " + name + "    opens it in a worktree of its own"}
	case d.Standing != job.StandingStopped || !isOpen:
		if d.Worktree != "" {
			next = []string{"cd " + shellWord(d.Worktree), "mgit continue " + name}
		}
	default:
		next = []string{
			"cd " + shellWord(d.Worktree) + "    to edit the files, or",
			fmt.Sprintf("mgit take %s PATH:HUNK %s    (or %s, both, base)", name, d.Ours.Word, d.Theirs.Word),
			"mgit continue " + name,
		}
	}
	if len(next) > 0 {
		fmt.Fprintln(w)
	}
	for _, line := range next {
		fmt.Fprintf(w, "  %s\n", line)
	}
}
