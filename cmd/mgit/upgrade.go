package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/internal/report"
)

func newUpgradeCommand(c *call) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "upgrade",
		Short:   "The ledger of an upgrade as a whole",
		GroupID: groupUpgrade,
		Args:    noWord,
		Long: `An upgrade has a ledger on the mgit branch: for each branch of the old version what is to become of it
and why, how far the work is, who sees to it, and what was carried. Every command that moves branches
keeps it up to date.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newUpgradeReleasesCommand(c), newUpgradeBeginCommand(c), newUpgradeStatusCommand(c), newUpgradeReportCommand(c), newUpgradeHistoryCommand(c))
	return cmd
}

func newUpgradeBeginCommand(c *call) *cobra.Command {
	var from string
	var noTracker bool
	cmd := &cobra.Command{
		Use:   "begin SERIES|TAG",
		Short: "Make the ledger of an upgrade",
		Args:  words("SERIES"),
		Long: `Enters every branch of the old version into the ledger of the upgrade to SERIES, to be done. What is
proposed for each comes from its record: replace for a plugin that somebody else maintains (origin
"external"), rebase for everything else. Entries that are there stay as they are, so that it may be
given again when there are new branches. No branch moves.

A tracker that is set up gets an issue for the upgrade and one for every branch at once. Where it cannot be
reached they wait for mgit tracker sync, and mgit ends with 9.`,
		Example: `  mgit upgrade begin 4.5
  mgit upgrade begin v4.5.1 --from 4.1 --dry-run`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request := job.BeginRequest{To: args[0]}
			var err error
			if request.From, err = seriesFlag("--from", from); err != nil {
				return err
			}
			return c.upgradeBegin(cmd.Context(), request, noTracker)
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "the `series` to move from (default: the newest older one that has branches)")
	cmd.Flags().BoolVar(&noTracker, "no-tracker", false, "leave the tracker to mgit tracker sync")
	return cmd
}

func seriesFlag(name, text string) (moodle.Series, error) {
	if text == "" {
		return moodle.Series{}, nil
	}
	series, err := moodle.ParseSeries(text)
	if err != nil {
		return series, &usageError{text: fmt.Sprintf("%s %q: %v", name, text, err)}
	}
	return series, nil
}

func (c *call) upgradeBegin(ctx context.Context, request job.BeginRequest, noTracker bool) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	request.DryRun = c.flags.dryRun
	report, run, err := job.BeginUpgrade(ctx, site, request)
	if err != nil {
		return err
	}
	var tracker told
	if run != 0 && !noTracker {
		series, err := moodle.ParseSeries(report.Series)
		if err != nil {
			return err
		}
		if tracker, err = c.tellTracker(ctx, series, nil); err != nil {
			return err
		}
	}
	result := struct {
		*job.BeginReport
		Tracker *job.TrackerReport `json:"tracker"`
	}{report, tracker.report}
	return c.answer(ctx, answer{result: result, run: run, exit: tracker.exit, text: func(w io.Writer, p palette) error {
		onto := "a release that is not fetched yet"
		if report.Onto.Tag != "" {
			onto = printable(report.Onto.Tag)
		}
		fmt.Fprintf(w, "%s from %s, onto %s\n", p.strong("Upgrade to "+report.Series), report.From, onto)
		counts := make(map[string]int)
		for _, e := range report.Added {
			counts[e.Disposition]++
		}
		for _, d := range []string{"rebase", "replace"} {
			if n := counts[d]; n > 0 {
				fmt.Fprintf(w, "  %s entered, to %s\n", plural(n, "branch"), d)
			}
		}
		if report.Known > 0 {
			fmt.Fprintf(w, "  %s known before\n", plural(report.Known, "branch"))
		}
		c.writeRun(w, run)
		tracker.write(w)
		return nil
	}})
}

func newUpgradeStatusCommand(c *call) *cobra.Command {
	var finished bool
	cmd := &cobra.Command{
		Use:   "status [SERIES]",
		Short: "Look whether no branch was forgotten",
		Args:  words("[SERIES]"),
		Long: `Looks whether every branch of the old version is accounted for: it has an entry with a disposition or
an outcome, it has no commits that were not carried, what was carried is still there, and nobody
disagrees about it. What is not accounted for is named with the reason, and mgit ends with 5. Work that
waits is accounted for: it is shown with who sees to it, and is no fault unless --finished is given.

SERIES is what the upgrade goes to (default: the only unfinished one, else the newest).`,
		Example: `  mgit upgrade status
  mgit upgrade status 4.5 --finished`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.account(cmd.Context(), argument(args), func(a *job.UpgradeAccount) answer {
				exit := exitDone
				if !a.Complete || finished && !a.Finished {
					exit = exitFound
				}
				return answer{result: a, exit: exit, text: func(w io.Writer, p palette) error { return c.writeAccount(w, p, a) }}
			})
		},
	}
	cmd.Flags().BoolVar(&finished, "finished", false, "end with 5 also while something is left to be done")
	return cmd
}

func newUpgradeReportCommand(c *call) *cobra.Command {
	var format string
	var check bool
	cmd := &cobra.Command{
		Use:   "report [SERIES]",
		Short: "Write down what became of every branch, and why",
		Args:  words("[SERIES]"),
		Long: `Writes all that the ledger says as one document: for each branch disposition, reason, notes, tips and
who sees to it, and what is not accounted for. Of the types of branch that must be justified (setting
justification.types, by default hack) it lists those that nobody has justified, and those that were
to be looked at before this series.

Why a branch is there stands in the ledger for this upgrade, else in its record, else in trailers of
its commits: "Reason: upstreamable", "temporary" or "local", "Upstream: MDL-12345", "Review-by: 5.1".
With --check mgit ends with 5 when one is not justified or its time is up.`,
		Example: `  mgit upgrade report 4.5 --format markdown > upgrade.md
  mgit upgrade report --check`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "text" && format != "markdown" {
				return &usageError{text: fmt.Sprintf("--format %q is not known", format), hint: "it takes text, markdown; --json gives everything as JSON"}
			}
			return c.account(cmd.Context(), argument(args), func(a *job.UpgradeAccount) answer {
				exit := exitDone
				if unjustified, expired := a.Unjustified(); check && unjustified+expired > 0 {
					exit = exitFound
				}
				write := c.writeUpgradeReport
				if format == "markdown" {
					write = c.writeUpgradeMarkdown
				}
				return answer{result: a, exit: exit, text: func(w io.Writer, p palette) error { return write(w, p, a) }}
			})
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "how to write it: `text` or markdown")
	cmd.Flags().BoolVar(&check, "check", false, "end with 5 when a branch is not justified or its time is up")
	return cmd
}

// account reads an upgrade as a whole and answers with what is made of it.
func (c *call) account(ctx context.Context, name string, answerWith func(*job.UpgradeAccount) answer) error {
	series, err := seriesFlag("SERIES", name)
	if err != nil {
		return err
	}
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	a, err := job.CheckUpgrade(ctx, site, series)
	if err != nil {
		return err
	}
	return c.answer(ctx, answerWith(a))
}

func (c *call) writeAccount(w io.Writer, p palette, a *job.UpgradeAccount) error {
	fmt.Fprintf(w, "%s\n\n", p.strong(printable(report.UpgradeTitle(a))))
	t := table{columns: []column{{title: "state"}, {title: "branches", right: true}}}
	for _, state := range job.States() {
		if n := a.States[state]; n > 0 {
			t.add(p.state(state), fmt.Sprint(n))
		}
	}
	if err := t.writeTo(w, p, c.tableWidth()); err != nil {
		return err
	}
	for _, who := range a.Waiting {
		fmt.Fprintf(w, "\n%s\n", p.strong("Waits for "+ownerOr(who.Owner, "nobody in particular")))
		c.writeNames(w, "parked", who.Parked)
		c.writeNames(w, "to be done", who.Todo)
	}
	if len(a.New) > 0 {
		fmt.Fprintf(w, "\n%s\n", p.strong("New in "+a.Series+", from no branch of "+a.From))
		c.writeNames(w, "", a.New)
	}
	if len(a.Forgotten) > 0 {
		fmt.Fprintf(w, "\n%s\n", p.attention("Not accounted for"))
		for _, f := range a.Forgotten {
			c.writeItem(w, printable(f.Branch)+": "+printable(f.Text))
		}
	}
	if len(a.Disputes) > 0 {
		fmt.Fprintf(w, "\n%s\n", p.attention("Set differently by two people"))
		writeDisputes(w, p, a.Disputes)
		c.writeNext(w, "mgit disputes settle ID kept|other", "chooses")
	}
	fmt.Fprintf(w, "\n%s\n", report.UpgradeVerdict(a))
	return nil
}

func ownerOr(owner, nobody string) string {
	if owner == "" {
		return nobody
	}
	return printable(owner)
}

// writeNames prints branches, one a line.
func (c *call) writeNames(w io.Writer, what string, names []string) {
	for _, name := range names {
		line := printable(name)
		if what != "" {
			line += ": " + what
		}
		c.writeItem(w, line)
	}
}
