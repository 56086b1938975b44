package targetview

import (
	tea "charm.land/bubbletea/v2"

	"mgit/tui/keymap"
	"mgit/tui/widget"
)

// click gives the focus to the pane that was clicked into, and selects what is there.
func (v *View) click(x, y int) tea.Cmd {
	panes := &v.panes[v.mode]
	second, x, y := panes.At(x, y, v.width, v.height)
	panes.Second = second
	switch {
	case v.mode == contents && second:
		v.parts.ClickAt(x, y-v.partsTop)
	case v.mode == contents:
		v.targets.ClickAt(x, y)
		v.arrange()
		return v.lacking()
	case v.mode == conflicts && !second:
		v.heat.clickAt(x, y)
	case v.mode == releases && !second:
		v.tags.table.ClickAt(x, y)
	}
	return nil
}

// wheel moves in the pane below the mouse, and leaves the focus where it is.
func (v *View) wheel(msg tea.MouseWheelMsg) tea.Cmd {
	a := map[tea.MouseButton]keymap.Action{
		tea.MouseWheelDown: keymap.Down, tea.MouseWheelUp: keymap.Up, tea.MouseWheelLeft: keymap.Left, tea.MouseWheelRight: keymap.Right,
	}[msg.Button]
	if a == "" {
		return nil
	}
	panes := &v.panes[v.mode]
	focus := panes.Second
	panes.Second, _, _ = panes.At(msg.X, msg.Y, v.width, v.height)
	var cmds []tea.Cmd
	for range widget.WheelLines {
		cmds = append(cmds, v.move(a))
	}
	panes.Second = focus
	return tea.Batch(cmds...)
}
