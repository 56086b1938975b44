package main

import (
	"fmt"
	"io"
	"strings"

	"mgit/internal/check"
	"mgit/internal/job"
	"mgit/internal/report"
)

// writeCheck prints what was found, a line each, and under the first group of findings that are cured alike what to
// do. What was waived, and what only informs, is not printed: nobody asked.
func writeCheck(w io.Writer, p palette, r *job.CheckReport) error {
	said := make(map[string]bool)
	for _, done := range r.Checks {
		var open []job.CheckFinding
		for _, f := range done.Findings {
			if f.Waived == nil {
				open = append(open, f)
			}
		}
		if len(open) > 0 && len(r.Checks) > 1 {
			fmt.Fprintln(w, p.strong(done.Branch))
		}
		for i, f := range open {
			fmt.Fprintf(w, "%s%s%s  %s\n", report.CheckPlace(f), weight(f), f.Text, p.severity(f.Severity, "["+f.Rule+"]"))
			isLast := i+1 == len(open) || open[i+1].Rule != f.Rule || open[i+1].Hint != f.Hint
			if !isLast || said[f.Hint] {
				continue
			}
			said[f.Hint] = true
			for line := range strings.Lines(f.Hint) {
				fmt.Fprintf(w, "  %s\n", p.faint(strings.TrimRight(line, "\n")))
			}
		}
	}
	return nil
}

// weight tells what keeps no commit from being made.
func weight(f job.CheckFinding) string {
	if f.Severity == check.Warning {
		return "warning: "
	}
	return ""
}

// severity colours a rule's name by what it weighs.
func (p palette) severity(s check.Severity, text string) string {
	if s == check.Error {
		return p.bad(text)
	}
	return p.attention(text)
}

// sayRefused says after the findings how many of them refuse, and what can be done about a rule: in a hook nobody
// sees which command speaks. Before a commit its message is not known yet, and no line in it helps.
func (c *call) sayRefused(r *job.CheckReport, request job.CheckRequest) {
	count := make(map[check.Severity]int)
	for _, done := range r.Checks {
		for _, f := range done.Findings {
			if f.Waived == nil {
				count[f.Severity]++
			}
		}
	}
	var parts []string
	for _, s := range []check.Severity{check.Error, check.Warning} {
		if n := count[s]; n > 0 {
			parts = append(parts, plural(n, string(s)))
		}
	}
	past := "MGIT_ALLOW=ID, or a line `Mgit-Allow: ID reason` in the message, lets it pass"
	if request.Message == nil && len(r.Checks) == 1 && r.Checks[0].What == job.CheckedStaged {
		past = "MGIT_ALLOW=ID lets it pass here, and a line `Mgit-Allow: ID reason` in the message wherever else it is judged"
	}
	c.note("mgit check: %s. `mgit help ID` explains a rule; %s", strings.Join(parts, ", "), past)
}
