package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mgit/internal/job"
)

func newPackageCommand(c *call) *cobra.Command {
	var request job.PackageRequest
	var build bool
	var output string
	cmd := &cobra.Command{
		Use:     "package [TARGET]",
		Short:   "Merge a release into the packaging branch for Debian",
		GroupID: groupTargets,
		Args:    words("[TARGET]"),
		Long: `Merges the newest release of a target (the deployment of the series in use) into the packaging branch,
which alone holds debian/, and writes the entry of debian/changelog: the next version, which follows from
the release, and the branches that changed since the release that was packaged before. Both are made in
memory and are one run. The name of the branch and the version are templates in mgit.toml.

--build then runs dpkg-buildpackage -us -uc -b in a folder of its own; the packages go to the folder above
the work tree, or where --output says.`,
		Example: `  mgit package --dry-run
  mgit package --build --output /srv/packages
  mgit package --release lu-moodle-lu_v4.5.5-0`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Target, request.Series, request.DryRun = append(args, "")[0], c.flags.series, c.flags.dryRun
			request.Allow = c.flags.allow
			request.UpdateWorktrees = request.UpdateWorktrees || slices.Contains(c.flags.allow, "checked-out")
			if output != "" && !build {
				return &usageError{text: "--output says where packages go that are built", hint: "--build builds them"}
			}
			return c.packageRelease(cmd.Context(), request, build, output)
		},
	}
	f := cmd.Flags()
	f.StringVar(&request.Release, "release", "", "package this `tag`, in place of the newest release of the target")
	f.BoolVar(&request.UpdateWorktrees, "update-worktrees", false, "move the packaging branch together with a clean worktree that has it checked out")
	f.BoolVar(&build, "build", false, "build the packages with dpkg-buildpackage")
	f.StringVar(&output, "output", "", "put the packages into this `folder`")
	return cmd
}

// packaged is the answer: the report, and what was built.
type packaged struct {
	*job.PackageReport
	Built []string `json:"built"`
}

func (c *call) packageRelease(ctx context.Context, request job.PackageRequest, build bool, output string) error {
	program := ""
	if build {
		var err error
		if program, err = exec.LookPath("dpkg-buildpackage"); err != nil {
			return &usageError{text: "--build: there is no dpkg-buildpackage here", hint: "apt install dpkg-dev debhelper"}
		}
	}
	// What would stop the packages is found before the branch moves and a build takes minutes.
	if info, err := os.Stat(output); output != "" && (err != nil || !info.IsDir()) {
		return &usageError{text: "--output: " + output + " is no folder", hint: "packages go to a folder that is there"}
	}
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	report, run, err := job.Package(ctx, site, request)
	if err != nil {
		return err
	}
	for _, w := range report.Warnings {
		c.warn(w.ID, w.Text)
	}
	result := packaged{PackageReport: report, Built: []string{}}
	if build && !request.DryRun {
		if output == "" {
			output = filepath.Dir(cmp.Or(site.Repo.WorkTree(), site.Repo.CommonDir()))
		}
		if result.Built, err = job.BuildPackage(ctx, site, report, job.PackageBuild{Program: program, Env: c.childVars(), Output: output, Log: c.stderr}); err != nil {
			return err
		}
	}
	return c.answer(ctx, answer{result: result, run: run, text: func(w io.Writer, p palette) error {
		c.writePackaged(w, p, result, run)
		return nil
	}})
}

func (c *call) writePackaged(w io.Writer, p palette, r packaged, run int) {
	name := p.strong(printable(r.Source) + " " + printable(r.Version))
	switch {
	case r.Already:
		fmt.Fprintf(w, "%s has %s already, as %s.\n", printable(r.Branch), printable(r.Release), name)
	case c.flags.dryRun:
		fmt.Fprintf(w, "%s would be %s, with this entry:\n\n", printable(r.Branch), name)
	default:
		fmt.Fprintf(w, "%s is %s now, with this entry:\n\n", printable(r.Branch), name)
	}
	for line := range strings.Lines(r.Entry) {
		fmt.Fprintln(w, printable(strings.TrimRight(line, "\n")))
	}
	switch {
	case r.Already:
	case c.flags.dryRun:
		fmt.Fprintln(w, "Nothing was written.")
	default:
		fmt.Fprintf(w, "This was run %d. It is local: nothing was pushed.\n", run)
	}
	for _, file := range r.Built {
		fmt.Fprintf(w, "  built %s\n", printable(file))
	}
}
