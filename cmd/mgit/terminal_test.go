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
// at start and wait for seconds.
func TestSilentTerminal(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("mgit", "--version")
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=", "NO_COLOR=", "TMUX=")
	begun := time.Now()
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
	if took := time.Since(begun); took > time.Second {
		t.Errorf("took %v", took)
	}
	if bytes.ContainsRune(said, '\x1b') {
		t.Errorf("sent escape bytes: %q", said)
	}
	if !bytes.HasPrefix(said, []byte("mgit version ")) {
		t.Errorf("said %q", said)
	}
}
