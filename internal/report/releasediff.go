package report

import (
	"fmt"
	"strings"

	"mgit/internal/job"
)

// ReleaseMarkdown is the difference between two releases as markdown, for the
// people who decide about a change: a table of branches, and the commits of each.
// What comes from the repository means nothing in it.
func ReleaseMarkdown(d *job.ReleaseDiff) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s → %s\n\n", code(d.From.Name), code(d.To.Name))
	fmt.Fprintf(&b, "| | before | after |\n|---|---|---|\n")
	fmt.Fprintf(&b, "| Moodle | %s | %s |\n", cell(d.From.Upstream.Tag), cell(d.To.Upstream.Tag))
	fmt.Fprintf(&b, "| commit | %s | %s |\n", cell(d.From.Commit.String()), cell(d.To.Commit.String()))
	fmt.Fprintf(&b, "| branches | %d | %d |\n\n", d.From.Branches, d.To.Branches)
	t := d.Totals
	fmt.Fprintf(&b, "%d came, %d went, %d changed, %d as before. Core hacks among those that came, went or changed: %d.\n", t.Came, t.Went, t.Changed, t.Same, t.Hacks)
	for _, part := range []struct {
		title string
		hack  bool
	}{{"Core hacks", true}, {"Other branches", false}} {
		writeBoard(&b, part.title, d.Branches, part.hack)
	}
	writeOthers(&b, d.Others)
	if d.Diff != "" {
		fmt.Fprintf(&b, "\n## %s\n\n%s", code(job.ShowPath(d.Path)), fenced("diff", strings.Split(strings.TrimSuffix(visibleLines(d.Diff), "\n"), "\n")))
	}
	return b.String()
}

// visibleLines makes every line of a text safe to show.
func visibleLines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line, isWhole := strings.CutSuffix(line, "\n")
		for _, p := range reveal(line, true) {
			b.WriteString(p.Text)
		}
		if isWhole {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func writeBoard(b *strings.Builder, title string, all []job.BranchChange, hack bool) {
	var rows []job.BranchChange
	for _, c := range all {
		if c.Hack == hack {
			rows = append(rows, c)
		}
	}
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n| | branch | ticket | files | why |\n|---|---|---|---:|---|\n", title)
	for _, c := range rows {
		fmt.Fprintf(b, "| %s | %s | %s | %d | %s |\n", c.Change, cell(c.Branch), cell(c.Ticket), c.Files, cell(c.Why))
	}
	for _, c := range rows {
		writeBoardCommits(b, c)
	}
}

// writeOthers lists the commits that no branch explains.
func writeOthers(b *strings.Builder, all []job.OtherChange) {
	if len(all) == 0 {
		return
	}
	b.WriteString("\n## By no branch\n\n| | commit | what |\n|---|---|---|\n")
	for _, o := range all {
		fmt.Fprintf(b, "| %s | %s | %s |\n", o.Change, cell(o.Commit.Short()), cell(o.Subject))
	}
}

func writeBoardCommits(b *strings.Builder, c job.BranchChange) {
	if len(c.Commits) == 0 && (len(c.Gone) == 0 || c.Change == job.BranchWent) {
		return
	}
	fmt.Fprintf(b, "\n%s:\n\n", code(c.Branch))
	list := func(word string, commits []job.BoardCommit) {
		for _, x := range commits {
			fmt.Fprintf(b, "- %s%s %s (%s, %s)\n", word, code(x.Commit.Short()), prose(x.Subject), prose(x.Author), x.When.Format("2006-01-02"))
		}
	}
	list("", c.Commits)
	if c.Change != job.BranchWent {
		list("no longer: ", c.Gone)
	}
}
