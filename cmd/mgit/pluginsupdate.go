package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/internal/report"
)

func newPluginsUpdateCommand(c *call) *cobra.Command {
	var request job.PluginsUpdateRequest
	cmd := &cobra.Command{
		Use:   "update [COMPONENT…]",
		Short: "Take newer releases of plugins that somebody else maintains",
		Args:  words("[COMPONENT…]"),
		Long: `Asks the Git repositories in plugins.toml for releases, and reads in the version.php of each which Moodle it
fits. Where there is a newer one that fits, the plugin's branch gets it as one commit, with what you changed in
the plugin kept, and the pin in plugins.toml moves along. What conflicts leaves its branch as it is.

--check only looks, and ends with 100 when there is something to take. With --for it looks ahead: what there is for the
Moodle that you upgrade to, and fetches that, so that ` + "`mgit triage`" + ` knows it.

Only repositories that were confirmed (mgit config trust) are asked. What they send is kept below .git/mgit/sources,
which can be deleted at any time.`,
		Example: `  mgit plugins update --check
  mgit plugins update mod_attendance --series 4.5
  mgit plugins update --check --for v5.1.0`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Components = args
			return c.pluginsUpdate(cmd.Context(), request)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&request.Check, "check", false, "only look; end with 100 when there is a newer release that fits")
	f.StringVar(&request.For, "for", "", "the `tag` or series of Moodle that releases are to fit (default: the base of the branches)")
	f.BoolVar(&request.NoResolutions, "no-resolutions", false, "leave conflicts alone that recorded resolutions would settle")
	f.BoolVar(&request.UpdateWorktrees, "update-worktrees", false, "move branches that are checked out in clean worktrees together with these")
	f.DurationVar(&request.Timeout, "timeout", 30*time.Second, "how `long` a remote may take to answer")
	return cmd
}

func (c *call) pluginsUpdate(ctx context.Context, request job.PluginsUpdateRequest) error {
	if err := checkTimeout(request.Timeout); err != nil {
		return err
	}
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	if request.Series, err = c.pluginsSeries(ctx, site, request.For); err != nil {
		return err
	}
	request.DryRun = c.flags.dryRun
	request.UpdateWorktrees = request.UpdateWorktrees || slices.Contains(c.flags.allow, "checked-out")
	r, run, err := job.PluginsUpdate(ctx, site, request)
	if err != nil {
		return err
	}
	c.warnAll(r.Warnings)
	for _, p := range r.Plugins {
		if p.Outcome == job.PluginUnreachable {
			c.warn("unreachable", fmt.Sprintf("%s: %s", p.Component, printable(p.Reason)))
		}
	}
	exit := exitDone
	switch {
	case r.NeedsPerson():
		exit = exitParked
	case request.Check && r.HasNewer():
		exit = exitWork
	case r.IsUnreachable():
		exit = exitUnreachable
	}
	return c.answer(ctx, answer{result: r, run: run, exit: exit, text: func(w io.Writer, p palette) error {
		return c.writePluginsUpdate(w, p, r, run, request)
	}})
}

// pluginsSeries is the series whose branches are meant: --series, else that of --for where it
// has branches, else the one in use.
func (c *call) pluginsSeries(ctx context.Context, site *job.Site, wanted string) (moodle.Series, error) {
	if c.flags.series == "" && wanted != "" {
		if series, ok := site.SeriesWithBranches(ctx, wanted); ok {
			return series, nil
		}
	}
	return site.Series(ctx, c.flags.series)
}

func (c *call) writePluginsUpdate(w io.Writer, p palette, r *job.PluginsUpdateReport, run int, request job.PluginsUpdateRequest) error {
	if len(r.Plugins) == 0 {
		fmt.Fprintln(w, "plugins.toml has no plugin, and no record says that one is somebody else's.")
		return nil
	}
	t := table{columns: []column{
		{title: "outcome"},
		{title: "plugin", elastic: true},
		{title: "have", elastic: true},
		{title: "newest", elastic: true},
		{title: "fits " + r.Core.Tag, elastic: true},
	}}
	for _, u := range r.Plugins {
		t.add(p.pluginOutcome(u.Outcome), printable(u.Component), printable(report.PluginHas(u)), releaseName(u.Newest), printable(report.UpdateFits(u)))
	}
	if err := t.writeTo(w, p, c.width(c.stdoutTTY)); err != nil {
		return err
	}
	for _, u := range r.Plugins {
		for _, line := range report.UpdateLines(u) {
			fmt.Fprintln(w, wrapIndented("  "+printable(u.Component)+": "+printable(line), c.width(c.stdoutTTY)))
		}
	}
	fmt.Fprintf(w, "\n%s\n", p.strong(report.UpdateSummary(r, run, request.Check, c.flags.dryRun)))
	for _, line := range nextUpdate(r, run, request) {
		fmt.Fprintf(w, "  %s\n", line)
	}
	return nil
}

func releaseName(r *job.PluginRelease) string {
	if r == nil {
		return ""
	}
	return printable(r.Name)
}

// nextUpdate is what to type next.
func nextUpdate(r *job.PluginsUpdateReport, run int, request job.PluginsUpdateRequest) []string {
	if run != 0 {
		return []string{fmt.Sprintf("mgit undo %d", run), "    takes this run back"}
	}
	if request.Check && r.HasNewer() && strings.HasPrefix(r.Core.Tag, "v"+r.Series+".") {
		return []string{"mgit plugins update --series " + r.Series, "    takes them"}
	}
	return nil
}

// pluginOutcome colours what became of a plugin.
func (p palette) pluginOutcome(outcome string) string {
	switch outcome {
	case job.PluginUpdated, job.PluginNewer:
		return p.good("+ " + outcome)
	case job.PluginCurrent:
		return p.good("= " + outcome)
	case job.PluginConflict, job.PluginMoved:
		return p.attention("! " + outcome)
	case job.PluginFailed, job.PluginUnreachable:
		return p.bad("x " + outcome)
	default:
		return p.faint("- " + outcome)
	}
}
