package branches

import (
	"errors"
	"fmt"
	"strings"

	"mgit/internal/moodle"
)

// ErrForeign is returned for a branch that is not of the scheme at all, such as main or
// MOODLE_405_STABLE. It is no fault: the branch is simply not one of ours.
var ErrForeign = errors.New("not a branch of the naming scheme")

// ErrTarget is returned where a branch's name was wanted and the name is that of a target.
var ErrTarget = errors.New("a target, not a branch")

// NameError says why a name that is meant to be of the scheme is not: the customer is right, but a
// part is missing, misspelt or not allowed there.
type NameError struct {
	Name   string
	Reason string
}

func (e *NameError) Error() string {
	return fmt.Sprintf("branch %q: %s", e.Name, e.Reason)
}

// setPrefix begins what stands in a component's place for changes that live and die together.
const setPrefix = "set_"

// Name is the name of a branch taken apart.
type Name struct {
	Customer  string        // as configured
	Version   moodle.Series // written as String does: 4.5
	Type      string        // "feature", "hack" or another configured type
	Component string        // a frankenstyle name, or set_{name}
	Short     string        // the short name, "" for none
	Raw       string        // the name as it was parsed; "" for a Name that was put together, ignored by Format
}

// Key is the key of the branch's record, one for all versions of the branch:
// <frankenstyle>[-<shortname>].
func (n Name) Key() string {
	if n.Short == "" {
		return n.Component
	}
	return n.Component + "-" + n.Short
}

// WithVersion returns the name of the same branch for another series.
func (n Name) WithVersion(version moodle.Series) Name {
	n.Version = version
	n.Raw = ""
	return n
}

// IsSet reports whether the branch holds a set of changes rather than changes to one component.
func (n Name) IsSet() bool {
	return strings.HasPrefix(n.Component, setPrefix)
}

// ParseKey takes the key of a branch record apart. The error is a *NameError.
func ParseKey(key string) (component, short string, err error) {
	component, short, found := strings.Cut(key, "-")
	if reason := badComponent(component); reason != "" {
		return "", "", &NameError{key, reason}
	}
	if !found {
		return component, "", nil
	}
	if reason := badShort(short); reason != "" {
		return "", "", &NameError{key, reason}
	}
	return component, short, nil
}

// Target is the name of a target taken apart: the branch that the branches of a series are merged into.
type Target struct {
	Customer string
	Version  moodle.Series
	Short    string // "test", "deployment"
	Raw      string // as it was parsed; ignored by FormatTarget
}

// badComponent returns why text cannot stand in a component's place, or "".
func badComponent(text string) string {
	if set, ok := strings.CutPrefix(text, setPrefix); ok {
		return badSet(text, set)
	}
	_, err := moodle.ParseComponent(text)
	if err == nil {
		return ""
	}
	if bad := (*moodle.NameError)(nil); errors.As(err, &bad) {
		return fmt.Sprintf("%q is no component: %s", text, bad.Reason)
	}
	return err.Error()
}

// badSet returns why set, what follows "set_" in text, is no name of a set, or "".
func badSet(text, set string) string {
	switch {
	case set == "":
		return fmt.Sprintf("%q has no name after %q", text, setPrefix)
	case !isLower(set[0]):
		return fmt.Sprintf("the name of a set begins with a letter a-z, %q does not", text)
	case !consistsOf(set, lowerDigits+"_"):
		return fmt.Sprintf("the name of a set has only a-z, 0-9 and _, %q has more", text)
	case strings.HasSuffix(set, "_") || strings.Contains(set, "__"):
		return fmt.Sprintf("%q has an underscore that separates nothing", text)
	}
	return ""
}

// badShort returns why text is no short name, or "". Git's rules for branch names are kept by never
// letting a short name begin or end with a dot or hold two of them.
func badShort(text string) string {
	switch {
	case text == "":
		return "the short name is empty"
	case !consistsOf(text, shortAlphabet):
		return fmt.Sprintf("the short name %q may have letters, digits, \"-\", \"_\" and \".\" only", text)
	case !isAlnum(text[0]) || !isAlnum(text[len(text)-1]):
		return fmt.Sprintf("the short name %q must begin and end with a letter or digit", text)
	case strings.Contains(text, ".."):
		return fmt.Sprintf("the short name %q has two dots in a row, which Git forbids", text)
	case strings.HasSuffix(text, ".lock"):
		return fmt.Sprintf("the short name %q ends with .lock, which Git forbids", text)
	}
	return ""
}

const (
	digits        = "0123456789"
	lower         = "abcdefghijklmnopqrstuvwxyz"
	upper         = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	lowerDigits   = lower + digits
	shortAlphabet = lower + upper + digits + "-_."
)

func consistsOf(text, alphabet string) bool {
	for i := range len(text) {
		if strings.IndexByte(alphabet, text[i]) < 0 {
			return false
		}
	}
	return true
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }

func isAlnum(c byte) bool { return strings.IndexByte(lower+upper+digits, c) >= 0 }
