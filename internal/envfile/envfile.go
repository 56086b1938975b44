// Package envfile reads and edits the .env files in which container builds pin
// Moodle and its plugins to versions.
//
// A file is bytes: what is not edited stays as it is, with its comments, blank
// lines, quoting, line ends, byte order mark, and whatever cannot be read. An
// edit replaces the bytes of one value, or of the words in a comment that claim
// something about it, and nothing else.
//
// The dialect is the one that Docker Compose and shells have in common: KEY=VALUE
// with an optional "export" before it and blanks around, values without quotes
// that a blank and "#" end, values in single or double quotes, which may run over
// several lines, KEY alone, and comments. Where a variable is set twice the last
// one counts.
//
// Such files hold passwords too. Only pins come out of this package: values of
// variables that pin something, and of those only what can be the name of a
// version. What a pin's name stands for is left to others.
package envfile

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"sync"
)

// State says whether the value of a pin stands in the file.
type State string

// The states of a pin.
const (
	Literal    State = "literal"    // Value is what the file says
	Empty      State = "empty"      // KEY=
	Unset      State = "unset"      // KEY alone: the value comes from the environment
	Expanded   State = "expanded"   // holds a $ or ` that Compose or the shell replaces
	Unreadable State = "unreadable" // cannot be the name of a version, or is quoted in a way not understood
)

// Pin is a line that pins Moodle or a plugin to a version.
type Pin struct {
	Variable string
	// Plugin is what stands between MOODLE_PLUGIN_ and _GIT_HEAD; "" for Moodle itself.
	Plugin string
	Line   int // from 1
	State  State
	// Value is the value without quotes; "" unless State is Literal.
	Value string
	// Overruled: the variable is set again further down, and that counts.
	Overruled bool
	// Claims are what comments say of the pin, the nearest last.
	Claims []Claim

	value span
}

// IsCore reports whether the pin is of Moodle itself.
func (p Pin) IsCore() bool { return p.Plugin == "" }

// Claim is what a comment says a pin is.
type Claim struct {
	Line    int    // from 1
	Branch  string // MOODLE_405_STABLE, main; "" when it names none
	Release string // "4.5.8+", "4.5.8+ (Build: 20251212)", "v4.5-r9"; "" when it names none

	branch, release span
}

// File is a parsed .env file. It does not change.
type File struct {
	data []byte
	pins []Pin
	// hidden are the lines of what looks like a pin inside a value in quotes.
	hidden   []int
	unclosed bool
}

// Errors of edits.
var (
	ErrValue      = errors.New("is not a name of a version that every reader of .env files takes as it is")
	ErrNotLiteral = errors.New("has no value that could be replaced")
	ErrUnclosed   = errors.New("a quotation mark is not closed, so nothing can be added behind it")
)

// Parse reads a file. What cannot be read is kept and passed over. It keeps data.
func Parse(data []byte) *File {
	f := &File{data: data}
	s := scanner{data: data, file: f}
	s.run()
	last := make(map[string]int)
	for i, p := range f.pins {
		if before, ok := last[p.Variable]; ok {
			f.pins[before].Overruled = true
		}
		last[p.Variable] = i
	}
	return f
}

// Bytes returns the file as it was parsed. They must not be changed.
func (f *File) Bytes() []byte { return f.data }

// Pins returns the pins in the order of the file, those that are overruled included.
func (f *File) Pins() []Pin { return f.pins }

// Hidden returns the lines that look like pins and are none, because they
// stand inside a value in quotes that runs over several lines.
func (f *File) Hidden() []int { return f.hidden }

// IsWide reports whether the file is UTF-16, as some editors and shells of
// Windows write it. Nothing that reads .env files understands that.
func (f *File) IsWide() bool {
	return bytes.HasPrefix(f.data, []byte{0xff, 0xfe}) || bytes.HasPrefix(f.data, []byte{0xfe, 0xff})
}

// CheckValue refuses what is not written into a file as a pin's value: all but
// letters, digits and ". _ / + @ -". Tags of plugins are named by others, and these
// files are read by shells. The error is ErrValue.
func CheckValue(value string) error {
	if !plainValue().MatchString(value) {
		return ErrValue
	}
	return nil
}

var plainValue = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9._][A-Za-z0-9._/+@-]{0,199}$`) })

// Set returns the file with another value of the pin with this number. Quotes and
// all else stay. The errors are ErrValue and ErrNotLiteral.
func (f *File) Set(pin int, value string) (*File, error) {
	p := f.pins[pin]
	if err := CheckValue(value); err != nil {
		return nil, err
	}
	if p.State != Literal && p.State != Empty {
		return nil, ErrNotLiteral
	}
	return f.replace(p.value, value), nil
}

// SetClaim returns the file with other words in a claim of a pin, each where the claim
// has that word and the new one is not "". The error is ErrValue.
func (f *File) SetClaim(pin, claim int, branch, release string) (*File, error) {
	c := f.pins[pin].Claims[claim]
	if branch != "" && !branchWord().MatchString(branch) || release != "" && !wholeRelease().MatchString(release) {
		return nil, ErrValue
	}
	edited := f
	// From the back, so that the places of what stands before stay right.
	edits := []struct {
		at   span
		old  string
		text string
	}{{c.branch, c.Branch, branch}, {c.release, c.Release, release}}
	if c.branch.from > c.release.from {
		edits[0], edits[1] = edits[1], edits[0]
	}
	for i := len(edits) - 1; i >= 0; i-- {
		if e := edits[i]; e.old != "" && e.text != "" {
			edited = &File{data: edited.spliced(e.at, e.text)}
		}
	}
	return Parse(edited.data), nil
}

// Add returns the file with a variable more at its end, with line ends as the file
// has them. The errors are ErrValue and ErrUnclosed.
func (f *File) Add(variable, value string) (*File, error) {
	if err := CheckValue(value); err != nil || !pinName().MatchString(variable) {
		return nil, ErrValue
	}
	if f.unclosed {
		return nil, ErrUnclosed
	}
	end := "\n"
	if i := bytes.IndexByte(f.data, '\n'); i > 0 && f.data[i-1] == '\r' {
		end = "\r\n"
	}
	text := variable + "=" + value + end
	if len(f.data) > 0 && f.data[len(f.data)-1] != '\n' && !bytes.Equal(f.data, utf8Mark()) {
		text = end + text
	}
	return f.replace(span{len(f.data), len(f.data)}, text), nil
}

func (f *File) replace(at span, text string) *File { return Parse(f.spliced(at, text)) }

func (f *File) spliced(at span, text string) []byte {
	data := make([]byte, 0, len(f.data)+len(text))
	data = append(data, f.data[:at.from]...)
	data = append(data, text...)
	return append(data, f.data[at.to:]...)
}

// span is a part of the file, from one offset up to another.
type span struct{ from, to int }

func utf8Mark() []byte { return []byte("\xef\xbb\xbf") }

// pinName are the variables that pin something.
var pinName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^MOODLE_(?:(?:CORE_)?|PLUGIN_([A-Z0-9_]+)_)GIT_HEAD$`)
})

// VariableOf is the variable that pins the plugin with this name in .env files.
func VariableOf(plugin string) string { return "MOODLE_PLUGIN_" + plugin + "_GIT_HEAD" }

// IsPin reports whether a variable pins something.
func IsPin(variable string) bool { return pinName().MatchString(variable) }

// Claims are words like those of "# vvvvv MOODLE_405_STABLE, release 4.5.8+ vvvvv".
const releasePattern = `(?:v[0-9]|[0-9]+\.[0-9]|[0-9]{8})[0-9A-Za-z.+_-]*(?: \(Build: ?[0-9]{8}\))?`

var (
	branchWord   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:MOODLE_[0-9]{2,4}_STABLE|main|master)$`) })
	wholeRelease = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^` + releasePattern + `$`) })
	bothClaimed  = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`\b(MOODLE_[0-9]{2,4}_STABLE|main|master)[,;:]? +(?i:release):? +(` + releasePattern + `)`)
	})
	branchClaim  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\b(MOODLE_[0-9]{2,4}_STABLE)\b`) })
	releaseClaim = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\b(?i:release):? +(` + releasePattern + `)`) })
)

// claimIn reads what a comment claims. The comment begins at an offset of the file.
func claimIn(data []byte, at span, line int) (Claim, bool) {
	text := data[at.from:at.to]
	c := Claim{Line: line}
	if m := bothClaimed().FindSubmatchIndex(text); m != nil {
		c.branch, c.release = span{m[2], m[3]}, span{m[4], m[5]}
	} else {
		if m := branchClaim().FindSubmatchIndex(text); m != nil {
			c.branch = span{m[2], m[3]}
		}
		if m := releaseClaim().FindSubmatchIndex(text); m != nil {
			c.release = span{m[2], m[3]}
		}
	}
	// A full stop behind the release ends the sentence.
	c.release.to = c.release.from + len(strings.TrimRight(string(text[c.release.from:c.release.to]), ".-_"))
	c.Branch, c.Release = string(text[c.branch.from:c.branch.to]), string(text[c.release.from:c.release.to])
	c.branch.from, c.branch.to = c.branch.from+at.from, c.branch.to+at.from
	c.release.from, c.release.to = c.release.from+at.from, c.release.to+at.from
	return c, c.Branch != "" || c.Release != ""
}
