package layouttest

import (
	"os"
	"slices"
	"testing"
	"time"

	"mgit/internal/git/gittest"
)

func TestMain(m *testing.M) { os.Exit(gittest.Memory{M: m}.Run()) }

// The site is what it says: of the size asked for, a quarter changed, and git's
// conflicts on the moved branches are those that the branches were made to have.
func TestTheSiteIsWhatItSays(t *testing.T) {
	t.Parallel()
	p, nth := Params{}, 12
	if os.Getenv("MGIT_CASES") != "" {
		p, nth = Full(), 1
	}
	start := time.Now()
	s := New(t, gittest.New(t), p)
	t.Logf("%d files, %d of them changed, %d branches: made in %v", s.Files, s.Changed, len(s.Branches), time.Since(start))
	start = time.Now()
	m := s.Move()
	t.Logf("moved by the table in %v", time.Since(start))
	start = time.Now()
	judged := s.Pick(m)
	t.Logf("picked by git merge-tree in %v", time.Since(start))
	start = time.Now()
	for i, v := range s.Judge(m, nth) {
		if i%nth == 0 && !v.Equal(judged[i]) {
			t.Errorf("%s (%s)\ngit rebase     %+v\ngit merge-tree %+v", s.Branches[i].Name, s.Branches[i].Kind, v, judged[i])
		}
	}
	t.Logf("one of %d rebased by git in %v", nth, time.Since(start))
	kinds := make(map[string]int)
	for i, b := range s.Branches {
		kinds[b.Kind]++
		if v := judged[i]; (v.Stopped != "") != b.Conflict {
			t.Errorf("%s (%s): git stops at %q with %d paths %.200v, it was made to conflict: %t", b.Name, b.Kind, v.Stopped, len(v.Paths), v.Paths, b.Conflict)
		}
		if wrong := s.Misplaced(b, judged[i].Tree()); len(wrong) > 0 {
			t.Errorf("%s (%s): %v are where nothing of it belongs", b.Name, b.Kind, wrong)
		}
	}
	t.Log(kinds)
	if share := float64(s.Changed) / float64(s.Files); share < 0.2 || share > 0.35 {
		t.Errorf("5.1 changed %.2f of the files", share)
	}
}

// The table is complete: every entry of the root of the old release has a place, and
// nothing that 5.1 has lies anywhere else.
func TestEveryPathHasAPlace(t *testing.T) {
	t.Parallel()
	old, now := trees(3000)
	var places []string
	for p := range old {
		to, ok := Place(p)
		if !ok {
			t.Errorf("%s has no place", p)
		}
		if now[to].mode == "" && !removed(p) {
			t.Errorf("%s belongs to %s, which 5.1 has not", p, to)
		}
		places = append(places, to)
	}
	slices.Sort(places)
	if n := len(slices.Compact(places)); n != len(old) {
		t.Errorf("%d paths have %d places", len(old), n)
	}
	for _, p := range []string{"public/mod/quiz/lib.php", "ourlogin.php", "totara/core.php", "cli/cron.php"} {
		if to, ok := Place(p); ok {
			t.Errorf("%s has the place %s", p, to)
		}
	}
}
