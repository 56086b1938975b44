package tracker_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"mgit/internal/tracker"
	"mgit/internal/upgrade"
)

// A tracker's times and texts can be anything that JSON holds. What comes from it into the
// ledger and the mirror is read again by every clone.
func TestOddNotes(t *testing.T) {
	t.Parallel()
	for _, when := range []string{
		"9999-12-31T23:59:59-12:00", "0000-01-01T00:00:00+12:00", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z",
	} {
		at, err := time.Parse(time.RFC3339, when)
		if err != nil {
			t.Fatal(err)
		}
		for _, status := range []string{"New", "Rejected"} {
			w, c, i := settled(t, func(*entry) {})
			w.people = append(w.people, tracker.User{ID: "9", Name: strings.Repeat("very long\x1b[2J\u202e\n", 100)})
			i.Assignee, i.Status = w.user("9"), w.closed(status)
			n := w.write(i, "9", strings.Repeat("no end\x00\x1b\u2028\u202e\"\"\"'''\xed\xa0\x80\r\n", 1<<12))
			i.Notes[len(i.Notes)-1].When, i.Updated = at, at
			p := c.plan(tracker.Options{})
			if len(p.Incoming) < 2 {
				t.Fatalf("%s: %s", when, describe(p))
			}
			for _, in := range p.Incoming {
				if size := len(in.New) + len(in.Who) + len(in.Reason); size > 100_000 || len(in.Reason) > 10_000 || len(in.Who) > 2000 {
					t.Errorf("%s: %s has %d bytes", when, in.Key, size)
				}
				if in.Key == "note" && !strings.Contains(in.New, "characters more") {
					t.Errorf("what is missing is not said: %q", in.New[len(in.New)-100:])
				}
				if _, err := json.Marshal(in.When); err != nil || !utf8.ValidString(in.New) {
					t.Errorf("%s: %s: %v", when, in.Key, err)
				}
				l := &upgrade.Ledger{Series: "4.5", From: "4.1", Entries: map[string]*upgrade.Entry{"a": {
					State: "todo", Disposition: "drop", Reason: in.Reason, Owner: in.Who, Notes: []upgrade.Note{{When: in.When, Who: in.Who, Text: in.New}},
				}}}
				data, err := l.Encode()
				if err == nil {
					_, err = upgrade.Parse("upgrades/4.5.toml", data)
				}
				if err != nil {
					t.Errorf("%s: %s: %v", when, in.Key, err)
				}
			}
			w.stores = true
			c.sync(tracker.Options{}, -1) // fails where the mirror cannot be read
			c.quiet()
			if c.mirror.Branches["a"].Seen != n.ID {
				t.Errorf("%s: it is not known to be read", when)
			}
		}
	}
}

// A note that pretends to be mgit's and tells of more than any note of mgit's can is
// somebody's, and does not fill the mirror.
func TestToldWithoutEnd(t *testing.T) {
	t.Parallel()
	_, c, i := settled(t, func(*entry) {})
	c.w.write(i, "5", "mgit: "+strings.Repeat("0123456789ab ", 100_000))
	c.sync(tracker.Options{}, -1)
	if n := len(c.mirror.Branches["a"].Told); n > 10 {
		t.Errorf("%d", n)
	}
	if got := tracker.ToldIn("mgit: 0123456789ab 0123456789ac"); len(got) != 2 {
		t.Errorf("%q", got)
	}
}
