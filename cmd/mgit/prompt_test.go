package main

import (
	"errors"
	"strings"
	"testing"
)

func newAsker(typed string, tty bool) (*call, *strings.Builder) {
	var talk strings.Builder
	c := &call{env: env{stdin: strings.NewReader(typed), stderr: &talk, stdinTTY: tty, stderrTTY: tty}}
	c.flags.color = colorNever
	return c, &talk
}

func TestAsk(t *testing.T) {
	t.Parallel()
	customer := question{text: "Customer?", proposal: "LUVLE", flag: "--customer NAME"}
	open := question{text: "Ticket?", flag: "--ticket ID"}
	tests := []struct {
		name  string
		typed string
		yes   bool
		q     question
		want  string
	}{
		{"typed", "ACME\n", false, customer, "ACME"},
		{"Enter takes the proposal", "\n", false, customer, "LUVLE"},
		{"--yes does not ask", "ACME\n", true, customer, "LUVLE"},
		{"without a proposal it asks again", "\n\n 42 \n", false, open, "42"},
		{"--yes has nothing to take", "42\n", true, open, "42"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, _ := newAsker(test.typed, true)
			c.flags.yes = test.yes
			got, err := c.ask(t.Context(), test.q)
			if err != nil || got != test.want {
				t.Errorf("got %q, %v; want %q", got, err, test.want)
			}
		})
	}
}

func TestAskNobody(t *testing.T) {
	t.Parallel()
	q := question{text: "Customer?", proposal: "LUVLE", flag: "--customer NAME"}
	piped, talk := newAsker("ACME\n", false)
	ended, _ := newAsker("", true)
	script, _ := newAsker("ACME\n", true)
	script.flags.json = true
	for name, c := range map[string]*call{"a pipe": piped, "the end of input": ended, "--json": script} {
		_, err := c.ask(t.Context(), q)
		var usage *usageError
		if !errors.As(err, &usage) {
			t.Errorf("%s: %v, want wrong usage", name, err)
			continue
		}
		if f := explain(err); f.ID != "needs-answer" || f.exit != exitUsage || !strings.Contains(f.Hint, "--customer NAME") {
			t.Errorf("%s: %+v does not name the flag", name, f)
		}
	}
	if talk.String() != "" {
		t.Errorf("a question went into a pipe: %q", talk.String())
	}
}

// Several questions share what was typed ahead.
func TestConfirm(t *testing.T) {
	t.Parallel()
	c, talk := newAsker("perhaps\nY\nno\n\n", true)
	q := question{text: "Adopt it?", proposal: "yes", flag: "--adopt"}
	for i, want := range []bool{true, false, true} {
		got, err := c.confirm(t.Context(), q)
		if err != nil || got != want {
			t.Errorf("answer %d: %v, %v; want %v", i+1, got, err, want)
		}
	}
	if !strings.HasPrefix(talk.String(), "Adopt it? [yes] please answer yes or no\n") {
		t.Errorf("it said %q", talk.String())
	}
}
