package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// Clash is a key that two clones set differently. A merge keeps ours, and theirs where
// ours is no longer there.
type Clash struct {
	Key          string // dotted
	Ours, Theirs any    // nil: the key is not there
}

// Merge brings into d what theirs changed since base, key by key; comments and
// order of d stay. A table that theirs removed goes when nothing is left in it.
// Keys that both changed differently keep d's value, or theirs where d has none any
// more, and are returned, sorted.
func (d *Document) Merge(base, theirs *Document) ([]Clash, error) {
	was, ours, new := leaves(base.tree), leaves(d.tree), leaves(theirs.tree)
	keys := make(map[string][]string)
	for _, all := range []map[string]leaf{was, new} {
		for key, l := range all {
			keys[key] = l.path
		}
	}
	var clashes []Clash
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		b, o, t := was[key].value, ours[key].value, new[key].value
		switch {
		case reflect.DeepEqual(t, b) || reflect.DeepEqual(t, o):
			continue
		case !reflect.DeepEqual(o, b):
			clashes = append(clashes, Clash{Key: key, Ours: o, Theirs: t})
			if o != nil {
				continue
			}
		}
		var err error
		if t == nil {
			err = d.Remove(keys[key]...)
		} else {
			err = d.SetValue(t, keys[key]...)
		}
		if err != nil {
			return clashes, fmt.Errorf("take over %s: %w", key, err)
		}
	}
	return clashes, d.removeEmpty(nil, base.tree, theirs.tree)
}

// removeEmpty removes the tables below path that base has, theirs has not, and
// in which d has nothing any more.
func (d *Document) removeEmpty(path []string, base, theirs map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(base)) {
		was, ok := base[name].(map[string]any)
		if !ok {
			continue
		}
		at := append(slices.Clone(path), name)
		kept, _ := theirs[name].(map[string]any)
		if err := d.removeEmpty(at, was, kept); err != nil {
			return err
		}
		value, _ := d.Get(at...)
		if table, ok := value.(map[string]any); !ok || len(table) > 0 || kept != nil {
			continue
		}
		if err := d.Remove(at...); err != nil {
			return fmt.Errorf("take over %s: %w", FormatPath(at...), err)
		}
	}
	return nil
}

// leaf is a value that is no table.
type leaf struct {
	path  []string
	value any
}

// leaves lists the values of a TOML tree by their dotted keys. An array, also
// one of tables, is one value.
func leaves(tree map[string]any) map[string]leaf {
	all := make(map[string]leaf)
	var walk func(table map[string]any, path []string)
	walk = func(table map[string]any, path []string) {
		for name, v := range table {
			at := append(slices.Clone(path), name)
			if sub, ok := v.(map[string]any); ok {
				walk(sub, at)
				continue
			}
			all[FormatPath(at...)] = leaf{path: at, value: v}
		}
	}
	walk(tree, nil)
	return all
}
