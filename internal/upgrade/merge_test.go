package upgrade_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mgit/internal/git"
	"mgit/internal/upgrade"
)

func ledger(entries map[string]upgrade.Entry) *upgrade.Ledger {
	l := upgrade.New("4.5", "4.1", "v4.5.0", git.ZeroID)
	for name, e := range entries {
		l.Entries[name] = &e
	}
	return l
}

func note(minute int, text string) upgrade.Note {
	return upgrade.Note{When: time.Date(2026, 1, 1, 12, minute, 0, 0, time.UTC), Who: "Ann", Text: text}
}

// Three clones with one ledger, each resolving another parked branch.
func TestMergeOfThreeClones(t *testing.T) {
	t.Parallel()
	parked := upgrade.Entry{Disposition: "rebase", State: "parked", Outcome: "conflict", Parked: &upgrade.Parked{Waiting: 2}}
	moved := upgrade.Entry{Disposition: "rebase", State: "moved", Outcome: "clean", NewTip: id(t, tip)}
	base := ledger(map[string]upgrade.Entry{"a": parked, "b": parked, "c": parked})
	first := ledger(map[string]upgrade.Entry{"a": moved, "b": parked, "c": parked})
	second := ledger(map[string]upgrade.Entry{"a": parked, "b": moved, "c": parked})
	third := ledger(map[string]upgrade.Entry{"a": parked, "b": parked, "c": moved})
	two, disagreements := upgrade.Merge(base, first, second)
	if len(disagreements) > 0 {
		t.Fatal(disagreements)
	}
	all, disagreements := upgrade.Merge(base, third, two)
	if len(disagreements) > 0 {
		t.Fatal(disagreements)
	}
	if diff := cmp.Diff(ledger(map[string]upgrade.Entry{"a": moved, "b": moved, "c": moved}), all); diff != "" {
		t.Error(diff)
	}
}

func TestMergeOfOneEntry(t *testing.T) {
	t.Parallel()
	base := upgrade.Entry{Disposition: "rebase", State: "todo", Notes: []upgrade.Note{note(1, "a")}}
	with := func(change func(*upgrade.Entry)) *upgrade.Entry {
		e := base
		change(&e)
		return &e
	}
	drop := with(func(e *upgrade.Entry) { e.Disposition, e.Reason = "drop", "unused" })
	hold := with(func(e *upgrade.Entry) { e.Disposition, e.Reason = "hold", "later" })
	moved := with(func(e *upgrade.Entry) { e.State, e.Outcome, e.Run = "moved", "clean", 3 })
	dropped := with(func(e *upgrade.Entry) {
		e.Disposition, e.Reason, e.State, e.Outcome = "drop", "unused", "dropped", "dropped"
	})
	held := with(func(e *upgrade.Entry) { e.Disposition, e.Reason, e.State, e.Outcome = "hold", "later", "held", "held" })
	heldItself := with(func(e *upgrade.Entry) { e.State, e.Outcome = "held", "held" })
	tests := []struct {
		name               string
		base, ours, theirs *upgrade.Entry
		want               *upgrade.Entry
		keys               []string
	}{
		{"disposition and progress", &base, drop, moved, with(func(e *upgrade.Entry) {
			e.Disposition, e.Reason, e.State, e.Outcome, e.Run = "drop", "unused", "moved", "clean", 3
		}), nil},
		{"dropped by a run, and decided anew meanwhile", drop, dropped, &base, with(func(e *upgrade.Entry) { e.Outcome = "dropped" }), nil},
		{"decided anew, and dropped by a run meanwhile", drop, &base, dropped, with(func(e *upgrade.Entry) { e.Outcome = "dropped" }), nil},
		{"held by a run, and decided anew meanwhile", hold, held, &base, with(func(e *upgrade.Entry) { e.Outcome = "held" }), nil},
		{"held by a run of itself", &base, heldItself, &base, heldItself, nil},
		{"two dispositions", &base, drop, hold, drop, []string{"disposition"}},
		{"the other way round", &base, hold, drop, hold, []string{"disposition"}},
		{"one disposition twice", &base, drop, drop, drop, nil},
		{"the same work in two clones' runs", &base, moved, with(func(e *upgrade.Entry) {
			e.State, e.Outcome, e.Run = "moved", "clean", 8
		}), moved, nil},
		{"different work", &base, moved, with(func(e *upgrade.Entry) {
			e.State, e.Outcome, e.Run = "parked", "conflict", 8
		}), moved, []string{"progress"}},
		{
			"notes of both", &base,
			with(func(e *upgrade.Entry) { e.Notes = []upgrade.Note{note(1, "a"), note(4, "ours")} }),
			with(func(e *upgrade.Entry) { e.Notes = []upgrade.Note{note(1, "a"), note(2, "theirs")} }),
			with(func(e *upgrade.Entry) { e.Notes = []upgrade.Note{note(1, "a"), note(2, "theirs"), note(4, "ours")} }), nil,
		},
		{
			"a note taken away", &base, &base,
			with(func(e *upgrade.Entry) { e.Notes = nil }),
			with(func(e *upgrade.Entry) { e.Notes = nil }), nil,
		},
		{"added by ours", nil, drop, nil, drop, nil},
		{"added by theirs", nil, nil, drop, drop, nil},
		{"added by both", nil, drop, moved, with(func(e *upgrade.Entry) {
			e.Disposition, e.Reason = "drop", "unused"
		}), []string{"disposition", "progress"}},
		{"removed by theirs", &base, &base, nil, nil, nil},
		{"removed by ours", &base, nil, &base, nil, nil},
		{"removed and changed", &base, nil, moved, moved, []string{"entry"}},
		{"changed and removed", &base, moved, nil, moved, []string{"entry"}},
		{
			"unknown keys", &base,
			with(func(e *upgrade.Entry) { e.Unknown = map[string]any{"x": "1", "z": "ours"} }),
			with(func(e *upgrade.Entry) { e.Unknown = map[string]any{"y": int64(2), "z": "theirs"} }),
			with(func(e *upgrade.Entry) { e.Unknown = map[string]any{"x": "1", "y": int64(2), "z": "ours"} }),
			[]string{"z"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			one := func(e *upgrade.Entry) *upgrade.Ledger {
				if e == nil {
					return ledger(nil)
				}
				return ledger(map[string]upgrade.Entry{"a": *e})
			}
			merged, disagreements := upgrade.Merge(one(test.base), one(test.ours), one(test.theirs))
			if diff := cmp.Diff(one(test.want), merged); diff != "" {
				t.Error(diff)
			}
			var keys []string
			for _, d := range disagreements {
				keys = append(keys, d.Key)
				if d.Branch != "a" {
					t.Errorf("disagreement about %q", d.Branch)
				}
			}
			if diff := cmp.Diff(test.keys, keys); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMergeOfHeads(t *testing.T) {
	t.Parallel()
	base, ours, theirs := ledger(nil), ledger(nil), ledger(nil)
	ours.Onto, theirs.Onto = "v4.5.1", "v4.5.2"
	theirs.OntoCommit = id(t, tip)
	merged, disagreements := upgrade.Merge(base, ours, theirs)
	want := []upgrade.Disagreement{{
		Key: "onto", Base: upgrade.Onto{Tag: "v4.5.0"}, Ours: upgrade.Onto{Tag: "v4.5.1"},
		Theirs: upgrade.Onto{Tag: "v4.5.2", Commit: id(t, tip)},
	}}
	if diff := cmp.Diff(want, disagreements); diff != "" {
		t.Error(diff)
	}
	if merged.Onto != "v4.5.1" || merged.OntoCommit != git.ZeroID {
		t.Errorf("%+v", merged)
	}
	if _, none := upgrade.Merge(nil, ours, ours); len(none) > 0 {
		t.Errorf("without a base: %v", none)
	}
}

func ledgers() *rapid.Generator[*upgrade.Ledger] {
	return rapid.Custom(func(t *rapid.T) *upgrade.Ledger {
		l := ledger(nil)
		for _, name := range []string{"a", "b", "c"} {
			if rapid.Bool().Draw(t, "there") {
				l.Entries[name] = &upgrade.Entry{
					Disposition: rapid.SampledFrom(upgrade.Dispositions()).Draw(t, "disposition"),
					State:       rapid.SampledFrom(upgrade.States()).Draw(t, "state"),
					Ticket:      fmt.Sprint(rapid.IntRange(0, 1).Draw(t, "ticket")),
				}
			}
		}
		return l
	})
}

// merge(b,x,b) = x, merge(b,x,x) = x, and swapped sides disagree about the same.
func TestMergeLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		base, x, y := ledgers().Draw(t, "base"), ledgers().Draw(t, "x"), ledgers().Draw(t, "y")
		for name, theirs := range map[string]*upgrade.Ledger{"merge(b,x,b)": base, "merge(b,x,x)": x} {
			merged, disagreements := upgrade.Merge(base, x, theirs)
			if diff := cmp.Diff(x, merged); diff != "" || len(disagreements) > 0 {
				t.Fatalf("%s is not x: %s %v", name, diff, disagreements)
			}
		}
		one, there := upgrade.Merge(base, x, y)
		other, back := upgrade.Merge(base, y, x)
		if len(there) != len(back) {
			t.Fatalf("%v and %v", there, back)
		}
		for i := range there {
			back[i].Ours, back[i].Theirs = back[i].Theirs, back[i].Ours
		}
		if diff := cmp.Diff(there, back); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(one, other); diff != "" && len(there) == 0 {
			t.Fatal(diff)
		}
	})
}
