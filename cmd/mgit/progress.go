package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

// progressEvent is a step of one branch, as an operation reports it while it runs.
type progressEvent struct {
	branch  string
	step    string // what is being done; "" when the branch is finished
	outcome string // once the branch is finished
	done    int    // branches finished so far, this one included
	total   int
}

// How the live lines behave: quick work shows none, and a terminal over a slow line is not flooded.
const (
	progressDelay    = 500 * time.Millisecond
	progressInterval = 100 * time.Millisecond
	progressLines    = 8
)

// progress shows a long run on standard error. On a terminal it keeps a line for each branch at
// work, below a count, and leaves nothing behind; elsewhere it prints a line for each finished
// branch. It is safe for concurrent use.
type progress struct {
	out    io.Writer
	colors palette
	title  string
	live   bool
	silent bool
	width  func() int // of the terminal now: it may be resized
	now    func() time.Time

	mutex  sync.Mutex
	begun  time.Time
	drawn  time.Time
	lines  int // live lines on the screen now
	latest progressEvent
	active []progressEvent // in the order they began
}

// newProgress begins the progress of an operation called title.
func (c *call) newProgress(title string) *progress {
	return &progress{
		out:    c.stderr,
		colors: c.errPalette(),
		title:  title,
		live:   c.stderrTTY && !c.isDumb() && !c.flags.verbose,
		silent: c.flags.quiet || c.flags.json,
		width:  func() int { return c.width(c.stderrTTY) },
		now:    time.Now,
		begun:  time.Now(),
	}
}

// report takes an event.
func (p *progress) report(e progressEvent) {
	if p.silent {
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.note(e)
	if !p.live {
		if e.outcome != "" {
			fmt.Fprintf(p.out, "%d/%d %s %s\n", e.done, e.total, p.colors.outcome(e.outcome), printable(e.branch))
		}
		return
	}
	now := p.now()
	if now.Sub(p.begun) >= progressDelay && now.Sub(p.drawn) >= progressInterval {
		p.drawn = now
		p.draw()
	}
}

// note keeps the list of branches at work.
func (p *progress) note(e progressEvent) {
	// Events of several workers may overtake each other; the count only grows.
	e.done = max(e.done, p.latest.done)
	p.latest = e
	at := slices.IndexFunc(p.active, func(a progressEvent) bool { return a.branch == e.branch })
	switch {
	case e.outcome != "" && at >= 0:
		p.active = slices.Delete(p.active, at, at+1)
	case e.outcome != "":
	case at >= 0:
		p.active[at] = e
	default:
		p.active = append(p.active, e)
	}
}

// draw replaces the live lines. Each is cut to the terminal, because a wrapped line could not be
// taken back.
func (p *progress) draw() {
	var screen strings.Builder
	screen.WriteString(p.eraser())
	width := p.width() - 1
	fmt.Fprintf(&screen, "%s\n", shorten(fmt.Sprintf("%s: %d of %d branches", p.title, p.latest.done, p.latest.total), width))
	shown := p.active[:min(len(p.active), progressLines)]
	for _, e := range shown {
		screen.WriteString(shorten("  "+printable(e.branch)+"  "+printable(e.step), width) + "\n")
	}
	p.lines = 1 + len(shown)
	fmt.Fprint(p.out, screen.String())
}

// eraser is the sequence that takes the live lines off the screen.
func (p *progress) eraser() string {
	if p.lines == 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dA\r\x1b[J", p.lines)
}

// finish takes the live lines off the screen. Events after it are shown again, so it comes last.
func (p *progress) finish() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	fmt.Fprint(p.out, p.eraser())
	p.lines = 0
}
