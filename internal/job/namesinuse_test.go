package job_test

import (
	"strings"
	"testing"
)

// The new name is another name of some other branch, which must not move.
func TestNewNameIsASymbolicReference(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	f.rebaseAll()
	f.Git("update-ref", "refs/heads/precious", newPlugin)
	f.Git("update-ref", "-d", "refs/heads/"+newPlugin)
	f.Git("symbolic-ref", "refs/heads/"+newPlugin, "refs/heads/precious")
	f.on(plugin, "mod/ouwiki/late.php", "late\n")
	precious := f.Git("rev-parse", "precious")
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{plugin: "diverged", hack: "unchanged", stuck: "conflict"})
	if f.Git("rev-parse", "precious") != precious {
		t.Error("the other branch moved")
	}
}

// A branch below the new name is in its way: only that branch fails.
func TestNewNameIsAFolder(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	f.Git("update-ref", "refs/heads/"+newPlugin+"/old", "v4.5.0^0")
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{plugin: "failed", hack: "clean", stuck: "conflict"})
	f.noLocks()
}

// A tag of the site looks like one of Moodle's: what it reaches counts as
// upstream's, and a branch seems to have landed that is nowhere else.
func TestTagThatOnlyLooksLikeARelease(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	f.Git("tag", "v4.1.7", plugin)
	f.Git("tag", "v4.1.8", hack)
	f.on(hack, "mod/forum/late.php", "late\n")
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{plugin: "failed", hack: "clean", stuck: "conflict"})
	for name, tag := range map[string]string{plugin: "v4.1.7", hack: "v4.1.8"} {
		if b := f.reportOf(report, name); !strings.Contains(b.Reason, tag) {
			t.Errorf("%s: reason %q", name, b.Reason)
		}
	}
	if b := f.reportOf(report, stuck); b.Reason != "" {
		t.Errorf("%s: reason %q", stuck, b.Reason)
	}
}

// A branch that is at a release, with no commit of its own, has nothing to lose.
func TestBranchWithoutCommits(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Git("branch", plugin, "v4.1.1")
	f.Git("branch", hack, "v4.1.0~0")
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{plugin: "landed", hack: "landed"})
}
