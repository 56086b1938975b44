package forecast

// Script is an upgrade.php as far as it was understood.
type Script struct {
	// Function is the name of the upgrade function; "" when the file has none.
	Function string
	// Steps are in the order of the file, which is the order in which they run.
	// A step inside another one follows it.
	Steps []Step
	// Always is what the function does besides, at every upgrade of its component.
	Always []Reason
	// Unread are the places that may hold a step and were not understood.
	Unread []Unread
}

// Step is a piece of an upgrade function that runs only for some old versions.
type Step struct {
	Line int
	// Below is the version of `$oldversion < Below`: the step runs for the versions
	// below it. It is "" for an `else`, which has only From.
	Below string
	// From is the least old version for which the step runs; "" for none. An
	// `else` and a range such as `$oldversion >= A && $oldversion < B` have it.
	From string
	// Condition is what else must hold, as the file has it; "" for nothing.
	Condition string
	// Savepoints are the versions that the step records when it is done. A step
	// without one runs again when the upgrade is interrupted and repeated.
	Savepoints []string
	// Stops says that the step ends the upgrade: Moodle refuses to upgrade from
	// versions that old. Says is the text that it prints.
	Stops bool
	Says  string
	// Weight is the heaviest of the reasons; Light when there is none.
	Weight  Weight
	Reasons []Reason
	// Queues are the tasks that run after the upgrade, by their classes.
	Queues []string

	nested int // in how many steps it stands
}

// Unread is a place that was not understood.
type Unread struct {
	Line int
	Text string // the code, cut to a line
	Why  string
}

// RunsFrom reports whether the step runs when the old version is the one given. Its
// Condition is taken to hold.
func (s Step) RunsFrom(old string) bool {
	panic("not yet")
}

// ParseScript reads an upgrade.php. helpers are further files of the component,
// such as its db/upgradelib.php: what their functions do counts for the step that
// calls them. It never fails: what it does not understand is in Unread.
func ParseScript(source []byte, helpers ...[]byte) Script {
	panic("not yet")
}
