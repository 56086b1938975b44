package report

import (
	"fmt"
	"slices"

	"mgit/internal/check"
	"mgit/internal/job"
)

// The words for what the rules of mgit check found, for commands and the screen. Paths and texts stand in them as the
// repository has them.

// CheckPlace is where a finding is, as compilers write it; "" for the branch or the change as a whole.
func CheckPlace(f job.CheckFinding) string {
	switch {
	case f.Path != "" && f.Line > 0:
		return fmt.Sprintf("%s:%d: ", job.ShowPath(f.Path), f.Line)
	case f.Path != "":
		return job.ShowPath(f.Path) + ": "
	case f.Commit.String() != "":
		return f.Commit.Short() + ": "
	}
	return ""
}

// CheckLine is a finding in one line, as mgit check has it: "mod/quiz/lib.php:12: text  [rule]".
func CheckLine(f job.CheckFinding) string { return CheckPlace(f) + f.Text + "  [" + f.Rule + "]" }

// CheckWeights says of what weight there are findings that nobody waived, for filters: "error", "warning".
func CheckWeights(all []job.CheckFinding) []string {
	var weights []string
	for _, f := range all {
		if word := CheckSign(f); f.Waived == nil && !slices.Contains(weights, word) {
			weights = append(weights, word)
		}
	}
	return weights
}

// CheckSign says how much a finding weighs, in the words of mgit check.
func CheckSign(f job.CheckFinding) string {
	switch {
	case f.Waived != nil:
		return "waived"
	case f.Severity == check.Error:
		return "error"
	}
	return "warning"
}
