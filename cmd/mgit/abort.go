package main

import (
	"context"

	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/internal/moodle"
)

func newAbortCommand(c *call) *cobra.Command {
	return &cobra.Command{
		Use:     "abort [BRANCH…]",
		Short:   "Give up resolving; the branch stays parked",
		GroupID: groupUpgrade,
		Args:    words("[BRANCH…]"),
		Long: `Removes the worktree in which a branch is being resolved, with what was done there; the branch is
parked as before. Without BRANCH it does so for every branch that is being resolved in this clone
and not finished. A parked branch that nobody resolves goes back to "todo": the next rebase-all moves
it anew. Branches that have arrived are not touched.`,
		Example: `  mgit abort LUVLE-4.5-hack-mod_forum-subject`,
		RunE: func(cmd *cobra.Command, args []string) error {
			do := func(ctx context.Context, site *job.Site, series moodle.Series) (*job.ResolveReport, error) {
				return job.Abort(ctx, site, job.AbortRequest{Branches: args, Series: series}, c.flags.dryRun)
			}
			return c.atBenchWith(cmd.Context(), do, func(report *job.ResolveReport) int {
				return parkedIf(report.Failed())
			})
		},
	}
}
