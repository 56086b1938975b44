package job_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

func TestPushAsUsage(t *testing.T) {
	t.Parallel()
	f := offering(t)
	for name, changes := range map[string][]func(*job.PushRequest){
		"several":                     {named(forum, mail), as("MDL-1-main")},
		"all":                         {as("main")},
		"no name of the community":    {named(forum), as("main")},
		"a target for the community":  {named("deployment"), as("MDL-1-main")},
		"a target to the community":   {named("deployment"), as("MDL-1-main"), to("fork")},
		"a branch to the institution": {named(forum), as("MDL-1-main"), to("origin")},
		"a branch's name":             {named("deployment"), as(forum)},
		"a target's name":             {named("deployment"), as("LUVLE-4.1-test")},
		"the state":                   {named("deployment"), as("mgit")},
		"an option":                   {named("deployment"), as("--force")},
		"no name":                     {named("deployment"), as("a..b")},
		"a release":                   {named(release), as("main")},
	} {
		report, err := f.tryPush("", changes...)
		var usage *job.UsageError
		if !errors.As(err, &usage) {
			t.Errorf("%s: %+v, %v; want wrong usage", name, report, err)
		}
	}
	if got := f.at("origin").Git("for-each-ref"); got != "" {
		t.Errorf("something was pushed:\n%s", got)
	}
}

// The branch that servers pull moves to the new deployment, and what it named is kept.
func TestCutOver(t *testing.T) {
	t.Parallel()
	f := published(t)
	f.two()
	const next = "LUVLE-4.5-deployment"
	f.branch(next, "v4.5.0", "course/lib.php", "4.5\n")
	cut := func(target string, changes ...func(*job.PushRequest)) (*job.PushReport, job.PushedRef) {
		t.Helper()
		report := f.push(append(changes, named(target), as("main"))...)
		return report, pushed(t, report, target)
	}
	// The first time, there is nothing to keep.
	report, r := cut(deploy)
	if r.Outcome != job.PushPushed || f.tipAt("origin", "main") != f.tip(deploy) || len(report.Remotes[0].Refs) != 1 {
		t.Errorf("%+v", report)
	}
	// A hotfix of a colleague on main itself: it is fetched for the tag, not by a dry run.
	c := f.colleagueAt("main")
	c.Write("hotfix.php", "hot\n")
	hotfix := c.Commit("hotfix")
	c.Git("push", "-q", "origin", "main")
	objects := f.Git("count-objects", "-v")
	_, r = cut(next, dry)
	if r.Rule != "cut-over" || f.Git("count-objects", "-v") != objects {
		t.Errorf("%+v", r)
	}
	report, r = cut(next)
	if r.Rule != "cut-over" || !report.IsRefused() || f.tipAt("origin", "main") != hotfix || len(report.Servers) != 0 {
		t.Errorf("%+v", report)
	}
	// Looked at, and allowed.
	report, r = cut(next, allowing("cut-over"))
	if r.Outcome != job.PushPushed || !r.Rewritten || r.Together == 0 || f.tipAt("origin", "main") != f.tip(next) {
		t.Errorf("%+v", report)
	}
	tag := "cut-over/main-20260101"
	if f.tipAt("origin", tag+"^{commit}") != hotfix {
		t.Errorf("the tag names %s", f.tipAt("origin", tag+"^{commit}"))
	}
	if text := f.at("origin").Git("cat-file", "tag", tag); !strings.Contains(text, "main before the cut-over to "+next) {
		t.Errorf("tag:\n%s", text)
	}
	if got := strings.Join(report.Servers, "; "); got != "git fetch origin main; git checkout main; git reset --keep FETCH_HEAD" {
		t.Errorf("servers: %s", got)
	}
	// The same server follows the commands.
	c.Git("fetch", "-q", "origin", "main")
	c.Git("reset", "-q", "--keep", "FETCH_HEAD")
	// From then on it moves forward, the same day.
	f.on(next, "more.php", "more\n")
	report, r = cut(next)
	if r.Outcome != job.PushPushed || r.Rewritten || report.Servers[2] != "git merge --ff-only FETCH_HEAD" || f.tipAt("origin", tag+".2^{commit}") == "" {
		t.Errorf("%+v", report)
	}
	if _, r = cut(next); r.Outcome != job.PushUpToDate {
		t.Errorf("%+v", r)
	}
	// Somebody went back, for a reason.
	f.at("origin").Git("branch", "-f", "main", "main~1")
	f.on(next, "more.php", "even more\n")
	if _, r = cut(next); r.Rule != "cut-over" || !strings.Contains(r.Reason, "took it back") {
		t.Errorf("%+v", r)
	}
	// The server says no to the branch: no tag either.
	f.serverHook("update", `[ "$1" != refs/heads/main ]`)
	if _, r = cut(next, allowing("cut-over")); r.Outcome != job.PushFailed || f.tipAt("origin", tag+".3") != "" {
		t.Errorf("%+v", r)
	}
}

// A remote that breaks off while one looks at what servers have is one that was not
// reached: the others are served.
func TestCutOverThatBreaksOff(t *testing.T) {
	t.Parallel()
	f := published(t)
	f.two()
	f.push(named(deploy), as("main"))
	c := f.colleagueAt("main")
	c.Write("hotfix.php", "hot\n")
	hotfix := c.Commit("hotfix")
	c.Git("push", "-q", "origin", "main")
	if err := os.Remove(filepath.Join(f.at("origin").Path, "objects", hotfix[:2], hotfix[2:])); err != nil {
		t.Fatal(err)
	}
	backup := filepath.Join(t.TempDir(), "backup.git")
	gittest.NewAt(t, backup, "--bare")
	f.setRemote("zz", backup, "internal")
	report, err := f.tryPush("", named(deploy), as("main"))
	if err != nil {
		t.Fatal(err)
	}
	if !report.IsUnreachable() || report.Remotes[0].Refs[0].Outcome != job.PushFailed || f.tipAt("zz", "main") != f.tip(deploy) {
		t.Errorf("%+v", report)
	}
}
