package job_test

import (
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

// Fixes of real MDL numbers, picked onto branches of their series and of the one
// before, become what git cherry-pick makes of them. MGIT_MOODLE names a clone of Moodle; MGIT_CASES is how
// many numbers are tried.
func TestPickOnMoodle(t *testing.T) {
	t.Parallel()
	n, seed := 4, uint64(24)
	if v := os.Getenv("MGIT_CASES"); v != "" {
		n, _ = strconv.Atoi(v)
	}
	if v := os.Getenv("MGIT_SEED"); v != "" {
		seed, _ = strconv.ParseUint(v, 10, 64)
	}
	f := onMoodle(t, "+refs/heads/MOODLE_2*:refs/remotes/upstream/MOODLE_2*", "+refs/tags/v2.3*:refs/tags/v2.3*", "+refs/tags/v2.4*:refs/tags/v2.4*")
	f.Git("branch", "LUVLE-2.4-hack-mod_forum", "v2.4.0")
	f.Git("branch", "LUVLE-2.3-hack-mod_forum", "v2.3.0")
	w := gittest.At(t, filepath.Join(t.TempDir(), "judge"))
	f.Git("worktree", "add", "-q", "--detach", w.Path, "v2.4.0")

	numbers := make(map[string]bool)
	for _, number := range regexp.MustCompile(`(?m)^MDL-[1-9][0-9]*\b`).FindAllString(f.Git("log", "--no-merges", "--format=%s", "v2.4.0..refs/remotes/upstream/MOODLE_24_STABLE"), -1) {
		numbers[number] = true
	}
	all := slices.Sorted(maps.Keys(numbers))
	r := rand.New(rand.NewPCG(seed, 1))
	outcomes := make(map[string]int)
	var took time.Duration
	for i := range n {
		number := all[r.IntN(len(all))]
		branch := []string{"LUVLE-2.4-hack-mod_forum", "LUVLE-2.3-hack-mod_forum"}[i%2]
		began := time.Now()
		report, _, err := f.tryPick(job.PickRequest{Branch: branch, Commits: []string{number}})
		if err != nil {
			t.Errorf("%s: %v", number, err)
			continue
		}
		took += time.Since(began)
		own := strings.HasPrefix(branch, "LUVLE-2.3") && report.Lines[0].From == "upstream/MOODLE_23_STABLE"
		if line := report.Lines[0].From; !own && line != "upstream/MOODLE_24_STABLE" {
			t.Errorf("%s is taken from %s", number, line)
		}
		w.Git("reset", "-q", "--hard", report.OldTip.String())
		outcomes[f.judge(w, number, report)]++
		w.TryGit("cherry-pick", "--abort")
	}
	t.Logf("seed %d: %d numbers, %v, %v each", seed, n, outcomes, (took / time.Duration(n)).Round(time.Millisecond))
	if strings.TrimSpace(f.Git("log", "--format=%s", "v2.4.0..LUVLE-2.4-hack-mod_forum")) == "" {
		t.Error("nothing was picked")
	}
}
