package upgrade

import (
	"fmt"
	"strings"

	"mgit/internal/config"
	"mgit/internal/git"
)

// Part is what a ledger says under a key of a [Disagreement], as the lines of TOML that say it; "" where it says
// nothing. branch is "" for the ledger itself.
func (l *Ledger) Part(branch, key string) (string, error) {
	e, exists := l.Entries[branch]
	w := &writer{}
	switch {
	case branch == "":
		w.ledgerPart(l, key)
	case !exists:
	case key == "entry":
		w.entry(branch, e)
	default:
		w.part(e, key)
	}
	if w.err != nil {
		return "", fmt.Errorf("write %s of %s: %w", key, branch, w.err)
	}
	return strings.TrimSpace(w.String()), nil
}

func (w *writer) ledgerPart(l *Ledger, key string) {
	switch key {
	case "series":
		w.text("series", l.Series)
	case "from":
		w.text("from", l.From)
	case "onto":
		w.text("onto", l.Onto)
		w.id("onto_commit", l.OntoCommit)
	default:
		w.unknownKey(l.Unknown, key)
	}
}

// part writes what belongs together under a key of an entry.
func (w *writer) part(e *Entry, key string) {
	switch key {
	case "disposition":
		w.text("disposition", e.Disposition)
		w.text("reason", e.Reason)
	case "ticket":
		w.text("ticket", e.Ticket)
	case "owner":
		w.text("owner", e.Owner)
	case "justification":
		w.text("justification", e.Justification)
	case "upstream":
		if len(e.Upstream) > 0 {
			w.value("upstream", e.Upstream)
		}
	case "review_by":
		w.text("review_by", e.ReviewBy.String())
	case "progress":
		w.progress(e)
		if p := e.Parked; p != nil {
			w.value("parked", p.table())
		}
	default:
		w.unknownKey(e.Unknown, key)
	}
}

func (w *writer) unknownKey(table map[string]any, key string) {
	if value, ok := table[key]; ok {
		w.value(config.FormatKey(key), value)
	}
}

// table is where the work stopped, as a decoder would give it.
func (p *Parked) table() map[string]any {
	all := map[string]any{"paths": mapped(p.Paths, quotePath), "waiting": p.Waiting}
	for key, value := range p.Unknown {
		all[key] = value
	}
	if p.Commit != git.ZeroID {
		all["commit"] = p.Commit.String()
	}
	return all
}

// SetPart makes the ledger say under key of an entry what Part returned as text. Of an entry that it does not have
// only the whole, "entry", can be set.
func (l *Ledger) SetPart(branch, key, text string) error {
	if branch != "" && key == "entry" && text == "" {
		delete(l.Entries, branch)
		return nil
	}
	head := "format = 1\n"
	if branch != "" && key != "entry" {
		head += "[" + config.FormatPath("branch", branch) + "]\n"
	}
	said, err := Parse(key+" of "+branch, []byte(head+text+"\n"))
	if err != nil {
		return err
	}
	if branch == "" {
		l.setPart(said, key)
		return nil
	}
	from, e := said.Entries[branch], l.Entries[branch]
	switch {
	case key == "entry" && from != nil:
		l.Entries[branch] = from
		return nil
	case e == nil || from == nil:
		return fmt.Errorf("the ledger has no entry of %s any more", branch)
	}
	next := e.Clone()
	next.setPart(from, key)
	l.Entries[branch] = next
	return nil
}

func (l *Ledger) setPart(from *Ledger, key string) {
	switch key {
	case "series":
		l.Series = from.Series
	case "from":
		l.From = from.From
	case "onto":
		l.Onto, l.OntoCommit = from.Onto, from.OntoCommit
	default:
		l.Unknown = setUnknown(l.Unknown, key, from.Unknown)
	}
}

func (e *Entry) setPart(from *Entry, key string) {
	switch key {
	case "disposition":
		e.Disposition, e.Reason = from.Disposition, from.Reason
	case "ticket":
		e.Ticket = from.Ticket
	case "owner":
		e.Owner = from.Owner
	case "justification":
		e.Justification = from.Justification
	case "upstream":
		e.Upstream = from.Upstream
	case "review_by":
		e.ReviewBy = from.ReviewBy
	case "progress":
		e.setProgress(from.progress())
	default:
		e.Unknown = setUnknown(e.Unknown, key, from.Unknown)
	}
}

func setUnknown(table map[string]any, key string, from map[string]any) map[string]any {
	next := make(map[string]any, len(table)+1)
	for k, v := range table {
		next[k] = v
	}
	delete(next, key)
	if value, ok := from[key]; ok {
		next[key] = value
	}
	if len(next) == 0 {
		return nil
	}
	return next
}

// Changed lists the keys, as Disagreement has them, under which two entries differ; nil stands for one that is not
// there.
func Changed(a, b *Entry) []string {
	if a == nil || b == nil {
		return []string{"entry"}
	}
	differs := map[string]bool{
		"disposition":   a.decision() != b.decision(),
		"ticket":        a.Ticket != b.Ticket,
		"owner":         a.Owner != b.Owner,
		"justification": a.Justification != b.Justification,
		"review_by":     a.ReviewBy != b.ReviewBy,
		"upstream":      !sameValue(a.Upstream, b.Upstream),
		"progress":      !sameValue(a.progress(), b.progress()),
	}
	for _, key := range sortedKeys(a.Unknown, b.Unknown) {
		differs[key] = !sameValue(a.Unknown[key], b.Unknown[key])
	}
	var keys []string
	for _, key := range sortedKeys(differs, nil) {
		if differs[key] {
			keys = append(keys, key)
		}
	}
	return keys
}
