package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/internal/report"
)

func newSitesCommand(c *call) *cobra.Command {
	var request job.SitesRequest
	var check bool
	cmd := &cobra.Command{
		Use:     "sites [SITE…]",
		Short:   "Show every place where the code runs: build, drift, core hacks",
		GroupID: groupLive,
		Args:    words("[SITE…]"),
		Long: `Lists the sites of sites.toml. Of one whose folder is on this machine it says which official build runs there
and how many core hacks there are, as mgit corehack-report finds them; of one with an .env file in the work
tree, what that pins. Both are held against the target that sites.toml gives for the site. A site that cannot
be looked into stops no other.

No remote is asked, and a folder on another machine is not looked for. --quick looks into nothing.`,
		Example: `  mgit sites
  mgit sites live --json
  mgit sites --check`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Names = args
			return c.sites(cmd.Context(), request, check)
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "end with 5 when a site is not what its target is, or cannot be looked into")
	cmd.Flags().BoolVar(&request.Quick, "quick", false, "say what sites.toml states, and read no tree and no .env file")
	cmd.Flags().BoolVar(&request.NoCache, "no-cache", false, "read every file, whatever is remembered of it")
	cmd.Flags().IntVarP(&request.Jobs, "jobs", "j", 0, "read `N` files at once (default: one for each CPU)")
	return cmd
}

func (c *call) sites(ctx context.Context, request job.SitesRequest, check bool) error {
	if request.Jobs < 0 {
		return &usageError{text: fmt.Sprintf("--jobs %d: a number of files cannot be negative", request.Jobs)}
	}
	if check && request.Quick {
		return &usageError{text: "--check and --quick: what is not looked at cannot be judged", hint: "leave one of them away"}
	}
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	request.Series = c.flags.series
	bar := c.newFileProgress()
	request.Progress = bar.report
	r, err := job.Sites(ctx, site, request)
	bar.finish()
	if err != nil {
		return err
	}
	c.warnAll(r.Warnings)
	exit := exitDone
	if check && r.Found() {
		exit = exitFound
	}
	return c.answer(ctx, answer{result: r, exit: exit, text: func(w io.Writer, p palette) error {
		return c.writeSites(w, p, r)
	}})
}

func (c *call) writeSites(w io.Writer, p palette, r *job.SitesReport) error {
	if len(r.Sites) == 0 {
		fmt.Fprintln(w, "No site stands in sites.toml.")
		c.writeNext(w, "mgit config edit site.live.path /srv/moodle", "tells where one is")
		return nil
	}
	t := table{columns: []column{{title: "SITE"}, {title: "ENVIRONMENT"}, {title: "RUNS", elastic: true}, {title: "TARGET", elastic: true}, {title: "HACKS", right: true}, {title: "STATE", elastic: true}}}
	for i := range r.Sites {
		s := &r.Sites[i]
		t.add(printable(s.Name), printable(s.Environment), printable(s.Runs()), printable(report.SiteTarget(s)), report.SiteHacks(s), siteState(p, s))
	}
	if err := t.writeTo(w, p, c.tableWidth()); err != nil {
		return err
	}
	for i := range r.Sites {
		c.writeSite(w, p, &r.Sites[i])
	}
	if len(r.Pending) > 0 {
		fmt.Fprintln(w)
		c.writeItem(w, p.attention("!")+" "+plural(len(r.Pending), "setting")+" about plugins not confirmed in this clone; `mgit config trust` shows them")
	}
	return nil
}

// siteState is the worst that is to be said of a site.
func siteState(p palette, s *job.SiteReport) string {
	sign, text := report.SiteState(s)
	text = sign + " " + text
	switch sign {
	case "x":
		return p.bad(text)
	case "!":
		return p.attention(text)
	case "=":
		return p.good(text)
	}
	return p.faint(text)
}

// writeSite says what is to be said of one site below the table.
func (c *call) writeSite(w io.Writer, p palette, s *job.SiteReport) {
	if !s.NeedsPerson() {
		return
	}
	fmt.Fprintf(w, "\n%s\n", p.strong(printable(s.Name)))
	for _, problem := range s.Problems {
		c.writeItem(w, p.bad("x")+" "+report.SitePlace(s, problem.In)+": "+printable(problem.Text))
	}
	for _, d := range s.Drift {
		c.writeItem(w, p.attention("!")+" "+report.SitePlace(s, d.In)+": "+printable(d.Text))
	}
	if s.Live != nil && s.Live.Findings+s.Live.Missing > 0 {
		c.writeNext(w, "mgit corehack-report "+shellWord(s.Path), "shows them")
	}
}
