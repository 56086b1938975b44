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
	var out checkOutput
	var request job.CheckRequest
	cmd := &cobra.Command{
		Use:     "check [--staged | --push REMOTE URL]",
		Short:   "Judge a commit before it is made, and a push before it is sent",
		GroupID: groupSetUp,
		Args:    words("[REMOTE]", "[URL]"),
		Long: `Judges what is staged for the next commit, and says nothing when all is well. Only lines that the change
adds are looked at, as they are staged. An error ends with exit code 5, with --strict a warning as well;
"mgit help ID" explains a rule, and --allow ID lets what it found pass this time.

With --push it reads what git tells a pre-push hook and refuses what must not go there by the remote's role:
nothing to a remote that is Moodle's, and to a public one only branches whose record says that they are
public and whose commits hold nothing internal, and what upstream has anyway. Nobody is stopped from pushing
to an internal remote, or to one without a role; only refs/mgit/, which is this clone's alone, stays here.
` + "`mgit init`" + ` installs that hook where a remote is public. In a hook of your own, call
mgit check --push "$1" "$2" with the hook's standard input.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case push && len(args) == 2:
				return c.checkPush(cmd.Context(), args[0], args[1])
			case push || len(args) > 0:
				return &usageError{
					text: "a pre-push hook gives the remote and its URL",
					hint: `usage: mgit check --push REMOTE URL, with what git tells the hook on standard input`,
				}
			}
			if err := out.validate(c); err != nil {
				return err
			}
			return c.check(cmd.Context(), request, out)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&request.Staged, "staged", false, "judge what is staged for the next commit")
	f.StringVar(&request.As, "as", "", "judge as for this `branch`")
	out.register(f)
	f.BoolVar(&push, "push", false, "check what a pre-push hook reads on standard input")
	return cmd
}

// check judges what the request names.
func (c *call) check(ctx context.Context, request job.CheckRequest, out checkOutput) error {
	request.Allow = append(request.Allow, c.flags.allow...)
	site, err := c.openForCheck(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	report, err := job.Check(ctx, site, request)
	if err != nil {
		return err
	}
	for _, w := range report.Warnings {
		c.warn(w.ID, w.Text)
	}
	return c.answerCheck(ctx, out, report)
}

// openForCheck opens the repository that a hook means, or else the flags and the current folder. Warnings about
// settings are left to other commands: this one runs at every commit.
func (c *call) openForCheck(ctx context.Context) (*job.Site, error) {
	request := c.openRequest()
	request.Git.Hook = c.get
	return job.OpenForCheck(ctx, request)
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
	for _, variable := range []string{job.PushAllowVariable, "MGIT_ALLOW"} {
		allow = append(allow, strings.FieldsFunc(c.get(variable), func(r rune) bool { return r == ',' || r == ' ' })...)
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
