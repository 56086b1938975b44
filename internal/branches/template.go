package branches

import (
	"fmt"
	"slices"
	"strings"
)

// field is a part of a name that varies.
type field string

const (
	customerField field = "customer"
	versionField  field = "version"
	typeField     field = "type"
	nameField     field = "frankenstyle"
	shortField    field = "shortname"
	targetField   field = "target"
)

// alphabet returns the characters that a value of the field can hold. A boundary between two parts is
// certain only when the text behind a field begins with another character.
func (f field) alphabet() string {
	switch f {
	case versionField:
		return digits + "."
	case typeField:
		return lower + upper + digits
	case nameField:
		return lowerDigits + "_"
	default: // shortField, targetField
		return shortAlphabet
	}
}

// piece is a literal text or, where text is "", a field.
type piece struct {
	text     string
	field    field
	optional bool // stands in the template's [ ]
}

// template is a naming scheme taken apart. The customer is fixed by the configuration, so it is a piece with
// both its text and its field.
type template struct {
	source string
	pieces []piece
}

// parseTemplate reads a template such as {customer}-{version}-{type}-{frankenstyle}[-{shortname}]. It
// refuses one whose names could not be taken apart in exactly one way.
func parseTemplate(source, customer string, known []field) (template, error) {
	t := template{source: source}
	rest, optional := source, false
	for rest != "" {
		end := strings.IndexAny(rest, "{}[]")
		switch {
		case end < 0:
			end = len(rest)
			fallthrough
		case end > 0:
			t.pieces = append(t.pieces, piece{text: rest[:end], optional: optional})
			rest = rest[end:]
		case rest[0] == '{':
			name, behind, found := strings.Cut(rest[1:], "}")
			if !found {
				return t, t.fault("%q is not closed", rest)
			}
			if !slices.Contains(known, field(name)) {
				return t, t.fault("there is no {%s}; there are %s", name, listFields(known))
			}
			p := piece{field: field(name), optional: optional}
			if p.field == customerField {
				p.text = customer
			}
			t.pieces = append(t.pieces, p)
			rest = behind
		case rest[0] == '[':
			if optional {
				return t, t.fault("an optional part inside another")
			}
			if slices.ContainsFunc(t.pieces, func(p piece) bool { return p.optional }) {
				return t, t.fault("there can be one optional part only")
			}
			optional, rest = true, rest[1:]
		case rest[0] == ']':
			if !optional {
				return t, t.fault("%q closes nothing", "]")
			}
			optional, rest = false, rest[1:]
		default:
			return t, t.fault("%q opens nothing", "}")
		}
	}
	if optional {
		return t, t.fault("%q is not closed", "[")
	}
	return t, t.check()
}

func listFields(known []field) string {
	names := make([]string, len(known))
	for i, f := range known {
		names[i] = "{" + string(f) + "}"
	}
	return strings.Join(names, " ")
}

func (t template) fault(format string, args ...any) error {
	return fmt.Errorf("naming scheme %q: %s", t.source, fmt.Sprintf(format, args...))
}

// check makes sure that a name has one reading: after every field stands a character that the field
// cannot hold, and an optional part begins unlike what stands behind it.
func (t template) check() error {
	if err := t.checkFields(); err != nil {
		return err
	}
	for i, p := range t.pieces {
		if p.text != "" {
			if bad := badLiteral(p.text); bad != "" {
				return t.fault("%s", bad)
			}
			continue
		}
		for _, next := range t.followers(i) {
			if next.text == "" {
				return t.fault("nothing separates {%s} from {%s}", p.field, next.field)
			}
			if p.field != shortField && strings.IndexByte(p.field.alphabet(), next.text[0]) >= 0 {
				return t.fault("{%s} can hold the %q that follows it", p.field, next.text[:1])
			}
		}
	}
	if t.source == "" {
		return t.fault("is empty")
	}
	if strings.HasPrefix(t.source, "-") || strings.HasPrefix(t.source, "/") || strings.HasPrefix(t.source, ".") {
		return t.fault("a branch cannot begin with %q", t.source[:1])
	}
	if last := t.source[len(t.source)-1:]; strings.Contains("/.", last) {
		return t.fault("a branch cannot end with %q", last)
	}
	return nil
}

func (t template) checkFields() error {
	seen := map[field]bool{}
	for _, p := range t.pieces {
		if p.field == "" {
			continue
		}
		if seen[p.field] {
			return t.fault("{%s} stands there twice", p.field)
		}
		seen[p.field] = true
		if p.optional != (p.field == shortField) && p.field != shortField {
			return t.fault("only {%s} can be optional", shortField)
		}
	}
	first := slices.IndexFunc(t.pieces, func(p piece) bool { return p.optional })
	if first < 0 {
		return nil
	}
	last := first
	for last < len(t.pieces) && t.pieces[last].optional {
		last++
	}
	group := t.pieces[first:last]
	switch {
	case !slices.ContainsFunc(group, func(p piece) bool { return p.field == shortField }):
		return t.fault("the optional part holds no {%s}", shortField)
	case group[0].text == "":
		return t.fault("the optional part must begin with a text, such as [-{%s}]", shortField)
	case last < len(t.pieces) && t.pieces[last].text == "":
		return t.fault("a text must follow the optional part")
	case last < len(t.pieces) && t.pieces[last].text[0] == group[0].text[0]:
		return t.fault("the optional part begins like what follows it, with %q", group[0].text[:1])
	}
	return nil
}

// followers returns the pieces that can come directly behind piece i.
func (t template) followers(i int) []piece {
	if i+1 == len(t.pieces) {
		return nil
	}
	next := t.pieces[i+1]
	if !next.optional || t.pieces[i].optional {
		return []piece{next}
	}
	behind := i + 1
	for behind < len(t.pieces) && t.pieces[behind].optional {
		behind++
	}
	return append([]piece{next}, t.pieces[behind:min(behind+1, len(t.pieces))]...)
}

// badLiteral returns what Git, or this package, which wants ASCII, has against text in a branch's name, or "".
func badLiteral(text string) string {
	for _, r := range text {
		if r <= ' ' || r > '~' || strings.ContainsRune(`~^:?*[\`, r) {
			return fmt.Sprintf("%q cannot stand in the name", r)
		}
	}
	for _, bad := range []string{"..", "//", "@{", "/.", "./"} {
		if strings.Contains(text, bad) {
			return fmt.Sprintf("%q cannot stand in the name", bad)
		}
	}
	return ""
}

// has reports whether the template has the field.
func (t template) has(f field) bool {
	return slices.ContainsFunc(t.pieces, func(p piece) bool { return p.field == f })
}
