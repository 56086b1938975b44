//go:build unix

package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/creack/pty"
)

// On a terminal that never answers, nothing is asked of it: some libraries query its background
// at start and wait for seconds. A busy machine gets three tries.
func TestSilentTerminal(t *testing.T) {
	t.Parallel()
	limit := time.Second
	if testing.Short() {
		limit = 3 * time.Second // with the race detector; those libraries wait for five
	}
	quickest := time.Hour
	for try := 0; try < 3 && quickest >= limit; try++ {
		begun := time.Now()
		said := onTerminal(t, "mgit", "--version")
		quickest = min(quickest, time.Since(begun))
		if bytes.ContainsRune(said, '\x1b') {
			t.Fatalf("sent escape bytes: %q", said)
		}
		if !bytes.HasPrefix(said, []byte("mgit version ")) {
			t.Fatalf("said %q", said)
		}
	}
	if quickest >= limit {
		t.Errorf("took %v", quickest)
	}
}

// On a terminal there are colours unless somebody said no.
func TestColoredTerminal(t *testing.T) {
	t.Parallel()
	if said := onTerminal(t, "mgit", "help", "checked-out"); !bytes.Contains(said, []byte("\x1b[1mchecked-out\x1b[")) {
		t.Errorf("no bold word in %q", said)
	}
	if said := onTerminal(t, "mgit", "help", "checked-out", "--color=never"); bytes.ContainsRune(said, '\x1b') {
		t.Errorf("--color=never: escape bytes in %q", said)
	}
}

// onTerminal runs a command on a terminal that nobody sits at and returns what it wrote there.
func onTerminal(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=", "NO_COLOR=", "CLICOLOR_FORCE=", "TMUX=", "MGIT_PAGER=cat")
	terminal, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	// Reading a pty whose program has ended is an error (EIO) on Linux: what came before counts.
	said, _ := io.ReadAll(terminal)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	return said
}
