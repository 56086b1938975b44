package widget_test

import (
	"testing"
	"time"

	"mgit/tui/theme"
	"mgit/tui/tuitest"
	"mgit/tui/widget"
)

func TestBar(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		done, all, width int
		want             string
	}{
		{0, 24, 30, "[--------------------] 0 of 24"},
		{12, 24, 21, "[#####-----] 12 of 24"},
		{24, 24, 22, "[###########] 24 of 24"},
		{30, 24, 22, "[###########] 24 of 24"},
		{1, 2, 8, "[###---]"},
		{1, 0, 3, "[#]"},
		{1, 2, 2, "  "},
	} {
		got := widget.Bar(theme.Theme{}, test.done, test.all, test.width)
		if got != test.want {
			t.Errorf("Bar(%d, %d, %d) = %q, want %q", test.done, test.all, test.width, got, test.want)
		}
		tuitest.Measure(t, got, test.width, 1)
	}
}

func TestSpinner(t *testing.T) {
	t.Parallel()
	start := time.Unix(0, 0)
	var turned string
	for i := range 5 {
		turned += widget.Spinner(look(t, "plain"), start.Add(time.Duration(i)*100*time.Millisecond))
	}
	if turned != `|/-\|` {
		t.Errorf("the spinner turns as %q", turned)
	}
	tuitest.Measure(t, widget.Spinner(look(t, "dark"), start), 1, 1)
}
