package job

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mgit/internal/config"
	"mgit/internal/hunk"
)

func piece(at int, old, now string) hunk.Piece {
	return hunk.Piece{Hunk: hunk.Hunk{OldStart: at, Old: split(old), NewStart: at, New: split(now)}}
}

func split(text string) []string { return slices.Collect(strings.Lines(text)) }

// A fingerprint follows the content of a change and nothing else.
func TestHunkFingerprint(t *testing.T) {
	t.Parallel()
	base := hunkFingerprint("lib.php", "modified", split("a\nb\n"), split("c\n"))
	if !isFingerprint(base) {
		t.Fatalf("%q is no fingerprint", base)
	}
	same := map[string]string{
		"line ends":        hunkFingerprint("lib.php", "modified", split("a\r\nb\r\n"), split("c\r\n")),
		"no last line end": hunkFingerprint("lib.php", "modified", split("a\nb"), split("c")),
	}
	for name, got := range same {
		if got != base {
			t.Errorf("%s: %s, want %s", name, got, base)
		}
	}
	others := map[string]string{
		"path":              hunkFingerprint("lib2.php", "modified", split("a\nb\n"), split("c\n")),
		"class":             hunkFingerprint("lib.php", "unknown", split("a\nb\n"), split("c\n")),
		"a line":            hunkFingerprint("lib.php", "modified", split("a\nb\n"), split("d\n")),
		"a blank":           hunkFingerprint("lib.php", "modified", split("a\nb \n"), split("c\n")),
		"other side":        hunkFingerprint("lib.php", "modified", split("a\n"), split("b\nc\n")),
		"swapped":           hunkFingerprint("lib.php", "modified", split("c\n"), split("a\nb\n")),
		"no lines":          hunkFingerprint("lib.php", "modified", nil, nil),
		"an empty line":     hunkFingerprint("lib.php", "modified", nil, split("\n")),
		"two empty lines":   hunkFingerprint("lib.php", "modified", nil, split("\n\n")),
		"path runs over":    hunkFingerprint("lib.phpm", "odified", split("a\nb\n"), split("c\n")),
		"a line runs over":  hunkFingerprint("lib.php", "modified", split("ab\n"), split("c\n")),
		"carriage return":   hunkFingerprint("lib.php", "modified", split("a\r\r\nb\n"), split("c\n")),
		"a NUL in the line": hunkFingerprint("lib.php", "modified", split("a\x00\nb\n"), split("c\n")),
	}
	seen := map[string]string{base: "the first"}
	for name, got := range others {
		if seen[got] != "" {
			t.Errorf("%s has the fingerprint of %s", name, seen[got])
		}
		seen[got] = name
	}
}

// Twins in one file are told apart, the finding keeps its fingerprint when
// branches explain a part of it, and line numbers do not count.
func TestFingerprints(t *testing.T) {
	t.Parallel()
	one := []hunk.Piece{piece(3, "a\n", "b\n"), piece(9, "a\n", "b\n"), piece(20, "", "b\n"), piece(30, "a\n", "b\n")}
	finding, each := fingerprints("lib.php", "modified", one, nil, nil)
	if all := append(slices.Clone(each), finding); len(slices.Compact(slices.Sorted(slices.Values(all)))) != 5 {
		t.Errorf("fingerprints are not apart: %v", all)
	}
	moved := slices.Clone(one)
	for i := range moved {
		moved[i].OldStart += 100
		moved[i].NewStart += 103
	}
	if f, e := fingerprints("lib.php", "modified", moved, nil, nil); f != finding || !slices.Equal(e, each) {
		t.Error("fingerprints depend on where the lines stand")
	}

	whole := []hunk.Piece{piece(3, "a\n", "b\nc\nd\n")}
	cut := []hunk.Piece{piece(3, "a\n", "b\n"), piece(4, "", "c\n"), piece(4, "", "d\n")}
	cut[1].By, cut[2].NewStart = "branch", 5
	before, eachBefore := fingerprints("lib.php", "modified", whole, nil, nil)
	after, eachAfter := fingerprints("lib.php", "modified", cut, nil, nil)
	if before != after {
		t.Error("the finding's fingerprint depends on who made its lines")
	}
	if eachBefore[0] == eachAfter[0] {
		t.Error("a hunk keeps its fingerprint although a branch explains a part of it now")
	}
	if apart, _ := fingerprints("lib.php", "modified", []hunk.Piece{piece(3, "a\n", "b\n"), piece(5, "", "c\nd\n")}, nil, nil); apart == before {
		t.Error("two hunks with the lines of one have its fingerprint")
	}
	none, eachNone := fingerprints("pix/a.png", "modified", nil, nil, nil)
	other, _ := fingerprints("pix/b.png", "modified", nil, nil, nil)
	if len(eachNone) != 0 || none == other || !isFingerprint(none) {
		t.Errorf("a finding without lines: %s, %s, %v", none, other, eachNone)
	}
}

const goodDecision = `
[decision.1f2e3d4c5b6a7980]
path = "mod/forum/lib.php"
class = "modified"
decision = "port"
reason = "needed"
who = "Ada Author <ada@example.org>"
when = "2026-01-02T15:04:05Z"
`

// Every field of a colleague's file is judged, and what is wrong is named with
// line and key. The other entries count.
func TestParseDecisions(t *testing.T) {
	t.Parallel()
	entry := func(lines string) string { return "format = 1\n[decision.00000000000000aa]\n" + lines + goodDecision }
	tests := map[string]struct {
		text  string
		fault string // "" for none
		count int    // decisions besides the good one
	}{
		"good":                {entry("decision = \"keep\"\nreason = \"r\"\n"), "", 1},
		"a time of TOML":      {entry("decision = \"keep\"\nreason = \"r\"\nwhen = 2026-01-02T15:04:05Z\n"), "", 1},
		"unknown keys":        {entry("decision = \"keep\"\nreason = \"r\"\nnew = [1]\n"), "", 1},
		"no such word":        {entry("decision = \"burn\"\nreason = \"r\"\n"), `3: decision.00000000000000aa.decision: "burn" is none of port, drop, replace, keep`, 0},
		"none is no decision": {entry("decision = \"none\"\nreason = \"r\"\n"), `3: decision.00000000000000aa.decision: "none" is none of port, drop, replace, keep`, 0},
		"no decision":         {entry("reason = \"r\"\n"), `2: decision.00000000000000aa.decision: "" is none of port, drop, replace, keep`, 0},
		"a number":            {entry("decision = 1\nreason = \"r\"\n"), "3: decision.00000000000000aa.decision: want a text in quotes", 0},
		"a table":             {entry("decision = \"keep\"\nreason = { a = 1 }\n"), "4: decision.00000000000000aa.reason: want a text in quotes", 0},
		"no reason":           {entry("decision = \"keep\"\nreason = \" \"\n"), "4: decision.00000000000000aa.reason: it has no reason", 0},
		"no time":             {entry("decision = \"keep\"\nreason = \"r\"\nwhen = \"monday\"\n"), `5: decision.00000000000000aa.when: "monday" is no time such as 2026-01-02T15:04:05Z`, 1},
		"a time for a name":   {entry("decision = \"keep\"\nreason = \"r\"\nwho = 2026-01-02\n"), "5: decision.00000000000000aa.who: want a text in quotes", 1},
		"no such class":       {entry("decision = \"keep\"\nreason = \"r\"\nclass = \"x\"\n"), `5: decision.00000000000000aa.class: "x" is none of ` + strings.Join(Classes(), ", "), 1},
		"a list for a path":   {entry("decision = \"keep\"\nreason = \"r\"\npath = []\n"), "5: decision.00000000000000aa.path: want a text in quotes", 1},
		"no table":            {"format = 1\ndecision.00000000000000aa = 3\n" + goodDecision, "2: decision.00000000000000aa: want a table", 0},
		"no fingerprint":      {"format = 1\n[decision.\"../x\"]\ndecision = \"keep\"\nreason = \"r\"\n" + goodDecision, `2: decision."../x": "../x" is no fingerprint`, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			decisions, problems, err := parseDecisions([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			want := Decision{"port", "needed", "Ada Author <ada@example.org>", time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)}
			if got := decisions.of("1f2e3d4c5b6a7980"); got == nil || *got != want {
				t.Errorf("the good entry is %+v", got)
			}
			if len(decisions) != 1+tt.count {
				t.Errorf("decisions: %+v", decisions)
			}
			var faults []string
			for _, w := range warnOfDecisions(problems) {
				faults = append(faults, w.Text)
			}
			got := strings.Join(faults, "\n")
			if tt.fault == "" && got != "" || tt.fault != "" && !strings.Contains(got, "decisions.toml:"+tt.fault) {
				t.Errorf("faults: %s\nwant: %s", got, tt.fault)
			}
		})
	}
}

// A file that is no such file at all is said and decides nothing.
func TestParseSpoiltDecisions(t *testing.T) {
	t.Parallel()
	for text, fault := range map[string]string{
		"":                                "",
		"no toml":                         "decisions.toml:1: ",
		"format = 1\ndecision = 5\n":      "decisions.toml:2: decision: want a table",
		"format = \"1\"\n" + goodDecision: "decisions.toml:1: format: want format = 1",
		goodDecision:                      "decisions.toml:1: format: want format = 1",
	} {
		decisions, problems, err := parseDecisions([]byte(text))
		if err != nil || len(decisions) != 0 {
			t.Errorf("%q: %v, %v", text, decisions, err)
		}
		warnings := warnOfDecisions(problems)
		if fault == "" && len(warnings) > 0 || fault != "" && (len(warnings) == 0 || !strings.HasPrefix(warnings[0].Text, fault)) {
			t.Errorf("%q: %+v, want %s", text, warnings, fault)
		}
	}
	if _, _, err := parseDecisions([]byte("format = 2\n")); !errors.Is(err, config.ErrNewer) || !strings.Contains(err.Error(), "decisions.toml") {
		t.Errorf("a newer format: %v", err)
	}
	var flood strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&flood, "[decision.%016x]\n", i)
	}
	_, problems, err := parseDecisions([]byte("format = 1\n" + flood.String()))
	if warnings := warnOfDecisions(problems); err != nil || len(problems) != 1000 || len(warnings) != 11 {
		t.Errorf("%d problems, %d warnings, %v", len(problems), len(warnings), err)
	}
}

func TestMergeDecisions(t *testing.T) {
	t.Parallel()
	one := func(word, reason, who string) string {
		return fmt.Sprintf("\n[decision.00000000000000aa]\npath = \"a\"\ndecision = %q\nreason = %q\nwho = %q\n", word, reason, who)
	}
	const head = "# mine\nformat = 1\n"
	const two = "\n[decision.00000000000000bb]\ndecision = \"keep\" # sure\nreason = \"r\"\n"
	tests := map[string]struct {
		was, ours, theirs, want string
		disagreement            string
	}{
		"two things": {head, head + two, head + one("drop", "r", "Bob"), head + two + one("drop", "r", "Bob"), ""},
		"one thing": {
			head, head + one("keep", "r", "Ada"), head + one("drop", "q", "Bob"), head + one("keep", "r", "Ada"),
			"decision.00000000000000aa",
		},
		"they agree": {head, head + one("keep", "r", "Ada"), head + one("keep", "r", "Bob"), head + one("keep", "r", "Ada"), ""},
		"another word here, another reason there": {
			head + one("keep", "r", "Ada"), head + one("drop", "r", "Bob"), head + one("keep", "q", "Cy"), head + one("drop", "r", "Bob"),
			"decision.00000000000000aa",
		},
		"changed there":    {head + one("keep", "r", "Ada"), head + one("keep", "r", "Ada") + two, head + one("drop", "q", "Bob"), head + one("drop", "q", "Bob") + two, ""},
		"taken back there": {head + one("keep", "r", "Ada") + two, head + one("keep", "r", "Ada") + two, head + two, head + "\n" + two, ""},
		"taken back there, changed here": {
			head + one("keep", "r", "Ada"), head + one("drop", "r", "Ada"), head, head + one("drop", "r", "Ada"),
			"decision.00000000000000aa",
		},
		"unknown keys": {
			head, head + "mine = 1\n", head + "theirs = { a = [1] }\n" + two + "more = [1, 2]\n",
			head + "mine = 1\ntheirs.a = [1]\n\n[decision.00000000000000bb]\ndecision = \"keep\"\nreason = \"r\"\nmore = [1, 2]\n", "",
		},
		"none before":    {"", head + two, "format = 1\n" + one("drop", "r", "Bob"), head + two + one("drop", "r", "Bob"), ""},
		"theirs is torn": {head, head + two, "<<<<<<<", head + two, "the file"},
		"ours is torn":   {head, "<<<<<<<", head + two, head + two, "the file"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, disagreements, err := mergeDecisions([]byte(tt.was), []byte(tt.ours), []byte(tt.theirs))
			if err != nil {
				t.Fatal(err)
			}
			if normal(t, got) != normal(t, []byte(tt.want)) {
				t.Errorf("merged:\n%s\nwant:\n%s", got, tt.want)
			}
			var said string
			for _, d := range disagreements {
				said += cmp.Or(d.key, "the file")
			}
			if said != tt.disagreement {
				t.Errorf("disagreements: %q, want %q", said, tt.disagreement)
			}
		})
	}
	if _, _, err := mergeDecisions(nil, []byte(head), []byte("format = 2\n")); !errors.Is(err, config.ErrNewer) {
		t.Errorf("a newer format: %v", err)
	}
}

// normal is a file of decisions without comments and order.
func normal(t *testing.T, text []byte) string {
	t.Helper()
	doc, err := config.ParseDocument("", text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	root, _ := doc.Get()
	table := root.(map[string]any)
	if all, ok := table["decision"].(map[string]any); ok && len(all) == 0 {
		delete(table, "decision")
	}
	value, err := config.FormatValue(root)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// Merging a thousand decisions must not read the file a thousand times.
func TestMergeManyDecisions(t *testing.T) {
	t.Parallel()
	many := func(from int) []byte {
		var b strings.Builder
		b.WriteString("format = 1\n")
		for i := range 2000 {
			fmt.Fprintf(&b, "\n[decision.%016x]\npath = \"mod/forum/lib%d.php\"\ndecision = \"keep\"\nreason = \"r\"\n", from+i, i)
		}
		return []byte(b.String())
	}
	began := time.Now()
	got, disagreements, err := mergeDecisions(nil, many(0), many(100000))
	if err != nil || len(disagreements) != 0 || strings.Count(string(got), "[decision.") != 4000 {
		t.Errorf("%d decisions, %v, %v", strings.Count(string(got), "[decision."), disagreements, err)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}
