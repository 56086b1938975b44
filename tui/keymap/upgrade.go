package keymap

// The actions of the upgrade.
const (
	UpgradeReleases Action = "upgrade.releases"
	UpgradeTriage   Action = "upgrade.triage"
	UpgradeBoard    Action = "upgrade.board"
	UpgradeWaiting  Action = "upgrade.waiting"
	UpgradeAccount  Action = "upgrade.account"
	UpgradeCount    Action = "upgrade.count"
	UpgradeBegin    Action = "upgrade.begin"
	UpgradeRebase   Action = "upgrade.rebase-all"
	UpgradeDispose  Action = "upgrade.dispose"
	UpgradeNote     Action = "upgrade.note"
)

func upgrade() []Binding {
	return []Binding{
		{Action: UpgradeReleases, Keys: []string{"u"}, Short: "releases", Help: "the releases that branches can move to, and the plan of each"},
		{Action: UpgradeTriage, Keys: []string{"t"}, Short: "triage", Help: "what would become of every branch on the chosen release; once more: look again"},
		{Action: UpgradeBoard, Keys: []string{"b"}, Short: "board", Help: "the board: how far every branch is"},
		{Action: UpgradeWaiting, Keys: []string{"w"}, Short: "waiting", Help: "what waits for a person, and what comes next"},
		{Action: UpgradeAccount, Keys: []string{"a"}, Short: "account", Help: "whether every branch is accounted for"},
		{Action: UpgradeCount, Keys: []string{"f"}, Short: "only", Help: "show only the branches of one state or outcome, or one kind of what waits"},
		{Action: UpgradeBegin, Keys: []string{"B"}, Short: "begin", Help: "begin the upgrade to the chosen release: enter every branch in its ledger", Writes: true},
		{Action: UpgradeRebase, Keys: []string{"r"}, Short: "rebase-all", Help: "move the branches to the chosen release, with a preview", Writes: true},
		{Action: UpgradeDispose, Keys: []string{"d"}, Short: "decide", Help: "decide what is to become of the marked branches, or who sees to them", Writes: true},
		{Action: UpgradeNote, Keys: []string{"m"}, Short: "note", Help: "add a remark to the marked branches", Writes: true},
	}
}
