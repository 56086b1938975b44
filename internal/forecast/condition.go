package forecast

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"sync"

	"mgit/internal/php"
)

// condition reads the condition of an if, tokens from up to to. before is what the
// branches above left over.
func (p *parser) condition(from, to int, before scope) scope {
	now := before
	now.own = bounds{}
	if !p.mentions(from, to) {
		now.addCondition(source(p.file.tokens[min(from, to):to]))
		return now
	}
	var own bounds
	for _, c := range p.conjuncts(from, to) {
		part := p.file.tokens[c[0]:c[1]]
		switch b, ok := p.comparison(c[0], c[1]); {
		case ok:
			own = own.and(b)
		case p.mentions(c[0], c[1]):
			p.unread(from, to, "what is asked of the old version is no comparison with a number")
			own.isUnread = true
		case !isResult(part):
			now.addCondition(source(part))
		}
	}
	now.own = own
	now.bounds = now.bounds.and(own)
	return now
}

// addCondition adds to what else must hold, as long as it can be read at a glance.
func (s *scope) addCondition(condition string) {
	const most, rest = 200, " && …"
	if len(s.condition) > most {
		s.condition = strings.TrimSuffix(s.condition, rest) + rest
		return
	}
	s.condition = strings.TrimPrefix(s.condition+" && "+condition, " && ")
}

// orElse is what is left for the branches that follow one with the scope now.
func (s scope) orElse(now scope) scope {
	switch {
	case now.own == (bounds{}): // the branch asked for other things only
		return s
	case now.condition != s.condition || now.own.isUnread:
		// It is passed over for old versions too when its other condition fails.
		rest := s
		rest.addCondition("otherwise")
		return rest
	}
	s.bounds = s.bounds.and(now.own.not())
	return s
}

// isResult reports whether a condition is the $result that Moodle's upgrades until
// 1.9 handed from step to step.
func isResult(part []php.Token) bool {
	return len(part) == 1 && part[0].Kind == php.Variable && part[0].Text == "$result"
}

// conjuncts cuts a condition at its top-level &&. Where the condition has a
// top-level || it is one piece.
func (p *parser) conjuncts(from, to int) [][2]int {
	from, to = p.unwrap(from, to)
	var parts [][2]int
	begin := from
	for i := from; i < to; i++ {
		t := p.file.tokens[i]
		switch {
		case t.IsSign("("), t.IsSign("["), t.IsSign("{"):
			i = min(p.file.match[i], to)
		case t.IsSign("||"), t.IsWord("or"), t.IsWord("xor"), t.IsSign("?"):
			return [][2]int{{from, to}}
		case t.IsSign("&&"), t.IsWord("and"):
			parts = append(parts, [2]int{begin, i})
			begin = i + 1
		}
	}
	return append(parts, [2]int{begin, to})
}

// unwrap leaves out parentheses around the whole.
func (p *parser) unwrap(from, to int) (inner, end int) {
	for from < to && p.file.tokens[from].IsSign("(") && p.file.match[from] == to-1 {
		from, to = from+1, to-1
	}
	return from, to
}

// comparison reads `$old < N` and its likes, either way round.
func (p *parser) comparison(from, to int) (bounds, bool) {
	from, to = p.unwrap(from, to)
	if to-from != 3 {
		return bounds{}, false
	}
	left, op, right := p.file.tokens[from], p.file.tokens[from+1].Text, p.file.tokens[from+2]
	if right.Kind == php.Variable && right.Text == p.old {
		left, right = right, left
		mirrored := map[string]string{"<": ">", ">": "<", "<=": ">=", ">=": "<="}
		if m, ok := mirrored[op]; ok {
			op = m
		}
	}
	n, ok := version(right)
	if !ok || left.Kind != php.Variable || left.Text != p.old {
		return bounds{}, false
	}
	switch op {
	case "<":
		return bounds{below: n}, true
	case "<=":
		return bounds{below: n, through: true}, true
	case ">":
		return bounds{from: n, after: true}, true
	case ">=":
		return bounds{from: n}, true
	case "==", "===":
		return bounds{from: n, below: n, through: true}, true
	}
	return bounds{}, false
}

var versionText = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]+(?:\.[0-9]+)?$`) })

// version reads a version: a number, or one in quotes.
func version(t php.Token) (string, bool) {
	if (t.Kind == php.Number || t.Kind == php.String) && versionText().MatchString(t.Text) {
		return t.Text, true
	}
	return "", false
}

// hash tells whether code is the same but for white space and comments.
func hash(tokens []php.Token) string {
	h := sha256.New()
	for _, t := range tokens {
		h.Write([]byte{byte(t.Kind)})
		h.Write([]byte(t.Text))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}

// mergeNames adds names that are not there yet, up to a sensible number.
func mergeNames(all, more []string) []string {
	const most = 12
	for _, n := range more {
		if len(all) < most && n != "" && !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	return all
}

// source writes tokens as one line of code, cut at a sensible length.
func source(tokens []php.Token) string {
	const most = 120
	var b strings.Builder
	for i, t := range tokens {
		s := t.Text
		if t.Kind == php.String {
			s = "'" + s + "'"
		}
		if i > 0 && spaced(tokens[i-1], t) {
			b.WriteByte(' ')
		}
		if b.Len()+len(s) > most {
			b.WriteString("…")
			break
		}
		b.WriteString(s)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// spaced reports whether a blank stands between two tokens.
func spaced(a, b php.Token) bool {
	switch {
	case a.Kind != php.Sign && b.Kind != php.Sign:
		return true
	case b.Kind == php.Sign:
		return !slices.Contains([]string{"(", ")", "[", "]", ",", ";", "->", "::", "?->"}, b.Text)
	default:
		return !slices.Contains([]string{"(", "[", "!", "->", "::", "?->", "&", "@"}, a.Text)
	}
}
