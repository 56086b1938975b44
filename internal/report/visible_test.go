package report

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"mgit/internal/job"
)

func TestVisible(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                   "",
		"Übung (1).php":      "Übung (1).php",
		"a\tb\nc\rd":         `a\tb\nc\rd`,
		"\x1b[0m\x00\x7f":    `\x1b[0m\x00\x7f`,
		"\u009b1m":           `\x9b1m`,
		"bad \xff\xc3":       `bad \xff\xc3`,
		"\u202egpj.exe":      `\u202egpj.exe`,
		"a\u200bb\ufeff":     `a\u200bb\ufeff`,
		"\U000e0041":         `\U000e0041`,
		"\u2028\ufffe":       `\u2028\ufffe`,
		"emoji 🎓 stays":      "emoji 🎓 stays",
		"\ufffd is a letter": "\ufffd is a letter",
	} {
		if got := visible(in); got != want {
			t.Errorf("visible(%+q) = %+q, want %+q", in, got, want)
		}
	}
}

func TestURI(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"lib/moodlelib.php": "lib/moodlelib.php",
		"a b/ü.php":         "a%20b/%C3%BC.php",
		"c:d#e?f":           "c%3Ad%23e%3Ff",
		"\xff\n%41":         "%FF%0A%2541",
	} {
		if got := uriOf(job.At(in)); got != want {
			t.Errorf("uriOf(%q) = %s, want %s", in, got, want)
		}
	}
}

func FuzzVisible(f *testing.F) {
	for _, seed := range []string{"a", "\x1b", "\xff", "`|`", "a\\|", "\u202e@x #1"} {
		f.Add(seed)
	}
	unsafe := regexp.MustCompile(`[\x00-\x1f\x7f-\x9f\x{202a}-\x{202e}\x{2066}-\x{2069}\x{2028}\x{2029}]`)
	f.Fuzz(func(t *testing.T, s string) {
		for name, got := range map[string]string{"visible": visible(s), "code": code(s), "cell": cell(s), "prose": prose(s), "proseAndCode": proseAndCode(s), "literal": literal(visible(s))} {
			if !utf8.ValidString(got) || unsafe.MatchString(got) {
				t.Errorf("%s(%+q) = %+q", name, s, got)
			}
		}
		for name, got := range map[string]string{"prose": prose(s), "proseAndCode": proseAndCode(s)} {
			if rest := outsideCode(got); strings.ContainsAny(rest, "`<>*_[]|\\@#&~$!{}^=") {
				t.Errorf("%s(%+q) = %+q", name, s, got)
			}
		}
		if rest := outsideCode(cell(s)); rest != "" && rest != "–" {
			t.Errorf("cell(%+q) = %+q has %+q outside of code", s, cell(s), rest)
		}
		if bars := unescapedBars(cell(s)); bars > 0 {
			t.Errorf("cell(%+q) = %+q ends the cell", s, cell(s))
		}
	})
}

// outsideCode removes code spans as section 6.1 of CommonMark 0.31 finds them: a run of
// backticks closes at the next run that is as long.
func outsideCode(text string) string {
	var b strings.Builder
	for text != "" {
		run := len(text) - len(strings.TrimLeft(text, "`"))
		if run == 0 {
			next := strings.IndexByte(text, '`')
			if next < 0 {
				next = len(text)
			}
			b.WriteString(text[:next])
			text = text[next:]
			continue
		}
		after := text[run:]
		if end := closing(after, run); end >= 0 {
			text = after[end+run:]
			continue
		}
		b.WriteString(text[:run])
		text = after
	}
	return b.String()
}

func closing(text string, run int) int {
	for i := 0; i < len(text); {
		n := len(text[i:]) - len(strings.TrimLeft(text[i:], "`"))
		if n == run {
			return i
		}
		i += max(n, 1)
	}
	return -1
}

func unescapedBars(text string) int {
	n, escaped := 0, false
	for _, r := range text {
		if r == '|' && !escaped {
			n++
		}
		escaped = r == '\\' && !escaped
	}
	return n
}

func TestHunkLines(t *testing.T) {
	t.Parallel()
	show := func(lines []diffLine, left int) string {
		var b strings.Builder
		for _, l := range lines {
			fmt.Fprintf(&b, "%s%s@%d/%d|", l.Sign, l.Text(), l.Old, l.New)
		}
		return fmt.Sprintf("%s%d", b.String(), left)
	}
	for _, c := range []struct {
		hunk  job.FindingHunk
		limit int
		want  string
	}{
		{job.FindingHunk{Start: 5, BaseStart: 3, Removed: []string{"a\n"}, Added: []string{"b\n", "c\n"}}, 9, "-a@3/0|+b@0/5|+c@0/6|0"},
		{job.FindingHunk{Start: 5, BaseStart: 3, Removed: []string{"a\n"}, Added: []string{"b\n", "c\n"}}, 2, "-a@3/0|+b@0/5|1"},
		{job.FindingHunk{Start: 5, BaseStart: 3, Removed: []string{"a\n"}, Added: []string{"b\n", "c\n"}}, 0, "3"},
		{job.FindingHunk{Start: 1, BaseStart: 1, Removed: []string{"a\n"}, Added: []string{"a"}}, 9, `-a@1/0|+a@0/1|\ No newline at end of file@0/0|0`},
		{job.FindingHunk{Start: 1, Added: []string{"no", "ends"}}, 9, "+no@0/1|+ends@0/2|0"},
		{job.FindingHunk{Start: 1, Added: []string{"\tcr\r\n"}}, 9, "+\tcr\\r@0/1|0"},
	} {
		if got := show(hunkLines(&c.hunk, c.limit)); got != c.want {
			t.Errorf("%+v with %d: %s, want %s", c.hunk, c.limit, got, c.want)
		}
	}
	long := job.FindingHunk{Added: []string{strings.Repeat("ü", 5_000)}}
	if lines, _ := hunkLines(&long, 9); len(lines[0].Text()) > 2*lineChars+100 {
		t.Errorf("a line of 10,000 bytes is shown with %d", len(lines[0].Text()))
	}
}

func TestUndecided(t *testing.T) {
	t.Parallel()
	branch, keep := "b", &job.Decision{Decision: job.DecisionKeep}
	for _, c := range []struct {
		name string
		f    job.Finding
		want bool
	}{
		{"explained", job.Finding{}, false},
		{"orphan without hunks", job.Finding{Orphan: true}, true},
		{"decided as a whole", job.Finding{Orphan: true, Decision: keep, Hunks: []job.FindingHunk{{}}}, false},
		{"each stranger decided", job.Finding{Orphan: true, Hunks: []job.FindingHunk{{Decision: keep}, {Branch: &branch}}}, false},
		{"one stranger open", job.Finding{Orphan: true, Hunks: []job.FindingHunk{{Decision: keep}, {}}}, true},
	} {
		if got := isUndecided(&c.f); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// Commands in our own texts stay in one piece; where that is not certain, every word stands for itself.
func TestProseAndCode(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"give `mgit check --all`, then push": "give `mgit check --all`, then push",
		"`git fetch` brings it":              "`git fetch` brings it",
		"no code":                            "no code",
		"`one``two`":                         prose("`one``two`"),
		"a `b":                               prose("a `b"),
		"a_b`c`":                             prose("a_b`c`"),
	} {
		if got := proseAndCode(text); got != want {
			t.Errorf("proseAndCode(%q) = %q, want %q", text, got, want)
		}
	}
}
