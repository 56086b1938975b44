package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mgit/internal/check"
)

// newHelpCommand explains commands, and what the names of errors and refusals mean.
func newHelpCommand(c *call) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND | ID]",
		Short: "Explain a command, an error, a refusal, or exit-codes",
		Long: `Explain a command, or what the name in an error or a refusal means and what to do about it.
"mgit help exit-codes" lists the exit codes and "mgit help ids" all names.`,
		Args:    cobra.ArbitraryArgs,
		GroupID: groupSetUp,
		ValidArgsFunction: func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			return helpTopics(cmd.Root()), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			if len(args) == 0 {
				return root.Help()
			}
			if found, rest, err := root.Find(args); err == nil && len(rest) == 0 && found != root {
				return found.Help()
			}
			return runHelp(cmd.Context(), c, root, strings.Join(args, " "))
		},
	}
}

func runHelp(ctx context.Context, c *call, root *cobra.Command, topic string) error {
	switch topic {
	case "exit-codes":
		return c.answer(ctx, answer{result: map[string]any{"exit_codes": exitCodes()}, text: writeExitCodes})
	case "ids":
		return c.answer(ctx, answer{result: map[string]any{"ids": ids()}, text: print(ids()...)})
	}
	k, ok := kindByID(topic)
	if rule, isRule := check.Lookup(topic); isRule && !ok {
		return c.explainRule(ctx, rule)
	}
	if !ok {
		return &usageError{
			text: fmt.Sprintf("%q is neither a command nor the name of an error or a refusal", topic),
			hint: joinHints(didYouMean(closest(topic, helpTopics(root))), "`mgit help` lists the commands, `mgit help ids` the names"),
		}
	}
	result := struct {
		ID       string `json:"id"`
		Exit     int    `json:"exit"`
		Text     string `json:"text"`
		Waivable bool   `json:"waivable"`
	}{k.id, k.exit, k.about, k.exit == exitRefused && !k.final}
	return c.answer(ctx, answer{result: result, text: func(w io.Writer, p palette) error {
		fmt.Fprintf(w, "%s (exit code %d)\n\n", p.strong(k.id), k.exit)
		fmt.Fprintln(w, wrap(k.about, c.width(c.stdoutTTY)))
		switch {
		case result.Waivable:
			fmt.Fprintln(w, wrap(fmt.Sprintf("\nTo go ahead all the same: --allow %s", k.id), c.width(c.stdoutTTY)))
		case k.exit == exitRefused:
			fmt.Fprintln(w, "\nThis refusal cannot be waived.")
		}
		return nil
	}})
}

func helpTopics(root *cobra.Command) []string {
	topics := append(ids(), "exit-codes", "ids")
	for _, cmd := range root.Commands() {
		if cmd.IsAvailableCommand() {
			topics = append(topics, cmd.Name())
		}
	}
	slices.Sort(topics)
	return topics
}

// ids returns the names of all errors, refusals and rules, sorted.
func ids() []string {
	var all []string
	for _, k := range kinds() {
		all = append(all, k.id)
	}
	for _, r := range check.Rules() {
		all = append(all, r.ID)
	}
	slices.Sort(all)
	return all
}

// exitCode is one row of `mgit help exit-codes`.
type exitCode struct {
	Code  int    `json:"code"`
	About string `json:"about"`
}

func exitCodes() []exitCode {
	return []exitCode{
		{exitDone, "done, or nothing to do"},
		{exitUnexpected, "mgit could not do its job"},
		{exitUsage, "wrong usage"},
		{exitNeedsPerson, "resolve or continue still needs a person"},
		{exitParked, "finished, but some branches are parked, diverged, moved or failed"},
		{exitFound, "a check found something"},
		{exitRefused, "refused by a safety rule; its name is printed, --allow NAME waives it"},
		{exitUnfinished, "a killed run could not be rolled forward, or this branch is being resolved in another worktree"},
		{exitLocked, "locked by another process"},
		{exitUnreachable, "remote or tracker not reachable; local work is complete"},
		{exitDamaged, "stored state is damaged; the way back is printed"},
		{exitWork, "a query found work to do"},
		{exitInterrupted, "interrupted"},
	}
}

func writeExitCodes(w io.Writer, _ palette) error {
	for _, row := range exitCodes() {
		if _, err := fmt.Fprintf(w, "%3d  %s\n", row.Code, row.About); err != nil {
			return err
		}
	}
	return nil
}
