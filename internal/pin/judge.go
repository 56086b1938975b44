package pin

import (
	"cmp"
	"context"
	"slices"

	"mgit/internal/git"
	"mgit/internal/upstream"
)

// judge says how sure the chosen commit is, what else it may have been, and what
// speaks against it.
func (f *finder) judge(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	rivals, err := f.rivals(ctx)
	if err != nil {
		return err
	}
	below := f.sayBetween()
	f.sayBetter()
	if f.pin.Mixed, err = f.mixed(ctx); err != nil {
		return err
	}
	isUnlike := f.sayUnlike()
	f.pin.Confidence = f.confidence(rivals, isUnlike)
	f.sayTied(rivals)
	f.pin.Candidates, err = f.candidates(ctx, rivals, below)
	return err
}

// rivals are the other commits that fit as well as the pin and have another tree.
// Where version.php names the pin's build they are of that build, and have
// something otherwise that is in the tree.
func (f *finder) rivals(ctx context.Context) ([]upstream.Commit, error) {
	pin := f.pin.Commit
	isClaimed := f.agreement(pin) == agreesExactly
	alike, err := f.fitAlike(ctx, pin, func(yield func(upstream.Commit) bool) {
		for c := range f.everything() {
			if f.strange(c) == f.strange(pin) && (!isClaimed || f.agreement(c) == agreesExactly) && !yield(c) {
				return
			}
		}
	})
	if err != nil || !slices.Contains(alike, pin) { // named by id, and another fits better
		return nil, err
	}
	f.rank(alike)
	has := func(path string) bool { _, ok := f.paths()[path]; return ok }
	var rivals []upstream.Commit
	for _, c := range alike {
		if c == pin {
			continue
		}
		isSame := true
		if len(alike) <= mostAlike {
			err := f.diff(ctx, pin, c, func(path string, _, _ git.ID) { isSame = isSame && isClaimed && !has(path) })
			if err != nil {
				return nil, err
			}
		}
		if !isSame || len(alike) > mostAlike {
			rivals = append(rivals, c)
		}
	}
	return rivals, nil
}

// sayBetween notes that the pin lies between two builds and returns the one
// below it, None where it begins a build itself.
func (f *finder) sayBetween() upstream.Commit {
	c := f.pin.Commit
	b, ok := f.Index.Build(c)
	if !ok || f.beginsBuild(c) || f.isTagged(c) {
		return upstream.None
	}
	below := upstream.None
	for _, first := range f.Index.Introduced(upstream.KeyOf(b.Version)) {
		if f.Index.IsAncestor(first, c) {
			below = max(below, first)
		}
	}
	if below != upstream.None {
		f.doubt(BetweenBuilds, "it lies after the build %s and before the next one; of that build, %d files differ or are missing", f.name(below), f.lacks(below))
	}
	return below
}

// sayBetter notes that another commit fits better than the one that is believed.
func (f *finder) sayBetter() {
	c := f.pin.Commit
	better := f.strange(c) - f.strange(f.best)
	switch {
	case better <= 0:
	case f.agreement(f.best) == agreesExactly:
		f.doubt(BetweenBuilds, "%d more files are as in %s, which says the same", better, f.name(f.best))
	case f.agreement(c) == agreesExactly:
		f.doubt(VersionDisagrees, "version.php says this build; %s", f.nearer(f.best, c))
	}
}

// sayUnlike reports, and notes, that less than half of the tree is as the pin
// has it.
func (f *finder) sayUnlike() bool {
	matching := f.fit.Matching(f.pin.Commit)
	if 2*matching >= f.fit.Known() && 2*matching >= f.pin.Compared {
		return false
	}
	f.doubt(ContentUnlike, "only %d of the %d files of the commit are in the tree as it has them", matching, f.pin.Compared)
	return true
}

func (f *finder) sayTied(rivals []upstream.Commit) {
	if len(rivals) == 0 || f.isNamed() {
		return
	}
	whose := ""
	if f.agreement(rivals[0]) < f.agreement(f.pin.Commit) {
		whose = "; version.php speaks for this one"
	}
	if len(rivals) == 1 {
		f.doubt(SeveralFitAlike, "the files of %s fit as well%s", f.name(rivals[0]), whose)
		return
	}
	f.doubt(SeveralFitAlike, "the files of %d other commits fit as well, among them %s%s", len(rivals), f.name(rivals[0]), whose)
}

// isNamed reports whether something names the very commit.
func (f *finder) isNamed() bool {
	return f.pin.Evidence == ByGithash || f.pin.Evidence == ByHistory
}

func (f *finder) confidence(rivals []upstream.Commit, isUnlike bool) Confidence {
	c := f.pin.Commit
	isBest := f.strange(c) == f.strange(f.best) && (len(rivals) == 0 || f.isNamed())
	agrees := f.agreement(c) == agreesExactly
	switch {
	case agrees && isBest && !isUnlike && len(f.pin.Mixed) == 0:
		return Exact
	case agrees || f.isNamed() || f.isAlike():
		return Likely
	}
	return Guess
}

// isAlike reports whether the tree is so like the pin that this is no chance.
//
// Without a version.php four fifths are enough: neighbouring series share less.
// Releases of one series share more. So where version.php says something else of
// the same series, more is asked for; and nothing is enough when the build that it
// names may only be missing from what was fetched.
func (f *finder) isAlike() bool {
	const thousands = 2000
	c := f.pin.Commit
	share, level := 5, f.agreement(c)
	if f.claims && level < agreesPartly {
		if f.CutOff {
			return false
		}
		share = 20
	}
	if f.claims && level < agreesExactly && max(f.strange(c), f.lacks(c)) >= thousands {
		return false
	}
	return share*f.strange(c) <= f.fit.Known() && share*f.lacks(c) <= f.pin.Compared
}

// What a report has room for.
const (
	mostCandidates = 10
	runnersUp      = 3
)

// candidates are the pin, what was named by anything, what fits as well and,
// where it is not sure, the next best builds.
func (f *finder) candidates(ctx context.Context, rivals []upstream.Commit, below upstream.Commit) ([]Candidate, error) {
	var named []upstream.Commit
	if f.strange(f.best) < f.strange(f.pin.Commit) {
		named = append(named, f.best)
	}
	named = append(named, rivals[:min(len(rivals), mostCandidates/2)]...)
	named = append(named, below)
	named = append(named, f.introduced[:min(len(f.introduced), mostCandidates/2)]...)
	named = append(named, f.named...)
	if f.pin.Confidence != Exact {
		named = append(named, f.nextBest()...)
	}
	all := []upstream.Commit{f.pin.Commit}
	for _, c := range named {
		if c != upstream.None && !slices.Contains(all, c) && len(all) < mostCandidates {
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all[1:], func(a, b upstream.Commit) int {
		return cmp.Or(cmp.Compare(f.lacks(a), f.lacks(b)), f.compareFit(a, b))
	})
	list := make([]Candidate, len(all))
	for i, c := range all {
		votes, _, err := f.votes(ctx, c, f.pin.Commit)
		if err != nil {
			return nil, err
		}
		list[i] = Candidate{Commit: c, Differing: f.lacks(c), Files: votes}
	}
	return list, nil
}

// votes counts the files of the tree that are as c has them and not as the other
// commit does, and those of which it is the other way round.
func (f *finder) votes(ctx context.Context, c, other upstream.Commit) (votes, against int, err error) {
	if c == other {
		return 0, 0, nil
	}
	have := f.paths()
	err = f.diff(ctx, other, c, func(path string, from, to git.ID) {
		id, ok := have[path]
		switch {
		case !ok || id == git.ZeroID:
		case id == to:
			votes++
		case id == from:
			against++
		}
	})
	return votes, against, err
}

// nextBest are the commits that begin a build and fit best after the pin.
func (f *finder) nextBest() []upstream.Commit {
	order := func(a, b upstream.Commit) int { return cmp.Or(f.compareFit(a, b), cmp.Compare(a, b)) }
	var best []upstream.Commit
	for c := range f.everything() {
		at, _ := slices.BinarySearchFunc(best, c, order)
		if at < runnersUp && c != f.pin.Commit && f.beginsBuild(c) {
			best = slices.Insert(best, at, c)
			best = best[:min(len(best), runnersUp)]
		}
	}
	return best
}
