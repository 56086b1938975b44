package check

import (
	"io/fs"
	"maps"
	"slices"
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
	for _, tree := range append([]fs.FS{j.Pristine}, j.Published()...) {
		v, there, ok := versionElsewhere(j, u, tree)
		if there && !ok {
			return "", false
		}
		if there && moodle.CompareVersions(v, version) > 0 {
			version = v
		}
	}
	return version, true
}

// olderVersion is the highest version that branches of older series have of a unit, and the branch that has it; "" for none.
func olderVersion(j *Judge, u *unit) (version, branch string) {
	if j.Older == nil {
		return "", ""
	}
	older := j.Older()
	for _, name := range slices.Sorted(maps.Keys(older)) {
		if v, _, ok := versionElsewhere(j, u, older[name]); ok && moodle.CompareVersions(v, version) > 0 {
			version, branch = v, name
		}
	}
	return version, branch
}

// versionElsewhere is the version of a unit in another tree, whose release may have another layout. It is there and not ok where it
// is an expression.
func versionElsewhere(j *Judge, u *unit, tree fs.FS) (version string, there, ok bool) {
	inside := strings.TrimPrefix(u.version(), publicRoot)
	for _, name := range []string{inside, publicRoot + inside} {
		if source, found := content(tree, name); found {
			version, ok = versionIn(j, u, name, source)
			return version, true, ok
		}
	}
	return "", false, false
}
