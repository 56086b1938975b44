package job

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"mgit/internal/branches"
	"mgit/internal/git"
	"mgit/internal/journal"
	"mgit/internal/upgrade"
)

// PickRequest asks to take fixes onto a branch.
type PickRequest struct {
	// Branch is its name, or its key ("mod_forum-subject") in the series in use.
	Branch string
	Series string // --series, for keys
	// Commits are commits, ranges A..B and MDL numbers, in the order in which they are taken.
	Commits []string
	// From says where MDL numbers are looked up: a remote of this clone or one ref.
	// "" is upstream, on the line that is nearest to the branch's series.
	From string
	// NoResolutions leaves conflicts alone that recorded resolutions would settle.
	NoResolutions bool
	// UpdateWorktrees moves a branch that is checked out in a clean worktree together with it.
	UpdateWorktrees bool
	DryRun          bool
}

// Outcomes of one commit that is picked. Of a branch as a whole they are those of
// an upgrade: clean, resolved, conflict, unchanged and moved.
const (
	PickClean    = upgrade.OutcomeClean
	PickResolved = upgrade.OutcomeResolved
	PickConflict = upgrade.OutcomeConflict
	PickEmptied  = "emptied" // it left nothing: the branch does that already
	PickWaiting  = "waiting" // after a conflict: it was not tried
)

// PickedFromNoBranch is where a commit is from that no branch and no remote has.
const PickedFromNoBranch = "no branch"

// PickReport is what picking makes of a branch. It moves as a whole or not at all.
type PickReport struct {
	Branch  string `json:"branch"`
	Outcome string `json:"outcome"`
	Reason  string `json:"reason"`
	OldTip  ID     `json:"old_tip"`
	NewTip  ID     `json:"new_tip"` // null where nothing can move
	// Remote is the internal remote that alone had the branch; the local one begins there.
	Remote  string         `json:"remote"`
	Lines   []PickLine     `json:"lines"`
	Picked  []PickedCommit `json:"picked"`
	Skipped []NotPicked    `json:"skipped"`
	// Resolutions names the recorded resolutions that were used.
	Resolutions []string `json:"resolutions"`
	// Rebuild lists generated files that must be built again.
	Rebuild  Paths  `json:"rebuild"`
	Worktree string `json:"worktree"` // where the branch is checked out; "" for nowhere
	// Warnings are reasons to look twice.
	Warnings []Warning `json:"-"`

	site    *Site
	request PickRequest
	scratch *git.Scratch
	branch  branches.Branch
	sources []pickSource
}

// PickedCommit is a commit that is taken, or was tried.
type PickedCommit struct {
	Source  ID     `json:"source"`
	MDL     string `json:"mdl"`
	Subject string `json:"subject"`
	// From is where a commit that is not upstream's was found; "" for upstream's.
	From      string       `json:"from"`
	Commit    ID           `json:"commit"` // null unless it is on the branch, or would be
	Outcome   string       `json:"outcome"`
	Conflicts []ConflictAt `json:"conflicts"`
	// Relocated is what of it stands elsewhere on the branch, where that has the other
	// one of Moodle's two layouts.
	Relocated []Relocation `json:"relocated"`
	Reason    string       `json:"reason"`
}

// NotPicked is a commit that the branch has already.
type NotPicked struct {
	Source  ID     `json:"source"`
	MDL     string `json:"mdl"`
	Subject string `json:"subject"`
	Reason  string `json:"reason"`
	// By is the commit of the branch that does the same; null where the branch has
	// the source itself.
	By ID `json:"by"`
}

// Pick takes commits of upstream, or of anywhere else, onto a branch: plan and,
// unless it is a dry run, apply. The errors are *UsageError for what cannot be
// picked, *Refusal (checked-out, shallow), and those of git. A conflict
// is a result.
func Pick(ctx context.Context, site *Site, request PickRequest) (report *PickReport, run int, err error) {
	var lock *journal.Lock
	if !request.DryRun {
		if lock, err = site.Lock(ctx, "pick "+request.Branch); err != nil {
			return nil, 0, err
		}
		defer func() { err = errors.Join(err, lock.Release()) }()
	}
	scratch, err := site.Repo.NewScratch(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, scratch.Close()) }()
	report = &PickReport{
		Lines: []PickLine{}, Picked: []PickedCommit{}, Skipped: []NotPicked{}, Resolutions: []string{}, Rebuild: Paths{},
		site: site, request: request, scratch: scratch,
	}
	if err := report.plan(ctx); err != nil {
		return nil, 0, err
	}
	if !request.DryRun && report.moves() {
		if run, err = report.apply(ctx, lock); err != nil {
			return nil, run, err
		}
	}
	return report, run, nil
}

// moves reports whether the branch gets new commits.
func (r *PickReport) moves() bool { return git.ID(r.NewTip) != git.ZeroID && r.NewTip != r.OldTip }

// NeedsPerson reports whether the fixes are left for a person: exit code 4.
func (r *PickReport) NeedsPerson() bool { return NeedsPerson(r.Outcome) }

// plan does everything up to moving the branch, in memory.
func (r *PickReport) plan(ctx context.Context) error {
	s := r.site
	if s.Repo.Shallow() {
		return &Refusal{
			ID:   "shallow",
			Text: "this clone is shallow: where the history is cut off, it cannot be told what a branch has already",
			Hint: "git fetch --unshallow",
		}
	}
	if err := s.initialised(); err != nil {
		return err
	}
	var err error
	if r.branch, err = s.pickBranch(ctx, r.request); err != nil {
		return err
	}
	r.Branch, r.OldTip, r.Remote = r.branch.Raw, ID(r.branch.Tip), r.branch.Remote
	r.warnBehind(ctx)
	if err := r.findSources(ctx); err != nil {
		return err
	}
	if err := r.skip(ctx); err != nil {
		return err
	}
	if err := r.warnReverted(ctx); err != nil {
		return err
	}
	if err := r.run(ctx); err != nil {
		return err
	}
	return r.checkWorktree(ctx)
}

func (r *PickReport) warn(id, format string, args ...any) {
	r.Warnings = append(r.Warnings, Warning{ID: id, Text: fmt.Sprintf(format, args...)})
}

// warnBehind says where an internal remote has the branch with commits that the
// local one lacks: the fix would go onto an old state of it.
func (r *PickReport) warnBehind(ctx context.Context) {
	if r.branch.Remote != "" {
		return
	}
	for _, remote := range r.site.internal {
		theirs := r.site.refs.commit("refs/remotes/" + remote + "/" + r.branch.Raw)
		if theirs == git.ZeroID || theirs == r.branch.Tip {
			continue
		}
		if more, err := r.site.Repo.RevList(ctx, []git.ID{theirs}, []git.ID{r.branch.Tip}); err == nil && len(more) > 0 {
			r.warn("behind", "%s has commits of %s that this clone's branch lacks", remote, r.branch.Raw)
		}
	}
}

// checkWorktree refuses to move a branch below the feet of a worktree.
func (r *PickReport) checkWorktree(ctx context.Context) error {
	worktrees, err := r.site.Repo.Worktrees(ctx)
	if err != nil {
		return err
	}
	r.site.worktrees = worktrees
	if r.branch.Remote == "" {
		r.Worktree = r.site.checkedOut(r.branch.Ref)
	}
	if r.Worktree == "" || !r.moves() {
		return nil
	}
	clean, err := r.site.Repo.WorktreeClean(ctx, r.Worktree)
	text := ""
	switch {
	case ctx.Err() != nil:
		return err
	case err != nil:
		text = err.Error()
	case !clean:
		text = "which has uncommitted changes"
	case !r.request.UpdateWorktrees:
		return &Refusal{
			ID:   "checked-out",
			Text: fmt.Sprintf("%s is checked out at %s", r.Branch, r.Worktree),
			Hint: "--update-worktrees moves both",
		}
	default:
		return nil
	}
	return &Refusal{ID: "checked-out", Text: fmt.Sprintf("%s is checked out at %s: %s", r.Branch, r.Worktree, text)}
}

// apply moves the branch, and enters the picks into the shared files.
func (r *PickReport) apply(ctx context.Context, lock *journal.Lock) (int, error) {
	edit, group, err := r.edit(ctx)
	if err != nil {
		return 0, err
	}
	draft := journal.Draft{Command: r.command()}
	if draft.Payload, err = edit.encode(); err != nil {
		return 0, err
	}
	m := journal.Move{Group: group, Ref: "refs/heads/" + r.Branch, New: git.ID(r.NewTip), Worktree: r.Worktree}
	if r.branch.Remote == "" {
		m.Old = r.branch.Tip
	}
	draft.Moves = []journal.Move{m}
	run, err := journal.Apply(ctx, r.site.Repo, lock, r.scratch, draft, r.applyPicks())
	if err != nil {
		return 0, err
	}
	for _, out := range run.TakenOut {
		r.takeOut(out)
	}
	return run.Number, nil
}

// applyPicks enters nothing of a branch that did not move after all.
func (r *PickReport) applyPicks() journal.Shared {
	return func(ctx context.Context, run *journal.Run, tip git.ID) (git.ID, error) {
		if len(run.TakenOut) > 0 {
			return tip, nil
		}
		return applyShared(r.site.Repo)(ctx, run, tip)
	}
}

// takeOut makes the report say that the branch did not move.
func (r *PickReport) takeOut(out journal.TakenOut) {
	r.Outcome, r.Reason, r.NewTip = upgrade.OutcomeMoved, out.Reason, ID{}
	if out.Cause != journal.CauseMoved {
		r.Outcome = upgrade.OutcomeFailed
	}
	for i := range r.Picked {
		r.Picked[i].Commit = ID{}
	}
}

// command is the request as the journal lists it.
func (r *PickReport) command() string {
	c := "pick " + r.Branch + " " + strings.Join(r.request.Commits, " ")
	if r.request.From != "" {
		c += " --from " + r.request.From
	}
	return c
}
