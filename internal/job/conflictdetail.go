package job

import (
	"context"
	"fmt"
	"slices"

	"mgit/internal/conflict"
	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/upgrade"
)

// ConflictRequest names a parked branch, or a target, whose conflict is to be looked at.
type ConflictRequest struct {
	Branch string        // its old name or its new one, or that of a target
	Path   string        // only this file, as it is or as reports show it; "" for all
	Series moodle.Series // of the upgrade, as in ResolveRequest
	// Sides leaves out who changed what is in conflict, and what was recorded for it: the files, their hunks
	// and how far somebody has come are there much sooner.
	Sides bool
	// Shown is told once of what Sides would have answered, before the rest is read; nil: nobody is. It is not
	// called where nothing is in the way, nor with Sides.
	Shown func(*ConflictDetail)
	// Jobs is as in RebaseAllRequest.
	Jobs int
	// Allow names refusals that are waived where a target has to be put together for the look.
	Allow []string
}

// The words for the sides of a conflict, that say whose they are. In the merge of a release into a target the
// release is upstream's, and in that of a branch it is the branch's.
const (
	SideUpstream = "upstream"
	SideBranch   = "branch"
	SideTarget   = "target"
	SideBoth     = "both" // ours, then theirs
	SideBase     = "base"
)

// ConflictDetail is where a parked branch or a target is stopped, and everything that is known about it.
type ConflictDetail struct {
	Name    string `json:"name"`     // the old branch; what is merged where Target is set
	NewName string `json:"new_name"` // the new branch; "" of a target
	Target  string `json:"target"`   // "" of a branch
	Series  string `json:"series"`
	Onto    Commit `json:"onto"`
	// Outcome is "conflict", or what a resolve would come to at once.
	Outcome  string   `json:"outcome"`
	Standing Standing `json:"standing"`
	Reason   string   `json:"reason"`
	Worktree string   `json:"worktree"` // where it is being resolved; "" when nobody does in this clone

	// Stop is the commit that could not be replayed; nil for a target, and where nothing is in the way.
	Stop   *Stop         `json:"stop"`
	Commit *WhyCommit    `json:"commit"` // the same commit, with its author; of a target the tip that is merged
	Record *BranchRecord `json:"record"`
	Ours   ConflictSide  `json:"ours"`
	Theirs ConflictSide  `json:"theirs"`

	Files []ConflictFile `json:"files"`
}

// ConflictSide says whose side of a conflict is which.
type ConflictSide struct {
	Word string `json:"word"` // upstream, branch or target
	Name string `json:"name"` // the tag, the branch, the target
}

// ConflictFile is a file in conflict.
type ConflictFile struct {
	Place
	Kind string `json:"kind"` // the short type of `git merge-tree -z`
	// State is open, or resolved once it was added in the worktree.
	State string `json:"state"`
	// Markers says that the file in the worktree has conflict markers left.
	Markers bool `json:"markers"`
	// Base, Ours and Theirs are the file as each side has it; nil where it has none.
	Base   *ConflictBlob  `json:"base"`
	Ours   *ConflictBlob  `json:"ours"`
	Theirs *ConflictBlob  `json:"theirs"`
	Hunks  []ConflictHunk `json:"hunks"` // none where Git does not merge lines: a binary file, one that a side has deleted
	// Diff is, where there are no hunks, what the one side that has the file changed in it, as git diff
	// prints it; "" where no lines can be shown.
	Diff string `json:"diff"`
	// Upstream are the commits of our side that changed the hunks, or the file where it has none; newest first.
	Upstream []WhyCommit `json:"upstream"`
	// Resolutions are the recorded ones that would settle this file.
	Resolutions []FittingResolution `json:"resolutions"`
	// Proposals are the places that the path may have, where that is the conflict.
	Proposals Paths `json:"proposals"`

	text  *conflict.Text
	aside bool // it has its name only because something else stands in its place
}

// The states of a file in conflict.
const (
	FileOpen     = "open"
	FileResolved = "resolved"
)

// ConflictBlob is a file of one side.
type ConflictBlob struct {
	Mode string `json:"mode"` // as git writes it: 100644
	ID   ID     `json:"id"`
}

// ConflictHunk is one place of a file at which the sides differ. Its number is stable: hunks that were taken
// or changed keep theirs.
type ConflictHunk struct {
	Number int `json:"number"` // from 1
	// State is open, ours, theirs, both or base for what was taken, or edited.
	State  string    `json:"state"`
	Line   int       `json:"line"` // of the file in the worktree, 0 where that is not known
	Base   SideLines `json:"base"`
	Ours   SideLines `json:"ours"`
	Theirs SideLines `json:"theirs"`
	// Within is the nearest line above that begins a function or a class, without its indent, as `git diff`
	// has it behind "@@"; "" where there is none.
	Within string `json:"within"`
	// Before and After are the lines around the hunk in the merged file, with their ends: three at most, and
	// none of another hunk.
	Before []string `json:"before"`
	After  []string `json:"after"`
	// Upstream are the commits of our side that changed these lines, newest first.
	Upstream []WhyCommit `json:"upstream"`
}

// SideLines are the lines of one side, with their ends. JSON has no bytes: what is not UTF-8 is replaced
// there.
type SideLines struct {
	Start int      `json:"start"` // in the side's file; where there are no lines, before which they would be
	Lines []string `json:"lines"`
}

// FittingResolution is a recorded resolution that fits a file in conflict.
type FittingResolution struct {
	ID string `json:"id"` // "local:" before it for one of this clone's own rerere
	// Recorded tells whence it comes; nil for one of rerere's own.
	Recorded *ResolutionInfo `json:"recorded"`
	// Refused says why it must not be used; "" where it may.
	Refused string `json:"refused"`
}

// Open counts the hunks whose markers stand, or 1 for a file without hunks that is not resolved.
func (f *ConflictFile) Open() int {
	if f.State == FileResolved && !f.Markers {
		return 0
	}
	n := 0
	for _, h := range f.Hunks {
		if h.State == string(conflict.Open) {
			n++
		}
	}
	if n == 0 && f.State == FileOpen {
		return 1
	}
	return n
}

// Side is the word for a hunk's state, where that is a side: "upstream" for ours.
func (d *ConflictDetail) Side(state string) string {
	switch state {
	case string(conflict.Ours):
		return d.Ours.Word
	case string(conflict.Theirs):
		return d.Theirs.Word
	}
	return state
}

// Subject is the name by which the commands know it: the target, or the new branch.
func (d *ConflictDetail) Subject() string {
	if d.Target != "" {
		return d.Target
	}
	return d.NewName
}

// ReadConflict tells all about the conflict at which a parked branch or a target is stopped: which files, for
// each of them its hunks as Git marks them, who changed them upstream, and for which commit of ours they are
// in the way. What is being resolved in a worktree is read as it stands there; otherwise the branch is
// replayed in memory, or the target put together. Nothing is written.
//
// The error is a *UsageError for a name that is neither, and for a path that is not in conflict.
func ReadConflict(ctx context.Context, site *Site, request ConflictRequest) (*ConflictDetail, error) {
	detail, stop, err := site.readStop(ctx, request)
	if err != nil {
		return nil, err
	}
	defer stop.close()
	if stop.scratch == nil {
		return detail, nil
	}
	r := &conflictReader{site: site, stop: stop, detail: detail}
	if err := r.readFiles(ctx); err != nil {
		return nil, fmt.Errorf("read the conflict of %s: %w", detail.Subject(), err)
	}
	if request.Path != "" {
		detail.Files = slices.DeleteFunc(detail.Files, func(f ConflictFile) bool { return !f.isNamed(request.Path) })
		if len(detail.Files) == 0 {
			return nil, notInConflict(detail, request.Path)
		}
	}
	if request.Sides {
		return detail, nil
	}
	if request.Shown != nil {
		request.Shown(detail.sofar())
	}
	if err := r.readRest(ctx); err != nil {
		return nil, fmt.Errorf("read the conflict of %s: %w", detail.Subject(), err)
	}
	return detail, nil
}

// sofar is a copy that stays as it is while the rest is read.
func (d *ConflictDetail) sofar() *ConflictDetail {
	c := *d
	c.Files = slices.Clone(d.Files)
	for i := range c.Files {
		c.Files[i].Hunks = slices.Clone(c.Files[i].Hunks)
	}
	return &c
}

// isNamed reports whether a path means the file, as it is or as reports show it.
func (f *ConflictFile) isNamed(path string) bool { return f.Raw == path || ShowPath(f.Raw) == path }

func notInConflict(d *ConflictDetail, path string) error {
	return &UsageError{
		Text: fmt.Sprintf("%s is not in conflict where %s is stopped", ShowPath(path), d.Subject()),
		Hint: "mgit conflict " + d.Subject() + " lists the files",
	}
}

// newDetail is a detail in which nothing is null that JSON promises as a list.
func newDetail() *ConflictDetail {
	return &ConflictDetail{Outcome: upgrade.OutcomeConflict, Standing: StandingNone, Files: []ConflictFile{}}
}

func blobOf(s git.Stage) *ConflictBlob { return &ConflictBlob{Mode: s.Mode.String(), ID: ID(s.ID)} }

// KeepUpstream fills in who changed what from an earlier answer about the same stop, where the sides are still
// the same.
func (d *ConflictDetail) KeepUpstream(earlier *ConflictDetail) {
	if earlier == nil || earlier.Subject() != d.Subject() || earlier.Ours != d.Ours {
		return
	}
	for i := range d.Files {
		f := &d.Files[i]
		at := slices.IndexFunc(earlier.Files, func(o ConflictFile) bool {
			return o.Raw == f.Raw && sameBlob(o.Ours, f.Ours) && sameBlob(o.Theirs, f.Theirs) && sameBlob(o.Base, f.Base) && len(o.Hunks) == len(f.Hunks)
		})
		if at < 0 {
			continue
		}
		f.Upstream, f.Resolutions = earlier.Files[at].Upstream, earlier.Files[at].Resolutions
		for n := range f.Hunks {
			f.Hunks[n].Upstream = earlier.Files[at].Hunks[n].Upstream
		}
	}
}

func sameBlob(a, b *ConflictBlob) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}
