package job_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

const (
	attendance    = "LUVLE-4.1-feature-mod_attendance"
	newAttendance = "LUVLE-4.5-feature-mod_attendance"
	attendanceDir = "mod/attendance"
)

// vendor is the repository of mod_attendance.
type vendor struct{ *gittest.Repo }

// newVendor has releases for 4.1, 4.5 and a Moodle that is not out yet.
func newVendor(t *testing.T) vendor {
	t.Helper()
	return vendor{templates.vendor.fixture(t, func(dir string) { buildVendor(t, dir) }).Repo}
}

func buildVendor(t *testing.T, dir string) {
	t.Helper()
	v := vendor{gittest.NewAt(t, filepath.Join(dir, "repo"))}
	v.release("v4.1.0", "2023010100", "2022112800", text(40, nil))
	v.release("v4.1.1", "2023020100", "2022112800", text(40, map[int]string{20: "fixed in 4.1.1"}))
	v.release("v4.5.2", "2024110100", "2024100700", text(40, map[int]string{20: "fixed in 4.1.1", 30: "new in 4.5"}))
	v.release("v9.0.0", "2030010100", "2030010100", text(40, map[int]string{1: "far away"}))
}

func (v vendor) release(tag, version, requires, lib string) {
	v.Write("version.php", fmt.Sprintf("<?php\n$plugin->component = 'mod_attendance';\n$plugin->version = %s;\n$plugin->requires = %s;\n$plugin->release = '%s';\n", version, requires, tag))
	v.Write("lib.php", lib)
	v.Write("lang/en/attendance.php", "<?php // "+tag+"\n")
	v.Commit("release " + tag)
	v.Git("tag", "-a", "-m", tag, tag)
}

// url is what plugins.toml says of it.
func (v vendor) url() string { return "file://" + v.Path }

// external is a site with mod_attendance of 4.1.0, and the edits on top of it, each to a path
// in the plugin or, beginning with "/", in Moodle.
func external(t *testing.T, v vendor, keys string, pathsAndTexts ...string) *fixture {
	t.Helper()
	f := templates.placed.fixture(t, func(dir string) {
		f := newFixture(t).copyTo(t, dir)
		for _, tag := range []string{"v4.1.0", "v4.5.0", "v5.1.0"} {
			f.placed(tag)
		}
	})
	f.Git("checkout", "-q", "-b", attendance, "v4.1.0")
	f.importTree(v, "v4.1.0")
	for i := 0; i < len(pathsAndTexts); i += 2 {
		path := attendanceDir + "/" + pathsAndTexts[i]
		if rest, ok := strings.CutPrefix(pathsAndTexts[i], "/"); ok {
			path = rest
		}
		f.Write(path, pathsAndTexts[i+1])
		f.Commit("change " + path)
	}
	f.Detach()
	f.shared("mgit.toml", "format = 1\n\n[branch.mod_attendance]\norigin = \"external\"\n")
	f.shared("plugins.toml", "format = 1\n\n[plugin.mod_attendance]\nurl = \""+v.url()+"\"\ntags = \"v*\"\n"+keys)
	f.confirmTrust()
	return f
}

// placed lets a release say where plugins live, as Moodle's do.
func (f *fixture) placed(tag string) {
	f.t.Helper()
	f.Git("checkout", "-q", "--detach", tag)
	below := ""
	if tag == "v5.1.0" {
		below = "public/"
	}
	f.Write("lib/components.json", `{"plugintypes": {"mod": "`+below+`mod"}, "subsystems": {}}`)
	f.Commit("say where plugins live")
	f.Git("tag", "-f", "-a", "-m", "again", tag)
	f.Git("update-ref", "refs/remotes/upstream/"+tag, "HEAD")
}

// importTree commits a release below mod/attendance, as one did by hand.
func (f *fixture) importTree(v vendor, tag string) {
	f.t.Helper()
	f.Git("fetch", "-q", "--no-tags", v.Path, tag)
	f.Git("rm", "-r", "-q", "--ignore-unmatch", attendanceDir)
	f.Git("read-tree", "--prefix="+attendanceDir+"/", "-u", "FETCH_HEAD")
	f.Git("commit", "-q", "-m", "import mod_attendance "+tag)
}

// released is a release of the vendor's on a tag of Moodle, as a tree.
func (f *fixture) released(v vendor, tag, onto string) string {
	f.t.Helper()
	f.Git("fetch", "-q", "--no-tags", v.Path, tag)
	release := f.Git("rev-parse", "FETCH_HEAD^{commit}")
	f.Git("checkout", "-q", "--detach", onto)
	f.Git("rm", "-r", "-q", "--ignore-unmatch", attendanceDir)
	f.Git("read-tree", "--prefix="+attendanceDir+"/", "-u", release)
	f.Git("commit", "-q", "-m", "judge: "+tag)
	return f.Head()
}

func theOnly(t *testing.T, r *job.RebaseReport) job.BranchReport {
	t.Helper()
	if len(r.Branches) != 1 {
		t.Fatalf("%+v", r.Branches)
	}
	return r.Branches[0]
}

// A plugin of somebody else's begins anew from the newest release that fits, and the
// site's changes to it are replayed there, as git rebase replays them.
func TestReplace(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	f := external(t, v, "", "lib.php", text(40, map[int]string{2: "ours"}), "extra.php", "<?php\n")
	old := f.tip(attendance)
	before := f.refs()
	dry, _, err := job.RebaseAll(t.Context(), f.open(""), job.RebaseAllRequest{Tag: "v4.5.0"}, true)
	if err != nil || theOnly(t, dry).Outcome != "replaced" || f.refs() != before {
		t.Fatalf("%v %+v", err, dry)
	}
	report, run := f.rebaseAll()
	b := theOnly(t, report)
	if b.Outcome != "replaced" || b.Commits != (job.Account{In: 3, Kept: 2, Replaced: 1}) || len(report.Unreachable) > 0 || report.NeedsPerson() {
		t.Fatalf("%+v", b)
	}
	if r := b.Release; r == nil || r.Name != "v4.5.2" || r.Version != "2024110100" || r.Commit.String() != v.Git("rev-parse", "v4.5.2^{commit}") || r.Fit != "unstated" {
		t.Errorf("%+v", b.Release)
	}
	if got := f.log("v4.5.0", newAttendance); got != "mod_attendance: v4.5.2, change mod/attendance/lib.php, change mod/attendance/extra.php" {
		t.Errorf("%s", got)
	}
	body := f.Git("log", "-1", "--format=%B", newAttendance+"~2")
	for _, want := range []string{"Mgit-Source: " + v.url(), "Mgit-Release: v4.5.2", "Mgit-Source-Commit: " + v.Git("rev-parse", "v4.5.2^{commit}")} {
		if !strings.Contains(body, want) {
			t.Errorf("%q lacks %q", body, want)
		}
	}
	// Git's own rebase of the two commits onto the release says the same.
	on := f.released(v, "v4.5.2", "v4.5.0")
	f.Git("checkout", "-q", "--detach", attendance)
	f.Git("rebase", "-q", "--onto", on, attendance+"~2")
	if got, want := f.Git("rev-parse", newAttendance+"^{tree}"), f.Git("rev-parse", "HEAD^{tree}"); got != want {
		t.Errorf("tree %s, git makes %s", got, want)
	}
	f.ledgerHas(`disposition = "replace"`, `state = "moved"`, `outcome = "replaced"`, `release = "v4.5.2"`, `old_tip = "`+old+`"`, `new_tip = "`+f.tip(newAttendance)+`"`)
	if f.tip(attendance) != old {
		t.Error("the old branch moved")
	}
	again, none := f.rebaseAll()
	if theOnly(t, again).Outcome != "unchanged" || none != 0 {
		t.Errorf("again: %+v", again.Branches)
	}
	// What the old branch gets later is added, but for another release.
	f.Git("checkout", "-q", attendance)
	f.add(attendanceDir+"/later.php", "<?php\n")
	f.Detach()
	if b := theOnly(t, first(f.rebaseAll())); b.Outcome != "updated" || b.Commits != (job.Account{In: 1, Kept: 1}) {
		t.Errorf("updated: %+v", b)
	}
	f.undo(run + 1)
	f.undo(run)
	if _, err := f.TryGit("rev-parse", "--verify", newAttendance); err == nil {
		t.Error("the new branch is left")
	}
	f.noLocks()
}

func first[A, B any](a A, _ B) A { return a }

// What conflicts with the release is parked, and resolved like any other branch.
func TestReplaceWithConflict(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	f := external(t, v, "", "extra.php", "<?php\n", "lib.php", text(40, map[int]string{30: "ours"}))
	report, _ := f.rebaseAll()
	b := theOnly(t, report)
	if b.Outcome != "conflict" || b.Commits != (job.Account{In: 3, Kept: 1, Replaced: 1, Waiting: 1}) || len(b.Conflicts) != 1 || string(b.Conflicts[0].Path) != attendanceDir+"/lib.php" {
		t.Fatalf("%+v", b)
	}
	parked := b.Parked
	if b := theOnly(t, first(f.rebaseAll())); b.Parked != parked {
		t.Errorf("computed again it is %s, was %s", b.Parked, parked)
	}
	r, w := f.resolve(attendance)
	if r.Commits.Replaced != 1 {
		t.Errorf("%+v", r.Commits)
	}
	w.Write(attendanceDir+"/lib.php", text(40, map[int]string{20: "fixed in 4.1.1", 30: "new in 4.5 and ours"}))
	w.Git("add", "-A")
	done := f.proceed()
	if done.Outcome != "resolved" || done.Commits != (job.Account{In: 3, Kept: 2, Replaced: 1}) {
		t.Fatalf("%+v", done)
	}
	if got := f.log("v4.5.0", newAttendance); got != "mod_attendance: v4.5.2, change mod/attendance/extra.php, change mod/attendance/lib.php" {
		t.Errorf("%s", got)
	}
	f.ledgerHas(`state = "moved"`, `release = "v4.5.2"`)
}

// Without a commit that is the release alone, the difference against the pinned release is
// one commit; it also has what stands outside of the plugin, so that nothing is lost.
func TestReplaceByTheDifference(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	f := external(t, v, "pin = \"v4.1.0\"\n")
	f.Git("checkout", "-q", attendance)
	f.Write("lib.php", text(40, map[int]string{12: "a hack in core"}))
	f.Write(attendanceDir+"/lib.php", text(40, map[int]string{2: "ours"}))
	f.Git("add", "-A")
	f.Git("commit", "-q", "--amend", "-m", "import with changes")
	f.add(attendanceDir+"/more.php", "<?php\n")
	f.Detach()
	b := theOnly(t, first(f.rebaseAll()))
	if b.Outcome != "replaced" || b.Commits != (job.Account{In: 2, Kept: 1, Replaced: 1}) || !strings.Contains(b.Reason, "one commit, made of 2 commits") {
		t.Fatalf("%+v", b)
	}
	if got := f.log("v4.5.0", newAttendance); got != "mod_attendance: v4.5.2, mod_attendance: local changes" {
		t.Errorf("%s", got)
	}
	names := f.Git("diff", "--name-only", newAttendance+"~1", newAttendance)
	if names != "lib.php\nmod/attendance/lib.php\nmod/attendance/more.php" {
		t.Errorf("%s", names)
	}
	if lib := f.Git("show", newAttendance+":lib.php"); !strings.Contains(lib, "a hack in core") || !strings.Contains(lib, "new in 4.5") {
		t.Errorf("%s", lib)
	}
}

// The same with a conflict: the commit stands for all that wait.
func TestReplaceByTheDifferenceConflicts(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	f := external(t, v, "pin = \"v4.1.0\"\n")
	f.Git("checkout", "-q", attendance)
	f.Write(attendanceDir+"/lib.php", text(40, map[int]string{30: "ours"}))
	f.Git("add", "-A")
	f.Git("commit", "-q", "--amend", "-m", "import with changes")
	f.Detach()
	b := theOnly(t, first(f.rebaseAll()))
	if b.Outcome != "conflict" || b.Commits != (job.Account{In: 1, Waiting: 1}) {
		t.Fatalf("%+v", b)
	}
	_, w := f.resolve(attendance)
	w.Write(attendanceDir+"/lib.php", text(40, map[int]string{20: "fixed in 4.1.1", 30: "both"}))
	w.Git("add", "-A")
	if done := f.proceed(); done.Outcome != "resolved" || done.Commits != (job.Account{In: 1, Kept: 1}) {
		t.Fatalf("%+v", done)
	}
}

// What cannot be replaced is held with the reason, and the others go on.
func TestReplaceHolds(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change      func(t *testing.T, v vendor, f *fixture)
		reason      string
		unreachable bool
		offline     bool
	}{
		"unreachable": {unreachable: true, reason: "its repository did not answer", change: func(t *testing.T, v vendor, _ *fixture) {
			if err := os.RemoveAll(v.Path); err != nil {
				t.Fatal(err)
			}
		}},
		"none fits": {reason: "no release of mod_attendance fits v4.5.0: v9.0.0 requires 2030010100", change: func(_ *testing.T, v vendor, _ *fixture) {
			v.Git("tag", "-d", "v4.5.2", "v4.1.0", "v4.1.1")
		}},
		"not confirmed": {reason: "waits to be confirmed: mgit config trust", change: func(_ *testing.T, v vendor, f *fixture) {
			f.shared("plugins.toml", "format = 1\n\n[plugin.mod_attendance]\nurl = \"file:///elsewhere\"\n")
		}},
		"no repository": {reason: "plugins.toml does not know it", change: func(_ *testing.T, _ vendor, f *fixture) {
			f.shared("plugins.toml", "format = 1\n")
		}},
		"never asked": {offline: true, reason: "which one fits is not known yet: mgit plugins update --check --for v4.5.0 asks", change: func(*testing.T, vendor, *fixture) {}},
		"unknown origin": {reason: "which release of mod_attendance the branch was made from is not known", change: func(_ *testing.T, _ vendor, f *fixture) {
			f.Git("checkout", "-q", attendance)
			f.Write(attendanceDir+"/lib.php", "other\n")
			f.Git("commit", "-q", "-a", "--amend", "-m", "import with changes")
			f.Detach()
		}},
		"older": {reason: "has mod_attendance 2024120100, and v4.5.2, the newest release that fits v4.5.0, is the older 2024110100", change: func(_ *testing.T, _ vendor, f *fixture) {
			f.Git("checkout", "-q", attendance)
			f.Write(attendanceDir+"/version.php", "<?php\n$plugin->component = 'mod_attendance';\n$plugin->version = 2024120100;\n")
			f.Git("commit", "-q", "-a", "--amend", "-m", "import what was not released yet")
			f.Detach()
		}},
		"core has it": {reason: "v4.5.0 has mod_attendance itself now", change: func(_ *testing.T, v vendor, f *fixture) {
			on := f.released(v, "v4.5.2", "v4.5.0")
			f.Git("tag", "-f", "-a", "-m", "again", "v4.5.0", on)
			f.Git("update-ref", "refs/remotes/upstream/main", on)
		}},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(t)
			f := external(t, v, "")
			f.branch("LUVLE-4.1-hack-core-mail", "v4.1.0", "lib.php", text(40, map[int]string{15: "ours"}))
			c.change(t, v, f)
			report, _ := f.rebaseAll(func(r *job.RebaseAllRequest) { r.Offline = c.offline })
			f.want(report, map[string]string{attendance: "held", "LUVLE-4.1-hack-core-mail": "clean"})
			for _, b := range report.Branches {
				if b.Name == attendance && (!strings.Contains(b.Reason, c.reason) || b.Commits != (job.Account{In: 1, Held: 1}) || b.Release != nil) {
					t.Errorf("%+v", b)
				}
			}
			if (len(report.Unreachable) > 0) != c.unreachable {
				t.Errorf("%v", report.Unreachable)
			}
			f.ledgerHas(`disposition = "replace"`, `state = "held"`)
		})
	}
}

// A branch that stands on one that is replaced stands on the release afterwards.
func TestReplaceBelowAnother(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	f := external(t, v, "", "extra.php", "<?php\n")
	const above, newAbove = "LUVLE-4.1-hack-mod_attendance-colour", "LUVLE-4.5-hack-mod_attendance-colour"
	f.branch(above, attendance, attendanceDir+"/lib.php", text(40, map[int]string{5: "blue"}))
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{attendance: "replaced", above: "clean"})
	if got := f.log(newAttendance, newAbove); got != "change mod/attendance/lib.php" {
		t.Errorf("%s", got)
	}
	for _, b := range report.Branches {
		if b.Name == above && b.Commits != (job.Account{In: 3, Kept: 2, Replaced: 1}) {
			t.Errorf("%+v", b.Commits)
		}
	}
}

// Triage asks no repository: it knows what an earlier look has seen.
func TestTriageOfAReplacedBranch(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	f := external(t, v, "", "lib.php", text(40, map[int]string{2: "ours"}))
	offline := func(r *job.RebaseAllRequest) { r.Offline, r.Evidence = true, true }
	triage := func() job.BranchReport {
		request := job.RebaseAllRequest{Tag: "v4.5.0"}
		offline(&request)
		r, _, err := job.RebaseAll(t.Context(), f.open(""), request, true)
		if err != nil {
			t.Fatal(err)
		}
		return theOnly(t, r)
	}
	if b := triage(); b.Outcome != "held" {
		t.Errorf("%+v", b)
	}
	if _, _, err := job.RebaseAll(t.Context(), f.open(""), job.RebaseAllRequest{Tag: "v4.5.0"}, true); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(v.Path); err != nil {
		t.Fatal(err)
	}
	if b := triage(); b.Outcome != "replaced" || b.Release == nil || b.Release.Name != "v4.5.2" {
		t.Errorf("%+v", b)
	}
}

// Somebody may put changes of the site's into the commit of an update before it is carried.
// They are not the release's, and not lost with it.
func TestUpdateWithChangesIsCarried(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	for _, amended := range []bool{false, true} {
		f := external(t, v, "", "extra.php", "<?php\n")
		f.want(first(f.rebaseAll()), map[string]string{attendance: "replaced"})
		f.Git("checkout", "-q", attendance)
		for _, file := range []string{"version.php", "lib.php", "lang/en/attendance.php"} {
			f.Write(attendanceDir+"/"+file, v.Git("show", "v4.1.1:"+file)+"\n")
		}
		if amended {
			f.Write(attendanceDir+"/ours.php", "<?php // ours\n")
		}
		f.Git("add", "-A")
		f.Git("commit", "-q", "-m", "mod_attendance: v4.1.1\n\nMgit-Source: "+v.url()+"\nMgit-Release: v4.1.1\nMgit-Source-Commit: "+v.Git("rev-parse", "v4.1.1^{commit}"))
		f.Detach()
		b := theOnly(t, first(f.rebaseAll()))
		if !amended {
			if b.Outcome != "updated" || b.Commits != (job.Account{In: 1, Replaced: 1}) {
				t.Errorf("%+v", b)
			}
			continue
		}
		if _, err := f.TryGit("cat-file", "-e", newAttendance+":"+attendanceDir+"/ours.php"); err != nil && b.Outcome != "conflict" && b.Outcome != "held" {
			t.Errorf("ours.php is lost: %s %q %+v", b.Outcome, b.Reason, b.Commits)
		}
	}
}
