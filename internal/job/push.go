package job

import (
	"context"
	"fmt"
	"slices"

	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/remote"
)

// PushRequest says what is to be published.
type PushRequest struct {
	// Names are branches, globs, targets and release tags; none: all branches and
	// targets of the series, with the targets' release tags.
	Names []string
	// Series is the one that is meant where a name does not say it.
	Series moodle.Series
	// Remote is the remote that is pushed to; "" for those whose role fits.
	Remote string
	// As is the name that the one branch or target has there; "" for its own.
	As string
	// Allow names rules that are waived.
	Allow  []string
	DryRun bool
}

// PushReport says for every reference and remote what became of it.
type PushReport struct {
	Series  string         `json:"series"`
	Remotes []PushedRemote `json:"remotes"`
	// Servers are the commands that servers need which pull the branch that was
	// moved by a cut-over.
	Servers []string       `json:"servers"`
	Totals  map[string]int `json:"totals"` // by outcome

	Warnings []Warning `json:"-"`
}

// PushedRemote is one repository that was pushed to.
type PushedRemote struct {
	Name      string      `json:"name"`
	URL       string      `json:"url"` // without secrets
	Role      string      `json:"role"`
	Reachable bool        `json:"reachable"`
	Reason    string      `json:"reason"` // why it is not
	Refs      []PushedRef `json:"refs"`
}

// PushedRef is a branch or tag and what became of it at one remote.
type PushedRef struct {
	Name string      `json:"name"` // as people call it here
	To   string      `json:"to"`   // in full, there
	Kind remote.Kind `json:"kind"`
	Old  ID          `json:"old"` // there, before; null: there was none
	New  ID          `json:"new"`
	// Outcome is one of the constants below. Rule is the rule that refused, Reason
	// is for people, and Look are the commands that show more.
	Outcome string   `json:"outcome"`
	Rule    string   `json:"rule"`
	Reason  string   `json:"reason"`
	Look    []string `json:"look"`
	// Findings are the errors that the checks found in what is new there, where that is why.
	Findings []CheckFinding `json:"findings"`
	// Rewritten says that the remote's commits are not all in the new one: they were
	// pushed or integrated here, and changed since.
	Rewritten bool `json:"rewritten"`
	// Together is the same number for what is pushed together or not at all; 0 for
	// what stands alone.
	Together int `json:"together"`

	item  pushItem
	lease git.ID // what the remote must still have; zero: nothing
	sent  bool
}

// The outcomes of a push.
const (
	PushPushed   = "pushed" // by a dry run: would be
	PushUpToDate = "up-to-date"
	PushRefused  = "refused"
	PushFailed   = "failed"
)

// RuleLease is the rule that nobody else's push is written over. It is waived by
// looking at that push and integrating it.
const RuleLease = "lease"

// PushOutcomes lists the outcomes in the order in which reports show them.
func PushOutcomes() []string { return []string{PushPushed, PushUpToDate, PushRefused, PushFailed} }

// IsRefused reports whether a safety rule refused something.
func (r *PushReport) IsRefused() bool {
	return r.any(func(p PushedRef) bool { return p.Outcome == PushRefused && p.Rule != RuleLease })
}

// IsUnreachable reports whether a remote could not be reached.
func (r *PushReport) IsUnreachable() bool {
	return slices.ContainsFunc(r.Remotes, func(p PushedRemote) bool { return !p.Reachable })
}

// NeedsPerson reports whether something was left behind that somebody must look
// at.
func (r *PushReport) NeedsPerson() bool {
	return r.any(func(p PushedRef) bool { return p.Outcome == PushRefused || p.Outcome == PushFailed })
}

func (r *PushReport) any(is func(PushedRef) bool) bool {
	return slices.ContainsFunc(r.Remotes, func(p PushedRemote) bool { return slices.ContainsFunc(p.Refs, is) })
}

func (r *PushReport) count() {
	r.Totals = make(map[string]int)
	for _, outcome := range PushOutcomes() {
		r.Totals[outcome] = 0
	}
	for _, p := range r.Remotes {
		for _, ref := range p.Refs {
			r.Totals[ref.Outcome]++
		}
	}
}

// Push publishes branches, targets and releases to the remotes that their roles
// allow. Nothing is deleted there, no tag is moved, and nobody else's push is
// written over. A branch with errors by the checks in what is new there stays
// here. What one reference or remote is refused the others do not suffer for,
// unless they belong together. A dry run asks the remotes what they have and
// sends nothing.
func Push(ctx context.Context, site *Site, request PushRequest) (*PushReport, error) {
	if err := site.initialised(); err != nil {
		return nil, err
	}
	if !request.DryRun {
		lock, err := site.Lock(ctx, "push")
		if err != nil {
			return nil, err
		}
		defer lock.Release()
	}
	p := &pusher{site: site, request: request, report: &PushReport{Remotes: []PushedRemote{}, Servers: []string{}}}
	if err := p.begin(ctx); err != nil {
		return nil, err
	}
	for _, d := range p.destinations {
		if err := p.serve(ctx, d); err != nil {
			return nil, err
		}
	}
	p.report.count()
	return p.report, nil
}

// pusher is one push on its way.
type pusher struct {
	site         *Site
	request      PushRequest
	report       *PushReport
	destinations []*destination
	items        []pushItem
	judge        *publicJudge // read when first needed
	runs         *runMoves    // read when first needed
}

// begin finds out what goes where.
func (p *pusher) begin(ctx context.Context) error {
	if !p.request.Series.IsZero() {
		p.report.Series = p.request.Series.String()
	}
	var err error
	if p.items, err = p.site.selectPush(ctx, p.request); err != nil {
		return err
	}
	role := remote.Internal
	if p.request.As != "" {
		if role, err = p.checkAs(ctx); err != nil {
			return err
		}
	}
	if p.destinations, err = p.site.destinations(ctx, p.request.Remote, role); err != nil {
		return err
	}
	for _, d := range p.destinations {
		if d.role == remote.Public && len(p.request.Names) == 0 {
			return &UsageError{
				Text: fmt.Sprintf("%s is public: say which branches go there", d.name),
				Hint: "mgit push BRANCH --remote " + d.name,
			}
		}
	}
	if p.request.As != "" {
		return p.checkAsRole()
	}
	return nil
}

// serve pushes to one repository, and reports.
func (p *pusher) serve(ctx context.Context, d *destination) error {
	r := PushedRemote{Name: d.name, URL: remote.Redact(d.url), Role: string(d.role), Reachable: true, Refs: []PushedRef{}}
	err := p.planAll(ctx, d, &r)
	if unreachable, is := asUnreachable(err); is {
		r.Reachable, r.Reason, r.Refs = false, unreachable, []PushedRef{}
		for _, item := range p.itemsFor(d) {
			ref := newPushed(item)
			ref.Outcome, ref.Reason = PushFailed, "the remote could not be reached"
			r.Refs = append(r.Refs, ref)
		}
		p.report.Remotes = append(p.report.Remotes, r)
		return nil
	}
	if err != nil {
		return err
	}
	if p.isCutOver() {
		if err := p.tagOld(ctx, d, &r); err != nil {
			return err
		}
	}
	p.bind(r.Refs)
	if !p.request.DryRun {
		err := p.send(ctx, d, &r)
		if unreachable, is := asUnreachable(err); is {
			r.Reachable, r.Reason = false, unreachable
			r.notSent()
		} else if err != nil {
			return err
		}
		p.remember(ctx, d, r.Refs)
	}
	if p.isCutOver() {
		p.tellServers(r.Refs)
	}
	p.report.Remotes = append(p.report.Remotes, r)
	return nil
}

// planAll asks a repository what it has and decides about every reference.
func (p *pusher) planAll(ctx context.Context, d *destination, r *PushedRemote) error {
	if err := p.site.listRefs(ctx, d); err != nil {
		return err
	}
	if err := p.readRecords(ctx, d); err != nil {
		return err
	}
	for _, item := range p.itemsFor(d) {
		ref, err := p.plan(ctx, d, item)
		if err != nil {
			return err
		}
		r.Refs = append(r.Refs, ref)
	}
	return p.judgeAll(ctx, d, r)
}

func newPushed(item pushItem) PushedRef {
	return PushedRef{Name: item.name, To: item.to, Kind: item.kind, New: ID(item.id), Look: []string{}, Findings: []CheckFinding{}, item: item}
}

// refuse makes a rule refuse the reference.
func (r *PushedRef) refuse(rule, reason string, look ...string) {
	r.Outcome, r.Rule, r.Reason, r.Look = PushRefused, rule, reason, append([]string{}, look...)
}

// isWaived reports whether somebody waived the rule.
func (p *pusher) isWaived(rule string) bool { return slices.Contains(p.request.Allow, rule) }
