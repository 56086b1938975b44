package upgrade

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"mgit/internal/config"
	"mgit/internal/git"
)

// Encode writes the ledger as Parse reads it. The same ledger always gives the same bytes: known keys in a fixed
// order, then the unknown ones, and the entries sorted by name, so that two clones that say the same write the same.
func (l *Ledger) Encode() ([]byte, error) {
	w := &writer{}
	w.value("format", Format)
	w.text("series", l.Series)
	w.text("from", l.From)
	w.text("onto", l.Onto)
	w.id("onto_commit", l.OntoCommit)
	w.unknown(l.Unknown)
	for _, name := range slices.Sorted(maps.Keys(l.Entries)) {
		if !utf8.ValidString(name) {
			return nil, fmt.Errorf("write ledger: the branch name %q is not UTF-8", name)
		}
		w.entry(name, l.Entries[name])
	}
	if w.err != nil {
		return nil, fmt.Errorf("write ledger: %w", w.err)
	}
	return w.Bytes(), nil
}

// writer writes TOML and keeps the first error.
type writer struct {
	bytes.Buffer
	err error
}

func (w *writer) entry(name string, e *Entry) {
	fmt.Fprintf(w, "\n[%s]\n", config.FormatPath("branch", name))
	w.text("disposition", e.Disposition)
	w.text("reason", e.Reason)
	w.text("ticket", e.Ticket)
	w.text("owner", e.Owner)
	w.text("justification", e.Justification)
	if len(e.Upstream) > 0 {
		w.value("upstream", e.Upstream)
	}
	w.text("review_by", e.ReviewBy.String())
	w.progress(e)
	w.unknown(e.Unknown)
	if p := e.Parked; p != nil {
		fmt.Fprintf(w, "[%s]\n", config.FormatPath("branch", name, "parked"))
		w.id("commit", p.Commit)
		w.value("paths", mapped(p.Paths, quotePath))
		w.value("waiting", p.Waiting)
		w.unknown(p.Unknown)
	}
	for _, n := range e.Notes {
		fmt.Fprintf(w, "[[%s]]\n", config.FormatPath("branch", name, "notes"))
		w.value("when", n.When.UTC().Truncate(time.Second))
		w.text("who", n.Who)
		w.text("text", n.Text)
		w.unknown(n.Unknown)
	}
}

// progress writes what a run sets, without where the work stopped, which is a table of its own.
func (w *writer) progress(e *Entry) {
	w.text("state", e.State)
	w.text("outcome", e.Outcome)
	if e.Run != 0 {
		w.value("run", e.Run)
	}
	w.id("old_tip", e.OldTip)
	w.text("new_name", e.NewName)
	w.id("new_tip", e.NewTip)
	w.text("release", e.Release)
}

// quotePath writes a path that is not UTF-8, which TOML cannot hold, as a Go string literal.
func quotePath(path string) string {
	if utf8.ValidString(path) && !strings.HasPrefix(path, `"`) {
		return path
	}
	return strconv.Quote(path)
}

// unquotePath undoes quotePath.
func unquotePath(text string) string {
	if path, err := strconv.Unquote(text); err == nil && strings.HasPrefix(text, `"`) {
		return path
	}
	return text
}

func mapped(texts []string, change func(string) string) []string {
	changed := make([]string, len(texts))
	for i, text := range texts {
		changed[i] = change(text)
	}
	return changed
}

// text writes a text; an empty one is the same as none.
func (w *writer) text(key, text string) {
	if text != "" {
		w.value(key, text)
	}
}

func (w *writer) id(key string, id git.ID) {
	if id != git.ZeroID {
		w.value(key, id.String())
	}
}

func (w *writer) unknown(table map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(table)) {
		w.value(config.FormatKey(key), table[key])
	}
}

func (w *writer) value(key string, value any) {
	text, err := config.FormatValue(value)
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("%s: %w", key, err)
	}
	fmt.Fprintf(w, "%s = %s\n", key, text)
}
