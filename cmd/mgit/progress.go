package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"mgit/internal/job"
)

// How the live lines behave: quick work shows none, and a terminal over a slow line is not flooded.
const (
	progressDelay    = 500 * time.Millisecond
	progressInterval = 100 * time.Millisecond
	progressLines    = 8
)

// progress shows a long run on standard error. On a terminal it keeps a count with the branches that
// were finished last below it, and leaves nothing behind; elsewhere it prints a line for each
// finished branch. It is safe for concurrent use.
type progress struct {
	out    io.Writer
	title  string
	live   bool
	silent bool
	width  func() int // of the terminal now: it may be resized
	now    func() time.Time
	word   func(outcome string) string

	mutex sync.Mutex
	begun time.Time
	drawn time.Time
	lines int         // live lines on the screen now
	last  []job.Event // the latest, oldest first
}

// newProgress begins the progress of an operation called title.
func (c *call) newProgress(title string) *progress {
	colors := c.errPalette()
	return &progress{
		out:    c.stderr,
		word:   colors.outcome,
		title:  title,
		live:   c.stderrTTY && !c.isDumb() && !c.flags.verbose,
		silent: c.flags.quiet || c.flags.json,
		width:  func() int { return c.width(c.stderrTTY) },
		now:    time.Now,
		begun:  time.Now(),
	}
}

// report takes an event.
func (p *progress) report(e job.Event) {
	if p.silent {
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if !p.live {
		fmt.Fprintf(p.out, "%d/%d %s\n", e.Done, e.Total, p.describe(e))
		return
	}
	p.last = append(p.last[max(0, len(p.last)+1-progressLines):], e)
	now := p.now()
	if now.Sub(p.begun) >= progressDelay && now.Sub(p.drawn) >= progressInterval {
		p.drawn = now
		p.draw()
	}
}

func (p *progress) describe(e job.Event) string {
	return p.word(e.Outcome) + "  " + printable(e.Branch)
}

// draw replaces the live lines. Each is cut to the terminal, because a wrapped line could not be
// taken back.
func (p *progress) draw() {
	var screen strings.Builder
	screen.WriteString(p.eraser())
	width := p.width() - 1
	latest := p.last[len(p.last)-1]
	fmt.Fprintf(&screen, "%s\n", shorten(fmt.Sprintf("%s: %d of %d branches", p.title, latest.Done, latest.Total), width))
	for _, e := range p.last {
		screen.WriteString(shorten("  "+p.describe(e), width) + "\n")
	}
	p.lines = 1 + len(p.last)
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
