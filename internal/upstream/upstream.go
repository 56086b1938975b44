// Package upstream keeps an index of upstream's whole history: which build every
// commit says it is, and what it changed against its first parent.
//
// With it mgit answers in milliseconds what `git log` needs seconds for: which
// commits introduce a release, which commits brought a file's content, and how
// far a tree is from every commit there is.
//
// The index is a file in the state folder of the clone. It is built once from
// one walk over history, extended when upstream has grown, and safe to delete at
// any time: everything in it comes from the repository. It never says anything
// about a commit that the tips asked for do not reach.
//
// Which references are upstream's, and what a difference means, is left to
// others.
package upstream

import (
	"mgit/internal/git"
	"mgit/internal/moodle"
)

// Commit is the number of a commit in an [Index]. Parents have lower numbers
// than their children; where ancestry leaves the choice, the older committer
// date has the lower number, then the lower id. Numbers are valid for one opened
// Index only.
type Commit int32

// None is no commit.
const None Commit = -1

// Build is what the version.php of a commit says.
type Build struct {
	moodle.Version
	// Path is where the file stands: "version.php" or "public/version.php".
	Path string
}

// Key identifies a build as far as version.php can: the triple of release,
// version and branch, with the release in its official spelling.
type Key struct{ Release, Version, Branch string }

// KeyOf is the key of what a version.php says. The release is in its official
// spelling, without a site's suffix; where it does not parse it stays as it is.
func KeyOf(v moodle.Version) Key {
	release := v.Release
	if r, err := moodle.ParseRelease(release); err == nil {
		release = r.Official()
	}
	return Key{Release: release, Version: v.Version, Branch: v.Branch}
}

// Request says of which history the index is wanted.
type Request struct {
	// Tips are commits; the index is about them and all their ancestors.
	Tips []git.ID
	// ReadOnly leaves the index file as it is. What is not in the file is then
	// found out anew each time.
	ReadOnly bool
	// Rebuild forgets what the index file says.
	Rebuild bool
	// Progress is told how many of the commits that are not in the file yet have
	// been read. Calls do not overlap, and there are none when the file knows
	// everything.
	Progress func(done, total int)
}
