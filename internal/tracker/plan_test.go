package tracker_test

import (
	"testing"

	"mgit/internal/tracker"
)

// The first sync makes all issues, and the next one has nothing to do.
func TestFirstSync(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.clone("a", "b", "c")
	c.branches["b"].state, c.branches["b"].owner = "moved", "Ann"
	c.branches["c"].decided, c.branches["c"].reason = "dropped", "nobody uses it"
	p, ignored := c.sync(tracker.Options{}, -1)
	if len(p.Writes) != 4 || len(ignored) > 0 || len(w.issues) != 4 {
		t.Fatalf("%s; %v", describe(p), ignored)
	}
	for name, want := range map[string]string{"a": "todo/New /", "b": "moved/In Progress Ann/Ann", "c": "dropped/Rejected /"} {
		if got := c.says(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	c.quiet()
}
