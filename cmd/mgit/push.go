package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"mgit/internal/job"
)

func newPushCommand(c *call) *cobra.Command {
	var request job.PushRequest
	cmd := &cobra.Command{
		Use:     "push [BRANCH…]",
		Short:   "Publish branches, targets and releases to remotes",
		GroupID: groupSetUp,
		Args:    words("[BRANCH…]"),
		Long: `Pushes what is new here to the internal remotes: the branches of the series, its targets, and the
release tags on them. BRANCH narrows that: names, globs, targets, release tags. What belongs together, a
target with its releases or a set with its branches, arrives together or not at all; everything else
stands for itself.

Nothing that somebody else pushed is written over: mgit remembers what it pushed last, and a fetch in the
background changes nothing about that. Nothing is deleted, and no tag moves. A branch stays here while
mgit check finds errors in what is new there; --allow lets a rule's findings pass by its name. To a public remote, which
must be named, go branches whose record says that they are public, and only if nothing in their commits
is internal. The mgit branch is shared by ` + "`mgit sync`" + `.

--as gives another name there: a target becomes the branch that servers pull, and what they had gets a
tag; a public branch becomes one for the community.`,
		Example: `  mgit push --dry-run
  mgit push LUVLE-4.5-hack-mod_forum-subject deployment --series 4.5
  mgit push deployment --as main
  mgit push LUVLE-4.5-hack-mod_forum-subject --as MDL-12345-main`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Names = args
			return c.push(cmd.Context(), request)
		},
	}
	cmd.Flags().StringVar(&request.Remote, "remote", "", "push to the remote of this `name` (default: all that are internal)")
	cmd.Flags().StringVar(&request.As, "as", "", "the `name` that the branch or target has there")
	return cmd
}

func (c *call) push(ctx context.Context, request job.PushRequest) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	request.Series, err = site.Series(ctx, c.flags.series)
	if err != nil && (c.flags.series != "" || len(request.Names) == 0) {
		return err
	}
	request.Allow, request.DryRun = c.flags.allow, c.flags.dryRun
	report, err := job.Push(ctx, site, request)
	if err != nil {
		return err
	}
	for _, w := range report.Warnings {
		c.warn(w.ID, w.Text)
	}
	return c.answer(ctx, answer{result: report, exit: pushExit(report), text: func(w io.Writer, p palette) error {
		return c.writePush(w, p, report)
	}})
}

// pushExit is the exit code of a push. What a rule refuses comes first: only a person
// can do something about it.
func pushExit(report *job.PushReport) int {
	switch {
	case report.IsRefused():
		return exitRefused
	case report.IsUnreachable():
		return exitUnreachable
	case report.NeedsPerson():
		return exitParked
	}
	return exitDone
}

func (c *call) writePush(w io.Writer, p palette, report *job.PushReport) error {
	for _, r := range report.Remotes {
		fmt.Fprintf(w, "%s (%s, %s)\n", p.strong(printable(r.Name)), r.Role, printable(r.URL))
		if !r.Reachable {
			c.writeItem(w, p.bad("could not be reached")+": "+printable(r.Reason))
			fmt.Fprintln(w, "  What is here is complete; push again when the remote answers.")
		}
		if err := c.writePushed(w, p, r); err != nil {
			return err
		}
	}
	if len(report.Servers) > 0 {
		fmt.Fprintln(w, "On the servers:")
		for _, command := range report.Servers {
			fmt.Fprintln(w, "  "+printable(command))
		}
	}
	if c.flags.dryRun {
		fmt.Fprintln(w, "Nothing was pushed.")
	}
	return nil
}

// writePushed lists what moved, and then what was left behind and why.
func (c *call) writePushed(w io.Writer, p palette, r job.PushedRemote) error {
	t := &table{columns: []column{{title: pushTitle(c.flags.dryRun), elastic: true}, {title: "there"}}}
	same := 0
	for _, ref := range r.Refs {
		switch ref.Outcome {
		case job.PushPushed:
			name := printable(ref.Name)
			if to := strings.TrimPrefix(shortRef(ref.To), "refs/tags/"); to != ref.Name {
				name += " as " + printable(to)
			}
			t.add(name, movedText(ref))
		case job.PushUpToDate:
			same++
		}
	}
	if err := t.writeTo(w, p, c.tableWidth()); err != nil {
		return err
	}
	if same > 0 {
		fmt.Fprintf(w, "%d up to date\n", same)
	}
	for _, ref := range r.Refs {
		if r.Reachable && ref.Outcome != job.PushPushed {
			c.writeLeft(w, p, ref)
		}
	}
	if len(r.Refs) == 0 {
		fmt.Fprintln(w, "nothing to push")
	}
	return nil
}

// pushTitle heads the list of what was pushed, or would be.
func pushTitle(dryRun bool) string {
	if dryRun {
		return "would be pushed"
	}
	return "pushed"
}

// movedText says how a reference moved.
func movedText(ref job.PushedRef) string {
	text := "new"
	if ref.Old.String() != "" {
		text = ref.Old.Short() + ".." + ref.New.Short()
	}
	if ref.Rewritten {
		text += ", rewritten"
	}
	return text
}

// writeLeft says why a reference was not pushed, and what shows more.
func (c *call) writeLeft(w io.Writer, p palette, ref job.PushedRef) {
	switch ref.Outcome {
	case job.PushUpToDate:
		if ref.Reason != "" {
			c.writeItem(w, fmt.Sprintf("%s: %s", printable(ref.Name), printable(ref.Reason)))
		}
		return
	case job.PushFailed:
		c.writeItem(w, fmt.Sprintf("%s %s: %s", p.bad("failed"), printable(ref.Name), printable(ref.Reason)))
		return
	}
	word := "refused"
	if ref.Rule != job.RuleLease {
		word = fmt.Sprintf("refused (%s)", ref.Rule)
	}
	c.writeItem(w, fmt.Sprintf("%s %s: %s", p.bad(word), printable(ref.Name), printable(ref.Reason)))
	for _, command := range ref.Look {
		fmt.Fprintln(w, "    "+printable(command))
	}
	if k, known := kindByID(ref.Rule); known && !k.final && k.exit == exitRefused {
		fmt.Fprintf(w, "    --allow %s goes ahead all the same\n", ref.Rule)
	}
}
