// Package branches knows the branches of a site: how they are named, which there are, what they stand on and how
// far the work on them is.
//
// The naming scheme is a template that takes names apart and puts them together. What is nearly of the scheme
// is reported with the reason, never guessed.
//
// Moving branches is left to rebase, merging them to assemble, reading the configuration to config, and
// every ref that changes to journal.
package branches
