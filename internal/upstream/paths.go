package upstream

import "mgit/internal/git"

// Paths is how many paths have or had a file.
func (x *Index) Paths() int { return x.counts.paths }

// PathFinder returns a HasPath that is quick when it is asked for paths in their
// order. Unlike HasPath it must not be called from several goroutines at once.
func (x *Index) PathFinder() func(path string) bool {
	near := 0
	return func(path string) bool {
		var ok bool
		near, ok = x.findPath(path, near)
		return ok
	}
}

// HasPath reports whether some commit has a file at path.
func (x *Index) HasPath(path string) bool {
	_, ok := x.findPath(path, 0)
	return ok
}

// BlobKnown reports whether some commit has a file with this content, at any
// path.
func (x *Index) BlobKnown(id git.ID) bool { return x.blob(id) != 0 }

// Origins are the commits that gave path this content against their first
// parent, in order. A merge is among them when the content came to its first
// parent's line with it; the commit that wrote it is then among them too, with a
// lower number, unless the merge itself made it.
func (x *Index) Origins(path string, blob git.ID) []Commit {
	n := x.blob(blob)
	if n == 0 {
		return nil
	}
	return x.touching(path, func(d int) bool { return x.deltaNew.at(d) == n })
}

// First is the earliest of the [Index.Origins] that is not a merge, else the
// earliest; None when there is none.
func (x *Index) First(path string, blob git.ID) Commit {
	all := x.Origins(path, blob)
	for _, c := range all {
		if !x.isMerge(c) {
			return c
		}
	}
	if len(all) == 0 {
		return None
	}
	return all[0]
}

// Removals are the commits that removed the file at path against their first
// parent, in order. Merges are among them as in [Index.Origins].
func (x *Index) Removals(path string) []Commit {
	return x.touching(path, func(d int) bool { return x.deltaNew.at(d) == 0 })
}

// touching are the commits with a delta at path that is wanted.
func (x *Index) touching(path string, wanted func(delta int) bool) []Commit {
	p, ok := x.findPath(path, 0)
	if !ok {
		return nil
	}
	var all []Commit
	for i := x.touchAt.at(p); i < x.touchAt.at(p+1); i++ {
		if d := x.touches.at(int(i)); wanted(int(d)) {
			all = append(all, Commit(x.commitOf(d)))
		}
	}
	return all
}

// At is the content of the file at path in a commit, with ok false when it has
// none there.
func (x *Index) At(c Commit, path string) (id git.ID, ok bool) {
	p, known := x.findPath(path, 0)
	if !known {
		return git.ZeroID, false
	}
	// The nearest change on the way down first parents says it. Both that way and
	// the path's changes go from high numbers to low ones.
	at := int(c)
	for i := int(x.touchAt.at(p+1)) - 1; i >= int(x.touchAt.at(p)); i-- {
		d := x.touches.at(i)
		changed := x.commitOf(d)
		for at > changed {
			at = x.firstParent(at)
		}
		if at < 0 {
			break
		}
		if at != changed {
			continue
		}
		blob := x.deltaNew.at(int(d))
		if blob == 0 {
			break
		}
		return x.blobID(blob), true
	}
	return git.ZeroID, false
}
