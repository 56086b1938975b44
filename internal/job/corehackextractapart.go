package job

import (
	"fmt"
	"strings"

	"mgit/internal/hunk"
)

// decidedBy begins what stands as the origin of a piece that somebody decided about;
// no branch can be called so.
const decidedBy = "decided: "

// isBranch reports whether the origin of a piece is a branch.
func isBranch(by string) bool { return by != "" && !strings.HasPrefix(by, decidedBy) }

// apart takes out the orphans that touch lines of a branch: whoever wrote them
// changed the branch's own change. In a branch of their own they would stand without
// what they are in the middle of. The reason says so, "" where there are none.
func (f extractFile) apart() (free extractFile, reason string) {
	if f.isWhole() {
		return f, ""
	}
	pieces := make([]hunk.Piece, 0, len(f.Pieces))
	var names []string // of branches, each once
	inside := make(map[string]int)
	for _, run := range touchingRuns(f.Pieces) {
		for i, p := range run {
			if p.By == "" {
				if p.By = nearestBranch(run, i); p.By != "" {
					if inside[p.By]++; inside[p.By] == 1 {
						names = append(names, p.By)
					}
				}
			}
			pieces = append(pieces, p)
		}
	}
	f.Pieces = pieces
	var reasons []string
	for _, name := range names {
		text := "the change stands in lines of " + name + ": make it there"
		if n := inside[name]; n > 1 {
			text = fmt.Sprintf("%d changes stand in lines of %s: make them there", n, name)
		}
		reasons = append(reasons, text)
	}
	return f, strings.Join(reasons, "; ")
}

// touchingRuns parts pieces where a line is between them that nobody changed.
func touchingRuns(pieces []hunk.Piece) [][]hunk.Piece {
	var runs [][]hunk.Piece
	from := 0
	for i := 1; i <= len(pieces); i++ {
		if i == len(pieces) || !touches(pieces[i-1], pieces[i]) {
			runs = append(runs, pieces[from:i])
			from = i
		}
	}
	return runs
}

func touches(a, b hunk.Piece) bool {
	return a.OldStart+len(a.Old) >= b.OldStart || a.NewStart+len(a.New) >= b.NewStart
}

// nearestBranch is the branch that has the piece nearest to the i-th, that before
// rather than that behind; "" where no branch has any.
func nearestBranch(run []hunk.Piece, i int) string {
	for far := 1; far < len(run); far++ {
		if i-far >= 0 && isBranch(run[i-far].By) {
			return run[i-far].By
		}
		if i+far < len(run) && isBranch(run[i+far].By) {
			return run[i+far].By
		}
	}
	return ""
}
