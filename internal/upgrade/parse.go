package upgrade

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/moodle"
)

// Parse reads a ledger. Keys that it does not know are kept in Unknown. The error is a *FileError that names
// everything it cannot take, line by line, under the name that the file has on the mgit branch. It is
// config.ErrNewer for a newer format, of which nothing else is judged.
func Parse(name string, data []byte) (*Ledger, error) {
	l, found, err := read(name, data)
	if err != nil {
		return nil, err
	}
	if len(found.problems) > 0 {
		return nil, found.err()
	}
	return l, nil
}

// Check lists what is wrong in a ledger, keys that this version does not know included. Those hinder nothing and
// are kept, but may be misspelt.
func Check(name string, data []byte) []*Problem {
	l, found, err := read(name, data)
	if bad := (*FileError)(nil); errors.As(err, &bad) {
		return bad.Problems
	}
	found.unknown("", nil, l.Unknown, ledgerKeys())
	for _, branch := range slices.Sorted(maps.Keys(l.Entries)) {
		e, at := l.Entries[branch], []string{"branch", branch}
		found.unknown(branch, at, e.Unknown, entryKeys())
		if e.Parked != nil {
			found.unknown(branch, append(at, "parked"), e.Parked.Unknown, []string{"commit", "paths", "waiting"})
		}
		for n, note := range e.Notes {
			for _, key := range slices.Sorted(maps.Keys(note.Unknown)) {
				found.add(&Problem{
					Line: found.doc.LineIn([]string{"branch", branch, "notes"}, n, key), Branch: branch,
					Key: config.FormatPath("notes", key), Text: "unknown key", Suggestion: config.Closest(key, []string{"when", "who", "text"}),
				})
			}
		}
	}
	found.sort()
	return found.problems
}

func ledgerKeys() []string {
	return []string{"format", "series", "from", "onto", "onto_commit", "branch"}
}

func entryKeys() []string {
	return []string{
		"disposition", "reason", "ticket", "owner", "justification", "upstream", "review_by", "state", "outcome",
		"run", "old_tip", "new_name", "new_tip", "release", "parked", "notes",
	}
}

// read reads as much of a ledger as can be read. The error is a *FileError for a file of which nothing can.
func read(name string, data []byte) (*Ledger, *problems, error) {
	fail := func(p *Problem) (*Ledger, *problems, error) {
		return nil, nil, &FileError{File: name, Problems: []*Problem{p}}
	}
	doc, err := config.ParseDocument(name, data)
	if bad := (*config.SyntaxError)(nil); errors.As(err, &bad) {
		return fail(&Problem{Line: bad.Line, Text: bad.Reason})
	}
	if err != nil {
		return fail(&Problem{Line: 1, Text: err.Error()})
	}
	tree, _ := doc.Get()
	found := &problems{file: name, doc: doc}
	root := &taker{tree: maps.Clone(tree.(map[string]any)), found: found}
	l := &Ledger{Format: root.number("format"), Entries: map[string]*Entry{}}
	if l.Format > Format {
		return fail(&Problem{
			Line: doc.Line("format"), Key: "format", Err: config.ErrNewer,
			Text: fmt.Sprintf("this is format %d, and only format %d is known here: %v", l.Format, Format, config.ErrNewer),
		})
	}
	if l.Format != Format && len(found.problems) == 0 {
		root.fault("format", "want format = %d", Format)
	}
	l.Series = root.series("series").String()
	l.From = root.series("from").String()
	l.Onto = root.text("onto")
	l.OntoCommit = root.id("onto_commit")
	entries := root.table("branch")
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		t := &taker{branch: name, path: []string{"branch", name}, found: found}
		table, ok := entries[name].(map[string]any)
		if !ok {
			t.fault("", "want a table: [%s] and its keys below", config.FormatPath("branch", name))
			continue
		}
		if rest, ok := unquoted(table); ok {
			t.path = append(t.path, rest)
			t.fault("", "the name of a branch stands in quotes: [%s]", config.FormatPath("branch", name+"."+rest))
			continue
		}
		t.tree = maps.Clone(table)
		l.Entries[name] = parseEntry(t)
	}
	l.Unknown = root.rest()
	found.sort()
	return l, found, nil
}

// unquoted reports whether a table is what TOML makes of a branch's name with a dot in it that does not stand in
// quotes: it holds nothing but a table of the rest. It returns that rest.
func unquoted(table map[string]any) (rest string, ok bool) {
	for key, value := range table {
		_, isTable := value.(map[string]any)
		if !isTable || key == "parked" || len(table) > 1 {
			return "", false
		}
		rest = key
	}
	return rest, rest != ""
}

func parseEntry(t *taker) *Entry {
	e := &Entry{
		Disposition:   t.word("disposition", Dispositions()),
		Reason:        t.text("reason"),
		Ticket:        t.text("ticket"),
		Owner:         t.text("owner"),
		Justification: t.word("justification", Justifications()),
		Upstream:      t.texts("upstream"),
		ReviewBy:      t.series("review_by"),
		State:         t.word("state", States()),
		Outcome:       t.word("outcome", Outcomes()),
		Run:           t.number("run"),
		OldTip:        t.id("old_tip"),
		NewName:       t.text("new_name"),
		NewTip:        t.id("new_tip"),
		Release:       t.text("release"),
	}
	if table := t.table("parked"); table != nil {
		p := t.under("parked", table)
		e.Parked = &Parked{Commit: p.id("commit"), Paths: mapped(p.texts("paths"), unquotePath), Waiting: p.number("waiting")}
		e.Parked.Unknown = p.rest()
	}
	for i, table := range t.tables("notes") {
		n := t.under("notes", table)
		n.item = i + 1
		note := Note{When: n.time("when"), Who: n.text("who"), Text: n.text("text")}
		note.Unknown = n.rest()
		e.Notes = append(e.Notes, note)
	}
	if e.State == "" {
		e.State = StateTodo
	}
	e.Unknown = t.rest()
	return e
}

// problems collects what is wrong in a file.
type problems struct {
	file     string
	doc      *config.Document
	problems []*Problem
}

func (f *problems) add(p *Problem) { f.problems = append(f.problems, p) }

func (f *problems) err() error { return &FileError{File: f.file, Problems: f.problems} }

func (f *problems) sort() {
	slices.SortStableFunc(f.problems, func(a, b *Problem) int { return cmp.Compare(a.Line, b.Line) })
}

// unknown adds the keys of a table that nobody took.
func (f *problems) unknown(branch string, path []string, table map[string]any, known []string) {
	below := ""
	if len(path) > 2 {
		below = config.FormatPath(path[2:]...) + "."
	}
	for _, key := range slices.Sorted(maps.Keys(table)) {
		f.add(&Problem{
			Line: f.doc.Line(append(slices.Clone(path), key)...), Branch: branch, Key: below + config.FormatKey(key),
			Text: "unknown key", Suggestion: config.Closest(key, known),
		})
	}
}

// taker takes known keys out of a decoded table, notes what is wrong with them and leaves the others.
type taker struct {
	tree   map[string]any
	branch string   // the entry that the table is of or in; "" for the ledger itself
	path   []string // of the table in the file
	item   int      // which of an array of tables it is, from 1; 0: none of one
	found  *problems
}

func (t *taker) under(key string, table map[string]any) *taker {
	return &taker{tree: maps.Clone(table), branch: t.branch, path: append(slices.Clone(t.path), key), found: t.found}
}

// fault notes what is wrong with a key of the table; "" is the table itself.
func (t *taker) fault(key, format string, args ...any) {
	p := &Problem{Branch: t.branch, Text: fmt.Sprintf(format, args...)}
	within := t.path
	if t.branch != "" {
		within = t.path[2:]
	}
	at := slices.Clone(t.path)
	if key != "" {
		at, within = append(at, key), append(slices.Clone(within), key)
	}
	p.Key = config.FormatPath(within...)
	p.Line = t.found.doc.Line(at...)
	if t.item > 0 {
		p.Line = t.found.doc.LineIn(t.path, t.item-1, key)
	}
	t.found.add(p)
}

// rest returns the keys that nobody took.
func (t *taker) rest() map[string]any {
	if len(t.tree) == 0 {
		return nil
	}
	return t.tree
}

// take takes the value of key out of t. It is V's zero value where the key is absent or has another type.
func take[V any](t *taker, key, want string) V {
	value, found := t.tree[key]
	delete(t.tree, key)
	v, ok := value.(V)
	if found && !ok {
		t.fault(key, "want %s", want)
	}
	return v
}

func (t *taker) text(key string) string { return take[string](t, key, "a text in quotes") }

func (t *taker) number(key string) int { return int(take[int64](t, key, "a whole number")) }

func (t *taker) time(key string) time.Time {
	return take[time.Time](t, key, "a date and time such as 2026-01-02T15:04:05Z, without quotes")
}

func (t *taker) table(key string) map[string]any { return take[map[string]any](t, key, "a table") }

func (t *taker) tables(key string) []map[string]any {
	if list, ok := t.tree[key].([]any); ok { // written inline: notes = [{…}]
		tables := make([]map[string]any, 0, len(list))
		for _, item := range list {
			table, ok := item.(map[string]any)
			if !ok {
				t.fault(key, "want a list of tables")
				continue
			}
			tables = append(tables, table)
		}
		delete(t.tree, key)
		return tables
	}
	return take[[]map[string]any](t, key, "a list of tables")
}

func (t *taker) texts(key string) []string {
	var texts []string
	for _, item := range take[[]any](t, key, `a list of texts, such as ["a", "b"]`) {
		text, ok := item.(string)
		if !ok {
			t.fault(key, `want a list of texts, such as ["a", "b"]`)
			return nil
		}
		texts = append(texts, text)
	}
	return texts
}

func (t *taker) word(key string, words []string) string {
	text := t.text(key)
	if text != "" && !slices.Contains(words, text) {
		t.fault(key, "%q is none of %s", text, strings.Join(words, ", "))
		last := t.found.problems[len(t.found.problems)-1]
		last.Suggestion = config.Closest(text, words)
	}
	return text
}

func (t *taker) series(key string) moodle.Series {
	text := t.text(key)
	if text == "" {
		return moodle.Series{}
	}
	series, err := moodle.ParseSeries(text)
	if err != nil {
		t.fault(key, "%s", err)
	}
	return series
}

func (t *taker) id(key string) git.ID {
	text := t.text(key)
	if text == "" {
		return git.ZeroID
	}
	id, err := git.ParseID(text)
	if err != nil {
		t.fault(key, "%s", err)
	}
	return id
}
