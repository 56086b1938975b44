package bench

import (
	"encoding/json"
	"fmt"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/rebase/rebasetest"
)

// merges is what the map of 120 branches is held against: two calls of git a branch.
const merges = 240

// TestConflictsBars holds the map of all 7,140 pairs of 120 branches against calls of
// `git merge-tree --write-tree`. What the map costs depends on how many pairs meet:
// few where the hacks are spread over all of core, many where they edit the same files.
func TestConflictsBars(t *testing.T) {
	skipUnlessAsked(t)
	clone, program := moodleClone(t), buildMgit(t)
	for _, hot := range []int{0, 40, 10} {
		m := newMoodle(t, clone, rebasetest.Load{Base: "v2.5.0", Version: "2.5", Branches: 120, Commits: 520, Seed: 1, Hot: hot})
		where := "all of core"
		if hot > 0 {
			where = fmt.Sprintf("%d files", hot)
		}
		say(t, "%s; 36 hacks in %s: %s", m.template.Git("version"), where, m.meetings(program))
		ours := &work{
			name: "mgit conflicts, 120 branches", prepare: m.bare,
			do: func(r *gittest.Repo) { run(t, r, program, []string{"conflicts"}) },
		}
		loop := &work{
			name: fmt.Sprintf("%d calls of git merge-tree", merges), prepare: m.bare,
			do: func(r *gittest.Repo) {
				shell(t, r, `while read -r a b; do git -c merge.directoryRenames=false merge-tree --write-tree "$a" "$b" >/dev/null || :; done`, m.someMerges())
			},
		}
		ratio := compared(t, 7, ours, loop)
		if name := fmt.Sprintf("hacks in %s: mgit conflicts / %d calls of git merge-tree", where, merges); hot == 10 {
			// Every hack meets nearly every other one: these are more merges than calls.
			say(t, "%s: %.3g", name, ratio)
		} else {
			bar(t, name, ratio, 1, "")
		}
		say(t, "%v\n%v", ours, loop)
	}
}

// meetings says how many pairs of branches meet.
func (m *moodle) meetings(program string) string {
	m.t.Helper()
	var answer struct {
		Result struct {
			Totals struct{ Pairs, Merged, Conflict int }
		}
	}
	if err := json.Unmarshal([]byte(run(m.t, m.template, program, []string{"conflicts", "--json"})), &answer); err != nil {
		m.t.Fatal(err)
	}
	n := answer.Result.Totals
	return fmt.Sprintf("of %d pairs Git merges %d, %d conflict", n.Pairs, n.Merged, n.Conflict)
}

// someMerges are pairs of branches, one a line, two for each branch.
func (m *moodle) someMerges() []string {
	var pairs []string
	for i, b := range m.branches {
		for _, step := range []int{1, 10} {
			pairs = append(pairs, b+" "+m.branches[(i+step)%len(m.branches)])
		}
	}
	return pairs
}
