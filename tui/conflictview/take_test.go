package conflictview

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/tui/screen"
	"mgit/tui/tuitest"
)

// What a person has written into a file is let go only when that is agreed to, with a word that is typed.
func TestWhatWasWrittenByHandIsAskedFor(t *testing.T) {
	t.Parallel()
	d, v, r := driveSite(t)
	d.Press("enter", "r")
	runs(t, d, r)
	w := gittest.At(t, filepath.Join(r.Path, ".git", "mgit", "worktrees", newTwice))
	read := func() string {
		return w.Git("cat-file", "--filters", "--path=lib.php", w.Git("hash-object", "-w", "lib.php"))
	}
	left := read()
	for _, c := range []struct {
		keys    []string
		choice  string
		command string
		want    string // in the file afterwards
	}{
		{[]string{"x"}, "", "take --allow edited --back -- " + newTwice + " lib.php", "<<<<<<< "},
		{[]string{"t"}, "W", "take --allow edited --whole -- " + newTwice + " lib.php branch", "ours 20"},
	} {
		byHand := strings.Replace(left, "line 10\n", "line 10, by hand\n", 1)
		if byHand == left {
			t.Fatalf("lib.php:\n%s", left)
		}
		w.Write("lib.php", byHand+"\n")
		d.Do(v.Reload())
		d.Press(c.keys...)
		if c.choice != "" {
			d.Choose(c.choice)
		}
		if p, message := d.Run(); p.Danger != "" || !strings.Contains(message, "lib.php was changed by hand") {
			t.Errorf("%v: %+v %q", c.keys, p, message)
		}
		if !strings.Contains(read(), "by hand") {
			t.Fatalf("%v: it was let go unasked", c.keys)
		}
		task := d.Sent[0].(screen.StartMsg).Task
		if got := strings.Join(task.Command, " "); got != c.command {
			t.Errorf("%v: command %q", c.keys, got)
		}
		p, message := runs(t, d, r)
		if p.Danger != "overwrite" || !strings.Contains(strings.Join(p.Lines, " "), "lib.php was changed by hand") {
			t.Errorf("%v: %+v %q", c.keys, p, message)
		}
		if got := read(); strings.Contains(got, "by hand") || !strings.Contains(got, c.want) {
			t.Errorf("%v:\n%s", c.keys, got)
		}
	}
}

// Where the sides have the focus, / searches in them, and n and N go on.
func TestSidesAreSearched(t *testing.T) {
	t.Parallel()
	d, v := drive(t, full())
	d.Press("enter", "tab", "/")
	d.Enter("ODP")
	if len(d.Sent) != 0 || !strings.Contains(v.three.Footer(), "search odp") {
		t.Errorf("%v %q", d.Sent, v.three.Footer())
	}
	d.Press("n", "N", "/")
	d.Enter("nowhere")
	if n := tuitest.Taken[screen.NoticeMsg](d); n.Text != "it does not stand here" {
		t.Errorf("%q", n.Text)
	}
	d.Press("esc", "down", "down", "tab", "/")
	d.Enter("weeks")
	if len(d.Sent) != 0 || !strings.Contains(v.diff.Footer(), "search weeks") {
		t.Errorf("%v %q", d.Sent, v.diff.Footer())
	}
	d.Press("esc", "esc", "tab", "/")
	d.Enter("peter")
	if len(d.Sent) != 0 || !strings.Contains(v.text.Footer(), "search peter") {
		t.Errorf("%v %q", d.Sent, v.text.Footer())
	}
	if !slices.ContainsFunc(v.items.Shown(), func(it item) bool { return it.name() == forum }) {
		t.Error("the list was filtered")
	}
}
