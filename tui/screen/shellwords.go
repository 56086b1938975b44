package screen

import (
	"fmt"
	"slices"
	"strings"
)

// ShellWords writes words as a shell reads them.
func ShellWords(words []string) string {
	quoted := slices.Clone(words)
	for i, w := range quoted {
		quoted[i] = ShellWord(w)
	}
	return strings.Join(quoted, " ")
}

// ShellWord writes one word as a shell reads it. Control characters in it, but tabs and ends of lines, are left
// to printf, so that none is in what is pasted into a terminal.
func ShellWord(w string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=@%+,^", r)
	}
	if w != "" && !strings.ContainsFunc(w, func(r rune) bool { return !plain(r) }) {
		return w
	}
	var b strings.Builder
	b.WriteByte('\'')
	for i := range len(w) {
		switch c := w[i]; {
		case c == '\'':
			b.WriteString(`'\''`)
		case c < ' ' && c != '\n' && c != '\t' || c == 0x7f:
			fmt.Fprintf(&b, `'"$(printf '\%03o')"'`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('\'')
	return b.String()
}
