package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"mgit/internal/job"
)

func newInitCommand(c *call) *cobra.Command {
	var request job.InitRequest
	cmd := &cobra.Command{
		Use:     "init",
		Short:   "Set this clone up: remotes, naming scheme, series, targets",
		GroupID: groupSetUp,
		Args:    words(),
		Long: `Looks at the branches, tags and remotes of this clone and proposes the settings of the site, each
with its reason. They are written to a branch of their own, ` + "`mgit`" + `, which the team shares; where an
internal remote has that branch already, it is taken over. Given again, it proposes what is missing.

A remote becomes public only when you say so, with --public or on the terminal. Then a pre-push hook
is installed that asks mgit what may go there. ` + "`mgit undo`" + ` takes all of it back.`,
		Example: `  mgit init
  mgit init --yes --customer LUVLE --internal origin`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.init(cmd.Context(), request) },
	}
	f := cmd.Flags()
	f.StringVar(&request.Customer, "customer", "", "how the `name` of every branch of the site begins, like LUVLE")
	f.StringVar(&request.Scheme, "scheme", "", "the `template` of branch names")
	f.StringArrayVar(&request.Upstream, "upstream", nil, "this `remote` is Moodle's; nothing is pushed there")
	f.StringArrayVar(&request.Internal, "internal", nil, "this `remote` is your own; may be repeated")
	f.StringArrayVar(&request.Public, "public", nil, "this `remote` is seen by the community; may be repeated")
	f.StringArrayVar(&request.Integration, "integration", nil, "this `remote` is Moodle's integration repository; nothing is pushed there")
	return cmd
}

func (c *call) init(ctx context.Context, request job.InitRequest) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	request.DryRun = c.flags.dryRun
	request.Program = ownProgram()
	report, run, err := c.initWith(ctx, site, request)
	if err != nil {
		return err
	}
	for _, w := range report.Warnings {
		c.warn(w.ID, w.Text)
	}
	return c.answer(ctx, answer{result: report, run: run, text: func(w io.Writer, p palette) error {
		return c.writeInit(w, p, report, run)
	}})
}

// initWith shows what was found, asks, and writes it.
func (c *call) initWith(ctx context.Context, site *job.Site, request job.InitRequest) (*job.InitReport, int, error) {
	if c.flags.dryRun || c.flags.yes {
		return job.Init(ctx, site, request)
	}
	plan, err := job.PlanInit(ctx, site, request)
	if err != nil {
		return nil, 0, err
	}
	if !c.canAsk() {
		if plan.NothingToDo() {
			return plan.Report(), 0, nil
		}
		if !c.flags.json {
			if err := c.writeProposals(c.stderr, c.errPalette(), plan.Report()); err != nil {
				return nil, 0, err
			}
		}
		return nil, 0, &usageError{id: "needs-answer", text: "there is nobody to ask whether these settings are right", hint: "--yes takes them; --dry-run only shows them"}
	}
	for _, o := range plan.Report().Offers {
		fmt.Fprintf(c.stderr, "%s %s\n", printable(o.Remote), printable(o.Reason))
		isPublic, err := c.confirm(ctx, question{
			text:     fmt.Sprintf("Is %s public, does the community see what is pushed there?", printable(o.URL)),
			proposal: "no", flag: "--public " + o.Remote,
		})
		if err != nil {
			return nil, 0, err
		}
		if isPublic {
			request.Public = append(request.Public, o.Remote)
		}
	}
	if len(plan.Report().Offers) > 0 {
		if plan, err = job.PlanInit(ctx, site, request); err != nil {
			return nil, 0, err
		}
	}
	if plan.NothingToDo() {
		return plan.Report(), 0, nil
	}
	if err := c.writeProposals(c.stderr, c.errPalette(), plan.Report()); err != nil {
		return nil, 0, err
	}
	take, err := c.confirm(ctx, question{text: "Write these settings?", proposal: "yes", flag: "--yes"})
	if err != nil {
		return nil, 0, err
	}
	if !take {
		return nil, 0, &usageError{text: "nothing was written", hint: "the flags of `mgit init` say what it cannot find out: mgit init --help"}
	}
	return job.Init(ctx, site, request)
}

// canAsk reports whether there is somebody to answer a question.
func (c *call) canAsk() bool { return c.stdinTTY && c.stderrTTY && !c.flags.json }

// ownProgram is where this mgit lies, for the hook; "" when it is a build that
// will be gone, as with go run.
func ownProgram() string {
	path, err := os.Executable()
	if err != nil || strings.HasPrefix(path, os.TempDir()) {
		return ""
	}
	return path
}

func (c *call) writeProposals(w io.Writer, p palette, report *job.InitReport) error {
	switch report.Branch {
	case job.BranchAdopted:
		fmt.Fprintf(w, "The mgit branch of %s holds the site's settings and is taken over.\n", printable(report.AdoptedFrom))
	case job.BranchMade:
		fmt.Fprintln(w, "There is no mgit branch yet. These settings were found:")
	}
	for _, s := range report.Proposals {
		fmt.Fprintf(w, "  %s = %s\n      %s\n", printable(s.Key), p.strong(printable(s.Value)), p.faint(printable(s.Reason)))
	}
	if report.Guard.State == job.GuardProposed {
		fmt.Fprintf(w, "A pre-push hook will guard what leaves this clone: %s\n", printable(report.Guard.Hook))
	}
	return nil
}

func (c *call) writeInit(w io.Writer, p palette, report *job.InitReport, run int) error {
	if run == 0 && !c.flags.dryRun {
		fmt.Fprintln(w, p.strong("Nothing to do: this clone is set up."))
		c.writeInitRest(w, p, report)
		return nil
	}
	if err := c.writeProposals(w, p, report); err != nil {
		return err
	}
	if len(report.Proposals) == 0 && report.Branch == job.BranchKept && report.Guard.State != job.GuardProposed {
		fmt.Fprintln(w, p.strong("There would be nothing to do."))
	}
	c.writeInitRest(w, p, report)
	var text string
	switch {
	case c.flags.dryRun:
		text = "Nothing was written."
	case report.Branch == job.BranchAdopted:
		text = fmt.Sprintf("This clone works with the mgit branch of %s now. This was run %d.", printable(report.AdoptedFrom), run)
	default:
		text = fmt.Sprintf("Written to the branch mgit. This was run %d; `mgit undo` takes it back.", run)
	}
	fmt.Fprintln(w, p.strong(text))
	if !c.flags.dryRun {
		fmt.Fprintf(w, "%s of %s. Next: mgit status, or mgit triage TAG to see what an upgrade would bring.\n",
			upperFirst(plural(report.Branches, "branch")), printable(report.Customer))
	}
	return nil
}

// writeInitRest says what a person has to look at.
func (c *call) writeInitRest(w io.Writer, p palette, report *job.InitReport) {
	if len(report.Misnamed) > 0 {
		fmt.Fprintf(w, "%s nearly of the naming scheme and left alone:\n", isOrAre(len(report.Misnamed), "branch"))
		for _, m := range report.Misnamed {
			fmt.Fprintf(w, "  %s: %s\n", printable(m.Name), printable(m.Reason))
		}
	}
	for _, o := range report.Offers {
		fmt.Fprintf(w, "%s has no role: it %s. If the community sees it: mgit init --public %s\n", printable(o.Remote), o.Reason, printable(o.Remote))
	}
	if len(report.Pending) > 0 {
		fmt.Fprintf(w, "%s that came with the mgit branch not in force yet: mgit config trust shows and confirms them.\n", isOrAre(len(report.Pending), "setting"))
	}
	if report.Guard.State == job.GuardMissing {
		fmt.Fprintf(w, "%s %s.\n  Call this from your own pre-push hook: mgit check --push \"$1\" \"$2\"\n",
			p.attention("The push guard is missing:"), printable(report.Guard.Reason))
	}
}

func isOrAre(n int, word string) string {
	if n == 1 {
		return "1 " + word + " is"
	}
	return plural(n, word) + " are"
}

func upperFirst(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
