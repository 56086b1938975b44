package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestPagerCommand(t *testing.T) {
	t.Parallel()
	long := []byte(strings.Repeat("line\n", 24))
	tests := []struct {
		name string
		vars string
		core string
		text []byte
		set  func(*call)
		want string
	}{
		{"less", "TERM=xterm", "", long, nil, "less"},
		{"PAGER", "TERM=xterm PAGER=more", "", long, nil, "more"},
		{"core.pager is stronger", "TERM=xterm PAGER=more", "delta", long, nil, "delta"},
		{"GIT_PAGER is stronger", "TERM=xterm PAGER=more GIT_PAGER=most", "delta", long, nil, "most"},
		{"MGIT_PAGER is strongest", "TERM=xterm GIT_PAGER=most MGIT_PAGER=bat", "delta", long, nil, "bat"},
		{"empty means none", "TERM=xterm MGIT_PAGER= PAGER=more", "", long, nil, ""},
		{"cat means none", "TERM=xterm PAGER=cat", "", long, nil, ""},
		{"it fits", "TERM=xterm", "", []byte(strings.Repeat("line\n", 23)), nil, ""},
		{"--no-pager", "TERM=xterm", "", long, func(c *call) { c.flags.noPager = true }, ""},
		{"no terminal", "TERM=xterm", "", long, func(c *call) { c.stdoutTTY = false }, ""},
		{"dumb terminal", "TERM=dumb", "", long, nil, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := &call{corePager: test.core}
			c.stdoutTTY, c.vars = true, strings.Fields(test.vars)
			c.size = func() (int, int) { return 80, 24 }
			if test.set != nil {
				test.set(c)
			}
			if got := c.pagerCommand(test.text); got != test.want {
				t.Errorf("pager %q, want %q", got, test.want)
			}
		})
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	text := []byte(strings.Repeat("line\n", 24))
	tests := []struct{ name, pager, want string }{
		{"through the pager", `tr a-z A-Z; echo "$LESS"`, strings.Repeat("LINE\n", 24) + "FRX\n"},
		{"which sees no key", `echo "${MGIT_TRACKER_TOKEN-none}"`, "none\n"},
		{"left early", "head -n 1", "line\n"},
		{"left with an error", "head -n 1; exit 3", "line\n"},
		{"not installed", "no-such-pager-here", string(text)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var out, talk bytes.Buffer
			c := &call{env: processEnv()}
			c.vars = slices.DeleteFunc(c.vars, func(v string) bool { return strings.HasPrefix(v, "LESS=") })
			c.vars = append(c.vars, "TERM=xterm", "MGIT_PAGER="+test.pager, trackerKeyVariable+"=a-key")
			c.stdout, c.stderr, c.stdoutTTY = &out, &talk, true
			c.size = func() (int, int) { return 80, 24 }
			if err := c.page(t.Context(), text); err != nil {
				t.Fatal(err)
			}
			if out.String() != test.want {
				t.Errorf("wrote %q, want %q", out.String(), test.want)
			}
		})
	}
}

func TestPagerEnvKeepsTheUsersOptions(t *testing.T) {
	t.Parallel()
	c := &call{env: env{vars: []string{"LESS=-S"}}}
	got := c.pagerEnv()
	if want := []string{"LESS=-S", "LV=-c"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
