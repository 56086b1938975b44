package job

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"mgit/internal/config"
)

// mergeDecisions merges the file of decisions of two clones. A decision is merged as
// a whole: key by key, the words of one person could end up under the name of another.
// Of two decisions on the same thing ours is kept, and people are told. A file that is
// no TOML gives way to one that is; one in a newer format is an error.
func mergeDecisions(was, ours, theirs []byte) ([]byte, []disputed, error) {
	docs, err := parseSettings(decisionsFile, was, ours, theirs)
	if err != nil {
		return keepReadable(ours, theirs)
	}
	for _, doc := range docs {
		if err := checkDecisionsFormat(doc); err != nil {
			return nil, nil, err
		}
	}
	base, here, there := docs[0], docs[1], docs[2]
	tables, clashes := compareDecisions(decisionsIn(base), decisionsIn(here), decisionsIn(there))
	if err := writeDecisions(here, tables); err != nil {
		return nil, nil, err
	}
	// What is left is what a newer mgit may have written beside the decisions.
	for _, doc := range []*config.Document{base, there} {
		if err := doc.Remove("decision"); err != nil {
			return nil, nil, err
		}
	}
	more, err := here.Merge(base, there)
	if err != nil {
		return nil, nil, fmt.Errorf("merge %s: %w", decisionsFile, err)
	}
	for _, c := range more {
		clashes = append(clashes, disputed{key: c.Key})
	}
	return here.Bytes(), clashes, nil
}

// keepReadable chooses where not all versions can be read.
func keepReadable(ours, theirs []byte) ([]byte, []disputed, error) {
	if _, err := config.ParseDocument(decisionsFile, ours); err != nil {
		if doc, err := config.ParseDocument(decisionsFile, theirs); err == nil {
			return theirs, []disputed{{}}, checkDecisionsFormat(doc)
		}
	}
	return ours, []disputed{{}}, nil
}

// decisionsIn are the entries of a file, whatever they hold.
func decisionsIn(doc *config.Document) map[string]map[string]any {
	value, _ := doc.Get("decision")
	table, _ := value.(map[string]any)
	all := make(map[string]map[string]any)
	for print, entry := range table {
		if keys, ok := entry.(map[string]any); ok {
			all[print] = keys
		}
	}
	return all
}

// compareDecisions lists what has to be written to ours so that it has what
// theirs changed.
func compareDecisions(was, ours, theirs map[string]map[string]any) (tables []decisionTable, clashes []disputed) {
	all := maps.Clone(was)
	maps.Copy(all, theirs)
	for _, print := range slices.Sorted(maps.Keys(all)) {
		b, o, t := was[print], ours[print], theirs[print]
		switch {
		case isSame(t, b) || isSame(t, o):
		case isSame(o, b):
			tables = append(tables, decisionTable{print, t})
		case o != nil && t != nil && o["decision"] == t["decision"] && o["reason"] == t["reason"]:
			// They agree; who said it first does not matter.
		default:
			// What one side took back and the other changed stays.
			if o == nil {
				tables = append(tables, decisionTable{print, t})
			}
			clashes = append(clashes, disputed{key: config.FormatPath("decision", print)})
		}
	}
	return tables, clashes
}

func isSame(a, b any) bool { return reflect.DeepEqual(a, b) }
