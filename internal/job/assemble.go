package job

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"mgit/internal/assemble"
	"mgit/internal/git"
	"mgit/internal/journal"
)

// AssembleRequest asks to build or update a target.
type AssembleRequest struct {
	Target string // a full name, or a short one in Series
	Series string // as typed; "" is the series in use
	// Fresh makes the target again from its base; otherwise what moved since is
	// merged into it.
	Fresh bool
	// From names a target of the series, likewise: exactly what it has is merged,
	// in place of the branches as they are now.
	From string
	// Jobs is the number of git processes at a time; 0: one a processor.
	Jobs int
	// NoResolutions leaves every conflict to a person, also those that recorded
	// resolutions would settle.
	NoResolutions bool
	// UpdateWorktrees moves the target together with a clean worktree that has it
	// checked out.
	UpdateWorktrees bool
	looks           bool // nothing will be moved, so that nobody's worktree is in the way
	// Allow names refusals that are waived.
	Allow []string
	// Progress is told of every branch that is done, in order.
	Progress func(Event)

	// only is merged in place of the branches; nil: the branches are.
	only    *assemble.Step
	command string // the command line of who asks; "" for assemble
}

// The names of refusals about targets.
const (
	refuseDowngrade  = "downgrade"       // the result is an older Moodle than the target has
	refuseRewrite    = "rewrite-target"  // waived: a target that is published is written anew
	refuseDiverged   = "target-diverged" // here and at a remote it went apart
	refuseIncomplete = "incomplete"      // made afresh, the target would lack a branch that it has
	refuseCheckedOut = "checked-out"
)

// AssemblePlan is what an assembly would work on.
type AssemblePlan struct {
	site       *Site
	request    AssembleRequest
	recipe     *recipe
	start      git.ID         // what the target is at; zero: it is not built yet
	line       *assemble.Line // what the target is made of; nil: it is not built yet
	from       *assemble.Line // of the target whose tips are taken; nil: none
	fromTarget target

	onto    git.ID          // the commit that the line goes on from
	steps   []assemble.Step // what is merged onto it
	scratch *git.Scratch
}

// Close gives up what the plan and its report hold in memory; what was applied
// stays.
func (p *AssemblePlan) Close() error { return p.scratch.Close() }

// PlanAssemble finds out what belongs to the target, and what it has. It reads
// references and objects and writes nothing. The plan must be closed.
//
// The errors are a *UsageError for a target that is not there, a *Refusal for
// what must not be done, and those of git.
func PlanAssemble(ctx context.Context, site *Site, request AssembleRequest) (*AssemblePlan, error) {
	r, err := site.readRecipe(ctx, request.Target, request.Series)
	if err != nil {
		return nil, err
	}
	p := &AssemblePlan{site: site, request: request, recipe: r}
	if p.scratch, err = site.Repo.NewScratch(ctx); err != nil {
		return nil, err
	}
	if err := p.plan(ctx); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func (p *AssemblePlan) plan(ctx context.Context) error {
	var err error
	if p.start, err = p.recipe.presentTip(p.site, slices.Contains(p.request.Allow, refuseDiverged)); err != nil {
		return err
	}
	if p.line, err = p.recipe.readLine(ctx, p.site, p.scratch, p.start, true); err != nil {
		return err
	}
	if err := p.readFrom(ctx); err != nil {
		return err
	}
	p.choose()
	return p.site.loadWorktrees(ctx)
}

// readRecipe finds the target and what belongs to it.
func (s *Site) readRecipe(ctx context.Context, name, series string) (*recipe, error) {
	if err := s.whole(); err != nil {
		return nil, err
	}
	if err := s.initialised(); err != nil {
		return nil, err
	}
	t, err := s.findTarget(name, s.seriesOf(ctx, series))
	if err != nil {
		return nil, err
	}
	r := &recipe{target: t}
	if r.base, err = s.firstRelease(t.Version, t.Raw+" stands"); err != nil {
		return nil, err
	}
	if err := s.readMembers(ctx, r); err != nil {
		return nil, err
	}
	r.noteRemotes(s)
	return r, nil
}

// presentTip is the newest of what the target is here and on the internal remotes;
// zero while it is nowhere.
func (r *recipe) presentTip(s *Site, allowDiverged bool) (git.ID, error) {
	has := func(tip, id git.ID) (bool, error) { return r.own.Contains(tip, id) || !r.own.Owns(id), nil }
	return s.newestTip(r.target.ref, r.target.Raw, has, allowDiverged)
}

// newestTip is the newest of what a branch is at ref, where it was found, and on
// the internal remotes; zero while it is nowhere. has reports whether a tip has a
// commit in its history. Where two went apart it refuses, or stays with the first.
func (s *Site) newestTip(ref git.Ref, branch string, has func(tip, id git.ID) (bool, error), allowDiverged bool) (git.ID, error) {
	tip := ref.Peeled
	if tip == git.ZeroID {
		return tip, nil
	}
	place, at := "here", branch
	if remote, ok := strings.CutPrefix(ref.Name, "refs/remotes/"); ok {
		place, at = "at "+strings.TrimSuffix(remote, "/"+branch), remote
	}
	for _, name := range s.internal {
		theirs := s.refs.commit("refs/remotes/" + name + "/" + branch)
		if theirs == git.ZeroID {
			continue
		}
		older, err := has(tip, theirs)
		if err != nil {
			return tip, err
		}
		newer, err := has(theirs, tip)
		switch {
		case err != nil:
			return tip, err
		case older:
		case newer:
			tip, place, at = theirs, "at "+name, name+"/"+branch
		case !allowDiverged:
			return tip, &Refusal{
				ID:   refuseDiverged,
				Text: fmt.Sprintf("%s %s and at %s went apart: each has commits that the other has not", branch, place, name),
				Hint: fmt.Sprintf("git log --oneline --left-right %s...%s/%s shows them", at, name, branch),
			}
		}
	}
	return tip, nil
}

// readLine reads what the target at tip is made of; nil for the zero tip. The shape
// alone is read in no time; with the contents every merge is made again.
func (r *recipe) readLine(ctx context.Context, s *Site, scratch *git.Scratch, tip git.ID, shapeOnly bool) (*assemble.Line, error) {
	if tip == git.ZeroID {
		return nil, nil
	}
	request := assemble.LineRequest{
		Tip: tip, History: r.own, ShapeOnly: shapeOnly,
		Branches: r.memberSteps(), // the first that explains a commit is named
		Tags:     func(id git.ID) string { return s.refs.tagOf[id] },
	}
	for _, b := range r.view.branches {
		if !slices.ContainsFunc(r.members, func(m member) bool { return m.Raw == b.Raw }) {
			request.Branches = append(request.Branches, assemble.Step{Name: b.Raw, Tip: b.Tip})
		}
	}
	line, err := assemble.ReadLine(ctx, scratch, s.Repo, request)
	if err != nil {
		return nil, fmt.Errorf("read what %s is made of: %w", r.target.Raw, err)
	}
	return line, nil
}

// readFrom reads the target whose tips are taken.
func (p *AssemblePlan) readFrom(ctx context.Context) error {
	if p.request.From == "" {
		return nil
	}
	r := p.recipe
	from, err := p.site.findTarget(p.request.From, p.site.seriesOf(ctx, r.target.Version.String()))
	if err != nil {
		return err
	}
	switch {
	case from.Raw == r.target.Raw:
		return &UsageError{Text: fmt.Sprintf("--from names the target itself, %s", from.Raw)}
	case from.Version.Compare(r.target.Version) != 0:
		return &UsageError{Text: fmt.Sprintf("%s is of another series than %s", from.Raw, r.target.Raw)}
	case from.tip() == git.ZeroID:
		return &UsageError{Text: from.Raw + " is not built yet", Hint: "mgit assemble " + from.Short}
	}
	if err := r.readOwn(ctx, p.site, from.tip()); err != nil {
		return err
	}
	p.fromTarget = from
	if p.from, err = r.readLine(ctx, p.site, p.scratch, from.tip(), true); err != nil {
		return err
	}
	p.noteFromStrangers()
	return nil
}

// noteFromStrangers warns of what the other target has beyond its branches: branches
// are taken, so that was tried there and does not come along.
func (p *AssemblePlan) noteFromStrangers() {
	var strangers []string
	for _, link := range p.from.Links {
		if !link.Aside && (link.Kind == assemble.Direct || link.Kind == assemble.MergeOfOther) {
			strangers = append(strangers, fmt.Sprintf("%s %q", ID(link.Commit.ID).Short(), subject(link.Commit)))
		}
	}
	if len(strangers) > 0 {
		p.recipe.warnings = append(p.recipe.warnings, Warning{
			ID: "from-strangers", Text: fmt.Sprintf("%s has commits that no branch explains, and they are not taken: %s", p.fromTarget.Raw, fewOf(strangers)),
		})
	}
}

// choose settles what is merged onto what.
func (p *AssemblePlan) choose() {
	r := p.recipe
	var upstream assemble.Step
	switch {
	case p.from != nil:
		upstream = p.recipe.upstreamIn(p.site, p.from)
	case p.line != nil && p.request.Fresh:
		upstream = p.recipe.upstreamIn(p.site, p.line)
	}
	p.onto = p.start
	if p.request.only != nil {
		p.steps = []assemble.Step{*p.request.only}
		return
	}
	if p.start == git.ZeroID || p.request.Fresh {
		p.onto = git.ID(r.base.Commit)
	}
	if upstream.Tip != git.ZeroID && upstream.Tip != git.ID(r.base.Commit) {
		p.steps = append(p.steps, upstream)
	}
	if p.from == nil {
		p.steps = append(p.steps, r.memberSteps()...)
		return
	}
	for _, s := range p.from.Steps() {
		if !s.Upstream {
			p.steps = append(p.steps, s)
		}
	}
}

// upstreamIn is the newest of upstream that a line has beyond the recipe's base; zero
// for nothing. A target that was begun on a patch release has it below its line.
func (r *recipe) upstreamIn(s *Site, line *assemble.Line) assemble.Step {
	up := line.Upstream()
	if up.Tip == git.ZeroID && line.Base != git.ZeroID && line.Base != git.ID(r.base.Commit) {
		up = assemble.Step{Name: s.refs.tagOf[line.Base], Upstream: true, Tip: line.Base}
	}
	return up
}

// loadWorktrees finds out what is checked out where, once.
func (s *Site) loadWorktrees(ctx context.Context) (err error) {
	if s.worktrees == nil {
		s.worktrees, err = s.Repo.Worktrees(ctx)
	}
	return err
}

// mayMove refuses to move a branch below somebody's feet: it is moved only with
// its worktree, when that is clean and update allows it.
func (s *Site) mayMove(ctx context.Context, ref string, update bool) error {
	if err := s.loadWorktrees(ctx); err != nil {
		return err
	}
	where := s.checkedOut(ref)
	if where == "" {
		return nil
	}
	name := shortBranch(ref)
	clean, err := s.Repo.WorktreeClean(ctx, where)
	if ctx.Err() != nil {
		return err
	}
	refusal := &Refusal{ID: refuseCheckedOut}
	isUnfinished := func(w git.Worktree) bool { return slices.Contains(w.Unfinished, ref) }
	switch {
	case errors.Is(err, fs.ErrNotExist):
		refusal.Text = fmt.Sprintf("%s is checked out at %s, which is gone", name, where)
		refusal.Final = true
		refusal.Hint = "git worktree prune forgets it"
	case err != nil:
		return fmt.Errorf("look at %s, where %s is checked out: %w", where, name, err)
	case slices.ContainsFunc(s.worktrees, isUnfinished):
		refusal.Text = fmt.Sprintf("%s is in the middle of a rebase or bisection at %s", name, where)
		refusal.Final = true
		refusal.Hint = "finish that there, or give it up"
	case !clean:
		refusal.Text = fmt.Sprintf("%s is checked out at %s, which has uncommitted changes", name, where)
		refusal.Final = true
		refusal.Hint = "commit or stash them there"
	case !update:
		refusal.Text = fmt.Sprintf("%s is checked out at %s", name, where)
		refusal.Hint = "--update-worktrees moves both"
	default:
		return nil
	}
	return refusal
}

// Assemble builds or updates a target: plan, run and, unless dryRun, apply.
func Assemble(ctx context.Context, site *Site, request AssembleRequest, dryRun bool) (report *AssembleReport, run int, err error) {
	var lock *journal.Lock
	if !dryRun {
		if lock, err = site.Lock(ctx, "assemble "+request.Target); err != nil {
			return nil, 0, err
		}
		defer func() { err = errors.Join(err, lock.Release()) }()
	}
	plan, err := PlanAssemble(ctx, site, request)
	if err != nil {
		return nil, 0, err
	}
	defer plan.Close()
	if report, err = plan.Run(ctx); err != nil {
		return nil, 0, err
	}
	if !dryRun {
		run, err = report.Apply(ctx, lock)
	}
	return report, run, err
}
