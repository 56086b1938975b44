package job_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/job"
)

// What rules find in branches is known once they were asked, until the branch or what they go by changes; what is not
// known is no number at all.
func TestStatusChecks(t *testing.T) {
	t.Parallel()
	f := upgradeFixture(t)
	f.branch("LUVLE-4.1-feature-local_bad", "v4.1.0", "local/bad/version.php", versionFile("local_bad", "2023010100"), "local/bad/lib.php", "<?php\nvar_dump(1);\n")
	f.branch("LUVLE-4.1-feature-local_good", "v4.1.0", "local/good/version.php", versionFile("local_good", "2023010100"))
	f.Git("branch", "LUVLE-4.1-hack-core-empty", "v4.1.0")
	sums := func(check bool) map[string]string {
		t.Helper()
		all := make(map[string]string)
		for _, b := range f.status(job.StatusRequest{Series: "4.1", Check: check}).Branches {
			all[strings.TrimPrefix(b.Name, "LUVLE-4.1-")] = "?"
			if b.Checks != nil {
				all[strings.TrimPrefix(b.Name, "LUVLE-4.1-")] = b.Checks.Text()
			}
		}
		return all
	}
	expect := func(step string, check bool, bad, good, empty string) {
		t.Helper()
		want := map[string]string{"feature-local_bad": bad, "feature-local_good": good, "hack-core-empty": empty}
		if diff := cmp.Diff(want, sums(check)); diff != "" {
			t.Errorf("%s: %s", step, diff)
		}
	}
	expect("nothing is known", false, "?", "?", "?")
	shown, err := job.Show(t.Context(), f.open(""), "LUVLE-4.1-feature-local_bad")
	if err != nil || shown.Branch.Checks != nil || shown.Branch.Findings != nil {
		t.Errorf("shown without asking: %v, %+v", err, shown.Branch.Checks)
	}
	shown, err = job.ShowJudged(t.Context(), f.open(""), "LUVLE-4.1-feature-local_bad")
	if err != nil || shown.Branch.Checks == nil {
		t.Fatalf("not judged: %v", err)
	}
	debug := slices.IndexFunc(shown.Branch.Findings, func(f job.CheckFinding) bool { return f.Rule == "debug-output" && f.Line == 2 })
	if debug < 0 {
		t.Errorf("findings %+v", shown.Branch.Findings)
	}
	bad := shown.Branch.Checks.Text()
	expect("one was shown", false, bad, "?", "?")
	known := sums(true)
	good, empty := known["feature-local_good"], known["hack-core-empty"]
	expect("all are known", false, bad, good, empty)
	again, err := job.Show(t.Context(), f.open(""), "LUVLE-4.1-feature-local_bad")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(shown.Branch.Findings, again.Branch.Findings); diff != "" {
		t.Errorf("what was kept is something else: %s", diff)
	}
	f.on("LUVLE-4.1-feature-local_good", "local/good/lib.php", "<?php\n")
	expect("a branch has changed", false, bad, "?", empty)
	sums(true)
	f.Git("config", "mgit.check.rules.debug-output", "off")
	expect("a setting has changed", false, "?", "?", "?")
	f.Git("config", "--unset", "mgit.check.rules.debug-output")
	expect("and back", false, bad, good, empty)
	kept := filepath.Join(f.Path, ".git", "mgit", "cache", "checks")
	names, err := os.ReadDir(kept)
	if err != nil || len(names) != 3 {
		t.Fatalf("%d files are kept, %v", len(names), err)
	}
	for _, n := range names {
		if err := os.WriteFile(filepath.Join(kept, n.Name()), []byte("broken"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	expect("what was kept is broken", false, "?", "?", "?")
	if err := os.RemoveAll(kept); err != nil {
		t.Fatal(err)
	}
	expect("what was kept is deleted", true, bad, good, empty)
	if err := os.RemoveAll(kept); err != nil {
		t.Fatal(err)
	}
	for _, ref := range strings.Fields(f.Git("for-each-ref", "--format=%(refname)", "refs/tags", "refs/remotes/upstream")) {
		f.Git("update-ref", "-d", ref)
	}
	expect("nobody knows where it begins", true, "?", "?", "?")
}
