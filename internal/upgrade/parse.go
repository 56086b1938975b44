package upgrade

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"mgit/internal/git"
)

// ErrNewer is returned for a file in a format that only a later version of mgit knows.
var ErrNewer = errors.New("written by a newer version of mgit")

// Parse reads a ledger. Keys that it does not know are kept in Unknown. The error names every value that it
// cannot take; it is ErrNewer for a newer format.
func Parse(data []byte) (*Ledger, error) {
	var tree map[string]any
	if _, err := toml.Decode(string(data), &tree); err != nil {
		if bad := (toml.ParseError{}); errors.As(err, &bad) {
			return nil, fmt.Errorf("read ledger: line %d: %s", bad.Position.Line, bad.Message)
		}
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	root := &taker{tree: tree}
	l := &Ledger{Format: root.number("format"), Entries: map[string]*Entry{}}
	if l.Format > Format {
		return nil, fmt.Errorf("read ledger: format %d: %w", l.Format, ErrNewer)
	}
	if l.Format != Format {
		root.fault("format", "want format = %d", Format)
	}
	l.Series = root.text("series")
	l.From = root.text("from")
	l.Onto = root.text("onto")
	l.OntoCommit = root.id("onto_commit")
	entries := root.table("branch")
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		table, ok := entries[name].(map[string]any)
		if !ok {
			root.fault("branch", "%q is no table", name)
			continue
		}
		l.Entries[name] = parseEntry(root.under(fmt.Sprintf("branch %q: ", name), table))
	}
	l.Unknown = root.rest()
	if len(root.faults()) > 0 {
		return nil, fmt.Errorf("read ledger: %s", strings.Join(root.faults(), "; "))
	}
	return l, nil
}

func parseEntry(t *taker) *Entry {
	e := &Entry{
		Disposition: t.word("disposition", Dispositions()),
		Reason:      t.text("reason"),
		Ticket:      t.text("ticket"),
		State:       t.word("state", States()),
		Outcome:     t.word("outcome", Outcomes()),
		Run:         t.number("run"),
		OldTip:      t.id("old_tip"),
		NewName:     t.text("new_name"),
		NewTip:      t.id("new_tip"),
		Release:     t.text("release"),
	}
	if table := t.table("parked"); table != nil {
		p := t.under("parked: ", table)
		e.Parked = &Parked{Commit: p.id("commit"), Paths: mapped(p.texts("paths"), unquotePath), Waiting: p.number("waiting")}
		e.Parked.Unknown = p.rest()
	}
	for _, table := range t.tables("notes") {
		n := t.under("notes: ", table)
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

// taker takes known keys out of a decoded table, notes what is wrong with them and leaves the others.
type taker struct {
	tree  map[string]any
	where string
	notes *[]string
}

func (t *taker) under(where string, tree map[string]any) *taker {
	return &taker{tree: tree, where: t.where + where, notes: t.list()}
}

func (t *taker) list() *[]string {
	if t.notes == nil {
		t.notes = new([]string)
	}
	return t.notes
}

func (t *taker) faults() []string { return *t.list() }

func (t *taker) fault(key, format string, args ...any) {
	notes := t.list()
	*notes = append(*notes, t.where+key+": "+fmt.Sprintf(format, args...))
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

func (t *taker) text(key string) string { return take[string](t, key, "a text") }

func (t *taker) number(key string) int { return int(take[int64](t, key, "a whole number")) }

func (t *taker) time(key string) time.Time { return take[time.Time](t, key, "a date and time") }

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
	for _, item := range take[[]any](t, key, "a list of texts") {
		text, ok := item.(string)
		if !ok {
			t.fault(key, "want a list of texts")
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
	}
	return text
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
