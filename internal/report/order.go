package report

import (
	"iter"

	"mgit/internal/job"
)

// item is one of the things that a report for machines lists: a finding, or a change
// that is missing from live.
type item struct {
	Finding *job.Finding
	Missing *job.MissingChange
}

// inOrder yields the findings and what is missing from live, the worst first. What is
// missing weighs as much as a change that nobody explains, and follows the major findings.
func inOrder(r *job.CorehackReport) iter.Seq[item] {
	return func(yield func(item) bool) {
		findings := byRank(r)
		for len(findings) > 0 && rank(findings[0].Severity) <= rank(major) {
			if !yield(item{Finding: findings[0]}) {
				return
			}
			findings = findings[1:]
		}
		for i := range r.MissingFromLive {
			if !yield(item{Missing: &r.MissingFromLive[i]}) {
				return
			}
		}
		for _, f := range findings {
			if !yield(item{Finding: f}) {
				return
			}
		}
	}
}
