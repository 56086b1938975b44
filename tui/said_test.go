package tui

import (
	"context"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/job"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/tuitest"
)

// What a command would warn of before anything else is said on the screen too, counted as long as it is so, and
// can be read in full.
func TestWarningsOfTheSite(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	r.Write("version.php", "<?php\n")
	r.Commit("one")
	warnings := []job.Warning{
		{ID: "pending", Text: "a change of the remotes waits to be confirmed, and until then nothing is pushed; `mgit config trust` shows it"},
		{ID: "mgit-diverged", Text: "the mgit branch here and at origin have gone apart"},
	}
	d := drive(t, func(o *Options) {
		o.Host = tuitest.Host(t, "plain", func(ctx context.Context) (*job.Site, error) {
			site, err := job.Open(ctx, job.OpenRequest{Dir: r.Path, Git: git.Options{Env: r.Env()}})
			if err == nil {
				site.Warnings = warnings
			}
			return site, err
		})
	})
	look := func() {
		if err := d.f.host.Sites.Fresh(t.Context(), func(*job.Site) error { return nil }); err != nil {
			t.Fatal(err)
		}
		d.send(tick{})
	}
	look()
	d.shows("2!")
	d.shows("warning: a change of the remotes waits")
	d.press("j")
	d.shows("warning: the mgit branch here and at origin have gone apart")
	d.press("j")
	d.hides("warning:") // each is said once
	d.press("!")
	d.shows("2 warnings")
	d.shows("`mgit config trust` shows it")
	d.press("esc")
	warnings = nil
	look()
	d.hides("2!")
}

// A message that has no room says how it can be read, also after the key that takes it away.
func TestWhatWasSaidCanBeRead(t *testing.T) {
	t.Parallel()
	d := drive(t, nil)
	d.do(screen.Says(theme.Good, "A message of many words, "+strings.Repeat("and more ", 20)+"and an end that is far away. This was run 7."))
	d.shows("This was run 7.")
	d.shows("(! shows all)")
	d.hides("far away")
	d.press("j")
	d.hides("run 7")
	d.press("!")
	d.shows("an end that is far away.")
	d.press("!")
	d.hides("far away")
	for range 3 * saidRows {
		d.f.say(theme.Good, "once more")
	}
	if len(d.f.said) != saidRows {
		t.Errorf("%d lines are kept", len(d.f.said))
	}
}

// A refusal that can be waived offers the command that does, to be looked at and entered.
func TestRefusalIsWaivedAtTheColon(t *testing.T) {
	t.Parallel()
	d := drive(t, func(o *Options) {
		siteless(t)(o)
		o.Commands = &commands{}
		o.Host.Waives = func(error) string { return "checked-out" }
	})
	task := moveTask(nil)
	task.Command = []string{"note", "LUVLE-4.5-hack-mod_forum", "--", "-5 lines"}
	task.Plan = func(context.Context, *job.Site, *screen.Progress) (screen.Preview, error) {
		return screen.Preview{}, &job.Refusal{ID: "checked-out", Text: "it is checked out"}
	}
	d.do(screen.Start(task))
	d.shows("with --allow checked-out")
	d.press(":")
	d.shows(":note LUVLE-4.5-hack-mod_forum --allow checked-out -- '-5 lines'")
	if d.f.task != nil {
		t.Error("the dialog stays")
	}
}

func TestWaived(t *testing.T) {
	t.Parallel()
	if got, want := waived([]string{"assemble", "test"}, "no-base"), []string{"assemble", "test", "--allow", "no-base"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
