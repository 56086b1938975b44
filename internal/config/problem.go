package config

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNewer is returned for a file in a format that only a later version of mgit knows.
var ErrNewer = errors.New("written by a newer version of mgit")

// Problem is something wrong in a file, in git config, in the environment or among the flags.
type Problem struct {
	Source     Source
	Key        string // dotted, as it would be written in TOML
	Text       string
	Suggestion string // the key or value that was probably meant, or ""
	Err        error  // what Text was made from, when something else found it; or nil
}

// Error is one line: where, which key, what, and what was probably meant.
func (p *Problem) Error() string {
	line := p.Source.Place()
	if p.Key != "" {
		line += ": " + p.Key
	}
	line += ": " + p.Text
	if p.Suggestion != "" {
		line += fmt.Sprintf("; did you mean %s?", p.Suggestion)
	}
	return line
}

// Unwrap returns what found the problem.
func (p *Problem) Unwrap() error { return p.Err }

// Problems is the error of Load: everything that is wrong, in the order of the sources.
type Problems []*Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.Is and errors.As look at each problem.
func (ps Problems) Unwrap() []error {
	errs := make([]error, len(ps))
	for i, p := range ps {
		errs[i] = p
	}
	return errs
}

// Ids of warnings.
const (
	WarnCommandInShared = "command-in-shared"  // a command on the mgit branch; ignored
	WarnScreenInShared  = "screen-in-shared"   // a setting of the screen on the mgit branch; ignored
	WarnUnknownKey      = "unknown-key"        // on the mgit branch or in git config; kept and ignored
	WarnUnsafeURL       = "unsafe-url"         // on the mgit branch; not in force
	WarnPending         = "trust-pending"      // something that arrived on the mgit branch is not confirmed
	WarnTrustPin        = "trust-pin-mismatch" // MGIT_TRUST names another commit
	WarnTrustDamaged    = "trust-damaged"      // trust.toml cannot be read; nothing is confirmed
)

// Warning is something that does not hinder work but should be known.
type Warning struct {
	ID   string
	Text string
}

// Layer is where a setting can come from; a later one wins.
type Layer int

// The layers, least important first.
const (
	BuiltIn Layer = iota
	Git           // git config
	User          // the user's file
	Shared        // the mgit branch
	Clone         // .git/mgit/config.toml
	Env           // MGIT_…
	Flag
)

// String returns the layer's name.
func (l Layer) String() string {
	return [...]string{"built-in", "git config", "user's file", "mgit branch", "this clone", "environment", "flag"}[l]
}

// Source says where a setting comes from.
type Source struct {
	Layer Layer
	File  string // a file's name; git's name of an origin; the variable's or the flag's name; "" when built in
	Line  int    // from 1; 0 where there are no lines
}

// Place returns where to look: file:line, a variable, a flag.
func (s Source) Place() string {
	switch {
	case s.File == "":
		return s.Layer.String()
	case s.Line > 0:
		return fmt.Sprintf("%s:%d", s.File, s.Line)
	}
	return s.File
}

// String returns the place and the layer.
func (s Source) String() string {
	if s.File == "" {
		return s.Layer.String()
	}
	return fmt.Sprintf("%s (%s)", s.Place(), s.Layer)
}
