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
	err := new(call).writeCheck(&out, palette{}, &job.CheckReport{Checks: []job.Checked{
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

// Where one rule found something, what explains it and lets it pass can be copied. A rule that broke is waived by its own name,
// which is not the one in brackets.
func TestRuleIsNamedInWhatLetsItPass(t *testing.T) {
	t.Parallel()
	staged := func(rules ...string) *job.CheckReport {
		done := job.Checked{What: job.CheckedStaged}
		for _, rule := range rules {
			done.Findings = append(done.Findings, job.CheckFinding{Rule: rule, Severity: check.Error})
		}
		return &job.CheckReport{Checks: []job.Checked{done}}
	}
	for name, test := range map[string]struct {
		report  *job.CheckReport
		request job.CheckRequest
		want    string
	}{
		"one rule": {staged("scope", "scope"), job.CheckRequest{Staged: true}, "mgit check: 2 errors. `mgit help scope` explains the rule; " +
			"MGIT_ALLOW=scope lets it pass here, a line `Mgit-Allow: scope REASON` in the message at the push and in CI\n"},
		"a message": {staged("scope"), job.CheckRequest{Message: []byte("Text")}, "mgit check: 1 error. `mgit help scope` explains the rule; " +
			"MGIT_ALLOW=scope, or a line `Mgit-Allow: scope REASON` in the message, lets it pass\n"},
		"a server": {&job.CheckReport{Checks: []job.Checked{{What: job.CheckedRange, Findings: staged("scope").Checks[0].Findings}}}, job.CheckRequest{Received: []byte{}}, "mgit check: 1 error. `mgit help scope` explains the rule; " +
			"a line `Mgit-Allow: scope REASON` in the commit's message lets it pass\n"},
		"two rules": {staged("scope", "symlink"), job.CheckRequest{Staged: true}, "mgit check: 2 errors. `mgit help ID` explains a rule by the name in brackets; " +
			"MGIT_ALLOW=ID lets it pass here, a line `Mgit-Allow: ID REASON` in the message at the push and in CI\n"},
		"a rule that broke": {staged(check.RuleFailed), job.CheckRequest{Staged: true}, "mgit check: 1 error. `mgit help ID` explains a rule by the name in brackets; " +
			"MGIT_ALLOW=ID lets it pass here, a line `Mgit-Allow: ID REASON` in the message at the push and in CI\n"},
	} {
		var out strings.Builder
		(&call{env: env{stderr: &out}}).sayRefused(test.report, test.request)
		if out.String() != test.want {
			t.Errorf("%s: said\n%s", name, out.String())
		}
	}
}

// A line that is broken for a terminal fits it, what is indented included, and is broken between words only.
func TestBrokenLinesFit(t *testing.T) {
	t.Parallel()
	got := wrapIndented("warning: "+strings.Repeat("pre-commit ", 30), 80)
	for line := range strings.Lines(got) {
		if line = strings.TrimRight(line, "\n"); len(line) > 80 || strings.HasSuffix(line, "-") {
			t.Errorf("not for 80 columns: %q", line)
		}
	}
}
