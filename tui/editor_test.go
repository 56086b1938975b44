package tui

import (
	"errors"
	"fmt"
	"testing"

	"mgit/tui/screen"
)

func TestEditArgs(t *testing.T) {
	t.Parallel()
	m := screen.EditMsg{Paths: []string{"a b.php", "c.php"}, Line: 12}
	for program, want := range map[string]string{
		"vim":                  `["+12" "a b.php" "c.php"]`,
		"/usr/bin/nano -w":     `["+12" "a b.php" "c.php"]`,
		"code --wait":          `["-g" "a b.php:12" "c.php"]`,
		"hx":                   `["a b.php:12" "c.php"]`,
		"sh -c 'something $1'": `["a b.php" "c.php"]`,
	} {
		if got := fmt.Sprintf("%q", editArgs(program, m)); got != want {
			t.Errorf("%s: %s, want %s", program, got, want)
		}
	}
	hostile := screen.EditMsg{Paths: []string{"+!touch x", "-c", "scp://host/x", "/srv/+x", "a+b"}}
	if got := fmt.Sprintf("%q", editArgs("vim", hostile)); got != `["./+!touch x" "./-c" "./scp://host/x" "/srv/+x" "a+b"]` {
		t.Errorf("a file would be taken for a command: %s", got)
	}
	m.Line = 0
	if got := fmt.Sprintf("%q", editArgs("vim", m)); got != `["a b.php" "c.php"]` {
		t.Error(got)
	}
	if got := editArgs("vim", screen.EditMsg{Line: 3}); got != nil {
		t.Errorf("%q", got)
	}
}

func TestEditAndShell(t *testing.T) {
	t.Parallel()
	d := drive(t, siteless(t))
	d.send(editorFound{err: errors.New("no editor is named")})
	d.shows("no editor is named")
	d.views[0].did = nil
	d.send(returned{what: "the editor vim", err: errors.New("exit status 1"), then: screen.NoticeMsg{Text: "and then this"}})
	d.shows("and then this")
	if !d.views[0].took("reload") {
		t.Error("what was edited is not read anew")
	}
	d.send(returned{what: "the editor vim", err: errors.New("exit status 1")})
	d.shows("the editor vim: exit status 1")
	d.press("j")
	d.send(returned{what: "the shell", err: errors.New("exit status 1")})
	d.hides("exit status")
	if cmd := d.f.edit(screen.EditMsg{Paths: []string{"x"}}); cmd != nil {
		t.Error("there is no editor and one is run")
	}
	d.f.host.ReadOnly = true
	d.send(screen.EditMsg{Paths: []string{"x"}})
	d.shows("read-only: nothing is opened to be edited")
	d.send(screen.ShellMsg{})
	d.shows("read-only: no shell is opened")
}
