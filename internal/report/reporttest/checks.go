package reporttest

import (
	"encoding/base64"
	"fmt"
	"unicode/utf8"

	"mgit/internal/check"
	"mgit/internal/job"
)

// NoChecks is a report of one branch on which nothing was found.
func NoChecks() *job.CheckReport {
	return counted(&job.CheckReport{Checks: []job.Checked{{
		What: "range", Branch: "LUVLE-4.5-feature-mod_ouwiki", From: ID("from"), To: ID("to"), Files: 3, Commits: 2,
	}}})
}

// Checks is a report that has a finding of every kind.
func Checks() *job.CheckReport {
	return counted(&job.CheckReport{Checks: []job.Checked{
		{
			What: "range", Branch: "LUVLE-4.5-feature-mod_ouwiki", From: ID("from"), To: ID("to"), Files: 1204, Commits: 2,
			Findings: []job.CheckFinding{
				{Rule: "branch-name", Severity: check.Warning, Text: "the name is foreign to the scheme", Hint: "rename it"},
				{Rule: "conflict-marker", Severity: check.Error, Path: "mod/ouwiki/lib.php", Line: 12, Text: "conflict marker <<<<<<<", Hint: "resolve the conflict and stage the file again"},
				{Rule: "conflict-marker", Severity: check.Error, Path: "mod/ouwiki/lib.php", Line: 1940, Text: "conflict marker <<<<<<<", Hint: "resolve the conflict and stage the file again"},
				{
					Rule: "conflict-marker", Severity: check.Error, Path: "mod/ouwiki/tests/fixtures/conflict.txt", Line: 3, Text: "conflict marker =======",
					Waived: &job.CheckWaiver{By: check.ByTrailer, Reason: "the test needs one", Commit: ID("trailer")},
				},
				{Rule: "branch-base", Severity: check.Warning, Commit: ID("message"), Text: "the subject has 91 characters", Hint: "say it in 72"},
				{Rule: "conflict-marker", Severity: check.Warning, Path: "mod/ouwiki/view.php", Text: "the file became executable"},
			},
			Notes: []string{"there is no PHP here: its syntax was not judged"},
		},
		{
			What: "staged", Files: 1,
			Findings: []job.CheckFinding{{Rule: check.RuleFailed, Severity: check.Error, Text: "the rule secret could not judge: it broke", Hint: "`--allow secret` goes on without it"}},
		},
		{What: "branch", Branch: "LUVLE-4.5-hack-mod_quiz", From: ID("v4.5.0"), To: ID("tip"), Files: 2, Commits: 1},
	}})
}

// HostileChecks is a report in which every text is one of Attacks.
func HostileChecks() *job.CheckReport {
	r := &job.CheckReport{}
	for i, a := range Attacks() {
		path := fmt.Sprintf("mod/%d/%s", i, a)
		f := job.CheckFinding{Rule: "conflict-marker", Severity: check.Error, Path: path, Line: i, Text: a, Hint: a}
		if !utf8.ValidString(path) {
			f.Path, f.PathB64 = job.ShowPath(path), base64.StdEncoding.EncodeToString([]byte(path))
		}
		waived := f
		waived.Waived = &job.CheckWaiver{By: a, Reason: a}
		r.Checks = append(r.Checks, job.Checked{
			What: "range", Branch: a, From: ID("from"), To: ID(a), Files: i, Commits: 1, Notes: []string{a},
			Findings: []job.CheckFinding{f, waived, {Rule: a, Severity: check.Severity(a), Commit: ID(a), Text: a, Hint: a}, {Rule: "branch-name", Severity: check.Warning, Text: a}},
		})
	}
	return counted(r)
}

// counted is a report with its counts.
func counted(r *job.CheckReport) *job.CheckReport {
	sum := &job.CheckReport{}
	for i := range r.Checks {
		sum.Add(&r.Checks[i])
	}
	return sum
}
