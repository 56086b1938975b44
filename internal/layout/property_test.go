package layout_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/git"
	"mgit/internal/layout"
)

// TestThereAndBack moves random site trees to the other layout and back: they must be the
// same, file for file, and on the way no two files may have met. MGIT_CASES and MGIT_SEED
// set how many and which.
func TestThereAndBack(t *testing.T) {
	t.Parallel()
	n, seed := 400, uint64(5)
	if v := os.Getenv("MGIT_CASES"); v != "" {
		n, _ = strconv.Atoi(v)
	}
	if v := os.Getenv("MGIT_SEED"); v != "" {
		seed, _ = strconv.ParseUint(v, 10, 64)
	}
	r := rand.New(rand.NewPCG(seed, 1))
	classic, public := releases()
	s := newStore()
	there, back := between(t, s, classic, public, layout.Places{}), between(t, s, public, classic, layout.Places{})
	moved, stayed := 0, 0
	for i := range n {
		first, second, from := there, back, classic
		if i%2 == 1 {
			first, second, from = back, there, public
		}
		all := randomTree(r, first, second, from)
		id := s.put(t, all)
		middle, err := first.Tree(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		for path := range s.list(t, middle) {
			if _, same := all[path]; same {
				stayed++
			} else {
				moved++
			}
		}
		last, err := second.Tree(t.Context(), middle)
		if err != nil {
			t.Fatal(err)
		}
		if last != id {
			t.Fatalf("seed %d, case %d: %s", seed, i, cmp.Diff(all, s.list(t, last)))
		}
		if got := len(s.list(t, middle)); got != len(all) {
			t.Fatalf("seed %d, case %d: %d files became %d", seed, i, len(all), got)
		}
	}
	t.Logf("seed %d: %d trees with %d files that moved and %d that stayed", seed, n, moved, stayed)
	if moved < n || stayed < n {
		t.Error("too few files of one kind: the test shows little")
	}
}

// randomTree is a part of a release with files of a site. A path whose place is one of
// two is left out when the older layout would have it at the top in both cases: that is
// what [layout.Move.Path] calls not certain.
func randomTree(r *rand.Rand, first, second *layout.Move, release files) files {
	all := make(files)
	for path, text := range release {
		if r.IntN(3) > 0 {
			all[path] = text
		}
	}
	names := []string{"mod", "lib", "admin", "cli", "behat", "extension", "local", "public", "deploy", "index.php", "setup.php", "x", "x-y", ".git-x", "a\xff"}
	for range r.IntN(30) {
		var parts []string
		for range 1 + r.IntN(5) {
			parts = append(parts, names[r.IntN(len(names))])
		}
		path := strings.Join(parts, "/")
		to, _, _ := first.Path(path)
		if again, _, _ := second.Path(to); again != path || meets(all, path) {
			continue
		}
		all[path] = fmt.Sprint("mine ", r.IntN(5))
	}
	delete(all, "public")
	if len(all) == 0 {
		all["version.php"] = "x"
	}
	return all
}

// meets reports whether a path is in the way of another.
func meets(all files, path string) bool {
	for other := range all {
		if strings.HasPrefix(other, path+"/") || strings.HasPrefix(path, other+"/") {
			return true
		}
	}
	return false
}

// FuzzPath looks for paths that crash it, or that come back as another path although both
// ways were certain.
func FuzzPath(f *testing.F) {
	for _, path := range []string{"mod/x", "public", "public/", "public/public/mod", "lib", "admin/cli", "//", ".", "deploy/web/x", "\xff"} {
		f.Add(path)
	}
	classic, public := releases()
	s := newStore()
	settled := layout.Places{Root: []string{"deploy"}, Public: []string{"deploy/web"}}
	there, back := between(f, s, classic, public, settled), between(f, s, public, classic, settled)
	f.Fuzz(func(t *testing.T, path string) {
		to, certain, _ := there.Path(path)
		again, isBack, _ := back.Path(to)
		if certain && isBack && again != path {
			t.Errorf("%q became %q, and that %q", path, to, again)
		}
	})
}

// A huge folder is moved by its id, whatever is in it.
func TestCostIsThatOfTheSplitFolders(t *testing.T) {
	t.Parallel()
	classic, public := releases()
	s := newStore()
	all := classic.with(nil)
	for i := range 3000 {
		all[fmt.Sprintf("mod/big%d/f%d.php", i%300, i)] = "x"
	}
	id := s.put(t, all)
	counted := &counting{store: s}
	m, err := layout.Between(t.Context(), counted, s.put(t, classic), s.put(t, public), layout.Places{})
	if err != nil {
		t.Fatal(err)
	}
	counted.trees = 0
	if _, err := m.Tree(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if counted.trees > 4 {
		t.Errorf("%d trees were read, want the top, admin, lib and lib/behat", counted.trees)
	}
}

// counting counts the trees that are read.
type counting struct {
	*store
	trees int
}

func (c *counting) Tree(ctx context.Context, id git.ID) (git.Tree, error) {
	c.trees++
	return c.store.Tree(ctx, id)
}
