package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"mgit/internal/job"
)

func newUpgradeReleasesCommand(c *call) *cobra.Command {
	return &cobra.Command{
		Use:   "releases",
		Short: "List the releases that branches can move to",
		Args:  noWord,
		Long: `Lists upstream's releases of all series that are newer than the series in use, as far as this clone has
them, with the days until which Moodle supports their series. The branches of a series stand on its
first release by default, so that none conflicts with another because of their bases; later ones are
merged into the targets. While one upgrade is under way, it is the series which that moves that the
releases are newer than.

mgit plan TAG shows what the upgrade to one of them takes.`,
		Example: `  mgit upgrade releases
  mgit upgrade releases --series 4.1`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.upgradeReleases(cmd.Context()) },
	}
}

func (c *call) upgradeReleases(ctx context.Context) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	report, err := job.Releases(ctx, site, job.ReleasesRequest{Series: c.flags.series, Now: time.Now()})
	if err != nil {
		return err
	}
	c.warnAll(report.Warnings)
	return c.answer(ctx, answer{result: report, text: func(w io.Writer, p palette) error { return c.writeReleases(w, p, report) }})
}

func (c *call) writeReleases(w io.Writer, p palette, r *job.ReleasesReport) error {
	for _, u := range r.Upgrades {
		text := fmt.Sprintf("The upgrade from %s to %s is under way", u.From, u.Series)
		if u.Finished {
			text = fmt.Sprintf("The upgrade from %s to %s is finished", u.From, u.Series)
		}
		if u.Onto != "" {
			text += ", onto " + printable(u.Onto)
		}
		fmt.Fprintln(w, text+".")
	}
	if len(r.Releases) == 0 {
		fmt.Fprintf(w, "This clone has no release of a series newer than %s. `git fetch upstream --tags` brings what there is.\n", r.Series)
		return nil
	}
	fmt.Fprintln(w, wrapWords("Dates of support as of "+dataWords(r.Support)+".", c.width(c.stdoutTTY), 0, 0))
	fmt.Fprintln(w)
	t := table{columns: []column{
		{title: "release"}, {title: "released"}, {title: "series"}, {title: "fixes until"}, {title: "security until"}, {title: "moves"}, {title: "", elastic: true},
	}}
	for _, release := range r.Releases {
		series := release.Series
		if release.Support.LTS {
			series += " LTS"
		}
		t.add(printable(release.Tag), cmp.Or(release.Released, "unknown"), series,
			cmp.Or(release.Support.General, "unknown"), cmp.Or(release.Support.Security, "unknown"), cmp.Or(release.From, "-"), releaseWords(p, release))
	}
	return t.writeTo(w, p, c.tableWidth())
}

// releaseWords says what is special about a release.
func releaseWords(p palette, r job.UpgradeRelease) string {
	switch {
	case r.Experimental:
		return p.faint("an experiment, not for production")
	case r.First && r.Newest:
		return "first and newest of its series"
	case r.First:
		return "first of its series"
	case r.Newest:
		return "newest of its series"
	}
	return ""
}
