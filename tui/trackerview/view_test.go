package trackerview

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/config"
	"mgit/internal/git/gittest"
	"mgit/internal/job"
	"mgit/internal/tracker"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/tuitest"
)

func TestMain(m *testing.M) { os.Exit(gittest.Main(m)) }

// sample is a made-up comparison of branches with these names.
func sample(names []string) *job.TrackerReport {
	u := job.TrackerUpgrade{Series: "4.5", From: "4.1", Issue: "#1", URL: "https://redmine.example.org/issues/1", Branches: len(names)}
	states := []string{"moved", "parked", "tested", "todo", "in-test", "dropped"}
	for i, name := range names {
		issue := job.TrackerIssue{
			Branch: name, NewName: strings.Replace(name, "4.1", "4.5", 1), Issue: fmt.Sprintf("#%d", 10+i), URL: fmt.Sprintf("https://redmine.example.org/issues/%d", 10+i),
			Subject: "4.5: " + name, State: states[i%len(states)], Owner: "Ann Example", Agreed: "moved", Status: "In Progress", Assigned: "Ann Example", Done: 10 * i % 110, Notes: 2,
		}
		if i == 3 {
			issue.Issue, issue.URL, issue.Agreed, issue.Status, issue.Assigned, issue.Done, issue.Untold = "", "", "", "", "", 0, 2
		}
		u.Issues = append(u.Issues, issue)
	}
	u.Writes = []job.TrackerWrite{
		{Issue: "#1", Keys: []string{"status"}}, {Branch: names[1], Issue: "#11", Keys: []string{"status", "note"}, Items: 3}, {Branch: names[3], New: true, Keys: []string{"issue", "note"}, Items: 2},
	}
	return &job.TrackerReport{Kind: "redmine", URL: "https://redmine.example.org", Project: "moodle", Reason: "it was not asked", Upgrades: []job.TrackerUpgrade{u}, Totals: job.TrackerTotals{Branches: len(names), Writes: 3, Waiting: 3}}
}

// told is the same after the tracker was asked.
func told(names []string) *job.TrackerReport {
	r := sample(names)
	r.Reached, r.Reason = true, ""
	u := &r.Upgrades[0]
	u.Incoming = []job.TrackerIncoming{{Branch: names[0], Issue: "#10", Key: "state", Old: "moved", New: "tested", Who: "Bob Example"}, {Branch: names[0], Issue: "#10", Key: "note", New: "Looks good on the test site."}}
	u.Disagreements = []job.TrackerDisagreement{{Branch: names[2], Issue: "#12", Key: "state", Agreed: "moved", Ledger: "tested", Tracker: "Rejected"}}
	u.Ignored = []job.TrackerIgnored{{Branch: names[4], Issue: "#14", Key: "version", Wanted: "Moodle 4.5", Reason: "Target version is not included in the list"}}
	r.Totals.Incoming, r.Totals.Disagreements, r.Totals.Ignored = 2, 1, 1
	return r
}

func usual() []string {
	return strings.Fields(`LUVLE-4.1-hack-mod_page-one LUVLE-4.1-hack-mod_page-two LUVLE-4.1-hack-mod_forum-subject
		LUVLE-4.1-feature-local_greeting LUVLE-4.1-hack-core_course-summary LUVLE-4.1-feature-theme_luvle`)
}

func odd() []string {
	return []string{
		"LUVLE-4.1-hack-mod_" + strings.Repeat("verylongcomponentname", 6) + "-end", "LUVLE-4.1-hack-mod_课程论坛-消息主题的显示方式",
		"LUVLE-4.1-hack-mod_منتدى-عنوان", "LUVLE-4.1-hack-mod_evil-\u202egnp.php\x1b[31m", "LUVLE-4.1-hack-mod_é́́-combining", "LUVLE-4.1-hack-mod_flag-🇩🇪👩‍👩‍👧",
	}
}

func shown(t *testing.T, look string, names []string) *View {
	v := New(tuitest.Host(t, look, nil))
	v.host.Tracker = func(config.Tracker, string) (tracker.Client, error) { return nil, errors.New("no test asks") }
	notes := map[string][]job.Remark{names[0]: {{When: time.Date(2025, 2, 1, 9, 0, 0, 0, time.UTC), Who: "Ann Example", Text: "Ask Bob about the second page before this goes live."}}}
	v.local.Answer(known{report: sample(names), notes: map[string]map[string][]job.Remark{"4.5": notes}}, nil)
	return v
}

func TestGoldenViews(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		names []string
		asked bool
		keys  []string
	}{
		"offline": {usual(), false, []string{"j"}},
		"asked":   {usual(), true, []string{"j", "j", "j"}},
		"odd":     {odd(), true, []string{"j"}},
		"differs": {usual(), true, []string{"f", "j"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := shown(t, "plain", c.names)
			if c.asked {
				v.asked.Answer(told(c.names), nil)
			}
			d := tuitest.Drive(t, v.host, v, 80, 24, "")
			d.Press(c.keys...)
			d.Goldens(name)
		})
	}
}

func TestGoldenColour(t *testing.T) {
	t.Parallel()
	v := shown(t, "dark", usual())
	v.asked.Answer(told(usual()), nil)
	tuitest.Golden(t, "colour", tuitest.Drive(t, v.host, v, 120, 40, "").Render())
}

func TestGoldenEmptyAndWrong(t *testing.T) {
	t.Parallel()
	for name, fill := range map[string]func(*View){
		"empty": func(v *View) {
			v.local.Answer(known{report: &job.TrackerReport{Kind: "redmine", Project: "moodle"}}, nil)
		},
		"no-tracker":  func(v *View) { v.local.Answer(known{}, errors.New("no tracker is set up")) },
		"unreachable": func(v *View) { v.asked.Answer(nil, errors.New("redmine.example.org: no answer within 30s")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := shown(t, "plain", usual())
			v.host.Explain = func(err error) (string, string) {
				return err.Error(), "mgit config edit tracker.kind redmine\nmgit config edit tracker.url https://redmine.example.org"
			}
			fill(v)
			tuitest.Drive(t, v.host, v, 80, 24, "").Goldens(name)
		})
	}
}

// Nothing asks the tracker but somebody who wants it.
func TestNobodyAsksByItself(t *testing.T) {
	t.Parallel()
	v := shown(t, "plain", usual())
	v.host.Tracker = func(config.Tracker, string) (tracker.Client, error) {
		t.Error("the tracker was dialled")
		return nil, nil
	}
	d := tuitest.Drive(t, v.host, v, 80, 24, "LUVLE-4.5-hack-mod_page-two")
	if v.Subject() != "LUVLE-4.1-hack-mod_page-two" {
		t.Errorf("selected is %q", v.Subject())
	}
	d.Press("o")
	if c := tuitest.Taken[screen.CopyMsg](d); c.Text != "https://redmine.example.org/issues/11" {
		t.Errorf("copied %+v", c)
	}
	d.Press("t")
	if m := tuitest.Taken[screen.NoticeMsg](d); m.Role != theme.Attention || !strings.Contains(m.Text, "Nothing differs in both") {
		t.Errorf("%+v", m)
	}
	d.Press("j", "j", "o")
	if m := tuitest.Taken[screen.NoticeMsg](d); !strings.Contains(m.Text, "has no issue yet") {
		t.Errorf("%+v", m)
	}
	d.Press("enter")
	if m := tuitest.Taken[screen.OpenMsg](d); m.View != keymap.Branches || m.Subject != usual()[3] {
		t.Errorf("%+v", m)
	}
	d.Press("/")
	d.Enter("state:parked")
	if n := len(v.table.Shown()); n != 1 {
		t.Errorf("%d parked", n)
	}
	d.Press("tab", "esc") // the pane first, as everywhere
	if n := len(v.table.Shown()); n != 1 || v.panes.Second {
		t.Errorf("esc in the second pane: %d are shown", n)
	}
	d.Press("esc")
	if n := len(v.table.Shown()); n <= 1 {
		t.Errorf("esc in the list: %d are shown", n)
	}
	d.Press("tab", "j", "tab", "+", "+", "p", "p")
}

// What is clicked on is selected.
func TestMouse(t *testing.T) {
	t.Parallel()
	v := shown(t, "plain", usual())
	d := tuitest.Drive(t, v.host, v, 100, 30, "")
	for y, line := range strings.Split(d.Plain(), "\n") {
		if strings.Contains(line, "hack-mod_forum-subject ") {
			d.Do(v.Update(tea.MouseClickMsg{X: 8, Y: y, Button: tea.MouseLeft}))
			break
		}
	}
	if v.Subject() != usual()[2] {
		t.Errorf("selected is %q", v.Subject())
	}
	d.Do(v.Update(tea.MouseWheelMsg{X: 80, Y: 5, Button: tea.MouseWheelDown}))
	d.Render()
	d.Do(v.Update(tea.MouseWheelMsg{X: 8, Y: 5, Button: tea.MouseWheelDown}))
	d.Render()
}

// The flags that are chosen stand in the command.
func TestMenus(t *testing.T) {
	t.Parallel()
	v := shown(t, "plain", usual())
	v.asked.Answer(told(usual()), nil)
	v.host.Series, v.host.Allow = "4.5", []string{"token-elsewhere"}
	d := tuitest.Drive(t, v.host, v, 80, 24, usual()[2])
	command := func(want string) {
		t.Helper()
		if got := strings.Join(tuitest.Taken[screen.StartMsg](d).Task.Command, " "); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	d.Press("t")
	d.Choose("l")
	command("tracker sync LUVLE-4.1-hack-mod_forum-subject --series 4.5 --take ledger --allow token-elsewhere")
	d.Press("t")
	d.Choose("t")
	command("tracker sync LUVLE-4.1-hack-mod_forum-subject --series 4.5 --take tracker --allow token-elsewhere")
	d.Press("u")
	for _, key := range []string{"g", "n", "m"} {
		d.Choose(key)
	}
	d.Choose("b")
	command("tracker sync LUVLE-4.1-hack-mod_forum-subject --series 4.5 --again --anew --allow token-elsewhere --allow many-dropped")
	d.Press("u")
	d.Choose("u")
	command("tracker sync --series 4.5 --allow token-elsewhere")
	if got := strings.Join(v.Twin(), " "); got != "tracker status 4.5" {
		t.Errorf("twin %q", got)
	}
}
