package tui

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mgit/internal/git"
)

func filledLog(dir string) *Log {
	l := &Log{}
	l.Note("mgit rebase-all v4.5.0\nrm -rf /")
	l.Add(git.Command{Args: []string{"rev-parse", "--git-dir"}, Dir: dir, Duration: 1234 * time.Microsecond})
	l.Add(git.Command{Args: []string{"update-ref", "--stdin", "-z"}, Dir: dir, Duration: 3 * time.Millisecond, Input: 120, ExitCode: 128})
	l.Add(git.Command{Args: []string{"cat-file", "--batch-command"}, Dir: dir, Duration: 2 * time.Second, Input: -1, ExitCode: -1})
	l.Add(git.Command{Args: []string{"log", "it's $(touch x) `y`", "a\nb", "日本", "", "-c", "\xff"}, Dir: dir, Env: []string{"GIT_INDEX_FILE=/tmp/a b"}})
	return l
}

func TestLog(t *testing.T) {
	t.Parallel()
	d := drive(t, func(o *Options) { o.Log = filledLog("/srv/site") })
	d.press("@")
	d.goldens("log")
	d.press("y")
	d.shows("copied: shell script of the git commands")
	d.f.log.Add(git.Command{Args: []string{"version"}})
	d.press("G")
	d.shows("git version")
	d.press("@")
	d.hides("Git commands")
	empty := drive(t, nil)
	empty.press("@")
	empty.shows("No git command has ended yet.")
	empty.press("esc")
}

// The script runs, and gives git the very words that mgit gave it.
func TestScript(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	saw := filepath.Join(dir, "saw")
	fake := "#!/bin/sh\nprintf '[%s]' \"$GIT_INDEX_FILE\" \"$@\" >> " + saw + "\n"
	if err := os.WriteFile(filepath.Join(dir, "git"), []byte(fake), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh")
	cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
	cmd.Stdin = strings.NewReader(filledLog(dir).Script())
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%v: %s", err, out)
	}
	got, err := os.ReadFile(saw)
	if err != nil {
		t.Fatal(err)
	}
	want := "[][rev-parse][--git-dir][][update-ref][--stdin][-z][][cat-file][--batch-command]" +
		"[/tmp/a b][log][it's $(touch x) `y`][a\nb][日本][][-c][\xff]"
	if string(got) != want {
		t.Errorf("git saw %q, not %q", got, want)
	}
}

func TestLogIsBounded(t *testing.T) {
	t.Parallel()
	l := &Log{}
	for i := range 5*logRows + 7 {
		l.Note(fmt.Sprint(i))
	}
	rows, dropped := l.snapshot()
	if len(rows) != logRows || dropped != 4*logRows+7 || rows[0].note != fmt.Sprint(dropped) {
		t.Errorf("%d rows from %s on after %d", len(rows), rows[0].note, dropped)
	}
	if !strings.Contains(l.Script(), fmt.Sprintf("# %d earlier ones were not kept.", dropped)) {
		t.Error("the script does not say that some are missing")
	}
}
