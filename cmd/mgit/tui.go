package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/tui"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

func newTUICommand(c *call) *cobra.Command {
	return &cobra.Command{
		Use:     "tui",
		Short:   "Open the full-screen interface",
		GroupID: groupLook,
		Args:    words(),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.tui(cmd.Context()) },
	}
}

// tui shows the screen. It wants a terminal.
func (c *call) tui(ctx context.Context) error {
	if !c.stdinTTY || !c.stdoutTTY {
		return &usageError{text: "mgit tui needs a terminal", hint: "`mgit status` prints what the first screen shows"}
	}
	keys, err := keymap.New(nil)
	if err != nil {
		return err
	}
	look, err := theme.New("auto")
	if err != nil {
		return err
	}
	sites := screen.NewSites(func(ctx context.Context) (*job.Site, error) { return c.openSite(ctx, false) })
	defer sites.Close()
	host := &screen.Host{
		Keys: keys, Theme: look, Sites: sites, Series: c.flags.series, Allow: c.flags.allow, Now: time.Now, Version: buildVersion(),
		Explain: func(err error) (text, hint string) {
			f := explain(err)
			return f.Text, f.Hint
		},
	}
	return tui.Run(ctx, tui.Options{Host: host, Input: c.stdin, Output: c.stdout, Env: c.vars})
}
