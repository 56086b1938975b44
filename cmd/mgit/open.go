package main

import (
	"context"
	"strings"
	"time"

	"mgit/internal/git"
	"mgit/internal/job"
)

// open opens the site that the flags and the current folder mean. What had to be
// mended and what is worth knowing is said at once. The caller closes it.
func (c *call) open(ctx context.Context) (*job.Site, error) {
	dir := c.flags.dir
	if dir == "" {
		dir = "."
	}
	site, err := job.Open(ctx, job.OpenRequest{
		Dir:        dir,
		ConfigFile: c.flags.config,
		Env:        c.get,
		Git:        git.Options{Log: c.traceGit()},
	})
	if err != nil {
		return nil, err
	}
	if site.Mended != nil {
		c.warn("mended", site.Mended.String())
	}
	for _, w := range site.Warnings {
		c.warn(w.ID, w.Text)
	}
	c.corePager = site.Pager()
	return site, nil
}

// traceGit prints the git commands that run, with --verbose.
func (c *call) traceGit() func(git.Command) {
	if !c.flags.verbose {
		return nil
	}
	return func(cmd git.Command) {
		c.trace("git %s  (%s)", strings.Join(cmd.Args, " "), cmd.Duration.Round(time.Millisecond/10))
	}
}
