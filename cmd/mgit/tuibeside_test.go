package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mgit/internal/job"
	"mgit/tui"
)

// hookable is a call for a site, and the site as the screen opens it.
func hookable(t *testing.T) (*call, *job.Site) {
	t.Helper()
	c := &call{env: processEnv()}
	c.flags.dir, c.flags.series = demoSite(t).Site, "4.1"
	initSite(t, c.flags.dir)
	site, err := c.openForScreen(&tui.Log{})(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { site.Close() })
	return c, site
}

// hook has all hooks of minor run this command.
func hook(site *job.Site, command string) {
	site.Config.Hooks = map[string]string{hookMinorSuccess: command, hookMinorFailure: command, hookMinorAvailable: command}
}

// The user's command that follows on a patch release is told what happened, as by the command. What it says comes
// back in one line, without control characters, and it has no terminal: it would write across the screen.
func TestMinorHookOnTheScreen(t *testing.T) {
	t.Parallel()
	c, site := hookable(t)
	hook(site, `printf '%s %s %s %s %s\n\033[2J' "$MGIT_HOOK" "$MGIT_EXIT" "$MGIT_SERIES" "$MGIT_TAG" "$MGIT_TARGETS"
		test "$(ps -o sid= -p $$ | tr -d ' ')" = $$ && echo apart; echo to stderr >&2; exit 3`)
	after := c.afterMinorOnScreen(&tui.Log{})
	const said = ` \033[2Japart to stderr warning: the command of hooks.`
	merged := &job.MinorReport{Series: "4.1", Tag: "v4.1.12", Targets: []job.MinorTarget{{Target: "LUVLE-4.1-test", Run: 7, Outcome: "clean"}}}
	stuck := &job.MinorReport{Series: "4.1", Tag: "v4.1.12", Targets: []job.MinorTarget{{Target: "LUVLE-4.1-test", Outcome: "conflict"}}}
	for name, test := range map[string]struct {
		report *job.MinorReport
		err    error
		want   string
	}{
		"merged":     {merged, nil, "minor-success 0 4.1 v4.1.12 LUVLE-4.1-test" + said + "minor-success: exit status 3"},
		"a conflict": {stuck, nil, "minor-failure 4 4.1 v4.1.12 LUVLE-4.1-test" + said + "minor-failure: exit status 3"},
		"an error":   {nil, errors.New("no"), "minor-failure 1 4.1" + said + "minor-failure: exit status 3"},
		"nothing":    {&job.MinorReport{Series: "4.1"}, nil, ""},
	} {
		if got := after(t.Context(), site, test.report, test.err); got != test.want {
			t.Errorf("%s: it says\n%q, want\n%q", name, got, test.want)
		}
	}

	// One that is cancelled ends with what it has begun.
	begun := filepath.Join(t.TempDir(), "begun")
	hook(site, `(trap 'rm "`+begun+`"; exit' TERM; : >"`+begun+`"; while :; do sleep 0.02; done) & wait`)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel()
		for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			if _, err := os.Stat(begun); err == nil {
				return
			}
		}
	}()
	if said := after(ctx, site, merged, nil); !strings.Contains(said, "hooks.minor-success") {
		t.Errorf("it says %q", said)
	}
	if _, err := os.Stat(begun); err == nil {
		t.Error("what it had begun goes on")
	}
}
