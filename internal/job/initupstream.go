package job

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/remote"
)

// How sure it is by a remote's URL or name that it is Moodle's own.
const (
	byNothing = iota
	byName    // it is called upstream
	byPath    // moodle/moodle, wherever
	byHost    // moodle/moodle where Moodle publishes it
)

func officialRank(r remote.Remote) int {
	if u, err := remote.ParseURL(firstURL(r)); err == nil {
		path := "/" + strings.TrimPrefix(strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), ".git"), "/")
		isPublished := u.Host == "github.com" || strings.HasSuffix(u.Host, ".moodle.org")
		switch {
		case isPublished && path == "/moodle/moodle":
			return byHost
		case strings.HasSuffix(path, "/moodle/moodle"):
			return byPath
		}
	}
	if r.Name == "upstream" {
		return byName
	}
	return byNothing
}

// upstreamOf finds Moodle's own repository among those that have stable branches,
// and nothing of the site's: a fork has them too, so URL and name come first.
// Then it is the one with most of them, and the one with fewest branches of other
// people; nil when that does not decide. What Moodle publishes need not have been
// fetched.
func upstreamOf(all []offered) *offered {
	var candidates []offered
	for _, o := range all {
		if (o.stable > 0 || officialRank(o.Remote) == byHost) && o.ours == 0 && !o.hasState {
			candidates = append(candidates, o)
		}
	}
	if len(candidates) == 0 {
		return nil
	}
	order := func(a, b offered) int {
		return cmp.Or(
			cmp.Compare(officialRank(b.Remote), officialRank(a.Remote)),
			cmp.Compare(b.stable, a.stable),
			cmp.Compare(a.fixes+a.others, b.fixes+b.others),
		)
	}
	slices.SortStableFunc(candidates, order)
	isTie := len(candidates) > 1 && order(candidates[0], candidates[1]) == 0
	if isTie && !sameRepository(firstURL(candidates[0].Remote), firstURL(candidates[1].Remote)) {
		return nil
	}
	return &candidates[0]
}

func upstreamReason(o offered, tags int) string {
	if o.stable == 0 {
		return fmt.Sprintf("is Moodle's own repository by its URL; git fetch %s --tags brings what is needed", o.Name)
	}
	return fmt.Sprintf("%d branches MOODLE_*_STABLE, none of the site's; %s here", o.stable, count(tags, "release tag"))
}

// isTwin reports whether another remote of the same URL decides about the one at
// i: roles belong to URLs, and nothing is asked twice.
func isTwin(all []offered, i int, asked map[string]remote.Role) bool {
	for j, other := range all {
		_, isAsked := asked[other.Name]
		if (j < i || j != i && isAsked) && sameRepository(firstURL(all[i].Remote), firstURL(other.Remote)) {
			return true
		}
	}
	return false
}
