package keymap

// The actions of the branches.
const (
	BranchesAll     Action = "branches.all-series"
	BranchesSeries  Action = "branches.series"
	BranchesGroup   Action = "branches.group"
	BranchesPart    Action = "branches.part"
	BranchesPartBck Action = "branches.part-back"
	BranchesNote    Action = "branches.note"
	BranchesDispose Action = "branches.dispose"
	BranchesNew     Action = "branches.new"
	BranchesShell   Action = "branches.shell"
	BranchesPush    Action = "branches.push"
)

func branches() []Binding {
	return []Binding{
		{Action: BranchesAll, Keys: []string{"a"}, Short: "all series", Help: "the branches of all series, or of the one in use"},
		{Action: BranchesSeries, Keys: []string{"A"}, Help: "the branches of another series"},
		{Action: BranchesGroup, Keys: []string{"b"}, Short: "group", Help: "group by series, component, type or state, or not at all"},
		{Action: BranchesPart, Keys: []string{"i"}, Short: "details", Help: "next part of the details: overview, commits, files, checks, range-diff"},
		{Action: BranchesPartBck, Keys: []string{"I"}, Help: "the part of the details before"},
		{Action: BranchesDispose, Keys: []string{"d"}, Short: "decide", Help: "decide what becomes of the branches in the upgrade", Writes: true},
		{Action: BranchesNote, Keys: []string{"m"}, Short: "note", Help: "add a note to the branches' entries in the ledger", Writes: true},
		{Action: BranchesNew, Keys: []string{"c"}, Short: "new", Help: "begin a new branch", Writes: true},
		{Action: BranchesShell, Keys: []string{"o"}, Help: "open a shell where the branch is checked out"},
		{Action: BranchesPush, Keys: []string{"P"}, Short: "publish", Help: "the command that publishes the branches, to copy"},
	}
}
