package report_test

import (
	"testing"

	"mgit/internal/job"
	"mgit/internal/report"
)

// A reason without a kind is shown as what it is.
func TestWhatABranchIsCarriedAs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		said job.Justification
		want string
	}{
		{job.Justification{}, ""},
		{job.Justification{Reason: "exams"}, "not said (exams)"},
		{job.Justification{Kind: "local"}, "local"},
		{job.Justification{Kind: "local", Reason: "exams"}, "local (exams)"},
	} {
		var got string
		for _, f := range report.UpgradeFacts(job.UpgradeBranch{Justification: test.said}) {
			if f.Name == "carried as" {
				got = f.Text
			}
		}
		if got != test.want {
			t.Errorf("%+v is shown as %q, want %q", test.said, got, test.want)
		}
	}
}
