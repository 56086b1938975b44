package job

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ShowPath writes a path for people and JSON: as it is when it is UTF-8 without
// control characters, otherwise in Git's C style without the outer quotes. The
// result is safe to print on a terminal.
func ShowPath(path string) string {
	if isPlain(path) {
		return path
	}
	var b strings.Builder
	for i := range len(path) {
		switch c := path[i]; {
		case c == '\t':
			b.WriteString(`\t`)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isPlain(path string) bool {
	if !utf8.ValidString(path) {
		return false
	}
	return !strings.ContainsFunc(path, func(r rune) bool {
		return r < ' ' || r >= 0x7f && r < 0xa0 || r == '"' || r == '\\' || isBidi(r)
	})
}

// isBidi reports whether r changes the direction of the text after it, which
// can make a terminal show another name than the file has.
func isBidi(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f
}

// MarshalJSON of a conflict adds path_b64 where the path is not plain.
func (c ConflictAt) MarshalJSON() ([]byte, error) {
	type plain struct {
		Commit ID     `json:"commit"`
		Path   string `json:"path"`
		Bytes  string `json:"path_b64,omitempty"`
		Kind   string `json:"kind"`
	}
	p := plain{Commit: c.Commit, Path: ShowPath(string(c.Path)), Kind: c.Kind}
	if p.Path != string(c.Path) {
		p.Bytes = base64.StdEncoding.EncodeToString([]byte(c.Path))
	}
	return json.Marshal(p)
}
