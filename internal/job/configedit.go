package job

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/journal"
)

// ConfigEdit is a change of a file of settings on the mgit branch.
type ConfigEdit struct {
	File    string      `json:"file"`
	Changes []KeyChange `json:"changes"`

	site     *Site
	old, now []byte
	confirm  []keyEdit
}

// KeyChange is a key with its values in TOML; "" is none.
type KeyChange struct {
	Key string `json:"key"`
	Old string `json:"old"`
	New string `json:"new"`
}

// SettingsText is mgit.toml as it stands on the mgit branch, for an editor.
func SettingsText(ctx context.Context, site *Site) ([]byte, error) {
	return site.settingsFileText(ctx, settingsFile)
}

func (s *Site) settingsFileText(ctx context.Context, name string) ([]byte, error) {
	if s.shared == git.ZeroID {
		return nil, s.initialised()
	}
	return s.readShared(ctx, name)
}

// PlanConfigText plans to replace mgit.toml, which was old, by now. The error is a
// *UsageError that names line and key when now would not do.
func PlanConfigText(ctx context.Context, site *Site, old, now []byte) (*ConfigEdit, error) {
	return site.planEdit(ctx, settingsFile, old, now)
}

// PlanConfigValue plans to set one key, or to remove it when value is nil. The
// value is TOML, or plain text where the key wants that.
func PlanConfigValue(ctx context.Context, site *Site, key string, value *string) (*ConfigEdit, error) {
	path := splitKey(key)
	file := fileOfKey(path)
	old, err := site.settingsFileText(ctx, file)
	if err != nil {
		return nil, err
	}
	if value == nil {
		now, err := edited(file, old, func(d *config.Document) error { return d.Remove(path...) })
		if err != nil {
			return nil, err
		}
		return site.planEdit(ctx, file, old, now)
	}
	var first error
	for _, v := range readings(*value) {
		now, err := edited(file, old, func(d *config.Document) error { return d.SetValue(v, path...) })
		if err != nil {
			return nil, err
		}
		edit, err := site.planEdit(ctx, file, old, now)
		if err == nil {
			return edit, nil
		}
		// That a number was wanted says less than what is wrong with the text.
		if first == nil || strings.Contains(first.Error(), ": want a ") {
			first = err
		}
	}
	return nil, first
}

// readings are the values that somebody who typed text may mean.
func readings(text string) []any {
	var all []any
	var typed struct{ Value any }
	if _, err := toml.Decode("Value = "+text, &typed); err == nil {
		if list, isList := typed.Value.([]any); isList {
			all = append(all, texts(list))
		} else {
			all = append(all, typed.Value)
		}
	}
	parts := strings.Split(text, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return append(all, text, parts)
}

func texts(list []any) any {
	all := make([]string, len(list))
	for i, item := range list {
		text, ok := item.(string)
		if !ok {
			return list
		}
		all[i] = text
	}
	return all
}

func edited(name string, text []byte, change func(*config.Document) error) ([]byte, error) {
	if text == nil {
		text = []byte("format = 1\n")
	}
	doc, err := config.ParseDocument(name, text)
	if err != nil {
		return nil, err
	}
	if err := change(doc); err != nil {
		return nil, &UsageError{Text: err.Error()}
	}
	return doc.Bytes(), nil
}

// planEdit judges the new text of a file in its place among the others.
func (s *Site) planEdit(ctx context.Context, file string, old, now []byte) (*ConfigEdit, error) {
	before, err := s.sharedFilesAt(ctx, s.shared)
	if err != nil {
		return nil, err
	}
	after := before
	switch file {
	case pluginsFile:
		after.Plugins = now
	case sitesFile:
		after.Sites = now
	default:
		after.Main = now
	}
	if err := judgeFiles(before, after); err != nil {
		return nil, err
	}
	e := &ConfigEdit{File: file, Changes: []KeyChange{}, site: s, old: old, now: now}
	if e.Changes, err = differences(file, old, now); err != nil {
		return nil, err
	}
	if e.confirm, err = guardedKeys(before, after); err != nil {
		return nil, err
	}
	return e, s.forgetUnconfirmed(e.confirm, before)
}

// unconfirmed stands for a value that nobody has confirmed here. It equals none, so
// that taking an edit back does not confirm what stood there before.
const unconfirmed = "unconfirmed"

// forgetUnconfirmed marks the old values that wait to be confirmed.
func (s *Site) forgetUnconfirmed(edits []keyEdit, before config.SharedFiles) error {
	trust, err := config.ReadTrust(s.Repo.StateDir())
	if err != nil {
		return err
	}
	waiting := func(string) bool { return true } // where the files were broken nothing can be told
	if c, err := config.Load(config.Sources{Shared: before, Trust: trust, Rules: rules()}); err == nil {
		pending := c.Pending()
		waiting = func(key string) bool {
			return slices.ContainsFunc(pending, func(p config.PendingChange) bool { return p.Key == key })
		}
	}
	for i := range edits {
		if waiting(config.FormatPath(edits[i].Path...)) {
			edits[i].Old = unconfirmed
		}
	}
	return nil
}

// judgeFiles refuses files with something wrong in them that was not wrong before.
func judgeFiles(before, after config.SharedFiles) error {
	c, err := config.Load(config.Sources{Shared: after, Rules: rules()})
	if err != nil {
		return &UsageError{Text: err.Error(), Hint: "nothing was written"}
	}
	old, err := config.Load(config.Sources{Shared: before, Rules: rules()})
	if err != nil {
		return nil // what else was wrong cannot be told from what is new
	}
	known := faults(old)
	for _, fault := range faults(c) {
		if !slices.Contains(known, fault) {
			return &UsageError{Text: fault, Hint: "nothing was written"}
		}
	}
	return nil
}

// faults are what is wrong with a configuration that can be loaded. Lines are left
// out: a change above moves them.
func faults(c *config.Config) []string {
	var all []string
	for _, p := range append(c.Unknown(), rulesAmiss(c)...) {
		line := *p
		line.Source.Line = 0
		all = append(all, line.Error())
	}
	for _, w := range c.Warnings() {
		if w.ID == config.WarnCommandInShared || w.ID == config.WarnScreenInShared || w.ID == config.WarnUnsafeURL {
			_, text, _ := strings.Cut(w.Text, ": ")
			all = append(all, text)
		}
	}
	return all
}

// differences lists the keys in which two texts of a file differ.
func differences(file string, old, now []byte) ([]KeyChange, error) {
	after, err := config.ParseDocument(file, now)
	if err != nil {
		return nil, err
	}
	before, err := config.ParseDocument(file, old)
	if err != nil {
		before, _ = config.ParseDocument(file, nil) // it was broken: all is new
	}
	was, _ := before.Get()
	is, _ := after.Get()
	return tableDifferences([]KeyChange{}, nil, was, is), nil
}

func tableDifferences(all []KeyChange, path []string, was, is any) []KeyChange {
	before, wasTable := was.(map[string]any)
	after, isTable := is.(map[string]any)
	if !wasTable && !isTable {
		if reflect.DeepEqual(was, is) {
			return all
		}
		return append(all, KeyChange{config.FormatPath(path...), tomlOf(was), tomlOf(is)})
	}
	names := make(map[string]bool)
	for name := range before {
		names[name] = true
	}
	for name := range after {
		names[name] = true
	}
	for _, name := range sortedNames(names) {
		all = tableDifferences(all, append(slices.Clone(path), name), before[name], after[name])
	}
	return all
}

func tomlOf(value any) string {
	if value == nil {
		return ""
	}
	text, err := config.FormatValue(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return text
}

// Unchanged reports whether the edit leaves the file as it is.
func (e *ConfigEdit) Unchanged() bool { return string(e.old) == string(e.now) }

// Apply commits the change to the mgit branch. What this clone writes itself is
// confirmed here. The number is 0 when nothing changes.
func (e *ConfigEdit) Apply(ctx context.Context) (run int, err error) {
	if e.Unchanged() {
		return 0, nil
	}
	lock, err := e.site.Lock(ctx, "config edit")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	edit := sharedEdit{Files: []fileEdit{changeFile(e.File, e.old, e.now)}}
	if len(e.confirm) > 0 {
		edit.Clone = &cloneEdit{Confirm: e.confirm}
	}
	if run, err = e.site.applyEdit(ctx, lock, e.command(), nil, edit); err != nil {
		return run, err
	}
	return run, e.verify(ctx)
}

// verify makes sure that what was meant is what the mgit branch says now: where
// somebody else changed the same key meanwhile, theirs stays.
func (e *ConfigEdit) verify(ctx context.Context) error {
	tip, err := e.site.Repo.Resolve(ctx, journal.SharedRef)
	if err != nil {
		return err
	}
	w, err := newSharedWriter(ctx, e.site.Repo, tip)
	if err != nil {
		return err
	}
	text, err := w.read(ctx, e.File)
	if err != nil {
		return err
	}
	doc, err := config.ParseDocument(e.File, text)
	if err != nil {
		return err
	}
	for _, c := range e.Changes {
		if now := tomlAt(doc, splitKey(c.Key)); now != c.New {
			return fmt.Errorf("%s was changed by somebody else meanwhile and is %s", c.Key, now)
		}
	}
	return nil
}

func (e *ConfigEdit) command() string {
	if len(e.Changes) == 1 {
		return "config edit " + e.Changes[0].Key
	}
	return "config edit"
}
