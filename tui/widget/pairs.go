package widget

// bag is the words of a line and how often each is there.
type bag struct {
	words []string
	have  map[string]int
	total int
}

func bagOf(line string) bag {
	b := bag{words: wordsOf(line)}
	b.have = make(map[string]int, len(b.words))
	for _, word := range b.words {
		if n := solid(word); n > 0 {
			b.have[word]++
			b.total += n
		}
	}
	return b
}

// similarity says how alike two lines are, from 0 to 1: how much of their words both have, blanks apart.
func (b bag) similarity(other bag) float64 {
	if b.total+other.total == 0 {
		return 1
	}
	both := 0
	for word, n := range other.have {
		both += 2 * solid(word) * min(n, b.have[word])
	}
	return float64(both) / float64(b.total+other.total)
}

// solid is how much a word counts: letters and digits more than signs, which all lines of code have.
func solid(word string) int {
	switch {
	case isWordByte(word[0]):
		return 2 * len(word)
	case word[0] == ' ' || word[0] == '\t':
		return 0
	}
	return len(word)
}

// alike is the similarity from which on two lines are one line that was changed.
const alike = 0.4

// mostPairs is how many pairs of lines are looked at to find the best. In a larger block a line belongs to the
// one at the same place.
const mostPairs = 900

// pairs says which removed line became which added one, -1 for none: the pairs do not cross, and are as alike
// as can be in all.
func pairs(old, new []string) []int {
	of := make([]int, len(old))
	for i := range of {
		of[i] = -1
	}
	if len(old)*len(new) > mostPairs {
		for i := range min(len(old), len(new)) {
			of[i] = i
		}
		return of
	}
	a, b := bags(old), bags(new)
	best := make([][]float64, len(old)+1) // of the first i and the first j lines
	best[0] = make([]float64, len(new)+1)
	for i := range old {
		best[i+1] = make([]float64, len(new)+1)
		for j := range new {
			best[i+1][j+1] = max(best[i][j+1], best[i+1][j])
			if like := a[i].similarity(b[j]); like >= alike {
				best[i+1][j+1] = max(best[i+1][j+1], best[i][j]+like)
			}
		}
	}
	for i, j := len(old), len(new); i > 0 && j > 0; {
		switch best[i][j] {
		case best[i-1][j]:
			i--
		case best[i][j-1]:
			j--
		default:
			i, j = i-1, j-1
			of[i] = j
		}
	}
	return of
}

func bags(lines []string) []bag {
	all := make([]bag, len(lines))
	for i, line := range lines {
		all[i] = bagOf(line)
	}
	return all
}
