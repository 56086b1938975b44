package rebase

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/git"
)

// change is what a commit does to files, apart from where in them it does it.
type change struct {
	// patch is equal for two commits whose patch ids git-patch-id(1) finds equal, but that
	// a file which moved counts as the same; zero where the commit changes nothing.
	patch [sha256.Size]byte
	lines lineSet
	// isPart says that only the files were read that somebody wanted. Such a change has
	// no patch.
	isPart bool
}

// lineSet holds lines that were added and removed, each with the place of its file and
// without white space. A line's key differs in its lowest bit from that of the same
// line on the other side.
type lineSet map[uint64]tally

// tally says how often a line is there and what it weighs.
type tally struct {
	n      int
	weight float64
	place  uint32 // tells files apart
}

// weight is what all lines weigh.
func (l lineSet) weight() float64 {
	sum := 0.0
	for _, line := range l {
		sum += float64(line.n) * line.weight
	}
	return sum
}

// count is how many lines there are.
func (l lineSet) count() int {
	sum := 0
	for _, line := range l {
		sum += line.n
	}
	return sum
}

// part is how much of l is in a subset of it, by weight or by number, whichever is less:
// neither may a short line be forgotten nor many of them count for much.
func (l lineSet) part(of lineSet) float64 {
	if len(l) == 0 {
		return 0
	}
	return min(of.weight()/l.weight(), float64(of.count())/float64(l.count()))
}

// shared is what both sets have.
func (l lineSet) shared(other lineSet) lineSet { return l.meet(other, 0) }

// undone is what other takes back of l.
func (l lineSet) undone(other lineSet) lineSet { return l.meet(other, 1) }

func (l lineSet) meet(other lineSet, flip uint64) lineSet {
	both := make(lineSet)
	for key, line := range l {
		if n := min(line.n, other[key^flip].n); n > 0 {
			both[key] = tally{n, line.weight, line.place}
		}
	}
	return both
}

// added is what the added lines weigh.
func (l lineSet) added() float64 {
	sum := 0.0
	for key, line := range l {
		if key&1 == 1 {
			sum += float64(line.n) * line.weight
		}
	}
	return sum
}

// without is what l has more than other.
func (l lineSet) without(other lineSet) lineSet {
	rest := make(lineSet, len(l))
	for key, line := range l {
		if n := line.n - other[key].n; n > 0 {
			rest[key] = tally{n, line.weight, line.place}
		}
	}
	return rest
}

// inFiles is the part of the files with lines in l of which half is in both.
func (l lineSet) inFiles(both lineSet) float64 {
	whole, part := l.byPlace(), both.byPlace()
	n := 0
	for place, w := range whole {
		if 2*part[place] >= w {
			n++
		}
	}
	return float64(n) / float64(max(1, len(whole)))
}

func (l lineSet) byPlace() map[uint32]float64 {
	sums := make(map[uint32]float64)
	for _, line := range l {
		sums[line.place] += float64(line.n) * line.weight
	}
	return sums
}

func (l lineSet) add(key uint64, weight float64, place uint32) {
	l[key] = tally{l[key].n + 1, weight, place}
}

// readChanges reads the changes of commits, those in all paths or, with paths, in these
// only. Those of which this clone lacks an object are left out.
func readChanges(ctx context.Context, r Runner, commits []git.ID, where func(string) string, paths ...string) (map[git.ID]*change, error) {
	all := make(map[git.ID]*change, len(commits))
	limit := ""
	if len(paths) > 0 {
		limit = "--\n" + strings.Join(paths, "\n") + "\n"
	}
	for len(commits) > 0 {
		var input strings.Builder
		for _, id := range commits {
			fmt.Fprintln(&input, id)
		}
		input.WriteString(limit)
		args := slices.Concat(logConfig, []string{"--literal-pathspecs", "log", "--no-walk=unsorted", "--format=commit %H", "--stdin"}, diffOptions)
		p := &patchReader{all: all, where: where}
		err := r.Cmd(args...).Stdin([]byte(input.String())).Stream(ctx, p.read)
		if err == nil {
			p.finish()
			break
		}
		i := slices.Index(commits, p.commit)
		if ctx.Err() != nil || i < 0 {
			return nil, err
		}
		// Git stops at what it cannot read. The others can be.
		delete(all, p.commit)
		commits = commits[i+1:]
	}
	return all, nil
}
