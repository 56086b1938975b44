package job

import (
	"time"
)

// Place is a path in a report. In JSON it is two keys beside the others of what
// it is embedded in: path, and path_b64 where the path is not UTF-8.
type Place struct {
	Raw   string `json:"-"` // the bytes
	Path  string `json:"path"`
	Bytes string `json:"path_b64,omitempty"`
}

// At is the place with a path of raw bytes.
func At(path string) Place {
	p := Place{Raw: path}
	p.Path, p.Bytes = pathJSON(path)
	return p
}

// The words for how sure a pin is.
const (
	PinExact  = "exact"  // one commit fits best, and version.php agrees
	PinLikely = "likely" // version.php agrees, and several commits fit alike; or one fits best by far, and something disagrees
	PinGuess  = "guess"  // nothing but a likeness
)

// PinReport says which upstream commit a tree was made from.
type PinReport struct {
	Commit     ID     `json:"commit"`
	Tag        string `json:"tag"`      // of that commit, "" when it has none
	Describe   string `json:"describe"` // v2.5.3-12-g0123456789: from the nearest tag below it
	Series     string `json:"series"`
	Release    string `json:"release"` // as the commit's version.php spells it
	Version    string `json:"version"`
	Branch     string `json:"branch"`
	Build      string `json:"build"`
	Confidence string `json:"confidence"` // PinExact, PinLikely or PinGuess
	Evidence   string `json:"evidence"`   // githash, history, triple, distance or content
	// Differing counts the files of the commit that the tree changed or lacks, of
	// Compared.
	Differing  int            `json:"differing"`
	Compared   int            `json:"compared"`
	Candidates []PinCandidate `json:"candidates"`
	// Claims is what the tree's own version.php says, null when it says nothing.
	Claims *PinClaims `json:"claims"`
	// Disagrees lists evidence that speaks against the commit, for people.
	Disagrees []PinDoubt `json:"disagrees"`
	// Mixed has the other builds that files were copied from, the most files first.
	Mixed []PinCandidate `json:"mixed"`
}

// PinCandidate is a commit that a tree may have been made from.
type PinCandidate struct {
	Commit    ID     `json:"commit"`
	Tag       string `json:"tag"`
	Release   string `json:"release"`
	Differing int    `json:"differing"`
	// Files counts the files that speak for the commit and against the pin.
	Files int `json:"files"`
}

// PinClaims is what version.php of a tree says.
type PinClaims struct {
	Release string `json:"release"`
	Local   string `json:"local"` // a site's own suffix of the release
	Version string `json:"version"`
	Branch  string `json:"branch"`
	Githash string `json:"githash"` // of githash.php, "" when there is none
}

// PinDoubt is something that disagrees with a pin. ID is stable; package pin has
// the list.
type PinDoubt struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// CorehackReport says how a tree differs from its pin, and why.
type CorehackReport struct {
	// Tree is what was looked at: an absolute path, or a ref.
	Tree      string    `json:"tree"`
	TreeBytes string    `json:"tree_b64,omitempty"` // its bytes, where it is not UTF-8
	IsRef     bool      `json:"is_ref"`
	When      time.Time `json:"when"`
	Pin       PinReport `json:"pin"`
	Series    string    `json:"series"` // whose branches explain

	Counts   CorehackCounts `json:"counts"`
	Findings []Finding      `json:"findings"` // worst first
	// Target is the deployment target that a live tree should have all of; "" where
	// there is none, and for a tree that is not meant to, such as a hack branch.
	Target string `json:"target"`
	// NotCompared is the deployment target where the tree is not meant to have it all.
	NotCompared string `json:"-"`
	// Branches counts the branches of the series.
	Branches int `json:"branches"`
	// MissingFromLive are changes of branches that the target has and the tree
	// lacks.
	MissingFromLive []MissingChange `json:"missing_from_live"`
	Plugins         []FoundPlugin   `json:"plugins"`
	Unread          []UnreadFile    `json:"unread"`
	// Components sums the findings up, the one with the most first.
	Components []ComponentFindings `json:"components"`
	// Undecided counts the orphans that nobody has decided on.
	Undecided int `json:"undecided"`
	// Known counts the findings that the baseline has and Findings therefore not.
	Known int `json:"known"`
	// Excluded counts the findings that the settings or the request leave out.
	Excluded int `json:"excluded"`
	// Warnings are reasons not to trust what is said here.
	Warnings []Warning `json:"-"`
}

// The classes of findings.
const (
	ClassModified   = "modified"   // a core file that was changed
	ClassMissing    = "missing"    // a core file, or a whole component, that was removed
	ClassUnknown    = "unknown"    // a file in a core folder that upstream never had
	ClassStale      = "stale"      // an older upstream version, or a file that upstream removed before the pin
	ClassBackport   = "backport"   // a newer upstream version
	ClassWhitespace = "whitespace" // line endings, byte order mark, trailing space, $Id$
	ClassMode       = "mode"       // executable, or not any more
	ClassForeign    = "foreign"    // no part of Moodle nor of a plugin
)

// Classes lists the classes of findings, worst first.
func Classes() []string {
	return []string{ClassUnknown, ClassModified, ClassMissing, ClassStale, ClassBackport, ClassForeign, ClassWhitespace, ClassMode}
}

// The severities of findings, worst first.
const (
	SeverityCritical = "critical"
	SeverityMajor    = "major"
	SeverityMinor    = "minor"
	SeverityInfo     = "info"
)

// Severities lists the severities, worst first.
func Severities() []string {
	return []string{SeverityCritical, SeverityMajor, SeverityMinor, SeverityInfo}
}

// CorehackCounts counts files, except the eight classes of findings from modified
// to foreign, which count findings.
type CorehackCounts struct {
	CoreFiles     int `json:"core_files"` // of the pin
	Identical     int `json:"identical"`
	Modified      int `json:"modified"`
	Missing       int `json:"missing"`
	Unknown       int `json:"unknown"`
	Stale         int `json:"stale"`
	Backport      int `json:"backport"`
	Whitespace    int `json:"whitespace"`
	Mode          int `json:"mode"`
	Foreign       int `json:"foreign"`
	PluginFiles   int `json:"plugin_files"`
	ExpectedFiles int `json:"expected_files"`
	Unread        int `json:"unread"`
}

// Finding is one difference between a tree and its pin that no plugin accounts for.
type Finding struct {
	Place
	// Fingerprint names the finding as long as its content stays the same: it has
	// the path, the class and the changed lines in it, no line numbers.
	Fingerprint string `json:"fingerprint"`
	Component   string `json:"component"`
	Class       string `json:"class"` // modified, missing, unknown, stale, backport, whitespace, mode or foreign
	// Severity is how it is sorted, worst first: critical (code that nobody knows),
	// major (a change that no branch explains, or a file that may hold passwords),
	// minor (another upstream version), info (explained, or harmless).
	Severity string `json:"severity"`
	// Files is more than 1 where one finding stands for a whole folder.
	Files       int    `json:"files"`
	Added       int    `json:"added"` // lines
	Removed     int    `json:"removed"`
	Binary      bool   `json:"binary"`       // no lines to count
	ModeChanged bool   `json:"mode_changed"` // beside what the class says
	Evidence    string `json:"evidence"`
	// Upstream is where a stale or backported content comes from, else null.
	Upstream    *UpstreamOrigin `json:"upstream"`
	Orphan      bool            `json:"orphan"`
	Unexplained int             `json:"unexplained"` // hunks without a branch
	Hunks       []FindingHunk   `json:"hunks"`
	Decision    *Decision       `json:"decision"`
}

// UpstreamOrigin is the upstream commit that a content comes from.
type UpstreamOrigin struct {
	Commit  ID     `json:"commit"`
	Release string `json:"release"` // the first build that has the commit, "" before there is one
	MDL     string `json:"mdl"`     // "MDL-12345", "" when the commit names none
	Subject string `json:"subject"`
}

// FindingHunk is a piece of a finding that has one explanation, or none.
type FindingHunk struct {
	Start     int     `json:"start"`      // first line in the tree; of a pure removal the line before which it was
	Lines     int     `json:"lines"`      // how many lines the tree has here
	BaseStart int     `json:"base_start"` // the same in the pin
	BaseLines int     `json:"base_lines"`
	Branch    *string `json:"branch"` // null where no branch explains it
	// Marker is what a comment on an added line says about the change; null without.
	Marker      *Marker   `json:"marker"`
	Note        string    `json:"note"` // what else is known: "committed on LUVLE-4.1-deployment"
	Fingerprint string    `json:"fingerprint"`
	Decision    *Decision `json:"decision"`
	// Removed and Added are the lines, with --diff only, and never of files whose
	// content must not be shown.
	Removed []string `json:"removed_lines,omitempty"`
	Added   []string `json:"added_lines,omitempty"`
}

// Marker is a comment by which a site marks its own changes.
type Marker struct {
	Token  string `json:"token"`  // what made it a marker: "LUVLE BEGIN"
	Text   string `json:"text"`   // the comment
	Ticket string `json:"ticket"` // "#8250", "LU-311", ""
	Until  string `json:"until"`  // "2.6" of "(until Moodle 2.6)", ""
}

// Decisions about findings.
const (
	DecisionPort    = "port"    // becomes a branch
	DecisionDrop    = "drop"    // goes with the next upgrade
	DecisionReplace = "replace" // something else will do the same: a plugin, a setting
	DecisionKeep    = "keep"    // stays as it is, unexplained
)

// Decision is what somebody decided about a finding or a hunk. It is shared on
// the mgit branch and holds as long as the fingerprint stays the same.
type Decision struct {
	Decision string    `json:"decision"`
	Reason   string    `json:"reason"`
	Who      string    `json:"who"`
	When     time.Time `json:"when"`
}

// MissingChange is a change of a branch that the deployment target claims and
// that the tree lacks.
type MissingChange struct {
	Place
	Component string `json:"component"`
	Branch    string `json:"branch"`
	Target    string `json:"target"`
	Start     int    `json:"start"` // first line in the branch's file
	Lines     int    `json:"lines"`
	Removes   int    `json:"removes"` // lines that the branch removes and the tree still has
	Partly    bool   `json:"partly"`  // some of its lines are there
	// Fingerprint names the change as long as its lines stay the same.
	Fingerprint string `json:"fingerprint"`
	// Added are the lines that are missing, with --diff only.
	Added []string `json:"added_lines,omitempty"`
}

// FoundPlugin is an additional plugin in the tree.
type FoundPlugin struct {
	Component string `json:"component"`
	Place
	Version  string        `json:"version"`
	Release  string        `json:"release"`
	Requires string        `json:"requires"`
	Origin   *PluginOrigin `json:"origin"` // null when nothing tells
	Files    int           `json:"files"`
	Branch   string        `json:"branch"` // the branch that brings it, ""
	// Problem says why Moodle does not see the plugin, or what is wrong with its
	// version.php; "".
	Problem string `json:"problem"`
}

// PluginOrigin is the repository that a plugin comes from.
type PluginOrigin struct {
	Kind   string `json:"kind"` // clone or submodule
	Remote string `json:"remote"`
	Commit ID     `json:"commit"`
	Branch string `json:"branch"`
	// Changed counts files that differ from the commit; -1 when that is not known.
	Changed int    `json:"changed"`
	Problem string `json:"problem"`
}

// UnreadFile is something that was not read, and why.
type UnreadFile struct {
	Place
	Reason string `json:"reason"`
	Dir    bool   `json:"dir"`
}

// ComponentFindings counts the findings of one component.
type ComponentFindings struct {
	Component string         `json:"component"`
	Findings  int            `json:"findings"`
	Orphans   int            `json:"orphans"`
	Classes   map[string]int `json:"classes"`
}
