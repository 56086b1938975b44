//go:build unix

package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
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
	site := demoSite(t).Site
	initSite(t, site)
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"mgit", "--version"}, "mgit version "},
		// A hook is told of pushes by git, and what it says goes to the terminal.
		{[]string{"sh", "-c", `exec mgit -C "$0" check --push origin ../internal.git </dev/null`, site}, ""},
	} {
		quickest := time.Hour
		for try := 0; try < 3 && quickest >= limit; try++ {
			begun := time.Now()
			said := onTerminal(t, c.args[0], c.args[1:]...)
			quickest = min(quickest, time.Since(begun))
			if bytes.ContainsRune(said, '\x1b') {
				t.Fatalf("%v sent escape bytes: %q", c.args, said)
			}
			if !bytes.HasPrefix(said, []byte(c.says)) {
				t.Fatalf("%v said %q", c.args, said)
			}
		}
		if quickest >= limit {
			t.Errorf("%v took %v", c.args, quickest)
		}
	}
}

// The screen asks the terminal for its background, and shows the branches without waiting for the answer.
func TestScreenOnSilentTerminal(t *testing.T) {
	t.Parallel()
	site := demoSite(t).Site
	initSite(t, site)
	cmd := exec.Command("mgit", "-C", site, "tui")
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "NO_COLOR=", "TMUX=")
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 80, Rows: 24})
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	late := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
	defer late.Stop()
	var said bytes.Buffer
	isPainted := false
	for part := make([]byte, 4096); ; {
		n, err := terminal.Read(part)
		said.Write(part[:n])
		if !isPainted && bytes.Contains(said.Bytes(), []byte("mod_attendance")) {
			isPainted = true
			if _, err := terminal.WriteString("q"); err != nil {
				t.Fatal(err)
			}
		}
		if err != nil {
			break
		}
	}
	if err := cmd.Wait(); err != nil || !isPainted {
		t.Fatalf("%v; painted: %v; it sent %q", err, isPainted, said.String())
	}
}

// Where the screen cannot be drawn, or is not wanted, every view is the command that prints it on lines: it is named,
// and nothing moves the cursor.
func TestTwinsOnTerminal(t *testing.T) {
	t.Parallel()
	site := demoSite(t).Site
	initSite(t, site)
	for view, want := range map[string]struct {
		command, says string
		exit          int
	}{
		"branches":  {"status", "LUVLE-4.1-hack-mod_forum-subject", exitDone},
		"upgrade":   {"upgrade releases", "v4.5.0", exitDone},
		"conflict":  {"conflict", "", exitDone},
		"corehacks": {"corehack-report --diff", "made from Moodle 4.1.3", exitFound},
		"targets":   {"status", "LUVLE-4.1-hack-mod_forum-subject", exitDone},
		"plugins":   {"plugins --all", "mod_attendance", exitDone},
		"sites":     {"sites", "No site stands in sites.toml.", exitDone},
		"tracker":   {"tracker status --offline", "no tracker is set up", exitUsage},
	} {
		for _, variable := range []string{"TERM=dumb", "MGIT_ACCESSIBLE=1"} {
			cmd := exec.Command("mgit", "-C", site, "tui", view)
			cmd.Env = append(os.Environ(), "TERM=xterm-256color", "MGIT_PAGER=cat", "NO_COLOR=", "TMUX=", variable)
			terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 120, Rows: 40})
			if err != nil {
				t.Fatal(err)
			}
			all, _ := io.ReadAll(terminal) // ends with an error where the program ends
			terminal.Close()
			cmd.Wait()
			said := looks.ReplaceAllString(strings.ReplaceAll(string(all), "\r\n", "\n"), "")
			if !strings.HasPrefix(said, "mgit "+want.command+"\n") || !strings.Contains(said, want.says) || strings.Contains(said, "\x1b") {
				t.Errorf("%s, %s: it printed\n%q", variable, view, said)
			}
			if code := cmd.ProcessState.ExitCode(); code != want.exit {
				t.Errorf("%s, %s: exit code %d, want %d", variable, view, code, want.exit)
			}
			if variable == "TERM=dumb" && bytes.ContainsRune(all, '\x1b') {
				t.Errorf("%s, %s: escape bytes in %q", variable, view, all)
			}
		}
	}
}

// looks are colours and the like, which do no more to a line than to look.
var looks = regexp.MustCompile("\x1b\\[[0-9;]*m")

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

// initSite sets the site up.
func initSite(t *testing.T, site string) {
	t.Helper()
	if out, err := exec.Command("mgit", "-C", site, "init", "--yes").CombinedOutput(); err != nil {
		t.Fatalf("mgit init: %v\n%s", err, out)
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
