package screen

import (
	tea "charm.land/bubbletea/v2"

	"mgit/tui/keymap"
	"mgit/tui/theme"
)

// Opens asks for another view, to show a subject: the name of a branch, a path; "" for nothing in particular.
func Opens(view keymap.Context, subject string) tea.Cmd {
	return func() tea.Msg { return OpenMsg{view, subject} }
}

// OpenMsg is the message of Opens.
type OpenMsg struct {
	View    keymap.Context
	Subject string
}

// Prompt asks the person for a line of text.
type Prompt struct {
	Label   string // "/" or "Reason"
	Initial string
	// Check says what is wrong with the text, in words; "" when it can be taken. nil takes all.
	Check func(text string) string
	// Live is called with every change while somebody types, and with Initial when they give up; nil: never.
	Live func(text string)
	// Complete returns what the word before the cursor could become; nil: nothing.
	Complete func(text string) []string
	// Done is called with the text when it was entered.
	Done func(text string) tea.Cmd
}

// Asks shows the prompt.
func Asks(p Prompt) tea.Cmd { return func() tea.Msg { return PromptMsg{p} } }

// PromptMsg is the message of Asks.
type PromptMsg struct{ Prompt Prompt }

// AsksFilter asks for a filter, which is in force while it is typed. set takes it, or says what is wrong with it:
// half a field's name is no field, so that is said only when it is entered. What p has of its own is kept.
func AsksFilter(p Prompt, set func(text string) error) tea.Cmd {
	p.Label = "/"
	p.Live = func(text string) { _ = set(text) }
	p.Check = func(text string) string {
		if err := set(text); err != nil {
			return err.Error()
		}
		return ""
	}
	return Asks(p)
}

// Choice is one of several that a menu offers.
type Choice struct {
	Key  string // a letter that takes it; "" for none
	Text string
	Help string
	// Disabled says why it cannot be taken now; "" when it can.
	Disabled string
	Take     func() tea.Cmd
}

// Offers shows a menu.
func Offers(title string, choices ...Choice) tea.Cmd {
	return func() tea.Msg { return MenuMsg{title, choices} }
}

// MenuMsg is the message of Offers.
type MenuMsg struct {
	Title   string
	Choices []Choice
}

// Copies puts text into the clipboard and says that what is in it now.
func Copies(c Copyable) tea.Cmd { return func() tea.Msg { return CopyMsg(c) } }

// CopyMsg is the message of Copies.
type CopyMsg Copyable

// EditMsg opens files in the person's editor and comes back afterwards; Then is sent then, nil for nothing.
type EditMsg struct {
	Dir   string // the folder to work in
	Paths []string
	Line  int // in the first of them; 0: none
	Then  tea.Msg
}

// ShellMsg opens the person's shell in a folder and comes back afterwards.
type ShellMsg struct {
	Dir  string
	Hint string // is printed before the shell's prompt
	Then tea.Msg
}

// Says shows a line at the bottom until the next key.
func Says(role theme.Role, text string) tea.Cmd {
	return func() tea.Msg { return NoticeMsg{role, text} }
}

// NoticeMsg is the message of Says.
type NoticeMsg struct {
	Role theme.Role
	Text string
}

// Changed tells the frame that the repository may have changed: every view reads anew.
type Changed struct{}
