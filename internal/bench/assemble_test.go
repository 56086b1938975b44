package bench

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"mgit/internal/assemble"
	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/history"
	"mgit/internal/rebase/rebasetest"
)

// The target that is measured: branches on 2.5.0, merged onto the newest minor.
const (
	stood, stoodVersion = "v2.5.0", "2.5"
	minor               = "v2.5.9"
)

// target is a site whose branches are merged into one branch, which the other
// ways of doing it are compared with.
type target struct {
	*moodle
	made string // the trees after every merge, once known
}

func newTarget(t *testing.T, clone string, branches int) *target {
	t.Helper()
	load := rebasetest.Load{Base: stood, Version: stoodVersion, Branches: branches, Commits: branches * 13 / 3, Seed: 1}
	x := &target{moodle: newMoodle(t, clone, load)}
	slices.SortFunc(x.branches, func(a, b string) int { return strings.Compare(orderOf(a), orderOf(b)) })
	x.template.Git("update-ref", result, minor+"^{commit}")
	return x
}

// orderOf is what mgit orders branches by: component and short name.
func orderOf(branch string) string {
	return strings.SplitN(branch, "-", 4)[3]
}

// result is the target, to which each way adds the branches. It has the minor
// and nothing else yet.
const result = "refs/heads/LUVLE-" + stoodVersion + "-test"

// TestAssembleBars measures what mgit promises about building a target.
func TestAssembleBars(t *testing.T) {
	skipUnlessAsked(t)
	clone := moodleClone(t)
	program := buildMgit(t)
	small, large := newTarget(t, clone, 60), newTarget(t, clone, 600)
	say(t, "%s; %d processors; %d branches on %s merged onto %s", small.template.Git("version"), runtime.NumCPU(), len(small.branches), stood, minor)

	ours, ours600 := small.program(program), large.program(program)
	engine, engine600 := small.engine(), large.engine()
	loop, mergeTree := small.mergeLoop(), small.mergeTreeLoop()
	bar(t, "60 branches: mgit assemble / loop of git merge", compared(t, 3, ours, loop), 1.0/10, "")
	bar(t, "60 branches: mgit assemble / loop of git merge-tree", compared(t, 9, ours, mergeTree), 1, "")
	bar(t, "mgit assemble: 600 branches / 60 branches", compared(t, 5, ours600, ours), 10.5, "")
	// What of this is merging.
	bar(t, "60 branches: the merging alone / loop of git merge-tree", compared(t, 5, engine, mergeTree), 1, "")
	bar(t, "the merging alone: 600 branches / 60 branches", compared(t, 5, engine600, engine), 10.5, "")
	for _, w := range []*work{ours, loop, mergeTree, ours600, engine, engine600} {
		say(t, "%v", w)
	}
}

// program is the whole of mgit; with a branch in conflict it ends with the code
// finished.
func (x *target) program(program string) *work {
	return &work{
		name:    fmt.Sprintf("mgit assemble, %d branches", len(x.branches)),
		prepare: x.bare,
		do: func(r *gittest.Repo) {
			run(x.t, r, program, []string{"assemble", "test", "--series", stoodVersion}, finished)
		},
		done: x.compareTarget,
	}
}

// engine merges in this process, from reading the branches' history to the
// pack and the reference written.
func (x *target) engine() *work {
	return &work{
		name:    fmt.Sprintf("the merging alone, %d branches", len(x.branches)),
		prepare: x.bare,
		do:      x.assemble,
		done:    x.compareTarget,
	}
}

func (x *target) assemble(r *gittest.Repo) {
	x.t.Helper()
	if err := assembleIn(x.t.Context(), r, x.branches); err != nil {
		x.t.Fatal(err)
	}
}

func assembleIn(ctx context.Context, r *gittest.Repo, branches []string) error {
	repo, err := git.Open(ctx, r.Path, git.Options{Env: r.Env()})
	if err != nil {
		return err
	}
	defer repo.Close()
	scratch, err := repo.NewScratch(ctx)
	if err != nil {
		return err
	}
	defer scratch.Close()
	request, err := requestOf(ctx, repo, scratch, branches)
	if err != nil {
		return err
	}
	made, err := assemble.Run(ctx, scratch, repo, request)
	if err != nil {
		return err
	}
	pack, err := scratch.WritePack(ctx, []git.ID{made.Tip})
	if err != nil {
		return err
	}
	if err := repo.InstallPack(pack); err != nil {
		return err
	}
	return repo.UpdateRefs(ctx, []git.RefUpdate{{Name: result, Old: request.Onto, New: made.Tip}}, "assemble")
}

// requestOf reads the references and the branches' own commits.
func requestOf(ctx context.Context, repo *git.Repo, scratch *git.Scratch, branches []string) (assemble.Request, error) {
	request := assemble.Request{
		Committer: git.Signature{Name: "Builder", Email: "builder@example.org", When: time.Now()},
		Message:   func(m assemble.Merge) string { return "Merge branch '" + m.Name + "' into test\n" },
	}
	refs, err := repo.Refs(ctx)
	if err != nil {
		return request, err
	}
	var tips, upstream []git.ID
	steps := make(map[string]assemble.Step)
	for _, ref := range refs {
		short := strings.TrimPrefix(ref.Name, "refs/heads/")
		switch {
		case ref.Name == "refs/tags/"+minor:
			request.Onto = ref.Peeled
		case slices.Contains(branches, short):
			steps[short] = assemble.Step{Name: short, Tip: ref.Peeled}
			tips = append(tips, ref.Peeled)
			continue
		}
		if short == ref.Name {
			upstream = append(upstream, ref.Peeled)
		}
	}
	for _, b := range branches {
		request.Steps = append(request.Steps, steps[b])
	}
	request.History, err = history.Read(ctx, repo, scratch, append(tips, request.Onto), upstream)
	return request, err
}

// mergeLoop is the way without mgit: check out and merge, branch after branch.
func (x *target) mergeLoop() *work {
	script := `while read -r branch; do git -c merge.directoryRenames=false merge -q --no-ff --no-edit "$branch" >/dev/null 2>&1 || git merge --abort; done; git update-ref ` + result + ` HEAD`
	return &work{
		name:    fmt.Sprintf("git merge, %d branches", len(x.branches)),
		prepare: func() *gittest.Repo { return x.checkedOut(minor) },
		do:      func(r *gittest.Repo) { shell(x.t, r, script, x.branches) },
		done:    x.compareTarget,
	}
}

// mergeTreeLoop is the same without a checkout, a process a branch; the
// commits are made in between, as they must be, by another one.
func (x *target) mergeTreeLoop() *work {
	script := `tip=$(git rev-parse ` + minor + `^{commit}); while read -r branch; do tree=$(git -c merge.directoryRenames=false merge-tree --write-tree "$tip" "$branch" 2>/dev/null) && tip=$(git commit-tree -m merge -p "$tip" -p "$branch" "$tree"); done; git update-ref ` + result + ` "$tip"`
	return &work{
		name:    fmt.Sprintf("git merge-tree, %d branches", len(x.branches)),
		prepare: x.bare,
		do:      func(r *gittest.Repo) { shell(x.t, r, script, x.branches) },
		done:    x.compareTarget,
	}
}

// compareTarget makes sure that every way merged the same branches to the same
// trees.
func (x *target) compareTarget(r *gittest.Repo) {
	x.t.Helper()
	made := r.Git("log", "--first-parent", "--format=%T", minor+".."+result)
	if x.made == "" {
		x.made = made
		say(x.t, "%d of %d branches merge clean", strings.Count(made, "\n")+1, len(x.branches))
	}
	if made != x.made {
		x.t.Fatalf("one way made the trees\n%s\nanother\n%s", x.made, made)
	}
}
