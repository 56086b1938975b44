// Command emptyscreen is the least that Bubble Tea can show: what the first paint of mgit is held against.
package main

import (
	"fmt"
	"os"

	tea "charm.land/bubbletea/v2"
)

type empty struct{}

func (e empty) Init() tea.Cmd { return nil }

func (e empty) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if _, pressed := msg.(tea.KeyPressMsg); pressed {
		return e, tea.Quit
	}
	return e, nil
}

func (e empty) View() tea.View {
	v := tea.NewView("empty")
	v.AltScreen = true
	return v
}

func main() {
	if _, err := tea.NewProgram(empty{}).Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
