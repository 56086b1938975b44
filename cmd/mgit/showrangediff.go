package main

import (
	"fmt"
	"io"
	"strings"

	"mgit/internal/job"
)

// writeRangeDiff prints what became of the commits of a branch's older version. Lines of code are not
// wrapped: they are read side by side.
func (c *call) writeRangeDiff(w io.Writer, p palette, r *job.RangeDiffReport) {
	if r == nil {
		fmt.Fprintln(w, "\nThere is no older version of it to compare it with.")
		return
	}
	fmt.Fprintf(w, "\n%s\n", p.strong("Compared with "+printable(r.Old.Branch)+", as git range-diff does"))
	switch {
	case r.TooLarge:
		c.writeItem(w, "the two are too large to be compared here: "+r.Command)
	case r.Text == "":
		c.writeItem(w, "there is nothing to compare: one of them has no commits that this clone could compare")
	}
	for line := range strings.Lines(r.Text) {
		line = printable(strings.TrimRight(strings.ReplaceAll(line, "\t", " "), "\r\n"))
		fmt.Fprintf(w, "  %s\n", paintCompared(p, line))
	}
}

// paintCompared colours a line by the side it is on: a change of the difference stands in its fifth column.
func paintCompared(p palette, line string) string {
	switch {
	case strings.HasPrefix(line, "    +"):
		return p.good(line)
	case strings.HasPrefix(line, "    -"):
		return p.bad(line)
	case !strings.HasPrefix(line, "    "):
		return p.strong(line)
	}
	return line
}
