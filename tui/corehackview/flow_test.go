package corehackview

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgit/tui/screen"
	"mgit/tui/tuitest"
)

// From the report to decisions, a baseline and branches, on a real repository: the same runs as those of the
// commands.
func TestFlow(t *testing.T) {
	t.Parallel()
	s := tuitest.NewLiveSite(t)
	h := s.Host()
	v := New(h)
	d := tuitest.Drive(t, h, v, 120, 40, "")
	if v.report.Err() != nil || v.tree.Tree != s.Live {
		t.Fatalf("%v: %v", v.tree, v.report.Err())
	}
	baseline := filepath.Join(t.TempDir(), "baseline.json")
	writeBaseline(t, v, baseline)

	// Where lines come from.
	if !v.list.Select("-1 lib.php") {
		t.Fatalf("lib.php is no finding:\n%s", d.Plain())
	}
	d.Press("w")
	if text := d.Plain(); !strings.Contains(text, "LUVLE-2.5-hack-core-ten") || !strings.Contains(text, "change lib.php") {
		t.Errorf("why:\n%s", text)
	}

	// A hunk is decided on, then the file; the baseline has it once all of it is.
	s.Put("course/lib.php", strings.Replace(read(t, s, "course/lib.php"), "and more", "and less", 1))
	d.Press("b")
	d.Enter(baseline)
	if !v.list.Select("-1 course/lib.php") || len(v.list.Shown()) != 2 {
		t.Fatalf("with a baseline there are %d rows:\n%s", len(v.list.Shown()), d.Plain())
	}
	d.Press("right", "down", "d")
	d.Choose("keep")
	d.Enter("it has to stay")
	p, message := d.Run()
	if message != "course/lib.php:4: keep. This was run 1." || len(p.Moves) != 1 || p.Moves[0].Old == "" || !strings.Contains(strings.Join(p.Lines, "\n"), "1 hunk of the file not decided") {
		t.Errorf("%q %+v", message, p)
	}
	v.list.Select("-1 course/lib.php")
	d.Press("d")
	d.Choose("port")
	d.Enter("for the next upgrade")
	if p, message := d.Run(); message != "course/lib.php: port. This was run 2." || !strings.Contains(strings.Join(p.Lines, "\n"), "it enters "+baseline) {
		t.Errorf("%q %+v", message, p)
	}
	if v.list.Select("-1 course/lib.php") {
		t.Error("the baseline has it, and it is listed")
	}
	d.Press("b")
	d.Enter("")
	if log := s.Git("log", "--format=%s", "mgit"); !strings.Contains(log, "decide course/lib.php port") {
		t.Errorf("the mgit branch has\n%s", log)
	}

	// A decision is taken back.
	v.list.Select("-1 course/lib.php")
	d.Press("right", "down", "d")
	d.Choose("none")
	if _, message := d.Run(); message != "course/lib.php:4: none. This was run 3." {
		t.Errorf("%q", message)
	}

	// What no branch explains becomes branches.
	d.Press("x")
	p, message = d.Run()
	if message != "1 branch made. This was run 4." || p.Moves[0].Ref != "refs/heads/LUVLE-2.5-hack-core_course" {
		t.Errorf("%q %+v", message, p)
	}
	if files := s.Git("diff", "--name-only", "v2.5.0", "LUVLE-2.5-hack-core_course"); files != "course/lib.php\ncourse/strange.php" {
		t.Errorf("the branch has %q", files)
	}
	d.Press("x")
	if m := tuitest.Taken[screen.NoticeMsg](d); !strings.Contains(m.Text, "nothing here") {
		t.Errorf("again: %q", m.Text)
	}
}

func writeBaseline(t *testing.T, v *View, name string) {
	t.Helper()
	r, _ := v.report.Value()
	data, err := json.Marshal(map[string]any{"command": "corehack-report", "result": r})
	if err == nil {
		err = os.WriteFile(name, data, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, s *tuitest.LiveSite, path string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(s.Live, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
