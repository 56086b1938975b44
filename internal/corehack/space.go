package corehack

import (
	"bytes"
	"regexp"
	"strings"
)

// The four ways in which a file may differ and still say the same, by the words
// that evidence has for them.
const (
	lineEnds      = "line endings"
	byteOrderMark = "byte order mark"
	trailingSpace = "trailing space"
	identKeyword  = "$Id$"
)

// sniffed is how much of a file Git looks at for a NUL byte, which makes it binary.
const sniffed = 8000

var (
	utf8Mark = []byte("\xef\xbb\xbf")
	crlf, lf = []byte("\r\n"), []byte("\n")
	ident    = regexp.MustCompile(`\$Id:[^$\r\n]*\$`)
)

// onlySpace returns in what two contents differ when that is nothing but white
// space and the like, in words separated by commas; else "". Binary files, where
// such bytes mean something, never differ so.
func onlySpace(a, b []byte) string {
	if isBinary(a) || isBinary(b) {
		return ""
	}
	if bytes.Equal(withLineFeeds(a), withLineFeeds(b)) { // nearly always, and cheap
		return lineEnds
	}
	var all spaces
	if !bytes.Equal(all.normal(a), all.normal(b)) {
		return ""
	}
	// A way is one in which they differ if they are not equal without forgiving it.
	var ways []string
	for _, way := range []struct {
		name   string
		except spaces
	}{
		{lineEnds, spaces{keepEnds: true}},
		{byteOrderMark, spaces{keepMark: true}},
		{trailingSpace, spaces{keepTrailing: true}},
		{identKeyword, spaces{keepIdent: true}},
	} {
		if !bytes.Equal(way.except.normal(a), way.except.normal(b)) {
			ways = append(ways, way.name)
		}
	}
	if len(ways) == 0 { // each of several would do alone
		return trailingSpace
	}
	return strings.Join(ways, ", ")
}

func isBinary(data []byte) bool {
	return bytes.IndexByte(data[:min(len(data), sniffed)], 0) >= 0
}

// spaces says which differences are not forgiven.
type spaces struct{ keepEnds, keepMark, keepTrailing, keepIdent bool }

// normal returns a content without the differences that are forgiven.
func (s spaces) normal(data []byte) []byte {
	if !s.keepMark {
		data = bytes.TrimPrefix(data, utf8Mark)
	}
	if !s.keepIdent && bytes.Contains(data, []byte("$Id:")) {
		data = ident.ReplaceAll(data, []byte("$$Id$$"))
	}
	if !s.keepEnds {
		data = withLineFeeds(data)
	}
	if !s.keepTrailing {
		data = withoutTrailing(data, s.keepEnds)
	}
	return data
}

// withLineFeeds ends every line with a line feed alone. The data is not changed.
func withLineFeeds(data []byte) []byte {
	if bytes.IndexByte(data, '\r') < 0 {
		return data
	}
	return bytes.ReplaceAll(bytes.ReplaceAll(data, crlf, lf), []byte("\r"), lf)
}

// withoutTrailing takes blanks off the ends of lines, before the carriage return
// where those are kept, and empty lines and the last line end off the end.
func withoutTrailing(data []byte, keepEnds bool) []byte {
	out := make([]byte, 0, len(data))
	for line := range bytes.Lines(data) {
		end := ""
		line, found := bytes.CutSuffix(line, []byte("\n"))
		if found {
			end = "\n"
		}
		if cut, found := bytes.CutSuffix(line, []byte("\r")); found && keepEnds {
			line, end = cut, "\r"+end
		}
		out = append(append(out, bytes.TrimRight(line, " \t")...), end...)
	}
	return bytes.TrimRight(out, "\r\n")
}
