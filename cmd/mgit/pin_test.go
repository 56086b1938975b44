package main

import (
	"strings"
	"testing"

	"mgit/internal/job"
)

// The text of a pin says in words what its JSON says in names, and prints nothing that could steer
// the terminal.
func TestWritePin(t *testing.T) {
	t.Parallel()
	r := &job.PinReport{
		Describe: "v2.5.3-2-g0123456789", Series: "2.5", Release: "2.5.3 (Build: 20131111)", Version: "2013051403.00", Branch: "25",
		Confidence: job.PinLikely, Evidence: "distance", Differing: 3, Compared: 11849,
		Claims: &job.PinClaims{Release: "2.5.3 (Build: 20131111) \x1b[2JUP1", Version: "2013051403.77", Branch: "25", Githash: "258610e"},
		Candidates: []job.PinCandidate{
			{Release: "2.5.3 (Build: 20131111)", Differing: 3},
			{Tag: "v2.5.3", Release: "2.5.3 (Build: 20131111)", Differing: 4, Files: 2},
		},
		Disagrees: []job.PinDoubt{{ID: "version-bumped", Text: "version.php says \"\x07\""}},
		Mixed:     []job.PinCandidate{{Tag: "v2.6.0", Release: "2.6 (Build: 20131118)", Differing: 4000, Files: 12}},
	}
	var out strings.Builder
	c := &call{env: env{size: func() (int, int) { return 0, 0 }}}
	if err := c.writePin(&out, newPalette(false), r); err != nil {
		t.Fatal(err)
	}
	const want = `2.5.3 (Build: 20131111)
  described   v2.5.3-2-g0123456789
  version     2013051403.00, branch 25
  says        release 2.5.3 (Build: 20131111) \033[2JUP1, version 2013051403.77,
              branch 25; githash 258610e
  confidence  likely: something is left open, see below
  evidence    of those that come into question, no commit has more files in
              common with the tree
  files       3 of 11849 differ or are missing

What to know about it
  ! version.php says "\a"

Files of other builds
COMMIT  TAG     RELEASE                DIFFERING  FILES FROM IT
        v2.6.0  2.6 (Build: 20131118)       4000             12

What it may be
COMMIT  TAG     RELEASE                  DIFFERING  BETTER THAN THE FIRST
                2.5.3 (Build: 20131111)          3
        v2.5.3  2.5.3 (Build: 20131111)          4                      2
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	// A column in which nothing stands is left away.
	r.Candidates[1].Files = 0
	out.Reset()
	if err := c.writePin(&out, newPalette(false), r); err != nil || strings.Contains(out.String(), "BETTER") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// Every word for confidence and evidence has its sentence.
func TestPinWords(t *testing.T) {
	t.Parallel()
	for _, word := range []string{job.PinExact, job.PinLikely, job.PinGuess} {
		if text := confidenceText(word); !strings.HasPrefix(text, word+": ") {
			t.Errorf("%s: %q", word, text)
		}
	}
	for _, word := range []string{"githash", "history", "triple", "distance", "content"} {
		if text := evidenceText(word); text == word {
			t.Errorf("%s has no sentence", word)
		}
	}
}
