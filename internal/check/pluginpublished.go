package check

import (
	"io/fs"
	"strings"

	"mgit/internal/moodle"
)

// isUnseen reports whether the version that a unit had before the commit that is made is one that nobody else has seen: it
// rose since the last push. The commit amends the one that raised it, or adds to it, and no site stands between the two. It
// is false where nobody knows.
func isUnseen(j *Judge, u *unit) bool {
	before, had := versionAt(j, u, j.Before)
	seen, known := seenVersion(j, u)
	return had && known && moodle.CompareVersions(before, seen) > 0
}

// seenVersion is the highest version of a unit that others have, in what was pushed or in the release that the branch stands on;
// "0" where they do not have it at all. It is not known where nobody has looked, or where one of them is an expression.
func seenVersion(j *Judge, u *unit) (version string, known bool) {
	if j.Published == nil {
		return "", false
	}
	version = "0"
	inside := strings.TrimPrefix(u.version(), publicRoot)
	for _, tree := range append([]fs.FS{j.Pristine}, j.Published()...) {
		for _, name := range []string{inside, publicRoot + inside} { // a release may have another layout than the next
			source, there := content(tree, name)
			if !there {
				continue
			}
			v, ok := versionIn(j, u, name, source)
			if !ok {
				return "", false
			}
			if moodle.CompareVersions(v, version) > 0 {
				version = v
			}
		}
	}
	return version, true
}
