package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/internal/moodle"
)

func newContinueCommand(c *call) *cobra.Command {
	var updateWorktrees bool
	var note string
	cmd := &cobra.Command{
		Use:     "continue [BRANCH]",
		Short:   "Go on with resolved branches, and move those that are finished",
		GroupID: groupUpgrade,
		Args:    words("[BRANCH]"),
		Long: `Looks where the worktree of BRANCH stands, or of every branch that is being resolved in this clone.
When all conflicts are resolved and added it goes on with the rebase. When that has come to its end,
by mgit, by git or by an IDE, the new branch is made, what was resolved is recorded for others, and
the worktree is removed. Files that still hold conflict markers are refused.`,
		Example: `  mgit continue
  mgit continue LUVLE-4.1-hack-mod_forum-subject --note "the check moved into the template"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.atBench(cmd.Context(), func(ctx context.Context, site *job.Site, series moodle.Series) (*job.ResolveReport, error) {
				request := job.ContinueRequest{Branch: strings.Join(args, ""), Series: series, AllowMissing: slices.Contains(c.flags.allow, "missing-commits")}
				request.UpdateWorktrees = updateWorktrees || slices.Contains(c.flags.allow, "checked-out")
				request.Note = note
				return job.Continue(ctx, site, request, c.flags.dryRun)
			})
		},
	}
	cmd.Flags().BoolVar(&updateWorktrees, "update-worktrees", false, "move a target together with a clean worktree that has it checked out")
	cmd.Flags().StringVar(&note, "note", "", "a remark about what was resolved, for whoever meets the same conflict")
	return cmd
}
