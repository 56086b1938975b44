package widget

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// piece is a part of a line, in bytes.
type piece struct{ from, to int }

// mostWords is how many words of two lines are compared one by one. In longer lines all from the first
// difference to the last is marked, which is right and coarse.
const mostWords = 400

// wordsOf cuts a line into words, blanks, and single other characters. The parts of a_long_name are words.
func wordsOf(line string) []string {
	line = line[:min(len(line), tooLong)]
	words := make([]string, 0, len(line)/4+1)
	for line != "" {
		n := wordLength(line)
		if i := strings.IndexByte(line[:n], '_'); i >= 0 {
			n = i + 1
		}
		if n == 0 {
			n = len(line) - len(strings.TrimLeft(line, " \t"))
		}
		n = max(n, 1)
		words = append(words, line[:n])
		line = line[n:]
	}
	return words
}

// wordDifferences returns the parts of two lines that differ, word by word.
func wordDifferences(old, new string) (gone, come []piece) {
	a, b := wordsOf(old), wordsOf(new)
	first := 0
	for first < min(len(a), len(b)) && a[first] == b[first] {
		first++
	}
	last := 0
	for last < min(len(a), len(b))-first && a[len(a)-1-last] == b[len(b)-1-last] {
		last++
	}
	from := length(a[:first])
	a, b = a[first:len(a)-last], b[first:len(b)-last]
	if len(a)+len(b) > mostWords || len(a) == 0 || len(b) == 0 {
		return whole(from, length(a)), whole(from, length(b))
	}
	x, y := from, from
	for _, d := range compare(a, b, numbering(), 0) {
		switch d.kind {
		case diffmatchpatch.DiffDelete:
			n := length(a[:d.count])
			gone, x, a = append(gone, piece{x, x + n}), x+n, a[d.count:]
		case diffmatchpatch.DiffInsert:
			n := length(b[:d.count])
			come, y, b = append(come, piece{y, y + n}), y+n, b[d.count:]
		default:
			n := length(a[:d.count])
			x, y, a, b = x+n, y+n, a[d.count:], b[d.count:]
		}
	}
	return joined(old, gone), joined(new, come)
}

func whole(from, n int) []piece {
	if n == 0 {
		return nil
	}
	return []piece{{from, from + n}}
}

// joined makes one of pieces that have nothing but blanks between them.
func joined(line string, pieces []piece) []piece {
	var all []piece
	for _, p := range pieces {
		if n := len(all); n > 0 && strings.TrimLeft(line[all[n-1].to:p.from], " \t") == "" {
			all[n-1].to = p.to
			continue
		}
		all = append(all, p)
	}
	return all
}

func length(words []string) int {
	n := 0
	for _, word := range words {
		n += len(word)
	}
	return n
}

// run is so many words or lines that are the same, gone or come.
type run struct {
	kind  diffmatchpatch.Operation
	count int
}

// compare compares two lists of texts of which equal ones have the same number. With patience, it ends after
// that time with what is right and coarser.
func compare(a, b []string, number func(string) rune, patience time.Duration) []run {
	engine := diffmatchpatch.New()
	engine.DiffTimeout = patience
	var runs []run
	for _, d := range engine.DiffMainRunes(numbered(a, number), numbered(b, number), false) {
		runs = append(runs, run{d.Type, utf8.RuneCountInString(d.Text)})
	}
	return runs
}

func numbered(texts []string, number func(string) rune) []rune {
	numbers := make([]rune, len(texts))
	for i, text := range texts {
		numbers[i] = number(text)
	}
	return numbers
}

// numbering gives each different text a character of its own.
func numbering() func(string) rune {
	numbers := map[string]rune{}
	return func(text string) rune {
		n, found := numbers[text]
		if !found {
			n = character(len(numbers))
			numbers[text] = n
		}
		return n
	}
}

// character is the n-th character that text can be made of: surrogates cannot be.
func character(n int) rune {
	if n >= 0xd7ff {
		n += 0x800
	}
	return rune(n + 1)
}
