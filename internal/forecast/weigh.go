package forecast

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"mgit/internal/php"
)

// library holds the functions that an upgrade function may call, and what they do.
type library struct {
	functions map[string]function // by the name in lower case
	done      map[string]*work    // nil while it is being read
}

// work is what a piece of code does.
type work struct {
	reasons []Reason
	queues  []string
}

func newLibrary(f *file) *library {
	l := &library{functions: make(map[string]function), done: make(map[string]*work)}
	l.add(f)
	return l
}

// add takes the functions of a file; of two with one name the first counts.
func (l *library) add(f *file) {
	for _, fn := range f.functions {
		name := strings.ToLower(fn.name)
		if _, known := l.functions[name]; !known && !isSavepoint(php.Token{Kind: php.Word, Text: name}) && otherActs[name] == (act{}) {
			l.functions[name] = fn
		}
	}
}

// weigh enters what the upgrade function does into the steps that do it.
func (l *library) weigh(fn function, owner []int, script *Script) {
	l.done[strings.ToLower(fn.name)] = nil
	r := newReader(l, fn, func(i int) *work { return &work{} })
	all := make([]work, len(script.Steps)+1) // the last is for what belongs to none
	r.into = func(i int) *work {
		if owner[i] == noStep {
			return &all[len(script.Steps)]
		}
		return &all[owner[i]]
	}
	r.read()
	for i := range script.Steps {
		s := &script.Steps[i]
		s.Reasons, s.Queues, s.Weight = all[i].reasons, all[i].queues, heaviest(all[i].reasons)
	}
	script.Always = all[len(script.Steps)].reasons
}

// of is what a function does; nil for one that is unknown, or calls itself.
func (l *library) of(name string) *work {
	name = strings.ToLower(strings.TrimPrefix(name, `\`))
	if w, known := l.done[name]; known {
		return w
	}
	fn, ok := l.functions[name]
	if !ok || len(l.done) > mostFunctions {
		return nil
	}
	l.done[name] = nil
	w := &work{}
	newReader(l, fn, func(int) *work { return w }).read()
	l.done[name] = w
	return w
}

// mostFunctions is how many functions are followed from one upgrade function.
const mostFunctions = 1000

// reader goes through a function from top to bottom, as if every line ran once, and
// remembers what its variables were last set to.
type reader struct {
	lib    *library
	fn     function
	tokens []php.Token
	match  []int
	into   func(token int) *work
	tables map[string][]string // tables in variables: xmldb_table, SQL, rows of a query
	rows   map[string]bool     // variables that hold rows of a query
	class  map[string]string   // classes of objects in variables
	loops  []loop
}

// loop is a loop the reader is in.
type loop struct {
	end    int
	line   int
	at     int      // its token
	tables []string // whose rows it goes through, and which it changes
	isRows bool     // it goes through the rows of a query
	writes bool
}

func newReader(l *library, fn function, into func(int) *work) *reader {
	return &reader{
		lib: l, fn: fn, tokens: fn.file.tokens, match: fn.file.match, into: into,
		tables: make(map[string][]string), rows: make(map[string]bool), class: make(map[string]string),
	}
}

func (r *reader) read() {
	end := min(r.fn.close, len(r.tokens))
	for i := r.fn.open + 1; i < end; i++ {
		r.leave(i)
		t := r.tokens[i]
		switch {
		case isAny(t, "foreach", "while", "for") && r.fn.file.at(i+1).IsSign("("):
			r.enter(i, end)
		case t.Kind == php.Variable && (r.fn.file.at(i+1).IsSign("=") || r.fn.file.at(i+1).IsSign(".=")):
			r.assign(i, end)
		case t.Kind == php.Word && r.fn.file.at(i+1).IsSign("(") && !isAny(r.fn.file.at(i-1), "function", "new"):
			r.call(i)
		}
	}
	r.leave(len(r.tokens))
}

// add enters a reason for the code at a token.
func (r *reader) add(i int, reason Reason) {
	if i < len(r.tokens) {
		reason.Line = r.tokens[i].Line
	}
	w := r.into(i)
	w.reasons = addReason(w.reasons, reason)
}

// enter begins a loop.
func (r *reader) enter(i, end int) {
	open := i + 1
	closing := min(r.match[open], end)
	l := loop{at: i, line: r.tokens[i].Line, end: closing + 1}
	switch t := r.fn.file.at(closing + 1); {
	case t.IsSign("{"):
		l.end = min(r.match[closing+1], end)
	case t.IsSign(":"):
		for l.end < end && !isAny(r.tokens[l.end], "endforeach", "endwhile", "endfor") {
			l.end++
			if l.end > closing+mostLooked {
				break
			}
		}
	default:
		for l.end < end && !r.tokens[l.end].IsSign(";") && l.end < closing+mostLooked {
			l.end++
		}
	}
	l.tables, l.isRows = r.subject(open+1, closing)
	if r.tokens[i].IsWord("while") {
		l.isRows = true // `while ($rs->valid())`, `while ($row = …)`
	}
	r.loops = append(r.loops, l)
}

// mostLooked is how many tokens of one expression are looked at.
const mostLooked = 400

// subject finds out whether a loop goes through rows of a query, and of which tables.
func (r *reader) subject(from, to int) (tables []string, isRows bool) {
	for k := from; k < min(to, from+mostLooked) && !r.tokens[k].IsWord("as"); k++ {
		t := r.tokens[k]
		if t.Kind == php.Variable && r.rows[t.Text] {
			tables, isRows = mergeNames(tables, r.tables[t.Text]), true
		}
		if t.Kind == php.Word && slices.Contains(queries, strings.ToLower(t.Text)) && r.fn.file.at(k+1).IsSign("(") {
			tables, isRows = mergeNames(tables, r.argument(k, strings.Contains(strings.ToLower(t.Text), "sql"))), true
		}
	}
	return tables, isRows
}

// leave ends the loops that end before token i.
func (r *reader) leave(i int) {
	for len(r.loops) > 0 && r.loops[len(r.loops)-1].end <= i {
		l := r.loops[len(r.loops)-1]
		r.loops = r.loops[:len(r.loops)-1]
		switch {
		case !l.isRows:
			// What is listed in the code is short.
		case l.writes:
			a := act{"changes rows one by one", Heavy, Medium}
			r.add(l.at, Reason{Weight: a.on(l.tables), Does: a.does, Tables: l.tables})
		case len(l.tables) > 0:
			a := act{"goes through rows one by one", Medium, Light}
			r.add(l.at, Reason{Weight: a.on(l.tables), Does: a.does, Tables: l.tables})
		}
	}
}

// inRows is the innermost loop over rows, nil outside of one.
func (r *reader) inRows() *loop {
	for i := len(r.loops) - 1; i >= 0; i-- {
		if r.loops[i].isRows {
			return &r.loops[i]
		}
	}
	return nil
}

// assign remembers what a variable is set to.
func (r *reader) assign(i, end int) {
	name := r.tokens[i].Text
	if r.tokens[i+1].IsSign("=") {
		delete(r.tables, name)
		delete(r.rows, name)
		delete(r.class, name)
	}
	for k := i + 2; k < min(end, i+2+mostLooked) && !r.tokens[k].IsSign(";"); k++ {
		t := r.tokens[k]
		next := r.fn.file.at(k + 1)
		switch {
		case t.IsWord("new") && next.Kind == php.Word:
			r.class[name] = strings.TrimPrefix(next.Text, `\`)
			if isTableClass(next) && r.fn.file.at(k+3).Kind == php.String {
				r.tables[name] = []string{r.fn.file.at(k + 3).Text}
			}
			return
		case t.Kind == php.Word && next.IsSign("(") && slices.Contains(queries, strings.ToLower(t.Text)):
			r.rows[name] = true
			r.tables[name] = r.argument(k, strings.Contains(strings.ToLower(t.Text), "sql"))
			return
		case t.Kind == php.String:
			r.tables[name] = mergeNames(r.tables[name], tablesIn(t.Text))
			if s := verb(t.Text); s != "" && r.class[name] == "" {
				r.class[name] = s
			}
		case isPrefix(r.tokens, k) && r.fn.file.at(k+4).Kind == php.String:
			// 'UPDATE ' . $CFG->prefix . 'user SET …'
			r.tables[name] = mergeNames(r.tables[name], tablesIn("{$CFG->prefix}"+r.tokens[k+4].Text))
		}
	}
}

func isTableClass(t php.Token) bool {
	return isAny(t, "xmldb_table", `\xmldb_table`, "XMLDBTable")
}

// isPrefix reports whether `$CFG->prefix .` stands at token k.
func isPrefix(tokens []php.Token, k int) bool {
	return k+3 < len(tokens) && tokens[k].Text == "$CFG" && tokens[k+1].IsSign("->") && tokens[k+2].IsWord("prefix") && tokens[k+3].IsSign(".")
}

var (
	tableInBraces = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{([a-z][a-z0-9_]*)\}`) })
	tableByPrefix = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{?\$\{?CFG->prefix\}?([a-z][a-z0-9_]*)`) })
	sqlVerb       = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)^\s*(update|delete|insert|replace|alter|create|drop|truncate)\s`)
	})
)

// tablesIn finds the tables in a piece of SQL.
func tablesIn(sql string) []string {
	var tables []string
	for _, pattern := range []*regexp.Regexp{tableInBraces(), tableByPrefix()} {
		for _, m := range pattern.FindAllStringSubmatch(sql, 40) {
			tables = mergeNames(tables, m[1:])
		}
	}
	return tables
}

// verb is what SQL does, "" for what only reads. It is kept where classes of
// objects are, and no class is called so.
func verb(sql string) string {
	m := sqlVerb().FindStringSubmatch(sql)
	if m == nil {
		return ""
	}
	return "SQL " + strings.ToUpper(m[1])
}

// argument finds the tables that the first argument of the call at token i names,
// as a name or in SQL.
func (r *reader) argument(i int, isSQL bool) (tables []string) {
	r.eachOfArgument(i, func(t php.Token) {
		switch {
		case t.Kind == php.Variable:
			tables = mergeNames(tables, r.tables[t.Text])
		case t.Kind == php.String && isSQL:
			tables = mergeNames(tables, tablesIn(t.Text))
		case t.Kind == php.String:
			tables = mergeNames(tables, []string{t.Text})
		}
	})
	return tables
}

// eachOfArgument calls visit for the tokens of the first argument.
func (r *reader) eachOfArgument(i int, visit func(php.Token)) {
	end := min(r.match[i+1], len(r.tokens), i+2+mostLooked)
	for k, depth := i+2, 0; k < end; k++ {
		switch t := r.tokens[k]; {
		case t.IsSign("("), t.IsSign("["):
			depth++
		case t.IsSign(")"), t.IsSign("]"):
			depth--
		case t.IsSign(",") && depth == 0:
			return
		default:
			visit(t)
		}
	}
}
