package forecast

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"mgit/internal/php"
)

// file is a PHP file in tokens.
type file struct {
	tokens    []php.Token
	match     []int // see brackets
	functions []function
}

// function is a function with a body in braces; methods are among them.
type function struct {
	file        *file
	name        string
	parameter   string // the first one, "" for none
	open, close int    // the braces
}

func parseFile(source []byte) *file {
	f := &file{tokens: php.Tokenize(source)}
	f.match = php.Brackets(f.tokens)
	for i := range f.tokens {
		if !f.tokens[i].IsWord("function") {
			continue
		}
		if fn, ok := f.functionAt(i + 1); ok {
			f.functions = append(f.functions, fn)
		}
	}
	return f
}

// at is the token i, or a token of no kind that is nothing.
func (f *file) at(i int) php.Token {
	if i < 0 || i >= len(f.tokens) {
		return php.Token{Kind: php.Sign}
	}
	return f.tokens[i]
}

// functionAt reads a declaration from its name on.
func (f *file) functionAt(i int) (function, bool) {
	if f.at(i).IsSign("&") {
		i++
	}
	if f.at(i).Kind != php.Word || !f.at(i+1).IsSign("(") {
		return function{}, false
	}
	fn := function{file: f, name: f.at(i).Text}
	end := f.match[i+1]
	for k := i + 2; k < min(end, i+12); k++ {
		if f.tokens[k].Kind == php.Variable {
			fn.parameter = f.tokens[k].Text
			break
		}
	}
	// A return type may follow: `: bool`, `: ?array`.
	for k := end + 1; k < end+8; k++ {
		if t := f.at(k); t.IsSign("{") {
			fn.open, fn.close = k, f.match[k]
			return fn, true
		} else if t.IsSign(";") {
			break
		}
	}
	return function{}, false
}

// mostNested is how deep ifs may stand in each other; Moodle has three.
const mostNested = 64

// noStep is the owner of code that belongs to no step.
const noStep = -1

// parser finds the steps of an upgrade function.
type parser struct {
	file   *file
	script Script
	old    string  // the variable with the old version
	owner  []int   // by token: the step it belongs to
	upTo   []int   // by token: how often the old version was mentioned before
	scope  []scope // the ifs around
}

// scope is an if around the code at hand.
type scope struct {
	bounds    bounds
	own       bounds // what its own condition says, without the branches before it
	condition string
}

func (p *parser) read(fn function) {
	p.old = fn.parameter
	p.owner = make([]int, len(p.file.tokens))
	p.upTo = make([]int, len(p.file.tokens)+1)
	for i, t := range p.file.tokens {
		p.owner[i] = noStep
		p.upTo[i+1] = p.upTo[i]
		if t.Kind == php.Variable && t.Text == p.old {
			p.upTo[i+1]++
		}
	}
	if p.old == "" {
		p.unread(fn.open, fn.open+1, "the upgrade function takes no old version")
		return
	}
	p.statements(fn.open+1, fn.close, noStep)
}

// mentions reports whether the old version is mentioned among tokens.
func (p *parser) mentions(from, to int) bool {
	return from < to && p.upTo[min(to, len(p.file.tokens))] > p.upTo[from]
}

func (p *parser) unread(from, to int, why string) {
	to = min(to, len(p.file.tokens))
	if from >= to {
		return
	}
	line := p.file.tokens[from].Line
	if n := len(p.script.Unread); n > 0 && p.script.Unread[n-1].Line == line {
		return
	}
	p.script.Unread = append(p.script.Unread, Unread{Line: line, Text: source(p.file.tokens[from:to]), Why: why})
}

// statements reads code that belongs to a step, or to none.
func (p *parser) statements(from, to, step int) {
	to = min(to, len(p.file.tokens))
	for i := from; i < to; {
		p.owner[i] = step
		t := p.file.tokens[i]
		switch {
		case t.IsWord("if") && p.file.at(i+1).IsSign("("):
			i = p.chain(i, to, step)
			continue
		case t.Kind == php.Variable && t.Text == p.old:
			p.unread(i, p.endOfStatement(i, to), "the old version is used outside of an if")
		case step == noStep && isSavepoint(t) && p.file.at(i+1).IsSign("("):
			p.unread(i, p.endOfStatement(i, to), "a savepoint outside of a step")
		}
		i++
	}
}

// endOfStatement is the offset of the next semicolon or brace.
func (p *parser) endOfStatement(i, to int) int {
	const most = 60
	for k := i; k < min(to, i+most); k++ {
		if t := p.file.tokens[k]; t.IsSign(";") || t.IsSign("{") || t.IsSign("}") {
			return k
		}
	}
	return min(to, i+most)
}

// chain reads if (…) … elseif (…) … else …, and returns the offset behind it.
//
// The words and conditions belong to the step around. Each branch runs when its
// condition holds and none before it did.
func (p *parser) chain(i, to, step int) int {
	before, isElse := scope{}, false
	for {
		begin := i
		now := before
		if !isElse {
			open := i + 1
			end := min(p.file.match[open], to)
			for k := i; k <= end && k < to; k++ {
				p.owner[k] = step
			}
			now = p.condition(open+1, end, before)
			before = before.orElse(now)
			i = end + 1
		}
		body, bodyEnd, next, ok := p.body(i, to)
		switch {
		case !ok && p.mentions(begin, min(next, to)):
			p.unread(begin, i, "an if in the form with a colon")
			return p.pass(i, next, to, step)
		case !ok:
			return p.pass(i, next, to, step)
		}
		p.branch(begin, body, bodyEnd, step, now, isElse)
		for _, k := range []int{body - 1, bodyEnd} {
			if k >= i && k < next && k < to {
				p.owner[k] = step
			}
		}
		i = next
		switch t := p.file.at(i); {
		case i >= to:
			return to
		case t.IsWord("elseif"):
			p.owner[i] = step
			if !p.file.at(i + 1).IsSign("(") {
				return i + 1
			}
			// Read on as if it said `if`.
			p.file.tokens[i].Text = "if"
		case t.IsWord("else") && p.file.at(i+1).IsWord("if") && p.file.at(i+2).IsSign("("):
			p.owner[i] = step
			i++
		case t.IsWord("else"):
			if isElse {
				return i + 1
			}
			p.owner[i] = step
			isElse = true
			i++
			continue
		default:
			return i
		}
		if isElse {
			return i
		}
	}
}

// pass gives tokens to a step and returns the offset behind them.
func (p *parser) pass(from, next, to, step int) int {
	next = max(min(next, to), from)
	for k := from; k < next; k++ {
		p.owner[k] = step
	}
	return next
}

// body finds the code of an if from the token behind its condition on: a block, or
// one statement. It is not ok for the form with a colon, which next then passes.
func (p *parser) body(i, to int) (from, end, next int, ok bool) {
	switch t := p.file.at(i); {
	case i >= to:
		return to, to, to, true
	case t.IsSign("{"):
		end := min(p.file.match[i], to)
		return i + 1, end, min(end+1, to), true
	case t.IsSign(":"):
		return i, i, i + 1, false
	}
	for k := i; k < to; k++ {
		switch t := p.file.tokens[k]; {
		case t.IsSign(";"):
			return i, k + 1, k + 1, true
		case t.IsSign("{"):
			end := min(p.file.match[k]+1, to)
			return i, end, end, true
		case t.IsSign("("), t.IsSign("["):
			k = min(p.file.match[k], to)
		}
	}
	return i, to, to, true
}

// branch reads the body of one condition: as a step of its own when the condition
// is about the old version.
func (p *parser) branch(begin, body, end, step int, now scope, isElse bool) {
	if len(p.scope) >= mostNested {
		if p.mentions(body, end) {
			p.unread(begin, body, "nested too deeply")
		}
		p.pass(body, end, end, step)
		return
	}
	p.scope = append(p.scope, now)
	defer func() { p.scope = p.scope[:len(p.scope)-1] }()
	if now.bounds == (bounds{}) || now.bounds.isUnread {
		p.statements(body, end, step)
		return
	}
	s := Step{Line: p.file.tokens[begin].Line, Below: now.bounds.below, From: now.bounds.from, Inside: step != noStep, Weight: Light}
	if isElse && begin > 0 {
		s.Line = p.file.tokens[begin-1].Line
	}
	var conditions []string
	for _, around := range p.scope {
		s.bounds = s.bounds.and(around.bounds)
		if around.condition != "" && len(conditions) < 4 {
			conditions = append(conditions, around.condition)
		}
	}
	s.Condition = strings.Join(slices.Compact(conditions), " && ")
	s.Stops, s.Says = p.stops(body, end)
	own := len(p.script.Steps)
	p.script.Steps = append(p.script.Steps, s)
	p.statements(body, end, own)
	p.savepoints(own, body, end)
	p.script.Steps[own].code = hash(p.file.tokens[min(body, end):end])
}

// savepoints finds what the step itself records.
func (p *parser) savepoints(step, from, to int) {
	s := &p.script.Steps[step]
	for i := from; i < to; i++ {
		if p.owner[i] != step || !isSavepoint(p.file.tokens[i]) || !p.file.at(i+1).IsSign("(") {
			continue
		}
		s.Calls = append(s.Calls, p.call(i))
		comma := i + 2
		for end := min(p.file.match[i+1], to); comma < end && !p.file.tokens[comma].IsSign(","); comma++ {
		}
		if n, ok := version(p.file.at(comma + 1)); ok && !p.file.at(comma+2).IsSign(".") {
			s.Savepoints = append(s.Savepoints, n)
		} else {
			p.unread(i, p.endOfStatement(i, to), "the savepoint is no number")
		}
	}
}

// call reads the call of a function at token i.
func (p *parser) call(i int) SavepointCall {
	call := SavepointCall{Line: p.file.tokens[i].Line, Function: strings.ToLower(strings.TrimPrefix(p.file.tokens[i].Text, `\`))}
	const most = 64 // tokens of a call: a file can nest them as deep as it likes
	end := min(p.file.match[i+1], len(p.file.tokens), i+most)
	for begin := i + 2; begin < end; {
		k := begin
		for k < end && !p.file.tokens[k].IsSign(",") {
			if t := p.file.tokens[k]; t.IsSign("(") || t.IsSign("[") {
				k = min(p.file.match[k], end-1)
			}
			k++
		}
		argument := ""
		if t := p.file.tokens[begin]; k-begin == 1 && t.Kind != php.Variable && t.Kind != php.Sign {
			argument = t.Text
		}
		call.Arguments = append(call.Arguments, argument)
		begin = k + 1
	}
	return call
}

var savepointName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^\\?upgrade_(?:main|mod|block|plugin)_savepoint$`)
})

func isSavepoint(t php.Token) bool { return t.Kind == php.Word && savepointName().MatchString(t.Text) }

// stops looks for an end of the upgrade that the step reaches whatever it finds:
// exit, die, throw or Moodle's print_error among its own statements, outside of any further block.
func (p *parser) stops(from, to int) (stops bool, says string) {
	for i := from; i < to; i++ {
		t := p.file.tokens[i]
		switch {
		case t.IsSign("{"):
			i = p.file.match[i]
			continue
		case t.Kind != php.Word:
			continue
		}
		if says == "" && isAny(t, "echo", "print", "throw", "notify") {
			says = p.firstText(i, to)
		}
		begins := i == from || p.file.tokens[i-1].IsSign(";") || p.file.tokens[i-1].IsSign("}") || p.file.tokens[i-1].IsSign("@")
		if begins && isAny(t, "exit", "die", "throw", "print_error") {
			if says == "" {
				says = p.firstText(i, to)
			}
			return true, says
		}
	}
	return false, ""
}

func isAny(t php.Token, words ...string) bool { return slices.ContainsFunc(words, t.IsWord) }

// firstText is the first string of a statement.
func (p *parser) firstText(i, to int) string {
	for k := i; k < min(to, i+30) && !p.file.tokens[k].IsSign(";"); k++ {
		if t := p.file.tokens[k]; t.Kind == php.String {
			return strings.TrimSpace(strings.NewReplacer(`\n`, " ", `\r`, " ", "<br />", " ").Replace(t.Text))
		}
	}
	return ""
}
