package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mgit/internal/job"
)

func newHooksCommand(c *call) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "hooks",
		Short:   "Let git ask mgit before a commit and before a push",
		GroupID: groupSetUp,
		Args:    noWord,
		Long: `Git runs hooks: programs in a folder of the clone, before a commit is made and before something is pushed.
mgit's ask the checks, so that a mistake is found at the moment it is made.

Hooks that are there already are kept and called after mgit's, with the same arguments and the same
input, and what they answer counts. Removing mgit's puts them back as they were. Linked worktrees share
the hooks of their clone.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newHooksInstallCommand(c), newHooksRemoveCommand(c), newHooksStatusCommand(c), newHooksHintCommand(c))
	return cmd
}

// hooksFlags are those that say which hooks are meant.
func hooksFlags(cmd *cobra.Command, request *job.HooksRequest) {
	cmd.Flags().StringVar(&request.Into, "into", "", "the team's `folder` of hooks, in the work tree")
	cmd.Flags().BoolVar(&request.Server, "server", false, "the hook of a repository that is pushed to: pre-receive")
}

func newHooksInstallCommand(c *call) *cobra.Command {
	var request job.HooksRequest
	cmd := &cobra.Command{
		Use:   "install [HOOK…]",
		Short: "Put mgit's hooks in place",
		Args:  words("[HOOK…]"),
		Long: `Puts mgit's hooks where git looks for them: pre-commit, commit-msg, pre-push and post-checkout, or those that
are named. In a bare repository, or with --server, it is pre-receive.

A hook that is there is kept as NAME.before-mgit and called after mgit's. Nothing is done where core.hooksPath
leads out of this clone or into the work tree, or where a hook belongs to a program that would write over mgit's:
the message says what to do instead. --into writes to a folder that the team shares in the work tree, without the
place of mgit on this machine. Doing it twice changes nothing; mgit undo takes it back.`,
		Example: `  mgit hooks install
  mgit hooks install pre-push
  mgit hooks install --into .githooks`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Names, request.Program = args, ownProgram()
			return c.changeHooks(cmd.Context(), request, job.InstallHooks)
		},
	}
	hooksFlags(cmd, &request)
	return cmd
}

func newHooksRemoveCommand(c *call) *cobra.Command {
	var request job.HooksRequest
	cmd := &cobra.Command{
		Use:   "remove [HOOK…]",
		Short: "Take mgit's hooks away",
		Args:  words("[HOOK…]"),
		Long: `Takes mgit's hooks away, or those that are named, and puts back what was there before them, as it was. A hook
that somebody has changed since it was installed stays, and is named. From a folder that is not this clone's alone they are
taken only where --into names it.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Names = args
			return c.changeHooks(cmd.Context(), request, job.RemoveHooks)
		},
	}
	hooksFlags(cmd, &request)
	return cmd
}

func newHooksStatusCommand(c *call) *cobra.Command {
	var request job.HooksRequest
	cmd := &cobra.Command{
		Use:   "status [HOOK…]",
		Short: "Say which hooks ask mgit",
		Args:  words("[HOOK…]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Names = args
			site, err := c.open(cmd.Context())
			if err != nil {
				return err
			}
			defer site.Close()
			report, err := job.HooksStatus(cmd.Context(), site, request)
			if err != nil {
				return err
			}
			return c.answerHooks(cmd.Context(), report, 0, "")
		},
	}
	hooksFlags(cmd, &request)
	return cmd
}

// hooksJob is what changes hooks.
type hooksJob func(context.Context, *job.Site, job.HooksRequest) (*job.HooksReport, int, error)

func (c *call) changeHooks(ctx context.Context, request job.HooksRequest, change hooksJob) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	request.DryRun, request.Allow = c.flags.dryRun, c.flags.allow
	report, run, err := change(ctx, site, request)
	if err != nil {
		return err
	}
	var end string
	switch {
	case len(report.Changed()) == 0:
		end = "Nothing to do."
	case c.flags.dryRun:
		end = "Nothing was written."
	case run > 0:
		end = fmt.Sprintf("This was run %d; `mgit undo` takes it back.", run)
	}
	return c.answerHooks(ctx, report, run, end)
}

func (c *call) answerHooks(ctx context.Context, report *job.HooksReport, run int, end string) error {
	for _, w := range report.Warnings {
		c.warn(w.ID, w.Text)
	}
	return c.answer(ctx, answer{result: report, run: run, text: func(w io.Writer, p palette) error {
		fmt.Fprintf(w, "%s\n", p.strong("Hooks in "+printable(report.Dir)))
		t := table{columns: []column{{title: "hook"}, {title: "is"}, {title: "", elastic: true}}}
		for _, h := range report.Hooks {
			t.add(h.Name, hookWord(p, h, c.flags.dryRun), printable(hookRemark(h)))
		}
		if err := t.writeTo(w, p, c.width(c.stdoutTTY)); err != nil {
			return err
		}
		if end != "" {
			fmt.Fprintln(w, p.strong(end))
		}
		return nil
	}})
}

// hookWord is the state of a hook, or what becomes of it.
func hookWord(p palette, h job.Hook, dryRun bool) string {
	switch h.Outcome {
	case job.HookMade, job.HookRenewed, job.HookRemoved, job.HookRestored:
		word := map[string]string{job.HookRestored: "put back"}[h.Outcome]
		if word == "" {
			word = h.Outcome
		}
		if dryRun {
			word = "would be " + word
		}
		return p.good(word)
	}
	switch h.State {
	case job.HookInstalled:
		return p.good("installed")
	case job.HookCalls:
		return p.good("calls mgit")
	case job.HookOutdated, job.HookChanged, job.HookAsleep:
		return p.attention(h.State)
	case job.HookForeign:
		return "not mgit's"
	}
	return "not there"
}

// hookRemark says more of a hook: what is behind it, and why it is as it is.
func hookRemark(h job.Hook) string {
	var remarks []string
	if isOurs := h.State != job.HookAbsent && h.State != job.HookForeign && h.State != job.HookCalls; h.Before != "" && isOurs {
		remarks = append(remarks, "then "+filepath.Base(h.Before))
	}
	if h.Reason != "" {
		remarks = append(remarks, h.Reason)
	}
	return strings.Join(remarks, "; ")
}

// newHooksHintCommand is what the hook post-checkout calls. It has nothing to say when anything is amiss: a hint is not
// worth a fright.
func newHooksHintCommand(c *call) *cobra.Command {
	return &cobra.Command{
		Use:    "hint PREVIOUS NEW FLAG",
		Short:  "Say in a line what is to be known of the branch that was checked out",
		Args:   words("PREVIOUS", "NEW", "FLAG"),
		Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[2] != "1" {
				return nil // files were checked out, no branch
			}
			return c.hint(cmd.Context())
		},
	}
}

func (c *call) hint(ctx context.Context) error {
	within, cancel := context.WithTimeout(ctx, hintTime)
	defer cancel()
	site, err := c.openForCheck(within, false)
	if err != nil {
		return nil
	}
	defer site.Close()
	if text, err := job.HookHint(within, site); err == nil && text != "" {
		fmt.Fprintln(c.stderr, "mgit: "+printable(text))
	}
	return nil
}

// hintTime is how long a checkout waits for a hint.
const hintTime = 500 * time.Millisecond
