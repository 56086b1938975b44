package tracker_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/config"
	"mgit/internal/tracker"
)

const sampleMirror = `format = 1
kind = "redmine"
url = "https://redmine.example.org"
project = "moodle-upgrade"
series = "4.5"
groups = ["9", "10"]
approved = [1, "x"]

[upgrade]
issue = "1"
state = "todo"
status = "New"

[branch."LUVLE-4.1-hack-mod_forum-subject"]
issue = "12"
state = "moved"
status = "Feedback"
meant = "In Progress"
owner = "Ann"
assignee = "5"
done = 50
version = "Moodle 4.5"
subject = "Forum: \"subject\""
description = "1a2b3c4d"
links = ["3", "12"]
told = ["3f1c0a9d2b7e", "90ab12cd34ef"]
seen = "77"
updated = 2026-01-02T03:04:05.25Z
fields = { 7 = "mod_forum" }
refused = { "field 8" = "x", status = "Closed" }
colour = "red"
`

func TestParseMirrorAndEncodeAreInverse(t *testing.T) {
	t.Parallel()
	m, err := tracker.ParseMirror("trackers/4.5.toml", []byte(sampleMirror))
	if err != nil {
		t.Fatal(err)
	}
	want := tracker.Mirrored{
		Issue: "12", State: "moved", Status: "Feedback", Meant: "In Progress", Owner: "Ann", Assignee: "5", Done: 50, Version: "Moodle 4.5",
		Fields: map[string]string{"7": "mod_forum"}, Subject: `Forum: "subject"`, Description: "1a2b3c4d", Links: []string{"3", "12"},
		Told: []string{"3f1c0a9d2b7e", "90ab12cd34ef"}, Seen: "77", Updated: time.Date(2026, 1, 2, 3, 4, 5, 25e7, time.UTC),
		Refused: map[string]string{"field 8": "x", "status": "Closed"}, Unknown: map[string]any{"colour": "red"},
	}
	if diff := cmp.Diff(want, m.Branches["LUVLE-4.1-hack-mod_forum-subject"]); diff != "" {
		t.Error(diff)
	}
	data, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sampleMirror, string(data)); diff != "" {
		t.Error(diff)
	}
	if !m.IsOf("redmine", "https://redmine.example.org/", "moodle-upgrade") || m.IsOf("redmine", "https://redmine.example.org", "other") {
		t.Error("it is of another tracker")
	}
}

func TestParseMirrorRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                     "m.toml:1: format: want format = 1",
		"format = \"1\"":                       "m.toml:1: format: want a whole number",
		"format = 1\nkind = ":                  "m.toml:2: ",
		"format = 1\ngroups = [1]":             "m.toml:2: groups: want a list of texts",
		"format = 1\n\nupgrade = 3":            "m.toml:3: upgrade: want a table",
		"format = 1\n[upgrade]\nstate = \"x\"": `m.toml:3: upgrade.state: "x" is none of todo, parked`,
		"format = 1\nbranch.a = 1":             "m.toml:2: branch.a: want a table: [branch.a]",
		"format = 1\n[branch.\"a-4.1\"]\n# why\nupdated = \"now\"": `m.toml:4: branch."a-4.1".updated: want a date and time`,
		"format = 1\n[branch.a]\nrefused.status = 3":               "m.toml:3: branch.a.refused.status: want a text in quotes",
		"format = 1\n[branch.a]\ndone = \"x\"\ntold = \"y\"":       "m.toml:3: branch.a.done: want a whole number\nm.toml:4: branch.a.told: want a list",
	} {
		_, err := tracker.ParseMirror("m.toml", []byte(text))
		var bad *tracker.FileError
		if !errors.As(err, &bad) || !strings.HasPrefix(err.Error(), want) || errors.Is(err, config.ErrNewer) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	_, err := tracker.ParseMirror("m.toml", []byte("format = 2\nkind = 3\n"))
	if !errors.Is(err, config.ErrNewer) || !strings.HasPrefix(err.Error(), "m.toml:1: format: this is format 2") {
		t.Error(err)
	}
}

func FuzzParseMirror(f *testing.F) {
	f.Add([]byte(sampleMirror))
	f.Add([]byte("format = 1\n[branch]\n\"\" = {}\n[upgrade]\n"))
	f.Add([]byte("format = 1\n[branch.a]\ntold = [\"b\", \"\", \"a\", \"b\"]\nupdated = 2026-01-01\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := tracker.ParseMirror("m.toml", data)
		if err != nil {
			return
		}
		first, err := m.Encode()
		if err != nil {
			t.Skip() // odd values in unknown keys
		}
		again, err := tracker.ParseMirror("m.toml", first)
		if err != nil {
			t.Fatalf("%v in\n%s", err, first)
		}
		second, err := again.Encode()
		if err != nil || string(first) != string(second) {
			t.Errorf("%v\n%s\nbecame\n%s", err, first, second)
		}
	})
}

// randomMirrored is an entry with few values for each key, so that two are often equal.
func randomMirrored(r *rand.Rand) tracker.Mirrored {
	text := func(all ...string) string { return all[r.IntN(len(all))] }
	some := func(all ...string) (list []string) {
		for _, s := range all {
			if r.IntN(2) == 0 {
				list = append(list, s)
			}
		}
		return list
	}
	m := tracker.Mirrored{
		Issue: text("12", "12", "12", "9", ""), State: text("moved", "tested", ""), Status: text("New", "Feedback"), Meant: text("", "New"),
		Owner: text("", "Ann"), Assignee: text("", "5"), Done: r.IntN(2) * 50, Version: text("", "v"), Subject: text("a", "b"),
		Description: text("1", "2"), Links: some("1", "3"), Told: some("a", "b", "c"), Seen: text("", "9", "10"),
	}
	if r.IntN(3) > 0 {
		m.Updated = time.Date(2026, 1, 1, 0, 0, r.IntN(3), 0, time.UTC)
	}
	if r.IntN(3) == 0 {
		m.Refused = map[string]string{"status": text("x", "y")}
	}
	if r.IntN(3) == 0 {
		m.Unknown = map[string]any{"k": text("x", "y")}
	}
	return m
}

// randomMirror is base with some entries changed, added and removed.
func randomMirror(r *rand.Rand, base *tracker.Mirror) *tracker.Mirror {
	m := tracker.NewMirror("redmine", "https://x.org", "p", "4.5")
	if base != nil {
		maps.Copy(m.Branches, base.Branches)
		m.Upgrade, m.Groups = base.Upgrade, base.Groups
	}
	if r.IntN(12) == 0 {
		m.Project = "q"
	}
	for _, name := range []string{"a", "b", "c"} {
		switch r.IntN(4) {
		case 0:
			m.Branches[name] = randomMirrored(r)
		case 1:
			if b, ok := m.Branches[name]; ok {
				b.Told, b.Done = append(slices.Clone(b.Told), "d"), b.Done+r.IntN(2)
				m.Branches[name] = b
			}
		case 2:
			delete(m.Branches, name)
		}
	}
	if r.IntN(3) == 0 {
		m.Upgrade = randomMirrored(r)
	}
	if r.IntN(3) == 0 {
		m.Groups = append(slices.Clone(m.Groups), fmt.Sprint(r.IntN(3)))
	}
	return m
}

func encoded(t *testing.T, m *tracker.Mirror) string {
	t.Helper()
	data, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Merging is the same from both sides, takes what only one side changed, and makes the same
// of the same.
func TestMergeMirrorsKeepsItsLaws(t *testing.T) {
	t.Parallel()
	n, seed := cases(t, 600)
	for k := range n {
		r := rand.New(rand.NewPCG(seed+uint64(k), 3))
		var base *tracker.Mirror
		if r.IntN(5) > 0 {
			base = randomMirror(r, nil)
		}
		x, y := randomMirror(r, base), randomMirror(r, base)
		before := encoded(t, x) + encoded(t, y)
		one, other := encoded(t, tracker.MergeMirrors(base, x, y)), encoded(t, tracker.MergeMirrors(base, y, x))
		if one != other {
			t.Errorf("swapped sides differ: %s", cmp.Diff(one, other))
		}
		if got := encoded(t, tracker.MergeMirrors(base, x, x)); got != encoded(t, x) {
			t.Errorf("the same twice: %s", cmp.Diff(encoded(t, x), got))
		}
		if base != nil {
			if got := encoded(t, tracker.MergeMirrors(base, x, base)); got != encoded(t, x) {
				t.Errorf("one side alone: %s", cmp.Diff(encoded(t, x), got))
			}
		}
		if x.Project == y.Project {
			checkMerged(t, base, x, y, tracker.MergeMirrors(base, x, y))
		}
		if before != encoded(t, x)+encoded(t, y) {
			t.Error("a side was changed")
		}
		if t.Failed() {
			t.Fatalf("MGIT_SEED=%d", seed+uint64(k))
		}
	}
}

// checkMerged fails where something that was told or read on a side is not so any more,
// or where an issue is not one of the sides', or not the older one.
func checkMerged(t *testing.T, base, x, y, merged *tracker.Mirror) {
	t.Helper()
	for _, name := range []string{"a", "b", "c"} {
		a, inX := x.Branches[name]
		b, inY := y.Branches[name]
		m := merged.Branches[name]
		if !inX || !inY || base != nil && (cmp.Equal(a, base.Branches[name]) || cmp.Equal(b, base.Branches[name])) {
			continue
		}
		if a.Issue != b.Issue {
			if want := older(a.Issue, b.Issue); m.Issue != want {
				t.Errorf("%s: %s and %s became %s", name, a.Issue, b.Issue, m.Issue)
			}
			continue
		}
		for _, id := range append(slices.Clone(a.Told), b.Told...) {
			if !slices.Contains(m.Told, id) {
				t.Errorf("%s: %s was told", name, id)
			}
		}
		if m.Updated.Before(a.Updated) || m.Updated.Before(b.Updated) || len(m.Seen) < len(a.Seen) || len(m.Seen) < len(b.Seen) {
			t.Errorf("%s: %+v and %+v became %+v", name, a, b, m)
		}
	}
}

func older(a, b string) string {
	switch {
	case a == "" || b != "" && (len(b) < len(a) || len(a) == len(b) && b < a):
		return b
	}
	return a
}

// Taking back a sync makes the mirror say what it said before, also if another sync has
// told something since.
func TestMergeMirrorsTakesBack(t *testing.T) {
	t.Parallel()
	before := tracker.NewMirror("redmine", "https://x.org", "p", "4.5")
	before.Branches["a"] = tracker.Mirrored{Issue: "1", State: "moved", Status: "In Progress", Seen: "3"}
	after := tracker.NewMirror("redmine", "https://x.org", "p", "4.5")
	after.Branches["a"] = tracker.Mirrored{Issue: "1", State: "tested", Status: "Resolved", Seen: "4"}
	after.Branches["b"] = tracker.Mirrored{Issue: "2", State: "todo", Status: "New"}
	if diff := cmp.Diff(before, tracker.MergeMirrors(after, after, before)); diff != "" {
		t.Error(diff)
	}
	later := tracker.NewMirror("redmine", "https://x.org", "p", "4.5")
	later.Branches["a"] = after.Branches["a"]
	later.Branches["b"] = tracker.Mirrored{Issue: "2", State: "todo", Status: "New", Told: []string{"x"}}
	got := tracker.MergeMirrors(after, later, before)
	if got.Branches["a"].State != "moved" || got.Branches["a"].Seen != "3" || !slices.Equal(got.Branches["b"].Told, []string{"x"}) {
		t.Errorf("%+v", got)
	}
	if got := tracker.MergeMirrors(after, nil, after); len(got.Branches) > 0 {
		t.Errorf("it was removed: %+v", got)
	}
}

func TestUnread(t *testing.T) {
	t.Parallel()
	w, c, i := settled(t, func(*entry) {})
	all := w.found(c.mirror, func([]tracker.Issue) []string { return nil }).Issues
	if ids := c.mirror.Unread(all); len(ids) > 0 {
		t.Error(ids)
	}
	if ids := (*tracker.Mirror)(nil).Unread(all); !slices.Equal(ids, []string{"1", "2"}) {
		t.Error(ids)
	}
	w.write(i, "5", "x")
	all = w.found(c.mirror, func([]tracker.Issue) []string { return nil }).Issues
	if ids := c.mirror.Unread(all); !slices.Equal(ids, []string{"2"}) {
		t.Error(ids)
	}
}

// docs/formats.md shows a mirror as mgit writes it.
func TestMirrorOfTheDocs(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```toml trackers/4.5.toml\n")
	example, _, ok := strings.Cut(rest, "```\n")
	if !ok {
		t.Fatal("there is no example")
	}
	m, err := tracker.ParseMirror("trackers/4.5.toml", []byte(example))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(example, encoded(t, m)); diff != "" {
		t.Errorf("the page and what is written differ (-page +written):\n%s", diff)
	}
}

// When issues were read is told apart from what was read there.
func TestRestamped(t *testing.T) {
	t.Parallel()
	mirror := func() *tracker.Mirror {
		m := tracker.NewMirror("redmine", "https://x.org", "p", "4.5")
		m.Upgrade = tracker.Mirrored{Issue: "1", Updated: time.Unix(1, 0)}
		m.Branches = map[string]tracker.Mirrored{"a": {Issue: "2", Updated: time.Unix(2, 0)}, "b": {Issue: "3"}}
		return m
	}
	for _, test := range []struct {
		change func(*tracker.Mirror)
		count  int
		isAll  bool
	}{
		{func(*tracker.Mirror) {}, 0, true},
		{func(m *tracker.Mirror) { m.Upgrade.Updated = time.Time{} }, 1, true},
		{func(m *tracker.Mirror) {
			m.Branches["a"] = tracker.Mirrored{Issue: "2", Updated: time.Unix(7, 0)}
			m.Branches["b"] = tracker.Mirrored{Issue: "3", Updated: time.Unix(7, 0)}
		}, 2, true},
		{func(m *tracker.Mirror) {
			m.Branches["a"] = tracker.Mirrored{Issue: "2", Updated: time.Unix(2, 0), Seen: "9"}
		}, 0, false},
		{func(m *tracker.Mirror) { delete(m.Branches, "b") }, 0, false},
		{func(m *tracker.Mirror) { m.Branches["c"] = tracker.Mirrored{Issue: "4"} }, 0, false},
		{func(m *tracker.Mirror) { m.Groups = []string{"5"} }, 0, false},
	} {
		next := mirror()
		test.change(next)
		if count, isAll := mirror().Restamped(next); count != test.count || isAll != test.isAll {
			t.Errorf("%+v: %d, %v", next, count, isAll)
		}
	}
}
