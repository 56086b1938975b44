package keymap

// The actions of the tracker.
const (
	TrackerAsk     Action = "tracker.ask"
	TrackerSync    Action = "tracker.sync"
	TrackerTake    Action = "tracker.take"
	TrackerBrowse  Action = "tracker.issue"
	TrackerDiffers Action = "tracker.differences"
)

func tracker() []Binding {
	return []Binding{
		{Action: TrackerAsk, Keys: []string{"a"}, Short: "ask", Help: "ask the tracker what changed there"},
		{Action: TrackerSync, Keys: []string{"u"}, Short: "sync", Help: "bring the ledger and the tracker together", Writes: true},
		{Action: TrackerTake, Keys: []string{"t"}, Short: "take", Help: "choose whose value wins where both changed", Writes: true},
		{Action: TrackerBrowse, Keys: []string{"o"}, Short: "issue", Help: "the address of the issue, to copy"},
		{Action: TrackerDiffers, Keys: []string{"f"}, Short: "differences", Help: "show only branches that differ, or all"},
	}
}
