package job

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/assemble"
	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/release"
	"mgit/internal/tree"
)

// releaseMaker makes the line of a release in memory. What it knows is a base and
// steps: the released commit and its tree are not among that, so that they
// cannot help.
type releaseMaker struct {
	site    *Site
	scratch *git.Scratch
	own     *history.Own // of all steps
	base    git.ID
	steps   []release.Step
	content releaseContent

	committer git.Signature
	target    string                                             // for the messages of the merges
	commit    func(context.Context, *git.Commit) (git.ID, error) // nil: in memory, unsigned
	jobs      int
}

// releaseContent knows what merging alone does not give.
type releaseContent interface {
	// settle returns what stands at the paths that conflict in step i; ok is false
	// where that is not known for all of them.
	settle(ctx context.Context, i int, paths []string) (files []release.File, ok bool, err error)
	// complete returns the files by which the tree after step i must differ from
	// the one given, which was merged and settled.
	complete(ctx context.Context, i int, merged git.ID) ([]release.File, error)
}

// madeRelease is what making a release gave.
type madeRelease struct {
	tip, tree git.ID
	files     [][]release.File // by step, sorted: what settle and complete gave
	stuck     *stuckStep       // nil: all steps were made
}

// stuckStep is a step that could not be made.
type stuckStep struct {
	at     int
	step   release.Step
	reason string
}

// ownOfRelease reads the site's own commits below the steps. Whatever this clone
// knows of upstream, the base and the tags in the steps are upstream's.
func (s *Site) ownOfRelease(ctx context.Context, base git.ID, steps []release.Step) (*history.Own, error) {
	upstream := append(s.refs.upstream(s.upstream), base)
	var tips []git.ID
	for _, step := range steps {
		if step.Kind == release.Upstream {
			upstream = append(upstream, step.Tip)
		} else {
			tips = append(tips, step.Tip)
		}
	}
	return history.Read(ctx, s.Repo, s.Repo.Store(), tips, upstream)
}

// make makes all steps, up to one that cannot be made.
func (m *releaseMaker) make(ctx context.Context) (*madeRelease, error) {
	base, err := m.scratch.Commit(ctx, m.base)
	if err != nil {
		return nil, err
	}
	made := &madeRelease{tip: base.ID, tree: base.Tree, files: make([][]release.File, len(m.steps))}
	for at := 0; at < len(m.steps) && made.stuck == nil; {
		n := 1
		if m.steps[at].Kind == release.ByHand {
			err = m.change(ctx, made, at, made.tree)
		} else {
			n, err = m.merge(ctx, made, at)
		}
		if err != nil {
			return nil, err
		}
		at += n
	}
	for _, files := range made.files {
		slices.SortFunc(files, func(a, b release.File) int { return strings.Compare(a.Path, b.Path) })
	}
	return made, nil
}

// merge makes the steps from at on, up to one whose content has to be completed
// or that is no merge, and returns how many it made.
func (m *releaseMaker) merge(ctx context.Context, made *madeRelease, at int) (int, error) {
	request := assemble.Request{
		Onto: made.tip, History: m.own, Committer: m.committer, Message: m.message,
		Options: assemble.Options{Commit: m.commit, Jobs: m.jobs, Places: m.site.settledPlaces()},
	}
	for _, s := range m.steps[at:] {
		if s.Kind == release.ByHand {
			break
		}
		request.Steps = append(request.Steps, assemble.Step{Name: cmp.Or(s.Name, s.Tip.String()), Tip: s.Tip, Upstream: s.Kind == release.Upstream})
	}
	current := at
	request.Progress = func(assemble.Merge) { current++ }
	request.Resolve = func(ctx context.Context, c assemble.Unresolved) (assemble.Resolved, bool, error) {
		return m.settle(ctx, made, current, c)
	}
	result, err := assemble.Run(ctx, m.scratch, m.site.Repo, request)
	if err != nil {
		return 0, err
	}
	var commits []git.ID
	for n, step := range result.Merges {
		if reason := whyStuck(step); reason != "" {
			made.stuck = &stuckStep{at + n, m.steps[at+n], reason}
			return n, nil
		}
		extra, err := m.content.complete(ctx, at+n, step.Tree)
		if err != nil {
			return 0, err
		}
		if len(extra) == 0 {
			if step.Commit != git.ZeroID {
				commits = append(commits, step.Commit)
				made.tip, made.tree = step.Commit, step.Tree
			}
			continue
		}
		if err := m.remember(ctx, commits); err != nil {
			return 0, err
		}
		if step.Commit == git.ZeroID {
			return n + 1, m.change(ctx, made, at+n, step.Tree)
		}
		return n + 1, m.amend(ctx, made, at+n, step, extra)
	}
	return len(result.Merges), m.remember(ctx, commits)
}

// whyStuck says why a step was not made; "" when it was.
func whyStuck(step assemble.Merge) string {
	switch step.Outcome {
	case assemble.Clean, assemble.Settled, assemble.Unchanged:
		return ""
	case assemble.Failed:
		return step.Err.Error()
	}
	var paths []string
	for _, c := range step.Conflicts {
		paths = append(paths, ShowPath(c.Path))
	}
	slices.Sort(paths)
	return "conflict in " + strings.Join(slices.Compact(paths), ", ")
}

// settle puts into a tree in conflict what is known to stand at its paths.
func (m *releaseMaker) settle(ctx context.Context, made *madeRelease, at int, c assemble.Unresolved) (assemble.Resolved, bool, error) {
	root := c.Merged.Tree
	var paths []string
	for _, conflict := range c.Merged.Conflicts {
		if conflict.Path != "" {
			paths = append(paths, conflict.Path)
		}
	}
	// What Git put there has markers, or a name that says where it is from.
	for _, s := range c.Merged.Stages {
		var err error
		if root, err = m.set(ctx, root, []release.File{{Path: s.Path}}); err != nil {
			return assemble.Resolved{}, false, err
		}
	}
	slices.Sort(paths)
	files, ok, err := m.content.settle(ctx, at, slices.Compact(paths))
	if err != nil || !ok {
		return assemble.Resolved{}, false, err
	}
	made.files[at] = files
	root, err = m.set(ctx, root, files)
	return assemble.Resolved{Tree: root, Used: m.steps[at].Resolutions}, true, err
}

// set writes files into a tree. Where nothing is to stand, and a directory stands
// or nothing does, nothing is to be done.
func (m *releaseMaker) set(ctx context.Context, root git.ID, files []release.File) (git.ID, error) {
	for _, gone := range []bool{true, false} {
		for _, f := range files {
			if (f.Mode == 0) != gone {
				continue
			}
			at, err := tree.At(ctx, m.scratch, root, f.Path)
			if err != nil {
				return root, err
			}
			if gone && at.File.Mode == 0 {
				continue
			}
			if root, err = tree.Set(ctx, m.scratch, root, f.Path, tree.File{Mode: f.Mode, ID: f.ID}); err != nil {
				return root, fmt.Errorf("write %s: %w", ShowPath(f.Path), err)
			}
		}
	}
	if root == git.ZeroID {
		return m.scratch.PutTree(git.Tree{})
	}
	return root, nil
}

// amend gives a merge the content that somebody made it with.
func (m *releaseMaker) amend(ctx context.Context, made *madeRelease, at int, step assemble.Merge, extra []release.File) error {
	root, err := m.set(ctx, step.Tree, extra)
	if err != nil {
		return err
	}
	made.files[at] = joinFiles(made.files[at], extra)
	return m.put(ctx, made, root, []git.ID{made.tip, step.Tip}, m.message(step))
}

// change makes a step that merges nothing.
func (m *releaseMaker) change(ctx context.Context, made *madeRelease, at int, root git.ID) error {
	files, err := m.content.complete(ctx, at, root)
	if err != nil {
		return err
	}
	if root, err = m.set(ctx, root, files); err != nil {
		return err
	}
	made.files[at] = files
	s := m.steps[at]
	message := fmt.Sprintf("%s\n\nMgit-Change: %s\n", oneLine(cmp.Or(s.Name, "Change "+m.target)), s.Tip)
	return m.put(ctx, made, root, []git.ID{made.tip}, message)
}

func (m *releaseMaker) put(ctx context.Context, made *madeRelease, root git.ID, parents []git.ID, message string) error {
	c := &git.Commit{Tree: root, Parents: parents, Author: m.committer, Committer: m.committer, Message: message}
	commit := m.commit
	if commit == nil {
		commit = func(_ context.Context, c *git.Commit) (git.ID, error) { return m.scratch.PutCommit(c), nil }
	}
	id, err := commit(ctx, c)
	if err != nil {
		return err
	}
	made.tip, made.tree = id, root
	return m.remember(ctx, []git.ID{id})
}

// remember makes new commits known as the site's own.
func (m *releaseMaker) remember(ctx context.Context, ids []git.ID) error {
	commits, err := m.scratch.Commits(ctx, ids)
	if err != nil {
		return err
	}
	m.own = m.own.With(commits...)
	return nil
}

// joinFiles is both lists; at a path that both have the second counts.
func joinFiles(first, second []release.File) []release.File {
	all := slices.Clone(second)
	for _, f := range first {
		if !slices.ContainsFunc(second, func(g release.File) bool { return g.Path == f.Path }) {
			all = append(all, f)
		}
	}
	return all
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// message is the message of a merge as the target's own has it.
func (m *releaseMaker) message(step assemble.Merge) string {
	var text strings.Builder
	what, trailer := "branch", "Mgit-Branch"
	if step.Upstream {
		what, trailer = "tag", "Mgit-Upstream"
	}
	name := oneLine(step.Name)
	fmt.Fprintf(&text, "Merge %s '%s' into %s\n\n%s: %s\nMgit-Tip: %s\n", what, name, m.target, trailer, name, step.Tip)
	for _, s := range m.steps {
		if s.Tip == step.Tip && s.Ticket != "" {
			fmt.Fprintf(&text, "Mgit-Ticket: %s\n", oneLine(s.Ticket))
			break
		}
	}
	for _, r := range step.Resolutions {
		fmt.Fprintf(&text, "Mgit-Resolution: %s\n", oneLine(r))
	}
	return text.String()
}

// manifestContent is what a manifest says of its steps.
type manifestContent struct {
	store tree.Reader
	steps []release.Step
}

func (c manifestContent) settle(_ context.Context, i int, paths []string) ([]release.File, bool, error) {
	for _, path := range paths {
		if !slices.ContainsFunc(c.steps[i].Files, func(f release.File) bool { return f.Path == path }) {
			return nil, false, nil
		}
	}
	return c.steps[i].Files, true, nil
}

func (c manifestContent) complete(ctx context.Context, i int, merged git.ID) ([]release.File, error) {
	var missing []release.File
	for _, f := range c.steps[i].Files {
		at, err := tree.At(ctx, c.store, merged, f.Path)
		if err != nil {
			return nil, err
		}
		if at.File != (tree.File{Mode: f.Mode, ID: f.ID}) {
			missing = append(missing, f)
		}
	}
	return missing, nil
}
