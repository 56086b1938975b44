package branchview

import (
	"context"
	"slices"
	"strings"
	"testing"

	"mgit/internal/job"
)

// The rules are asked beside everything else about branches that were not judged, and what they find is entered where a
// branch is still what it was.
func TestRulesAreAsked(t *testing.T) {
	t.Parallel()
	m := full()
	for i := range m.status.Branches {
		m.status.Branches[i].Checks = nil
	}
	var requests []job.StatusRequest
	source := m.source()
	source.judge = func(_ context.Context, _ *job.Site, r job.StatusRequest) (*job.StatusReport, error) {
		requests = append(requests, r)
		judged := site()
		for i := range judged.Branches {
			judged.Branches[i].Checks = &job.BranchChecks{Errors: i % 2, Warnings: i % 3}
		}
		judged.Branches[7].Tip = id(99) // somebody has moved it meanwhile
		return judged, nil
	}
	d, v := drive(t, m)
	if strings.Contains(d.Plain(), "Checks") || len(requests) > 0 {
		t.Errorf("without anything known there is a column, or %d requests", len(requests))
	}
	v.source = source
	d.Do(v.Reload())
	if len(requests) != 1 || !requests[0].Check {
		t.Fatalf("asked %+v", requests)
	}
	names := func(filter string) (all []string) {
		t.Helper()
		if err := v.table.SetFilter(filter); err != nil {
			t.Fatal(err)
		}
		for _, r := range v.table.Shown() {
			all = append(all, r.Component)
		}
		slices.Sort(all)
		return all
	}
	for filter, want := range map[string]string{
		"check:error": "core mod_quiz set_timetable", "check:warning": "core mod_forum mod_resource set_timetable",
		"check:fine": "block_news tool_luvle", "check:unknown": "theme_boost",
	} {
		if got := strings.Join(names(filter), " "); got != want {
			t.Errorf("%s finds %q, want %q", filter, got, want)
		}
	}
}
