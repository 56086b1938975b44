package job

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"mgit/internal/git"
	"mgit/internal/journal"
	"mgit/internal/moodle"
	"mgit/internal/upgrade"
)

// ResolveRequest names the parked branch that a person wants to resolve.
type ResolveRequest struct {
	Branch string        // its old name or its new one
	Series moodle.Series // of the upgrade; zero: the only one in which it is parked
	Jobs   int           // as in RebaseAllRequest
	// NoResolutions leaves every conflict to the person, also those that
	// recorded resolutions would settle.
	NoResolutions bool
}

// Standing is how far the resolving of a branch is. It is always read from the
// worktree itself, since anybody may go on there with git.
type Standing string

// The standings.
const (
	StandingNone     Standing = "none"     // no worktree: nobody resolves it here
	StandingStopped  Standing = "stopped"  // a rebase is in progress and waits
	StandingFinished Standing = "finished" // the rebase has come to its end
	StandingGivenUp  Standing = "given-up" // git rebase --abort
	StandingDeleted  Standing = "deleted"  // somebody deleted the worktree
	StandingAstray   Standing = "astray"   // something else was done there
)

// ResolveReport is where the branches stand that a resolve, continue, skip or
// abort had to do with.
type ResolveReport struct {
	Branches []ResolvedBranch `json:"branches"`
	// Targets are merges that were left out of targets.
	Targets []ResolvedTarget `json:"targets"`
}

// ResolvedBranch is one parked branch and what became of it.
type ResolvedBranch struct {
	Name    string `json:"name"`
	NewName string `json:"new_name"`
	Series  string `json:"series"`
	Onto    Commit `json:"onto"`
	OldTip  ID     `json:"old_tip"`
	NewTip  ID     `json:"new_tip"` // null unless the new branch has what was resolved
	// Outcome is "conflict" as long as the branch is parked.
	Outcome string `json:"outcome"`
	// State is the ledger's.
	State    string   `json:"state"`
	Standing Standing `json:"standing"`
	Reason   string   `json:"reason"`
	Run      int      `json:"run"`      // that moved the branch; 0: none
	Worktree string   `json:"worktree"` // where a person works; "" when there is none
	Removed  string   `json:"removed"`  // the worktree that is gone now; "" for none
	Commits  Account  `json:"commits"`
	Merges   Merges   `json:"merges"`

	// Stop is the commit at which the rebase waits; nil elsewhere.
	Stop      *Stop        `json:"stop"`
	Conflicts []ConflictAt `json:"conflicts"`
	// Markers are files that were marked as resolved and still hold conflict
	// markers.
	Markers []File `json:"markers"`
	// Uncommitted are files that would be lost with the worktree.
	Uncommitted []File `json:"uncommitted"`

	// Dropped are the commits that a person left out.
	Dropped []LeftOut `json:"dropped"`
	// Added are commits of the new branch that a person made beyond those that
	// were replayed.
	Added []ID `json:"added"`
	// Resolutions names the recorded resolutions that were used, Saved those
	// that were recorded.
	Resolutions []string `json:"resolutions"`
	Saved       []string `json:"saved"`
	// Rebuild lists generated files where upstream's side was taken.
	Rebuild []string `json:"rebuild"`
	// MovedOn is the tip of the old branch when it is no longer the one that
	// was resolved.
	MovedOn ID `json:"moved_on"`
}

// File is a file of a worktree.
type File struct{ Path Path }

// MarshalJSON adds path_b64 where the path is not UTF-8.
func (f File) MarshalJSON() ([]byte, error) {
	type plain struct {
		Path  string `json:"path"`
		Bytes string `json:"path_b64,omitempty"`
	}
	var p plain
	p.Path, p.Bytes = pathJSON(string(f.Path))
	return json.Marshal(p)
}

// Stop is where a rebase waits for a person.
type Stop struct {
	Commit  ID     `json:"commit"` // of the old branch
	Subject string `json:"subject"`
	ByHand  bool   `json:"by_hand"` // what a person did in the merge Commit
	Number  int    `json:"number"`  // of Of commits that waited, from 1
	Of      int    `json:"of"`
}

// LeftOut is a commit that a person left out.
type LeftOut struct {
	Commit  ID     `json:"commit"`
	Subject string `json:"subject"`
	Reason  string `json:"reason"` // "" when git was told to skip it
}

// NeedsPerson reports whether a branch is still parked: exit code 3 of resolve,
// continue and skip.
func (r *ResolveReport) NeedsPerson() bool {
	return slices.ContainsFunc(r.Branches, func(b ResolvedBranch) bool { return b.Outcome == upgrade.OutcomeConflict }) ||
		slices.ContainsFunc(r.Targets, func(t ResolvedTarget) bool { return t.Outcome == upgrade.OutcomeConflict })
}

// Failed reports whether a branch could not be moved: exit code 4.
func (r *ResolveReport) Failed() bool {
	return slices.ContainsFunc(r.Branches, func(b ResolvedBranch) bool { return b.Failed() })
}

// Run is the number of the last run that was made, 0 for none.
func (r *ResolveReport) Run() int {
	run := 0
	for _, b := range r.Branches {
		run = max(run, b.Run)
	}
	for _, t := range r.Targets {
		run = max(run, t.Run)
	}
	return run
}

// ResolvingError says that the branch is being resolved already, in a worktree
// that is not the current one.
type ResolvingError struct {
	Branch string // its new name
	Path   string
}

func (e *ResolvingError) Error() string {
	return fmt.Sprintf("%s is being resolved in %s", e.Branch, e.Path)
}

// Resolve begins the work on a parked branch. The branch is replayed once more:
// when it has no conflict any longer it is moved, otherwise a worktree with a
// rebase in progress is made, in which recorded resolutions are applied. It
// ends where a person has to decide, or with the new branch.
//
// With dryRun nothing is written, and what would happen behind the first
// conflict stays unknown. The errors are a *UsageError for a branch that is not
// parked, a *ResolvingError, a *Refusal, and those of git and the journal.
func Resolve(ctx context.Context, site *Site, request ResolveRequest, dryRun bool) (*ResolveReport, error) {
	found, err := site.findParked(ctx, request.Branch, request.Series)
	if err != nil {
		return nil, err
	}
	lock, err := site.lockUnless(ctx, dryRun, "resolve "+request.Branch)
	if err != nil {
		return nil, err
	}
	defer lock.release()
	r := &resolver{site: site, lock: lock, dryRun: dryRun, command: "resolve " + request.Branch, noResolutions: request.NoResolutions}
	b, err := r.benchOf(ctx, found.entry.NewName)
	if err != nil {
		return nil, err
	}
	if b != nil {
		report, done, err := r.revisit(ctx, b)
		if err != nil || done {
			return one(report), err
		}
	}
	report, err := r.begin(ctx, found, request.Jobs)
	return one(report), err
}

func one(b *ResolvedBranch) *ResolveReport {
	if b == nil {
		return nil
	}
	return &ResolveReport{Branches: []ResolvedBranch{*b}, Targets: []ResolvedTarget{}}
}

// resolver is one resolve, continue, skip or abort at work.
type resolver struct {
	site    *Site
	lock    optionalLock
	dryRun  bool
	command string
	// allowMissing waives the refusal of a rebase that was ended early.
	allowMissing bool
	// noResolutions begins without recorded resolutions.
	noResolutions bool
	// updateWorktrees moves a target together with the worktree that has it.
	updateWorktrees bool
	// note is said about what was resolved.
	note string
}

// optionalLock is the lock of an operation, nil in a dry run.
type optionalLock struct{ *journal.Lock }

func (l optionalLock) release() {
	if l.Lock != nil {
		_ = l.Lock.Release() // it ends with the process at the latest
	}
}

func (s *Site) lockUnless(ctx context.Context, dryRun bool, command string) (optionalLock, error) {
	if dryRun {
		return optionalLock{}, nil
	}
	lock, err := s.Lock(ctx, command)
	return optionalLock{lock}, err
}

// revisit looks at the worktree that an earlier resolve has made. It is done
// when somebody is at work there; a worktree that was given up makes way.
func (r *resolver) revisit(ctx context.Context, b *bench) (report *ResolvedBranch, done bool, err error) {
	at, err := b.look(ctx)
	if err != nil {
		return nil, false, err
	}
	if at.standing == StandingGivenUp || at.standing == StandingDeleted {
		if r.dryRun {
			return nil, false, nil
		}
		return nil, false, b.remove(ctx)
	}
	if b.gitDir != r.site.Repo.GitDir() {
		return nil, true, &ResolvingError{Branch: b.record.NewName, Path: b.path}
	}
	report = b.report(at)
	return report, true, b.addStop(ctx, report, at)
}

// begin replays the branch and makes the worktree where that stops.
func (r *resolver) begin(ctx context.Context, found *parkedBranch, jobs int) (*ResolvedBranch, error) {
	plan, err := r.plan(ctx, found, jobs)
	if err != nil {
		return nil, err
	}
	run, err := plan.Run(ctx)
	if err != nil {
		return nil, err
	}
	defer run.Close()
	number := 0
	if !r.dryRun {
		if number, err = run.Apply(ctx, r.lock.Lock); err != nil {
			return nil, err
		}
	}
	report := replayed(found, run, number)
	if report.Outcome != upgrade.OutcomeConflict || r.dryRun {
		return report, nil
	}
	b, at, used, err := r.open(ctx, run)
	if err != nil {
		return nil, err
	}
	return r.goOn(ctx, b, at, settled{used: used})
}

// plan plans to replay the branch as rebase-all would.
func (r *resolver) plan(ctx context.Context, found *parkedBranch, jobs int) (*RebasePlan, error) {
	from, err := moodle.ParseSeries(found.ledger.From)
	if err != nil {
		return nil, fmt.Errorf("read the ledger of %s: %w", found.ledger.Series, err)
	}
	plan, err := PlanRebaseAll(ctx, r.site, RebaseAllRequest{
		Tag: found.ledger.Onto, From: from, Only: []string{found.name}, Jobs: jobs, command: r.command,
		NoResolutions: r.noResolutions,
	})
	if err != nil {
		return nil, err
	}
	if at := git.ID(plan.Onto.Commit); at != found.ledger.OntoCommit {
		return nil, &Refusal{
			ID: "onto-changed",
			Text: fmt.Sprintf("the upgrade to %s stands on commit %s, and %s is %s in this clone",
				found.ledger.Series, found.ledger.OntoCommit, found.ledger.Onto, at),
			Hint: "git fetch upstream --tags --force brings the tag as upstream has it now",
		}
	}
	return plan, nil
}

// replayed reports what replaying a parked branch has given.
func replayed(found *parkedBranch, run *RebaseReport, number int) *ResolvedBranch {
	from := run.Branches[0]
	b := newResolved(found)
	b.Onto, b.OldTip, b.NewTip = run.Onto, from.OldTip, from.NewTip
	b.Outcome, b.Reason, b.Run = from.Outcome, from.Reason, number
	b.State = upgrade.StateAfter(from.Outcome, found.entry.State)
	b.Commits, b.Merges, b.Conflicts = from.Commits, from.Merges, from.Conflicts
	b.add(settled{used: from.Resolutions, rebuild: from.Rebuild})
	return b
}

// newResolved is the report of a branch with nothing done.
func newResolved(found *parkedBranch) *ResolvedBranch {
	b := emptyResolved()
	b.Name, b.NewName, b.Series = found.name, found.entry.NewName, found.ledger.Series
	b.Onto = Commit{Tag: found.ledger.Onto, Commit: ID(found.ledger.OntoCommit)}
	b.Outcome, b.State = found.entry.Outcome, found.entry.State
	return b
}

// emptyResolved has no null where JSON promises a list.
func emptyResolved() *ResolvedBranch {
	return &ResolvedBranch{
		Standing: StandingNone, Conflicts: []ConflictAt{}, Markers: []File{}, Uncommitted: []File{},
		Dropped: []LeftOut{}, Added: []ID{}, Resolutions: []string{}, Saved: []string{}, Rebuild: []string{},
	}
}
