package upgrade_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/git"
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
	l, err := upgrade.Parse([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	e := l.Entries["LUVLE-4.1-hack-mod_forum-subject"]
	want := &upgrade.Entry{
		Disposition: "rebase", Ticket: "LU-12", State: "parked", Outcome: "conflict", Run: 12,
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
		"":                                "format: want format = 1",
		"format = 0":                      "format: want format = 1",
		"format = \"1\"":                  "format: want a whole number",
		"format = 1\nseries = 4.5":        "series: want a text",
		"format = 1\nonto_commit = \"x\"": `onto_commit: "x" is not an object id`,
		"format = 1\nbranch = 3":          "branch: want a table",
		"format = 1\n[branch]\na = 1":     `branch: "a" is no table`,
		"format = 1\n[branch.a]\ndisposition = \"rebas\"":      `branch "a": disposition: "rebas" is none of rebase, replace, drop, hold`,
		"format = 1\n[branch.a]\nstate = \"done\"":             `state: "done" is none of todo, parked`,
		"format = 1\n[branch.a]\noutcome = \"ok\"":             `outcome: "ok" is none of clean, resolved`,
		"format = 1\n[branch.a]\nnotes = \"x\"":                "notes: want a list of tables",
		"format = 1\n[branch.a]\nnotes = [1]":                  "notes: want a list of tables",
		"format = 1\n[branch.a]\nparked.paths = [1]":           "parked: paths: want a list of texts",
		"format = 1\n[[branch.a.notes]]\nwhen = \"yesterday\"": "when: want a date and time",
		"format = 1\nseries = ":                                "line 2",
	} {
		_, err := upgrade.Parse([]byte(text))
		if err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("Parse(%q): %v, want %q in it", text, err, reason)
		}
	}
}

func TestParseRefusesANewerFormat(t *testing.T) {
	t.Parallel()
	_, err := upgrade.Parse([]byte("format = 2\n[branch.a]\ndisposition = \"teleport\"\n"))
	if !errors.Is(err, upgrade.ErrNewer) {
		t.Errorf("%v, want ErrNewer", err)
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
		l, err := upgrade.Parse(data)
		if err != nil {
			return
		}
		first, err := l.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := upgrade.Parse(first)
		if err != nil {
			t.Fatalf("%v in\n%s", err, first)
		}
		second, err := again.Encode()
		if err != nil || string(first) != string(second) {
			t.Fatalf("%v: %s", err, cmp.Diff(string(first), string(second)))
		}
	})
}
