package resolution

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// format is the version of meta.toml that is read and written.
const format = 1

// Meta says where a resolution comes from. None of it decides whether a resolution
// fits. Commit and Result let others resolve the same commit in other surroundings; the rest is for people.
type Meta struct {
	Branch  string    // the branch that conflicted, under its new name
	From    string    // what it was moved from: a tag or a commit
	Onto    string    // what it was moved to
	Paths   []string  // the files resolved; raw bytes
	Base    string    // the commit of From, in full; "" where it is not known
	Target  string    // the commit of Onto
	Commit  string    // the commit that conflicted, in full
	Result  string    // the commit that it became; "" where several did or none
	Author  string    // who resolved it: "Name <mail>"
	Note    string    // free text
	Created time.Time // to the second

	// other holds keys this version does not know; they are kept.
	other map[string]any
}

// FormatError says that a file was written by a newer mgit.
type FormatError struct{ Format int64 }

func (e *FormatError) Error() string {
	return fmt.Sprintf("format %d is newer than this mgit, which knows format %d", e.Format, format)
}

// metaKeys is meta.toml. A path that is no UTF-8 stands in it as a Go string
// literal, because TOML is UTF-8 throughout.
type metaKeys struct {
	Format  int64      `toml:"format"`
	Branch  string     `toml:"branch,omitempty"`
	From    string     `toml:"from,omitempty"`
	Onto    string     `toml:"onto,omitempty"`
	Paths   []string   `toml:"paths,omitempty"`
	Author  string     `toml:"author,omitempty"`
	Base    string     `toml:"from_commit,omitempty"`
	Target  string     `toml:"onto_commit,omitempty"`
	Commit  string     `toml:"commit,omitempty"`
	Result  string     `toml:"result,omitempty"`
	Note    string     `toml:"note,omitempty"`
	Created *time.Time `toml:"created,omitempty"`
}

// parseMeta reads meta.toml. No data at all is a resolution of unknown origin,
// such as one copied from an rr-cache by hand.
func parseMeta(data []byte) (Meta, error) {
	if len(data) == 0 {
		return Meta{}, nil
	}
	var keys metaKeys
	known, err := toml.Decode(string(data), &keys)
	if err != nil {
		return Meta{}, fmt.Errorf("meta.toml: %w", err)
	}
	switch {
	case keys.Format > format:
		return Meta{}, fmt.Errorf("meta.toml: %w", &FormatError{keys.Format})
	case keys.Format < 1:
		return Meta{}, fmt.Errorf("meta.toml: format = %d is missing", format)
	}
	m := Meta{
		Branch: keys.Branch, From: keys.From, Onto: keys.Onto, Author: keys.Author, Note: keys.Note,
		Base: keys.Base, Target: keys.Target, Commit: keys.Commit, Result: keys.Result,
	}
	if keys.Created != nil {
		m.Created = *keys.Created
	}
	for _, p := range keys.Paths {
		m.Paths = append(m.Paths, unquote(p))
	}
	unknown := known.Undecoded()
	if len(unknown) == 0 {
		return m, nil
	}
	var all map[string]any
	if _, err := toml.Decode(string(data), &all); err != nil {
		return Meta{}, fmt.Errorf("meta.toml: %w", err)
	}
	m.other = make(map[string]any)
	for _, key := range unknown {
		m.other[key[0]] = all[key[0]]
	}
	return m, nil
}

func (m Meta) encode() ([]byte, error) {
	keys := metaKeys{
		Format: format, Branch: m.Branch, From: m.From, Onto: m.Onto, Author: m.Author, Note: m.Note,
		Base: m.Base, Target: m.Target, Commit: m.Commit, Result: m.Result,
	}
	if !m.Created.IsZero() {
		created := m.Created.Truncate(time.Second)
		keys.Created = &created
	}
	for _, p := range m.Paths {
		keys.Paths = append(keys.Paths, quote(p))
	}
	var out bytes.Buffer
	enc := toml.NewEncoder(&out)
	enc.Indent = ""
	if err := enc.Encode(keys); err != nil {
		return nil, err
	}
	if len(m.other) == 0 {
		return out.Bytes(), nil
	}
	// Behind the known keys: unknown tables would swallow what follows them.
	if err := enc.Encode(m.other); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func quote(path string) string {
	if utf8.ValidString(path) && !strings.HasPrefix(path, `"`) {
		return path
	}
	return strconv.Quote(path)
}

func unquote(s string) string {
	if path, err := strconv.Unquote(s); err == nil && strings.HasPrefix(s, `"`) {
		return path
	}
	return s
}
