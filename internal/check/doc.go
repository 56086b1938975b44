// Package check judges a change before it is too late: the files a commit brings, the branch it is for and what
// its message says.
//
// Everything is judged by rules. A rule has an id that settings, waivers and reports know it by, a severity, and
// one function that looks at one thing: a file, the change as a whole, or a message. Rules see what a commit
// holds (the staged blob, never the file on the disk) and blame only the lines that the change adds: what stood
// there before is somebody else's finding. A rule that panics or does not end in time is itself a finding, an
// error that names it, since a guard that sleeps is none.
//
// The package reads nothing by itself: a Subject brings files, trees and facts about the branch, and whoever
// makes it decides what is compared with what. The one program that a rule starts is PHP, where the options name it,
// to parse what comes to it through a pipe. Git, settings, hooks and formats are left to others.
package check
