package debian

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// Entry is one entry of a changelog: one version of the package.
type Entry struct {
	Source        string // the name of the source package
	Version       Version
	Distributions []string // "bookworm", "UNRELEASED"
	Metadata      string   // "urgency=medium", and whatever else stands there
	// Changes are the lines of text between the head and the signature, without
	// line breaks. Those that are not empty begin with two spaces.
	Changes    []string
	Maintainer string // "Ann Other <ann@example.org>"
	Date       time.Time
}

// LineError is a line of a changelog that is not as it should be.
type LineError struct {
	Line   int // from 1
	Reason string
}

func (e *LineError) Error() string { return fmt.Sprintf("debian/changelog:%d: %s", e.Line, e.Reason) }

// ErrEmpty is a changelog without an entry.
var ErrEmpty = errors.New("debian/changelog has no entry")

// head is the first line of an entry, foot its last; see deb-changelog(5).
var (
	head = regexp.MustCompile(`^([A-Za-z0-9][-+.A-Za-z0-9]+) \(([^()\s]+)\)((?: +[-+.A-Za-z0-9]+)+) *; *(.*?)\s*$`)
	foot = regexp.MustCompile(`^ -- (.*?<.*?>)  ?(.*?)\s*$`)
	// old begins what old tools left at the end: settings of editors, other formats.
	old = regexp.MustCompile(`^(?:;;\s*)?Local variables:|^vim?:|^#|^/\*|^\$\w+:.*\$|^[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9]{2} `)
)

// dateLayout is how dates are written: RFC 5322 with the zone in digits.
const dateLayout = "Mon, 02 Jan 2006 15:04:05 -0700"

// Parse reads all entries of a changelog, newest first. What old tools and editors
// leave behind the last entry is passed over. The error is ErrEmpty or a *LineError.
func Parse(data []byte) ([]Entry, error) {
	var all []Entry
	var open *Entry
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimRight(line, "\r\n")
		switch {
		case open == nil && strings.TrimSpace(line) == "":
		case open == nil && len(all) > 0 && old.MatchString(line):
			return all, nil
		case open == nil:
			entry, err := parseHead(line)
			if err != nil {
				return nil, &LineError{number, err.Error()}
			}
			open = entry
		case strings.HasPrefix(line, " --"):
			if err := open.parseFoot(line); err != nil {
				return nil, &LineError{number, err.Error()}
			}
			all, open = append(all, *open), nil
		case strings.TrimSpace(line) == "":
			open.Changes = append(open.Changes, "")
		case strings.HasPrefix(line, "  "):
			open.Changes = append(open.Changes, line)
		default:
			return nil, &LineError{number, "a change begins with two spaces, the end of an entry with \" -- \""}
		}
	}
	switch {
	case open != nil:
		return nil, &LineError{number, fmt.Sprintf("the entry of %s has no end: the line that begins with \" -- \"", open.Version)}
	case len(all) == 0:
		return nil, ErrEmpty
	}
	return all, nil
}

func parseHead(line string) (*Entry, error) {
	m := head.FindStringSubmatch(line)
	if m == nil {
		return nil, errors.New("want the head of an entry: package (version) distribution; urgency=medium")
	}
	version, err := ParseVersion(m[2])
	if err != nil {
		return nil, err
	}
	return &Entry{Source: m[1], Version: version, Distributions: strings.Fields(m[3]), Metadata: m[4]}, nil
}

func (e *Entry) parseFoot(line string) error {
	m := foot.FindStringSubmatch(line)
	if m == nil {
		return errors.New("want the end of an entry: \" -- Name <address>  date\"")
	}
	e.Maintainer = m[1]
	for len(e.Changes) > 0 && e.Changes[0] == "" {
		e.Changes = e.Changes[1:]
	}
	for len(e.Changes) > 0 && e.Changes[len(e.Changes)-1] == "" {
		e.Changes = e.Changes[:len(e.Changes)-1]
	}
	// A date of long ago may be of any form; only a new one is judged.
	for _, layout := range []string{dateLayout, "Mon, 2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 -0700", time.RFC1123Z} {
		if when, err := time.Parse(layout, m[2]); err == nil {
			e.Date = when
			return nil
		}
	}
	return nil
}

// Format writes the entry, with an empty line at its end.
func (e Entry) Format() (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s) %s; %s\n\n", e.Source, e.Version, strings.Join(e.Distributions, " "), e.Metadata)
	for _, line := range e.Changes {
		b.WriteString(line + "\n")
	}
	fmt.Fprintf(&b, "\n -- %s  %s\n\n", e.Maintainer, e.Date.Format(dateLayout))
	text := b.String()
	// What cannot be read back would make the package unbuildable.
	back, err := Parse([]byte(text))
	switch {
	case err != nil:
		return "", fmt.Errorf("write an entry: %w", err)
	case len(back) != 1 || back[0].Version != e.Version || back[0].Maintainer != e.Maintainer || !back[0].Date.Equal(e.Date.Truncate(time.Second)):
		return "", fmt.Errorf("write an entry: that of %s would be read back as something else", e.Version)
	case !utf8.ValidString(text):
		return "", fmt.Errorf("write an entry: that of %s is not UTF-8", e.Version)
	}
	return text, nil
}

// lineWidth is the width that changelogs are wrapped at.
const lineWidth = 80

// Bullet is a change as lines: "  * ", and what follows indented below.
func Bullet(text string) []string {
	const first, rest = "  * ", "    "
	var lines []string
	line := first
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
			line += word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > lineWidth:
			lines = append(lines, line)
			line = rest + word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}
