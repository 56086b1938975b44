package job_test

import (
	"errors"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/job"
	"mgit/internal/moodle"
)

// ciClone is a clone as CI makes it: what a branch holds is at a remote, and HEAD is on no branch. What opens a gate, and what
// does not, is in the settings.
func ciClone(t *testing.T) *fixture {
	t.Helper()
	f := newFixture(t)
	f.Git("config", "--unset", "mgit.customer")
	f.shared("mgit.toml", "format = 1\ncustomer = \"LUVLE\"\n\n[check]\nsubject_length = 5\n\n[check.rules]\nconflict-marker = \"off\"\nmessage-length = \"error\"\n")
	f.branch("LUVLE-4.5-feature-local_aa", "v4.5.0", "local/aa/notes.txt", marker)
	f.Git("checkout", "-q", "--detach", "LUVLE-4.5-feature-local_aa")
	for _, name := range []string{"mgit", "LUVLE-4.5-feature-local_aa"} {
		f.Git("update-ref", "refs/remotes/origin/"+name, "refs/heads/"+name)
		f.Git("update-ref", "-d", "refs/heads/"+name)
	}
	return f
}

// A clone that has only what a remote has is judged by the remote's settings, which open no gate before they are confirmed.
func TestCheckBorrowsSettings(t *testing.T) {
	t.Parallel()
	const long, conflict = "message-length", "conflict-marker local/aa/notes.txt:2"
	all := job.CheckRequest{All: true, Series: moodle.Series{Major: 4, Minor: 5}}
	asBranch := job.CheckRequest{As: "LUVLE-4.5-feature-local_aa"}
	for name, test := range map[string]struct {
		do      func(*fixture)
		request job.CheckRequest
		trusted bool
		want    string // "": nothing is known of the site
	}{
		"all branches":                   {nil, all, false, long + ", " + conflict},
		"HEAD":                           {nil, asBranch, false, long + ", " + conflict},
		"confirmed":                      {nil, asBranch, true, long},
		"a remote of no role":            {func(f *fixture) { f.Git("config", "--unset", "mgit.remote.origin.role") }, all, false, long + ", " + conflict},
		"Moodle's own":                   {func(f *fixture) { f.Git("config", "mgit.remote.origin.role", "upstream") }, all, false, ""},
		"public":                         {func(f *fixture) { f.Git("config", "mgit.remote.origin.role", "public") }, all, false, ""},
		"an older one at another remote": {func(f *fixture) { f.elsewhere("refs/remotes/origin/mgit~1") }, all, false, long + ", " + conflict},
		"a newer one at another remote": {func(f *fixture) {
			f.elsewhere("refs/remotes/origin/mgit")
			f.Git("update-ref", "refs/remotes/origin/mgit", "refs/remotes/origin/mgit~1")
		}, asBranch, false, long + ", " + conflict},
		"an own one": {func(f *fixture) {
			f.Git("update-ref", "refs/heads/mgit", "refs/remotes/origin/mgit~1")
			f.Git("config", "--unset", "mgit.remote.origin.role")
		}, all, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := ciClone(t)
			if test.do != nil {
				test.do(f)
			}
			request := job.OpenRequest{Dir: f.Path, Index: !test.request.All, Git: git.Options{Env: f.Env()}}
			if test.trusted {
				pin := f.Git("rev-parse", "refs/remotes/origin/mgit")
				request.Env = func(name string) string { return map[string]string{"MGIT_TRUST": pin}[name] }
			}
			site, err := job.OpenForCheck(t.Context(), request)
			if err != nil {
				t.Fatal(err)
			}
			defer site.Close()
			report, err := job.Check(t.Context(), site, test.request)
			var usage *job.UsageError
			switch {
			case test.want == "" && (!errors.As(err, &usage) || !strings.Contains(usage.Hint, "mgit init")):
				t.Errorf("%v, want that the site is not set up", err)
			case test.want == "":
			case err != nil:
				t.Error(err)
			case blamed(report) != test.want:
				t.Errorf("found %s, want %s", blamed(report), test.want)
			}
		})
	}
}

// elsewhere lets a remote of no role, which is asked after origin, have a commit of the mgit branch.
func (f *fixture) elsewhere(commit string) {
	f.t.Helper()
	f.Git("remote", "add", "zz", "https://example.org/zz.git")
	f.Git("update-ref", "refs/remotes/zz/mgit", commit)
}

// Who only looks works with a remote's mgit branch, who changes something wants the branch adopted first.
func TestOpenBorrows(t *testing.T) {
	t.Parallel()
	f := ciClone(t)
	f.Git("config", "--unset", "mgit.remote.origin.role")
	f.Git("update-ref", "refs/remotes/origin/LUVLE-4.5-test", "refs/tags/v4.5.0")
	for _, borrow := range []bool{false, true} {
		site, err := job.Open(t.Context(), job.OpenRequest{Dir: f.Path, Borrow: borrow, Git: git.Options{Env: f.Env()}})
		if err != nil {
			t.Fatal(err)
		}
		proof, err := job.CheckTarget(t.Context(), site, job.AssembleRequest{Target: "LUVLE-4.5-test"})
		if (err == nil) != borrow {
			t.Errorf("borrowing %v: %v", borrow, err)
		}
		if borrow && (proof.Proven || len(proof.Missing) != 1) {
			t.Errorf("the target is proven without the branch that is missing: %+v", proof.Missing)
		}
		if err := site.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := f.TryGit("rev-parse", "--verify", "refs/heads/mgit"); err == nil {
		t.Error("an mgit branch was made")
	}
}
