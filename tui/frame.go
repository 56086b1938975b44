package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mgit/tui/cells"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// The smallest terminal that has room for the views.
const (
	leastWidth  = 60
	leastHeight = 20
)

// frame is the root model.
type frame struct {
	host          *screen.Host
	views         []screen.View
	front         int
	width, height int
}

func newFrame(h *screen.Host, views []screen.View) *frame {
	return &frame{host: h, views: views}
}

// Init asks the first view for what it shows.
func (f *frame) Init() tea.Cmd {
	if len(f.views) == 0 {
		return nil
	}
	return f.views[f.front].Enter("")
}

// Update takes what has happened.
func (f *frame) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		f.width, f.height = msg.Width, msg.Height
		return f, nil
	case tea.KeyPressMsg:
		return f, f.press(msg)
	case screen.Answered:
		if !msg.Settle() {
			return f, nil
		}
		// A view that is no longer in front gets its answers too.
		var cmds []tea.Cmd
		for _, v := range f.views {
			cmds = append(cmds, v.Update(msg))
		}
		return f, tea.Batch(cmds...)
	}
	if len(f.views) > 0 {
		return f, f.views[f.front].Update(msg)
	}
	return f, nil
}

func (f *frame) press(msg tea.KeyPressMsg) tea.Cmd {
	context := keymap.All
	if len(f.views) > 0 {
		context = f.views[f.front].Name()
	}
	action, found := f.host.Keys.Action(context, msg.String())
	switch {
	case !found:
		return nil
	case action == keymap.Quit:
		return tea.Quit
	case len(f.views) == 0:
		return nil
	}
	return f.views[f.front].Act(action)
}

// View draws the screen.
func (f *frame) View() tea.View {
	v := tea.NewView(f.draw())
	v.AltScreen = true
	return v
}

func (f *frame) draw() string {
	switch {
	case f.width == 0 || f.height == 0:
		return ""
	case f.width < leastWidth || f.height < leastHeight:
		return cells.Cut(fmt.Sprintf("mgit needs %d × %d, here are %d × %d", leastWidth, leastHeight, f.width, f.height), f.width)
	case len(f.views) == 0:
		return widget.Box(nil, f.width, f.height)
	}
	var tabs []string
	for i, v := range f.views {
		role := theme.Faint
		if i == f.front {
			role = theme.Title
		}
		tabs = append(tabs, f.host.Theme.Render(role, fmt.Sprintf("%d %s", i+1, v.Title())))
	}
	return cells.Fit(strings.Join(tabs, "  "), f.width) + "\n" + f.views[f.front].Render(f.width, f.height-1)
}
