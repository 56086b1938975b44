package forecast

import (
	"context"
	"io/fs"

	"mgit/internal/moodle"
)

// Forecast is what Moodle will do between two code bases.
type Forecast struct {
	From, To moodle.Version // of core
	// Upgrades are the components whose version rises, in the order in which Moodle
	// works: core, then the types of plugins in the order of the new tree with
	// sub-plugins behind, local plugins last. Most raise their version without
	// any step.
	Upgrades []Upgrade
	// Installs are new components, in the same order.
	Installs []Component
	// Gone are components that the new code lacks. Moodle keeps their data and says
	// that they are missing from disk.
	Gone []Component
	// Downgrades are components whose version is lower in the new code: Moodle
	// refuses the whole upgrade for one of them.
	Downgrades []Component
	// Unread are files that say no version, or could not be read.
	Unread []UnreadFile
	// NoOutage says that the new admin/cli/upgrade.php knows the option
	// --maintenance=false.
	NoOutage bool
}

// Component is a component in two code bases; the version of a side that lacks
// it is "".
type Component struct {
	Component moodle.Component
	Dir       string // in the new code, or the old where it is gone
	From, To  string // versions
}

// Upgrade is a component whose version rises.
type Upgrade struct {
	Component
	File   string // upgrade.php; "" when the component has none
	Steps  []Step // that will run
	Always []Reason
	Unread []Unread
	Weight Weight // of the heaviest step
}

// UnreadFile is a file that was not understood.
type UnreadFile struct {
	Component moodle.Component
	Path      string
	Why       string
}

// Between compares two code bases, each a whole tree of Moodle with the plugins
// that are in it.
func Between(ctx context.Context, from, to fs.FS) (*Forecast, error) {
	panic("not yet")
}
