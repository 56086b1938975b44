package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mgit/internal/job"
)

// The values of --color.
const (
	colorAuto   = "auto"
	colorAlways = "always"
	colorNever  = "never"
)

// flags are the ones that every command has.
type flags struct {
	json    bool
	dryRun  bool
	yes     bool
	quiet   bool
	verbose bool
	noPager bool
	series  string   // as typed; "" for the series in use
	dir     string   // -C; "" for the current folder
	config  string   // --config; "" for the usual places
	color   string   // colorAuto, colorAlways or colorNever
	allow   []string // names of refusals that are waived
}

// call is one invocation of mgit: its surroundings, its flags, and what it has said so far.
// Every command gets the same one.
type call struct {
	env
	flags flags

	// corePager is core.pager of Git's configuration, once a command has read it.
	corePager string

	command  string // "config show"; "" until it is known
	started  bool   // the command line was understood; errors from here on are not wrong usage
	exit     int
	warnings []warning

	site *job.Site // the last one that was opened, maybe closed again; nil before

	input *bufio.Reader // over stdin, made by the first question
}

// run executes one command line and returns the exit code. It is main without the process.
func run(ctx context.Context, surroundings env, args []string) int {
	c := &call{env: surroundings}
	c.flags.json = wantsJSON(args)
	root := newRoot(c)
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		return c.fail(ctx, err)
	}
	return c.exit
}

// wantsJSON looks for --json before the command line is parsed, because wrong usage is answered
// in JSON too when a script asked.
func wantsJSON(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return slices.Contains(args, "--json") || slices.Contains(args, "--json=true")
}

// begin notes that cobra has understood the command line, and checks what flags alone can get wrong.
func (c *call) begin(cmd *cobra.Command) error {
	c.command = commandName(cmd)
	if modes := []string{colorAuto, colorAlways, colorNever}; !slices.Contains(modes, c.flags.color) {
		return &usageError{
			text: fmt.Sprintf("--color %q is not known", c.flags.color),
			hint: "it takes " + strings.Join(modes, ", "),
		}
	}
	names := waivable()
	if c.command == "check" || c.command == "push" {
		names = append(names, waivableRules()...)
	}
	for _, name := range c.flags.allow {
		if !slices.Contains(names, name) {
			return &usageError{
				text: fmt.Sprintf("--allow %q: no refusal that can be waived has this name", name),
				hint: didYouMean(closest(name, names)),
			}
		}
	}
	c.started = true
	return nil
}

// isAllowed reports whether the refusal with this id is waived.
func (c *call) isAllowed(id string) bool { return slices.Contains(c.flags.allow, id) }

// commandName is the command's path without the program: "config show", "" for mgit itself.
func commandName(cmd *cobra.Command) string {
	_, name, _ := strings.Cut(cmd.CommandPath(), " ")
	return name
}

// warn says something on standard error now and again in the JSON answer at the end.
func (c *call) warn(id, text string) {
	c.warnings = append(c.warnings, warning{ID: id, Text: text})
	if !c.flags.json {
		line := c.errPalette().attention("warning:") + " " + text
		if c.stderrTTY {
			line = wrapIndented(line, c.width(true))
		}
		fmt.Fprintln(c.stderr, line)
	}
}

// note says something on standard error that is neither answer nor warning; --quiet and --json
// leave it out.
func (c *call) note(format string, args ...any) {
	if !c.flags.quiet && !c.flags.json {
		fmt.Fprintf(c.stderr, format+"\n", args...)
	}
}

// trace says something on standard error with --verbose only, like the git commands that run.
func (c *call) trace(format string, args ...any) {
	if c.flags.verbose {
		fmt.Fprintf(c.stderr, format+"\n", args...)
	}
}

// answer prints what the command has to say, as JSON or as text, and keeps its exit code.
// Text longer than the terminal goes through the pager.
func (c *call) answer(ctx context.Context, a answer) error {
	c.exit = a.exit
	if c.flags.json {
		e := c.envelope(a.exit)
		e.Result = a.result
		if a.run != 0 {
			e.Run = &a.run
		}
		return e.encode(c.stdout)
	}
	if a.text == nil {
		return nil
	}
	var text bytes.Buffer
	if err := a.text(&text, c.outPalette()); err != nil {
		return err
	}
	return c.page(ctx, text.Bytes())
}

func (c *call) envelope(exit int) envelope {
	return envelope{
		Schema:   envelopeSchema,
		Command:  c.command,
		DryRun:   c.flags.dryRun,
		Exit:     exit,
		Warnings: c.warnings,
	}
}

// fail reports an error and returns the exit code that goes with it.
func (c *call) fail(ctx context.Context, err error) int {
	// cobra's own complaints about arguments have no type; whatever is wrong before begin is wrong usage.
	var usage *usageError
	if !c.started && !errors.As(err, &usage) {
		err = &usageError{text: err.Error(), hint: "`mgit help` lists the commands"}
	}
	f := explain(err)
	if ctx.Err() != nil && f.exit != exitUnfinished {
		// Whatever broke, it broke because the user stopped mgit: a killed child reports no cause.
		f = c.interrupted(context.WithoutCancel(ctx))
	}
	if c.flags.json {
		e := c.envelope(f.exit)
		e.Error = &f
		if err := e.encode(c.stdout); err == nil {
			return f.exit
		}
	}
	f.writeTo(c.stderr, c.errPalette())
	return f.exit
}

// interrupted is the failure of a call that somebody stopped. That nothing was changed it says only
// where that is known.
func (c *call) interrupted(ctx context.Context) failure {
	f := explain(context.Canceled)
	f.Text = "interrupted"
	if c.site != nil && !slices.Contains(inSteps(), c.command) && c.site.IsUntouched(ctx) {
		f.Text += "; nothing was changed"
	}
	return f
}

// inSteps are the commands that change more than references, bit by bit.
func inSteps() []string {
	return []string{"resolve", "continue", "skip", "abort", "sync", "push", "new", "env bump", "env promote", "tracker sync", "upgrade begin"}
}

func (c *call) outPalette() palette {
	return newPalette(c.hasColor(c.flags.color, c.stdoutTTY))
}

func (c *call) errPalette() palette {
	return newPalette(c.hasColor(c.flags.color, c.stderrTTY))
}

// print writes a text answer made of lines.
func print(lines ...string) func(io.Writer, palette) error {
	return func(w io.Writer, _ palette) error {
		for _, line := range lines {
			if _, err := fmt.Fprintln(w, line); err != nil {
				return err
			}
		}
		return nil
	}
}
