package job

import (
	"slices"
	"strconv"
	"strings"

	"mgit/internal/corehack"
)

// splitLine takes a line number off a path: "lib/weblib.php:120". Without one the
// line is 0. A file can have such a name; see [inquiry.resolve].
func splitLine(word string) (path string, line int) {
	i := strings.LastIndexByte(word, ':')
	if i <= 0 {
		return word, 0
	}
	n, err := strconv.Atoi(word[i+1:])
	if err != nil || n < 1 || strings.Trim(word[i+1:], "0123456789") != "" {
		return word, 0
	}
	return word[:i], n
}

// resolve says which path, and which line of it, a word means that somebody typed or
// copied from a report: PATH or PATH:LINE, the path as it is or as reports show it. What
// exists goes first, so that a file named "a.php:12" can be asked about. Of a word that
// fits nothing the line is taken off.
func (q *inquiry) resolve(word string) (path string, line int) {
	return resolveWord(word, q.knows)
}

// knows reports whether there is something at a path to speak about.
func (q *inquiry) knows(path string) bool {
	if _, inTree := q.tree.File(path); inTree {
		return true
	}
	if _, inPin := q.pristine[path]; inPin || q.claims.touches(path) {
		return true
	}
	return slices.ContainsFunc(q.result.Findings, func(f corehack.Finding) bool { return f.Path == path })
}

func resolveWord(word string, knows func(path string) bool) (path string, line int) {
	word = strings.TrimSuffix(strings.TrimPrefix(word, "./"), "/")
	start, number := splitLine(word)
	for _, try := range []struct {
		text string
		line int
	}{{word, 0}, {start, number}} {
		if knows(try.text) {
			return try.text, try.line
		}
		if raw, ok := readShown(try.text); ok && knows(raw) {
			return raw, try.line
		}
	}
	return start, number
}

// readShown is the path that ShowPath writes as text; ok is false for a text that it
// does not write, and for one that it writes as it is.
func readShown(text string) (path string, ok bool) {
	if !strings.Contains(text, `\`) {
		return "", false
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			b.WriteByte(text[i])
			continue
		}
		c, size := readEscape(text[i+1:])
		if size == 0 {
			return "", false
		}
		b.WriteByte(c)
		i += size
	}
	return b.String(), ShowPath(b.String()) == text
}

// readEscape reads what stands after a backslash; size is 0 where nothing can stand so.
func readEscape(text string) (c byte, size int) {
	if len(text) >= 3 {
		if n, err := strconv.ParseUint(text[:3], 8, 8); err == nil {
			return byte(n), 3
		}
	}
	if text == "" {
		return 0, 0
	}
	if i := strings.IndexByte(`abtnvfr"\`, text[0]); i >= 0 {
		return "\a\b\t\n\v\f\r\"\\"[i], 1
	}
	return 0, 0
}
