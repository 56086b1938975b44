package job_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
	"mgit/internal/moodle"
)

// plugins asks for updates of the branches of 4.1.
func (f *fixture) plugins(changes ...func(*job.PluginsUpdateRequest)) (*job.PluginsUpdateReport, int) {
	f.t.Helper()
	series, err := moodle.ParseSeries("4.1")
	if err != nil {
		f.t.Fatal(err)
	}
	request := job.PluginsUpdateRequest{Series: series, Timeout: 20 * time.Second}
	for _, change := range changes {
		change(&request)
	}
	r, run, err := job.PluginsUpdate(f.t.Context(), f.open(""), request)
	if err != nil {
		f.t.Fatal(err)
	}
	return r, run
}

func checking(r *job.PluginsUpdateRequest) { r.Check = true }

func thePlugin(t *testing.T, r *job.PluginsUpdateReport) job.PluginUpdate {
	t.Helper()
	if len(r.Plugins) != 1 || r.Totals["plugins"] != 1 || r.Totals[r.Plugins[0].Outcome] != 1 {
		t.Fatalf("%+v", r)
	}
	return r.Plugins[0]
}

func (f *fixture) pluginsToml() string { return f.Git("show", "mgit:plugins.toml") }

// A branch of somebody else's plugin gets the newest release that fits as one commit, keeps
// what the site changed, and the pin moves along; the merge is Git's own.
func TestPluginsUpdate(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	f := external(t, v, "pin = \"v4.1.0\"\n", "lib.php", text(40, map[int]string{2: "ours"}))
	old, before := f.tip(attendance), f.refs()
	check, none := f.plugins(checking)
	p := thePlugin(t, check)
	if none != 0 || !check.HasNewer() || p.Outcome != "newer" || p.Version != "2023010100" || p.From != "v4.1.0" || p.Newest.Name != "v9.0.0" || p.Fitting.Name != "v4.1.1" || p.Fit != "unstated" {
		t.Errorf("%+v", p)
	}
	if dry, _ := f.plugins(func(r *job.PluginsUpdateRequest) { r.DryRun = true }); thePlugin(t, dry).Outcome != "updated" || f.refs() != before {
		t.Errorf("%+v", dry)
	}
	report, run := f.plugins()
	p = thePlugin(t, report)
	if p.Outcome != "updated" || run == 0 || p.NewTip.String() != f.tip(attendance) || report.NeedsPerson() || report.IsUnreachable() {
		t.Fatalf("%d %+v", run, p)
	}
	if got := f.log(old, attendance); got != "mod_attendance: v4.1.1" {
		t.Errorf("%s", got)
	}
	if got := f.Git("show", attendance+":"+attendanceDir+"/lib.php") + "\n"; got != text(40, map[int]string{2: "ours", 20: "fixed in 4.1.1"}) {
		t.Errorf("%s", got)
	}
	if toml := f.pluginsToml(); !strings.Contains(toml, `pin = "v4.1.1"`) {
		t.Errorf("%s", toml)
	}
	// Git merges the vendor's branches to the same.
	f.Git("checkout", "-q", "--detach", attendance+"~2")
	f.importTree(v, "v4.1.1")
	theirs := f.tip("HEAD")
	f.Git("checkout", "-q", "--detach", old)
	f.Git("cherry-pick", theirs)
	if f.Git("rev-parse", "HEAD^{tree}") != f.Git("rev-parse", attendance+"^{tree}") {
		t.Error("git makes another tree")
	}
	if again, run := f.plugins(); thePlugin(t, again).Outcome != "current" || run != 0 {
		t.Errorf("%+v", again)
	}
	// The upgrade after it: the commit of the update is not replayed, the site's own is.
	moved, _ := f.rebaseAll()
	if b := theOnly(t, moved); b.Outcome != "replaced" || b.Commits != (job.Account{In: 3, Kept: 1, Replaced: 2}) {
		t.Errorf("%+v", b)
	}
	if got := f.log("v4.5.0", newAttendance); got != "mod_attendance: v4.5.2, change mod/attendance/lib.php" {
		t.Errorf("%s", got)
	}
	f.undo(run + 1)
	f.undo(run)
	if f.tip(attendance) != old || !strings.Contains(f.pluginsToml(), `pin = "v4.1.0"`) {
		t.Errorf("%s", f.pluginsToml())
	}
}

// A conflict leaves the branch and the pin as they are.
func TestPluginsUpdateConflict(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	f := external(t, v, "pin = \"v4.1.0\"\n", "lib.php", text(40, map[int]string{20: "ours"}))
	before := f.refs()
	report, run := f.plugins()
	p := thePlugin(t, report)
	if p.Outcome != "conflict" || run != 0 || !report.NeedsPerson() || f.refs() != before || len(p.Conflicts) != 1 || string(p.Conflicts[0].Path) != attendanceDir+"/lib.php" {
		t.Errorf("%d %+v", run, p)
	}
}

// One repository that does not answer stops nobody.
func TestPluginsUpdateUnreachable(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	f := external(t, v, "\n[plugin.mod_gone]\nurl = \"file:///nowhere/mod_gone.git\"\n\n[plugin.mod_local]\nreason = \"ours\"\n")
	report, _ := f.plugins()
	got := make(map[string]string)
	for _, p := range report.Plugins {
		got[p.Component] = p.Outcome
	}
	if got["mod_attendance"] != "updated" || got["mod_gone"] != "unreachable" || got["mod_local"] != "unknown" || !report.IsUnreachable() {
		t.Errorf("%v", got)
	}
	// Afterwards what was seen is told, and that it is old.
	if err := os.RemoveAll(v.Path); err != nil {
		t.Fatal(err)
	}
	report, _ = f.plugins(func(r *job.PluginsUpdateRequest) { r.Components = []string{"mod_attendance"} })
	if p := thePlugin(t, report); p.Outcome != "unreachable" || p.Newest == nil || p.Seen == nil {
		t.Errorf("%+v", p)
	}
}

// A branch that is checked out moves only with its clean worktree.
func TestPluginsUpdateCheckedOut(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	f := external(t, v, "")
	f.Git("checkout", "-q", attendance)
	report, run := f.plugins()
	if p := thePlugin(t, report); p.Outcome != "failed" || !strings.HasPrefix(p.Reason, "checked-out: ") || run != 0 {
		t.Errorf("%+v", p)
	}
	report, _ = f.plugins(func(r *job.PluginsUpdateRequest) { r.UpdateWorktrees = true })
	if p := thePlugin(t, report); p.Outcome != "updated" {
		t.Errorf("%+v", p)
	}
	if status := f.Git("status", "--porcelain"); status != "" {
		t.Errorf("%s", status)
	}
	if data, err := os.ReadFile(filepath.Join(f.Path, attendanceDir, "lib.php")); err != nil || !strings.Contains(string(data), "fixed in 4.1.1") {
		t.Errorf("%v %s", err, data)
	}
}

// Who looks ahead with another series sees what would fit there, and does not update to it.
func TestPluginsUpdateForAnotherSeries(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	f := external(t, v, "", "lib.php", text(40, map[int]string{2: "ours"}))
	ahead := func(r *job.PluginsUpdateRequest) { r.Check, r.For = true, "4.5" }
	report, _ := f.plugins(ahead)
	if p := thePlugin(t, report); p.Fitting.Name != "v4.5.2" || report.Core.Tag != "v4.5.0" {
		t.Errorf("%+v", p)
	}
	series, err := moodle.ParseSeries("4.1")
	if err != nil {
		t.Fatal(err)
	}
	for _, request := range []job.PluginsUpdateRequest{
		{Series: series, For: "v4.5.0"},
		{Series: series, For: "v7.0.0", Check: true},
		{Series: series, Components: []string{"../x"}},
	} {
		if _, _, err := job.PluginsUpdate(t.Context(), f.open(""), request); !isUsage(err) {
			t.Errorf("%+v: %v", request, err)
		}
	}
	// What the check has fetched is enough for triage.
	if err := os.RemoveAll(v.Path); err != nil {
		t.Fatal(err)
	}
	r, _, err := job.RebaseAll(t.Context(), f.open(""), job.RebaseAllRequest{Tag: "v4.5.0", Offline: true}, true)
	if err != nil || theOnly(t, r).Outcome != "replaced" {
		t.Errorf("%v %+v", err, r)
	}
}

// The repository is asked over https as well, with Git's own server.
func TestPluginsUpdateOverHTTPS(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	bare := filepath.Join(t.TempDir(), "attendance.git")
	v.Git("clone", "-q", "--bare", v.Path, bare)
	gittest.At(t, bare).Git("config", "uploadpack.allowFilter", "true")
	f := external(t, v, "")
	url := f.overHTTPS(bare, "")
	f.shared("plugins.toml", "format = 1\n\n[plugin.mod_attendance]\nurl = \""+url+"\"\n")
	f.confirmTrust()
	report, _ := f.plugins()
	if p := thePlugin(t, report); p.Outcome != "updated" || p.Fitting.Name != "v4.1.1" {
		t.Errorf("%+v", p)
	}
}

// What a directory says is shown and not acted on, and a directory that is of no use stops
// nobody.
func TestPluginsUpdateWithADirectory(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	f := external(t, v, "\n[plugin.mod_other]\nreason = \"where is it?\"\n")
	list := `{"timestamp": 1, "plugins": [{"component": "mod_other", "versions": [{"version": "2023010100", "release": "v1", "maturity": 200,
"vcssystem": "git", "vcsrepositoryurl": "https://git.example.org/other.git", "supportedmoodles": [{"release": "4.1"}]}]}]}`
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, list) }))
	defer server.Close()
	f.Git("config", "mgit.directory.url", server.URL)
	web := func(r *job.PluginsUpdateRequest) { r.Check, r.Web.Transport = true, server.Client().Transport }
	report, _ := f.plugins(web)
	want := []string{
		"the directory says that its repository is https://git.example.org/other.git; mgit config edit plugin.mod_other.url https://git.example.org/other.git takes it over",
		"the directory has v1 (2023010100) for 4.1",
	}
	if diff := cmp.Diff(want, report.Plugins[1].Notes); diff != "" || report.Plugins[1].Outcome != "unknown" || len(report.Warnings) > 0 {
		t.Errorf("%s %+v", diff, report)
	}
	server.Close()
	f.Git("config", "mgit.directory.url", server.URL+"/other")
	if report, _ := f.plugins(web, func(r *job.PluginsUpdateRequest) { r.Web.Tries = 1 }); len(report.Warnings) != 1 || report.Plugins[0].Outcome != "newer" {
		t.Errorf("%+v", report)
	}
}
