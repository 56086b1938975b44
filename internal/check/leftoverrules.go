package check

import (
	"bytes"
	"fmt"
)

// leftoverRules are about what was never meant to be committed.
func leftoverRules() []Rule {
	return []Rule{
		{
			ID:       "conflict-marker",
			Severity: Error,
			Title:    "conflict marker left in a file",
			Why:      "a file with both sides of a conflict runs nowhere",
			Hint:     "resolve the conflict and stage the file again",
			file:     conflictMarkers,
		},
	}
}

// conflictMarkers finds the lines that git puts around a conflict. A line of seven = alone underlines a heading in
// many a README, so it counts only behind one that opens.
func conflictMarkers(j *Judge, f *File) {
	opened := false
	for _, line := range f.Added() {
		switch {
		case isMarker(line.Text, '<'), isMarker(line.Text, '|'):
			opened = true
		case isMarker(line.Text, '>') && opened:
		case isMarker(line.Text, '=') && opened:
		default:
			continue
		}
		j.At(f.Path, line.Number, fmt.Sprintf("conflict marker %s", bytes.TrimSpace(line.Text[:7])))
	}
}

// isMarker reports whether a line is a conflict marker of one kind: seven times the sign, then a blank or the end.
func isMarker(line []byte, sign byte) bool {
	const long = 7
	if len(line) < long || bytes.Count(line[:long], []byte{sign}) != long {
		return false
	}
	return len(line) == long || line[long] == ' ' || line[long] == '\n' || line[long] == '\r'
}
