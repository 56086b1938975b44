package tracker

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// textile is Redmine's own markup, RedCloth 3 with Redmine's links. It has no character
// that takes away the meaning of the next one; but it leaves references to characters
// (&#42;) as they are, and sees nothing in them.
type textile struct{}

func (textile) inline(text string) string    { return entities(text, false) }
func (textile) heading(inline string) string { return "h3. " + inline }
func (textile) item(inline string) string    { return "* " + inline }
func (textile) address(url string) string    { return url }
func (textile) lineEnd() string              { return "\n" }

// textileTraps are what Redmine finds in code all the same: the tags that end it, its own
// placeholders, and a macro that goes on to another line.
var textileTraps = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)</?(?:code|pre|kbd|notextile|redpre)|x%| :redsh#|\{\{\w*`)
})

func (textile) fence(lines []string) (before, after string, within []string) {
	for _, line := range lines {
		within = append(within, textileTraps().ReplaceAllStringFunc(line, func(trap string) string {
			if trap[0] == '{' && !hasOpenMacro(line) {
				return trap
			}
			at := 1
			return trap[:at] + joiner + trap[at:]
		})+"\n")
	}
	return "<pre>\n", "</pre>", within
}

// openMacro fits a line at whose end a macro of Redmine's can begin that ends on another.
var openMacro = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{\{\w+(?:\([^\n]*\))?\s*$`) })

func hasOpenMacro(line string) bool { return openMacro().MatchString(line) }

// wiki is Jira's markup. It takes references to characters as Textile does.
type wiki struct{}

func (wiki) inline(text string) string    { return entities(text, true) }
func (wiki) heading(inline string) string { return "h3. " + inline }
func (wiki) item(inline string) string    { return "* " + inline }
func (wiki) address(url string) string    { return "[" + url + "]" }
func (wiki) lineEnd() string              { return "\n" }

func (wiki) fence(lines []string) (before, after string, within []string) {
	for _, line := range lines {
		within = append(within, strings.ReplaceAll(line, "{noformat", "{"+joiner+"noformat")+"\n")
	}
	return "{noformat}\n", "{noformat}", within
}

// revision fits the beginning of a word that Redmine takes for a revision of Subversion's.
var revision = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^r(?:[0-9]|note)`) })

// entities writes as references to characters all that could mean something, and leaves
// what is usual between and behind words, so that people can still read the source:
// mod/forum/lib.php (and others). Jira also has (x) and (y), and numbers of issues, A-1.
func entities(text string, isJira bool) string {
	var b strings.Builder
	runes := []rune(text)
	isFirst := true // word of the line
	for i, r := range runes {
		before, after := ' ', ' '
		if i > 0 {
			before = runes[i-1]
		}
		if i+1 < len(runes) {
			after = runes[i+1]
		}
		inWord := isWord(before) && isWord(after)
		literal := true
		switch {
		case r == ' ':
			isFirst = false
		case r >= 0x80:
		case isWord(r):
			// "r12", "www.", and what Jira would take for the number of an issue.
			starts := !isWord(before)
			rest := string(runes[i:min(len(runes), i+5)])
			literal = !starts || !revision().MatchString(rest) && !strings.HasPrefix(strings.ToLower(rest), "www.")
		case r == ',':
		case r == '.':
			literal = inWord || after == ' ' && !isFirst
		case r == '-':
			literal = inWord && !(isJira && unicode.IsDigit(after))
		case r == '_' || r == '/' || r == '\'':
			literal = inWord
		case r == ':' || r == ';':
			literal = isWord(before) && after == ' '
		case r == '(':
			literal = !isJira && before == ' ' && isWord(after) && !isFirst
		case r == ')':
			literal = !isJira && isWord(before) && (after == ' ' || after == ',' || after == '.') && !isFirst
		default:
			literal = false
		}
		if literal {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "&#%d;", r)
		}
	}
	return b.String()
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
