package branches

import (
	"fmt"
	"strings"
)

// reading tells how far a name followed a template.
type reading struct {
	customer bool   // the customer stood in its place
	fault    string // where the name left the template, "" when it did not
}

// read takes name apart. Because of what template.check requires, a field ends at the first character
// with which a possible follower begins, and there is never a choice. The values are as they stand there, unchecked.
func (t template) read(name string) (map[field]string, reading) {
	values := map[field]string{}
	var r reading
	rest := name
	for i := 0; i < len(t.pieces); i++ {
		p := t.pieces[i]
		if p.text == "" {
			end := t.end(i, rest)
			if end == 0 {
				r.fault = fmt.Sprintf("{%s} is missing", p.field)
				return values, r
			}
			values[p.field], rest = rest[:end], rest[end:]
			continue
		}
		behind, found := strings.CutPrefix(rest, p.text)
		switch {
		case found:
			rest = behind
			r.customer = r.customer || p.field == customerField && t.goesOn(i, rest)
		case p.optional && (i == 0 || !t.pieces[i-1].optional): // the optional part is not there
			for i+1 < len(t.pieces) && t.pieces[i+1].optional {
				i++
			}
		case p.field == customerField && len(rest) >= len(p.text) && strings.EqualFold(rest[:len(p.text)], p.text):
			r.customer = t.goesOn(i, rest[len(p.text):]) // near enough to be a mistake
			r.fault = fmt.Sprintf("the customer is written %q, not %q", p.text, rest[:len(p.text)])
			return values, r
		default:
			r.fault = t.misfit(i, rest)
			return values, r
		}
	}
	if rest != "" {
		r.fault = fmt.Sprintf("%q at its end is too much for the naming scheme %s", rest, t.source)
	}
	return values, r
}

// goesOn reports whether rest goes on behind piece i as the template does, so that LUVLE- is not taken
// for the customer LU.
func (t template) goesOn(i int, rest string) bool {
	return rest != "" && (i+1 == len(t.pieces) || strings.HasPrefix(rest, t.pieces[i+1].text))
}

// end returns the length of the value of field i at the beginning of text.
func (t template) end(i int, text string) int {
	stops := ""
	for _, next := range t.followers(i) {
		stops += next.text[:1]
	}
	if stops == "" {
		return len(text)
	}
	if end := strings.IndexAny(text, stops); end >= 0 {
		return end
	}
	return len(text)
}

func (t template) misfit(i int, rest string) string {
	want := fmt.Sprintf("%q", t.pieces[i].text)
	if next := i + 1; next < len(t.pieces) && t.pieces[next].text == "" {
		want += fmt.Sprintf(" and a {%s}", t.pieces[next].field)
	}
	if rest == "" {
		return fmt.Sprintf("%s is missing at its end", want)
	}
	return fmt.Sprintf("want %s where %q stands", want, rest)
}

// write puts a name together from values, which it does not check. Without a short name the optional part
// is left out.
func (t template) write(values map[field]string) string {
	var b strings.Builder
	for _, p := range t.pieces {
		switch {
		case p.optional && values[shortField] == "":
		case p.text != "":
			b.WriteString(p.text)
		default:
			b.WriteString(values[p.field])
		}
	}
	return b.String()
}

// badRef returns what Git has against name as a branch (git-check-ref-format(1)), or "".
func badRef(name string) string {
	if reason := badLiteral(name); reason != "" {
		return reason
	}
	for part := range strings.SplitSeq(name, "/") {
		switch {
		case part == "", strings.HasPrefix(part, "."):
			return fmt.Sprintf("Git allows no branch with the part %q", part)
		case strings.HasSuffix(part, ".lock"):
			return fmt.Sprintf("Git allows no branch with a part that ends with .lock, as %q does", part)
		}
	}
	if strings.HasPrefix(name, "-") || strings.HasSuffix(name, ".") {
		return "Git allows no branch that begins with \"-\" or ends with \".\""
	}
	return ""
}
