package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The groups under which `mgit help` lists the commands.
const (
	groupUpgrade = "upgrade"
	groupLook    = "look"
	groupTargets = "targets"
	groupLive    = "live"
	groupSetUp   = "setup"
)

// newRoot builds the whole command tree for one call.
func newRoot(c *call) *cobra.Command {
	var version bool
	var look screenFlags
	root := &cobra.Command{
		Use:   "mgit",
		Short: "Move every change of a Moodle site to the next Moodle release",
		Long: `mgit keeps every change of a Moodle site as its own Git branch on one upstream tag, moves the
whole set to the next Moodle release in one step, and shows what became of each.`,
		Args:          noWord,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return c.begin(cmd)
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if version {
				return runVersion(cmd.Context(), c)
			}
			if c.opensScreen() {
				c.command = "tui"
				return c.tui(cmd.Context(), look, nil)
			}
			c.command = "status"
			return c.status(cmd.Context(), false, false)
		},
	}
	root.SetOut(c.stdout)
	root.SetErr(c.stderr)
	root.SetIn(c.stdin)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		c.command = commandName(cmd)
		return flagError(cmd, err)
	})
	root.AddGroup(
		&cobra.Group{ID: groupUpgrade, Title: "Moving branches:"},
		&cobra.Group{ID: groupTargets, Title: "Between two upgrades:"},
		&cobra.Group{ID: groupLook, Title: "Looking:"},
		&cobra.Group{ID: groupLive, Title: "What a site runs:"},
		&cobra.Group{ID: groupSetUp, Title: "Setting up:"},
	)
	root.Flags().BoolVar(&version, "version", false, "print the version")
	look.add(root.Flags())
	addCommonFlags(root.PersistentFlags(), &c.flags)

	root.AddCommand(
		newInitCommand(c),
		newConfigCommand(c),
		newNewCommand(c),
		newPickCommand(c),
		newCheckCommand(c),
		newRebaseAllCommand(c),
		newTriageCommand(c),
		newPlanCommand(c),
		newConflictCommand(c),
		newResolveCommand(c),
		newTakeCommand(c),
		newContinueCommand(c),
		newSkipCommand(c),
		newAbortCommand(c),
		newAssembleCommand(c),
		newMinorCommand(c),
		newReleaseCommand(c),
		newPackageCommand(c),
		newDisposeCommand(c),
		newNoteCommand(c),
		newSupportCommand(c),
		newUpgradeCommand(c),
		newTrackerCommand(c),
		newUndoCommand(c),
		newRunsCommand(c),
		newStatusCommand(c),
		newTUICommand(c),
		newConflictsCommand(c),
		newShowCommand(c),
		newPinCommand(c),
		newPluginsCommand(c),
		newCorehackReportCommand(c),
		newSitesCommand(c),
		newWhyCommand(c),
		newDecideCommand(c),
		newEnvCommand(c),
		newPushCommand(c),
		newSyncCommand(c),
		newDisputesCommand(c),
		newResolutionsCommand(c),
		newHooksCommand(c),
		newDoctorCommand(c),
		newDemoCommand(c),
		newVersionCommand(c),
	)
	root.AddCommand(extraCommands()...)
	if c.extra != nil {
		root.AddCommand(c.extra()...)
	}
	root.SetHelpCommand(newHelpCommand(c))
	root.SetCompletionCommandGroupID(groupSetUp)
	root.InitDefaultCompletionCmd()
	layOutHelp(c, root)
	return root
}

func addCommonFlags(set *pflag.FlagSet, f *flags) {
	set.SortFlags = false
	set.BoolVar(&f.json, "json", f.json, "answer with one JSON object on standard output")
	set.BoolVarP(&f.dryRun, "dry-run", "n", false, "do everything but write; same answer, same exit code")
	set.BoolVar(&f.yes, "yes", false, "take the proposed answer to every question")
	set.StringVar(&f.series, "series", "", "the Moodle `series` to work in, like 4.5")
	set.StringVarP(&f.dir, "directory", "C", "", "work in the clone at `dir`")
	set.StringVar(&f.config, "config", "", "read this configuration `file` in place of the user's own")
	set.BoolVarP(&f.quiet, "quiet", "q", false, "no progress and no remarks")
	set.BoolVarP(&f.verbose, "verbose", "v", false, "print the git commands that run")
	set.StringVar(&f.color, "color", colorAuto, "`when` to use colours: auto, always or never")
	set.BoolVar(&f.noPager, "no-pager", false, "never start a pager")
	set.StringArrayVar(&f.allow, "allow", nil, "waive the refusal of this `name`; may be repeated")
}

// noWord is the Args of a command whose words are all subcommands.
func noWord(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	help := "`" + cmd.CommandPath() + " --help` lists the commands"
	if !cmd.HasParent() {
		help = "`mgit help` lists the commands"
	}
	var names []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return &usageError{
		text: fmt.Sprintf("%q is not a command of %s", args[0], cmd.CommandPath()),
		hint: joinHints(didYouMean(closest(args[0], names)), help),
	}
}

// words is the Args of a command that takes the named arguments: "TAG" must be given, "[TAG]" may
// be left out, and a last "[BRANCH…]" takes any number.
func words(names ...string) cobra.PositionalArgs {
	required := 0
	for _, name := range names {
		if !strings.HasPrefix(name, "[") {
			required++
		}
	}
	unlimited := len(names) > 0 && strings.Contains(names[len(names)-1], "…")
	return func(cmd *cobra.Command, args []string) error {
		use := "usage: " + strings.TrimSuffix(cmd.UseLine(), " [flags]")
		switch {
		case len(args) < required:
			return &usageError{text: fmt.Sprintf("%s needs %s", cmd.CommandPath(), names[len(args)]), hint: use}
		case len(args) > len(names) && !unlimited:
			return &usageError{text: fmt.Sprintf("%s does not know what to do with %q", cmd.CommandPath(), args[len(names)]), hint: use}
		}
		return nil
	}
}

// flagError turns what pflag complains about into wrong usage with advice.
func flagError(cmd *cobra.Command, err error) error {
	name := strings.TrimSpace("mgit " + commandName(cmd))
	hint := "`" + name + " --help` lists the flags"
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "" {
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, "--"+f.Name) })
		cmd.InheritedFlags().VisitAll(func(f *pflag.Flag) { known = append(known, "--"+f.Name) })
		slices.Sort(known)
		typed := "--" + unknown.GetSpecifiedName()
		return &usageError{
			text: fmt.Sprintf("%s has no flag %s", name, typed),
			hint: joinHints(didYouMean(closest(typed, slices.Compact(known))), hint),
		}
	}
	return &usageError{text: err.Error(), hint: hint}
}

func joinHints(hints ...string) string {
	hints = slices.DeleteFunc(hints, func(hint string) bool { return hint == "" })
	return strings.Join(hints, "\n")
}
