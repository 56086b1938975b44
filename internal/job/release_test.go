package job_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
	manifests "mgit/internal/release"
)

const deployment = "LUVLE-4.1-deployment"

// newReleaseFixture is the fixture with an internal remote that answers, two
// branches that merge, and a third that conflicts with the first.
func newReleaseFixture(t *testing.T) *fixture {
	t.Helper()
	return templates.released.fixture(t, func(dir string) { buildReleased(t, dir) })
}

func buildReleased(t *testing.T, dir string) *fixture {
	t.Helper()
	f := newFixture(t).copyTo(t, dir)
	bare := gittest.NewAt(t, filepath.Join(dir, "origin.git"), "--bare")
	f.Git("remote", "set-url", "origin", bare.Path)
	f.Git("config", "mgit.remote.origin.url", bare.Path)
	f.Git("config", "mgit.release.ourname", "lu")
	f.Git("config", "mgit.release.shortcustomer", "lu")
	f.branch("LUVLE-4.1-feature-local_greeting", "v4.1.0", "local/greeting/version.php", "<?php // a\n", "lib.php", text(40, map[int]string{10: "a was here"}))
	f.branch("LUVLE-4.1-hack-mod_forum", "v4.1.0", "mod/forum/lib.php", text(40, map[int]string{20: "hack"}))
	f.branch("LUVLE-4.1-hack-core_course", "v4.1.0", "course/lib.php", text(40, map[int]string{20: "course"}), "lib.php", text(40, map[int]string{10: "no, the course was"}))
	return f
}

// deploy makes the deployment of branches as `git merge` does, with hand-made
// resolutions where a branch conflicts.
func (f *fixture) deploy(branches ...string) {
	f.t.Helper()
	if _, err := f.TryGit("rev-parse", "--verify", "--quiet", "refs/heads/"+deployment); err != nil {
		f.Git("branch", deployment, "v4.1.0^{commit}")
	}
	f.Git("checkout", "-q", deployment)
	for _, b := range branches {
		if _, err := f.TryGit("merge", "--no-ff", "-q", "-m", "Merge branch '"+b+"' into "+deployment, b); err != nil {
			f.Write("lib.php", text(40, map[int]string{10: "both were"}))
			f.Git("add", "-A")
			f.Git("commit", "-q", "--no-edit", "-m", "Merge branch '"+b+"' into "+deployment+"\n\nMgit-Branch: "+b+"\nMgit-Ticket: LU-7\nMgit-Resolution: 3f2a for lib.php\n")
		}
		f.Tick()
	}
	f.Detach()
}

func (f *fixture) tagged(changes ...func(*job.ReleaseRequest)) *job.ReleaseReport {
	f.t.Helper()
	report, err := f.tryRelease(changes...)
	if err != nil {
		f.t.Fatal(err)
	}
	return report
}

func (f *fixture) tryRelease(changes ...func(*job.ReleaseRequest)) (*job.ReleaseReport, error) {
	f.t.Helper()
	request := job.ReleaseRequest{Target: deployment, Tool: "mgit 1.2.3"}
	for _, change := range changes {
		change(&request)
	}
	report, _, err := job.Release(f.t.Context(), f.open(""), request)
	return report, err
}

func allowed(r *job.ReleaseRequest) { r.Allow = []string{"not-proven"} }

// cloned is a fresh clone that has the tags and nothing else of the site.
func (f *fixture) cloned() string {
	f.t.Helper()
	dir := filepath.Join(f.t.TempDir(), "clone")
	f.Git("init", "-q", dir)
	c := gittest.At(f.t, dir)
	c.Git("fetch", "-q", "--no-tags", "file://"+f.Path, "refs/tags/*:refs/tags/*")
	if got := c.Git("for-each-ref", "refs/heads", "refs/remotes"); got != "" {
		f.t.Fatalf("the clone has %s", got)
	}
	return dir
}

// proveFar rebuilds and verifies a release in a fresh clone.
func (f *fixture) proveFar(tag string) {
	f.t.Helper()
	dir := f.cloned()
	objects := gittest.At(f.t, dir).Git("count-objects")
	rebuilt, _, err := job.RebuildRelease(f.t.Context(), f.open(dir), job.RebuildRequest{Tag: tag})
	if err != nil {
		f.t.Fatal(err)
	}
	if want := f.Git("rev-parse", tag+"^{tree}"); !rebuilt.Identical || rebuilt.Rebuilt.String() != want {
		f.t.Errorf("%s rebuilt in a clone is %s, %s; want the tree %s", tag, rebuilt.Rebuilt, rebuilt.Reason, want)
	}
	proof, err := job.VerifyRelease(f.t.Context(), f.open(dir), tag)
	if err != nil {
		f.t.Fatal(err)
	}
	if !proof.Proven {
		f.t.Errorf("%s is not proven in a clone: %+v", tag, proof.Checks)
	}
	if now := gittest.At(f.t, dir).Git("count-objects"); now != objects {
		f.t.Errorf("rebuilding left %s, where %s were before", now, objects)
	}
}

func (f *fixture) manifest(tag string) *manifests.Manifest {
	f.t.Helper()
	m, err := manifests.Parse(f.Git("for-each-ref", "--format=%(contents)", "refs/tags/"+tag))
	if err != nil {
		f.t.Fatal(err)
	}
	return m
}

func TestRelease(t *testing.T) {
	t.Parallel()
	f := newReleaseFixture(t)
	f.deploy("LUVLE-4.1-feature-local_greeting", "LUVLE-4.1-hack-mod_forum", "LUVLE-4.1-hack-core_course")
	before := f.refs()
	dry := f.tagged(func(r *job.ReleaseRequest) { r.DryRun = true })
	if f.refs() != before || f.Git("count-objects") == "" {
		t.Error("a dry run left something behind")
	}
	if _, err := f.TryGit("cat-file", "-e", dry.TagID.String()); err == nil {
		t.Error("a dry run left the tag's object behind")
	}
	report := f.tagged()
	const tag = "lu-moodle-lu_v4.1.0-0"
	if report.Tag != tag || report.Form != "short" || report.Branches != 3 || report.Message != dry.Message {
		t.Errorf("%+v", report)
	}
	if got := f.Git("cat-file", "-t", "refs/tags/"+tag); got != "tag" {
		t.Errorf("the tag is a %s", got)
	}
	if got := f.Git("for-each-ref", "--format=%(tag) %(taggername) %(*objectname)", "refs/tags/"+tag); got != tag+" Carl Committer "+f.tip(deployment) {
		t.Errorf("the tag says %s", got)
	}
	f.Git("fsck", "--strict")
	m := f.manifest(tag)
	if len(m.Steps) != 3 || len(m.Steps[2].Files) != 1 || m.Steps[2].Files[0].Path != "lib.php" {
		t.Errorf("steps: %+v", m.Steps)
	}
	if last := m.Steps[2]; last.Ticket != "LU-7" || !slices.Equal(last.Resolutions, []string{"3f2a for lib.php"}) {
		t.Errorf("the step that was settled: %+v", last)
	}
	f.proveFar(tag)

	// A second one of the same commit, of the same number at the remote, and after more work.
	f.Git("push", "-q", "origin", "refs/tags/"+tag+":refs/tags/lu-moodle-lu_v4.1.0-4")
	again := f.tagged()
	if again.Tag != "lu-moodle-lu_v4.1.0-5" || !slices.Equal(again.ExistsAs, []string{tag}) || len(again.Warnings) != 1 {
		t.Errorf("the second is %s, exists as %v, %v", again.Tag, again.ExistsAs, again.Warnings)
	}
	f.on("LUVLE-4.1-hack-mod_forum", "mod/forum/more.php", "<?php\n")
	var refusal *job.Refusal
	if _, err := f.tryRelease(); !errors.As(err, &refusal) || refusal.ID != "not-proven" || !strings.Contains(refusal.Text, "older tip") {
		t.Errorf("a branch with an older tip: %v", err)
	}
	f.deploy("LUVLE-4.1-hack-mod_forum")
	if third := f.tagged(); third.Tag != "lu-moodle-lu_v4.1.0-6" {
		t.Errorf("the third is %s", third.Tag)
	}
	f.proveFar("lu-moodle-lu_v4.1.0-6")
	f.noLocks()
}

func TestReleaseIsUndone(t *testing.T) {
	t.Parallel()
	f := newReleaseFixture(t)
	f.deploy("LUVLE-4.1-feature-local_greeting", "LUVLE-4.1-hack-mod_forum", "LUVLE-4.1-hack-core_course")
	before := f.Git("for-each-ref", "refs/heads", "refs/tags")
	f.tagged()
	if _, _, err := job.UndoRun(t.Context(), f.open(""), 0, false); err != nil {
		t.Fatal(err)
	}
	if got := f.Git("for-each-ref", "refs/heads", "refs/tags"); got != before {
		t.Errorf("after undo there are\n%s\nwant\n%s", got, before)
	}
	// And the undo is taken back: the tag's object is still there.
	if _, _, err := job.UndoRun(t.Context(), f.open(""), 2, false); err != nil {
		t.Fatal(err)
	}
	f.proveFar("lu-moodle-lu_v4.1.0-0")
}

func TestReleaseRefusals(t *testing.T) {
	t.Parallel()
	f := newReleaseFixture(t)
	f.deploy("LUVLE-4.1-feature-local_greeting", "LUVLE-4.1-hack-mod_forum")
	named := func(name string) func(*job.ReleaseRequest) { return func(r *job.ReleaseRequest) { r.Tag = name } }
	refused := func(id string, changes ...func(*job.ReleaseRequest)) {
		t.Helper()
		before := f.refs()
		var refusal *job.Refusal
		if _, err := f.tryRelease(changes...); !errors.As(err, &refusal) || refusal.ID != id {
			t.Errorf("want the refusal %s, got %v", id, err)
		}
		if f.refs() != before {
			t.Errorf("%s: references moved", id)
		}
	}
	usage := func(changes ...func(*job.ReleaseRequest)) {
		t.Helper()
		var wrong *job.UsageError
		if r, err := f.tryRelease(changes...); !errors.As(err, &wrong) {
			t.Errorf("want wrong usage, got %v, %v", r, err)
		}
	}
	refused("not-proven")
	f.deploy("LUVLE-4.1-hack-core_course")
	f.Git("tag", "taken", "v4.1.0")
	f.Git("push", "-q", "origin", "taken:refs/tags/taken-there")
	refused("tag-exists", named("taken"))
	refused("tag-exists", named("taken-there"))
	refused("tag-exists", named("taken/below"))
	refused("tag-exists", named("taken-there/below"))
	f.Git("tag", "folder/below", "v4.1.0")
	refused("tag-exists", named("folder"))
	for _, bad := range []string{"HEAD", deployment, "LUVLE-4.1-hack-mod_forum", "v4.1.9", "-d", "--force", "a b", "a..b", "x.lock", "lu-moodle-lu_v4.1.1-0", "a\x07b", "ext::sh"} {
		usage(named(bad))
	}
	usage(func(r *job.ReleaseRequest) { r.Target = "LUVLE-4.1-hack-mod_forum" })
	usage(func(r *job.ReleaseRequest) { r.Target = "nonsense" })
	usage(func(r *job.ReleaseRequest) { r.Target = "LUVLE-4.1-test" })
	f.Git("config", "mgit.release.tag", "{nosuch}")
	usage()
	f.Git("config", "mgit.release.tag", "v4.1.{local-release}") // Moodle's own
	usage()
	f.Git("config", "mgit.release.tag", "{customer}/r{local-release}")
	f.Git("tag", "LUVLE", "v4.1.0") // a name in the way of others below it
	refused("tag-exists")
	refused("tag-exists", func(r *job.ReleaseRequest) { r.DryRun = true })
	f.Git("config", "--unset", "mgit.release.tag")
	f.Git("config", "--unset", "mgit.release.ourname")
	f.Git("config", "mgit.release.ourname", "")
	usage()
	// A name that is given needs no template.
	if r := f.tagged(named("by-hand")); r.Tag != "by-hand" {
		t.Errorf("%s", r.Tag)
	}
	f.proveFar("by-hand")
	if _, err := job.VerifyRelease(t.Context(), f.open(""), "no-such-tag"); err == nil {
		t.Error("a tag that is not there is verified")
	}
	if p, err := job.VerifyRelease(t.Context(), f.open(""), "taken"); err != nil || p.Proven {
		t.Errorf("a lightweight tag: %+v, %v", p, err)
	}
	var bad *job.ManifestError
	if _, _, err := job.RebuildRelease(t.Context(), f.open(""), job.RebuildRequest{Tag: "v4.1.0"}); !errors.As(err, &bad) {
		t.Errorf("rebuild of a tag of Moodle: %v", err)
	}
}

// A target that a colleague has moved is not released as if it were the newest.
func TestReleaseBesideAColleague(t *testing.T) {
	t.Parallel()
	f := newReleaseFixture(t)
	f.deploy("LUVLE-4.1-feature-local_greeting", "LUVLE-4.1-hack-mod_forum", "LUVLE-4.1-hack-core_course")
	ours := f.tip(deployment)
	theirs := f.Git("commit-tree", "-p", ours, "-p", "v4.1.1^{commit}", "-m", "Merge tag 'v4.1.1' into "+deployment, deployment+"^{tree}")
	f.Git("update-ref", "refs/remotes/origin/"+deployment, theirs)
	if r := f.tagged(); len(r.Warnings) != 1 || r.Warnings[0].ID != "target-behind" || r.Commit.String() != ours {
		t.Errorf("behind: %s, %v", r.Commit, r.Warnings)
	}
	f.Git("update-ref", "refs/heads/"+deployment, f.Git("commit-tree", "-p", ours, "-p", "v4.1.1^{commit}", "-m", "Merge tag 'v4.1.1' of ours", deployment+"^{tree}"))
	var refusal *job.Refusal
	if r, err := f.tryRelease(allowed); !errors.As(err, &refusal) || refusal.ID != "target-diverged" {
		t.Errorf("want target-diverged, got %v, %v", r, err)
	}
}

func TestReleaseByCalendar(t *testing.T) {
	t.Parallel()
	f := newReleaseFixture(t)
	f.Git("config", "mgit.release.tag", "{date}{nn}")
	f.deploy("LUVLE-4.1-feature-local_greeting", "LUVLE-4.1-hack-mod_forum", "LUVLE-4.1-hack-core_course")
	for _, want := range []string{"2026010100", "2026010101"} {
		if r := f.tagged(); r.Tag != want {
			t.Errorf("the tag is %s, want %s", r.Tag, want)
		}
		f.proveFar(want)
	}
}

func TestReleaseWhileSomebodyTags(t *testing.T) {
	t.Parallel()
	f := newReleaseFixture(t)
	f.deploy("LUVLE-4.1-feature-local_greeting", "LUVLE-4.1-hack-mod_forum", "LUVLE-4.1-hack-core_course")
	site := f.open("")
	report, err := job.PlanRelease(t.Context(), site, job.ReleaseRequest{Target: deployment})
	if err != nil {
		t.Fatal(err)
	}
	defer report.Close()
	f.Git("tag", report.Tag, "v4.1.0")
	theirs := f.Git("rev-parse", "refs/tags/"+report.Tag)
	lock, err := site.Lock(t.Context(), "release")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	var refusal *job.Refusal
	if _, err := report.Apply(t.Context(), lock); !errors.As(err, &refusal) || refusal.ID != "tag-exists" {
		t.Errorf("want tag-exists, got %v", err)
	}
	if got := f.Git("rev-parse", "refs/tags/"+report.Tag); got != theirs {
		t.Errorf("the tag of somebody else was moved to %s", got)
	}
}

// Two processes at once give two releases.
func TestTwoReleasesAtOnce(t *testing.T) {
	t.Parallel()
	f := newReleaseFixture(t)
	f.deploy("LUVLE-4.1-feature-local_greeting", "LUVLE-4.1-hack-mod_forum", "LUVLE-4.1-hack-core_course")
	var errs [2]error
	var tags [2]string
	done := make(chan int)
	for i := range 2 {
		site := f.open("")
		go func() {
			var r *job.ReleaseReport
			if r, _, errs[i] = job.Release(t.Context(), site, job.ReleaseRequest{Target: deployment}); errs[i] == nil {
				tags[i] = r.Tag
			}
			done <- i
		}()
	}
	<-done
	<-done
	if errs[0] != nil || errs[1] != nil || tags[0] == tags[1] {
		t.Errorf("%v: %v", tags, errs)
	}
}

func TestReleaseWithStrangers(t *testing.T) {
	t.Parallel()
	f := newReleaseFixture(t)
	f.deploy("LUVLE-4.1-feature-local_greeting", "LUVLE-4.1-hack-mod_forum", "LUVLE-4.1-hack-core_course")
	// A change on the target, a branch that nobody knows any more, a merge with content of its own.
	f.on(deployment, "config-dist.php", "<?php // on the server\n", "lib.php", text(40, map[int]string{10: "both were", 25: "by hand"}))
	f.branch("quick-fix", "v4.1.0", "admin/fix.php", "<?php // quick\n")
	f.deploy("quick-fix")
	f.Git("branch", "-D", "quick-fix")
	f.on("LUVLE-4.1-hack-mod_forum", "mod/forum/second.php", "<?php\n")
	f.Git("checkout", "-q", deployment)
	f.Git("merge", "-q", "--no-ff", "--no-commit", "LUVLE-4.1-hack-mod_forum")
	f.Write("mod/forum/evil.php", "<?php // slipped in\n")
	f.Write("odd\tname é.php", "<?php\n")
	f.Remove("course/lib.php")
	f.Commit("Merge branch 'LUVLE-4.1-hack-mod_forum' into " + deployment)
	f.Detach()
	var refusal *job.Refusal
	if _, err := f.tryRelease(); !errors.As(err, &refusal) || refusal.ID != "not-proven" {
		t.Fatalf("want not-proven, got %v", err)
	}
	report := f.tagged(allowed)
	if report.Form != "long" || len(report.Warnings) == 0 || report.Warnings[0].ID != "not-proven" {
		t.Errorf("%s, %v", report.Form, report.Warnings)
	}
	kinds := make(map[string]int)
	for _, s := range report.Steps {
		kinds[s.Kind]++
	}
	if kinds["branch"] != 4 || kinds["change"] != 2 || kinds["commit"] != 1 {
		t.Errorf("steps: %v in\n%s", kinds, report.Message)
	}
	f.proveFar(report.Tag)
}

// A branch that was merged and reverted, and one that came by a pull of somebody
// else's merges.
func TestReleaseOfOddLines(t *testing.T) {
	t.Parallel()
	f := newReleaseFixture(t)
	f.deploy("LUVLE-4.1-feature-local_greeting")
	// Two people merge at the same time, and one pulls.
	f.Git("branch", "colleague", deployment)
	f.deploy("LUVLE-4.1-hack-mod_forum")
	f.Git("checkout", "-q", "colleague")
	if _, err := f.TryGit("merge", "--no-ff", "-q", "LUVLE-4.1-hack-core_course"); err != nil {
		f.Write("lib.php", text(40, map[int]string{10: "both were"}))
		f.Commit("Merge branch 'LUVLE-4.1-hack-core_course' into " + deployment)
	}
	f.Git("checkout", "-q", deployment)
	f.Git("merge", "-q", "--no-ff", "-m", "Merge branch '"+deployment+"' of origin", "colleague")
	f.Git("branch", "-D", "colleague")
	f.Git("revert", "--no-edit", "-m", "1", "HEAD")
	f.Git("revert", "--no-edit", "HEAD")
	f.Detach()
	report := f.tagged()
	if report.Form != "short" || report.Branches != 3 {
		t.Errorf("%s:\n%s", report.Form, report.Message)
	}
	f.proveFar(report.Tag)

	// Taken out for good: only the long form says so.
	f.Git("checkout", "-q", deployment)
	f.Git("rm", "-q", "local/greeting/version.php")
	f.Commit("Take a out")
	f.Detach()
	report = f.tagged(allowed)
	if report.Form != "long" {
		t.Errorf("%s:\n%s", report.Form, report.Message)
	}
	f.proveFar(report.Tag)
}

func TestReleaseOfUpstreamAndFastForward(t *testing.T) {
	t.Parallel()
	f := newReleaseFixture(t)
	f.Git("branch", "-D", "LUVLE-4.1-hack-core_course", "LUVLE-4.1-hack-mod_forum")
	f.Git("branch", deployment, "LUVLE-4.1-feature-local_greeting")
	f.proveFar(f.tagged().Tag)
	f.Git("checkout", "-q", deployment)
	f.Git("merge", "-q", "--no-ff", "-m", "Merge tag 'v4.1.1' into "+deployment, "v4.1.1^{commit}")
	f.Detach()
	r := f.tagged()
	if r.Tag != "lu-moodle-lu_v4.1.1-0" || r.Upstream.Tag != "v4.1.1" || r.Base.Tag != "v4.1.0" {
		t.Errorf("%s with %+v on %+v", r.Tag, r.Upstream, r.Base)
	}
	f.proveFar(r.Tag)
}

// A fresh line on top of the old tip is what the release is made of.
func TestReleaseOfAJoin(t *testing.T) {
	t.Parallel()
	f := newReleaseFixture(t)
	course := f.tip("LUVLE-4.1-hack-core_course")
	f.Git("branch", "-D", "LUVLE-4.1-hack-core_course")
	f.branch("gone", "v4.1.0", "gone.php", "<?php // was merged once\n")
	f.deploy("gone", "LUVLE-4.1-feature-local_greeting")
	f.Git("branch", "-D", "gone")
	f.Git("update-ref", "refs/remotes/origin/"+deployment, deployment)
	if _, _, err := job.Assemble(t.Context(), f.open(""), job.AssembleRequest{Target: deployment, Fresh: true}, false); err != nil {
		t.Fatal(err)
	}
	f.Git("branch", "LUVLE-4.1-hack-core_course", course)
	f.deploy("LUVLE-4.1-hack-core_course")
	report := f.tagged()
	if strings.Contains(report.Message, "gone") || report.Branches != 3 {
		t.Errorf("%s", report.Message)
	}
	f.proveFar(report.Tag)
}

func TestReleaseIsSigned(t *testing.T) {
	t.Parallel()
	keygen, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Skip("ssh-keygen is not installed: nothing to sign with")
	}
	f := newReleaseFixture(t)
	f.deploy("LUVLE-4.1-feature-local_greeting", "LUVLE-4.1-hack-mod_forum", "LUVLE-4.1-hack-core_course")
	key := filepath.Join(t.TempDir(), "key")
	if out, err := exec.Command(keygen, "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	f.Git("config", "gpg.format", "ssh")
	f.Git("config", "user.signingKey", key)
	f.Git("config", "tag.gpgSign", "true")
	report := f.tagged()
	if raw := f.Git("cat-file", "tag", report.Tag); !report.Signed || !strings.Contains(raw, "-----BEGIN SSH SIGNATURE-----") {
		t.Errorf("it is not signed:\n%s", raw)
	}
	verify := func() *job.VerifyReport {
		t.Helper()
		p, err := job.VerifyRelease(t.Context(), f.open(""), report.Tag)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if p := verify(); p.Signature != "unknown" || !p.Proven {
		t.Errorf("with an unknown key: %+v", p)
	}
	public := mustRead(t, key+".pub")
	signers := filepath.Join(t.TempDir(), "signers")
	if err := os.WriteFile(signers, []byte("carl@example.org "+string(public)), 0o600); err != nil {
		t.Fatal(err)
	}
	f.Git("config", "gpg.ssh.allowedSignersFile", signers)
	if p := verify(); p.Signature != "good" || !p.Proven {
		t.Errorf("with the key: %+v", p)
	}
	// The manifest of somebody else below the same signature.
	raw := f.Git("cat-file", "tag", report.Tag) + "\n"
	body, signature, _ := strings.Cut(raw, "-----BEGIN SSH")
	_, message, _ := strings.Cut(body, "\n\n")
	m, err := manifests.Parse(message)
	if err != nil {
		t.Fatal(err)
	}
	m.Tool = "something else"
	other, err := m.Message()
	if err != nil {
		t.Fatal(err)
	}
	f.retag(report.Tag, strings.Replace(body, message, other, 1)+"-----BEGIN SSH"+signature)
	if p := verify(); p.Signature != "bad" || p.Proven {
		t.Errorf("altered below its signature: %+v", p)
	}
	unsigned := f.tagged(func(r *job.ReleaseRequest) { r.Sign = job.SignNever })
	if unsigned.Signed || strings.Contains(f.Git("cat-file", "tag", unsigned.Tag), "BEGIN SSH") {
		t.Error("it is signed although that was not wanted")
	}
	// A path that is relative means what it means to git, from the top of the work tree.
	f.Write(".git/key", string(mustRead(t, key)))
	if err := os.Chmod(filepath.Join(f.Path, ".git/key"), 0o600); err != nil {
		t.Fatal(err)
	}
	f.Git("config", "user.signingKey", ".git/key")
	if r := f.tagged(); !r.Signed {
		t.Errorf("%s is not signed", r.Tag)
	}
	f.Git("config", "user.signingKey", filepath.Join(t.TempDir(), "no-such-key"))
	before := f.refs()
	if r, err := f.tryRelease(); err == nil || f.refs() != before {
		t.Errorf("without a key %s was made, %v\n%s", r.Tag, err, f.Git("cat-file", "tag", r.Tag))
	}
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A generated file in conflict is taken from one side, and a branch stands on
// another.
func TestReleaseOfGeneratedFiles(t *testing.T) {
	t.Parallel()
	f := newReleaseFixture(t)
	f.Git("branch", "-D", "LUVLE-4.1-hack-core_course", "LUVLE-4.1-hack-mod_forum")
	const built = "local/greeting/amd/build/x.min.js"
	f.on("LUVLE-4.1-feature-local_greeting", built, "built of a\n")
	f.branch("LUVLE-4.1-feature-local_greeting-b", "LUVLE-4.1-feature-local_greeting", built, "built of b\n", "local/greeting/b.php", "<?php\n")
	f.branch("LUVLE-4.1-feature-local_greeting-c", "LUVLE-4.1-feature-local_greeting", built, "built of c\n", "local/greeting/c.php", "<?php\n")
	assembled, _, err := job.Assemble(t.Context(), f.open(""), job.AssembleRequest{Target: deployment}, false)
	if err != nil || assembled.NeedsPerson() {
		t.Fatalf("%+v, %v", assembled, err)
	}
	report := f.tagged(allowed)
	last := report.Steps[len(report.Steps)-1]
	if report.Branches != 3 || len(last.Files) != 1 || last.Files[0].Path != built {
		t.Errorf("%s", report.Message)
	}
	f.proveFar(report.Tag)
}
