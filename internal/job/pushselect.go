package job

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"mgit/internal/branches"
	"mgit/internal/git"
	"mgit/internal/remote"
)

// pushItem is a branch or tag that is to be published.
type pushItem struct {
	name   string // as people call it
	ref    string // here, in full
	to     string // there, in full
	kind   remote.Kind
	public bool
	id     git.ID // what is pushed: a commit, or a tag
	commit git.ID
	asked  bool // somebody named it, or a glob of it
	// sets are the sets or targets that it belongs to, by their references.
	sets []string
}

// selectPush finds what the request means. What belongs together comes together: a
// target brings its release tags, a set the branches of its members and those that
// it requires; the latter not to public remotes, see itemsFor.
func (s *Site) selectPush(ctx context.Context, request PushRequest) ([]pushItem, error) {
	c := &pushChoice{site: s, listing: s.refs.listing(s.Scheme, nil), request: request, chosen: make(map[string]int)}
	if len(request.Names) == 0 {
		for _, b := range c.listing.Of(request.Series) {
			c.add(b.Ref, true)
		}
		for _, t := range c.listing.Targets {
			if t.Version == request.Series {
				c.add(t.Ref, true)
			}
		}
	}
	for _, name := range request.Names {
		if err := c.name(name); err != nil {
			return nil, err
		}
	}
	if request.As == "" {
		c.addSets()
		if err := c.addReleases(ctx); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(c.items, func(a, b pushItem) int {
		if d := rankOfKind(a.kind) - rankOfKind(b.kind); d != 0 {
			return d
		}
		return strings.Compare(a.name, b.name)
	})
	return c.items, nil
}

// rankOfKind puts branches before targets, and tags last.
func rankOfKind(k remote.Kind) int {
	return slices.Index([]remote.Kind{remote.Branch, remote.Target, remote.ReleaseTag}, k)
}

// pushChoice collects what is pushed.
type pushChoice struct {
	site    *Site
	listing branches.Listing
	request PushRequest
	items   []pushItem
	chosen  map[string]int // position in items, by reference
}

// add chooses a reference, once.
func (c *pushChoice) add(ref string, asked bool) int {
	if i, there := c.chosen[ref]; there {
		c.items[i].asked = c.items[i].asked || asked
		return i
	}
	known := c.site.item(ref)
	r := c.site.refs.ref[ref]
	name := strings.TrimPrefix(shortBranch(ref), "refs/tags/")
	c.items = append(c.items, pushItem{
		name: name, ref: ref, to: ref, kind: known.Kind, public: known.Public, id: r.ID, commit: r.Peeled, asked: asked,
	})
	c.chosen[ref] = len(c.items) - 1
	return len(c.items) - 1
}

// name chooses what one word of the command line means.
func (c *pushChoice) name(word string) error {
	refs := c.site.refs.ref
	for _, ref := range []string{word, "refs/heads/" + word, "refs/tags/" + word} {
		isOurs := strings.HasPrefix(ref, "refs/heads/") || strings.HasPrefix(ref, "refs/tags/")
		if _, there := refs[ref]; there && isOurs {
			c.add(ref, true)
			return nil
		}
	}
	found := false
	for _, b := range c.listing.Branches {
		inSeries := b.Version == c.request.Series
		if fits(word, b.Raw) || inSeries && fits(word, b.Key()) {
			c.add(b.Ref, true)
			found = true
		}
	}
	for _, t := range c.listing.Targets {
		if fits(word, t.Raw) || t.Version == c.request.Series && t.Short == word {
			c.add(t.Ref, true)
			found = true
		}
	}
	for _, r := range c.site.refs.refs {
		tag, isTag := strings.CutPrefix(r.Name, "refs/tags/")
		if isTag && fits(word, tag) && c.site.item(r.Name).Kind == remote.ReleaseTag {
			c.add(r.Name, true)
			found = true
		}
	}
	if found {
		return nil
	}
	return &UsageError{Text: fmt.Sprintf("there is no branch, target or release tag %q in this clone", word), Hint: "mgit status lists the branches and targets"}
}

// fits reports whether word is the name, or a glob of it.
func fits(word, name string) bool {
	ok, err := path.Match(word, name)
	return word == name || err == nil && ok
}

// addSets chooses the branches that belong to a chosen set.
func (c *pushChoice) addSets() {
	for _, b := range c.listing.Branches {
		i, there := c.chosen[b.Ref]
		if !there || !b.IsSet() {
			continue
		}
		record := c.site.Config.Records[b.Key()]
		c.join(i, b.Ref)
		for _, other := range c.listing.Of(b.Version) {
			if slices.Contains(record.Requires, other.Key()) || slices.Contains(record.Members, other.Component) {
				c.join(c.add(other.Ref, false), b.Ref)
			}
		}
	}
}

func (c *pushChoice) join(i int, set string) { c.items[i].sets = append(c.items[i].sets, set) }

// addReleases chooses the release tags that stand on a chosen target. A tag that
// several of them have belongs to the one whose tip it is, else to the first.
func (c *pushChoice) addReleases(ctx context.Context) error {
	var releases []git.Ref
	for _, r := range c.site.refs.refs {
		if strings.HasPrefix(r.Name, "refs/tags/") && r.Peeled != git.ZeroID && c.site.item(r.Name).Kind == remote.ReleaseTag {
			releases = append(releases, r)
		}
	}
	if len(releases) == 0 {
		return nil
	}
	targets := slices.Clone(c.items)
	targets = slices.DeleteFunc(targets, func(i pushItem) bool { return i.kind != remote.Target })
	for _, t := range targets {
		c.join(c.chosen[t.ref], t.ref)
	}
	own, err := c.ownCommits(ctx, targets)
	if err != nil {
		return err
	}
	for _, r := range releases {
		on := slices.IndexFunc(targets, func(t pushItem) bool { return t.commit == r.Peeled })
		if on < 0 {
			on = slices.IndexFunc(own, func(has map[git.ID]bool) bool { return has[r.Peeled] })
		}
		if on >= 0 {
			c.join(c.add(r.Name, false), targets[on].ref)
		}
	}
	return nil
}

// ownCommits are the commits of each target that are not upstream's: releases stand
// on those, and there are few of them.
func (c *pushChoice) ownCommits(ctx context.Context, targets []pushItem) ([]map[git.ID]bool, error) {
	upstream := c.site.refs.upstream(c.site.upstream)
	own := make([]map[git.ID]bool, len(targets))
	for i, t := range targets {
		ids, err := c.site.Repo.RevList(ctx, []git.ID{t.commit}, upstream)
		if err != nil {
			return nil, err
		}
		own[i] = make(map[git.ID]bool, len(ids))
		for _, id := range ids {
			own[i][id] = true
		}
	}
	return own, nil
}

// reaches reports whether one of the commits has id in its history. An id that this
// clone does not have is in none.
func (s *Site) reaches(ctx context.Context, from []git.ID, id git.ID) (bool, error) {
	known, err := s.present(ctx, []git.ID{id})
	if err != nil || len(known) == 0 {
		return false, err
	}
	if from, err = s.present(ctx, from); err != nil || len(from) == 0 {
		return false, err
	}
	var in strings.Builder
	fmt.Fprintln(&in, known[0])
	for _, tip := range from {
		fmt.Fprintf(&in, "^%s\n", tip)
	}
	out, err := s.Repo.Cmd("rev-list", "--max-count=1", "--stdin").Stdin([]byte(in.String())).Output(ctx)
	if err != nil {
		return false, fmt.Errorf("look for commit %s: %w", id, err)
	}
	return len(out) == 0, nil
}

// itemsFor is what goes to a repository: to a public one only what somebody named.
func (p *pusher) itemsFor(d *destination) []pushItem {
	items := slices.Clone(p.items)
	if d.role == remote.Public {
		items = slices.DeleteFunc(items, func(i pushItem) bool { return !i.asked })
	}
	if p.request.As != "" {
		for i := range items {
			items[i].to = "refs/heads/" + p.request.As
		}
	}
	return items
}
