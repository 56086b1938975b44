package tracker

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// Render writes a text in a markup, in at most so many characters (0: as many as it
// needs). What does not fit is left out from the end, and a last line says how much that
// is; a block of code is closed before it. Lines that go on and on are cut one by one.
//
// Where a markup has no way to show something as it is, a word joiner, which has no
// width, stands in it: in code, behind what would end it, and in names behind an @.
func (t Text) Render(m Markup, most int) string {
	if m == "" {
		m = Textile
	}
	if text := t.render(m, 0); most <= 0 || utf8.RuneCountInString(text) <= most {
		return text
	}
	text := t.render(m, most)
	if utf8.RuneCountInString(text) > most {
		return strings.Repeat(".", min(most, 3)) // no room even for saying so
	}
	return text
}

const (
	longestLine = 2000 // of a paragraph or an item, in characters of the source
	longestCode = 500  // of code
)

// renderer writes blocks until it has no room.
type renderer struct {
	flavour
	out   strings.Builder
	used  int // characters in out
	room  int // for characters, 0: any number
	close int // characters that the end of the present block needs
	full  bool
	// lines and chars are what was left out.
	lines, chars int
}

// flavour is what the markups differ in. What it returns has no line ends unless said.
type flavour interface {
	// inline writes a text within a line so that it is shown as it is.
	inline(text string) string
	heading(inline string) string
	item(inline string) string
	address(url string) string
	// lineEnd ends a line of a paragraph that goes on.
	lineEnd() string
	// fence returns what stands before and after lines of code, and the lines as they
	// stand between, with line ends.
	fence(lines []string) (before, after string, within []string)
}

func flavourOf(m Markup) flavour {
	switch m {
	case Markdown, CommonMark:
		return markdown{isRedcarpet: m == Markdown}
	case WikiMarkup:
		return wiki{}
	}
	return textile{}
}

func (t Text) render(m Markup, most int) string {
	r := &renderer{flavour: flavourOf(m)}
	if most > 0 {
		r.room = max(1, most-noticeRoom)
	}
	for _, b := range t.Cleaned() {
		if len(b.Lines) > 0 {
			r.block(b.Kind, b.Lines)
		}
	}
	if r.full {
		r.out.WriteString(r.notice())
	}
	return r.out.String()
}

// noticeRoom is more than a notice takes.
const noticeRoom = 80

func (r *renderer) notice() string {
	text := fmt.Sprintf("(%d more characters", r.chars)
	if r.lines > 1 {
		text += fmt.Sprintf(" in %d lines", r.lines)
	}
	text = r.inline(text + " are left out here)")
	if r.used > 0 {
		text = "\n\n" + text
	}
	return text
}

// put writes a piece if there is room for it and for what closes the block.
func (r *renderer) put(piece string) bool {
	n := utf8.RuneCountInString(piece)
	if r.room > 0 && r.used+n+r.close > r.room {
		return false
	}
	r.out.WriteString(piece)
	r.used += n
	return true
}

// leave counts lines that were left out, and lets nothing follow.
func (r *renderer) leave(lines ...string) {
	r.full = true
	r.lines += len(lines)
	for _, l := range lines {
		r.chars += utf8.RuneCountInString(l)
	}
}

func (r *renderer) block(kind BlockKind, lines []string) {
	if r.full {
		r.leave(lines...)
		return
	}
	gap := ""
	if r.used > 0 {
		gap = "\n\n"
	}
	switch kind {
	case Code:
		r.code(gap, lines)
	case List, Addresses:
		r.each(gap, lines, "\n", func(line string) string {
			if kind == Addresses && isAddress(line) {
				return r.item(r.address(line))
			}
			return r.item(r.inline(line))
		})
	case Heading:
		r.each(gap, lines, "\n\n", func(line string) string { return r.heading(r.inline(line)) })
	default:
		r.each(gap, lines, r.lineEnd(), r.inline)
	}
}

// each writes lines with gaps between them. The first that does not fit is cut.
func (r *renderer) each(gap string, lines []string, between string, write func(string) string) {
	for i, line := range lines {
		if r.put(gap + write(line)) {
			gap = between
			continue
		}
		rest := line
		if kept := r.longest(line, func(part string) string { return gap + write(part+" …") }); kept > 0 {
			r.put(gap + write(line[:kept]+" …"))
			rest = line[kept:]
		}
		r.leave(append([]string{rest}, lines[i+1:]...)...)
		return
	}
}

// longest is how many bytes of a line fit when written. It ends between words where
// there are any in its second half.
func (r *renderer) longest(line string, write func(string) string) int {
	room := r.room - r.used - r.close
	low, high := 0, min(len(line), 4*max(0, room)) // written it is no shorter
	for low < high {
		mid := (low + high + 1) / 2
		for mid > low && !utf8.RuneStart(line[min(mid, len(line)-1)]) {
			mid--
		}
		if mid == low {
			break
		}
		if utf8.RuneCountInString(write(line[:mid])) <= room {
			low = mid
		} else {
			high = mid - 1
		}
	}
	if space := strings.LastIndexByte(line[:low], ' '); space > low/2 {
		low = space
	}
	return low
}

func (r *renderer) code(gap string, lines []string) {
	before, after, within := r.fence(lines)
	r.close = utf8.RuneCountInString(after)
	defer func() { r.close = 0 }()
	if !r.put(gap + before + within[0]) {
		r.leave(lines...)
		return
	}
	for i := 1; i < len(within); i++ {
		if !r.put(within[i]) {
			r.leave(lines[i:]...)
			break
		}
	}
	r.close = 0
	r.put(after)
}

// plainAddress fits addresses that no markup finds anything in but an address.
var plainAddress = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^https://[a-zA-Z0-9]+(?:[.-][a-zA-Z0-9]+)*(?::[0-9]{1,5})?(?:/[a-zA-Z0-9]+(?:[._-][a-zA-Z0-9]+)*)*/?$`)
})

func isAddress(text string) bool { return len(text) <= 500 && plainAddress().MatchString(text) }
