package theme

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
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
// on white and on black; yellow cannot, nor can blue or cyan, which only themes for one background have.
func builtin(theme string) map[string]string {
	looks := map[string]string{
		"good": "green", "attention": "magenta", "bad": "red", "added": "green", "removed": "red",
		"added-word": "green reverse", "removed-word": "red reverse", "literal": "magenta", "match": "magenta reverse",
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
// "on-" for what is behind the text; "" and "default" for nothing. Without color, colours are passed over.
func sequence(look string, color bool) (string, error) {
	var codes []string
	for word := range strings.FieldsSeq(strings.ToLower(look)) {
		name, behind := strings.CutPrefix(word, "on-")
		n := slices.Index(Colors(), name)
		switch {
		case n >= 0 && !color:
		case n >= 0:
			codes = append(codes, strconv.Itoa(colorCode(n, behind)))
		case word == "default":
		case attributeCode(word) > 0:
			codes = append(codes, strconv.Itoa(attributeCode(word)))
		default:
			return "", fmt.Errorf("%q is not known; there are the colours %s, each also as on-…, and %s",
				word, strings.Join(Colors(), ", "), strings.Join(Attributes(), ", "))
		}
	}
	if len(codes) == 0 {
		return "", nil
	}
	return "\x1b[" + strings.Join(codes, ";") + "m", nil
}

// The numbers below are those of ECMA-48's SGR, and of aixterm for the bright colours.

func colorCode(n int, behind bool) int {
	code := 30 + n
	if n >= 8 {
		code = 90 + n - 8
	}
	if behind {
		code += 10
	}
	return code
}

func attributeCode(word string) int {
	switch word {
	case "bold":
		return 1
	case "faint":
		return 2
	case "italic":
		return 3
	case "underline":
		return 4
	case "reverse":
		return 7
	}
	return 0
}
