package job

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"mgit/internal/envfile"
	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/plugins"
)

// bumpCore moves a pin of Moodle to what was asked for, else to the newest release of its
// series that may be taken, and never back.
func (b *envBumping) bumpCore(edit *envEdit, p envfile.Pin, was EnvPin) (*EnvKept, error) {
	from := git.ID(was.Commit)
	if b.to != git.ZeroID {
		if err := b.mayGoTo(edit, p, was, b.to); err != nil {
			return nil, err
		}
		return b.take(edit, p, was, b.to)
	}
	series, ok := b.seriesOf(p, from)
	switch {
	case !ok && was.Kind == EnvBranch:
		return &EnvKept{ID: "series-unknown", Text: "it is a branch, and which release the last build got from it is not known; --to TAG names one"}, nil
	case !ok:
		return &EnvKept{ID: "series-unknown", Text: "neither its commit nor the comment above says which series it is of; --to TAG names a release"}, nil
	}
	to, kept := b.newestRelease(series)
	if b.request.Weekly {
		to, kept = b.newestWeekly(series)
	}
	if kept != nil {
		return kept, nil
	}
	if kept := b.isNewer(from, to); kept != nil {
		return kept, nil
	}
	return b.take(edit, p, was, to)
}

func (b *envBumping) take(edit *envEdit, p envfile.Pin, was EnvPin, to git.ID) (*EnvKept, error) {
	value := b.k.coreValue(p, was, to)
	if value.value == p.Value {
		return &EnvKept{ID: keptNewest, Text: "it is " + value.newRelease}, nil
	}
	return nil, edit.set(p.Variable, value, b.request.AllowDuplicate)
}

// seriesOf is the series that a pin is of: that of its commit, else the one that the comment
// claims.
func (b *envBumping) seriesOf(p envfile.Pin, from git.ID) (moodle.Series, bool) {
	if build, ok := b.k.build(from); ok {
		if series, err := build.Series(); err == nil {
			return series, true
		}
	}
	for _, claim := range slices.Backward(p.Claims) {
		if series, err := moodle.ParseSeries(claim.Branch); err == nil {
			return series, true
		}
		if release, err := moodle.ParseRelease(claim.Release); err == nil {
			return release.Series, true
		}
	}
	return moodle.Series{}, false
}

// newestRelease is the newest release of a series that the policy for minors lets in.
func (b *envBumping) newestRelease(series moodle.Series) (git.ID, *EnvKept) {
	s := b.k.site
	var tags []moodle.DatedTag
	for id, name := range s.refs.tagOf {
		tag, err := moodle.ParseTag(name)
		if c, ok := b.k.find(id); err == nil && ok {
			tags = append(tags, moodle.DatedTag{Tag: tag, When: b.k.index.Date(c)})
		}
	}
	isSecurity := func(tag string) bool {
		return slices.ContainsFunc(s.Config.Minor.Security, func(glob string) bool {
			ok, err := path.Match(glob, tag)
			return err == nil && ok
		})
	}
	days := s.Config.Minor.MinAgeDays
	eligible := moodle.Eligible(tags, series, b.request.Now, days, isSecurity)
	if len(eligible) == 0 {
		return git.ZeroID, &EnvKept{ID: "none-eligible", Text: fmt.Sprintf("no release of %s that is here is %s old; git fetch upstream --tags brings what is new", series, count(days, "day"))}
	}
	return s.refs.commit("refs/tags/" + eligible[0].String()), nil
}

// newestWeekly is the tip of the stable branch of a series.
func (b *envBumping) newestWeekly(series moodle.Series) (git.ID, *EnvKept) {
	branch := series.StableBranch()
	var newest git.ID
	for _, tip := range b.k.branchTips(branch) {
		c, ok := b.k.find(tip)
		if n, has := b.k.find(newest); ok && (!has || c > n) {
			newest = tip
		}
	}
	if newest == git.ZeroID {
		return newest, &EnvKept{ID: "no-branch", Text: fmt.Sprintf("this clone has no %s of upstream's; git fetch upstream brings it", branch)}
	}
	return newest, nil
}

// isNewer reports that what is pinned is what it would become, or newer.
func (b *envBumping) isNewer(from, to git.ID) *EnvKept {
	f, ok := b.k.find(from)
	if !ok || from == to {
		return nil // said when it is taken
	}
	t, _ := b.k.find(to)
	old, hasOld := b.k.index.Build(f)
	now, hasNow := b.k.index.Build(t)
	isBehind := b.k.index.IsAncestor(f, t)
	if b.k.index.IsAncestor(t, f) || !isBehind && hasOld && hasNow && now.Compare(old.Version) <= 0 {
		name := b.k.site.refs.tagOf[to]
		if name == "" {
			name = to.String()[:10]
		}
		return &EnvKept{ID: keptNewer, Text: fmt.Sprintf("it is newer than %s", name)}
	}
	return nil
}

// bumpPlugin moves a pin of a plugin to the newest of its releases, in the form it has: a
// tag stays a tag, a commit a commit.
func (b *envBumping) bumpPlugin(edit *envEdit, p envfile.Pin, was EnvPin) (*EnvKept, error) {
	plugin := b.k.site.Config.Plugins[was.Component]
	r, ok := b.remotes.known[was.Component]
	switch {
	case b.remotes.offline:
		return &EnvKept{ID: "offline", Text: "no remote was asked"}, nil
	case !ok:
		return &EnvKept{ID: "no-url", Text: "plugins.toml has no repository of " + was.Component + " that is in force (mgit config trust shows what waits)"}, nil
	case r.err != nil:
		return &EnvKept{ID: "unreachable", Text: "its repository did not answer"}, nil
	case plugin.Tags == "":
		return &EnvKept{ID: "no-tags", Text: fmt.Sprintf("which of its tags are releases does not stand in plugins.toml; mgit config edit plugin.%s.tags GLOB says it", was.Component)}, nil
	}
	newest := r.newestTag(plugin.Tags)
	if newest == "" {
		return &EnvKept{ID: "no-tags", Text: fmt.Sprintf("none of its %s is a release like %q", count(len(r.tags), "tag"), plugin.Tags)}, nil
	}
	if err := envfile.CheckValue(newest); err != nil {
		return &EnvKept{ID: "unsafe-tag", Text: fmt.Sprintf("its newest tag, %q, %v", newest, err)}, nil
	}
	ref := r.classify(readEnvRef(p.Value))
	old := r.releaseOf(ref)
	value, kept := pluginValue(r, ref, old, newest)
	if kept != nil {
		return kept, nil
	}
	return nil, edit.set(p.Variable, envValue{
		value: value, component: was.Component, oldRelease: old, newRelease: newest,
		claim: func(c envfile.Claim) (string, string) { return "", pluginClaimFor(c, newest) },
	}, b.request.AllowDuplicate)
}

// releaseOf is the tag that a pin is of, "" when that is none.
func (r *pluginRemote) releaseOf(ref envRef) string {
	switch ref.kind {
	case EnvTag:
		return ref.name
	case EnvCommit:
		if id, err := git.ParseID(ref.name); err == nil {
			return r.tagAt(id)
		}
	}
	return ""
}

// pluginValue is the newest tag in the form of the old value, or why that stays. A branch, and
// a name that the repository does not have, give way to the tag.
func pluginValue(r *pluginRemote, ref envRef, old, newest string) (string, *EnvKept) {
	switch c := plugins.CompareTags(old, newest); {
	case ref.kind == EnvCommit && old == "":
		return "", &EnvKept{ID: "no-release", Text: fmt.Sprintf("its commit has no tag, so whether %s is newer cannot be told; VARIABLE=%s takes it", newest, newest)}
	case old == "":
	case c == 0:
		return "", &EnvKept{ID: keptNewest, Text: "it is " + newest}
	case c > 0:
		return "", &EnvKept{ID: keptNewer, Text: "it is newer than " + newest}
	}
	switch {
	case ref.kind == EnvCommit:
		return r.tags[newest].String(), nil
	case strings.HasSuffix(ref.prefix, "tags/"):
		return ref.prefix + newest, nil
	case ref.prefix != "":
		return "tags/" + newest, nil // it was a branch by its full name
	}
	return newest, nil
}
