package config

import (
	"cmp"
	"maps"
	"slices"

	"mgit/internal/moodle"
)

// Config is the configuration in force. It does not change once it is loaded; its slices and maps must not be
// changed by those who read them.
type Config struct {
	Customer     string
	Scheme       string // the template of branch names
	TargetScheme string // the template of targets' names
	Types        []string
	Series       moodle.Series       // the one in production; zero while nobody has set it
	Targets      map[string][]string // short names by series, and "default" for all others

	Assembly    map[string]Assembly // what belongs to a target, by its short name
	Minor       Minor
	Release     Release
	Package     Package
	Remotes     []Remote // those with a URL and a role, both in force, by name
	Tracker     Tracker
	Resolutions Resolutions
	Public      PublicRules
	Corehack    Corehack
	Layout      Layout
	Check       Check
	Justified   []string // the types of branch that must say why they are there

	Records map[string]Record // by key: mod_forum-subject
	Plugins map[string]Plugin // by component
	Sites   map[string]Site   // by name

	Directory    string // the address of a directory of plugins; "" for none
	SourcesMaxMB int    // how large a plugin's repository may be

	Jobs  int    // how many CPUs to use; 0: all
	Color string // "auto", "always" or "never"

	Screen Screen

	// Commands, which never come from the mgit branch.
	Editor, Pager, PHP string
	Hooks, Builders    map[string]string

	settings []Setting
	pending  []PendingChange
	warnings []Warning
	unknown  Problems
	arrived  map[string]string
}

// Assembly says which branches of its series belong to a target, and in what
// order they are merged. The zero Assembly is all of them, by name.
type Assembly struct {
	Types    []string // of branches that belong; none: all
	Branches []string // globs on the names or record keys of branches that belong; none: all
	Except   []string // globs on those that do not
	States   []string // of the work on branches that belong, as the ledger has it; none: all
	Order    []string // record keys that come first, in this order
}

// Minor says which patch releases of upstream are taken.
type Minor struct {
	MinAgeDays int      // how old a release must be
	Security   []string // tags of releases that are taken at once, globs
}

// Release is how tags of releases are named.
type Release struct {
	OurName       string // lu in lu-moodle-lu_v2.5.0-0: who makes the release
	ShortCustomer string // the second lu: for whom
	Tag           string // the template of tags
}

// Package is how Debian packages are made of a deployment branch.
type Package struct {
	Branch  string // the template of the packaging branch's name
	Version string // the template of the upstream part of a package's version
}

// Remote gives the repository at URL a role.
type Remote struct{ Name, URL, Role string }

// Tracker is the site's issue tracker, and what of the ledger stands there in which way. The zero Tracker is none;
// what is "" or missing in the others is as the kind of tracker has it by itself.
type Tracker struct {
	Kind, URL, Project string
	Markup             string            // how Redmine reads texts: "textile", "markdown" or "common_mark"
	Type, ParentType   string            // the type of a branch's issue, and of an upgrade's
	Version            string            // the template of the target version
	Status             map[string]string // the tracker's status for a state of the work on a branch
	Done               map[string]int    // how many per cent are done in a state
	Fields             map[string]string // templates of custom fields, by their ids
	People             map[string]string // logins or ids in the tracker, by the owner's name in the ledger
	Tickets            []string          // regular expressions of ticket numbers in names and messages
}

// Resolutions says what happens with recorded resolutions of conflicts.
type Resolutions struct {
	Use  bool // apply them
	Save bool // record new ones on the mgit branch
}

// PublicRules say what must not be seen by the community.
type PublicRules struct {
	InternalTickets []string // regular expressions
	InternalWords   []string
	InternalPaths   []string // patterns of paths
	Pending         bool     // a change of the rules waits to be confirmed: until then no remote is public
}

// Corehack says what a report about core hacks takes for granted. The first two
// could hide a hack: what the mgit branch says of them waits to be confirmed.
type Corehack struct {
	Expected []string // patterns of files that a site has of its own; "!" takes a built-in one away
	Exclude  []string // patterns of paths that are not reported
	Markers  []string // words by which the site marks its changes in comments
}

// Check says how what `mgit check` finds is weighed.
type Check struct {
	Rules         map[string]string            // "error", "warning" or "off", by the rule's id
	Types         map[string]map[string]string // the same for the branches of a type
	MaxFileKB     int                          // how large a file may be; 0: as large as it likes
	SubjectLength int                          // how long the first line of a message may be; 0: as long as it likes
	Tickets       []string                     // regular expressions, one of which an internal message matches
}

// Severity is what a rule weighs on branches of a type ("" for none); "" where no setting says so.
func (c Check) Severity(rule, branchType string) string {
	return cmp.Or(c.Types[branchType][rule], c.Rules[rule])
}

// Layout settles where paths belong in Moodle's layout of 5.1, of which Moodle's own trees
// say nothing. They are written as they stood before: "deploy", "robots.txt".
type Layout struct {
	Root   []string // stay at the top of the repository
	Public []string // go below public/
}

// Screen says how the screen looks and what its keys do. It never comes from the mgit branch: what a key
// does is up to whoever presses it, and to nobody who can push.
type Screen struct {
	Theme    string
	Mouse    bool
	ReadOnly bool
	Keys     map[string][]string // by action
	Colors   map[string]string   // by role
}

// Plugin is an additional plugin that somebody else maintains.
type Plugin struct {
	URL  string // "" while it is pending
	Tags string // which of its tags are releases: a glob
	// Branches is a glob of its branches whose tips count as releases, of a
	// plugin that makes no tags: MOODLE_*_STABLE.
	Branches string
	Pin      string // the tag or commit that the site's branch was made from; "": not said
	// Maturity is the least that is taken without a second thought: alpha, beta, rc or
	// stable, which "" means too.
	Maturity string
	Untested bool // take releases that do not say they support the series
	Reason   string
	// Variable is its name in .env files: THEME_BOOSTUNION in
	// MOODLE_PLUGIN_THEME_BOOSTUNION_GIT_HEAD.
	Variable string
}

// Site is a place where code runs.
type Site struct {
	Environment string // production, staging, …
	Path        string // of the live tree
	EnvFile     string // the .env file with its pins, in the repository
	Target      string // the target it runs

	// What the server has, as people state it; "" and nil where they did not.
	PHP             string // "8.2.10"
	Database        string // Moodle's word for it: pgsql, mariadb, mysql, sqlsrv, oci, auroramysql
	DatabaseVersion string
	Extensions      []string // of PHP
}

// Setting is one value in force and where it comes from, for people to read.
type Setting struct {
	Key    string // dotted
	Value  string // in TOML
	Source Source
}

// TargetsOf returns the short names of the targets of a series, in order.
func (c *Config) TargetsOf(s moodle.Series) []string {
	if names, found := c.Targets[s.String()]; found {
		return names
	}
	if names, found := c.Targets["default"]; found {
		return names
	}
	return []string{"test", "deployment"}
}

// TargetNames returns the short names of all targets, those of all series first.
func (c *Config) TargetNames() []string {
	names := slices.Clone(c.TargetsOf(moodle.Series{}))
	for _, key := range slices.Sorted(maps.Keys(c.Targets)) {
		for _, name := range c.Targets[key] {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// Naming returns all that the names of branches and targets follow from.
func (c *Config) Naming() Naming {
	return Naming{c.Customer, c.Scheme, c.TargetScheme, c.Types, c.TargetNames()}
}

// RemotesWith returns the remotes that have the role.
func (c *Config) RemotesWith(role string) []Remote {
	var found []Remote
	for _, r := range c.Remotes {
		if r.Role == role {
			found = append(found, r)
		}
	}
	return found
}

// Settings returns every value in force with its source, sorted by key. Branch records are not among them.
func (c *Config) Settings() []Setting { return slices.Clone(c.settings) }

// Source returns where the value in force of a dotted key comes from.
func (c *Config) Source(key string) (Source, bool) {
	i, found := slices.BinarySearchFunc(c.settings, key, func(s Setting, key string) int { return cmp.Compare(s.Key, key) })
	if !found {
		return Source{}, false
	}
	return c.settings[i].Source, true
}

// Pending returns what arrived on the mgit branch and is not in force before it is confirmed, sorted by key.
func (c *Config) Pending() []PendingChange { return slices.Clone(c.pending) }

// Warnings returns what does not hinder work but should be known.
func (c *Config) Warnings() []Warning { return slices.Clone(c.warnings) }

// Unknown returns the keys of the mgit branch's files that this version does not know. They are kept.
func (c *Config) Unknown() Problems { return slices.Clone(c.unknown) }

// Confirm returns the trust in all that the mgit branch says in this configuration, to be written after
// somebody has seen Pending, or when this clone wrote those values itself.
func (c *Config) Confirm() *Trust { return &Trust{confirmed: maps.Clone(c.arrived)} }

// ConfirmKeys returns trust that was extended by what this configuration says about the given dotted keys only.
func (c *Config) ConfirmKeys(t *Trust, keys ...string) *Trust {
	confirmed := merged(t.confirmed, nil)
	for _, key := range keys {
		if value, arrived := c.arrived[key]; arrived {
			confirmed[key] = value
		} else {
			delete(confirmed, key)
		}
	}
	return &Trust{confirmed: confirmed}
}
