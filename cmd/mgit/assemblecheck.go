package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"mgit/internal/job"
)

// checkTarget proves a target.
func (c *call) checkTarget(ctx context.Context, request job.AssembleRequest) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	proof, err := job.CheckTarget(ctx, site, request)
	if err != nil {
		return err
	}
	for _, w := range proof.Warnings {
		c.warn(w.ID, w.Text)
	}
	a := answer{result: proof, text: func(w io.Writer, p palette) error {
		c.writeProof(w, p, proof)
		return nil
	}}
	if !proof.Proven {
		a.exit = exitFound
	}
	return c.answer(ctx, a)
}

// writeProof says what is wrong with a target, the worst first.
func (c *call) writeProof(w io.Writer, p palette, proof *job.TargetProof) {
	fmt.Fprintln(w, p.strong(wrapWords(proofSummary(proof), c.width(c.stdoutTTY), 0, 0)))
	for _, line := range proofLines(proof) {
		fmt.Fprintln(w, wrapWords("  "+line, c.width(c.stdoutTTY), 0, 6))
	}
}

func proofSummary(proof *job.TargetProof) string {
	n := 0
	for _, m := range proof.Merged {
		if !m.Upstream {
			n++
		}
	}
	on := proof.UpstreamTag
	if on == "" {
		on = proof.Base.Tag
	}
	text := fmt.Sprintf("%s is made of %s and %s", printable(proof.Target), on, plural(n, "branch"))
	if proof.Proven {
		return text + ". Nothing is missing, and nothing else is in it."
	}
	var faults []string
	add := func(n int, one, many string) {
		switch n {
		case 0:
		case 1:
			faults = append(faults, one)
		default:
			faults = append(faults, fmt.Sprintf(many, n))
		}
	}
	add(len(proof.Missing), "one branch is missing", "%d branches are missing")
	add(len(proof.Dropped), "content of a branch was taken out", "content of branches was taken out at %d paths")
	add(len(proof.Strangers), "one commit is explained by no branch", "%d commits are explained by no branch")
	add(len(proof.Unread), "one merge could not be made again", "%d merges could not be made again")
	return text + "; " + strings.Join(faults, ", ") + "."
}

func proofLines(proof *job.TargetProof) []string {
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	for _, m := range proof.Missing {
		add("missing: %s: %s", printable(m.Branch), printable(m.Reason))
	}
	for _, d := range proof.Dropped {
		path := printable(d.Path)
		switch {
		case d.Gone:
			add("taken out: %s at %s, by %s", printable(d.Branch), path, d.By.Short())
		case d.Lines > 0:
			add("taken out: %s of %s in %s, by %s", plural(d.Lines, "line"), printable(d.Branch), path, d.By.Short())
		default:
			add("taken out: a part of %s in %s, by %s", printable(d.Branch), path, d.By.Short())
		}
	}
	for _, s := range proof.Strangers {
		add("%s", strings.TrimSpace(strangerLine(s)))
		const few = 4
		for i, path := range s.Paths {
			if i == few {
				add("    and %d more", len(s.Paths)-few)
				break
			}
			add("    %s", job.ShowPath(path))
		}
	}
	for _, u := range proof.Unread {
		add("not proved: merge %s: %s", u.Commit.Short(), printable(u.Reason))
	}
	for _, a := range proof.Ahead {
		add("ahead: %s is in with %s, and %s is wanted", printable(a.Branch), a.Has.Short(), a.Tip.Short())
	}
	for _, s := range proof.Undone {
		add("undone since: %s %q", s.Commit.Short(), printable(s.Subject))
	}
	for _, s := range proof.Settled {
		add("resolved: %s in %s%s", printable(s.Path), printable(s.Branch), sideTaken(s.Side))
	}
	for _, b := range proof.Contains {
		add("%s has the commits of %s in it, and so explains them", printable(b.Branch), printable(strings.Join(b.Others, ", ")))
	}
	for _, l := range proof.LeftOut {
		add("does not belong to it: %s: %s", printable(l.Branch), printable(l.Reason))
	}
	return lines
}

// sideTaken says when a resolution took one side of a conflict alone.
func sideTaken(side string) string {
	switch side {
	case "ours":
		return " (nothing of the branch was taken there)"
	case "theirs":
		return " (the branch's file was taken as it is)"
	}
	return ""
}
