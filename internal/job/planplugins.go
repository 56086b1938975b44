package job

import (
	"mgit/internal/moodle"
)

// PlanPlugins is what an upgrade means for the additional plugins: those that
// branches of the old version bring. A branch that changes a plugin of Moodle's
// own, or a plugin of another branch, is not among them.
type PlanPlugins struct {
	// Core is what the plugins are held against.
	Core PlanCore `json:"core"`
	// Plugins and Themes are by component. A theme that does not fit makes every page
	// look wrong, so that they are listed apart.
	Plugins []PlanPlugin `json:"plugins"`
	Themes  []PlanPlugin `json:"themes"`
	// Lacking are the plugins and themes of which no release is known that fits, with
	// those that cannot do without them, by component.
	Lacking []PlanLacking `json:"lacking"`
	// Cycles are plugins and branches that need each other in a circle, each circle
	// beginning with its first name.
	Cycles [][]string       `json:"cycles"`
	Totals PlanPluginTotals `json:"totals"`
}

// PlanCore is the Moodle that plugins are held against.
type PlanCore struct {
	Tag     string        `json:"tag"`
	Commit  ID            `json:"commit"`
	Series  moodle.Series `json:"series"`
	Version string        `json:"version"` // $version of version.php
	Release string        `json:"release"`
}

// PlanPlugin is an additional plugin and the branch that brings it.
type PlanPlugin struct {
	Component string `json:"component"`
	Place            // its folder, in the old version's tree
	Branch    string `json:"branch"`
	Origin    string `json:"origin"`      // local or external, as the branch's record says
	Sub       string `json:"owner"`       // of a sub-plugin, the plugin that it belongs to; ""
	Version   string `json:"version"`     // that it has now
	Release   string `json:"release"`     // that it has now
	Requires  string `json:"requires"`    // the least $version of core
	Fit       string `json:"fit"`         // supported, unstated, untested, refused; unknown where version.php does not tell
	Why       string `json:"why"`         // "" where there is nothing to say against it
	IsInCore  bool   `json:"is_in_core"`  // the new version ships a plugin of this name itself
	TypeGone  bool   `json:"type_gone"`   // the new version has no plugins of this type any more
	NeedsCode bool   `json:"needs_code"`  // of this site's own making: nobody else releases a fitting one
	Newest    *Newer `json:"newest"`      // null where nothing is known of its releases
	NewestWhy string `json:"newest_note"` // why nothing is known, ""

	Dependencies []PluginNeed    `json:"dependencies"` // as version.php has them
	Unread       []string        `json:"unread"`       // fields of version.php that hold expressions
	Problems     []PluginProblem `json:"problems"`
}

// Newer is the newest release of a plugin that fits.
type Newer struct {
	Name    string `json:"name"` // of the tag or branch
	Commit  ID     `json:"commit"`
	Version string `json:"version"`
	Release string `json:"release"`
	Fit     string `json:"fit"`
	Why     string `json:"why"`
}

// PluginNeed is a plugin that another one needs.
type PluginNeed struct {
	Component string `json:"component"`
	Version   string `json:"version"` // the least, "" for any
	Found     string `json:"found"`   // the version that is there; "" where that is not known
	State     string `json:"state"`   // met, missing, too-old or unknown
	Cyclic    bool   `json:"cyclic"`  // the two need each other, directly or by way of others
}

// PluginProblem is something about a plugin that somebody should know, for people.
// ID is stable; package plugins has the list.
type PluginProblem struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// PlanLacking is a plugin of which no fitting release is known.
type PlanLacking struct {
	Component string `json:"component"`
	Branch    string `json:"branch"`
	Why       string `json:"why"`
	Theme     bool   `json:"theme"`
	// Dependents are those that need it, the nearest first.
	Dependents []PlanDependent `json:"dependents"`
}

// PlanDependent is a plugin or a branch that cannot do without another one.
type PlanDependent struct {
	Component string `json:"component"`
	Branch    string `json:"branch"`
	// Through is the component that it needs, and that needs the plugin in turn; the
	// plugin itself where nothing stands between.
	Through string `json:"through"`
	// How is version.php, for a dependency stated there, or record, for `requires` of
	// the branch's record.
	How string `json:"how"`
}

// PlanPluginTotals counts plugins and themes together.
type PlanPluginTotals struct {
	Plugins   int `json:"plugins"`
	Themes    int `json:"themes"`
	Supported int `json:"supported"`
	Unstated  int `json:"unstated"`
	Untested  int `json:"untested"`
	Refused   int `json:"refused"`
	Unknown   int `json:"unknown"`
	InCore    int `json:"in_core"`
	Lacking   int `json:"lacking"`
}
