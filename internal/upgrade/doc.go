// Package upgrade knows the ledger of an upgrade: what is to become of each branch of the old series, how far
// the work on it is, and why. It reads and writes ledgers, and merges two ledgers
// that went apart entry by entry.
//
// Moving branches is left to rebase, storing the files on the mgit branch to job.
package upgrade
