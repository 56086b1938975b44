// Package plugins knows the plugins that a site has beside Moodle's own: which
// ones a tree holds, what their version.php files say, and what they need.
//
// A tree may be an attacker's. It is read through an interface that follows no
// links, files are read up to a limit, and nothing in them is evaluated: what
// version.php sets to an expression is named, not guessed. Where a tree comes
// from, and which branch brought a plugin, is left to others.
package plugins
