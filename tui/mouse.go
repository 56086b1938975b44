package tui

import (
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"mgit/tui/keymap"
)

// wheelLines is how far a step of the wheel scrolls.
const wheelLines = 3

// mouse takes what the mouse does. A click on a view's name or on a hint does what its key does; all that
// happens in the body is the view's, with places relative to it.
func (f *frame) mouse(msg tea.MouseMsg) tea.Cmd {
	m := msg.Mouse()
	_, height := f.body()
	_, isClick := msg.(tea.MouseClickMsg)
	inBody := m.Y >= headLines && m.Y < headLines+height
	switch {
	case f.width < leastWidth || f.height < leastHeight:
		return nil
	case isClick && m.Button == tea.MouseLeft && !inBody:
		return f.click(m.X, m.Y)
	case !inBody || f.prompt != nil:
		return nil
	case f.top() != nil:
		return f.mouseOnSheet(msg, m)
	}
	v := f.view()
	if v == nil {
		return nil
	}
	return v.Update(moved(msg, headLines))
}

// click does what stands at a place of the frame's own lines.
func (f *frame) click(x, y int) tea.Cmd {
	for _, h := range f.hits {
		isTab := h.row == 0
		if h.row == y && x >= h.from && x < h.to && !(isTab && (f.top() != nil || f.prompt != nil)) {
			return h.do()
		}
	}
	return nil
}

func (f *frame) mouseOnSheet(msg tea.MouseMsg, m tea.Mouse) tea.Cmd {
	switch msg.(type) {
	case tea.MouseClickMsg:
		if s, isMenu := f.top().(*menu); isMenu && m.Button == tea.MouseLeft {
			return s.click(m.Y - headLines - f.sheetTop - 1)
		}
	case tea.MouseWheelMsg:
		a := keymap.Down
		if m.Button == tea.MouseWheelUp {
			a = keymap.Up
		}
		for range wheelLines {
			f.top().press(tea.KeyPressMsg{}, a)
		}
	}
	return nil
}

// moved is the event with its place counted from row top.
func moved(msg tea.MouseMsg, top int) tea.Msg {
	switch msg := msg.(type) {
	case tea.MouseClickMsg:
		msg.Y -= top
		return msg
	case tea.MouseReleaseMsg:
		msg.Y -= top
		return msg
	case tea.MouseWheelMsg:
		msg.Y -= top
		return msg
	case tea.MouseMotionMsg:
		msg.Y -= top
		return msg
	}
	return msg
}

// IsKey reports whether a key could have this name.
func IsKey(name string) bool {
	bare := name
	for _, prefix := range []string{"ctrl+", "alt+", "shift+"} {
		if rest := strings.Replace(bare, prefix, "", 1); rest != "" {
			bare = rest
		}
	}
	_, hasName := namedKeys()[bare]
	isOne := utf8.ValidString(bare) && utf8.RuneCountInString(bare) == 1 || bare == "space"
	return (hasName || isOne) && keyPress(name).String() == name
}

// keyPress is the message of the key with this name, the reverse of its String.
func keyPress(name string) tea.KeyPressMsg {
	var k tea.KeyPressMsg
	for prefix, mod := range map[string]tea.KeyMod{"ctrl+": tea.ModCtrl, "alt+": tea.ModAlt, "shift+": tea.ModShift} {
		// A name has each at most once, in an order that does not matter here.
		if rest := strings.Replace(name, prefix, "", 1); rest != name && rest != "" {
			name, k.Mod = rest, k.Mod|mod
		}
	}
	if code, found := namedKeys()[name]; found {
		k.Code = code
		return k
	}
	if name == "space" {
		name = " "
	}
	k.Code, _ = utf8.DecodeRuneInString(name)
	if k.Mod == 0 {
		k.Text = name
	}
	return k
}

func namedKeys() map[string]rune {
	return map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "backspace": tea.KeyBackspace, "delete": tea.KeyDelete,
		"insert": tea.KeyInsert, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
		"home": tea.KeyHome, "end": tea.KeyEnd, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown,
		"f1": tea.KeyF1, "f2": tea.KeyF2, "f3": tea.KeyF3, "f4": tea.KeyF4, "f5": tea.KeyF5, "f6": tea.KeyF6,
		"f7": tea.KeyF7, "f8": tea.KeyF8, "f9": tea.KeyF9, "f10": tea.KeyF10, "f11": tea.KeyF11, "f12": tea.KeyF12,
	}
}
