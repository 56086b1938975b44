package job

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"mgit/internal/config"
)

// mergeDecisions merges the file of decisions of two clones. A decision is merged as
// a whole: key by key, the words of one person could end up under the name of another.
// Of two decisions on the same thing ours is kept, and people are told. A file that is
// no TOML gives way to one that is; one in a newer format is an error.
func mergeDecisions(was, ours, theirs []byte) ([]byte, []Disagreement, error) {
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
	tables, disagreements := compareDecisions(decisionsIn(base), decisionsIn(here), decisionsIn(there))
	if err := writeDecisions(here, tables); err != nil {
		return nil, nil, err
	}
	// What is left is what a newer mgit may have written beside the decisions.
	for _, doc := range []*config.Document{base, there} {
		if err := doc.Remove("decision"); err != nil {
			return nil, nil, err
		}
	}
	clashes, err := here.Merge(base, there)
	if err != nil {
		return nil, nil, fmt.Errorf("merge %s: %w", decisionsFile, err)
	}
	for _, c := range clashes {
		disagreements = append(disagreements, Disagreement{File: decisionsFile, Key: c.Key, Ours: fmt.Sprint(c.Ours), Theirs: fmt.Sprint(c.Theirs)})
	}
	return here.Bytes(), disagreements, nil
}

// keepReadable chooses where not all versions can be read.
func keepReadable(ours, theirs []byte) ([]byte, []Disagreement, error) {
	if _, err := config.ParseDocument(decisionsFile, ours); err != nil {
		if doc, err := config.ParseDocument(decisionsFile, theirs); err == nil {
			return theirs, []Disagreement{{File: decisionsFile, Ours: "not kept: it is no TOML", Theirs: "taken"}}, checkDecisionsFormat(doc)
		}
	}
	return ours, []Disagreement{{File: decisionsFile, Ours: "kept", Theirs: "not taken"}}, nil
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
func compareDecisions(was, ours, theirs map[string]map[string]any) (tables []decisionTable, disagreements []Disagreement) {
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
			disagreements = append(disagreements, Disagreement{
				File: decisionsFile, Key: config.FormatPath("decision", print), Ours: sayDecision(o), Theirs: sayDecision(t),
			})
		}
	}
	return tables, disagreements
}

func isSame(a, b any) bool { return reflect.DeepEqual(a, b) }

// sayDecision is an entry in one line.
func sayDecision(entry map[string]any) string {
	if entry == nil {
		return "none"
	}
	text := func(key string) string { s, _ := entry[key].(string); return s }
	said := text("decision")
	if path := text("path"); path != "" {
		said += " " + path
	}
	said += ": " + strings.Join(strings.Fields(text("reason")), " ")
	if who := text("who"); who != "" {
		said += " (" + who + ")"
	}
	return said
}
