package report_test

import (
	"testing"

	"mgit/internal/report"
)

// What is to be copied into a shell arrives there word by word.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	for want, words := range map[string][]string{
		`mgit dispose LUVLE-4.1-hack-mod_forum drop --reason 'Moodle has it: ab12 in 4.3'`: {"mgit", "dispose", "LUVLE-4.1-hack-mod_forum", "drop", "--reason", "Moodle has it: ab12 in 4.3"},
		`mgit note x 'it'\''s'`: {"mgit", "note", "x", "it's"},
		`mgit note ''`:          {"mgit", "note", ""},
		`mgit note '$(x)' '*'`:  {"mgit", "note", "$(x)", "*"},
	} {
		if got := report.CommandLine(words); got != want {
			t.Errorf("%q became %s, not %s", words, got, want)
		}
	}
}
