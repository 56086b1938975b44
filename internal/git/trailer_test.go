package git_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git"
)

// messages are commits' messages with trailers, and with what only looks like them.
func messages() map[string]string {
	return map[string]string{
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
		"a blank line first":        "\nMgit-Allow: scope\n",
		"a blank that is git's not": "subject\n\f\nMgit-Allow: scope\n",
		"no value that goes on":     "subject\n\nMgit-Allow:\n scope\n",
		"lines that end with CRLF":  "subject\r\n\r\nMgit-Allow: scope\r\nReason: none\r\n",
		"a comment among them":      "subject\n\nMgit-Allow: scope\n# a comment\nReason: none\n",
		"a comment at the end":      "subject\n\nMgit-Allow: scope\n\n# a comment\n# and more\n",
		"a comment at the start":    "# a comment\nsubject\n\nMgit-Allow: scope\n",
		"only a comment before":     "# a comment\n\nMgit-Allow: scope\n",
		"conflicts listed":          "subject\n\nMgit-Allow: scope\n\nConflicts:\n\tmod/quiz/lib.php\n",
		"conflicts as comments":     "subject\n\nMgit-Allow: scope\n\n# Conflicts:\n#\tmod/quiz/lib.php\n",
		"scissors":                  "subject\n\nMgit-Allow: scope\n# ------------------------ >8 ------------------------\nbody\n",
		"a mail's three dashes":     "subject\n\nbody\n---\n\nMgit-Allow: scope\n",
		"a pick of a pick":          "subject\n\nbody\n(cherry picked from commit 0123456789012345678901234567890123456789)\nMgit-Allow: scope\n",
		"a line that goes on":       "subject\n\nMgit-Allow: scope\ntext\n more text\nSigned-off-by: A <a@b>\n",
		"no value":                  "subject\n\nMgit-Allow:\n",
	}
}

// What git interpret-trailers finds in a message is found here, and nothing else.
func TestTrailersAsGitHasThem(t *testing.T) {
	t.Parallel()
	for name, message := range messages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			trailersAreGits(t, message)
		})
	}
}

// The same of any message. Seeds are in the test above.
func FuzzTrailers(f *testing.F) {
	for _, message := range messages() {
		f.Add(message)
	}
	f.Fuzz(func(t *testing.T, message string) {
		if !isStorable(message) {
			t.Skip("git stores no such message")
		}
		trailersAreGits(t, message)
	})
}

func isStorable(message string) bool { return !strings.Contains(message, "\x00") }

// trailersAreGits holds what is found in a message against what git finds.
func trailersAreGits(t *testing.T, message string) {
	t.Helper()
	cmd := exec.Command("git", "-c", "trailer.separators=:", "interpret-trailers", "--parse", "--no-divider")
	cmd.Stdin = strings.NewReader(message)
	want, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got, theirs []string
	for _, trailer := range git.Trailers(message, "#") {
		got = append(got, oneBlank(trailer.Name+": "+trailer.Value))
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(want), "\n"), "\n") {
		if line != "" {
			theirs = append(theirs, oneBlank(line))
		}
	}
	if !slices.Equal(got, theirs) {
		t.Errorf("in %q is %q, git has %q", message, got, theirs)
	}
}

// oneBlank makes one blank of several: git keeps those before the end of a line that goes on.
func oneBlank(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n", r) }), " ")
}
