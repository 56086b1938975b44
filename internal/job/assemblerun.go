package job

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mgit/internal/assemble"
	"mgit/internal/git"
)

// Run merges in memory. The report lives as long as the plan.
//
// The errors are a *Refusal for a result that must not become the target, and
// those of git.
func (p *AssemblePlan) Run(ctx context.Context) (*AssembleReport, error) {
	r := p.emptyReport()
	if err := r.run(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

// emptyReport is the report before anything was merged.
func (p *AssemblePlan) emptyReport() *AssembleReport {
	return &AssembleReport{
		Target: p.recipe.target.Raw, Base: p.recipe.base, OldTip: ID(p.start), Fresh: p.request.Fresh, From: p.fromTarget.Raw,
		Merged: []MergedStep{}, Missing: []MissingBranch{}, Strangers: []StrangerCommit{},
		LeftOut: append([]LeftOutOf{}, p.recipe.leftOut...), Warnings: p.recipe.warnings,
		plan: p, scratch: p.scratch,
	}
}

func (r *AssembleReport) run(ctx context.Context) error {
	request, err := r.plan.engineRequest(ctx, r.scratch)
	if err != nil {
		return err
	}
	if r.result, err = assemble.Run(ctx, r.scratch, r.plan.site.Repo, *request); err != nil {
		return err
	}
	for _, m := range r.result.Merges {
		r.add(m)
	}
	if err := r.findOpponents(ctx); err != nil {
		return err
	}
	r.findStrangers()
	r.findLeftOut()
	if err := r.land(ctx, request); err != nil {
		return err
	}
	// A target that stays as it is is in nobody's way, wherever it is checked out.
	if t := r.plan.recipe.target; !t.local || git.ID(r.NewTip) != t.tip() {
		if err := r.plan.site.mayMove(ctx, t.localRef(), r.plan.request.UpdateWorktrees); err != nil && !r.plan.request.looks {
			return err
		}
	}
	return r.judge(ctx)
}

// engineRequest is the plan in the engine's words.
func (p *AssemblePlan) engineRequest(ctx context.Context, scratch *git.Scratch) (*assemble.Request, error) {
	who, err := p.site.Repo.Ident(ctx)
	if err != nil {
		return nil, err
	}
	request := &assemble.Request{Onto: p.onto, History: p.recipe.own, Steps: p.steps, Committer: who, Message: p.message}
	request.Jobs = cmp.Or(p.request.Jobs, p.site.Config.Jobs)
	request.Places = p.site.settledPlaces()
	request.Progress = p.progress()
	request.Commit = p.site.signer(scratch)
	recorded, err := p.site.settler(ctx, scratch, p.request.NoResolutions)
	if err != nil {
		return nil, err
	}
	if recorded != nil {
		request.Resolve = (&recaller{plan: p, recorded: recorded}).resolve
	}
	return request, nil
}

func (p *AssemblePlan) progress() func(assemble.Merge) {
	if p.request.Progress == nil {
		return nil
	}
	done := 0
	return func(m assemble.Merge) {
		done++
		p.request.Progress(Event{Branch: m.Name, Outcome: string(m.Outcome), Done: done, Total: len(p.steps)})
	}
}

// message is the message of a merge. Its first line is Git's own, by which other
// tools know what was merged.
func (p *AssemblePlan) message(m assemble.Merge) string {
	var text strings.Builder
	switch {
	case m.Upstream && m.Name == "": // Git's words for what has no name
		fmt.Fprintf(&text, "Merge commit '%s' into %s\n\nMgit-Upstream: %[1]s\n", m.Tip, p.recipe.target.Raw)
	case m.Upstream:
		fmt.Fprintf(&text, "Merge tag '%s' into %s\n\nMgit-Upstream: %s\n", m.Name, p.recipe.target.Raw, m.Name)
	default:
		fmt.Fprintf(&text, "Merge branch '%s' into %s\n\nMgit-Branch: %s\n", m.Name, p.recipe.target.Raw, m.Name)
	}
	fmt.Fprintf(&text, "Mgit-Tip: %s\n", m.Tip)
	if ticket := p.ticket(m.Name); ticket != "" {
		fmt.Fprintf(&text, "Mgit-Ticket: %s\n", ticket)
	}
	for _, r := range m.Resolutions {
		fmt.Fprintf(&text, "Mgit-Resolution: %s\n", r)
	}
	return text.String()
}

// ticket is that of a branch, in one line.
func (p *AssemblePlan) ticket(branch string) string {
	for _, m := range p.recipe.members {
		if m.Raw == branch {
			return strings.Join(strings.Fields(m.ticket), " ")
		}
	}
	return ""
}

// land settles what the target's new tip is.
func (r *AssembleReport) land(ctx context.Context, request *assemble.Request) error {
	p := r.plan
	last, err := r.newestUpstream(ctx)
	if err != nil {
		return err
	}
	if last.Tip != git.ZeroID {
		r.UpstreamTag, r.Upstream = upstreamName(last), ID(last.Tip)
	}
	r.NewTip = ID(r.result.Tip)
	if p.start == git.ZeroID || !p.request.Fresh {
		return nil
	}
	old, err := r.scratch.Commit(ctx, p.start)
	if err != nil {
		return fmt.Errorf("read %s: %w", r.Target, err)
	}
	switch {
	case old.Tree == r.result.Tree && r.isMadeOf(p.line.Steps()):
		r.NewTip = ID(p.start) // it is what it would become
		return nil
	case len(p.recipe.target.published) == 0 || slices.Contains(p.request.Allow, refuseRewrite):
		return p.mayRewrite()
	}
	join := &git.Commit{
		Tree: r.result.Tree, Parents: []git.ID{p.start, r.result.Tip}, Author: request.Committer, Committer: request.Committer,
		Message: assemble.JoinMessage(r.Target, p.joinText(r), r.result.Tip),
	}
	r.Joined = true
	if request.Commit == nil {
		r.NewTip = ID(r.scratch.PutCommit(join))
		return nil
	}
	id, err := request.Commit(ctx, join)
	r.NewTip = ID(id)
	return err
}

// mayRewrite refuses to replace a target that some worktree has: what it would become
// does not contain what it is, so that the worktree cannot be fast-forwarded.
func (p *AssemblePlan) mayRewrite() error {
	t := p.recipe.target
	where := p.site.checkedOut(t.localRef())
	if where == "" || !t.local || !p.recipe.own.Owns(t.tip()) {
		return nil
	}
	return &Refusal{
		ID:    refuseCheckedOut,
		Text:  fmt.Sprintf("%s is checked out at %s, and made afresh it does not contain what it is now, so that worktree cannot be fast-forwarded", t.Raw, where),
		Hint:  "git switch --detach there, and switch it back when the target is made",
		Final: true,
	}
}

// isMadeOf reports whether the steps are those that were merged, in whatever order.
func (r *AssembleReport) isMadeOf(steps []assemble.Step) bool {
	tips := make(map[string]git.ID)
	for _, s := range steps {
		tips[s.Name] = s.Tip
	}
	merged := 0
	for _, m := range r.result.Merges {
		if m.Commit == git.ZeroID {
			continue
		}
		merged++
		if tip, ok := tips[m.Name]; !ok || tip != m.Tip {
			return false
		}
	}
	return merged == len(tips)
}

// joinText is what the join of a fresh line says to people.
func (p *AssemblePlan) joinText(r *AssembleReport) string {
	made := p.recipe.base.Tag
	if r.UpstreamTag != "" {
		made += ", " + r.UpstreamTag
	}
	n := 0
	for _, m := range r.Merged {
		if m.isIn() && !m.Upstream {
			n++
		}
	}
	return fmt.Sprintf(`From %s and %d branches. The first parent is the target as it was; the
content is that of the second.`, made, n)
}

// newestUpstream is the newest of upstream that the result has beyond the base, also
// where it came in below a branch that stands on a later release.
func (r *AssembleReport) newestUpstream(ctx context.Context) (assemble.Step, error) {
	last, base := r.lastUpstream(), git.ID(r.plan.recipe.base.Commit)
	ids := []git.ID{base}
	if last.Tip != git.ZeroID {
		ids = append(ids, last.Tip)
	}
	known := len(ids)
	for _, m := range r.result.Merges {
		if m.Upstream || m.Commit == git.ZeroID {
			continue
		}
		for _, id := range r.plan.recipe.own.Boundary(m.Tip) {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	if len(ids) == known {
		return last, nil
	}
	newest, err := r.plan.site.Repo.Independent(ctx, ids)
	if err != nil || slices.Contains(newest, last.Tip) {
		return last, err
	}
	var when time.Time
	for _, id := range newest {
		c, err := r.scratch.Commit(ctx, id)
		if err != nil {
			return last, fmt.Errorf("read upstream commit %s: %w", id, err)
		}
		if id != base && c.Committer.When.After(when) {
			when, last = c.Committer.When, assemble.Step{Name: r.plan.site.refs.tagOf[id], Upstream: true, Tip: id}
		}
	}
	return last, nil
}

// lastUpstream is the newest of upstream that was merged as such.
func (r *AssembleReport) lastUpstream() assemble.Step {
	for _, m := range r.result.Merges {
		if m.Upstream && isIn(m.Outcome) {
			return m.Step
		}
	}
	if r.plan.line == nil || r.plan.request.Fresh {
		return assemble.Step{}
	}
	return r.plan.recipe.upstreamIn(r.plan.site, r.plan.line)
}

// judge refuses a result that would take something away from the target.
func (r *AssembleReport) judge(ctx context.Context) error {
	p := r.plan
	if p.start == git.ZeroID || git.ID(r.NewTip) == p.start {
		return nil
	}
	if err := r.refuseDowngrade(ctx); err != nil {
		return err
	}
	if !p.request.Fresh || slices.Contains(p.request.Allow, refuseIncomplete) {
		return nil
	}
	had := make(map[string]bool)
	for _, s := range p.line.Steps() {
		had[s.Name] = true
	}
	for _, m := range r.Merged {
		if m.Reason != "" && had[m.Branch] {
			return &Refusal{
				ID:   refuseIncomplete,
				Text: fmt.Sprintf("made afresh, %s would lack %s, which it has now: %s", r.Target, m.Branch, m.Reason),
				Hint: "record how the conflict is resolved, or leave --fresh away",
			}
		}
	}
	return nil
}

// refuseDowngrade refuses a result that is an older Moodle than the target is now.
func (r *AssembleReport) refuseDowngrade(ctx context.Context) error {
	p := r.plan
	if slices.Contains(p.request.Allow, refuseDowngrade) {
		return nil
	}
	was, err := readVersion(ctx, p.site.Repo.Store(), p.start)
	if isVersionless(err) { // --fresh is what repairs it
		r.Warnings = append(r.Warnings, Warning{
			ID: "version-unknown", Text: fmt.Sprintf("the version.php of %s does not say which Moodle it is, so that nobody knows whether it gets an older one", r.Target),
		})
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the version of %s: %w", r.Target, err)
	}
	now, err := readVersion(ctx, r.scratch.Store, git.ID(r.NewTip))
	if isVersionless(err) {
		return &Refusal{
			ID:   refuseDowngrade,
			Text: fmt.Sprintf("%s is Moodle %s now, and what it would become does not say which Moodle it is: %v", r.Target, was.Release, err),
			Hint: "a branch that changes version.php has spoilt it",
		}
	}
	if err != nil {
		return fmt.Errorf("read the version of the new %s: %w", r.Target, err)
	}
	if now.Compare(was) >= 0 {
		return nil
	}
	return &Refusal{
		ID:   refuseDowngrade,
		Text: fmt.Sprintf("%s is Moodle %s now and would become %s, and Moodle cannot go back to an older version", r.Target, was.Release, now.Release),
		Hint: "mgit minor merges the newest patch release",
	}
}
