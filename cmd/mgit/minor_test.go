package main

import (
	"bytes"
	"testing"

	"mgit/internal/job"
)

// When the second target is refused, the first has moved: that must not be lost.
func TestMinorSaysWhatMovedBeforeAnError(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	c := &call{env: env{stderr: &said}}
	c.warnOfMoved(nil)
	c.warnOfMoved(&job.MinorReport{Tag: "v4.1.12", Targets: []job.MinorTarget{{Target: "LUVLE-4.1-test", Run: 7}, {Target: "LUVLE-4.1-deployment"}}})
	if want := "warning: LUVLE-4.1-test has v4.1.12 already; this was run 7\n"; said.String() != want {
		t.Errorf("%q, want %q", said.String(), want)
	}
}
