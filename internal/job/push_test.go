package job_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
	"mgit/internal/moodle"
)

// published is a fixture with real remotes: origin is internal, fork is public, both
// bare and with the shared branch of upstream in them.
func published(t *testing.T) *fixture {
	t.Helper()
	return templates.published.fixture(t, func(dir string) { buildPublished(t, dir) })
}

func buildPublished(t *testing.T, dir string) *fixture {
	t.Helper()
	f := newFixture(t).copyTo(t, dir)
	for name, role := range map[string]string{"origin": "internal", "fork": "public"} {
		remote := filepath.Join(dir, name+".git")
		gittest.NewAt(t, remote, "--bare")
		f.setRemote(name, remote, role)
	}
	f.Git("push", "-q", "fork", "refs/remotes/upstream/*:refs/heads/*")
	f.Git("fetch", "-q", "fork")
	return f
}

func (f *fixture) setRemote(name, url, role string) {
	f.t.Helper()
	if _, err := f.TryGit("remote", "add", name, url); err != nil {
		f.Git("remote", "set-url", name, url)
	}
	f.Git("config", "mgit.remote."+name+".url", url)
	f.Git("config", "mgit.remote."+name+".role", role)
}

// at is the repository behind one of the fixture's remotes.
func (f *fixture) at(remote string) *gittest.Repo {
	f.t.Helper()
	return gittest.At(f.t, f.Git("config", "remote."+remote+".url"))
}

// tipAt is what a remote has under a name, "" for nothing.
func (f *fixture) tipAt(remote, ref string) string {
	f.t.Helper()
	out, err := f.at(remote).TryGit("rev-parse", "--verify", "--quiet", ref)
	if err != nil {
		return ""
	}
	return out
}

func (f *fixture) tip(ref string) string { return f.Git("rev-parse", "--verify", ref) }

// push pushes the branches of 4.1, and what changes says. The checks are asked only where judged says so: most tests
// are about who has what, and what is in their files is no Moodle.
func (f *fixture) push(changes ...func(*job.PushRequest)) *job.PushReport {
	f.t.Helper()
	report, err := f.tryPush("", changes...)
	if err != nil {
		f.t.Fatal(err)
	}
	return report
}

func (f *fixture) tryPush(dir string, changes ...func(*job.PushRequest)) (*job.PushReport, error) {
	f.t.Helper()
	request := job.PushRequest{Series: moodle.Series{Major: 4, Minor: 1}, Allow: unjudged()}
	for _, change := range changes {
		change(&request)
	}
	return job.Push(f.t.Context(), f.open(dir), request)
}

func named(names ...string) func(*job.PushRequest) {
	return func(r *job.PushRequest) { r.Names = names }
}

func to(remote string) func(*job.PushRequest) { return func(r *job.PushRequest) { r.Remote = remote } }

func allowing(rules ...string) func(*job.PushRequest) {
	return func(r *job.PushRequest) { r.Allow = append(r.Allow, rules...) }
}

// judged asks the checks but for the rules that are named.
func judged(rules ...string) func(*job.PushRequest) {
	return func(r *job.PushRequest) { r.Allow = rules }
}

func as(name string) func(*job.PushRequest) { return func(r *job.PushRequest) { r.As = name } }

func dry(r *job.PushRequest) { r.DryRun = true }

// pushed is what a report says of a reference at the first remote that has it.
func pushed(t *testing.T, report *job.PushReport, name string) job.PushedRef {
	t.Helper()
	for _, r := range report.Remotes {
		for _, ref := range r.Refs {
			if ref.Name == name {
				return ref
			}
		}
	}
	t.Fatalf("%s is not in the report: %+v", name, report)
	return job.PushedRef{}
}

const (
	forum   = "LUVLE-4.1-hack-mod_forum-subject"
	mail    = "LUVLE-4.1-hack-core-mail"
	deploy  = "LUVLE-4.1-deployment"
	release = "lu-moodle-lu_v4.1.0-0"
)

// two makes two branches and a target of them with a release.
func (f *fixture) two() {
	f.t.Helper()
	f.branch(forum, "v4.1.0", "mod/forum/lib.php", text(40, map[int]string{5: "longer subjects"}))
	f.branch(mail, "v4.1.0", "lib.php", text(40, map[int]string{20: "our own relay"}))
	f.Git("checkout", "-q", "-b", deploy, "v4.1.0")
	f.Git("merge", "-q", "--no-ff", "-m", "Merge branch '"+forum+"' into "+deploy, forum)
	f.Git("merge", "-q", "--no-ff", "-m", "Merge branch '"+mail+"' into "+deploy, mail)
	f.Git("tag", "-a", "-m", "release", release)
	f.Git("checkout", "-q", "--detach", "v4.1.0")
}

// colleagueAt is a plain clone of the internal remote, with the branch checked out.
func (f *fixture) colleagueAt(branch string) *gittest.Repo {
	f.t.Helper()
	dir := filepath.Join(f.t.TempDir(), "colleague")
	f.Git("clone", "-q", "--branch", branch, f.at("origin").Path, dir)
	return gittest.At(f.t, dir)
}

func TestPushOfAll(t *testing.T) {
	t.Parallel()
	f := published(t)
	f.two()
	f.branch("LUVLE-4.5-hack-core-mail", "v4.5.0", "lib.php", "other\n")
	before := f.refs()
	report := f.push(dry)
	if f.refs() != before || f.tipAt("origin", forum) != "" {
		t.Error("a dry run left something")
	}
	if n := report.Totals[job.PushPushed]; n != 4 {
		t.Errorf("the dry run would push %d: %+v", n, report)
	}
	report = f.push()
	for _, name := range []string{forum, mail, deploy, release} {
		if r := pushed(t, report, name); r.Outcome != job.PushPushed || f.tipAt("origin", name) != f.tip(name) {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if a, b := pushed(t, report, deploy), pushed(t, report, release); a.Together == 0 || a.Together != b.Together || pushed(t, report, mail).Together != 0 {
		t.Errorf("together: %d and %d", a.Together, b.Together)
	}
	if f.tipAt("origin", "LUVLE-4.5-hack-core-mail") != "" || f.tipAt("origin", "mgit") != "" || f.tipAt("fork", forum) != "" {
		t.Error("more was pushed than was meant")
	}
	if f.tip("refs/remotes/origin/"+forum) != f.tip(forum) {
		t.Error("what a fetch would have left is not there")
	}
	// A release that the target has gone on from belongs to it still; one of nothing does not.
	f.Git("tag", "-a", "-m", "release", "lu-moodle-lu_v4.1.0-9", "LUVLE-4.5-hack-core-mail")
	f.on(deploy, "more.php", "more\n")
	f.Git("tag", "-d", release)
	f.Git("tag", "-a", "-m", "release", "lu-moodle-lu_v4.1.0-1", deploy+"~1")
	if r := pushed(t, f.push(), "lu-moodle-lu_v4.1.0-1"); r.Outcome != job.PushPushed || f.tipAt("origin", "lu-moodle-lu_v4.1.0-9") != "" {
		t.Errorf("%+v", r)
	}
	if report = f.push(); report.Totals[job.PushUpToDate] != 4 || report.NeedsPerson() {
		t.Errorf("again: %+v", report)
	}
}

// Each case is a history of two clones. The judge is what the remote has in the end:
// a colleague's commits are there, or this clone had them.
func TestPushLeases(t *testing.T) {
	t.Parallel()
	amend := func(f *fixture) {
		f.Git("checkout", "-q", forum)
		f.Git("commit", "-q", "--amend", "-m", "better words")
		f.Detach()
	}
	theirs := func(f *fixture) {
		c := f.colleagueAt(forum)
		c.Write("theirs.php", "theirs\n")
		c.Commit("a colleague's")
		c.Git("push", "-q", "origin", forum)
	}
	for name, test := range map[string]struct {
		do      func(f *fixture)
		outcome string
		rule    string
		reason  string
		look    string
		rewrite bool
	}{
		"ahead": {
			do:      func(f *fixture) { f.on(forum, "new.php", "new\n") },
			outcome: job.PushPushed,
		},
		"rewritten after mgit pushed it": {do: amend, outcome: job.PushPushed, rewrite: true},
		"rewritten after a plain push": {
			do: func(f *fixture) {
				f.Git("update-ref", "-d", f.Git("for-each-ref", "--format=%(refname)", "refs/mgit/pushed/*/heads/"+forum))
				amend(f)
			},
			outcome: job.PushPushed, rewrite: true,
		},
		"a colleague pushed": {
			do:      func(f *fixture) { theirs(f); f.on(forum, "new.php", "new\n") },
			outcome: job.PushRefused, rule: job.RuleLease, reason: "somebody pushed", look: "git fetch origin " + forum + " && git log --oneline " + forum + "..FETCH_HEAD",
		},
		"a colleague pushed, and an IDE fetched it": {
			do: func(f *fixture) {
				theirs(f)
				f.Git("fetch", "-q", "origin")
				amend(f)
			},
			outcome: job.PushRefused, rule: job.RuleLease, reason: "somebody pushed", look: "git log --oneline " + forum + "..",
		},
		"a colleague's push was merged": {
			do: func(f *fixture) {
				theirs(f)
				f.Git("checkout", "-q", forum)
				f.Git("pull", "-q", "--no-rebase", "origin", forum)
				f.Detach()
				f.on(forum, "new.php", "new\n")
			},
			outcome: job.PushPushed,
		},
		"a colleague's push was taken over and rewritten": {
			do: func(f *fixture) {
				theirs(f)
				f.Git("checkout", "-q", forum)
				f.Git("pull", "-q", "--ff-only", "origin", forum)
				f.Detach()
				amend(f)
			},
			outcome: job.PushPushed, rewrite: true,
		},
		"a colleague is ahead": {do: theirs, outcome: job.PushUpToDate, reason: "nothing is new here"},
		"taken back here": {
			do: func(f *fixture) {
				f.on(forum, "new.php", "new\n")
				f.push()
				f.Git("branch", "-f", forum, forum+"~1")
			},
			outcome: job.PushPushed, rewrite: true,
		},
		"deleted there": {
			do:      func(f *fixture) { f.at("origin").Git("branch", "-D", forum) },
			outcome: job.PushRefused, rule: job.RuleLease, reason: "somebody deleted it", look: "git push origin " + forum,
		},
		"taken back there": {
			do: func(f *fixture) {
				f.on(forum, "new.php", "new\n")
				f.push()
				f.at("origin").Git("branch", "-f", forum, forum+"~1")
				f.on(forum, "newer.php", "newer\n")
			},
			outcome: job.PushRefused, rule: job.RuleLease, reason: "somebody took commits back", look: "git log --oneline",
		},
		"a run moved it": {
			do: func(f *fixture) {
				report, run := f.rebaseAll()
				if report.Totals["clean"] == 0 || run == 0 {
					f.t.Fatalf("%+v", report)
				}
			},
			outcome: job.PushUpToDate,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := published(t)
			f.two()
			f.push()
			f.on(mail, "more.php", "more\n")
			test.do(f)
			there := f.tipAt("origin", forum)
			planned := pushed(t, f.push(dry), forum)
			report := f.push()
			r := pushed(t, report, forum)
			if r.Outcome != test.outcome || r.Rule != test.rule || !strings.Contains(r.Reason, test.reason) || r.Rewritten != test.rewrite {
				t.Errorf("%+v", r)
			}
			if planned.Outcome != r.Outcome || planned.Rule != r.Rule || planned.Reason != r.Reason {
				t.Errorf("the dry run said %+v", planned)
			}
			if test.look != "" && (len(r.Look) == 0 || !strings.Contains(r.Look[0], test.look)) {
				t.Errorf("look: %q", r.Look)
			}
			if now := f.tipAt("origin", forum); (now == there) != (test.outcome != job.PushPushed) {
				t.Errorf("%s there, was %s", now, there)
			}
			// The others are not held up.
			if f.tipAt("origin", mail) != f.tip(mail) {
				t.Error("the other branch did not arrive")
			}
		})
	}
}

// What belongs together arrives together or not at all, and holds up nothing else.
func TestPushTogether(t *testing.T) {
	t.Parallel()
	const set, quiz = "LUVLE-4.1-feature-set_exams", "LUVLE-4.1-hack-mod_quiz"
	f := published(t)
	f.two()
	f.branch(set, "v4.1.0", "blocks/exams/block.php", "exams\n")
	f.branch(quiz, "v4.1.0", "mod/quiz/lib.php", "quiz\n")
	f.shared("mgit.toml", "format = 1\n\n[branch.set_exams]\nmembers = [\"mod_quiz\"]\nrequires = [\"core-mail\"]\n")
	report := f.push(named(set))
	for _, name := range []string{set, quiz, mail} {
		if r := pushed(t, report, name); r.Outcome != job.PushPushed || r.Together != 1 {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if f.tipAt("origin", forum) != "" {
		t.Error("what was not named was pushed")
	}
	// A colleague's push to one of them.
	c := f.colleagueAt(quiz)
	c.Write("theirs.php", "theirs\n")
	c.Commit("a colleague's")
	c.Git("push", "-q", "origin", quiz)
	f.on(quiz, "mod/quiz/lib.php", "quiz, better\n")
	f.on(set, "blocks/exams/block.php", "exams, better\n")
	was := f.tipAt("origin", set)
	report = f.push()
	for _, name := range []string{set, quiz} {
		if r := pushed(t, report, name); r.Outcome != job.PushRefused || r.Rule != job.RuleLease {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if report.IsRefused() || !report.NeedsPerson() {
		t.Error("a lease is no safety rule")
	}
	if f.tipAt("origin", set) != was || pushed(t, report, forum).Outcome != job.PushPushed || pushed(t, report, deploy).Outcome != job.PushPushed {
		t.Errorf("%+v", report)
	}
	// The server takes the tag and not the target: neither arrives.
	f.Git("checkout", "-q", deploy)
	f.Git("merge", "-q", "--no-ff", "-m", "Merge branch '"+set+"' into "+deploy, set)
	f.Git("tag", "-a", "-m", "release", "lu-moodle-lu_v4.1.0-1")
	f.serverHook("update", `case $1 in *deployment) echo closed this week; exit 1;; esac`)
	report = f.push(named("deployment"))
	if r := pushed(t, report, deploy); r.Outcome != job.PushFailed || !strings.Contains(r.Reason, "closed this week") {
		t.Errorf("%+v", r)
	}
	if r := pushed(t, report, "lu-moodle-lu_v4.1.0-1"); r.Outcome != job.PushFailed || f.tipAt("origin", "lu-moodle-lu_v4.1.0-1") != "" {
		t.Errorf("%+v", r)
	}
}

// serverHook makes the internal remote run a hook.
func (f *fixture) serverHook(name, body string) {
	f.t.Helper()
	hook := filepath.Join(f.at("origin").Path, "hooks", name)
	if err := os.MkdirAll(filepath.Dir(hook), 0o755); err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(hook, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		f.t.Fatal(err)
	}
}

func TestPushOfTargetThatWasRewritten(t *testing.T) {
	t.Parallel()
	f := published(t)
	f.two()
	f.push()
	f.Git("checkout", "-q", deploy)
	f.Git("commit", "-q", "--amend", "-m", "Merge branch '"+mail+"', again")
	f.Detach()
	if r := pushed(t, f.push(named("deployment")), deploy); r.Rule != "push-rewrite-target" || f.tipAt("origin", deploy) == f.tip(deploy) {
		t.Errorf("%+v", r)
	}
	if r := pushed(t, f.push(named("deployment"), allowing("push-rewrite-target")), deploy); r.Outcome != job.PushPushed || !r.Rewritten {
		t.Errorf("%+v", r)
	}
}
