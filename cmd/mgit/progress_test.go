package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/job"
)

func finished(branch, outcome string, done, total int) job.Event {
	return job.Event{Branch: branch, Outcome: outcome, Done: done, Total: total}
}

// story is a run of three branches that takes a second.
func story(p *progress) {
	now := p.begun
	p.now = func() time.Time { return now }
	for _, step := range []struct {
		at time.Duration
		e  job.Event
	}{
		{400 * time.Millisecond, finished("LUVLE-4.1-hack-a", "clean", 1, 4)},
		{600 * time.Millisecond, finished("LUVLE-4.1-hack-b", "conflict", 2, 4)},
		{650 * time.Millisecond, finished("LUVLE-4.1-hack-c", "landed", 3, 4)},
		{800 * time.Millisecond, finished("LUVLE-4.1-hack-d", "clean", 4, 4)},
	} {
		now = p.begun.Add(step.at)
		p.report(step.e)
	}
	p.finish()
}

func newTestProgress(e env, set func(*flags)) (*progress, *strings.Builder) {
	var out strings.Builder
	e.stderr = &out
	if e.size == nil {
		e.size = func() (int, int) { return 80, 24 }
	}
	c := &call{env: e}
	c.flags.color = colorNever
	if set != nil {
		set(&c.flags)
	}
	return c.newProgress("rebase-all"), &out
}

// On a terminal there is nothing for half a second, then lines that are taken back.
func TestProgressLive(t *testing.T) {
	t.Parallel()
	p, out := newTestProgress(env{stderrTTY: true, vars: []string{"TERM=xterm"}}, nil)
	story(p)
	want := "rebase-all: 2 of 4 branches\n" + // 0.6 s; at 0.65 s the screen is left alone
		"  + clean  LUVLE-4.1-hack-a\n" +
		"  ! conflict  LUVLE-4.1-hack-b\n" +
		"\x1b[3A\r\x1b[J" + // 0.8 s
		"rebase-all: 4 of 4 branches\n" +
		"  + clean  LUVLE-4.1-hack-a\n" +
		"  ! conflict  LUVLE-4.1-hack-b\n" +
		"  = landed  LUVLE-4.1-hack-c\n" +
		"  + clean  LUVLE-4.1-hack-d\n" +
		"\x1b[5A\r\x1b[J"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Quick work shows nothing at all.
func TestProgressQuick(t *testing.T) {
	t.Parallel()
	p, out := newTestProgress(env{stderrTTY: true, vars: []string{"TERM=xterm"}}, nil)
	p.now = func() time.Time { return p.begun.Add(progressDelay - 1) }
	p.report(finished("LUVLE-4.1-hack-a", "clean", 1, 1))
	p.finish()
	if out.String() != "" {
		t.Errorf("showed %q", out.String())
	}
}

// Elsewhere, and on a terminal that can only print lines, each finished branch is a line.
func TestProgressPlain(t *testing.T) {
	t.Parallel()
	for _, e := range []env{
		{},
		{stderrTTY: true, vars: []string{"TERM=dumb"}},
		{stderrTTY: true, vars: []string{"TERM=xterm", "MGIT_ACCESSIBLE=1"}},
	} {
		p, out := newTestProgress(e, nil)
		story(p)
		want := "1/4 + clean  LUVLE-4.1-hack-a\n2/4 ! conflict  LUVLE-4.1-hack-b\n" +
			"3/4 = landed  LUVLE-4.1-hack-c\n4/4 + clean  LUVLE-4.1-hack-d\n"
		if out.String() != want {
			t.Errorf("%q, want %q", out.String(), want)
		}
	}
}

func TestProgressSilent(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*flags){
		"--quiet": func(f *flags) { f.quiet = true },
		"--json":  func(f *flags) { f.json = true },
	} {
		p, out := newTestProgress(env{stderrTTY: true, vars: []string{"TERM=xterm"}}, set)
		story(p)
		if out.String() != "" {
			t.Errorf("%s: showed %q", name, out.String())
		}
	}
}

// A line that wrapped could not be taken back, and a name must not steer the terminal.
func TestProgressNarrow(t *testing.T) {
	t.Parallel()
	narrow := func() (int, int) { return 24, 10 }
	p, out := newTestProgress(env{stderrTTY: true, vars: []string{"TERM=xterm"}, size: narrow}, nil)
	p.now = func() time.Time { return p.begun.Add(time.Second) }
	p.report(finished("LUVLE-4.1-hack-mod_resource-single\x1bfiles", "clean", 1, 600))
	for line := range strings.Lines(out.String()) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n >= 24 || strings.Contains(line, "\x1b") {
			t.Errorf("line %q is %d wide", line, n)
		}
	}
}

// With many branches the block stays small and shows the last ones.
func TestProgressManyBranches(t *testing.T) {
	t.Parallel()
	p, out := newTestProgress(env{stderrTTY: true, vars: []string{"TERM=xterm"}}, nil)
	now := p.begun
	p.now = func() time.Time { return now }
	for i := range 40 {
		now = now.Add(time.Second)
		p.report(finished(strings.Repeat("x", i+1), "clean", i+1, 40))
	}
	if !strings.HasSuffix(out.String(), strings.Repeat("x", 39)+"\n  + clean  "+strings.Repeat("x", 40)+"\n") {
		t.Errorf("the last branches do not come last: %q", out.String())
	}
	if p.lines != 1+progressLines {
		t.Errorf("%d live lines, want %d", p.lines, 1+progressLines)
	}
}
