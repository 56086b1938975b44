package job

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// BaselineChange is what a decision changes in the file of a baseline.
type BaselineChange struct {
	Path string `json:"path"`
	// Listed reports whether the baseline has the finding afterwards, so that a report with
	// it lists the finding no more.
	Listed  bool `json:"listed"`
	Changed bool `json:"changed"`
	// Undecided counts the hunks of the finding that wait for a decision. With any of them
	// the finding stays out of the baseline.
	Undecided int `json:"undecided"`
}

// baselineFile is a baseline on its way to another content. What of it is not about findings
// stays as it is.
type baselineFile struct {
	path   string
	info   fs.FileInfo
	read   []byte // what the file holds
	top    map[string]json.RawMessage
	result map[string]json.RawMessage
	all    []json.RawMessage // the findings
	change BaselineChange
}

// openBaseline reads the JSON of an earlier report. The error is a *UsageError where it is none.
func openBaseline(path string) (*baselineFile, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, &UsageError{Text: fmt.Sprintf("the baseline: %v", err), Hint: "mgit corehack-report --json > baseline.json makes one"}
	}
	b := &baselineFile{path: path, info: info, change: BaselineChange{Path: ShowPath(path)}}
	if b.read, err = os.ReadFile(path); err != nil {
		return nil, &UsageError{Text: fmt.Sprintf("the baseline: %v", err)}
	}
	if _, err := newHiding(nil, nil, b.read); err != nil {
		return nil, err
	}
	return b, errors.Join(
		json.Unmarshal(b.read, &b.top),
		json.Unmarshal(b.top["result"], &b.result),
		json.Unmarshal(b.result["findings"], &b.all),
	)
}

// set puts a finding into the baseline once all of it is decided on, and takes it out of it
// when a decision was taken back.
func (b *baselineFile) set(f Finding, decided []DecideOn, word string) error {
	entry, err := json.Marshal(f)
	if err != nil {
		return err
	}
	isFinding := func(raw json.RawMessage) bool {
		var known struct{ Fingerprint string }
		return json.Unmarshal(raw, &known) == nil && known.Fingerprint == f.Fingerprint
	}
	before := slices.IndexFunc(b.all, isFinding)
	b.change.Undecided = f.undecidedAfter(decided, word)
	b.change.Listed = b.change.Undecided == 0
	switch {
	case before < 0 && b.change.Listed:
		b.all, b.change.Changed = append(b.all, entry), true
	case before >= 0 && b.change.Listed:
		// One that was explained by then would be listed again as an orphan.
		b.change.Changed = !bytes.Contains(b.all[before], []byte(`"orphan": true`)) && !bytes.Contains(b.all[before], []byte(`"orphan":true`))
		b.all[before] = entry
	case before >= 0:
		b.all, b.change.Changed = slices.DeleteFunc(b.all, isFinding), true
	}
	return nil
}

// undecidedAfter counts what of a finding waits for a decision once a decision about some of it
// was made.
func (f Finding) undecidedAfter(decided []DecideOn, word string) int {
	is := func(print string, was *Decision) bool {
		if slices.ContainsFunc(decided, func(on DecideOn) bool { return on.Fingerprint == print }) {
			return word != DecisionNone
		}
		return was != nil
	}
	if len(f.Hunks) == 0 || f.Class != ClassModified {
		return boolInt(!is(f.Fingerprint, f.Decision))
	}
	n := 0
	for _, h := range f.Hunks {
		if h.Branch == nil && !is(h.Fingerprint, h.Decision) {
			n++
		}
	}
	return n
}

// write puts the new baseline in the place of the old one. The error is a *Refusal when somebody
// else has changed the file meanwhile.
func (b *baselineFile) write() (err error) {
	if !b.change.Changed {
		return nil
	}
	if b.result["findings"], err = json.Marshal(b.all); err != nil {
		return err
	}
	if b.top["result"], err = json.Marshal(b.result); err != nil {
		return err
	}
	data, err := json.MarshalIndent(b.top, "", "  ")
	if err != nil {
		return err
	}
	if now, err := os.ReadFile(b.path); err != nil || !bytes.Equal(now, b.read) {
		return &Refusal{ID: changedRefusal, Text: ShowPath(b.path) + " was changed by somebody else meanwhile, and was left as it is now", Hint: "give the command again", Final: true}
	}
	path, err := filepath.EvalSymlinks(b.path) // a link stays a link
	if err != nil {
		return fmt.Errorf("write the baseline: %w", err)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".mgit-")
	if err != nil {
		return fmt.Errorf("write the baseline: %w", err)
	}
	defer os.Remove(temp.Name()) // once it is renamed there is none
	_, err = temp.Write(append(data, '\n'))
	if err = errors.Join(err, temp.Chmod(b.info.Mode().Perm()), temp.Close()); err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write the baseline: %w", err)
	}
	return nil
}
