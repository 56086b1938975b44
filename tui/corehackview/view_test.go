package corehackview

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"mgit/internal/job"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/tuitest"
)

func TestGolden(t *testing.T) {
	t.Parallel()
	empty := made()
	empty.Findings, empty.MissingFromLive, empty.Unread, empty.Plugins, empty.Components, empty.Undecided = nil, nil, nil, nil, nil, 0
	empty.Counts.Unread, empty.Pin.Confidence, empty.Pin.Disagrees = 0, job.PinExact, nil
	for name, r := range map[string]*job.CorehackReport{"report": made(), "hostile": hostile(), "empty": empty} {
		h, v := answers(t, "plain", r, nil)
		d := tuitest.Drive(t, h, v, 80, 24, "")
		if name != "empty" {
			d.Press("down", "down", "down", "down", "down", "down", "down") // to mod/page/view.php, and past the groups
			d.Press("w")
		}
		d.Goldens(name)
	}
	h, v := answers(t, "plain", nil, &job.UsageError{Text: `"nowhere" is neither a folder nor a branch, tag or commit`, Hint: "another tree can be named"})
	tuitest.Drive(t, h, v, 80, 24, "").Goldens("error")
	h, v = answers(t, "dark", made(), nil)
	d := tuitest.Drive(t, h, v, 120, 40, "")
	d.Press("down", "down", "down", "down", "down", "down", "down", "right", "down")
	tuitest.Golden(t, "report-colour", d.Render())
}

// What is shown stays readable when the tree cannot be read anew, and the reason stands above it.
func TestErrorKeepsTheReport(t *testing.T) {
	t.Parallel()
	h, v := answers(t, "plain", made(), nil)
	d := tuitest.Drive(t, h, v, 80, 24, "")
	v.asks.report = func(context.Context, *job.Site, job.CorehackRequest) (*job.CorehackReport, error) {
		return nil, &job.UsageError{Text: "the folder is gone"}
	}
	d.Press("R")
	if text := d.Plain(); !strings.Contains(text, "now: the folder is gone") || !strings.Contains(text, "course/recent2.php") {
		t.Errorf("after an error:\n%s", text)
	}
}

// Each action of the table does something, also where nothing is selected and nothing was read.
func TestActions(t *testing.T) {
	t.Parallel()
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*job.CorehackReport{made(), nil} {
		var problem error
		if r == nil {
			problem = &job.UsageError{Text: "nothing"}
		}
		h, v := answers(t, "plain", r, problem)
		d := tuitest.Drive(t, h, v, 80, 24, "")
		for _, b := range append(keys.Bindings(keymap.Corehacks), keys.Bindings(keymap.All)...) {
			for range 9 {
				d.Do(v.Act(b.Action))
				d.Render()
				d.Do(v.Act(keymap.Down))
			}
			v.Copies()
			v.Hints()
			v.Twin()
			v.Subject()
		}
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	h, v := answers(t, "plain", made(), nil)
	d := tuitest.Drive(t, h, v, 120, 40, "")
	for filter, want := range map[string]int{
		"class:modified": 2, "orphan:yes": 4, "orphan:yes -class:unknown": 3, "component:mod_page": 1, "decision:keep": 1, "decision:undecided": 3,
		"branch:player": 1, "severity:critical": 1, "path:lib": 5, "weblib": 1, "": 11,
	} {
		d.Press("/")
		d.Enter(filter)
		if got := len(v.list.Shown()); got != want {
			t.Errorf("%q shows %d, want %d", filter, got, want)
		}
	}
	d.Press("/")
	p := tuitest.Taken[screen.PromptMsg](d).Prompt
	if text := p.Check("klass:x"); !strings.Contains(text, "klass") {
		t.Errorf("an unknown field: %q", text)
	}
	if got := p.Complete("orphan:yes cl"); len(got) != 1 || got[0] != "orphan:yes class:" {
		t.Errorf("completed: %q", got)
	}
	d.Press("esc")
	if f := v.list.Filter(); f != "" {
		t.Errorf("esc leaves the filter %q", f)
	}
}

// A file's hunks are listed below it, and each is a selection of its own.
func TestHunks(t *testing.T) {
	t.Parallel()
	h, v := answers(t, "plain", made(), nil)
	d := tuitest.Drive(t, h, v, 120, 40, "")
	if !v.list.Select("-1 mod/page/view.php") {
		t.Fatal("there is no mod/page/view.php")
	}
	d.Press("right", "down", "down")
	r, found := v.list.Selected()
	if !found || r.word() != "mod/page/view.php:36" {
		t.Fatalf("selected: %+v", r)
	}
	if text := d.Plain(); !strings.Contains(text, "LUVLE END") || strings.Contains(text, "'ours'") {
		t.Errorf("the hunk at line 36 is not what is shown:\n%s", text)
	}
	d.Press("y")
	if c := v.Copies(); c[0].Text != "mod/page/view.php" || c[1].Text != "mod/page/view.php:36" || c[2].Text != "32" {
		t.Errorf("copies: %+v", c)
	}
	d.Press("up", "up", "left")
	if n := len(v.list.Shown()); n != 11 {
		t.Errorf("%d rows after folding, want 11", n)
	}
}

func TestTrees(t *testing.T) {
	t.Parallel()
	h, v := answers(t, "plain", made(), nil)
	d := tuitest.Drive(t, h, v, 80, 24, "")
	if v.tree.Site != "live" {
		t.Errorf("at first %+v is looked into, want the live site", v.tree)
	}
	d.Press("t")
	d.Choose("LUVLE-4.1-deployment")
	if got := strings.Join(v.Twin(), " "); got != "corehack-report LUVLE-4.1-deployment --diff" {
		t.Errorf("twin: %s", got)
	}
	d.Press("t")
	d.Choose("o")
	d.Enter(" v4.1.0 ")
	if v.tree.Tree != "v4.1.0" {
		t.Errorf("looks into %+v", v.tree)
	}
	d.Do(v.Enter("/srv/moodle"))
	if v.tree.Site != "live" {
		t.Errorf("another view's subject: %+v", v.tree)
	}
	d.Do(v.Enter(""))
	if v.tree.Site != "live" {
		t.Errorf("the tree is not remembered: %+v", v.tree)
	}
}

// What was asked of one tree is not shown as that of another, however late it comes.
func TestLateAnswer(t *testing.T) {
	t.Parallel()
	h, v := answers(t, "plain", made(), nil)
	v.asks.report = func(_ context.Context, _ *job.Site, request job.CorehackRequest) (*job.CorehackReport, error) {
		r := made()
		r.Pin.Release = "that of " + request.Tree
		return r, nil
	}
	d := tuitest.Drive(t, h, v, 120, 40, "")
	first, second := v.look(job.KnownTree{Tree: "one"}), v.look(job.KnownTree{Tree: "two"})
	d.Do(first)
	d.Do(second)
	if text := d.Plain(); !strings.Contains(text, "that of two") {
		t.Errorf("\n%s", text)
	}
	third := v.look(job.KnownTree{Tree: "three"})
	if text := d.Plain(); strings.Contains(text, "that of two") {
		t.Errorf("the old report is shown for another tree:\n%s", text)
	}
	d.Press("esc")
	d.Do(third)
	if text := d.Plain(); !strings.Contains(text, "three was not read. R reads it") {
		t.Errorf("after cancelling:\n%s", text)
	}
}

func TestEdit(t *testing.T) {
	t.Parallel()
	r := made()
	h, v := answers(t, "plain", r, nil)
	d := tuitest.Drive(t, h, v, 80, 24, "")
	v.list.Select("-1 lib/weblib.php")
	d.Press("e")
	if m := tuitest.Taken[screen.EditMsg](d); m.Dir != "/srv/moodle" || m.Paths[0] != "lib/weblib.php" || m.Line != 133 {
		t.Errorf("%+v", m)
	}
	for _, id := range []string{"-1 theme/old", "unread lib/secret"} {
		v.list.Select(id)
		d.Press("e")
		tuitest.Taken[screen.NoticeMsg](d)
	}
	r.IsRef = true
	v.list.Select("-1 lib/weblib.php")
	d.Press("e")
	if m := tuitest.Taken[screen.NoticeMsg](d); !strings.Contains(m.Text, "check it out") {
		t.Errorf("%+v", m)
	}
}

// What cannot be decided is not asked about.
func TestDecideRefused(t *testing.T) {
	t.Parallel()
	h, v := answers(t, "plain", made(), nil)
	d := tuitest.Drive(t, h, v, 80, 24, "")
	for id, want := range map[string]string{
		"-1 lib/filelib.php": "a branch explains it", "unread lib/secret": "choose a finding",
		"missing " + keys + " 61 enrol/self/lib.php": "to be deployed",
	} {
		if !v.list.Select(id) {
			t.Fatalf("there is no row %q", id)
		}
		d.Press("d")
		if m := tuitest.Taken[screen.NoticeMsg](d); !strings.Contains(m.Text, want) {
			t.Errorf("%s: %q, want %q", id, m.Text, want)
		}
	}
}

// Five thousand findings scroll.
func TestMany(t *testing.T) {
	t.Parallel()
	r := made()
	for i := range 5000 {
		f := r.Findings[2]
		f.Place = job.At(fmt.Sprintf("lib/%04d.php", i))
		r.Findings = append(r.Findings, f)
	}
	h, v := answers(t, "plain", r, nil)
	d := tuitest.Drive(t, h, v, 120, 40, "")
	d.Press("G")
	d.Press("up", "up", "up", "pgup", "g")
	d.Press("G")
	if text := d.Plain(); !strings.Contains(text, "mod/attendance") {
		t.Errorf("the end is not shown:\n%s", text)
	}
}

func BenchmarkScroll(b *testing.B) {
	r := made()
	for i := range 5000 {
		f := r.Findings[2]
		f.Place = job.At(fmt.Sprintf("lib/%04d.php", i))
		r.Findings = append(r.Findings, f)
	}
	h, v := answers(b, "dark", r, nil)
	tuitest.Drive(b, h, v, 120, 40, "")
	b.ResetTimer()
	for range b.N {
		v.Act(keymap.Down)
		v.Render(120, 40)
	}
}

// Where the line about the tree is too long, what goes first is said below again; how sure the pin is, and how
// much differs, stay.
func TestPinLineOnANarrowScreen(t *testing.T) {
	t.Parallel()
	v := New(tuitest.Host(t, "plain", nil))
	r := &job.CorehackReport{Pin: job.PinReport{
		Tag: "v4.1.3", Release: "4.1.3 (Build: 20230403)", Confidence: job.PinLikely, Evidence: "triple", Differing: 22, Compared: 24328,
	}}
	for width, want := range map[int]string{
		140: "v4.1.3  4.1.3 (Build: 20230403)  ? likely, by triple; 22 of 24,328 files differ",
		80:  "v4.1.3  ? likely, by triple; 22 of 24,328 files differ",
		62:  "v4.1.3  ? likely; 22 of 24,328 files differ",
	} {
		if got := ansi.Strip(v.pinLine(r, width)); !strings.Contains(got, want) {
			t.Errorf("%d columns wide: %q", width, got)
		}
	}
}
