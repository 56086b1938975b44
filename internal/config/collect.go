package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"mgit/internal/git"
)

// entry is one value as one source has it.
type entry struct {
	path   []string
	spec   spec
	value  any // string, []string, int64 or bool
	source Source
}

// collector reads the sources, one after the other, and notes what is wrong with them.
type collector struct {
	keys     keys
	rules    Rules
	entries  []entry
	problems Problems
	warnings []Warning
	unknown  Problems // unknown keys on the mgit branch, which are kept
}

func (c *collector) fault(source Source, path []string, err error, suggestion string) {
	p := &Problem{Source: source, Text: err.Error(), Suggestion: suggestion, Err: err}
	if len(path) > 0 {
		p.Key = FormatPath(path...)
	}
	c.problems = append(c.problems, p)
}

func (c *collector) warn(id, format string, args ...any) {
	c.warnings = append(c.warnings, Warning{id, fmt.Sprintf(format, args...)})
}

// builtIn adds the values that need no source.
func (c *collector) builtIn() {
	for _, s := range c.keys.all {
		if s.fallback != nil {
			c.entries = append(c.entries, entry{s.parts, s, s.fallback, Source{}})
		}
	}
}

// gitConfig adds the variables of the section mgit. A table's name stands in the subsection: mgit.remote.site.url
// is [mgit "remote.site"] url. Git allows no underscore in a variable's name; "-" or nothing stands for it. A list is a
// variable with several values.
func (c *collector) gitConfig(values *git.ConfigValues) {
	if values == nil {
		return
	}
	lists := map[string]int{} // the entry of a list, by key and scope
	for _, v := range values.Entries {
		rest, ours := strings.CutPrefix(v.Key, "mgit.")
		if !ours {
			continue
		}
		source := Source{Layer: Git, File: v.Origin + " " + v.Key}
		path := c.gitPath(rest)
		s, found := c.keys.in("").find(path)
		if !found {
			c.warn(WarnUnknownKey, "%s: there is no such setting", source.Place())
			continue
		}
		if v.Implicit && s.kind == truth {
			v.Value = "true"
		}
		value, err := fromText(s, v.Value, []string{v.Value})
		if err != nil {
			c.fault(source, path, err, "")
			continue
		}
		id := v.Scope + " " + FormatPath(path...)
		if at, more := lists[id]; more && isList(s.kind) {
			value = slices.Concat(c.entries[at].value.([]string), value.([]string))
		}
		lists[id] = len(c.entries)
		c.add(entry{path, s, value, source})
	}
}

// gitPath turns what follows "mgit." in git's key into a path.
func (c *collector) gitPath(rest string) []string {
	for _, s := range c.keys.all {
		table, _, _ := strings.Cut(s.path, "*")
		if name, found := strings.CutPrefix(rest, table); found && s.dotted {
			return append(slices.Clone(s.parts[:len(s.parts)-1]), name)
		}
	}
	if parts := strings.Split(rest, "."); len(parts) > 3 { // a table of tables
		if s, found := c.keys.find(parts); found && !s.dotted {
			return parts
		}
	}
	last := strings.LastIndexByte(rest, '.')
	name, table := rest[last+1:], ""
	var path []string
	if last >= 0 {
		var below string
		var deeper bool
		table, below, deeper = strings.Cut(rest[:last], ".")
		path = append(path, table)
		if deeper {
			path = append(path, below)
		}
	}
	plain := strings.NewReplacer("-", "", "_", "")
	wanted := plain.Replace(name)
	for _, s := range c.keys.all {
		end := s.parts[len(s.parts)-1]
		if plain.Replace(end) == wanted && matches(s.parts[:len(s.parts)-1], path) {
			return append(path, end)
		}
	}
	return append(path, name)
}

// variables adds the environment: MGIT_ and the key in capitals, with "_" for ".". Lists are separated by
// commas. Keys in tables with names of their own, and commands, have no variable.
func (c *collector) variables(env func(string) string) {
	if env == nil {
		return
	}
	for _, s := range c.keys.in("").all {
		if strings.Contains(s.path, "*") || s.use == ownOnly {
			continue
		}
		name := "MGIT_" + strings.ToUpper(strings.ReplaceAll(s.path, ".", "_"))
		if text := env(name); text != "" {
			c.fromText(s, s.parts, text, Source{Layer: Env, File: name})
		}
	}
}

// flags adds what was given on the command line.
func (c *collector) flags(flags map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(flags)) {
		path := strings.Split(key, ".")
		source := Source{Layer: Flag, File: "--" + strings.ReplaceAll(key, "_", "-")}
		s, found := c.keys.in("").find(path)
		if !found || s.use == ownOnly {
			c.fault(source, path, errors.New("there is no such setting"), c.keys.in("").suggest(path))
			continue
		}
		c.fromText(s, path, flags[key], source)
	}
}

// fromText adds a value that is given as text.
func (c *collector) fromText(s spec, path []string, text string, source Source) {
	value, err := fromText(s, text, strings.Split(text, ","))
	if err != nil {
		c.fault(source, path, err, "")
		return
	}
	c.add(entry{path, s, value, source})
}

// document adds a file; file says which of the mgit branch's it is, "" for the user's own.
func (c *collector) document(layer Layer, name, file string, data []byte) {
	d, err := ParseDocument(name, data)
	if bad := (*SyntaxError)(nil); errors.As(err, &bad) {
		c.fault(Source{layer, name, bad.Line}, nil, errors.New(bad.Reason), "")
		return
	}
	if !c.format(d, layer) {
		return
	}
	c.table(d, layer, c.keys.in(file), nil, d.tree)
}

// format checks the key "format", which files of the mgit branch must have.
func (c *collector) format(d *Document, layer Layer) bool {
	value, found := d.Get("format")
	if !found && layer != Shared {
		return true
	}
	source := Source{layer, d.Name, d.Line("format")}
	version, isNumber := value.(int64)
	switch {
	case isNumber && version > 1:
		c.fault(source, []string{"format"}, fmt.Errorf("this is format %d, and only format 1 is known here: %w", version, ErrNewer), "")
	case version != 1:
		c.fault(source, []string{"format"}, errors.New("want format = 1"), "")
	default:
		return true
	}
	return false
}

// table adds what stands below path, in the order of the lines.
func (c *collector) table(d *Document, layer Layer, known keys, path []string, table map[string]any) {
	names := slices.SortedFunc(maps.Keys(table), func(a, b string) int {
		return cmp.Or(
			cmp.Compare(d.Line(append(slices.Clone(path), a)...), d.Line(append(slices.Clone(path), b)...)),
			cmp.Compare(a, b),
		)
	})
	for _, name := range names {
		at := append(slices.Clone(path), name)
		if len(at) == 1 && name == "format" {
			continue
		}
		source := Source{layer, d.Name, d.Line(at...)}
		below, isTable := table[name].(map[string]any)
		s, found := known.find(at)
		switch {
		case s.use == mineOnly && layer == Shared:
			c.warn(WarnScreenInShared, "%s: %s is not taken from the mgit branch, because what a key does is up to whoever presses it; set it in git config or your own file",
				source.Place(), FormatPath(at...))
		case isTable && s.dotted:
			c.dotted(d, layer, s, at, below)
		case isTable && known.isTable(at):
			c.table(d, layer, known, at, below)
		case !found && known.isTable(at):
			c.fault(source, at, errors.New("want a table"), "")
		case !found:
			c.unknownKey(source, at, known)
		case s.use == ownOnly && layer == Shared:
			c.warn(WarnCommandInShared, "%s: %s names a command, and commands are never taken from the mgit branch; set it in git config or your own file",
				source.Place(), FormatPath(at...))
		default:
			value, err := fromTOML(s, table[name])
			if err != nil {
				c.fault(source, at, err, "")
				continue
			}
			c.add(entry{at, s, value, source})
		}
	}
}

// dotted adds the keys of a table whose name is the first part of theirs: [screen.keys.branches] group = ["x"].
func (c *collector) dotted(d *Document, layer Layer, s spec, path []string, table map[string]any) {
	last := len(path) - 1
	for _, name := range slices.Sorted(maps.Keys(table)) {
		source := Source{layer, d.Name, d.Line(append(slices.Clone(path), name)...)}
		at := append(slices.Clone(path[:last]), path[last]+"."+name)
		value, err := fromTOML(s, table[name])
		if err != nil {
			c.fault(source, at, err, "")
			continue
		}
		c.add(entry{at, s, value, source})
	}
}

func (c *collector) unknownKey(source Source, path []string, known keys) {
	p := &Problem{Source: source, Key: FormatPath(path...), Text: "unknown key", Suggestion: known.suggest(path)}
	if source.Layer == Shared {
		c.unknown = append(c.unknown, p)
		return
	}
	c.problems = append(c.problems, p)
}

// add checks a value and takes it in.
func (c *collector) add(e entry) {
	err := c.check(e)
	switch {
	case err == nil:
		c.entries = append(c.entries, e)
	case e.spec.guarded && e.source.Layer == Shared && (e.spec.kind == url || e.spec.kind == web):
		// A colleague's push must not stop the work here either.
		c.warn(WarnUnsafeURL, "%s: %s is not in force: %s", e.source.Place(), FormatPath(e.path...), err)
	default:
		c.fault(e.source, e.path, err, e.meant())
	}
}

// meant is the word that was probably meant where the value or the key's last part is none of those allowed, or "".
func (e entry) meant() string {
	if last := e.path[len(e.path)-1]; e.spec.names != nil && !slices.Contains(e.spec.names, last) {
		return closest(last, e.spec.names)
	}
	return closest(fmt.Sprint(e.value), e.spec.words)
}

// closest returns the word that was probably meant, quoted, or "".
func closest(text string, words []string) string {
	for _, word := range words {
		if distance(text, word) < 3 {
			return strconv.Quote(word)
		}
	}
	return ""
}
