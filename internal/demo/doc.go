// Package demo builds a small site that is true to form: an upstream with
// Moodle's release history in miniature, a site's clone of it with some twenty
// branches, the institution's own remote, and a live tree that somebody has
// worked on by hand. The demo command shows mgit on it, the tests check mgit with
// it, and the benchmarks scale it.
//
// Everything is generated: the code looks like Moodle's but was written for this
// purpose, and the people are fictitious. The same parameters give the same
// object ids every time, on every machine.
//
// How it works: a history (history.go) is written as one stream for `git
// fast-import`. Commits are made of edits, which are values: cherry-picking a fix
// onto a stable branch is applying the same edits there, as Moodle's developers
// do it. So the stream is a pure function of the parameters, and Git only
// stores it.
//
// The package knows how Moodle's releases and trees look. What mgit makes of
// them it leaves to others: it runs no operation, and makes no mgit branch.
package demo
