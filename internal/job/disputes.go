package job

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/upgrade"
)

// disputesFile is the file of the mgit branch with what two clones set differently.
// A merge keeps one of the two values in its place; the other one stands here until
// somebody has chosen, so that nobody's word is lost because somebody else synced later.
//
//	[dispute.1f2e3d4c5b6a7980]
//	file = "upgrades/4.5.toml"
//	entry = "LUVLE-4.1-hack-mod_forum-subject"
//	key = "disposition"
//	kept = "disposition = \"hold\"…"
//	other = "disposition = \"drop\"…"
//	commit = "91ab…"
//	who = "Ada Author"
//	when = "2026-01-02T15:04:05Z"
//
// The two texts are for people. The other value itself is read from the commit,
// which the merge has as a parent.
const disputesFile = "disputes.toml"

const disputesHead = `# What two people set differently, each in a clone of their own. mgit disputes lists and settles it.
format = 1
`

// Dispute is a value that two clones set differently, and that nobody has chosen yet.
type Dispute struct {
	ID    string    `json:"id"`
	File  string    `json:"file"`
	Entry string    `json:"entry"` // a branch of a ledger, or ""
	Key   string    `json:"key"`   // within the entry, or a dotted key; "" for the whole file
	Kept  string    `json:"kept"`  // what stands in its place now, as TOML; "" nothing
	Other string    `json:"other"` // as TOML; "" where it was removed
	Who   string    `json:"who"`   // wrote the other one
	When  time.Time `json:"when"`
	// Commit of the mgit branch has the other value.
	Commit ID `json:"commit"`
}

// Where names what the dispute is about, for a person.
func (d Dispute) Where() string {
	where := d.File
	for _, part := range []string{d.Entry, d.Key} {
		if part != "" {
			where += ", " + part
		}
	}
	return where
}

// disputeID is the same in every clone that finds the same dispute.
func disputeID(file, entry, key, other string) string {
	h := sha256.New()
	for _, part := range []string{file, entry, key, other} {
		fmt.Fprintf(h, "%d:", len(part))
		io.WriteString(h, part) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// disputesIn reads the disputes of the file; what cannot be read of it is passed over:
// people must not be kept from their work by a list of what they do not agree on.
func disputesIn(data []byte) []Dispute {
	docs, err := parseSettings(disputesFile, data)
	if err != nil {
		return nil
	}
	value, _ := docs[0].Get("dispute")
	table, _ := value.(map[string]any)
	var all []Dispute
	for _, id := range sortedNames(table) {
		keys, ok := table[id].(map[string]any)
		if !ok {
			continue
		}
		text := func(key string) string { s, _ := keys[key].(string); return s }
		d := Dispute{ID: id, File: text("file"), Entry: text("entry"), Key: text("key"), Kept: text("kept"), Other: text("other"), Who: text("who")}
		commit, err := git.ParseID(text("commit"))
		if err != nil || d.File == "" {
			continue
		}
		d.Commit = ID(commit)
		d.When, _ = time.Parse(time.RFC3339, text("when")) // for people; without it they know less
		all = append(all, d)
	}
	slices.SortStableFunc(all, func(a, b Dispute) int {
		return strings.Compare(a.File+"\x00"+a.Entry+"\x00"+a.Key, b.File+"\x00"+b.Entry+"\x00"+b.Key)
	})
	return all
}

// say is what a file says about the place of a dispute, as TOML; "" is nothing, also
// where the file cannot be read.
func (d Dispute) say(data []byte) string {
	if data == nil {
		return ""
	}
	switch {
	case isLedgerFile(d.File):
		l, err := upgrade.Parse(d.File, data)
		if err != nil {
			return ""
		}
		text, err := l.Part(d.Entry, d.Key)
		if err != nil {
			return ""
		}
		return text
	case d.Key == "":
		return fmt.Sprintf("# a file of %d bytes with the SHA-256 %x", len(data), sha256.Sum256(data))
	}
	docs, err := parseSettings(d.File, data)
	if err != nil {
		return ""
	}
	value, ok := docs[0].Get(splitKey(d.Key)...)
	if !ok {
		return ""
	}
	return config.FormatPath(splitKey(d.Key)...) + " = " + tomlOf(value)
}

// Disputes lists what two clones set differently and nobody has chosen yet.
func Disputes(ctx context.Context, site *Site) ([]Dispute, error) {
	if err := site.initialised(); err != nil {
		return nil, err
	}
	if err := site.checkDisputes(ctx); err != nil {
		return nil, err
	}
	return site.openDisputes(ctx, site.shared)
}

// openDisputes lists the disputes of a commit of the mgit branch whose other value
// has not been set meanwhile, with what stands there now.
func (s *Site) openDisputes(ctx context.Context, tip git.ID) ([]Dispute, error) {
	w, err := newSharedWriter(ctx, s.Repo, tip)
	if err != nil {
		return nil, err
	}
	return w.openDisputes(ctx)
}

func (w *sharedWriter) openDisputes(ctx context.Context) ([]Dispute, error) {
	data, err := w.read(ctx, disputesFile)
	if err != nil {
		return nil, fmt.Errorf("read %s of the mgit branch: %w", disputesFile, err)
	}
	open := []Dispute{}
	for _, d := range disputesIn(data) {
		present, err := w.read(ctx, d.File)
		if err != nil {
			return nil, fmt.Errorf("read %s of the mgit branch: %w", d.File, err)
		}
		if d.Kept = d.say(present); d.Kept != d.Other {
			open = append(open, d)
		}
	}
	return open, nil
}

// dispute enters what a merge did not take.
func (w *sharedWriter) dispute(ctx context.Context, disputes []Dispute) error {
	if len(disputes) == 0 {
		return nil
	}
	data, err := w.read(ctx, disputesFile)
	if err != nil {
		return err
	}
	if data == nil {
		data = []byte(disputesHead)
	}
	doc, err := config.ParseDocument(disputesFile, data)
	if err != nil {
		return fmt.Errorf("enter what was set differently: %w", err)
	}
	for _, d := range disputes {
		if _, exists := doc.Get("dispute", d.ID); exists {
			continue // another clone has found the same
		}
		err := doc.AppendTable([]string{"dispute", d.ID},
			config.KeyValue{Key: "file", Value: strings.ToValidUTF8(d.File, "?")},
			config.KeyValue{Key: "entry", Value: strings.ToValidUTF8(d.Entry, "?")},
			config.KeyValue{Key: "key", Value: strings.ToValidUTF8(d.Key, "?")},
			config.KeyValue{Key: "kept", Value: d.Kept},
			config.KeyValue{Key: "other", Value: d.Other},
			config.KeyValue{Key: "commit", Value: d.Commit.String()},
			config.KeyValue{Key: "who", Value: strings.ToValidUTF8(d.Who, "?")},
			config.KeyValue{Key: "when", Value: d.When.Format(time.RFC3339)},
		)
		if err != nil {
			return fmt.Errorf("enter what was set differently: %w", err)
		}
	}
	return w.write(ctx, disputesFile, doc.Bytes())
}

// settleDisputes takes away the disputes about what a run changes in a file: whoever
// gave the command has chosen.
func (w *sharedWriter) settleDisputes(ctx context.Context, file string, old, now []byte) error {
	return w.dropDisputes(ctx, func(d Dispute) bool {
		return d.File == file && d.say(old) != d.say(now)
	})
}

func (w *sharedWriter) dropDisputes(ctx context.Context, drop func(Dispute) bool) error {
	data, err := w.read(ctx, disputesFile)
	if err != nil || data == nil {
		return err
	}
	all := disputesIn(data)
	if !slices.ContainsFunc(all, drop) {
		return nil
	}
	doc, err := config.ParseDocument(disputesFile, data)
	if err != nil {
		return nil // nothing was read of it
	}
	for _, d := range all {
		if !drop(d) {
			continue
		}
		if err := doc.Remove("dispute", d.ID); err != nil {
			return fmt.Errorf("settle a dispute: %w", err)
		}
	}
	text := doc.Bytes()
	if len(disputesIn(text)) == 0 && !bytes.Contains(text, []byte("[")) {
		text = nil
	}
	return w.write(ctx, disputesFile, text)
}
