// Package corehack compares a tree with the pristine tree of its pin and says of
// every difference what it is.
//
// What is core is decided by the pin alone, never by what the tree says of
// itself. A file that the pin has is identical or a finding: modified, stale, a
// backport, changed in white space or mode only, or missing. A file that the pin
// lacks is a plugin's, expected on a site, or a finding: unknown or foreign, or a
// file of another upstream version. So every file is counted once, or named as
// unread.
//
// The tree may be an attacker's. Contents are read within limits, and only where
// a decision needs them; names and contents are raw bytes here. Who made a change
// and why, in which order findings are shown, and how, is left to others.
package corehack

import (
	"context"
	"slices"
	"strings"
	"time"

	"mgit/internal/git"
	"mgit/internal/live"
	"mgit/internal/moodle"
	"mgit/internal/upstream"
)

// Tree is a tree to be looked at: a live one, or one of a repository.
type Tree interface {
	// Files are the regular files and links, by path. An id of zero says that the
	// file was not hashed. Those must be whose path the pin has, or upstream had at
	// any time.
	Files() []live.File
	// Read is as [live.Tree.Read].
	Read(path string, limit int64) ([]byte, error)
	// Repositories are the Git repositories in the tree, "" for its own.
	Repositories() []live.Repository
	// Unread is what could not be read. A file of it may be in Files, too.
	Unread() []live.Unread
}

// History is upstream's; [upstream.Index] is one.
type History interface {
	ID(upstream.Commit) git.ID
	Parents(upstream.Commit) []upstream.Commit
	Build(upstream.Commit) (upstream.Build, bool)
	Date(upstream.Commit) time.Time
	IsAncestor(a, b upstream.Commit) bool
	HasPath(path string) bool
	Origins(path string, blob git.ID) []upstream.Commit
	Removals(path string) []upstream.Commit
}

// File is a file of the pin.
type File struct {
	Path string
	Mode git.Mode
	ID   git.ID
}

// Request says what to compare.
type Request struct {
	Pristine []File         // the files of the pin
	Layout   *moodle.Layout // of the pin
	// Index is the history by which other upstream versions are recognised; nil
	// where there is none, which must be a nil interface.
	Index History
	Pin   upstream.Commit // None where the pin is not in the index
	Tree  Tree
	// Blob returns the content of a pristine file.
	Blob  func(ctx context.Context, id git.ID) ([]byte, error)
	Rules Rules
	// Packaged says that the tree came out of a download package, which has no
	// .gitignore in its root.
	Packaged bool
}

// Rules are what a site settles for itself.
type Rules struct {
	// Expected are patterns of files that the site has beside Moodle, see
	// [ParsePatterns]. They follow the built-in ones; a "!" before a pattern takes
	// files away from those before it.
	Expected []string
}

// Class says in which way a tree differs from its pin.
type Class string

// The classes of findings.
const (
	Modified   Class = "modified"   // a file of the pin with other content
	Missing    Class = "missing"    // a file of the pin, or a folder of them, that is gone
	Unknown    Class = "unknown"    // a file in a folder of the pin, or code anywhere, that upstream never had
	Stale      Class = "stale"      // an older upstream version of the file, of the pin's history or of an older build, or one that upstream removed
	Backport   Class = "backport"   // an upstream version newer than the pin
	Whitespace Class = "whitespace" // the same but for line ends, byte order mark, trailing space or $Id$
	Mode       Class = "mode"       // the same bytes, executable or no longer
	Foreign    Class = "foreign"    // no part of Moodle nor of a plugin, and no code
)

// Side is what one of the two trees has at a path.
type Side struct {
	Mode git.Mode // zero: nothing
	ID   git.ID   // zero where it was not hashed, as most files that upstream never had
	Size int64    // of the tree looked at only
}

// Finding is a difference between a tree and its pin.
type Finding struct {
	Path      string // raw bytes; of a folder where Folder says so
	Class     Class
	Component moodle.Component
	Pristine  Side
	Live      Side
	// Origin is the commit that the content comes from, where it is stale, a
	// backport, or upstream's in some other way; else None.
	Origin upstream.Commit
	// Removal is the commit by which upstream removed the file before the pin, or None.
	Removal  upstream.Commit
	Evidence string // for people, without anything of the tree's names or contents; ""
	Folder   bool   // stands for all the files of a folder that are in this state
	Files    int    // how many; 1 for a file
	Code     bool   // the file, unknown to the pin, could be run or served as code
	// ModeChanged says that the file is executable and the pin's is not, or the
	// other way round, whatever else is different.
	ModeChanged bool
	Secret      bool // the file may hold passwords or keys: its content must not be shown
}

// Counts counts files, except the eight classes, which count findings.
type Counts struct {
	CoreFiles     int // of the pin, one that packages leave out included
	Identical     int
	Modified      int
	Missing       int
	Unknown       int
	Stale         int
	Backport      int
	Whitespace    int
	Mode          int
	Foreign       int
	PluginFiles   int
	ExpectedFiles int
	// Unread has the files of the pin that could not be compared, each of an
	// unread folder too, and one for everything else that was not read.
	Unread int
}

// Expected is a file or folder that is no part of Moodle and that sites have.
type Expected struct {
	Path  string // of a folder, its files are all expected
	Rule  string // the pattern, or one of the words for what is recognised by content
	Files int
}

// Problem is something that a reader of the whole result must know. ID is stable:
// layout-moved, pin-not-indexed, pristine-unreadable, subplugins-unreadable.
type Problem struct {
	ID, Text string
}

// Result is what a comparison found.
type Result struct {
	Findings []Finding // by path
	Counts   Counts
	Plugins  []Plugin      // additional ones, by path
	Expected []Expected    // by path
	Unread   []live.Unread // by path: the tree's own, and what changed or failed while it was read
	Problems []Problem

	below map[string][]*live.File // by the folder of a finding that stands for them
}

// Below returns, by path, the files that a finding stands for which is of a folder
// of the tree: all that lies there and is no finding, no plugin's and not expected.
// Those files are as they were listed: most have no id. Of a folder that is gone,
// and of a finding that is of one file, there are none.
func (r *Result) Below(f Finding) []live.File {
	if !f.Folder || f.Class == Missing {
		return nil
	}
	files := make([]live.File, 0, len(r.below[f.Path]))
	for _, file := range r.below[f.Path] {
		files = append(files, *file)
	}
	return files
}

// Compare compares a tree with its pin. A rule that is no pattern is a
// *PatternError; any other error is the context's. What cannot be read does not
// end the comparison, it is in the result.
func Compare(ctx context.Context, req Request) (*Result, error) {
	c, err := newComparison(ctx, req)
	if err != nil {
		return nil, err
	}
	c.checkLayout()
	missing, extra := c.walk()
	c.settleLineEnds()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.missing(missing)
	c.findPlugins(extra)
	c.extras(extra)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return c.finish(), nil
}

// comparison is one comparison under way.
type comparison struct {
	Request
	ctx    context.Context // of this one comparison
	pin    []File          // by path, without submodules
	live   []live.File     // by path
	unread map[string]bool // paths that could not be read
	rules  rules
	Result

	plugins map[string]int // place in Plugins by path
	lost    int            // pristine files whose content is not there
}

func newComparison(ctx context.Context, req Request) (*comparison, error) {
	c := &comparison{Request: req, ctx: ctx, unread: make(map[string]bool), plugins: make(map[string]int)}
	c.below = make(map[string][]*live.File)
	c.pin = byPath(req.Pristine, func(f File) string { return f.Path })
	if slices.ContainsFunc(c.pin, isSubmodule) {
		c.pin = slices.DeleteFunc(slices.Clone(c.pin), isSubmodule)
	}
	c.live = byPath(req.Tree.Files(), func(f live.File) string { return f.Path })
	c.Unread = slices.Clone(req.Tree.Unread())
	for _, u := range c.Unread {
		c.unread[u.Path] = true
	}
	var err error
	if c.rules, err = c.expectedRules(); err != nil {
		return nil, err
	}
	c.Counts.CoreFiles = len(c.pin)
	if req.Pin == upstream.None && req.Index != nil {
		c.problem("pin-not-indexed", "the pin is no commit of the known history: whether a content of another version is older or newer is not known")
	}
	return c, nil
}

func isSubmodule(f File) bool { return f.Mode == git.ModeGitlink }

// byPath returns files in the byte order of their paths, which is the order they
// come in from trees of Git and from package live.
func byPath[F any](files []F, path func(F) string) []F {
	compare := func(a, b F) int { return strings.Compare(path(a), path(b)) }
	if slices.IsSortedFunc(files, compare) {
		return files
	}
	return slices.SortedFunc(slices.Values(files), compare)
}

// checkLayout says so when the tree has the other one of Moodle's two layouts.
// Everything is then compared as it stands.
func (c *comparison) checkLayout() {
	_, inPublic := c.liveFile("public/version.php")
	_, inRoot := c.liveFile("version.php")
	switch {
	case c.Layout.Public() && inRoot && !inPublic:
		c.problem("layout-moved", "the tree has Moodle's files in its root, its pin has them in public/")
	case !c.Layout.Public() && inPublic && !inRoot:
		c.problem("layout-moved", "the tree has Moodle's files in public/, its pin has them in the root")
	}
}

// walk goes through both trees in step. It returns the files that only one of
// them has.
func (c *comparison) walk() (missing []File, extra []*live.File) {
	rest := c.live
	for i := range c.pin {
		p := &c.pin[i]
		for len(rest) > 0 && rest[0].Path < p.Path {
			extra, rest = append(extra, &rest[0]), rest[1:]
		}
		if len(rest) == 0 || rest[0].Path != p.Path {
			missing = append(missing, *p)
			continue
		}
		if rest[0].ID == p.ID && rest[0].Mode == p.Mode {
			c.Counts.Identical++
		} else if c.ctx.Err() == nil {
			c.changed(p, &rest[0])
		}
		rest = rest[1:]
	}
	for i := range rest {
		extra = append(extra, &rest[i])
	}
	return missing, extra
}

// finish puts the result in order and counts it.
func (c *comparison) finish() *Result {
	slices.SortStableFunc(c.Findings, func(a, b Finding) int { return strings.Compare(a.Path, b.Path) })
	count := map[Class]*int{
		Modified: &c.Counts.Modified, Missing: &c.Counts.Missing, Unknown: &c.Counts.Unknown, Stale: &c.Counts.Stale,
		Backport: &c.Counts.Backport, Whitespace: &c.Counts.Whitespace, Mode: &c.Counts.Mode, Foreign: &c.Counts.Foreign,
	}
	for i := range c.Findings {
		f := &c.Findings[i]
		f.sayMode()
		*count[f.Class]++
		f.Component = c.componentOf(*f)
	}
	slices.SortStableFunc(c.Unread, func(a, b live.Unread) int { return strings.Compare(a.Path, b.Path) })
	c.dropExpected()
	c.countUnread()
	if c.lost > 0 {
		c.problem("pristine-unreadable", plural(c.lost, "pristine file is", "pristine files are")+" not in the repository: what differs there is modified, whatever the difference is")
	}
	slices.SortFunc(c.Expected, func(a, b Expected) int { return strings.Compare(a.Path, b.Path) })
	slices.SortFunc(c.Plugins, func(a, b Plugin) int { return strings.Compare(a.Path, b.Path) })
	return &c.Result
}

// componentOf is the component that a finding belongs to. A file that stands
// among plugins is not one of them.
func (c *comparison) componentOf(f Finding) moodle.Component {
	core := moodle.Component{Type: moodle.CoreType}
	component, rest, ok := c.Layout.ComponentOf(f.Path)
	if ok && rest == "" && !f.Folder && !c.pinHasDir(f.Path) {
		dir, _ := cutPath(f.Path)
		component, _, ok = c.Layout.ComponentOf(dir)
	}
	if !ok {
		return core
	}
	return component
}

// dropExpected takes expected files and links out of what was not read: a
// config.php that is a link to where deployments share it would not be read either
// if it were a file.
func (c *comparison) dropExpected() {
	expected := make(map[string]bool, len(c.Expected))
	for _, e := range c.Expected {
		expected[e.Path] = true
	}
	c.Unread = slices.DeleteFunc(c.Unread, func(u live.Unread) bool { return expected[u.Path] && !u.Dir })
}

// countUnread counts what was not read. A path that is there several times, for
// several reasons, counts once, and a file of the pin that is also in an unread
// folder counts there.
func (c *comparison) countUnread() {
	for i, u := range c.Unread {
		if i > 0 && u.Path == c.Unread[i-1].Path {
			continue
		}
		_, listed := c.liveFile(u.Path)
		_, pinned := c.pinFile(u.Path)
		if dir, _ := cutPath(u.Path); pinned && !listed && dir != u.Path && c.covered(dir) {
			continue
		}
		hidden := 0
		for _, p := range c.pinBelow(u.Path) {
			if _, listed := c.liveFile(p.Path); !listed {
				hidden++
			}
		}
		c.Counts.Unread += max(hidden, 1)
	}
}

func (c *comparison) problem(id, text string) {
	c.Problems = append(c.Problems, Problem{id, text})
}

// addUnread notes a file that was listed and could not be read.
func (c *comparison) addUnread(path, reason string) {
	if !c.unread[path] {
		c.unread[path] = true
		c.Unread = append(c.Unread, live.Unread{Path: path, Reason: reason})
	}
}
