package job_test

import (
	"testing"

	"mgit/internal/job"
)

// The state of the references is another one when one moves, comes or goes, or something else is checked
// out, and the same again when all is as before; a site that was opened long ago sees it.
func TestRefsState(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	site := f.open(f.Path)
	state := func() string {
		t.Helper()
		s, err := job.RefsState(t.Context(), site)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	before := state()
	if again := state(); again != before {
		t.Errorf("%s and %s although nothing happened", before, again)
	}
	for _, change := range [][]string{{"update-ref", "refs/heads/x", "v4.5.0^{}"}, {"update-ref", "refs/heads/x", "v4.1.0^{}"}, {"symbolic-ref", "HEAD", "refs/heads/x"}} {
		last := state()
		f.Git(change...)
		if now := state(); now == last {
			t.Errorf("git %q changes nothing", change)
		}
	}
}
