package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// screenWait is how long a story waits for the screen to show something.
const screenWait = 60 * time.Second

// scriptScreen runs mgit in a real terminal, in stories that begin with [!exec:tmux] skip:
//
//	screen open [COLSxROWS] [ARG…]   starts mgit with these arguments (default: 120x40, none)
//	screen press KEY…                presses keys, named as tmux does: j, Enter, Escape, C-d
//	screen agree                     waits for a task's dialog, reads it, and agrees
//	screen type TEXT                 types a text
//	screen await REGEXP              waits until the screen shows it
//	screen gone REGEXP               waits until the screen no longer shows it
//	screen resize COLSxROWS          makes the terminal that large
//	screen show                      prints the screen
//	screen kill                      kills mgit, as the power does
//	screen faulty                    has mgit be one with the commands of faults from then on
//	screen closed                    waits until mgit has ended, and looks whether the terminal is as before
func scriptScreen(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: screen open|press|agree|type|await|gone|resize|show|kill|faulty|closed …")
	}
	s := &scriptTerminal{ts: ts, socket: filepath.Join(ts.Getenv("WORK"), ".tmux")}
	words := args[1:]
	switch args[0] {
	case "open":
		s.open(words)
	case "press":
		s.tmux(append([]string{"send-keys", "-t", "mgit"}, words...)...)
	case "agree":
		s.await([]string{"enter do it"}, true)
		time.Sleep(reading)
		s.tmux("send-keys", "-t", "mgit", "Enter")
	case "type":
		s.tmux("send-keys", "-t", "mgit", "-l", strings.Join(words, " "))
	case "await":
		s.await(words, true)
	case "gone":
		s.await(words, false)
	case "resize":
		width, height := s.size(words)
		s.tmux("resize-window", "-t", "mgit", "-x", width, "-y", height)
	case "show":
		ts.Logf("%s", s.shown())
	case "faulty":
		s.faulty()
	case "kill":
		s.kill()
	case "closed":
		s.closed()
	default:
		ts.Fatalf("screen %s is not known", args[0])
	}
}

// reading is how long a dialog stands there before it is agreed to: the screen takes what comes sooner for a key
// that was meant for what was there before.
const reading = 250 * time.Millisecond

// scriptTerminal is the terminal of a story: a tmux of its own, whose socket lies in the story's folder.
type scriptTerminal struct {
	ts     *testscript.TestScript
	socket string
}

func (s *scriptTerminal) tmux(args ...string) string {
	out, err := s.try(args...)
	if err != nil {
		s.ts.Fatalf("tmux %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func (s *scriptTerminal) try(args ...string) (string, error) {
	cmd := exec.Command("tmux", append([]string{"-S", s.socket, "-f", os.DevNull}, args...)...)
	for _, name := range []string{
		"HOME", "XDG_CONFIG_HOME", "PATH", "TMPDIR", "GIT_COMMITTER_DATE", "GIT_AUTHOR_DATE", "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL",
		"GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_GLOBAL", "GIT_CEILING_DIRECTORIES", "TZ", "SSH_TTY", "EDITOR", "MGIT_EDITOR", "GIT_EDITOR", faultVariable,
	} {
		if value := s.ts.Getenv(name); value != "" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C.UTF-8", "SHELL=/bin/sh", "TERM=xterm-256color")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// open starts a shell in which mgit runs, so that what mgit leaves in the terminal can be looked at.
func (s *scriptTerminal) open(words []string) {
	width, height := "120", "40"
	if len(words) > 0 && sizeWord.MatchString(words[0]) {
		width, height = s.size(words[:1])
		words = words[1:]
	}
	command := "was=$(stty -g); cd " + quote(s.ts.MkAbs(".")) + " && mgit"
	for _, word := range words {
		command += " " + quote(word)
	}
	command += `; printf '\nmgit ended with %s\n' $?; is=$(stty -g); test "$is" = "$was" && echo 'the terminal is as before' || echo "$was, now $is"; sleep 1000`
	s.try("kill-server")
	start := []string{"new-session", "-d", "-s", "mgit", "-x", width, "-y", height, "exec sh -c " + quote(command)}
	// A server that is on its way out may still have the socket.
	for range 50 {
		if _, err := s.try(start...); err == nil {
			s.ts.Defer(func() { s.try("kill-server") })
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.tmux(start...)
}

func quote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

var sizeWord = regexp.MustCompile(`^([0-9]+)x([0-9]+)$`)

func (s *scriptTerminal) size(words []string) (width, height string) {
	if len(words) != 1 || !sizeWord.MatchString(words[0]) {
		s.ts.Fatalf("a size is written as 80x24")
	}
	m := sizeWord.FindStringSubmatch(words[0])
	return m[1], m[2]
}

func (s *scriptTerminal) shown() string { return s.tmux("capture-pane", "-p", "-t", "mgit") }

func (s *scriptTerminal) await(words []string, wanted bool) {
	pattern, err := regexp.Compile(strings.Join(words, " "))
	s.ts.Check(err)
	deadline := time.Now().Add(screenWait)
	for {
		shown := s.shown()
		if pattern.MatchString(shown) == wanted {
			return
		}
		if time.Now().After(deadline) {
			s.ts.Fatalf("%v: shown is %v after %v, on this screen:\n%s", pattern, !wanted, screenWait, shown)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// faulty puts this test binary in the place of the program, which has no faults to show.
func (s *scriptTerminal) faulty() {
	self, err := os.Executable()
	s.ts.Check(err)
	bin := filepath.Join(s.ts.Getenv("WORK"), ".faulty")
	s.ts.Check(os.Mkdir(bin, 0o777))
	s.ts.Check(os.Symlink(self, filepath.Join(bin, "mgit")))
	s.ts.Setenv("PATH", bin+string(os.PathListSeparator)+s.ts.Getenv("PATH"))
	s.ts.Setenv(faultVariable, "1")
}

// kill ends the program that the shell runs in the terminal at once, and waits until it is gone. What the shell says
// of it cannot be waited for: it stands where the cursor was, maybe over two lines.
func (s *scriptTerminal) kill() {
	shell := strings.TrimSpace(s.tmux("display-message", "-p", "-t", "mgit", "#{pane_pid}"))
	out, err := exec.Command("pgrep", "-P", shell).CombinedOutput()
	if err != nil {
		s.ts.Fatalf("what runs below %s: %v\n%s", shell, err, out)
	}
	for _, word := range strings.Fields(string(out)) {
		pid, err := strconv.Atoi(word)
		s.ts.Check(err)
		s.ts.Check(syscall.Kill(pid, syscall.SIGKILL))
		for deadline := time.Now().Add(screenWait); syscall.Kill(pid, 0) == nil; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				s.ts.Fatalf("process %d was killed and is still there after %v", pid, screenWait)
			}
		}
	}
}

// closed waits for the end of mgit. The terminal must have all its settings again, and the alternate screen be gone.
func (s *scriptTerminal) closed() {
	s.await([]string{`(?m)^mgit ended with [0-9]+\n\s*the terminal is as before`}, true)
	if on := strings.TrimSpace(s.tmux("display-message", "-p", "-t", "mgit", "#{alternate_on}")); on != "0" {
		s.ts.Fatalf("mgit has ended and left the alternate screen on (%s)", on)
	}
	fmt.Fprintln(s.ts.Stdout(), s.shown())
}
