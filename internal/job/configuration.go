package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/journal"
	"mgit/internal/resolution"
	"mgit/internal/tree"
	"mgit/internal/upgrade"
)

// ConfigReport are the settings in force.
type ConfigReport struct {
	Settings []SettingInfo `json:"settings"`
	Pending  []PendingInfo `json:"pending"`
}

// SettingInfo is one setting and where it comes from.
type SettingInfo struct {
	Key    string `json:"key"`
	Value  string `json:"value"` // in TOML
	Layer  string `json:"layer"`
	Source string `json:"source"` // file:line, a variable, a flag
}

// PendingInfo is a value on the mgit branch that is not confirmed in this clone.
type PendingInfo struct {
	Key string `json:"key"`
	Old string `json:"old"` // as confirmed, in TOML; "" for none
	New string `json:"new"` // as it arrived; "" for gone
}

// ShowConfig lists the settings in force whose keys are key or stand below it,
// all for "".
func ShowConfig(site *Site, key string) *ConfigReport {
	r := &ConfigReport{Settings: []SettingInfo{}, Pending: []PendingInfo{}}
	wanted := func(k string) bool {
		return key == "" || k == key || strings.HasPrefix(k, key+".")
	}
	for _, s := range site.Config.Settings() {
		if wanted(s.Key) {
			r.Settings = append(r.Settings, SettingInfo{s.Key, s.Value, s.Source.Layer.String(), s.Source.Place()})
		}
	}
	for _, p := range site.Config.Pending() {
		if wanted(p.Key) {
			r.Pending = append(r.Pending, PendingInfo(p))
		}
	}
	return r
}

// ConfigCheck is what is wrong in the settings.
type ConfigCheck struct {
	Problems []ConfigProblem `json:"problems"`
}

// ConfigProblem is one thing that is wrong.
type ConfigProblem struct {
	File       string `json:"file"`
	Line       int    `json:"line"` // 0 where there are no lines
	Key        string `json:"key"`
	Text       string `json:"text"`
	Suggestion string `json:"suggestion"`
}

// CheckConfig validates every file of settings, the mgit branch's ledgers and
// resolutions included. The site was opened despite problems.
func CheckConfig(ctx context.Context, site *Site) (*ConfigCheck, error) {
	r := &ConfigCheck{Problems: []ConfigProblem{}}
	problems := slices.Concat(site.Problems, site.Config.Unknown(), rulesAmiss(site.Config))
	for _, p := range problems {
		r.Problems = append(r.Problems, ConfigProblem{p.Source.File, p.Source.Line, p.Key, p.Text, p.Suggestion})
	}
	for _, w := range site.Config.Warnings() {
		switch w.ID {
		case config.WarnCommandInShared, config.WarnScreenInShared, config.WarnUnsafeURL, config.WarnTrustDamaged:
			r.Problems = append(r.Problems, warned(w))
		}
	}
	w, err := newSharedWriter(ctx, site.Repo, site.shared)
	if err != nil {
		return nil, err
	}
	return r, r.checkShared(ctx, w)
}

// warned is a warning as a problem: its text begins with the place.
func warned(w config.Warning) ConfigProblem {
	p := ConfigProblem{Text: w.Text}
	place, text, found := strings.Cut(w.Text, ": ")
	if !found || strings.ContainsAny(place, " ") {
		return p
	}
	p.File, p.Text = place, text
	if file, line, hasLine := strings.Cut(place, ":"); hasLine {
		if _, err := fmt.Sscanf(line, "%d", &p.Line); err == nil {
			p.File = file
		}
	}
	return p
}

// checkShared reads the files of the mgit branch that are no settings.
func (r *ConfigCheck) checkShared(ctx context.Context, w *sharedWriter) error {
	resolutions := make(map[string][]byte)
	err := tree.Diff(ctx, w.store, git.ZeroID, w.tree, func(c tree.Change) error {
		isLedger := strings.HasPrefix(c.Path, "upgrades/") && strings.HasSuffix(c.Path, ".toml")
		isResolution := strings.HasPrefix(c.Path, "resolutions/")
		isMirror := isMirrorFile(c.Path)
		if c.To.Mode == 0 || !isLedger && !isResolution && !isMirror {
			return nil
		}
		data, err := w.store.Blob(ctx, c.To.ID)
		if err != nil {
			return err
		}
		if isResolution {
			resolutions[c.Path] = data
			return nil
		}
		if isMirror {
			r.checkMirror(c.Path, data)
			return nil
		}
		r.checkLedger(c.Path, data)
		return nil
	})
	if err != nil {
		return fmt.Errorf("check the mgit branch: %w", err)
	}
	if _, err := resolution.Parse(resolutions); err != nil {
		r.Problems = append(r.Problems, ConfigProblem{File: "resolutions/", Text: err.Error()})
	}
	list, err := w.read(ctx, disputesFile)
	if err != nil {
		return fmt.Errorf("check the mgit branch: %w", err)
	}
	if list != nil {
		r.addProblems(checkDisputesIn(list))
	}
	return r.checkDecisions(ctx, w)
}

// checkLedger adds what is wrong in a ledger, unknown keys included.
func (r *ConfigCheck) checkLedger(path string, data []byte) {
	problems := upgrade.Check(path, data)
	if _, err := parseLedger(path, data); err != nil && len(problems) == 0 {
		r.addProblems(err)
		return
	}
	r.addProblems(&upgrade.FileError{File: path, Problems: problems})
}

// addProblems adds what an *upgrade.FileError lists.
func (r *ConfigCheck) addProblems(err error) {
	bad := (*upgrade.FileError)(nil)
	if !errors.As(err, &bad) {
		return
	}
	for _, p := range bad.Problems {
		r.Problems = append(r.Problems, ConfigProblem{bad.File, p.Line, p.Path(), p.Text, p.Suggestion})
	}
}

// TrustReport is what is to be confirmed, or was.
type TrustReport struct {
	Commit    ID            `json:"commit"` // of the mgit branch
	Pending   []PendingInfo `json:"pending"`
	Confirmed bool          `json:"confirmed"`
	Guard     Guard         `json:"guard"`
}

// PlanTrust lists what waits to be confirmed.
func PlanTrust(ctx context.Context, site *Site) (*TrustReport, error) {
	if site.shared == git.ZeroID {
		return nil, site.initialised()
	}
	r := &TrustReport{Commit: ID(site.shared), Pending: ShowConfig(site, "").Pending}
	var err error
	r.Guard, err = site.guardFor(ctx, site.hasPublic(), "")
	return r, err
}

// ConfirmTrust confirms what the site's settings said when it was opened: exactly
// what somebody has seen. What arrives later waits again.
func ConfirmTrust(ctx context.Context, site *Site, r *TrustReport) error {
	if len(r.Pending) == 0 {
		return nil
	}
	lock, err := journal.Acquire(ctx, site.Repo, "config trust", lockWait)
	if err != nil {
		return err
	}
	trust := site.Config.Confirm()
	if err := errors.Join(trust.Write(site.Repo.StateDir()), lock.Release()); err != nil {
		return err
	}
	src := site.sources
	src.Trust = trust
	if site.Config, err = config.Load(src); err != nil {
		return err
	}
	if err := site.settle(); err != nil {
		return err
	}
	r.Confirmed = true
	r.Guard, err = site.guardFor(ctx, site.hasPublic(), "")
	return err
}
