package widget

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// filter is what somebody typed behind "/", taken apart.
type filter struct {
	text  string
	words []word
}

// word is one condition of a filter.
type word struct {
	field string // "" for anywhere
	text  string // in small letters
	not   bool
}

// parseFilter takes a filter apart: words apart by blanks, "two words" in quotes as one, "-" before what must
// not be there, "field:" before what must be in that field. Where there are no fields, a colon is a colon. A
// quote that is still open while somebody types ends with the text.
func parseFilter(text string, fields []string) (filter, error) {
	f := filter{text: strings.TrimSpace(text)}
	for rest := f.text; rest != ""; rest = strings.TrimLeft(rest, " \t") {
		var w word
		rest, w.not = strings.CutPrefix(rest, "-")
		if name, after, ok := cutField(rest); ok && len(fields) > 0 {
			w.field, rest = strings.ToLower(name), after
			if !slices.Contains(fields, w.field) {
				return filter{}, fmt.Errorf("there is no field %q to filter by; there are %s", name, strings.Join(fields, ", "))
			}
		}
		w.text, rest = cutWord(rest)
		w.text = strings.ToLower(w.text)
		if w.text != "" {
			f.words = append(f.words, w)
		}
	}
	return f, nil
}

// cutField returns what stands before a colon, where that can be the name of a field.
func cutField(text string) (name, rest string, found bool) {
	i := strings.IndexAny(text, ": \t\"")
	if i <= 0 || text[i] != ':' {
		return "", text, false
	}
	return text[:i], text[i+1:], true
}

func cutWord(text string) (word, rest string) {
	if after, quoted := strings.CutPrefix(text, `"`); quoted {
		word, rest, _ = strings.Cut(after, `"`)
		return word, rest
	}
	if i := strings.IndexAny(text, " \t"); i >= 0 {
		return text[:i], text[i:]
	}
	return text, ""
}

// SetFilter shows only rows that fit all words of text: a word fits where it stands in a cell, "field:word"
// where it is in that field, "-word" where it does not fit, "two words" in quotes where they stand so. Capital
// and small letters are the same. An unknown field is an error that lists the known, and the filter that was
// in force stays.
func (t *Table[T]) SetFilter(text string) error {
	f, err := parseFilter(text, t.FieldNames())
	if err != nil {
		return err
	}
	t.filter = f
	t.arrange()
	return nil
}

// Filter returns the filter in force.
func (t *Table[T]) Filter() string { return t.filter.text }

// FieldNames returns the names that a filter may use, sorted.
func (t *Table[T]) FieldNames() []string { return slices.Sorted(maps.Keys(t.Fields)) }

// fits reports whether a row fits the filter.
func (t *Table[T]) fits(row int) bool {
	for _, w := range t.filter.words {
		if t.holds(row, w) == w.not {
			return false
		}
	}
	return true
}

func (t *Table[T]) holds(row int, w word) bool {
	if w.field == "" {
		return strings.Contains(t.searched(row), w.text)
	}
	for _, value := range t.Fields[w.field](t.rows[row]) {
		if strings.Contains(strings.ToLower(value), w.text) {
			return true
		}
	}
	return false
}

// searched returns the texts of a row's cells in small letters, made once for all rows. A line feed, which
// nobody can type into a filter, keeps a word from fitting across two cells.
func (t *Table[T]) searched(row int) string {
	if t.texts == nil {
		t.texts = make([]string, len(t.rows))
		var b strings.Builder
		for i, row := range t.rows {
			b.Reset()
			for _, c := range t.Columns {
				b.WriteString(c.Cell(row).Text)
				b.WriteByte('\n')
			}
			t.texts[i] = strings.ToLower(b.String())
		}
	}
	return t.texts[row]
}
