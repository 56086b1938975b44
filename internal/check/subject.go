package check

import (
	"io/fs"
	"sync"

	"mgit/internal/git"
	"mgit/internal/hunk"
	"mgit/internal/moodle"
)

// Subject is what is judged: a change and the branch it is for.
type Subject struct {
	Branch Branch
	// Files are the files that differ, sorted by path. Their contents are there only while a rule is asked
	// about the file: see Request.Load.
	Files []*File
	// Messages are those of the commits of the change; in a commit-msg hook the one that is being made.
	Messages []Message

	// Tree is the code as the change leaves it, Before as it was, and Pristine the upstream release that the
	// branch stands on. Any of them is nil where it is not known or not there; a rule that needs it then
	// has nothing to say.
	Tree, Before, Pristine fs.FS
	// Published returns the trees in which others may have what the branch is about, while a commit is made: the branch as it
	// was pushed, and those that take it up or carry it in another release. Nil where nobody knows. It is safe for
	// concurrent use.
	Published func() []fs.FS
	// Older returns what the site's branches of older series hold that are about the same component, by the branches' names:
	// sites are upgraded from there. Nil where nobody knows. It is safe for concurrent use.
	Older func() map[string]fs.FS
	// Justified returns what Branch says in Reasoned and Lacks with what is said elsewhere than in its record: in the
	// ledgers of upgrades and in its commits. Nil where nobody knows. It is safe for concurrent use.
	Justified func() (reasoned bool, lacks []string)
	// Layout is that of Tree; nil where Tree is no Moodle.
	Layout *moodle.Layout

	// Committing says that a commit is being made at this moment, and is false for what has been committed.
	Committing bool
	// Merging says that the commit that is being made is a merge, a revert or a pick that stopped, whose
	// content is mostly others'. A file of it has a Blob for each parent.
	Merging bool
	// StateMerged are the commits of the change that merge the mgit branch; a zero one is that which is being made.
	StateMerged []git.ID
	// Targets are the targets that the change has in it: one for each merge of one, or the one that it stands on.
	Targets []TargetInside

	Options Options
}

// TargetInside is a target that a change has in its history.
type TargetInside struct {
	Target string // its name, without refs/heads/
	// Merge is the commit that merges it, zero while that is being made; Own is one of the target's own commits where nothing
	// merges it: the branch was begun on it, or put forward to it.
	Merge, Own git.ID
}

// Options are the settings that rules ask for.
type Options struct {
	// MaxFileSize is the largest file in bytes that is none too many; 0 is no limit.
	MaxFileSize int64
	// SubjectLength is the longest first line of a message in characters; 0 is no limit.
	SubjectLength int
	// Tickets are what a message of an internal branch must match one of; none: nothing is asked.
	Tickets []Pattern
	// Justified are the types of branch that must say why they are there.
	Justified []string
	// IsMarker says whether a line is a comment that marks a change of this site in core; nil: nobody knows.
	IsMarker func(line []byte) bool
	// PHP is the program that judges syntax; "" when there is none.
	PHP string
}

// Pattern is a regular expression, with the text it was written as.
type Pattern interface {
	MatchString(text string) bool
	String() string
}

// Kind says what a branch is to the site.
type Kind int

// The kinds of branch.
const (
	Unknown  Kind = iota // no branch at all: a detached HEAD, a range of commits
	Ours                 // one of the naming scheme
	Misnamed             // nearly of the scheme
	Foreign              // not of the scheme at all
	Target               // one that branches are merged into
	Upstream             // Moodle's
	State                // the mgit branch
)

// Branch is what is known about the branch that a change is for.
type Branch struct {
	Name   string // without refs/heads/; "" for none
	Kind   Kind
	Reason string // why it is Misnamed
	// Nearest is the name that a Misnamed branch is most likely meant to have; "" where nobody knows.
	Nearest string

	Series    moodle.Series
	Type      string           // of Ours
	Component moodle.Component // of Ours; zero for a set
	Set       string           // the name of a set, "" for a component's branch
	Key       string           // that of its record

	// What the record says. HasRecord is false where there is none.
	HasRecord     bool
	Members       []moodle.Component
	Paths         []string
	Reasoned      bool     // a reason, a justification or a ticket is given
	Lacks         []string // what a justification is to say besides, and does not, in words
	Justification string
	Ticket        string
	Public        bool

	// Base is how the branch stands to the release that its series is built on.
	Base Base
	// Released says that a release of the site holds the branch. It is false where nobody asked.
	Released bool
}

// Base is what a branch stands on.
type Base struct {
	// Want is the tag that all branches of the series stand on; "" where it is not known.
	Want string
	// Found is the newest release tag in the branch's history; "" for none, or where nobody looked.
	Found string
	// State is one of the constants below.
	State BaseState
}

// BaseState says how what a branch stands on fits its series.
type BaseState int

// The states of a base.
const (
	BaseUnknown BaseState = iota // nobody knows, and nothing is found
	BaseFits
	BaseLater // a later minor release of the series: an exception that is allowed
	BaseWrong // something else
)

// Message is what a commit says.
type Message struct {
	Commit git.ID // zero while it is being made
	Text   string // without comments, as it will be stored
	// Upstream says that the commit is Moodle's own, Merge that it has several parents.
	Upstream, Merge bool
}

// File is one file as a change leaves it.
type File struct {
	Path string // slash-separated, raw bytes
	From string // the path it had, where it was moved or copied; "" otherwise
	// Before is the file as each parent has it; a zero Blob where that has none. A file that is equal in one of the
	// parents is not in a change at all.
	Before []Blob
	After  Blob // zero: the file is deleted

	mu    sync.Mutex
	added []Line
	ready bool
}

// Blob is a file's content in a commit or in the index.
type Blob struct {
	Mode git.Mode
	ID   git.ID
	Size int64
	// Data is nil until it is loaded, for links to other repositories, and for what Unread is said of.
	Data []byte
	// Unread says why nothing could be read, "" otherwise.
	Unread string
}

// IsZero reports whether there is no file.
func (b Blob) IsZero() bool { return b.Mode == 0 }

// Line is a line of a file.
type Line struct {
	Number int    // from 1
	Text   []byte // with its end
}

// IsNew reports whether no parent has the file.
func (f *File) IsNew() bool {
	for _, b := range f.Before {
		if !b.IsZero() {
			return false
		}
	}
	return true
}

// IsDeleted reports whether the change removes the file.
func (f *File) IsDeleted() bool { return f.After.IsZero() }

// IsRegular reports whether the change leaves a file with content, not a link and not a submodule.
func (f *File) IsRegular() bool { return f.After.Mode == git.ModeFile || f.After.Mode == git.ModeExec }

// IsBinary reports whether git takes the content for no text.
func (f *File) IsBinary() bool { return hunk.IsBinary(f.After.Data) }

// Added returns the lines that none of the parents has at their place: those that this change is to blame for.
// A binary file has none. The content must be loaded. It is safe for concurrent use.
func (f *File) Added() []Line {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ready {
		return f.added
	}
	f.ready = true
	if f.IsDeleted() || f.IsBinary() {
		return nil
	}
	f.added = linesAdded(f.Before, f.After.Data)
	return f.added
}
