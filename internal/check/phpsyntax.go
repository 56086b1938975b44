package check

import (
	"bytes"
	"cmp"
	"strings"
)

// NoteNoPHP is what the rule about the syntax of PHP notes where there is nobody to ask.
const NoteNoPHP = "the syntax of PHP was not checked, since there is no php"

// phpSyntax asks PHP whether it can parse the files that the change touches, as the change leaves them. A fault in a
// line that the change does not add is the change's when PHP could parse the file before; otherwise it was there, and
// it may be that this PHP is too new for the code.
func phpSyntax(j *Judge, files []*File) {
	var asked []*File
	var sources [][]byte
	for _, f := range files {
		if f.IsRegular() && strings.HasSuffix(f.Path, ".php") && f.After.Unread == "" && !j.isUpstreams(f) {
			asked, sources = append(asked, f), append(sources, f.After.Data)
		}
	}
	if len(asked) == 0 {
		return
	}
	if j.Options.PHP == "" {
		j.Note(NoteNoPHP)
		return
	}
	faults, err := j.lint(sources)
	wereBroken, errBefore := j.couldNotBeParsed(asked, faults)
	for i, f := range asked {
		if fault := faults[i]; fault != nil && !wereBroken[f] {
			j.At(f.Path, fault.line, fault.text)
		}
	}
	if err = cmp.Or(err, errBefore); err != nil {
		panic(err) // what was not judged cannot pass for good
	}
}

// isUpstreams reports whether the change leaves a file as upstream has it: a release of Moodle is thousands of them.
func (j *Judge) isUpstreams(f *File) bool {
	data, ok := read(j.Pristine, f.Path)
	return ok && bytes.Equal(data, f.After.Data)
}

// couldNotBeParsed are those files of which the fault may have been there before, and PHP says that one was.
func (j *Judge) couldNotBeParsed(files []*File, faults []*syntaxFault) (map[*File]bool, error) {
	var whose []*File
	var before [][]byte
	for i, f := range files {
		if faults[i] == nil || f.adds(faults[i].line) {
			continue
		}
		for _, b := range f.Before {
			if !b.IsZero() {
				whose, before = append(whose, f), append(before, b.Data)
			}
		}
	}
	found, err := j.lint(before)
	broken := make(map[*File]bool)
	for i, fault := range found {
		if fault != nil {
			broken[whose[i]] = true
		}
	}
	return broken, err
}

// adds reports whether a line of this number is one of the added ones.
func (f *File) adds(number int) bool {
	for _, line := range f.Added() {
		if line.Number == number {
			return true
		}
	}
	return false
}
