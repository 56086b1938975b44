package tui

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/tui/tuitest"
)

// cases is how many things are done in one run of random keys; MGIT_CASES says otherwise.
func cases(t *testing.T, usual int) int {
	t.Helper()
	text := os.Getenv("MGIT_CASES")
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// monkey does at random to the whole screen what a person could.
type monkey struct {
	*driver
	random *rand.Rand
	keys   []string
	last   []string // what it did, the newest last
}

// newMonkey is one on a real site with all views. Answers come at once, or, one in four, later and in any order.
func newMonkey(t *testing.T, site *tuitest.LiveSite, seed uint64, readOnly bool) *monkey {
	t.Helper()
	host := tuitest.Host(t, "dark", site.Open)
	host.ReadOnly = readOnly
	f := newFrame(t.Context(), Options{Host: host, Log: &Log{}, Mouse: true, Editor: func(*job.Site) (string, error) { return "true", nil }}, views(host))
	f.later = func(time.Duration, tea.Msg) tea.Cmd { return nil }
	f.settling = 0 // or nothing would ever be agreed to: keys come at once here
	f.look = func(string) (string, error) { return "", errors.New("no programs here") }
	m := &monkey{driver: &driver{t: t, f: f}, random: rand.New(rand.NewPCG(seed, 7))}
	for _, context := range host.Keys.Contexts() {
		for _, b := range host.Keys.Bindings(context) {
			m.keys = append(m.keys, b.Keys...)
		}
	}
	slices.Sort(m.keys)
	m.keys = slices.Compact(m.keys)
	m.keys = slices.DeleteFunc(m.keys, func(key string) bool { return key == "ctrl+z" }) // nobody wakes it again
	m.keys = append(m.keys, "enter", "enter", "enter", "esc", "y", "n", "a", "backspace", "space", "é", "世")
	m.follow(f.Init())
	m.give(tea.WindowSizeMsg{Width: 100, Height: 30})
	return m
}

// give gives the frame a message, looks at the screen, and does what follows.
func (m *monkey) give(msg tea.Msg) {
	m.t.Helper()
	switch msg.(type) {
	case nil, tea.QuitMsg:
		return
	}
	_, cmd := m.f.Update(msg)
	if m.f.fallen != nil {
		m.t.Fatalf("%v\n%s\nafter %s", m.f.fallen, m.f.fallen.Panic.Stack, m.tail())
	}
	if m.f.width > 0 {
		m.draw()
	}
	if m.f.fallen != nil {
		m.t.Fatalf("drawn: %v\n%s\nafter %s", m.f.fallen, m.f.fallen.Panic.Stack, m.tail())
	}
	if m.t.Failed() {
		m.t.Fatalf("after %s", m.tail())
	}
	m.follow(cmd)
}

// follow runs a command and what follows from it.
func (m *monkey) follow(cmd tea.Cmd) {
	if cmd != nil {
		m.came(cmd())
	}
}

// came takes what a command came to. The commands of a batch run beside each other, since one may wait for what
// another comes upon; what they come to is given in any order. What would take the terminal away is not done.
func (m *monkey) came(msg tea.Msg) {
	if v := reflect.ValueOf(msg); v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[tea.Cmd]() {
		msgs := make([]tea.Msg, v.Len())
		var all sync.WaitGroup
		for i := range msgs {
			if cmd := v.Index(i).Interface().(tea.Cmd); cmd != nil {
				all.Go(func() { msgs[i] = cmd() })
			}
		}
		all.Wait()
		for _, i := range m.random.Perm(len(msgs)) {
			m.came(msgs[i])
		}
		return
	}
	if strings.HasPrefix(fmt.Sprintf("%T", msg), "tea.") {
		return
	}
	m.give(msg)
}

func (m *monkey) tail() string {
	return strings.Join(m.last[max(0, len(m.last)-40):], " ")
}

// key is mostly one that means something where the screen stands, so that runs are begun and dialogs answered.
func (m *monkey) key() string {
	one := func(keys []string) string { return keys[m.random.IntN(len(keys))] }
	n := m.random.IntN(10)
	switch {
	case n < 2:
		return one(m.keys)
	case m.f.prompt != nil:
		return one([]string{"enter", "enter", "w", "h", "y", "space", "tab", "up", "esc"})
	case m.f.top() != nil:
		return one([]string{"enter", "enter", "enter", "down", "f", "u", "esc"})
	case n < 4:
		return one([]string{"down", "up", "G", "g", "enter", "tab", "1", "2", "3", "4", "5", "6", "7", "8"})
	}
	var own []string
	for _, b := range m.f.host.Keys.Bindings(m.f.view().Name()) {
		own = append(own, b.Keys...)
	}
	return one(own)
}

// steps does n things, and says in between how far it is.
func (m *monkey) steps(n int) {
	m.t.Helper()
	const often = 10_000
	for i := range n {
		m.step()
		if i%often == often-1 {
			m.t.Logf("%d of %d steps", i+1, n)
		}
		m.last = m.last[max(0, len(m.last)-100):]
	}
}

// step does one thing.
func (m *monkey) step() {
	width, height := m.f.width, m.f.height
	did := func(format string, args ...any) { m.last = append(m.last, fmt.Sprintf(format, args...)) }
	switch n := m.random.IntN(100); {
	case n < 80:
		key := m.key()
		did("%s", key)
		m.give(keyPress(key))
	case n < 88:
		x, y := m.random.IntN(width+2), m.random.IntN(height+2)
		did("click(%d,%d)", x, y)
		m.give(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
		m.give(tea.MouseReleaseMsg{X: x, Y: y, Button: tea.MouseLeft})
	case n < 92:
		button := []tea.MouseButton{tea.MouseWheelUp, tea.MouseWheelDown}[m.random.IntN(2)]
		did("wheel")
		m.give(tea.MouseWheelMsg{X: m.random.IntN(width), Y: m.random.IntN(height), Button: button})
	case n < 96:
		size := tea.WindowSizeMsg{Width: 1 + m.random.IntN(220), Height: 1 + m.random.IntN(70)}
		if m.random.IntN(3) > 0 {
			size.Width, size.Height = max(size.Width, leastWidth), max(size.Height, leastHeight)
		}
		did("size(%d,%d)", size.Width, size.Height)
		m.give(size)
	case n < 99:
		text := []string{"hack", "\x1b[31mred\n\n", "state:conflict type:hack", "שלום 世界 e\u0301", strings.Repeat("long ", 200), "LUVLE-2.5-hack-core-ten"}[m.random.IntN(6)]
		did("paste(%.12q)", text)
		m.give(tea.PasteMsg{Content: text})
	default:
		did("focus")
		m.give(tea.BlurMsg{})
		m.give(tea.FocusMsg{})
	}
}

// Whatever is pressed, clicked, pasted and resized where nothing may change: nothing breaks, every picture is as
// large as the terminal, and nothing has changed, neither a reference nor a file.
func TestRandomKeysReadOnly(t *testing.T) {
	t.Parallel()
	site := monkeySite(t)
	before := site.Git("for-each-ref") + filesOf(t, site)
	m := newMonkey(t, site, 1, true)
	begun, n := time.Now(), cases(t, 150)
	m.steps(n)
	t.Logf("%d steps, %.0f a second", n, float64(n)/time.Since(begun).Seconds())
	if after := site.Git("for-each-ref") + filesOf(t, site); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// Where something may change, too, nothing breaks. Afterwards the journal can be read, each of its runs has
// its number, and the site opens without anything to mend.
func TestRandomKeys(t *testing.T) {
	t.Parallel()
	site := monkeySite(t)
	_, ill := soundSite(t, site)
	m := newMonkey(t, site, 2, false)
	begun, n := time.Now(), cases(t, 150)
	m.steps(n)
	await(parting, m.f.workers.areIdle)
	runs, problems := soundSite(t, site)
	t.Logf("%d steps, %.0f a second, %d runs", n, float64(n)/time.Since(begun).Seconds(), runs)
	if runs == 0 {
		t.Errorf("nothing was ever run, after %s", m.tail())
	}
	if problems != ill {
		t.Errorf("mgit doctor had\n%s\nand has\n%s\nafter %s", ill, problems, m.tail())
	}
}

// monkeySite has a release to move to, which changes what one of the branches changes.
func monkeySite(t *testing.T) *tuitest.LiveSite {
	t.Helper()
	s := tuitest.NewLiveSite(t)
	s.Git("checkout", "-q", "--detach", "v2.5.1")
	s.Write("version.php", "<?php\n$version  = 2013111800.00;\n$release  = '2.6 (Build: 20131118)';\n$branch   = '26';\n$maturity = MATURITY_STABLE;\n")
	s.Write("lib.php", strings.Replace(s.Git("show", "v2.5.1:lib.php")+"\n", "line 10\n", "TEN\n", 1))
	s.Commit("Moodle release 2.6")
	s.Git("tag", "-a", "-m", "Moodle 2.6", "v2.6.0")
	s.Git("checkout", "-q", "--detach", "v2.5.0")
	return s
}

// soundSite looks at the journal and the repository, and returns how many runs there were, and what the doctor says.
func soundSite(t *testing.T, s *tuitest.LiveSite) (number int, problems string) {
	t.Helper()
	site, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	if site.Mended != nil {
		t.Errorf("something was left unfinished: %s", site.Mended)
	}
	runs, err := job.Runs(t.Context(), site)
	if err != nil {
		t.Fatal(err)
	}
	health, err := job.Doctor(t.Context(), site)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range health.Checks {
		if c.State == job.DoctorProblem {
			problems += c.ID + ": " + c.Text + "\n"
		}
	}
	if out := s.Git("fsck", "--no-dangling"); out != "" {
		t.Errorf("fsck: %s", out)
	}
	return len(runs), problems
}

// filesOf is every file of the work tree and of the live tree, with its contents.
func filesOf(t *testing.T, s *tuitest.LiveSite) string {
	t.Helper()
	var b strings.Builder
	for _, root := range []string{s.Path, s.Live} {
		err := filepath.WalkDir(root, func(path string, e os.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				if e != nil && e.Name() == ".git" {
					return filepath.SkipDir
				}
				return err
			}
			text, err := os.ReadFile(path)
			fmt.Fprintf(&b, "%s\n%s\n", path, text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}
