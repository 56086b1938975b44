package tracker

import (
	"fmt"
	"strings"

	"mgit/internal/config"
)

// Problem is something in a mirror that cannot be taken as it stands.
type Problem struct {
	Line int    // from 1
	Key  string // dotted, as it would be written in TOML; "" when it is about no key
	Text string // what is wrong, and what is allowed
	Err  error  // config.ErrNewer for a newer format; else nil
}

// Error is the problem in one line, without the name of the file.
func (p *Problem) Error() string {
	if p.Key == "" {
		return fmt.Sprintf("line %d: %s", p.Line, p.Text)
	}
	return fmt.Sprintf("line %d: %s: %s", p.Line, p.Key, p.Text)
}

// Unwrap returns what the problem is a case of.
func (p *Problem) Unwrap() error { return p.Err }

// FileError is the error of reading a mirror: everything that is wrong in it, by line.
type FileError struct {
	File     string // trackers/4.5.toml
	Problems []*Problem
}

// Error is a line for each problem, with the file's name in front.
func (e *FileError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = e.File + ":" + strings.TrimPrefix(p.Error(), "line ")
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.Is and errors.As look at each problem.
func (e *FileError) Unwrap() []error {
	errs := make([]error, len(e.Problems))
	for i, p := range e.Problems {
		errs[i] = p
	}
	return errs
}

// taker takes known keys out of a decoded table, notes what is wrong with them and leaves
// the others.
type taker struct {
	tree     map[string]any
	path     []string
	doc      *config.Document
	problems *[]*Problem
}

func (t *taker) fault(key, format string, args ...any) {
	path := append(t.path[:len(t.path):len(t.path)], key)
	*t.problems = append(*t.problems, &Problem{
		Line: t.doc.Line(path...), Key: config.FormatPath(path...), Text: fmt.Sprintf(format, args...),
	})
}

// take takes the value of key out of t. It is V's zero value where the key is absent or has
// another type.
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

func (t *taker) word(key string, words []string) string {
	text := t.text(key)
	for _, w := range append(words, "") {
		if text == w {
			return text
		}
	}
	t.fault(key, "%q is none of %s", text, strings.Join(words, ", "))
	return ""
}

// texts takes a list of texts.
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

// named takes a table of texts.
func (t *taker) named(key string) map[string]string {
	table := t.under(key, t.table(key))
	if len(table.tree) == 0 {
		return nil
	}
	texts := make(map[string]string)
	for name := range table.tree {
		texts[name] = ""
	}
	for name := range texts {
		texts[name] = table.text(name)
	}
	return texts
}

func (t *taker) table(key string) map[string]any { return take[map[string]any](t, key, "a table") }

// under takes from a table below t, of which it makes a copy.
func (t *taker) under(key string, table map[string]any) *taker {
	copied := make(map[string]any, len(table))
	for name, value := range table {
		copied[name] = value
	}
	return &taker{tree: copied, path: append(t.path[:len(t.path):len(t.path)], key), doc: t.doc, problems: t.problems}
}

// rest returns the keys that nobody took.
func (t *taker) rest() map[string]any {
	if len(t.tree) == 0 {
		return nil
	}
	return t.tree
}
