package job

import (
	"testing"

	"mgit/internal/moodle"
)

// Who has given a reason is not told that nobody has.
func TestWhatAJustificationLacks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		said Justification
		want string
	}{
		{Justification{}, "nobody has said why it is there"},
		{Justification{Reason: "exams"}, ""},
		{Justification{ticket: "LU-1"}, ""},
		{Justification{Reason: "exams", ReviewBy: moodle.Series{Major: 5}}, ""},
		{Justification{Kind: "upstreamable", Reason: "exams"}, "Moodle should have it, and no issue is named"},
		{Justification{Kind: "temporary"}, "it is temporary, and nobody has said until when"},
		{Justification{Kind: "local"}, ""},
	} {
		var got string
		for _, lack := range test.said.lacks() {
			got += lack
		}
		if got != test.want || test.said.IsJustified() != (test.want == "") {
			t.Errorf("%+v lacks %q, want %q", test.said, got, test.want)
		}
	}
}
