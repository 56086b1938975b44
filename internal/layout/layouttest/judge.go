package layouttest

import (
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"mgit/internal/git/gittest"
)

// Verdict is what a rebase makes of a branch.
type Verdict struct {
	Trees   []string // of the commits on the new release, oldest first
	Stopped string   // the commit it stops at, as it was before any move; "" for none
	Paths   []string // in conflict there, sorted
}

// Tree is the tree of the last commit that was clean.
func (v Verdict) Tree() string { return append([]string{"v5.1.0^{tree}"}, v.Trees...)[len(v.Trees)] }

// Equal reports whether both are the same.
func (v Verdict) Equal(w Verdict) bool {
	return slices.Equal(v.Trees, w.Trees) && v.Stopped == w.Stopped && slices.Equal(v.Paths, w.Paths)
}

// Judge is what git rebase makes of the moved branches on the release after the move.
// It takes the n-th branches only; the others are zero. A judge of all is [Site.Pick].
func (s *Site) Judge(m *Moved, n int) []Verdict { return s.rebase(m.Base, "refs/moved/", m.Old, n) }

// Plain is what git rebase makes of every n-th branch as it is.
func (s *Site) Plain(n int) []Verdict { return s.rebase("v4.5.0", "refs/heads/", nil, n) }

// rebase runs git rebase, in two work trees of few files: the merges are the same.
func (s *Site) rebase(base, prefix string, old map[string]string, n int) []Verdict {
	s.t.Helper()
	verdicts := make([]Verdict, len(s.Branches))
	var halves sync.WaitGroup
	for half := range 2 {
		dir := filepath.Join(s.t.TempDir(), "judge")
		s.Git("worktree", "add", "-q", "--no-checkout", "--detach", dir, "v5.1.0")
		r := gittest.At(s.t, dir)
		r.Git("sparse-checkout", "set", "--no-cone", "/lib/components.json")
		r.Git("checkout", "-q", "--detach", "v5.1.0")
		halves.Go(func() {
			for i := half * n; i < len(s.Branches); i += 2 * n {
				verdicts[i] = rebaseOne(r, base, prefix+s.Branches[i].Name, old)
			}
		})
	}
	halves.Wait()
	return verdicts
}

func rebaseOne(r *gittest.Repo, base, branch string, old map[string]string) Verdict {
	_, err := r.TryGit("-c", "merge.directoryRenames=false", "-c", "advice.skippedCherryPicks=false", "rebase", "-q", "--onto", "v5.1.0", base, branch+"^0")
	v := Verdict{Trees: words(mustGit(r, "log", "--reverse", "--topo-order", "--format=%T", "v5.1.0..HEAD"))}
	if err == nil {
		return v
	}
	v.Stopped = mustGit(r, "rev-parse", "--verify", "REBASE_HEAD")
	if was, ok := old[v.Stopped]; ok {
		v.Stopped = was
	}
	for path := range strings.SplitSeq(mustGit(r, "diff", "--name-only", "--diff-filter=U", "-z"), "\x00") {
		if path != "" {
			v.Paths = append(v.Paths, path)
		}
	}
	slices.Sort(v.Paths)
	mustGit(r, "rebase", "--abort")
	mustGit(r, "checkout", "-q", "-f", "--detach", "v5.1.0")
	return v
}

func words(text string) []string { return append([]string{}, strings.Fields(text)...) }

// mustGit is Git for goroutines that are not the test's own: what git prints on an
// error makes no verdict that anything agrees with.
func mustGit(r *gittest.Repo, args ...string) string {
	out, err := r.TryGit(args...)
	if err != nil {
		return err.Error()
	}
	return out
}

// Misplaced lists the paths in which the tip differs from the release after the move
// although no change of the branch belongs there: a file at its old path, or at one
// that git thought it had been renamed to.
func (s *Site) Misplaced(b *Branch, tip string) []string {
	s.t.Helper()
	right := make(map[string]bool)
	for c := b; c != nil; c = s.below(c) {
		for _, p := range c.Paths {
			to, _ := Place(p)
			right[to] = true
		}
	}
	var wrong []string
	for p := range strings.SplitSeq(string(s.raw("diff-tree", "-r", "-z", "--name-only", "--no-renames", "v5.1.0", tip)), "\x00") {
		if p != "" && !right[p] {
			wrong = append(wrong, p)
		}
	}
	return wrong
}

func (s *Site) below(b *Branch) *Branch {
	for _, c := range s.Branches {
		if c.Name == b.on {
			return c
		}
	}
	return nil
}
