package widget

// lexed are the states that the lines of one hunk begin in, for the old file and for the new one, as far as
// they were needed.
type lexed struct {
	old, new []state // one more than lines that were read
}

// looks returns the looks of a row by its language. Lines that were removed go on from the old file's lines
// before them, the others from those of the new one.
func (d *Diff) looks(i int) []stretch {
	row := d.rows[i]
	language := d.files[row.file].language
	if language == nil || row.hunk < 0 {
		return nil
	}
	first := d.hunks[row.hunk] + 1
	h := d.lexed[int(row.hunk)]
	if h == nil {
		start := language.begin(d.beginning(first))
		h = &lexed{old: []state{start}, new: []state{start}}
		if d.lexed == nil {
			d.lexed = map[int]*lexed{}
		}
		d.lexed[int(row.hunk)] = h
	}
	var scratch []stretch
	for n := len(h.new) - 1; first+n < i; n++ {
		old, new := h.old[n], h.new[n]
		switch r := d.rows[first+n]; r.kind {
		case removedRow:
			scratch, old = language.lex(r.text, old, scratch[:0])
		case addedRow:
			scratch, new = language.lex(r.text, new, scratch[:0])
		case contextRow:
			scratch, new = language.lex(r.text, new, scratch[:0])
			old = new
		}
		h.old, h.new = append(h.old, old), append(h.new, new)
	}
	s := h.new[i-first]
	if row.kind == removedRow {
		s = h.old[i-first]
	}
	looks, _ := language.lex(row.text, s, nil)
	return looks
}

// beginning returns the first lines of a hunk, from which one can tell what it begins in.
func (d *Diff) beginning(first int) []string {
	const enough = 100
	var lines []string
	for i := first; i < len(d.rows) && i < first+enough && d.rows[i].kind != hunkRow && d.rows[i].kind != fileRow; i++ {
		if d.rows[i].kind != noteRow {
			lines = append(lines, d.rows[i].text)
		}
	}
	return lines
}

// block is removed lines and the added ones that follow.
type block struct {
	old, new []int // their rows
	of       []int // the place in new of each of old's counterparts, -1 for none
	back     []int // the same from new to old
	words    map[int][]piece
}

// differs returns the parts of a removed or added line that its counterpart does not have.
func (d *Diff) differs(i int) []piece {
	first := int(d.rows[i].block)
	b := d.blocks[first]
	if b == nil {
		b = d.blockAt(first)
		if d.blocks == nil {
			d.blocks = map[int]*block{}
		}
		d.blocks[first] = b
	}
	if pieces, known := b.words[i]; known || len(b.old) == 0 || len(b.new) == 0 {
		return pieces
	}
	old, new := b.counterparts(i, d.rows[i].kind == addedRow)
	if old < 0 || new < 0 || bagOf(d.rows[old].text).similarity(bagOf(d.rows[new].text)) < alike {
		b.words[i] = nil
		return nil
	}
	b.words[old], b.words[new] = wordDifferences(d.rows[old].text, d.rows[new].text)
	return b.words[i]
}

// counterparts returns the rows of the pair that a row is one of; -1 for one that is not there. The rows of
// each side stand one after the other.
func (b *block) counterparts(row int, isAdded bool) (old, new int) {
	if isAdded {
		if at := b.back[row-b.new[0]]; at >= 0 {
			return b.old[at], row
		}
		return -1, row
	}
	if at := b.of[row-b.old[0]]; at >= 0 {
		return row, b.new[at]
	}
	return row, -1
}

// blockAt pairs the lines of a block.
func (d *Diff) blockAt(first int) *block {
	b := &block{words: map[int][]piece{}}
	for i := first; i < len(d.rows) && int(d.rows[i].block) == first; i++ {
		switch d.rows[i].kind {
		case removedRow:
			b.old = append(b.old, i)
		case addedRow:
			b.new = append(b.new, i)
		}
	}
	if len(b.old) == 0 || len(b.new) == 0 {
		return b
	}
	b.of = pairs(d.textsOf(b.old), d.textsOf(b.new))
	b.back = make([]int, len(b.new))
	for j := range b.back {
		b.back[j] = -1
	}
	for i, j := range b.of {
		if j >= 0 {
			b.back[j] = i
		}
	}
	return b
}

func (d *Diff) textsOf(rows []int) []string {
	texts := make([]string, len(rows))
	for i, row := range rows {
		texts[i] = d.rows[row].text
	}
	return texts
}
