package config

import (
	"fmt"

	"mgit/internal/moodle"
)

// Origins of a branch.
const (
	OriginLocal    = "local"    // made here: its history is kept, it is rebased
	OriginExternal = "external" // somebody else's plugin: an upgrade starts anew from its newest fitting release
)

// Justifications of a branch.
const (
	JustificationUpstreamable = "upstreamable" // Moodle should have it: it may go when it has landed
	JustificationTemporary    = "temporary"    // until something named in the reason
	JustificationLocal        = "local"        // only this site wants it
)

// Record is what is known about a branch in all its versions. It stands in mgit.toml as
// [branch."<frankenstyle>[-<shortname>]"].
type Record struct {
	Origin   string   // OriginLocal or OriginExternal
	Members  []string // the components that a set may touch
	Paths    []string // the paths that a hack may touch
	Requires []string // full record keys of other branches
	Reason   string
	Ticket   string
	Owner    string
	// Justification is one of those above, "" while nobody has said.
	Justification string
	Upstream      []string      // Moodle's issues about the same thing: "MDL-38189"
	ReviewBy      moodle.Series // the series before which somebody must look at it again
	// SupersededBy names Moodle's issues. When all of them are in the base of
	// an upgrade, the branch is dropped.
	SupersededBy []string
	Public       bool // may be shown to the community; false while that is not confirmed
}

// keyValues returns what a record says, leaving out what it does not.
func (r Record) keyValues() []KeyValue {
	all := []KeyValue{
		{"origin", r.Origin},
		{"members", r.Members},
		{"paths", r.Paths},
		{"requires", r.Requires},
		{"reason", r.Reason},
		{"ticket", r.Ticket},
		{"owner", r.Owner},
		{"justification", r.Justification},
		{"upstream", r.Upstream},
		{"review_by", r.ReviewBy.String()},
		{"superseded_by", r.SupersededBy},
		{"public", r.Public},
	}
	var said []KeyValue
	for _, kv := range all {
		switch v := kv.Value.(type) {
		case string:
			if v == "" {
				continue
			}
		case []string:
			if len(v) == 0 {
				continue
			}
		case bool:
			if !v {
				continue
			}
		}
		said = append(said, kv)
	}
	return said
}

// AppendRecord adds the record of a branch to mgit.toml. It is an error when there is one already.
func (d *Document) AppendRecord(key string, r Record) error {
	if r.Origin == "" {
		r.Origin = OriginLocal
	}
	return d.AppendTable([]string{"branch", key}, r.keyValues()...)
}

// SetRecord changes the record of a branch in mgit.toml to what r says; keys that are not a Record's stay. Where there is
// no record it is added. On an error the document is unchanged.
func (d *Document) SetRecord(key string, r Record) error {
	if _, exists := d.Get("branch", key); !exists {
		return d.AppendRecord(key, r)
	}
	changed := *d
	said := map[string]any{}
	for _, kv := range r.keyValues() {
		said[kv.Key] = kv.Value
	}
	for _, name := range []string{"origin", "members", "paths", "requires", "reason", "ticket", "owner", "justification", "upstream", "review_by", "superseded_by", "public"} {
		value, isSaid := said[name]
		step := changed.Remove
		if isSaid {
			step = func(path ...string) error { return changed.SetValue(value, path...) }
		}
		if err := step("branch", key, name); err != nil {
			return fmt.Errorf("change the record %s: %w", key, err)
		}
	}
	*d = changed
	return nil
}
