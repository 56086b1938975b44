package theme

// Sign returns the sign and the role of a word of the commands: of a state, an outcome, or a class of finding.
// "+" arrived, "=" nothing to do, "!" wants a person, "x" went wrong, "-" left out on purpose, "·" waits, "~"
// differs in looks only, "<" older, ">" newer, "?" a word it does not know. The one word that is a state and an
// outcome is taken as the state; see [Outcome].
func Sign(word string) (sign string, role Role) {
	switch word {
	case "clean", "resolved", "updated", "moved", "tested", "in-test", "in-deployment":
		return "+", Good
	case "landed", "unchanged", "replaced", "emptied":
		return "=", Good
	case "conflict", "diverged", "parked":
		return "!", Attention
	case "failed":
		return "x", Bad
	case "dropped", "held", "skipped":
		return "-", Faint
	case "waiting", "todo":
		return "·", Attention
	}
	return class(word)
}

// class is Sign for the class of a finding.
func class(word string) (sign string, role Role) {
	switch word {
	case "modified":
		return "!", Bad
	case "missing":
		return "-", Bad
	case "stale":
		return "<", Attention
	case "backport":
		return ">", Attention
	case "whitespace", "mode":
		return "~", Faint
	case "foreign":
		return "?", Faint
	}
	return "?", Attention
}

// Outcome is Sign for the outcome of a branch in one run. "moved" wants a person there: somebody moved the
// branch while the run was under way. As a state it says that the branch stands on the new release.
func Outcome(word string) (sign string, role Role) {
	if word == "moved" {
		return "!", Attention
	}
	return Sign(word)
}
