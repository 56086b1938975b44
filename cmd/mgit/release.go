package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"mgit/internal/job"
)

func newReleaseCommand(c *call) *cobra.Command {
	var request job.ReleaseRequest
	var sign bool
	cmd := &cobra.Command{
		Use:     "release TARGET",
		Short:   "Tag a target with a manifest from which it can be made again",
		GroupID: groupTargets,
		Args:    words("TARGET"),
		Long: `Tags a target, most often the deployment of a series. The name is the next free one by the template
release.tag in mgit.toml. The message of the tag is a manifest: base, upstream tag, every branch with its
tip in the order of the merges, and what was settled by hand. Before it tags, mgit makes the release again
from that manifest in memory and compares the trees.

A target that is not proven, as ` + "`mgit assemble TARGET --check`" + ` says it, is refused. A tag that exists is
never moved. Nothing is pushed, and ` + "`mgit undo`" + ` takes the tag back.`,
		Example: `  mgit release deployment --dry-run
  mgit release LUVLE-4.5-deployment --sign
  mgit release verify lu-moodle-lu_v4.5.5-0`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Target, request.Series, request.Allow = args[0], c.flags.series, c.flags.allow
			request.DryRun, request.Tool = c.flags.dryRun, "mgit "+buildVersion()
			if cmd.Flags().Changed("sign") {
				request.Sign = job.SignNever
				if sign {
					request.Sign = job.SignAlways
				}
			}
			return c.release(cmd.Context(), request)
		},
	}
	cmd.Flags().StringVar(&request.Tag, "tag", "", "the `name` of the tag, in place of the next one by the template")
	cmd.Flags().BoolVar(&sign, "sign", false, "sign the tag (default: as tag.gpgSign of git config says)")
	cmd.AddCommand(newReleaseListCommand(c), newReleaseVerifyCommand(c), newReleaseRebuildCommand(c), newReleaseDiffCommand(c))
	return cmd
}

func (c *call) release(ctx context.Context, request job.ReleaseRequest) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	report, run, err := job.Release(ctx, site, request)
	if report != nil {
		for _, w := range report.Warnings {
			c.warn(w.ID, w.Text)
		}
	}
	if err != nil {
		return err
	}
	return c.answer(ctx, answer{result: report, run: run, text: func(w io.Writer, p palette) error {
		c.writeRelease(w, p, report, run)
		return nil
	}})
}

func (c *call) writeRelease(w io.Writer, p palette, r *job.ReleaseReport, run int) {
	if c.flags.dryRun {
		fmt.Fprintf(w, "%s would be %s, with this message:\n\n", printable(r.Target), p.strong(printable(r.Tag)))
		fmt.Fprintln(w, r.Message)
		fmt.Fprintln(w, "Nothing was written.")
		return
	}
	fmt.Fprintf(w, "%s is %s now.\n", printable(r.Target), p.strong(printable(r.Tag)))
	signed := "not signed"
	if r.Signed {
		signed = "signed"
	}
	c.writeFactLines(w, p, []fact{
		{"commit", r.Commit.String()},
		{"Moodle", printable(r.Upstream.Tag)},
		{"branches", fmt.Sprint(r.Branches)},
		{"manifest", fmt.Sprintf("%s, %s; made again from it, the tree is the same", formText(r.Form), plural(len(r.Steps), "step"))},
		{"tag", signed},
	})
	fmt.Fprintf(w, "This was run %d. It is local: nothing was pushed.\n", run)
}

func formText(form string) string {
	if form == "short" {
		return "the short form"
	}
	return "the long form"
}

func newReleaseVerifyCommand(c *call) *cobra.Command {
	return &cobra.Command{
		Use:   "verify TAG",
		Short: "Prove a release: make it again from its manifest alone",
		Args:  words("TAG"),
		Long: `Reads the manifest of a release and proves it: no line was altered, all that was merged is there and in
the history of the tag, the name fits, and made again from the manifest the release has the same tree. A
signature is reported. Exit code 5 says that something does not hold. Nothing is written.`,
		Example: `  mgit release verify lu-moodle-lu_v4.5.5-0`,
		RunE:    func(cmd *cobra.Command, args []string) error { return c.releaseVerify(cmd.Context(), args[0]) },
	}
}

func (c *call) releaseVerify(ctx context.Context, tag string) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	report, err := job.VerifyRelease(ctx, site, tag)
	if err != nil {
		return err
	}
	a := answer{result: report, text: func(w io.Writer, p palette) error {
		c.writeVerified(w, p, report)
		return nil
	}}
	if !report.Proven {
		a.exit = exitFound
	}
	return c.answer(ctx, a)
}

func (c *call) writeVerified(w io.Writer, p palette, r *job.VerifyReport) {
	for _, check := range r.Checks {
		sign := p.good("+")
		switch check.State {
		case "failed":
			sign = p.bad("x")
		case "skipped":
			sign = p.faint("-")
		}
		c.writeItem(w, sign+" "+check.Check+": "+printable(check.Text))
	}
	if r.Proven {
		fmt.Fprintln(w, p.strong(printable(r.Tag)+" is proven."))
		return
	}
	fmt.Fprintln(w, p.strong(printable(r.Tag)+" is not proven."))
}

func newReleaseRebuildCommand(c *call) *cobra.Command {
	var request job.RebuildRequest
	cmd := &cobra.Command{
		Use:   "rebuild TAG",
		Short: "Make a release again from its manifest",
		Args:  words("TAG"),
		Long: `Merges again what the manifest of a release lists, in memory, and compares the tree with that of the tag,
which is not read before. It needs the tag and nothing else: a clone that has only tags will do. With
--branch the merges are written as a branch. Exit code 5 says that the trees differ.`,
		Example: `  mgit release rebuild lu-moodle-lu_v4.5.5-0
  mgit release rebuild lu-moodle-lu_v4.5.5-0 --branch look-at-it`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Tag, request.DryRun = args[0], c.flags.dryRun
			return c.releaseRebuild(cmd.Context(), request)
		},
	}
	cmd.Flags().StringVar(&request.Branch, "branch", "", "write the result as a branch of this `name`")
	return cmd
}

func (c *call) releaseRebuild(ctx context.Context, request job.RebuildRequest) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	report, run, err := job.RebuildRelease(ctx, site, request)
	if err != nil {
		return err
	}
	a := answer{result: report, run: run, text: func(w io.Writer, p palette) error {
		c.writeRebuilt(w, p, report, run)
		return nil
	}}
	if !report.Identical {
		a.exit = exitFound
	}
	return c.answer(ctx, a)
}

func (c *call) writeRebuilt(w io.Writer, p palette, r *job.RebuildReport, run int) {
	name := printable(r.Tag)
	switch {
	case r.Identical:
		fmt.Fprintf(w, "%s %s on %s give the tree of %s:\n  %s\n",
			p.good("+"), plural(r.Steps, "step"), printable(r.Base.Tag), p.strong(name), r.Rebuilt)
	case r.Reason != "":
		c.writeItem(w, p.bad("x")+" "+name+" cannot be made again: "+printable(r.Reason))
	default:
		fmt.Fprintf(w, "%s made again, %s is another tree:\n  %s\n  %s is that of the tag\n", p.bad("x"), p.strong(name), r.Rebuilt, r.Tree)
	}
	switch {
	case r.Branch == "":
	case c.flags.dryRun:
		fmt.Fprintf(w, "It would be written as %s. Nothing was written.\n", printable(r.Branch))
	default:
		fmt.Fprintf(w, "%s is there now. This was run %d.\n", printable(r.Branch), run)
	}
}
