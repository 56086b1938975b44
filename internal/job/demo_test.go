package job_test

import (
	"path/filepath"
	"testing"

	"mgit/internal/demo"
	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

// Every branch of the demo site says what becomes of it on v4.5.0.
func TestDemoSite(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "demo")
	built, err := demo.Build(t.Context(), dir, demo.Params{MissingParts: []demo.Part{demo.PartInternal, demo.PartLive}})
	if err != nil {
		t.Fatal(err)
	}
	g := gittest.At(t, built.Site)
	for key, value := range map[string]string{
		"mgit.customer": "LUVLE", "mgit.remote.upstream.url": g.Git("config", "remote.upstream.url"), "mgit.remote.upstream.role": "upstream",
	} {
		g.Git("config", key, value)
	}
	g.Git("update-ref", "refs/heads/mgit", g.Git("commit-tree", "-m", "the mgit branch", g.Git("hash-object", "-t", "tree", "-w", "/dev/null")))
	site, err := job.Open(t.Context(), job.OpenRequest{Dir: built.Site, Git: git.Options{Env: g.Env()}})
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	report, run, err := job.RebaseAll(t.Context(), site, job.RebaseAllRequest{Tag: "v4.5.0", Evidence: true}, false)
	if err != nil || run != 1 {
		t.Fatalf("run %d: %v", run, err)
	}
	got := outcomes(report)
	for _, b := range built.Branches {
		if got[b.Name] != b.Outcome {
			t.Errorf("%s (%s): %s, want %s", b.Name, b.Shows, got[b.Name], b.Outcome)
		}
	}
	if len(got) != len(built.Branches) {
		t.Errorf("%d branches in the report, %d in the site", len(got), len(built.Branches))
	}
	for _, b := range report.Branches {
		if b.Name == "LUVLE-4.1-hack-mod_quiz-grace" && (len(b.Landed) != 1 || b.Landed[0].Release != "v4.2.0") {
			t.Errorf("landed: %+v", b.Landed)
		}
		if b.Name == "LUVLE-4.1-hack-core_user-lastaccess" && (len(b.Landed) != 1 || !b.Landed[0].Reverted || b.Commits.Kept != 1) {
			t.Errorf("landed, then reverted: %+v, %+v", b.Landed, b.Commits)
		}
	}
	if out := g.Git("fsck", "--strict", "--no-dangling"); out != "" {
		t.Errorf("fsck: %s", out)
	}
}
