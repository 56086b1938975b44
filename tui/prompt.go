package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"mgit/tui/cells"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

// prompt is the line at the bottom in which somebody types. It takes all keys while it is there.
type prompt struct {
	screen.Prompt
	field field
	// wrong is what Check said when the text was to be entered.
	wrong string
	// found are what the word before the cursor can become, and chosen is the one that stands there now; -1: none.
	found  []string
	chosen int
	// ask finds out what the word could become, beside the screen; nil: Complete knows.
	ask func(text string, step int) tea.Cmd
	// waiting says that the answer is not there yet, and hurried that enter was pressed meanwhile.
	waiting, hurried bool
	// history are the lines that up and down go through, the newest last, and back is how far.
	history []string
	back    int
	draft   string
}

func newPrompt(p screen.Prompt, history []string) *prompt {
	return &prompt{Prompt: p, field: newField(p.Initial), chosen: -1, history: history}
}

// pressPrompt takes a key for the prompt.
func (f *frame) pressPrompt(msg tea.KeyPressMsg) tea.Cmd {
	p := f.prompt
	switch msg.String() {
	case "esc":
		f.prompt = nil
		if p.Live != nil {
			p.Live(p.Initial)
		}
		return nil
	case "enter":
		if p.waiting {
			p.hurried = true
			return nil
		}
		return f.enterPrompt()
	case "tab":
		return p.complete(1)
	case "shift+tab":
		return p.complete(-1)
	case "up", "ctrl+p":
		p.recall(1)
	case "down", "ctrl+n":
		p.recall(-1)
	default:
		if !p.field.press(msg) {
			return nil
		}
		p.found, p.chosen = nil, -1
	}
	p.waiting, p.hurried = false, false
	p.changed()
	return nil
}

func (p *prompt) changed() {
	p.wrong = ""
	if p.Live != nil {
		p.Live(p.field.String())
	}
}

func (f *frame) enterPrompt() tea.Cmd {
	p := f.prompt
	text := p.field.String()
	if p.Check != nil {
		if p.wrong = p.Check(text); p.wrong != "" {
			return nil
		}
	}
	f.prompt = nil
	if p.Done == nil {
		return nil
	}
	return p.Done(text)
}

// paste takes pasted text.
func (p *prompt) paste(text string) {
	p.field.insert(strings.TrimRight(text, "\r\n"))
	p.found, p.chosen = nil, -1
	p.changed()
}

// complete puts the next of what the word could become in its place; what all have in common comes first.
func (p *prompt) complete(step int) tea.Cmd {
	if p.found == nil {
		switch {
		case p.ask != nil:
			p.waiting = true
			return p.ask(p.field.before(), step)
		case p.Complete != nil:
			p.found = p.Complete(p.field.before())
		}
		p.chosen = -1
	}
	p.step(step)
	return nil
}

// step goes to the next of what was found.
func (p *prompt) step(step int) {
	n := len(p.found)
	common := commonPrefix(p.found)
	switch {
	case n == 0:
		return
	case p.chosen < 0 && common != p.word() && strings.HasPrefix(common, p.word()):
		p.replace(common)
		if n == 1 {
			p.found = nil
		}
	default:
		if p.chosen < 0 && step < 0 {
			p.chosen = 0 // the last comes first
		}
		p.chosen = (p.chosen + step + n) % n
		p.replace(p.found[p.chosen])
	}
	p.changed()
}

// word is the word before the cursor.
func (p *prompt) word() string {
	before := p.field.before()
	return before[strings.LastIndexByte(before, ' ')+1:]
}

func (p *prompt) replace(word string) {
	p.field.remove(p.field.at-len([]rune(p.word())), p.field.at)
	p.field.insert(word)
}

func commonPrefix(words []string) string {
	if len(words) == 0 {
		return ""
	}
	common := words[0]
	for _, w := range words[1:] {
		for !strings.HasPrefix(w, common) {
			runes := []rune(common)
			common = string(runes[:len(runes)-1])
		}
	}
	return common
}

// recall goes back in the history, or ahead with a negative step.
func (p *prompt) recall(step int) {
	if p.back == 0 {
		p.draft = p.field.String()
	}
	p.back = min(max(0, p.back+step), len(p.history))
	if p.back == 0 {
		p.field = newField(p.draft)
		return
	}
	p.field = newField(p.history[len(p.history)-p.back])
}

// draw returns the two lines of a prompt and the column of its cursor in the first.
func (p *prompt) draw(look theme.Theme, width int) (lines [2]string, cursor int) {
	label := cells.Cut(cells.Clean(p.Label), width/2)
	if !strings.HasSuffix(label, "/") && !strings.HasSuffix(label, ":") {
		label += ": "
	}
	text, at := p.field.draw(width - cells.Width(label))
	lines[0] = look.Render(theme.Key, label) + text
	switch {
	case p.wrong != "":
		lines[1] = look.Render(theme.Bad, cells.Fit("x "+cells.Clean(p.wrong), width))
	case len(p.found) > 0:
		lines[1] = cells.Fit(p.choices(look, width), width)
	default:
		help := "enter takes it   esc leaves"
		if p.Complete != nil || p.ask != nil {
			help += "   tab completes"
		}
		lines[1] = look.Render(theme.Faint, cells.Fit(help, width))
	}
	return lines, cells.Width(label) + at
}

// choices lists what the word could become, from the chosen one on where not all fit.
func (p *prompt) choices(look theme.Theme, width int) string {
	var parts []string
	used := 0
	for i := max(0, p.chosen-2); i < len(p.found); i++ {
		word := cells.Cut(cells.Clean(p.found[i]), width/2)
		if used += cells.Width(word) + 2; used > width-1 {
			return strings.Join(parts, "  ") + " …"
		}
		if i == p.chosen {
			word = look.Render(theme.Selected, word)
		}
		parts = append(parts, word)
	}
	return strings.Join(parts, "  ")
}
