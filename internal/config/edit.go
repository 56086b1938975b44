package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// KeyValue is a key and the value to be written for it, as FormatValue takes it.
type KeyValue struct {
	Key   string
	Value any
}

// SetValue sets the value at path: where the key stands its value is replaced, else it is added to its table, and
// where there is no such table that is added at the end. Everything else in the text stays as it was. What came out
// is decoded and compared with what was meant; on an error the document is unchanged.
func (d *Document) SetValue(value any, path ...string) error {
	text, err := FormatValue(value)
	if err != nil {
		return fmt.Errorf("set %s: %w", FormatPath(path...), err)
	}
	want := cloneTable(d.tree)
	if !plant(want, path, decoded(value)) {
		return fmt.Errorf("set %s in %s: a part of it is no table", FormatPath(path...), d.Name)
	}
	return d.replace("set", path, want, d.withValue(path, text))
}

func (d *Document) withValue(path []string, value string) string {
	for _, s := range d.stmts {
		if !s.isHeader && slices.Equal(s.path, path) {
			return d.text[:s.value] + value + d.text[s.end:]
		}
	}
	table, key := path[:len(path)-1], path[len(path)-1]
	line := FormatKey(key) + " = " + value
	if at, found := d.endOf(table); found {
		return d.insertLine(at, line)
	}
	return d.appended("[" + FormatPath(table...) + "]" + d.newline() + line)
}

// endOf returns where the last key of a table ends. The root table has an end always: before the first header.
func (d *Document) endOf(table []string) (int, bool) {
	end, found, inside := 0, len(table) == 0, len(table) == 0
	for _, s := range d.stmts {
		if s.isHeader {
			inside = !s.isArray && slices.Equal(s.path, table)
			if inside {
				end, found = s.end, true
			}
			continue
		}
		if inside {
			end = s.end
		}
	}
	return end, found
}

// insertLine puts a line behind the line on which position at stands.
func (d *Document) insertLine(at int, line string) string {
	nl := d.newline()
	if at == 0 { // before everything but the comment at the head of the file
		head := d.head()
		return d.text[:head] + line + nl + d.text[head:]
	}
	if n := strings.IndexByte(d.text[at:], '\n'); n >= 0 {
		at += n + 1
		return d.text[:at] + line + nl + d.text[at:]
	}
	return d.text + nl + line + nl
}

// head returns where the comments at the top of the file end, up to and with the first empty line.
func (d *Document) head() int {
	at := 0
	for line := range strings.Lines(d.text) {
		trimmed := strings.TrimSpace(strings.TrimPrefix(line, "\ufeff"))
		if trimmed != "" && !strings.HasPrefix(trimmed, "#") || !strings.HasSuffix(line, "\n") {
			break
		}
		at += len(line)
		if trimmed == "" {
			break
		}
	}
	return at
}

// appended returns the text with a block at its end, an empty line before it.
func (d *Document) appended(block string) string {
	nl := d.newline()
	text := d.text
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += nl
	}
	if strings.TrimSpace(text) != "" && !strings.HasSuffix(text, nl+nl) {
		text += nl
	}
	return text + block + nl
}

func (d *Document) newline() string {
	if strings.Contains(d.text, "\r\n") {
		return "\r\n"
	}
	return "\n"
}

// AppendTable adds the table at path with its keys at the end of the file. It is an error when there is one already.
func (d *Document) AppendTable(path []string, keys ...KeyValue) error {
	if _, exists := d.Get(path...); exists || len(path) == 0 {
		return fmt.Errorf("add [%s] to %s: it is there already", FormatPath(path...), d.Name)
	}
	lines := []string{"[" + FormatPath(path...) + "]"}
	table := map[string]any{}
	for _, kv := range keys {
		value, err := FormatValue(kv.Value)
		if err != nil {
			return fmt.Errorf("add [%s]: %s: %w", FormatPath(path...), kv.Key, err)
		}
		lines = append(lines, FormatKey(kv.Key)+" = "+value)
		table[kv.Key] = decoded(kv.Value)
	}
	want := cloneTable(d.tree)
	if !plant(want, path, table) {
		return fmt.Errorf("add [%s] to %s: a part of it is no table", FormatPath(path...), d.Name)
	}
	return d.replace("add", path, want, d.appended(strings.Join(lines, d.newline())))
}

// Remove takes the key or the table at path out, with what stands below it; comments of other keys stay. It is no
// error when there is none.
func (d *Document) Remove(path ...string) error {
	if _, exists := d.Get(path...); !exists {
		return nil
	}
	want := cloneTable(d.tree)
	uproot(want, path)
	var b strings.Builder
	kept := 0
	for _, s := range d.stmts {
		if len(s.path) < len(path) || !slices.Equal(s.path[:len(path)], path) {
			continue
		}
		begin := strings.LastIndexByte(d.text[:s.begin], '\n') + 1
		end := len(d.text)
		if n := strings.IndexByte(d.text[s.end:], '\n'); n >= 0 {
			end = s.end + n + 1
		}
		b.WriteString(d.text[kept:max(kept, begin)])
		kept = max(kept, end)
	}
	b.WriteString(d.text[kept:])
	return d.replace("remove", path, want, b.String())
}

// replace makes text the document's, when it says what was meant.
func (d *Document) replace(what string, path []string, want map[string]any, text string) error {
	after, err := ParseDocument(d.Name, []byte(text))
	if err != nil || !reflect.DeepEqual(pruned(after.tree), pruned(want)) {
		return fmt.Errorf("%s %s in %s: the file is written in a way that cannot be edited here; edit it by hand", what, FormatPath(path...), d.Name)
	}
	*d = *after
	return nil
}

// plant sets the value at path and makes the tables on the way. It reports false where something else is in the way.
func plant(tree map[string]any, path []string, value any) bool {
	for _, part := range path[:len(path)-1] {
		if _, found := tree[part]; !found {
			tree[part] = map[string]any{}
		}
		next, ok := tree[part].(map[string]any)
		if !ok {
			return false
		}
		tree = next
	}
	tree[path[len(path)-1]] = value
	return true
}

func uproot(tree map[string]any, path []string) {
	for _, part := range path[:len(path)-1] {
		next, ok := tree[part].(map[string]any)
		if !ok {
			return
		}
		tree = next
	}
	delete(tree, path[len(path)-1])
}

func cloneTable(tree map[string]any) map[string]any {
	clone := maps.Clone(tree)
	for key, value := range clone {
		if table, ok := value.(map[string]any); ok {
			clone[key] = cloneTable(table)
		}
	}
	return clone
}

// pruned returns the tree without empty tables, which an edit may leave behind or make on its way.
func pruned(tree map[string]any) map[string]any {
	left := map[string]any{}
	for key, value := range tree {
		table, ok := value.(map[string]any)
		if !ok {
			left[key] = value
			continue
		}
		if below := pruned(table); len(below) > 0 {
			left[key] = below
		}
	}
	return left
}

// decoded returns the value as the decoder will give it back.
func decoded(value any) any {
	switch v := value.(type) {
	case int:
		return int64(v)
	case []string:
		list := make([]any, len(v))
		for i, text := range v {
			list[i] = text
		}
		return list
	case map[string]string:
		table := map[string]any{}
		for key, text := range v {
			table[key] = text
		}
		return table
	}
	return value
}
