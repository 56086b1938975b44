package conflictview

import (
	"context"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/tui/screen"
)

// The sides are shown as soon as the work has come upon them, while it goes on to find who changed them.
func TestSidesAreShownBeforeTheRest(t *testing.T) {
	t.Parallel()
	d, v := drive(t, full())
	d.Press("enter")
	goOn := make(chan struct{})
	v.newest = nil
	v.source.detail = func(ctx context.Context, _ *job.Site, r job.ConflictRequest) (*job.ConflictDetail, error) {
		soon := detail()
		for i := range soon.Files {
			soon.Files[i].Upstream = nil
			for n := range soon.Files[i].Hunks {
				soon.Files[i].Hunks[n].Upstream = nil
			}
		}
		r.Shown(soon)
		select {
		case <-goOn:
			return detail(), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	asked := v.askDetail()().(tea.BatchMsg)
	whole, sides := make(chan tea.Msg, 1), make(chan tea.Msg, 1)
	go func() { whole <- asked[0]() }()
	go func() { sides <- asked[1]() }()
	deliver := func(msg tea.Msg) bool {
		a := msg.(screen.Answered)
		if !a.Settle() {
			return false
		}
		d.Do(v.Update(a))
		return true
	}
	if !deliver(<-sides) {
		t.Fatal("the sides were dropped")
	}
	if text := d.Plain(); !strings.Contains(text, "array_merge") || !strings.Contains(text, "reading who changed it") || strings.Contains(text, "MDL-78402") {
		t.Errorf("before the rest:\n%s", text)
	}
	close(goOn)
	if !deliver(<-whole) {
		t.Fatal("the whole answer was dropped")
	}
	if text := d.Plain(); !strings.Contains(text, "MDL-78402") || strings.Contains(text, "reading who changed it") {
		t.Errorf("after the rest:\n%s", text)
	}

	// An error, or that nothing is in the way, is no reason to wait for sides.
	v.source.detail = func(context.Context, *job.Site, job.ConflictRequest) (*job.ConflictDetail, error) {
		return nil, context.DeadlineExceeded
	}
	asked = v.askDetail()().(tea.BatchMsg)
	go func() { sides <- asked[1]() }()
	if !deliver(asked[0]()) || v.detail.Err() == nil {
		t.Error("the error was dropped")
	}
	if deliver(<-sides) || v.sides.IsOpen() {
		t.Error("sides are waited for that never come")
	}
}
