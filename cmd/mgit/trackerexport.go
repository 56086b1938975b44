package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/internal/tracker"
)

const formatMarkdown = "markdown"

// exportResult is what was exported, and where to.
type exportResult struct {
	*job.TrackerExport
	Folder string   `json:"folder"` // "" for standard output
	Files  []string `json:"files"`  // within the folder
}

func newTrackerExportCommand(c *call) *cobra.Command {
	var format, folder string
	cmd := &cobra.Command{
		Use:   "export [SERIES]",
		Short: "Write what the issues would say as Markdown, without a tracker",
		Args:  words("[SERIES]"),
		Long: `Writes the upgrade as a tracker would show it: a list to tick off, and for each branch what it is, what
became of it, and its notes. It goes to standard output as one document, or with --output into a folder,
a file for each branch and an index. No tracker is needed and no server is asked.

The same ledger and the same commits give the same files, byte for byte. What people change in them does
not come back into the ledger, and is gone with the next export. A folder that has files which are not of
an earlier export is refused; those of branches that are not in the upgrade any more are removed.

SERIES is what the upgrade goes to (default: the only unfinished one, else the newest).`,
		Example: `  mgit tracker export 4.5 > upgrade.md
  mgit tracker export --output upgrade-4.5
  mgit tracker export --format json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch format {
			case formatMarkdown:
			case formatJSON:
				c.flags.json = true
			default:
				return &usageError{text: fmt.Sprintf("--format %q is not known", format), hint: "it takes markdown, json"}
			}
			return c.trackerExport(cmd.Context(), argument(args), folder)
		},
	}
	f := cmd.Flags()
	f.StringVar(&format, "format", formatMarkdown, "`format` of the answer: markdown, json")
	f.StringVar(&folder, "output", "", "write an index and a file for each branch into this `folder`")
	return cmd
}

func (c *call) trackerExport(ctx context.Context, name, folder string) error {
	series, err := seriesFlag("SERIES", name)
	if err != nil {
		return err
	}
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	x, err := job.ExportUpgrade(ctx, site, series)
	if err != nil {
		return err
	}
	result := exportResult{TrackerExport: x, Files: []string{}}
	if folder == "" {
		return c.answer(ctx, answer{result: result, text: func(w io.Writer, _ palette) error {
			_, err := io.WriteString(w, exportDocument(x))
			return err
		}})
	}
	result.Folder = folder
	files := exportFiles(x)
	place := folder
	if !filepath.IsAbs(place) {
		place = filepath.Join(cmp.Or(c.flags.dir, "."), place)
	}
	plan, err := planExport(place, files)
	if err != nil {
		return err
	}
	if !c.flags.dryRun {
		if err := plan.apply(ctx); err != nil {
			return err
		}
	}
	result.Files = plan.names()
	return c.answer(ctx, answer{result: result, text: func(w io.Writer, p palette) error {
		fmt.Fprintf(w, "%s: %s in %s\n", p.strong(printable(x.Subject)), plural(len(files), "file"), printable(folder))
		for _, line := range plan.changes() {
			c.writeItem(w, line)
		}
		return nil
	}})
}

// commonMark is a text in a line of Markdown, in which nothing is read as markup.
func commonMark(text string) string {
	return strings.TrimSpace(tracker.Text{{Lines: []string{strings.Join(strings.Fields(text), " ")}}}.Render(tracker.CommonMark, 0))
}

// exportDocument is an upgrade as one document.
func exportDocument(x *job.TrackerExport) string {
	var b strings.Builder
	writeExportHead(&b, x, func(e job.ExportedBranch) string { return commonMark(e.Name) })
	for _, e := range x.Branches {
		fmt.Fprintf(&b, "\n## %s\n", commonMark(e.Name))
		writeExportBranch(&b, e)
	}
	return b.String()
}

// writeExportHead writes what is about the upgrade as a whole, with the list to tick off.
func writeExportHead(b *strings.Builder, x *job.TrackerExport, name func(job.ExportedBranch) string) {
	onto := "a release that is not known yet"
	if x.Onto != "" {
		onto = x.Onto
	}
	fmt.Fprintf(b, "# %s\n\n%s\n\n", commonMark(x.Subject), commonMark(fmt.Sprintf(
		"All branches of Moodle %s move to %s (%s). mgit wrote this from the ledger of the upgrade; what is changed here does not come back into it.", x.From, x.Series, onto)))
	fmt.Fprintf(b, "%d of %s done.\n\n", x.Done, plural(len(x.Branches), "branch"))
	for _, e := range x.Branches {
		box := " "
		if e.Done {
			box = "x"
		}
		fmt.Fprintf(b, "- [%s] %s: %s", box, name(e), commonMark(e.State))
		if e.Owner != "" {
			fmt.Fprintf(b, ", %s", commonMark(e.Owner))
		}
		b.WriteByte('\n')
	}
	writeExportItems(b, x.Items)
}

// writeExportBranch writes what is about a branch, below its heading.
func writeExportBranch(b *strings.Builder, e job.ExportedBranch) {
	fmt.Fprintf(b, "\n**%s**", commonMark(e.State))
	if e.Owner != "" {
		fmt.Fprintf(b, ", %s", commonMark(e.Owner))
	}
	b.WriteByte('\n')
	if text := strings.TrimSpace(e.Description); text != "" {
		fmt.Fprintf(b, "\n%s\n", text)
	}
	writeExportItems(b, e.Items)
}

func writeExportItems(b *strings.Builder, items []job.ExportedItem) {
	for _, i := range items {
		var head []string
		if i.When != nil {
			head = append(head, i.When.UTC().Format(time.DateOnly))
		}
		if i.Who != "" {
			head = append(head, commonMark(i.Who))
		}
		b.WriteString("\n---\n\n")
		if len(head) > 0 {
			fmt.Fprintf(b, "**%s**\n\n", strings.Join(head, ", "))
		}
		fmt.Fprintf(b, "%s\n", strings.TrimSpace(i.Text))
	}
}
