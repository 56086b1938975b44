package check

import (
	"bytes"
	"fmt"
	"io/fs"
	"slices"
)

// leftoverRules are about what was never meant to be committed.
func leftoverRules() []Rule {
	return []Rule{
		{
			ID:       "conflict-marker",
			Severity: Error,
			Title:    "conflict marker left in a file",
			Why:      "a file with both sides of a conflict runs nowhere",
			Hint:     "resolve the conflict and stage the file again",
			file:     conflictMarkers,
		},
		{
			ID:       "debug-output",
			Severity: Error,
			Title:    "output for debugging left in the code",
			Why:      "users see it, it breaks downloads and web services, and it fills the log of the live site",
			Hint:     "take the line out; debugging() is for what developers should see for good",
			file:     debugOutput,
		},
		{
			ID:       "leftover-file",
			Severity: Error,
			Title:    "a file of an editor, of the system or of a merge",
			Why:      "it is no part of the code, and a web server hands it out, the source of a copied script included",
			Hint:     "take it out with `git rm --cached`, and list it in .git/info/exclude",
			file:     leftoverFile,
		},
		{
			ID:       "large-file",
			Severity: Error,
			Title:    "a file over the size limit",
			Why:      "Git keeps it for good, and every clone and every deployment gets it",
			Hint:     "keep dumps, archives and films outside of the repository; check.max_file_kb sets the limit",
			file:     largeFile,
		},
		{
			ID:       "line-ends",
			Severity: Error,
			Title:    "lines that end with CRLF",
			Why:      "Moodle's lines end with LF, and a file that changes its line ends differs from upstream in every line",
			Hint:     "save the file with LF, as Unix does, and stage it again; core.autocrlf=input keeps Git from storing CRLF",
			file:     lineEnds,
		},
		{
			ID:       "byte-order-mark",
			Severity: Error,
			Title:    "a byte order mark at the beginning of a file",
			Why:      "PHP sends it before the page, and headers, sessions, downloads and redirects break",
			Hint:     "save the file as UTF-8 without BOM and stage it again",
			file:     byteOrderMark,
		},
		{
			ID:       "config-file",
			Severity: Error,
			Title:    "the configuration of a site",
			Why:      "config.php holds the password of the database, and is another one on every server",
			Hint:     "take it out with `git rm --cached`: the file stays where it is and belongs to no commit",
			file:     configFile,
		},
		{
			ID:       "secret",
			Severity: Error,
			Title:    "a key or a password",
			Why:      "whoever can read the repository has it, and it stays in the history when the file is long gone",
			Hint:     "take it out and make a new one: what has been pushed must be taken for known",
			file:     secrets,
		},
		{
			ID:       "symlink-outside",
			Severity: Error,
			Title:    "a symbolic link that leads out of the tree",
			Why:      "on other machines it leads nowhere, or to a file of the server that nobody meant to show",
			Hint:     "let the link point to a file of the repository, or put the file itself there",
			file:     symlinkOutside,
		},
		{
			ID:       "mode-change",
			Severity: Warning,
			Title:    "a file that became executable and is no script, or the other way round",
			Why:      "copies from Windows and out of archives bring modes that nobody meant and that differ from upstream for good",
			Hint:     "`git update-index --chmod=-x FILE` (or +x) sets it back; core.fileMode=false ignores the modes on the disk",
			file:     modeChange,
		},
	}
}

// has reports whether a tree has a file at a path. One that is not known has nothing.
func has(tree fs.FS, path string) bool {
	if tree == nil {
		return false
	}
	info, err := fs.Stat(tree, path)
	return err == nil && !info.IsDir()
}

// arrives reports whether the file was not at its place before.
func arrives(f *File) bool { return f.IsNew() || f.From != "" }

// addsAny reports whether the file holds one of some words at all: most files have none, and need not be compared
// line by line.
func (f *File) addsAny(words ...string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return bytes.Contains(f.After.Data, []byte(word)) })
}

// addedWith returns the added lines that hold one of some words, which are in small letters; the text's may be any.
func (f *File) addedWith(words []string) []Line {
	var lines []Line
	for _, line := range f.Added() {
		lower := bytes.ToLower(line.Text)
		if slices.ContainsFunc(words, func(word string) bool { return bytes.Contains(lower, []byte(word)) }) {
			lines = append(lines, line)
		}
	}
	return lines
}

// isMoved reports whether a line that counts as added stood in the file before, somewhere else or indented in another
// way, and stands there no more often now.
func (f *File) isMoved(line []byte) bool {
	text := bytes.TrimSpace(line)
	for _, b := range f.Before {
		if n := countLines(b.Data, text); n > 0 && n >= countLines(f.After.Data, text) {
			return true
		}
	}
	return false
}

// countLines counts the lines that are a text but for blanks around.
func countLines(data, text []byte) int {
	n := 0
	for {
		i := bytes.Index(data, text)
		if i < 0 {
			return n
		}
		begin, end := bytes.LastIndexByte(data[:i], '\n')+1, i+len(text)
		if e := bytes.IndexByte(data[end:], '\n'); e >= 0 {
			if len(bytes.TrimSpace(data[begin:i])) == 0 && len(bytes.TrimSpace(data[end:end+e])) == 0 {
				n++
			}
			data = data[end+e+1:]
			continue
		}
		if len(bytes.TrimSpace(data[begin:i])) == 0 && len(bytes.TrimSpace(data[end:])) == 0 {
			n++
		}
		return n
	}
}

// conflictMarkers finds the lines that git puts around a conflict. A line of seven = alone underlines a heading in
// many a README, so it is one only between others; and one that ends a conflict without a beginning has a name behind
// it, as git writes it: somebody resolved half of it.
func conflictMarkers(j *Judge, f *File) {
	if !f.addsAny("<<<<<<<", ">>>>>>>", "|||||||") {
		return
	}
	opened, between := false, 0
	blame := func(number int, sign byte) {
		j.At(f.Path, number, fmt.Sprintf("conflict marker %s", bytes.Repeat([]byte{sign}, markerLength)))
	}
	for _, line := range f.Added() {
		sign := markerSign(line.Text)
		switch {
		case sign == '<', sign == '|', sign == '=' && opened:
			blame(line.Number, sign)
			opened = true
		case sign == '=':
			between = line.Number
		case sign == '>' && (opened || len(bytes.TrimSpace(line.Text)) > markerLength):
			if !opened && between > 0 {
				blame(between, '=')
			}
			blame(line.Number, sign)
			opened, between = false, 0
		}
	}
}

// markerLength is how often a conflict marker has its sign.
const markerLength = 7

// markerSign is the sign of a conflict marker, 0 for any other line: seven times the sign, then a blank or the end.
func markerSign(line []byte) byte {
	if len(line) < markerLength || bytes.IndexByte([]byte("<|=>"), line[0]) < 0 || bytes.Count(line[:markerLength], line[:1]) != markerLength {
		return 0
	}
	if len(line) == markerLength || line[markerLength] == ' ' || line[markerLength] == '\n' || line[markerLength] == '\r' {
		return line[0]
	}
	return 0
}
