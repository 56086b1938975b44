package branchview

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/tuitest"
)

func selected(v *View) string {
	r, _ := v.table.Selected()
	return r.Name
}

// One note for several branches is one run, as the command makes it.
func TestNote(t *testing.T) {
	t.Parallel()
	d, v, r := driveSite(t)
	v.table.Select(smallForum)
	d.Press("space")
	v.table.Select(smallLocal)
	d.Press("space", "m")
	prompt := tuitest.Taken[screen.PromptMsg](d).Prompt
	if prompt.Label != "Note on 2 branches" || prompt.Check("  ") == "" {
		t.Errorf("prompt %q takes a note without text", prompt.Label)
	}
	d.Do(prompt.Done("-- ask Ann"))
	task := d.Sent[0].(screen.StartMsg).Task
	if got, want := strings.Join(task.Command, "|"), "note|--for|4.5|--|"+smallLocal+"|"+smallForum+"|-- ask Ann"; got != want {
		t.Errorf("command %q, want %q", got, want)
	}
	before := r.Git("for-each-ref")
	preview, message := d.Run()
	if len(preview.Moves) != 1 || preview.Moves[0].Ref != "refs/heads/mgit" || !strings.Contains(strings.Join(preview.Lines, "\n"), smallForum+": + moved, note: -- ask Ann") {
		t.Errorf("preview %+v", preview)
	}
	if message != "2 branches noted in the upgrade to 4.5. This was run 2." {
		t.Errorf("message %q", message)
	}
	if r.Git("for-each-ref") == before {
		t.Error("nothing was written")
	}
	ledger := r.Git("show", "mgit:upgrades/4.5.toml")
	if strings.Count(ledger, "-- ask Ann") != 2 {
		t.Errorf("the ledger says\n%s", ledger)
	}
	if v.table.Marks() != 0 {
		t.Error("the marks are still there")
	}
	v.table.Select(smallLocal)
	if !strings.Contains(d.Plain(), "-- ask Ann") {
		t.Errorf("the note is not shown:\n%s", d.Plain())
	}
}

func TestDispose(t *testing.T) {
	t.Parallel()
	d, v, r := driveSite(t)
	v.table.Select(smallForum)
	d.Press("d")
	d.Choose("drop")
	prompt := tuitest.Taken[screen.PromptMsg](d).Prompt
	if prompt.Check(" ") == "" {
		t.Error("drop is taken without a reason")
	}
	d.Do(prompt.Done("in Moodle since 4.5"))
	task := d.Sent[0].(screen.StartMsg).Task
	want := "dispose|" + smallForum + "|drop|--for|4.5|--reason|in Moodle since 4.5"
	if got := strings.Join(task.Command, "|"); got != want {
		t.Errorf("command %q, want %q", got, want)
	}
	preview, message := d.Run()
	if !strings.Contains(strings.Join(preview.Lines, "\n"), "drop (in Moodle since 4.5)") {
		t.Errorf("preview %+v", preview)
	}
	if message != smallForum+": drop in the upgrade to 4.5. This was run 2." {
		t.Errorf("message %q", message)
	}
	if ledger := r.Git("show", "mgit:upgrades/4.5.toml"); !strings.Contains(ledger, `disposition = "drop"`) {
		t.Errorf("the ledger says\n%s", ledger)
	}
	d.Press("d")
	d.Choose("d")
	d.Enter("in Moodle since 4.5")
	if p, message := d.Run(); p.Nothing == "" || !strings.HasPrefix(message, "Nothing changes") {
		t.Errorf("the same again: %+v, %q", p, message)
	}
	// A reason is not needed to carry it over after all.
	d.Press("d")
	d.Choose("r")
	d.Enter("")
	if _, message := d.Run(); !strings.Contains(message, ": rebase") {
		t.Errorf("message %q", message)
	}
}

// Without an upgrade there is no ledger to write to, and that is said; of several, one is chosen.
func TestWhichUpgrade(t *testing.T) {
	t.Parallel()
	m := full()
	m.status.Upgrades = nil
	d, _ := drive(t, m)
	for _, key := range []string{"m", "d"} {
		d.Press(key)
		if n := tuitest.Taken[screen.NoticeMsg](d); !strings.Contains(n.Text, "mgit upgrade begin") {
			t.Errorf("%s says %q", key, n.Text)
		}
	}
	m = full()
	second := m.status.Upgrades[0]
	second.Series, second.Onto = "5.1", "v5.1.0"
	m.status.Finished = []job.UpgradeStatus{second}
	d, v := drive(t, m)
	d.Press("m")
	d.Choose("from 4.1 to v5.1.0")
	d.Enter("later")
	if command := started(d).Command; !slices.Contains(command, "5.1") {
		t.Errorf("command %q", command)
	}
	// The misnamed take part in nothing.
	v.table.Select(m.status.Misnamed[0].Name)
	d.Press("m")
	tuitest.Taken[screen.NoticeMsg](d)
}

func TestNew(t *testing.T) {
	t.Parallel()
	d, v, r := driveSite(t)
	begin := func() {
		t.Helper()
		d.Press("c")
		d.Choose("hack")
		prompt := d.Sent[0].(screen.PromptMsg).Prompt
		if prompt.Check(" ") == "" {
			t.Error("a branch without a component is taken")
		}
		if got := prompt.Complete("loc"); len(got) != 1 || got[0] != "local_xx" {
			t.Errorf("completes loc to %q", got)
		}
		d.Enter("mod_forum")
		d.Enter("short")
		d.Enter("because")
	}
	// The tracker is told as the command does it, and what came of that is said.
	v.host.TellTracker = func(_ context.Context, series moodle.Series, branches []string) screen.Told {
		return screen.Told{Text: fmt.Sprintf("%s told, of all: %t.", branches, series.IsZero())}
	}
	begin()
	task := d.Sent[0].(screen.StartMsg).Task
	if got, want := strings.Join(task.Command, "|"), "new|hack|mod_forum|--short|short|--reason|because|--series|4.1"; got != want {
		t.Errorf("command %q, want %q", got, want)
	}
	preview, message := d.Run()
	const name = "LUVLE-4.1-hack-mod_forum-short"
	if preview.Moves[0].Ref != "refs/heads/"+name || preview.Moves[0].Old != "" || !strings.Contains(preview.Moves[0].New, "v4.1.0") || len(preview.Moves) != 2 {
		t.Errorf("moves %+v", preview.Moves)
	}
	if message != name+" stands on v4.1.0. This was run 2. ["+name+"] told, of all: true." {
		t.Errorf("message %q", message)
	}
	if r.Git("rev-parse", name) != r.Git("rev-parse", "v4.1.0^{commit}") {
		t.Error("the branch stands elsewhere")
	}
	if selected(v) != name {
		t.Errorf("%s is selected", selected(v))
	}
	begin()
	task = started(d)
	err := v.host.Sites.Do(t.Context(), func(site *job.Site) error {
		_, err := task.Plan(t.Context(), site, &screen.Progress{})
		return err
	})
	var refusal *job.Refusal
	if !errors.As(err, &refusal) || refusal.ID != "branch-exists" {
		t.Errorf("the same branch again: %v", err)
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	d, v, _ := driveSite(t)
	v.table.Select(smallBad)
	d.Press("enter")
	if m := tuitest.Taken[screen.OpenMsg](d); m.View != keymap.Conflict || m.Subject != smallBad {
		t.Errorf("a parked branch opens %+v", m)
	}
	v.table.Select(smallForum)
	d.Do(v.look())
	d.Press("enter")
	if !v.panes.Second || strings.Join(v.Twin(), " ") != "show "+smallForum {
		t.Errorf("the details have no focus, twin %q", v.Twin())
	}
	if v.Hints()[0] != keymap.Open {
		t.Errorf("hints %q", v.Hints())
	}
	d.Press("i", "i", "i", "i")
	if strings.Join(v.Twin(), " ") != "show "+smallForum+" --range-diff" || !strings.Contains(d.Plain(), "no older version") {
		t.Errorf("twin %q of\n%s", v.Twin(), d.Plain())
	}
	d.Press("I", "esc")
	if v.panes.Second || v.part != partChecks {
		t.Error("esc does not leave the details")
	}
	d.Press("tab", "+")
	if !v.panes.Zoomed {
		t.Error("not zoomed")
	}
	d.Press("esc", "esc")
	if v.panes.Zoomed || v.panes.Second {
		t.Errorf("panes %+v", v.panes)
	}
	if cmd := v.Act(keymap.Back); cmd != nil {
		t.Error("esc goes on where there is nothing to leave")
	}
}

// The branch of the new series is compared with the one it comes from.
func TestRangeDiffIsAsked(t *testing.T) {
	t.Parallel()
	d, v, _ := driveSite(t)
	d.Press("A")
	prompt := tuitest.Taken[screen.PromptMsg](d).Prompt
	if prompt.Check("4.x") == "" || !slices.Equal(prompt.Complete("4"), []string{"4.1", "4.5"}) {
		t.Errorf("completes 4 to %q", prompt.Complete("4"))
	}
	d.Do(prompt.Done("4.5"))
	if strings.Join(v.Twin(), " ") != "status --series 4.5" {
		t.Errorf("twin %q", v.Twin())
	}
	v.table.Select(strings.Replace(smallForum, "4.1", "4.5", 1))
	d.Press("i", "i", "i", "i")
	if screen := d.Plain(); !strings.Contains(screen, "Compared with "+smallForum) || !strings.Contains(screen, "2 the same") {
		t.Errorf("it shows\n%s", screen)
	}
	v.table.Select(strings.Replace(smallBad, "4.1", "4.5", 1))
	d.Do(v.look())
	if r, _ := v.table.Selected(); r.kind != coming || r.state() != "parked" {
		t.Errorf("the parked branch is %+v", r)
	}
	d.Press("enter")
	if m := tuitest.Taken[screen.OpenMsg](d); m.Subject != smallBad {
		t.Errorf("it opens %+v", m)
	}
	d.Press("a")
	if strings.Join(v.Twin(), " ") != "status --all" || len(v.table.Rows()) != 5 {
		t.Errorf("twin %q, %d rows", v.Twin(), len(v.table.Rows()))
	}
	d.Press("a")
	if strings.Join(v.Twin(), " ") != "status --series 4.1" || len(v.table.Rows()) != 3 {
		t.Errorf("twin %q, %d rows", v.Twin(), len(v.table.Rows()))
	}
}

// Another view names a branch: it is found whatever is filtered away, in any series, and by its new name.
func TestEnterWithSubject(t *testing.T) {
	t.Parallel()
	d, v, _ := driveSite(t)
	if err := v.table.SetFilter("type:feature"); err != nil {
		t.Fatal(err)
	}
	d.Do(v.Enter(smallForum))
	if selected(v) != smallForum {
		t.Errorf("filtered away: %s is selected", selected(v))
	}
	d.Do(v.Enter(strings.Replace(smallBad, "4.1", "4.5", 1)))
	if selected(v) != smallBad || v.all {
		t.Errorf("by the new name: %s is selected", selected(v))
	}
	moved := strings.Replace(smallLocal, "4.1", "4.5", 1)
	v.series = "4.5"
	d.Do(v.Reload())
	d.Do(v.Enter("LUVLE-4.1-hack-core-nothing"))
	if !v.all || v.wanted != "" {
		t.Error("a branch that is nowhere is looked for in all series, once")
	}
	d.Do(v.Enter(moved))
	if selected(v) != moved {
		t.Errorf("%s is selected", selected(v))
	}
}

func TestWorktree(t *testing.T) {
	t.Parallel()
	d, v := drive(t, full())
	v.table.Select(forum)
	d.Press("e", "o")
	if m := tuitest.Taken[screen.EditMsg](d); m.Dir != "/home/ruth/moodle-forum" || !slices.Equal(m.Paths, []string{"."}) {
		t.Errorf("edits %+v", m)
	}
	if m := tuitest.Taken[screen.ShellMsg](d); m.Dir != "/home/ruth/moodle-forum" {
		t.Errorf("a shell in %+v", m)
	}
	if !slices.Contains(v.Hints(), keymap.BranchesShell) {
		t.Errorf("hints %q", v.Hints())
	}
	d.Press("j", "e")
	if n := tuitest.Taken[screen.NoticeMsg](d); !strings.Contains(n.Text, "checked out nowhere") {
		t.Errorf("says %q", n.Text)
	}
}

// Publishing is a step of its own: the screen has the command for it.
func TestPublish(t *testing.T) {
	t.Parallel()
	d, v := drive(t, full())
	v.table.Select(forum)
	d.Press("P")
	if m := tuitest.Taken[screen.CopyMsg](d); m.Text != "mgit push "+forum {
		t.Errorf("copies %q", m.Text)
	}
	v.table.Select("LUVLE-4.1-feature-tool_luvle") // only at a remote
	d.Press("P")
	tuitest.Taken[screen.NoticeMsg](d)
}

func TestCopies(t *testing.T) {
	t.Parallel()
	d, v := drive(t, full())
	v.table.Select(forum)
	texts := func() (all []string) {
		for _, c := range v.Copies() {
			all = append(all, c.Text)
		}
		return all
	}
	if want := []string{forum, id(3).String(), "LU-73", "/home/ruth/moodle-forum"}; !slices.Equal(texts(), want) {
		t.Errorf("copies %q, want %q", texts(), want)
	}
	d.Press("space", "space")
	if want := forum + "\nLUVLE-4.1-hack-mod_quiz-grace"; texts()[0] != want {
		t.Errorf("copies first %q, want %q", texts()[0], want)
	}
}
