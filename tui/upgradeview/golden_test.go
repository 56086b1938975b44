package upgradeview

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/internal/rebase"
	"mgit/internal/upgrade"
	"mgit/tui/cells"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/tuitest"
)

func series(text string) moodle.Series {
	s, err := moodle.ParseSeries(text)
	if err != nil {
		panic(err)
	}
	return s
}

// id is a made-up object id.
func id(n byte) job.ID { return job.ID{n, 0xc0, 0xff, 0xee} }

// releases are some of Moodle's; onto is the one that an upgrade goes onto, "" for none.
func releases(onto string, finished bool) *job.ReleasesReport {
	r := &job.ReleasesReport{Series: series("4.1"), Support: job.SupportData{Date: "2026-08-07", Source: "built in"}}
	add := func(tag, series, day, from string, first, newest bool, s job.SupportStatus) {
		r.Releases = append(r.Releases, job.UpgradeRelease{
			Tag: tag, Commit: id(1), Series: series, Released: day, From: from, First: first, Newest: newest, Support: s, Experimental: series == "4.6",
		})
	}
	general := job.SupportStatus{State: "general", General: "2026-10-05", Security: "2027-04-19"}
	lts := job.SupportStatus{State: "general", LTS: true, General: "2025-10-06", Security: "2027-10-04"}
	add("v5.1.0", "5.1", "2025-10-04", "4.1", true, true, job.SupportStatus{State: "announced", General: "2026-10-05", Security: "2027-04-19"})
	add("v5.0.1", "5.0", "2025-06-03", "4.1", false, true, general)
	add("v5.0.0", "5.0", "2025-04-12", "4.1", true, false, general)
	add("v4.6.0", "4.6", "2025-01-01", "4.1", true, true, job.SupportStatus{State: "unknown"})
	add("v4.5.1", "4.5", "2024-11-30", "4.1", false, true, lts)
	add("v4.5.0", "4.5", "2024-10-05", "4.1", true, false, lts)
	add("v4.4.0", "4.4", "2024-04-20", "4.1", true, true, job.SupportStatus{State: "ended", General: "2025-04-21", Security: "2025-12-08"})
	if onto != "" {
		r.Upgrades = []job.BegunUpgrade{{Series: "4.5", From: "4.1", Onto: onto, Finished: finished}}
	}
	return r
}

func plan() *job.UpgradePlan {
	return &job.UpgradePlan{
		Onto: job.Commit{Tag: "v4.5.0"}, From: series("4.1"), To: series("4.5"), When: tuitest.Now(),
		Hops: &job.PlanHops{
			From: job.PlanFrom{Release: "4.1.3", Series: "4.1", In: "LUVLE-4.1-deployment"}, To: "v4.5.0", Direct: true,
			Hops: []job.Hop{{
				Tag: "v4.5.0", Release: "4.5", Series: "4.5", Requires: "4.1.2", Why: "v4.5.0 asks for 4.1.2 or later, which 4.1.3 is.",
				Requirements: job.Requirements{PHP: job.PHPRange{From: "8.1.0", Blocked: "8.4"}},
				Support:      job.SupportStatus{State: "general", LTS: true, General: "2025-10-06", Security: "2027-10-04"},
			}},
			Support: job.SupportData{Date: "2026-08-07", Source: "built in"},
		},
		Work: &job.PlanWork{
			Branches: 23, Totals: map[string]int{"clean": 19, "landed": 1, "conflict": 3},
			Efforts: map[string]int{job.EffortNone: 19, job.EffortLook: 1, job.EffortSmall: 3}, Files: 4,
			ToDo: []job.PlannedWork{{Name: "LUVLE-4.1-hack-mod_forum-subject", Outcome: "conflict", Effort: job.EffortSmall, Files: 2, Paths: job.Paths{"mod/forum/lib.php"}}},
		},
		Components: &job.PlanComponents{},
		Plugins: &job.PlanPlugins{
			Core: job.PlanCore{Release: "4.5"}, Totals: job.PlanPluginTotals{Plugins: 8, Themes: 1, Unstated: 9},
			Lacking: []job.PlanLacking{{Component: "mod_attendance", Why: "says that it supports 4.1"}},
		},
		Steps: &job.PlanSteps{Weight: "heavy", Totals: job.StepTotals{Steps: 41, Heavy: 2, Medium: 9, Light: 30}},
	}
}

// branches are n branches of an upgrade, in all states.
func branches(n int) *job.UpgradeAccount {
	a := &job.UpgradeAccount{
		Series: "4.5", From: "4.1", Onto: job.Commit{Tag: "v4.5.0"}, Complete: true, States: map[string]int{},
	}
	components := []string{"mod_forum", "core_course", "local_luvle", "block_news", "mod_quiz", "theme_luvle", "report_times"}
	for i := range n {
		component := components[i%len(components)]
		kind := "hack"
		if i%3 == 0 {
			kind = "feature"
		}
		name := fmt.Sprintf("%s-%s-part%02d", kind, component, i)
		u := job.UpgradeBranch{
			BranchUpgrade: job.BranchUpgrade{
				Series: "4.5", From: "4.1", Onto: "v4.5.0", OldName: "LUVLE-4.1-" + name, NewName: "LUVLE-4.5-" + name,
				Disposition: upgrade.DispositionRebase, State: upgrade.StateMoved, Outcome: upgrade.OutcomeClean, Run: 12,
				Carried: job.CarriedAll, OldTip: id(byte(i)), NewTip: id(byte(i + 100)), Notes: []job.Remark{},
			},
			Type: kind, Present: true, Known: true,
		}
		switch i % 20 {
		case 1:
			u.State, u.Outcome, u.Owner, u.Ticket = upgrade.StateParked, upgrade.OutcomeConflict, "Ann", "LU-12"
			u.Carried, u.OldTip, u.NewTip = job.CarriedNot, job.ID{}, job.ID{}
			u.Parked = &job.ParkedWork{Commit: id(7), Paths: []string{"mod/forum/lib.php", "mod/forum/view.php"}, Waiting: 2}
			u.Notes = []job.Remark{{When: tuitest.Now(), Who: "Ann", Text: "the template went to Mustache, ask Bob"}}
		case 2:
			u.Disposition, u.Reason, u.State, u.Outcome = upgrade.DispositionDrop, "in Moodle since 4.3", upgrade.StateDropped, upgrade.OutcomeDropped
		case 3:
			u.Disposition, u.Reason, u.State, u.Outcome = upgrade.DispositionHold, "after the exams", upgrade.StateHeld, upgrade.OutcomeHeld
		case 4:
			u.State, u.Outcome = upgrade.StateDropped, upgrade.OutcomeLanded
		case 5:
			u.State, u.Outcome, u.Run, u.Carried = upgrade.StateTodo, "", 0, job.CarriedNot
		case 6:
			u.Outcome = upgrade.OutcomeDiverged
			a.Forgotten = append(a.Forgotten, job.Forgotten{Branch: u.OldName, Fault: job.FaultDiverged, Text: u.NewName + " has other content than was carried"})
			a.Complete = false
		case 7:
			u.State = upgrade.StateInTest
			u.Unjustified = []string{"nobody has said why it is there"}
		}
		a.States[u.State]++
		a.Branches = append(a.Branches, u)
	}
	a.Waiting = []job.WaitingFor{{Owner: "Ann", Parked: []string{"LUVLE-4.1-hack-core_course-part01"}}, {Todo: []string{"LUVLE-4.1-hack-theme_luvle-part05"}}}
	return a
}

// triaged is what would become of some branches.
func triaged() *job.RebaseReport {
	r := &job.RebaseReport{Onto: job.Commit{Tag: "v4.5.0"}, From: series("4.1"), Totals: map[string]int{"branches": 4, "clean": 1, "landed": 1, "conflict": 2}}
	r.Branches = []job.BranchReport{
		{Name: "LUVLE-4.1-feature-local_luvle", NewName: "LUVLE-4.5-feature-local_luvle", Outcome: "clean", Commits: job.Account{In: 7, Kept: 7}},
		{
			Name: "LUVLE-4.1-hack-mod_forum-subject", NewName: "LUVLE-4.5-hack-mod_forum-subject", Outcome: "conflict", Base: job.Commit{Tag: "v4.1.0"},
			Commits: job.Account{In: 3, Kept: 1, Waiting: 2}, Merges: job.Merges{In: 1, ByHand: 1},
			Conflicts: []job.ConflictAt{{Commit: id(7), Path: "mod/forum/lib.php", Kind: "CONFLICT (contents)"}},
			Relocated: []job.Relocation{{From: "mod/forum/lib.php", To: "public/mod/forum/lib.php"}},
			Landed:    []job.LandedCommit{{Commit: id(8), By: id(9), Release: "v4.3.0", How: rebase.ByMDL, Verdict: rebase.VerdictDifferent, Likeness: 0.91}},
			Suggestion: &job.Suggestion{
				Disposition: "drop", Reason: "Moodle has it in another way: 09c0ffee00 in v4.3.0",
				Command: []string{"mgit", "dispose", "LUVLE-4.1-hack-mod_forum-subject", "drop", "--reason", "Moodle has it in another way: 09c0ffee00 in v4.3.0", "--for", "4.5"},
			},
		},
		{Name: "LUVLE-4.1-hack-mod_quiz-grace", NewName: "LUVLE-4.5-hack-mod_quiz-grace", Outcome: "landed", Commits: job.Account{In: 2, Landed: 2}},
		{Name: "LUVLE-4.1-hack-core-stuck", NewName: "LUVLE-4.5-hack-core-stuck", Outcome: "conflict", Commits: job.Account{In: 1, Waiting: 1}},
	}
	return r
}

// shown is a view that knows what it is told and asks nothing.
func shown(t *testing.T, look string, tell func(v *View)) *tuitest.Driver {
	t.Helper()
	h := tuitest.Host(t, look, func(context.Context) (*job.Site, error) { return nil, errors.New("there is no site in this test") })
	v := New(h)
	v.rest = time.Hour // nothing is asked by resting
	tell(v)
	v.fill()
	v.choose()
	return tuitest.Drive(t, h, v, 120, 40, "")
}

// knows tells a view of an upgrade.
func knows(v *View, r *job.ReleasesReport, a *job.UpgradeAccount) {
	v.releases.Answer(r, nil)
	if a != nil {
		v.account.Answer(a, nil)
		v.of = a.Series
		v.history.Answer(history(a), nil)
	}
}

// history is how the ledger came to say what it says of the first branches.
func history(a *job.UpgradeAccount) *job.UpgradeHistory {
	h := &job.UpgradeHistory{Series: a.Series}
	for _, u := range a.Branches[:min(len(a.Branches), 7)] {
		for i, command := range []string{"rebase-all v4.5.0", "upgrade begin 4.5"} {
			step := job.LedgerStep{
				Branch: u.OldName, Commit: id(3), When: tuitest.Now().AddDate(0, 0, -i), Who: "Ann", Command: command,
				Disposition: upgrade.DispositionRebase, State: upgrade.StateTodo,
			}
			if i == 0 {
				step.State, step.Outcome, step.Disposition, step.Reason = u.State, u.Outcome, u.Disposition, u.Reason
			}
			h.Steps = append(h.Steps, step)
		}
	}
	return h
}

// knowsPlan tells it the plan of v4.5.0.
func knowsPlan(v *View, p *job.UpgradePlan, err error) {
	q := new(screen.Question[*job.UpgradePlan])
	q.Answer(p, err)
	v.plans["v4.5.0"] = q
}

func TestGoldens(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		tell func(v *View)
		keys []string
	}{
		"releases": {func(v *View) { knows(v, releases("", false), nil); knowsPlan(v, plan(), nil) }, nil},
		"plan-failed": {func(v *View) {
			knows(v, releases("", false), nil)
			knowsPlan(v, nil, errors.New("plan the way: git has gone"))
		}, nil},
		"none-begun": {func(v *View) { knows(v, releases("", false), nil); knowsPlan(v, plan(), nil) }, []string{"b"}},
		"no-release": {func(v *View) { knows(v, &job.ReleasesReport{Series: series("5.1")}, nil) }, nil},
		"failed": {func(v *View) {
			v.releases.Answer(nil, errors.New("this repository is not set up for mgit yet"))
		}, nil},
		"triage": {func(v *View) {
			knows(v, releases("v4.5.0", false), branches(4))
			v.triage.Answer(triaged(), nil)
			v.triaged = "v4.5.0"
		}, []string{"t", "down"}},
		"triage-old": {func(v *View) {
			knows(v, releases("v4.5.0", false), branches(4))
			v.triage.Answer(triaged(), nil)
			v.triaged, v.outdated = "v4.5.0", true
			v.only[pageTriage] = "conflict"
		}, []string{"t"}},
		"board":   {func(v *View) { knows(v, releases("v4.5.0", false), branches(60)) }, nil},
		"waiting": {func(v *View) { knows(v, releases("v4.5.0", false), branches(60)) }, []string{"w"}},
		"account": {func(v *View) { knows(v, releases("v4.5.0", false), branches(8)) }, []string{"a"}},
		"finished": {func(v *View) {
			a := branches(1)
			a.Finished = true
			a.Waiting = nil
			knows(v, releases("v4.5.0", true), a)
		}, []string{"w"}},
		"ledger-failed": {func(v *View) {
			knows(v, releases("v4.5.0", false), branches(5))
			v.account.Answer(nil, errors.New("upgrades/4.5.toml, line 3: state \"mvoed\" is not known; did you mean moved?"))
		}, nil},
		"hostile": {func(v *View) { knows(v, releases("v4.5.0", false), hostile()) }, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := shown(t, "plain", test.tell)
			d.Press(test.keys...)
			d.Goldens(name)
		})
	}
}

// hostile are branches whose texts are long, wide, run from right to left, or mean to move the cursor.
func hostile() *job.UpgradeAccount {
	a := branches(7)
	texts := []string{
		"漢字の長い名前の枝は端末では二倍の幅を取ります", "שם ארוך מאוד שנכתב מימין לשמאל", "e\u0301\u0301 combining", "\x1b[31mred\x1b[0m\u202eesrever",
		"a-very-long-name-that-goes-on-and-on-and-does-not-end-where-a-reader-would-like-it-to-end-for-no-reason", "👩‍👩‍👧 family", "tab\tand\nline",
	}
	for i, text := range texts {
		u := &a.Branches[i]
		u.OldName, u.NewName = "LUVLE-4.1-hack-"+text, "LUVLE-4.5-hack-"+text
		u.Owner, u.Ticket, u.Reason = text, text, text
		u.Notes = []job.Remark{{When: tuitest.Now(), Who: text, Text: text}}
	}
	return a
}

// While the triage runs each branch's outcome is there as soon as it is known.
func TestTriageRunning(t *testing.T) {
	t.Parallel()
	var asked *View
	d := shown(t, "plain", func(v *View) {
		asked = v
		knows(v, releases("v4.5.0", false), branches(4))
		v.askTriage("v4.5.0") // it is not done: the question stays open
		for i, e := range []job.Event{{Branch: "LUVLE-4.1-feature-local_luvle", Outcome: "clean"}, {Branch: "LUVLE-4.1-hack-core-stuck", Outcome: "conflict"}, {Branch: "LUVLE-4.1-hack-mod_quiz-grace", Outcome: "landed"}} {
			e.Done, e.Total = i+1, 24
			v.triage.Progress().Report(e)
		}
	})
	d.Press("t")
	d.Goldens("triage-running")
	asked.triage.Progress().Report(job.Event{Branch: "LUVLE-4.1-hack-mod_late", Outcome: "failed", Done: 4, Total: 24})
	wantText(t, d, "4 of 24 branches", "x 1 failed", "LUVLE-4.1-hack-mod_late")
	d.Press("esc")
	wantText(t, d, "press t")
	if asked.triage.IsOpen() {
		t.Error("esc does not cancel the triage")
	}
	d.Press("esc")
	wantText(t, d, "[Board]")
}

func TestColour(t *testing.T) {
	t.Parallel()
	d := shown(t, "auto", func(v *View) { knows(v, releases("v4.5.0", false), branches(20)) })
	d.Resize(120, 40)
	tuitest.Golden(t, "board-colour", d.Render())
}

// A plan that was asked for is not asked for again by itself, and one that nobody waits for any more is given up.
func TestPlansAreMadeOnce(t *testing.T) {
	t.Parallel()
	var made []string
	d := shown(t, "plain", func(v *View) {
		knows(v, releases("", false), nil)
		v.rest = 0
		v.host.Sites = screen.NewSites(func(context.Context) (*job.Site, error) { return nil, nil })
		v.ask.plan = func(ctx context.Context, _ *job.Site, request job.PlanRequest) (*job.UpgradePlan, error) {
			made = append(made, request.Tag)
			if request.Tag == "v4.4.0" {
				return nil, errors.New("git has gone")
			}
			return plan(), nil
		}
		v.ask.rebase = func(context.Context, *job.Site, job.RebaseAllRequest, bool) (*job.RebaseReport, int, error) {
			return triaged(), 0, nil
		}
	})
	d.Press("down", "up", "down", "up", "t", "esc", "u")
	if fmt.Sprint(made) != "[v4.5.0 v4.4.0]" {
		t.Errorf("plans were made of %v", made)
	}
	v := d.View().(*View)
	q := new(screen.Question[*job.UpgradePlan])
	q.Ask(v.host, nil)
	v.plans["v4.5.1"] = q
	d.Press("up")
	if !q.IsOpen() {
		t.Error("the plan of the chosen release was given up")
	}
	d.Press("up")
	if q.IsOpen() {
		t.Error("the plan of a release that is not chosen any more goes on")
	}
}

// Everything that the table has for the view is handled, whatever page is in front, and nothing changes by it.
func TestActions(t *testing.T) {
	t.Parallel()
	d := shown(t, "plain", func(v *View) { knows(v, releases("v4.5.0", false), branches(60)) })
	v := d.View().(*View)
	for p := range pages {
		for _, c := range []keymap.Context{keymap.Upgrade, keymap.All} {
			for _, b := range v.host.Keys.Bindings(c) {
				v.page = p
				v.fill()
				if b.Action == keymap.UpgradeTriage || b.Action == keymap.Open && p == pageReleases {
					continue // it asks a site, which there is none of
				}
				cmd := v.Act(b.Action)
				d.Render()
				if c == keymap.Upgrade && cmd == nil && v.page == p && b.Action != map[page]keymap.Action{
					pageReleases: keymap.UpgradeReleases, pageBoard: keymap.UpgradeBoard, pageWaiting: keymap.UpgradeWaiting, pageAccount: keymap.UpgradeAccount,
				}[p] {
					if p == pageTriage {
						continue
					}
					t.Errorf("%s does nothing on page %d", b.Action, p)
				}
			}
		}
		for _, say := range []any{v.Hints(), v.Twin(), v.Copies(), v.Subject()} {
			if say == nil {
				t.Errorf("page %d says nothing", p)
			}
		}
	}
}

// A click chooses a page, a count, a row, or the part that the keys go to.
func TestMouse(t *testing.T) {
	t.Parallel()
	d := shown(t, "plain", func(v *View) { knows(v, releases("v4.5.0", false), branches(60)) })
	v := d.View().(*View)
	click := func(x, y int) {
		t.Helper()
		d.Do(v.Update(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft}))
		d.Render()
	}
	for _, h := range v.hits {
		if h.word == upgrade.StateParked {
			click(h.from, 1)
		}
	}
	wantText(t, d, "[! 3 parked]", "1 of 3")
	click(10, 5)
	if got := v.Subject(); got != "LUVLE-4.1-hack-core_course-part01" {
		t.Errorf("a click selected %s", got)
	}
	click(100, 5)
	if !v.panes.Second || v.Subject() != "LUVLE-4.1-hack-core_course-part01" {
		t.Error("a click on the details does not go there")
	}
	for _, h := range v.hits {
		if h.word == upgrade.StateParked {
			click(h.from, 1)
		}
	}
	wantText(t, d, "5 of 60")
	d.Do(v.Update(tea.MouseWheelMsg{Button: tea.MouseWheelDown}))
	for _, h := range v.hits {
		if h.action == keymap.UpgradeAccount {
			click(h.from, 0)
		}
	}
	wantText(t, d, "[Account]")
}

// What waits is counted by kind and can be limited to one, as `f` and the counts do; how much waits for a
// person is said of all of it all the same.
func TestWaitingByKind(t *testing.T) {
	t.Parallel()
	d := shown(t, "plain", func(v *View) { knows(v, releases("v4.5.0", false), branches(60)) })
	d.Press("w")
	wantText(t, d, "[Waiting 6]", "! 3 unjustified", "1 of 13")
	v := d.View().(*View)
	v.limit(kindUnjustified)
	wantText(t, d, "[Waiting 6]", "[! 3 unjustified]", "1 of 3")
	d.Press("esc")
	wantText(t, d, "1 of 13")
}

// A command that is longer than the pane is read to its end.
func TestCommandsInDetailsAreWhole(t *testing.T) {
	t.Parallel()
	words := "mgit dispose LUVLE-4.1-hack-mod_forum-subject --justification upstreamable|temporary|local"
	text := &text{width: 60}
	text.asIs(theme.Strong, words)
	var read []string
	for _, line := range text.lines {
		if cells.Width(line.String()) > 60 {
			t.Errorf("%q is too wide", line.String())
		}
		read = append(read, strings.Fields(line.String())...)
	}
	if got := strings.Join(read, " "); got != words {
		t.Errorf("the command reads %q", got)
	}
}
