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
		const named, letters = "\a\b\t\n\v\f\r", "abtnvfr"
		switch c := path[i]; {
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

// pathJSON is a path as the contract of JSON wants it: as it is when it is UTF-8;
// otherwise as Git quotes it, with its bytes in base64 beside it.
func pathJSON(path string) (text, base string) {
	if utf8.ValidString(path) {
		return path, ""
	}
	return ShowPath(path), base64.StdEncoding.EncodeToString([]byte(path))
}

// Paths are paths of which JSON has the text only; raw bytes.
type Paths []string

// MarshalJSON writes paths that are not UTF-8 as Git quotes them.
func (p Paths) MarshalJSON() ([]byte, error) {
	all := make([]string, len(p))
	for i, path := range p {
		all[i], _ = pathJSON(path)
	}
	return json.Marshal(all)
}

// MarshalJSON of a relocation adds from_b64 and to_b64 where the paths are not UTF-8.
func (r Relocation) MarshalJSON() ([]byte, error) {
	type plain struct {
		From      string `json:"from"`
		FromBytes string `json:"from_b64,omitempty"`
		To        string `json:"to"`
		ToBytes   string `json:"to_b64,omitempty"`
	}
	var p plain
	p.From, p.FromBytes = pathJSON(string(r.From))
	p.To, p.ToBytes = pathJSON(string(r.To))
	return json.Marshal(p)
}

// MarshalJSON of a conflict adds path_b64 where the path is not UTF-8.
func (c ConflictAt) MarshalJSON() ([]byte, error) {
	type plain struct {
		Commit ID     `json:"commit"`
		Path   string `json:"path"`
		Bytes  string `json:"path_b64,omitempty"`
		Kind   string `json:"kind"`

		Proposals Paths `json:"proposals,omitempty"`
	}
	p := plain{Commit: c.Commit, Kind: c.Kind, Proposals: c.Proposals}
	p.Path, p.Bytes = pathJSON(string(c.Path))
	return json.Marshal(p)
}
