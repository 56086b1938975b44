package job

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/tree"
	"mgit/internal/upgrade"
)

// Disagreement is something two clones changed differently on the mgit branch.
// Ours is kept, and people are told.
type Disagreement struct {
	File   string `json:"file"`
	Entry  string `json:"entry"`  // a branch of a ledger, or ""
	Key    string `json:"key"`    // within the entry, or a dotted key; "" for the whole file
	Ours   string `json:"ours"`   // as kept
	Theirs string `json:"theirs"` // as not taken
}

// mergeShared merges two tips of the mgit branch that went apart: ledgers entry
// by entry, settings key by key, all other files as a whole. The commit is in
// the memory of the repository's store.
func (s *Site) mergeShared(ctx context.Context, ours, theirs git.ID, who git.Signature) (git.ID, []Disagreement, error) {
	bases, err := s.Repo.MergeBases(ctx, ours, theirs)
	if err != nil {
		return ours, nil, err
	}
	store := s.Repo.Store()
	trees := make([]git.ID, 3)
	for i, id := range []git.ID{append(bases, git.ZeroID)[0], ours, theirs} {
		if id == git.ZeroID {
			continue
		}
		c, err := store.Commit(ctx, id)
		if err != nil {
			return ours, nil, fmt.Errorf("read the mgit branch: %w", err)
		}
		trees[i] = c.Tree
	}
	m := sharedMerge{writer: sharedWriter{store: store, tree: trees[1]}, base: trees[0], theirs: trees[2]}
	err = tree.Diff(ctx, store, trees[0], trees[2], func(c tree.Change) error { return m.file(ctx, c.Path) })
	if err != nil {
		return ours, nil, fmt.Errorf("merge the mgit branch: %w", err)
	}
	merged := store.PutCommit(&git.Commit{
		Tree: m.writer.tree, Parents: []git.ID{ours, theirs}, Author: who, Committer: who,
		Message: "Merge what others did on the mgit branch\n",
	})
	return merged, m.disagreements, nil
}

// sharedMerge brings the files that theirs changed since base into the tree of
// its writer, which begins as ours.
type sharedMerge struct {
	writer        sharedWriter
	base, theirs  git.ID
	disagreements []Disagreement
}

func (m *sharedMerge) file(ctx context.Context, name string) error {
	was, err := (&sharedWriter{store: m.writer.store, tree: m.base}).read(ctx, name)
	if err != nil {
		return err
	}
	theirs, err := (&sharedWriter{store: m.writer.store, tree: m.theirs}).read(ctx, name)
	if err != nil {
		return err
	}
	ours, err := m.writer.read(ctx, name)
	if err != nil {
		return err
	}
	switch {
	case same(ours, theirs):
		return nil
	case same(ours, was):
		return m.writer.write(ctx, name, theirs)
	case ours == nil || theirs == nil:
		// Removed here and changed there: what is changed stays.
		if ours == nil {
			return m.writer.write(ctx, name, theirs)
		}
		return nil
	}
	merged, more, err := mergeFile(name, was, ours, theirs)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	m.disagreements = append(m.disagreements, more...)
	return m.writer.write(ctx, name, merged)
}

func same(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }

func mergeFile(name string, was, ours, theirs []byte) ([]byte, []Disagreement, error) {
	switch {
	case name == decisionsFile:
		return mergeDecisions(was, ours, theirs)
	case name == supportFile:
		merged, err := mergeSupport(was, ours, theirs)
		return merged, nil, err
	case strings.HasPrefix(name, "upgrades/") && path.Ext(name) == ".toml":
		return mergeLedgers(name, was, ours, theirs)
	case !strings.Contains(name, "/") && path.Ext(name) == ".toml":
		return mergeSettings(name, was, ours, theirs)
	default:
		return ours, []Disagreement{{File: name, Ours: "kept", Theirs: "not taken"}}, nil
	}
}

func mergeLedgers(name string, was, ours, theirs []byte) ([]byte, []Disagreement, error) {
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
	merged, all := upgrade.Merge(ledgers[0], ledgers[1], ledgers[2])
	var disagreements []Disagreement
	for _, d := range all {
		disagreements = append(disagreements, Disagreement{File: name, Entry: d.Branch, Key: d.Key, Ours: fmt.Sprint(d.Ours), Theirs: fmt.Sprint(d.Theirs)})
	}
	data, err := merged.Encode()
	return data, disagreements, err
}

// mergeSettings merges a settings file key by key.
func mergeSettings(name string, was, ours, theirs []byte) ([]byte, []Disagreement, error) {
	documents, err := parseSettings(name, was, ours, theirs)
	if err != nil {
		return nil, nil, err
	}
	clashes, err := documents[1].Merge(documents[0], documents[2])
	if err != nil {
		return nil, nil, err
	}
	var disagreements []Disagreement
	for _, c := range clashes {
		disagreements = append(disagreements, Disagreement{File: name, Key: c.Key, Ours: fmt.Sprint(c.Ours), Theirs: fmt.Sprint(c.Theirs)})
	}
	return documents[1].Bytes(), slices.Clip(disagreements), nil
}
