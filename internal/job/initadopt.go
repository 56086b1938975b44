package job

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mgit/internal/git"
	"mgit/internal/remote"
)

// askTimeout is how long a remote may take to say whether it has an mgit branch.
const askTimeout = 30 * time.Second

// findAdoptable finds the mgit branch of an internal remote. Roles are not
// confirmed in a clone that has no mgit branch yet, so a remote counts as internal
// that has one, or that the request or git config calls so. What is adopted is data and
// opens nothing.
func (p *InitPlan) findAdoptable(ctx context.Context) (from string, tip git.ID, err error) {
	s := p.site
	for _, r := range p.askable() {
		if err := p.askFor(ctx, r); err != nil {
			return "", git.ZeroID, err
		}
		theirs := s.refs.commit("refs/remotes/" + r.Name + "/mgit")
		switch {
		case theirs == git.ZeroID || theirs == tip:
			continue
		case tip == git.ZeroID:
			from, tip = r.Name, theirs
			continue
		}
		bases, err := s.Repo.MergeBases(ctx, tip, theirs)
		if err != nil {
			return "", git.ZeroID, err
		}
		if len(bases) == 1 && bases[0] == tip {
			from, tip = r.Name, theirs
		} else if !slices.Contains(bases, theirs) {
			p.report.warn("mgit-diverged", fmt.Sprintf("the mgit branches of %s and %s have gone apart; that of %s is adopted", from, r.Name, from))
		}
	}
	return from, tip, nil
}

// askable are the remotes whose mgit branch could be the site's: those that are
// called internal first, then those that have the site's branches or an mgit
// branch. Moodle's own, and public ones, are never asked.
func (p *InitPlan) askable() []remote.Remote {
	var first, then []remote.Remote
	for _, r := range remotes(p.site.git) {
		role := p.site.roles.FetchRole(r)
		switch {
		case role == remote.Internal || slices.Contains(p.request.Internal, r.Name):
			first = append(first, r)
		case role == remote.None && !p.asksOtherwise(r.Name) && p.looksInternal(r.Name):
			then = append(then, r)
		}
	}
	return append(first, then...)
}

func (p *InitPlan) asksOtherwise(name string) bool {
	return slices.Contains(p.request.Upstream, name) || slices.Contains(p.request.Public, name) || slices.Contains(p.request.Integration, name)
}

// looksInternal reports whether a remote has an mgit branch, or branches that are
// none of Moodle's: which customer's they are is not known yet.
func (p *InitPlan) looksInternal(name string) bool {
	prefix := "refs/remotes/" + name + "/"
	site, moodles := 0, 0
	for _, ref := range p.site.refs.refs {
		branch, ok := strings.CutPrefix(ref.Name, prefix)
		switch {
		case !ok || ref.Symref != "":
		case branch == "mgit":
			return true
		case stableBranch().MatchString(branch) || fixBranch().MatchString(branch) || branch == "main" || branch == "master":
			moodles++
		default:
			site++
		}
	}
	return site > moodles
}

// askFor brings the remote's mgit branch where the remote has a newer one than was
// fetched. A remote that does not answer might have one, and then this clone would
// make a second.
func (p *InitPlan) askFor(ctx context.Context, r remote.Remote) error {
	if slices.ContainsFunc(r.FetchURLs, func(u string) bool { return remote.CheckOwn(u) != nil }) {
		return nil
	}
	s := p.site
	if err := git.CheckName(r.Name); err != nil {
		return nil // git would take it for an option: it cannot be asked
	}
	out, err := s.Repo.Cmd("ls-remote", "--heads", "--", r.Name, "refs/heads/mgit").Timeout(askTimeout).Output(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		return &UnreachableError{Remote: r.Name, Err: err}
	}
	id, _, found := strings.Cut(string(out), "\t")
	tracking := "refs/remotes/" + r.Name + "/mgit"
	if !found || id == s.refs.commit(tracking).String() {
		return nil
	}
	if p.request.DryRun {
		p.report.warn("not-fetched", r.Name+" has a newer mgit branch than was fetched; init fetches it first, a dry run goes by what is here")
		return nil
	}
	// The objects only: the tracking reference is git fetch's business.
	if err := s.Repo.Cmd("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", "--", r.Name, "refs/heads/mgit").Run(ctx); err != nil {
		return &UnreachableError{Remote: r.Name, Err: err}
	}
	tip, err := git.ParseID(id)
	if err != nil {
		return fmt.Errorf("ask %s for its mgit branch: %w", r.Name, err)
	}
	s.refs.ref[tracking] = git.Ref{Name: tracking, ID: tip, Type: "commit", Peeled: tip}
	return nil
}
