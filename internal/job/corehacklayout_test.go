package job_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/job"
	"mgit/internal/layout/layouttest"
	"mgit/internal/moodle"
)

// A tree of 5.1 is explained by branches that stand on 4.5 as well, whatever the
// series they are of; and what an upgrade left outside of public/ is found.
func TestCorehackAcrossTheMove(t *testing.T) {
	t.Parallel()
	s := layouttest.New(t, gittest.New(t), layouttest.Params{Edits: 1})
	hack := "LUVLE-4.5-hack-core-lib"
	hacked := func(text string) string {
		lines := strings.SplitAfter(text, "\n")
		lines[6] = "    $luvle = true; // LUVLE.\n" + lines[6]
		return strings.Join(lines, "")
	}
	s.Git("checkout", "-q", "-b", hack, "v4.5.0")
	s.Write("lib/moodlelib.php", hacked(s.Git("show", "v4.5.0:lib/moodlelib.php")+"\n"))
	s.Write("admin/cli/cron.php", hacked(s.Git("show", "v4.5.0:admin/cli/cron.php")+"\n"))
	s.Git("commit", "-q", "-a", "-m", "core: a hack")
	want := s.Head()
	s.Git("checkout", "-q", "--detach", "v5.1.0")
	s.Git("update-ref", "refs/heads/"+after(hack), hack) // begun on the old release

	live := gittest.At(t, filepath.Join(t.TempDir(), "live"))
	s.Git("checkout-index", "-a", "--prefix="+live.Path+"/")
	live.Write("public/lib/moodlelib.php", hacked(s.Git("show", "v5.1.0:public/lib/moodlelib.php")+"\n"))
	live.Write("admin/cli/cron.php", hacked(s.Git("show", "v5.1.0:admin/cli/cron.php")+"\n"))
	live.Write("mod/forum/lib.php", s.Git("show", "v4.5.0:mod/forum/lib.php")+"\n")
	live.Write("mod/ouwiki/version.php", s.Git("show", "v4.5.0:mod/forum/version.php")+"\n")
	live.Write("mod/ouwiki/lib.php", "<?php\n// Left behind.\n")

	site, err := job.Open(t.Context(), job.OpenRequest{Dir: s.Path, Git: git.Options{Env: s.Env()}})
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	for _, from := range []struct{ series, branch string }{{"", after(hack)}, {"4.5", hack}} {
		request := job.CorehackRequest{Tree: live.Path}
		if from.series != "" {
			if request.Series, err = moodle.ParseSeries(from.series); err != nil {
				t.Fatal(err)
			}
		}
		report, err := job.Corehack(t.Context(), site, request)
		if err != nil {
			t.Fatal(err)
		}
		found := make(map[string]job.Finding)
		for _, f := range report.Findings {
			found[string(f.Path)] = f
		}
		for _, path := range []string{"public/lib/moodlelib.php", "admin/cli/cron.php"} {
			f := found[path]
			if f.Orphan || len(f.Hunks) != 1 || f.Hunks[0].Branch == nil || *f.Hunks[0].Branch != from.branch {
				t.Errorf("series %q: %s: %+v", from.series, path, f)
			}
		}
		if f := found["mod/forum/lib.php"]; f.Class != job.ClassStale {
			t.Errorf("series %q: a file left at its old place: %+v", from.series, f)
		}
		at := slices.IndexFunc(report.Plugins, func(p job.FoundPlugin) bool { return string(p.Path) == "mod/ouwiki" })
		if at < 0 || !strings.Contains(report.Plugins[at].Problem, "outside public/") {
			t.Errorf("series %q: a plugin left outside of public/: %+v", from.series, report.Plugins)
		}
		if len(report.Findings) != 3 {
			t.Errorf("series %q: %d findings", from.series, len(report.Findings))
		}
		for _, w := range report.Warnings {
			t.Logf("%s: %s", w.ID, w.Text)
		}
	}

	// The commit of a hack is found where the branch has the file.
	a, err := job.NewAttribution(t.Context(), site, moodle.Series{Major: 5, Minor: 1})
	if err != nil {
		t.Fatal(err)
	}
	changes, err := a.Changes(t.Context(), "public/lib/moodlelib.php")
	if err != nil || len(changes) != 1 {
		t.Fatalf("%d changes, %v", len(changes), err)
	}
	if id, err := a.CommitOf(t.Context(), "public/lib/moodlelib.php", changes[0], "    $luvle = true; // LUVLE.\n"); err != nil || id.String() != want {
		t.Errorf("the line is of %s (%v), want %s", id, err, want)
	}
}
