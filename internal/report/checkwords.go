package report

import (
	"cmp"
	"fmt"
	"slices"

	"mgit/internal/check"
	"mgit/internal/job"
)

// The words for what the rules of mgit check found, for commands and the screen. Paths stand in them
// as git shows them, texts as the rules say them.

// CheckPlace is where a finding is, as compilers write it; "" for the branch or the change as a whole.
func CheckPlace(f job.CheckFinding) string {
	switch {
	case f.Path != "" && f.Line > 0:
		return fmt.Sprintf("%s:%d: ", shown(blamedPlace(f)), f.Line)
	case f.Path != "":
		return shown(blamedPlace(f)) + ": "
	case f.Commit.String() != "":
		return f.Commit.Short() + ": "
	}
	return ""
}

// CheckLine is a finding in one line, without its weight: "mod/quiz/lib.php:12: text  [rule]".
func CheckLine(f job.CheckFinding) string { return CheckPlace(f) + f.Text + "  [" + f.Rule + "]" }

// SortedFindings puts errors first, then warnings, and what was waived last.
func SortedFindings(all []job.CheckFinding) []job.CheckFinding {
	order := []string{"error", "warning", "waived"}
	return slices.SortedStableFunc(slices.Values(all), func(a, b job.CheckFinding) int {
		return cmp.Compare(slices.Index(order, CheckSign(a)), slices.Index(order, CheckSign(b)))
	})
}

// ChecksSigned is all that nobody waived, behind the sign of the worst: "x 2 errors, 1 warning".
func ChecksSigned(c *job.BranchChecks) string {
	if c.Errors > 0 {
		return "x " + c.Text()
	}
	return "! " + c.Text()
}

// ChecksText is the same in a sentence's words: "2 errors, 1 warning; 1 waived".
func ChecksText(c *job.BranchChecks) string {
	if c == nil {
		return "not judged as it is now"
	}
	text := cmp.Or(c.Text(), "fine")
	if c.Waived > 0 {
		text += fmt.Sprintf("; %d waived", c.Waived)
	}
	return text
}

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
