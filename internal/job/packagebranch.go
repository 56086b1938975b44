package job

import (
	"context"
	"fmt"
	"slices"

	"mgit/internal/debian"
	"mgit/internal/git"
	"mgit/internal/release"
	"mgit/internal/tree"
)

// packageFields are what names of the package may say.
func (r *PackageReport) packageFields() (release.Fields, error) {
	template, err := r.site.releaseTemplate()
	if err != nil {
		return release.Fields{}, &UsageError{Text: "release.tag: " + err.Error()}
	}
	fields, ok := template.Parse(r.Release)
	if !ok {
		return release.Fields{}, &UsageError{
			Text: fmt.Sprintf("%s is not a name of the template %s, so that no version follows from it", r.Release, template),
			Hint: "--release TAG names another release",
		}
	}
	if moodle, known := r.found.manifest.MoodleVersion(); known {
		fields.Moodle = moodle
	}
	if fields.Series.IsZero() {
		fields.Series = fields.Moodle.Series
	}
	if fields.Date == "" {
		fields.Date = release.DateOf(r.found.when())
	}
	return fields, nil
}

// findBranch finds the packaging branch.
func (r *PackageReport) findBranch(ctx context.Context, allow []string) error {
	fields, err := r.packageFields()
	if err != nil {
		return err
	}
	if r.Branch, err = r.site.formatPackage("package.branch", r.site.Config.Package.Branch, fields); err != nil {
		return err
	}
	ref, local, ok := r.site.refs.present(r.Branch, r.site.internal)
	if !ok {
		return &UsageError{
			Text: fmt.Sprintf("there is no packaging branch %s, here or at an internal remote", r.Branch),
			Hint: fmt.Sprintf("begin it once: git switch -c %s %s, and commit debian/ there; package.branch names another", r.Branch, r.Release),
		}
	}
	r.ref, r.local = ref, local
	tip, err := r.presentTip(ctx, slices.Contains(allow, refuseDiverged))
	if err != nil {
		return err
	}
	c, err := r.scratch.Commit(ctx, tip)
	if err != nil {
		return err
	}
	r.tree, r.parent, r.OldTip = c.Tree, c.ID, ID(tip)
	at, err := tree.At(ctx, r.scratch, c.Tree, changelogFile)
	if err != nil {
		return err
	}
	if at.File.Mode != git.ModeFile && at.File.Mode != git.ModeExec {
		return &UsageError{Text: fmt.Sprintf("%s has no %s", r.Branch, changelogFile), Hint: "dch --create writes the first one"}
	}
	if r.changelog, err = r.scratch.Blob(ctx, at.File.ID); err != nil {
		return err
	}
	if r.entries, err = debian.Parse(r.changelog); err != nil {
		return &UsageError{Text: fmt.Sprintf("%s: %v", r.Branch, err)}
	}
	return nil
}

// presentTip is the newest of what the packaging branch is here and on the internal
// remotes: a colleague's package has its version already.
func (r *PackageReport) presentTip(ctx context.Context, allowDiverged bool) (git.ID, error) {
	has := func(tip, id git.ID) (bool, error) {
		more, err := r.site.Repo.RevList(ctx, []git.ID{id}, []git.ID{tip})
		return len(more) == 0, err
	}
	return r.site.newestTip(r.ref, r.Branch, has, allowDiverged)
}

// checkNewer refuses a package that servers would not take for newer than the one
// before: an older release, whose files the branch no longer has, or a template
// that counts otherwise.
func (r *PackageReport) checkNewer(allow []string) error {
	version, err := debian.ParseVersion(r.Version)
	if err != nil {
		return err
	}
	newest := r.entries[0].Version
	if version.Compare(newest) > 0 || slices.Contains(allow, refuseDowngrade) {
		return nil
	}
	return &Refusal{
		ID:   refuseDowngrade,
		Text: fmt.Sprintf("%s would be %s %s, which is older than %s, the newest in %s", r.Release, r.Source, version, newest, r.Branch),
		Hint: "--release packages another release, package.version is how versions are made; an epoch in the changelog stays",
	}
}

// formatPackage fills in a template of the settings.
func (s *Site) formatPackage(key, text string, fields release.Fields) (string, error) {
	template, err := release.ParseTemplate(text, s.releaseNames())
	if err != nil {
		return "", &UsageError{Text: key + ": " + err.Error(), Hint: "mgit config edit " + key}
	}
	name, err := template.Format(fields)
	if err != nil {
		return "", &UsageError{Text: fmt.Sprintf("%s %q: %v", key, text, err), Hint: "mgit config edit " + key}
	}
	return name, nil
}
