package main

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// stopAt is a stream that stops mgit as soon as it shows a text.
type stopAt struct {
	mu sync.Mutex // git commands that run side by side are traced side by side
	bytes.Buffer
	text string
	stop context.CancelFunc
}

func (s *stopAt) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.Buffer.Write(p)
	if strings.Contains(s.String(), s.text) {
		s.stop()
	}
	return n, err
}

// Ctrl-C is answered with one line and 130, whatever it broke, and mgit does not wait for Enter.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	dir := demoSite(t).Dir
	stdin, typing := io.Pipe() // nobody ever types
	t.Cleanup(func() { _ = typing.Close() })
	// stopped runs one command line that is stopped as soon as standard error holds a text.
	stopped := func(text string, args ...string) (int, string) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		stderr := &stopAt{text: text, stop: stop}
		surroundings := env{
			stdin: stdin, stdout: io.Discard, stderr: stderr, stdinTTY: true, stderrTTY: true,
			vars: []string{"TERM=dumb"}, size: func() (int, int) { return 80, 24 },
		}
		code := run(ctx, surroundings, append(args, "-C", filepath.Join(dir, "site")))
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		return code, lines[len(lines)-1]
	}
	const want = "mgit: interrupted; nothing was changed"
	if code, last := stopped("Write these settings?", "init"); code != exitInterrupted || last != want {
		t.Errorf("at a question: %d, %q", code, last)
	}
	if got := invoke(t, "init", "--yes", "-C", filepath.Join(dir, "site")); got.code != exitDone {
		t.Fatalf("init: %+v", got)
	}
	if code, last := stopped("git ", "rebase-all", "v4.5.0", "--verbose"); code != exitInterrupted || !strings.HasPrefix(last, "mgit: interrupted") {
		t.Errorf("at the beginning: %d, %q", code, last)
	}
	if code, last := stopped("git ls-tree", "rebase-all", "v4.5.0", "--verbose"); code != exitInterrupted || last != want {
		t.Errorf("in the middle: %d, %q", code, last)
	}
}

// What was changed before the end is not denied.
func TestInterruptedAfterARun(t *testing.T) {
	t.Parallel()
	dir := demoSite(t).Dir
	c := &call{command: "rebase-all", env: env{vars: nil, size: func() (int, int) { return 0, 0 }, stderr: io.Discard}}
	c.flags.dir = filepath.Join(dir, "site")
	site, err := c.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_ = site.Close()
	if f := c.interrupted(t.Context()); f.Text != "interrupted; nothing was changed" {
		t.Errorf("before: %q", f.Text)
	}
	if err := site.Repo.Cmd("branch", "made-meanwhile", "v4.5.0").Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f := c.interrupted(t.Context()); f.Text != "interrupted" {
		t.Errorf("after: %q", f.Text)
	}
}
