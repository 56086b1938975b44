package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mgit/tui"
)

// screenCommands runs mgit's commands for the screen: in this process, with what they say caught, and with
// nobody to ask.
type screenCommands struct {
	call *call
	log  *tui.Log
}

// Run runs a command as `mgit` would in a pipe.
func (s *screenCommands) Run(ctx context.Context, args []string, out io.Writer) int {
	return run(ctx, s.surroundings(out, out), append(append(s.call.commonArgs(), "--color", colorNever), args...))
}

func (s *screenCommands) surroundings(out, talk io.Writer) env {
	around := s.call.env
	around.stdin, around.stdout, around.stderr = strings.NewReader(""), out, talk
	around.stdinTTY, around.stdoutTTY, around.stderrTTY = false, false, false
	around.gitLog, around.gitEnv, around.gitApart = s.log.Add, s.call.quietly(), true
	return around
}

// Complete asks cobra's own completion, as shells do, and adds the names of branches where a command takes
// words, and of tags where it takes a release.
func (s *screenCommands) Complete(ctx context.Context, words []string) []string {
	var out bytes.Buffer
	run(ctx, s.surroundings(&out, io.Discard), append([]string{cobra.ShellCompNoDescRequestCmd}, append(s.call.commonArgs(), words...)...))
	var found []string
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSuffix(line, "\n")
		if line != "" && !strings.HasPrefix(line, ":") {
			found = append(found, line)
		}
	}
	last := words[len(words)-1]
	if len(words) > 1 && len(found) == 0 && !strings.HasPrefix(last, "-") {
		return s.names(ctx, words[0], last)
	}
	return found
}

// names are the branches that begin so, or the releases.
func (s *screenCommands) names(ctx context.Context, command, prefix string) []string {
	space := "refs/heads/"
	if slices.Contains([]string{"triage", "plan", "rebase-all", "minor"}, command) {
		space = "refs/tags/"
	}
	site, err := s.call.openForScreen(s.log)(ctx)
	if err != nil {
		return nil
	}
	defer site.Close()
	refs, err := site.Repo.Refs(ctx, space)
	if err != nil {
		return nil
	}
	var found []string
	for _, r := range refs {
		if name := strings.TrimPrefix(r.Name, space); strings.HasPrefix(name, prefix) {
			found = append(found, name)
		}
	}
	return found
}

// lookingCommands are those that change nothing that a person would miss, with the flags that make
// them change something all the same.
func lookingCommands() map[string][]string {
	return map[string][]string{
		"": nil, "status": nil, "show": nil, "triage": nil, "plan": nil, "runs": nil, "conflicts": nil, "why": nil, "pin": nil,
		"corehack-report": {"extract"}, "plugins": nil, "sites": nil, "config show": nil, "config check": nil,
		"upgrade status": nil, "upgrade report": nil, "upgrade releases": nil, "env show": nil, "env check": nil, "disputes": nil,
		"resolutions": nil, "resolutions list": nil, "resolutions show": nil, "release list": nil, "release verify": nil, "release diff": nil,
		"tracker status": nil, "support": nil, "support show": nil, "doctor": nil, "check": nil, "version": nil, "help": nil, "manifest": nil,
	}
}

// checkingCommands are those that change nothing with --check.
func checkingCommands() []string { return []string{"minor", "assemble", "plugins update"} }

// Refusal says why a command is not for the screen. What only looks is a closed list: a command that is not
// on it changes something.
func (s *screenCommands) Refusal(args []string, readOnly bool) string {
	probe := &call{env: s.surroundings(io.Discard, io.Discard)}
	cmd, rest, err := newRoot(probe).Find(args)
	if err != nil {
		return "" // the command line itself says what is wrong
	}
	parsed := cmd.ParseFlags(rest)
	name := commandName(cmd)
	switch {
	case name == "tui":
		return "the screen is open already"
	case name == "demo":
		return "mgit demo is for a shell: it makes a clone of its own"
	case name == "config edit" && parsed == nil && cmd.Flags().NArg() == 0:
		return "an editor needs the terminal: `mgit config edit KEY VALUE` does not, or use a shell"
	case !readOnly || parsed != nil:
		return ""
	}
	flag := func(name string) bool {
		f := cmd.Flags().Lookup(name)
		return f != nil && f.Value.String() == "true"
	}
	writing, looks := lookingCommands()[name]
	looks = looks && !slices.ContainsFunc(writing, flag)
	if looks || flag("dry-run") || flag("help") || slices.Contains(checkingCommands(), name) && flag("check") {
		return ""
	}
	return fmt.Sprintf("read-only: mgit %s changes something; --dry-run shows what", name)
}
