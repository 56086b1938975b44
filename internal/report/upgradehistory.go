package report

import (
	"strings"

	"mgit/internal/job"
)

// LedgerStepWords say what the ledger has about a branch since a step: "drop (in Moodle since 4.3), todo".
func LedgerStepWords(s job.LedgerStep) string {
	if s.Gone {
		return "taken away"
	}
	words := "nothing decided"
	if s.Disposition != "" {
		words = s.Disposition + inBrackets(s.Reason)
	}
	parts := []string{words, s.State}
	if s.Outcome != "" && s.Outcome != s.State {
		parts = append(parts, s.Outcome)
	}
	if s.Owner != "" {
		parts = append(parts, "owner "+s.Owner)
	}
	if s.Ticket != "" {
		parts = append(parts, "ticket "+s.Ticket)
	}
	return strings.Join(parts, ", ")
}
