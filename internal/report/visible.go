package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"mgit/internal/job"
)

// piece is a part of a text from the tree: as it was, or spelled out because it
// could not be seen.
type piece struct {
	Text    string
	Spelled bool
}

// visible returns s with everything spelled out that a reader would not see, or that
// would make him see something else: control characters, line ends among them,
// bidirectional and other format marks, bytes that are not UTF-8. The result is one
// line of UTF-8 that every format can hold.
func visible(s string) string {
	if isVisible(s) {
		return s
	}
	var b strings.Builder
	for _, p := range reveal(s, false) {
		b.WriteString(p.Text)
	}
	return b.String()
}

func isVisible(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, isHidden)
}

// reveal is visible in pieces, so that what is spelled out can be told from what
// only looks like it. With tabs, a tab stays.
func reveal(s string, tabs bool) []piece {
	var pieces []piece
	start := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		broken := r == utf8.RuneError && size == 1
		if !broken && (!isHidden(r) || tabs && r == '\t') {
			i += size
			continue
		}
		if start < i {
			pieces = append(pieces, piece{Text: s[start:i]})
		}
		spelled := spell(r)
		if broken {
			spelled = fmt.Sprintf(`\x%02x`, s[i])
		}
		if last := len(pieces) - 1; last >= 0 && pieces[last].Spelled {
			pieces[last].Text += spelled
		} else {
			pieces = append(pieces, piece{Text: spelled, Spelled: true})
		}
		i += size
		start = i
	}
	if start < len(s) {
		pieces = append(pieces, piece{Text: s[start:]})
	}
	return pieces
}

// isHidden reports whether r is not to be printed as it is. Format characters (Cf)
// include those that change the direction of what follows; U+2028 and U+2029 end a
// line in some readers; noncharacters are not allowed in XML.
func isHidden(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 ||
		r&0xfffe == 0xfffe || r >= 0xfdd0 && r <= 0xfdef || unicode.Is(unicode.Cf, r)
}

func spell(r rune) string {
	switch {
	case r == '\t':
		return `\t`
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r < 0x100:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// clip cuts a text to at most n characters, and says so.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	count := 0
	for i := range s {
		if count == n {
			return s[:i] + "…"
		}
		count++
	}
	return s
}

// bytesOf is the path itself.
func bytesOf(p job.Place) string {
	if p.Raw != "" {
		return p.Raw
	}
	return p.Path
}

// shown is a path as people see it in every format.
func shown(p job.Place) string {
	return visible(job.ShowPath(bytesOf(p)))
}

// findable is a path as programs look for it: itself, unless something in it must not be seen as it is. Unlike shown it has
// no backslash before quotes and backslashes.
func findable(p job.Place) string {
	if path := bytesOf(p); isVisible(path) {
		return path
	}
	return shown(p)
}
