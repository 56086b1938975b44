package main

import (
	"strings"
	"testing"

	"mgit/internal/check"
	"mgit/internal/job"
)

// What is to be done about a rule is said once, however many branches it finds something in.
func TestHintOfACheckIsSaidOnce(t *testing.T) {
	t.Parallel()
	finding := func(rule, text, hint string) job.CheckFinding {
		return job.CheckFinding{Rule: rule, Severity: check.Warning, Text: text, Hint: hint}
	}
	var out strings.Builder
	err := writeCheck(&out, palette{}, &job.CheckReport{Checks: []job.Checked{
		{Branch: "one", Findings: []job.CheckFinding{finding("r", "a", "do this"), finding("r", "b", "do this"), finding("q", "c", "do that")}},
		{Branch: "two", Findings: []job.CheckFinding{finding("r", "d", "do this"), finding("r", "e", "do\nmore")}},
	}})
	want := `one
warning: a  [r]
warning: b  [r]
  do this
warning: c  [q]
  do that
two
warning: d  [r]
warning: e  [r]
  do
  more
`
	if err != nil || out.String() != want {
		t.Errorf("printed, with %v:\n%s", err, out.String())
	}
}
