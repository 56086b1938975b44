package job

import (
	"fmt"
	"strings"

	"mgit/internal/envfile"
	"mgit/internal/git"
	"mgit/internal/moodle"
)

// releaseAgrees reports whether a comment's release is that of version.php. What the comment
// leaves out, the build, is not held against it.
func releaseAgrees(claim, says string) bool {
	c, err := moodle.ParseRelease(claim)
	if err != nil {
		return false
	}
	r, err := moodle.ParseRelease(says)
	if err != nil {
		return strings.TrimSpace(says) == claim
	}
	if c.Build == "" {
		r.Build = ""
	}
	return c.Compare(r) == 0
}

// claimFor is what a claim has to say when the pin becomes a commit of upstream's: the release, with
// the build where there was one before, and the stable branch. A comment that names the branch
// of development keeps that as long as the commit is on it.
func (k *envKnowledge) claimFor(old envfile.Claim, id git.ID, version moodle.Version) (branch, release string) {
	r, err := moodle.ParseRelease(version.Release)
	if err != nil {
		return "", ""
	}
	if !strings.Contains(old.Release, "(") {
		r.Build = ""
	}
	series := r.Series
	if s, err := version.Series(); err == nil {
		series = s
	}
	if _, err := moodle.ParseSeries(old.Branch); err != nil && old.Branch != "" && k.branchClaimFault(old.Branch, id) == "" {
		return old.Branch, r.Official()
	}
	return series.StableBranch(), r.Official()
}

// pluginClaimAgrees reports whether a comment's release is the name of a tag, with or without
// the v before it.
func pluginClaimAgrees(claim, tag string) bool {
	bare := func(text string) string { return strings.TrimPrefix(strings.ToLower(text), "v") }
	return bare(claim) == bare(tag)
}

// pluginClaimFor is a tag's name as the old comment would write it.
func pluginClaimFor(old envfile.Claim, tag string) string {
	if strings.HasPrefix(old.Release, "v") || !strings.HasPrefix(tag, "v") {
		return tag
	}
	return strings.TrimPrefix(tag, "v")
}

// branchClaimFault says what is wrong with the branch that a comment names: a commit is on it
// when that branch of upstream's has it in its history. "" when nothing is.
func (k *envKnowledge) branchClaimFault(branch string, id git.ID) string {
	c, ok := k.find(id)
	if !ok {
		return ""
	}
	tips := k.branchTips(branch)
	if len(tips) == 0 {
		return fmt.Sprintf("the comment names %s, which this clone does not have of upstream's; git fetch upstream brings it", branch)
	}
	for _, tip := range tips {
		if t, ok := k.find(tip); ok && k.index.IsAncestor(c, t) {
			return ""
		}
	}
	return fmt.Sprintf("the comment says that it is on %s, and it is not", branch)
}

// branchTips are the tips of a branch of Moodle's at the remotes that are upstream's. A clone
// without roles takes those that openIndex takes.
func (k *envKnowledge) branchTips(branch string) []git.ID {
	var tips []git.ID
	for _, name := range k.site.upstream {
		if id := k.site.refs.commit("refs/remotes/" + name + "/" + branch); id != git.ZeroID {
			tips = append(tips, id)
		}
	}
	if len(k.site.upstream) > 0 {
		return tips
	}
	for _, r := range k.site.refs.refs {
		if name, ok := strings.CutSuffix(r.Name, "/"+branch); ok && (name == "refs/heads" || strings.HasPrefix(name, "refs/remotes/")) {
			if _, isUpstream := k.find(r.Peeled); isUpstream {
				tips = append(tips, r.Peeled)
			}
		}
	}
	return tips
}
