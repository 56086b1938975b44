// Package config turns mgit.toml, git config, the user's file, the environment and flags into one value, [Config],
// that knows where each setting comes from; and it edits those files without disturbing what people
// wrote in them.
//
// What arrives on the shared mgit branch is data. Settings that name commands are not read from it, and what
// opens a gate (roles of remotes, hosts, URLs, public rules) is pending until it was confirmed in this clone:
// see [Trust].
//
// What a value means is left to the packages above: they hand their rules in ([Rules]). Reading and writing
// the mgit branch is left to job, running git to package git. Environment variables are read through
// the function that the caller gives.
package config
