package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"mgit/internal/job"
)

func newEnvCommand(c *call) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "env",
		Short:   "Look after the version pins in .env files",
		GroupID: groupLive,
		Args:    noWord,
		Long: `Container builds pin Moodle and its plugins in .env files: MOODLE_GIT_HEAD or MOODLE_CORE_GIT_HEAD, and
MOODLE_PLUGIN_NAME_GIT_HEAD for each plugin. These commands say what is pinned, prove it, bring it up to date,
and take it over from staging to production. Which plugin a NAME is stands in plugins.toml and is never guessed.

A file is named by its path, by the site it belongs to, or by an environment that one site only is on; without a
word the files of all sites are meant (env_file in sites.toml). Of a file nothing changes but values and the
comments that claim something about them, and of what stands there beside pins nothing is ever shown.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newEnvShowCommand(c), newEnvCheckCommand(c), newEnvBumpCommand(c), newEnvPromoteCommand(c))
	return cmd
}

func newEnvShowCommand(c *call) *cobra.Command {
	var request job.EnvRequest
	cmd := &cobra.Command{
		Use:   "show [FILE|SITE…]",
		Short: "Show what .env files pin",
		Args:  words("[FILE|SITE…]"),
		Long: `Lists each pin with what it is a pin of, its value, and what that is as far as this clone knows: Moodle's
commits by their version.php, plugins' only where their commits are here. No remote is asked.`,
		Example: `  mgit env show
  mgit env show deploy/staging.env`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Files = args
			return c.envShow(cmd.Context(), request)
		},
	}
	cmd.Flags().StringVar(&request.Site, "site", "", "the file of this `site` alone")
	return cmd
}

func (c *call) envShow(ctx context.Context, request job.EnvRequest) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	bar := c.newFileProgress()
	request.Progress = bar.report
	r, err := job.EnvShow(ctx, site, request)
	bar.finish()
	if err != nil {
		return err
	}
	c.warnAll(r.Warnings)
	return c.answer(ctx, answer{result: r, text: func(w io.Writer, p palette) error {
		for i, f := range r.Files {
			if i > 0 {
				fmt.Fprintln(w)
			}
			writeEnvTitle(w, p, f.EnvPlace)
			if err := c.writePins(w, p, f.Pins); err != nil {
				return err
			}
		}
		return nil
	}})
}

func (c *call) warnAll(all []job.Warning) {
	for _, w := range all {
		c.warn(w.ID, w.Text)
	}
}

func newEnvCheckCommand(c *call) *cobra.Command {
	var request job.EnvCheckRequest
	cmd := &cobra.Command{
		Use:   "check [FILE|SITE…]",
		Short: "Prove that the pins exist and are what the comments say",
		Args:  words("[FILE|SITE…]"),
		Long: `Moodle's commit has to be in this clone and upstream's, and to be the release, on the branch, that the comment
above claims; fetch upstream first. A plugin's tag or commit has to be in the plugin's repository, which is
asked. A branch moves and pins nothing; a commit has to be named in full.

Ends with 5 when something is wrong, else with 9 when a repository did not answer.`,
		Example: `  mgit env check
  mgit env check staging --offline`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Files = args
			return c.envCheck(cmd.Context(), request)
		},
	}
	cmd.Flags().StringVar(&request.Site, "site", "", "the file of this `site` alone")
	addRemoteFlags(cmd, &request.Offline, &request.Timeout)
	return cmd
}

func addRemoteFlags(cmd *cobra.Command, offline *bool, timeout *time.Duration) {
	cmd.Flags().BoolVar(offline, "offline", false, "ask no remote; what is not looked at is said")
	cmd.Flags().DurationVar(timeout, "timeout", 30*time.Second, "how `long` a remote may take to answer")
}

func checkTimeout(timeout time.Duration) error {
	if timeout <= 0 {
		return &usageError{text: fmt.Sprintf("--timeout %v: a remote needs some time to answer", timeout), hint: "30s is half a minute"}
	}
	return nil
}

func (c *call) envCheck(ctx context.Context, request job.EnvCheckRequest) error {
	if err := checkTimeout(request.Timeout); err != nil {
		return err
	}
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	bar := c.newFileProgress()
	request.Progress = bar.report
	r, err := job.EnvCheck(ctx, site, request)
	bar.finish()
	if err != nil {
		return err
	}
	c.warnAll(r.Warnings)
	c.warnUnreachable(r.Unreachable)
	exit := exitDone
	switch {
	case r.Findings() > 0:
		exit = exitFound
	case len(r.Unreachable) > 0:
		exit = exitUnreachable
	}
	return c.answer(ctx, answer{result: r, exit: exit, text: func(w io.Writer, p palette) error {
		return c.writeEnvCheck(w, p, r)
	}})
}

func (c *call) warnUnreachable(all []job.EnvUnreachable) {
	for _, u := range all {
		c.warn("unreachable", fmt.Sprintf("the repository of %s (%s) did not answer: %s", printable(u.Component), printable(u.URL), printable(u.Reason)))
	}
}

func newEnvBumpCommand(c *call) *cobra.Command {
	var request job.EnvBumpRequest
	cmd := &cobra.Command{
		Use:   "bump [FILE|SITE…] [VARIABLE=VALUE…]",
		Short: "Bring the pins of .env files up to date",
		Args:  words("[FILE|SITE…]", "[VARIABLE=VALUE…]"),
		Long: `Moodle goes to the newest release of its series that is here and old enough (minor.min_age_days, minor.security
in mgit.toml), with --weekly to the newest commit of the stable branch, or to the tag or commit of --to; fetch upstream
first. A plugin goes to the newest of its tags that plugins.toml calls a release. Nothing goes back, and to another series
only with --to. VARIABLE=VALUE sets one pin. The comment above is rewritten in its own style.

Without --core, --plugin, --weekly, --to or VARIABLE=VALUE all pins are meant. The files are written at the end, all or
none where something is refused; git takes that back, mgit undo does not.`,
		Example: `  mgit env bump --dry-run
  mgit env bump staging --core --weekly
  mgit env bump staging MOODLE_PLUGIN_MOD_ATTENDANCE_GIT_HEAD=tags/v3.2.0`,
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, word := range args {
				if v, ok := job.ParseEnvValue(word); ok {
					request.Values = append(request.Values, v)
				} else {
					request.Files = append(request.Files, word)
				}
			}
			return c.envBump(cmd.Context(), request)
		},
	}
	f := cmd.Flags()
	f.StringVar(&request.Site, "site", "", "the file of this `site` alone")
	f.BoolVar(&request.Core, "core", false, "Moodle itself")
	f.StringArrayVar(&request.Plugins, "plugin", nil, "the plugin with this `component`; may be repeated")
	f.StringVar(&request.To, "to", "", "the `tag` or commit of upstream's that Moodle goes to")
	f.BoolVar(&request.Weekly, "weekly", false, "Moodle to the newest commit of the stable branch")
	addRemoteFlags(cmd, &request.Offline, &request.Timeout)
	return cmd
}

func (c *call) envBump(ctx context.Context, request job.EnvBumpRequest) error {
	if err := checkTimeout(request.Timeout); err != nil {
		return err
	}
	if request.To != "" && request.Weekly {
		return &usageError{text: "--to and --weekly both say where Moodle goes", hint: "give one of them"}
	}
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	request.Now, request.DryRun = time.Now(), c.flags.dryRun
	request.AllowDuplicate = slices.Contains(c.flags.allow, "duplicate-key")
	request.AllowDowngrade = slices.Contains(c.flags.allow, "downgrade")
	bar := c.newFileProgress()
	request.Progress = bar.report
	r, err := job.EnvBump(ctx, site, request)
	bar.finish()
	if err != nil {
		return err
	}
	c.warnAll(r.Warnings)
	c.warnUnreachable(r.Unreachable)
	exit := exitDone
	if len(r.Unreachable) > 0 {
		exit = exitUnreachable
	}
	return c.answer(ctx, answer{result: r, exit: exit, text: func(w io.Writer, p palette) error {
		c.writeEnvBump(w, p, r)
		return nil
	}})
}

func newEnvPromoteCommand(c *call) *cobra.Command {
	var request job.EnvPromoteRequest
	cmd := &cobra.Command{
		Use:   "promote FROM TO",
		Short: "Take the pins of one .env file over into another",
		Args:  words("FROM", "TO"),
		Long: `The pins of FROM, staging for example, go into TO: Moodle and plugins, with the comments above. Pins that TO does
not have are listed, and added at its end with --add. The difference is shown, old and new.

--commit commits that file, and nothing else, in the repository that holds it, which may be another one than this
clone; --tag tags the commit. Nothing is pushed.`,
		Example: `  mgit env promote staging production --dry-run
  mgit env promote staging production --commit --tag production-2026-01-12`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.From, request.To = args[0], args[1]
			return c.envPromote(cmd.Context(), request)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&request.Add, "add", false, "add the pins that TO does not have")
	f.BoolVar(&request.Commit, "commit", false, "commit the file in its repository")
	f.StringVarP(&request.Message, "message", "m", "", "the `message` of the commit (default: what goes from where to where)")
	f.StringVar(&request.Tag, "tag", "", "tag the commit with this `name`")
	return cmd
}

func (c *call) envPromote(ctx context.Context, request job.EnvPromoteRequest) error {
	if request.Message != "" && !request.Commit {
		return &usageError{text: "--message is about the commit that --commit makes", hint: "give --commit too"}
	}
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	request.DryRun = c.flags.dryRun
	request.AllowDuplicate = slices.Contains(c.flags.allow, "duplicate-key")
	request.AllowDowngrade = slices.Contains(c.flags.allow, "downgrade")
	bar := c.newFileProgress()
	request.Progress = bar.report
	r, err := job.EnvPromote(ctx, site, request)
	bar.finish()
	if err != nil {
		return err
	}
	c.warnAll(r.Warnings)
	return c.answer(ctx, answer{result: r, text: func(w io.Writer, p palette) error {
		c.writeEnvPromote(w, p, r, request.Commit)
		return nil
	}})
}
