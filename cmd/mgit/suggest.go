package main

import (
	"slices"
	"strings"
)

// closest returns the candidates that a mistyped word may have meant, the likeliest first: those
// that begin with it, and those at most a third of the word away (two letters swapped count as
// one mistake).
func closest(word string, candidates []string) []string {
	type guess struct {
		name     string
		distance int
	}
	limit := max(1, len(word)/3)
	var guesses []guess
	for _, name := range candidates {
		distance := editDistance(strings.ToLower(word), strings.ToLower(name))
		switch {
		case distance <= limit:
			guesses = append(guesses, guess{name, distance})
		case len(word) > 1 && strings.HasPrefix(name, word):
			guesses = append(guesses, guess{name, limit})
		}
	}
	slices.SortStableFunc(guesses, func(a, b guess) int { return a.distance - b.distance })
	var names []string
	for _, g := range guesses[:min(3, len(guesses))] {
		names = append(names, g.name)
	}
	return names
}

// didYouMean words the guesses as a hint, "" when there are none.
func didYouMean(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "did you mean " + strings.Join(names, " or ") + "?"
}

// editDistance counts the letters to insert, delete, replace or swap with their neighbour.
func editDistance(a, b string) int {
	from, to := []rune(a), []rune(b)
	// Three rows of the usual table: a swap looks two rows back.
	before, above, row := make([]int, len(to)+1), make([]int, len(to)+1), make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i := range from {
		before, above, row = above, row, before
		row[0] = i + 1
		for j := range to {
			replace := above[j]
			if from[i] != to[j] {
				replace++
			}
			row[j+1] = min(replace, above[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && from[i] == to[j-1] && from[i-1] == to[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(to)]
}
