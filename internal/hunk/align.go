package hunk

// alignLine is a line to be matched. at is what it is called in the answer.
type alignLine struct {
	id     int32
	at     int
	weight int
}

type pair struct{ want, have int }

// alignLimit bounds the table of align, in cells.
const alignLimit = 1 << 20

// align matches equal lines in their order: the heaviest matching, and of those
// that weigh the same the one that keeps most neighbours together. Beyond alignLimit
// it is any longest one.
func align(want, have []alignLine) []pair {
	have = wanted(want, have)
	want = wanted(have, want)
	if len(want) == 0 || len(have) == 0 {
		return nil
	}
	if len(want)*len(have) > alignLimit {
		return alignLongest(want, have)
	}
	width := len(have) + 1
	// best[i][j] is the weight for the first i and j lines, with[i][j] that of
	// those where the last two are a pair.
	best, with := make([]int32, (len(want)+1)*width), make([]int32, (len(want)+1)*width)
	for i, w := range want {
		for j, h := range have {
			at := (i+1)*width + j + 1
			best[at] = max(best[at-1], best[at-width])
			if w.id != h.id {
				continue
			}
			before := best[at-width-1]
			if with[at-width-1] > 0 && want[i-1].at == w.at-1 && have[j-1].at == h.at-1 {
				before = max(before, with[at-width-1]+1)
			}
			with[at] = before + int32(w.weight)
			best[at] = max(best[at], with[at])
		}
	}
	return walkBack(want, have, best, with, width)
}

func walkBack(want, have []alignLine, best, with []int32, width int) []pair {
	var pairs []pair
	paired := false // the cell is to be left as a pair
	for i, j := len(want), len(have); i > 0 && j > 0; {
		at := i*width + j
		switch {
		case paired || with[at] > 0 && with[at] == best[at]:
			pairs = append(pairs, pair{want[i-1].at, have[j-1].at})
			rest := with[at] - int32(want[i-1].weight)
			i, j = i-1, j-1
			paired = rest != best[at-width-1]
		case best[at] == best[at-width]:
			i--
		default:
			j--
		}
	}
	return pairs
}

// wanted keeps the lines of have that are among those of want.
func wanted(want, have []alignLine) []alignLine {
	ids := make(map[int32]bool, len(want))
	for _, l := range want {
		ids[l.id] = true
	}
	var kept []alignLine
	for _, l := range have {
		if ids[l.id] {
			kept = append(kept, l)
		}
	}
	return kept
}

func alignLongest(want, have []alignLine) []pair {
	ids := func(lines []alignLine) []int32 {
		all := make([]int32, len(lines))
		for i, l := range lines {
			all[i] = l.id
		}
		return all
	}
	gone, come := changed(ids(want), ids(have))
	var pairs []pair
	j := 0
	for i, l := range want {
		if gone[i] {
			continue
		}
		for come[j] {
			j++
		}
		pairs = append(pairs, pair{l.at, have[j].at})
		j++
	}
	return pairs
}
