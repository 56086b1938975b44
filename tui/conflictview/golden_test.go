package conflictview

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/tuitest"
)

// made is a source that answers with what a test made up.
type madeUp struct {
	waiting *job.WaitingReport
	details map[string]*job.ConflictDetail
	err     error
}

func (m *madeUp) source() source {
	return source{
		waiting: func(context.Context, *job.Site, job.WaitingRequest) (*job.WaitingReport, error) {
			return m.waiting, m.err
		},
		detail: func(_ context.Context, _ *job.Site, r job.ConflictRequest) (*job.ConflictDetail, error) {
			if d := m.details[r.Branch]; d != nil {
				return d, nil
			}
			return nil, errors.New("read commit 1234: it is not there")
		},
	}
}

// soon sends a message at once.
func soon(_ time.Duration, msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }

func drive(t testing.TB, m *madeUp) (*tuitest.Driver, *View) {
	t.Helper()
	h := tuitest.Host(t, "dark", func(context.Context) (*job.Site, error) { return nil, nil })
	v := New(h)
	v.source, v.later = m.source(), soon
	return tuitest.Drive(t, h, v, 80, 24, ""), v
}

const forum = "LUVLE-4.5-hack-mod_forum-subject"

func commit(n int, mdl, subject, author string) job.WhyCommit {
	return job.WhyCommit{Commit: id(n), MDL: mdl, Subject: strings.TrimSpace(mdl + " " + subject), Author: author, Date: time.Date(2023, 5, 11, 0, 0, 0, 0, time.UTC), Release: "v4.3.0"}
}

func id(n int) (id job.ID) {
	for i := range id {
		id[i] = byte(n*31 + i)
	}
	return id
}

func lines(start int, text string) job.SideLines {
	s := job.SideLines{Start: start, Lines: []string{}}
	for line := range strings.Lines(text) {
		s.Lines = append(s.Lines, line)
	}
	return s
}

// detail is a conflict of a hunk in PHP, a file that upstream removed, and a name from a hostile place.
func detail() *job.ConflictDetail {
	own := commit(1, "", "mod_forum: Answers keep the subject as it is", "Peter Novák")
	own.Release = ""
	up := commit(2, "MDL-78402", "mod_forum: Let the language pack name the prefixes of answers", "Beth Lindqvist")
	blob := &job.ConflictBlob{Mode: "100644", ID: id(9)}
	return &job.ConflictDetail{
		Name: "LUVLE-4.1-hack-mod_forum-subject", NewName: forum, Series: "4.5", Outcome: "conflict", Standing: job.StandingNone,
		Stop:   &job.Stop{Commit: own.Commit, Subject: own.Subject, Number: 1, Of: 2},
		Commit: &own, Record: &job.BranchRecord{Reason: "Answers in threads with a fixed subject", Ticket: "MOOD-712", Owner: "peter"},
		Ours: job.ConflictSide{Word: "upstream", Name: "v4.5.0"}, Theirs: job.ConflictSide{Word: "branch", Name: "LUVLE-4.1-hack-mod_forum-subject"},
		Files: []job.ConflictFile{
			{
				Place: job.At("mod/forum/lib.php"), Kind: "CONFLICT (contents)", State: job.FileOpen, Markers: true, Base: blob, Ours: blob, Theirs: blob,
				Upstream: []job.WhyCommit{up}, Hunks: []job.ConflictHunk{
					{
						Number: 1, State: "open", Upstream: []job.WhyCommit{up},
						Base:   lines(54, "    $known = ['Re:', 'Aw:', $re];\n"),
						Ours:   lines(54, "    $known = array_merge([$re], explode(',', get_string('reprefixes', 'forum')));\n"),
						Theirs: lines(54, "    $known = ['Re:', 'Aw:', 'Sv:', 'Odp:', $re];\n    // 件名はそのまま。\n"),
						Within: "function forum_subject_with_re(string $subject): string {",
						Before: []string{"    // Answers to answers have one prefix.\n", "    $re = get_string('re', 'forum');\n"},
						After:  []string{"    foreach ($known as $prefix) {\n", "        $subject = preg_replace('~^' . preg_quote($prefix, '~') . '~i', '', $subject);\n", "    }\n"},
					},
					{Number: 2, State: "theirs", Line: 121, Base: lines(119, ""), Ours: lines(121, "    return 1;\n"), Theirs: lines(120, "    return 2;\n")},
				},
				Resolutions: []job.FittingResolution{{ID: "0123456789", Recorded: &job.ResolutionInfo{
					ID: "0123456789", Author: "Ann Author", Created: time.Date(2025, 1, 3, 0, 0, 0, 0, time.UTC), Branch: "LUVLE-4.3-hack-mod_forum-subject", Note: "as upstream, and ours",
				}}},
			},
			{
				Place: job.At("course/recent.php"), Kind: "CONFLICT (modify/delete)", State: job.FileOpen, Base: blob, Theirs: blob,
				Upstream: []job.WhyCommit{up}, Diff: "@@ -1,3 +1,3 @@\n <?php\n-$weeks = 1;\n+$weeks = 4;\n",
			},
			{Place: job.At("lang/he/\u202eשלום\x1b[31m.php"), Kind: "CONFLICT (binary)", State: job.FileOpen, Ours: blob, Theirs: blob},
		},
	}
}

func full() *madeUp {
	m := &madeUp{
		waiting: &job.WaitingReport{
			Branches: []job.WaitingBranch{
				{Name: "LUVLE-4.1-hack-mod_forum-subject", NewName: forum, Series: "4.5", Onto: "v4.5.0", ParkedWork: job.ParkedWork{Paths: []string{"mod/forum/lib.php", "course/recent.php"}, Waiting: 2, Standing: job.StandingNone}},
				{NewName: "LUVLE-4.5-hack-mod_assign-types", ParkedWork: job.ParkedWork{Paths: []string{"mod/assign/lib.php"}, Waiting: 1, Standing: job.StandingStopped, Worktree: "/srv/site/.git/mgit/worktrees/x"}},
				{NewName: "LUVLE-4.5-feature-local_" + strings.Repeat("very", 12) + "long-日本語", ParkedWork: job.ParkedWork{Paths: []string{}, Standing: job.StandingFinished}},
			},
			Targets: []job.WaitingTarget{{Target: "LUVLE-4.5-test", Branch: "LUVLE-4.5-hack-core-menu", Conflicts: []job.ConflictIn{{Path: "lib/outputlib.php", Kind: "CONFLICT (contents)"}}, Standing: job.StandingNone}},
		},
		details: map[string]*job.ConflictDetail{forum: detail()},
	}
	return m
}

func TestGoldens(t *testing.T) {
	t.Parallel()
	d, v := drive(t, full())
	d.Goldens("list")
	tuitest.Golden(t, "list-colour", d.Render())
	d.Press("enter")
	if p, _ := v.places.Selected(); p.number() != 1 {
		t.Errorf("not the first open hunk: %+v", p)
	}
	d.Goldens("hunk")
	tuitest.Golden(t, "hunk-colour", d.Render())
	d.Press("down", "down")
	d.Goldens("deleted")
	d.Press("down")
	d.Goldens("hostile")
	d.Press("esc", "down")
	d.Goldens("unreadable")
}

// The base of a merge that was made by hand holds the markers of the conflict that was resolved then; that is said.
func TestBaseOfAMergeByHand(t *testing.T) {
	t.Parallel()
	m := full()
	m.details[forum].Stop.ByHand = true
	d, _ := drive(t, m)
	d.Press("enter")
	if text := d.Plain(); !strings.Contains(text, "base  the merge as git had left it, before it was made by hand · from line 54") {
		t.Errorf("the base is not explained:\n%s", text)
	}
}

func TestEmptyAndFailing(t *testing.T) {
	t.Parallel()
	d, _ := drive(t, &madeUp{waiting: &job.WaitingReport{}})
	d.Goldens("empty")
	d, _ = drive(t, &madeUp{err: errors.New("read the ledgers: upgrades/4.5.toml: line 3: expected a value")})
	d.Goldens("failing")
}

func TestResolvedStates(t *testing.T) {
	t.Parallel()
	m := full()
	c := m.details[forum]
	c.Worktree, c.Standing = "/srv/site/.git/mgit/worktrees/"+forum, job.StandingStopped
	d, _ := drive(t, m)
	if !strings.Contains(d.Plain(), "being resolved in the worktree") {
		t.Errorf("at work:\n%s", d.Plain())
	}
	d.Press("enter", "down")
	if text := d.Plain(); !strings.Contains(text, "+ branch taken") {
		t.Errorf("a hunk that was taken:\n%s", text)
	}
	d.Press("esc")
	for standing, want := range map[job.Standing]string{
		job.StandingFinished: "resolved, and not yet moved: c moves it", job.StandingAstray: "worktree is in other use",
	} {
		c.Standing, c.Files = standing, nil
		d.Press("down", "up")
		if text := strings.Join(strings.Fields(d.Plain()), " "); !strings.Contains(text, want) {
			t.Errorf("%s:\n%s", standing, d.Plain())
		}
	}
}

// Whatever is pressed, nothing waits and nothing is drawn too large; what writes is left out.
func TestEveryAction(t *testing.T) {
	t.Parallel()
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []*madeUp{full(), {waiting: &job.WaitingReport{}}, {err: errors.New("no")}} {
		d, v := drive(t, m)
		for _, context := range []keymap.Context{keymap.All, keymap.Conflict} {
			for _, b := range keys.Bindings(context) {
				d.Do(v.Act(b.Action))
				d.Resize(60, 17)
				d.Resize(130, 40)
			}
		}
		v.Hints()
		v.Twin()
		v.Copies()
		for y := range 30 {
			d.Do(v.Update(tea.MouseClickMsg{X: y * 4, Y: y, Button: tea.MouseLeft}))
			d.Do(v.Update(tea.MouseWheelMsg{X: y * 4, Y: y, Button: tea.MouseWheelDown}))
			d.Render()
		}
	}
}

func TestFilterAndCopies(t *testing.T) {
	t.Parallel()
	d, v := drive(t, full())
	d.Press("/")
	d.Enter("state:finished")
	if n := len(v.items.Shown()); n != 1 {
		t.Errorf("%d are finished", n)
	}
	d.Press("esc")
	d.Do(v.Enter(forum))
	d.Press("enter")
	what := fmt.Sprint(v.Copies())
	for _, want := range []string{"mod/forum/lib.php", "MDL-78402", forum, id(2).String(), id(1).String()} {
		if !strings.Contains(what, want) {
			t.Errorf("%s cannot be copied: %s", want, what)
		}
	}
	if twin := strings.Join(v.Twin(), " "); twin != "conflict -- "+forum+" mod/forum/lib.php" {
		t.Errorf("twin %q", twin)
	}
	d.Press("u") // nobody has begun
	if n := tuitest.Taken[screen.NoticeMsg](d); !strings.Contains(n.Text, "r opens it") {
		t.Errorf("%q", n.Text)
	}
	d.Press("i")
	m := tuitest.Taken[screen.MenuMsg](d)
	if len(m.Choices) != 2 || !strings.Contains(m.Choices[0].Help, "by Ann Author on 2025-01-03") {
		t.Errorf("%+v", m)
	}
}
