package widget_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"mgit/tui/theme"
	"mgit/tui/tuitest"
)

func look(t testing.TB, name string) theme.Theme {
	t.Helper()
	look, err := theme.New(name)
	if err != nil {
		t.Fatal(err)
	}
	return look
}

// plain is a drawn text without looks and without spaces at the ends of lines.
func plain(text string) string {
	var b strings.Builder
	for line := range strings.Lines(ansi.Strip(text) + "\n") {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return b.String()
}

// drawing is a widget's way to draw itself.
type drawing func(look theme.Theme, width, height int) string

// goldens compares what is drawn at every size with the golden views, and in one of them the colours too.
func goldens(t *testing.T, name string, draw drawing) {
	t.Helper()
	for _, size := range tuitest.Sizes() {
		text := draw(look(t, "plain"), size[0], size[1])
		tuitest.Measure(t, text, size[0], size[1])
		tuitest.Golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), plain(text))
	}
	text := draw(look(t, "dark"), 80, 24)
	tuitest.Measure(t, text, 80, 24)
	tuitest.Golden(t, name+"-colour", strings.ReplaceAll(text, "\x1b", "␛"))
}
