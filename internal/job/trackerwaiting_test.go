package job

import (
	"slices"
	"testing"

	"mgit/internal/config"
	"mgit/internal/tracker"
	"mgit/internal/tracker/trackertest"
	"mgit/internal/upgrade"
)

// An upgrade that is finished waits until the tracker shows it so, also when nothing is left
// to be said about any branch: the last one can have been dropped there.
func TestEndOfAnUpgradeWaits(t *testing.T) {
	t.Parallel()
	s := &trackerSync{tracker: config.Tracker{Kind: "redmine"}, known: trackertest.New(trackertest.Options{}).Client("mgit")}
	for _, test := range []struct {
		name       string
		isFinished bool
		was        string // state of the upgrade's issue
		branch     string // state
		only       []string
		want       bool
	}{
		{"under way", false, upgrade.StateTodo, upgrade.StateMoved, nil, false},
		{"finished", true, upgrade.StateTodo, upgrade.StateDropped, nil, true},
		{"finished and shown", true, upgrade.StateInDeployment, upgrade.StateDropped, nil, false},
		{"begun again", false, upgrade.StateInDeployment, upgrade.StateTodo, nil, true},
		{"of one branch", true, upgrade.StateTodo, upgrade.StateDropped, []string{"a"}, false},
		// Their issues stay open, and one with open ones below it is not closed.
		{"with a branch that is tested", true, upgrade.StateTodo, upgrade.StateTested, nil, false},
		{"with a branch that is held", true, upgrade.StateTodo, upgrade.StateHeld, nil, false},
	} {
		w := &trackerWork{
			only:    test.only,
			upgrade: tracker.Upgrade{IsFinished: test.isFinished, Branches: []tracker.Branch{{Name: "a", State: test.branch}}},
			mirror: &tracker.Mirror{
				Upgrade:  tracker.Mirrored{Issue: "1", State: test.was},
				Branches: map[string]tracker.Mirrored{"a": {Issue: "2", State: test.branch}},
			},
		}
		got := slices.ContainsFunc(s.waiting(w), func(x TrackerWrite) bool { return x.Branch == "" && slices.Equal(x.Keys, []string{"status"}) })
		if got != test.want || len(s.waiting(w)) > 1 {
			t.Errorf("%s: %+v", test.name, s.waiting(w))
		}
	}
}
