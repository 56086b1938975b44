// Package moodle knows how Moodle names and arranges its code: series, tags and
// releases, core's version.php of every era, frankenstyle component names, and
// where a component lives in a tree.
//
// It is pure. Functions take bytes or an [io/fs.FS] and return values; nothing
// here opens a file of its own, starts a program or knows about Git. Facts about
// a tree are read from that tree; built-in tables serve only the eras that lack
// the files (see [ReadLayout]).
//
// Which upstream commit a tree was made from, how two trees differ and what a
// branch may be called are left to the packages above.
package moodle
