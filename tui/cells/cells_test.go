package cells_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"mgit/tui/cells"
)

func TestClean(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{"mod_forum", "mod_forum"},
		{"a\tb", "a b"},
		{"\x1b[31mred", `\x1b[31mred`},
		{"two\r\nlines", `two\x0d\x0alines`},
		{"caf\xe9", `caf\xe9`},
		{"\ufffd", "\ufffd"},
		{"a\u202egpj.exe", `a\u202egpj.exe`},
		{"a\u200bb\u00adc\ufeff", `a\u200bb\u00adc\ufeff`},
		{"\U000e0041", `\U000e0041`},
		{"日本語", "日本語"},
		{"שלום", "שלום"},
		{"می\u200cخواهم", "می\u200cخواهم"}, // Persian needs its joiner
		{"क्ष", "क्ष"},
		{"👨\u200d👩\u200d👧 family", "👨 family"},
		{"❤️ and 👍🏽", "❤ and 👍"},
		{"🇩🇪", "🇩🇪"},
		{"1️⃣", "1"},
		{"\u0301x", "◌\u0301x"},
		{"e\u0301", "e\u0301"},
		{"x\u200d", "x\u200d"},
		{"\u200d", `\u200d`},
		{"\u3164", `\u3164`},
	} {
		if got := cells.Clean(test.text); got != test.want {
			t.Errorf("Clean(%q) = %q, want %q", test.text, got, test.want)
		}
	}
}

// What is clean is as wide where a terminal adds up characters as where it knows clusters, but for scripts
// whose letters it may join.
func TestCleanSymbolsHaveOneWidth(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"👨\u200d👩\u200d👧", "❤️", "👍🏽", "🇩🇪", "1️⃣", "™️", "日本", "e\u0301", "שָׁלוֹם", "ま゙", "🏴\U000e0067\U000e007f", "☎︎"} {
		clean := cells.Clean(text)
		if a, b := ansi.StringWidth(clean), ansi.StringWidthWc(clean); a != b {
			t.Errorf("%q is %d or %d columns wide", clean, a, b)
		}
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text                string
		width               int
		right, left, middle string
	}{
		{"mod_forum", 20, "mod_forum", "mod_forum", "mod_forum"},
		{"mod_forum", 9, "mod_forum", "mod_forum", "mod_forum"},
		{"mod_forum", 5, "mod_…", "…orum", "mo…um"},
		{"mod_forum", 2, "m…", "…m", "m…"},
		{"mod_forum", 1, "…", "…", "…"},
		{"mod_forum", 0, "", "", ""},
		{"mod_forum", -3, "", "", ""},
		{"日本語文字", 10, "日本語文字", "日本語文字", "日本語文字"},
		{"日本語文字", 6, "日本…", "…文字", "日…字"},
		{"日本語文字", 5, "日本…", "…文字", "日…字"},
		{"日本語文字", 2, "…", "…", "…"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…", "…e\u0301", "e\u0301…"},
		{"\x1b[31mred car\x1b[m", 4, "\x1b[31mred…\x1b[m", "…\x1b[31mcar\x1b[m", "\x1b[31mre\x1b[m…\x1b[31mr\x1b[m"},
	} {
		if got := cells.Cut(test.text, test.width); got != test.right {
			t.Errorf("Cut(%q, %d) = %q, want %q", test.text, test.width, got, test.right)
		}
		if got := cells.CutLeft(test.text, test.width); ansi.Strip(got) != ansi.Strip(test.left) {
			t.Errorf("CutLeft(%q, %d) = %q, want %q", test.text, test.width, got, test.left)
		}
		if got := cells.CutMiddle(test.text, test.width); ansi.Strip(got) != ansi.Strip(test.middle) {
			t.Errorf("CutMiddle(%q, %d) = %q, want %q", test.text, test.width, got, test.middle)
		}
	}
}

func TestWindow(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text        string
		skip, width int
		want        string
	}{
		{"mod_forum", 0, 4, "mod_"},
		{"mod_forum", 4, 10, "forum     "},
		{"mod_forum", 40, 3, "   "},
		{"日本語", 0, 5, "日本 "},
		{"日本語", 1, 5, " 本語"},
		{"日本語", 2, 4, "本語"},
		{"日本語", 5, 4, "    "},
		{"ae\u0301b", 1, 1, "e\u0301"},
	} {
		if got := cells.Window(test.text, test.skip, test.width); got != test.want {
			t.Errorf("Window(%q, %d, %d) = %q, want %q", test.text, test.skip, test.width, got, test.want)
		}
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text  string
		width int
		want  []string
	}{
		{"", 10, []string{""}},
		{"one two three", 20, []string{"one two three"}},
		{"one two three", 8, []string{"one two", "three"}},
		{"one two three", 7, []string{"one two", "three"}},
		{"  one two three", 9, []string{"  one two", "  three"}},
		{"one\n\ntwo", 9, []string{"one", "", "two"}},
		{"a LUVLE-4.5-hack-mod_forum b", 10, []string{"a", "LUVLE-4.5-", "hack-mod_f", "orum b"}},
		{"日本語文字", 5, []string{"日本", "語文", "字"}},
		{"日本", 1, []string{"…"}},
		{"tab\there\x1b[0m", 40, []string{`tab here\x1b[0m`}},
		{"take --tree /srv", 14, []string{"take --tree", "/srv"}},
		{"take --tree /srv", 9, []string{"take", "--tree", "/srv"}},
		{"a   b    c", 6, []string{"a   b", "c"}},
		{"windows\r\nlines", 40, []string{"windows", "lines"}},
	} {
		if got := cells.Wrap(test.text, test.width); !slices.Equal(got, test.want) {
			t.Errorf("Wrap(%q, %d) = %q, want %q", test.text, test.width, got, test.want)
		}
	}
}

// Two cells with letters from right to left stay where they were put: nothing but KeepOrder could keep a
// terminal from joining them, and no invisible character is put between them.
func TestRightToLeftIsLeftPlain(t *testing.T) {
	t.Parallel()
	row := cells.Fit(cells.Clean("שלום"), 8) + cells.Fit(cells.Clean("العربية"), 8)
	if want := "שלום    العربية "; row != want {
		t.Errorf("the row is %q, want %q", row, want)
	}
	if cells.Width(row) != 16 {
		t.Errorf("the row is %d columns wide", cells.Width(row))
	}
}

func fuzzSeeds(f *testing.F) {
	for _, text := range []string{
		"", "mod_forum", "日本語", "שלום", "👨\u200d👩\u200d👧", "\x1b[31mred\x1b[m", "\x1b[", "\x1b]8;;http://x\x07", "\xff\xfe", "a\u202eb",
		"e\u0301", "\u0301", "\t\r\n", "क्षि", "1️⃣", "\u200d\u200d", "\x9b31m", "\x1bP", "\U000e0067", "ﷺ", strings.Repeat("\u0300", 40),
	} {
		f.Add(text, 7, 2)
	}
}

// Whatever the text is, what is fitted is exactly as wide as asked, and stays so beside something else.
func FuzzFit(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, text string, width, skip int) {
		width, skip = min(max(width, 0), 200), min(max(skip, 0), 200)
		for name, got := range map[string]string{
			"Fit": cells.Fit(text, width), "FitRight": cells.FitRight(text, width),
			"Fit of clean": cells.Fit(cells.Clean(text), width), "Window": cells.Window(cells.Clean(text), skip, width),
		} {
			if n := ansi.StringWidth(got); n != width {
				t.Errorf("%s(%q, %d) is %d columns wide: %q", name, text, width, n, got)
			}
		}
		clean := cells.Clean(text)
		for name, got := range map[string]string{
			"Cut": cells.Cut(clean, width), "CutLeft": cells.CutLeft(clean, width), "CutMiddle": cells.CutMiddle(clean, width),
		} {
			if n := ansi.StringWidth(got); n > width {
				t.Errorf("%s(%q, %d) is %d columns wide: %q", name, clean, width, n, got)
			}
		}
		for _, line := range cells.Wrap(text, width) {
			if n := ansi.StringWidth(line); n > max(1, width) {
				t.Errorf("Wrap(%q, %d) has a line of %d columns: %q", text, width, n, line)
			}
		}
	})
}

func FuzzClean(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, text string, _, _ int) {
		clean := cells.Clean(text)
		for _, r := range clean {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
				t.Errorf("Clean(%q) has %U: %q", text, r, clean)
			}
		}
		if !utf8.ValidString(clean) {
			t.Errorf("Clean(%q) is no UTF-8: %q", text, clean)
		}
		if again := cells.Clean(clean); again != clean {
			t.Errorf("Clean(%q) = %q, and that cleaned is %q", text, clean, again)
		}
	})
}
