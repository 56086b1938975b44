package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/journal"
	"mgit/internal/moodle"
	"mgit/internal/resolution"
	"mgit/internal/tree"
	"mgit/internal/upgrade"
)

// The shared `mgit` branch is written in one way only: a run says what it
// wants to change there, entry by entry, and that is merged into whatever the
// branch holds at that moment. So a colleague's commit that arrived meanwhile,
// and a run that has to be finished after a crash, are the ordinary case.

// sharedEdit is what a run changes on the mgit branch; it travels in the
// journal's payload.
type sharedEdit struct {
	Ledgers []ledgerEdit `json:"ledgers,omitempty"`
	Files   []fileEdit   `json:"files,omitempty"`
	// Adopt is the commit that the branch begins with where there is none yet;
	// Abandon takes that back.
	Adopt   string `json:"adopt,omitempty"`
	Abandon string `json:"abandon,omitempty"`
	// Clone is not on the branch at all; see cloneEdit.
	Clone *cloneEdit `json:"clone,omitempty"`
}

// isEmpty reports whether the edit changes nothing.
func (e sharedEdit) isEmpty() bool {
	hasEntries := func(l ledgerEdit) bool { return l.Old != l.New }
	return !slices.ContainsFunc(e.Ledgers, hasEntries) && len(e.Files) == 0 && e.Adopt == "" && e.Abandon == "" && e.Clone == nil
}

// ledgerEdit holds the entries a run touches, as they were and as it leaves
// them, both as the text of a ledger with only these entries.
type ledgerEdit struct {
	Path string `json:"path"`
	Old  string `json:"old"`
	New  string `json:"new"`
	// Group is the group of moves that all entries follow, a target's say; "" where
	// each belongs to the branch that it is named after.
	Group string `json:"group,omitempty"`
}

// fileEdit replaces a file as a whole. Where a file of settings is no longer Old,
// the keys that differ between Old and New are changed in it one by one; any
// other file is left alone then. A null side is "no file".
type fileEdit struct {
	Path string  `json:"path"`
	Old  *[]byte `json:"old"`
	New  *[]byte `json:"new"`
	// Group is the group of moves that the file follows; "" for none.
	Group string `json:"group,omitempty"`
}

func (e sharedEdit) encode() ([]byte, error) {
	data, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("write the run's entries: %w", err)
	}
	return data, nil
}

func decodeSharedEdit(payload []byte) (sharedEdit, error) {
	var e sharedEdit
	if len(payload) == 0 {
		return e, nil
	}
	if err := json.Unmarshal(payload, &e); err != nil {
		return e, fmt.Errorf("read the run's entries: %w", err)
	}
	return e, nil
}

// reverse is the edit that takes e back.
func (e sharedEdit) reverse() sharedEdit {
	r := sharedEdit{Adopt: e.Abandon, Abandon: e.Adopt, Clone: e.Clone.reverse()}
	for _, l := range e.Ledgers {
		r.Ledgers = append(r.Ledgers, ledgerEdit{Path: l.Path, Old: l.New, New: l.Old, Group: l.Group})
	}
	for _, f := range e.Files {
		r.Files = append(r.Files, fileEdit{Path: f.Path, Old: f.New, New: f.Old, Group: f.Group})
	}
	return r
}

// without leaves out the ledger entries and files of branches, or of other groups of moves.
func (e sharedEdit) without(branches map[string]bool) (sharedEdit, error) {
	r := e
	r.Ledgers = nil
	r.Files = slices.DeleteFunc(slices.Clone(e.Files), func(f fileEdit) bool { return branches[f.Group] })
	for _, l := range e.Ledgers {
		if branches[l.Group] {
			continue
		}
		old, err := upgrade.Parse(l.Path, []byte(l.Old))
		if err != nil {
			return r, err
		}
		now, err := upgrade.Parse(l.Path, []byte(l.New))
		if err != nil {
			return r, err
		}
		for b := range branches {
			delete(old.Entries, shortBranch(b))
			delete(now.Entries, shortBranch(b))
		}
		was, err := old.Encode()
		if err != nil {
			return r, err
		}
		is, err := now.Encode()
		if err != nil {
			return r, err
		}
		r.Ledgers = append(r.Ledgers, ledgerEdit{Path: l.Path, Old: string(was), New: string(is), Group: l.Group})
	}
	return r, nil
}

// editLedger is the edit that turns the entries of before into those of after.
func editLedger(series moodle.Series, before, after *upgrade.Ledger) (sharedEdit, error) {
	old, err := before.Encode()
	if err != nil {
		return sharedEdit{}, err
	}
	now, err := after.Encode()
	if err != nil {
		return sharedEdit{}, err
	}
	return sharedEdit{Ledgers: []ledgerEdit{{Path: ledgerPath(series), Old: string(old), New: string(now)}}}, nil
}

func ledgerPath(series moodle.Series) string { return "upgrades/" + series.String() + ".toml" }

// applyShared returns the journal's function for the shared branch of repo.
func applyShared(repo *git.Repo) journal.Shared {
	return func(ctx context.Context, run *journal.Run, tip git.ID) (git.ID, error) {
		edit, err := decodeSharedEdit(run.Payload)
		if err != nil {
			return tip, err
		}
		from := tip
		if tip == git.ZeroID && edit.Adopt != "" {
			if from, err = git.ParseID(edit.Adopt); err != nil {
				return tip, fmt.Errorf("adopt the mgit branch: %w", err)
			}
		}
		w, err := newSharedWriter(ctx, repo, from)
		if err != nil {
			return tip, err
		}
		for _, l := range edit.Ledgers {
			if err := w.mergeLedger(ctx, l, run); err != nil {
				return tip, err
			}
		}
		for _, f := range edit.Files {
			isOut := func(out journal.TakenOut) bool { return out.Group == f.Group }
			if f.Group != "" && slices.ContainsFunc(run.TakenOut, isOut) {
				continue
			}
			if err := w.replaceFile(ctx, f); err != nil {
				return tip, err
			}
		}
		return w.commit(run.Who, fmt.Sprintf("%s\n\nMgit-Run: %d\n", run.Command, run.Number)), nil
	}
}

// sharedWriter collects changes to the tree of the mgit branch.
type sharedWriter struct {
	store     *git.Store
	tip       git.ID
	was, tree git.ID
}

func newSharedWriter(ctx context.Context, repo *git.Repo, tip git.ID) (*sharedWriter, error) {
	w := &sharedWriter{store: repo.Store(), tip: tip}
	if tip == git.ZeroID {
		return w, nil
	}
	c, err := w.store.Commit(ctx, tip)
	if err != nil {
		return nil, fmt.Errorf("read the mgit branch: %w", err)
	}
	w.was, w.tree = c.Tree, c.Tree
	return w, nil
}

// read returns the file at path as it stands now; nil when there is none.
func (w *sharedWriter) read(ctx context.Context, path string) ([]byte, error) {
	e, err := w.store.Path(ctx, w.tree, path)
	if w.tree == git.ZeroID || errors.Is(err, git.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return w.store.Blob(ctx, e.ID)
}

// write sets the file at path; nil removes it.
func (w *sharedWriter) write(ctx context.Context, path string, data []byte) error {
	var f tree.File
	if data != nil {
		f = tree.File{Mode: git.ModeFile, ID: w.store.PutBlob(data)}
	}
	var err error
	if w.tree, err = tree.Set(ctx, w.store, w.tree, path, f); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func (w *sharedWriter) mergeLedger(ctx context.Context, edit ledgerEdit, run *journal.Run) error {
	old, err := upgrade.Parse(edit.Path, []byte(edit.Old))
	if err != nil {
		return err
	}
	now, err := upgrade.Parse(edit.Path, []byte(edit.New))
	if err != nil {
		return err
	}
	for _, out := range run.TakenOut {
		if out.Group == edit.Group {
			return nil
		}
		delete(old.Entries, shortBranch(out.Group))
		delete(now.Entries, shortBranch(out.Group))
	}
	number(now, run.Number)
	number(old, run.Undoes)
	if err := w.settleDisputes(ctx, edit.Path, []byte(edit.Old), []byte(edit.New)); err != nil {
		return err
	}
	present, err := w.read(ctx, edit.Path)
	if err != nil {
		return err
	}
	if present == nil {
		return w.writeLedger(ctx, edit.Path, now)
	}
	ours, err := upgrade.Parse(edit.Path, present)
	if err != nil {
		return err
	}
	// Where somebody changed the same entry meanwhile, theirs stays: it is
	// newer than what this run saw.
	merged, _ := upgrade.Merge(old, ours, now)
	if run.Undoes != 0 && len(merged.Entries) == 0 {
		return w.write(ctx, edit.Path, nil) // the run that is taken back began it
	}
	return w.writeLedger(ctx, edit.Path, merged)
}

// thisRun stands for the number of a run that has none yet. In the entries that
// an undo takes back it stands for the run that made them.
const thisRun = -1

func number(l *upgrade.Ledger, run int) {
	for _, e := range l.Entries {
		if e.Run == thisRun {
			e.Run = run
		}
	}
}

func (w *sharedWriter) writeLedger(ctx context.Context, path string, l *upgrade.Ledger) error {
	data, err := l.Encode()
	if err != nil {
		return err
	}
	return w.write(ctx, path, data)
}

func (w *sharedWriter) replaceFile(ctx context.Context, edit fileEdit) error {
	present, err := w.read(ctx, edit.Path)
	if err != nil {
		return err
	}
	var old, now []byte
	if edit.Old != nil {
		old = *edit.Old
	}
	if edit.New != nil {
		now = *edit.New
	}
	if same(present, now) && (present == nil) == (edit.New == nil) {
		return nil
	}
	if edit.Path != disputesFile {
		if err := w.settleDisputes(ctx, edit.Path, old, now); err != nil {
			return err
		}
	}
	if (present == nil) != (edit.Old == nil) || !slices.Equal(present, old) {
		return w.mergeSettings(ctx, edit.Path, old, now, present)
	}
	if edit.New != nil && now == nil {
		now = []byte{}
	}
	return w.write(ctx, edit.Path, now)
}

// commit returns the new commit of the branch, or its tip when nothing changed.
func (w *sharedWriter) commit(who git.Signature, message string) git.ID {
	if w.tree == w.was {
		return w.tip
	}
	root := w.tree
	if root == git.ZeroID {
		root = git.EmptyTree
	}
	c := &git.Commit{Tree: root, Author: who, Committer: who, Message: message}
	if w.tip != git.ZeroID {
		c.Parents = []git.ID{w.tip}
	}
	return w.store.PutCommit(c)
}

// readShared returns a file of the mgit branch; nil when there is none.
func (s *Site) readShared(ctx context.Context, path string) ([]byte, error) {
	w, err := newSharedWriter(ctx, s.Repo, s.shared)
	if err != nil {
		return nil, err
	}
	return w.read(ctx, path)
}

// readLedger returns the ledger of the upgrade to series; nil when there is none.
func (s *Site) readLedger(ctx context.Context, series moodle.Series) (*upgrade.Ledger, error) {
	data, err := s.readShared(ctx, ledgerPath(series))
	if err != nil || data == nil {
		return nil, err
	}
	return parseLedger(ledgerPath(series), data)
}

// parseLedger reads the ledger that stands at path, which says what series it is of.
// The error is an *upgrade.FileError.
func parseLedger(path string, data []byte) (*upgrade.Ledger, error) {
	l, err := upgrade.Parse(path, data)
	if err != nil {
		return nil, err
	}
	series := strings.TrimSuffix(strings.TrimPrefix(path, "upgrades/"), ".toml")
	switch l.Series {
	case series:
	case "":
		l.Series = series
	default:
		return nil, &upgrade.FileError{File: path, Problems: []*upgrade.Problem{wrongSeries(path, data, l.Series)}}
	}
	return l, nil
}

func wrongSeries(path string, data []byte, series string) *upgrade.Problem {
	p := &upgrade.Problem{Line: 1, Key: "series", Text: fmt.Sprintf("this is the file of another series than %s", series)}
	if doc, err := config.ParseDocument(path, data); err == nil {
		p.Line = doc.Line("series")
	}
	return p
}

// readResolutions returns the recorded resolutions of the mgit branch.
func (s *Site) readResolutions(ctx context.Context) (resolution.Set, error) {
	w, err := newSharedWriter(ctx, s.Repo, s.shared)
	if err != nil {
		return nil, err
	}
	files, err := w.resolutionFiles(ctx)
	if err != nil {
		return nil, err
	}
	return resolution.Parse(files)
}
