package branchview

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/tuitest"
	"mgit/tui/widget"
)

// held keeps what is to be sent later.
type held struct{ messages []tea.Msg }

func (l *held) later(_ time.Duration, msg tea.Msg) tea.Cmd {
	l.messages = append(l.messages, msg)
	return nil
}

// pass lets the time pass in which everything is sent.
func (l *held) pass(d *tuitest.Driver, v *View) {
	messages := l.messages
	l.messages = nil
	for _, m := range messages {
		d.Do(v.Update(m))
	}
}

// Nothing is asked before the table is there, and then only about the branch on which the selection rests.
func TestAsksWhenItRests(t *testing.T) {
	t.Parallel()
	m := full()
	h := tuitest.Host(t, "plain", noSite)
	v := New(h)
	clock := &held{}
	v.source, v.later = m.source(), clock.later
	d := tuitest.Drive(t, h, v, 120, 40, "")
	if !slices.Equal(m.asked, []string{"status false"}) {
		t.Errorf("asked %q before anything rested", m.asked)
	}
	d.Press("j", "j", "j", "k")
	if len(m.asked) != 1 {
		t.Errorf("asked %q on the way", m.asked)
	}
	if !strings.Contains(d.Plain(), "conflict in mod/forum/lib.php") || strings.Contains(d.Plain(), "Teachers") {
		t.Errorf("what the table knows is not there at once:\n%s", d.Plain())
	}
	clock.pass(d, v)
	if !slices.Equal(m.asked, []string{"status false", "show " + forum}) {
		t.Errorf("asked %q", m.asked)
	}
	if !strings.Contains(d.Plain(), "Teachers") {
		t.Errorf("the details are not there:\n%s", d.Plain())
	}
	// What was answered is kept; what failed is asked again only when it is selected again.
	d.Press("j")
	clock.pass(d, v)
	d.Press("k")
	clock.pass(d, v)
	if len(m.asked) != 3 {
		t.Errorf("asked again: %q", m.asked)
	}
	d.Do(v.Reload())
	if !strings.Contains(d.Plain(), "Teachers") {
		t.Error("the old details are gone while the new ones are read")
	}
	clock.pass(d, v)
	if n := len(m.asked); m.asked[n-2] != "status false" || m.asked[n-1] != "show "+forum {
		t.Errorf("asked %q", m.asked)
	}
	// Hidden details are not asked for.
	d.Press("p", "g", "j", "j")
	clock.pass(d, v)
	if n := len(m.asked); n != 5 {
		t.Errorf("asked %q", m.asked)
	}
}

// An answer about a branch that is not selected any more shows nowhere.
func TestLateDetails(t *testing.T) {
	t.Parallel()
	m := full()
	d, v := drive(t, m)
	v.table.Select(forum)
	v.show.answers = nil
	ask := v.askDetails()
	d.Press("j")
	answered := ask().(screen.Answered)
	if answered.Settle() {
		t.Error("the late answer was taken")
	}
	v.table.Select(forum)
	if _, known, _ := v.show.of(forum); known {
		t.Error("the late answer is shown")
	}
}

func TestKeepsAFewAnswers(t *testing.T) {
	t.Parallel()
	var a asked[int]
	for i := range 2 * kept {
		a.question.Answer(named[int]{name: fmt.Sprint(i), value: i}, nil)
		a.take()
	}
	if len(a.answers) != kept {
		t.Errorf("%d answers are kept", len(a.answers))
	}
	if n, known, _ := a.of(fmt.Sprint(2*kept - 1)); !known || n.value != 2*kept-1 {
		t.Error("the last one is not among them")
	}
	a.question.Answer(named[int]{}, errors.New("failed"))
	a.take()
	if len(a.answers) != kept {
		t.Error("a failure drops an answer")
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	d, v := drive(t, full())
	for _, test := range []struct {
		filter string
		want   int
	}{
		{"type:hack", 5},
		{"state:parked", 1},
		{"state:conflict", 1},
		{"state:behind", 1},
		{"state:moved", 3},
		{"state:dropped", 1},
		{"state:landed", 1},
		{"outcome:held", 1},
		{"decided:hold", 1},
		{"state:todo", 1},
		{"base:exception", 1},
		{"base:several", 1},
		{"target:deployment", 1},
		{"target:older", 1},
		{"target:none", 2},
		{"ticket:LU-73", 1},
		{"owner:ruth", 1},
		{"series:4.1", 8},
		{"remote:origin", 1},
		{"worktree:forum", 1},
		{"component:mod_", 4},
		{"short:subject", 1},
		{"name:LUVLE-4.1-hack", 5},
		{forum, 1},
		{"mod_forum-subject", 1},
		{"-type:hack -type:feature", 1},
	} {
		d.Press("/")
		d.Enter(test.filter)
		if got := len(v.table.Shown()); got != test.want {
			t.Errorf("%s shows %d rows, want %d", test.filter, got, test.want)
		}
	}
	d.Press("/")
	p := tuitest.Taken[screen.PromptMsg](d).Prompt
	if p.Check("colour:red") == "" {
		t.Error("an unknown field is taken")
	}
	p.Live("type:fea")
	if len(v.table.Shown()) != 3 {
		t.Error("it does not filter while somebody types")
	}
	for text, want := range map[string]string{
		"sta": "state:", "type:h": "type:hack", "x -targ": "target:", "state:": "state:behind", "Type:H": "",
	} {
		if got := p.Complete(text); (want == "") != (len(got) == 0) || want != "" && got[0] != want {
			t.Errorf("completes %q to %q, want %q first", text, got, want)
		}
	}
	d.Press("n", "N", "esc")
	if v.table.Filter() != "" {
		t.Error("esc does not take the filter away")
	}
}

// In the details, / searches.
func TestSearch(t *testing.T) {
	t.Parallel()
	d, v := drive(t, full())
	v.table.Select(forum)
	d.Do(v.look())
	d.Press("tab", "/")
	d.Enter("no such words")
	if n := tuitest.Taken[screen.NoticeMsg](d); !strings.Contains(n.Text, "not found") {
		t.Errorf("says %q", n.Text)
	}
	d.Resize(60, 17)
	d.Press("/")
	d.Enter("short subjects")
	if len(d.Sent) != 0 || !strings.Contains(d.Plain(), "short subjects are still wanted") {
		t.Errorf("says %+v of\n%s", d.Sent, d.Plain())
	}
	d.Press("n", "N")
	if len(d.Sent) != 0 {
		t.Errorf("says %+v", d.Sent)
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	d, v := drive(t, full())
	var titles []string
	for range int(groupings) {
		titles = append(titles, v.listTitle())
		d.Press("b")
	}
	want := []string{"Moodle 4.1", "Moodle 4.1, by component", "Moodle 4.1, by type", "Moodle 4.1, by state", "Moodle 4.1, not grouped"}
	if !slices.Equal(titles, want) {
		t.Errorf("groups %q, want %q", titles, want)
	}
	if v.group != bySeries {
		t.Errorf("after all it is grouped %s", v.group)
	}
	// One series and nothing misnamed make no headings, and no step on the way.
	m := full()
	m.status.Misnamed = nil
	d, v = drive(t, m)
	if _, found := v.table.SelectedGroup(); found {
		t.Error("one group has a heading")
	}
	d.Press("b", "b", "b", "b", "b")
	if v.group != byComponent {
		t.Errorf("after all it is grouped %s", v.group)
	}
	for _, pair := range [][2]string{{"Moodle 4.5", "Moodle 4.10"}, {"Moodle 9.1", "Moodle 10.1"}, {"behind", "todo"}, {"todo", "parked"}, {"held", notInUpgrade}, {"Moodle 99.9", theMisnamed}} {
		if compareGroups(pair[0], pair[1]) >= 0 || compareGroups(pair[1], pair[0]) <= 0 {
			t.Errorf("%q is not before %q", pair[0], pair[1])
		}
	}
}

func TestSorts(t *testing.T) {
	t.Parallel()
	d, v := drive(t, full())
	d.Press("b", "b", "b", "b")
	first := func() string { return v.table.Shown()[0].state() }
	d.Press("s")
	if first() != "behind" {
		t.Errorf("sorted by state %s is first", first())
	}
	i := slices.IndexFunc(v.table.Columns, func(c widget.Column[row]) bool { return c.Title == "Age" })
	v.table.SortBy(i)
	if shown := v.table.Shown(); shown[0].Component != "block_news" || shown[len(shown)-1].Date != nil {
		t.Errorf("the youngest is %s, the last is of %v", shown[0].Name, shown[len(shown)-1].Date)
	}
}

func TestMouse(t *testing.T) {
	t.Parallel()
	d, v := drive(t, full())
	click := func(x, y int) { d.Do(v.Update(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})) }
	click(5, 5)
	if selected(v) != forum {
		t.Errorf("%s is selected", selected(v))
	}
	click(100, 10)
	if !v.panes.Second {
		t.Error("the details have no focus")
	}
	click(5, 6)
	if v.panes.Second || selected(v) == forum {
		t.Error("the list has no focus")
	}
	d.Do(v.Update(tea.MouseWheelMsg{X: 5, Y: 5, Button: tea.MouseWheelDown}))
	d.Do(v.Update(tea.MouseWheelMsg{X: 100, Y: 5, Button: tea.MouseWheelDown}))
	d.Render()
	d.Resize(60, 17)
	click(5, 12)
	if !v.panes.Second {
		t.Error("the details below have no focus")
	}
	// Lines above the table count.
	m := full()
	m.status.Warnings = []job.Warning{{Text: "one line"}}
	d, v = drive(t, m)
	click = func(x, y int) { d.Do(v.Update(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})) }
	d.Render()
	click(5, 6)
	if selected(v) != forum {
		t.Errorf("below a warning %s is selected", selected(v))
	}
}

func TestAge(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		-day: "0 min", time.Minute: "1 min", 23 * time.Hour: "23 h", day: "1 d", 59 * day: "59 d", 61 * day: "2 mo", 729 * day: "24 mo", 730 * day: "2 y",
	} {
		if got := age(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}

// Every action of the view's own is one that it does.
func TestDoesItsActions(t *testing.T) {
	t.Parallel()
	h := tuitest.Host(t, "plain", noSite)
	for _, b := range h.Keys.Bindings(keymap.Branches) {
		d, v := drive(t, full())
		before := d.Plain()
		v.table.Select(forum)
		if cmd, done := v.own(b.Action); !done || cmd == nil && d.Plain() == before {
			t.Errorf("%s does nothing", b.Action)
		}
	}
}

// many is a site of 5,000 branches.
func many() *made {
	r := site()
	r.Branches = nil
	for i := range 5000 {
		r.Branches = append(r.Branches, branch(i%40, "4.1", "hack", fmt.Sprintf("mod_%d", i), "", moved))
	}
	return &made{status: r}
}

func TestManyRows(t *testing.T) {
	t.Parallel()
	m := many()
	h := tuitest.Host(t, "dark", noSite)
	v := New(h)
	clock := &held{}
	v.source, v.later = m.source(), clock.later
	d := tuitest.Drive(t, h, v, 120, 40, "")
	for range 50 {
		d.Press("pgdown")
	}
	d.Press("G", "b", "b")
	if v.table.Footer() != "1 of 5001" && selected(v) == "" {
		t.Errorf("footer %q", v.table.Footer())
	}
	clock.pass(d, v)
	if len(m.asked) > 2 {
		t.Errorf("%d questions after one rest", len(m.asked))
	}
}

func BenchmarkScroll(b *testing.B) {
	h := tuitest.Host(b, "dark", noSite)
	v := New(h)
	v.source, v.later = many().source(), (&held{}).later
	d := tuitest.Drive(b, h, v, 120, 40, "")
	d.Resize(120, 40)
	for b.Loop() {
		v.Act(keymap.Down)
		v.Render(120, 40)
	}
}
