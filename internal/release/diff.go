package release

import (
	"cmp"
	"maps"
	"slices"
)

// Change is what became of one branch between two releases. From is nil for a
// branch that came, To for one that went.
type Change struct {
	Key      string
	From, To *Step
}

// Compare lists the branches that came, went or have another tip or name, by key.
// The key of a branch, the same for all its versions, is the caller's to
// find; where two branches of one release have the same, both go by their names.
func Compare(from, to *Manifest, key func(name string) string) []Change {
	shared := repeated(from, key)
	maps.Copy(shared, repeated(to, key))
	all := make(map[string]*Change)
	change := func(s Step) *Change {
		k := key(s.Name)
		if shared[k] {
			k = s.Name
		}
		if all[k] == nil {
			all[k] = &Change{Key: k}
		}
		return all[k]
	}
	for _, s := range from.Last() {
		change(s).From = &s
	}
	for _, s := range to.Last() {
		change(s).To = &s
	}
	var changes []Change
	for _, c := range all {
		if c.From != nil && c.To != nil && c.From.Tip == c.To.Tip && c.From.Name == c.To.Name {
			continue
		}
		changes = append(changes, *c)
	}
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.Key, b.Key) })
	return changes
}

// repeated returns the keys that several branches of a release have.
func repeated(m *Manifest, key func(string) string) map[string]bool {
	count := make(map[string]int)
	for _, s := range m.Last() {
		count[key(s.Name)]++
	}
	all := make(map[string]bool)
	for k, n := range count {
		if n > 1 {
			all[k] = true
		}
	}
	return all
}
