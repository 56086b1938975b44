package pin

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"mgit/internal/git"
	"mgit/internal/upstream"
)

// compare compares the tree with all commits, without its line ends where
// upstream knows little of it as it is.
func (f *finder) compare(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f.compareWith(f.Files)
	if f.best == upstream.None || 2*f.fit.Matching(f.best) >= f.fit.Known() || f.Normalised == nil {
		return nil
	}
	var unknown []string
	for path, id := range f.Files {
		if f.Index.HasPath(path) && f.Index.First(path, id) == upstream.None {
			unknown = append(unknown, path)
		}
	}
	found, err := f.Normalised(ctx, unknown)
	if err != nil {
		return err
	}
	before, asTheyAre := f.fit.Matching(f.best), f.Files
	files := f.normalised(found)
	f.compareWith(files)
	if gained := f.fit.Matching(f.best) - before; gained > before {
		f.Files = files
		f.doubt(LineEndings, "the line ends of %d files are not upstream's, as after a checkout on Windows; they are left aside", gained)
		return nil
	}
	f.compareWith(asTheyAre)
	return nil
}

// normalised are the files of the tree, some with other blobs.
func (f *finder) normalised(found map[string]git.ID) iter.Seq2[string, git.ID] {
	asTheyAre := f.Files
	return func(yield func(string, git.ID) bool) {
		for path, id := range asTheyAre {
			if other, ok := found[path]; ok && f.Index.First(path, other) != upstream.None {
				id = other
			}
			if !yield(path, id) {
				return
			}
		}
	}
}

func (f *finder) compareWith(files iter.Seq2[string, git.ID]) {
	f.fit = f.Index.Compare(files)
	f.onlyPublished = false
	f.best = f.bestOf(f.everything())
	if f.best == upstream.None || f.astray(f.best) < mixedFiles {
		return
	}
	// Files of several builds fit to a commit in the middle between them as well as
	// to each of the builds, and better by chance. Hardly anybody installs that one.
	f.onlyPublished = true
	published := f.bestOf(f.everything())
	if published == upstream.None || farther*f.astray(f.best) < f.astray(published) {
		f.onlyPublished = false
		return
	}
	f.best = published
}

// farther is how many times as many files have to be astray for the best of the
// commits that were published as for one that was not, where there are so many
// that the tree is a mixed one; then it is made from that one all the same.
const farther = 3

// bestOf is the commit that fits best, and the first of several.
func (f *finder) bestOf(commits iter.Seq[upstream.Commit]) upstream.Commit {
	best := upstream.None
	for c := range commits {
		if best == upstream.None || f.compareFit(c, best) < 0 {
			best = c
		}
	}
	return best
}

// astray counts the files of the tree that are not as the commit has them,
// without those that no commit has: about as many are of other builds.
func (f *finder) astray(c upstream.Commit) int { return f.strange(c) - f.fit.Nowhere() }

// strange counts the files of the tree that are not as the commit has them,
// those that it does not have included; lacks those of the commit that the tree
// changed or does not have.
//
// What is there says more than what is missing. Sites delete whole folders and
// copy half a tree, and nobody makes a file of upstream's by accident: so strange
// files come first.
func (f *finder) strange(c upstream.Commit) int { return f.fit.Known() - f.fit.Matching(c) }
func (f *finder) lacks(c upstream.Commit) int   { return f.fit.Differing(c) }

// compareFit orders commits by how well they fit, the better first.
func (f *finder) compareFit(a, b upstream.Commit) int {
	return cmp.Or(cmp.Compare(f.strange(a), f.strange(b)), cmp.Compare(f.lacks(a), f.lacks(b)))
}

// everything is all commits that come into question by their files.
func (f *finder) everything() iter.Seq[upstream.Commit] {
	return func(yield func(upstream.Commit) bool) {
		for c := range upstream.Commit(f.Index.Len()) {
			if (!f.onlyPublished || f.isPublished(c)) && !yield(c) {
				return
			}
		}
	}
}

// eligible are those of some commits that come into question, and all when none
// does.
func (f *finder) eligible(commits []upstream.Commit) iter.Seq[upstream.Commit] {
	if f.onlyPublished && slices.ContainsFunc(commits, f.isPublished) {
		commits = slices.DeleteFunc(slices.Clone(commits), func(c upstream.Commit) bool { return !f.isPublished(c) })
	}
	return slices.Values(commits)
}

// fittest is the commit that fits best among some, None among none.
func (f *finder) fittest(ctx context.Context, among iter.Seq[upstream.Commit]) (upstream.Commit, error) {
	least := upstream.None
	for c := range among {
		if least == upstream.None || f.strange(c) < f.strange(least) {
			least = c
		}
	}
	if least == upstream.None {
		return least, nil
	}
	alike, err := f.fitAlike(ctx, least, among)
	if err != nil {
		return upstream.None, err
	}
	return f.rank(alike)[0], nil
}

// fitAlike are those commits that fit as well as c does, which has the fewest
// strange files among them.
func (f *finder) fitAlike(ctx context.Context, c upstream.Commit, among iter.Seq[upstream.Commit]) ([]upstream.Commit, error) {
	least := f.strange(c)
	var alike []upstream.Commit
	for other := range among {
		if f.strange(other) == least {
			alike = append(alike, other)
		}
	}
	return f.withoutWorse(ctx, alike)
}

// mostAlike is how many commits are compared path by path. More fit alike only
// where the files say next to nothing.
const mostAlike = 24

// withoutWorse keeps the commits for which the fewest paths are missing from the
// tree or added to it. It tells apart
//
//	A   has a file that the site changed     the path is there in both: nothing is wrong with A,
//	B   is A without that file               and B would have the site create the file
//
// which by counting files that differ would be the other way round.
func (f *finder) withoutWorse(ctx context.Context, alike []upstream.Commit) ([]upstream.Commit, error) {
	if len(alike) < 2 || len(alike) > mostAlike {
		return alike, nil
	}
	have := f.paths()
	wrong := make([]int, len(alike)) // against the first
	for i, c := range alike[1:] {
		err := f.diff(ctx, alike[0], c, func(path string, from, to git.ID) {
			_, isThere := have[path]
			switch {
			case from != git.ZeroID && to != git.ZeroID:
			case isThere == (to != git.ZeroID):
				wrong[i+1]--
			default:
				wrong[i+1]++
			}
		})
		if err != nil {
			return nil, err
		}
	}
	least := slices.Min(wrong)
	var kept []upstream.Commit
	for i, c := range alike {
		if wrong[i] == least {
			kept = append(kept, c)
		}
	}
	return kept, nil
}
