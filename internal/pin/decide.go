package pin

import (
	"context"
	"fmt"

	"mgit/internal/git"
	"mgit/internal/moodle"
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
	best  upstream.Commit   // of all that come into question
	named []upstream.Commit // by githash.php or history, believed or not

	// Whether a tree is so mixed that only commits come into question that were
	// published: that begin a build or have a tag. Those are looked up when needed.
	onlyPublished bool

	byPath map[string]git.ID // see paths
}

func newFinder(req Request) *finder {
	return &finder{Request: req, pin: &Pin{Commit: upstream.None}, best: upstream.None}
}

func (f *finder) doubt(id, format string, args ...any) {
	f.pin.Disagrees = append(f.pin.Disagrees, Doubt{id, fmt.Sprintf(format, args...)})
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
			f.doubt(strong.id, "%s %s; %s", strong.says, f.name(c), f.nearer(anchor, c))
		}
	}
	f.pin.Commit, f.pin.Evidence = anchor, evidence
	f.pin.Differing, f.pin.Compared = f.lacks(anchor), f.fit.Files(anchor)
	return nil
}

// isNear reports whether few files speak against c and for the other.
func (f *finder) isNear(c, other upstream.Commit) bool { return f.strange(c)-f.strange(other) <= few }

// isAboutAsNear is isNear for what version.php names. In a mixed tree each build
// that it was mixed from is as good as the others; which of them has more files
// there says nothing. So there it is enough that c has a good part of the files
// in which the two differ.
func (f *finder) isAboutAsNear(ctx context.Context, c, other upstream.Commit) (bool, error) {
	if f.isNear(c, other) || !f.onlyPublished {
		return f.isNear(c, other), nil
	}
	votes, against, err := f.votes(ctx, c, other)
	return votes >= mixedFiles && against <= 2*votes, err
}

// nearer says in numbers that the tree is nearer to a than to b.
func (f *finder) nearer(a, b upstream.Commit) string {
	if f.lacks(a) < f.lacks(b) {
		return fmt.Sprintf("of that build, %d files differ here, of %s %d", f.lacks(b), f.name(a), f.lacks(a))
	}
	// The tree lacks more files of a, and has fewer that a has otherwise or not at all.
	return fmt.Sprintf("that build has %d files of the tree otherwise or not at all, %s %d", f.strange(b), f.name(a), f.strange(a))
}

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
	near, err := f.fittest(ctx, f.eligible(f.partlyAgreeing()))
	if err != nil {
		return upstream.None, "", err
	}
	if near != upstream.None {
		isNear, err := f.isAboutAsNear(ctx, near, best)
		if err != nil {
			return upstream.None, "", err
		}
		if isNear {
			f.doubt(VersionBumped, "version.php says %s, which no upstream commit does; it was changed by hand", f.claimed())
			return near, ByDistance, nil
		}
	}
	id, why := f.whyUnknown()
	f.doubt(id, "version.php says %s%s", f.claimed(), why)
	if f.agreement(best) >= agreesSeries {
		return best, ByDistance, nil
	}
	return best, ByContent, nil
}

// whyUnknown says why no commit may say what version.php does, to be read after
// that: by whether the builds of the same series are older or newer.
func (f *finder) whyUnknown() (id, text string) {
	const lacking = "; this clone does not know that build, and may lack part of upstream's history"
	var oldest, newest string
	for k := range f.Index.Builds() {
		if f.agreementOf(k) < agreesSeries {
			continue
		}
		if oldest == "" || moodle.CompareVersions(k.Version, oldest) < 0 {
			oldest = k.Version
		}
		if newest == "" || moodle.CompareVersions(k.Version, newest) > 0 {
			newest = k.Version
		}
	}
	version := f.pin.Claims.Version.Version
	switch {
	case oldest != "" && moodle.CompareVersions(version, oldest) < 0:
		return VersionUnknown, lacking
	case oldest != "" && moodle.CompareVersions(version, newest) > 0:
		return VersionBumped, ", which no upstream commit does; it was changed by hand, or is newer than what was fetched"
	case f.CutOff:
		return VersionUnknown, lacking
	case oldest != "":
		return VersionBumped, ", which no upstream commit does; it was changed by hand"
	}
	return VersionUnknown, ", which no upstream commit does"
}

// anchorOfBuild is the commit that version.php, which names a build of
// upstream's, and the files lead to.
func (f *finder) anchorOfBuild(ctx context.Context) (upstream.Commit, Evidence, error) {
	own, err := f.fittest(ctx, f.eligible(f.family))
	if err != nil {
		return upstream.None, "", err
	}
	isNear, err := f.isAboutAsNear(ctx, own, f.best)
	if err != nil {
		return upstream.None, "", err
	}
	if !isNear {
		other, err := f.fittest(ctx, f.everything())
		if err != nil {
			return upstream.None, "", err
		}
		f.doubt(VersionDisagrees, "version.php says %s; %s", f.claimed(), f.nearer(other, own))
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
