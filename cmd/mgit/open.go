package main

import (
	"cmp"
	"context"
	"runtime/debug"
	"strings"
	"time"

	"mgit/internal/git"
	"mgit/internal/job"
)

// open opens the site that the flags and the current folder mean. What had to be
// mended and what is worth knowing is said at once. The caller closes it.
func (c *call) open(ctx context.Context) (*job.Site, error) {
	return c.openWarning(ctx, c.openRequest())
}

// openToLook is open for a command that changes nothing: it works in the clone that CI makes, too, where the mgit
// branch is a remote's.
func (c *call) openToLook(ctx context.Context) (*job.Site, error) {
	request := c.openRequest()
	request.Borrow = true
	return c.openWarning(ctx, request)
}

func (c *call) openWarning(ctx context.Context, request job.OpenRequest) (*job.Site, error) {
	site, err := c.openSite(ctx, request)
	if err != nil {
		return nil, err
	}
	for _, w := range site.Warnings {
		c.warn(w.ID, w.Text)
	}
	return site, nil
}

// openDespite opens the site although its settings may be wrong, to say so or
// to put them right. What is worth knowing about them is for the caller to say.
func (c *call) openDespite(ctx context.Context) (*job.Site, error) {
	request := c.openRequest()
	request.DespiteProblems = true
	return c.openSite(ctx, request)
}

func (c *call) openSite(ctx context.Context, request job.OpenRequest) (*job.Site, error) {
	site, err := job.Open(ctx, request)
	if err != nil {
		return nil, err
	}
	if site.Mended != nil {
		c.warn("mended", site.Mended.String())
	}
	c.site, c.corePager = site, site.Pager()
	return site, nil
}

// openRequest is what opens the site that the flags and the current folder mean.
func (c *call) openRequest() job.OpenRequest {
	return job.OpenRequest{
		Dir:        cmp.Or(c.flags.dir, "."),
		ConfigFile: c.flags.config,
		Env:        c.get,
		Git:        git.Options{Log: c.traceGit(), Env: c.gitEnv, Apart: c.gitApart},
		Screen:     checkScreen,
	}
}

// traceGit prints the git commands that run, with --verbose, and tells the screen's log of them where the
// command was given there.
func (c *call) traceGit() func(git.Command) {
	if !c.flags.verbose {
		return c.gitLog
	}
	return func(cmd git.Command) {
		if c.gitLog != nil {
			c.gitLog(cmd)
		}
		c.trace("git %s  (%s)", strings.Join(cmd.Args, " "), cmd.Duration.Round(time.Millisecond/10))
	}
}

// spendMemory lets a command that reads a whole tree, and ends soon, collect its garbage more rarely. It
// takes a tenth of its time, and some megabytes. What it returns puts that back.
func spendMemory() (restore func()) {
	const percent = 400
	before := debug.SetGCPercent(percent)
	return func() { debug.SetGCPercent(before) }
}
