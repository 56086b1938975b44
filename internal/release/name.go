package release

import (
	"errors"
	"fmt"
	"strings"

	"mgit/internal/git"
	"mgit/internal/moodle"
)

// CheckTag says why a name cannot be the tag of a release: Git has rules for
// names (git-check-ref-format(1)), and a tag that is named like Moodle's own
// would be taken for upstream's.
func CheckTag(name string) error {
	if err := checkRef(name); err != nil {
		return err
	}
	if _, err := moodle.ParseTag(name); err == nil {
		return fmt.Errorf("%q is the name of a release of Moodle", name)
	}
	return nil
}

// checkRef keeps Git's rules for names of references.
func checkRef(name string) error {
	if err := git.CheckName(name); err != nil {
		return err
	}
	reason := ""
	switch {
	case strings.ContainsAny(name, " ~^:?*[\\"):
		reason = `holds one of the characters ~ ^ : ? * [ \ or a space`
	case name == "HEAD":
		reason = "is Git's own for what is checked out"
	case strings.Contains(name, "..") || strings.Contains(name, "@{") || name == "@":
		reason = "holds .. or @{"
	case strings.HasSuffix(name, ".") || strings.HasSuffix(name, "/") || strings.HasPrefix(name, "/") || strings.Contains(name, "//"):
		reason = "has an empty part, or ends in a dot"
	}
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock") {
			reason = "has a part that begins with a dot or ends in .lock"
		}
	}
	if reason == "" {
		return nil
	}
	return fmt.Errorf("the name %q %s", name, reason)
}

// isPlain reports whether text can stand in a line of the manifest as it is:
// printable ASCII without a space, a quote or a backslash.
func isPlain(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return r <= ' ' || r > '~' || r == '"' || r == '\\'
	})
}

// The letters by which C names some control characters.
const named, letters = "\a\b\t\n\v\f\r", "abtnvfr"

// quote writes text in Git's C style, in quotes, where it is not plain.
// Letters beyond ASCII become octal digits, as core.quotePath has them.
func quote(text string) string {
	if isPlain(text) {
		return text
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(text) {
		switch c := text[i]; {
		case strings.IndexByte(named, c) >= 0:
			b.WriteByte('\\')
			b.WriteByte(letters[strings.IndexByte(named, c)])
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

var errQuote = errors.New("a name is not quoted as it should be")

// cutWord takes the first word off a line, which quote wrote. The rest begins
// with the space behind it, or is empty.
func cutWord(line string) (word, rest string, err error) {
	if !strings.HasPrefix(line, `"`) {
		end := strings.IndexByte(line, ' ')
		if end < 0 {
			end = len(line)
		}
		if !isPlain(line[:end]) {
			return "", "", errQuote
		}
		return line[:end], line[end:], nil
	}
	var b []byte
	for i := 1; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			if rest = line[i+1:]; rest != "" && rest[0] != ' ' || isPlain(string(b)) {
				return "", "", errQuote
			}
			return string(b), rest, nil
		case c != '\\':
			b = append(b, c)
		default:
			c, n := unescape(line[i+1:])
			if n == 0 {
				return "", "", errQuote
			}
			b = append(b, c)
			i += n
		}
	}
	return "", "", errQuote
}

// unescape reads what stands behind a backslash and how long it is; 0: nothing
// that quote writes.
func unescape(text string) (c byte, n int) {
	if text == "" {
		return 0, 0
	}
	if at := strings.IndexByte(letters, text[0]); at >= 0 {
		return named[at], 1
	}
	if text[0] == '"' || text[0] == '\\' {
		return text[0], 1
	}
	if len(text) < 3 {
		return 0, 0
	}
	value := 0
	for i := range 3 {
		if text[i] < '0' || text[i] > '7' {
			return 0, 0
		}
		value = value<<3 | int(text[i]-'0')
	}
	if value > 0xff {
		return 0, 0
	}
	return byte(value), 3
}
