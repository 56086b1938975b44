package tracker_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"mgit/internal/tracker"
)

// cases is how many random cases a test tries, and the seed of the first one; MGIT_CASES and
// MGIT_SEED set them.
func cases(t *testing.T, n int) (int, uint64) {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("MGIT_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	if s := os.Getenv("MGIT_CASES"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	return n, seed
}

// editor makes random edits and remembers what people set, so that nothing of it can get
// lost unseen.
type editor struct {
	*rand.Rand
	w     *world
	notes int
	texts []string // of notes that people wrote, on either side
}

func of[V any](e *editor, all ...V) V { return all[e.IntN(len(all))] }

// ledger edits a branch in the ledger of a clone.
func (e *editor) ledger(c *clone, name string) {
	b := c.branches[name]
	switch e.IntN(7) {
	case 0:
		b.state, b.decided = of(e, "parked", "moved", "in-test", "in-deployment", "dropped"), ""
	case 1:
		if b.state == "moved" {
			b.state = "tested"
		}
	case 2:
		b.decided, b.reason = of(e, "dropped", "held", ""), "because"
	case 3:
		b.owner = of(e, "", "Ann", "Bob", "Cleo C.", "Zoe")
	case 4:
		b.notes = append(b.notes, noted{e.w.tick(), "Ann", e.text()})
	case 5:
		b.text = e.text()
	case 6:
		b.subject = "Carry " + e.text()
	}
}

func (e *editor) text() string {
	e.notes++
	text := fmt.Sprintf("text %d", e.notes)
	e.texts = append(e.texts, text)
	return text
}

// tracker edits an issue as people do.
func (e *editor) tracker(i *tracker.Issue) {
	switch e.IntN(5) {
	case 0, 1:
		e.w.setStatus(i, e.w.status[e.IntN(len(e.w.status))].Name)
	case 2:
		e.w.assign(i, of(e, "", "5", "6", "7"))
	case 3:
		e.w.write(i, of(e, "5", "6"), e.text())
	case 4:
		i.Description, i.Updated = "People's.\n"+i.Description, e.w.tick()
	}
}

// values are what stands on both sides, by branch and key.
func (c *clone) values() map[string]string {
	all := map[string]string{}
	for name, e := range c.branches {
		state := e.state
		if e.decided != "" {
			state = e.decided
		}
		i := c.w.one(name)
		all[name+" state"], all[name+" status"] = state, i.Status.Name
		all[name+" owner"], all[name+" assignee"] = e.owner, i.Assignee.ID
	}
	return all
}

// After any edits on both sides two syncs are enough until nothing changes. What a person
// set is on both sides then, or in a disagreement; what one sync made does not turn back
// in the next one.
func TestSyncsConverge(t *testing.T) {
	t.Parallel()
	n, seed := cases(t, 60)
	for k := range n {
		testConvergence(t, seed+uint64(k))
		if t.Failed() {
			t.Fatalf("MGIT_SEED=%d", seed+uint64(k))
		}
	}
}

func testConvergence(t *testing.T, seed uint64) {
	w := newWorld(t)
	w.stores = true
	e := &editor{Rand: rand.New(rand.NewPCG(seed, 1)), w: w}
	c := w.clone("a", "b")
	c.sync(tracker.Options{}, -1)
	for range 4 {
		for range e.IntN(5) {
			name := of(e, "a", "b")
			if e.IntN(2) == 0 {
				e.ledger(c, name)
			} else {
				e.tracker(w.one(name))
			}
		}
		before := c.values()
		p, ignored := c.sync(tracker.Options{Take: of(e, "", "", tracker.Ledger, tracker.Tracker)}, -1)
		first := c.values()
		checkNothingLost(t, c, p, before, first)
		if len(ignored) > 0 {
			t.Errorf("the tracker ignores nothing: %v", ignored)
		}
		p2, _ := c.sync(tracker.Options{}, -1)
		if second := c.values(); !maps.Equal(first, second) {
			t.Errorf("%v became %v: %s, then %s", first, second, describe(p), describe(p2))
		}
		if p3 := c.plan(tracker.Options{}); len(p3.Writes)+len(p3.Incoming) > 0 {
			t.Errorf("two syncs were not enough: %s; %s; %s", describe(p), describe(p2), describe(p3))
		}
	}
	checkNotes(t, c)
}

// checkNothingLost fails for a value that a sync replaced although the other side had not
// changed since they agreed, and for two that differ and are not told of.
func checkNothingLost(t *testing.T, c *clone, p *tracker.Plan, before, after map[string]string) {
	t.Helper()
	for name := range c.branches {
		isOpen := map[string]bool{}
		for _, d := range p.Disagreements {
			if d.Branch == name {
				isOpen[d.Key] = true
			}
		}
		changed := func(keys ...string) (n int) {
			for _, key := range keys {
				if before[name+key] != after[name+key] {
					n++
				}
			}
			return n
		}
		if changed(" state", " status") > 1 || changed(" owner", " assignee") > 1 {
			t.Errorf("%s: both sides were changed: %v, %v; %s", name, before, after, describe(p))
		}
		if isOpen["state"] && changed(" state", " status") > 0 || isOpen["owner"] && changed(" owner", " assignee") > 0 {
			t.Errorf("%s: what is open was touched: %v, %v; %s", name, before, after, describe(p))
		}
		// Equal in the tracker's words, open, or a status or an owner that the other side
		// has no word for.
		status := after[name+" status"]
		isOwn := status == "Feedback" || after[name+" state"] == "todo"
		if c.w.caps.Status[after[name+" state"]] != status && !isOpen["state"] && !isOwn {
			t.Errorf("%s: %v is not told of: %s", name, after, describe(p))
		}
		names := map[string]string{"": "", "5": "Ann", "6": "Bob", "7": "Cleo C."}
		if after[name+" owner"] != "Zoe" && names[after[name+" assignee"]] != after[name+" owner"] && !isOpen["owner"] {
			t.Errorf("%s: %v is not told of: %s", name, after, describe(p))
		}
	}
}

// checkNotes fails unless each note stands once in the ledger and once in the tracker.
func checkNotes(t *testing.T, clones ...*clone) {
	t.Helper()
	for _, c := range clones {
		for name, b := range c.branches {
			i := c.w.one(name)
			var told, people []string
			for _, note := range i.Notes {
				if ids := tracker.ToldIn(note.Text); len(ids) > 0 {
					told = append(told, ids...)
				} else {
					people = append(people, note.Text)
				}
			}
			var ledger []string
			for _, n := range b.notes {
				ledger = append(ledger, n.text)
				id := tracker.NoteID(name, n.when, n.who, n.text)
				if stands := slices.Contains(told, id); stands == slices.Contains(people, n.text) {
					t.Errorf("%s: %q is told %t, and by people %t", name, n.text, stands, !stands)
				}
			}
			for _, all := range [][]string{told, ledger, people} {
				slices.Sort(all)
				if len(slices.Compact(slices.Clone(all))) != len(all) {
					t.Errorf("%s: %v has something twice", name, all)
				}
			}
			for _, text := range people {
				if !slices.Contains(ledger, text) {
					t.Errorf("%s: %q did not come into the ledger", name, text)
				}
			}
		}
	}
}

// Clones that sync one after the other, each with a ledger and a mirror of its own that are
// merged now and then, lose no note and tell none twice, and in the end hold the same.
func TestClonesConverge(t *testing.T) {
	t.Parallel()
	n, seed := cases(t, 40)
	for k := range n {
		testClones(t, seed+uint64(k))
		if t.Failed() {
			t.Fatalf("MGIT_SEED=%d", seed+uint64(k))
		}
	}
}

func testClones(t *testing.T, seed uint64) {
	w := newWorld(t)
	w.stores = true
	e := &editor{Rand: rand.New(rand.NewPCG(seed, 2)), w: w}
	shared := w.clone("a", "b")
	shared.sync(tracker.Options{}, -1)
	clones := []*clone{shared.copy(), shared.copy(), shared.copy()}
	bases := []*clone{shared.copy(), shared.copy(), shared.copy()}
	exchange := func(k int) {
		mine := clones[k].copy()
		shared.join(bases[k], mine)
		bases[k] = shared.copy()
		clones[k] = shared.copy()
	}
	for range 10 {
		k := e.IntN(len(clones))
		switch e.IntN(4) {
		case 0:
			b := clones[k].branches[of(e, "a", "b")]
			b.notes = append(b.notes, noted{w.tick(), of(e, "Ann", "Bob"), e.text()})
		case 1:
			w.write(w.one(of(e, "a", "b")), of(e, "5", "6"), e.text())
		case 2:
			clones[k].sync(tracker.Options{}, of(e, -1, -1, 0, 1))
		case 3:
			exchange(k)
		}
	}
	for range 2 {
		for _, k := range e.Perm(len(clones)) {
			clones[k].sync(tracker.Options{}, -1)
			exchange(k)
		}
	}
	shared.quiet()
	checkNotes(t, shared)
	total := 0
	for _, b := range shared.branches {
		total += len(b.notes)
	}
	if total != len(e.texts) {
		t.Errorf("%d notes of %d", total, len(e.texts))
	}
}

func (c *clone) copy() *clone {
	d := &clone{w: c.w, branches: map[string]*entry{}, mirror: c.mirror, finished: c.finished, items: c.items}
	for name, e := range c.branches {
		f := *e
		f.notes = slices.Clone(e.notes)
		d.branches[name] = &f
	}
	return d
}

// join merges what a clone has into what is shared, as a sync of the mgit branch does.
func (c *clone) join(base, mine *clone) {
	c.mirror = tracker.MergeMirrors(base.mirror, c.mirror, mine.mirror)
	for name, b := range c.branches {
		for _, n := range mine.branches[name].notes {
			if !slices.Contains(b.notes, n) {
				b.notes = append(b.notes, n)
			}
		}
		slices.SortFunc(b.notes, func(x, y noted) int { return x.when.Compare(y.when) })
	}
}

// A tracker that ignores things, or refuses them, is not asked for the same again and again:
// after three syncs nothing is sent any more, and what it does not take is said.
func TestSyncsEndWithATrackerThatIgnores(t *testing.T) {
	t.Parallel()
	n, seed := cases(t, 60)
	for k := range n {
		testIgnoring(t, seed+uint64(k))
		if t.Failed() {
			t.Fatalf("MGIT_SEED=%d", seed+uint64(k))
		}
	}
}

func testIgnoring(t *testing.T, seed uint64) {
	w := newWorld(t)
	e := &editor{Rand: rand.New(rand.NewPCG(seed, 4)), w: w}
	c := w.clone("a", "b")
	keys := []string{"status", "assignee", "done", "subject", "description", "note", "link", "parent", "version", "field 3"}
	bad := map[string]bool{of(e, keys...): true, of(e, keys...): true}
	w.ignores = func(i *tracker.Issue, key string) bool { return i.ID != "1" && bad[key] }
	if e.IntN(2) == 0 {
		isMade := func(i *tracker.Issue, key string) bool { return i.ID != "1" && bad[key] && !i.Updated.IsZero() }
		w.ignores, w.refuses = w.refuses, isMade
	}
	c.sync(tracker.Options{}, -1)
	for range 3 {
		for range e.IntN(6) {
			name := of(e, "a", "b")
			b := c.branches[name]
			switch e.IntN(6) {
			case 0:
				b.links = append(b.links, "1")
			case 1:
				b.fields = map[string]string{"3": e.text()}
			case 2:
				w.set.Version = of(e, "", "v1", "v2")
			default:
				e.ledger(c, name)
			}
		}
		var plans []string
		said := false
		for range 3 {
			p, ignored := c.sync(tracker.Options{Again: e.IntN(8) == 0}, -1)
			plans = append(plans, describe(p))
			said = said || len(p.Ignored)+len(ignored) > 0
		}
		c.sync(tracker.Options{}, -1)
		if p := c.plan(tracker.Options{}); len(p.Writes)+len(p.Incoming)+len(p.Disagreements) > 0 {
			t.Errorf("%v is not taken: %q, and then %s", slices.Sorted(maps.Keys(bad)), plans, describe(p))
		}
		for name, b := range c.branches {
			state := b.state
			if b.decided != "" {
				state = b.decided
			}
			if w.caps.Status[state] != w.one(name).Status.Name && !said {
				t.Errorf("nothing is said of %s: %s", c.says(name), plans)
			}
		}
	}
}
