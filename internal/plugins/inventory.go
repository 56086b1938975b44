package plugins

import (
	"mgit/internal/live"
	"mgit/internal/moodle"
)

// Tree is a tree to look for plugins in. [live.Tree] is nearly one.
type Tree interface {
	// Files are by path; a link is one, whatever it leads to.
	Files() []live.File
	File(path string) (live.File, bool)
	// Read returns the content of a regular file that is not larger than limit; see
	// [live.Tree.Read].
	Read(path string, limit int64) ([]byte, error)
	// Repositories are the nested clones and submodules, and the tree's own.
	Repositories() []live.Repository
	Unread() []live.Unread
}

// Plugin is a plugin that Moodle does not ship.
type Plugin struct {
	// Path is its folder, raw bytes.
	Path string
	// Component is what it is by its place. Where no plugin can live there, it is what
	// its version.php says.
	Component moodle.Component
	// Owner is of a sub-plugin the plugin that declares its type; else zero.
	Owner moodle.Component
	// Version is what version.php says; zero when HasVersion is false.
	Version    moodle.Plugin
	HasVersion bool
	// Seen reports whether Moodle takes the folder for a plugin.
	Seen         bool
	Repository   *live.Repository // where it is a clone or a submodule of its own
	Files        int              // those of plugins inside it are theirs
	Types        []string         // the types of sub-plugins that it declares
	SubPlugins   []moodle.Component
	Dependencies []Need // by component
	Problems     []Problem
}

// IsTheme reports whether the plugin is a theme.
func (p *Plugin) IsTheme() bool { return p.Component.Type == "theme" }

// Need is a plugin that another one needs.
type Need struct {
	Component moodle.Component
	Version   string // the least, "" for any
	Found     string // the version that is there, "" where that is not known
	State     State
	Cyclic    bool // the two need each other, directly or by way of others
}

// State says whether a need is met.
type State string

// The states of a need.
const (
	Met     State = "met"
	Missing State = "missing"
	TooOld  State = "too-old"
	Unknown State = "unknown" // it is there, and its version cannot be read
)

// Problem is something that somebody should know about a plugin.
type Problem struct {
	ID   string
	Text string // for people, without the plugin's name
}
