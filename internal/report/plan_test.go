package report_test

import (
	"strings"
	"testing"
	"time"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/internal/report"
)

// aPlan is a plan with one of everything that is worded.
func aPlan() *job.UpgradePlan {
	series := func(major, minor int) moodle.Series { return moodle.Series{Major: major, Minor: minor} }
	theme := moodle.Component{Type: "theme", Name: "standard"}
	own := moodle.Component{Type: "mod", Name: "own"}
	return &job.UpgradePlan{
		Onto: job.Commit{Tag: "v2.8.5"}, From: series(2, 5), To: series(2, 8), When: time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC),
		Work: &job.PlanWork{Branches: 2, Efforts: map[string]int{job.EffortNone: 1, job.EffortSmall: 1}},
		Components: &job.PlanComponents{
			Left:   []job.ComponentFate{{Component: theme, Now: "logstore_standard"}},
			Unread: []string{"lib/plugins.json: cut off."},
		},
		Plugins: &job.PlanPlugins{
			Plugins: []job.PlanPlugin{
				{Component: "mod_a", Fit: "untested", Why: "says that it supports 4.1"},
				{Component: "mod_b", Fit: "unstated"},
				{Component: "mod_c", Fit: "refused", Why: "requires 2.9"},
			},
			Themes:  []job.PlanPlugin{{Component: "theme_a", Release: "1.0", Fit: "unstated"}},
			Lacking: []job.PlanLacking{{Component: "mod_a", Why: "says that it supports 4.1"}},
			Totals:  job.PlanPluginTotals{Plugins: 3, Themes: 1, Unstated: 2, Untested: 1, Refused: 1},
		},
		Steps: &job.PlanSteps{
			From: job.PlanCode{Name: "v2.5.0", Release: "2.5"}, To: job.PlanCode{Name: "v2.8.5", Release: "2.8.5"},
			Gone: []job.PlanVersion{{Component: theme, From: "1"}, {Component: own, From: "2013", Branch: "LUVLE-2.5-feature-mod_own"}},
			Upgrades: []job.PlanUpgrade{{Steps: []job.PlanStep{{Version: "2", Weight: "heavy", Reasons: []job.PlanReason{
				{Does: "adds a field", Tables: []string{"user"}},
				{Does: "asks for more time"},
				{Does: "adds a field", Tables: []string{"course", "user"}},
				{Does: "asks for more time"},
			}}}}},
		},
	}
}

// block finds a block of a plan by how its title begins.
func block(t *testing.T, d report.Document, title string) report.Block {
	t.Helper()
	for _, s := range d.Sections {
		for _, b := range s.Blocks {
			if strings.HasPrefix(b.Title, title) {
				return b
			}
		}
	}
	t.Fatalf("no block %q", title)
	return report.Block{}
}

func section(t *testing.T, d report.Document, id string) report.Section {
	t.Helper()
	for _, s := range d.Sections {
		if s.ID == id {
			return s
		}
	}
	t.Fatalf("no section %q", id)
	return report.Section{}
}

// TestPlanSaysWhatItDoesNotKnow: where trees could not be read in full, nobody is told
// that no branch is concerned, and a live tree that nobody looked into is not passed over.
func TestPlanSaysWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	d := report.PlanDocument(aPlan())
	if got := section(t, d, "components").Lead; len(got) != 1 || got[0] != "Not known in full: lib/plugins.json: cut off." {
		t.Errorf("components begin with %q", got)
	}
	if got := section(t, d, "live").Lead; len(got) != 1 || !strings.Contains(got[0], "--live FOLDER") {
		t.Errorf("the live tree begins with %q", got)
	}
	known := aPlan()
	known.Components.Unread = nil
	if got := section(t, report.PlanDocument(known), "components").Lead; len(got) != 1 || got[0] != "No branch is concerned." {
		t.Errorf("components that are known begin with %q", got)
	}
	known.Steps = &job.PlanSteps{Unread: []job.PlanUnread{{Text: "x", Why: "y"}}}
	if got := section(t, report.PlanDocument(known), "database").Lead; len(got) != 1 || strings.Contains(got[0], "0 steps") {
		t.Errorf("steps that nobody could read begin with %q", got)
	}
	if got := block(t, d, "Left Moodle").Items[0]; got != "theme_standard (perhaps now logstore_standard)" {
		t.Errorf("a guess is worded %q", got)
	}
}

// TestPlanListsOnce: a plugin that lacks a release stands in one table, a step says each
// thing once, and what left Moodle is not among the site's own losses.
func TestPlanListsOnce(t *testing.T) {
	t.Parallel()
	d := report.PlanDocument(aPlan())
	look := block(t, d, "Plugins to look at")
	if len(look.Rows) != 1 || strings.Join(look.Rows[0], "|") != "mod_c|no|requires 2.9" {
		t.Errorf("to look at: %q", look.Rows)
	}
	if got := strings.Join(block(t, d, "Themes").Rows[0], "|"); got != "theme_a|1.0|not said" {
		t.Errorf("a theme is %q", got)
	}
	steps := block(t, d, "Steps that take time")
	if got := steps.Rows[0][3]; got != "adds a field (user, course); asks for more time" {
		t.Errorf("a step is worded %q", got)
	}
	gone := block(t, d, "No code any more")
	if len(gone.Rows) != 1 || strings.Join(gone.Rows[0], "|") != "mod_own|2013|LUVLE-2.5-feature-mod_own" {
		t.Errorf("gone: %q", gone.Rows)
	}
}

// TestPlanNext: the commands that go on say from where, since the newest older series
// may be another one by then.
func TestPlanNext(t *testing.T) {
	t.Parallel()
	next := section(t, report.PlanDocument(aPlan()), "next").Blocks[0]
	var got []string
	for _, row := range next.Rows {
		got = append(got, row[0])
	}
	want := "mgit triage v2.8.5 --from 2.5; mgit upgrade begin 2.8 --from 2.5; mgit rebase-all v2.8.5 --from 2.5"
	if strings.Join(got, "; ") != want {
		t.Errorf("next: %q", got)
	}
	empty := aPlan()
	empty.Work.Branches = 0
	for _, s := range report.PlanDocument(empty).Sections {
		if s.ID == "next" {
			t.Error("a plan without branches has something to do")
		}
	}
}
