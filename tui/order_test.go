package tui_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"mgit/internal/job"
	"mgit/tui"
	"mgit/tui/cells"
	"mgit/tui/tuitest"
)

// While the screen is open the terminal keeps the order of what is sent, so that names from right to left stay
// in their columns; afterwards it does as before.
func TestTheTerminalKeepsTheOrder(t *testing.T) {
	t.Parallel()
	host := tuitest.Host(t, "plain", func(context.Context) (*job.Site, error) { return nil, errors.New("no site") })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	err := tui.Run(ctx, tui.Options{Host: host, Input: strings.NewReader(""), Output: &out, Env: []string{"TERM=xterm"}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the screen ended with %v", err)
	}
	if !strings.HasPrefix(out.String(), cells.KeepOrder) || !strings.HasSuffix(out.String(), cells.TurnRound) {
		t.Errorf("the terminal was told %q", out.String())
	}
}
