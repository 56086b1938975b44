package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/remote"
)

// guard judges the lines of one push.
type guard struct {
	site *Site
	role remote.Role
	// has are the tips that the remote says it has where something is pushed. What was
	// once fetched from a remote of that URL or name says nothing: it may have been
	// another repository then.
	has []git.ID
	// commits are what is pushed, tags taken off, and ours those that upstream has not.
	commits map[git.ID]git.ID
	ours    map[git.ID]bool
	rules   *remote.ContentRules // read when first needed
	judge   *publicJudge         // likewise
}

// newGuard looks at all lines at once for what upstream has: on Moodle's history
// that takes a second, and somebody may push hundreds of tags.
func newGuard(ctx context.Context, site *Site, role remote.Role, lines []pushLine) (*guard, error) {
	g := &guard{site: site, role: role, commits: make(map[git.ID]git.ID), ours: make(map[git.ID]bool)}
	if role != remote.Public {
		return g, nil
	}
	var tips []git.ID
	for _, l := range lines {
		g.has = append(g.has, l.old)
		commit, err := site.present(ctx, []git.ID{l.id})
		if err != nil {
			return nil, err
		}
		if len(commit) > 0 {
			g.commits[l.id] = commit[0]
			tips = append(tips, commit[0])
		}
	}
	ours, err := site.Repo.RevList(ctx, tips, site.upstreamBranches())
	if err != nil {
		return nil, fmt.Errorf("look for what upstream has: %w", err)
	}
	for _, id := range ours {
		g.ours[id] = true
	}
	return g, nil
}

// against says by which rule a line is refused, and why; "" when nothing is
// against it.
func (g *guard) against(ctx context.Context, l pushLine) (id, reason string, err error) {
	switch g.role {
	case remote.Upstream, remote.Integration:
		return refuseFetchOnly, fmt.Sprintf("a remote with the role %s is only fetched from", g.role), nil
	case remote.Internal:
		if strings.HasPrefix(l.remote, "refs/mgit/") && l.id != git.ZeroID {
			return refuseOwnRefs, "refs/mgit/ is what mgit keeps for this clone alone", nil
		}
		return "", "", nil
	case remote.Public:
	default:
		return "", "", nil
	}
	if reason, err = g.keepFromPublic(ctx, l); err != nil || reason != "" {
		return refuseNotPublic, reason, err
	}
	if l.id == git.ZeroID {
		return "", "", nil
	}
	if reason, err = g.againstTag(ctx, l.id); err != nil || reason != "" {
		return refuseContent, reason, err
	}
	if !g.ours[g.commits[l.id]] {
		return "", "", nil
	}
	if g.judge == nil {
		g.judge, err = newPublicJudge(ctx, g.site)
		var refusal *Refusal
		if errors.As(err, &refusal) {
			return refuseContent, refusal.Text, nil
		}
		if err != nil {
			return "", "", err
		}
	}
	leaks, err := g.judge.leaks(ctx, l.id, g.has)
	if err != nil || len(leaks) == 0 {
		return "", "", err
	}
	return refuseContent, fewOf(leaks), nil
}

// keepFromPublic says why something must not go to a public remote, "" when it
// may. Deleting shows nothing to anybody.
func (g *guard) keepFromPublic(ctx context.Context, l pushLine) (string, error) {
	if l.id == git.ZeroID {
		return "", nil
	}
	if g.site.Config.Public.Pending {
		return "the rules for what is public have changed and are not confirmed here; see `mgit config trust`", nil
	}
	// The name there counts too: it shows, and the next push may be by that name.
	if there := g.site.item(l.remote); there.Kind != remote.Other && !there.Public || isState(l.remote) {
		return reasonAgainst(there), nil
	}
	commit, isCommit := g.commits[l.id]
	if !isCommit {
		return "it is no commit, so that nothing says whose it is", nil
	}
	if !g.ours[commit] {
		return "", nil
	}
	items, err := g.site.pushed(ctx, l)
	if err != nil {
		return "", err
	}
	// Of several names for one commit, one that is public is enough: what goes there is
	// the commit.
	isPublic := func(item remote.Item) bool { return item.Kind == remote.Branch && item.Public }
	if slices.ContainsFunc(items, isPublic) {
		return "", nil
	}
	return reasonAgainst(items[0]), nil
}

// againstTag says why the community must not read an annotated tag; "" for what is
// none. A tag on a commit of upstream's can be anybody's.
func (g *guard) againstTag(ctx context.Context, id git.ID) (string, error) {
	for {
		o, err := g.site.Repo.Store().Object(ctx, id)
		if err != nil || o.Type != "tag" {
			return "", err
		}
		if g.rules == nil {
			if g.rules, err = g.site.contentRules(); err != nil {
				return "", err
			}
		}
		tag, err := git.DecodeTag(id, o.Data)
		if err != nil {
			return "", err
		}
		if reason := g.rules.Text(tag.Name + "\n" + tag.Message); reason != "" {
			return fmt.Sprintf("the message of tag %s holds %s", shortID(id), reason), nil
		}
		id = tag.Object
	}
}
