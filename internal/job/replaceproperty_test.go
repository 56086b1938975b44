package job_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// Whatever a site has changed in a plugin: on the new release it is what git rebase makes of
// it, and where git stops, the branch is parked. Some cases must be clean and some must not,
// or this proves nothing.
func TestReplaceIsAGitRebase(t *testing.T) {
	t.Parallel()
	seed, _ := strconv.ParseUint(os.Getenv("MGIT_SEED"), 10, 64)
	if seed == 0 {
		seed = 1
	}
	cases := 6
	if n, err := strconv.Atoi(os.Getenv("MGIT_CASES")); err == nil {
		cases = max(n/300, cases)
	}
	t.Logf("MGIT_SEED=%d", seed)
	r := rand.New(rand.NewPCG(seed, 5))
	v := newVendor(t)
	count := map[string]int{}
	for i := range cases {
		edits := randomEdits(r)
		switch i { // one of each sort at least
		case 0:
			edits = []string{"lib.php", text(40, map[int]string{30: "ours"})}
		case 1:
			edits = []string{"lib.php", text(40, map[int]string{2: "ours"})}
		}
		f := external(t, v, "", edits...)
		b := theOnly(t, first(f.rebaseAll()))
		count[b.Outcome]++
		on := f.released(v, "v4.5.2", "v4.5.0")
		f.Git("checkout", "-q", "--detach", attendance)
		_, err := f.TryGit("-c", "merge.directoryRenames=false", "rebase", "-q", "--empty=drop", "--onto", on, fmt.Sprintf("%s~%d", attendance, len(edits)/2))
		if err != nil {
			if b.Outcome != "conflict" {
				t.Errorf("case %d: git stops, mgit says %s", i, b.Outcome)
			}
			continue
		}
		if b.Outcome != "replaced" {
			t.Errorf("case %d: git does not stop, mgit says %+v", i, b)
			continue
		}
		if got, want := f.Git("rev-parse", newAttendance+"^{tree}"), f.Git("rev-parse", "HEAD^{tree}"); got != want {
			t.Errorf("case %d: tree %s, git makes %s", i, got, want)
		}
		if got, want := f.log("v4.5.0", newAttendance), "mod_attendance: v4.5.2, "+f.log(on, "HEAD"); got != want {
			t.Errorf("case %d: %s, git makes %s", i, got, want)
		}
		if n := b.Commits; n.In != n.Kept+n.Emptied+n.Landed+1 || n.Replaced != 1 {
			t.Errorf("case %d: %+v", i, n)
		}
	}
	if count["replaced"] == 0 || count["conflict"] == 0 {
		t.Errorf("%v: one sort of case was not tried", count)
	}
}

// randomEdits are one to four commits to files of the plugin and of Moodle, the first of them
// in one case of three where the release conflicts with it.
func randomEdits(r *rand.Rand) []string {
	changed := map[int]string{}
	var edits []string
	for i := range 1 + r.IntN(4) {
		switch r.IntN(4) {
		case 0:
			edits = append(edits, fmt.Sprintf("own%d.php", r.IntN(3)), fmt.Sprintf("<?php // %d %d\n", i, r.IntN(100)))
		case 1:
			edits = append(edits, "/course/lib.php", text(40, map[int]string{r.IntN(40): fmt.Sprintf("core %d", i)}))
		default:
			line := r.IntN(40)
			if r.IntN(3) == 0 {
				line = 30
			}
			changed[line] = fmt.Sprintf("ours %d", i)
			edits = append(edits, "lib.php", text(40, changed))
		}
	}
	return edits
}
