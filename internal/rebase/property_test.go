package rebase_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/merge/mergetest"
	"mgit/internal/rebase"
)

// TestBranchesAreGits moves random branches with mgit and with git rebase. Both
// must make the same commits, or stop at the same commit with the same
// paths in conflict. `make fuzz` sets MGIT_BRANCHES.
func TestBranchesAreGits(t *testing.T) {
	t.Parallel()
	n, seed := 40, uint64(3)
	if testing.Short() {
		n = 20
	}
	if v := os.Getenv("MGIT_BRANCHES"); v != "" {
		n, _ = strconv.Atoi(v)
	}
	if v := os.Getenv("MGIT_SEED"); v != "" {
		seed, _ = strconv.ParseUint(v, 10, 64)
	}
	r := rand.New(rand.NewPCG(seed, 1))
	clean, parked := 0, 0
	for done := 0; done < n; done += 20 {
		for _, result := range randomSite(t, r, 20) {
			if result.Parked() {
				parked++
			} else {
				clean++
			}
		}
	}
	t.Logf("seed %d: %d branches moved clean, %d parked, all as git rebase did", seed, clean, parked)
	if clean < n/5 || parked < n/5 {
		t.Errorf("of %d branches %d were clean and %d parked: one share is under a fifth", n, clean, parked)
	}
}

// randomSite makes a base, a new release and branches on the base, some with
// merges of a minor or of a side line, and holds mgit's rebase against git's.
func randomSite(t *testing.T, r *rand.Rand, branches int) []rebase.Result {
	t.Helper()
	s := newSite(t)
	b := &builder{site: s, r: r, when: time.Unix(1_700_000_000, 0).UTC()}
	b.open()
	files := mergetest.RandomFiles(r)
	for range 3 {
		maps.Copy(files, mergetest.RandomFiles(r))
	}
	clean(files)
	v1 := b.commit(files, "v1")
	minorFiles := b.edited(files, 2)
	minor := b.commit(minorFiles, "minor", v1)
	v2Files := b.edited(files, 4)
	v2 := b.commit(v2Files, "v2", v1)
	var names []string
	refs := map[string]git.ID{"refs/tags/v1": v1, "refs/tags/v1.1": minor, "refs/heads/up-main": v2}
	for i := range branches {
		name := fmt.Sprintf("b%02d", i)
		refs["refs/heads/"+name] = b.branch(files, v1)
		names = append(names, name)
	}
	b.write(refs)
	return s.mustAgree("up-main", names...)
}

// clean makes the tree one that has no path below another, which copying two
// trees together can make, and that every checkout holds alike.
func clean(files mergetest.Files) {
	for _, p := range slices.Sorted(maps.Keys(files)) {
		f, ok := files[p]
		if !ok {
			continue
		}
		if f.Mode == git.ModeGitlink || f.Mode == 0o100664 {
			f.Mode = git.ModeFile
		}
		delete(files, p)
		mergetest.Put(files, p, f)
	}
}

// builder writes random commits straight into the repository.
type builder struct {
	*site
	r       *rand.Rand
	repo    *git.Repo
	scratch *git.Scratch
	when    time.Time
}

func (b *builder) open() {
	var err error
	if b.repo, err = git.Open(b.t.Context(), b.Path, git.Options{Env: b.Env()}); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { b.repo.Close() })
	if b.scratch, err = b.repo.NewScratch(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { b.scratch.Close() })
}

func (b *builder) edited(files mergetest.Files, edits int) mergetest.Files {
	next := maps.Clone(files)
	for range 1 + b.r.IntN(edits) {
		mergetest.Edit(b.r, next)
		clean(next)
	}
	return next
}

func (b *builder) commit(files mergetest.Files, message string, parents ...git.ID) git.ID {
	id, err := files.Put(b.scratch)
	if err != nil {
		b.t.Fatal(err)
	}
	b.when = b.when.Add(time.Minute)
	who := git.Signature{Name: "Random Author", Email: "random@example.org", When: b.when}
	return b.scratch.PutCommit(&git.Commit{Tree: id, Parents: parents, Author: who, Committer: who, Message: message + "\n"})
}

// branch makes one to four commits.
func (b *builder) branch(files mergetest.Files, base git.ID) git.ID {
	tip := base
	for i := range 1 + b.r.IntN(4) {
		files = b.edited(files, 2)
		tip = b.commit(files, fmt.Sprintf("change %d", i), tip)
	}
	return tip
}

func (b *builder) write(refs map[string]git.ID) {
	ctx := b.t.Context()
	pack, err := b.scratch.WritePack(ctx, slices.Collect(maps.Values(refs)))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := b.repo.InstallPack(pack); err != nil {
		b.t.Fatal(err)
	}
	var updates []git.RefUpdate
	for name, id := range refs {
		updates = append(updates, git.RefUpdate{Name: name, New: id})
	}
	if err := b.repo.UpdateRefs(ctx, updates, "random"); err != nil {
		b.t.Fatal(err)
	}
}
