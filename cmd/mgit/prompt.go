package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"
)

// question is something only a person can decide.
type question struct {
	// text is the question without its question mark's answers: "Adopt the branch mgit of origin?"
	text string
	// proposal is the answer of Enter and of --yes; "" when there is none and one must be typed.
	proposal string
	// flag is what to give on the command line in place of an answer, like "--customer NAME".
	flag string
}

// ask puts a question on the terminal and returns the answer. With --yes it is the proposal; where
// nobody can be asked the error names the flag. Nothing is asked in front of a pipe, ever.
func (c *call) ask(ctx context.Context, q question) (string, error) {
	if c.flags.yes && q.proposal != "" {
		return q.proposal, nil
	}
	if !c.stdinTTY || !c.stderrTTY || c.flags.json {
		return "", c.unanswered(q)
	}
	p := c.errPalette()
	for {
		fmt.Fprintf(c.stderr, "%s ", p.strong(q.text))
		if q.proposal != "" {
			fmt.Fprintf(c.stderr, "%s ", p.faint("["+q.proposal+"]"))
		}
		line, err := c.readLine(ctx)
		if ctx.Err() != nil {
			fmt.Fprintln(c.stderr)
			return "", ctx.Err()
		}
		if err != nil {
			fmt.Fprintln(c.stderr)
			return "", c.unanswered(q)
		}
		if line == "" {
			line = q.proposal
		}
		if line != "" {
			return line, nil
		}
	}
}

// confirm asks a yes-or-no question whose proposal is "yes" or "no".
func (c *call) confirm(ctx context.Context, q question) (bool, error) {
	for {
		line, err := c.ask(ctx, q)
		if err != nil {
			return false, err
		}
		switch strings.ToLower(line) {
		case "y", "yes":
			return true, nil
		case "n", "no":
			return false, nil
		}
		fmt.Fprintln(c.stderr, "please answer yes or no")
	}
}

func (c *call) unanswered(q question) error {
	hint := "give " + q.flag
	if q.proposal != "" {
		hint += fmt.Sprintf(", or --yes for %q", q.proposal)
	}
	return &usageError{id: "needs-answer", text: fmt.Sprintf("there is nobody to ask: %s", q.text), hint: hint}
}

// readLine keeps its reader for the whole call, because it may have read beyond the line. A read
// cannot be stopped: where ctx ends first, it is left behind and mgit with it.
func (c *call) readLine(ctx context.Context) (string, error) {
	if c.input == nil {
		c.input = bufio.NewReader(c.stdin)
	}
	type answer struct {
		line string
		err  error
	}
	typed := make(chan answer, 1)
	go func() {
		line, err := c.input.ReadString('\n')
		typed <- answer{line, err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case a := <-typed:
		return strings.TrimSpace(a.line), a.err
	}
}
