package assemble

// Who decided a merge.
const (
	ByIdentity = byIdentity
	ByContents = byContents
	ByGit      = byGit
)

func DecidedBy(m Merge) decided { return m.decided }
