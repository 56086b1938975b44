package tracker

// basis is what a plan was made from.
type basis struct {
	upgrade  Upgrade
	mirror   *Mirror
	found    Found
	caps     Capabilities
	settings Settings
	options  Options
}

// MakePlan compares what the ledger, the tracker and the mirror say. It asks and changes
// nothing. The mirror is nil where there is none.
func MakePlan(u Upgrade, m *Mirror, found Found, caps Capabilities, s Settings, o Options) *Plan {
	return &Plan{basis: basis{u, m, found, caps, s, o}}
}

// Unread returns the ids of those issues whose notes have to be read before a plan is
// made, because somebody may have written some.
func (m *Mirror) Unread(issues []Issue) []string { return nil }
