package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mgit/internal/job"
	"mgit/internal/moodle"
)

func newDisposeCommand(c *call) *cobra.Command {
	var series, reason string
	var upstream []string
	values := make(map[string]*string)
	cmd := &cobra.Command{
		Use:     "dispose BRANCH… [rebase|replace|drop|hold]",
		Short:   "Decide what is to become of branches in an upgrade",
		GroupID: groupUpgrade,
		Args:    words("BRANCH", "[DISPOSITION…]"),
		Long: `Enters the decision into the ledger of the upgrade, where the team sees it: rebase carries the branch
over, replace starts anew from the newest release of somebody else's plugin, drop leaves it behind,
hold leaves it for now. The next run of rebase-all acts on it. drop and hold need a reason.

The flags say more about the branch in this upgrade: who sees to it, where it is discussed, why it is
there. An empty value takes that away, and then the branch's record in mgit.toml counts again. With
flags alone the disposition stays.

BRANCH is the old name or the new one, or a glob on old names. The upgrade is the only one that is
unfinished, or that of --for, which begins its ledger where there is none.`,
		Example: `  mgit dispose LUVLE-4.1-feature-block_news drop --reason "in Moodle since 4.3"
  mgit dispose LUVLE-4.1-hack-mod_quiz hold --reason "after the exams" --for 4.5
  mgit dispose 'LUVLE-4.1-*-mod_*' --owner Ann`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request := job.LedgerRequest{Branches: args, Reason: reason}
			set := func(name string) *string {
				if cmd.Flags().Changed(name) {
					return values[name]
				}
				return nil
			}
			request.Owner, request.Ticket = set("owner"), set("ticket")
			request.Justification, request.ReviewBy = set("justification"), set("review-by")
			if cmd.Flags().Changed("upstream") {
				request.Upstream = splitList(strings.Join(upstream, ","))
			}
			flags := []string{"owner", "ticket", "justification", "review-by", "upstream"}
			onlyFlags := slices.ContainsFunc(flags, cmd.Flags().Changed) && !isDisposition(args[len(args)-1])
			if !onlyFlags {
				if len(args) < 2 {
					return &usageError{text: "mgit dispose needs DISPOSITION", hint: "usage: mgit " + cmd.Use}
				}
				request.Branches, request.Disposition = args[:len(args)-1], args[len(args)-1]
			}
			return c.ledger(cmd.Context(), request, series, job.Dispose)
		},
	}
	f := cmd.Flags()
	f.StringVar(&reason, "reason", "", "why")
	addValueFlag(f, values, "owner", "who sees to it in this upgrade")
	addValueFlag(f, values, "ticket", "where it is discussed")
	addValueFlag(f, values, "justification", "why the site carries it: upstreamable, temporary or local")
	f.StringArrayVar(&upstream, "upstream", nil, "Moodle's `issues` about the same thing, with commas or one flag for each")
	addValueFlag(f, values, "review-by", "the series before which somebody must look at it again")
	addForFlag(cmd, &series)
	return cmd
}

func addValueFlag(f *pflag.FlagSet, values map[string]*string, name, usage string) {
	values[name] = f.String(name, "", usage)
}

func isDisposition(word string) bool {
	return slices.Contains([]string{"rebase", "replace", "drop", "hold"}, word)
}

// splitList takes a list with commas apart; it is not nil for an empty text.
func splitList(text string) []string {
	list := []string{}
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

func newNoteCommand(c *call) *cobra.Command {
	var series string
	cmd := &cobra.Command{
		Use:     "note BRANCH… TEXT",
		Short:   "Add a remark to branches' entries in the upgrade's ledger",
		GroupID: groupUpgrade,
		Args:    words("BRANCH", "TEXT", "[MORE…]"),
		Long: `Adds a remark, with your name and the time, to the entry of each branch. BRANCH is the old name or the
new one, or a glob on old names; the last word is the text.`,
		Example: `  mgit note LUVLE-4.1-hack-mod_forum-subject "ask Ann about the template"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			last := len(args) - 1
			return c.ledger(cmd.Context(), job.LedgerRequest{Branches: args[:last], Text: args[last]}, series, job.Note)
		},
	}
	addForFlag(cmd, &series)
	return cmd
}

func addForFlag(cmd *cobra.Command, series *string) {
	cmd.Flags().StringVar(series, "for", "", "the `series` of the upgrade, like 4.5 (default: the only unfinished one)")
}

// ledger writes to the ledger of an upgrade and shows the branches' entries.
func (c *call) ledger(ctx context.Context, request job.LedgerRequest, series string,
	write func(context.Context, *job.Site, job.LedgerRequest) (*job.LedgerReport, int, error),
) error {
	if series != "" {
		var err error
		if request.For, err = moodle.ParseSeries(series); err != nil {
			return &usageError{text: fmt.Sprintf("--for %q: %v", series, err)}
		}
	}
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	request.DryRun = c.flags.dryRun
	report, run, err := write(ctx, site, request)
	if err != nil {
		return err
	}
	return c.answer(ctx, answer{result: report, run: run, text: func(w io.Writer, p palette) error {
		for _, e := range report.Branches {
			writeLedgerEntry(w, p, report.Series, e)
		}
		c.writeRun(w, run)
		return nil
	}})
}

func writeLedgerEntry(w io.Writer, p palette, series string, e job.LedgerEntry) {
	fmt.Fprintf(w, "%s in the upgrade to %s: %s", p.strong(printable(e.Branch)), series, p.state(e.State))
	switch {
	case e.Disposition == "":
		fmt.Fprint(w, ", nothing decided")
	case e.Reason == "":
		fmt.Fprintf(w, ", %s", e.Disposition)
	default:
		fmt.Fprintf(w, ", %s (%s)", e.Disposition, printable(e.Reason))
	}
	fmt.Fprintln(w)
	for _, f := range []fact{
		{"owner", e.Owner},
		{"ticket", e.Ticket},
		{"justification", e.Justification},
		{"upstream", strings.Join(e.Upstream, ", ")},
		{"review by", e.ReviewBy},
	} {
		if f.text != "" {
			fmt.Fprintf(w, "  %s %s\n", f.name, printable(f.text))
		}
	}
	for _, n := range e.Notes {
		fmt.Fprintf(w, "  %s %s: %s\n", n.When.Format("2006-01-02"), printable(n.Who), printable(n.Text))
	}
}

// writeRun says by which run something was written, if it was.
func (c *call) writeRun(w io.Writer, run int) {
	switch {
	case c.flags.dryRun:
		fmt.Fprintln(w, "Nothing was written.")
	case run == 0:
		fmt.Fprintln(w, "Nothing changes.")
	default:
		fmt.Fprintf(w, "This was run %d.\n", run)
	}
}
