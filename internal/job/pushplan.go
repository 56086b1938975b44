package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/journal"
	"mgit/internal/remote"
)

// The rules of a push that a report names, besides those of the guard.
const (
	rulePushKind  = "push-kind"           // not a kind of reference that goes there
	ruleMovedTag  = "push-tag-exists"     // a tag says what it said once
	ruleRewritten = "push-rewrite-target" // servers follow targets
	ruleTogether  = "push-together"       // what it belongs to was refused
	ruleShallow   = "shallow"
)

// PushRules lists the safety rules by which a reference of a push can be refused.
func PushRules() []string {
	return []string{
		refuseNotPublic, refuseContent, rulePushKind, ruleMovedTag, ruleRewritten, ruleTogether, ruleShallow, ruleCutOver,
		refuseMerged, refuseErrors,
	}
}

// plan decides what becomes of one reference at one repository.
func (p *pusher) plan(ctx context.Context, d *destination, item pushItem) (PushedRef, error) {
	r := newPushed(item)
	r.Old = ID(d.refs[item.to])
	if p.mayNot(d, item, &r) {
		return r, nil
	}
	if r.Old == r.New {
		r.Outcome = PushUpToDate
		return r, nil
	}
	if item.kind == remote.ReleaseTag {
		p.planTag(&r)
		return r, nil
	}
	if p.isCutOver() {
		return r, p.planCutOver(ctx, d, &r)
	}
	if err := p.planBranch(ctx, d, &r); err != nil || r.Outcome != PushPushed || d.role != remote.Public {
		return r, err
	}
	return r, p.planPublic(ctx, d, &r)
}

// mayNot refuses what a repository's role does not allow.
func (p *pusher) mayNot(d *destination, item pushItem, r *PushedRef) bool {
	err := p.site.roles.MayPush(d.remote, remote.Item{Ref: item.ref, Kind: item.kind, Public: item.public})
	var bad *remote.PushError
	switch {
	case item.kind == remote.State || item.kind == remote.Other:
		r.refuse(rulePushKind, reasonAgainstPush(item))
	case errors.As(err, &bad) && item.kind == remote.Branch && d.role == remote.Public:
		if p.isWaived(refuseNotPublic) {
			return false
		}
		r.refuse(refuseNotPublic, bad.Reason, "mgit show "+item.name)
	case errors.As(err, &bad):
		r.refuse(rulePushKind, bad.Reason)
	default:
		return false
	}
	return true
}

// reasonAgainstPush says why a reference is none that mgit pushes.
func reasonAgainstPush(item pushItem) string {
	if item.kind == remote.State {
		return "the mgit branch is shared by `mgit sync`"
	}
	return "only branches of the site, targets and release tags are pushed"
}

func (p *pusher) planTag(r *PushedRef) {
	if git.ID(r.Old) != git.ZeroID {
		r.refuse(ruleMovedTag, fmt.Sprintf("the remote has another tag of that name, %s, and a tag never moves", r.Old.Short()))
		return
	}
	r.Outcome = PushPushed
}

// planBranch compares the tip here with the one there:
//
//	nothing there              pushed, unless mgit had pushed it and somebody deleted it
//	ours contains theirs       pushed, unless somebody took commits back that mgit had pushed
//	ours was there before      nothing to do, unless theirs is what mgit had pushed
//	they parted                pushed, where theirs is known to be integrated
//
// What is refused is somebody else's push, or could be.
func (p *pusher) planBranch(ctx context.Context, d *destination, r *PushedRef) error {
	old, now, pushed := git.ID(r.Old), git.ID(r.New), d.records[r.To]
	r.Outcome, r.lease = PushPushed, old
	if old == git.ZeroID {
		if pushed != git.ZeroID {
			r.refuse(RuleLease, fmt.Sprintf("somebody deleted it there; mgit had pushed %s", shortID(pushed)), d.pushByHand(r))
		}
		return nil
	}
	ahead, err := p.site.reaches(ctx, []git.ID{now}, old)
	if err != nil {
		return err
	}
	if ahead {
		return p.planForward(ctx, d, r, pushed)
	}
	isOurs := old == pushed
	if !isOurs {
		fetched := p.site.refs.ref[d.tracking(r.To)].ID
		nothingNew, err := p.site.reaches(ctx, []git.ID{old, pushed, fetched}, now)
		if err != nil {
			return err
		}
		if nothingNew {
			r.Outcome, r.Reason = PushUpToDate, "nothing is new here, and the remote has moved on"
			return nil
		}
		if isOurs, err = p.isIntegrated(ctx, r.item.ref, old); err != nil {
			return err
		}
	}
	switch {
	case !isOurs:
		return p.somebodyPushed(ctx, d, r)
	case r.item.kind == remote.Target && !p.isWaived(ruleRewritten):
		r.refuse(ruleRewritten, "the target would be rewritten there, and servers could not follow", d.showMissing(r, true))
	default:
		r.Rewritten = true
	}
	return nil
}

// planForward is for a tip that contains what is there. Somebody who took back
// what mgit had pushed did that for a reason.
func (p *pusher) planForward(ctx context.Context, d *destination, r *PushedRef, pushed git.ID) error {
	old := git.ID(r.Old)
	if pushed == git.ZeroID || pushed == old {
		return nil
	}
	takenBack, err := p.site.reaches(ctx, []git.ID{pushed}, old)
	if err != nil || !takenBack {
		return err
	}
	r.refuse(RuleLease, fmt.Sprintf("somebody took commits back there: mgit had pushed %s", shortID(pushed)),
		fmt.Sprintf("git log --oneline %s..%s", shortID(old), shortID(pushed)), d.pushByHand(r))
	return nil
}

// isIntegrated reports whether what a remote has was once here and has been worked
// on since: the branch's reflog reaches it, or a run has moved the branch away from
// it. A fetch in the background changes neither.
func (p *pusher) isIntegrated(ctx context.Context, ref string, id git.ID) (bool, error) {
	known, err := p.site.present(ctx, []git.ID{id})
	if err != nil || len(known) == 0 {
		return false, err
	}
	if p.runs == nil {
		if p.runs, err = readRunMoves(ctx, p.site.Repo); err != nil {
			return false, err
		}
	}
	if p.runs.from[refTip{ref, id}] {
		return true, nil
	}
	out, err := p.site.Repo.Cmd("reflog", "show", "--format=%H", ref, "--").Output(ctx)
	var exit *git.ExitError
	if errors.As(err, &exit) {
		return false, nil // no reflog
	}
	if err != nil {
		return false, err
	}
	var stood []git.ID
	for line := range strings.Lines(string(out)) {
		if was, err := git.ParseID(strings.TrimSpace(line)); err == nil && !slices.Contains(stood, was) {
			stood = append(stood, was)
		}
	}
	return p.site.reaches(ctx, stood, id)
}

// refTip is a reference at one moment.
type refTip struct {
	ref string
	tip git.ID
}

// runMoves are the values from which runs of this clone have moved references.
type runMoves struct{ from map[refTip]bool }

func readRunMoves(ctx context.Context, repo *git.Repo) (*runMoves, error) {
	runs, err := journal.Runs(ctx, repo)
	if err != nil {
		return nil, err
	}
	undone := make(map[int]bool)
	for _, run := range slices.Backward(runs) {
		if run.Undoes != 0 && !undone[run.Number] {
			undone[run.Undoes] = true
		}
	}
	m := &runMoves{from: make(map[refTip]bool)}
	for _, run := range runs {
		if undone[run.Number] || run.Undoes != 0 {
			continue
		}
		out := make(map[string]bool)
		for _, t := range run.TakenOut {
			out[t.Group] = true
		}
		for _, move := range run.Moves {
			if !move.IsVerify() && move.Old != git.ZeroID && !out[move.Group] {
				m.from[refTip{move.Ref, move.Old}] = true
			}
		}
	}
	return m, nil
}

// somebodyPushed refuses to write over what nobody here has seen.
func (p *pusher) somebodyPushed(ctx context.Context, d *destination, r *PushedRef) error {
	known, err := p.site.present(ctx, []git.ID{git.ID(r.Old)})
	if err != nil {
		return err
	}
	reason := fmt.Sprintf("somebody pushed %s", r.Old.Short())
	if len(known) > 0 {
		out, err := p.site.Repo.Cmd("log", "-1", "--no-show-signature", "--format=%an, %as: %s", known[0].String()).Output(ctx)
		if err != nil {
			return err
		}
		reason += " (" + firstWords(string(out)) + ")"
	}
	if p.site.Repo.Shallow() {
		reason += ", or it is older than what this shallow clone has"
	}
	if len(known) > 0 {
		r.refuse(RuleLease, reason, d.showMissing(r, true))
		return nil
	}
	r.refuse(RuleLease, reason, d.showMissing(r, false))
	return nil
}

// showMissing is the command that shows what the remote has and the branch here has
// not.
func (d *destination) showMissing(r *PushedRef, isHere bool) string {
	if isHere {
		return fmt.Sprintf("git log --oneline %s..%s", shellName(r.Name), r.Old.Short())
	}
	from := shellName(d.name)
	if !slices.ContainsFunc(d.remote.FetchURLs, func(u string) bool { return sameRepository(u, d.url) }) {
		from = shellName(remote.Redact(d.url))
	}
	return fmt.Sprintf("git fetch %s %s && git log --oneline %s..FETCH_HEAD", from, shellName(shortBranch(r.To)), shellName(r.Name))
}

// pushByHand is the command with which somebody insists.
func (d *destination) pushByHand(r *PushedRef) string {
	spec := r.Name
	if to := shortBranch(r.To); to != r.Name {
		spec += ":" + to
	}
	return fmt.Sprintf("git push %s %s", shellName(d.name), shellName(spec))
}

// shellName is a word for a shell, in quotes only where it needs them.
func shellName(text string) string {
	const safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%_+=:,./-"
	if text != "" && strings.Trim(text, safe) == "" {
		return text
	}
	return shellQuote(text)
}

// planPublic holds a branch against what the community must not see.
func (p *pusher) planPublic(ctx context.Context, d *destination, r *PushedRef) error {
	if p.judge == nil {
		var err error
		p.judge, err = newPublicJudge(ctx, p.site)
		var refusal *Refusal
		if errors.As(err, &refusal) {
			r.refuse(ruleShallow, refusal.Text, "git fetch --unshallow")
			return nil
		}
		if err != nil {
			return err
		}
	}
	leaks, err := p.judge.leaks(ctx, git.ID(r.New), d.has())
	if err != nil || len(leaks) == 0 || p.isWaived(refuseContent) {
		return err
	}
	r.refuse(refuseContent, fewOf(leaks), "git log -p --oneline "+shellName(r.Name))
	return nil
}

// bind finds what is pushed together or not at all, and refuses what belongs to
// something that is refused. A branch of two sets makes them one.
func (p *pusher) bind(refs []PushedRef) {
	root := make(map[string]string) // of a set
	find := func(set string) string {
		for root[set] != "" {
			set = root[set]
		}
		return set
	}
	for _, r := range refs {
		for _, set := range r.item.sets {
			if a, b := find(r.item.sets[0]), find(set); a != b {
				root[b] = a
			}
		}
	}
	members := make(map[string][]int)
	var order []string
	for i, r := range refs {
		if len(r.item.sets) == 0 {
			continue
		}
		set := find(r.item.sets[0])
		if members[set] == nil {
			order = append(order, set)
		}
		members[set] = append(members[set], i)
	}
	number := 0
	for _, set := range order {
		if len(members[set]) < 2 {
			continue
		}
		number++
		for _, i := range members[set] {
			refs[i].Together = number
		}
		refuseTogether(refs, members[set])
	}
}

// refuseTogether refuses what would be pushed with something that is not.
func refuseTogether(refs []PushedRef, members []int) {
	for _, cause := range members {
		if refs[cause].Outcome != PushRefused {
			continue
		}
		for _, i := range members {
			if refs[i].Outcome == PushPushed {
				rule := ruleTogether
				if refs[cause].Rule == RuleLease {
					rule = RuleLease
				}
				refs[i].refuse(rule, fmt.Sprintf("it belongs to %s, which was refused", refs[cause].Name))
			}
		}
	}
}
