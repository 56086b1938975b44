package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Trust is what was confirmed in this clone of the values that open gates: roles of remotes, tracker hosts, URLs of
// plugins, rules for what is public. On the mgit branch they are data that a push can change, so they are in
// force only once somebody here has seen and confirmed them. The zero Trust has confirmed nothing.
//
// It is kept in .git/mgit/trust.toml. Losing that file is safe: all is pending again.
type Trust struct {
	confirmed map[string]string // by dotted key; values as FormatValue writes them
	damaged   bool
}

// PendingChange is a value on the mgit branch that is not confirmed.
type PendingChange struct {
	Key string // dotted
	Old string // as confirmed, in TOML; "" for nothing
	New string // as the mgit branch has it now; "" for nothing any more
}

const trustFile = "trust.toml"

// ReadTrust reads what was confirmed from the directory where mgit keeps its state (.git/mgit). A file that is
// damaged confirms nothing; Load warns of it.
func ReadTrust(stateDir string) (*Trust, error) {
	data, err := os.ReadFile(filepath.Join(stateDir, trustFile))
	if errors.Is(err, fs.ErrNotExist) {
		return &Trust{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what was confirmed: %w", err)
	}
	return parseTrust(data), nil
}

func parseTrust(data []byte) *Trust {
	var file struct {
		Format    int
		Digest    string
		Confirmed map[string]string
	}
	_, err := toml.Decode(string(data), &file)
	if err != nil || file.Format != 1 || file.Digest != digest(file.Confirmed) {
		return &Trust{damaged: true}
	}
	return &Trust{confirmed: file.Confirmed}
}

// Write stores what was confirmed in the directory where mgit keeps its state, in one step.
func (t *Trust) Write(stateDir string) error {
	if err := t.write(stateDir); err != nil {
		return fmt.Errorf("store what was confirmed: %w", err)
	}
	return nil
}

func (t *Trust) write(stateDir string) error {
	if err := os.MkdirAll(stateDir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(stateDir, trustFile+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already when all went well
	if _, err := f.Write(t.encode()); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(stateDir, trustFile))
}

func (t *Trust) encode() []byte {
	var b strings.Builder
	b.WriteString("# What was confirmed in this clone with `mgit config trust`. Without this file all of it is pending again.\n")
	fmt.Fprintf(&b, "format = 1\ndigest = %s\n\n[confirmed]\n", formatString(digest(t.confirmed)))
	for _, key := range slices.Sorted(maps.Keys(t.confirmed)) {
		fmt.Fprintf(&b, "%s = %s\n", formatString(key), formatString(t.confirmed[key]))
	}
	return []byte(b.String())
}

// digest names the confirmed values, so that a file that was cut off or edited by hand confirms nothing.
func digest(confirmed map[string]string) string {
	h := sha256.New()
	for _, key := range slices.Sorted(maps.Keys(confirmed)) {
		fmt.Fprintf(h, "%d:%s=%d:%s\n", len(key), key, len(confirmed[key]), confirmed[key])
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// guard takes out of the entries what arrived on the mgit branch and is not confirmed, and returns the
// differences, sorted by key. The values of one remote, tracker or plugin are in force together or not at
// all. A confirmed value whose change is pending stays in force where it only forbids: a remote that is upstream, to
// which nothing is pushed, and the rules for what is public.
func (t *Trust) guard(entries []entry) (inForce []entry, pending []PendingChange) {
	arrived := guardedIn(entries)
	for _, key := range slices.Sorted(maps.Keys(merged(t.confirmed, arrived))) {
		if t.confirmed[key] != arrived[key] {
			pending = append(pending, PendingChange{key, t.confirmed[key], arrived[key]})
		}
	}
	waiting := map[string]bool{}
	for _, change := range pending {
		waiting[groupOfKey(change.Key)] = true
	}
	for _, e := range entries {
		if !e.isGuarded() || !waiting[group(e.path)] {
			inForce = append(inForce, e)
		}
	}
	return append(inForce, t.prohibitions(waiting)...), pending
}

// prohibitions returns the confirmed values of groups that are waiting and only forbid.
func (t *Trust) prohibitions(waiting map[string]bool) []entry {
	known := newKeys()
	var kept []entry
	for _, key := range slices.Sorted(maps.Keys(t.confirmed)) {
		path := splitKey(key)
		s, found := known.find(path)
		if !found || !waiting[group(path)] {
			continue
		}
		isUpstream := path[0] == "remote" && t.confirmed[FormatPath("remote", path[1], "role")] == formatString("upstream")
		d, err := ParseDocument(trustFile, []byte("value = "+t.confirmed[key]))
		if path[0] != "public" && !isUpstream || err != nil {
			continue
		}
		raw, _ := d.Get("value")
		if value, err := fromTOML(s, raw); err == nil {
			kept = append(kept, entry{path, s, value, Source{Shared, "confirmed in " + trustFile, 0}})
		}
	}
	return kept
}

// isGuarded reports whether e arrived on the mgit branch and opens a gate. That a branch is not public opens none, nor
// does that what a rule finds is an error.
func (e entry) isGuarded() bool {
	return e.spec.guarded && e.source.Layer == Shared && e.value != false && !(e.path[0] == "check" && e.value == severest)
}

// guardedIn returns the guarded values among the entries, as Trust keeps them.
func guardedIn(entries []entry) map[string]string {
	values := map[string]string{}
	for _, e := range entries {
		if text, err := FormatValue(e.value); err == nil && e.isGuarded() {
			values[FormatPath(e.path...)] = text
		}
	}
	return values
}

// group returns what is confirmed together: the whole of a remote, tracker or plugin, the rules for what is public,
// and each branch for itself.
func group(path []string) string {
	if path[0] == "tracker" || path[0] == "public" {
		return path[0]
	}
	return FormatPath(path[:len(path)-1]...)
}

func groupOfKey(key string) string { return group(splitKey(key)) }

// splitKey undoes FormatPath.
func splitKey(key string) []string {
	s := &scanner{text: key}
	return s.path()
}

func merged(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, b)
	return all
}
