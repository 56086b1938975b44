package job

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/journal"
)

// cloneEdit is what an operation changes in this clone besides references: roles
// in git config, what is confirmed, and the push guard. The journal keeps it for
// undo, but never applies it when it finishes a killed run: a run that came
// here by a fetch of refs/mgit/ must open nothing. An operation that was killed
// before this edit leaves gates closed, and doing it again completes it.
type cloneEdit struct {
	Config []gitSetting `json:"config,omitempty"`
	// Confirm are the values on the mgit branch that this clone wrote itself.
	Confirm []keyEdit  `json:"confirm,omitempty"`
	Guard   *guardEdit `json:"guard,omitempty"`
}

// keyEdit is a key of the mgit branch with its values in TOML; "" is none.
type keyEdit struct {
	Path []string `json:"path"`
	Old  string   `json:"old"`
	New  string   `json:"new"`
}

// gitSetting is a value of git config; "" is none.
type gitSetting struct {
	Key string `json:"key"`
	Old string `json:"old"`
	New string `json:"new"`
}

func (e *cloneEdit) reverse() *cloneEdit {
	if e == nil {
		return nil
	}
	r := &cloneEdit{Guard: e.Guard.reverse()}
	for _, k := range e.Confirm {
		r.Confirm = append(r.Confirm, keyEdit{k.Path, k.New, k.Old})
	}
	for _, s := range e.Config {
		r.Config = append(r.Config, gitSetting{s.Key, s.New, s.Old})
	}
	return r
}

// applyEdit is a run that writes to the mgit branch and, with moves, to others.
func (s *Site) applyEdit(ctx context.Context, lock *journal.Lock, command string, moves []journal.Move, edit sharedEdit) (int, error) {
	payload, err := edit.encode()
	if err != nil {
		return 0, err
	}
	scratch, err := s.Repo.NewScratch(ctx)
	if err != nil {
		return 0, err
	}
	defer scratch.Close()
	run, err := journal.Apply(ctx, s.Repo, lock, scratch, journal.Draft{Command: command, Moves: moves, Payload: payload}, applyShared(s.Repo))
	if err != nil {
		return 0, err
	}
	if len(run.TakenOut) > 0 {
		return run.Number, errors.New(run.TakenOut[0].Reason)
	}
	return run.Number, s.applyClone(ctx, edit)
}

// applyClone makes the part of an edit that is not on the mgit branch. It comes
// after journal.Apply.
func (s *Site) applyClone(ctx context.Context, edit sharedEdit) error {
	if err := s.abandon(ctx, edit.Abandon); err != nil {
		return err
	}
	if edit.Clone == nil {
		return nil
	}
	for _, setting := range edit.Clone.Config {
		if err := s.setRole(ctx, setting); err != nil {
			return err
		}
	}
	if err := s.confirm(ctx, edit.Clone.Confirm); err != nil {
		return err
	}
	return s.applyGuard(ctx, edit.Clone.Guard)
}

// abandon removes the mgit branch that an adoption made here, if it says what it
// said then: nothing is lost, it is the internal remote's.
func (s *Site) abandon(ctx context.Context, adopted string) error {
	if adopted == "" {
		return nil
	}
	id, err := git.ParseID(adopted)
	if err != nil {
		return fmt.Errorf("give the mgit branch back: %w", err)
	}
	tip, err := s.Repo.Resolve(ctx, journal.SharedRef)
	if errors.Is(err, git.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	commits, err := s.Repo.Store().Commits(ctx, []git.ID{id, tip})
	if err != nil {
		return err
	}
	if commits[0].Tree != commits[1].Tree {
		return nil
	}
	trees, err := s.Repo.Worktrees(ctx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(trees, func(w git.Worktree) bool { return w.Branch == journal.SharedRef }) {
		return nil
	}
	return s.Repo.UpdateRefs(ctx, []git.RefUpdate{{Name: journal.SharedRef, Old: tip}}, "mgit: undo of init")
}

// setRole sets one of the keys that give a remote its role, where it still has
// the value that was seen.
func (s *Site) setRole(ctx context.Context, setting gitSetting) error {
	name, isRemote := strings.CutPrefix(setting.Key, "mgit.remote.")
	if !isRemote || !strings.HasSuffix(name, ".url") && !strings.HasSuffix(name, ".role") {
		return fmt.Errorf("git config %s is not for mgit to set", setting.Key)
	}
	values, err := s.Repo.Config(ctx)
	if err != nil {
		return err
	}
	if now, _ := values.Get(setting.Key); now != setting.Old {
		return nil
	}
	if setting.New == "" {
		return s.Repo.UnsetConfig(ctx, setting.Key)
	}
	return s.Repo.SetConfig(ctx, setting.Key, setting.New)
}

// confirm trusts values that this clone has written. Where the mgit branch says
// something else by now, that stays to be confirmed.
func (s *Site) confirm(ctx context.Context, edits []keyEdit) error {
	if len(edits) == 0 {
		return nil
	}
	tip, err := s.Repo.Resolve(ctx, journal.SharedRef)
	if err != nil && !errors.Is(err, git.ErrNotFound) {
		return err
	}
	files, err := s.sharedFilesAt(ctx, tip)
	if err != nil {
		return err
	}
	docs := make(map[string]*config.Document)
	for name, data := range filesOf(files) {
		if docs[name], err = config.ParseDocument(name, data); err != nil {
			return err
		}
	}
	loaded, err := config.Load(config.Sources{Shared: files, Rules: rules()})
	if err != nil {
		return err
	}
	var keys []string
	for _, e := range edits {
		if tomlAt(docs[fileOfKey(e.Path)], e.Path) == e.New {
			keys = append(keys, config.FormatPath(e.Path...))
		}
	}
	trust, err := config.ReadTrust(s.Repo.StateDir())
	if err != nil {
		return err
	}
	return loaded.ConfirmKeys(trust, keys...).Write(s.Repo.StateDir())
}

// tomlAt is the value at path in TOML, "" when there is none.
func tomlAt(doc *config.Document, path []string) string {
	value, found := doc.Get(path...)
	if !found {
		return ""
	}
	text, err := config.FormatValue(value)
	if err != nil {
		return ""
	}
	return text
}

// filesOf are the files of settings by name.
func filesOf(f config.SharedFiles) map[string][]byte {
	return map[string][]byte{settingsFile: f.Main, pluginsFile: f.Plugins, sitesFile: f.Sites}
}

// fileOfKey is the file of the mgit branch in which a key belongs.
func fileOfKey(path []string) string {
	switch path[0] {
	case "plugin":
		return pluginsFile
	case "site":
		return sitesFile
	}
	return settingsFile
}

// guardedKeys lists what differs between two states of the mgit branch in the
// keys that have to be confirmed.
func guardedKeys(old, now config.SharedFiles) ([]keyEdit, error) {
	before, err := config.Load(config.Sources{Shared: old, Rules: rules()})
	if err != nil {
		before = new(config.Config) // it was broken: whatever is there now is new
	}
	after, err := config.Load(config.Sources{Shared: now, Rules: rules()})
	if err != nil {
		return nil, err
	}
	was := make(map[string]string)
	for _, p := range before.Pending() {
		was[p.Key] = p.New
	}
	is := make(map[string]string)
	for _, p := range after.Pending() {
		is[p.Key] = p.New
	}
	all := make(map[string]string)
	maps.Copy(all, was)
	maps.Copy(all, is)
	var edits []keyEdit
	for _, key := range sortedNames(all) {
		if was[key] != is[key] {
			edits = append(edits, keyEdit{splitKey(key), was[key], is[key]})
		}
	}
	return edits, nil
}

// splitKey takes a dotted key apart, quotes and all.
func splitKey(key string) []string {
	doc, err := config.ParseDocument("", []byte(key+" = 0\n"))
	if err != nil {
		return []string{key}
	}
	var path []string
	at, _ := doc.Get()
	for {
		table, ok := at.(map[string]any)
		if !ok {
			return path
		}
		for name, below := range table { // there is one
			path, at = append(path, name), below
		}
	}
}
