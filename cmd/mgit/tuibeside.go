package main

import (
	"bytes"
	"context"
	"io"
	"strings"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/tui"
	"mgit/tui/screen"
)

// beside is a call like this one for what runs beside the screen: it has no terminal, and what it has to say
// goes to talk, since it would stand across the screen.
func (c *call) beside(log *tui.Log, talk io.Writer) *call {
	around := (&screenCommands{call: c, log: log}).surroundings(talk, talk)
	flags := c.flags
	flags.verbose = false // the screen's log has the git commands
	return &call{env: around, flags: flags, site: c.site}
}

// tellFromScreen tells the tracker what a task has entered, as the command does when it has done its work.
func (c *call) tellFromScreen(log *tui.Log) func(context.Context, moodle.Series, []string) screen.Told {
	return func(ctx context.Context, series moodle.Series, branches []string) screen.Told {
		var talk bytes.Buffer
		told, err := c.beside(log, &talk).tellTracker(ctx, series, branches)
		if err != nil {
			text, _ := explained(err)
			return screen.Told{Text: inOneLine("The tracker was not told: "+text+".", toldLater), Unreached: true}
		}
		return screen.Told{Text: inOneLine(talk.String(), told.text), Unreached: told.exit == exitUnreachable}
	}
}

// afterMinorOnScreen runs the user's command that follows on a patch release, as the command does.
func (c *call) afterMinorOnScreen(log *tui.Log) func(context.Context, *job.Site, *job.MinorReport, error) string {
	return func(ctx context.Context, site *job.Site, report *job.MinorReport, err error) string {
		var talk bytes.Buffer
		quiet := c.beside(log, &talk)
		if err != nil {
			quiet.afterMinor(ctx, site, hookMinorFailure, report, explain(err).exit)
		} else {
			hook, exit := minorHook(report)
			quiet.afterMinor(ctx, site, hook, report, exit)
		}
		return inOneLine(talk.String())
	}
}

// inOneLine puts what was said on several lines into one.
func inOneLine(said ...string) string {
	return printable(strings.Join(strings.Fields(strings.Join(said, " ")), " "))
}
