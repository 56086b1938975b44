package job

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"mgit/internal/branches"
	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/upgrade"
)

// RebaseAllRequest asks to move all branches of a version to an upstream tag.
type RebaseAllRequest struct {
	Tag string // "v4.5.0"
	// From is the series to move from; the zero Series is the newest older one
	// that has branches.
	From moodle.Series
	// Only are globs on branch names (path.Match); none means all branches.
	Only []string
	// Jobs is the number of merges and git processes at a time; 0: one a processor.
	Jobs int
	// NoResolutions shows what happens without recorded resolutions.
	NoResolutions bool
	// OtherTag allows a tag other than the one that branches of this upgrade
	// stand on already; without it such a request is refused.
	OtherTag bool
	// UpdateWorktrees moves new branches that are checked out in clean
	// worktrees together with these.
	UpdateWorktrees bool
	// Evidence also looks for the upstream counterparts of commits that wait,
	// not only of those that left nothing. It can take seconds.
	Evidence bool
	// RangeDiffs adds to the evidence how the commits differ from upstream's.
	RangeDiffs bool
	// Offline asks no repository of a plugin for releases: what is not known already is said.
	Offline bool
	// Progress is told of every branch that is done, from one goroutine at a time.
	Progress func(Event)

	// command is the command line when a resolve asks for one branch; "" for
	// rebase-all. A resolve looks after the branch's worktree itself.
	command string
	// beyond passes conflicts by and notes them, to see what is behind; nil for a
	// replay that means it.
	beyond *beyond
}

// Event is one branch that is done, for a progress line.
type Event struct {
	Branch  string
	Outcome string
	Done    int
	Total   int
}

// NothingNew is the reason of a branch that is unchanged and of which there is
// nothing else to say.
const NothingNew = "carried before, nothing new"

// RebasePlan is what a run would work on. It holds references as they were
// when it was made; apply moves none that has changed since.
type RebasePlan struct {
	Onto Commit
	From moodle.Series
	To   moodle.Series

	site     *Site
	request  RebaseAllRequest
	branches []plannedBranch
	ledger   *upgrade.Ledger
}

// plannedBranch is a branch with what is decided before anything is replayed.
type plannedBranch struct {
	branches.Branch
	newName string
	entry   *upgrade.Entry // nil when the ledger does not know the branch
	newRef  git.Ref        // the new branch, where it exists
	isLocal bool           // newRef is a local branch

	outcome string // decided already; "" when the branch is to be replayed
	reason  string
	carried git.ID // tip that was carried before; zero: replay all
	// superseded says that the branch is dropped because its record says so.
	superseded bool
	replace    *replacement // of a branch with the disposition replace; else nil
}

// PlanRebaseAll finds the branches of a version and decides which of them are to
// be replayed. It reads references and objects and writes nothing.
//
// The errors are a *UsageError for a tag or series that is not there, a
// *Refusal for what must not be done, and those of git.
func PlanRebaseAll(ctx context.Context, site *Site, request RebaseAllRequest) (*RebasePlan, error) {
	if err := site.whole(); err != nil {
		return nil, err
	}
	if err := site.initialised(); err != nil {
		return nil, err
	}
	p := &RebasePlan{site: site, request: request}
	if err := p.resolveTag(ctx); err != nil {
		return nil, err
	}
	listing := site.refs.listing(site.Scheme, site.internal)
	if err := p.chooseFrom(listing); err != nil {
		return nil, err
	}
	ledger, err := site.readLedger(ctx, p.To)
	if err != nil {
		return nil, err
	}
	if ledger == nil {
		ledger = upgrade.New(p.To.String(), p.From.String(), p.Onto.Tag, git.ID(p.Onto.Commit))
	}
	p.ledger = ledger
	if err := p.checkTag(); err != nil {
		return nil, err
	}
	for _, b := range listing.Of(p.From) {
		match, err := matchesAny(request.Only, b.Raw)
		if err != nil {
			return nil, err
		}
		if !match {
			continue
		}
		planned, err := p.decide(b)
		if err != nil {
			return nil, err
		}
		p.branches = append(p.branches, planned)
	}
	if len(p.branches) == 0 {
		return nil, &UsageError{Text: fmt.Sprintf("no branch of %s matches %s", p.From, strings.Join(request.Only, ", "))}
	}
	if err := p.supersede(ctx); err != nil {
		return nil, err
	}
	return p, p.checkWorktrees(ctx)
}

// whole refuses a clone whose history is cut off.
func (s *Site) whole() error {
	if !s.Repo.Shallow() {
		return nil
	}
	return &Refusal{
		ID:   "shallow",
		Text: "this clone is shallow: where the history is cut off, it cannot be told which commits are a branch's own",
		Hint: "git fetch --unshallow",
	}
}

// resolveTag reads the tag's commit and from its version.php the series.
func (p *RebasePlan) resolveTag(ctx context.Context) error {
	tag := p.request.Tag
	id := p.site.refs.commit("refs/tags/" + tag)
	if id == git.ZeroID {
		return &UsageError{Text: fmt.Sprintf("there is no tag %q in this repository", tag), Hint: p.tagHint()}
	}
	version, err := readVersion(ctx, p.site.Repo.Store(), id)
	if err != nil {
		return fmt.Errorf("read the version of %s: %w", tag, err)
	}
	if p.To, err = version.Series(); err != nil {
		return fmt.Errorf("read the version of %s: %w", tag, err)
	}
	p.Onto = Commit{Tag: tag, Commit: ID(id)}
	return nil
}

// tagHint guesses the tag from a series that was typed in its place.
func (p *RebasePlan) tagHint() string {
	if series, err := moodle.ParseSeries(p.request.Tag); err == nil {
		if first := series.FirstTag().String(); p.site.refs.commit("refs/tags/"+first) != git.ZeroID {
			return "did you mean " + first + "?"
		}
	}
	return "git fetch upstream --tags brings Moodle's releases; mgit moves branches to one of them, like v4.5.0"
}

// checkTag refuses a second tag in one upgrade: its branches would stand on
// different bases and conflict because of them.
func (p *RebasePlan) checkTag() error {
	if p.request.OtherTag || p.ledger.Onto == p.Onto.Tag || !p.hasMoved() {
		return nil
	}
	return &Refusal{
		ID:   "other-tag",
		Text: fmt.Sprintf("branches of this upgrade stand on %s already; on %s the others would have another base", p.ledger.Onto, p.Onto.Tag),
		Hint: fmt.Sprintf("mgit rebase-all %s moves the others to the same base; later minors are merged into the targets", p.ledger.Onto),
	}
}

// hasMoved reports whether the upgrade has moved or parked a branch.
func (p *RebasePlan) hasMoved() bool {
	for _, e := range p.ledger.Entries {
		if e.NewTip != git.ZeroID || e.State == upgrade.StateParked {
			return true
		}
	}
	return false
}

// chooseFrom settles the series to move from.
func (p *RebasePlan) chooseFrom(l branches.Listing) error {
	if from := p.request.From; !from.IsZero() {
		if from.Compare(p.To) == 0 {
			return &UsageError{Text: fmt.Sprintf("the branches of %s are on %s already", from, p.To)}
		}
		if len(l.Of(from)) == 0 {
			return &UsageError{Text: fmt.Sprintf("there are no branches of %s", from), Hint: listVersions(l)}
		}
		p.From = from
		return nil
	}
	for _, v := range l.Versions() {
		if v.Compare(p.To) < 0 {
			p.From = v
		}
	}
	if p.From.IsZero() {
		return &UsageError{Text: fmt.Sprintf("there are no branches of a series older than %s", p.To), Hint: listVersions(l)}
	}
	return nil
}

func listVersions(l branches.Listing) string {
	var all []string
	for _, v := range l.Versions() {
		all = append(all, v.String())
	}
	if len(all) == 0 {
		return "no branch follows the naming scheme; mgit config show prints it"
	}
	return "there are branches of " + strings.Join(all, ", ")
}

func matchesAny(globs []string, name string) (bool, error) {
	for _, g := range globs {
		ok, err := path.Match(g, name)
		if err != nil {
			return false, &UsageError{Text: fmt.Sprintf("--only %q: %v", g, err)}
		}
		if ok {
			return true, nil
		}
	}
	return len(globs) == 0, nil
}

// decide says what is known of a branch before it is replayed: its
// disposition, and whether an earlier run carried it.
func (p *RebasePlan) decide(b branches.Branch) (plannedBranch, error) {
	d := plannedBranch{Branch: b, entry: p.ledger.Entries[b.Raw]}
	var err error
	if d.newName, err = p.site.Scheme.Format(b.Name.WithVersion(p.To)); err != nil {
		return d, err
	}
	if path, ok := p.site.resolving(d.newName); ok && p.request.command == "" {
		d.outcome, d.reason = upgrade.OutcomeConflict, "being resolved in "+path
		return d, nil
	}
	exists := false
	d.newRef, d.isLocal, exists = p.site.refs.present(d.newName, p.site.internal)
	if p.isReplaced(&d) {
		d.replace = &replacement{}
	} else if d.disposed() {
		return d, nil
	}
	switch {
	case !exists:
		if d.entry != nil && d.entry.NewTip != git.ZeroID {
			d.reason = fmt.Sprintf("moved before, and %s is gone or not fetched: made again, with other ids", d.newName)
		}
		return d, nil
	case d.newRef.Symref != "":
		d.outcome = upgrade.OutcomeDiverged
		d.reason = fmt.Sprintf("%s is another name of %s; nothing was moved", d.newName, d.newRef.Symref)
	case d.entry == nil || d.entry.NewTip == git.ZeroID:
		d.outcome = upgrade.OutcomeDiverged
		d.reason = fmt.Sprintf("%s exists and was %s; nothing was moved", d.newName, p.origin(d.newName))
	case d.entry.OldTip == d.Tip:
		d.outcome = upgrade.OutcomeUnchanged
		d.reason = NothingNew
		if !d.isLocal {
			d.reason = "carried before; the new branch is at " + strings.TrimPrefix(d.newRef.Name, "refs/remotes/")
		}
	default:
		d.carried = d.entry.OldTip
	}
	if onto := p.ledger.Onto; d.entry != nil && d.outcome != upgrade.OutcomeDiverged && onto != p.Onto.Tag {
		d.reason = strings.TrimPrefix(d.reason+"; it was moved onto "+onto+" and stays there", "; ")
	}
	return d, nil
}

// origin says where a new branch comes from that the branch at hand did not make.
func (p *RebasePlan) origin(newName string) string {
	for _, name := range sortedNames(p.ledger.Entries) {
		if e := p.ledger.Entries[name]; e.NewName == newName && e.NewTip != git.ZeroID {
			return "made from " + name
		}
	}
	return "not made by mgit"
}

// disposed enters the outcome of drop and hold.
func (d *plannedBranch) disposed() bool {
	if d.entry == nil {
		return false
	}
	switch d.entry.Disposition {
	case upgrade.DispositionDrop:
		d.outcome = upgrade.OutcomeDropped
	case upgrade.DispositionHold:
		d.outcome = upgrade.OutcomeHeld
	default:
		return false
	}
	if d.entry.Reason != "" {
		d.reason = d.entry.Reason
	}
	return true
}

// checkWorktrees finds new branches that are checked out somewhere. A branch
// below somebody's feet is moved only with its worktree, when that is clean
// and --update-worktrees allows it.
func (p *RebasePlan) checkWorktrees(ctx context.Context) error {
	if p.site.worktrees == nil {
		worktrees, err := p.site.Repo.Worktrees(ctx)
		if err != nil {
			return err
		}
		p.site.worktrees = worktrees
	}
	for i := range p.branches {
		d := &p.branches[i]
		if d.carried == git.ZeroID || !d.isLocal {
			continue
		}
		where := p.site.checkedOut(d.newRef.Name)
		if where == "" {
			continue
		}
		clean, err := p.site.Repo.WorktreeClean(ctx, where)
		if ctx.Err() != nil {
			return err
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			d.outcome = upgrade.OutcomeFailed
			d.reason = fmt.Sprintf("checked-out: %s is checked out at %s, which is gone; `git worktree prune` forgets it", d.newName, where)
		case err != nil:
			d.outcome = upgrade.OutcomeFailed
			d.reason = fmt.Sprintf("checked-out: %s is checked out at %s: %v", d.newName, where, err)
		case !clean:
			d.outcome = upgrade.OutcomeFailed
			d.reason = fmt.Sprintf("checked-out: %s is checked out at %s, which has uncommitted changes", d.newName, where)
		case !p.request.UpdateWorktrees:
			d.outcome = upgrade.OutcomeFailed
			d.reason = fmt.Sprintf("checked-out: %s is checked out at %s; --update-worktrees moves both", d.newName, where)
		}
	}
	return nil
}
