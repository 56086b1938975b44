package tracker

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"mgit/internal/config"
)

// MirrorFormat is the newest format of mirrors that this version reads, and the one it
// writes.
const MirrorFormat = 1

// ParseMirror reads a mirror; name is its file's, for errors. The error is a *FileError,
// which is also config.ErrNewer for a newer format. Unknown keys are kept.
func ParseMirror(name string, data []byte) (*Mirror, error) {
	doc, err := config.ParseDocument(name, data)
	if bad := (*config.SyntaxError)(nil); errors.As(err, &bad) {
		return nil, &FileError{name, []*Problem{{Line: bad.Line, Text: bad.Reason}}}
	}
	if err != nil {
		return nil, &FileError{name, []*Problem{{Line: 1, Text: err.Error()}}}
	}
	tree, _ := doc.Get()
	table, _ := tree.(map[string]any)
	root := &taker{tree: maps.Clone(table), doc: doc, problems: new([]*Problem)}
	m := readMirror(root)
	if m.Format > MirrorFormat {
		return nil, &FileError{name, []*Problem{{
			Line: doc.Line("format"), Key: "format", Err: config.ErrNewer,
			Text: fmt.Sprintf("this is format %d, and only format %d is known here: %v", m.Format, MirrorFormat, config.ErrNewer),
		}}}
	}
	if problems := *root.problems; len(problems) > 0 {
		slices.SortStableFunc(problems, func(a, b *Problem) int { return cmp.Compare(a.Line, b.Line) })
		return nil, &FileError{name, problems}
	}
	return m, nil
}

func readMirror(root *taker) *Mirror {
	m := &Mirror{Branches: map[string]Mirrored{}}
	faults := len(*root.problems)
	if m.Format = root.number("format"); m.Format < MirrorFormat && len(*root.problems) == faults {
		root.fault("format", "want format = %d", MirrorFormat)
	}
	m.Kind, m.URL, m.Project, m.Series = root.text("kind"), root.text("url"), root.text("project"), root.text("series")
	m.Groups = root.texts("groups")
	if table := root.table("upgrade"); table != nil {
		m.Upgrade = readMirrored(root.under("upgrade", table))
	}
	branches := root.under("branch", root.table("branch"))
	for _, name := range slices.Sorted(maps.Keys(branches.tree)) {
		table, ok := branches.tree[name].(map[string]any)
		if !ok {
			branches.fault(name, "want a table: [%s] and its keys below", config.FormatPath("branch", name))
			continue
		}
		m.Branches[name] = readMirrored(branches.under(name, table))
	}
	m.Unknown = root.rest()
	return m
}

func readMirrored(t *taker) Mirrored {
	m := Mirrored{
		Issue: t.text("issue"), State: t.word("state", States()), Status: t.text("status"), Meant: t.text("meant"),
		Owner: t.text("owner"), Assignee: t.text("assignee"), Done: t.number("done"), Version: t.text("version"),
		Fields: t.named("fields"), Subject: t.text("subject"), Description: t.text("description"),
		Links: sortedIDs(t.texts("links")), Told: sortedTexts(t.texts("told")), Seen: t.text("seen"),
		Updated: take[time.Time](t, "updated", "a date and time such as 2026-01-02T15:04:05Z, without quotes"),
		Refused: t.named("refused"),
	}
	if !m.Updated.IsZero() {
		m.Updated = m.Updated.UTC()
	}
	m.Unknown = t.rest()
	return m
}

// Encode writes the mirror as ParseMirror reads it. The same mirror always gives the same
// bytes: known keys in a fixed order, then the unknown ones, and the branches by name.
func (m *Mirror) Encode() ([]byte, error) {
	w := &mirrorWriter{}
	w.value("format", MirrorFormat)
	w.text("kind", m.Kind)
	w.text("url", m.URL)
	w.text("project", m.Project)
	w.text("series", m.Series)
	w.texts("groups", sortedIDs(m.Groups))
	w.unknown(m.Unknown)
	if !m.Upgrade.isZero() {
		w.mirrored(m.Upgrade, "upgrade")
	}
	for _, name := range slices.Sorted(maps.Keys(m.Branches)) {
		if b := m.Branches[name]; !b.isZero() {
			w.mirrored(b, "branch", name)
		}
	}
	if w.err != nil {
		return nil, fmt.Errorf("write what the tracker was last told: %w", w.err)
	}
	return w.Bytes(), nil
}

// mirrorWriter writes TOML and keeps the first error.
type mirrorWriter struct {
	bytes.Buffer
	err error
}

func (w *mirrorWriter) mirrored(m Mirrored, path ...string) {
	fmt.Fprintf(w, "\n[%s]\n", config.FormatPath(path...))
	w.text("issue", m.Issue)
	w.text("state", m.State)
	w.text("status", m.Status)
	w.text("meant", m.Meant)
	w.text("owner", m.Owner)
	w.text("assignee", m.Assignee)
	if m.Done != 0 {
		w.value("done", m.Done)
	}
	w.text("version", m.Version)
	w.text("subject", m.Subject)
	w.text("description", m.Description)
	w.texts("links", sortedIDs(m.Links))
	w.texts("told", sortedTexts(m.Told))
	w.text("seen", m.Seen)
	if !m.Updated.IsZero() {
		w.value("updated", m.Updated.UTC())
	}
	w.named("fields", m.Fields)
	w.named("refused", m.Refused)
	w.unknown(m.Unknown)
}

// text writes a text; an empty one is the same as none. What is not UTF-8, which TOML
// cannot hold, is not worth a sync that cannot be stored.
func (w *mirrorWriter) text(key, text string) {
	if text != "" {
		w.value(key, strings.ToValidUTF8(text, "\uFFFD"))
	}
}

func (w *mirrorWriter) texts(key string, texts []string) {
	if len(texts) > 0 {
		w.value(key, texts)
	}
}

func (w *mirrorWriter) named(key string, texts map[string]string) {
	if len(texts) > 0 {
		w.value(key, texts)
	}
}

func (w *mirrorWriter) unknown(table map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(table)) {
		w.value(config.FormatKey(key), table[key])
	}
}

func (w *mirrorWriter) value(key string, value any) {
	text, err := config.FormatValue(value)
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("%s: %w", key, err)
	}
	fmt.Fprintf(w, "%s = %s\n", key, text)
}

// sortedIDs are ids, each once, in the tracker's order; nil for none.
func sortedIDs(ids []string) []string {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == "" })
	slices.SortFunc(ids, compareIDs)
	if ids = slices.Compact(ids); len(ids) == 0 {
		return nil
	}
	return ids
}

// sortedTexts are texts, each once; nil for none.
func sortedTexts(texts []string) []string {
	texts = slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return text == "" })
	slices.Sort(texts)
	if texts = slices.Compact(texts); len(texts) == 0 {
		return nil
	}
	return texts
}
