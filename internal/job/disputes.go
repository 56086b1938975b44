package job

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/tree"
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

// SettleRequest chooses between two values.
type SettleRequest struct {
	// IDs of disputes, or beginnings of ids that fit one.
	IDs []string
	// Other takes the other value; else what was kept stays.
	Other  bool
	DryRun bool
}

// SettleReport is what was chosen.
type SettleReport struct {
	Settled []Dispute `json:"settled"`
	Taken   string    `json:"taken"` // "kept" or "other"
	Open    int       `json:"open"`  // disputes that are left
}

// Settle chooses between values that two clones set differently, as one run. The error
// is a *UsageError for an id that fits no dispute or several.
func Settle(ctx context.Context, site *Site, request SettleRequest) (report *SettleReport, run int, err error) {
	if err := site.initialised(); err != nil {
		return nil, 0, err
	}
	command := "disputes settle " + strings.Join(request.IDs, " ") + " kept"
	if request.Other {
		command = strings.TrimSuffix(command, "kept") + "other"
	}
	release, lock, err := site.lockShared(ctx, command, request.DryRun)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, release()) }()
	open, err := site.openDisputes(ctx, site.shared)
	if err != nil {
		return nil, 0, err
	}
	report = &SettleReport{Settled: []Dispute{}, Taken: "kept"}
	if request.Other {
		report.Taken = "other"
	}
	for _, id := range request.IDs {
		d, err := chooseDispute(open, id)
		if err != nil {
			return nil, 0, err
		}
		if !slices.Contains(report.Settled, d) {
			report.Settled = append(report.Settled, d)
		}
	}
	report.Open = len(open) - len(report.Settled)
	edit, err := site.settleEdit(ctx, report.Settled, request.Other)
	if err != nil || request.DryRun {
		return report, 0, err
	}
	run, err = site.applyEdit(ctx, lock, command, nil, edit)
	return report, run, err
}

func chooseDispute(open []Dispute, id string) (Dispute, error) {
	var found []Dispute
	for _, d := range open {
		if id != "" && strings.HasPrefix(d.ID, id) {
			found = append(found, d)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return Dispute{}, &UsageError{Text: fmt.Sprintf("there is no dispute %q", id), Hint: "mgit disputes lists them"}
	}
	return Dispute{}, &UsageError{Text: fmt.Sprintf("%q fits %d disputes", id, len(found)), Hint: "give more of its digits"}
}

// settleEdit is the edit that takes disputes out of the list and, with other, puts
// their other values in their places.
func (s *Site) settleEdit(ctx context.Context, disputes []Dispute, other bool) (sharedEdit, error) {
	was, err := newSharedWriter(ctx, s.Repo, s.shared)
	if err != nil {
		return sharedEdit{}, err
	}
	now := *was
	if other {
		for _, d := range disputes {
			if err := s.takeOther(ctx, &now, d); err != nil {
				return sharedEdit{}, err
			}
		}
	}
	err = now.dropDisputes(ctx, func(d Dispute) bool {
		return slices.ContainsFunc(disputes, func(o Dispute) bool { return o.ID == d.ID })
	})
	if err != nil {
		return sharedEdit{}, err
	}
	var edit sharedEdit
	err = tree.Diff(ctx, was.store, was.tree, now.tree, func(c tree.Change) error {
		before, err := was.read(ctx, c.Path)
		if err != nil {
			return err
		}
		after, err := now.read(ctx, c.Path)
		if err != nil {
			return err
		}
		if isLedgerFile(c.Path) && before != nil && after != nil {
			edit.Ledgers = append(edit.Ledgers, ledgerEdit{Path: c.Path, Old: string(before), New: string(after)})
			return nil
		}
		edit.Files = append(edit.Files, changeFile(c.Path, before, after))
		return nil
	})
	// The list comes last: taken back, the run changes the values first, and that must
	// not settle what comes onto the list again.
	slices.SortStableFunc(edit.Files, func(a, b fileEdit) int {
		return cmp.Compare(strings.Count(a.Path, disputesFile), strings.Count(b.Path, disputesFile))
	})
	return edit, err
}

// takeOther puts the other value of a dispute into its place.
func (s *Site) takeOther(ctx context.Context, w *sharedWriter, d Dispute) error {
	from, err := newSharedWriter(ctx, s.Repo, git.ID(d.Commit))
	if err != nil {
		return fmt.Errorf("read the other value of %s: %w", d.Where(), err)
	}
	theirs, err := from.read(ctx, d.File)
	if err != nil {
		return err
	}
	ours, err := w.read(ctx, d.File)
	if err != nil {
		return err
	}
	var merged []byte
	switch {
	case d.Key == "":
		merged = theirs
	case isLedgerFile(d.File):
		merged, err = takeLedgerPart(d, ours)
	default:
		merged, err = takeKey(d, ours, theirs)
	}
	if err != nil {
		return fmt.Errorf("take the other value of %s: %w", d.Where(), err)
	}
	return w.write(ctx, d.File, merged)
}

func takeLedgerPart(d Dispute, ours []byte) ([]byte, error) {
	l, err := upgrade.Parse(d.File, ours)
	if err != nil {
		return nil, err
	}
	if err := l.SetPart(d.Entry, d.Key, d.Other); err != nil {
		return nil, err
	}
	return l.Encode()
}

func takeKey(d Dispute, ours, theirs []byte) ([]byte, error) {
	docs, err := parseSettings(d.File, ours, theirs)
	if err != nil {
		return nil, err
	}
	path := splitKey(d.Key)
	value, ok := docs[1].Get(path...)
	table, isTable := value.(map[string]any)
	switch {
	case !ok:
		err = docs[0].Remove(path...)
	case isTable:
		if err = docs[0].Remove(path...); err == nil {
			err = docs[0].AppendTable(path, keyValues(table)...)
		}
	default:
		err = docs[0].SetValue(value, path...)
	}
	return docs[0].Bytes(), err
}

func keyValues(table map[string]any) []config.KeyValue {
	var all []config.KeyValue
	for _, key := range sortedNames(table) {
		all = append(all, config.KeyValue{Key: key, Value: table[key]})
	}
	return all
}

func isLedgerFile(name string) bool {
	return strings.HasPrefix(name, "upgrades/") && strings.HasSuffix(name, ".toml")
}
