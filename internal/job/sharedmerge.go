package job

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/resolution"
	"mgit/internal/tree"
	"mgit/internal/upgrade"
)

// Disagreement is something two clones changed differently on the mgit branch.
// Ours is kept, people are told, and the other value stands in the list of disputes
// until somebody has chosen.
type Disagreement struct {
	ID     string `json:"id"` // of the dispute
	File   string `json:"file"`
	Entry  string `json:"entry"`  // a branch of a ledger, or ""
	Key    string `json:"key"`    // within the entry, or a dotted key; "" for the whole file
	Ours   string `json:"ours"`   // as it stands here, as TOML; "" where it was removed
	Theirs string `json:"theirs"` // as it stands there, as TOML; "" where it was removed
	// Kept is the one of the two that stays: "ours", or "theirs" where ours had
	// removed what they changed.
	Kept string `json:"kept"`
	Who  string `json:"who"` // wrote theirs

	when   time.Time
	commit git.ID // that has the value that is not kept
}

// disputed is a place in a file that both sides changed differently.
type disputed struct{ entry, key string }

// mergeShared merges two tips of the mgit branch that went apart: ledgers and mirrors entry
// by entry, settings key by key, recorded resolutions one by one, all other files as a
// whole. Where both removed and changed the same, what is changed stays. bases are their
// merge bases. The commit is in the memory of the repository's store.
func (s *Site) mergeShared(ctx context.Context, ours, theirs git.ID, bases []git.ID, who git.Signature) (git.ID, []Disagreement, error) {
	store := s.Repo.Store()
	base, err := s.sharedBase(ctx, bases)
	if err != nil {
		return ours, nil, err
	}
	m := &sharedMerge{base: sharedWriter{store: store, tree: base}, ours: sharedWriter{store: store}, theirs: sharedWriter{store: store}}
	for id, side := range map[git.ID]*sharedWriter{ours: &m.ours, theirs: &m.theirs} {
		c, err := store.Commit(ctx, id)
		if err != nil {
			return ours, nil, fmt.Errorf("read the mgit branch: %w", err)
		}
		side.tree = c.Tree
	}
	if err := m.merge(ctx); err != nil {
		return ours, nil, fmt.Errorf("merge the mgit branch: %w", err)
	}
	if err := s.signDisagreements(ctx, m.disagreements, ours, theirs); err != nil {
		return ours, nil, err
	}
	if err := m.merged.dispute(ctx, disputesOf(m.disagreements)); err != nil {
		return ours, nil, err
	}
	merged := store.PutCommit(&git.Commit{
		Tree: m.merged.tree, Parents: []git.ID{ours, theirs}, Author: who, Committer: who,
		Message: "Merge what others did on the mgit branch\n",
	})
	return merged, m.disagreements, nil
}

// sharedBase returns the tree that two tips of the mgit branch with these merge bases have in
// common; zero where they have nothing. Several internal remotes can make the bases more
// than one: then it is what those merge to.
func (s *Site) sharedBase(ctx context.Context, bases []git.ID) (git.ID, error) {
	if len(bases) == 0 {
		return git.ZeroID, nil
	}
	store := s.Repo.Store()
	commits, err := store.Commits(ctx, bases)
	if err != nil {
		return git.ZeroID, fmt.Errorf("read the mgit branch: %w", err)
	}
	at := commits[0].Tree
	for i := 1; i < len(commits); i++ {
		further, err := s.Repo.MergeBases(ctx, bases[0], bases[i])
		if err != nil {
			return git.ZeroID, err
		}
		below, err := s.sharedBase(ctx, further)
		if err != nil {
			return git.ZeroID, err
		}
		m := &sharedMerge{base: sharedWriter{store: store, tree: below}, ours: sharedWriter{store: store, tree: at}, theirs: sharedWriter{store: store, tree: commits[i].Tree}}
		if err := m.merge(ctx); err != nil {
			return git.ZeroID, fmt.Errorf("merge the mgit branch: %w", err)
		}
		at = m.merged.tree
	}
	return at, nil
}

// signDisagreements enters who wrote the other values, and where they stand.
func (s *Site) signDisagreements(ctx context.Context, all []Disagreement, ours, theirs git.ID) error {
	for i := range all {
		d := &all[i]
		d.commit = theirs
		mine, other := theirs, ours
		if d.Kept == "theirs" {
			d.commit, mine, other = ours, ours, theirs
		}
		out, err := s.Repo.Cmd("log", "-1", "--no-merges", "--format=%an%x00%aI", mine.String(), "^"+other.String(), "--", ":(literal,top)"+d.File).Output(ctx)
		if err != nil {
			return fmt.Errorf("look who changed %s: %w", d.File, err)
		}
		name, when, _ := strings.Cut(strings.TrimSpace(string(out)), "\x00")
		d.Who = name
		d.when, _ = time.Parse(time.RFC3339, when) // for people; without it they know less
		d.ID = disputeID(d.File, d.Entry, d.Key, d.other())
	}
	return nil
}

// other is the value that was not kept.
func (d Disagreement) other() string {
	if d.Kept == "theirs" {
		return d.Ours
	}
	return d.Theirs
}

func disputesOf(all []Disagreement) []Dispute {
	var disputes []Dispute
	for _, d := range all {
		kept := d.Ours
		if d.Kept == "theirs" {
			kept = d.Theirs
		}
		disputes = append(disputes, Dispute{
			ID: d.ID, File: d.File, Entry: d.Entry, Key: d.Key, Kept: kept, Other: d.other(), Who: d.Who, When: d.when, Commit: ID(d.commit),
		})
	}
	return disputes
}

// sharedMerge merges the trees of two sides.
type sharedMerge struct {
	base, ours, theirs sharedWriter
	merged             sharedWriter
	disagreements      []Disagreement
}

// merge brings the files that theirs changed since base into the tree of ours.
func (m *sharedMerge) merge(ctx context.Context) error {
	m.merged = m.ours
	known, err := m.readResolutions(ctx)
	if err != nil {
		return err
	}
	return tree.Diff(ctx, m.ours.store, m.base.tree, m.theirs.tree, func(c tree.Change) error {
		if known[c.Path] {
			return nil
		}
		return m.file(ctx, c.Path)
	})
}

func (m *sharedMerge) file(ctx context.Context, name string) error {
	was, err := m.base.read(ctx, name)
	if err != nil {
		return err
	}
	theirs, err := m.theirs.read(ctx, name)
	if err != nil {
		return err
	}
	ours, err := m.ours.read(ctx, name)
	if err != nil {
		return err
	}
	switch {
	case same(ours, theirs):
		return nil
	case same(ours, was):
		return m.merged.write(ctx, name, theirs)
	}
	merged, clashes, err := mergeFile(name, was, ours, theirs)
	if err != nil {
		return err
	}
	for _, c := range clashes {
		m.disagree(name, c, ours, theirs, merged)
	}
	return m.merged.write(ctx, name, merged)
}

// disagree notes a clash, unless both sides say the same in other words.
func (m *sharedMerge) disagree(name string, c disputed, ours, theirs, merged []byte) {
	at := Dispute{File: name, Entry: c.entry, Key: c.key}
	d := Disagreement{File: name, Entry: c.entry, Key: c.key, Ours: at.say(ours), Theirs: at.say(theirs), Kept: "ours"}
	if d.Ours == d.Theirs {
		return
	}
	if at.say(merged) == d.Theirs {
		d.Kept = "theirs"
	}
	m.disagreements = append(m.disagreements, d)
}

func same(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }

// mergeFile merges a file that both sides have changed; nil is one that is not there.
func mergeFile(name string, was, ours, theirs []byte) (merged []byte, clashes []disputed, err error) {
	isTOML := path.Ext(name) == ".toml" && !strings.Contains(name, "/")
	switch {
	case isLedgerFile(name):
		return mergeLedgers(name, was, ours, theirs)
	case isMirrorFile(name):
		merged, err := mergeMirrors(name, was, ours, theirs)
		return merged, nil, err
	case isTOML && name != "mgit.toml" && (ours == nil || theirs == nil):
		return mergeRemoved(name, was, ours, theirs)
	case ours == nil:
		return theirs, []disputed{{}}, nil
	case theirs == nil:
		return ours, []disputed{{}}, nil
	case name == supportFile:
		merged, err := mergeSupport(was, ours, theirs)
		return merged, nil, err
	case isTOML:
		return mergeTables(name, was, ours, theirs)
	}
	return ours, []disputed{{}}, nil
}

// mergeTables merges a file of tables, each by its own rule.
func mergeTables(name string, was, ours, theirs []byte) ([]byte, []disputed, error) {
	switch name {
	case disputesFile:
		// What was settled is settled, what is new is added; two clones that found the
		// same dispute mean the same.
		merged, _, err := mergeSettings(name, was, ours, theirs)
		return merged, nil, err
	case decisionsFile:
		return mergeDecisions(was, ours, theirs)
	}
	return mergeSettings(name, was, ours, theirs)
}

// mergeRemoved merges a file that one side does not have any more, because nothing was
// left in it: that side took away what it knew, and not what the other one has entered.
func mergeRemoved(name string, was, ours, theirs []byte) ([]byte, []disputed, error) {
	empty := []byte("format = 1\n")
	if name == disputesFile {
		empty = []byte(disputesHead)
	}
	if ours == nil {
		ours = empty
	}
	if theirs == nil {
		theirs = empty
	}
	merged, clashes, err := mergeTables(name, was, ours, theirs)
	if err != nil {
		return nil, nil, err
	}
	doc, err := config.ParseDocument(name, merged)
	if err != nil {
		return nil, nil, err
	}
	if !saysMore(doc) {
		return nil, clashes, nil
	}
	return merged, clashes, nil
}

// saysMore reports whether a file holds more than its format and empty tables.
func saysMore(doc *config.Document) bool {
	root, _ := doc.Get()
	keys, _ := root.(map[string]any)
	for key, value := range keys {
		table, isTable := value.(map[string]any)
		if isTable && len(table) > 0 || !isTable && key != "format" {
			return true
		}
	}
	return false
}

// mergeLedgers merges a ledger entry by entry. One that is not there has no entries,
// and one that is left without any is removed with the side that removed it.
func mergeLedgers(name string, was, ours, theirs []byte) ([]byte, []disputed, error) {
	ledgers := make([]*upgrade.Ledger, 3)
	for i, data := range [][]byte{was, ours, theirs} {
		if data == nil {
			continue
		}
		var err error
		if ledgers[i], err = upgrade.Parse(name, data); err != nil {
			return nil, nil, err
		}
	}
	for i, other := range []int{1: 2, 2: 1} {
		if i > 0 && ledgers[i] == nil {
			ledgers[i] = ledgerOf(ledgers[other])
		}
	}
	merged, all := upgrade.Merge(ledgers[0], ledgers[1], ledgers[2])
	if len(merged.Entries) == 0 && (ours == nil || theirs == nil) {
		return nil, nil, nil
	}
	var clashes []disputed
	for _, d := range all {
		clashes = append(clashes, disputed{d.Branch, d.Key})
	}
	data, err := merged.Encode()
	return data, clashes, err
}

// mergeSettings merges a settings file key by key. A table that one side removed
// and the other changed stays with all that it held: half a record would mislead.
func mergeSettings(name string, was, ours, theirs []byte) ([]byte, []disputed, error) {
	documents, err := parseSettings(name, was, ours, theirs)
	if err != nil {
		return nil, nil, err
	}
	base, here, there := documents[0], documents[1], documents[2]
	var clashes []disputed
	for _, at := range tablesIn(base) {
		b, _ := base.Get(at...)
		o, isHere := here.Get(at...)
		t, isThere := there.Get(at...)
		from := there
		switch {
		case !isHere && isThere && !isSame(b, t):
		case isHere && !isThere && !isSame(b, o):
			from = here
		default:
			continue
		}
		clashes = append(clashes, disputed{key: config.FormatPath(at...)})
		// Both say now what the one says that changed it.
		for _, doc := range []*config.Document{here, there} {
			if doc == from {
				continue
			}
			value, _ := from.Get(at...)
			table, _ := value.(map[string]any)
			if err := doc.AppendTable(at, keyValues(table)...); err != nil {
				return nil, nil, err
			}
		}
	}
	more, err := here.Merge(base, there)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range more {
		clashes = append(clashes, disputed{key: c.Key})
	}
	return here.Bytes(), clashes, nil
}

// tablesIn lists the tables of a settings file that are one thing: a branch's
// record, a plugin, a site.
func tablesIn(doc *config.Document) [][]string {
	var all [][]string
	root, _ := doc.Get()
	tables, _ := root.(map[string]any)
	for _, kind := range sortedNames(tables) {
		named, _ := tables[kind].(map[string]any)
		for _, name := range sortedNames(named) {
			if _, ok := named[name].(map[string]any); ok {
				all = append(all, []string{kind, name})
			}
		}
	}
	return all
}

// readResolutions merges the recorded resolutions, and returns the paths of the files
// that they consist of.
func (m *sharedMerge) readResolutions(ctx context.Context) (map[string]bool, error) {
	known := make(map[string]bool)
	var sets [3]resolution.Set
	for i, side := range []*sharedWriter{&m.base, &m.ours, &m.theirs} {
		files, err := side.resolutionFiles(ctx)
		if err != nil {
			return nil, err
		}
		set, _ := resolution.Parse(files) // what cannot be read is merged as a file
		sets[i] = set
		names, err := set.Files()
		if err != nil {
			return nil, err
		}
		for name := range names {
			known[name] = true
		}
	}
	merged := resolution.Merge(sets[0], sets[1], sets[2])
	was, err := sets[1].Files()
	if err != nil {
		return nil, err
	}
	now, err := merged.Files()
	if err != nil {
		return nil, err
	}
	for name := range was {
		if _, stays := now[name]; !stays {
			if err := m.merged.write(ctx, name, nil); err != nil {
				return nil, err
			}
		}
	}
	for _, name := range sortedNames(now) {
		if bytes.Equal(was[name], now[name]) {
			continue
		}
		if err := m.merged.write(ctx, name, now[name]); err != nil {
			return nil, err
		}
	}
	return known, nil
}

// resolutionFiles reads the files of recorded resolutions.
func (w *sharedWriter) resolutionFiles(ctx context.Context) (map[string][]byte, error) {
	files := make(map[string][]byte)
	if w.tree == git.ZeroID {
		return files, nil
	}
	err := tree.Diff(ctx, w.store, git.ZeroID, w.tree, func(c tree.Change) error {
		if !strings.HasPrefix(c.Path, resolution.Folder+"/") || c.To.Mode == 0 {
			return nil
		}
		data, err := w.store.Blob(ctx, c.To.ID)
		files[c.Path] = data
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the recorded resolutions: %w", err)
	}
	return files, nil
}
