package tracker_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"mgit/internal/tracker"
)

var update = flag.Bool("update", false, "rewrite the goldens in testdata")

func markups() []tracker.Markup {
	return []tracker.Markup{tracker.Textile, tracker.Markdown, tracker.CommonMark, tracker.WikiMarkup}
}

// hostile are texts that people, or somebody who wants to do harm, write where mgit
// takes it from: reasons, names, paths, subjects, diffs.
func hostile() map[string]tracker.Text {
	lines := map[string][]string{
		"macros":      {"{{include(Wiki)}} {{toc}} {{collapse(x)", "y", "}} {{collapse(x) #1 ){{macro(0)}} {include:Wiki} {toc} !{{include(Wiki)}} {{macro(0)}}"},
		"links":       {`"text":http://example.com [text](http://example.com) [[Wiki]] [[Wiki|x]] [x|http://example.com] [text]: http://example.com`, "http://example.com www.example.com https://example.com/a?b=c#d ftp://example.com a@example.com mailto:a@example.com <http://example.com>", "javascript:alert(1) [a](javascript:alert(1)) \"a\":javascript:alert(1)"},
		"images":      {"!x.png! !http://example.com/x.png! ![x](http://example.com/x.png) !x.png|width=1! ![][1]"},
		"mentions":    {"@admin @all, (@admin) x@admin @@admin -@admin [~admin] user:admin user#1 @a@b", "@admin", "thanks,@admin. é@admin"},
		"references":  {"#1 ##1 closes #1 fixes #1, (#1) #1-1 #note-1 !#1 -#1 GH-1 moodle/moodle#1 MDL-1 MDL-1.", "r12 (r12) ,r12 x-r12 commit:c3b2a1908f c3b2a1908f c3b2a1908f7e6d5c4b3a29180f7e6d5c4b3a2918 version:1.0 source:x sandbox:r12 sandbox#1 document#1", "!1 $1 %1 %\"x\" ~bug &1 *iteration:1 ^alert#1 [issue:1]", "version:\"1.0\" export:x attachment:x forum#1 message#1 news:x project:sandbox rnote"},
		"actions":     {"/close", "/assign @admin", "/label ~bug", "- [ ] task", "- [x] task"},
		"html":        {"<script>alert(1)</script> <b>x</b> <img src=x onerror=alert(1)> </pre> </p> <!-- x --> <pre> <code> <notextile> <redpre#0> &lt;b&gt; &amp; &#35;1 &#x23;1 x%x% x%&1 %x%&x% x%x%&x% :redsh#1:", "a < b > c && d <a href=\"http://example.com\">x</a>"},
		"line starts": {"# x", "## x", "* x", "- x", "+ x", "1. x", "1) x", "12. x", "> x", ">>> x", "| a | b |", "|---|---|", "|_. a |", "a | b", "--- | ---", "===", "---", "***", "___", "h1. x", "h3. x", "p. x", "p(x). x", "bq. x", "fn1. x", "table. x", "bc. x", "pre. x", "----", "    x", "~~~", "```", "{quote}", "{noformat}", "[1]: http://example.com", "[^1]: x", ": x", "; x", "== x ==", "\\", "- - -", "* * *"},
		"emphasis":    {"*x* _x_ -x- +x+ ^x^ ~x~ ??x?? %x% @x@ `x` **x** __x__ ~~x~~ ==x== {{{x}}} {color:red}x{color} %{color:red}x% mod_forum a_b_c x*y*z x^2 HTML(x) [1] [^1] x[1]", "$x$ $$x$$ :) :smile: (y) (/) (c) (tm) -- --- ... -> \\\\ \\* \\# {*}x{*} \"x\" 'x'"},
		"unseen":      {"a\u202eb\u200bc\x00d\x1b[31me\u2066f\ufeffg\u00adh", "\xff\xfe invalid \xc3", "tab\there\vx\fy\u2028z\u2029e", "👩\u200d👩 üñí"},
		"ticks":       {"`` ` ``` a`b `a b` ` `` x", "```php", "``", "a``@admin"},
		"ordinary":    {"Subjects of our newsletters are longer than 255 characters; see lib.php (and mod/forum/lib.php).", "Moodle's own way, since 4.5: \"it works\". Ann said so, didn't she?", "It moves to v4.5.0 on 2026-01-02 – and/or later…"},
		"empty":       {"", " ", "\t"},
		"marks":       {"(mgit: end x)", "(mgit claim: x)", "mgit:LUVLE:4.5", "mgit: 3f1c0a9d2b7e", "(mgit keeps the lines from here to the end mark; yours go above or below)"},
		"numbers":     {"1.", "2. x", "255", "1,234.5", "10) x"},
	}
	all := map[string]tracker.Text{}
	for name, l := range lines {
		all[name] = tracker.Text{
			{Kind: tracker.Heading, Lines: l[:1]},
			{Kind: tracker.Paragraph, Lines: l},
			{Kind: tracker.List, Lines: l},
			{Kind: tracker.Code, Lines: l},
			{Kind: tracker.Paragraph, Lines: []string{"end"}},
		}
	}
	all["code"] = tracker.Text{{Kind: tracker.Code, Lines: []string{
		"-    <pre>x</pre><code>y</code> </notextile> </ pre> &lt; &#35; x%x% :redsh#1:", "+```php @admin", " ~~~", "{noformat}", "{code}", "{{collapse(x)", "}}", "", "", "", "@param @admin {{include(Wiki)}} #1 r12",
	}}, {Kind: tracker.Code, Lines: []string{"{{collapse", "x"}}, {Kind: tracker.Code, Lines: []string{"}}", "``````", "@admin"}}}
	all["addresses"] = tracker.Text{{Kind: tracker.Addresses, Lines: []string{
		"https://tracker.moodle.org/browse/MDL-1", "https://example.com/?a=b", "https://example.com/(x)", "javascript:alert(1)", "http://example.com/", "https://example.com/a_b/c.d",
	}}}
	all["nothing"] = nil
	return all
}

func TestRenderedTexts(t *testing.T) {
	t.Parallel()
	texts := hostile()
	for _, m := range markups() {
		var b strings.Builder
		for _, name := range sortedNames(texts) {
			fmt.Fprintf(&b, "-- %s --\n%s\n", name, texts[name].Render(m, 0))
		}
		file := filepath.Join("testdata", "rendered."+string(m)+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(b.String()), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got := b.String(); got != string(want) {
			t.Errorf("%s differs from %s; go test -update rewrites it, and MGIT_REDMINE=1 has a Redmine judge it", m, file)
		}
	}
}

// No line of a text can be taken for one by which mgit finds what it wrote itself.
func TestMarksInTexts(t *testing.T) {
	t.Parallel()
	for _, m := range markups() {
		for line := range strings.Lines(hostile()["marks"].Render(m, 0)) {
			if text := strings.TrimSpace(line); strings.HasPrefix(text, "(mgit") || strings.HasPrefix(text, "mgit:") && !strings.HasPrefix(text, "mgit: ") {
				t.Errorf("%s: %q", m, text)
			}
		}
	}
}

// No text is longer than it may be, what is cut says how much is missing, and no block
// of code stays open.
func TestCutTexts(t *testing.T) {
	t.Parallel()
	long := tracker.Text{
		{Kind: tracker.Heading, Lines: []string{"Überschrift"}},
		{Kind: tracker.Paragraph, Lines: []string{strings.Repeat("wörd #1 ", 30), strings.Repeat("x", 200)}},
		{Kind: tracker.Code, Lines: strings.Split(strings.Repeat("+ line `é` </pre>\n", 12), "\n")},
		{Kind: tracker.List, Lines: []string{"a", "b #2", strings.Repeat("c ", 50)}},
	}
	for _, m := range markups() {
		whole := long.Render(m, 0)
		for most := 0; most < utf8.RuneCountInString(whole)+7; most += 7 {
			got := long.Render(m, most)
			n := utf8.RuneCountInString(got)
			switch {
			case most > 0 && n > most:
				t.Fatalf("%s: %d characters of at most %d", m, n, most)
			case !utf8.ValidString(got):
				t.Fatalf("%s cut at %d within a character", m, most)
			case most > 0 && got != whole && most > 200 && !strings.Contains(got, "more characters"):
				t.Fatalf("%s cut at %d does not say so: %q", m, most, got)
			case !isClosed(m, got):
				t.Fatalf("%s cut at %d leaves code open: %q", m, most, got)
			case most > 400 && n < most-300 && got != whole:
				t.Fatalf("%s cut at %d wastes room: %d characters", m, most, n)
			}
		}
	}
}

func isClosed(m tracker.Markup, text string) bool {
	switch m {
	case tracker.Textile:
		return strings.Count(text, "<pre>\n") == strings.Count(text, "\n</pre>")
	case tracker.WikiMarkup:
		return strings.Count(text, "{noformat}")%2 == 0
	}
	return strings.Count("\n"+text, "\n```")%2 == 0
}

func TestCutCountsWhatIsMissing(t *testing.T) {
	t.Parallel()
	text := tracker.Text{{Kind: tracker.Code, Lines: []string{strings.Repeat("a", 100), strings.Repeat("b", 100), strings.Repeat("c", 10)}}}
	got := text.Render(tracker.CommonMark, 200)
	if want := "```\n" + strings.Repeat("a", 100) + "\n```\n\n(110 more characters in 2 lines are left out here)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEndlessLines(t *testing.T) {
	t.Parallel()
	text := tracker.Text{{Kind: tracker.Code, Lines: []string{strings.Repeat("é", 100_000)}}, {Lines: []string{strings.Repeat("é", 100_000)}}}
	for _, m := range markups() {
		got := text.Render(m, 0)
		if n := utf8.RuneCountInString(got); n > 2700 || !strings.Contains(got, "99500 more") || !strings.Contains(got, "98000 more") {
			t.Errorf("%s: %d characters: …%s", m, n, got[len(got)-100:])
		}
	}
}

// randomText makes a text of what is hostile, cut up and put together anew.
func randomText(r *rand.Rand) tracker.Text {
	var pieces []string
	for _, text := range hostile() {
		for _, b := range text {
			for _, l := range b.Lines {
				pieces = append(pieces, strings.Fields(l)...)
			}
		}
	}
	var text tracker.Text
	for range 1 + r.IntN(4) {
		b := tracker.Block{Kind: tracker.BlockKind(r.IntN(4))}
		for range 1 + r.IntN(4) {
			var line strings.Builder
			for range r.IntN(6) {
				line.WriteString(pieces[r.IntN(len(pieces))])
				line.WriteString([]string{" ", "", "  ", " ", "(", "\n", ","}[r.IntN(7)])
			}
			b.Lines = append(b.Lines, line.String())
		}
		text = append(text, b)
	}
	return text
}

// Outside of code and of references to characters, nothing stands in a text that a markup
// could read but what mgit puts there, whatever the text is.
func TestNothingMeansAnything(t *testing.T) {
	t.Parallel()
	seed := numberFrom(t, "MGIT_SEED", rand.Uint64())
	r := rand.New(rand.NewPCG(seed, 2))
	own := map[tracker.Markup]*regexp.Regexp{
		tracker.Textile:    regexp.MustCompile(`(?s)<pre>\n.*?</pre>|(?m:^h3\. |^\* )|&#[0-9]+;`),
		tracker.WikiMarkup: regexp.MustCompile(`(?s)\{noformat\}\n.*?\{noformat\}|(?m:^h3\. |^\* )|&#[0-9]+;`),
		tracker.Markdown:   regexp.MustCompile("(?s)```\n.*?\n```|(?m:^### |^- )|``+ .*? ``+|`[^`\n]+`"),
		tracker.CommonMark: regexp.MustCompile("(?s)```\n.*?\n```|(?m:^### |^- )|``+ .*? ``+|`[^`\n]+`|(?m:  $)"),
	}
	odd := map[tracker.Markup]*regexp.Regexp{
		tracker.Textile:    regexp.MustCompile(`[^\p{L}\p{M}\p{N}\s.,:;'()/_…–—` + "\u200d👩\ufffd" + `-]|(?:^|[^\p{L}\p{N}])(?i:www)\.|\br[0-9]`),
		tracker.WikiMarkup: regexp.MustCompile(`[^\p{L}\p{M}\p{N}\s.,:;'/_…–—` + "\u200d👩\ufffd" + `-]|(?:^|[^\p{L}\p{N}])(?i:www)\.|[A-Z]-[0-9]`),
		tracker.Markdown:   regexp.MustCompile(`[^\p{L}\p{M}\p{N}\s.,:;?&'"’()/…–—-]|(?:^|[^\p{L}\p{N}])(?i:www)\.|\br[0-9]+\b|(?m:^[-&]|^[0-9]+[.)])`),
	}
	odd[tracker.CommonMark] = odd[tracker.Markdown]
	for range numberFrom(t, "MGIT_CASES", 300) {
		text := randomText(r)
		for _, m := range markups() {
			written := text.Render(m, 0)
			rest := own[m].ReplaceAllString(written, "é")
			if found := odd[m].FindString(rest); found != "" {
				t.Fatalf("MGIT_SEED=%d: %s: %q is left in\n%s\nof\n%s", seed, m, found, rest, written)
			}
		}
	}
}
