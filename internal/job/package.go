package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/debian"
	"mgit/internal/git"
	"mgit/internal/journal"
	"mgit/internal/tree"
)

// PackageRequest asks to package a release.
type PackageRequest struct {
	Target string // a full name, or a short one in Series; "" is the deployment
	Series string // as typed; "" is the series in use
	// Release is the tag of the release; "" is the newest one at the tip of Target.
	Release string
	// UpdateWorktrees moves the packaging branch together with a clean worktree that
	// has it checked out.
	UpdateWorktrees bool
	Allow           []string // refusals that are waived
	DryRun          bool
}

// PackageReport is a package that can be built. Until it is applied it exists in
// memory only.
type PackageReport struct {
	Branch   string         `json:"branch"` // the packaging branch
	Release  string         `json:"release"`
	Since    string         `json:"since"` // the release that was packaged before, "" for none
	Source   string         `json:"source"`
	Version  string         `json:"version"`
	Entry    string         `json:"entry"` // of debian/changelog
	OldTip   ID             `json:"old_tip"`
	NewTip   ID             `json:"new_tip"`
	Merged   bool           `json:"merged"`  // the release had to be merged
	Already  bool           `json:"already"` // it was packaged before, and nothing was done
	Branches []BranchChange `json:"branches"`

	Warnings []Warning `json:"-"`

	site      *Site
	scratch   *git.Scratch
	ref       git.Ref // the packaging branch as it was
	local     bool
	found     *foundRelease
	who       git.Signature
	changelog []byte
	entries   []debian.Entry
	tree      git.ID // of the packaging branch with the release
	parent    git.ID // of the commit that changes the changelog
	others    []OtherChange
}

// The names of refusals about packages.
const refusePackageConflict = "package-conflict"

// Where a source package keeps what is Debian's.
const (
	debianFolder  = "debian"
	changelogFile = "debian/changelog"
)

// Package merges a release into the packaging branch and writes its changelog entry:
// plan and, unless it is a dry run, apply. The report must be closed.
func Package(ctx context.Context, site *Site, request PackageRequest) (report *PackageReport, run int, err error) {
	var lock *journal.Lock
	if !request.DryRun {
		if lock, err = site.Lock(ctx, "package"); err != nil {
			return nil, 0, err
		}
		defer func() { err = errors.Join(err, lock.Release()) }()
	}
	if report, err = PlanPackage(ctx, site, request); err != nil {
		return nil, 0, err
	}
	if !request.DryRun && !report.Already {
		run, err = report.Apply(ctx, lock)
	}
	return report, run, errors.Join(err, report.Close())
}

// PlanPackage makes the commits of a package in memory.
func PlanPackage(ctx context.Context, site *Site, request PackageRequest) (*PackageReport, error) {
	r := &PackageReport{site: site, Branches: []BranchChange{}}
	var err error
	if r.scratch, err = site.Repo.NewScratch(ctx); err != nil {
		return nil, err
	}
	if err := r.plan(ctx, request); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Close gives up what the report holds; what was applied stays.
func (r *PackageReport) Close() error { return r.scratch.Close() }

func (r *PackageReport) plan(ctx context.Context, request PackageRequest) error {
	if err := r.site.whole(); err != nil {
		return err
	}
	if err := r.site.initialised(); err != nil {
		return err
	}
	if err := r.findRelease(ctx, request); err != nil {
		return err
	}
	if err := r.findBranch(ctx, request.Allow); err != nil {
		return err
	}
	var err error
	if r.who, err = r.site.Repo.Ident(ctx); err != nil {
		return err
	}
	if err := r.findVersion(ctx); err != nil || r.Already {
		return err
	}
	if err := r.checkNewer(request.Allow); err != nil {
		return err
	}
	if err := r.site.mayMove(ctx, "refs/heads/"+r.Branch, request.UpdateWorktrees); err != nil {
		return err
	}
	if err := r.merge(ctx); err != nil {
		return err
	}
	return r.write(ctx)
}

// findRelease finds the release that is packaged.
func (r *PackageReport) findRelease(ctx context.Context, request PackageRequest) error {
	if request.Release != "" {
		var err error
		r.found, err = r.site.releaseManifest(ctx, request.Release)
		r.Release = request.Release
		return err
	}
	name := request.Target
	if name == "" {
		name = deploymentTarget
	}
	t, err := r.site.findTarget(name, r.site.seriesOf(ctx, request.Series))
	if err != nil {
		return err
	}
	tags, err := r.site.releaseTags(ctx)
	if err != nil {
		return err
	}
	for _, tag := range tags {
		if tag.manifest != nil && tag.manifest.Commit == t.tip() {
			r.found, r.Release = tag, tag.name
			return nil
		}
	}
	return &UsageError{
		Text: fmt.Sprintf("%s is not released as it is now, so that there is no version to package", t.Raw),
		Hint: fmt.Sprintf("mgit release %s tags it, --release TAG packages an older one", t.Short),
	}
}

// findVersion finds the version of the package, and whether it is there already.
func (r *PackageReport) findVersion(ctx context.Context) error {
	fields, err := r.packageFields()
	if err != nil {
		return err
	}
	upstream, err := r.site.formatPackage("package.version", r.site.Config.Package.Version, fields)
	if err != nil {
		return err
	}
	var taken []debian.Version
	for _, e := range r.entries {
		taken = append(taken, e.Version)
	}
	next, err := debian.Next(upstream, taken)
	if err != nil {
		return &UsageError{Text: "package.version: " + err.Error(), Hint: "mgit config edit package.version"}
	}
	r.Source, r.Version = r.entries[0].Source, next.String()
	missing, err := r.site.Repo.RevList(ctx, []git.ID{r.found.ref.Peeled}, []git.ID{git.ID(r.OldTip)})
	if err != nil {
		return err
	}
	r.Merged = len(missing) > 0
	if at := slices.IndexFunc(taken, func(v debian.Version) bool { return v.Upstream == upstream }); !r.Merged && at >= 0 {
		r.Already, r.Version, r.NewTip = true, taken[at].String(), r.OldTip
	}
	return nil
}

// merge merges the release into the packaging branch, as `git merge --no-ff` does.
func (r *PackageReport) merge(ctx context.Context) error {
	if !r.Merged {
		return nil
	}
	answers, err := r.scratch.MergeTrees(ctx, r.tree, []git.Merge{{Heads: [2]git.ID{git.ID(r.OldTip), r.found.ref.Peeled}}})
	if err == nil {
		err = answers[0].Err
	}
	if err != nil {
		return fmt.Errorf("merge %s into %s: %w", r.Release, r.Branch, err)
	}
	if !answers[0].Clean {
		var paths []string
		for _, c := range answers[0].Conflicts {
			paths = append(paths, ShowPath(c.Path))
		}
		return &Refusal{
			ID: refusePackageConflict, Text: fmt.Sprintf("%s conflicts with %s, in %s", r.Release, r.Branch, fewOf(slices.Compact(paths))),
			Hint: fmt.Sprintf("only %s/ belongs to %s; git merge %s there, once, settles it", debianFolder, r.Branch, r.Release),
		}
	}
	r.tree = answers[0].Tree
	if err := r.checkOnlyDebian(ctx); err != nil {
		return err
	}
	message := fmt.Sprintf("Merge tag '%s' into %s\n\nMgit-Release: %s\n", r.Release, r.Branch, r.Release)
	return r.commit(ctx, []git.ID{git.ID(r.OldTip), r.found.ref.Peeled}, message)
}

// checkOnlyDebian warns of what the package has beyond the release.
func (r *PackageReport) checkOnlyDebian(ctx context.Context) error {
	released, err := r.scratch.Commit(ctx, r.found.ref.Peeled)
	if err != nil {
		return err
	}
	var paths []string
	err = tree.Diff(ctx, r.scratch, released.Tree, r.tree, func(c tree.Change) error {
		if !strings.HasPrefix(c.Path, debianFolder+"/") {
			paths = append(paths, ShowPath(c.Path))
		}
		return nil
	})
	if err != nil || len(paths) == 0 {
		return err
	}
	r.Warnings = append(r.Warnings, Warning{
		ID: "not-only-debian", Text: fmt.Sprintf("beyond %s/, %s differs from the release in %s", debianFolder, r.Branch, fewOf(paths)),
	})
	return nil
}

// commit makes a commit of the tree on top of parents, signed as the user's are.
func (r *PackageReport) commit(ctx context.Context, parents []git.ID, message string) error {
	c := &git.Commit{Tree: r.tree, Parents: parents, Author: r.who, Committer: r.who, Message: message}
	sign := r.site.signer(r.scratch)
	if sign == nil {
		r.parent = r.scratch.PutCommit(c)
		return nil
	}
	var err error
	r.parent, err = sign(ctx, c)
	return err
}

// write adds the entry to the changelog.
func (r *PackageReport) write(ctx context.Context) error {
	entry, err := r.entry(ctx)
	if err != nil {
		return err
	}
	if r.Entry, err = entry.Format(); err != nil {
		return err
	}
	blob := r.scratch.PutBlob(append([]byte(r.Entry), r.changelog...))
	at, err := tree.At(ctx, r.scratch, r.tree, changelogFile)
	if err != nil {
		return err
	}
	if r.tree, err = tree.Set(ctx, r.scratch, r.tree, changelogFile, tree.File{Mode: at.File.Mode, ID: blob}); err != nil {
		return err
	}
	if err := r.commit(ctx, []git.ID{r.parent}, fmt.Sprintf("%s %s\n\nMgit-Release: %s\n", r.Source, r.Version, r.Release)); err != nil {
		return err
	}
	r.NewTip = ID(r.parent)
	return nil
}

// Apply moves the packaging branch.
func (r *PackageReport) Apply(ctx context.Context, lock *journal.Lock) (int, error) {
	ref := "refs/heads/" + r.Branch
	move := journal.Move{Group: r.Branch, Ref: ref, New: git.ID(r.NewTip), Worktree: r.site.checkedOut(ref)}
	if r.local {
		move.Old = r.ref.Peeled
	}
	draft := journal.Draft{Command: "package " + r.Release, Moves: []journal.Move{move}}
	done, err := journal.Apply(ctx, r.site.Repo, lock, r.scratch, draft, applyShared(r.site.Repo))
	if err != nil {
		return 0, err
	}
	if len(done.TakenOut) > 0 {
		return done.Number, errors.New(done.TakenOut[0].Reason)
	}
	return done.Number, nil
}
