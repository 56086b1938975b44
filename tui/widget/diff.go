package widget

import (
	"mgit/tui/keymap"
)

// Diff shows a unified difference of texts: added and removed lines with their signs, within a changed line
// the words that differ, the code coloured where its language is known. What is costly is worked out for the
// lines that are seen, when they are.
type Diff struct {
	// Reread is called when somebody wants another number of lines around each difference, or differences of
	// white space passed over, and the texts themselves are not known: the view asks Git for the difference
	// anew and calls SetUnified, which stays where it was. nil: the keys do nothing.
	Reread func(context int, passBlanks bool)
	// Empty is what stands there when there is no difference.
	Empty string

	rows    []diffRow
	hunks   []int // the rows that begin hunks
	files   []diffFile
	unified string
	blocks  map[int]*block // by their first rows, those that were seen
	lexed   map[int]*lexed // by hunk, likewise
	search  search
	pager   pager
	hunk    int // the current one
	texts   *texts
	path    string
	context int // 1 + the number of lines; 0: as it came
	blanks  bool
	keep    bool // what comes is the same difference read anew
}

// search is what somebody looks for.
type search struct {
	text  string // in small letters
	found int    // the row of the match; -1 for none
}

// SetUnified shows what `git diff` prints, of one file or several. path tells the language where the text
// names no file. What somebody asked for by Reread stays at its place; anything else is shown from its first
// line on.
func (d *Diff) SetUnified(path, unified string) {
	d.texts = nil
	d.show(path, unified)
}

func (d *Diff) show(path, unified string) {
	if path == d.path && unified == d.unified {
		d.keep = false
		return
	}
	file, line := d.here()
	d.path, d.unified = path, unified
	d.parse(path, unified)
	d.blocks, d.lexed, d.hunk = nil, nil, 0
	d.search.found = -1
	d.pager.count = len(d.rows)
	if d.keep {
		d.keep = false
		d.pager.to(d.find(file, line))
		d.settle()
		return
	}
	d.pager.top, d.pager.skip = 0, 0
}

// Context returns how many lines are shown around each difference.
func (d *Diff) Context() int {
	if d.context == 0 {
		return usualContext
	}
	return d.context - 1
}

// usualContext is what Git shows around each difference, and mostContext the most that a key asks for.
const (
	usualContext = 3
	mostContext  = 1000
)

// PassesBlanks reports whether differences of white space are passed over.
func (d *Diff) PassesBlanks() bool { return d.blanks }

// Act does what an action means to a difference; false: nothing.
func (d *Diff) Act(a keymap.Action) bool {
	switch a {
	case keymap.NextHunk:
		d.toHunk(d.hunk + 1)
	case keymap.PrevHunk:
		d.toHunk(d.hunk - 1)
	case keymap.NextMatch:
		return d.next(false)
	case keymap.PrevMatch:
		return d.next(true)
	case keymap.MoreLines:
		return d.again(min(mostContext, d.Context()+max(1, d.Context()/3)), d.blanks)
	case keymap.LessLines:
		return d.again(max(0, d.Context()-max(1, d.Context()/4)), d.blanks)
	case keymap.Blanks:
		return d.again(d.Context(), !d.blanks)
	default:
		if !d.pager.act(a) {
			return false
		}
		d.settle()
	}
	return true
}

// again shows the difference with other lines around it.
func (d *Diff) again(context int, blanks bool) bool {
	if d.texts == nil && d.Reread == nil {
		return false
	}
	d.context, d.blanks, d.keep = context+1, blanks, true
	if d.texts == nil {
		d.Reread(context, blanks)
		return true
	}
	d.show(d.path, d.texts.unified(context, blanks))
	return true
}

// toHunk moves to a difference, and to the first or last one beyond them.
func (d *Diff) toHunk(hunk int) {
	if len(d.hunks) == 0 {
		return
	}
	d.hunk = max(0, min(hunk, len(d.hunks)-1))
	row := d.hunks[d.hunk]
	if row > 0 && d.rows[row-1].kind == fileRow {
		row--
	}
	d.pager.to(row)
}

// settle makes the difference at the top the current one.
func (d *Diff) settle() {
	d.hunk = 0
	for i, row := range d.hunks {
		if row <= d.pager.top {
			d.hunk = i
		}
	}
}

// Wheel scrolls by so many lines, down where it is more than 0.
func (d *Diff) Wheel(rows int) {
	d.pager.to(d.pager.top + rows)
	d.settle()
}

// Search looks for a text, whatever its capital letters, from the first line that is seen on, and returns how
// many lines have it. "" ends the search.
func (d *Diff) Search(text string) (found int) { return d.look(text) }

// Here returns the file and the line of its new version that the current difference begins with, for an
// editor; "" where nothing is shown.
func (d *Diff) Here() (path string, line int) {
	if len(d.hunks) == 0 {
		return "", 0
	}
	row := d.hunks[d.hunk]
	for row+1 < len(d.rows) && d.rows[row+1].kind == contextRow {
		row++
	}
	if row+1 < len(d.rows) {
		row++
	}
	return d.files[d.rows[row].file].path, max(1, int(d.rows[row].new))
}

// Footer says where one is: "difference 2 of 7 · lines 21–40 of 120 · 5 lines around".
func (d *Diff) Footer() string { return d.footer() }
