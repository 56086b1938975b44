package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mgit/internal/job"
)

func newPinCommand(c *call) *cobra.Command {
	var request job.PinRequest
	cmd := &cobra.Command{
		Use:     "pin [PATH|REF]",
		Short:   "Find the official build that a tree was made from",
		GroupID: groupLive,
		Args:    words("[PATH|REF]"),
		Long: `Says which commit of Moodle's own history a tree was made from, how sure that is, and what speaks against
it. It goes by githash.php, the history of the tree's repository, version.php, and in any case by the
files: a version.php that was changed by hand, a githash.php that was left behind, files copied over
from another release and a tree that lies between two builds are noticed, and said.

PATH is a folder with Moodle's code, with or without a .git; it is only read, and no link out of it is
followed. REF is a branch, tag or commit of this clone. Without either it is the work tree of this clone,
with what is not committed. A path goes before a ref of the same name.

The clone must have Moodle's history (git fetch upstream --tags). What is known of it is kept in
.git/mgit, which is safe to delete; the first run reads it, which takes seconds.`,
		Example: `  mgit pin /srv/moodle
  mgit pin LUVLE-4.1-deployment
  mgit pin --json | jq -r .result.describe`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Tree = append(args, "")[0]
			return c.pin(cmd.Context(), request)
		},
	}
	cmd.Flags().BoolVar(&request.NoCache, "no-cache", false, "read every file, whatever is remembered of it")
	cmd.Flags().IntVarP(&request.Jobs, "jobs", "j", 0, "read `N` files at once (default: one for each CPU)")
	return cmd
}

func (c *call) pin(ctx context.Context, request job.PinRequest) error {
	if request.Jobs < 0 {
		return &usageError{text: fmt.Sprintf("--jobs %d: a number of files cannot be negative", request.Jobs)}
	}
	defer spendMemory()()
	request.Ahead = job.ReadAhead(ctx, cmp.Or(c.flags.dir, "."), request.Tree, request.Jobs)
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	bar := c.newFileProgress()
	request.Progress = bar.report
	r, err := job.Pin(ctx, site, request)
	bar.finish()
	if err != nil {
		return err
	}
	for _, w := range r.Warnings {
		c.warn(w.ID, w.Text)
	}
	return c.answer(ctx, answer{result: r, text: func(w io.Writer, p palette) error {
		return c.writePin(w, p, &r.PinReport)
	}})
}

func (c *call) writePin(w io.Writer, p palette, r *job.PinReport) error {
	title := "commit " + r.Commit.Short()
	switch {
	case r.Release != "":
		title = printable(r.Release)
	case r.Version != "":
		title = "version " + printable(r.Version)
	}
	fmt.Fprintln(w, p.strong(title))
	c.writeFactLines(w, p, pinFacts(r))
	if len(r.Disagrees) > 0 {
		fmt.Fprintf(w, "\n%s\n", p.strong("What to know about it"))
		for _, d := range r.Disagrees {
			c.writeItem(w, p.attention("!")+" "+printable(d.Text))
		}
	}
	if err := c.writeCandidates(w, p, "Files of other builds", "FILES FROM IT", r.Mixed); err != nil {
		return err
	}
	if len(r.Candidates) < 2 {
		return nil
	}
	return c.writeCandidates(w, p, "What it may be", "BETTER THAN THE FIRST", r.Candidates)
}

func pinFacts(r *job.PinReport) []fact {
	version := printable(r.Version)
	if r.Branch != "" {
		version += ", branch " + printable(r.Branch)
	}
	describe := printable(r.Describe)
	if r.Tag != "" {
		describe = ""
	}
	files := fmt.Sprintf("all %d are as the commit has them", r.Compared)
	if r.Differing > 0 {
		files = fmt.Sprintf("%d of %d differ or are missing", r.Differing, r.Compared)
	}
	return []fact{
		{"commit", r.Commit.String()},
		{"tag", printable(r.Tag)},
		{"described", describe},
		{"version", version},
		{"says", claimsText(r)},
		{"confidence", confidenceText(r.Confidence)},
		{"evidence", evidenceText(r.Evidence)},
		{"files", files},
	}
}

// claimsText is what the tree says of itself, where that is not what the pin says.
func claimsText(r *job.PinReport) string {
	c := r.Claims
	if c == nil {
		return ""
	}
	var all []string
	if c.Version != "" && (c.Release != r.Release || c.Version != r.Version || c.Branch != r.Branch) {
		text := fmt.Sprintf("release %s, version %s", printable(c.Release), printable(c.Version))
		if c.Branch != "" {
			text += ", branch " + printable(c.Branch)
		}
		all = append(all, text)
	}
	if c.Githash != "" {
		all = append(all, "githash "+printable(c.Githash))
	}
	return strings.Join(all, "; ")
}

func confidenceText(word string) string {
	switch word {
	case job.PinExact:
		return "exact: no other commit fits as well, and version.php agrees"
	case job.PinLikely:
		return "likely: something is left open, see below"
	case job.PinGuess:
		return "guess: nothing but a likeness"
	}
	return printable(word)
}

func evidenceText(word string) string {
	switch word {
	case "githash":
		return "githash.php names the commit"
	case "history":
		return "the tree's own history stands on the commit"
	case "triple":
		return "the commit brought the release, version and branch of version.php"
	case "distance":
		return "of those that come into question, no commit has more files in common with the tree"
	case "content":
		return "the files alone"
	}
	return printable(word)
}

// writeCandidates lists commits. The title own is that of a column that says how
// many files each has as the tree has them, and the pin has not; it is left away
// where that is nothing.
func (c *call) writeCandidates(w io.Writer, p palette, title, own string, all []job.PinCandidate) error {
	if len(all) == 0 {
		return nil
	}
	fmt.Fprintf(w, "\n%s\n", p.strong(title))
	t := table{columns: []column{
		{title: "COMMIT"},
		{title: "TAG"},
		{title: "RELEASE", elastic: true},
		{title: "DIFFERING", right: true},
	}}
	hasOwn := slices.ContainsFunc(all, func(x job.PinCandidate) bool { return x.Files > 0 })
	if hasOwn {
		t.columns = append(t.columns, column{title: own, right: true})
	}
	for _, x := range all {
		cells := []string{x.Commit.Short(), printable(x.Tag), printable(x.Release), fmt.Sprint(x.Differing)}
		if hasOwn {
			cells = append(cells, count(x.Files))
		}
		t.add(cells...)
	}
	return t.writeTo(w, p, c.tableWidth())
}
