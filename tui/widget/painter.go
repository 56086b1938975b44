package widget

import (
	"strings"
	"unicode/utf8"

	"mgit/tui/cells"
	"mgit/tui/theme"
)

// tabStop is the distance between tab stops in code.
const tabStop = 4

// painter draws one line piece by piece into a window of columns.
type painter struct {
	look        theme.Theme
	skip, width int // the window: width columns from skip on
	at          int // the column that comes next
	b           strings.Builder
	drawn       int // columns in b

	base, over theme.Role // of what is pending
	pending    strings.Builder
}

func newPainter(look theme.Theme, skip, width int) *painter {
	return &painter{look: look, skip: skip, width: max(0, width)}
}

// isFull reports whether nothing more can be seen.
func (p *painter) isFull() bool { return p.at >= p.skip+p.width }

// put draws text of unknown origin with a look, and one over it.
func (p *painter) put(base, over theme.Role, text string) {
	for text != "" && !p.isFull() {
		part := text
		if i := strings.IndexByte(text, '\t'); i == 0 {
			p.clean(base, over, strings.Repeat(" ", tabStop-p.at%tabStop))
			text = text[1:]
			continue
		} else if i > 0 {
			part = text[:i]
		}
		p.clean(base, over, cells.Clean(part))
		text = text[len(part):]
	}
}

// clean draws text that is clean already.
func (p *painter) clean(base, over theme.Role, text string) {
	if text == "" || p.isFull() {
		return
	}
	from := p.at
	n := cells.Width(text)
	p.at += n
	if p.at <= p.skip {
		return
	}
	text, n = cells.Part(text, max(0, p.skip-from), p.width-p.drawn)
	if !p.look.IsSame(base, over, p.base, p.over) {
		p.flush()
		p.base, p.over = base, over
	}
	p.pending.WriteString(text)
	p.drawn += n
}

func (p *painter) flush() {
	if p.pending.Len() > 0 {
		p.b.WriteString(p.look.Over(p.base, p.over, p.pending.String()))
		p.pending.Reset()
	}
}

// line returns the line, exactly as wide as asked.
func (p *painter) line() string {
	p.flush()
	p.b.WriteString(strings.Repeat(" ", p.width-p.drawn))
	return p.b.String()
}

// seen cuts a line to what can be seen of it, so that a file whose lines are a megabyte long costs no more than
// others. It never cuts inside a character.
func seen(line string, skip, width int) string {
	most := 4*(skip+width) + tooLong
	if len(line) <= most {
		return line
	}
	for most > 0 && !utf8.RuneStart(line[most]) {
		most--
	}
	return line[:most]
}

// codeLine is a line of code with what is to be seen in it.
type codeLine struct {
	text     string
	base     theme.Role // of the line
	word     theme.Role // of the pieces that differ
	match    theme.Role // of the pieces that were searched for
	looks    []stretch  // by the language
	differs  []piece
	searched []piece
}

// draw draws the line. A look of the language goes over that of the line, and is not there where words differ.
func (c codeLine) draw(p *painter) {
	text, end := strings.CutSuffix(seen(c.text, p.skip, p.width), "\r")
	at, looks, differs, searched := 0, c.looks, c.differs, c.searched
	for at < len(text) && !p.isFull() {
		to := len(text)
		over, base := theme.Text, c.base
		for len(looks) > 0 && looks[0].to <= at {
			looks = looks[1:]
		}
		if len(looks) > 0 && looks[0].from <= at {
			over, to = looks[0].role, min(to, looks[0].to)
		} else if len(looks) > 0 {
			to = min(to, looks[0].from)
		}
		if within(&differs, at, &to) {
			base, over = c.word, theme.Text
		}
		if within(&searched, at, &to) {
			base, over = c.match, theme.Text
		}
		p.put(base, over, text[at:to])
		at = to
	}
	if end {
		p.clean(theme.Faint, theme.Text, "␍")
	}
}

// within reports whether a place lies in one of the pieces, which begin at it or later, and brings to back to
// where that changes.
func within(pieces *[]piece, at int, to *int) bool {
	for len(*pieces) > 0 && (*pieces)[0].to <= at {
		*pieces = (*pieces)[1:]
	}
	if len(*pieces) == 0 {
		return false
	}
	first := (*pieces)[0]
	if first.from > at {
		*to = min(*to, first.from)
		return false
	}
	*to = min(*to, first.to)
	return true
}

// occurrences returns where a text stands in a line, whatever its capital letters.
func occurrences(line, text string) []piece {
	if text == "" {
		return nil
	}
	small := strings.ToLower(line)
	if len(small) != len(line) {
		small = line // a letter whose small form has another length: then case counts
	}
	var found []piece
	for at := 0; ; {
		i := strings.Index(small[at:], text)
		if i < 0 {
			return found
		}
		found = append(found, piece{at + i, at + i + len(text)})
		at += i + len(text)
	}
}
