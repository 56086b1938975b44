package moodle

// Fate is what became of a component or of a type of plugins between two trees.
type Fate string

// The fates. A component that Entered is shipped by the later tree only; one that
// Left by the earlier tree only. Types can be Retired too: first deprecated, then
// deleted, and a plugin of a deleted type on disk blocks the upgrade.
const (
	Entered           Fate = "entered"
	Left              Fate = "left"
	Moved             Fate = "moved"
	RetiredDeprecated Fate = "deprecated"
	RetiredDeleted    Fate = "deleted"
)

// ComponentChange is a plugin that two trees of core do not both have in the same place.
type ComponentChange struct {
	Component Component
	Fate      Fate
	From, To  string // directories; "" on the side that lacks it
	// Listed says that the later tree's own list names the plugin as removed.
	Listed bool
	// Now is a plugin of the same name and another type that entered at the same
	// time: perhaps the same one under a new name. Zero for none.
	Now Component
}

// TypeChange is a type of plugins that two trees do not both have in the same way.
type TypeChange struct {
	Type     string
	Fate     Fate
	From, To string    // directories; "" on the side that lacks it
	Owner    Component // of a type of sub-plugins: the plugin that declares it
}

// Changes is how the components of core differ between two trees.
type Changes struct {
	Components []ComponentChange // by component
	Types      []TypeChange      // by name
}
