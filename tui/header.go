package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/tui/cells"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

// hit is a part of a line that can be clicked.
type hit struct {
	row, from, to int // columns from up to to
	do            func() tea.Cmd
}

// header is the line at the top: the views with their numbers, what the view in front is about, the series,
// and whether nothing may change. Where it is narrow the subject is cut first; only the view in front has its
// name where not all names have room. So the names do not come and go with the selection.
func (f *frame) header() string {
	look := f.host.Theme
	end := f.headerEnd()
	room := f.width - cells.Width(end)
	subject := ""
	if v := f.view(); v != nil {
		subject = cells.Clean(v.Subject())
	}
	gap := "  "
	tabs, width := f.tabs(true)
	if width+len(tabs)*len(gap) > room {
		gap = " "
		tabs, _ = f.tabs(false)
	}
	f.hits = f.hits[:0]
	at := 0
	var b strings.Builder
	for i, tab := range tabs {
		role := theme.Faint
		if i == f.front {
			role = theme.Title
		}
		f.hits = append(f.hits, hit{0, at, at + cells.Width(tab) + 1, func() tea.Cmd {
			f.trail = nil
			return f.enter(i, "")
		}})
		b.WriteString(look.Render(role, tab) + gap)
		at += cells.Width(tab) + len(gap)
	}
	if left := room - at - 2; subject != "" && left > 4 {
		b.WriteString(look.Render(theme.Faint, "› ") + look.Render(theme.Strong, cells.CutLeft(subject, left-1)))
	}
	return cells.Fit(b.String(), room) + look.Render(theme.Attention, end)
}

// tabs are the views' names with their numbers, or the numbers alone, and how wide they are together without
// the gaps between them.
func (f *frame) tabs(named bool) (tabs []string, width int) {
	for i, v := range f.views {
		tab := f.number(v)
		if named || i == f.front {
			tab += " " + v.Title()
		}
		tabs = append(tabs, tab)
		width += cells.Width(tab)
	}
	return tabs, width
}

// number is the key that brings a view to the front, which is its number unless the settings say otherwise.
func (f *frame) number(v screen.View) string {
	i := slices.Index(keymap.Order()[1:], v.Name())
	if i < 0 || i >= len(keymap.ViewActions()) {
		return "-"
	}
	return f.host.Keys.Key(keymap.ViewActions()[i])
}

// headerEnd is what stands at the right: the series in use, and that nothing may change.
func (f *frame) headerEnd() string {
	series, _ := f.series.Value()
	end := cells.Cut(cells.Clean(word(f.host.Series, series)), 12)
	if f.host.ReadOnly {
		end = strings.TrimSpace(end + " read-only")
	}
	if n := len(f.host.Sites.Warnings()); n > 0 {
		end = strings.TrimSpace(fmt.Sprintf("%d! %s", n, end))
	}
	if end == "" {
		return ""
	}
	return " " + end + " "
}

// askSeries asks which series is in use, when the view in front has its first answer: what it shows comes first.
func (f *frame) askSeries() tea.Cmd {
	if f.hasSeries || f.host.Series != "" {
		return nil
	}
	f.hasSeries = true
	return f.series.Ask(f.host, func(ctx context.Context, site *job.Site, _ *screen.Progress) (string, error) {
		series, err := site.Series(ctx, "")
		return series.String(), err
	})
}

// hints is the line of keys that work now. Where not all fit, those of the view that come last are left out,
// and help never.
func (f *frame) hints() string {
	const gap = 3
	look := f.host.Theme
	own, everywhere := f.worthwhile()
	width := func() int {
		n := 0
		for _, hints := range [][]hint{own, everywhere} {
			for _, h := range hints {
				n += cells.Width(h.key) + 1 + cells.Width(h.word) + gap
			}
		}
		return n - gap
	}
	for len(own) > 0 && width() > f.width {
		own = own[:len(own)-1]
	}
	at := 0
	var parts []string
	for _, h := range append(own, everywhere...) {
		n := cells.Width(h.key) + 1 + cells.Width(h.word)
		key := keyPress(h.key)
		f.hits = append(f.hits, hit{f.height - 1, at, at + n, func() tea.Cmd { return f.press(key) }})
		parts = append(parts, look.Render(theme.Key, h.key)+" "+h.word)
		at += n + gap
	}
	return cells.Fit(strings.Join(parts, strings.Repeat(" ", gap)), f.width)
}

// most is how many hints a view gets.
const most = 6

// worthwhile are the hints for what lies on top: its own, and those that work everywhere.
func (f *frame) worthwhile() (own, everywhere []hint) {
	if s := f.top(); s != nil {
		return s.keys(), nil
	}
	keys := f.host.Keys
	var said []keymap.Action
	for _, b := range keys.Bindings(keymap.All) {
		if b.Hint && len(b.Keys) > 0 {
			everywhere = append(everywhere, hint{b.Keys[0], b.Short})
			said = append(said, b.Action)
		}
	}
	var actions []keymap.Action
	if v := f.view(); v != nil {
		actions = v.Hints()
	}
	for _, a := range actions {
		if slices.Contains(said, a) || f.host.ReadOnly && keys.Writes(a) {
			continue
		}
		if key := keys.Key(a); key != "" && len(own) < most {
			own = append(own, hint{key, keys.Short(a)})
			said = append(said, a)
		}
	}
	return own, everywhere
}
