package main

import (
	"context"

	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/internal/moodle"
)

func newSkipCommand(c *call) *cobra.Command {
	reason := ""
	cmd := &cobra.Command{
		Use:     "skip BRANCH --reason R",
		Short:   "Leave out the commit that conflicts, and go on",
		GroupID: groupUpgrade,
		Args:    words("BRANCH"),
		Long: `Leaves out the commit at which BRANCH is stopped and goes on with the rest, as mgit continue does.
The reason is kept in the ledger of the upgrade, and the commit is counted as dropped. Where nobody
has begun to resolve the branch, this begins it. The old branch keeps the commit.`,
		Example: `  mgit skip LUVLE-4.5-hack-mod_forum-subject --reason 'Moodle 4.5 has a setting for it'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.atBench(cmd.Context(), func(ctx context.Context, site *job.Site, series moodle.Series) (*job.ResolveReport, error) {
				request := job.SkipRequest{Branch: args[0], Reason: reason, Series: series}
				return job.Skip(ctx, site, request, c.flags.dryRun)
			})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "`why` the branch does without this commit (required)")
	return cmd
}
