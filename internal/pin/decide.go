package pin

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"mgit/internal/git"
	"mgit/internal/upstream"
)

// few is how many files may speak against a commit that is named by id, or
// against the build that version.php names, without being believed: so many come
// in with fixes that somebody took over by hand.
const few = 5

// finder is one search.
type finder struct {
	Request
	pin *Pin

	// What version.php says, when it says something: its key, the commits that say
	// the same, and those of them that said it first.
	claims             bool
	key                upstream.Key
	family, introduced []upstream.Commit

	fit   *upstream.Comparison
	best  upstream.Commit   // of all commits
	named []upstream.Commit // by githash.php or history, believed or not

	byPath map[string]git.ID // see paths
}

func newFinder(req Request) *finder {
	return &finder{Request: req, pin: &Pin{Commit: upstream.None}, best: upstream.None}
}

func (f *finder) doubt(id, format string, args ...any) {
	f.pin.Disagrees = append(f.pin.Disagrees, Doubt{id, fmt.Sprintf(format, args...)})
}

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
	f.best = upstream.None
	for c := range upstream.Commit(f.Index.Len()) {
		if f.best == upstream.None || f.compareFit(c, f.best) < 0 {
			f.best = c
		}
	}
}

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

// isForeign reports whether there is nothing to go by: a tree that claims no
// build of upstream's has to have some of its files.
func (f *finder) isForeign() bool {
	if f.best == upstream.None {
		return true
	}
	if f.isUpstreams() {
		return false
	}
	const share = 20 // a licence, a few icons and an old library are no Moodle
	matching := f.fit.Matching(f.best)
	return matching == 0 || matching*share < f.fit.Files(f.best)
}

func (f *finder) whyForeign() string {
	if f.best == upstream.None || f.fit.Matching(f.best) == 0 {
		return "upstream never had any of its files"
	}
	return fmt.Sprintf("upstream has %d of its files, out of %d of a Moodle tree", f.fit.Matching(f.best), f.fit.Files(f.best))
}

// choose finds the commit. What names one by its id is believed when few files
// speak against it; then version.php, when the files do not speak for quite
// another build; then the files.
func (f *finder) choose(ctx context.Context) error {
	anchor, evidence, err := f.anchor(ctx)
	if err != nil {
		return err
	}
	for _, strong := range []struct {
		by   Evidence
		find func() upstream.Commit
		id   string
		says string
	}{
		{ByGithash, f.byGithash, GithashStale, "githash.php names"},
		{ByHistory, f.byHistory, HistoryDisagrees, "its repository stands on"},
	} {
		c := strong.find()
		f.named = append(f.named, c)
		switch {
		case c == upstream.None || evidence == ByGithash:
		case f.isNear(c, anchor):
			anchor, evidence = c, strong.by
		default:
			f.doubt(strong.id, "%s %s, and %d more files are as %s has them", strong.says, f.name(c), f.strange(c)-f.strange(anchor), f.name(anchor))
		}
	}
	f.pin.Commit, f.pin.Evidence = anchor, evidence
	f.pin.Differing, f.pin.Compared = f.lacks(anchor), f.fit.Files(anchor)
	return nil
}

// isNear reports whether few files speak against c and for the other.
func (f *finder) isNear(c, other upstream.Commit) bool { return f.strange(c)-f.strange(other) <= few }

// anchor is the commit that version.php and the files lead to.
func (f *finder) anchor(ctx context.Context) (upstream.Commit, Evidence, error) {
	if f.isUpstreams() {
		return f.anchorOfBuild(ctx)
	}
	best, err := f.fittest(ctx, f.everything())
	if err != nil {
		return upstream.None, "", err
	}
	if !f.claims {
		return best, ByContent, nil
	}
	near, err := f.fittest(ctx, slices.Values(f.partlyAgreeing()))
	switch {
	case err != nil:
		return upstream.None, "", err
	case near != upstream.None && f.isNear(near, best):
		f.doubt(VersionBumped, "version.php says %s, which no upstream commit does; it was changed by hand", f.claimed())
		return near, ByDistance, nil
	case f.agreement(best) >= agreesSeries:
		f.doubt(VersionBumped, "version.php says %s, which no upstream commit does; it was changed by hand, or is newer than what was fetched", f.claimed())
		return best, ByDistance, nil
	}
	f.doubt(VersionUnknown, "version.php says %s, which no upstream commit does", f.claimed())
	return best, ByContent, nil
}

// anchorOfBuild is the commit that version.php, which names a build of
// upstream's, and the files lead to.
func (f *finder) anchorOfBuild(ctx context.Context) (upstream.Commit, Evidence, error) {
	own, err := f.fittest(ctx, slices.Values(f.family))
	if err != nil {
		return upstream.None, "", err
	}
	if !f.isNear(own, f.best) {
		other, err := f.fittest(ctx, f.everything())
		if err != nil {
			return upstream.None, "", err
		}
		f.doubt(VersionDisagrees, "version.php says %s, and %d more files are as %s has them", f.claimed(), f.strange(own)-f.strange(other), f.name(other))
		return other, ByDistance, nil
	}
	if len(f.introduced) == 1 && own == f.introduced[0] {
		return own, ByTriple, nil
	}
	return own, ByDistance, nil
}

// claimed is what version.php says, for people.
func (f *finder) claimed() string {
	v := f.pin.Claims.Version
	return fmt.Sprintf("release %q, version %s, branch %q", v.Release, v.Version, v.Branch)
}

func (f *finder) everything() iter.Seq[upstream.Commit] {
	return func(yield func(upstream.Commit) bool) {
		for c := range upstream.Commit(f.Index.Len()) {
			if !yield(c) {
				return
			}
		}
	}
}

// partlyAgreeing are the commits that say a part of what version.php says.
func (f *finder) partlyAgreeing() []upstream.Commit {
	var all []upstream.Commit
	for k := range f.Index.Builds() {
		if f.agreementOf(k) >= agreesPartly {
			all = append(all, f.Index.Carrying(k)...)
		}
	}
	return all
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

// rank orders commits that fit alike by what else speaks for them: what
// version.php says; that they begin a build, since nothing between two builds is
// ever published; a tag; the order of history.
func (f *finder) rank(alike []upstream.Commit) []upstream.Commit {
	slices.SortStableFunc(alike, func(a, b upstream.Commit) int {
		return cmp.Or(
			-cmp.Compare(f.agreement(a), f.agreement(b)),
			-compareBool(f.beginsBuild(a), f.beginsBuild(b)),
			-compareBool(f.isTagged(a), f.isTagged(b)),
			cmp.Compare(a, b),
		)
	})
	return alike
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// beginsBuild reports whether the version.php of the commit says something that
// none of its parents says.
func (f *finder) beginsBuild(c upstream.Commit) bool {
	b, ok := f.Index.Build(c)
	return ok && !slices.ContainsFunc(f.Index.Parents(c), func(p upstream.Commit) bool {
		before, ok := f.Index.Build(p)
		return ok && before.Release == b.Release && before.Version.Version == b.Version.Version && before.Branch == b.Branch
	})
}

func (f *finder) isTagged(c upstream.Commit) bool { return f.Tags[f.Index.ID(c)] != "" }
