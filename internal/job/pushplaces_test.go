package job_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

// Where to push is decided by what the URL is at this moment.
func TestPushRoles(t *testing.T) {
	t.Parallel()
	f := published(t)
	f.two()
	elsewhere := filepath.Join(t.TempDir(), "elsewhere.git")
	gittest.NewAt(t, elsewhere, "--bare")
	refused := func(id string, changes ...func(*job.PushRequest)) {
		t.Helper()
		_, err := f.tryPush("", changes...)
		var refusal *job.Refusal
		if !errors.As(err, &refusal) || refusal.ID != id {
			t.Errorf("got %v, want the refusal %s", err, id)
		}
	}
	usage := func(changes ...func(*job.PushRequest)) {
		t.Helper()
		_, err := f.tryPush("", changes...)
		var wrong *job.UsageError
		if !errors.As(err, &wrong) {
			t.Errorf("got %v, want wrong usage", err)
		}
	}
	refused("push-upstream", to("upstream"))
	usage(to("nobody"))
	usage(to("fork"))
	usage(named("LUVLE-4.1-hack-nobody"))
	f.Git("remote", "add", "stranger", elsewhere)
	refused("push-no-role", to("stranger"))
	// A permission does not move with the name.
	url := f.Git("config", "remote.origin.url")
	f.Git("remote", "set-url", "--push", "origin", elsewhere)
	refused("push-no-role", to("origin"))
	usage()
	f.Git("remote", "set-url", "--push", "--add", "origin", url)
	refused("push-no-role", to("origin"))
	f.Git("config", "--unset-all", "remote.origin.pushurl")
	// Nor does a rewriting of URLs carry it away.
	f.Git("config", "url."+elsewhere+".pushInsteadOf", url)
	refused("push-no-role", to("origin"))
	f.Git("config", "--unset", "url."+elsewhere+".pushInsteadOf")
	f.Git("config", "remote.origin.url", "site:x")
	f.Git("config", "url."+url+".insteadOf", "site:x")
	f.Git("config", "url."+elsewhere+".insteadOf", url)
	usage()
	f.Git("config", "--unset", "url."+elsewhere+".insteadOf")
	if r := pushed(t, f.push(), forum); r.Outcome != job.PushPushed {
		t.Errorf("%+v", r)
	}
	if out := gittest.At(t, elsewhere).Git("for-each-ref"); out != "" {
		t.Errorf("something got elsewhere:\n%s", out)
	}
}

func TestPushSelection(t *testing.T) {
	t.Parallel()
	f := published(t)
	f.two()
	f.branch("LUVLE-4.5-hack-core-mail", "v4.5.0", "lib.php", "other\n")
	f.Git("branch", "wip", forum)
	for word, want := range map[string][]string{
		"core-mail":           {mail},
		"LUVLE-*-core-mail":   {"LUVLE-4.5-hack-core-mail", mail},
		"*mail":               {"LUVLE-4.5-hack-core-mail", mail},
		"refs/heads/" + forum: {forum},
		"deployment":          {deploy, release},
		deploy:                {deploy, release},
		release:               {release},
		"lu-moodle-*":         {release},
	} {
		var got []string
		for _, ref := range f.push(named(word), dry).Remotes[0].Refs {
			got = append(got, ref.Name)
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", word, got, want)
		}
	}
	for _, word := range []string{"wip", "mgit"} {
		if r := pushed(t, f.push(named(word)), word); r.Rule != "push-kind" || f.tipAt("origin", word) != "" {
			t.Errorf("%s: %+v", word, r)
		}
	}
}

// The places people work in, and odd settings: the remote's name, its tracking
// references and what git push would do by itself do not matter.
func TestPushWherePeopleWork(t *testing.T) {
	t.Parallel()
	for name, place := range map[string]func(f *fixture) string{
		"a subdirectory": func(f *fixture) string {
			f.Git("checkout", "-q", "v4.1.0")
			return filepath.Join(f.Path, "mod", "forum")
		},
		"a linked worktree": func(f *fixture) string {
			dir := filepath.Join(t.TempDir(), "linked")
			f.Git("worktree", "add", "-q", dir, forum)
			return dir
		},
		"a bare repository": func(f *fixture) string {
			f.Git("config", "core.bare", "true")
			return filepath.Join(f.Path, ".git")
		},
		"odd settings": func(f *fixture) string {
			for k, v := range map[string]string{
				"push.default": "matching", "push.followTags": "true", "push.useForceIfIncludes": "true", "remote.origin.mirror": "true",
				"remote.origin.push": "+refs/*:refs/*", "push.recurseSubmodules": "on-demand", "color.push": "always", "alias.push": "!false",
				"core.logAllRefUpdates": "false", "log.showSignature": "true", "fetch.prune": "true",
			} {
				f.Git("config", k, v)
			}
			return f.Path
		},
		"no fetch refspec": func(f *fixture) string {
			f.Git("config", "--unset-all", "remote.origin.fetch")
			return f.Path
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := published(t)
			f.two()
			dir := place(f)
			report, err := f.tryPush(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, branch := range []string{forum, mail, deploy} {
				if r := pushed(t, report, branch); r.Outcome == job.PushRefused || f.tipAt("origin", branch) != f.tip(branch) {
					t.Errorf("%s: %+v", branch, r)
				}
			}
			if got := strings.Fields(f.at("origin").Git("for-each-ref", "--format=%(refname)")); len(got) > 4 {
				t.Errorf("the remote has %q", got)
			}
		})
	}
}

// A clone that has only the newest part of the history can push what goes on from
// there, and says so where it cannot know.
func TestPushFromShallowClone(t *testing.T) {
	t.Parallel()
	f := published(t)
	f.two()
	f.push()
	dir := filepath.Join(t.TempDir(), "shallow")
	f.Git("clone", "-q", "--depth=1", "--no-tags", "--no-single-branch", "--branch", forum, "file://"+f.at("origin").Path, dir)
	s := gittest.At(t, dir)
	s.Git("fetch", "-q", "--depth=1", f.Path, "mgit:mgit")
	s.Git("branch", "-q", mail, "origin/"+mail)
	s.Git("config", "mgit.customer", "LUVLE")
	s.Git("config", "mgit.remote.origin.url", s.Git("config", "remote.origin.url"))
	s.Git("config", "mgit.remote.origin.role", "internal")
	s.Write("new.php", "new\n")
	next := s.Commit("new")
	report, err := f.tryPush(dir)
	if err != nil {
		t.Fatal(err)
	}
	if r := pushed(t, report, forum); r.Outcome != job.PushPushed || f.tipAt("origin", forum) != next {
		t.Errorf("%+v", r)
	}
	f.at("origin").Git("branch", "-f", mail, mail+"~1")
	s.Git("update-ref", "refs/heads/"+mail, s.Git("commit-tree", "-m", "other", mail+"^{tree}"))
	if report, err = f.tryPush(dir); err != nil {
		t.Fatal(err)
	}
	if r := pushed(t, report, mail); r.Rule != job.RuleLease || !strings.Contains(r.Reason, "shallow") {
		t.Errorf("%+v", r)
	}
	// What a push would publish cannot be told here.
	s.Git("remote", "add", "fork", f.at("fork").Path)
	s.Git("config", "mgit.remote.fork.url", f.at("fork").Path)
	s.Git("config", "mgit.remote.fork.role", "public")
	if report, err = f.tryPush(dir, named(forum), to("fork"), allowing("push-not-public")); err != nil {
		t.Fatal(err)
	}
	if r := pushed(t, report, forum); r.Rule != "shallow" || f.tipAt("fork", forum) != "" {
		t.Errorf("%+v", r)
	}
}

// Names are data: of the remote, of branches there, in what is shown.
func TestPushHostileNames(t *testing.T) {
	t.Parallel()
	f := published(t)
	f.two()
	url := f.Git("config", "remote.origin.url")
	f.Git("remote", "remove", "origin")
	f.Git("config", "remote.$(touch pwned);'.url", url)
	f.Git("config", "remote.$(touch pwned);'.fetch", "+refs/heads/*:refs/remotes/odd/*")
	f.Git("push", "-q", url, forum+":refs/heads/--upload-pack=x", forum+":refs/heads/$(id>pwned)")
	f.push()
	c := gittest.At(t, filepath.Join(t.TempDir()))
	c.Git("clone", "-q", "--branch", forum, url, "c")
	c = gittest.At(t, filepath.Join(c.Path, "c"))
	c.Write("theirs.php", "theirs\n")
	c.Commit("a colleague's \x1b[31m")
	c.Git("push", "-q", "origin", forum)
	f.on(forum, "new.php", "new\n")
	r := pushed(t, f.push(), forum)
	if want := `git fetch '$(touch pwned);'\''' ` + forum; len(r.Look) != 1 || !strings.HasPrefix(r.Look[0], want) {
		t.Errorf("look: %q, want %q", r.Look, want)
	}
	// A record of a branch that became a folder makes room.
	f.Git("config", "mgit.scheme", "{customer}/{version}/{type}/{frankenstyle}[/{shortname}]")
	for _, name := range []string{"LUVLE/4.1/hack/mod_forum", "LUVLE/4.1/hack/mod_forum/subject"} {
		f.branch(name, "v4.1.0", "mod/forum/lib.php", name+"\n")
		if r := pushed(t, f.push(named(name)), name); r.Outcome != job.PushPushed {
			t.Errorf("%s: %+v", name, r)
		}
		f.Git("branch", "-D", name)
		gittest.At(t, url).Git("branch", "-D", name)
	}
	if out := f.Git("for-each-ref", "--format=%(refname)", "refs/mgit/pushed/"); strings.Count(out, "LUVLE/") != 1 || !strings.Contains(out, "/heads/LUVLE/4.1/hack/mod_forum/subject") {
		t.Errorf("records: %q", out)
	}
	if _, err := os.Stat(filepath.Join(f.Path, "pwned")); err == nil {
		t.Error("a name was executed")
	}
}

// What is secret in a URL is not shown, also when git complains of it.
func TestPushRedacts(t *testing.T) {
	t.Parallel()
	f := published(t)
	f.two()
	f.setRemote("origin", "https://ruth:s3cret@127.0.0.1:1/site.git", "internal")
	f.Git("config", "mgit.remote.origin.url", "https://127.0.0.1:1/site.git")
	report := f.push()
	if !report.IsUnreachable() || strings.Contains(fmt.Sprintf("%+v", report.Remotes), "s3cret") {
		t.Errorf("%+v", report.Remotes)
	}
	_, err := job.Open(t.Context(), job.OpenRequest{Dir: f.Path, Git: git.Options{Env: f.Env(), Log: func(c git.Command) {
		if strings.Contains(strings.Join(c.Args, " "), "s3cret") {
			t.Errorf("logged: %q", c.Args)
		}
	}}})
	if err != nil {
		t.Fatal(err)
	}
}

// Git takes an address that is a remote's name for that remote, which has another
// address.
func TestPushToAddressThatIsAName(t *testing.T) {
	t.Parallel()
	f := published(t)
	f.two()
	origin := f.at("origin").Path
	f.Git("config", "remote."+origin+".pushurl", f.at("fork").Path)
	_, err := f.tryPush("")
	var usage *job.UsageError
	if !errors.As(err, &usage) || !strings.Contains(usage.Text, "name of a remote") || f.tipAt("fork", forum) != "" {
		t.Errorf("%v", err)
	}
	f.Git("config", "--remove-section", "remote."+origin)
	if f.push().NeedsPerson() || f.tipAt("origin", forum) == "" {
		t.Error("it did not arrive")
	}
}
