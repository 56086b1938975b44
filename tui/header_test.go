package tui

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/tuitest"
)

// allViews is a frame with views of all the names that there are.
func allViews(t testing.TB, change func(*Options)) *driver {
	t.Helper()
	d := drive(t, change)
	var views []screen.View
	d.views = nil
	for _, name := range keymap.Order()[1:] {
		v := &fake{name: name}
		d.views, views = append(d.views, v), append(views, v)
	}
	o := Options{Host: d.f.host, Log: d.f.log, Mouse: true}
	later := d.f.later
	d.f = newFrame(t.Context(), o, views)
	d.f.later = later
	d.do(d.f.Init())
	d.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	return d
}

func TestHeader(t *testing.T) {
	t.Parallel()
	d := allViews(t, func(o *Options) {
		o.Host.ReadOnly = true
		o.Host.Series = "4.5"
	})
	d.views[3].about = "LUVLE-4.5-hack-mod_forum-" + strings.Repeat("日本語", 10) + "-end"
	// What works everywhere, and what is named twice, stands there once.
	d.views[3].hints = []keymap.Action{keymap.Open, keymap.Filter, keymap.Undo, keymap.Copy, keymap.Open, keymap.Command}
	d.press("4")
	d.goldens("header")
	for i, name := range keymap.Order()[1:] {
		d.press(fmt.Sprint(i + 1))
		for _, size := range tuitest.Sizes() {
			d.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
			line, _, _ := strings.Cut(d.plain(), "\n")
			if !strings.Contains(line, d.views[i].Title()) || !strings.Contains(line, "8") || !strings.HasSuffix(line, "4.5 read-only") {
				t.Errorf("%s at %d columns: %q", name, size[0], line)
			}
		}
		d.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	}
}

func TestTooSmall(t *testing.T) {
	t.Parallel()
	d := drive(t, nil)
	d.send(tea.WindowSizeMsg{Width: 59, Height: 20})
	tuitest.Golden(t, "too-small-59x20", d.plain())
	for _, size := range [][2]int{{60, 19}, {10, 3}, {1, 1}, {3, 100}, {300, 2}} {
		d.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		d.press("j", "?", "esc", ":", "esc") // keys do what they do, unseen
		d.hides("This is")
	}
	d.send(tea.WindowSizeMsg{Width: 60, Height: 20})
	d.shows("This is Branches")
	d.send(tea.WindowSizeMsg{Width: 10, Height: 3})
	d.press("q")
	if !d.left {
		t.Error("q does not leave where it is too small")
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	d := drive(t, func(o *Options) { o.Host.Keys = someKeys(t) })
	d.press("?")
	d.goldens("help")
	d.press("/")
	d.typed("HALF")
	d.shows("half a page down")
	d.hides("next line")
	d.press("enter")
	d.shows("Keys with HALF")
	d.press("esc")
	d.shows("next line")
	d.press("/")
	d.typed("zebra")
	d.shows(`No key does anything with "zebra".`)
	d.press("esc", "G")
	d.shows("leave")
	d.press("?")
	d.hides("leave")
	if d.f.front != 0 || d.left {
		t.Error("the help did something else")
	}
}

// What a key does is said in full, however narrow the screen is.
func TestHelpIsNotCut(t *testing.T) {
	t.Parallel()
	d := drive(t, nil)
	d.send(tea.WindowSizeMsg{Width: 60, Height: 20})
	d.press("?")
	for range 12 {
		if _, below, _ := strings.Cut(d.plain(), "\n"); strings.Contains(below, "…") {
			t.Errorf("the help is cut:\n%s", below)
		}
		d.press("pgdown")
	}
}

// someKeys is a table that stays as it is while the real one grows.
func someKeys(t *testing.T) *keymap.Map {
	t.Helper()
	all := []keymap.Binding{
		{Action: keymap.Down, Keys: []string{"down", "j"}, Help: "next line"},
		{Action: keymap.Last, Keys: []string{"end", "G"}, Help: "last line"},
		{Action: keymap.HalfDown, Keys: []string{"ctrl+d"}, Help: "half a page down"},
		{Action: keymap.Back, Keys: []string{"esc"}, Help: "back; clear a filter"},
		{Action: keymap.Open, Keys: []string{"enter"}, Help: "open what is selected"},
		{Action: keymap.Filter, Keys: []string{"/"}, Short: "filter", Help: "filter, or search in text", Hint: true},
		{Action: keymap.Undo, Keys: []string{"z"}, Short: "undo", Help: "take the last run back", Writes: true},
		{Action: keymap.Edit, Help: "has no key, and is not shown"},
		{Action: keymap.View1, Keys: []string{"1"}, Help: "branches"},
		{Action: keymap.View2, Keys: []string{"2"}, Help: "upgrade"},
		{Action: keymap.View3, Keys: []string{"f9"}, Help: "conflict"},
		{Action: keymap.Help, Keys: []string{"?"}, Short: "help", Help: "this help", Hint: true},
	}
	for i := range 8 {
		all = append(all, keymap.Binding{Action: keymap.Action(fmt.Sprintf("all.%d", i)), Keys: []string{fmt.Sprintf("f%d", i+1)}, Help: fmt.Sprintf("action number %d", i)})
	}
	for i := range 20 {
		all = append(all, keymap.Binding{Action: keymap.Action(fmt.Sprintf("all.x%d", i)), Keys: []string{fmt.Sprintf("alt+%c", 'a'+i)}, Help: fmt.Sprintf("another one, %d", i)})
	}
	all = append(all, keymap.Binding{Action: keymap.Quit, Keys: []string{"q"}, Short: "quit", Help: "leave", Hint: true})
	keys, err := keymap.Of(map[keymap.Context][]keymap.Binding{keymap.All: all, keymap.Branches: {
		{Action: "branches.group", Keys: []string{"b"}, Help: "group by component or by type"},
		{Action: "branches.dispose", Keys: []string{"x", "ctrl+alt+shift+x"}, Help: "decide what becomes of the branches", Writes: true},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestSwitching(t *testing.T) {
	t.Parallel()
	d := drive(t, nil)
	at := func(want int) {
		t.Helper()
		if d.f.front != want {
			t.Errorf("view %d is in front, not %d", d.f.front+1, want+1)
		}
	}
	d.press("]")
	at(1)
	d.press("[", "[")
	at(2)
	d.press("1")
	at(0)
	d.press("8") // there is none here
	at(0)
	d.do(screen.Opens(keymap.Upgrade, "x"))
	d.do(screen.Opens(keymap.Conflict, "y"))
	at(2)
	if !d.views[2].took("enter y") {
		t.Errorf("%q", d.views[2].did)
	}
	d.views[2].acts = func(a keymap.Action) tea.Cmd {
		d.views[2].lines = nil // esc takes something back in the view first
		return nil
	}
	d.views[2].lines = []string{"a filter"}
	d.press("esc")
	at(2)
	d.press("esc")
	at(1)
	d.press("esc")
	at(0)
	d.press("esc")
	at(0)
	d.do(screen.Opens("nowhere", ""))
	d.shows("there is no view nowhere")
}

func TestReload(t *testing.T) {
	t.Parallel()
	d := drive(t, siteless(t))
	d.press("2", "1")
	for _, v := range d.views {
		v.did = nil
	}
	d.press("R")
	if !d.views[0].took("reload") || d.views[1].took("reload") {
		t.Errorf("%q and %q", d.views[0].did, d.views[1].did)
	}
	d.press("2")
	if got := strings.Join(d.views[1].did, ";"); got != "enter ;reload" {
		t.Errorf("%q", got)
	}
	d.press("1", "2", "3")
	if strings.Count(strings.Join(d.views[1].did, ";"), "reload") != 1 || d.views[2].took("reload") {
		t.Errorf("%q and %q", d.views[1].did, d.views[2].did)
	}
}

// A view that nobody has looked at is told nothing: what it reads on hearing of an answer it would read for
// nobody, and show when the repository has long changed.
func TestUnseenViewsAreToldNothing(t *testing.T) {
	t.Parallel()
	d := drive(t, siteless(t))
	d.press("2")
	d.send(struct{ news string }{"for whom it concerns"})
	if d.views[0].told == 0 || d.views[1].told == 0 || d.views[2].told > 0 {
		t.Errorf("told %d, %d and %d times", d.views[0].told, d.views[1].told, d.views[2].told)
	}
}

func TestMouse(t *testing.T) {
	t.Parallel()
	d := allViews(t, nil)
	click := func(x, y int) { d.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft}) }
	line, _, _ := strings.Cut(d.plain(), "\n")
	click(strings.Index(line, "2"), 0)
	if d.f.front != 1 {
		t.Errorf("a click on the second name brings view %d", d.f.front+1)
	}
	click(5, 7)
	d.send(tea.MouseWheelMsg{X: 5, Y: 1, Button: tea.MouseWheelDown})
	d.send(tea.MouseClickMsg{X: 5, Y: 0, Button: tea.MouseRight})
	click(5, 22)
	if m := d.views[1].mouse; len(m) != 2 || m[0].Y != 6 || m[1].Y != 0 {
		t.Errorf("the view saw %+v", m)
	}
	lines := strings.Split(d.plain(), "\n")
	click(strings.Index(lines[23], "? help")+3, 23)
	d.shows("Everywhere")
	d.send(tea.MouseWheelMsg{X: 5, Y: 9, Button: tea.MouseWheelDown})
	d.send(tea.MouseWheelMsg{X: 5, Y: 9, Button: tea.MouseWheelUp})
	click(5, 9)
	click(strings.Index(line, "3"), 0) // a view's name is not there for now
	if d.f.front != 1 || len(d.views[1].mouse) != 2 {
		t.Error("the mouse went through the help")
	}
	lines = strings.Split(d.plain(), "\n")
	click(strings.Index(lines[23], "back"), 23)
	d.hides("Everywhere")

	taken := false
	d.do(screen.Offers("Menu", screen.Choice{Text: "one"}, screen.Choice{Text: "two", Take: func() tea.Cmd {
		taken = true
		return nil
	}}))
	for y, line := range strings.Split(d.plain(), "\n") {
		if strings.Contains(line, "two") {
			click(4, y)
		}
	}
	if !taken {
		t.Error("a click takes no choice")
	}
	if !isMouseOn(d) {
		t.Error("the mouse is off")
	}
	if isMouseOn(drive(t, nil)) {
		t.Error("the mouse is on although nobody wants it")
	}
}

func isMouseOn(d *driver) bool { return d.f.View().MouseMode == tea.MouseModeCellMotion }

// A key of another layout does what stands on the same key.
func TestOtherLayouts(t *testing.T) {
	t.Parallel()
	d := drive(t, nil)
	d.send(tea.KeyPressMsg{Code: 'о', Text: "о", BaseCode: 'j'})
	if !d.views[0].took(string(keymap.Down)) {
		t.Errorf("%q", d.views[0].did)
	}
	d.send(tea.KeyPressMsg{Code: 'й', Text: "й", BaseCode: 'q'})
	if !d.left {
		t.Error("q on a Russian keyboard does not leave")
	}
}

func TestReadOnlyRefusesKeys(t *testing.T) {
	t.Parallel()
	d := drive(t, func(o *Options) { o.Host.ReadOnly = true })
	d.press("z")
	d.shows("read-only, so not done: take the last run back")
	if len(d.f.sheets) > 0 {
		t.Error("something was opened")
	}
	d.hides("undo")
}
