package job

// Refusal is the error of an operation that could have gone on but must not: a safety rule is in
// the way. It ends mgit with exit code 6, and --allow ID waives the rule where it can be waived.
type Refusal struct {
	// ID names the rule in lower case with hyphens, like "checked-out". Scripts depend on it, and
	// `mgit help ID` explains it.
	ID string
	// Text says what was refused and why, for a person, in one sentence without a full stop.
	Text string
	// Hint says what to do instead; empty when the explanation of the rule is enough.
	Hint string
	// Final says that --allow does not help in this case, although it waives the rule in others.
	Final bool
}

// Error returns the text.
func (r *Refusal) Error() string { return r.Text }
