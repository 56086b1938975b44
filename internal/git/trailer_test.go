package git_test

import (
	"os/exec"
	"strings"
	"testing"

	"mgit/internal/git"
)

// What git interpret-trailers finds in a message is found here, and nothing else.
func TestTrailersAsGitHasThem(t *testing.T) {
	t.Parallel()
	for name, message := range map[string]string{
		"one":                       "subject\n\nbody\n\nMgit-Allow: scope because\n",
		"a continued value":         "subject\n\nMgit-Allow: scope because\n of this\n\tand that\nReason: none\n",
		"the subject is none":       "Mgit-Allow: scope because\n",
		"nor its second line":       "subject\nMgit-Allow: scope because\n",
		"blanks before the colon":   "subject\n\nMgit-Allow : scope\n",
		"text among them":           "subject\n\nsome text\nMgit-Allow: scope\n",
		"text among git's own":      "subject\n\nsome text\nMgit-Allow: scope\nSigned-off-by: A <a@b>\n",
		"much text among them":      "subject\n\none\ntwo\nthree\nfour\nfive\nsix\nseven\nMgit-Allow: scope\nSigned-off-by: A <a@b>\n",
		"a pick":                    "subject\n\nMgit-Allow: scope\n(cherry picked from commit 0123456789012345678901234567890123456789)\n",
		"an earlier paragraph":      "subject\n\nMgit-Allow: scope\n\nthe end\n",
		"blank lines at the end":    "subject\n\nbody\n\nMgit-Allow: scope\n\n\n",
		"a first line that goes on": "subject\n\n goes on\nMgit-Allow: scope\n",
		"a URL":                     "subject\n\nhttps://example.org/a\n",
		"odd names":                 "subject\n\nMgit Allow: scope\nmgit-allow: b\n",
		"nothing":                   "",
		"no value":                  "subject\n\nMgit-Allow:\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command("git", "-c", "trailer.separators=:", "interpret-trailers", "--parse", "--no-divider")
			cmd.Stdin = strings.NewReader(message)
			want, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, trailer := range git.Trailers(message) {
				got.WriteString(strings.TrimSpace(trailer.Name+": "+trailer.Value) + "\n")
			}
			var theirs strings.Builder
			for line := range strings.Lines(string(want)) {
				theirs.WriteString(strings.TrimSpace(line) + "\n")
			}
			if got.String() != theirs.String() {
				t.Errorf("got %q, git has %q", got.String(), theirs.String())
			}
		})
	}
}
