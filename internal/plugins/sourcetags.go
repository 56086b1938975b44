package plugins

import (
	"cmp"
	"path"
	"regexp"
	"strings"
)

var (
	preRelease  = regexp.MustCompile(`(?i)(?:^|[^a-z])(?:alpha|beta|rc|dev|pre|preview|snapshot|nightly|test)(?:[^a-z]|$)|[0-9][ab][0-9]`)
	leadNumbers = regexp.MustCompile(`[0-9]+(?:\.[0-9]+)*`)
	numbers     = regexp.MustCompile(`[0-9]+`)
)

// IsPreRelease tells by its name that a tag is no release: v4.5-rc1, 2.0.0-beta, 1.0b2.
func IsPreRelease(tag string) bool { return preRelease.MatchString(tag) }

// MatchTag reports whether a tag is a release by a glob of plugins.toml. What calls itself
// a beta is one only where the glob says so: v*-beta*.
func MatchTag(glob, tag string) bool {
	ok, err := path.Match(glob, tag)
	return err == nil && ok && (!IsPreRelease(tag) || IsPreRelease(glob))
}

// CompareTags orders tags of plugins by version: v3.2.0 before v3.10, v4.5-r9 before
// v4.5-r10 and v4.5.1-r1. The first numbers with dots decide, then those behind them.
func CompareTags(a, b string) int {
	mainA, restA := versionParts(a)
	mainB, restB := versionParts(b)
	return cmp.Or(compareNumbers(mainA, mainB), compareNumbers(restA, restB), strings.Compare(a, b))
}

func versionParts(tag string) (main, rest []string) {
	at := leadNumbers.FindStringIndex(tag)
	if at == nil {
		return nil, nil
	}
	return strings.Split(tag[at[0]:at[1]], "."), numbers.FindAllString(tag[at[1]:], -1)
}

// compareNumbers compares number by number; one that is missing is 0.
func compareNumbers(a, b []string) int {
	for i := range max(len(a), len(b)) {
		if c := compareDigits(digitsAt(a, i), digitsAt(b, i)); c != 0 {
			return c
		}
	}
	return 0
}

func digitsAt(all []string, i int) string {
	if i >= len(all) {
		return ""
	}
	return strings.TrimLeft(all[i], "0")
}

// compareDigits compares numbers of any length, without leading zeros.
func compareDigits(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}
