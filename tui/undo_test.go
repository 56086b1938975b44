package tui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/job"
	"mgit/tui/screen"
	"mgit/tui/tuitest"
)

func TestUndoPreview(t *testing.T) {
	t.Parallel()
	old, err := git.ParseID(hex)
	if err != nil {
		t.Fatal(err)
	}
	report := &job.UndoReport{
		Undoes: 7, Shared: true,
		Moves:   []job.RefMove{{Ref: "refs/heads/LUVLE-4.5-hack-mod_forum", Old: job.ID(old)}, {Ref: "refs/heads/LUVLE-4.5-test", Old: job.ID(old), New: job.ID(old)}},
		Left:    []job.LeftHere{{Ref: "refs/heads/LUVLE-4.5-hack-core", Reason: "it has moved since the run"}},
		Refused: []job.LeftHere{{Ref: "refs/heads/LUVLE-4.5-hack-mod_quiz", Reason: "it is checked out at /srv/site"}},
	}
	d := drive(t, siteless(t))
	task := undoTask(job.RunInfo{Number: 7, Command: "rebase-all v4.5.0"})
	task.Plan = func(context.Context, *job.Site, *screen.Progress) (screen.Preview, error) {
		return undoPreview(report, screen.Move{Ref: "refs/heads/mgit", Old: hex, New: screen.MadeByRun}), nil
	}
	d.do(screen.Start(task))
	d.goldens("undo")

	report.Moves, report.Shared = nil, false
	if p := undoPreview(report, screen.Move{Ref: "refs/heads/mgit", Old: hex, New: screen.MadeByRun}); p.Nothing != "Nothing of run 7 can be taken back: LUVLE-4.5-hack-core stays: it has moved since the run" {
		t.Errorf("%q", p.Nothing)
	}
	report.Left, report.Refused = nil, nil
	if p := undoPreview(report, screen.Move{Ref: "refs/heads/mgit", Old: hex, New: screen.MadeByRun}); p.Nothing != "There is nothing left of run 7 to take back." {
		t.Errorf("%q", p.Nothing)
	}
	for run, want := range map[int]string{0: "There was nothing left of run 7 to take back.", 8: "Run 7 is taken back; this was run 8."} {
		if got := (undone{report, run}).String(); got != want {
			t.Errorf("%q", got)
		}
	}
}

func TestUndoChoosesARun(t *testing.T) {
	t.Parallel()
	when := time.Date(2025, 2, 4, 21, 0, 0, 0, time.UTC)
	runs := []job.RunInfo{
		{Number: 9, Command: "undo 8", Branches: 24, Undoes: 8, When: when},
		{Number: 8, Command: "rebase-all v4.5.0", Branches: 24, UndoneBy: 9, When: when},
		{Number: 7, Command: "new hack mod_forum", Branches: 1, When: when},
	}
	d := drive(t, siteless(t))
	d.send(runsRead{runs: runs})
	if d.f.task == nil || d.f.task.task.Title != "Take back run 7: mgit new hack mod_forum" {
		t.Fatalf("%+v", d.f.task)
	}
	d.f.endTask()
	d.send(runsRead{runs: runs, choose: true})
	d.goldens("runs")
	d.press("down", "enter")
	d.shows("taken back by run 9")
	d.press("esc")
	d.send(runsRead{runs: runs[1:2]})
	d.shows("there is no run to take back")
	d.send(runsRead{err: errors.New("the journal is damaged")})
	d.shows("the journal is damaged")
}

// undoSite is a small site on which a branch was begun, by run 1.
func undoSite(t *testing.T) *gittest.Repo {
	t.Helper()
	r := gittest.New(t)
	r.Write("version.php", "<?php\n$version  = 2022112800.00;\n$release  = '4.1 (Build: 20221128)';\n$branch   = '401';\n")
	r.Write("lib/components.json", `{"plugintypes": {"mod": "mod"}, "subsystems": {}}`)
	r.Commit("Moodle 4.1")
	r.Git("tag", "-a", "-m", "release", "v4.1.0")
	r.Git("update-ref", "refs/remotes/upstream/main", "main")
	r.Git("checkout", "-q", "--detach")
	r.Git("branch", "-D", "main")
	for _, setting := range []string{
		"remote.upstream.url=https://example.org/moodle.git", "mgit.remote.upstream.url=https://example.org/moodle.git",
		"mgit.remote.upstream.role=upstream", "mgit.customer=LUVLE", "mgit.series=4.1",
	} {
		key, value, _ := strings.Cut(setting, "=")
		r.Git("config", key, value)
	}
	r.Git("update-ref", "refs/heads/mgit", r.Git("commit-tree", "-m", "the mgit branch", git.EmptyTree.String()))
	return r
}

// z takes a run back for real: what moves is what the dialog has named, and z again brings nothing more.
func TestUndoMovesWhatItNames(t *testing.T) {
	t.Parallel()
	r := undoSite(t)
	open := func(ctx context.Context) (*job.Site, error) {
		return job.Open(ctx, job.OpenRequest{Dir: r.Path, Git: git.Options{Env: r.Env()}})
	}
	d := drive(t, func(o *Options) { o.Host = tuitest.Host(t, "plain", open) })
	if err := d.f.host.Sites.Fresh(t.Context(), func(site *job.Site) error {
		series, err := site.Series(t.Context(), "")
		if err != nil {
			return err
		}
		_, _, err = job.NewBranch(t.Context(), site, job.NewRequest{Type: "hack", Component: "mod_forum", Series: series})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	refs := func() map[string]string {
		at := map[string]string{}
		for line := range strings.Lines(r.Git("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads") + "\n") {
			ref, id, _ := strings.Cut(strings.TrimSpace(line), " ")
			at[ref] = id
		}
		return at
	}
	before := refs()
	d.press("z")
	if d.f.task == nil || d.f.task.phase != asking {
		t.Fatalf("no dialog: %+v", d.f.task)
	}
	named := d.f.task.preview.Moves
	d.press("enter")
	d.shows("Run 1 is taken back; this was run 2.")
	after := refs()
	if len(named) != 2 || len(after) != 1 {
		t.Errorf("named %+v, left %v", named, after)
	}
	for _, m := range named {
		if before[m.Ref] != m.Old || after[m.Ref] == m.Old {
			t.Errorf("%+v: it was %s, and is %s", m, before[m.Ref], after[m.Ref])
		}
	}
	if !d.views[0].took("reload") {
		t.Error("what has moved is not read anew")
	}
	d.press("z")
	d.shows("there is no run to take back")
}
