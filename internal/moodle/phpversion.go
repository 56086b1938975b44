package moodle

import (
	"cmp"
	"regexp"
	"strings"
	"sync"
)

// ComparePHPVersions orders two versions as PHP's version_compare does: part by
// part, numbers as numbers, and dev < alpha < beta < RC < a number < pl. Where one
// version is the beginning of the other, the longer one is newer: 8.1 < 8.1.0.
func ComparePHPVersions(a, b string) int {
	return comparePHPParts(phpVersionParts(a), phpVersionParts(b))
}

// A part is a run of digits or a run of other characters; the separators -, _, +
// and . stand between.
var phpVersionPart = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[0-9]+|[^0-9._+-]+`) })

func phpVersionParts(version string) []string {
	return phpVersionPart().FindAllString(version, -1)
}

func comparePHPParts(a, b []string) int {
	for i := range min(len(a), len(b)) {
		if c := comparePHPPart(a[i], b[i]); c != 0 {
			return c
		}
	}
	switch {
	case len(a) > len(b):
		return comparePHPRest(a[len(b)])
	case len(b) > len(a):
		return -comparePHPRest(b[len(a)])
	}
	return 0
}

// comparePHPRest says how a version with one more part compares with one that has
// ended: a number makes it newer, a word before the release older.
func comparePHPRest(part string) int {
	if isDigits(part) {
		return 1
	}
	return cmp.Compare(phpStage(part), phpStage("#"))
}

func comparePHPPart(a, b string) int {
	if isDigits(a) && isDigits(b) {
		a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	}
	if isDigits(a) {
		a = "#"
	}
	if isDigits(b) {
		b = "#"
	}
	return cmp.Compare(phpStage(a), phpStage(b))
}

func isDigits(part string) bool { return part[0] >= '0' && part[0] <= '9' }

// phpStage ranks the words that version_compare knows, by their beginnings.
func phpStage(word string) int {
	stages := []struct {
		word string
		rank int
	}{{"dev", 1}, {"alpha", 2}, {"a", 2}, {"beta", 3}, {"b", 3}, {"RC", 4}, {"rc", 4}, {"#", 5}, {"pl", 6}, {"p", 6}}
	for _, s := range stages {
		if strings.HasPrefix(word, s.word) {
			return s.rank
		}
	}
	return 0
}
