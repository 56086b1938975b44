package check

import (
	"bytes"

	"mgit/internal/hunk"
)

// linesAdded returns the lines that are added in comparison with every parent.
func linesAdded(before []Blob, after []byte) []Line {
	switch {
	case len(before) == 0, len(before) == 1 && len(before[0].Data) == 0:
		return allLines(after)
	case len(before) == 1:
		return linesChanged(before[0].Data, after)
	}
	var lines []Line
	count := make(map[int]int)
	for i, b := range before {
		for _, h := range hunk.Diff(b.Data, after) {
			for k, text := range h.New {
				number := h.NewStart + k
				count[number]++
				if i == len(before)-1 && count[number] == len(before) {
					lines = append(lines, Line{Number: number, Text: []byte(text)})
				}
			}
		}
	}
	return lines
}

func allLines(text []byte) []Line {
	lines := make([]Line, 0, bytes.Count(text, []byte("\n"))+1)
	for line := range bytes.Lines(text) {
		lines = append(lines, Line{Number: len(lines) + 1, Text: line})
	}
	return lines
}

// linesChanged returns the lines of one file that another lacks. A change is small and a file is long, so lines are
// made only of what lies between the first and the last difference.
func linesChanged(old, now []byte) []Line {
	same := sameLines(old, now)
	before := bytes.Count(now[:same], []byte("\n"))
	old, now = old[same:], now[same:]
	same = sameLinesBehind(old, now)
	var lines []Line
	for _, h := range hunk.Diff(old[:len(old)-same], now[:len(now)-same]) {
		for k, text := range h.New {
			lines = append(lines, Line{Number: before + h.NewStart + k, Text: []byte(text)})
		}
	}
	return lines
}

// block is how much is compared at once.
const block = 512

// sameLines is how many bytes two texts have in common at the beginning, in whole lines.
func sameLines(a, b []byte) int {
	n, most := 0, min(len(a), len(b))
	for n+block <= most && bytes.Equal(a[n:n+block], b[n:n+block]) {
		n += block
	}
	for n < most && a[n] == b[n] {
		n++
	}
	if n == len(a) && n == len(b) {
		return n
	}
	return bytes.LastIndexByte(a[:n], '\n') + 1
}

// sameLinesBehind is how many bytes two texts have in common at the end, in whole lines.
func sameLinesBehind(a, b []byte) int {
	n, most := 0, min(len(a), len(b))
	for n+block <= most && bytes.Equal(a[len(a)-n-block:len(a)-n], b[len(b)-n-block:len(b)-n]) {
		n += block
	}
	for n < most && a[len(a)-n-1] == b[len(b)-n-1] {
		n++
	}
	if n == len(a) && beginsLine(b, n) || n == len(b) && beginsLine(a, n) {
		return n
	}
	first := bytes.IndexByte(a[len(a)-n:], '\n')
	if first < 0 {
		return 0
	}
	return n - first - 1
}

// beginsLine reports whether the last n bytes of a text begin with a line.
func beginsLine(text []byte, n int) bool { return n == len(text) || text[len(text)-n-1] == '\n' }
