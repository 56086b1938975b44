package job

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// linesAround is how many lines are shown before and after a hunk, as many as Git's diffs have.
const linesAround = 3

// readAround fills in where in the file each hunk stands.
func (f *ConflictFile) readAround() {
	for i, a := range f.text.Around(linesAround) {
		h := &f.Hunks[i]
		h.Within = enclosing(f.Raw, a.Above)
		h.Before, h.After = append([]string{}, a.Before...), append([]string{}, a.After...)
	}
}

// enclosing is the nearest of the lines that begins a function or a class, as `git diff` has it behind "@@":
// without its indent, "" where there is none. For PHP it is what Git's diff driver php takes for one, whether
// or not .gitattributes names that driver; otherwise it is what Git takes for one without a driver, a line that
// begins with a letter, "_" or "$".
func enclosing(name string, above []string) string {
	begins := func(line string) bool {
		c := line[0] | 0x20
		return 'a' <= c && c <= 'z' || line[0] == '_' || line[0] == '$'
	}
	if strings.EqualFold(path.Ext(name), ".php") {
		begins = phpBegins().MatchString
	}
	for _, line := range slices.Backward(above) {
		if begins(line) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// phpBegins is what `git diff` has for PHP, in userdiff.c, but of whole words.
var phpBegins = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[\t ]*(((public|protected|private|static|abstract|final)[\t ]+)*function|` +
		`((final|abstract|readonly)[\t ]+)*class|enum|interface|trait)\b`)
})
