package check

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"
)

// lineEnds finds lines that end with CRLF where the rest of the file does not, and new files of such lines. It says
// so once for a file.
func lineEnds(j *Judge, f *File) {
	if !f.IsRegular() || !bytes.Contains(f.After.Data, []byte("\r\n")) || f.IsBinary() || wantsCRLF(f.Path) {
		return
	}
	for _, b := range f.Before {
		if crlf, lf := countEnds(b.Data); crlf > lf {
			return // it is a file of that kind
		}
	}
	first, n := 0, 0
	for _, line := range f.Added() {
		if bytes.HasSuffix(line.Text, []byte("\r\n")) {
			if n++; first == 0 {
				first = line.Number
			}
		}
	}
	crlf, lf := countEnds(f.After.Data)
	switch {
	case n == 0 || j.isThirdParty(f.Path) || j.hasSameEnds(f.Path):
	case f.IsNew() && lf == 0:
		j.At(f.Path, 0, "a new file whose lines end with CRLF")
	case f.IsNew():
		j.At(f.Path, first, fmt.Sprintf("%d of %d lines of a new file end with CRLF", crlf, crlf+lf))
	case lf == 0 && n > 1:
		j.At(f.Path, 0, fmt.Sprintf("all %d lines end with CRLF now", crlf))
	case n == 1:
		j.At(f.Path, first, "a line that ends with CRLF in a file of LF")
	default:
		j.At(f.Path, first, fmt.Sprintf("the first of %d lines that end with CRLF in a file of LF", n))
	}
}

// countEnds counts the lines that end with CRLF and those that end with LF alone.
func countEnds(data []byte) (crlf, lf int) {
	crlf = bytes.Count(data, []byte("\r\n"))
	return crlf, bytes.Count(data, []byte("\n")) - crlf
}

// hasSameEnds reports whether upstream's own file at the place has lines with CRLF.
func (j *Judge) hasSameEnds(path string) bool {
	data, ok := read(j.Pristine, path)
	return ok && bytes.Contains(data, []byte("\r\n"))
}

// wantsCRLF reports whether files of this kind end their lines with CRLF by what they are for: programs of Windows,
// mails and calendars, and what tests read as data.
func wantsCRLF(name string) bool {
	return isFixture(name) || slices.Contains([]string{".bat", ".cmd", ".reg", ".ps1", ".ics", ".vcf", ".eml", ".csv", ".rtf", ".svg", ".pem", ".crt", ".pdf"}, strings.ToLower(path.Ext(name)))
}

// isFixture reports whether a file is data of a test, which may be as odd as the test wants it.
func isFixture(path string) bool {
	if strings.HasSuffix(path, ".php") {
		return false
	}
	dir := "/" + path
	return strings.Contains(dir, "/fixtures/") || strings.Contains(dir, "/simpletest/") || strings.Contains(dir, "/tests/") && !strings.HasSuffix(path, ".feature")
}

// byteOrderMark finds files that begin with one and did not before. Data of tests may, and so may tables, for which
// spreadsheets want it.
func byteOrderMark(j *Judge, f *File) {
	if !f.IsRegular() || !hasMark(f.After) || slices.ContainsFunc(f.Before, hasMark) {
		return
	}
	if isFixture(f.Path) || strings.EqualFold(path.Ext(f.Path), ".csv") || f.IsBinary() || j.isThirdParty(f.Path) {
		return
	}
	if data, ok := read(j.Pristine, f.Path); ok && hasMark(Blob{Data: data}) {
		return
	}
	finding := Finding{Path: f.Path, Line: 1, Text: "begins with a byte order mark"}
	if !strings.HasSuffix(f.Path, ".php") {
		finding.Severity = Warning // nothing is sent before anything
	}
	j.Report(finding)
}

func hasMark(b Blob) bool { return bytes.HasPrefix(b.Data, []byte("\xef\xbb\xbf")) }
