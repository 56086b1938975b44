package pin

import (
	"cmp"
	"context"
	"maps"

	"mgit/internal/git"
	"mgit/internal/upstream"
)

// When files of other builds make a tree a mixed one: so many from one commit.
// Fewer are fixes that somebody took over, which a report explains one by one.
const (
	mixedFiles   = 10
	mixedSources = 3
)

// mixed finds the commits that files of the tree come from which are not as the
// pin has them: the one that accounts for most of them, then the one that
// accounts for most of the rest.
func (f *finder) mixed(ctx context.Context) ([]Candidate, error) {
	strange := f.strange(f.pin.Commit)
	if strange < mixedFiles || strange-f.fit.Nowhere() < mixedFiles {
		return nil, nil
	}
	rest, err := f.others(ctx)
	if err != nil {
		return nil, err
	}
	var sources []Candidate
	for len(rest) >= mixedFiles && len(sources) < mixedSources {
		source, files := f.source(rest)
		if files < mixedFiles {
			break
		}
		sources = append(sources, Candidate{Commit: source, Differing: f.lacks(source), Files: files})
		maps.DeleteFunc(rest, func(path string, id git.ID) bool {
			at, ok := f.Index.At(source, path)
			return ok && at == id
		})
	}
	if len(sources) > 0 {
		first := sources[0]
		how := "of %s, as if they had been copied over"
		if f.isOlder(first.Commit, f.pin.Commit) {
			how = "left over from %s"
		}
		f.doubt(MixedBuilds, "%d files are not of this build but "+how, first.Files, f.name(first.Commit))
	}
	return sources, nil
}

// isOlder reports whether a is of an older release than b, or the older commit
// where they do not say. Stable branches grow side by side, so that neither dates
// nor numbers tell the releases' order.
func (f *finder) isOlder(a, b upstream.Commit) bool {
	older := cmp.Compare(a, b)
	x, ok := f.Index.Build(a)
	y, too := f.Index.Build(b)
	if ok && too {
		seriesX, errX := x.Series()
		seriesY, errY := y.Series()
		if errX == nil && errY == nil {
			older = cmp.Or(seriesX.Compare(seriesY), x.Version.Compare(y.Version), older)
		}
	}
	return older < 0
}

// others are the files of the tree that are not as the pin has them, but as some
// other upstream commit has them at the same path.
func (f *finder) others(ctx context.Context) (map[string]git.ID, error) {
	pristine, err := f.list(ctx, f.pin.Commit)
	if err != nil {
		return nil, err
	}
	others := make(map[string]git.ID)
	for path, id := range f.Files {
		if pristine[path] != id && f.Index.First(path, id) != upstream.None {
			others[path] = id
		}
	}
	return others, nil
}

// sameYield is the share of files that may be missing from a commit for it to
// account for about as many as the best one: one in so many. Leftovers of a
// release are also those of the development versions around it, and by chance
// a few more.
const sameYield = 100

// source is the commit that the files come from most likely, and how many of them
// it has as they are. Of those that have about as many it is one with a tag, or
// else one that begins a build; then the one that has most, and the nearest to the
// pin in the order of history.
func (f *finder) source(files map[string]git.ID) (upstream.Commit, int) {
	fit := f.Index.Compare(maps.All(files))
	most := 0
	for c := range upstream.Commit(f.Index.Len()) {
		most = max(most, fit.Matching(c))
	}
	source := upstream.None
	for c := range upstream.Commit(f.Index.Len()) {
		if fit.Matching(c) == 0 || fit.Matching(c) < most-most/sameYield {
			continue
		}
		if source == upstream.None || cmp.Or(
			-compareBool(f.isTagged(c), f.isTagged(source)),
			-compareBool(f.beginsBuild(c), f.beginsBuild(source)),
			-cmp.Compare(fit.Matching(c), fit.Matching(source)),
			cmp.Compare(f.away(c), f.away(source)),
		) < 0 {
			source = c
		}
	}
	if source == upstream.None {
		return source, 0
	}
	return source, fit.Matching(source)
}

func (f *finder) away(c upstream.Commit) int { return max(int(c-f.pin.Commit), int(f.pin.Commit-c)) }
