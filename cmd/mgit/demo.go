package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"mgit/internal/demo"
	"mgit/internal/git"
	"mgit/internal/job"
)

// defaultDemo is where the demo goes when no folder is named.
const defaultDemo = "mgit-demo"

// demoTag is the release the demo moves to.
const demoTag = "v4.5.0"

func newDemoCommand(c *call) *cobra.Command {
	return &cobra.Command{
		Use:     "demo [DIR]",
		Short:   "Build a small Moodle-like site to try mgit on",
		GroupID: groupSetUp,
		Args:    words("[DIR]"),
		Long: `Builds a site from generated content below DIR (default: ` + defaultDemo + `): an upstream with Moodle's
releases in miniature, a clone with two dozen branches, the institution's own remote and a live tree.
Then it runs mgit init, which gets records of the branches to begin with, and mgit rebase-all ` + demoTag + `. It needs no network, touches nothing outside
DIR, and makes the same commits every time.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.demo(cmd.Context(), append(args, defaultDemo)[0])
		},
	}
}

// demoResult is the answer to --json.
type demoResult struct {
	Dir      string            `json:"dir"`
	Site     string            `json:"site"`
	Upstream string            `json:"upstream"`
	Internal string            `json:"internal"`
	Live     string            `json:"live"`
	Report   *job.RebaseReport `json:"report"`
}

func (c *call) demo(ctx context.Context, dir string) error {
	if c.flags.dryRun {
		return &usageError{text: "the demo is made of what it writes: it has no dry run", hint: "`mgit demo DIR` writes below DIR only"}
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(cmp.Or(c.flags.dir, "."), dir)
	}
	c.note("Building a site in %s …", dir)
	built, err := demo.Build(ctx, dir, demo.Params{})
	if err != nil {
		return err
	}
	report, run, err := c.demoRun(ctx, built.Site)
	if err != nil {
		return err
	}
	result := demoResult{
		Dir: built.Dir, Site: built.Site, Upstream: built.Upstream, Internal: built.Internal, Live: built.Live, Report: report,
	}
	return c.answer(ctx, answer{result: result, run: run, text: func(w io.Writer, p palette) error {
		if err := c.writeRebase(w, p, report, run, ""); err != nil {
			return err
		}
		return writeDemoNext(w, p, dir, report, run)
	}})
}

// demoRun sets the site up and moves its branches, as a user would.
func (c *call) demoRun(ctx context.Context, dir string) (*job.RebaseReport, int, error) {
	c.note("mgit init --yes, and a record for each change of core but one")
	site, err := c.openDemo(ctx, dir)
	if err != nil {
		return nil, 0, err
	}
	defer site.Close()
	if _, _, err := job.Init(ctx, site, job.InitRequest{Program: ownProgram(), Records: demo.Records()}); err != nil {
		return nil, 0, err
	}
	c.note("mgit rebase-all %s\n", demoTag)
	ready, err := c.openDemo(ctx, dir)
	if err != nil {
		return nil, 0, err
	}
	defer ready.Close()
	return job.RebaseAll(ctx, ready, job.RebaseAllRequest{Tag: demoTag}, false)
}

// openDemo opens the demo's site with a clock that stands still, so that the
// demo has the same commits on every machine, and without the user's settings.
func (c *call) openDemo(ctx context.Context, dir string) (*job.Site, error) {
	return job.Open(ctx, job.OpenRequest{Dir: dir, Git: git.Options{
		Log: c.traceGit(),
		Env: []string{
			"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
			"GIT_COMMITTER_DATE=" + demo.Today, "GIT_AUTHOR_DATE=" + demo.Today,
		},
	}})
}

// writeDemoNext says what to try, in the order of an upgrade.
func writeDemoNext(w io.Writer, p palette, dir string, report *job.RebaseReport, run int) error {
	parked := ""
	for _, b := range report.Branches {
		if b.Outcome == "conflict" && strings.Contains(b.Name, "forum") {
			parked = b.Name
		}
	}
	type line struct{ command, what string }
	var lines []line
	if _, err := exec.LookPath("mgit"); err != nil {
		lines = append(lines, line{"go install ./cmd/mgit", "once, so that mgit is on your PATH ($(go env GOPATH)/bin)"})
	}
	lines = append(lines, []line{
		{"cd " + filepath.Join(dir, "site"), ""},
		{"mgit status", "every branch, its base and where it is merged"},
		{"mgit show " + parked, "one branch in full"},
		{"mgit check --all", "what the rules find in the branches: two things, which are there to be found"},
		{"mgit resolve " + parked, "the conflict in a worktree of its own"},
		{"mgit continue", "when it is resolved there"},
		{"mgit rebase-all " + demoTag, "again: only what is missing"},
		{"mgit assemble test --series 4.5", "the moved branches merged into one, for the test server"},
		{"mgit assemble deployment --check", "what production lacks of the branches, and has beyond them"},
		{"mgit minor --check", "is there a patch release of Moodle to take?"},
		{"mgit conflicts", "which branches get in each other's way"},
		{fmt.Sprintf("mgit undo %d", run), "takes all that was moved back"},
		{"git log --oneline --graph mgit", "what the team shares"},
		{"mgit corehack-report ../live", "a live tree beside the clone: what differs from the official code, and why"},
		{"mgit why mod/page/view.php:37 --tree ../live", "where a line of it comes from"},
	}...)
	fmt.Fprintf(w, "\n%s\n", p.strong("Try next:"))
	for _, l := range lines {
		fmt.Fprintf(w, "  %s\n", l.command)
		if l.what != "" {
			fmt.Fprintf(w, "      %s\n", p.faint(l.what))
		}
	}
	return nil
}
