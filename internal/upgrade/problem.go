package upgrade

import (
	"fmt"
	"strings"

	"mgit/internal/config"
)

// Problem is something in a ledger that cannot be taken as it stands.
type Problem struct {
	Line       int    // from 1
	Branch     string // the entry it is in; "" for the ledger itself
	Key        string // within the entry or the ledger, dotted; "" when it is about no key
	Text       string // what is wrong, and what is allowed
	Suggestion string // what was probably meant, or ""
	Err        error  // config.ErrNewer for a newer format; else nil
}

// Error is the problem in one line, without the name of the file.
func (p *Problem) Error() string {
	text := fmt.Sprintf("line %d: ", p.Line)
	if key := p.Path(); key != "" {
		text += key + ": "
	}
	text += p.Text
	if p.Suggestion != "" {
		text += fmt.Sprintf("; did you mean %s?", p.Suggestion)
	}
	return text
}

// Unwrap returns what the problem is a case of.
func (p *Problem) Unwrap() error { return p.Err }

// Path is the dotted key as it would be written in TOML.
func (p *Problem) Path() string {
	switch {
	case p.Branch == "":
		return p.Key
	case p.Key == "":
		return config.FormatPath("branch", p.Branch)
	}
	return config.FormatPath("branch", p.Branch) + "." + p.Key
}

// FileError is the error of reading a ledger: everything that is wrong in it, by line.
type FileError struct {
	File     string // upgrades/4.5.toml
	Problems []*Problem
}

// Error is a line for each problem, with the file's name in front.
func (e *FileError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = e.File + ":" + strings.TrimPrefix(p.Error(), "line ")
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.Is and errors.As look at each problem.
func (e *FileError) Unwrap() []error {
	errs := make([]error, len(e.Problems))
	for i, p := range e.Problems {
		errs[i] = p
	}
	return errs
}
