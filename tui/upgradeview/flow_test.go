package upgradeview

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/tuitest"
)

func wantText(t *testing.T, d *tuitest.Driver, all ...string) {
	t.Helper()
	text := d.Plain()
	for _, want := range all {
		if !strings.Contains(text, want) {
			t.Errorf("the screen lacks %q:\n%s", want, text)
		}
	}
}

// The evening of an upgrade: from the list of releases to what waits for a person, by keys alone. What it
// leaves in the repository is what the commands leave, byte for byte.
func TestEvening(t *testing.T) {
	t.Parallel()
	r, twin := newSite(t), newSite(t)
	v, d := drive(t, r, "")
	wantText(t, d, "[Releases]", "v4.5.0", "2 branches get to 4.5 without help, 1 waits for a person", "all fixes, LTS")
	d.Press("t")
	wantText(t, d, "[Triage]", "! 1 conflict", "+ 2 clean", "! conflict", stuck, "contents in lib.php")
	d.Press("b")
	wantText(t, d, "No upgrade to 4.5 was begun.")
	v.host.TellTracker = func(_ context.Context, series moodle.Series, branches []string) screen.Told {
		return screen.Told{Text: fmt.Sprintf("Told of %s, %d.", series, len(branches)), Unreached: true}
	}
	d.Press("B")
	p, said := d.Run()
	if !strings.HasSuffix(said, "This was run 1. Told of 4.5, 0.") {
		t.Errorf("of the tracker is said %q", said)
	}
	if d.Ended != screen.Unreached {
		t.Errorf("a tracker that was not reached ends with %d", d.Ended)
	}
	if len(p.Moves) != 1 || p.Moves[0].Ref != "refs/heads/mgit" || !strings.HasPrefix(said, "Upgrade to 4.5 from 4.1, onto v4.5.0: 3 branches entered, to rebase. This was run 1.") {
		t.Errorf("begin moves %+v and says %q", p.Moves, said)
	}
	wantText(t, d, "[Board]", "· 3 todo")
	d.Press("B")
	if p, said := d.Run(); !strings.Contains(said, "3 branches known before. Nothing changes.") {
		t.Errorf("begun twice: %+v, %q", p, said)
	}

	v.board.Select(hack)
	d.Press("d")
	d.Choose("h")
	prompt := d.Sent[0].(screen.PromptMsg).Prompt
	if got := prompt.Check(" "); got != "hold needs a reason: in a year nobody knows why the branch is gone" {
		t.Errorf("a hold without a reason is %q", got)
	}
	d.Enter("after the exams")
	p, said = d.Run()
	if said != hack+": todo, hold (after the exams). This was run 2." || strings.Join(p.Lines, "\n") != "In the upgrade to 4.5:\n"+said[:strings.Index(said, ". This")] {
		t.Errorf("hold: %+v, %q", p, said)
	}
	d.Press("m")
	d.Enter("ask Ann")
	if _, said := d.Run(); !strings.HasSuffix(said, "This was run 3.") {
		t.Errorf("note: %q", said)
	}
	wantText(t, d, "Carl Committer: ask Ann")

	d.Press("r")
	p, said = d.Run()
	var refs []string
	for _, m := range p.Moves {
		refs = append(refs, m.Ref+" "+m.New)
	}
	want := "refs/heads/LUVLE-4.5-feature-mod_ouwiki made by this run, refs/mgit/parked/LUVLE-4.5-hack-core-stuck made by this run, refs/heads/mgit made by this run"
	if strings.Join(refs, ", ") != want {
		t.Errorf("rebase-all moves %s", strings.Join(refs, ", "))
	}
	if said != "3 branches from 4.1 to v4.5.0: 1 clean, 1 conflict, 1 held. This was run 4." {
		t.Errorf("rebase-all says %q", said)
	}
	if d.Ended != screen.Waiting {
		t.Errorf("a run that parks a branch ends with %d", d.Ended)
	}
	wantText(t, d, "[Waiting 1]", "! parked", "mgit resolve LUVLE-4.5-hack-core-stuck", "+ next")
	d.Press("enter")
	if m := tuitest.Taken[screen.OpenMsg](d); m.View != keymap.Conflict || m.Subject != "LUVLE-4.5-hack-core-stuck" {
		t.Errorf("enter opens %+v", m)
	}
	d.Press("b")
	wantText(t, d, "! 1 parked", "+ 1 moved", "- 1 held")
	d.Press("r")
	if p, said := d.Run(); p.Nothing == "" || !strings.HasSuffix(said, "There was nothing to do.") {
		t.Errorf("a second run: %+v, %q", p, said)
	}

	// The same by the operations that the commands call.
	series := moodle.Series{Major: 4, Minor: 5}
	for _, do := range []func(site *job.Site) error{
		func(s *job.Site) error {
			_, _, err := job.BeginUpgrade(t.Context(), s, job.BeginRequest{To: "4.5"})
			return err
		},
		func(s *job.Site) error {
			_, _, err := job.Dispose(t.Context(), s, job.LedgerRequest{Branches: []string{hack}, Disposition: "hold", Reason: "after the exams", For: series})
			return err
		},
		func(s *job.Site) error {
			_, _, err := job.Note(t.Context(), s, job.LedgerRequest{Branches: []string{hack}, Text: "ask Ann", For: series})
			return err
		},
		func(s *job.Site) error {
			_, _, err := job.RebaseAll(t.Context(), s, job.RebaseAllRequest{Tag: "v4.5.0"}, false)
			return err
		},
	} {
		with(t, twin, do)
	}
	if got, want := r.Git("for-each-ref"), twin.Git("for-each-ref"); got != want || !strings.Contains(got, "refs/mgit/runs/4") {
		t.Errorf("the screen left\n%s\nthe commands\n%s", got, want)
	}
}

// A run that is cancelled when the first branch is done moves nothing, and one that fails says so.
func TestRebaseAllCancelled(t *testing.T) {
	t.Parallel()
	r := newSite(t)
	v, d := drive(t, r, "v4.5.0")
	before := r.Git("for-each-ref")
	d.Press("r")
	task := tuitest.Taken[screen.StartMsg](d).Task
	if got := strings.Join(task.Command, " "); got != "rebase-all v4.5.0" {
		t.Errorf("command %q", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	rebase := v.ask.rebase
	v.ask.rebase = func(ctx context.Context, site *job.Site, request job.RebaseAllRequest, dryRun bool) (*job.RebaseReport, int, error) {
		report := request.Progress
		request.Progress = func(e job.Event) {
			report(e)
			cancel()
		}
		return rebase(ctx, site, request, dryRun)
	}
	var progress screen.Progress
	err := v.host.Sites.Do(ctx, func(site *job.Site) error {
		_, err := task.Work(ctx, site, &progress)
		return err
	})
	if !errors.Is(err, context.Canceled) || len(progress.Events()) == 0 {
		t.Errorf("%d events, then %v", len(progress.Events()), err)
	}
	if after := r.Git("for-each-ref"); after != before {
		t.Errorf("a cancelled run left\n%s", after)
	}
}

// What --series and --allow say counts as it does for the commands.
func TestRequests(t *testing.T) {
	t.Parallel()
	r := newSite(t)
	v, d := drive(t, r, "v4.5.0", func(h *screen.Host) { h.Series, h.Allow = "4.1", []string{"checked-out", "other-tag"} })
	d.Press("r")
	task := tuitest.Taken[screen.StartMsg](d).Task
	if got := strings.Join(task.Command, " "); got != "rebase-all v4.5.0 --from 4.1 --update-worktrees --allow other-tag" {
		t.Errorf("command %q", got)
	}
	d.Press("B")
	if got := strings.Join(tuitest.Taken[screen.StartMsg](d).Task.Command, " "); got != "upgrade begin 4.5 --from 4.1" {
		t.Errorf("command %q", got)
	}
	d.Press("t", "space", "space", "d")
	d.Choose("drop")
	d.Enter("nobody uses it")
	task = tuitest.Taken[screen.StartMsg](d).Task
	if got := strings.Join(task.Command, " "); !strings.HasPrefix(got, "dispose LUVLE-4.1-") || !strings.HasSuffix(got, "drop --reason nobody uses it --for 4.5") {
		t.Errorf("command %q", got)
	}
	with(t, r, func(site *job.Site) error {
		p, err := task.Plan(t.Context(), site, &screen.Progress{})
		if len(p.Lines) != 3 {
			t.Errorf("two marked branches: %+v", p)
		}
		return err
	})
	if got := strings.Join(v.Twin(), " "); got != "triage v4.5.0 --from 4.1" {
		t.Errorf("twin %q", got)
	}
}
