package main

import (
	"mgit/internal/job"
	"mgit/internal/rebase"
)

// nextDiff is how to look at the first branch of which upstream does something in another way.
func nextDiff(report *job.RebaseReport) []string {
	for _, b := range report.Branches {
		for _, l := range b.Landed {
			if l.Verdict == rebase.VerdictDifferent && l.RangeDiff == "" {
				return []string{"mgit triage " + report.Onto.Tag + " --diff --only '" + printable(b.Name) + "'", "    shows how upstream does it"}
			}
		}
	}
	return nil
}
