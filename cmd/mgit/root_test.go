package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestWords(t *testing.T) {
	t.Parallel()
	tests := []struct {
		names []string
		args  []string
		want  string // "" for no error
	}{
		{nil, nil, ""},
		{nil, []string{"x"}, `mgit do does not know what to do with "x"`},
		{[]string{"TAG"}, nil, "mgit do needs TAG"},
		{[]string{"TAG"}, []string{"v1"}, ""},
		{[]string{"TAG"}, []string{"v1", "v2"}, `mgit do does not know what to do with "v2"`},
		{[]string{"TYPE", "COMPONENT"}, []string{"hack"}, "mgit do needs COMPONENT"},
		{[]string{"[BRANCH]"}, nil, ""},
		{[]string{"[BRANCH]"}, []string{"a", "b"}, `mgit do does not know what to do with "b"`},
		{[]string{"[BRANCH…]"}, []string{"a", "b", "c"}, ""},
		{[]string{"BRANCH…"}, nil, "mgit do needs BRANCH…"},
		{[]string{"BRANCH…"}, []string{"a", "b"}, ""},
	}
	for _, test := range tests {
		root, cmd := &cobra.Command{Use: "mgit"}, &cobra.Command{Use: "do"}
		root.AddCommand(cmd)
		got := ""
		if err := words(test.names...)(cmd, test.args); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("words(%q) of %q: %q, want %q", test.names, test.args, got, test.want)
		}
	}
}

func TestClosest(t *testing.T) {
	t.Parallel()
	commands := []string{"rebase-all", "resolve", "release", "status", "show", "skip", "undo", "runs"}
	for typed, want := range map[string]string{
		"stauts":  "status",
		"rebase":  "rebase-all", // it begins so; release is as near
		"reslove": "resolve",
		"Status":  "status",
		"runs":    "runs",
		"deploy":  "",
		"":        "",
	} {
		got := closest(typed, commands)
		switch {
		case want == "" && len(got) > 0:
			t.Errorf("closest(%q) = %q, want none", typed, got)
		case want != "" && (len(got) == 0 || got[0] != want):
			t.Errorf("closest(%q) = %q, want %q first", typed, got, want)
		}
	}
	if got := closest("s", []string{"a", "b", "c", "d", "e"}); len(got) != 3 {
		t.Errorf("%d guesses for one letter, want three at most", len(got))
	}
}

func TestEditDistance(t *testing.T) {
	t.Parallel()
	tests := []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"kitten", "sitting", 3},
		{"stauts", "status", 1},
		{"ab", "ba", 1},
		{"größe", "grosse", 3},
	}
	for _, test := range tests {
		if got := editDistance(test.a, test.b); got != test.want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

func TestWantsJSON(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]bool{
		"status --json":       true,
		"--json=true status":  true,
		"--json=false status": false,
		"status":              false,
		"note x -- --json":    false,
	} {
		if got := wantsJSON(strings.Fields(args)); got != want {
			t.Errorf("wantsJSON(%q) = %v", args, got)
		}
	}
}

// An answer may end with a code of its own, carries the run, and repeats the warnings in JSON.
func TestAnswer(t *testing.T) {
	t.Parallel()
	var out, talk strings.Builder
	c := &call{env: env{stdout: &out, stderr: &talk}, command: "rebase-all"}
	c.flags.json, c.flags.dryRun, c.flags.color = true, true, colorNever
	c.warn("odd-base", "LUVLE-4.1-hack-x stands on v4.1.2 <and that is odd>")
	a := answer{run: 12, exit: exitParked, result: map[string]int{"n": 1}, text: print("not this")}
	if err := c.answer(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if c.exit != exitParked || talk.Len() > 0 {
		t.Errorf("exit %d, standard error %q; want %d and nothing", c.exit, talk.String(), exitParked)
	}
	if err := validate(out.String(), "envelope"); err != nil {
		t.Error(err)
	}
	var got struct {
		Run      int
		DryRun   bool `json:"dry_run"`
		Exit     int
		Warnings []warning
	}
	if err := json.Unmarshal([]byte(out.String()), &got); err != nil {
		t.Fatal(err)
	}
	if got.Run != 12 || !got.DryRun || got.Exit != exitParked || len(got.Warnings) != 1 {
		t.Errorf("the envelope says %+v", got)
	}
	if !strings.Contains(out.String(), "<and that is odd>") {
		t.Error("text was escaped for HTML")
	}
}

func TestAnswerForAPerson(t *testing.T) {
	t.Parallel()
	var out, talk strings.Builder
	c := &call{env: env{stdout: &out, stderr: &talk}}
	c.flags.color = colorNever
	c.warn("odd-base", "odd")
	c.note("by the way")
	c.trace("git version")
	if err := c.answer(t.Context(), answer{exit: exitFound, text: print("one", "two")}); err != nil {
		t.Fatal(err)
	}
	if out.String() != "one\ntwo\n" || talk.String() != "warning: odd\nby the way\n" || c.exit != exitFound {
		t.Errorf("stdout %q, stderr %q, exit %d", out.String(), talk.String(), c.exit)
	}
	c.flags.quiet, c.flags.verbose = true, true
	talk.Reset()
	c.note("by the way")
	c.trace("git version")
	if talk.String() != "git version\n" {
		t.Errorf("quiet and verbose: %q", talk.String())
	}
}

// When the user stops mgit, whatever error a killed child caused is reported as that.
func TestFailInterrupted(t *testing.T) {
	t.Parallel()
	var talk strings.Builder
	c := &call{env: env{stdout: io.Discard, stderr: &talk}, started: true}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if code := c.fail(ctx, errors.New("git: signal: killed")); code != exitInterrupted {
		t.Errorf("exit %d, want %d", code, exitInterrupted)
	}
	if strings.Contains(talk.String(), "killed") {
		t.Errorf("stderr %q blames the child", talk.String())
	}
}

func TestInvoke(t *testing.T) {
	t.Parallel()
	s := invoke(t, "version")
	if s.code != 0 || !strings.HasPrefix(s.stdout, "mgit version ") || s.stderr != "" {
		t.Errorf("%+v", s)
	}
	s = invokeIn(t, env{}, "--color", "always", "nonsense")
	if s.code != exitUsage || !strings.HasPrefix(s.stderr, "\x1b[31mmgit:\x1b[") {
		t.Errorf("%+v, want a red word in front", s)
	}
}
