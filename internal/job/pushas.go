package job

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"mgit/internal/branches"
	"mgit/internal/git"
	"mgit/internal/remote"
)

// Under another name two things are pushed: a target as the branch that servers
// pull, which is the cut-over to a new version, and a public branch as one that the
// community knows, MDL-12345-main.

// ruleCutOver is the rule that servers can follow a cut-over by a fast-forward.
const ruleCutOver = "cut-over"

// checkAs makes sure that one thing is pushed under the other name, and says to
// remotes of which role it goes.
func (p *pusher) checkAs(ctx context.Context) (remote.Role, error) {
	as := shortBranch(p.request.As)
	p.request.As = as
	if len(p.request.Names) == 0 || len(p.items) != 1 {
		return remote.None, &UsageError{Text: "--as is a name for one branch or target", Hint: "mgit push TARGET --as main, mgit push BRANCH --as MDL-12345-main"}
	}
	if err := git.CheckName(as); err != nil {
		return remote.None, &UsageError{Text: err.Error()}
	}
	if err := p.site.Repo.Cmd("check-ref-format", "refs/heads/"+as).Run(ctx); err != nil {
		return remote.None, &UsageError{Text: fmt.Sprintf("%q cannot be a branch", as)}
	}
	switch item := p.items[0]; item.kind {
	case remote.Target:
		return remote.Internal, nil
	case remote.Branch:
		return remote.Public, nil
	default:
		return remote.None, &UsageError{Text: fmt.Sprintf("%s is neither a branch of the site nor a target", item.name)}
	}
}

// checkAsRole holds the other name against the remotes that it is for.
func (p *pusher) checkAsRole() error {
	item, as := p.items[0], p.request.As
	for _, d := range p.destinations {
		switch {
		case d.role == remote.Public && item.kind == remote.Branch:
			if err := remote.CheckCommunityName(as); err != nil {
				return &UsageError{Text: err.Error(), Hint: "a branch for the community is named after the issue in Moodle's tracker"}
			}
		case d.role == remote.Public:
			return &UsageError{Text: fmt.Sprintf("%s is public, and a target is never pushed to a public remote", d.name)}
		case item.kind == remote.Branch:
			return &UsageError{Text: "only a target is pushed to an internal remote under another name", Hint: "a branch goes under the name that says what it is: mgit push " + item.name}
		default:
			_, err := p.site.Scheme.Parse(as)
			if !errors.Is(err, branches.ErrForeign) || as == "mgit" || remote.IsCommunityName(as) {
				return &UsageError{Text: fmt.Sprintf("%q is not a name for the branch that servers pull: it means something else", as), Hint: "main, for example"}
			}
		}
	}
	return nil
}

// isCutOver reports whether a target is pushed as the branch that servers pull.
func (p *pusher) isCutOver() bool {
	return p.request.As != "" && len(p.items) == 1 && p.items[0].kind == remote.Target
}

// planCutOver decides how the branch that servers pull moves. Unlike others it may
// have come from anywhere: its tip as it is now is the lease, and what it leaves
// behind gets a tag.
func (p *pusher) planCutOver(ctx context.Context, d *destination, r *PushedRef) error {
	old := git.ID(r.Old)
	r.Outcome, r.lease = PushPushed, old
	if old == git.ZeroID {
		return nil
	}
	isForward, err := p.followsServers(ctx, d, r)
	if err != nil {
		return err
	}
	reason := "servers could not fast-forward to it"
	if pushed := d.records[r.To]; isForward && pushed != git.ZeroID && pushed != old {
		takenBack, err := p.site.reaches(ctx, []git.ID{pushed}, old)
		if err != nil {
			return err
		}
		if isForward = !takenBack; takenBack {
			reason = fmt.Sprintf("somebody took it back there, from %s to %s", shortID(pushed), shortID(old))
		}
	} else {
		r.Rewritten = !isForward
	}
	if isForward || p.isWaived(ruleCutOver) {
		return nil
	}
	r.refuse(ruleCutOver, reason, d.showMissing(r, p.isHere(ctx, old)))
	r.Rewritten = false
	return nil
}

func (p *pusher) isHere(ctx context.Context, id git.ID) bool {
	known, err := p.site.present(ctx, []git.ID{id})
	return err == nil && len(known) > 0
}

// followsServers reports whether what is pushed contains what the servers have. That
// is fetched where it is not here, since the tag needs it; a dry run fetches it to
// where it does not stay.
func (p *pusher) followsServers(ctx context.Context, d *destination, r *PushedRef) (bool, error) {
	old := git.ID(r.Old)
	var env []string
	if !p.isHere(ctx, old) {
		if p.request.DryRun {
			scratch, err := p.site.Repo.NewScratch(ctx)
			if err != nil {
				return false, err
			}
			defer scratch.Close()
			env = scratch.Env()
		}
		err := p.site.Repo.Cmd("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules", "--", d.url, r.To).
			Env(env...).Timeout(longPush).Run(ctx)
		var exit *git.ExitError
		if errors.As(err, &exit) && exit.Code == gitDied {
			return false, &UnreachableError{Remote: d.name, Err: err}
		}
		if err != nil {
			return false, fmt.Errorf("fetch %s of %s: %w", shortBranch(r.To), d.name, err)
		}
	}
	err := p.site.Repo.Cmd("merge-base", "--is-ancestor", old.String(), git.ID(r.New).String()).Env(env...).Run(ctx)
	var exit *git.ExitError
	if errors.As(err, &exit) && exit.Code == 1 {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("compare %s with %s of %s: %w", r.Name, shortBranch(r.To), d.name, err)
	}
	return true, nil
}

// tagOld adds the tag on what the branch leaves behind: cut-over/main-20260302, with a
// number behind it where there was one that day.
func (p *pusher) tagOld(ctx context.Context, d *destination, r *PushedRemote) error {
	moved := &r.Refs[0]
	if moved.Outcome != PushPushed || git.ID(moved.Old) == git.ZeroID {
		return nil
	}
	who, err := p.site.Repo.Ident(ctx)
	if err != nil {
		return err
	}
	branch := shortBranch(moved.To)
	first := fmt.Sprintf("cut-over/%s-%s", branch, who.When.Format("20060102"))
	name := first
	for n := 2; d.refs["refs/tags/"+name] != git.ZeroID; n++ {
		name = fmt.Sprintf("%s.%d", first, n)
	}
	text := fmt.Sprintf("object %s\ntype commit\ntag %s\ntagger %s\n\n%s before the cut-over to %s (%s)\n",
		moved.Old, name, who, branch, moved.Name, moved.New)
	id := p.site.Repo.Store().PutRaw("tag", []byte(text))
	if !p.request.DryRun {
		if err := p.site.Repo.Keep(ctx, id); err != nil {
			return err
		}
	}
	tag := pushItem{name: name, to: "refs/tags/" + name, kind: kindCutOverTag, id: id, commit: git.ID(moved.Old), sets: []string{ruleCutOver}}
	moved.item.sets = []string{ruleCutOver}
	ref := newPushed(tag)
	ref.Outcome = PushPushed
	r.Refs = append(r.Refs, ref)
	return nil
}

// kindCutOverTag is what a report calls the tag on what servers had before.
const kindCutOverTag remote.Kind = "cut-over tag"

// tellServers writes down what makes a server follow.
func (p *pusher) tellServers(refs []PushedRef) {
	moved := refs[0]
	if moved.Outcome != PushPushed {
		return
	}
	branch := shellName(shortBranch(moved.To))
	follow := "git merge --ff-only FETCH_HEAD"
	if moved.Rewritten {
		follow = "git reset --keep FETCH_HEAD"
	}
	for _, command := range []string{"git fetch origin " + branch, "git checkout " + branch, follow} {
		if !slices.Contains(p.report.Servers, command) {
			p.report.Servers = append(p.report.Servers, command)
		}
	}
}
