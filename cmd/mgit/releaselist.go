package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"mgit/internal/job"
)

func newReleaseListCommand(c *call) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the releases that this clone has",
		Args:  noWord,
		Long: `Lists the tags whose names are those of releases by release.tag in mgit.toml, or whose message is a
manifest, newest first. --series leaves those of one series of Moodle. What a tag says of itself is shown
and not proven: mgit release verify does that.`,
		Example: `  mgit release list
  mgit release list --series 4.5 --json`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.releaseList(cmd.Context()) },
	}
}

func (c *call) releaseList(ctx context.Context) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	report, err := job.ListReleases(ctx, site, job.ReleaseListRequest{Series: c.flags.series})
	if err != nil {
		return err
	}
	return c.answer(ctx, answer{result: report, text: func(w io.Writer, p palette) error {
		return c.writeReleaseList(w, p, report)
	}})
}

func (c *call) writeReleaseList(w io.Writer, p palette, r *job.ReleaseList) error {
	if len(r.Releases) == 0 {
		fmt.Fprintln(w, "There is no release yet; `mgit release TARGET` makes one.")
		return nil
	}
	t := table{columns: []column{
		{title: "release", elastic: true}, {title: "of"}, {title: "Moodle"}, {title: "branches", right: true}, {title: "target", elastic: true},
	}}
	for _, l := range r.Releases {
		when, branches := "", fmt.Sprint(l.Branches)
		if l.When != nil {
			when = l.When.Format(time.DateOnly)
		}
		target := printable(l.Target)
		if l.Fault != "" {
			branches, target = "", p.attention("! no manifest: "+printable(l.Fault))
		}
		t.add(printable(l.Tag), when, printable(l.Moodle.Tag), branches, target)
	}
	return t.writeTo(w, p, c.width(c.stdoutTTY))
}
