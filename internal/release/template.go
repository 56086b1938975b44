package release

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"mgit/internal/moodle"
)

// Names are the parts of a name that a site's settings fix.
type Names struct {
	OurName       string // release.ourname
	ShortCustomer string // release.shortcustomer
	Customer      string // customer, as branches have it
}

// Fields are the parts of a name that vary from release to release.
type Fields struct {
	Series moodle.Series // {version}, also called {series}
	Moodle moodle.Tag    // {moodle-version}, without the tag's v
	Date   string        // {date}: 20260302
	Number int           // {local-release}, or {nn} with two digits
}

// dateLayout is how a Date is written; see [time.Layout].
const dateLayout = "20060102"

// DateOf returns the day of a time as Fields have it.
func DateOf(t time.Time) string { return t.Format(dateLayout) }

// Template makes names and takes them apart: for every name that Parse accepts,
// Format gives it back. It does not change.
type Template struct {
	source  string
	pieces  []piece
	pattern *regexp.Regexp
}

// piece is a fixed text or, where kind is not "", a field that varies.
type piece struct {
	text string
	kind string
}

// The fields that vary.
const (
	kindSeries  = "version"
	kindMoodle  = "moodle-version"
	kindRelease = "local-release"
	kindDate    = "date"
	kindTwo     = "nn"
)

// expression returns what a value of the field looks like.
func expression(kind string) string {
	switch kind {
	case kindSeries:
		return `[0-9]+\.[0-9]+`
	case kindMoodle:
		return `[0-9]+\.[0-9]+\.[0-9]+(?:-(?:beta|rc[0-9]+))?`
	case kindRelease:
		return `0|[1-9][0-9]{0,8}`
	case kindDate:
		return `[0-9]{8}`
	default:
		return `[0-9]{2}`
	}
}

// TemplateError says what is wrong with a template. Key is the setting that is
// missing, "" where the template itself is at fault.
type TemplateError struct {
	Template, Key, Reason string
}

func (e *TemplateError) Error() string {
	return fmt.Sprintf("the template %q: %s", e.Template, e.Reason)
}

// ParseTemplate reads a template: text with the fields {ourname},
// {shortcustomer} and {customer}, which names fill in at once, {version} or
// {series}, {moodle-version}, {local-release}, {date} and {nn}. It refuses one
// whose names could be read in two ways, or that Git could not have. The error is
// a *TemplateError.
func ParseTemplate(text string, names Names) (*Template, error) {
	t := &Template{source: text}
	for rest := text; rest != ""; {
		literal, behind, found := strings.Cut(rest, "{")
		if literal != "" {
			t.pieces = append(t.pieces, piece{text: literal})
		}
		if !found {
			break
		}
		name, after, closed := strings.Cut(behind, "}")
		if !closed {
			return nil, t.fault("", "%q is not closed", "{"+behind)
		}
		p, err := t.fill(name, names)
		if err != nil {
			return nil, err
		}
		t.pieces = append(t.pieces, p)
		rest = after
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	var pattern strings.Builder
	for _, p := range t.pieces {
		if p.kind == "" {
			pattern.WriteString(regexp.QuoteMeta(p.text))
			continue
		}
		pattern.WriteString("(" + expression(p.kind) + ")")
	}
	t.pattern = regexp.MustCompile("^(?:" + pattern.String() + ")$")
	return t, nil
}

func (t *Template) fault(key, format string, args ...any) error {
	return &TemplateError{Template: t.source, Key: key, Reason: fmt.Sprintf(format, args...)}
}

// fill returns the piece that stands for a field.
func (t *Template) fill(name string, names Names) (piece, error) {
	fixed := map[string]struct{ key, value string }{
		"ourname":       {"release.ourname", names.OurName},
		"shortcustomer": {"release.shortcustomer", names.ShortCustomer},
		"customer":      {"customer", names.Customer},
	}
	if f, ok := fixed[name]; ok {
		if f.value == "" {
			return piece{}, t.fault(f.key, "%s is not set", f.key)
		}
		return piece{text: f.value}, nil
	}
	switch name {
	case "series":
		return piece{kind: kindSeries}, nil
	case kindSeries, kindMoodle, kindRelease, kindDate, kindTwo:
		return piece{kind: name}, nil
	}
	return piece{}, t.fault("", "there is no {%s}; there are {ourname} {shortcustomer} {customer} {version} {moodle-version} {local-release} {date} {nn}", name)
}

// check makes sure that a name has one reading and can be one of Git's.
func (t *Template) check() error {
	seen := make(map[string]bool)
	for i, p := range t.pieces {
		if p.kind == "" && !utf8.ValidString(p.text) {
			return t.fault("", "%q is not UTF-8", p.text)
		}
		if p.kind == "" {
			continue
		}
		if seen[p.kind] {
			return t.fault("", "{%s} stands there twice", p.kind)
		}
		seen[p.kind] = true
		if p.isFixedLength() || i+1 == len(t.pieces) {
			continue
		}
		next := t.pieces[i+1]
		if next.kind != "" {
			return t.fault("", "nothing separates {%s} from {%s}", p.kind, next.kind)
		}
		if strings.IndexByte("0123456789", next.text[0]) >= 0 || next.text[0] == '.' && p.kind != kindRelease {
			return t.fault("", "{%s} can hold the %q that follows it", p.kind, next.text[:1])
		}
	}
	if seen[kindRelease] && seen[kindTwo] {
		return t.fault("", "{local-release} and {nn} are one number, and cannot both stand there")
	}
	example, err := t.Format(Fields{Series: moodle.Series{Major: 4, Minor: 5}, Moodle: moodle.Tag{Series: moodle.Series{Major: 4, Minor: 5}, Patch: 1}, Date: "20260302"})
	if err == nil {
		err = checkRef(example)
	}
	if err != nil {
		return t.fault("", "%v", err)
	}
	return nil
}

// isFixedLength reports whether all values of the field are equally long, so
// that anything may follow.
func (p piece) isFixedLength() bool { return p.kind == kindDate || p.kind == kindTwo }

// String is the template as it was written.
func (t *Template) String() string { return t.source }

func (t *Template) has(kind string) bool {
	return slices.ContainsFunc(t.pieces, func(p piece) bool { return p.kind == kind })
}

// HasNumber reports whether names have a number that counts up.
func (t *Template) HasNumber() bool { return t.has(kindRelease) || t.has(kindTwo) }

// Format puts a name together. The error says which field has no value that the
// template could write.
func (t *Template) Format(f Fields) (string, error) {
	var name strings.Builder
	for _, p := range t.pieces {
		text := p.text
		switch p.kind {
		case kindSeries:
			text = f.Series.String()
		case kindMoodle:
			text = strings.TrimPrefix(f.Moodle.String(), "v")
		case kindRelease:
			text = strconv.Itoa(f.Number)
		case kindTwo:
			text = fmt.Sprintf("%02d", f.Number)
			if f.Number > 99 {
				return "", fmt.Errorf("{nn} has two digits, and %d has more", f.Number)
			}
		case kindDate:
			text = f.Date
		}
		if text == "" {
			return "", fmt.Errorf("there is no value for {%s}", p.kind)
		}
		name.WriteString(text)
	}
	if f.Number < 0 {
		return "", fmt.Errorf("a release has no number %d", f.Number)
	}
	return name.String(), nil
}

// Parse takes a name apart; ok is false for one that is not of the template.
// Fields that the template does not have are zero, but that the series follows
// from Moodle's version.
func (t *Template) Parse(name string) (f Fields, ok bool) {
	match := t.pattern.FindStringSubmatch(name)
	if match == nil {
		return Fields{}, false
	}
	i := 0
	for _, p := range t.pieces {
		if p.kind == "" {
			continue
		}
		i++
		if !f.set(p.kind, match[i]) {
			return Fields{}, false
		}
	}
	if f.Series.IsZero() {
		f.Series = f.Moodle.Series
	}
	if !f.Moodle.IsZero() && f.Moodle.Series != f.Series {
		return Fields{}, false
	}
	// A value has one spelling: what is not written back as it was read is not ours.
	back, err := t.Format(f)
	return f, err == nil && back == name
}

// set reads the value of a field.
func (f *Fields) set(kind, text string) bool {
	var err error
	switch kind {
	case kindSeries:
		f.Series, err = moodle.ParseSeries(text)
	case kindMoodle:
		f.Moodle, err = moodle.ParseTag("v" + text)
	case kindDate:
		f.Date = text
		_, err = time.Parse(dateLayout, text)
	default:
		f.Number, err = strconv.Atoi(text)
	}
	return err == nil
}

// Next returns the name of the next release: the fields with a number one higher
// than that of any name in taken whose other fields are the same, 0 for the
// first. Numbers of releases that were taken away are not used again while a
// higher one stands. A template without a number gives the one name it has.
func (t *Template) Next(f Fields, taken []string) (string, error) {
	f.Number = 0
	first, err := t.Format(f)
	if err != nil || !t.HasNumber() {
		return first, err
	}
	f, ok := t.Parse(first)
	if !ok {
		return "", fmt.Errorf("%q would not be read back as it was meant", first)
	}
	next := 0
	for _, name := range taken {
		other, ok := t.Parse(name)
		number := other.Number
		other.Number = 0
		if ok && other == f {
			next = max(next, number+1)
		}
	}
	f.Number = next
	return t.Format(f)
}
