package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/internal/rebase"
	"mgit/internal/report"
)

func newResolveCommand(c *call) *cobra.Command {
	var request job.ResolveRequest
	var merge string
	var updateWorktrees bool
	cmd := &cobra.Command{
		Use:     "resolve BRANCH",
		Short:   "Open the conflict of a parked branch or a target in a worktree",
		GroupID: groupUpgrade,
		Args:    words("BRANCH"),
		Long: `Replays a parked branch and opens a private worktree where that stops, with an ordinary git
rebase in progress: git status, your editor, git mergetool and git rebase --continue all work there,
and your own files are not touched. Conflicts that somebody has resolved before are resolved again.
BRANCH is the old name or the new one.

` + "`mgit continue`" + ` moves the branch when it is finished, whoever finished it. ` + "`mgit skip`" + ` leaves a
commit out, ` + "`mgit abort`" + ` gives up. The exit code is 3 as long as a person is needed.

With a target (test, LUVLE-4.5-deployment) it opens the first branch that Git cannot merge into it, with
a git merge in progress; ` + "`mgit continue`" + ` commits that and moves the target.`,
		Example: `  mgit resolve LUVLE-4.5-hack-mod_forum-subject`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.atBench(cmd.Context(), func(ctx context.Context, site *job.Site, series moodle.Series) (*job.ResolveReport, error) {
				request.Branch, request.Series = args[0], series
				if merge != "" || site.IsTarget(ctx, args[0], series) {
					return job.ResolveTarget(ctx, site, job.ResolveTargetRequest{Merge: merge, AssembleRequest: job.AssembleRequest{
						Target: args[0], Series: c.flags.series, Jobs: request.Jobs, NoResolutions: request.NoResolutions, Allow: c.flags.allow,
						UpdateWorktrees: updateWorktrees || slices.Contains(c.flags.allow, "checked-out"),
					}}, c.flags.dryRun)
				}
				return job.Resolve(ctx, site, request, c.flags.dryRun)
			})
		},
	}
	cmd.Flags().BoolVar(&request.NoResolutions, "no-resolutions", false, "leave conflicts to you that recorded resolutions would settle")
	cmd.Flags().StringVar(&merge, "merge", "", "merge this release `tag` of Moodle into the target, in place of its branches")
	cmd.Flags().BoolVar(&updateWorktrees, "update-worktrees", false, "move the target together with a clean worktree that has it checked out")
	cmd.Flags().IntVar(&request.Jobs, "jobs", 0, "merge this `many` at a time (default: one a processor)")
	return cmd
}

// benchJob is resolve, continue or skip.
type benchJob func(ctx context.Context, site *job.Site, series moodle.Series) (*job.ResolveReport, error)

// atBench runs a command of a parked branch and answers with where it stands.
func (c *call) atBench(ctx context.Context, do benchJob) error {
	return c.atBenchWith(ctx, do, func(report *job.ResolveReport) int {
		switch {
		case report.NeedsPerson():
			return exitNeedsPerson
		case report.Failed():
			return exitParked
		default:
			return exitDone
		}
	})
}

func (c *call) atBenchWith(ctx context.Context, do benchJob, exit func(*job.ResolveReport) int) error {
	var series moodle.Series
	if c.flags.series != "" {
		var err error
		if series, err = moodle.ParseSeries(c.flags.series); err != nil {
			return &usageError{text: fmt.Sprintf("--series %q: %v", c.flags.series, err)}
		}
	}
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	report, err := do(ctx, site, series)
	if err != nil && (report == nil || c.flags.json) {
		return err
	}
	// What was done is shown also when something else went wrong.
	err = errors.Join(err, c.answer(ctx, answer{result: report, run: report.Run(), exit: exit(report), text: func(w io.Writer, p palette) error {
		for _, b := range report.Branches {
			c.writeResolved(w, p, b)
		}
		for _, t := range report.Targets {
			c.writeResolvedTarget(w, p, t)
		}
		if len(report.Branches)+len(report.Targets) == 0 && err == nil {
			fmt.Fprintln(w, "No branch is being resolved in this clone.")
		}
		return nil
	}}))
	// It comes last: every other command fails until it is followed.
	var removed []string
	for _, b := range report.Branches {
		removed = append(removed, b.Removed)
	}
	for _, t := range report.Targets {
		removed = append(removed, t.Removed)
	}
	for _, folder := range removed {
		if folder != "" && folder == site.Repo.WorkTree() {
			c.note("This folder is gone now: cd %s", shellWord(filepath.Dir(site.Repo.CommonDir())))
		}
	}
	return err
}

// writeResolved says where one branch stands and what to type next.
func (c *call) writeResolved(w io.Writer, p palette, b job.ResolvedBranch) {
	fmt.Fprintln(w, p.strong(printable(report.ResolvedHeadline(b))))
	line := func(format string, args ...any) { fmt.Fprintf(w, "  "+format+"\n", args...) }
	for _, path := range b.Conflicts {
		line("%s", report.ConflictWords(path))
	}
	for _, f := range b.Markers {
		line("conflict markers are left in %s", job.ShowPath(string(f.Path)))
	}
	for _, f := range b.Uncommitted {
		line("not committed: %s", job.ShowPath(string(f.Path)))
	}
	if b.Reason != "" {
		line("%s", printable(b.Reason))
	}
	for _, use := range b.Resolutions {
		line("used the recorded resolution %s", printable(use))
	}
	if len(b.Rebuild) > 0 {
		line("rebuild needed: %s", strings.Join(quoteAll(b.Rebuild), ", "))
	}
	for _, d := range b.Dropped {
		reason := d.Reason
		if reason == "" {
			reason = "no reason was given"
		}
		line("%s left out: %s (%s)", d.Commit.Short(), printable(d.Subject), printable(reason))
	}
	if n := len(b.Added); n > 0 {
		line("%s of your own on top", plural(n, "commit"))
	}
	if n := len(b.Saved); n > 0 {
		line("%s recorded for other branches and colleagues", plural(n, "resolution"))
	}
	if b.MovedOn.String() != "" && b.Outcome != "conflict" {
		line("%s has moved on meanwhile; mgit rebase-all %s adds the rest", printable(b.Name), printable(b.Onto.Tag))
	}
	for _, next := range c.nextSteps(b) {
		line("%s", next)
	}
}

// isOnlyUnplaced reports whether a branch waits for nothing but the place of paths.
func isOnlyUnplaced(b job.ResolvedBranch) bool {
	return len(b.Conflicts) > 0 && len(b.Markers) == 0 && !slices.ContainsFunc(b.Conflicts, func(c job.ConflictAt) bool {
		return c.Kind != rebase.KindUnplaced && c.Kind != rebase.KindMisplaced
	})
}

// nextSteps is what to type next.
func (c *call) nextSteps(b job.ResolvedBranch) []string {
	name := printable(b.NewName)
	isWaiting := b.Outcome == "conflict"
	switch {
	case isWaiting && b.Worktree != "" && b.Standing == job.StandingAstray:
		return []string{
			"cd " + shellWord(b.Worktree) + "    to put that right",
			"mgit abort " + name + "    removes the worktree and parks the branch again",
		}
	case isWaiting && b.Worktree != "" && b.Standing == job.StandingGivenUp:
		return []string{"mgit abort " + name + "    removes " + shellWord(b.Worktree) + " with these files"}
	case isWaiting && b.Worktree != "":
		steps := []string{"cd " + shellWord(b.Worktree)}
		switch {
		case isOnlyUnplaced(b):
			steps = append(steps, "git mv what belongs elsewhere; what is right where it stands, leave")
		case len(b.Conflicts)+len(b.Markers) > 0:
			steps = append(steps, "resolve, then git add (or git rm) the files")
		case len(b.Uncommitted) > 0:
			steps = append(steps, "git add and git commit what belongs to the branch, delete the rest")
		}
		steps = append(steps, "mgit continue "+name)
		if b.Stop != nil {
			steps = append(steps, "or: mgit skip "+name+" --reason '…'    leaves this commit out")
		}
		return append(steps, "or: mgit abort "+name+"    gives up; the branch stays parked")
	case isWaiting && b.Standing == job.StandingNone && c.command == "abort":
		return []string{"mgit resolve " + name + "    begins anew"}
	case isWaiting:
		return []string{"mgit resolve " + name}
	case b.Worktree != "":
		return []string{"mgit abort " + name + "    gives up " + shellWord(b.Worktree)}
	case b.Run != 0 && !c.flags.dryRun:
		steps := []string{fmt.Sprintf("mgit undo %d    takes this back", b.Run)}
		if c.command == "resolve" && len(b.Resolutions) > 0 {
			steps = append(steps, "then: mgit resolve --no-resolutions "+name+"    lets you resolve it anew")
		}
		return steps
	}
	return nil
}

// shellWord quotes text for a POSIX shell where it needs that.
func shellWord(text string) string {
	const safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%_+=:,./-"
	if text != "" && strings.Trim(text, safe) == "" {
		return text
	}
	return "'" + strings.ReplaceAll(printable(text), "'", `'\''`) + "'"
}
