package main

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"mgit/internal/job"
)

// pluginsFlags are those of plugins.
type pluginsFlags struct {
	request job.PluginsRequest
	check   bool
	all     bool
}

func newPluginsCommand(c *call) *cobra.Command {
	var f pluginsFlags
	cmd := &cobra.Command{
		Use:     "plugins [PATH|REF]",
		Short:   "List the plugins that a tree has beside Moodle's own",
		GroupID: groupLive,
		Args:    words("[PATH|REF]"),
		Long: `Lists every plugin of a tree that Moodle does not ship: version and release, where it comes from, whether
it was changed since, what it needs, and how far it suits the tree's Moodle, or another one with --for.
What Moodle ships is decided by the files of the build that the tree was made from, as ` + "`mgit pin`" + ` finds it,
and where that is not known by Moodle's own list in the tree. Folders that look like plugins and that Moodle
does not see, or that have something wrong with them, are listed with the reason.

PATH is a folder with Moodle's code; it is only read, no link in it is followed, and nothing of the
repositories in it is run. REF is a branch, tag or commit of this clone. Without either it is the work tree
of this clone, with what is not committed. A path goes before a ref of the same name.

No remote is asked: which release of a plugin is the newest is known from the last ` + "`mgit plugins update`" + `.`,
		Example: `  mgit plugins /srv/moodle
  mgit plugins LUVLE-4.1-deployment --for 4.5
  mgit plugins --for v5.1.0 --check
  mgit plugins --json | jq -r '.result.plugins[] | select(.seen | not) | .path'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.request.Tree = append(args, "")[0]
			return c.plugins(cmd.Context(), f)
		},
	}
	cmd.AddCommand(newPluginsUpdateCommand(c))
	cmd.Flags().StringVar(&f.request.For, "for", "", "hold the plugins against this `release` tag, or the newest release of this series")
	cmd.Flags().BoolVar(&f.check, "check", false, "end with 5 when a plugin does not fit, is not seen, lacks another one or has something wrong with it")
	cmd.Flags().BoolVar(&f.all, "all", false, "list the sub-plugins that came with their owners too")
	cmd.Flags().BoolVar(&f.request.NoCache, "no-cache", false, "read every file, whatever is remembered of it")
	cmd.Flags().IntVarP(&f.request.Jobs, "jobs", "j", 0, "read `N` files at once (default: one for each CPU)")
	return cmd
}

func (c *call) plugins(ctx context.Context, f pluginsFlags) error {
	if f.request.Jobs < 0 {
		return &usageError{text: fmt.Sprintf("--jobs %d: a number of files cannot be negative", f.request.Jobs)}
	}
	defer spendMemory()()
	f.request.Ahead = job.ReadAhead(ctx, cmp.Or(c.flags.dir, "."), f.request.Tree, f.request.Jobs)
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	bar := c.newFileProgress()
	f.request.Progress = bar.report
	r, err := job.Plugins(ctx, site, f.request)
	bar.finish()
	if err != nil {
		return err
	}
	for _, w := range r.Warnings {
		c.warn(w.ID, w.Text)
	}
	exit := exitDone
	if f.check && r.Found() {
		exit = exitFound
	}
	return c.answer(ctx, answer{result: r, exit: exit, text: func(w io.Writer, p palette) error {
		return (&pluginsText{call: c, w: w, p: p, r: r, all: f.all}).write()
	}})
}
