package conflict

// Around is what stands around a hunk, in the file as it is merged: lines on which the sides agree, or that
// only one of them has changed.
type Around struct {
	// Above is the whole file above the hunk, with our side in the hunks that come before.
	Above []string
	// Before and After stand directly before and after the hunk, up to the next one.
	Before, After []string
}

// Around tells for every hunk what stands around it, with at most so many lines before and after. The lines
// have their ends.
func (t *Text) Around(most int) []Around {
	lines, at := t.with(Ours)
	all := make([]Around, len(at))
	for i, h := range at {
		top, bottom := 0, len(lines)
		if i > 0 {
			top = at[i-1].to
		}
		if i+1 < len(at) {
			bottom = at[i+1].from
		}
		all[i] = Around{
			Above:  lines[:h.from:h.from],
			Before: lines[max(top, h.from-most):h.from:h.from],
			After:  lines[h.to:min(bottom, h.to+most)],
		}
	}
	return all
}
