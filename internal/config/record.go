package config

import "fmt"

// Origins of a branch.
const (
	OriginLocal    = "local"    // made here: its history is kept, it is rebased
	OriginExternal = "external" // somebody else's plugin: an upgrade starts anew from its newest fitting release
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
	Public   bool // may be shown to the community; false while that is not confirmed
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
	for _, name := range []string{"origin", "members", "paths", "requires", "reason", "ticket", "owner", "public"} {
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
