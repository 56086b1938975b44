package tui

import (
	"strings"
	"testing"

	"mgit/tui/theme"
)

// A command in a dialog can be read off it, or copied: no word of it is broken where it has a hyphen.
func TestCommandsAreBrokenBetweenWords(t *testing.T) {
	t.Parallel()
	const command = "mgit decide lib/classes/cache.old.php keep --reason 'the vendor wants it' --tree /srv/live"
	for width := 30; width < 90; width++ {
		var read []string
		for _, line := range wrapped(theme.Strong, command, width, 4) {
			read = append(read, strings.Fields(line.String())...)
		}
		if got := strings.Join(read, " "); got != command {
			t.Errorf("at %d columns the command reads %q", width, got)
		}
	}
}
