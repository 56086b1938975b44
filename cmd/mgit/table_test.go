package main

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

func branchTable() *table {
	t := &table{columns: []column{
		{title: "BRANCH", elastic: true},
		{title: "OUTCOME"},
		{title: "IN", right: true},
		{title: "CONFLICTS", elastic: true},
	}}
	t.add("LUVLE-4.1-hack-mod_resource-singlefiles", "+ clean", "3")
	t.add("LUVLE-4.1-feature-set_timetable", "! conflict", "12", "mod/quiz/lib.php, mod/quiz/locallib.php")
	return t
}

func render(t *testing.T, tbl *table, p palette, width int) string {
	t.Helper()
	var out strings.Builder
	if err := tbl.writeTo(&out, p, width); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTable(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		width int
		want  string
	}{
		{"a pipe is never cut", 0, `
BRANCH                                   OUTCOME     IN  CONFLICTS
LUVLE-4.1-hack-mod_resource-singlefiles  + clean      3
LUVLE-4.1-feature-set_timetable          ! conflict  12  mod/quiz/lib.php, mod/quiz/locallib.php
`},
		{"80 columns: the last elastic column gives way", 80, `
BRANCH                                   OUTCOME     IN  CONFLICTS
LUVLE-4.1-hack-mod_resource-singlefiles  + clean      3
LUVLE-4.1-feature-set_timetable          ! conflict  12  mod/quiz/li…ocallib.php
`},
		{"60 columns: then the one before it", 60, `
BRANCH                      OUTCOME     IN  CONFLICTS
LUVLE-4.1-ha…e-singlefiles  + clean      3
LUVLE-4.1-fe…set_timetable  ! conflict  12  mod/qui…llib.php
`},
		{"no terminal is narrower than what has to be said", 20, `
BRANCH            OUTCOME     IN  CONFLICTS
LUVLE-4…glefiles  + clean      3
LUVLE-4…imetable  ! conflict  12  mod/qui…llib.php
`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := render(t, branchTable(), newPalette(false), test.width)
			if diff := cmp.Diff(strings.TrimPrefix(test.want, "\n"), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Colours do not move a column, and without them nothing is lost: signs and words remain.
func TestTableColored(t *testing.T) {
	t.Parallel()
	for _, width := range []int{0, 60, 80} {
		colored := &table{columns: branchTable().columns}
		p := newPalette(true)
		for _, row := range branchTable().rows {
			colored.add(p.strong(row[0]), p.good(row[1]), row[2], p.bad(row[3]))
		}
		got := render(t, colored, p, width)
		if !strings.Contains(got, "\x1b[32m+ clean\x1b[") {
			t.Errorf("width %d: not coloured: %q", width, got)
		}
		want := render(t, branchTable(), newPalette(false), width)
		if diff := cmp.Diff(want, stripLines(got)); diff != "" {
			t.Errorf("width %d: differs from the plain table (-want +got):\n%s", width, diff)
		}
	}
}

func stripLines(text string) string {
	var plain strings.Builder
	for line := range strings.Lines(text) {
		plain.WriteString(strings.TrimRight(ansi.Strip(line), " \n") + "\n")
	}
	return plain.String()
}

// A column that must stay readable gives way last, and at its end.
func TestTableCutsAtTheEnd(t *testing.T) {
	t.Parallel()
	runs := &table{columns: []column{{title: "command", elastic: true, least: commandMin}, {title: "remark", elastic: true}}}
	runs.add("rebase-all v4.5.0 --from 4.1 --only x", strings.Repeat("r", 30))
	for width, want := range map[int]string{
		0:  "rebase-all v4.5.0 --from 4.1 --only x  rrrrrrrrrrrrrrrrrrrrrrrrrrrrrr",
		60: "rebase-all v4.5.0 --from 4.1 --only x  rrrrrrrrrr…rrrrrrrrrr",
		45: "rebase-all v4.5.0 --from 4…  rrrrrrr…rrrrrrrr",
		20: "rebase-all v4.5.0 -…  rrrrrrr…rrrrrrrr",
	} {
		if _, got, _ := strings.Cut(render(t, runs, newPalette(false), width), "\n"); strings.TrimSpace(got) != want {
			t.Errorf("width %d: %q, want %q", width, got, want)
		}
	}
}

func TestTableWithoutRows(t *testing.T) {
	t.Parallel()
	empty := &table{columns: []column{{title: "BRANCH"}}}
	if got := render(t, empty, newPalette(false), 80); got != "" {
		t.Errorf("printed %q", got)
	}
}

func TestShorten(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text  string
		width int
		want  string
	}{
		{"short", 10, "short"},
		{"exactly-10", 10, "exactly-10"},
		{"a-little-longer", 10, "a-li…onger"},
		{"tiny-width", 4, "tin…"},
		{"日本語の長い名前です", 11, "日本…前です"},
	}
	for _, test := range tests {
		got := shorten(test.text, test.width)
		if got != test.want {
			t.Errorf("shorten(%q, %d) = %q, want %q", test.text, test.width, got, test.want)
		}
		if ansi.StringWidth(got) > test.width {
			t.Errorf("shorten(%q, %d) is %d wide", test.text, test.width, ansi.StringWidth(got))
		}
	}
}

func TestWords80(t *testing.T) {
	t.Parallel()
	for _, k := range kinds() {
		for line := range strings.Lines(wrap(k.about, 80)) {
			if ansi.StringWidth(strings.TrimRight(line, "\n")) > 80 {
				t.Errorf("%s: %q is wider than 80", k.id, line)
			}
		}
	}
}

func TestOutcomeAndState(t *testing.T) {
	t.Parallel()
	p := newPalette(false)
	for word, want := range map[string]string{
		"clean": "+ clean", "landed": "= landed", "conflict": "! conflict", "moved": "! moved", "failed": "x failed", "held": "- held", "new": "? new",
	} {
		if got := p.outcome(word); got != want {
			t.Errorf("outcome %q, want %q", got, want)
		}
	}
	for word, want := range map[string]string{
		"todo": "· todo", "parked": "! parked", "moved": "+ moved", "in-test": "+ in-test", "dropped": "- dropped", "new": "? new",
	} {
		if got := p.state(word); got != want {
			t.Errorf("state %q, want %q", got, want)
		}
	}
	if got := newPalette(true).outcome("failed"); ansi.Strip(got) != "x failed" || got == "x failed" {
		t.Errorf("coloured outcome %q", got)
	}
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"mod/forum/lib.php":  "mod/forum/lib.php",
		"grün/日本.php":        "grün/日本.php",
		"a\tb\nc":            `a\tb\nc`,
		"evil\x1b[2Jname":    `evil\033[2Jname`,
		"latin1-\xfcber.php": `latin1-\374ber.php`,
		"bidi\u202egnp.exe":  `bidi\342\200\256gnp.exe`,
		"\ufffd":             "\ufffd",
		"c1\u009b2J":         `c1\302\2332J`,
	} {
		if got := printable(text); got != want {
			t.Errorf("printable(%q) = %q, want %q", text, got, want)
		}
	}
}

func FuzzPrintable(f *testing.F) {
	f.Add("mod/forum/lib.php")
	f.Add("evil\x1b[2J\xff\u202e")
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range printable(text) {
			if r < ' ' || r >= 0x7f && r < 0xa0 {
				t.Errorf("printable(%q) holds %q", text, r)
			}
		}
	})
}
