package job

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"mgit/internal/git"
	"mgit/internal/journal"
	"mgit/internal/release"
)

// RebuildRequest asks to make a release again.
type RebuildRequest struct {
	Tag    string
	Branch string // to be written at the result; "" for none
	DryRun bool
}

// RebuildReport is what making a release again gave.
type RebuildReport struct {
	Tag       string `json:"tag"`
	Target    string `json:"target"`
	Base      Commit `json:"base"`
	Steps     int    `json:"steps"`
	Tree      ID     `json:"tree"`    // of the tag
	Rebuilt   ID     `json:"rebuilt"` // null: it could not be made
	Identical bool   `json:"identical"`
	Reason    string `json:"reason"` // why it could not be made, "" when it was
	Branch    string `json:"branch"`
	Tip       ID     `json:"tip"` // of the branch; null for none
}

// RebuildRelease makes a release again from its manifest, and compares the tree
// with the tag's, which is not read before. Where both are the same it writes the
// branch that was asked for, with the merges as they were made now.
func RebuildRelease(ctx context.Context, site *Site, request RebuildRequest) (report *RebuildReport, run int, err error) {
	var lock *journal.Lock
	if request.Branch != "" && !request.DryRun {
		if lock, err = site.Lock(ctx, "release rebuild"); err != nil {
			return nil, 0, err
		}
		defer func() { err = errors.Join(err, lock.Release()) }()
	}
	if err := site.mayRebuild(request); err != nil {
		return nil, 0, err
	}
	found, err := site.releaseManifest(ctx, request.Tag)
	if err != nil {
		return nil, 0, err
	}
	if found.ref.Peeled == git.ZeroID {
		return nil, 0, &ManifestError{Tag: request.Tag, Err: errors.New("the tag names something that is no commit")}
	}
	scratch, err := site.Repo.NewScratch(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, scratch.Close()) }()
	m := found.manifest
	report = &RebuildReport{
		Tag: request.Tag, Target: m.Target, Base: Commit{Tag: m.Base.Name, Commit: ID(m.Base.Commit)},
		Steps: len(m.Steps), Branch: request.Branch,
	}
	made, err := site.rebuild(ctx, scratch, m, request.Branch)
	if err != nil {
		return nil, 0, fmt.Errorf("rebuild %s: %w", request.Tag, err)
	}
	if err := report.compare(ctx, site, found, made); err != nil {
		return nil, 0, err
	}
	if !report.Identical || request.Branch == "" {
		report.Branch = ""
		return report, 0, nil
	}
	report.Tip = ID(made.tip)
	if request.DryRun {
		return report, 0, nil
	}
	draft := journal.Draft{
		Command: "release rebuild " + request.Tag + " --branch " + request.Branch,
		Moves:   []journal.Move{{Group: request.Branch, Ref: "refs/heads/" + request.Branch, New: made.tip}},
	}
	done, err := journal.Apply(ctx, site.Repo, lock, scratch, draft, applyShared(site.Repo))
	if err != nil {
		return nil, 0, err
	}
	if len(done.TakenOut) > 0 {
		return nil, done.Number, errors.New(done.TakenOut[0].Reason)
	}
	return report, done.Number, nil
}

// mayRebuild refuses a branch that is there or cannot be.
func (s *Site) mayRebuild(request RebuildRequest) error {
	if err := s.whole(); err != nil {
		return err
	}
	if request.Branch == "" {
		return nil
	}
	if err := release.CheckTag(request.Branch); err != nil {
		return &UsageError{Text: fmt.Sprintf("--branch: %v", err)}
	}
	ref := "refs/heads/" + request.Branch
	if ref == journal.SharedRef {
		return &UsageError{Text: "--branch: the mgit branch is no release"}
	}
	if _, local, ok := s.refs.present(request.Branch, s.internal); ok {
		where := "here"
		if !local {
			where = "at an internal remote"
		}
		return &Refusal{
			ID: "branch-exists", Text: fmt.Sprintf("there is a branch %s already, %s", request.Branch, where), Hint: "--branch with another name",
		}
	}
	for _, r := range s.refs.refs {
		if strings.HasPrefix(r.Name, ref+"/") || strings.HasPrefix(ref, r.Name+"/") {
			return &Refusal{
				ID: "branch-exists", Text: fmt.Sprintf("there is a branch %s, and Git cannot have %s beside it", shortBranch(r.Name), request.Branch), Hint: "--branch with another name",
			}
		}
	}
	return nil
}

// rebuild makes the merges of the manifest. Those for a branch are the user's,
// signed as commits of theirs are.
func (s *Site) rebuild(ctx context.Context, scratch *git.Scratch, m *release.Manifest, branch string) (*madeRelease, error) {
	missing, err := s.absent(ctx, m)
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 {
		return &madeRelease{stuck: &stuckStep{step: missing[0], reason: fmt.Sprintf("its commit %s is not in this clone", missing[0].Tip)}}, nil
	}
	maker := &releaseMaker{base: m.Base.Commit, steps: m.Steps, committer: proverSignature(), target: m.Target}
	if branch != "" {
		if maker.committer, err = s.Repo.Ident(ctx); err != nil {
			return nil, err
		}
		maker.commit = s.signer(scratch)
		maker.target = branch
	}
	return s.remake(ctx, scratch, maker)
}

// compare reads the tag's commit, for the first time.
func (r *RebuildReport) compare(ctx context.Context, site *Site, found *foundRelease, made *madeRelease) error {
	c, err := site.Repo.Store().Commit(ctx, found.ref.Peeled)
	if err != nil {
		return err
	}
	r.Tree = ID(c.Tree)
	if made.stuck != nil {
		r.Reason = fmt.Sprintf("%s: %s", ShowPath(made.stuck.step.Name), made.stuck.reason)
		return nil
	}
	r.Rebuilt = ID(made.tree)
	r.Identical = made.tree == c.Tree
	return nil
}
