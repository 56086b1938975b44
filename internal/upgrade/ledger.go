package upgrade

import (
	"reflect"
	"slices"
	"time"

	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/moodle"
)

// Format is the newest format of ledgers that this version reads, and the one it writes.
const Format = 1

// Dispositions: what is to become of a branch in an upgrade.
const (
	DispositionRebase  = "rebase"  // carry it over
	DispositionReplace = "replace" // external: start anew from its newest fitting release
	DispositionDrop    = "drop"    // leave it behind, with a reason
	DispositionHold    = "hold"    // not now
)

// Outcomes: what one run did with a branch.
const (
	OutcomeClean     = "clean"
	OutcomeResolved  = "resolved"  // by a recorded resolution
	OutcomeLanded    = "landed"    // nothing left: all is in upstream
	OutcomeConflict  = "conflict"  // parked for a person
	OutcomeDropped   = "dropped"   // by its disposition
	OutcomeHeld      = "held"      // by its disposition
	OutcomeReplaced  = "replaced"  // by its disposition
	OutcomeUnchanged = "unchanged" // carried before, nothing new
	OutcomeUpdated   = "updated"   // carried before; the old branch's new commits were added
	OutcomeDiverged  = "diverged"  // the new name has other content, or the old branch was rewritten
	OutcomeMoved     = "moved"     // somebody moved it during the run
	OutcomeFailed    = "failed"
)

// States: how far the work on a branch is.
const (
	StateTodo         = "todo"
	StateParked       = "parked"
	StateMoved        = "moved"
	StateTested       = "tested"
	StateInTest       = "in-test"
	StateInDeployment = "in-deployment"
	StateDropped      = "dropped"
	StateHeld         = "held"
)

// Dispositions returns the words for what is to become of a branch.
func Dispositions() []string {
	return []string{DispositionRebase, DispositionReplace, DispositionDrop, DispositionHold}
}

// Justifications returns the words for why a site carries a branch.
func Justifications() []string {
	return []string{config.JustificationUpstreamable, config.JustificationTemporary, config.JustificationLocal}
}

// Outcomes returns the words for what a run did with a branch.
func Outcomes() []string {
	return []string{
		OutcomeClean, OutcomeResolved, OutcomeLanded, OutcomeConflict, OutcomeDropped, OutcomeHeld, OutcomeReplaced,
		OutcomeUnchanged, OutcomeUpdated, OutcomeDiverged, OutcomeMoved, OutcomeFailed,
	}
}

// States returns the words for how far the work on a branch is, in the order of the work.
func States() []string {
	return []string{
		StateTodo, StateParked, StateMoved, StateTested, StateInTest, StateInDeployment, StateDropped, StateHeld,
	}
}

// Ledger is the record of one upgrade. It is written to upgrades/<series>.toml on the mgit branch.
type Ledger struct {
	Format     int
	Series     string            // the series moved to: "4.5"
	From       string            // the series moved from: "4.1"
	Onto       string            // the upstream tag moved to: "v4.5.0"
	OntoCommit git.ID            // the commit of that tag
	Entries    map[string]*Entry // by the old branch's full name
	Unknown    map[string]any    // keys of later versions, kept on writing
}

// Entry is what a ledger says about one branch of the old series.
type Entry struct {
	Disposition string // one of Dispositions; "" while nobody has decided
	Reason      string // why, for drop and hold
	Ticket      string
	Owner       string // who sees to the branch in this upgrade
	// What follows stands in for the branch's record in this upgrade.
	Justification string        // one of config's Justifications
	Upstream      []string      // Moodle's issues about the same thing
	ReviewBy      moodle.Series // before this series somebody must look at it again
	State         string        // one of States
	Outcome       string        // one of Outcomes: of the last run that had to do with the branch; "" before
	Run           int           // that run's number, in the clone that made it
	OldTip        git.ID        // the tip of the old branch that was carried
	NewName       string        // the new branch
	NewTip        git.ID        // its tip as that run left it
	Release       string        // of the plugin, that the new branch begins with; "" for one that was not replaced
	Parked        *Parked
	Notes         []Note
	Unknown       map[string]any // keys of later versions, kept on writing
}

// Parked says where the work on a parked branch stopped. Any clone can compute its clean part again.
type Parked struct {
	Commit  git.ID   // the commit of the old branch that conflicts
	Paths   []string // the paths in conflict, raw bytes
	Waiting int      // how many of the branch's commits wait, Commit included
	Unknown map[string]any
}

// Note is a remark that somebody made on a branch's way through an upgrade.
type Note struct {
	When    time.Time
	Who     string
	Text    string
	Unknown map[string]any
}

// New returns an empty ledger.
func New(series, from, onto string, ontoCommit git.ID) *Ledger {
	return &Ledger{Format: Format, Series: series, From: from, Onto: onto, OntoCommit: ontoCommit, Entries: map[string]*Entry{}}
}

// Record stores what run did with the branch of this entry and sets the state that follows from it.
func (e *Entry) Record(run int, outcome string) {
	e.Run, e.Outcome = run, outcome
	e.State = StateAfter(outcome, e.State)
	if e.State != StateParked {
		e.Parked = nil
	}
}

// StateAfter returns the state of a branch after a run with this outcome. An outcome that says nothing new about
// the work (unchanged, diverged, moved, failed) leaves the state as it was.
func StateAfter(outcome, before string) string {
	switch outcome {
	case OutcomeClean, OutcomeResolved, OutcomeUpdated, OutcomeReplaced:
		return StateMoved
	case OutcomeConflict:
		return StateParked
	case OutcomeLanded, OutcomeDropped:
		return StateDropped
	case OutcomeHeld:
		return StateHeld
	}
	if before == "" {
		return StateTodo
	}
	return before
}

// Undecided returns those of the old series' branches, by full name, that have no disposition. An upgrade is not
// finished while there are any.
func (l *Ledger) Undecided(branches []string) []string {
	var open []string
	for _, name := range branches {
		if e := l.Entries[name]; e == nil || e.Disposition == "" {
			open = append(open, name)
		}
	}
	slices.Sort(open)
	return open
}

// IsFinished reports whether each of the old series' branches has a disposition and none is still to be done.
func (l *Ledger) IsFinished(branches []string) bool {
	if len(l.Undecided(branches)) > 0 {
		return false
	}
	for _, e := range l.Entries {
		if e.IsOpen() {
			return false
		}
	}
	return true
}

// IsOpen reports whether something is left to be done about the branch. That holds also for one that a run held
// back of itself, and for one that was dropped or held by a decision that is not there any more.
func (e *Entry) IsOpen() bool {
	switch e.State {
	case StateTodo, StateParked, "":
		return true
	case StateHeld:
		return e.Disposition != DispositionHold
	case StateDropped:
		return e.Disposition != DispositionDrop && e.Outcome != OutcomeLanded
	}
	return false
}

// Clone returns a copy of the entry that shares nothing with it but unknown keys.
func (e *Entry) Clone() *Entry {
	c := *e
	c.Notes = slices.Clone(e.Notes)
	c.Upstream = slices.Clone(e.Upstream)
	if e.Parked != nil {
		p := *e.Parked
		p.Paths = slices.Clone(e.Parked.Paths)
		c.Parked = &p
	}
	return &c
}

// Equal reports whether two entries say the same.
func (e *Entry) Equal(o *Entry) bool { return reflect.DeepEqual(e, o) }
