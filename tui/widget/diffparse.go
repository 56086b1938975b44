package widget

import (
	"strconv"
	"strings"
)

// rowKind is what a line of a difference is.
type rowKind byte

const (
	contextRow rowKind = iota
	removedRow
	addedRow
	hunkRow
	fileRow
	noteRow // what Git says about a file: its mode, that it is binary; that a last line has no line feed
)

// diffRow is a line of a difference.
type diffRow struct {
	kind     rowKind
	file     int32
	hunk     int32  // which one, from 0; -1 for none
	block    int32  // the first row of the removed lines and the added ones that follow, of which this is one
	old, new int32  // the numbers of the line
	text     string // without sign and line feed
}

// diffFile is a file of a difference.
type diffFile struct {
	path     string
	language *language
}

// parse takes a unified difference apart. The counts of a hunk say where it ends: a removed line may begin
// like the name of a file. What is no difference at all is shown as it is.
func (d *Diff) parse(path, unified string) {
	p := diffParser{rows: make([]diffRow, 0, strings.Count(unified, "\n")+1), hunk: -1}
	p.files = append(p.files, diffFile{path, languageOf(path)})
	for unified != "" {
		line, rest, _ := strings.Cut(unified, "\n")
		p.take(line, rest)
		unified = rest
	}
	d.rows, d.hunks, d.files = p.rows, p.hunks, p.files
}

type diffParser struct {
	rows             []diffRow
	hunks            []int
	files            []diffFile
	hunk             int32
	old, new         int32 // the numbers of the next lines
	oldLeft, newLeft int   // lines that the hunk still has
}

func (p *diffParser) take(line, rest string) {
	switch {
	case (p.oldLeft > 0 || p.newLeft > 0) && p.code(line):
	case strings.HasPrefix(line, "@@ "):
		p.begin(line)
	case strings.HasPrefix(line, `\ `):
		p.add(noteRow, line)
	case strings.HasPrefix(line, "diff --git "):
		p.file(gitPath(line))
	case strings.HasPrefix(line, "--- ") && strings.HasPrefix(rest, "+++ "):
		name, _, _ := strings.Cut(rest[4:], "\n")
		p.name(line[4:], name)
	case p.hunk < 0 && strings.HasPrefix(line, "rename to "):
		p.rename(bare(strings.TrimPrefix(line, "rename to ")))
		p.add(noteRow, line)
	case strings.HasPrefix(line, "+++ ") || strings.HasPrefix(line, "index "):
	default:
		p.add(noteRow, line)
	}
}

// code takes a line of a hunk; false: it is none, and the hunk ends early.
func (p *diffParser) code(line string) bool {
	if line == "" { // some programs leave out the blank of an empty line
		line = " "
	}
	switch line[0] {
	case ' ':
		p.add(contextRow, line[1:])
		p.old, p.new, p.oldLeft, p.newLeft = p.old+1, p.new+1, p.oldLeft-1, p.newLeft-1
	case '-':
		p.add(removedRow, line[1:])
		p.old, p.oldLeft = p.old+1, p.oldLeft-1
	case '+':
		p.add(addedRow, line[1:])
		p.new, p.newLeft = p.new+1, p.newLeft-1
	case '\\':
		p.add(noteRow, line)
	default:
		p.oldLeft, p.newLeft = 0, 0
		return false
	}
	return true
}

func (p *diffParser) add(kind rowKind, text string) {
	row := diffRow{
		kind: kind, file: int32(len(p.files) - 1), hunk: p.hunk, block: int32(len(p.rows)), old: p.old, new: p.new, text: text,
	}
	if n := len(p.rows); n > 0 && p.rows[n-1].goesOn(kind) {
		row.block = p.rows[n-1].block
	}
	p.rows = append(p.rows, row)
}

// goesOn reports whether a row of a kind that follows belongs to the same block. That the last line has no
// line feed stands between the removed lines and the added ones.
func (r diffRow) goesOn(kind rowKind) bool {
	switch kind {
	case removedRow:
		return r.kind == removedRow
	case addedRow:
		return r.kind == removedRow || r.kind == addedRow || r.kind == noteRow
	case noteRow:
		return r.kind == removedRow
	}
	return false
}

// begin takes the line that begins a hunk: "@@ -1,5 +1,6 @@ function f()".
func (p *diffParser) begin(line string) {
	ranges, _, _ := strings.Cut(line[3:], " @@")
	old, new, _ := strings.Cut(ranges, " ")
	p.old, p.oldLeft = span(strings.TrimPrefix(old, "-"))
	p.new, p.newLeft = span(strings.TrimPrefix(new, "+"))
	p.hunk = int32(len(p.hunks))
	p.hunks = append(p.hunks, len(p.rows))
	p.add(hunkRow, line)
}

func span(text string) (first int32, count int) {
	start, length, found := strings.Cut(text, ",")
	n, _ := strconv.Atoi(start)
	count = 1
	if found {
		count, _ = strconv.Atoi(length)
	}
	if count == 0 {
		n++ // Git names the line before
	}
	return int32(n), max(0, count)
}

func (p *diffParser) file(path string) {
	p.hunk, p.old, p.new, p.oldLeft, p.newLeft = -1, 0, 0, 0, 0
	f := diffFile{path, languageOf(path)}
	if len(p.rows) == 0 {
		p.files = p.files[:0]
	}
	p.files = append(p.files, f)
	p.add(fileRow, path)
}

// name takes the two lines with the names.
func (p *diffParser) name(old, new string) {
	path := bare(new)
	if path == "/dev/null" {
		path = bare(old)
	}
	p.rename(path)
}

// rename gives the file of these lines its name, and its row where no line of Git's own came before.
func (p *diffParser) rename(path string) {
	for i := len(p.rows) - 1; i >= 0 && p.hunk < 0; i-- {
		if p.rows[i].kind == fileRow {
			p.rows[i].text = path
			p.files[len(p.files)-1] = diffFile{path, languageOf(path)}
			return
		}
	}
	p.file(path)
}

// bare is a name without quotes, the time behind it, and Git's "a/" or "b/".
func bare(name string) string {
	name, _, _ = strings.Cut(strings.TrimSuffix(name, "\r"), "\t")
	if unquoted, err := strconv.Unquote(name); err == nil && strings.HasPrefix(name, `"`) {
		name = unquoted
	}
	if len(name) > 2 && name[1] == '/' && (name[0] == 'a' || name[0] == 'b') {
		name = name[2:]
	}
	return name
}

// gitPath returns the new name in "diff --git a/old b/new". A name with blanks in it is the same twice, unless
// the lines below say more.
func gitPath(line string) string {
	names := strings.TrimPrefix(line, "diff --git ")
	if half := len(names) / 2; len(names)%2 == 1 && bare(names[:half]) == bare(names[half+1:]) {
		return bare(names[half+1:])
	}
	if i := strings.LastIndex(names, " "); i >= 0 {
		return bare(names[i+1:])
	}
	return bare(names)
}

// here returns the file and the line of the new version at the top.
func (d *Diff) here() (file, line int) {
	if d.pager.top >= len(d.rows) {
		return 0, 0
	}
	row := d.rows[d.pager.top]
	return int(row.file), int(row.new)
}

// find returns the row of a line of a file, or the one before it that there is.
func (d *Diff) find(file, line int) int {
	found := 0
	for i, row := range d.rows {
		if int(row.file) > file || int(row.file) == file && int(row.new) > line {
			break
		}
		found = i
		if int(row.file) == file && int(row.new) == line {
			break
		}
	}
	return found
}
