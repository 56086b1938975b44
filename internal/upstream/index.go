package upstream

import (
	"slices"
	"time"

	"mgit/internal/git"
)

// Len is how many commits the tips reach. Their numbers are 0 to Len()-1.
func (x *Index) Len() int { return x.counts.commits }

// Find is the number of the commit id, with ok false when the tips do not reach
// it.
func (x *Index) Find(id git.ID) (c Commit, ok bool) {
	n, ok := x.commit(id)
	if !ok {
		return None, false
	}
	return Commit(n), true
}

// ID is the id of a commit.
func (x *Index) ID(c Commit) git.ID { return git.ID(x.ids.raw(int(c))) }

// Parents are the parents of a commit, the first one first; none of a root, and
// none where the history of a shallow clone ends.
func (x *Index) Parents(c Commit) []Commit {
	var all []Commit
	for i := x.parentAt.at(int(c)); i < x.parentAt.at(int(c)+1); i++ {
		all = append(all, Commit(x.parents.at(int(i))))
	}
	return all
}

// hasParent reports whether some parent of a commit is as wanted.
func (x *Index) hasParent(c Commit, wanted func(Commit) bool) bool {
	for i := x.parentAt.at(int(c)); i < x.parentAt.at(int(c)+1); i++ {
		if wanted(Commit(x.parents.at(int(i)))) {
			return true
		}
	}
	return false
}

// isMerge reports whether a commit has several parents.
func (x *Index) isMerge(c Commit) bool {
	return x.parentAt.at(int(c)+1)-x.parentAt.at(int(c)) > 1
}

// Date is the committer date, in UTC. As in Git's own output one beyond the
// calendar is the beginning of 1970.
func (x *Index) Date(c Commit) time.Time { return time.Unix(x.dates.at(int(c)), 0).UTC() }

// IsAncestor reports whether b has a in its history. A commit counts as its own
// ancestor.
func (x *Index) IsAncestor(a, b Commit) bool {
	if a > b {
		return false
	}
	seen := make([]bool, b-a+1) // by distance from a; older commits lead nowhere
	seen[b-a] = true
	for c := b; c > a; c-- {
		if !seen[c-a] {
			continue
		}
		for i := x.parentAt.at(int(c)); i < x.parentAt.at(int(c)+1); i++ {
			if p := Commit(x.parents.at(int(i))); p >= a {
				seen[p-a] = true
			}
		}
	}
	return seen[0]
}

// Build is what version.php says in a commit: public/version.php where there is
// one that is core's, else version.php. It is false for a commit in which no
// version.php of core can be read.
func (x *Index) Build(c Commit) (Build, bool) {
	s := x.says.at(int(c))
	if s == 0 {
		return Build{}, false
	}
	text, public := unsay(s)
	b := Build{Version: x.build(text), Path: rootVersion}
	if public {
		b.Path = publicVersion
	}
	return b, true
}

// textOf is the number of what a commit's version.php says, -1 where it says
// nothing.
func (x *Index) textOf(c Commit) int {
	s := x.says.at(int(c))
	if s == 0 {
		return -1
	}
	text, _ := unsay(s)
	return text
}

// Introduced are the commits that say k while none of their parents does, in
// order. For a build of a stable branch it is nearly always one.
func (x *Index) Introduced(k Key) []Commit {
	say := x.saying(k)
	if !slices.Contains(say, true) {
		return nil
	}
	says := func(c Commit) bool {
		text := x.textOf(c)
		return text >= 0 && say[text]
	}
	var all []Commit
	for c := range Commit(x.Len()) {
		if says(c) && !x.hasParent(c, says) {
			all = append(all, c)
		}
	}
	return all
}

// Carrying are all commits that say k, in order.
func (x *Index) Carrying(k Key) []Commit {
	say := x.saying(k)
	if !slices.Contains(say, true) {
		return nil
	}
	var all []Commit
	for c := range Commit(x.Len()) {
		if text := x.textOf(c); text >= 0 && say[text] {
			all = append(all, c)
		}
	}
	return all
}

// saying tells of each text whether its key is k. Reading a release is dear, so
// only the few texts that can match are read.
func (x *Index) saying(k Key) []bool {
	say := make([]bool, x.counts.builds)
	for i := range say {
		if string(x.buildField(i, 0)) == k.Version && string(x.buildField(i, 2)) == k.Branch {
			say[i] = KeyOf(x.build(i)) == k
		}
	}
	return say
}
