package job_test

import (
	"strings"
	"testing"
)

// Who waits for another mgit is told of it, and that the wait is over.
func TestLockSaysWhoIsWaitedFor(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	first, err := f.open("").Lock(t.Context(), "rebase-all v4.5.0")
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	site := f.open("")
	site.Awaits = func(held error) {
		if held == nil {
			told = append(told, "over")
			return
		}
		told = append(told, held.Error())
		if err := first.Release(); err != nil {
			t.Error(err)
		}
	}
	for range 2 { // the second time nobody is waited for
		lock, err := site.Lock(t.Context(), "dispose")
		if err != nil {
			t.Fatal(err)
		}
		if err := lock.Release(); err != nil {
			t.Fatal(err)
		}
	}
	if len(told) != 2 || !strings.Contains(told[0], `"rebase-all v4.5.0"`) || told[1] != "over" {
		t.Errorf("told %q", told)
	}
}
