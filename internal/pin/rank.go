package pin

import (
	"cmp"
	"slices"

	"mgit/internal/upstream"
)

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
func (f *finder) beginsBuild(c upstream.Commit) bool { return f.Index.BeginsBuild(c) }

func (f *finder) isTagged(c upstream.Commit) bool { return f.Tags[f.Index.ID(c)] != "" }

// isPublished reports whether somebody can have got the commit without taking it
// from between two builds.
func (f *finder) isPublished(c upstream.Commit) bool { return f.beginsBuild(c) || f.isTagged(c) }
