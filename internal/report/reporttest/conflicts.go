package reporttest

import (
	"fmt"

	"mgit/internal/git"
	"mgit/internal/job"
	"mgit/internal/moodle"
)

// Conflicts is a map of some branches: a conflict, the same lines, the same file, one
// that stands on another, and one that is out of everybody's way.
func Conflicts() *job.ConflictsReport {
	return conflicts(func(i int, ordinary string) string { return ordinary })
}

// HostileConflicts is a map in which every text is one of Attacks.
func HostileConflicts() *job.ConflictsReport {
	attacks := Attacks()
	return conflicts(func(i int, _ string) string { return fmt.Sprintf("%s %d", attacks[i%len(attacks)], i) })
}

// ManyConflicts is a map of n branches, each in conflict with the next one.
func ManyConflicts(n int) *job.ConflictsReport {
	r := &job.ConflictsReport{Series: moodle.Series{Major: 4, Minor: 5}}
	for i := range n {
		r.Branches = append(r.Branches, conflictBranch(fmt.Sprintf("LUVLE-4.5-hack-mod_forum-n%04d", i)))
		r.Order = append(r.Order, r.Branches[i].Name)
		if i > 0 {
			r.Pairs = append(r.Pairs, job.ConflictPair{
				A: r.Branches[i-1].Name, B: r.Branches[i].Name, Level: job.LevelConflict,
				Conflicts: []job.ConflictPath{{Place: job.At("mod/forum/lib.php"), Kind: "CONFLICT (contents)"}},
			})
		}
	}
	r.Totals = job.ConflictTotals{Branches: n, Pairs: n * (n - 1) / 2, Conflict: n - 1, Apart: n*(n-1)/2 - n + 1}
	return r
}

func conflictBranch(name string) job.ConflictBranch {
	return job.ConflictBranch{Name: name, Tip: job.ID(git.EmptyTree), Base: job.Commit{Tag: "v4.5.0"}, Paths: job.Paths{"mod/forum/lib.php"}}
}

func conflicts(text func(i int, ordinary string) string) *job.ConflictsReport {
	r := &job.ConflictsReport{
		Series: moodle.Series{Major: 4, Minor: 5}, Target: text(0, "LUVLE-4.5-test"),
		Totals: job.ConflictTotals{Branches: 5, Pairs: 9, Conflict: 1, Lines: 1, File: 1, Apart: 6, Merged: 3},
	}
	names := make([]string, 0, 5)
	for i, short := range []string{"subject", "order", "rating", "colour", "print"} {
		name := text(1+i, "LUVLE-4.5-hack-mod_forum-"+short)
		names = append(names, name)
		r.Branches = append(r.Branches, conflictBranch(name))
	}
	r.Branches[3].StandsOn, r.Branches[3].Requires = names[2:3], names[2:3]
	r.Branches[4].Base = job.Commit{Tag: text(9, "v4.5.1")}
	file := func(i int) string { return text(i, "mod/forum/lib.php") }
	r.Pairs = []job.ConflictPair{
		{
			A: names[0], B: names[1], Level: job.LevelConflict, Files: job.Paths{file(10), file(11)}, Error: text(12, ""),
			Conflicts: []job.ConflictPath{{Place: job.At(file(10)), Kind: text(13, "CONFLICT (contents)")}},
			Lines:     []job.ConflictLines{{Place: job.At(file(10)), Ranges: []job.ConflictRange{{Start: 3, Lines: 2}, {Start: 9}, {Start: 12, Lines: 1}}}},
		},
		{A: names[0], B: names[2], Level: job.LevelLines, Files: job.Paths{file(14)}, Lines: []job.ConflictLines{{Place: job.At(file(14)), Whole: true}}},
		{A: names[1], B: names[2], Level: job.LevelFile, Files: job.Paths{file(15), file(16), file(17), file(18), file(19)}},
	}
	r.Order, r.Sets = names, [][]string{names[:3]}
	return r
}
