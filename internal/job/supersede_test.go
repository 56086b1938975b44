package job_test

import (
	"strings"
	"testing"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/internal/upgrade"
)

// supersededSite has three branches; Moodle solved MDL-50 and MDL-51 for 4.5.
func supersededSite(t *testing.T) (f *fixture, branches [3]string) {
	t.Helper()
	f = newFixture(t)
	f.line("main", "v4.5.0")
	f.upstream("main", "MDL-50 course: x", "course/lib.php", text(40, map[int]string{1: "x"}))
	f.upstream("main", "MDL-51 course: y", "course/lib.php", text(40, map[int]string{1: "y"}), "version.php", f.Git("show", "v4.5.0:version.php"))
	f.Git("tag", "v4.5.9", "refs/remotes/upstream/main")
	branches = [3]string{"LUVLE-4.1-hack-core-a", "LUVLE-4.1-hack-core-b", "LUVLE-4.1-hack-core-c"}
	for i, name := range branches {
		f.branch(name, "v4.1.0", "mod/forum/lib.php", text(40, map[int]string{3 + 10*i: "hack"}))
	}
	f.shared("mgit.toml", "format = 1\n\n[branch.core-a]\nsuperseded_by = [\"MDL-50\", \"MDL-51\"]\n\n[branch.core-b]\nsuperseded_by = [\"MDL-50\", \"MDL-52\"]\n")
	return f, branches
}

func to459(r *job.RebaseAllRequest) { r.Tag = "v4.5.9" }

func TestSupersededBranchIsDropped(t *testing.T) {
	t.Parallel()
	f, b := supersededSite(t)
	report, _ := f.rebaseAll(to459)
	f.want(report, map[string]string{b[0]: "dropped", b[1]: "clean", b[2]: "clean"})
	for _, r := range report.Branches {
		switch r.Name {
		case b[0]:
			if r.Commits != (job.Account{In: 1, Dropped: 1}) || !strings.HasPrefix(r.Reason, "superseded by MDL-50 (") || !strings.HasSuffix(r.Reason, " in v4.5.9)") {
				t.Errorf("%s: %+v, %q", r.Name, r.Commits, r.Reason)
			}
		case b[1]:
			if r.Reason != "it stays until Moodle has MDL-52" {
				t.Errorf("%s: %q", r.Name, r.Reason)
			}
		}
	}
	// The second run has nothing to do.
	if again, run := f.rebaseAll(to459); run != 0 || outcomes(again)[b[0]] != "dropped" {
		t.Errorf("run %d: %v", run, outcomes(again))
	}
	// Once decided, the rule has no say; the branch arrives.
	f.dispose(b[0], upgrade.DispositionRebase, "")
	report, _ = f.rebaseAll(to459)
	f.want(report, map[string]string{b[0]: "clean", b[1]: "unchanged", b[2]: "unchanged"})
	// What was carried stays carried.
	report, _ = f.rebaseAll(to459)
	f.want(report, map[string]string{b[0]: "unchanged", b[1]: "unchanged", b[2]: "unchanged"})
}

// A decision that was made before the first run wins, whichever it is.
func TestDecisionWinsOverSuperseded(t *testing.T) {
	t.Parallel()
	for disposition, want := range map[string]string{upgrade.DispositionRebase: "clean", upgrade.DispositionHold: "held"} {
		f, b := supersededSite(t)
		f.dispose(b[0], disposition, "because")
		report, _ := f.rebaseAll(to459)
		f.want(report, map[string]string{b[0]: want, b[1]: "clean", b[2]: "clean"})
	}
}

// A run enters the disposition rebase for a branch that it parks. That is nobody's decision.
func TestParkedBranchIsSuperseded(t *testing.T) {
	t.Parallel()
	f, b := supersededSite(t)
	f.branch("LUVLE-4.1-hack-core_course", "v4.1.0", "course/lib.php", text(40, map[int]string{1: "ours"}))
	report, _ := f.rebaseAll(to459)
	if outcomes(report)["LUVLE-4.1-hack-core_course"] != "conflict" {
		t.Fatal(outcomes(report))
	}
	f.shared("mgit.toml", "format = 1\n\n[branch.core_course]\nsuperseded_by = [\"MDL-50\"]\n")
	report, _ = f.rebaseAll(to459)
	f.want(report, map[string]string{"LUVLE-4.1-hack-core_course": "dropped", b[0]: "dropped", b[1]: "unchanged", b[2]: "unchanged"})
	if refs := f.refs(); strings.Contains(refs, "refs/mgit/parked/") {
		t.Errorf("the clean part is still there: %s", refs)
	}
}

func (f *fixture) dispose(branch, disposition, reason string) {
	f.t.Helper()
	_, _, err := job.Dispose(f.t.Context(), f.open(""), job.LedgerRequest{
		Branches: []string{branch}, Disposition: disposition, Reason: reason, For: moodle.Series{Major: 4, Minor: 5},
	})
	if err != nil {
		f.t.Fatal(err)
	}
}
