package keymap

// The actions of a conflict.
const (
	ConflictResolve     Action = "conflict.resolve"
	ConflictOurs        Action = "conflict.upstream"
	ConflictTheirs      Action = "conflict.branch"
	ConflictBoth        Action = "conflict.both"
	ConflictTake        Action = "conflict.take"
	ConflictBack        Action = "conflict.take-back"
	ConflictResolutions Action = "conflict.resolutions"
	ConflictShell       Action = "conflict.shell"
	ConflictContinue    Action = "conflict.continue"
	ConflictSkip        Action = "conflict.skip"
	ConflictAbort       Action = "conflict.abort"
)

func conflict() []Binding {
	return []Binding{
		{Action: ConflictResolve, Keys: []string{"r"}, Short: "resolve", Help: "open the conflict in a worktree of its own", Writes: true},
		{Action: ConflictOurs, Keys: []string{"u"}, Short: "upstream", Help: "take upstream's side of the hunk or file; in a target, the target's", Writes: true},
		{Action: ConflictTheirs, Keys: []string{"b"}, Short: "branch", Help: "take the branch's side of the hunk or file; in a target, that of what is merged", Writes: true},
		{Action: ConflictBoth, Keys: []string{"B"}, Short: "both", Help: "take both sides of the hunk, one below the other", Writes: true},
		{Action: ConflictTake, Keys: []string{"t"}, Short: "take", Help: "choose what to take: a side, both, the base, the file as a whole", Writes: true},
		{Action: ConflictBack, Keys: []string{"x"}, Short: "take back", Help: "make the conflict of the file anew, as git left it", Writes: true},
		{Action: ConflictResolutions, Keys: []string{"i"}, Short: "recorded", Help: "the recorded resolutions that fit: who made them; resolve without them, or forget one", Writes: true},
		{Action: ConflictShell, Keys: []string{"o"}, Short: "shell", Help: "open a shell in the worktree", Writes: true},
		{Action: ConflictContinue, Keys: []string{"c"}, Short: "continue", Help: "go on once nothing is in conflict: to the next stop, or to the end", Writes: true},
		{Action: ConflictSkip, Keys: []string{"S"}, Short: "skip", Help: "leave the commit out, with a reason, and go on", Writes: true},
		{Action: ConflictAbort, Keys: []string{"A"}, Short: "abort", Help: "give the worktree up with what was done in it; the branch stays parked", Writes: true},
	}
}
