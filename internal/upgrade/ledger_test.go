package upgrade_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/upgrade"
)

const (
	old = "1111111111111111111111111111111111111111"
	tip = "2222222222222222222222222222222222222222"
)

func id(t *testing.T, text string) git.ID {
	t.Helper()
	parsed, err := git.ParseID(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

const sample = `format = 1
series = "4.5"
from = "4.1"
onto = "v4.5.0"
onto_commit = "1111111111111111111111111111111111111111"
approved = [1, 2.5, "x", { a = true }]

[branch."LUVLE-4.1-feature-block_x"]
disposition = "drop"
reason = "nobody uses it;\nasked in May"
state = "dropped"
colour = "red"

[branch."LUVLE-4.1-hack-mod_forum-subject"]
disposition = "rebase"
ticket = "LU-12"
owner = "Ann"
justification = "temporary"
upstream = ["MDL-38189"]
review_by = "5.1"
state = "parked"
outcome = "conflict"
run = 12
old_tip = "1111111111111111111111111111111111111111"
new_name = "LUVLE-4.5-hack-mod_forum-subject"
new_tip = "2222222222222222222222222222222222222222"
[branch."LUVLE-4.1-hack-mod_forum-subject".parked]
commit = "2222222222222222222222222222222222222222"
paths = ["mod/forum/lib.php", "\"caf\\xe9.php\""]
waiting = 3
hint = "see line 4"
[[branch."LUVLE-4.1-hack-mod_forum-subject".notes]]
when = 2026-01-02T03:04:05Z
who = "Ann"
text = "the subject moved to a template"
`

func TestParseAndEncodeAreInverse(t *testing.T) {
	t.Parallel()
	l, err := upgrade.Parse("upgrades/4.5.toml", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	e := l.Entries["LUVLE-4.1-hack-mod_forum-subject"]
	want := &upgrade.Entry{
		Disposition: "rebase", Ticket: "LU-12", Owner: "Ann", State: "parked",
		Justification: "temporary", Upstream: []string{"MDL-38189"}, ReviewBy: moodle.Series{Major: 5, Minor: 1},
		Outcome: "conflict", Run: 12,
		OldTip: id(t, old), NewName: "LUVLE-4.5-hack-mod_forum-subject", NewTip: id(t, tip),
		Parked: &upgrade.Parked{
			Commit: id(t, tip), Paths: []string{"mod/forum/lib.php", "caf\xe9.php"}, Waiting: 3,
			Unknown: map[string]any{"hint": "see line 4"},
		},
		Notes: []upgrade.Note{{
			When: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Who: "Ann", Text: "the subject moved to a template",
		}},
	}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Error(diff)
	}
	data, err := l.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sample, string(data)); diff != "" {
		t.Error(diff)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for text, reason := range map[string]string{
		"":                                ":1: format: want format = 1",
		"format = 0":                      ":1: format: want format = 1",
		"format = \"1\"":                  ":1: format: want a whole number",
		"format = 1\nseries = 4.5":        ":2: series: want a text",
		"format = 1\nseries = \"next\"":   ":2: series: ",
		"format = 1\nonto_commit = \"x\"": `:2: onto_commit: "x" is not an object id`,
		"format = 1\nbranch = 3":          ":2: branch: want a table",
		"format = 1\n[branch]\na = 1":     ":3: branch.a: want a table: [branch.a] and its keys below",
		"format = 1\n\n[branch.a]\n# why\ndisposition = \"rebas\"":                                               `:5: branch.a.disposition: "rebas" is none of rebase, replace, drop, hold; did you mean rebase?`,
		"format = 1\n[branch.a]\nstate = \"done\"":                                                               `:3: branch.a.state: "done" is none of todo, parked, moved, tested, in-test, in-deployment, dropped, held`,
		"format = 1\n[branch.a]\noutcome = \"ok\"":                                                               `:3: branch.a.outcome: "ok" is none of clean, resolved`,
		"format = 1\n[branch.a]\njustification = \"vague\"":                                                      `:3: branch.a.justification: "vague" is none of upstreamable, temporary, local`,
		"format = 1\n[branch.a]\nupstream = \"MDL-1\"":                                                           `:3: branch.a.upstream: want a list of texts, such as ["a", "b"]`,
		"format = 1\n[branch.a]\nreview_by = \"soon\"":                                                           ":3: branch.a.review_by: ",
		"format = 1\n[branch.a]\nowner = [\"Ann\"]":                                                              ":3: branch.a.owner: want a text",
		"format = 1\n[branch.a]\nold_tip = \"HEAD\"":                                                             `:3: branch.a.old_tip: "HEAD" is not an object id`,
		"format = 1\n[branch.a]\nnotes = \"x\"":                                                                  ":3: branch.a.notes: want a list of tables",
		"format = 1\n[branch.a]\nnotes = [1]":                                                                    ":3: branch.a.notes: want a list of tables",
		"format = 1\n[branch.a]\nparked.paths = [1]":                                                             ":3: branch.a.parked.paths: want a list of texts",
		"format = 1\n[[branch.a.notes]]\nwho = \"Ann\"\n[[branch.a.notes]]\nwho = \"Bob\"\nwhen = \"yesterday\"": ":6: branch.a.notes.when: want a date and time",
		"format = 1\n[branch.A-4.1-x]\nstate = \"todo\"":                                                         `:2: branch.A-4.1-x: the name of a branch stands in quotes: [branch."A-4.1-x"]`,
		"format = 1\nseries = ":                                                                                  ":2: ",
		"format = 1\n[branch.a]\nstate = todo":                                                                   ":3: ",
		"format = 1\n[branch.a]\nstate = \"todo\"\nstate = \"moved\"":                                            ":4: ",
		"format = 1\n[branch.a]\n[branch.b]\n[branch.a]":                                                         ":4: ",
	} {
		_, err := upgrade.Parse("upgrades/4.5.toml", []byte(text))
		var bad *upgrade.FileError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), "upgrades/4.5.toml"+reason) {
			t.Errorf("Parse(%q): %v, want %q in it", text, err, reason)
		}
		if problems := upgrade.Check("upgrades/4.5.toml", []byte(text)); len(problems) != 1 || problems[0].Error() != bad.Problems[0].Error() {
			t.Errorf("Check(%q): %v", text, problems)
		}
	}
}

// All that is wrong is named at once, in the order of the lines.
func TestParseNamesEverything(t *testing.T) {
	t.Parallel()
	const text = "format = 1\n\n[branch.b]\nstate = \"doen\"\n[branch.a]\ndispositon = \"drop\"\ndisposition = \"keep\"\n"
	_, err := upgrade.Parse("l.toml", []byte(text))
	want := "l.toml:4: branch.b.state: \"doen\" is none of todo, parked, moved, tested, in-test, in-deployment, dropped, held\n" +
		"l.toml:7: branch.a.disposition: \"keep\" is none of rebase, replace, drop, hold"
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
	var found []string
	for _, p := range upgrade.Check("l.toml", []byte(text)) {
		found = append(found, p.Error())
	}
	if len(found) != 3 || found[1] != "line 6: branch.a.dispositon: unknown key; did you mean disposition?" {
		t.Errorf("%q", found)
	}
	if problems := upgrade.Check("l.toml", []byte(sample)); len(problems) != 3 {
		t.Errorf("%v", problems) // approved, colour, hint
	}
}

func TestParseRefusesANewerFormat(t *testing.T) {
	t.Parallel()
	_, err := upgrade.Parse("l.toml", []byte("format = 2\n[branch.a]\ndisposition = \"teleport\"\n"))
	if !errors.Is(err, config.ErrNewer) || strings.Contains(err.Error(), "teleport") {
		t.Errorf("%v, want config.ErrNewer alone", err)
	}
}

// A run sets the state; product.md gives the table.
func TestStateAfter(t *testing.T) {
	t.Parallel()
	follows := map[string]string{
		"clean": "moved", "resolved": "moved", "updated": "moved", "replaced": "moved", "conflict": "parked",
		"landed": "dropped", "dropped": "dropped", "held": "held",
	}
	for _, outcome := range upgrade.Outcomes() {
		for _, before := range append(upgrade.States(), "") {
			want, sets := follows[outcome]
			if !sets {
				want = before
			}
			if want == "" {
				want = "todo"
			}
			if got := upgrade.StateAfter(outcome, before); got != want {
				t.Errorf("StateAfter(%s, %q) = %s, want %s", outcome, before, got, want)
			}
		}
	}
}

func TestRecordForgetsWhatWasParked(t *testing.T) {
	t.Parallel()
	e := &upgrade.Entry{State: "parked", Parked: &upgrade.Parked{Waiting: 1}}
	e.Record(3, upgrade.OutcomeUnchanged)
	if e.Parked == nil {
		t.Error("an unchanged branch is parked no more")
	}
	e.Record(4, upgrade.OutcomeClean)
	if e.Parked != nil || e.State != "moved" || e.Run != 4 || e.Outcome != "clean" {
		t.Errorf("%+v", e)
	}
}

func TestFinished(t *testing.T) {
	t.Parallel()
	l := upgrade.New("4.5", "4.1", "v4.5.0", id(t, old))
	names := []string{"b", "a", "c"}
	l.Entries["a"] = &upgrade.Entry{Disposition: "rebase", State: "moved"}
	l.Entries["b"] = &upgrade.Entry{State: "moved"}
	if diff := cmp.Diff([]string{"b", "c"}, l.Undecided(names)); diff != "" {
		t.Error(diff)
	}
	l.Entries["b"].Disposition = "hold"
	l.Entries["c"] = &upgrade.Entry{Disposition: "rebase", State: "parked"}
	if l.IsFinished(names) {
		t.Error("finished with a parked branch")
	}
	l.Entries["c"].State = "moved"
	if !l.IsFinished(names) {
		t.Error("not finished")
	}
	if l.IsFinished(append(names, "d")) {
		t.Error("finished without a disposition for d")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("format = 1\n[branch.a]\nnotes = [{ when = 07:32:00, x = [[]] }]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := upgrade.Parse("upgrades/4.5.toml", data)
		if err != nil {
			return
		}
		first, err := l.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := upgrade.Parse("upgrades/4.5.toml", first)
		if err != nil {
			t.Fatalf("%v in\n%s", err, first)
		}
		second, err := again.Encode()
		if err != nil || string(first) != string(second) {
			t.Fatalf("%v: %s", err, cmp.Diff(string(first), string(second)))
		}
	})
}
