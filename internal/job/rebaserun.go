package job

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/moodle"
	"mgit/internal/rebase"
	"mgit/internal/upgrade"
)

// RebaseReport is what a run made of every branch. Until it is applied it
// exists in memory only.
type RebaseReport struct {
	Onto     Commit         `json:"onto"`
	From     moodle.Series  `json:"from"`
	Branches []BranchReport `json:"branches"`
	Totals   map[string]int `json:"totals"`
	// Moves are the references that the run moves or would move: new branches and what
	// is parked. The journal and the mgit branch, which follow, are not among them.
	Moves []RefMove `json:"moves"`
	// Warnings are what was noticed besides.
	Warnings []Warning `json:"-"`
	// Evidence sums up what upstream did with the commits; nil where it was not asked for.
	Evidence *EvidenceTotals `json:"evidence,omitempty"`
	// Unreachable are plugins that were to be replaced and whose repository did not answer.
	Unreachable []string `json:"unreachable"`

	plan    *RebasePlan
	scratch *git.Scratch
	results []rebase.Result // parallel to Branches; zero where nothing was replayed
}

// Run replays the branches of the plan in memory. The report must be closed.
func (p *RebasePlan) Run(ctx context.Context) (*RebaseReport, error) {
	scratch, err := p.site.Repo.NewScratch(ctx)
	if err != nil {
		return nil, err
	}
	report := &RebaseReport{Onto: p.Onto, From: p.From, Unreachable: []string{}, plan: p, scratch: scratch}
	if err := report.run(ctx); err != nil {
		report.Close()
		return nil, err
	}
	return report, nil
}

// Close gives up what the report holds; what was applied stays.
func (r *RebaseReport) Close() error { return r.scratch.Close() }

func (r *RebaseReport) run(ctx context.Context) error {
	p := r.plan
	own, err := p.readHistory(ctx, r.scratch)
	if err != nil {
		return err
	}
	request := rebase.Request{Onto: git.ID(p.Onto.Commit), History: own}
	if request.Committer, err = p.site.Repo.Ident(ctx); err != nil {
		return err
	}
	for i := range p.branches {
		d := &p.branches[i]
		b := rebase.Branch{Name: d.Raw, Tip: d.Tip}
		if b.Base, err = history.Base(ctx, p.site.Repo, own, d.Tip); err != nil {
			return err
		}
		if err := p.checkCarried(ctx, d, own); err != nil {
			return err
		}
		p.noteRemotes(d, own)
		if d.outcome != "" {
			b.Skip = true
		} else if d.carried != git.ZeroID {
			b.Carried, b.On = d.carried, d.newRef.Peeled
		}
		request.Branches = append(request.Branches, b)
	}
	if err := p.doubtTags(ctx, own, request.Branches); err != nil {
		return err
	}
	if request.History, err = p.replaceBranches(ctx, r, own, request.Branches); err != nil {
		return err
	}
	request.Options = rebase.Options{
		Jobs: cmp.Or(p.request.Jobs, p.site.Config.Jobs), Progress: p.progress(), Places: p.site.settledPlaces(),
	}
	if request.Known, err = p.knownCommits(ctx, r.scratch, own); err != nil {
		return err
	}
	if err := p.useResolutions(ctx, r.scratch, &request); err != nil {
		return err
	}
	request.Commit = p.site.signer(r.scratch)
	if r.results, err = rebase.Run(ctx, r.scratch, request); err != nil {
		return err
	}
	evidence, err := r.findLanded(ctx)
	if err != nil {
		return err
	}
	for i, d := range p.branches {
		b := p.report(d, r.results[i], evidence)
		if err := r.relocated(ctx, &b, r.results[i]); err != nil {
			return err
		}
		r.Branches = append(r.Branches, b)
	}
	if p.request.Evidence {
		r.weigh()
		if err := r.fatesOfBranches(ctx); err != nil {
			return err
		}
	}
	if p.request.RangeDiffs {
		if err := r.addRangeDiffs(ctx); err != nil {
			return err
		}
	}
	r.count()
	r.listMoves()
	return r.check()
}

func (p *RebasePlan) readHistory(ctx context.Context, scratch *git.Scratch) (*history.Own, error) {
	var tips []git.ID
	for _, d := range p.branches {
		tips = append(tips, d.Tip)
		for _, theirs := range p.atRemotes(d.Raw) {
			tips = append(tips, theirs)
		}
		if parked := p.site.refs.commit(parkedRef(d.newName)); parked != git.ZeroID {
			tips = append(tips, parked)
		}
	}
	for name, e := range p.ledger.Entries {
		old, made := p.carriedBy(name, e)
		if made == git.ZeroID {
			continue
		}
		tips = append(tips, made)
		here, err := p.site.has(ctx, old)
		if err != nil {
			return nil, err
		}
		if here {
			tips = append(tips, old)
		}
	}
	return history.Read(ctx, p.site.Repo, scratch, tips, p.site.refs.upstream(p.site.upstream))
}

func parkedRef(newName string) string { return "refs/mgit/parked/" + newName }

// checkCarried makes a branch diverged whose carried commits are gone from it,
// or whose new branch no longer has what was carried to it.
func (p *RebasePlan) checkCarried(ctx context.Context, d *plannedBranch, h *history.Own) error {
	if d.outcome != "" && d.outcome != upgrade.OutcomeUnchanged || d.entry == nil || d.newRef.Name == "" {
		return nil
	}
	if ok, err := p.contains(ctx, h, d.newRef.Peeled, d.entry.NewTip); err != nil || !ok {
		d.outcome = upgrade.OutcomeDiverged
		d.reason = fmt.Sprintf("%s no longer has the commits that were carried to it; nothing was moved", d.newName)
		return err
	}
	if d.outcome != "" {
		return nil
	}
	if ok, err := p.contains(ctx, h, d.Tip, d.carried); err != nil || !ok {
		d.outcome = upgrade.OutcomeDiverged
		d.reason = fmt.Sprintf("%s was rewritten after it was carried; nothing was moved", d.Raw)
		return err
	}
	return nil
}

// contains reports whether tip reaches the commit id that a ledger names. When
// upstream has taken that very commit it is no longer the site's own, and Git is
// asked; a commit that only a colleague has is in nothing here.
func (p *RebasePlan) contains(ctx context.Context, h *history.Own, tip, id git.ID) (bool, error) {
	if h.Contains(tip, id) {
		return true, nil
	}
	if h.Owns(id) {
		return false, nil
	}
	if here, err := p.site.has(ctx, id); err != nil || !here {
		return false, err
	}
	bases, err := p.site.Repo.MergeBases(ctx, tip, id)
	return slices.Contains(bases, id), err
}

func (p *RebasePlan) progress() func(rebase.Result) {
	if p.request.Progress == nil {
		return nil
	}
	planned := make(map[string]plannedBranch, len(p.branches))
	for _, d := range p.branches {
		planned[d.Raw] = d
	}
	done := 0
	return func(r rebase.Result) {
		done++
		outcome := planned[r.Branch.Name].outcomeOf(r)
		p.request.Progress(Event{Branch: r.Branch.Name, Outcome: outcome, Done: done, Total: len(p.branches)})
	}
}

// outcomeOf is what became of the branch: decided before, or by the engine.
func (d plannedBranch) outcomeOf(r rebase.Result) string {
	switch {
	case d.outcome != "":
		return d.outcome
	case r.Err != nil:
		return upgrade.OutcomeFailed
	case r.Parked():
		return upgrade.OutcomeConflict
	case d.carried != git.ZeroID:
		return upgrade.OutcomeUpdated
	case d.replace != nil:
		return upgrade.OutcomeReplaced
	case r.Count(rebase.Kept) == 0:
		return upgrade.OutcomeLanded
	case len(r.Resolutions) > 0:
		return upgrade.OutcomeResolved
	default:
		return upgrade.OutcomeClean
	}
}

// useResolutions lets recorded resolutions settle conflicts.
func (p *RebasePlan) useResolutions(ctx context.Context, scratch *git.Scratch, request *rebase.Request) error {
	settle, err := p.site.settler(ctx, scratch, p.request.NoResolutions)
	if err != nil || settle == nil && p.request.beyond == nil {
		return err
	}
	earlier := &earlierRuns{site: p.site, scratch: scratch}
	if settle != nil {
		if earlier.set, err = p.site.readResolutions(ctx); err != nil {
			return err
		}
	}
	request.Resolve = func(ctx context.Context, c rebase.Unresolved) (rebase.Resolved, bool, error) {
		if settle != nil {
			tree, used, err := settle(ctx, c.Merged)
			if err != nil || len(used) > 0 {
				return rebase.Resolved{Tree: tree, Used: used}, len(used) > 0, err
			}
			if resolved, ok, err := earlier.resolve(ctx, c); err != nil || ok {
				return resolved, ok, err
			}
		}
		if p.request.beyond == nil {
			return rebase.Resolved{}, false, nil
		}
		resolved, ok := p.request.beyond.pass(c)
		return resolved, ok, nil
	}
	return nil
}

// report turns the engine's result into what is shown.
func (p *RebasePlan) report(d plannedBranch, result rebase.Result, evidence map[git.ID]rebase.Evidence) BranchReport {
	b := BranchReport{
		Name: d.Raw, NewName: d.newName, OldTip: ID(d.Tip), Base: p.site.refs.describe(result.Branch.Base),
		Outcome: d.outcome, Reason: d.reason,
		Merges:    Merges(result.Merges),
		Conflicts: []ConflictAt{}, Relocated: []Relocation{}, Landed: []LandedCommit{},
		Resolutions: distinct(result.Resolutions), Rebuild: distinct(result.Rebuild),
		Components: []BranchComponent{},
	}
	n := len(result.Steps)
	switch d.outcome {
	case "":
		p.reportReplayed(&b, d, result, evidence)
	case upgrade.OutcomeUnchanged:
		b.Merges = Merges{}
		b.NewTip = ID(d.newRef.Peeled)
	case upgrade.OutcomeDropped:
		b.Commits = Account{In: n, Dropped: n}
	case upgrade.OutcomeHeld:
		b.Commits = Account{In: n, Held: n}
	default:
		b.Commits = Account{In: n, Waiting: n}
	}
	return b
}

// distinct sorts texts and leaves out repetitions; it is never nil.
func distinct(texts []string) []string {
	return append([]string{}, slices.Compact(slices.Sorted(slices.Values(texts)))...)
}

func (p *RebasePlan) reportReplayed(b *BranchReport, d plannedBranch, result rebase.Result, evidence map[git.ID]rebase.Evidence) {
	b.Commits = Account{
		In: len(result.Steps), Kept: result.Count(rebase.Kept), Landed: result.Count(rebase.Landed),
		Emptied: result.Count(rebase.Emptied), Waiting: result.Count(rebase.Waiting), Replaced: result.Count(rebase.Replaced),
	}
	b.Landed = landedCommits(result, evidence)
	d.replace.account(b, result)
	for _, c := range result.Conflicts {
		b.Conflicts = append(b.Conflicts, ConflictAt{Commit: ID(c.Commit), Path: Path(c.Path), Kind: c.Kind, Proposals: c.Proposals})
	}
	b.Outcome = d.outcomeOf(result)
	switch b.Outcome {
	case upgrade.OutcomeFailed:
		b.Reason, b.Release = result.Err.Error(), nil
		b.Commits = Account{In: b.Commits.In, Waiting: b.Commits.In}
	case upgrade.OutcomeConflict:
		b.Parked = ID(result.Tip)
	case upgrade.OutcomeLanded:
		if b.Commits.In == 0 {
			b.Reason = "it has no commits of its own"
		}
	default:
		b.NewTip = ID(result.Tip)
	}
}

// count fills in the totals.
func (r *RebaseReport) count() {
	r.Totals = map[string]int{"branches": len(r.Branches)}
	for _, o := range Outcomes() {
		r.Totals[o] = 0
	}
	for _, b := range r.Branches {
		r.Totals[b.Outcome]++
	}
}

// check holds the report to promise 1: every commit is accounted for.
func (r *RebaseReport) check() error {
	for _, b := range r.Branches {
		if !b.Commits.Holds() {
			return fmt.Errorf("the account of %s does not hold: %+v; nothing was moved", b.Name, b.Commits)
		}
	}
	return nil
}

// NeedsPerson reports whether some branch is left for a person: exit code 4.
func (r *RebaseReport) NeedsPerson() bool {
	return slices.ContainsFunc(r.Branches, func(b BranchReport) bool { return NeedsPerson(b.Outcome) })
}
