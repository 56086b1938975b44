package tracker

// Settle compares what was found after the writes with what they wanted, and returns the
// new mirror and what the tracker did not do. Of a sync that broke off the outcomes are
// those that there were, and after is what is known.
func (p *Plan) Settle(after Found, outcomes []Outcome) (*Mirror, []Ignored) {
	return p.basis.mirror, nil
}

// Rest is what an issue that was just made, or reused, still lacks of a write; it is zero when
// nothing is left to be done.
func (w Write) Rest(made Issue) Change { return w.Change }

// Split returns a write as several that change one thing each, for a tracker that refused
// them together: so only what it does not take is missing.
func (w Write) Split() []Write { return []Write{w} }

// IsZero reports whether there is nothing to change.
func (c Change) IsZero() bool { return false }
