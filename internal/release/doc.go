// Package release knows how releases of a site are named, and what is written
// into the tag of one.
//
// A [Template] makes the names of tags and of packaging branches and takes them
// apart again. A [Manifest] is the recipe of one released tree: which commits were
// merged onto which base, in what order, and what was settled by hand on the way.
// It is the message of the release's tag, so that the tag alone is enough to make
// the same tree again, in any clone, years later:
//
//	lu-moodle-lu_v4.5.5-0: Moodle 4.5.5 with 2 branches         for people
//
//	Made from LUVLE-4.5-deployment. …
//
//	mgit release 1                                              for both
//	tag lu-moodle-lu_v4.5.5-0
//	…
//	checksum sha256 …
//
// Reading tags, merging, and comparing trees are left to others.
package release
