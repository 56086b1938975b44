package job_test

import (
	"testing"

	"mgit/internal/config"
	"mgit/internal/upgrade"
)

// The settings of the tracker know the states that a ledger has, all of them.
func TestTrackerSettingsKnowTheStates(t *testing.T) {
	t.Parallel()
	text := "[tracker]\nkind = \"redmine\"\n"
	for _, state := range upgrade.States() {
		text += "status." + state + " = \"New\"\ndone." + state + " = 100\n"
	}
	loaded, err := config.Load(config.Sources{Clone: config.File{Name: "config.toml", Data: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	if all := len(upgrade.States()); len(loaded.Tracker.Status) != all || len(loaded.Tracker.Done) != all {
		t.Errorf("%+v", loaded.Tracker)
	}
}
