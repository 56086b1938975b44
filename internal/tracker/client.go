package tracker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Client is one project of an issue tracker. A client hides how a tracker is asked, not
// what it does: where a write was answered with success and ignored, the next read shows
// it, and telling that is left to [Sync].
//
// All methods may return a *web.UnreachableError when there is no answer, a
// *web.StatusError for a refusal that has no name here, and a *web.AnswerError for an
// answer that cannot be used. Nothing secret stands in an error. A client is safe for
// concurrent use.
type Client interface {
	// Capabilities says what the tracker can hold. It asks nothing; what is there is known
	// after Whoami.
	Capabilities() Capabilities

	// Whoami asks whom the key belongs to, and whether it opens the project. It is asked
	// first, since a tracker may answer a wrong key with an empty list. The error is
	// ErrKey, ErrRights, ErrSwitchedOff, ErrProject or a *SettingError.
	Whoami(ctx context.Context) (User, error)

	// Statuses lists the statuses that issues can have, in the tracker's order.
	Statuses(ctx context.Context) ([]Status, error)

	// People lists who issues of the project can be assigned to.
	People(ctx context.Context) ([]User, error)

	// Find lists the issues whose description holds a text, open and closed, oldest
	// first, without notes. The text is a Marker's, or the beginning of several. It is
	// in the list as soon as the call that made an issue has returned.
	Find(ctx context.Context, text string) ([]Issue, error)

	// Read reads one issue with its notes, oldest first. The error is ErrNotFound for
	// one that is not there or that the key does not open.
	Read(ctx context.Context, id string) (Issue, error)

	// Children lists the issues directly below another one, oldest first, without notes.
	Children(ctx context.Context, parent string) ([]Issue, error)

	// Create makes an issue below parent ("": below none) and returns it as the tracker
	// made it, which need not be as it was asked for.
	Create(ctx context.Context, parent string, d Draft) (Issue, error)

	// Update changes an issue and, where the change has a note, adds that. A tracker may
	// ignore any part of it without an error. The error is a *RefusedError when it
	// says what it does not take, and ErrNotFound.
	Update(ctx context.Context, id string, c Change) error

	// Link relates two issues. Issues that are related already stay so.
	Link(ctx context.Context, from, to string) error
}

// Rights is a Client that can tell beforehand what its key may not do.
type Rights interface {
	// Missing lists the rights that a sync needs and the key lacks, as the tracker calls
	// them. One that is missing shows otherwise only in what the tracker ignores.
	Missing(ctx context.Context) ([]string, error)
}

// The errors of a Client that have a name. They come wrapped.
var (
	ErrKey         = errors.New("the tracker does not know this key")
	ErrRights      = errors.New("the key does not allow this")
	ErrSwitchedOff = errors.New("the tracker's interface is switched off")
	ErrProject     = errors.New("the tracker has no such project, or the key does not open it")
	ErrNotFound    = errors.New("the tracker has no such issue, or the key does not open it")
)

// RefusedError says what a tracker does not take, in its own words.
type RefusedError struct{ Reasons []string }

func (e *RefusedError) Error() string {
	return "the tracker does not take it: " + strings.Join(e.Reasons, "; ")
}

// SettingError says that a setting names what the tracker has not. A client returns it from
// Whoami, so that nothing is written meanwhile that would have to be put right by hand.
type SettingError struct {
	Key   string   // below "tracker": "type", "status.moved"
	Name  string   // that nothing in the tracker has
	There []string // the names that there are
}

func (e *SettingError) Error() string {
	var names []string
	for _, name := range e.There {
		names = append(names, strconv.Quote(name))
	}
	there := "it has " + cmp.Or(strings.Join(names, ", "), "none")
	return fmt.Sprintf("tracker.%s: the tracker has no %q; %s", e.Key, e.Name, there)
}

// Capabilities are what kinds of trackers differ in.
type Capabilities struct {
	Kind   string // "redmine"
	Markup Markup // of texts that are written to it
	// MaxChildren is how many issues can stand below one; 0: no limit.
	MaxChildren int
	// MaxSubject and MaxText are how many characters a subject and a text may have.
	MaxSubject, MaxText int
	// ChangeWithNote says that one write can change an issue and add a note.
	ChangeWithNote bool
	// Done, Versions and Fields say whether issues have a done ratio, a target version
	// and custom fields.
	Done, Versions, Fields bool
	// Type and ParentType are the types that issues are to have, by name; "" where that
	// is not set, or the tracker has none. See Issue.Type.
	Type, ParentType string
	// NoLinks says that issues cannot be related: Link does nothing, and what is related
	// has to stand in the description.
	NoLinks bool
	// Status is the status for each state of the ledger where the settings name none.
	Status map[string]string
	// SameTime is how long two changes of an issue can have the same Updated: a second
	// for one that counts in seconds.
	SameTime time.Duration
}

// User is a person, or a program, as a tracker knows it.
type User struct {
	ID    string // as the tracker addresses it
	Login string // "" where it is not told
	Name  string
}

// Status is a status that issues can have.
type Status struct {
	Name   string
	Closed bool
}

// Issue is an issue as it stands in the tracker.
type Issue struct {
	ID          string // as the tracker addresses it, and as people write it but for the mark: "12", "MOODLE-12"
	URL         string
	Subject     string
	Description string
	// Type is the type of issue, by name; "" where there is none.
	Type     string
	Status   Status
	Assignee User // zero: nobody
	Done     int  // per cent
	Version  string
	Fields   map[string]string // custom fields, by the ids that the settings use
	Parent   string            // the id of the issue above; ""
	Updated  time.Time         // by the tracker's clock; changes with every change, notes included
	// Links are the ids of related issues; nil where the list does not tell.
	Links []string
	Notes []Note // of Read only
}

// Note is what somebody wrote below an issue.
type Note struct {
	ID      string
	When    time.Time
	Who     User
	Text    string // in the tracker's markup
	Private bool   // not everybody who sees the issue sees it
}

// Draft is an issue that is to be made. Fields that the tracker lacks are left out by
// its client.
type Draft struct {
	IsParent    bool // the issue of an upgrade, or of a group of branches
	Subject     string
	Description string
	Status      string // by name; "" as the tracker has it
	Assignee    string // a User's ID; "" nobody
	Done        int
	Version     string
	Fields      map[string]string
}

// Change is what is to become of an issue; what is nil stays.
type Change struct {
	Subject, Description, Status, Assignee, Version, Parent *string
	Done                                                    *int
	Fields                                                  map[string]string // those that change
	Note                                                    string
}
