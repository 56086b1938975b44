package job

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"mgit/internal/branches"
	"mgit/internal/check"
	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/tree"
	"mgit/internal/upgrade"
)

// rulesOnto are the rules whose answer another release can change: what it numbers, what it ships, where it looks, and
// which series are older.
func rulesOnto() []string { return []string{"public-place", "savepoint-collides", "version-lower"} }

// judgeOnto says what the rules find in a branch on the new release. What arrives is judged as it arrives. A branch that
// stops at a conflict is judged as it is, held against the new release: a conflict in upgrade.php is where numbers
// collide, and to hear of it afterwards is too late. A waiver in a commit's message was given on the old release,
// and is not asked for. Findings stay nil where nothing was judged.
func (r *RebaseReport) judgeOnto(ctx context.Context, v *upgradeView, to pristine, b upgradeBranch, out *BranchReport) error {
	site := r.plan.site
	subject := &check.Subject{Branch: site.factsOf("refs/heads/" + out.NewName), Options: site.checkOptions()}
	subject.Branch.Base = check.Base{Want: r.Onto.Tag, Found: r.Onto.Tag, State: check.BaseFits}
	c := &checker{site: site}
	subject.Older = c.older(ctx, subject.Branch, func() (branches.Listing, error) { return c.listing(), nil })
	subject.Pristine = v.files(ctx, to.root)
	before, after := to.root, b.tip
	rules := rulesOnto()
	switch {
	case git.ID(out.NewTip) != git.ZeroID:
		tip, err := r.scratch.Commit(ctx, git.ID(out.NewTip))
		if err != nil {
			return err
		}
		after = tip.Tree
		subject.Layout = to.layout // what a branch declares itself changes nothing that these rules ask
	case out.Outcome == upgrade.OutcomeConflict:
		before, subject.Layout = b.base.root, b.base.layout
		rules = slices.DeleteFunc(rules, func(id string) bool { return id == "public-place" }) // the conflict says so
		var known bool
		if subject.Pristine, known = laidOut(subject.Pristine, to.layout, b.base.layout); !known {
			return nil
		}
	default:
		return nil
	}
	subject.Tree, subject.Before = v.files(ctx, after), v.files(ctx, before)
	err := tree.Diff(ctx, v.scratch.Store, before, after, func(c tree.Change) error {
		subject.Files = append(subject.Files, fileOf(c))
		return nil
	})
	if err != nil {
		return err
	}
	weigh := site.severityFor(subject.Branch.Type)
	result, err := check.Run(ctx, check.Request{
		Subject: subject,
		Severity: func(rule check.Rule) check.Severity {
			if !slices.Contains(rules, rule.ID) {
				return check.Off
			}
			return weigh(rule)
		},
		Load: func(ctx context.Context, files []*check.File) error { return loadVersions(ctx, v.scratch.Store, files) },
	})
	if err != nil {
		return fmt.Errorf("check %s: %w", out.NewName, err)
	}
	out.Findings = make([]CheckFinding, 0, len(result.Findings))
	for _, f := range result.Findings {
		out.Findings = append(out.Findings, findingOf(f))
	}
	return nil
}

// laidOut shows a tree at the paths of an older layout. It is not known where the older one is the newer, too.
func laidOut(files fs.FS, layout, older *moodle.Layout) (fs.FS, bool) {
	switch {
	case layout.Docroot() == older.Docroot():
		return files, true
	case older.Docroot() == "":
		below, err := fs.Sub(files, path.Clean(layout.Docroot()))
		return below, err == nil
	}
	return nil, false
}

// fileOf is a change as rules see it.
func fileOf(c tree.Change) *check.File {
	f := &check.File{Path: c.Path, Before: []check.Blob{{Mode: c.From.Mode, ID: c.From.ID}}}
	if c.To.Mode != 0 {
		f.After = check.Blob{Mode: c.To.Mode, ID: c.To.ID}
	}
	return f
}

// loadVersions reads the files that say versions and steps; of others these rules know the path only.
func loadVersions(ctx context.Context, store *git.Store, files []*check.File) error {
	for _, f := range files {
		if name := path.Base(f.Path); name != "version.php" && name != "upgrade.php" {
			continue
		}
		for _, b := range append([]*check.Blob{&f.After}, pointers(f.Before)...) {
			if b.Mode != git.ModeFile && b.Mode != git.ModeExec {
				continue
			}
			data, err := store.Blob(ctx, b.ID)
			if err != nil {
				return fmt.Errorf("read %s: %w", ShowPath(f.Path), err)
			}
			b.Data = data
		}
	}
	return nil
}

func pointers[T any](values []T) []*T {
	all := make([]*T, len(values))
	for i := range values {
		all[i] = &values[i]
	}
	return all
}
