package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/job"
	"mgit/tui"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

// screenFlags are those of the screen, in place of the settings of the same names.
type screenFlags struct {
	readOnly bool
	noMouse  bool
	theme    string
}

func (f *screenFlags) add(set *pflag.FlagSet) {
	set.BoolVar(&f.readOnly, "read-only", false, "on the screen: look, and change nothing")
	set.BoolVar(&f.noMouse, "no-mouse", false, "on the screen: leave the mouse to the terminal")
	set.StringVar(&f.theme, "theme", "", "on the screen: `look` like this: "+strings.Join(theme.Names(), ", "))
}

func newTUICommand(c *call) *cobra.Command {
	var flags screenFlags
	var keys bool
	cmd := &cobra.Command{
		Use:     "tui [VIEW] [SUBJECT]",
		Short:   "Open the full-screen interface",
		GroupID: groupLook,
		Args:    words("[VIEW]", "[SUBJECT]"),
		Long: `Opens the screen, at a view where one is named: ` + strings.Join(viewNames(), ", ") + `. SUBJECT is what it
is to show, such as the name of a branch. Everything on it is also a command, and where there is no terminal to draw
on (TERM=dumb, MGIT_ACCESSIBLE=1) the command that prints the same on lines is run instead. Without a command,
` + "`mgit`" + ` opens it too.`,
		Example: `  mgit tui
  mgit tui upgrade --read-only
  mgit tui branches LUVLE-4.5-hack-mod_forum`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if keys {
				return c.screenKeys(cmd.Context())
			}
			return c.tui(cmd.Context(), flags, args)
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return viewNames(), cobra.ShellCompDirectiveNoFileComp
		},
	}
	flags.add(cmd.Flags())
	cmd.Flags().BoolVar(&keys, "keys", false, "print what the keys do, as Markdown, and end")
	return cmd
}

func viewNames() []string {
	var names []string
	for _, name := range keymap.Order()[1:] {
		names = append(names, string(name))
	}
	return names
}

// screenKeys prints the table of keys with the user's own.
func (c *call) screenKeys(ctx context.Context) error {
	var own map[string][]string
	if site, err := c.openDespite(ctx); err == nil {
		own = site.Config.Screen.Keys
		if err := site.Close(); err != nil {
			return err
		}
	}
	keys, err := keymap.New(own)
	if err != nil {
		return err
	}
	return c.answer(ctx, answer{text: print(keys.Markdown(3)), result: map[string]any{"markdown": keys.Markdown(3)}})
}

// opensScreen reports whether the screen can be drawn: there is a terminal at both ends, and it can do more
// than print lines.
func (c *call) opensScreen() bool { return c.hasTerminal() && !c.isDumb() && !c.flags.json }

func (c *call) hasTerminal() bool { return c.stdinTTY && c.stdoutTTY }

// tui shows the screen, or what prints the same on lines.
func (c *call) tui(ctx context.Context, flags screenFlags, args []string) error {
	args = append(slices.Clone(args), "", "")
	view, subject := keymap.Context(cmp.Or(args[0], string(keymap.Branches))), args[1]
	if !slices.Contains(viewNames(), string(view)) {
		return &usageError{
			text: fmt.Sprintf("the screen has no view %q", view),
			hint: joinHints(didYouMean(closest(string(view), viewNames())), "there are "+strings.Join(viewNames(), ", ")),
		}
	}
	if flags.theme != "" && !slices.Contains(theme.Names(), flags.theme) {
		return &usageError{text: fmt.Sprintf("--theme %q is not known", flags.theme), hint: "it takes " + strings.Join(theme.Names(), ", ")}
	}
	if !c.opensScreen() {
		return c.twin(ctx, view)
	}
	return c.openScreen(ctx, flags, view, subject)
}

// twin runs the command that prints on lines what the view would show. Without a terminal it only names it:
// a script that opens the screen means something else.
func (c *call) twin(ctx context.Context, view keymap.Context) error {
	host := &screen.Host{Sites: screen.NewSites(c.openForScreen(nil)), Series: c.flags.series, Now: time.Now, Explain: explained}
	var err error
	if host.Keys, err = keymap.New(nil); err != nil {
		return err
	}
	twin := tui.Twin(host, view)
	if !c.hasTerminal() || c.flags.json {
		return &usageError{text: "mgit tui needs a terminal", hint: "`mgit " + strings.Join(twin, " ") + "` prints what the screen shows"}
	}
	c.note("mgit %s", strings.Join(twin, " "))
	c.exit = run(ctx, c.env, append(c.commonArgs(), twin...))
	return nil
}

// commonArgs are the flags of this call that every command it runs has to have too.
func (c *call) commonArgs() []string {
	var args []string
	for _, f := range [][2]string{{"-C", c.flags.dir}, {"--config", c.flags.config}, {"--series", c.flags.series}} {
		if f[1] != "" {
			args = append(args, f[0], f[1])
		}
	}
	for _, name := range c.flags.allow {
		args = append(args, "--allow", name)
	}
	return args
}

// explained is an error in the command line's words.
func explained(err error) (text, hint string) {
	f := explain(err)
	return f.Text, f.Hint
}

// waivedBy is what --allow takes to go ahead all the same.
func waivedBy(err error) string {
	var refusal *job.Refusal
	if !errors.As(err, &refusal) || refusal.Final || !slices.Contains(waivable(), refusal.ID) {
		return ""
	}
	return refusal.ID
}

// openForScreen opens sites for the screen: quietly, with the git commands in its log, and so that no
// program of git's asks on the terminal.
func (c *call) openForScreen(log *tui.Log) func(context.Context) (*job.Site, error) {
	request := c.openRequest()
	request.Git = git.Options{Log: log.Add, Env: c.quietly(), Apart: true}
	return func(ctx context.Context) (*job.Site, error) {
		site, err := job.Open(ctx, request)
		if err == nil && site.Mended != nil {
			log.Note(site.Mended.String())
		}
		return site, err
	}
}

// quietly has ssh fail where it would ask for a password on the terminal that the screen is drawn on.
func (c *call) quietly() []string {
	env := []string{"SSH_ASKPASS_REQUIRE=force"}
	if c.get("SSH_ASKPASS") == "" {
		env = append(env, "SSH_ASKPASS=false")
	}
	return env
}

// openScreen shows the screen until it is left. The first site is opened before it, because it has the
// settings of the screen, and is lent to the first view, so that nothing is read twice.
func (c *call) openScreen(ctx context.Context, flags screenFlags, view keymap.Context, subject string) error {
	within, stop := signal.NotifyContext(ctx, syscall.SIGHUP)
	defer stop()
	log := &tui.Log{}
	open := c.openForScreen(log)
	sites := screen.NewSites(open)
	defer sites.Close()
	site, err := c.firstSite(within, open)
	if err != nil {
		return err
	}
	settings, stateDir := site.Config.Screen, site.Repo.StateDir()
	if len(site.Problems) > 0 { // the views say so; the site is none to work with
		if err := site.Close(); err != nil {
			return err
		}
	} else {
		sites.Keep(site)
	}
	options, err := c.screenOptions(log, settings, flags)
	if err != nil {
		return err
	}
	options.Host.Sites, options.View, options.Subject, options.Log = sites, view, subject, log
	options.Commands = &screenCommands{call: c, log: log}
	err = tui.Run(within, options)
	if within.Err() != nil && ctx.Err() == nil {
		if err == nil || errors.Is(err, context.Canceled) {
			return errors.New("the terminal has gone") // that it was cancelled for that is no news
		}
		return fmt.Errorf("the terminal has gone: %w", err)
	}
	return c.reported(stateDir, err)
}

// firstSite opens the site, also where its settings are wrong, so that the screen can say so.
func (c *call) firstSite(ctx context.Context, open func(context.Context) (*job.Site, error)) (*job.Site, error) {
	site, err := open(ctx)
	if problems := config.Problems(nil); isProblems(err, &problems) {
		return c.openDespite(ctx)
	}
	return site, err
}

// screenOptions are the settings, with what was given as flags in their place.
func (c *call) screenOptions(log *tui.Log, s config.Screen, flags screenFlags) (tui.Options, error) {
	keys, err := keymap.New(s.Keys)
	if err != nil {
		return tui.Options{}, err
	}
	name := cmp.Or(flags.theme, s.Theme)
	if !c.hasColor(c.flags.color, c.stdoutTTY) {
		name = "plain"
	}
	look, err := theme.New(name, s.Colors)
	if err != nil {
		return tui.Options{}, err
	}
	host := &screen.Host{
		Keys: keys, Theme: look, Series: c.flags.series, ReadOnly: s.ReadOnly || flags.readOnly, Allow: c.flags.allow,
		Tracker: c.beside(log, io.Discard).dialTracker(patient), Explain: explained, Waives: waivedBy, Now: time.Now, Version: buildVersion(), Settle: c.claim,
		Key:         func(config.Tracker) (string, error) { return c.get(trackerKeyVariable), nil },
		TellTracker: c.tellFromScreen(log), AfterMinor: c.afterMinorOnScreen(log),
	}
	o := tui.Options{Host: host, Input: c.stdin, Output: c.stdout, Env: c.childVars(), Mouse: s.Mouse && !flags.noMouse, Editor: c.editor}
	if name == "auto" {
		o.ThemeFor = func(isDark bool) theme.Theme {
			name := "light"
			if isDark {
				name = "dark"
			}
			fitting, err := theme.New(name, s.Colors)
			if err != nil {
				return look
			}
			return fitting
		}
	}
	return o, nil
}
