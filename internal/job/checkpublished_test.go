package job_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/check"
	"mgit/internal/git"
	"mgit/internal/job"
)

// Whether a version must rise again is told by who may have it: the branch as it was pushed, a target, and the branch of another
// release. What a commit adds to one that only this clone has is a warning, so that it can be amended.
func TestVersionThatWasNotPushed(t *testing.T) {
	t.Parallel()
	const branch = "LUVLE-4.1-feature-mod_ouwiki"
	version := func(number string) string {
		return "<?php\n$plugin->version = " + number + ";\n$plugin->component = 'mod_ouwiki';\n"
	}
	begin := published(t)
	begin.branch(branch, "v4.1.0", "mod/ouwiki/version.php", version("2024010100"), "mod/ouwiki/lang/en/ouwiki.php", "<?php\n")
	begin.Git("update-ref", "refs/remotes/origin/"+branch, branch)
	begin.on(branch, "mod/ouwiki/version.php", version("2024010200"))
	for name, test := range map[string]struct {
		do   func(*fixture)
		want check.Severity
	}{
		"as it was pushed before":        {func(*fixture) {}, check.Warning},
		"as it was pushed":               {func(f *fixture) { f.Git("update-ref", "refs/remotes/origin/"+branch, branch) }, check.Error},
		"to a remote that shares none":   {func(f *fixture) { f.Git("update-ref", "refs/remotes/fork/"+branch, branch) }, check.Warning},
		"never pushed":                   {func(f *fixture) { f.Git("update-ref", "-d", "refs/remotes/origin/"+branch) }, check.Warning},
		"in a target of this clone":      {func(f *fixture) { f.Git("branch", "LUVLE-4.1-test", branch) }, check.Error},
		"in a target that was pushed":    {func(f *fixture) { f.Git("update-ref", "refs/remotes/origin/LUVLE-4.1-deployment", branch) }, check.Error},
		"in the branch of another":       {func(f *fixture) { f.Git("branch", "LUVLE-4.5-feature-mod_ouwiki-more", branch) }, check.Error},
		"in a branch for something else": {func(f *fixture) { f.Git("branch", "LUVLE-4.5-feature-mod_other", branch) }, check.Warning},
		"no remote shares branches":      {func(f *fixture) { f.Git("config", "mgit.remote.origin.role", "public") }, check.Error},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := begin.copy(t)
			test.do(f)
			f.Git("switch", "-q", branch)
			f.stage("mod/ouwiki/db/access.php", "<?php\n$capabilities = ['mod/ouwiki:view' => []];\n")
			report, commands := f.checkFor(job.CheckRequest{Staged: true})
			var weighs check.Severity
			for _, finding := range report.Checks[0].Findings {
				if finding.Rule == "version-bump" {
					weighs = finding.Severity
				}
			}
			if weighs != test.want {
				t.Errorf("it weighs %q, want %q: %+v", weighs, test.want, report.Checks[0].Findings)
			}
			if len(commands) > 4 {
				t.Errorf("git was started %d times: %q", len(commands), commands)
			}
		})
	}
}

// A version that is lower than the one of an older series' branch is found in every branch that is judged, while a commit is made,
// too, and what was kept of a branch does not outlive the older one's rise.
func TestVersionOfAnOlderSeries(t *testing.T) {
	t.Parallel()
	const older, newer, file = "LUVLE-4.1-feature-mod_ouwiki", "LUVLE-4.5-feature-mod_ouwiki", "mod/ouwiki/version.php"
	f := upgradeFixture(t)
	f.branch(older, "v4.1.0", file, versionFile("mod_ouwiki", "2024010100"))
	f.branch(newer, "v4.5.0", file, versionFile("mod_ouwiki", "2024010200"))
	f.branch("LUVLE-4.1-feature-mod_other", "v4.1.0", file, versionFile("mod_ouwiki", "2025010100"))
	lower := func(request job.CheckRequest) (texts []string) {
		t.Helper()
		report, commands := f.checkFor(request)
		for _, finding := range report.Checks[0].Findings {
			if finding.Rule == "version-lower" {
				texts = append(texts, finding.Text)
			}
		}
		if request.Staged && len(commands) > 4 {
			t.Errorf("git was started %d times: %q", len(commands), commands)
		}
		return texts
	}
	known := func(check bool) (found string) {
		t.Helper()
		for _, b := range f.status(job.StatusRequest{Series: "4.5", Check: check}).Branches {
			if b.Checks == nil {
				return "?"
			}
			found = b.Checks.Text()
		}
		return found
	}
	before := known(true)
	if found := lower(job.CheckRequest{Branch: older}); found != nil {
		t.Errorf("the older one is blamed: %q", found)
	}
	if found := lower(job.CheckRequest{Branch: newer}); found != nil || known(false) != before {
		t.Errorf("a higher version: %q; kept is %q", found, known(false))
	}
	f.on(older, file, versionFile("mod_ouwiki", "2024010300"))
	if kept := known(false); kept != "?" {
		t.Errorf("the older branch has changed, and kept is %q", kept)
	}
	want := []string{"the version of mod_ouwiki is 2024010200, and " + older + " has 2024010300: no site that has that can be upgraded to this"}
	if diff := cmp.Diff(want, lower(job.CheckRequest{Branch: newer})); diff != "" {
		t.Error(diff)
	}
	if after := known(true); after == before {
		t.Errorf("the status says %q, as before", after)
	}
	f.Git("switch", "-q", newer)
	f.stage(file, versionFile("mod_ouwiki", "2024010201"))
	if found := lower(job.CheckRequest{Staged: true}); len(found) != 1 {
		t.Errorf("while a commit is made: %q", found)
	}
	f.stage(file, versionFile("mod_ouwiki", "2024010300"))
	if found := lower(job.CheckRequest{Staged: true}); found != nil {
		t.Errorf("no lower than the older one: %q", found)
	}
}

// On a server, the older branch is what it has been, or what the same push makes of it.
func TestVersionOfAnOlderSeriesReceived(t *testing.T) {
	t.Parallel()
	const older, newer, file = "LUVLE-4.1-feature-mod_ouwiki", "LUVLE-4.5-feature-mod_ouwiki", "mod/ouwiki/version.php"
	f := upgradeFixture(t)
	f.branch(older, "v4.1.0", file, versionFile("mod_ouwiki", "2024010300"))
	f.branch("raised", older, file, versionFile("mod_ouwiki", "2024010500"))
	f.branch("lower", "v4.5.0", file, versionFile("mod_ouwiki", "2024010200"))
	f.branch("higher", "v4.5.0", file, versionFile("mod_ouwiki", "2024010400"))
	id := map[string]string{"": git.ZeroID.String()}
	for _, name := range []string{older, "raised", "lower", "higher"} {
		id[name] = f.Git("rev-parse", name)
	}
	f.Git("branch", "-q", "-D", "raised", "lower", "higher") // what a reference has was judged when it came
	const has = "the version of mod_ouwiki is %s, and " + older + " has %s: no site that has that can be upgraded to this"
	for name, test := range map[string]struct {
		pushed [][2]string // names of references and of their commits
		want   []string
	}{
		"a lower one":                     {[][2]string{{newer, "lower"}}, []string{fmt.Sprintf(has, "2024010200", "2024010300")}},
		"a higher one":                    {[][2]string{{newer, "higher"}}, nil},
		"while the older one rises":       {[][2]string{{newer, "higher"}, {older, "raised"}}, []string{fmt.Sprintf(has, "2024010400", "2024010500")}},
		"while the older one goes":        {[][2]string{{older, ""}, {newer, "lower"}}, nil},
		"while a second older one begins": {[][2]string{{"LUVLE-4.1-hack-mod_ouwiki-more", "raised"}, {older, ""}, {newer, "higher"}}, []string{strings.ReplaceAll(fmt.Sprintf(has, "2024010400", "2024010500"), "feature-mod_ouwiki", "hack-mod_ouwiki-more")}},
		"the older one alone":             {[][2]string{{older, "raised"}}, nil},
	} {
		var told strings.Builder
		for _, p := range test.pushed {
			was := id[""]
			if p[0] == older {
				was = id[older]
			}
			fmt.Fprintf(&told, "%s %s refs/heads/%s\n", was, id[p[1]], p[0])
		}
		report, _ := f.checkFor(job.CheckRequest{Received: []byte(told.String())})
		var got []string
		for _, done := range report.Checks {
			for _, finding := range done.Findings {
				if finding.Rule == "version-lower" {
					got = append(got, finding.Text)
				}
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
