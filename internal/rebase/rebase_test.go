package rebase_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/history"
	"mgit/internal/rebase"
)

// site is a repository with branches to move and the engine open on it.
type site struct {
	*gittest.Repo
	t *testing.T
}

func newSite(t *testing.T) *site {
	return &site{gittest.New(t), t}
}

// rebase moves the branches onto the commit onto. Upstream are all refs whose
// name begins with "up-" and all tags.
func (s *site) rebase(onto string, options rebase.Options, branches ...string) []rebase.Result {
	s.t.Helper()
	results, _ := s.rebaseBranches(onto, options, s.branches(branches...))
	return results
}

func (s *site) branches(names ...string) []rebase.Branch {
	var all []rebase.Branch
	for _, name := range names {
		all = append(all, rebase.Branch{Name: name, Tip: s.id(name), Base: s.base(name)})
	}
	return all
}

func (s *site) base(branch string) git.ID {
	s.t.Helper()
	bases := strings.Fields(s.Git(append([]string{"merge-base", "--independent"}, s.boundary(branch)...)...))
	if len(bases) == 0 {
		return git.ZeroID
	}
	return s.id(bases[0])
}

func (s *site) boundary(branch string) []string {
	var edge []string
	for line := range strings.Lines(s.Git("rev-list", "--boundary", branch, "--not", "--branches=up-*", "--tags")) {
		if id, ok := strings.CutPrefix(strings.TrimSpace(line), "-"); ok {
			edge = append(edge, id)
		}
	}
	if len(edge) == 0 {
		edge = []string{branch}
	}
	return edge
}

// rebaseBranches also writes the results' objects into the repository, so that
// git can look at them.
func (s *site) rebaseBranches(onto string, options rebase.Options, branches []rebase.Branch) ([]rebase.Result, *git.Repo) {
	s.t.Helper()
	ctx := context.Background()
	repo, err := git.Open(ctx, s.Path, git.Options{Env: s.Env()})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { repo.Close() })
	scratch, err := repo.NewScratch(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { scratch.Close() })
	var tips []git.ID
	for _, b := range branches {
		tips = append(tips, b.Tip)
	}
	var upstream []git.ID
	for line := range strings.Lines(s.Git("for-each-ref", "--format=%(objectname)", "refs/heads/up-*", "refs/tags")) {
		upstream = append(upstream, s.id(strings.TrimSpace(line)))
	}
	history, err := history.Read(ctx, repo, scratch, tips, upstream)
	if err != nil {
		s.t.Fatal(err)
	}
	results, err := rebase.Run(ctx, scratch, rebase.Request{
		Onto: s.id(onto), History: history, Branches: branches,
		Committer: git.Signature{Name: "Mover", Email: "mover@example.org", When: time.Unix(1_800_000_000, 0).UTC()},
		Options:   options,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	var news []git.ID
	for _, r := range results {
		if r.Err != nil {
			s.t.Fatalf("%s: %v", r.Branch.Name, r.Err)
		}
		news = append(news, r.Tip)
	}
	pack, err := scratch.WritePack(ctx, news)
	if err != nil {
		s.t.Fatal(err)
	}
	if pack.Objects > 0 {
		if err := repo.InstallPack(pack); err != nil {
			s.t.Fatal(err)
		}
	}
	return results, repo
}

func (s *site) id(rev string) git.ID {
	s.t.Helper()
	id, err := git.ParseID(strings.TrimSpace(s.Git("rev-parse", rev+"^{commit}")))
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

// commit writes path with text on the branch and commits it.
func (s *site) commit(branch, path, text, message string) string {
	s.t.Helper()
	s.Git("checkout", "-q", branch)
	s.Write(path, text)
	return s.Commit(message)
}

func lines(n int, change map[int]string) string {
	var b strings.Builder
	for i := range n {
		if c, ok := change[i]; ok {
			b.WriteString(c + "\n")
			continue
		}
		fmt.Fprintf(&b, "line %d\n", i)
	}
	return b.String()
}

func fates(r rebase.Result) string {
	var words []string
	for _, s := range r.Steps {
		w := string(s.Fate)
		if s.ByHand {
			w += "(by hand)"
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}
