package job_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mgit/internal/config"
	"mgit/internal/demo"
	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

// planDay is the day on which these tests plan.
func planDay() time.Time { return time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC) }

func (f *fixture) planHops(tag string, change ...func(*job.PlanRequest)) *job.PlanHops {
	f.t.Helper()
	request := job.PlanRequest{Tag: tag, Now: planDay()}
	for _, c := range change {
		c(&request)
	}
	r, err := job.PlanHopsOf(f.t.Context(), f.open(""), request)
	if err != nil {
		f.t.Fatal(err)
	}
	return r
}

// from asks for the branches of a series.
func from(series string) func(*job.PlanRequest) {
	return func(q *job.PlanRequest) {
		if err := q.From.UnmarshalText([]byte(series)); err != nil {
			panic(err)
		}
	}
}

// The demo's way to 5.1 leads over the newest 4.5, where its plugins must exist. The
// story of hops gives the commands that are printed here.
func TestHopsOfDemo(t *testing.T) {
	t.Parallel()
	built, err := demo.Build(t.Context(), filepath.Join(t.TempDir(), "demo"), demo.Params{MissingParts: []demo.Part{demo.PartInternal}})
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{gittest.At(t, built.Site), t}
	for key, value := range map[string]string{
		"mgit.customer": "LUVLE", "mgit.remote.upstream.url": f.Git("config", "remote.upstream.url"), "mgit.remote.upstream.role": "upstream",
	} {
		f.Git("config", key, value)
	}
	f.Git("update-ref", "refs/heads/mgit", f.Git("commit-tree", "-m", "the mgit branch", f.Git("hash-object", "-t", "tree", "-w", "/dev/null")))
	if r := f.planHops("v4.5.0"); !r.Direct || len(r.Hops) != 1 || len(r.Unknown) != 0 {
		t.Errorf("to 4.5: %+v", r)
	}
	r := f.planHops("v5.1.0", func(q *job.PlanRequest) { q.Live = built.Live })
	if got := chainOf(r); got != "v4.5.6 v5.1.0" || r.Direct {
		t.Fatalf("chain %s, direct %v", got, r.Direct)
	}
	hop := r.Hops[0]
	want := "v5.1.0 asks for 4.2.3 or later, and 4.1.3 is older. v4.5.6 is the newest release of 4.5, which has long-term support; 4.2, 4.3, 4.4 would do as well."
	if hop.Why != want {
		t.Errorf("why: %s", hop.Why)
	}
	commands := []string{
		"mgit rebase-all v4.5.6 --from 4.1 --only 'LUVLE-4.1-feature-*'",
		"mgit assemble deployment --series 4.5",
	}
	if !slices.Equal(hop.Code.Commands, commands) || len(hop.Code.Branches) != 9 || hop.Code.LeftOut != 14 {
		t.Errorf("code: %+v", hop.Code)
	}
	for _, b := range hop.Code.Branches {
		if b.Why != "plugin" || b.Exists || b.NewName != strings.Replace(b.Branch, "4.1", "4.5", 1) {
			t.Errorf("%+v", b)
		}
	}
	if hop.Support != (job.SupportStatus{State: "security", LTS: true, Released: "2024-10-07", General: "2025-10-06", Security: "2027-10-04"}) {
		t.Errorf("support: %+v", hop.Support)
	}
	if len(r.Unknown) != 1 || !strings.Contains(r.Unknown[0], "Moodle has made v4.5.12 since") {
		t.Errorf("unknown: %q", r.Unknown)
	}
}

// A site on 4.1.0 has to take a minor before 4.5, which is a hop within its series; one
// that has it needs no hop.
func TestHopsWithinASeries(t *testing.T) {
	t.Parallel()
	rows := readRequirements(t)
	f := releasesOf(t, rows, "v4.1.0", "v4.1.5", "v4.5.0")
	f.Git("branch", "LUVLE-4.1-test", "v4.1.5")
	f.Git("branch", "LUVLE-4.1-deployment", "v4.1.0")
	f.shared("sites.toml", "format = 1\n[site.live]\nenvironment = \"production\"\ntarget = \"deployment\"\nphp = \"7.4.33\"\n[site.staging]\ntarget = \"test\"\nphp = \"8.1\"\n[site.other]\npath = \"/srv/x\"\n")
	r := f.planHops("v4.5.0")
	if got := chainOf(r); got != "v4.1.5 v4.5.0" || r.From.Release != "4.1 (Build: 20241007)" || r.From.Tag != "v4.1.0" || r.From.In != "LUVLE-4.1-deployment" {
		t.Fatalf("chain %s from %+v", got, r.From)
	}
	hop := r.Hops[0]
	if !hop.Within || hop.Why != "v4.5.0 asks for 4.1.2 or later, and 4.1 is older. v4.1.5 is the newest release of 4.1." {
		t.Errorf("within %v: %s", hop.Within, hop.Why)
	}
	if want := []string{"mgit minor v4.1.5", "mgit minor v4.1.5 --into deployment"}; !slices.Equal(hop.Code.Commands, want) {
		t.Errorf("commands: %q", hop.Code.Commands)
	}
	reached := make(map[string]bool)
	php := make(map[string]string)
	for _, s := range hop.Sites {
		reached[s.Site], php[s.Site] = s.Reached, s.PHP.Status
	}
	if !reached["staging"] || reached["live"] || reached["other"] {
		t.Errorf("reached: %v", reached)
	}
	if php["live"] != job.ServerOK || php["other"] != job.ServerNotStated {
		t.Errorf("PHP: %v", php)
	}
	if last := r.Hops[1].Sites; last[0].PHP.Status != job.ServerTooOld || last[0].PHP.Needs != "8.1.0 to below 8.4" {
		t.Errorf("PHP of live on 4.5: %+v", last[0])
	}
	f.Git("branch", "-f", "LUVLE-4.1-deployment", "v4.1.5")
	if r := f.planHops("v4.5.0"); !r.Direct || r.From.In != "LUVLE-4.1-deployment" {
		t.Errorf("from 4.1.5: %s, from %+v", chainOf(r), r.From)
	}
}

// What nothing says is said to be unknown.
func TestHopsUnknown(t *testing.T) {
	t.Parallel()
	rows := readRequirements(t)
	t.Run("no file", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t)
		f.Git("branch", "LUVLE-4.1-hack-core-x", "v4.1.0")
		r := f.planHops("v4.5.0")
		if len(r.Hops) != 0 || r.Direct || len(r.Unknown) != 1 || !strings.Contains(r.Unknown[0], "what v4.5.0 asks for") {
			t.Errorf("%+v", r)
		}
	})
	t.Run("broken file", func(t *testing.T) {
		t.Parallel()
		f := releasesOf(t, rows, "v4.1.0", "v4.1.5", "v4.5.0")
		f.Write("admin/environment.xml", "<COMPATIBILITY_MATRIX><MOODLE")
		f.Commit("broken")
		f.Git("tag", "-f", "v4.5.0")
		// 4.1's own file does not have the row, so that nothing is left.
		r := f.planHops("v4.5.0")
		if len(r.Hops) != 0 || r.Direct || !strings.Contains(strings.Join(r.Unknown, "\n"), "admin/environment.xml of v4.5.0 cannot be read") {
			t.Errorf("%+v", r)
		}
	})
	t.Run("row of another file", func(t *testing.T) {
		t.Parallel()
		f := releasesOf(t, rows, "v4.1.5", "v4.5.0", "v5.0.0", "v5.1.0")
		f.Git("checkout", "-q", "--detach", "v5.0.0")
		f.Remove("admin/environment.xml")
		f.Commit("without")
		f.Git("tag", "-f", "v5.0.0")
		r := f.planHops("v5.0.0", from("4.5"))
		if len(r.Hops) != 1 || r.Hops[0].Requires != "4.2.3" || r.Hops[0].Requirements.Source != "v5.1.0:public/admin/environment.xml" {
			t.Errorf("%+v", r)
		}
	})
	t.Run("no way", func(t *testing.T) {
		t.Parallel()
		f := releasesOf(t, rows, "v2.0.0", "v4.5.0")
		r := f.planHops("v4.5.0")
		// 2.2, 2.7 and so on are no tags here, but Moodle is known to have made them.
		if len(r.Hops) < 5 || r.Hops[0].Commit != (job.ID{}) || !strings.Contains(r.Unknown[0], "this clone has no release of") {
			t.Errorf("%s, unknown %q", chainOf(r), r.Unknown)
		}
	})
	t.Run("support data that cannot be read", func(t *testing.T) {
		t.Parallel()
		f := releasesOf(t, rows, "v4.1.0", "v4.5.0")
		f.Git("branch", "LUVLE-4.1-test", "v4.1.0")
		f.shared("support.json", "{")
		r := f.planHops("v4.5.0")
		if r.Support.Source != "built in" || len(r.Unknown) != 2 || !strings.Contains(r.Unknown[0], "support.json") {
			t.Errorf("%+v", r)
		}
	})
	t.Run("no release to begin with", func(t *testing.T) {
		t.Parallel()
		f := releasesOf(t, rows, "v4.1.5", "v4.5.0")
		r := f.planHops("v4.5.0")
		if len(r.Hops) != 0 || r.Direct || len(r.Unknown) != 1 || !strings.Contains(r.Unknown[0], "which release the site runs") {
			t.Errorf("%+v", r)
		}
	})
	t.Run("a tag that is no release, and a live tree that is none", func(t *testing.T) {
		t.Parallel()
		f := releasesOf(t, rows, "v4.1.0", "v4.5.0")
		f.Git("tag", "weekly", "v4.5.0")
		if r := f.planHops("weekly"); len(r.Hops) != 0 || !strings.Contains(r.Unknown[0], "no release tag") {
			t.Errorf("%+v", r)
		}
		r := f.planHops("v4.5.0", func(q *job.PlanRequest) { q.Live = t.TempDir() })
		if !strings.Contains(strings.Join(r.Unknown, "\n"), "there is no version.php") {
			t.Errorf("%+v", r)
		}
		r = f.planHops("v4.5.0", func(q *job.PlanRequest) { q.Live, q.SkipLive = t.TempDir(), true })
		if strings.Contains(strings.Join(r.Unknown, "\n"), "there is no version.php") {
			t.Errorf("%+v", r)
		}
	})
	t.Run("a site that is newer", func(t *testing.T) {
		t.Parallel()
		f := releasesOf(t, rows, "v4.1.0", "v4.5.0", "v5.0.0")
		f.Git("branch", "LUVLE-4.1-deployment", "v5.0.0")
		r := f.planHops("v4.5.0", from("4.1"))
		if len(r.Hops) != 0 || r.Direct || len(r.Unknown) != 1 || !strings.Contains(r.Unknown[0], "The site runs 5.0, which is newer than v4.5.0") {
			t.Errorf("%+v", r)
		}
	})
	t.Run("no such tag", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t)
		f.Git("branch", "LUVLE-4.1-hack-core-x", "v4.1.0")
		for _, tag := range []string{"v4.4.0", "4.5", ""} {
			if _, err := job.PlanHopsOf(t.Context(), f.open(""), job.PlanRequest{Tag: tag, Now: planDay()}); err == nil {
				t.Errorf("%q is planned", tag)
			}
		}
	})
}

// A series that the data calls an experiment is no place to be, not even on the way.
func TestHopsAvoidExperiments(t *testing.T) {
	t.Parallel()
	rows := readRequirements(t)
	at := slices.IndexFunc(rows, func(r seriesRow) bool { return r.name == "5.0" })
	experiment := seriesRow{name: "4.6", number: []int{4, 6, 0}, text: map[string]string{"requires": "4.1.2", "php": "8.1.0", "blocked": "-", "mysql": "8.0"}}
	rows = slices.Insert(rows, at, experiment)
	for i := range rows {
		for _, vendor := range []string{"mariadb", "mysql", "postgres", "mssql", "oracle"} {
			if rows[i].text[vendor] == "" {
				rows[i].text[vendor] = "-"
			}
		}
	}
	f := releasesOf(t, rows, "v4.1.0", "v4.1.5", "v4.4.2", "v4.6.0", "v5.1.0")
	f.Git("branch", "LUVLE-4.1-deployment", "v4.1.5")
	if got := chainOf(f.planHops("v5.1.0", from("4.1"))); got != "v4.4.2 v5.1.0" {
		t.Errorf("chain %s", got)
	}
}

func TestMeasureServer(t *testing.T) {
	t.Parallel()
	needs := job.Requirements{
		Source: "v4.5.0:admin/environment.xml", PHP: job.PHPRange{From: "8.1.0", Blocked: "8.4"}, Extensions: []string{"curl", "json", "sodium"},
		Databases: []job.DatabaseRequirement{{Database: "pgsql", Version: "13"}, {Database: "mariadb", Version: "10.6.7"}, {Database: "sqlsrv", Version: "14.0"}, {Database: "oci", Version: "19"}},
	}
	for php, want := range map[string]string{
		"8.1.0": "ok", "8.1": "ok", "8.3.29": "ok", "8.2.10-1ubuntu1": "ok", "8.4.0": "blocked", "8.4": "blocked", "9.0": "blocked",
		"8.0.30": "too-old", "7.4": "too-old", "8": "unclear", "": "not-stated", "new": "unclear",
	} {
		if got := job.MeasureServer(config.Site{PHP: php}, needs); got.PHP.Status != want || got.PHP.Has != php {
			t.Errorf("PHP %q: %+v, want %s", php, got.PHP, want)
		}
	}
	for _, c := range []struct{ database, version, want string }{
		{"pgsql", "15.4", "ok"},
		{"postgres", "13", "ok"},
		{"pgsql", "12.9", "too-old"},
		{"pgsql", "", "not-stated"},
		{"mariadb", "10.6", "unclear"},
		{"mariadb", "10.6.7-MariaDB", "ok"},
		{"mariadb", "10.5.20", "too-old"},
		{"mysqli", "8.0", "missing"},
		{"sqlsrv", "2017", "ok"},
		{"sqlsrv", "2016", "too-old"},
		{"mssql", "15.0", "ok"},
		{"oci", "19c", "ok"},
		{"", "", "not-stated"},
	} {
		if got := job.MeasureServer(config.Site{Database: c.database, DatabaseVersion: c.version}, needs); got.Database.Status != c.want {
			t.Errorf("%s %s: %+v, want %s", c.database, c.version, got.Database, c.want)
		}
	}
	for _, c := range []struct {
		has     []string
		want    string
		missing []string
	}{
		{nil, "not-stated", []string{}},
		{[]string{"CURL", "sodium"}, "ok", []string{}},
		{[]string{"curl"}, "missing", []string{"sodium"}},
	} {
		if got := job.MeasureServer(config.Site{Extensions: c.has}, needs).Extensions; got.Status != c.want || !slices.Equal(got.Missing, c.missing) {
			t.Errorf("%q: %+v, want %s", c.has, got, c.want)
		}
	}
	got := job.MeasureServer(config.Site{PHP: "8.1", Database: "pgsql", DatabaseVersion: "15", Extensions: []string{"curl"}}, job.Requirements{})
	if got.PHP.Status != "unknown" || got.Database.Status != "unknown" || got.Extensions.Status != "unknown" {
		t.Errorf("nothing says what is needed: %+v", got)
	}
}

// The PHP that two releases share; the case where they share none.
func TestSharedPHP(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b, want job.PHPRange
		empty      bool
	}{
		{job.PHPRange{From: "7.4.0", Blocked: "8.2"}, job.PHPRange{From: "8.1.0", Blocked: "8.4"}, job.PHPRange{From: "8.1.0", Blocked: "8.2"}, false},
		{job.PHPRange{From: "8.1.0", Blocked: "8.4"}, job.PHPRange{From: "8.3.0"}, job.PHPRange{From: "8.3.0", Blocked: "8.4"}, false},
		{job.PHPRange{From: "5.4.4", Blocked: "7.0"}, job.PHPRange{From: "7.0.0", Blocked: "7.3"}, job.PHPRange{}, true},
		{job.PHPRange{From: "7.0.0", Blocked: "7.3"}, job.PHPRange{From: "7.3.0", Blocked: "8.1"}, job.PHPRange{}, true},
		{job.PHPRange{}, job.PHPRange{From: "8.1.0"}, job.PHPRange{}, false},
		{job.PHPRange{From: "5.2.8"}, job.PHPRange{From: "5.3.2"}, job.PHPRange{From: "5.3.2"}, false},
	} {
		if got, empty := job.SharedPHP(c.a, c.b); got != c.want || empty != c.empty {
			t.Errorf("%v and %v: %v, %v", c.a, c.b, got, empty)
		}
		if got, empty := job.SharedPHP(c.b, c.a); got != c.want || empty != c.empty {
			t.Errorf("%v and %v: %v, %v", c.b, c.a, got, empty)
		}
	}
}

// Which branches a hop's code base needs is decided by what they change.
func TestHopBranches(t *testing.T) {
	t.Parallel()
	rows := readRequirements(t)
	f := releasesOf(t, rows, "v4.1.0", "v4.1.5", "v4.5.0", "v5.1.0")
	f.Git("branch", "LUVLE-4.1-deployment", "v4.1.5")
	plugin := "<?php\n$plugin->version = 2022010100;\n$plugin->component = 'x';\n"
	f.Git("checkout", "-q", "--detach", "v4.5.0")
	f.Write("mod/standard/version.php", plugin)
	f.Commit("standard now")
	f.Git("tag", "-f", "v4.5.0")
	f.branch("LUVLE-4.1-feature-mod_new", "v4.1.5", "mod/new/version.php", plugin, "mod/new/lib.php", "<?php\n")
	f.branch("LUVLE-4.1-feature-mod_standard", "v4.1.5", "mod/standard/version.php", plugin)
	f.branch("LUVLE-4.1-hack-core-table", "v4.1.5", "lib/db/install.xml", "<XMLDB/>\n")
	f.branch("LUVLE-4.1-hack-core-string", "v4.1.5", "lang/en/moodle.php", "<?php\n")
	r := f.planHops("v5.1.0", from("4.1"))
	if got := chainOf(r); got != "v4.5.0 v5.1.0" {
		t.Fatalf("chain %s", got)
	}
	code := r.Hops[0].Code
	var got []string
	for _, b := range code.Branches {
		got = append(got, b.Branch+" "+b.Why)
	}
	if want := []string{"LUVLE-4.1-feature-mod_new plugin", "LUVLE-4.1-hack-core-table database"}; !slices.Equal(got, want) || code.LeftOut != 3 {
		t.Errorf("needed: %q, left out: %d", got, code.LeftOut)
	}
	if want := "mgit rebase-all v4.5.0 --from 4.1 --only LUVLE-4.1-feature-mod_new --only LUVLE-4.1-hack-core-table"; code.Commands[0] != want {
		t.Errorf("command: %s", code.Commands[0])
	}
}
