package branchview

import (
	"fmt"
	"strings"
	"time"

	"mgit/internal/job"
	"mgit/tui/cells"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// commits lists the branch's own commits.
func commits(p *page, b job.BranchDetail) {
	if len(b.Commits) == 0 {
		text := "No commits of its own yet."
		if b.Landed != "" {
			text = "No commits of its own: upstream has all of them."
		}
		p.say(theme.Faint, text)
		return
	}
	p.say(theme.Title, plural(len(b.Commits), "commit")+" of its own, oldest first")
	for _, c := range b.Commits {
		p.blank()
		p.add(widget.Span{Text: c.Commit.Short(), Role: theme.Strong},
			widget.Span{Text: "  " + c.Date.Format(time.DateOnly) + "  " + c.Author, Role: theme.Faint})
		subject, role := c.Subject, theme.Text
		if c.Merge {
			subject, role = "merge: "+subject, theme.Attention
		}
		p.item(role, subject)
	}
}

// files lists the files that the branch changes, by component.
func files(p *page, report *job.ShowReport) {
	b := report.Branch
	if len(b.Files) == 0 {
		p.say(theme.Faint, "It changes no file.")
		return
	}
	p.say(theme.Title, plural(len(b.Files), "file")+" changed against "+b.BaseText())
	for _, part := range b.Parts {
		name := part.Component
		if name == "" {
			name = "of no component"
		}
		p.blank()
		p.add(widget.Span{Text: name, Role: theme.Strong},
			widget.Span{Text: fmt.Sprintf("  %s, +%d -%d", plural(part.Files, "file"), part.Added, part.Removed), Role: theme.Faint})
		for _, f := range b.Files {
			if f.Component == part.Component {
				p.file(f)
			}
		}
	}
}

// file adds a line for a file; a path that is too long loses its beginning.
func (p *page) file(f job.FileChange) {
	sign, role := "M", theme.Text
	switch f.Change {
	case "added":
		sign, role = "A", theme.Added
	case "deleted":
		sign, role = "D", theme.Removed
	case "mode":
		sign = "X"
	case "type":
		sign = "T"
	}
	size := fmt.Sprintf("  +%d -%d", f.Added, f.Removed)
	switch {
	case f.Binary:
		size = "  (binary)"
	case f.Change == "mode":
		size = "  (mode only)"
	}
	path := cells.CutLeft(cells.Clean(job.ShowPath(string(f.Path))), max(8, p.width-4-cells.Width(size)))
	p.add(widget.Span{Text: "  " + sign + " ", Role: role}, widget.Span{Text: path}, widget.Span{Text: size, Role: theme.Faint})
}

// rangeDiff shows what became of the commits of the branch that this one comes from.
func rangeDiff(p *page, r row, d *job.RangeDiffReport) {
	switch {
	case d == nil && r.kind == coming:
		p.say(theme.Faint, "The branch is not there yet, and of what it comes from there is no older version.")
		return
	case d == nil:
		p.say(theme.Faint, "There is no older version of it to compare it with.")
		return
	}
	p.say(theme.Title, "Compared with "+d.Old.Branch)
	p.say(theme.Faint, pairCounts(d.Pairs))
	switch {
	case d.TooLarge:
		p.say(theme.Attention, "The two are too large to be compared here: "+d.Command)
	case d.Text == "":
		p.say(theme.Faint, "There is nothing to compare: one of them has no commits that this clone could compare.")
	}
	for line := range strings.Lines(d.Text) {
		line = strings.TrimRight(line, "\r\n")
		if !strings.HasPrefix(line, "    ") {
			p.blank()
		}
		p.add(widget.Span{Text: line, Role: comparedRole(line)})
	}
}

// pairCounts sums up: "3 the same, 1 changed".
func pairCounts(pairs []job.RangePair) string {
	var counts []string
	for _, c := range []struct{ change, word string }{
		{job.PairSame, "the same"}, {job.PairChanged, "changed"}, {job.PairAdded, "only here"}, {job.PairDropped, "only there"},
	} {
		n := 0
		for _, pair := range pairs {
			if pair.Change == c.change {
				n++
			}
		}
		if n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, c.word))
		}
	}
	return strings.Join(counts, ", ")
}

// comparedRole is the look of a line of a range-diff. In its fifth column stands on which side it is.
func comparedRole(line string) theme.Role {
	switch {
	case strings.HasPrefix(line, "    +"):
		return theme.Added
	case strings.HasPrefix(line, "    -"):
		return theme.Removed
	case strings.HasPrefix(line, "    @@"):
		return theme.Hunk
	case strings.HasPrefix(line, "    "):
		return theme.Text
	}
	return theme.Strong
}
