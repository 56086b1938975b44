package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"mgit/internal/job"
)

// fileProgress shows how far the reading of a tree is, on standard error: a bar with files, bytes and
// the time left on a terminal, a line every ten seconds elsewhere. Quick work shows nothing. It is
// safe for concurrent use.
type fileProgress struct {
	out    io.Writer
	live   bool
	silent bool
	width  func() int
	now    func() time.Time

	mutex sync.Mutex
	begun time.Time
	since map[string]time.Time // when each step began
	drawn time.Time
	shown bool
	ended bool
}

// Between two lines where there is no terminal: a CI job's log must show life and not be flooded.
const progressLineInterval = 10 * time.Second

func (c *call) newFileProgress() *fileProgress {
	return &fileProgress{
		out:    c.stderr,
		live:   c.stderrTTY && !c.isDumb() && !c.flags.verbose,
		silent: c.flags.quiet || c.flags.json,
		width:  func() int { return c.width(c.stderrTTY) },
		now:    time.Now,
		begun:  time.Now(),
	}
}

// stepTitle says what a step does.
func stepTitle(step string) string {
	switch step {
	case "index":
		return "reading upstream's history (once)"
	case "files":
		return "reading files"
	}
	return step
}

func (f *fileProgress) report(e job.CorehackProgress) {
	if f.silent {
		return
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	now := f.now()
	if f.since == nil {
		f.since = make(map[string]time.Time)
	}
	if _, begun := f.since[e.Step]; !begun { // steps run side by side
		f.since[e.Step] = now
	}
	interval, first := progressInterval, progressDelay
	if !f.live {
		interval, first = progressLineInterval, progressLineInterval
	}
	if f.ended || now.Sub(f.begun) < first || now.Sub(f.drawn) < interval {
		return
	}
	f.drawn = now
	if f.live {
		fmt.Fprint(f.out, "\r\x1b[K"+shorten(f.line(e, now), f.width()-1))
		f.shown = true
		return
	}
	fmt.Fprintln(f.out, f.line(e, now))
}

// line is the state of a step: a bar, files, bytes, and how long it will still take.
func (f *fileProgress) line(e job.CorehackProgress, now time.Time) string {
	done := share(e)
	parts := []string{stepTitle(e.Step)}
	if f.live {
		const cells = 20
		full := int(done * cells)
		parts = append(parts, "["+strings.Repeat("#", full)+strings.Repeat(".", cells-full)+"]")
	}
	unit := "files"
	if e.Step == "index" {
		unit = "commits"
	}
	if e.TotalFiles > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d %s", e.Files, e.TotalFiles, unit))
	} else {
		parts = append(parts, fmt.Sprintf("%d %s", e.Files, unit))
	}
	if e.TotalBytes > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d MB", e.Bytes>>20, e.TotalBytes>>20))
	}
	if left := f.left(e.Step, done, now); left > 0 {
		parts = append(parts, left.String()+" left")
	}
	return strings.Join(parts, "  ")
}

// share is the part of a step that is done, between 0 and 1.
func share(e job.CorehackProgress) float64 {
	switch {
	case e.TotalBytes > 0:
		return min(1, float64(e.Bytes)/float64(e.TotalBytes))
	case e.TotalFiles > 0:
		return min(1, float64(e.Files)/float64(e.TotalFiles))
	}
	return 0
}

// left is the time that the rest will take if it goes on like this; 0 while that is not known.
func (f *fileProgress) left(step string, done float64, now time.Time) time.Duration {
	spent := now.Sub(f.since[step])
	if done < 0.02 || spent < progressDelay {
		return 0
	}
	return time.Duration(float64(spent) * (1 - done) / done).Round(time.Second)
}

// finish takes the bar off the screen.
func (f *fileProgress) finish() {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.shown {
		fmt.Fprint(f.out, "\r\x1b[K")
	}
	f.ended = true
}
