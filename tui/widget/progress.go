package widget

import (
	"strings"
	"time"

	"mgit/tui/theme"
)

// turn is how long a spinner stands still.
const turn = 100 * time.Millisecond

// Spinner is a sign that turns while something lasts, one column wide. In a theme without colours it is of
// ASCII. Who draws it decides whether what lasts is worth saying.
func Spinner(look theme.Theme, now time.Time) string {
	signs := []string{"|", "/", "-", `\`}
	if look.HasColor() {
		signs = []string{"◐", "◓", "◑", "◒"}
	}
	step := now.UnixNano() / int64(turn) % int64(len(signs))
	return signs[max(0, step)]
}

// Bar shows how much of something is done, exactly width columns wide: "[#####-----] 12 of 24" where there is
// room for the numbers. all is at least 1.
func Bar(look theme.Theme, done, all, width int) string {
	all = max(1, all)
	done = min(max(0, done), all)
	text := " " + number(done) + " of " + number(all)
	room := width - 2 - len(text)
	if room < 4 {
		text, room = "", width-2
	}
	if room < 1 {
		return strings.Repeat(" ", max(0, width))
	}
	full := room * done / all
	return "[" + look.Render(theme.Good, strings.Repeat("#", full)) + look.Render(theme.Faint, strings.Repeat("-", room-full)) + "]" + text
}
