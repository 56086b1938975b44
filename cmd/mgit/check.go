package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"mgit/internal/job"
)

func newCheckCommand(c *call) *cobra.Command {
	var push bool
	cmd := &cobra.Command{
		Use:     "check --push REMOTE URL",
		Short:   "Judge what a git push would send, as a pre-push hook",
		GroupID: groupSetUp,
		Args:    words("[REMOTE]", "[URL]"),
		Long: `Reads what git tells a pre-push hook and refuses what must not go there by the remote's role: nothing to
a remote that is Moodle's, and to a public one only branches whose record says that they are public and
whose commits hold nothing internal, and what upstream has anyway. Nobody is stopped from pushing to an
internal remote, or to one without a role; only refs/mgit/, which is this clone's alone, stays here.

` + "`mgit init`" + ` installs the hook where a remote is public. In a hook of your own, call
mgit check --push "$1" "$2" with the hook's standard input.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !push || len(args) != 2 {
				return &usageError{
					text: "say what to check: there is --push REMOTE URL, for a pre-push hook",
					hint: `usage: mgit check --push REMOTE URL, with what git tells the hook on standard input`,
				}
			}
			return c.checkPush(cmd.Context(), args[0], args[1])
		},
	}
	cmd.Flags().BoolVar(&push, "push", false, "check what a pre-push hook reads on standard input")
	return cmd
}

func (c *call) checkPush(ctx context.Context, remote, url string) error {
	if c.stdinTTY {
		return &usageError{text: "mgit check --push reads what git tells a pre-push hook, and there is only a terminal", hint: "`mgit init` installs the hook"}
	}
	lines, err := io.ReadAll(c.stdin)
	if err != nil {
		return fmt.Errorf("read what git pushes: %w", err)
	}
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	allow := c.flags.allow
	if waived := c.get(job.PushAllowVariable); waived != "" {
		allow = append(allow, strings.Split(waived, ",")...)
	}
	report, err := job.CheckPush(ctx, site, job.GuardRequest{Remote: remote, URL: url, Lines: lines, Allow: allow})
	if err != nil {
		return err
	}
	for _, w := range report.Warnings {
		c.warn(w.ID, w.Text)
	}
	for _, r := range report.Refs {
		if r.Reason != "" {
			c.warn("waived", fmt.Sprintf("%s goes to %s although %s", r.Ref, report.Remote, r.Reason))
		}
	}
	return c.answer(ctx, answer{result: report})
}
