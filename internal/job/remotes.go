package job

import (
	"maps"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/remote"
)

// remotes lists the remotes of the clone as Git sees them, with
// url.<base>.insteadOf and pushInsteadOf applied; see git-config(1).
func remotes(settings *git.ConfigValues) []remote.Remote {
	byName := make(map[string]*remote.Remote)
	var instead, pushInstead []rewrite
	for _, e := range settings.Entries {
		section, rest, _ := strings.Cut(e.Key, ".")
		dot := strings.LastIndex(rest, ".")
		if dot < 0 {
			continue
		}
		name, variable := rest[:dot], rest[dot+1:]
		switch section + "." + variable {
		case "remote.url", "remote.pushurl":
			r := byName[name]
			if r == nil {
				r = &remote.Remote{Name: name}
				byName[name] = r
			}
			if variable == "url" {
				r.FetchURLs = append(r.FetchURLs, e.Value)
			} else {
				r.PushURLs = append(r.PushURLs, e.Value)
			}
		case "url.insteadof":
			instead = append(instead, rewrite{from: e.Value, to: name})
		case "url.pushinsteadof":
			pushInstead = append(pushInstead, rewrite{from: e.Value, to: name})
		}
	}
	var all []remote.Remote
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		r := *byName[name]
		if len(r.PushURLs) == 0 {
			// pushInsteadOf applies only where no push URL is set.
			r.PushURLs = rewriteAll(r.FetchURLs, pushInstead, instead)
		} else {
			r.PushURLs = rewriteAll(r.PushURLs, instead)
		}
		r.FetchURLs = rewriteAll(r.FetchURLs, instead)
		all = append(all, r)
	}
	return all
}

// rewrite replaces the beginning of a URL.
type rewrite struct{ from, to string }

// rewriteAll applies to each URL the longest rule that fits, of the first set
// that has one.
func rewriteAll(urls []string, sets ...[]rewrite) []string {
	out := make([]string, len(urls))
	for i, u := range urls {
		out[i] = u
		for _, rules := range sets {
			if better, ok := rewriteURL(u, rules); ok {
				out[i] = better
				break
			}
		}
	}
	return out
}

func rewriteURL(url string, rules []rewrite) (string, bool) {
	best := rewrite{}
	found := false
	for _, r := range rules {
		if strings.HasPrefix(url, r.from) && (!found || len(r.from) > len(best.from)) {
			best, found = r, true
		}
	}
	return best.to + strings.TrimPrefix(url, best.from), found
}

// cutRemote takes a remote-tracking reference apart; name is the branch.
// Remotes whose names hold a slash are not told apart here.
func cutRemote(ref string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(ref, "refs/remotes/")
	if !ok {
		return "", false
	}
	_, name, ok = strings.Cut(rest, "/")
	return name, ok
}

// cutTag returns the name of a tag.
func cutTag(ref string) (name string, ok bool) { return strings.CutPrefix(ref, "refs/tags/") }

func shortBranch(ref string) string { return strings.TrimPrefix(ref, "refs/heads/") }
