package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mgit/internal/job"
)

func newResolutionsCommand(c *call) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "resolutions",
		Short:   "List how conflicts were resolved, and forget what was wrong",
		GroupID: groupLook,
		Args:    noWord,
		Long: `Lists the recorded resolutions of the mgit branch, newest first: who resolved which conflict, of
which branch, on the way to which release. mgit uses them for the same conflict again, in any clone,
for any branch or target, and names each use.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.resolutions(cmd.Context()) },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "show ID",
		Short: "Show a conflict and what was made of it",
		Args:  words("ID"),
		RunE:  func(cmd *cobra.Command, args []string) error { return c.showResolution(cmd.Context(), args[0]) },
	}, &cobra.Command{
		Use:   "forget ID…",
		Short: "Take recorded resolutions from the mgit branch",
		Args:  words("ID", "[MORE…]"),
		Long: `Takes the resolutions away, so that nobody's mgit uses them any more once they have synced. It is one
run, which can be undone. What git's own rerere remembers in a clone stays there: git rerere forget.`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.forgetResolutions(cmd.Context(), args) },
	})
	return cmd
}

func (c *call) resolutions(ctx context.Context) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	all, err := job.Resolutions(ctx, site)
	if err != nil {
		return err
	}
	return c.answer(ctx, answer{result: map[string]any{"resolutions": all}, text: func(w io.Writer, p palette) error {
		if len(all) == 0 {
			fmt.Fprintln(w, "No conflict was resolved yet.")
			return nil
		}
		t := table{columns: []column{{title: "id"}, {title: "when"}, {title: "branch", elastic: true}, {title: "onto"}, {title: "files", elastic: true}, {title: "note", elastic: true}}}
		for _, r := range all {
			t.add(shortResolution(r.ID), dateOf(r.Created), printable(r.Branch), printable(r.Onto), strings.Join(quoteAll(r.Paths), ", "), printable(oneLineOf(r.Note)))
		}
		return t.writeTo(w, p, c.tableWidth())
	}})
}

// shortResolution is the beginning of a resolution's id, with the variant.
func shortResolution(id string) string {
	name, variant, has := strings.Cut(id, ".")
	short := name[:min(10, len(name))]
	if has {
		return name + "." + variant // the beginning alone would fit several
	}
	return short
}

func oneLineOf(text string) string { return strings.Join(strings.Fields(text), " ") }

func dateOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

func (c *call) showResolution(ctx context.Context, id string) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	r, err := job.FindResolution(ctx, site, id)
	if err != nil {
		return err
	}
	result := struct {
		*job.ResolutionInfo
		Conflict string `json:"conflict"`
		Outcome  string `json:"outcome"`
	}{r, string(r.Conflict()), string(r.Outcome())}
	return c.answer(ctx, answer{result: result, text: func(w io.Writer, p palette) error {
		fmt.Fprintln(w, p.strong("resolution "+printable(r.ID)))
		c.writeFactLines(w, p, []fact{
			{"branch", printable(r.Branch)},
			{"from", printable(r.From)},
			{"onto", printable(r.Onto)},
			{"commit", arrow(r.Commit.Short(), r.Result.Short())},
			{"files", strings.Join(quoteAll(r.Paths), ", ")},
			{"author", printable(r.Author)},
			{"when", dateOf(r.Created)},
			{"note", printable(oneLineOf(r.Note))},
			{"not used", printable(r.Unusable)},
		})
		for _, part := range []struct{ title, text string }{{"The conflict", result.Conflict}, {"What was made of it", result.Outcome}} {
			fmt.Fprintf(w, "\n%s\n", p.strong(part.title))
			for line := range strings.Lines(part.text) {
				fmt.Fprintf(w, "  %s\n", printable(strings.TrimRight(line, "\r\n")))
			}
		}
		return nil
	}})
}

func arrow(from, to string) string {
	if from == "" || to == "" {
		return from + to
	}
	return from + " → " + to
}

func (c *call) forgetResolutions(ctx context.Context, ids []string) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	forgotten, run, err := job.ForgetResolutions(ctx, site, ids, c.flags.dryRun)
	if err != nil {
		return err
	}
	return c.answer(ctx, answer{result: map[string]any{"forgotten": forgotten}, run: run, text: func(w io.Writer, p palette) error {
		for _, r := range forgotten {
			fmt.Fprintf(w, "%s of %s for %s\n", p.strong(printable(r.ID)), printable(r.Branch), strings.Join(quoteAll(r.Paths), ", "))
		}
		c.writeRun(w, run)
		return nil
	}})
}
