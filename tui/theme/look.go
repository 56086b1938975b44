package theme

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// names returns what the roles are called in settings, in the order of the constants.
func names() []string {
	return []string{
		"text", "faint", "strong", "title", "good", "attention", "bad", "selected", "marked", "border", "key",
		"added", "removed", "added-word", "removed-word", "hunk", "keyword", "name", "literal", "comment", "match",
	}
}

// Roles returns the names of the roles that settings may give another look.
func Roles() []string { return names()[1:] }

// Colors returns the names of the sixteen colours, in the order of their numbers.
func Colors() []string {
	colors := []string{"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"}
	for _, name := range slices.Clone(colors) {
		colors = append(colors, "bright-"+name)
	}
	return colors
}

// Attributes returns the names of the looks that are no colours.
func Attributes() []string { return []string{"bold", "faint", "italic", "underline", "reverse"} }

// common are the looks that all themes begin with.
func common() map[string]string {
	return map[string]string{
		"faint": "faint", "strong": "bold", "title": "bold", "selected": "reverse", "marked": "bold",
		"border": "faint", "key": "bold", "added-word": "reverse", "removed-word": "reverse", "hunk": "bold",
		"keyword": "bold", "comment": "faint", "match": "reverse",
	}
}

// builtin are the looks of one theme. Of the colours between good and bad, magenta is the one that can be read
// on white and on black; yellow cannot, nor can blue or cyan, which only themes for one background have. The
// words that differ bring the colour of their letters along: white letters, as reverse makes them on a light
// background, cannot be read on green.
func builtin(theme string) map[string]string {
	looks := map[string]string{
		"good": "green", "attention": "magenta", "bad": "red", "added": "green", "removed": "red",
		"added-word": "black on-green", "removed-word": "white on-red", "literal": "magenta", "match": "magenta reverse",
	}
	switch theme {
	case "plain":
		return nil
	case "light":
		looks["hunk"], looks["keyword"], looks["key"], looks["name"] = "blue", "blue", "bold blue", ""
	case "dark":
		looks["hunk"], looks["keyword"], looks["key"], looks["literal"] = "cyan", "cyan", "bold cyan", "yellow"
	}
	return looks
}

// sequence is the escape sequence for a look: names of colours and attributes apart by blanks, a colour behind
// "on-" for what is behind the text; "" and "default" for nothing. Without color, colours are passed over. It is
// what Lip Gloss writes before a text: asked once for each look and not for each of the thousands of pieces of a
// screen.
func sequence(look string, color bool) (string, error) {
	style := lipgloss.NewStyle()
	for word := range strings.FieldsSeq(strings.ToLower(look)) {
		name, behind := strings.CutPrefix(word, "on-")
		n := slices.Index(Colors(), name)
		switch {
		case n >= 0 && !color, word == "default":
		case n >= 0 && behind:
			style = style.Background(ansi.BasicColor(n))
		case n >= 0:
			style = style.Foreground(ansi.BasicColor(n))
		case slices.Contains(Attributes(), word):
			style = withAttribute(style, word)
		default:
			return "", fmt.Errorf("%q is not known; there are the colours %s, each also as on-…, and %s",
				word, strings.Join(Colors(), ", "), strings.Join(Attributes(), ", "))
		}
	}
	const text = "x"
	begin, _, _ := strings.Cut(style.Render(text), text)
	return begin, nil
}

func withAttribute(style lipgloss.Style, word string) lipgloss.Style {
	switch word {
	case "bold":
		return style.Bold(true)
	case "faint":
		return style.Faint(true)
	case "italic":
		return style.Italic(true)
	case "underline":
		return style.Underline(true)
	}
	return style.Reverse(true)
}
