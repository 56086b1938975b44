package tui

import (
	"fmt"
	"strings"

	"mgit/internal/job"
	"mgit/tui/cells"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

func (s *taskSheet) title() string { return s.task.Title }

func (s *taskSheet) footer() string {
	switch {
	case s.phase == asking && len(s.preview.Moves) > 0:
		return plural(len(s.preview.Moves), "ref") + " would move"
	case s.phase == failed:
		return "failed"
	}
	return ""
}

func (s *taskSheet) keys() []hint {
	switch {
	case s.phase == planning:
		return []hint{{"esc", "cancel"}}
	case s.phase == working && s.stopping:
		return nil
	case s.phase == working:
		return []hint{{"esc", "cancel"}}
	case s.phase == failed && s.waiver() != "":
		return []hint{{s.frame.host.Keys.Key(keymap.Command), "with --allow " + s.waiver()}, {"esc", "back"}}
	case s.phase == failed:
		return []hint{{"esc", "back"}}
	}
	hints := []hint{{"enter", "do it"}, {"esc", "leave"}}
	if s.more {
		hints = append(hints, hint{s.frame.host.Keys.Key(keymap.Down), "more"})
	}
	return hints
}

// liveLines is how many of the branches that were finished last a task at work shows.
const liveLines = 8

func (s *taskSheet) height(width int) int {
	switch s.phase {
	case planning:
		return 1
	case working:
		return 2 + liveLines
	}
	s.lay(width)
	n := len(s.text.Lines())
	if s.phase == asking && s.preview.Danger != "" {
		n++
	}
	return n
}

func (s *taskSheet) draw(width, height int) string {
	look := s.frame.host.Theme
	switch s.phase {
	case planning:
		return widget.Box([]string{s.frame.spin() + " " + cells.Clean(word(s.progress.Text(), "looking at what would change"))}, width, height)
	case working:
		return widget.Box(s.drawWork(look), width, height)
	}
	s.lay(width)
	s.more = s.height(width) > height
	if s.phase == failed || s.preview.Danger == "" || height < 2 {
		return s.reading.draw(width, height)
	}
	typed := cells.Fit(look.Render(theme.Attention, fmt.Sprintf("Type %s and press enter: ", s.preview.Danger))+s.word.String()+"█", width)
	return s.reading.draw(width, height-1) + "\n" + typed
}

// drawWork draws how far the task is: counts by outcome, and the branches that were finished last.
func (s *taskSheet) drawWork(look theme.Theme) []string {
	events := s.progress.Events()
	head := word(s.progress.Text(), "at work")
	if n := len(events); n > 0 {
		head = fmt.Sprintf("%d of %d", events[n-1].Done, events[n-1].Total)
		if text := s.progress.Text(); text != "" {
			head += "  " + text
		}
	}
	if s.stopping {
		head = "cancelling: " + head
	}
	lines := []string{s.frame.spin() + " " + cells.Clean(head), counts(look, events)}
	for _, e := range events[max(0, len(events)-liveLines):] {
		sign, role := theme.Sign(e.Outcome)
		lines = append(lines, "  "+look.Render(role, cells.Fit(sign+" "+e.Outcome, outcomeWidth))+" "+cells.Clean(e.Branch))
	}
	return lines
}

// outcomeWidth is the width of the longest outcome with its sign.
const outcomeWidth = 11

// counts says how many branches had which outcome, in the order in which they came first.
func counts(look theme.Theme, events []job.Event) string {
	var words []string
	number := map[string]int{}
	for _, e := range events {
		if number[e.Outcome] == 0 {
			words = append(words, e.Outcome)
		}
		number[e.Outcome]++
	}
	for i, w := range words {
		sign, role := theme.Sign(w)
		words[i] = look.Render(role, fmt.Sprintf("%s %s %d", sign, w, number[w]))
	}
	return "  " + strings.Join(words, "   ")
}

// lay breaks the text of the dialog for a width.
func (s *taskSheet) lay(width int) {
	if s.drawn == width {
		return
	}
	s.drawn = width
	if s.phase == failed {
		s.text.SetLines(s.frame.fault(s.err, width))
		return
	}
	lines := wrapped(theme.Strong, "mgit "+screen.ShellWords(s.task.Command), width, 4)
	if len(s.preview.Moves) > 0 {
		lines = append(append(lines, widget.Line{}), moveLines(s.preview.Moves, width)...)
	}
	if len(s.preview.Lines) > 0 {
		lines = append(lines, widget.Line{})
	}
	for _, text := range s.preview.Lines {
		lines = append(lines, wrapped(theme.Text, text, width, 2)...)
	}
	s.text.SetLines(lines)
}

// fault is an error in the words of the command line, with its hint.
func (f *frame) fault(err error, width int) []widget.Line {
	text, hint := f.host.Explain(err)
	var lines []widget.Line
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		lines = append(lines, wrapped(theme.Bad, line, width, 2)...)
	}
	for _, line := range strings.Split(strings.TrimSpace(hint), "\n") {
		if line != "" {
			lines = append(lines, wrapped(theme.Text, "hint: "+line, width, 2)...)
		}
	}
	return lines
}

func word(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
