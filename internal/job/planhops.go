package job

// PlanHops says by which releases a site gets to the tag asked for: Moodle
// refuses an upgrade from a release that is too old, and asks for another server
// at each step.
type PlanHops struct {
	// From is where the site stands: the oldest release among those that its
	// targets hold.
	From PlanFrom `json:"from"`
	// To is the tag asked for.
	To string `json:"to"`
	// Direct says that the tag can be installed over From at once. It is false as
	// well where nothing tells; Unknown says why.
	Direct bool `json:"direct"`
	// Hops are the releases to install, in order; the last is To. None where no
	// chain was found.
	Hops []Hop `json:"hops"`
	// Support says which data the dates of support are from.
	Support SupportData `json:"support"`
	// Unknown is what could not be told, in sentences.
	Unknown []string `json:"unknown"`
}

// PlanFrom is the release that an upgrade begins at.
type PlanFrom struct {
	Release string `json:"release"` // as version.php says: "4.1.3+ (Build: 20230520)"
	Series  string `json:"series"`
	// Tag is the newest release tag that is in it: "v4.1.3".
	Tag string `json:"tag"`
	// In is where that was read: a target's name, or the tag that branches stand on.
	In string `json:"in"`
	// Sites are the names of sites.toml that run it, each with its own release.
	Sites []PlanFromSite `json:"sites"`
	PHP   PHPRange       `json:"php"` // that this release runs on
}

// PlanFromSite is a site and the release of the target that it runs.
type PlanFromSite struct {
	Site        string `json:"site"`
	Environment string `json:"environment"`
	Target      string `json:"target"`
	Release     string `json:"release"` // "" when its target is not built
}

// Hop is one release on the way.
type Hop struct {
	Tag    string `json:"tag"` // the newest release of the series in this clone; "" when it has none
	Commit ID     `json:"commit"`
	// Release is the tag's without its build: "4.1.18".
	Release string `json:"release"`
	Series  string `json:"series"`
	// Requires is the oldest release that Moodle lets upgrade to this one; "" when
	// nothing says.
	Requires string `json:"requires"`
	// Why says in a sentence why the way leads over this release.
	Why string `json:"why"`
	// Instead are the series that would do as well, in a way just as long.
	Instead []string `json:"instead"`
	// Within says that the hop stays in the series of the one before.
	Within       bool         `json:"within"`
	Requirements Requirements `json:"requirements"`
	// PHPChange says that no version of PHP suits both the release before and this
	// one, so that PHP is changed between the two.
	PHPChange bool `json:"php_change"`
	// PHPShared is what suits both; its From is "" where nothing does or nothing says.
	PHPShared PHPRange      `json:"php_shared"`
	Sites     []HopSite     `json:"sites"`
	Support   SupportStatus `json:"support"`
	// Code is what the code base of the hop is made of. That of the tag asked for is
	// the upgrade itself.
	Code HopCode `json:"code"`
}

// Requirements are what a release asks of the server.
type Requirements struct {
	// Source is the file that says so: "v4.5.9:admin/environment.xml"; "" for none.
	Source string   `json:"source"`
	PHP    PHPRange `json:"php"`
	// Databases are the vendors that are supported, with their oldest versions.
	Databases  []DatabaseRequirement `json:"databases"`
	Extensions []string              `json:"extensions"` // of PHP, required ones
	Optional   []string              `json:"optional"`   // extensions that are recommended
	Settings   []SettingRequirement  `json:"settings"`   // of php.ini
	Checks     []CheckRequirement    `json:"checks"`     // done by code of Moodle
}

// PHPRange is a range of versions of PHP.
type PHPRange struct {
	From    string `json:"from"`    // the oldest that will do
	Blocked string `json:"blocked"` // the first that will not do; "" where none is known
	// Restrict is a function of Moodle that decides more, where its name does not
	// tell what.
	Restrict string `json:"restrict"`
}

// DatabaseRequirement is the oldest version of a database.
type DatabaseRequirement struct {
	Database string `json:"database"` // as in sites.toml: pgsql, mariadb, …
	Version  string `json:"version"`
}

// SettingRequirement is a setting of php.ini.
type SettingRequirement struct {
	Name     string `json:"name"`
	Value    string `json:"value"`
	Required bool   `json:"required"`
}

// CheckRequirement is a check that Moodle's own code makes.
type CheckRequirement struct {
	Function string `json:"function"`
	Required bool   `json:"required"`
}

// What a server has, measured by what a release asks for.
const (
	ServerOK        = "ok"
	ServerTooOld    = "too-old"
	ServerBlocked   = "blocked"    // too new
	ServerMissing   = "missing"    // an extension that is not there, a database that is not supported
	ServerUnclear   = "unclear"    // what is stated is not exact enough
	ServerNotStated = "not-stated" // sites.toml does not say
	ServerUnknown   = "unknown"    // nothing says what the release asks for
)

// HopSite is a site's server measured by a hop.
type HopSite struct {
	Site        string `json:"site"`
	Environment string `json:"environment"`
	// Reached says that the site has this release or a later one already.
	Reached    bool        `json:"reached"`
	PHP        ServerCheck `json:"php"`
	Database   ServerCheck `json:"database"`
	Extensions ServerCheck `json:"extensions"`
}

// ServerCheck is one requirement and what the site states.
type ServerCheck struct {
	Status string `json:"status"` // one of the Server constants
	Has    string `json:"has"`
	Needs  string `json:"needs"`
	// Missing names extensions.
	Missing []string `json:"missing"`
}

// SupportStatus is until when Moodle supports a series.
type SupportStatus struct {
	// State is "general", "security", "ended", "announced" (not released yet) or "unknown".
	State    string `json:"state"`
	LTS      bool   `json:"lts"`
	Released string `json:"released"` // days: "2024-10-07"; "" where unknown
	General  string `json:"general"`  // the last day of general support
	Security string `json:"security"` // the last day of security support
}

// SupportData is which data the dates of support are from.
type SupportData struct {
	Date   string `json:"date"`   // the day of the data
	Source string `json:"source"` // "built in", or where the file on the mgit branch is from
}

// HopCode is what the code base of a hop is made of.
type HopCode struct {
	// Branches are those of the old version that must exist on the hop's series:
	// plugins that core does not have, and changes of database definitions.
	Branches []HopBranch `json:"branches"`
	// LeftOut counts branches whose code the database does not depend on.
	LeftOut int `json:"left_out"`
	// Commands make the code base, in order; none where the tag itself is enough.
	Commands []string `json:"commands"`
}

// HopBranch is a branch that a hop's code base needs.
type HopBranch struct {
	Branch  string `json:"branch"`   // of the old version
	NewName string `json:"new_name"` // on the hop's series
	Exists  bool   `json:"exists"`
	Why     string `json:"why"` // "plugin" or "database"
}
