package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"mgit/internal/job"
)

// writeUpgrade prints an unfinished upgrade and what to type next.
func (c *call) writeUpgrade(w io.Writer, p palette, u job.UpgradeStatus) {
	c.writeHeading(w, p, fmt.Sprintf("Upgrade from %s to %s is not finished: %s.", printable(u.From), printable(u.Onto), countStates(u)))
	for _, b := range u.Parked {
		c.writeItem(w, p.state("parked")+" "+printable(b.OldName)+": "+printable(b.Parked.Text()))
	}
	for _, name := range u.Behind {
		c.writeItem(w, p.attention("! behind")+" "+printable(name)+": has new commits that were not carried yet")
	}
	if n := len(u.Undecided); n > mostNamed && !c.flags.verbose {
		c.writeItem(w, p.state("todo")+" "+plural(n, "branch")+": no run has moved them and nobody has decided; --verbose names them")
	} else {
		for _, name := range u.Undecided {
			c.writeItem(w, p.state("todo")+" "+printable(name)+": no run has moved it and nobody has decided")
		}
	}
	isOpen := func(b job.BranchUpgrade) bool { return b.Parked.Worktree != "" }
	if i := slices.IndexFunc(u.Parked, func(b job.BranchUpgrade) bool { return !isOpen(b) }); i >= 0 {
		c.writeParkedNext(w, u.Parked[i])
	}
	for _, b := range u.Parked {
		if isOpen(b) {
			c.writeParkedNext(w, b)
		}
	}
	if len(u.Behind)+len(u.Undecided) > 0 {
		c.writeNext(w, "mgit rebase-all "+printable(u.Onto)+" --from "+printable(u.From), "moves what is missing")
	}
}

// writeHeading prints the line that begins a section, wrapped where it is too long.
func (c *call) writeHeading(w io.Writer, p palette, text string) {
	for line := range strings.SplitSeq(wrapWords(text, c.width(c.stdoutTTY), 0, 4), "\n") {
		fmt.Fprintln(w, p.strong(line))
	}
}

// countStates says how many branches of an upgrade are in which state. A branch
// that landed is named so: nobody dropped it.
func countStates(u job.UpgradeStatus) string {
	var parts []string
	count := func(n int, word string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, word))
		}
	}
	for _, state := range job.States() {
		if state == "dropped" {
			count(u.Landed, "landed")
			count(u.States[state]-u.Landed, state)
			continue
		}
		count(u.States[state], state)
	}
	count(len(u.Undecided), "undecided")
	return strings.Join(parts, ", ")
}

// writeParkedNext prints what to type next for a parked branch.
func (c *call) writeParkedNext(w io.Writer, u job.BranchUpgrade) {
	name := printable(u.NewName)
	switch u.Parked.Standing {
	case job.StandingFinished:
		c.writeNext(w, "mgit continue "+name, "moves what was resolved")
	case job.StandingGivenUp:
		c.writeNext(w, "mgit abort "+name, "removes the worktree")
	case job.StandingStopped, job.StandingAstray:
		fmt.Fprintf(w, "  cd %s\n", shellWord(u.Parked.Worktree))
		c.writeNext(w, "mgit continue "+name, "goes on when it is resolved there")
	default:
		c.writeNext(w, "mgit resolve "+printable(u.OldName), "opens the conflict in a worktree of its own")
	}
}
