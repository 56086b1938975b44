package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Document is a report that is read from top to bottom: sections of sentences and
// tables. The texts are as they come from a tree or a repository: each format
// escapes them by its own rules.
type Document struct {
	Title    string // what kind of report
	Verdict  string // the one sentence to remember, without a full stop
	Subject  string // what it is about
	Sections []Section
}

// Section is a part of a document with a heading. One that says nothing is left out.
type Section struct {
	ID     string // letters and dashes; unique in the document
	Title  string
	Lead   []string // sentences, a paragraph each
	Blocks []Block
}

// Block is a table or a list with an optional heading.
type Block struct {
	Title   string
	Columns []Column
	Rows    [][]string // parallel to Columns
	Items   []string   // of a list, where there are no columns
	Mono    bool       // the items are commands or names
	Note    string     // below, in small print
}

// Column is a column of a table.
type Column struct {
	Title string
	Right bool // numbers
	Name  bool // names, paths and ids
}

// IsEmpty reports whether the section says nothing.
func (s Section) IsEmpty() bool {
	for _, b := range s.Blocks {
		if !b.IsEmpty() {
			return false
		}
	}
	return len(s.Lead) == 0
}

// IsEmpty reports whether the block has neither rows nor items.
func (b Block) IsEmpty() bool { return len(b.Rows) == 0 && len(b.Items) == 0 }

// DocumentFormats lists what WriteDocument knows.
func DocumentFormats() []string { return []string{HTML, Markdown} }

// WriteDocument writes d in one of the DocumentFormats. The error is ErrFormat where
// the format is not one of them, before anything is written; all other errors are w's.
func WriteDocument(w io.Writer, format string, d Document, opt Options) error {
	write := map[string]func(io.Writer, Document, Options) error{
		HTML:     writeDocumentHTML,
		Markdown: writeDocumentMarkdown,
	}[format]
	if write == nil {
		return fmt.Errorf("%w %q", ErrFormat, format)
	}
	out := bufio.NewWriterSize(w, 64<<10)
	if err := write(out, d, opt); err != nil {
		return fmt.Errorf("write %s: %w", format, err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write %s: %w", format, err)
	}
	return nil
}

// What keeps a document readable in a tracker.
const documentRows = 500 // of a table or list

func writeDocumentMarkdown(w io.Writer, d Document, opt Options) error {
	limit := max(opt.Limit, markdownLeast)
	if opt.Limit == 0 {
		limit = markdownBytes
	}
	text := section(limit, func(s *sheet) {
		s.add("# " + prose(d.Title) + "\n\n**" + prose(d.Verdict) + ".** " + prose(d.Subject) + "\n")
		for i, part := range d.Sections {
			if part.IsEmpty() {
				continue
			}
			if !s.add("\n## " + prose(part.Title) + "\n") {
				s.add("\n… " + count(len(d.Sections)-i, "more section", "more sections") + "\n")
				return
			}
			for _, lead := range part.Lead {
				s.add("\n" + prose(lead) + "\n")
			}
			for _, b := range part.Blocks {
				blockMarkdown(s, b)
			}
		}
	})
	_, err := io.WriteString(w, text)
	return err
}

func blockMarkdown(s *sheet, b Block) {
	if b.IsEmpty() {
		return
	}
	if b.Title != "" {
		s.add("\n### " + prose(b.Title) + "\n")
	}
	s.add("\n")
	if len(b.Columns) == 0 {
		write := prose
		if b.Mono {
			write = code
		}
		s.list(len(b.Items), documentRows, func(i int) string { return "- " + write(b.Items[i]) + "\n" }, moreItems)
	} else {
		var head, rule strings.Builder
		for _, c := range b.Columns {
			head.WriteString("| " + prose(c.Title) + " ")
			rule.WriteString("|")
			if c.Right {
				rule.WriteString("--:")
			} else {
				rule.WriteString("---")
			}
		}
		s.add(head.String() + "|\n" + rule.String() + "|\n")
		s.list(len(b.Rows), documentRows, func(i int) string { return rowMarkdown(b.Columns, b.Rows[i]) }, moreRows(len(b.Columns)))
	}
	if b.Note != "" {
		s.add("\n" + prose(b.Note) + "\n")
	}
}

// moreRows says how many rows were left out in a row of its own: a line behind a
// table would become one anyway.
func moreRows(columns int) func(left int) string {
	return func(left int) string {
		return "| … " + count(left, "more row", "more rows") + " " + strings.Repeat("|", columns) + "\n"
	}
}

func rowMarkdown(columns []Column, row []string) string {
	var line strings.Builder
	for i, text := range row {
		line.WriteString("| ")
		switch {
		case text == "":
		case columns[i].Name:
			line.WriteString(cell(text))
		default:
			line.WriteString(barless(prose(text)))
		}
		line.WriteByte(' ')
	}
	return line.String() + "|\n"
}

// barless escapes what would end a cell in prose: bars stand in code spans there.
func barless(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
