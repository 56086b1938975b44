package job

import (
	"context"
	"fmt"
	"strings"

	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/rebase"
	"mgit/internal/upgrade"
)

// doubtTags looks for branches whose base is upstream's by nothing but a tag. A
// tag of the site that is named like one of Moodle's, on a deployment say, makes
// all that it reaches look like upstream's, and the branches in it as if they
// had landed. A branch without any commit left fails then, the others say so.
//
// Where no branch of upstream was fetched there is nothing to compare with. all
// is parallel to the plan's branches.
func (p *RebasePlan) doubtTags(ctx context.Context, h *history.Own, all []rebase.Branch) error {
	var bases, upstream []git.ID
	for _, r := range p.site.refs.refs {
		if strings.HasPrefix(r.Name, "refs/remotes/") && r.Peeled != git.ZeroID && isUpstreamRef(r.Name, p.site.upstream) {
			upstream = append(upstream, r.Peeled)
		}
	}
	asked := map[git.ID]bool{git.ZeroID: true}
	for _, b := range all {
		if !b.Skip && !asked[b.Base] {
			asked[b.Base] = true
			bases = append(bases, b.Base)
		}
	}
	if len(upstream) == 0 {
		return nil
	}
	beyond, err := p.site.Repo.RevList(ctx, bases, upstream)
	if err != nil || len(beyond) == 0 {
		return err
	}
	tags := make(map[git.ID]string)
	for _, id := range beyond {
		if !asked[id] {
			continue
		}
		if tags[id], err = p.tagWith(ctx, id); err != nil {
			return err
		}
	}
	for i := range all {
		d, tag := &p.branches[i], tags[all[i].Base]
		switch {
		case tag == "" || all[i].Skip:
		case !h.Owns(d.Tip):
			all[i].Skip = true
			d.outcome = upgrade.OutcomeFailed
			d.reason = fmt.Sprintf("its commits count as upstream's only because the tag %s has them, which no branch of upstream has; if that tag is not Moodle's, delete it, else fetch upstream", tag)
		case d.reason == "":
			d.reason = fmt.Sprintf("its base counts as upstream's only because the tag %s has it, which no branch of upstream has", tag)
		}
	}
	return nil
}

// tagWith names a tag of Moodle's kind that has the commit.
func (p *RebasePlan) tagWith(ctx context.Context, id git.ID) (string, error) {
	out, err := p.site.Repo.Cmd("for-each-ref", "--contains", id.String(), "--format=%(refname:lstrip=2)", "refs/tags/").Output(ctx)
	if err != nil {
		return "", fmt.Errorf("find the tag that has %s: %w", id, err)
	}
	for name := range strings.Lines(string(out)) {
		if name = strings.TrimSpace(name); isUpstreamTag(name) {
			return name, nil
		}
	}
	return "", nil
}

// atRemotes returns the tips of the branch at the internal remotes that have it,
// by the remote's name.
func (p *RebasePlan) atRemotes(branch string) map[string]git.ID {
	tips := make(map[string]git.ID)
	for _, remote := range p.site.internal {
		if tip := p.site.refs.commit("refs/remotes/" + remote + "/" + branch); tip != git.ZeroID {
			tips[remote] = tip
		}
	}
	return tips
}

// noteRemotes says where an internal remote has commits of the branch that are
// not in the one that moves, since those are not carried.
func (p *RebasePlan) noteRemotes(d *plannedBranch, h *history.Own) {
	if d.outcome != "" && d.outcome != upgrade.OutcomeUnchanged {
		return
	}
	tips := p.atRemotes(d.Raw)
	for _, remote := range sortedNames(tips) {
		if !h.Owns(tips[remote]) || h.Contains(d.Tip, tips[remote]) {
			continue
		}
		note := remote + " has commits of it that this branch has not; they are not carried"
		d.reason = strings.TrimPrefix(d.reason+"; "+note, "; ")
	}
}
