package layout

// The kinds of conflict that a move can bring, beside those that Git has. What they are
// found in, a rebase or a merge, is left to others.
const (
	// KindUnplaced is a path that has no certain place in the new layout.
	KindUnplaced = "CONFLICT (no certain place)"
	// KindMisplaced is a path that would stand where Moodle does not look for it.
	KindMisplaced = "CONFLICT (misplaced)"
)
