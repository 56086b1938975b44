package tui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/job"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/tuitest"
)

// siteless is a host whose sites are none: what is done on them is the test's.
func siteless(t testing.TB) func(*Options) {
	return func(o *Options) {
		o.Host = tuitest.Host(t, "plain", func(context.Context) (*job.Site, error) { return nil, nil })
	}
}

const hex = "0123456789abcdef0123456789abcdef01234567"

func moveTask(work func(context.Context, *screen.Progress) error) screen.Task {
	return screen.Task{
		Title:   "Move 2 branches to v4.5.0",
		Command: []string{"rebase-all", "v4.5.0", "--only", "LUVLE-4.1-hack-*"},
		Plan: func(context.Context, *job.Site, *screen.Progress) (screen.Preview, error) {
			return screen.Preview{
				Moves: []screen.Move{
					{Ref: "refs/heads/LUVLE-4.5-hack-mod_forum-subject", New: "made by this run"},
					{Ref: "refs/heads/LUVLE-4.5-hack-" + strings.Repeat("very-", 12) + "long", Old: hex, New: strings.Repeat("f", 40)},
					{Ref: "refs/heads/日本-4.5-hack-\u202ex", Old: hex},
				},
				Lines: []string{"1 branch would be parked: LUVLE-4.1-hack-core-login has a conflict in lib/moodlelib.php and needs a person to look at it"},
			}, nil
		},
		Work: func(ctx context.Context, _ *job.Site, p *screen.Progress) (any, error) {
			if work != nil {
				return 7, work(ctx, p)
			}
			return 7, nil
		},
		Done: func(result any) (string, tea.Cmd) {
			if result != 7 {
				return "", nil
			}
			return "2 branches moved; this was run 7.", nil
		},
	}
}

func TestTask(t *testing.T) {
	t.Parallel()
	d := drive(t, siteless(t))
	d.do(screen.Start(moveTask(nil)))
	d.goldens("task")
	d.press("enter")
	d.shows("2 branches moved; this was run 7.")
	if d.f.task != nil || len(d.f.sheets) > 0 || !d.views[0].took("reload") {
		t.Errorf("the task has not ended: %v", d.views[0].did)
	}
	if rows, _ := d.f.log.snapshot(); len(rows) != 1 || rows[0].note != "mgit rebase-all v4.5.0 --only 'LUVLE-4.1-hack-*'" {
		t.Errorf("the log has %+v", rows)
	}
	d.press("2")
	if d.views[1].took("reload") {
		t.Error("a view that nobody has seen yet was told to read anew")
	}
}

// The hint that there is more to read is there only where there is.
func TestTaskSaysThatThereIsMore(t *testing.T) {
	t.Parallel()
	d := drive(t, siteless(t))
	task := moveTask(nil)
	plan := task.Plan
	task.Plan = func(ctx context.Context, site *job.Site, p *screen.Progress) (screen.Preview, error) {
		preview, err := plan(ctx, site, p)
		preview.Lines = slices.Repeat(preview.Lines, 60)
		preview.Danger = "agree"
		return preview, err
	}
	d.do(screen.Start(task))
	d.shows("down more")
	d.press("esc")
	d.do(screen.Start(moveTask(nil)))
	d.hides("down more")
}

// A message that is too long keeps its last sentence.
func TestLongMessage(t *testing.T) {
	t.Parallel()
	const last = "This was run 7."
	d := drive(t, siteless(t))
	d.do(screen.Says(theme.Good, "LUVLE-4.1-hack-core-login: todo, replace ("+strings.Repeat("日本語 ", 60)+"). "+last))
	d.shows("LUVLE-4.1-hack-core-login: todo, ")
	d.shows("… " + last)
	d.do(screen.Says(theme.Good, "Short. "+strings.Repeat("word ", 60)))
	d.shows("Short. word")
}

func TestTaskIsRefused(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"esc", "n", "q"} {
		d := drive(t, siteless(t))
		d.do(screen.Start(moveTask(func(context.Context, *screen.Progress) error {
			t.Error("it was done although nobody agreed")
			return nil
		})))
		d.press("j", key)
		if d.f.task != nil || d.left {
			t.Errorf("%s leaves the dialog open", key)
		}
	}
	d := drive(t, func(o *Options) {
		siteless(t)(o)
		o.Host.ReadOnly = true
	})
	d.do(screen.Start(moveTask(nil)))
	d.shows("read-only, so not done: Move 2 branches to v4.5.0")
	if d.f.task != nil {
		t.Error("a task began in read-only mode")
	}
}

// The line at the end looks as the command's exit code means it.
func TestTaskEnds(t *testing.T) {
	t.Parallel()
	for ended, want := range map[screen.Ending]struct {
		text string
		role theme.Role
	}{
		screen.Complete:  {"2 branches moved; this was run 7.", theme.Good},
		screen.Waiting:   {"! 2 branches moved; this was run 7.", theme.Attention},
		screen.Unreached: {"x 2 branches moved; this was run 7.", theme.Bad},
	} {
		d := drive(t, siteless(t))
		task := moveTask(nil)
		task.Ended = func(result any) screen.Ending {
			if result != 7 {
				t.Errorf("the ending is asked of %v", result)
			}
			return ended
		}
		d.do(screen.Start(task))
		d.press("enter")
		if n := d.f.notice; n.Text != want.text || n.Role != want.role {
			t.Errorf("%d: %q in the look %d", ended, n.Text, n.Role)
		}
	}
	d := drive(t, siteless(t))
	task := moveTask(nil)
	task.Plan = func(context.Context, *job.Site, *screen.Progress) (screen.Preview, error) {
		return screen.Preview{Nothing: "one waits", Ended: screen.Waiting}, nil
	}
	d.do(screen.Start(task))
	d.shows("! one waits")
}

func TestTaskWithNothingToDo(t *testing.T) {
	t.Parallel()
	d := drive(t, siteless(t))
	task := moveTask(nil)
	task.Plan = func(context.Context, *job.Site, *screen.Progress) (screen.Preview, error) {
		return screen.Preview{Nothing: "all is there"}, nil
	}
	d.do(screen.Start(task))
	d.shows("all is there")
	if d.f.task != nil {
		t.Error("the dialog stays")
	}
}

func TestTaskWithDanger(t *testing.T) {
	t.Parallel()
	d := drive(t, siteless(t))
	done := false
	task := moveTask(func(context.Context, *screen.Progress) error {
		done = true
		return nil
	})
	plan := task.Plan
	task.Plan = func(ctx context.Context, s *job.Site, p *screen.Progress) (screen.Preview, error) {
		preview, err := plan(ctx, s, p)
		preview.Danger = "fresh"
		return preview, err
	}
	d.do(screen.Start(task))
	d.press("enter")
	d.typed("y")
	d.shows("Type fresh and press enter: y")
	d.goldens("task-danger")
	d.press("enter")
	if done {
		t.Fatal("it was done without the word")
	}
	d.press("backspace")
	d.typed("fresh")
	d.press("enter")
	if !done {
		t.Error("the word was typed and nothing happened")
	}
}

// The work's progress is shown while it goes on, esc cancels it, and it is waited for.
func TestTaskIsCancelled(t *testing.T) {
	t.Parallel()
	d := drive(t, siteless(t))
	begun := make(chan bool)
	task := moveTask(func(ctx context.Context, p *screen.Progress) error {
		p.Report(job.Event{Branch: "LUVLE-4.5-hack-mod_forum-subject", Outcome: "clean", Done: 1, Total: 24})
		p.Report(job.Event{Branch: "LUVLE-4.5-hack-core-login\x1b[2J", Outcome: "conflict", Done: 2, Total: 24})
		p.Report(job.Event{Branch: "LUVLE-4.5-feature-local_lu", Outcome: "clean", Done: 3, Total: 24})
		close(begun)
		<-ctx.Done()
		return ctx.Err()
	})
	task.Plan = nil
	_, cmd := d.f.Update(screen.StartMsg{Task: task})
	end := held(firstOf(cmd))
	<-begun
	d.send(tick{})
	d.goldens("task-at-work")
	d.press("q", "2", "enter") // nothing else begins meanwhile
	if d.left || d.f.front != 0 {
		t.Error("keys went past the task")
	}
	d.do(screen.Start(moveTask(nil)))
	d.shows("one thing at a time")
	d.press("esc")
	d.shows("cancelling: 3 of 24")
	end(d)
	d.shows("Move 2 branches to v4.5.0: cancelled")
	if d.f.task != nil {
		t.Error("the dialog stays")
	}
}

// While another mgit has the lock, the dialog says that it is waited for.
func TestTaskWaitsForAnotherMgit(t *testing.T) {
	t.Parallel()
	live := tuitest.NewLiveSite(t)
	d := drive(t, func(o *Options) { o.Host = live.Host() })
	other, err := live.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	lock, err := other.Lock(t.Context(), "rebase-all v4.5.0")
	if err != nil {
		t.Fatal(err)
	}
	_, cmd := d.f.Update(screen.StartMsg{Task: screen.Task{
		Title: "Add a note", Command: []string{"note"},
		Work: func(ctx context.Context, site *job.Site, _ *screen.Progress) (any, error) {
			own, err := site.Lock(ctx, "note")
			if err != nil {
				return nil, err
			}
			return nil, own.Release()
		},
	}})
	progress := d.f.task.progress
	end := held(firstOf(cmd))
	for begun := time.Now(); progress.Text() == "" && time.Since(begun) < 8*time.Second; {
		time.Sleep(5 * time.Millisecond)
	}
	d.send(tick{})
	d.shows(`waiting for its end: another mgit is working in this repository: process `)
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	end(d)
	d.shows("done")
	if text := progress.Text(); text != "" || d.f.task != nil {
		t.Errorf("the wait is not over: %q", text)
	}
}

// firstOf is the first command of a batch, or the command itself.
func firstOf(cmd tea.Cmd) tea.Cmd {
	return func() tea.Msg {
		msg := cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			return batch[0]()
		}
		return msg
	}
}

// ctrl+c leaves at once, but not before the work has ended.
func TestTaskAndQuitNow(t *testing.T) {
	t.Parallel()
	d := drive(t, siteless(t))
	task := moveTask(func(ctx context.Context, _ *screen.Progress) error {
		<-ctx.Done()
		return ctx.Err()
	})
	task.Plan = nil
	_, cmd := d.f.Update(screen.StartMsg{Task: task})
	end := held(firstOf(cmd))
	d.press("ctrl+c")
	if d.left {
		t.Fatal("the screen left its run behind")
	}
	end(d)
	if !d.left {
		t.Error("ctrl+c does not leave")
	}
}

func TestTaskFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("locked by process 12")
	d := drive(t, func(o *Options) {
		siteless(t)(o)
		o.Host.Explain = func(err error) (text, hint string) {
			return err.Error(), "wait until it has finished; the lock ends with its process, and nobody has to remove anything by hand"
		}
	})
	d.do(screen.Start(moveTask(func(context.Context, *screen.Progress) error { return broken })))
	d.press("y")
	d.goldens("task-failed")
	if !d.views[0].took("reload") {
		t.Error("what a failed task has changed is not read anew")
	}
	d.press("esc")
	if d.f.task != nil || d.left {
		t.Error("the dialog stays")
	}

	task := moveTask(nil)
	task.Plan = func(context.Context, *job.Site, *screen.Progress) (screen.Preview, error) {
		return screen.Preview{}, broken
	}
	d.do(screen.Start(task))
	d.shows("locked by process 12")
	d.press("enter")
	if d.f.task != nil {
		t.Error("the dialog stays")
	}
}

// A plan that was left is not shown when it comes.
func TestTaskPlanComesTooLate(t *testing.T) {
	t.Parallel()
	d := drive(t, siteless(t))
	task := moveTask(nil)
	plan := task.Plan
	task.Plan = func(ctx context.Context, s *job.Site, p *screen.Progress) (screen.Preview, error) {
		<-ctx.Done()
		return plan(ctx, s, p)
	}
	_, cmd := d.f.Update(screen.StartMsg{Task: task})
	end := held(firstOf(cmd))
	d.shows("looking at what would change")
	d.press("esc")
	end(d)
	d.hides("LUVLE-4.5-hack-mod_forum-subject")
	if d.f.task != nil || d.left {
		t.Error("the dialog stays")
	}
}

// A key that was pressed before a dialog can have been read was not meant for it; one that is held down is not either.
func TestKeysTypedAheadAgreeToNothing(t *testing.T) {
	t.Parallel()
	d := drive(t, siteless(t))
	d.f.settling = time.Hour
	d.do(screen.Start(moveTask(func(context.Context, *screen.Progress) error {
		t.Error("it was done")
		return nil
	})))
	d.press("enter", "y", "enter")
	d.shows("this has only just appeared")
	if d.f.task == nil || d.f.task.phase != asking {
		t.Fatal("the dialog is no longer there")
	}
	d.press("esc")
	failing := moveTask(nil)
	failing.Plan = func(context.Context, *job.Site, *screen.Progress) (screen.Preview, error) {
		return screen.Preview{}, errors.New("no space left on device")
	}
	d.do(screen.Start(failing))
	d.press("enter")
	d.shows("no space left on device")
	d.press("esc")
	d.hides("no space left on device")
}

// What happened to the repository between the question and the answer is said, and asked about anew.
func TestTaskIsOvertaken(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	r.Write("version.php", "<?php\n")
	r.Commit("one")
	d := drive(t, func(o *Options) {
		o.Host = tuitest.Host(t, "plain", func(ctx context.Context) (*job.Site, error) {
			return job.Open(ctx, job.OpenRequest{Dir: r.Path, Git: git.Options{Env: r.Env()}})
		})
	})
	done := 0
	task := moveTask(func(context.Context, *screen.Progress) error { done++; return nil })
	task.Plan = func(ctx context.Context, site *job.Site, _ *screen.Progress) (screen.Preview, error) {
		var p screen.Preview
		refs, err := site.Repo.Refs(ctx, "refs/heads/")
		for _, ref := range refs {
			if strings.HasPrefix(ref.Name, "refs/heads/LUVLE-") {
				p.Moves = append(p.Moves, screen.Move{Ref: ref.Name, Old: ref.ID.String()})
			}
		}
		return p, err
	}
	r.Git("branch", "LUVLE-a")
	d.do(screen.Start(task))
	d.shows("LUVLE-a")
	r.Git("branch", "LUVLE-b")
	d.press("enter")
	d.shows("LUVLE-b")
	d.shows("nothing was done: the repository has changed")
	if done != 0 {
		t.Fatal("it was done, and nobody had agreed to LUVLE-b")
	}
	r.Git("branch", "other")
	d.press("enter") // the same would move
	if done != 1 {
		t.Errorf("it was done %d times", done)
	}
}
