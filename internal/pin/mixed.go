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
		f.doubt(MixedBuilds, "%d files are not of this build but as %s has them, as if they had been copied over", sources[0].Files, f.name(sources[0].Commit))
	}
	return sources, nil
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

// source is the commit that has most of the files as they are, and how many. Of
// several it is one that begins a build, and the nearest to the pin in the order
// of history.
func (f *finder) source(files map[string]git.ID) (upstream.Commit, int) {
	fit := f.Index.Compare(maps.All(files))
	source, most, begins := upstream.None, 0, false
	for c := range upstream.Commit(f.Index.Len()) {
		matching := fit.Matching(c)
		if matching == 0 || matching < most {
			continue
		}
		does := f.beginsBuild(c)
		if matching > most || cmp.Or(compareBool(does, begins), cmp.Compare(f.away(source), f.away(c))) > 0 {
			source, most, begins = c, matching, does
		}
	}
	return source, most
}

func (f *finder) away(c upstream.Commit) int { return max(int(c-f.pin.Commit), int(f.pin.Commit-c)) }
