package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"mgit/internal/git"
	"mgit/internal/release"
)

// VerifyReport is what a proof of a release found.
type VerifyReport struct {
	Tag       string         `json:"tag"`
	Target    string         `json:"target"`
	Commit    ID             `json:"commit"` // that the tag names
	Tree      ID             `json:"tree"`   // by the manifest
	Rebuilt   ID             `json:"rebuilt"`
	Form      string         `json:"form"`
	Steps     int            `json:"steps"`
	Checks    []ReleaseCheck `json:"checks"`
	Signature string         `json:"signature"` // none, good, bad, unknown
	Proven    bool           `json:"proven"`
}

// ReleaseCheck is one thing that was held against the manifest.
type ReleaseCheck struct {
	Check string `json:"check"` // one of the check constants
	State string `json:"state"` // ok, failed, skipped
	Text  string `json:"text"`
}

// The checks of a release.
const (
	checkManifest  = "manifest"  // the message is a manifest, and every line is as it was written
	checkName      = "name"      // the tag, its object and its manifest have one name
	checkCommit    = "commit"    // the tag names the commit and the tree of the manifest
	checkObjects   = "objects"   // all commits that were merged are there
	checkHistory   = "history"   // and reachable from the tag
	checkUpstream  = "upstream"  // upstream's tags are what they were
	checkVersion   = "version"   // the name says what Moodle is in it
	checkTree      = "tree"      // made again from the manifest, it is the same tree
	checkSignature = "signature" // if it is signed
)

// The states of a check.
const (
	stateOK      = "ok"
	stateFailed  = "failed"
	stateSkipped = "skipped"
)

// VerifyRelease proves a release: its manifest is whole, what it names is there,
// and made again from it alone the release has the same tree. It writes nothing.
func VerifyRelease(ctx context.Context, site *Site, name string) (*VerifyReport, error) {
	if err := site.whole(); err != nil {
		return nil, err
	}
	found, err := site.findRelease(ctx, name)
	if err != nil {
		return nil, err
	}
	v := &verifier{site: site, found: found, report: &VerifyReport{Tag: name, Commit: ID(found.ref.Peeled), Signature: "none", Checks: []ReleaseCheck{}}}
	if err := v.verify(ctx); err != nil {
		return nil, fmt.Errorf("verify %s: %w", name, err)
	}
	v.report.Proven = !slices.ContainsFunc(v.report.Checks, func(c ReleaseCheck) bool { return c.State == stateFailed })
	return v.report, nil
}

type verifier struct {
	site   *Site
	found  *foundRelease
	report *VerifyReport
}

func (v *verifier) ok(check, format string, args ...any)   { v.note(check, stateOK, format, args) }
func (v *verifier) fail(check, format string, args ...any) { v.note(check, stateFailed, format, args) }

func (v *verifier) skip(check, format string, args ...any) { v.note(check, stateSkipped, format, args) }

func (v *verifier) note(check, state, format string, args []any) {
	v.report.Checks = append(v.report.Checks, ReleaseCheck{check, state, fmt.Sprintf(format, args...)})
}

func (v *verifier) verify(ctx context.Context) error {
	m := v.found.manifest
	if m == nil {
		v.fail(checkManifest, "%v", v.found.err)
		return v.checkSignature(ctx)
	}
	v.report.Target, v.report.Tree, v.report.Form, v.report.Steps = m.Target, ID(m.Tree), string(m.Form), len(m.Steps)
	v.ok(checkManifest, "every line is as it was written")
	v.checkName(m)
	if err := v.checkCommit(ctx, m); err != nil {
		return err
	}
	if v.found.ref.Peeled == git.ZeroID {
		return v.checkSignature(ctx) // of something that is no commit
	}
	v.checkUpstream(m)
	v.checkVersion(m)
	missing, err := v.site.absent(ctx, m)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		v.fail(checkObjects, "%s at %s is not in this clone", missing[0].Name, missing[0].Tip)
		v.skip(checkTree, "what is to be merged is not all there")
		return v.checkSignature(ctx)
	}
	v.ok(checkObjects, "all commits that were merged are there")
	if err := v.checkHistory(ctx, m); err != nil {
		return err
	}
	if err := v.checkTree(ctx, m); err != nil {
		return err
	}
	return v.checkSignature(ctx)
}

func (v *verifier) checkName(m *release.Manifest) {
	switch {
	case v.found.tag.Name != v.found.name:
		v.fail(checkName, "the tag was made as %s", ShowPath(v.found.tag.Name))
	case m.Tag != v.found.name:
		v.fail(checkName, "the manifest is that of %s", ShowPath(m.Tag))
	default:
		v.ok(checkName, "the tag and its manifest have one name")
	}
}

func (v *verifier) checkCommit(ctx context.Context, m *release.Manifest) error {
	if v.found.tag.Type != "commit" || v.found.tag.Object != m.Commit || v.found.ref.Peeled != m.Commit {
		v.fail(checkCommit, "the tag names the %s %s, and the manifest the commit %s", ShowPath(v.found.tag.Type), v.found.tag.Object, m.Commit)
		return nil
	}
	c, err := v.site.Repo.Store().Commit(ctx, m.Commit)
	switch {
	case errors.Is(err, git.ErrNotFound):
		v.fail(checkCommit, "the commit %s is not in this clone", m.Commit)
	case err != nil:
		return err
	case c.Tree != m.Tree:
		v.fail(checkCommit, "the commit has the tree %s, and the manifest says %s", c.Tree, m.Tree)
	default:
		v.ok(checkCommit, "the tag names the commit and the tree of the manifest")
	}
	return nil
}

// checkUpstream holds the upstream tags of the manifest against those of this
// clone, which may not have them.
func (v *verifier) checkUpstream(m *release.Manifest) {
	points := []release.Point{m.Base}
	for _, s := range m.Steps {
		if s.Kind == release.Upstream {
			points = append(points, release.Point{Name: s.Name, Commit: s.Tip})
		}
	}
	unknown := ""
	for _, p := range points {
		switch here := v.site.refs.commit("refs/tags/" + p.Name); here {
		case p.Commit:
		case git.ZeroID:
			unknown = cmp.Or(unknown, p.Name)
		default:
			v.fail(checkUpstream, "%s is %s here, and the manifest says %s", ShowPath(p.Name), here, p.Commit)
			return
		}
	}
	if unknown != "" {
		v.skip(checkUpstream, "this clone has no tag %s to compare with", ShowPath(unknown))
		return
	}
	v.ok(checkUpstream, "Moodle's tags are what they were")
}

// checkVersion holds the name against the content, where the name is one that
// the site's template makes.
func (v *verifier) checkVersion(m *release.Manifest) {
	template, err := v.site.releaseTemplate()
	if err != nil {
		v.skip(checkVersion, "%v", err)
		return
	}
	fields, ok := template.Parse(v.found.name)
	if !ok {
		v.skip(checkVersion, "the name is not one of the template %s", template)
		return
	}
	moodle, known := m.MoodleVersion()
	switch {
	case !known:
		v.skip(checkVersion, "the manifest knows no release of Moodle")
	case !fields.Moodle.IsZero() && fields.Moodle != moodle, !fields.Series.IsZero() && fields.Series != moodle.Series:
		v.fail(checkVersion, "the name says another Moodle than %s, which is in it", moodle)
	default:
		v.ok(checkVersion, "the name fits %s, which is in it", moodle)
	}
}

// checkHistory makes sure that all that was merged is reachable from the tag: a
// clone that has the tag then has all that making it again needs.
func (v *verifier) checkHistory(ctx context.Context, m *release.Manifest) error {
	tips := []git.ID{m.Base.Commit}
	for _, s := range m.Steps {
		tips = append(tips, s.Tip)
	}
	outside, err := v.site.Repo.RevList(ctx, tips, []git.ID{v.found.ref.Peeled})
	if err != nil {
		return err
	}
	if len(outside) > 0 {
		v.fail(checkHistory, "%d commits of what the manifest merges are not in the history of the tag, %s first", len(outside), outside[0])
		return nil
	}
	v.ok(checkHistory, "and all are in the history of the tag")
	return nil
}

// proverSignature stands in merges that nobody keeps.
func proverSignature() git.Signature {
	return git.Signature{Name: "mgit", Email: "mgit", When: time.Now().UTC()}
}

func (v *verifier) checkTree(ctx context.Context, m *release.Manifest) error {
	scratch, err := v.site.Repo.NewScratch(ctx)
	if err != nil {
		return err
	}
	defer scratch.Close()
	made, err := v.site.remake(ctx, scratch, &releaseMaker{base: m.Base.Commit, steps: m.Steps, committer: proverSignature(), target: m.Target})
	if err != nil {
		return err
	}
	if made.stuck != nil {
		v.fail(checkTree, "%s cannot be merged as the manifest says: %s", ShowPath(made.stuck.step.Name), made.stuck.reason)
		return nil
	}
	v.report.Rebuilt = ID(made.tree)
	if made.tree != m.Tree {
		v.fail(checkTree, "made again from the manifest, it has the tree %s", made.tree)
		return nil
	}
	v.ok(checkTree, "made again from the manifest, it has the same tree")
	return nil
}

// checkSignature reports what git makes of a signature. It need not be there, and
// a key need not be known here; but a signature of something else is a fault.
func (v *verifier) checkSignature(ctx context.Context) error {
	if v.found.tag == nil || v.found.tag.Signature == "" {
		v.skip(checkSignature, "it is not signed")
		return nil
	}
	trust, said, err := v.site.Repo.VerifyTag(ctx, v.found.ref.ID)
	if err != nil {
		return err
	}
	v.report.Signature = string(trust)
	switch trust {
	case git.TrustGood:
		v.ok(checkSignature, "its signature is good")
	case git.TrustBad:
		v.fail(checkSignature, "its signature is not good: %s", said)
	default:
		v.skip(checkSignature, "its signature cannot be judged here: %s", said)
	}
	return nil
}
