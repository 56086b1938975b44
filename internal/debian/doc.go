// Package debian reads and writes Debian changelogs and the versions in them; see
// Debian Policy, section 4.4 and 5.6.12, and deb-changelog(5).
//
// Which package is meant, what changed in it, and building it are left to others.
package debian
