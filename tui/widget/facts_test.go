package widget

import (
	"strings"
	"testing"

	"mgit/tui/theme"
)

// What follows a name stays beside it, and nothing is lost or wider than there is room.
func TestFacts(t *testing.T) {
	t.Parallel()
	var f Facts
	f.Say(theme.Strong, "lib/weblib.php")
	f.Add("decided", "keep (until the new page is there), Ann Author <ann@example.org>")
	f.Add("nothing", "")
	f.Add("a name that is too long", "text")
	var lines []string
	for _, l := range f.Lines(30) {
		lines = append(lines, strings.TrimRight(l.String(), " "))
	}
	want := `lib/weblib.php
decided     keep (until the
            new page is
            there), Ann Author
            <ann@example.org>
a name tha… text`
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if n := len(f.Lines(200)); n != 3 {
		t.Errorf("%d lines where there is room, want 3", n)
	}
	if n := len(f.Lines(4)); n != 3 {
		t.Errorf("%d lines where there is hardly any room, want 3", n)
	}
}
