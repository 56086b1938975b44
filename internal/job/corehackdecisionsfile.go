package job

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"mgit/internal/config"
)

// decisionsFile is the file of the mgit branch with what was decided about findings.
// It is data of the team like the settings, but none: an entry that somebody spoilt
// must not stop every command, so it is read only where it is needed.
//
//	[decision.1f2e3d4c5b6a7980]
//	path = "mod/forum/lib.php"
//	class = "modified"
//	decision = "port"
//	reason = "the newsletter needs longer subjects"
//	who = "Ada Author <ada@example.org>"
//	when = "2026-01-02T15:04:05Z"
const decisionsFile = "decisions.toml"

// decisionsHead is what a new file begins with.
const decisionsHead = `# What was decided about differences between a live tree and its pin. mgit corehack-report shows it,
# and asks again when the lines have changed.
format = 1
`

// decisionKeys are the keys of an entry in the order in which they are written.
func decisionKeys() []string {
	return []string{"path", "class", "decision", "reason", "who", "when"}
}

// readDecisions returns the decisions of the mgit branch. What cannot be used of
// them is in the warnings; a file in a newer format is the error config.ErrNewer.
func (s *Site) readDecisions(ctx context.Context) (Decisions, []Warning, error) {
	data, err := s.readShared(ctx, decisionsFile)
	if err != nil {
		return nil, nil, fmt.Errorf("read %s of the mgit branch: %w", decisionsFile, err)
	}
	decisions, problems, err := parseDecisions(data)
	if err != nil {
		return nil, nil, err
	}
	return decisions, warnOfDecisions(problems), nil
}

// warnOfDecisions makes warnings of problems, the first ones in full: a spoilt file
// must not fill the screen.
func warnOfDecisions(problems []ConfigProblem) []Warning {
	const most = 10
	var all []Warning
	for _, p := range problems[:min(len(problems), most)] {
		text := fmt.Sprintf("%s:%d: ", p.File, p.Line)
		if p.Key != "" {
			text += p.Key + ": "
		}
		all = append(all, Warning{ID: "bad-decision", Text: text + p.Text})
	}
	if more := len(problems) - most; more > 0 {
		all = append(all, Warning{ID: "bad-decision", Text: fmt.Sprintf("%s: %d more entries are wrong; mgit config check lists them", decisionsFile, more)})
	}
	return all
}

// checkDecisions adds what is wrong in the file of decisions, unknown keys included.
func (r *ConfigCheck) checkDecisions(ctx context.Context, w *sharedWriter) error {
	data, err := w.read(ctx, decisionsFile)
	if err != nil {
		return fmt.Errorf("check %s: %w", decisionsFile, err)
	}
	reader, err := newDecisionReader(data)
	if err != nil {
		r.Problems = append(r.Problems, ConfigProblem{File: decisionsFile, Key: "format", Text: err.Error()})
		return nil
	}
	reader.read()
	reader.findUnknown()
	r.Problems = append(r.Problems, reader.problems...)
	return nil
}

// parseDecisions reads the file; nil is an empty one. Only an entry without a
// decision or a reason does not count: the rest is for people.
func parseDecisions(data []byte) (Decisions, []ConfigProblem, error) {
	r, err := newDecisionReader(data)
	if err != nil {
		return nil, nil, err
	}
	return r.read(), r.problems, nil
}

// openDecisions returns the file for editing; nil is a new one.
func openDecisions(data []byte) (*config.Document, error) {
	if data == nil {
		data = []byte(decisionsHead)
	}
	doc, err := config.ParseDocument(decisionsFile, data)
	if err != nil {
		return nil, fmt.Errorf("read the decisions of the mgit branch: %w", err)
	}
	return doc, checkDecisionsFormat(doc)
}

// checkDecisionsFormat refuses a format that is not known here.
func checkDecisionsFormat(doc *config.Document) error {
	value, _ := doc.Get("format")
	if version, ok := value.(int64); ok && version > 1 {
		return fmt.Errorf("%s of the mgit branch is of format %d, and only format 1 is known here: %w", decisionsFile, version, config.ErrNewer)
	}
	return nil
}

// decisionReader reads the file and notes what is wrong in it.
type decisionReader struct {
	doc      *config.Document // nil: no TOML
	problems []ConfigProblem
}

func newDecisionReader(data []byte) (*decisionReader, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		data = []byte("format = 1\n")
	}
	doc, err := config.ParseDocument(decisionsFile, data)
	if bad := (*config.SyntaxError)(nil); errors.As(err, &bad) {
		return &decisionReader{problems: []ConfigProblem{{File: decisionsFile, Line: bad.Line, Text: bad.Reason}}}, nil
	}
	if err != nil {
		return nil, err
	}
	return &decisionReader{doc: doc}, checkDecisionsFormat(doc)
}

func (r *decisionReader) fault(text string, path ...string) {
	r.problems = append(r.problems, ConfigProblem{
		File: decisionsFile, Line: r.doc.Line(path...), Key: config.FormatPath(path...), Text: text,
	})
}

func (r *decisionReader) read() Decisions {
	all := make(Decisions)
	if r.doc == nil {
		return all
	}
	if format, _ := r.doc.Get("format"); format != int64(1) {
		r.fault("want format = 1", "format")
		return all
	}
	value, found := r.doc.Get("decision")
	table, isTable := value.(map[string]any)
	if found && !isTable {
		r.fault("want a table", "decision")
	}
	for _, print := range r.byLine(table, "decision") {
		entry, isTable := table[print].(map[string]any)
		switch {
		case !isTable:
			r.fault("want a table", "decision", print)
		case !isFingerprint(print):
			r.fault(fmt.Sprintf("%q is no fingerprint", print), "decision", print)
		default:
			if d, ok := r.entry(print, entry); ok {
				all[print] = d
			}
		}
	}
	return all
}

// byLine lists the names in a table in the order in which they stand in the file.
func (r *decisionReader) byLine(table map[string]any, path ...string) []string {
	return slices.SortedFunc(maps.Keys(table), func(a, b string) int {
		line := func(name string) int { return r.doc.Line(append(slices.Clip(path), name)...) }
		return cmp.Or(cmp.Compare(line(a), line(b)), strings.Compare(a, b))
	})
}

// entry reads one decision.
func (r *decisionReader) entry(print string, table map[string]any) (Decision, bool) {
	texts := make(map[string]string)
	for _, key := range decisionKeys() {
		switch v := table[key].(type) {
		case nil:
		case string:
			texts[key] = v
		case time.Time:
			if key == "when" {
				texts[key] = v.Format(time.RFC3339)
				continue
			}
			r.fault("want a text in quotes", "decision", print, key)
		default:
			r.fault("want a text in quotes", "decision", print, key)
		}
	}
	d := Decision{Decision: texts["decision"], Reason: texts["reason"], Who: texts["who"]}
	if class := texts["class"]; class != "" && !slices.Contains(Classes(), class) {
		r.fault(fmt.Sprintf("%q is none of %s", class, strings.Join(Classes(), ", ")), "decision", print, "class")
	}
	if when := texts["when"]; when != "" {
		var err error
		if d.When, err = time.Parse(time.RFC3339, when); err != nil {
			r.fault(fmt.Sprintf("%q is no time such as 2026-01-02T15:04:05Z", when), "decision", print, "when")
		}
	}
	if !slices.Contains(DecisionWords(), d.Decision) {
		r.fault(fmt.Sprintf("%q is none of %s", d.Decision, strings.Join(DecisionWords(), ", ")), "decision", print, "decision")
		return d, false
	}
	if strings.TrimSpace(d.Reason) == "" {
		r.fault("it has no reason", "decision", print, "reason")
		return d, false
	}
	return d, true
}

// findUnknown notes keys that are kept and mean nothing here.
func (r *decisionReader) findUnknown() {
	if r.doc == nil {
		return
	}
	root, _ := r.doc.Get()
	for _, name := range r.byLine(root.(map[string]any)) {
		if name != "format" && name != "decision" {
			r.fault("unknown key", name)
		}
	}
	value, _ := r.doc.Get("decision")
	table, _ := value.(map[string]any)
	for _, print := range r.byLine(table, "decision") {
		entry, _ := table[print].(map[string]any)
		for _, key := range r.byLine(entry, "decision", print) {
			if !slices.Contains(decisionKeys(), key) {
				r.fault("unknown key", "decision", print, key)
			}
		}
	}
}

// decisionTable is an entry to be written; no keys: it is to be taken out.
type decisionTable struct {
	print string
	keys  map[string]any
}

// tableOf is the entry of a decision, with the unknown keys of the one it replaces.
func tableOf(doc *config.Document, d Decided, decision Decision) decisionTable {
	if decision.Decision == DecisionNone {
		return decisionTable{print: d.Fingerprint}
	}
	value, _ := doc.Get("decision", d.Fingerprint)
	old, _ := value.(map[string]any)
	keys := maps.Clone(old)
	if keys == nil {
		keys = make(map[string]any)
	}
	maps.Copy(keys, map[string]any{
		"decision": decision.Decision, "reason": decision.Reason, "who": decision.Who, "when": decision.When.Format(time.RFC3339),
	})
	if d.Raw != "" {
		keys["path"] = d.Path
	}
	if d.Class != "" {
		keys["class"] = d.Class
	}
	return decisionTable{d.Fingerprint, keys}
}

// writeDecisions puts the entries into the file. New ones are added at its end all
// at once, since every edit of a document reads it again; the ones that are there
// are changed in place. On an error the document may be changed in part.
func writeDecisions(doc *config.Document, tables []decisionTable) error {
	var added strings.Builder
	for _, t := range tables {
		_, exists := doc.Get("decision", t.print)
		var err error
		switch {
		case t.keys == nil:
			err = doc.Remove("decision", t.print)
		case !exists:
			err = t.write(&added)
		default:
			err = t.change(doc)
		}
		if err != nil {
			return err
		}
	}
	if added.Len() == 0 {
		return nil
	}
	text := strings.TrimRight(string(doc.Bytes()), "\r\n") + "\n" + added.String()
	after, err := config.ParseDocument(doc.Name, []byte(text))
	if err != nil {
		return fmt.Errorf("%s is written in a way that cannot be edited here; edit it by hand: %w", doc.Name, err)
	}
	*doc = *after
	return nil
}

// order lists the entry's keys, those that are known first.
func (t decisionTable) order() []string {
	keys := slices.DeleteFunc(decisionKeys(), func(key string) bool { _, ok := t.keys[key]; return !ok })
	for _, key := range slices.Sorted(maps.Keys(t.keys)) {
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

func (t decisionTable) write(b *strings.Builder) error {
	fmt.Fprintf(b, "\n[%s]\n", config.FormatPath("decision", t.print))
	for _, key := range t.order() {
		value, err := config.FormatValue(t.keys[key])
		if err != nil {
			return fmt.Errorf("write %s: %w", config.FormatPath("decision", t.print, key), err)
		}
		fmt.Fprintf(b, "%s = %s\n", config.FormatKey(key), value)
	}
	return nil
}

// change makes the entry that is there say what t says.
func (t decisionTable) change(doc *config.Document) error {
	value, _ := doc.Get("decision", t.print)
	old, isTable := value.(map[string]any)
	if !isTable {
		if err := doc.Remove("decision", t.print); err != nil {
			return err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(old)) {
		if _, stays := t.keys[key]; stays {
			continue
		}
		if err := doc.Remove("decision", t.print, key); err != nil {
			return err
		}
	}
	for _, key := range t.order() {
		if isSame(old[key], t.keys[key]) {
			continue
		}
		if err := doc.SetValue(t.keys[key], "decision", t.print, key); err != nil {
			return err
		}
	}
	return nil
}
