package job_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

// A server that says no to one branch says no to all that came in one push. The
// others are pushed again without it.
func TestPushThatTheServerDeclines(t *testing.T) {
	t.Parallel()
	f := published(t)
	f.two()
	f.serverHook("pre-receive", `while read old new ref; do case $ref in *forum*) echo ask the owner of forum; exit 1;; esac; done`)
	report := f.push()
	if r := pushed(t, report, forum); r.Outcome != job.PushFailed || !strings.Contains(r.Reason, "ask the owner of forum") {
		t.Errorf("%+v", r)
	}
	for _, name := range []string{mail, deploy, release} {
		if pushed(t, report, name).Outcome != job.PushPushed || f.tipAt("origin", name) != f.tip(name) {
			t.Errorf("%s did not arrive: %+v", name, report)
		}
	}
	if report.IsRefused() || !report.NeedsPerson() || report.IsUnreachable() {
		t.Errorf("%+v", report)
	}
}

func TestPushToUnreachable(t *testing.T) {
	t.Parallel()
	f := published(t)
	f.two()
	f.setRemote("backup", filepath.Join(t.TempDir(), "gone.git"), "internal")
	report := f.push()
	if len(report.Remotes) != 2 || !report.IsUnreachable() {
		t.Fatalf("%+v", report)
	}
	if gone := report.Remotes[0]; gone.Name != "backup" || gone.Reachable || gone.Reason == "" || gone.Refs[0].Outcome != job.PushFailed {
		t.Errorf("%+v", gone)
	}
	if f.tipAt("origin", forum) != f.tip(forum) {
		t.Error("the other remote was not pushed to")
	}
	// It answers, and then the connection breaks: what was not sent is not said to be.
	f.on(forum, "new.php", "new\n")
	f.Git("config", "remote.origin.receivepack", "false")
	report = f.push(to("origin"))
	if r := pushed(t, report, forum); r.Outcome != job.PushFailed || !report.IsUnreachable() {
		t.Errorf("%+v", report)
	}
}

// A remote that cannot write is not one to which somebody else pushed.
func TestPushToLockedReference(t *testing.T) {
	t.Parallel()
	f := published(t)
	f.two()
	f.push()
	f.on(forum, "more.php", "more\n")
	lock := filepath.Join(f.at("origin").Path, "refs", "heads", forum+".lock")
	if err := os.WriteFile(lock, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if r := pushed(t, f.push(), forum); r.Outcome != job.PushFailed || r.Rule != "" {
		t.Errorf("%+v", r)
	}
}

// A colleague's push arrives between the look at the remote and our push, or while it
// is on its way. What we push was rewritten, so that a force would write it over.
func TestPushRace(t *testing.T) {
	t.Parallel()
	for name, arrange := range map[string]func(f *fixture, push string){
		"when git asks the remote": func(f *fixture, push string) {
			f.Git("config", "remote.origin.receivepack", gittest.Program(f.t, push+"\nexec git-receive-pack \"$@\""))
		},
		"when the hook runs": func(f *fixture, push string) {
			f.Write(".git/hooks/pre-push", "#!/bin/sh\n"+push+"\n")
			if err := os.Chmod(filepath.Join(f.Path, ".git", "hooks", "pre-push"), 0o755); err != nil {
				f.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := published(t)
			f.two()
			f.push()
			c := f.colleagueAt(forum)
			c.Write("theirs.php", "theirs\n")
			theirs := c.Commit("a colleague's")
			f.Git("checkout", "-q", forum)
			f.Git("commit", "-q", "--amend", "-m", "better words")
			f.Detach()
			f.on(mail, "more.php", "more\n")
			arrange(f, "env -u GIT_DIR git -C '"+c.Path+"' push -q origin "+forum+" >/dev/null 2>&1 </dev/null || true")
			report := f.push()
			if r := pushed(t, report, forum); r.Outcome != job.PushRefused || r.Rule != job.RuleLease || f.tipAt("origin", forum) != theirs {
				t.Errorf("%+v", r)
			}
			if pushed(t, report, mail).Outcome != job.PushPushed || f.tipAt("origin", mail) != f.tip(mail) {
				t.Error("the other branch did not arrive")
			}
		})
	}
}

func TestPushOfTags(t *testing.T) {
	t.Parallel()
	f := published(t)
	f.two()
	f.Git("tag", "v9.private", deploy) // neither a release of ours nor of Moodle's
	f.Git("push", "-q", "origin", "v4.1.0^{commit}:refs/tags/"+release)
	report := f.push()
	r := pushed(t, report, release)
	if r.Outcome != job.PushRefused || r.Rule != "push-tag-exists" || !report.IsRefused() {
		t.Errorf("%+v", r)
	}
	if r := pushed(t, report, deploy); r.Rule != "push-together" || f.tipAt("origin", deploy) != "" {
		t.Errorf("the target went without its release: %+v", r)
	}
	if f.tipAt("origin", release) == f.tip(release) || f.tipAt("origin", "v9.private") != "" {
		t.Error("a tag was moved or pushed that is none of ours")
	}
	// Calendar tags, by the template.
	f.Git("config", "mgit.release.tag", "{date}{number}")
	f.Git("tag", "-a", "-m", "release", "2026030200", deploy)
	f.Git("tag", "-d", release)
	if r := pushed(t, f.push(), "2026030200"); r.Outcome != job.PushPushed || f.tipAt("origin", "2026030200") != f.tip("2026030200") {
		t.Errorf("%+v", r)
	}
	if _, err := f.tryPush("", named("v4.1.0")); err != nil {
		t.Fatal(err)
	}
	if r := pushed(t, f.push(named("v4.1.0")), "v4.1.0"); r.Rule != "push-kind" {
		t.Errorf("Moodle's tag: %+v", r)
	}
}
