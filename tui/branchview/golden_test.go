package branchview

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/check"
	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/tui/screen"
	"mgit/tui/tuitest"
)

// made is a source that answers with what a test made up.
type made struct {
	status  *job.StatusReport
	err     error
	details map[string]*job.ShowReport
	compare map[string]*job.RangeDiffReport
	asked   []string // what was asked, in order
	tracker bool
}

func (m *made) source() source {
	return source{
		status: func(_ context.Context, _ *job.Site, r job.StatusRequest) (answer, error) {
			m.asked = append(m.asked, fmt.Sprintf("status %s%v", r.Series, r.All))
			return answer{report: m.status, types: []string{"feature", "hack"}, hasTracker: m.tracker}, m.err
		},
		show: func(_ context.Context, _ *job.Site, name string) (*job.ShowReport, error) {
			m.asked = append(m.asked, "show "+name)
			if d := m.details[name]; d != nil {
				return d, nil
			}
			return nil, errors.New("read commit 1234: it is not there")
		},
		findings: func(_ context.Context, _ *job.Site, name string) (*job.ShowReport, error) {
			m.asked = append(m.asked, "findings "+name)
			return m.details[name], nil
		},
		rangeDiff: func(_ context.Context, _ *job.Site, name string) (*job.RangeDiffReport, error) {
			m.asked = append(m.asked, "range-diff "+name)
			return m.compare[name], nil
		},
	}
}

// soon sends a message at once.
func soon(_ time.Duration, msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }

func noSite(context.Context) (*job.Site, error) { return nil, nil }

// drive enters the view on what a test made up.
func drive(t testing.TB, m *made, change ...func(*screen.Host)) (*tuitest.Driver, *View) {
	t.Helper()
	h := tuitest.Host(t, "dark", noSite)
	for _, c := range change {
		c(h)
	}
	v := New(h)
	v.source, v.later = m.source(), soon
	return tuitest.Drive(t, h, v, 120, 40, ""), v
}

func id(n int) job.ID {
	var id job.ID
	id[0], id[1], id[2], id[19] = byte(n), byte(n*7), 0xab, byte(n)
	return id
}

func series(text string) moodle.Series {
	s, err := moodle.ParseSeries(text)
	if err != nil {
		panic(err)
	}
	return s
}

// branch makes a branch; changes make it different.
func branch(n int, version, kind, component, short string, changes ...func(*job.BranchStatus)) job.BranchStatus {
	name := "LUVLE-" + version + "-" + kind + "-" + component
	if short != "" {
		name += "-" + short
	}
	written := tuitest.Now().Add(-time.Duration(n*n*37) * time.Hour)
	b := job.BranchStatus{
		Name: name, Version: series(version), Type: kind, Component: component, Short: short, Ref: "refs/heads/" + name,
		Tip: id(n), Date: &written, Base: job.Commit{Tag: "v" + version + ".0", Commit: id(100)}, Commits: n,
		Targets: []string{"LUVLE-" + version + "-test"}, Ticket: fmt.Sprintf("LU-%d", 70+n),
	}
	b.Bases = []job.Commit{b.Base}
	for _, change := range changes {
		change(&b)
	}
	return b
}

func entryOf(b *job.BranchStatus, state, outcome, disposition, reason string) *job.BranchUpgrade {
	b.State = state
	b.Upgrades = append(b.Upgrades, job.BranchUpgrade{
		Series: "4.5", From: "4.1", Onto: "v4.5.0", OldName: b.Name, NewName: strings.Replace(b.Name, "4.1", "4.5", 1),
		State: state, Outcome: outcome, Disposition: disposition, Reason: reason, Run: 3,
		OldTip: b.Tip, OldPresent: b.Tip, NewTip: id(200), Carried: job.CarriedAll,
	})
	return &b.Upgrades[len(b.Upgrades)-1]
}

func moved(b *job.BranchStatus) { entryOf(b, "moved", "clean", "rebase", "") }

// site is a report as of a site in the middle of an upgrade.
func site() *job.StatusReport {
	r := &job.StatusReport{
		Series: []moodle.Series{series("4.1")},
		Branches: []job.BranchStatus{
			branch(1, "4.1", "feature", "block_news", "", moved, func(b *job.BranchStatus) {
				b.Targets = []string{"LUVLE-4.1-test", "LUVLE-4.1-deployment"}
				b.Owner = "ruth"
				b.Checks = &job.BranchChecks{}
			}),
			branch(2, "4.1", "hack", "core", "login", moved, func(b *job.BranchStatus) {
				b.Exception, b.Base = job.BaseSeveral, job.Commit{Tag: "v4.1.3", Commit: id(103)}
				b.Bases = append(b.Bases, b.Base)
				b.Merges = 1
				b.Checks = &job.BranchChecks{Errors: 12, Warnings: 1}
			}),
			branch(3, "4.1", "hack", "mod_forum", "subject", func(b *job.BranchStatus) {
				e := entryOf(b, "parked", "conflict", "rebase", "")
				e.NewTip = job.ID{}
				e.Parked = &job.ParkedWork{Commit: id(33), Paths: []string{"mod/forum/lib.php", "mod/forum/classes/post.php"}, Waiting: 2}
				e.Notes = []job.Remark{{When: tuitest.Now(), Who: "Ruth Ashworth", Text: "ask the teachers whether the short subjects are still wanted"}}
				b.Targets, b.Stale = nil, []job.StaleThere{{Target: "LUVLE-4.1-test", Missing: 1}}
				b.Worktree = "/home/ruth/moodle-forum"
				b.Checks = &job.BranchChecks{Errors: 1, Warnings: 1, Waived: 1}
			}),
			branch(4, "4.1", "hack", "mod_quiz", "grace", func(b *job.BranchStatus) {
				entryOf(b, "dropped", "landed", "rebase", "")
				b.Checks = &job.BranchChecks{Warnings: 2}
				b.Landed = "v4.5.0"
			}),
			branch(5, "4.1", "hack", "mod_resource", "singlefiles", func(b *job.BranchStatus) {
				entryOf(b, "held", "held", "hold", "after the exams")
				b.Targets = nil
			}),
			branch(6, "4.1", "feature", "set_timetable", "", moved, func(b *job.BranchStatus) {
				b.Upgrades[0].Carried = job.CarriedOlder
				b.Ticket = ""
			}),
			branch(7, "4.1", "feature", "tool_luvle", "", func(b *job.BranchStatus) {
				b.Remote, b.Ref, b.Ticket = "origin", "refs/remotes/origin/"+b.Name, ""
			}),
			branch(0, "4.1", "hack", "theme_boost", "colours", func(b *job.BranchStatus) { b.Date, b.Targets = nil, nil }),
		},
		Targets: []job.TargetStatus{
			{Name: "LUVLE-4.1-test", Short: "test", Version: series("4.1"), Tip: id(50)},
			{Name: "LUVLE-4.1-deployment", Short: "deployment", Version: series("4.1"), Tip: id(51)},
		},
		Misnamed: []job.Misnamed{{Name: "LUVLE-4.1-hak-mod_wiki", Reason: `"hak" is no type; the types are feature, hack`}},
	}
	r.Upgrades = []job.UpgradeStatus{{
		Series: "4.5", From: "4.1", Onto: "v4.5.0", States: map[string]int{"moved": 3, "parked": 1, "dropped": 1, "held": 1}, Landed: 1,
		Parked: []job.BranchUpgrade{r.Branches[2].Upgrades[0]}, Behind: []string{r.Branches[5].Name}, Undecided: []string{r.Branches[6].Name},
	}}
	return r
}

const forum = "LUVLE-4.1-hack-mod_forum-subject"

// detail is what Show says of the forum's branch.
func detail(r *job.StatusReport) *job.ShowReport {
	d := &job.ShowReport{Branch: job.BranchDetail{
		BranchStatus: r.Branches[2], Key: "mod_forum-subject",
		Record: &job.BranchRecord{Origin: "local", Requires: []string{"local_luvle", "theme_boost-colours"}, Reason: "Teachers want to see how far a discussion has come", Owner: "ruth"},
		Justification: job.Justification{
			Kind: "upstreamable", Of: "commit", Upstream: []string{"MDL-81234"}, ReviewBy: series("5.1"), Odd: []string{"Reason: because"},
		},
		Commits: []job.OwnCommit{
			{Commit: id(31), Date: tuitest.Now().AddDate(-1, 0, 0), Author: "Peter Novák", Subject: "mod_forum: Subjects are shortened to what fits into the list of discussions on a telephone"},
			{Commit: id(32), Date: tuitest.Now().AddDate(0, -3, 0), Author: "山田太郎", Subject: "mod_forum: 件名を短くする", Merge: true},
			{Commit: id(33), Date: tuitest.Now().AddDate(0, 0, -9), Author: "Amina Diallo", Subject: "mod_forum: \x1b[2Jevil \u202etitle"},
		},
		Files: []job.FileChange{
			{Path: "mod/forum/classes/local/vaults/preprocessors/extract_record.php", Component: "mod_forum", Change: "added", Added: 120},
			{Path: "mod/forum/lib.php", Component: "mod_forum", Change: "modified", Added: 3, Removed: 7},
			{Path: "mod/forum/pix/\xff.png", Component: "mod_forum", Change: "deleted", Binary: true},
			{Path: "robots.txt", Change: "mode"},
		},
		Parts: []job.ComponentPart{{Component: "mod_forum", Files: 3, Added: 123, Removed: 7}, {Files: 1}},
		Findings: []job.CheckFinding{
			{Rule: "debug-output", Severity: check.Error, Path: "mod/forum/lib.php", Line: 120, Text: "var_dump() is called", Waived: &job.CheckWaiver{By: "trailer", Reason: "it is what the page is for"}},
			{Rule: "message-length", Severity: check.Warning, Commit: id(31), Text: "the first line has 91 characters, and 72 are what fits", Hint: "say what the commit does in fewer words, and the rest below an empty line"},
			{Rule: "scope", Severity: check.Error, Path: "robots.txt", Text: "a hack of mod_forum changes a file of core", Hint: "commit it on the branch that it belongs to, or add the path to paths of [branch.mod_forum-subject] in mgit.toml"},
		},
		CheckNotes: []string{"there is no PHP here, so that no syntax was judged \x1b[2J"},
	}}
	return d
}

func comparison() *job.RangeDiffReport {
	return &job.RangeDiffReport{
		Old: job.RangeEnd{Branch: "LUVLE-3.9-hack-mod_forum-subject"}, New: job.RangeEnd{Branch: forum},
		Pairs: []job.RangePair{{Change: job.PairSame}, {Change: job.PairChanged}, {Change: job.PairAdded}},
		Text: "1:  8c77962 = 1:  46e32aa mod_forum: Subjects are shortened\n2:  b305467 ! 2:  dcbe28a mod_forum: 件名を短くする\n" +
			"    @@ mod/forum/lib.php: function forum_get_subject($post) {\n      \treturn $post->subject;\n    - -old\n    + -new\n    ++more\n-:  ------- > 3:  3873d1e mod_forum: Version\n",
	}
}

func full() *made {
	r := site()
	return &made{status: r, details: map[string]*job.ShowReport{forum: detail(r)}, compare: map[string]*job.RangeDiffReport{forum: comparison()}}
}

func TestGoldens(t *testing.T) {
	t.Parallel()
	d, v := drive(t, full())
	v.table.Select(forum)
	d.Do(v.look())
	d.Goldens("branches")
	d.Resize(120, 40)
	tuitest.Golden(t, "branches-colour", d.Render())
	d.Press("i")
	d.Goldens("commits")
	d.Press("i")
	d.Goldens("files")
	d.Press("i")
	d.Goldens("checks")
	d.Press("i")
	d.Goldens("range-diff")
	d.Press("i", "b")
	d.Goldens("by-component")
	d.Press("b", "b")
	d.Goldens("by-state")
	d.Press("/")
	d.Enter("type:hack -state:dropped target:test")
	d.Press("space", "j", "space")
	d.Goldens("filtered")
}

// Names that a repository can hold, and a terminal that is told nothing by them.
func TestGoldenHostile(t *testing.T) {
	t.Parallel()
	r := site()
	long := strings.Repeat("a_very_long_name_", 6)
	r.Branches = []job.BranchStatus{
		branch(1, "4.1", "hack", "auth_"+long, "and-a-short-name-that-is-none-at-all", moved),
		branch(2, "4.1", "feature", "mod_日本語の名前", "短い名前", moved, func(b *job.BranchStatus) { b.Ticket = "チケット-12345678" }),
		branch(3, "4.1", "hack", "mod_שלום_עולם", "קצר", moved),
		branch(4, "4.1", "hack", "evil\x1b[31m\u202ename", "tab\there", moved, func(b *job.BranchStatus) {
			b.Worktree, b.Owner = "/tmp/\x1b]0;owned\x07", "\u2066me"
		}),
		branch(5, "4.1", "hack", "block_👩‍👩‍👧", "e\u0301", moved),
	}
	r.Targets[0].Short, r.Targets[0].Name = "integration-test-of-everything", "LUVLE-4.1-integration-test-of-everything"
	r.Misnamed[0].Name = "LUVLE-4.1-\u202e" + long
	d, v := drive(t, &made{status: r})
	v.table.Select(r.Branches[3].Name)
	d.Do(v.look())
	d.Goldens("hostile")
}

func TestGoldenAllSeries(t *testing.T) {
	t.Parallel()
	r := site()
	r.Series = append(r.Series, series("4.5"))
	for _, b := range r.Branches[:2] {
		b.Name, b.Version = strings.Replace(b.Name, "4.1", "4.5", 1), series("4.5")
		b.Targets = nil
		r.Branches = append(r.Branches, b)
	}
	d, _ := drive(t, &made{status: r})
	d.Press("a")
	d.Goldens("all-series")
}

// The series that is moved to: what is parked is not there, and has its row all the same.
func TestGoldenComing(t *testing.T) {
	t.Parallel()
	r := site()
	r.Series = []moodle.Series{series("4.5")}
	for i := range r.Branches {
		b := &r.Branches[i]
		b.Name, b.Version = strings.Replace(b.Name, "4.1", "4.5", 1), series("4.5")
	}
	r.Branches = append(r.Branches[:2:2], r.Branches[6])
	m := &made{status: r, details: map[string]*job.ShowReport{"LUVLE-4.5-hack-mod_forum-subject": detail(site())}}
	d, v := drive(t, m)
	v.table.Select("LUVLE-4.5-hack-mod_forum-subject")
	d.Do(v.look())
	d.Goldens("coming")
}

func TestGoldenEmpty(t *testing.T) {
	t.Parallel()
	none, _ := drive(t, &made{status: &job.StatusReport{Series: []moodle.Series{}}})
	none.Goldens("empty")
	one, _ := drive(t, &made{status: &job.StatusReport{Series: []moodle.Series{series("5.1")}, Warnings: []job.Warning{{ID: "shallow", Text: "this clone is shallow: where the history is cut off, bases and commits may be wrong"}}}})
	one.Goldens("empty-series")
}

func TestGoldenErrors(t *testing.T) {
	t.Parallel()
	explained := func(h *screen.Host) {
		h.Explain = func(err error) (string, string) {
			var usage *job.UsageError
			if errors.As(err, &usage) {
				return usage.Text, usage.Hint
			}
			return err.Error(), ""
		}
	}
	m := &made{err: &job.UsageError{Text: "mgit is not set up in this repository", Hint: "mgit init finds your remotes, your naming scheme and your branches"}}
	d, _ := drive(t, m, explained)
	d.Goldens("not-initialised")

	m = full()
	d, v := drive(t, m, explained)
	m.err = errors.New("git rev-list: fatal: unable to read tree 1234567890")
	d.Do(v.Reload())
	d.Goldens("failed-anew")
}
