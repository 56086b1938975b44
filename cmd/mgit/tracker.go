package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/internal/tracker"
)

func newTrackerCommand(c *call) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "tracker",
		Short:   "The upgrade in your issue tracker",
		GroupID: groupUpgrade,
		Args:    noWord,
		Long: `Your issue tracker shows the ledger of an upgrade to everybody: one issue for the upgrade, and one below
it for every branch. What one side changed goes to the other; what both changed is shown and left alone.
Which tracker it is say the settings tracker.kind, tracker.url and tracker.project.

The key comes from MGIT_TRACKER_TOKEN or from git credential, and goes to no other host than the one it
was given for.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newTrackerStatusCommand(c), newTrackerSyncCommand(c), newTrackerExportCommand(c))
	return cmd
}

func newTrackerStatusCommand(c *call) *cobra.Command {
	var request job.TrackerRequest
	cmd := &cobra.Command{
		Use:   "status [SERIES]",
		Short: "Show what would change, in the tracker and in the ledger",
		Args:  words("[SERIES]"),
		Long: `Shows what mgit tracker sync would do: what the ledger says and the tracker was not told, what people
changed in the tracker, what both changed, and what the tracker refused. Nothing is written.

Where the tracker cannot be reached it shows what waits here, and mgit ends with 9. --offline does not
ask it at all. SERIES is what the upgrade goes to (default: all that are unfinished).`,
		Example: `  mgit tracker status
  mgit tracker status 4.5 --offline`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.trackerStatus(cmd.Context(), request, argument(args))
		},
	}
	cmd.Flags().BoolVar(&request.Offline, "offline", false, "do not ask the tracker; show what waits here")
	return cmd
}

func newTrackerSyncCommand(c *call) *cobra.Command {
	var request job.TrackerRequest
	var take string
	cmd := &cobra.Command{
		Use:   "sync [BRANCH…]",
		Short: "Bring the ledger and the tracker together",
		Args:  words("[BRANCH…]"),
		Long: `Tells the tracker what changed in the ledger, and takes from it the states, assignees and notes that
people changed there. Every write is read back. What came from the tracker is a run, and mgit undo takes
it back.

What both sides changed is named with both values and stays as it is, until one of them is changed to
the other or --take says whose value wins. What the tracker ignores or refuses is named, and tried again
only when something changes, or with --again. In both cases mgit ends with 4, and so it does where people
dropped or held very many branches at once in the tracker: that is taken with --allow many-dropped only.

Without BRANCH all branches of all unfinished upgrades are compared; --series names one upgrade.`,
		Example: `  mgit tracker sync --dry-run
  mgit tracker sync LUVLE-4.1-hack-mod_forum-subject --take ledger`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Branches, request.Take = args, tracker.Side(take)
			switch request.Take {
			case tracker.Neither, tracker.Ledger, tracker.Tracker:
			default:
				return &usageError{text: fmt.Sprintf("--take %q is not known", take), hint: "it takes ledger, tracker"}
			}
			return c.trackerSync(cmd.Context(), request)
		},
	}
	f := cmd.Flags()
	f.StringVar(&take, "take", "", "whose value wins where both changed: `ledger` or tracker")
	f.BoolVar(&request.Again, "again", false, "try what the tracker refused before")
	f.BoolVar(&request.Anew, "anew", false, "make issues anew that are gone from the tracker")
	return cmd
}

func (c *call) trackerStatus(ctx context.Context, request job.TrackerRequest, name string) error {
	site, err := c.openTracker(ctx, &request, name)
	if err != nil {
		return err
	}
	defer site.Close()
	report, err := job.TrackerStatus(ctx, site, request)
	if err != nil {
		return err
	}
	exit := exitDone
	if !report.Reached && !request.Offline && len(report.Upgrades) > 0 {
		exit = exitUnreachable
	}
	c.warnTracker(report, exit)
	return c.answer(ctx, answer{result: report, exit: exit, text: func(w io.Writer, p palette) error {
		c.writeTracker(w, p, report, trackerWords{planned: true, next: true})
		return nil
	}})
}

func (c *call) trackerSync(ctx context.Context, request job.TrackerRequest) error {
	site, err := c.openTracker(ctx, &request, c.flags.series)
	if err != nil {
		return err
	}
	defer site.Close()
	request.DryRun = c.flags.dryRun
	progress := c.newProgress("tracker")
	progress.word = printable
	if !request.DryRun {
		request.Progress = c.trackerProgress(progress)
	}
	report, run, err := job.TrackerSync(ctx, site, request)
	progress.finish()
	if err != nil {
		return err
	}
	exit := exitDone
	switch {
	case !report.Reached && len(report.Upgrades) > 0:
		exit = exitUnreachable
	case report.NeedsPerson():
		exit = exitParked
	}
	c.warnTracker(report, exit)
	return c.answer(ctx, answer{result: report, run: run, exit: exit, text: func(w io.Writer, p palette) error {
		c.writeTracker(w, p, report, trackerWords{planned: request.DryRun, run: run})
		return nil
	}})
}

// openTracker opens the site and fills in what a request needs of the surroundings.
func (c *call) openTracker(ctx context.Context, request *job.TrackerRequest, series string) (*job.Site, error) {
	if series == "" {
		series = c.flags.series
	}
	var err error
	if request.Series, err = seriesFlag("SERIES", series); err != nil {
		return nil, err
	}
	site, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	request.Dial, request.Settle = c.dialTracker(patient), c.claim
	request.Key = c.get(trackerKeyVariable)
	request.Elsewhere, request.Many = c.isAllowed("token-elsewhere"), c.isAllowed("many-dropped")
	if c.stdinTTY && c.stderrTTY && !c.flags.json {
		request.Ask = c.askKey
	}
	return site, nil
}

// warnTracker says what the tracker did not answer, and what is odd.
func (c *call) warnTracker(report *job.TrackerReport, exit int) {
	if exit == exitUnreachable {
		c.warn("tracker-unreachable", fmt.Sprintf("the tracker could not be reached: %s", printable(report.Reason)))
	}
	for _, u := range report.Upgrades {
		for _, w := range u.Warnings {
			c.warn(w.ID, printable(w.Text))
		}
	}
}

// trackerProgress shows every write, and says once for whom a sync waits.
func (c *call) trackerProgress(p *progress) func(series string, at tracker.Progress) {
	waitsFor := ""
	return func(series string, at tracker.Progress) {
		if at.Waiting != "" {
			if at.Waiting != waitsFor {
				c.note("%s syncs the upgrade to %s at this moment; waiting for that", printable(at.Waiting), series)
			}
			waitsFor = at.Waiting
			return
		}
		if p.live {
			p.report(job.Event{Done: at.Made, Total: at.All, Branch: report.TrackerSubject(at.Write.Branch), Outcome: strings.Join(at.Write.Keys, ", ")})
		}
	}
}
