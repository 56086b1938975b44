package report

import (
	"regexp"
	"strings"
	"sync"
)

// codeChars is how much of a name or text from the tree a code span shows.
const codeChars = 1000

// code puts a text from the tree into a code span, in which markdown, HTML, mentions
// (@name) and references (#123, !123) mean nothing. The fence is longer than any run
// of backticks inside (CommonMark 0.31, section 6.1). An empty text is a dash.
func code(text string) string {
	text = clip(visible(text), codeChars)
	if strings.TrimSpace(text) == "" {
		return "–"
	}
	fence := strings.Repeat("`", longestRun(text)+1)
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") || text[0] == ' ' && text[len(text)-1] == ' ' {
		text = " " + text + " "
	}
	return fence + text + fence
}

// cell is a code span for a table.
func cell(text string) string { return escapeBars(code(text)) }

// escapeBars makes markdown fit for a table, where a bar ends the cell even inside of code
// unless it is escaped. A backslash before the bar would take its escape away, so
// there is an even number of them.
func escapeBars(text string) string {
	var b strings.Builder
	slashes := 0
	for _, r := range text {
		if r == '|' {
			if slashes%2 == 1 {
				b.WriteByte('\\')
			}
			b.WriteByte('\\')
		}
		slashes++
		if r != '\\' {
			slashes = 0
		}
		b.WriteRune(r)
	}
	return b.String()
}

// longestRun is the length of the longest run of backticks.
func longestRun(text string) int {
	longest, run := 0, 0
	for i := range len(text) {
		run++
		if text[i] != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}

// A word of prose that has no meaning in markdown, nor to the trackers that read it:
// no emphasis, markup, entity, mention, reference, quick action, link or commit id.
// Brackets and punctuation around it mean nothing either. What is all digits, and no
// longer than a version or a date of Moodle, is taken for that and not for a commit.
var (
	plainWord = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\pL\pN\pM]+(?:[-–,.:'’/+][\pL\pN\pM]+)*\+?$`) })
	aroundIt  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([("'“‘]*)(.*?)([)"'”’.,;:?…]*)$`) })
	signWord  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[–—…]*$`) })
	dateWord  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]{1,12}$`) })
	hotWord   = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)^\W*(?:[0-9a-f]{7,64}|[a-z]+-[0-9]+|www\.\S*|https?:\S*)\W*$`)
	})
	listWord  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]+[.)]$`) })
	emojiWord = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`:[^:]+:`) })
)

// prose is a sentence that may hold words from the tree. Words that could mean
// something to a reader of markdown stand in code spans, without the brackets and the
// punctuation around them; the others stay as they are.
func prose(text string) string {
	words := strings.Fields(clip(visible(text), codeChars))
	for i, w := range words {
		part := aroundIt().FindStringSubmatch(w)
		if !isPlain(w, part[2]) || i == 0 && listWord().MatchString(w) {
			words[i] = part[1] + code(part[2]) + part[3]
		}
	}
	return strings.Join(words, " ")
}

// proseAndCode is prose in which what stands between backticks is code. Texts of our own have commands so.
func proseAndCode(text string) string {
	parts := strings.Split(clip(visible(text), codeChars), "`")
	if len(parts)%2 == 0 {
		return prose(text)
	}
	var b strings.Builder
	for i, part := range parts {
		if i%2 == 1 {
			part = code(part)
		} else {
			part = spaced(part, prose(part))
		}
		// Fences that touch each other would be one.
		if part == "" && i > 0 && i < len(parts)-1 || strings.HasSuffix(b.String(), "`") && strings.HasPrefix(part, "`") {
			return prose(text)
		}
		b.WriteString(part)
	}
	return b.String()
}

// spaced gives prose back the space that the text it was made from began and ended with.
func spaced(from, text string) string {
	if text == "" {
		return strings.Repeat(" ", min(len(from), 1))
	}
	if from[0] == ' ' {
		text = " " + text
	}
	if from[len(from)-1] == ' ' {
		text += " "
	}
	return text
}

// isPlain reports whether a word may stand in prose as it is; core is the word without
// what is around it.
func isPlain(word, core string) bool {
	switch {
	case signWord().MatchString(core), dateWord().MatchString(core):
		return true
	case hotWord().MatchString(core), emojiWord().MatchString(word):
		return false
	}
	return plainWord().MatchString(core)
}

// fenced is a block of code, its fence longer than any run of backticks inside.
func fenced(language string, lines []string) string {
	longest := 2
	for _, l := range lines {
		longest = max(longest, longestRun(l))
	}
	fence := strings.Repeat("`", longest+1)
	return fence + language + "\n" + strings.Join(lines, "\n") + "\n" + fence + "\n"
}

// sheet is markdown that stays below a limit of bytes.
type sheet struct {
	strings.Builder
	limit int
}

// add appends a block if it fits whole.
func (s *sheet) add(block string) bool {
	if s.Len()+len(block) > s.limit {
		return false
	}
	s.WriteString(block)
	return true
}

// list appends the items that fit, at most n, and says how many it left out. reserve
// is what has to stay free for that.
func (s *sheet) list(total, n int, item func(i int) string, more func(left int) string) {
	const reserve = 200
	i := 0
	for i < min(total, n) {
		block := item(i)
		if s.Len()+len(block)+reserve > s.limit {
			break
		}
		s.WriteString(block)
		i++
	}
	if i < total {
		s.add(more(total - i))
	}
}
