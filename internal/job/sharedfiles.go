package job

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"

	"mgit/internal/config"
)

// mergeSettings changes in a file of settings what differs between old and now,
// key by key, and leaves alone what somebody else changed meanwhile: it is
// newer than what the run saw. Other files stay as they are.
func (w *sharedWriter) mergeSettings(ctx context.Context, path string, old, now, present []byte) error {
	if !strings.HasSuffix(path, ".toml") {
		return nil
	}
	merged, ok := mergeDocuments(path, old, now, present)
	if !ok {
		return nil
	}
	return w.write(ctx, path, merged)
}

// mergeDocuments returns present with the differences between old and now. It is
// false where one of them cannot be read or edited.
func mergeDocuments(name string, old, now, present []byte) ([]byte, bool) {
	var docs [3]*config.Document
	for i, data := range [][]byte{old, now, present} {
		if len(data) == 0 {
			data = []byte("format = 1\n")
		}
		d, err := config.ParseDocument(name, data)
		if err != nil {
			return nil, false
		}
		docs[i] = d
	}
	before, _ := docs[0].Get()
	after, _ := docs[1].Get()
	m := settingsMerge{into: docs[2], ok: true}
	m.table(nil, before, after)
	return docs[2].Bytes(), m.ok
}

type settingsMerge struct {
	into *config.Document
	ok   bool
}

// table carries the differences between two values of the table at path over.
func (m *settingsMerge) table(path []string, before, after any) {
	old, _ := before.(map[string]any)
	now, _ := after.(map[string]any)
	all := maps.Clone(old)
	if all == nil {
		all = make(map[string]any)
	}
	maps.Copy(all, now)
	for _, key := range sortedNames(all) {
		was, had := old[key]
		is, has := now[key]
		if had == has && reflect.DeepEqual(was, is) {
			continue
		}
		m.key(append(slices.Clone(path), key), was, is, had, has)
	}
}

func (m *settingsMerge) key(path []string, was, is any, had, has bool) {
	present, found := m.into.Get(path...)
	untouched := found == had && reflect.DeepEqual(present, was)
	_, wasTable := was.(map[string]any)
	_, isTable := is.(map[string]any)
	switch {
	case !has && untouched:
		m.try(m.into.Remove(path...))
	case isTable && (wasTable || !had), wasTable && !has:
		m.table(path, was, is)
	case has && untouched:
		m.try(m.into.SetValue(is, path...))
	}
}

func (m *settingsMerge) try(err error) {
	if err != nil {
		m.ok = false
	}
}

// changeFile is the edit that gives the file at path another content; nil is "no
// file".
func changeFile(path string, old, now []byte) fileEdit {
	e := fileEdit{Path: path}
	if old != nil {
		e.Old = &old
	}
	if now != nil {
		e.New = &now
	}
	return e
}
