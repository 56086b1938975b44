package widget

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// texts are two texts whose difference is shown.
type texts struct {
	old, new []string // lines with their line feeds
}

// patience is how long two texts may be compared before the rest of them is shown as changed altogether.
const patience = 100 * time.Millisecond

// SetTexts shows how two texts differ. Somebody may then have more or fewer lines around each difference, and
// have differences of white space passed over. A view whose texts may be large has Git compare them beside the
// screen, and calls SetUnified.
func (d *Diff) SetTexts(path string, old, new []byte) {
	d.texts = &texts{linesOf(old), linesOf(new)}
	d.show(path, d.texts.unified(d.Context(), d.blanks))
}

func linesOf(text []byte) []string {
	var lines []string
	for line := range strings.Lines(string(text)) {
		lines = append(lines, line)
	}
	return lines
}

// unified writes the difference as Git does, without the names.
func (t *texts) unified(context int, passBlanks bool) string {
	number := numbering()
	as := number
	if passBlanks {
		as = func(line string) rune { return number(withoutBlanks(line)) }
	}
	if isBinary(t.old) || isBinary(t.new) {
		if strings.Join(t.old, "") == strings.Join(t.new, "") {
			return ""
		}
		return "Binary files differ\n"
	}
	w := unifier{texts: t, context: context}
	for _, r := range compare(t.old, t.new, as, patience) {
		w.take(r)
	}
	w.end()
	return w.b.String()
}

// isBinary reports whether lines are those of a file that Git would take for a binary one.
func isBinary(lines []string) bool {
	seen := 0
	for _, line := range lines {
		if strings.IndexByte(line, 0) >= 0 {
			return true
		}
		if seen += len(line); seen > 8000 {
			break
		}
	}
	return false
}

func withoutBlanks(line string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, line)
}

// unifier writes hunks.
type unifier struct {
	*texts
	context int
	i, j    int // the next lines
	body    strings.Builder
	from    [2]int // where the hunk begins
	count   [2]int
	open    bool
	b       strings.Builder
}

func (u *unifier) take(r run) {
	switch r.kind {
	case diffmatchpatch.DiffDelete:
		u.begin()
		for range r.count {
			u.line('-', u.old[u.i])
			u.i, u.count[0] = u.i+1, u.count[0]+1
		}
	case diffmatchpatch.DiffInsert:
		u.begin()
		for range r.count {
			u.line('+', u.new[u.j])
			u.j, u.count[1] = u.j+1, u.count[1]+1
		}
	default:
		u.same(r.count)
	}
}

// same takes lines that are in both: those close to a difference are shown.
func (u *unifier) same(n int) {
	isLast := u.j+n == len(u.new)
	switch {
	case !u.open:
	case n <= 2*u.context && !isLast:
		u.both(n)
		return
	default:
		shown := min(n, u.context)
		u.both(shown)
		u.end()
		n -= shown
	}
	u.i, u.j = u.i+n, u.j+n
}

func (u *unifier) both(n int) {
	for range n {
		u.line(' ', u.new[u.j])
		u.i, u.j, u.count[0], u.count[1] = u.i+1, u.j+1, u.count[0]+1, u.count[1]+1
	}
}

// begin begins a hunk, with the lines before it.
func (u *unifier) begin() {
	if u.open {
		return
	}
	before := min(u.context, u.i, u.j)
	u.i, u.j = u.i-before, u.j-before
	u.open, u.from, u.count = true, [2]int{u.i, u.j}, [2]int{}
	u.both(before)
}

func (u *unifier) line(sign byte, line string) {
	u.body.WriteByte(sign)
	u.body.WriteString(line)
	if !strings.HasSuffix(line, "\n") {
		u.body.WriteString("\n\\ No newline at end of file\n")
	}
}

// end ends the hunk that is open.
func (u *unifier) end() {
	if !u.open {
		return
	}
	var at [2]string
	for side, from := range u.from {
		if u.count[side] > 0 {
			from++ // Git counts from 1, and names the line before where there are none
		}
		at[side] = fmt.Sprintf("%d,%d", from, u.count[side])
	}
	fmt.Fprintf(&u.b, "@@ -%s +%s @@\n", at[0], at[1])
	u.b.WriteString(u.body.String())
	u.body.Reset()
	u.open = false
}
