package main

import (
	"strings"
	"testing"
)

func TestHasColor(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		vars string
		mode string
		tty  bool
		want bool
	}{
		{"terminal", "TERM=xterm", colorAuto, true, true},
		{"pipe", "TERM=xterm", colorAuto, false, false},
		{"dumb terminal", "TERM=dumb", colorAuto, true, false},
		{"terminal without a name", "", colorAuto, true, false},
		{"NO_COLOR", "TERM=xterm NO_COLOR=1", colorAuto, true, false},
		{"empty NO_COLOR does not count", "TERM=xterm NO_COLOR=", colorAuto, true, true},
		{"forced in a pipe", "CLICOLOR_FORCE=1", colorAuto, false, true},
		{"force switched off", "CLICOLOR_FORCE=0", colorAuto, false, false},
		{"NO_COLOR before force", "NO_COLOR=1 CLICOLOR_FORCE=1", colorAuto, true, false},
		{"flag before NO_COLOR", "NO_COLOR=1", colorAlways, false, true},
		{"flag before force", "TERM=xterm CLICOLOR_FORCE=1", colorNever, true, false},
		{"the last of two counts", "TERM=dumb TERM=xterm", colorAuto, true, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := env{vars: strings.Fields(test.vars)}
			if got := e.hasColor(test.mode, test.tty); got != test.want {
				t.Errorf("hasColor(%q, %v) with %q = %v", test.mode, test.tty, test.vars, got)
			}
		})
	}
}

func TestWidth(t *testing.T) {
	t.Parallel()
	e := env{size: func() (int, int) { return 132, 40 }}
	if got := e.width(true); got != 132 {
		t.Errorf("on the terminal: %d, want its own 132", got)
	}
	if got := e.width(false); got != 80 {
		t.Errorf("in a pipe: %d, want 80", got)
	}
	if got := e.tableWidth(); got != 0 {
		t.Errorf("a table in a pipe: %d, want 0", got)
	}
	e.stdoutTTY = true
	if got := e.tableWidth(); got != 132 {
		t.Errorf("a table on the terminal: %d, want its own 132", got)
	}
	e.size = func() (int, int) { return 0, 0 }
	if got := e.width(true); got != 80 {
		t.Errorf("on a terminal that does not say: %d, want 80", got)
	}
}
