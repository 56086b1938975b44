package job

import (
	"context"
	"fmt"
	"slices"

	"mgit/internal/git"
	"mgit/internal/remote"
)

// judgeAll holds what would be pushed to a repository against the checks: what a plain git push would be refused for by
// the hook must not get there by another command. Whether the hook is installed does not matter.
func (p *pusher) judgeAll(ctx context.Context, d *destination, r *PushedRemote) error {
	there, err := p.site.present(ctx, d.has())
	if err != nil {
		return err
	}
	known := slices.Concat(there, p.site.refs.upstream(p.site.upstream))
	if err := p.refuseState(ctx, r, known); err != nil {
		return err
	}
	return p.refuseErrors(ctx, r, known)
}

// leaving are the branches and targets that would be pushed.
func (r *PushedRemote) leaving(kinds ...remote.Kind) []*PushedRef {
	var refs []*PushedRef
	for i := range r.Refs {
		if ref := &r.Refs[i]; ref.Outcome == PushPushed && slices.Contains(kinds, ref.Kind) {
			refs = append(refs, ref)
		}
	}
	return refs
}

// refuseState refuses what mixes the mgit branch with the site's code. Almost always nothing does, so that all are asked
// about at once first.
func (p *pusher) refuseState(ctx context.Context, r *PushedRemote, known []git.ID) error {
	if p.isWaived(refuseMerged) || p.isWaived(ruleMerged) {
		return nil
	}
	refs := r.leaving(remote.Branch, remote.Target)
	lines := make([]pushLine, len(refs))
	for i, ref := range refs {
		lines[i] = pushLine{local: ref.item.ref, remote: ref.To, id: git.ID(ref.New), old: git.ID(ref.Old)}
	}
	reasons, err := p.site.stateInPush(ctx, lines, known)
	if err != nil || len(reasons) == 0 {
		return err
	}
	for i, ref := range refs {
		if reasons, err = p.site.stateInPush(ctx, lines[i:i+1], known); err != nil {
			return err
		}
		if len(reasons) > 0 {
			ref.refuse(refuseMerged, fewOf(reasons), "git log --oneline --merges "+shellName(ref.Name))
		}
	}
	return nil
}

// refuseErrors refuses the branches in which rules find errors, by what is new there. Targets are made of branches that
// were judged.
func (p *pusher) refuseErrors(ctx context.Context, r *PushedRemote, known []git.ID) error {
	if p.isWaived(refuseErrors) {
		return nil
	}
	refs := r.leaving(remote.Branch)
	branches := make([]*pushedBranch, len(refs))
	for i, ref := range refs {
		branches[i] = &pushedBranch{name: shortBranch(ref.item.ref), tip: ref.item.commit}
	}
	j, err := p.site.newErrorJudge(p.request.Allow, known, 0)
	if err != nil {
		return err
	}
	if err := j.judge(ctx, branches); err != nil {
		return err
	}
	for i, b := range branches {
		if n := len(b.errors); n > 0 {
			refs[i].refuse(refuseErrors, fmt.Sprintf("%s in what is new there: %s", count(n, "error"), fewOf(b.reasons())), "mgit check --branch "+shellName(b.name))
			refs[i].Findings = b.errors
		}
	}
	for _, w := range j.warnings() {
		if !slices.Contains(p.report.Warnings, w) {
			p.report.Warnings = append(p.report.Warnings, w)
		}
	}
	return nil
}
