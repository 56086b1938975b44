package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"mgit/internal/job"
)

func newConfigCommand(c *call) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "config",
		Short:   "Show, check, change and confirm the settings",
		GroupID: groupSetUp,
		Args:    noWord,
		Long: `Settings come from git config, your own file, the branch mgit that the team shares, this clone's
file, and MGIT_ variables; the last one wins, key by key. What opens a gate (roles of remotes, addresses
of trackers and plugins, what is public) and arrived with the mgit branch is in force only once it
was confirmed in this clone.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newConfigShowCommand(c), newConfigCheckCommand(c), newConfigEditCommand(c), newConfigTrustCommand(c))
	return cmd
}

func newConfigShowCommand(c *call) *cobra.Command {
	return &cobra.Command{
		Use:   "show [KEY]",
		Short: "Show the settings in force and where each comes from",
		Args:  words("[KEY]"),
		Long: `Lists every setting in force with its value in TOML and its source, and what waits to be confirmed.
With KEY only that one and those below it.`,
		Example: `  mgit config show
  mgit config show remote`,
		RunE: func(cmd *cobra.Command, args []string) error {
			site, err := c.open(cmd.Context())
			if err != nil {
				return err
			}
			defer site.Close()
			report := job.ShowConfig(site, argument(args))
			if len(args) > 0 && len(report.Settings)+len(report.Pending) == 0 {
				return &usageError{text: fmt.Sprintf("%q is not set", args[0]), hint: "`mgit config show` lists all settings"}
			}
			return c.answer(cmd.Context(), answer{result: report, text: func(w io.Writer, p palette) error {
				return c.writeSettings(w, p, report)
			}})
		},
	}
}

func argument(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

func (c *call) writeSettings(w io.Writer, p palette, report *job.ConfigReport) error {
	t := table{columns: []column{{title: "setting"}, {title: "value", elastic: true}, {title: "from"}}}
	for _, s := range report.Settings {
		from := s.Source
		if strings.HasSuffix(from, " mgit."+s.Key) {
			from = s.Layer // the key says the rest
		}
		t.add(printable(s.Key), printable(s.Value), p.faint(printable(from)))
	}
	if err := t.writeTo(w, p, c.tableWidth()); err != nil {
		return err
	}
	if len(report.Pending) > 0 {
		fmt.Fprintf(w, "\n%s\n", p.attention("Not in force, since it arrived on the mgit branch and was not confirmed here:"))
		writeDifference(w, p, report.Pending)
		fmt.Fprintln(w, "mgit config trust    confirms it")
	}
	return nil
}

// writeDifference shows values as they were confirmed and as they arrived.
func writeDifference(w io.Writer, p palette, pending []job.PendingInfo) {
	for _, d := range pending {
		fmt.Fprintf(w, "  %s\n", printable(d.Key))
		if d.Old != "" {
			fmt.Fprintf(w, "    %s\n", p.bad("- "+printable(d.Old)))
		}
		if d.New != "" {
			fmt.Fprintf(w, "    %s\n", p.good("+ "+printable(d.New)))
		}
	}
}

func newConfigCheckCommand(c *call) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Validate all files of settings",
		Args:  words(),
		Long: `Reads git config, your own files and every file on the mgit branch, and names what is wrong by file,
line and key. Ends with 5 when something is.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			site, err := c.openDespite(cmd.Context())
			if err != nil {
				return err
			}
			defer site.Close()
			report, err := job.CheckConfig(cmd.Context(), site)
			if err != nil {
				return err
			}
			exit := exitDone
			if len(report.Problems) > 0 {
				exit = exitFound
			}
			return c.answer(cmd.Context(), answer{result: report, exit: exit, text: func(w io.Writer, p palette) error {
				writeProblems(w, p, report)
				return nil
			}})
		},
	}
}

func writeProblems(w io.Writer, p palette, report *job.ConfigCheck) {
	for _, f := range report.Problems {
		place := printable(f.File)
		if f.Line > 0 {
			place += fmt.Sprintf(":%d", f.Line)
		}
		if place != "" {
			place = p.strong(place) + ": "
		}
		if f.Key != "" {
			place += printable(f.Key) + ": "
		}
		fmt.Fprintf(w, "%s%s\n", place, printable(f.Text))
		if f.Suggestion != "" {
			fmt.Fprintf(w, "  did you mean %s?\n", printable(f.Suggestion))
		}
	}
	if len(report.Problems) == 0 {
		fmt.Fprintln(w, "All settings are in order.")
	}
}

func newConfigTrustCommand(c *call) *cobra.Command {
	return &cobra.Command{
		Use:   "trust",
		Short: "Confirm what arrived on the mgit branch and opens a gate",
		Args:  words(),
		Long: `Shows what the mgit branch says about roles of remotes, addresses of trackers and plugins and about what is
public, as a difference from what was confirmed in this clone before, and asks whether it shall be in
force here. For CI, where nobody can be asked, MGIT_TRUST=COMMIT confirms the mgit branch at exactly
that commit.`,
		Example: `  mgit config trust --dry-run
  mgit config trust --yes`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.trust(cmd.Context()) },
	}
}

func (c *call) trust(ctx context.Context) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	report, err := job.PlanTrust(ctx, site)
	if err != nil {
		return err
	}
	if len(report.Pending) > 0 && !c.flags.dryRun {
		if !c.flags.yes && !c.flags.json {
			writeDifference(c.stderr, c.errPalette(), report.Pending)
		}
		take, err := c.confirm(ctx, question{text: "Is this right, and shall it be in force in this clone?", proposal: "yes", flag: "--yes after `mgit config trust --dry-run`"})
		if err != nil {
			return err
		}
		if take {
			if err := job.ConfirmTrust(ctx, site, report); err != nil {
				return err
			}
		}
	}
	return c.answer(ctx, answer{result: report, text: func(w io.Writer, p palette) error {
		c.writeTrust(w, p, report)
		return nil
	}})
}

func (c *call) writeTrust(w io.Writer, p palette, report *job.TrustReport) {
	if len(report.Pending) == 0 {
		fmt.Fprintln(w, "Nothing waits to be confirmed.")
	} else {
		writeDifference(w, p, report.Pending)
		text := "Nothing was confirmed."
		if report.Confirmed {
			text = fmt.Sprintf("Confirmed: %s in force in this clone.", isOrAre(len(report.Pending), "value"))
		}
		fmt.Fprintln(w, p.strong(text))
	}
	switch report.Guard.State {
	case job.GuardProposed:
		fmt.Fprintln(w, "A remote is public, and the push guard is missing: mgit init installs it.")
	case job.GuardMissing:
		fmt.Fprintf(w, "A remote is public, and the push guard is missing: %s.\n", printable(report.Guard.Reason))
	}
}
