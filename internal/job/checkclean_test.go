package job_test

import (
	"strings"
	"testing"

	"mgit/internal/job"
)

// Of a message only that counts which git will store: a trailer is found above comments, and not below the scissors.
func TestMessageIsCleaned(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(onOuwiki, "v4.1.0", "mod/ouwiki/notes.txt", "one\n")
	f.Git("switch", "-q", onOuwiki)
	f.stage("mod/ouwiki/notes.txt", marker)
	const allow = "Mgit-Allow: conflict-marker a fixture\n"
	for _, test := range []struct {
		name, sign, text string
		waived           int
	}{
		{"comments below", "#", "Subject\n\n" + allow + strings.Repeat("# a comment\n", 9), 1},
		{"comments of another sign", ";", "Subject\n\n" + allow + strings.Repeat("; a comment\n", 9), 1},
		{"a sign that git chose", "auto", "# Subject\n\n" + allow + strings.Repeat("; a comment\n", 9), 1},
		{"no comments, with another sign", ";", "Subject\n\n" + allow + strings.Repeat("# no comment\n", 9), 0},
		{"below the scissors", "#", "Subject\n# ------------------------ >8 ------------------------\n\n" + allow, 0},
	} {
		f.Git("config", "core.commentChar", test.sign)
		report, _ := f.checkFor(job.CheckRequest{Staged: true, Message: []byte(test.text)})
		if report.Counts.Waived != test.waived {
			t.Errorf("%s: %d findings were waived, want %d", test.name, report.Counts.Waived, test.waived)
		}
	}
}
