package check

import (
	"slices"
	"strings"

	"mgit/internal/php"
)

// debugOutput finds what somebody wrote to see what a program does.
func debugOutput(j *Judge, f *File) {
	if !f.IsRegular() {
		return
	}
	var found []spot
	switch {
	case strings.HasSuffix(f.Path, ".php"):
		found = phpDebug(f)
	case isBuiltFrom(f.Path), isModuleJS(f.Path):
		found = jsDebug(f)
	}
	if len(found) == 0 || j.isThirdParty(f.Path) {
		return
	}
	for _, s := range found {
		j.Report(Finding{Path: f.Path, Line: s.line, Text: s.text, Severity: s.severity, Hint: s.hint})
	}
}

// spot is a line and what is to say of it. The severity and the hint are "" for those of the rule.
type spot struct {
	line     int
	text     string
	severity Severity
	hint     string
}

// The functions of PHP and Moodle that show a value to whoever looks at the page or the log. Those in the second
// list return it instead when they are told so.
func debugCalls() []string {
	return []string{
		"var_dump", "print_object", "error_log", "debug_zval_dump", "debug_print_backtrace",
		"xdebug_break", "xdebug_var_dump", "xdebug_debug_zval", "xdebug_debug_zval_stdout", "xdebug_print_function_stack",
	}
}

func returningCalls() []string { return []string{"print_r", "var_export"} }

// debugWords are those that a line may be worth a look for.
func debugWords() []string {
	return slices.Concat(debugCalls(), returningCalls(), []string{"die", "exit"})
}

// phpDebug finds them in the added lines of PHP.
func phpDebug(f *File) []spot {
	added := make(map[int]bool)
	words := debugWords()
	for _, line := range f.addedWith(words) {
		if !f.isMoved(line.Text) {
			added[line.Number] = true
		}
	}
	if len(added) == 0 {
		return nil
	}
	c := newCode(f.After.Data)
	var found []spot // one for a line
	for i, t := range c.tokens {
		if t.Kind != php.Word || !added[t.Line] || len(found) > 0 && found[len(found)-1].line == t.Line {
			continue
		}
		if text := c.debugAt(i); text != "" {
			s := spot{line: t.Line, text: text}
			if c.isLogged(i) {
				s.severity = Warning
			}
			found = append(found, s)
		}
	}
	return found
}

// code is PHP in tokens.
type code struct {
	tokens []php.Token
	match  []int // see php.Brackets
}

func newCode(source []byte) *code {
	c := &code{tokens: php.Tokenize(source)}
	c.match = php.Brackets(c.tokens)
	return c
}

// at is the token i; behind both ends there is nothing, which ends a statement.
func (c *code) at(i int) php.Token {
	if i < 0 || i >= len(c.tokens) {
		return php.Token{}
	}
	return c.tokens[i]
}

func (c *code) isSign(i int, signs ...string) bool {
	return c.at(i).Kind == php.Sign && slices.Contains(signs, c.at(i).Text)
}

func (c *code) isWord(i int, words ...string) bool {
	return slices.ContainsFunc(words, c.at(i).IsWord)
}

// debugAt says what is wrong with the word i, "" for nothing.
func (c *code) debugAt(i int) string {
	if c.isSign(i-1, "->", "?->", "::", "$") || c.isWord(i-1, "function", "new", "const", "fn", "class", "as") || c.isSign(i-1, "&") && c.isWord(i-2, "function") {
		return "" // a name of its own
	}
	name := strings.ToLower(strings.TrimPrefix(c.tokens[i].Text, `\`))
	switch {
	case name == "die", name == "exit":
		return c.exitAt(i, name)
	case !c.isSign(i+1, "(") || c.isInDefinition(i):
		return ""
	case slices.Contains(debugCalls(), name):
		return name + "() shows something for debugging"
	case slices.Contains(returningCalls(), name) && c.prints(i+1):
		return name + "() prints a value for debugging"
	}
	return ""
}

// isLogged reports whether the word i writes a sentence to the log of the server. Moodle does that itself where
// nobody looks at the page: it may be meant.
func (c *code) isLogged(i int) bool {
	const sentence = 20
	if !c.isWord(i, "error_log", `\error_log`) || !c.isSign(i+1, "(") {
		return false
	}
	length := 0
	for k := i + 2; k < min(c.match[i+1], len(c.tokens)); k++ {
		if c.isDebugCall(k) {
			return false
		}
		if c.tokens[k].Kind == php.String {
			length += len(c.tokens[k].Text)
		}
	}
	return length >= sentence
}

// isDebugCall reports whether the word i calls one of the functions, whatever it does with the value.
func (c *code) isDebugCall(i int) bool {
	name := strings.ToLower(strings.TrimPrefix(c.at(i).Text, `\`))
	return c.at(i).Kind == php.Word && c.isSign(i+1, "(") && (slices.Contains(debugCalls(), name) || slices.Contains(returningCalls(), name)) && !c.isSign(i-1, "->", "?->", "::")
}

// prints reports whether one of returningCalls, with the brackets that open at i, is not told to return the value.
func (c *code) prints(i int) bool {
	switch c.arguments(i) {
	case 1:
		return true
	case 2:
		last := min(c.match[i], len(c.tokens)) - 1
		if c.isSign(last, ",") {
			last--
		}
		isAlone := c.isSign(last-1, ",") || c.isSign(last-1, ":") && c.isWord(last-2, "return") && c.isSign(last-3, ",")
		return isAlone && (c.isWord(last, "false", "null") || c.at(last).Kind == php.Number && c.at(last).Text == "0")
	}
	return false
}

// arguments counts what stands between the brackets that open at i.
func (c *code) arguments(i int) int {
	end := min(c.match[i], len(c.tokens))
	if i+1 >= end {
		return 0
	}
	n := 1
	for k := i + 1; k < end; k++ {
		switch {
		case c.isSign(k, "(", "[", "{"):
			k = c.match[k]
		case c.isSign(k, ",") && k+1 < end:
			n++
		}
	}
	return n
}

// isInDefinition reports whether the token i stands in the body of a function that is itself one of those: core
// defines print_object.
func (c *code) isInDefinition(i int) bool {
	for k := range i {
		if c.isWord(k, "function") && slices.Contains(debugCalls(), strings.ToLower(c.at(k+1).Text)) && c.isSign(k+2, "(") {
			open := c.match[k+2] + 1
			if c.isSign(open, "{") && open < i && i < c.match[open] {
				return true
			}
		}
	}
	return false
}

// exitAt judges die and exit. One that says something, or that a condition leads to, is meant. So is one that ends
// a page: the last statement of its block, behind one that does something. What is left over stands in the middle
// of code that can never be reached behind it.
func (c *code) exitAt(i int, name string) string {
	end := i + 1 // the token behind
	if c.isSign(end, "(") {
		closing := c.match[end]
		for k := end + 1; k < closing; k++ {
			if c.isDebugCall(k) {
				return name + " with a value for debugging"
			}
		}
		if closing != end+1 {
			return ""
		}
		end = closing + 1
	}
	if !c.beginsStatement(i) || c.at(end) != (php.Token{}) && !c.isSign(end, ";") {
		return ""
	}
	before := c.statementBefore(i)
	switch {
	case before == debugging:
		return name + " behind output for debugging"
	case !c.endsBlock(end + 1):
		return name + " in front of code that is never reached"
	case before == leaving:
		return name + " that is never reached"
	case before == defining, before == assigning:
		return name + " where nothing was done that it could end"
	}
	return ""
}

// beginsStatement reports whether a statement begins at token i and no condition without braces leads to it.
func (c *code) beginsStatement(i int) bool {
	return i == 0 || c.isSign(i-1, ";", "{", "}") || c.isSign(i-1, ":") && c.isLabel(i-1)
}

// isLabel reports whether the colon i is that of a case.
func (c *code) isLabel(i int) bool {
	for k := i - 1; k >= 0 && !c.isSign(k, ";", "{", "}", "?", ":"); k-- {
		if c.isWord(k, "case", "default") {
			return true
		}
	}
	return false
}

// endsBlock reports whether no code follows at token i that would be reached but for what stands before it.
// Functions and classes are there whether or not.
func (c *code) endsBlock(i int) bool {
	return c.at(i) == (php.Token{}) || c.isSign(i, "}") || c.isWord(i, "case", "default", "break", "endif", "else", "elseif", "endforeach", "endwhile",
		"function", "class", "abstract", "final", "interface", "trait", "namespace")
}

// doing is what a statement does.
type doing int

const (
	acting    doing = iota // anything
	debugging              // shows a value for debugging
	leaving                // returns or throws: what follows is never reached
	defining               // the end of a function or a class
	assigning              // sets a variable
	nothing                // there is none: the block begins
)

// statementBefore looks at the statement before the one that begins at token i, in the same block.
func (c *code) statementBefore(i int) doing {
	switch {
	case i == 0 || c.isSign(i-1, "{", ":"):
		return nothing
	case c.isSign(i-1, "}") && c.isDefinition(c.opening(i-1)):
		return defining
	case c.isSign(i-1, "}"):
		return acting
	}
	k := i - 2
	for k >= 0 && !c.isSign(k, ";", "{", "}") && !(c.isSign(k, ":") && c.isLabel(k)) {
		if c.isSign(k, ")", "]") {
			k = c.opening(k)
		}
		k--
	}
	for n := k + 1; n < i-1; n++ {
		if c.isDebugCall(n) && !c.isWord(n, "error_log") {
			return debugging
		}
	}
	if c.isWord(k+1, "return", "throw") {
		return leaving
	}
	if c.isAssignment(k+1, i-1) {
		return assigning
	}
	return acting
}

// isAssignment reports whether the statement between two tokens sets a variable: what ends a page shows something first.
func (c *code) isAssignment(from, to int) bool {
	if c.at(from).Kind != php.Variable {
		return false
	}
	for k := from; k < to; k++ {
		switch {
		case c.isSign(k, "=", ".="):
			return true
		case c.isSign(k, "("):
			return false
		}
	}
	return false
}

// opening is the bracket that is closed at token i; i itself where there is none.
func (c *code) opening(i int) int {
	for k := i - 1; k >= 0; k-- {
		if c.match[k] == i && c.isSign(k, "(", "[", "{") {
			return k
		}
	}
	return i
}

// isDefinition reports whether the brace i opens the body of a function, class or the like.
func (c *code) isDefinition(i int) bool {
	for k := i - 1; k >= 0 && !c.isSign(k, ";", "{", "}"); k-- {
		if c.isWord(k, "function", "class", "interface", "trait", "enum") {
			return true
		}
	}
	return false
}
