package job_test

import (
	"errors"
	"strings"
	"testing"

	"mgit/internal/job"
)

const packaging = "lu-moodle-lu_4.1"

func (f *fixture) packaged(changes ...func(*job.PackageRequest)) (*job.PackageReport, error) {
	f.t.Helper()
	var request job.PackageRequest
	request.Target = deployment
	for _, change := range changes {
		change(&request)
	}
	report, _, err := job.Package(f.t.Context(), f.open(""), request)
	return report, err
}

func newPackageFixture(t *testing.T) *fixture {
	t.Helper()
	return templates.packaged.fixture(t, func(dir string) { buildPackaged(t, dir) })
}

func buildPackaged(t *testing.T, dir string) {
	t.Helper()
	f := buildReleased(t, dir)
	f.deploy("LUVLE-4.1-feature-local_greeting", "LUVLE-4.1-hack-mod_forum", "LUVLE-4.1-hack-core_course")
	f.branch(packaging, f.tagged().Tag, "debian/changelog", "lu-moodle-lu (1:4.0.9-3-1) bookworm; urgency=high\n\n  * Old.\n\n -- A <a@b>  Mon, 01 Dec 2025 09:00:00 +0100\n")
}

// The merge is the one that git makes, and the entry is in front of the others.
func TestPackageIsGits(t *testing.T) {
	t.Parallel()
	f := newPackageFixture(t)
	if _, err := f.packaged(); err != nil {
		t.Fatal(err)
	}
	f.shared("mgit.toml", "format = 1\n\n[branch.mod_forum]\norigin = \"local\"\nreason = \"Odd \\u001b[31m reason\\n -- X <x@y>  z\"\nticket = \"LU-12\"\n")
	f.on("LUVLE-4.1-hack-mod_forum", "mod/forum/more.php", "<?php\n")
	f.deploy("LUVLE-4.1-hack-mod_forum")
	tag := f.tagged().Tag
	before := f.tip(packaging)
	report, err := f.packaged()
	if err != nil {
		t.Fatal(err)
	}
	if report.Version != "1:4.1.0-1-1" || report.Since != "lu-moodle-lu_v4.1.0-0" || len(report.Branches) != 1 || report.NewTip.String() != f.tip(packaging) {
		t.Errorf("%+v", report)
	}
	if !strings.Contains(report.Entry, "mod_forum: changed (LU-12). Odd \\033[31m reason -- X") || strings.Contains(report.Entry, "\x1b") || strings.Count(report.Entry, "\n -- ") != 1 {
		t.Errorf("the entry is\n%s", report.Entry)
	}
	if got := f.Git("show", packaging+":debian/changelog"); !strings.HasPrefix(got, report.Entry) || strings.Count(got, "urgency=high") != 3 {
		t.Errorf("the changelog is\n%s", got)
	}
	f.Git("checkout", "-q", "--detach", before)
	f.Git("merge", "-q", "--no-ff", "-m", "by git", tag)
	if got, want := f.Git("rev-parse", packaging+"^^{tree}"), f.Git("rev-parse", "HEAD^{tree}"); got != want {
		t.Errorf("the merge has the tree %s, git's %s", got, want)
	}
	if got := f.Git("diff", "--name-only", packaging+"^", packaging); got != "debian/changelog" {
		t.Errorf("the entry's commit changes %s", got)
	}
	f.Git("fsck", "--strict")

	// Again there is nothing to do.
	refs := f.refs()
	if again, err := f.packaged(); err != nil || !again.Already || again.Version != report.Version || f.refs() != refs {
		t.Errorf("again: %+v, %v", again, err)
	}
}

// A packaging branch that only the internal remote has is gone on with.
func TestPackageFromARemote(t *testing.T) {
	t.Parallel()
	f := newPackageFixture(t)
	theirs := f.tip(packaging)
	f.Git("update-ref", "refs/remotes/origin/"+packaging, packaging)
	f.Git("branch", "-q", "-D", packaging)
	report, err := f.packaged()
	if err != nil {
		t.Fatal(err)
	}
	if f.tip(packaging+"^") != theirs || report.Version != "1:4.1.0-0-1" {
		t.Errorf("%+v", report)
	}
}

// Where a colleague has packaged meanwhile, mgit goes on from there; where both
// have, somebody has to decide.
func TestPackageAfterAColleague(t *testing.T) {
	t.Parallel()
	f := newPackageFixture(t)
	begun := f.tip(packaging)
	if _, err := f.packaged(); err != nil {
		t.Fatal(err)
	}
	theirs := f.tip(packaging)
	f.Git("update-ref", "refs/remotes/origin/"+packaging, theirs)
	f.Git("update-ref", "refs/heads/"+packaging, begun)
	if again, err := f.packaged(); err != nil || !again.Already {
		t.Errorf("what a colleague packaged is packaged again: %+v, %v", again, err)
	}
	f.on("LUVLE-4.1-hack-mod_forum", "mod/forum/more.php", "<?php\n")
	f.deploy("LUVLE-4.1-hack-mod_forum")
	f.tagged()
	report, err := f.packaged()
	if err != nil {
		t.Fatal(err)
	}
	if report.Version != "1:4.1.0-1-1" || f.tip(packaging+"^^") != theirs {
		t.Errorf("%+v", report)
	}
	f.Git("update-ref", "refs/heads/"+packaging, begun)
	f.on(packaging, "debian/rules", "#!/usr/bin/make -f\n")
	var refusal *job.Refusal
	if r, err := f.packaged(); !errors.As(err, &refusal) || refusal.ID != "target-diverged" {
		t.Errorf("want target-diverged, got %+v, %v", r, err)
	}
	if r, err := f.packaged(func(r *job.PackageRequest) { r.Allow = []string{"target-diverged"} }); err != nil || r.Version != "1:4.1.0-1-1" {
		t.Errorf("waived: %+v, %v", r, err)
	}
}

// The files of an older release are not on the branch any more: a package of it
// would be that of the newer one under another version.
func TestPackageOfAnOlderRelease(t *testing.T) {
	t.Parallel()
	f := newPackageFixture(t)
	f.on("LUVLE-4.1-hack-mod_forum", "mod/forum/more.php", "<?php\n")
	f.deploy("LUVLE-4.1-hack-mod_forum")
	f.tagged()
	newest := f.tagged().Tag // in the same second: the higher number is the newer one
	if r, err := f.packaged(); err != nil || r.Release != newest || r.Version != "1:4.1.0-2-1" {
		t.Fatalf("%+v, %v", r, err)
	}
	older := func(r *job.PackageRequest) { r.Release = "lu-moodle-lu_v4.1.0-0" }
	before := f.refs()
	var refusal *job.Refusal
	if r, err := f.packaged(older); !errors.As(err, &refusal) || refusal.ID != "downgrade" || f.refs() != before {
		t.Errorf("want downgrade, got %+v, %v", r, err)
	}
	if r, err := f.packaged(older, func(r *job.PackageRequest) { r.Allow = []string{"downgrade"} }); err != nil || r.Version != "1:4.1.0-0-1" {
		t.Errorf("waived: %+v, %v", r, err)
	}
}

func TestPackageRefusals(t *testing.T) {
	t.Parallel()
	f := newPackageFixture(t)
	usage := func(want string, changes ...func(*job.PackageRequest)) {
		t.Helper()
		before := f.refs()
		var wrong *job.UsageError
		if r, err := f.packaged(changes...); !errors.As(err, &wrong) || !strings.Contains(wrong.Text, want) {
			t.Errorf("want wrong usage that says %q, got %+v, %v", want, r, err)
		}
		if f.refs() != before {
			t.Errorf("%s: references moved", want)
		}
	}
	usage("no tag", func(r *job.PackageRequest) { r.Release = "nowhere" })
	usage("target", func(r *job.PackageRequest) { r.Target = "nonsense" })
	byHand := f.tagged(func(r *job.ReleaseRequest) { r.Tag = "by-hand" }).Tag
	usage("not a name of the template", func(r *job.PackageRequest) { r.Release = byHand })
	f.Git("config", "mgit.package.version", "v{moodle-version}")
	f.Git("tag", "-d", byHand)
	usage("package.version")
	f.Git("config", "mgit.package.version", "{nosuch}")
	usage("package.version")
	f.Git("config", "--unset", "mgit.package.version")
	f.on(packaging, "debian/changelog", "<<<<<<< HEAD\n")
	usage("debian/changelog:1")
	f.on(packaging, "debian/changelog", "\n")
	usage("no entry")
	f.Git("config", "mgit.package.branch", "elsewhere-{version}")
	usage("there is no packaging branch elsewhere-4.1")
}
