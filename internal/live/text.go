package live

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxQuoted is how many bytes of something hostile are quoted in a reason.
const maxQuoted = 300

// quoted is s as it may stand in a sentence for people: bytes that are not
// UTF-8 and characters that a terminal would not show as themselves become
// \xNN, a backslash is doubled, and what is too long is cut off.
func quoted(s string) string {
	var b strings.Builder
	for i, size := 0, 0; i < len(s); i += size {
		if i >= maxQuoted {
			b.WriteString("…")
			break
		}
		var r rune
		r, size = utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\\':
			b.WriteString(`\\`)
		case r == utf8.RuneError && size == 1, !unicode.IsPrint(r):
			for _, c := range []byte(s[i : i+size]) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// split cuts a path into the folder ("" for the root) and the name.
func split(file string) (dir, name string) {
	dir, name = path.Split(file)
	return strings.TrimSuffix(dir, "/"), name
}

// join puts a name below a folder, "" being the root.
func join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}
