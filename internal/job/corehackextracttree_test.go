package job

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/tree"
)

// Many changes at once make the tree that they make one after the other, and what
// would take something else away is refused.
func TestTreeEditsProperty(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	if s, err := strconv.ParseUint(os.Getenv("MGIT_SEED"), 10, 64); err == nil {
		seed = s
	}
	random := rand.New(rand.NewPCG(seed, 1))
	g := gittest.New(t)
	repo, err := git.Open(t.Context(), g.Path, git.Options{Env: g.Env()})
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	store, ctx := repo.Store(), t.Context()
	file := func() tree.File {
		return tree.File{Mode: git.ModeFile, ID: store.PutBlob(fmt.Append(nil, random.IntN(3)))}
	}
	path := func() string {
		parts := make([]string, 1+random.IntN(3))
		for i := range parts {
			parts[i] = []string{"a", "b", "a-b", "a.b"}[random.IntN(4)]
		}
		return strings.Join(parts, "/")
	}
	applied, refused := 0, 0
	for range 500 {
		var root git.ID
		for range random.IntN(8) {
			if root, err = tree.Set(ctx, store, root, path(), file()); err != nil {
				t.Fatal(err)
			}
		}
		edits := treeEdits{store: store, root: root, files: make(map[string]tree.File)}
		want, before := root, pathsIn(t, store, root)
		gone := slices.DeleteFunc(slices.Clone(before), func(string) bool { return random.IntN(2) == 0 })
		var came []string
		for range random.IntN(6) {
			if p := path(); !slices.Contains(gone, p) && !slices.Contains(came, p) {
				came = append(came, p)
			}
		}
		slices.Sort(came)
		for i, p := range append(gone, came...) {
			var f tree.File
			if i >= len(gone) {
				f = file()
			}
			why, err := edits.add(ctx, p, f)
			if err != nil {
				t.Fatal(err)
			}
			if why != "" {
				refused++
				continue
			}
			applied++
			if want, err = tree.Set(ctx, store, want, p, f); err != nil {
				t.Fatal(err)
			}
		}
		got, err := edits.write(ctx)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if want == git.ZeroID {
			want = git.EmptyTree
		}
		if got != want {
			t.Fatalf("seed %d: %q with %v is %q, want %q", seed, before, edits.files, pathsIn(t, store, got), pathsIn(t, store, want))
		}
		after := pathsIn(t, store, got)
		for _, p := range before {
			if !slices.Contains(gone, p) && !slices.Contains(after, p) {
				t.Fatalf("seed %d: %s is gone, which nobody asked for: %v", seed, p, edits.files)
			}
		}
	}
	if applied < 500 || refused < 20 {
		t.Errorf("seed %d: %d changes were made and %d refused: the test shows little", seed, applied, refused)
	}
}

func pathsIn(t *testing.T, store *git.Store, root git.ID) []string {
	t.Helper()
	var all []string
	err := tree.Diff(t.Context(), store, git.ZeroID, root, func(c tree.Change) error {
		all = append(all, c.Path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
