package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/internal/report"
)

func newTakeCommand(c *call) *cobra.Command {
	var request job.TakeRequest
	var back bool
	cmd := &cobra.Command{
		Use:     "take BRANCH PATH[:HUNK] SIDE",
		Short:   "Put one side of a conflict in its place",
		GroupID: groupUpgrade,
		Args:    words("BRANCH", "PATH[:HUNK]", "[SIDE]"),
		Long: `Puts a side of a conflict in its place, in the worktree that ` + "`mgit resolve`" + ` has made: of one hunk, with
the number that ` + "`mgit conflict`" + ` shows, or of all hunks of the file that are open. What merged cleanly
stays. The file is added once no conflict marker is left in it; then ` + "`mgit continue`" + ` goes on.

SIDE is upstream or branch; in the merge of a branch into a target, target or branch. both is the one
below the other, base is what both began with. A file that Git does not merge by lines, or that a side
has deleted, is taken as a whole, and removed where the side has none.

--back makes the conflict of a file anew, as Git left it. That, and taking a file as a whole, is refused
where somebody has written something else in it; --allow edited lets that go.`,
		Example: `  mgit take LUVLE-4.5-hack-mod_forum-subject mod/forum/lib.php:1 branch
  mgit take LUVLE-4.5-hack-mod_forum-subject mod/forum/lib.php --back`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Branch = args[0]
			request.Path, request.Hunk = pathAndHunk(args[1])
			switch {
			case back && len(args) > 2:
				return &usageError{text: "--back takes no side", hint: "mgit take BRANCH PATH --back"}
			case !back && len(args) < 3:
				return &usageError{text: "mgit take needs SIDE", hint: "usage: " + cmd.UseLine()}
			case !back:
				request.Side = args[2]
				if request.Side == "" {
					return &usageError{text: "SIDE is empty", hint: "mgit conflict " + request.Branch + " names the sides"}
				}
			}
			return c.take(cmd.Context(), request)
		},
	}
	cmd.Flags().BoolVar(&request.Whole, "whole", false, "take the file as the side has it, what merged cleanly included")
	cmd.Flags().BoolVar(&back, "back", false, "make the conflict of the file anew")
	return cmd
}

// pathAndHunk splits PATH:HUNK.
func pathAndHunk(word string) (path string, hunk int) {
	if at := strings.LastIndex(word, ":"); at > 0 {
		if n, err := strconv.Atoi(word[at+1:]); err == nil && n >= 0 {
			return word[:at], n
		}
	}
	return word, 0
}

func (c *call) take(ctx context.Context, request job.TakeRequest) error {
	var err error
	if request.Series, err = c.seriesFlag(); err != nil {
		return err
	}
	request.Overwrite = c.isAllowed("edited")
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	r, err := job.Take(ctx, site, request, c.flags.dryRun)
	if err != nil {
		return err
	}
	return c.answer(ctx, answer{result: r, text: func(w io.Writer, p palette) error {
		fmt.Fprintln(w, printable(report.TakeLine(r)))
		switch {
		case c.flags.dryRun:
			fmt.Fprintln(w, "  Nothing was written.")
		case len(r.Left) == 0:
			fmt.Fprintf(w, "  mgit continue %s    nothing is in conflict any more\n", printable(r.Branch))
		default:
			fmt.Fprintf(w, "  mgit conflict %s    shows what is left\n", printable(r.Branch))
		}
		return nil
	}})
}
