package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"mgit/internal/job"
	"mgit/internal/journal"
	"mgit/internal/moodle"
)

// told is what became of telling the tracker, after a command had done its own work. The
// zero told is a tracker that is not set, or was not to be told.
type told struct {
	report *job.TrackerReport // nil: nothing was told
	exit   int
	text   string // for a person; "" says nothing
}

// tellTracker tells the tracker at once what a command entered in the ledgers of a series,
// or of all unfinished upgrades, about these branches. It asks nobody and is not patient:
// whatever fails, the command's own work is complete, and what was not sent waits.
func (c *call) tellTracker(ctx context.Context, series moodle.Series, branches []string) (told, error) {
	// What the command wrote has to be read.
	site, err := c.openSite(ctx, c.openRequest())
	if err != nil {
		return told{}, err
	}
	defer site.Close()
	if !site.HasTracker() {
		return told{}, nil
	}
	request := job.TrackerRequest{
		Series: series, Branches: branches, Dial: c.dialTracker(quick), Settle: c.claim, Key: c.get(trackerKeyVariable), Elsewhere: c.isAllowed("token-elsewhere"),
	}
	progress := c.newProgress("tracker")
	progress.word = printable
	request.Progress = c.trackerProgress(progress)
	report, _, err := job.TrackerSync(ctx, site, request)
	progress.finish()
	var noKey *job.NoKeyError
	var busy *journal.LockedError
	switch {
	case err == nil && report.Reached:
		c.warnTracker(report, exitDone)
		return told{report: report, text: toldWords(report)}, nil
	case err == nil && len(report.Upgrades) == 0:
		return told{report: report}, nil
	case err == nil:
		c.warnTracker(report, exitUnreachable)
		return told{report: report, exit: exitUnreachable, text: toldLater}, nil
	case errors.As(err, &noKey):
		return told{text: toldLater}, nil
	case ctx.Err() != nil:
		return told{}, err
	case errors.As(err, &busy):
		c.warn("tracker-unreachable", "another sync with the tracker is under way in this clone")
	default:
		c.warn("tracker-unreachable", "the tracker was not told: "+printable(err.Error()))
		if hint := explain(err).Hint; hint != "" {
			c.note("hint: %s", strings.ReplaceAll(hint, "\n", "\nhint: "))
		}
	}
	return told{exit: exitUnreachable, text: toldLater}, nil
}

const toldLater = "The tracker gets it with `mgit tracker sync`."

// toldWords says in a line what the tracker has now.
func toldWords(r *job.TrackerReport) string {
	made, changed := 0, 0
	for _, u := range r.Upgrades {
		for _, w := range u.Writes {
			switch {
			case w.Made && w.New:
				made++
			case w.Made:
				changed++
			}
		}
	}
	var parts []string
	if made > 0 {
		parts = append(parts, plural(made, "issue")+" made")
	}
	if changed > 0 {
		parts = append(parts, plural(changed, "issue")+" changed")
	}
	text := "Tracker: " + strings.Join(parts, ", ") + "."
	if len(parts) == 0 {
		text = "The tracker has it already."
	}
	if r.NeedsPerson() {
		text += " Not all was taken: `mgit tracker status` says what."
	}
	return text
}

// write prints it below what a command says.
func (t told) write(w io.Writer) {
	if t.text != "" {
		fmt.Fprintln(w, t.text)
	}
}
