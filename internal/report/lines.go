package report

import (
	"strings"

	"mgit/internal/job"
)

// lineChars is how much of a line is shown: built JavaScript is one line.
const lineChars = 600

// diffLine is one line of a hunk.
type diffLine struct {
	Sign   string // "-", "+", or "\" before a remark about the line above
	Old    int    // its number in the pin, 0 for an added line
	New    int    // its number in the tree, 0 for a removed one
	Pieces []piece
}

// Text is the line in one string, without its sign.
func (l diffLine) Text() string {
	var b strings.Builder
	for _, p := range l.Pieces {
		b.WriteString(p.Text)
	}
	return b.String()
}

// hunkLines returns at most limit lines of a hunk, removed ones first, and how many
// are left out.
func hunkLines(h *job.FindingHunk, limit int) (lines []diffLine, left int) {
	ended := anyEnded(h.Removed) || anyEnded(h.Added)
	for i, text := range h.Removed {
		if len(lines) >= limit {
			break
		}
		lines = appendLine(lines, diffLine{Sign: "-", Old: h.BaseStart + i}, text, ended)
	}
	for i, text := range h.Added {
		if len(lines) >= limit {
			break
		}
		lines = appendLine(lines, diffLine{Sign: "+", New: h.Start + i}, text, ended)
	}
	for _, l := range lines {
		if l.Sign != `\` {
			left--
		}
	}
	return lines, left + len(h.Removed) + len(h.Added)
}

// addedLines is hunkLines for lines that are all added.
func addedLines(texts []string, start, limit int) (lines []diffLine, left int) {
	return hunkLines(&job.FindingHunk{Start: start, Added: texts}, limit)
}

// anyEnded tells lines that have their line ends from lines that do not.
func anyEnded(lines []string) bool {
	for _, l := range lines {
		if strings.HasSuffix(l, "\n") {
			return true
		}
	}
	return false
}

// appendLine adds a line, and a remark after one that should end and does not: that
// may be all that a hunk changes.
func appendLine(lines []diffLine, line diffLine, text string, ended bool) []diffLine {
	text, hasEnd := strings.CutSuffix(text, "\n")
	if cut := clip(text, lineChars); cut != text {
		text = cut + " (" + number(len(text)) + " bytes)"
	}
	line.Pieces = reveal(text, true)
	lines = append(lines, line)
	if ended && !hasEnd {
		lines = append(lines, diffLine{Sign: `\`, Pieces: []piece{{Text: " No newline at end of file"}}})
	}
	return lines
}

// hasLines reports whether the report has the lines of a hunk.
func hasLines(h *job.FindingHunk) bool {
	return len(h.Removed)+len(h.Added) > 0
}
