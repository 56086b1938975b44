package tui

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"mgit/tui/screen"
)

// sequences are what was written to the terminal past the drawing.
func (d *driver) sequences() string {
	var b strings.Builder
	for _, msg := range d.unseen {
		if raw, ok := msg.(tea.RawMsg); ok {
			fmt.Fprint(&b, raw.Msg)
		}
	}
	d.unseen = nil
	return b.String()
}

func TestCopy(t *testing.T) {
	t.Parallel()
	d := drive(t, nil)
	d.press("y")
	d.shows("there is nothing to copy here")
	d.views[0].copies = []screen.Copyable{{What: "name of the branch", Text: "LUVLE-4.1-hack-mod_forum"}}
	d.press("y")
	d.shows("copied: name of the branch: LUVLE-4.1-hack-mod_forum")
	osc := "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte("LUVLE-4.1-hack-mod_forum")) + "\a"
	if got := d.sequences(); got != osc {
		t.Errorf("%q was written, not %q", got, osc)
	}
	d.views[0].copies = append(d.views[0].copies, screen.Copyable{What: "commits", Text: "one\ntwo"})
	d.press("y")
	d.goldens("copy")
	d.press("2")
	d.shows("copied: commits: one …")
	d.press("y", "y")
	d.shows("copied: name of the branch")
	d.do(screen.Copies(screen.Copyable{What: "difference", Text: strings.Repeat("x", 80_000)}))
	d.shows("copied: difference (80 kB; some terminals take no more than 74)")
}

func TestCopyInsideTmuxAndScreen(t *testing.T) {
	t.Parallel()
	d := drive(t, func(o *Options) { o.Env = []string{"TMUX=/tmp/x,1,0"} })
	d.do(screen.Copies(screen.Copyable{What: "x", Text: "x"}))
	if got := d.sequences(); got != "\x1b]52;c;eA==\a\x1bPtmux;\x1b\x1b]52;c;eA==\a\x1b\\" {
		t.Errorf("tmux: %q", got)
	}
	d = drive(t, func(o *Options) { o.Env = []string{"STY=1.pts-0"} })
	d.do(screen.Copies(screen.Copyable{What: "x", Text: "x"}))
	if got := d.sequences(); got != "\x1bP\x1b]52;c;eA==\a\x1b\\" {
		t.Errorf("screen: %q", got)
	}
}

// A program for the clipboard is used where there is one, and never over ssh.
func TestClipProgram(t *testing.T) {
	t.Parallel()
	tests := []struct {
		env  string
		have string
		want string
	}{
		{"", "", "[]"},
		{"DISPLAY=:0", "xclip wl-copy", "[xclip -selection clipboard]"},
		{"DISPLAY=:0 WAYLAND_DISPLAY=w", "xclip wl-copy", "[wl-copy]"},
		{"DISPLAY=:0 WAYLAND_DISPLAY=w", "xclip", "[xclip -selection clipboard]"},
		{"", "pbcopy xclip", "[pbcopy]"},
		{"DISPLAY=:0 SSH_TTY=/dev/pts/1", "xclip", "[]"},
		{"DISPLAY=:0 SSH_CONNECTION=1", "xclip", "[]"},
	}
	for _, test := range tests {
		f := drive(t, nil).f
		f.environ = strings.Fields(test.env)
		f.look = func(program string) (string, error) {
			if slices.Contains(strings.Fields(test.have), program) {
				return program, nil
			}
			return "", errors.New("there is none")
		}
		if got := fmt.Sprint(f.clipProgram()); got != test.want {
			t.Errorf("%q with %q: %s, want %s", test.env, test.have, got, test.want)
		}
	}
}

// What is pasted into a terminal must not end the bracket around it, press enter, or be a sequence.
func TestHostileTextIsCopiedHarmlessly(t *testing.T) {
	t.Parallel()
	d := drive(t, nil)
	d.do(screen.Copies(screen.Copyable{What: "path", Text: "a\x1b[201~\rreboot\u009b日\xff\tb\n"}))
	d.shows("copied, control characters written out: path")
	want := `a\x1b[201~\x0dreboot\x9b日` + "\xff\tb\n"
	if got := d.sequences(); got != "\x1b]52;c;"+base64.StdEncoding.EncodeToString([]byte(want))+"\a" {
		t.Errorf("%q was written", got)
	}
}

func TestShellWordsAreReadBack(t *testing.T) {
	t.Parallel()
	hostile := "-n 'it'\x1b]52;c;x\a\r $(reboot) `x`\n~日"
	script := "printf %s " + screen.ShellWords([]string{hostile})
	if strings.ContainsAny(script, "\x1b\a\r") {
		t.Errorf("control characters in %q", script)
	}
	out, err := exec.CommandContext(t.Context(), "sh", "-c", script).Output()
	if err != nil || string(out) != hostile {
		t.Errorf("%q, %v", out, err)
	}
}

// A branch cannot pass for another reference, nor go on like the values beside it.
func TestRefNames(t *testing.T) {
	t.Parallel()
	for ref, want := range map[string]string{
		"refs/heads/LUVLE-4.5-hack-x":       "LUVLE-4.5-hack-x",
		"refs/heads/mgit":                   "mgit",
		"refs/heads/tags/v4.5.0":            "refs/heads/tags/v4.5.0",
		"refs/tags/v4.5.0":                  "tags/v4.5.0",
		"refs/heads/remotes/origin/x":       "refs/heads/remotes/origin/x",
		"refs/remotes/origin/x":             "remotes/origin/x",
		"refs/heads/x\u00a0→\u3000y\u202ez": `x\u00a0→\u3000y\u202ez`,
	} {
		if got := refName(ref); got != want {
			t.Errorf("%s: %s, not %s", ref, got, want)
		}
	}
}
