package job_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/job"
	manifests "mgit/internal/release"
)

// retag writes a tag object as it is given, and moves the tag there.
func (f *fixture) retag(tag, raw string) {
	f.t.Helper()
	file := filepath.Join(f.t.TempDir(), "tag")
	if err := os.WriteFile(file, []byte(raw), 0o600); err != nil {
		f.t.Fatal(err)
	}
	f.Git("update-ref", "refs/tags/"+tag, f.Git("hash-object", "-t", "tag", "-w", "--literally", file))
}

// cannotBeTag reports whether git itself refuses the object as a tag.
func (f *fixture) cannotBeTag(raw string) bool {
	cmd := exec.Command("git", "hash-object", "-t", "tag", "--stdin")
	cmd.Dir, cmd.Env, cmd.Stdin = f.Path, f.Env(), strings.NewReader(raw)
	return cmd.Run() != nil
}

// One altered line of the message, or of the tag, makes verify fail.
func TestVerifyNoticesEveryLine(t *testing.T) {
	t.Parallel()
	f := newReleaseFixture(t)
	f.deploy("LUVLE-4.1-feature-local_greeting", "LUVLE-4.1-hack-mod_forum", "LUVLE-4.1-hack-core_course")
	f.Git("checkout", "-q", deployment)
	f.Git("merge", "-q", "--no-ff", "-m", "Merge tag 'v4.1.1' into "+deployment, "v4.1.1^{commit}")
	f.Detach()
	tag := f.tagged().Tag
	whole := f.Git("cat-file", "tag", tag) + "\n"
	lines := strings.SplitAfter(strings.TrimSuffix(whole, "\n"), "\n")
	proven := func(altered []string) bool {
		raw := strings.Join(altered, "") + "\n"
		if f.cannotBeTag(raw) {
			return false
		}
		f.retag(tag, raw)
		site, err := job.Open(t.Context(), job.OpenRequest{Dir: f.Path, Git: git.Options{Env: f.Env()}})
		if err != nil {
			return false // what the tag says it names is not there: git itself complains
		}
		defer site.Close()
		p, err := job.VerifyRelease(t.Context(), site, tag)
		return err == nil && p.Proven
	}
	if !proven(lines) {
		t.Fatal("as it was written it is not proven")
	}
	const tagger = 3 // who made the tag when is git's, and no part of the manifest
	for i, line := range lines {
		if i == tagger {
			continue
		}
		flipped := slices.Clone(lines)
		last := strings.TrimRight(line, "\n")
		if last == "" {
			flipped[i] = "x\n"
		} else {
			c := byte('0')
			if last[len(last)-1] == '0' {
				c = '1'
			}
			flipped[i] = last[:len(last)-1] + string(c) + line[len(last):]
		}
		if proven(flipped) {
			t.Errorf("altered, line %q is not noticed", line)
		}
		if i > tagger && proven(slices.Delete(slices.Clone(lines), i, i+1)) {
			t.Errorf("without line %q it is proven", line)
		}
		if i > tagger && i+1 < len(lines) && lines[i] != lines[i+1] {
			swapped := slices.Clone(lines)
			swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
			if proven(swapped) {
				t.Errorf("behind the next line, %q is not noticed", line)
			}
		}
		if i > tagger && proven(slices.Insert(slices.Clone(lines), i, line)) {
			t.Errorf("twice, line %q is not noticed", line)
		}
	}
}

// A manifest that lies, with a checksum that is right.
func TestVerifyNoticesLies(t *testing.T) {
	t.Parallel()
	f := newReleaseFixture(t)
	f.deploy("LUVLE-4.1-feature-local_greeting", "LUVLE-4.1-hack-mod_forum", "LUVLE-4.1-hack-core_course")
	id := func(rev string) git.ID {
		got, err := git.ParseID(f.Git("rev-parse", rev))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	f.branch("elsewhere", "v4.1.0", "mod/forum/lib.php", text(40, map[int]string{20: "hack"})) // the same content, other commit
	tag := f.tagged().Tag
	head, _, _ := strings.Cut(f.Git("cat-file", "tag", tag), "\n\n")
	for check, lie := range map[string]func(*manifests.Manifest){
		"tree":     func(m *manifests.Manifest) { m.Steps = m.Steps[1:] },
		"tree ":    func(m *manifests.Manifest) { m.Steps[2].Files = nil },
		"tree  ":   func(m *manifests.Manifest) { m.Steps[2].Files[0].ID = id(deployment + ":version.php") },
		"history":  func(m *manifests.Manifest) { m.Steps[1].Tip = id("elsewhere") },
		"objects":  func(m *manifests.Manifest) { m.Steps[1].Tip = id(deployment + ":version.php") },
		"commit":   func(m *manifests.Manifest) { m.Tree = id("v4.1.0^{tree}") },
		"commit ":  func(m *manifests.Manifest) { m.Commit = id("v4.1.0^{commit}") },
		"name":     func(m *manifests.Manifest) { m.Tag += "1" },
		"upstream": func(m *manifests.Manifest) { m.Base.Name, m.Upstream.Name = "v4.1.1", "v4.1.1" },
		"version":  func(m *manifests.Manifest) { m.Base.Name, m.Upstream.Name = "v4.1.1", "v4.1.1" },
	} {
		check = strings.TrimSpace(check)
		m := f.manifest(tag)
		lie(m)
		message, err := m.Message()
		if err != nil {
			t.Fatal(err)
		}
		f.Git("tag", "keep", tag)
		f.retag(tag, head+"\n\n"+message)
		p, err := job.VerifyRelease(t.Context(), f.open(""), tag)
		if err != nil {
			t.Fatal(err)
		}
		if p.Proven || !slices.ContainsFunc(p.Checks, func(c job.ReleaseCheck) bool { return c.Check == check && c.State == "failed" }) {
			t.Errorf("the lie about %s: %+v", check, p.Checks)
		}
		f.Git("update-ref", "refs/tags/"+tag, "refs/tags/keep")
		f.Git("tag", "-d", "keep")
	}
}

// What the tag names is what Git says that it names, whatever else stands in it.
func TestVerifyReadsHeadersAsGitDoes(t *testing.T) {
	t.Parallel()
	f := newReleaseFixture(t)
	f.deploy("LUVLE-4.1-feature-local_greeting", "LUVLE-4.1-hack-mod_forum", "LUVLE-4.1-hack-core_course")
	tag := f.tagged().Tag
	released := f.Git("rev-parse", tag+"^{commit}")
	other := f.Git("commit-tree", "-p", released, "-m", "Something else", "v4.1.0^{tree}")
	raw := f.Git("cat-file", "tag", tag) + "\n"
	raw = strings.Replace(raw, "object "+released, "object "+other, 1)
	head, message, _ := strings.Cut(raw, "\n\n")
	f.retag(tag, head+"\nobject "+released+"\n\n"+message)
	if got := f.Git("rev-parse", tag+"^{commit}"); got != other {
		t.Fatalf("git takes %s to be %s", tag, got)
	}
	p, err := job.VerifyRelease(t.Context(), f.open(""), tag)
	if err != nil {
		t.Fatal(err)
	}
	if p.Proven {
		t.Errorf("a tag of another commit is proven: %+v", p.Checks)
	}
}

// A tag of Moodle that this clone lacks hides none that it has elsewhere.
func TestVerifyComparesEveryUpstreamTag(t *testing.T) {
	t.Parallel()
	f := newReleaseFixture(t)
	f.deploy("LUVLE-4.1-feature-local_greeting", "LUVLE-4.1-hack-mod_forum", "LUVLE-4.1-hack-core_course")
	f.Git("checkout", "-q", deployment)
	f.Git("merge", "-q", "--no-ff", "-m", "Merge tag 'v4.1.1' into "+deployment, "v4.1.1^{commit}")
	f.Detach()
	tag := f.tagged().Tag
	f.Git("tag", "-f", "v4.1.1", "v4.1.0^{commit}")
	f.Git("tag", "-d", "v4.1.0")
	p, err := job.VerifyRelease(t.Context(), f.open(""), tag)
	if err != nil {
		t.Fatal(err)
	}
	if p.Proven || !slices.ContainsFunc(p.Checks, func(c job.ReleaseCheck) bool { return c.Check == "upstream" && c.State == "failed" }) {
		t.Errorf("v4.1.1 is elsewhere: %+v", p.Checks)
	}
}

// Rebuilding works where the released tree itself is not there at all, and what
// it makes does not depend on what the tag names.
func TestRebuildDoesNotReadTheTree(t *testing.T) {
	t.Parallel()
	f := newReleaseFixture(t)
	f.deploy("LUVLE-4.1-feature-local_greeting", "LUVLE-4.1-hack-mod_forum", "LUVLE-4.1-hack-core_course")
	report := f.tagged()
	dir := f.cloned()
	gone := report.Tree.String()
	if err := os.Remove(filepath.Join(dir, ".git", "objects", gone[:2], gone[2:])); err != nil {
		t.Fatalf("the clone is packed: %v", err)
	}
	if _, err := gittest.At(t, dir).TryGit("ls-tree", report.Tag); err == nil {
		t.Fatal("the tree is still there")
	}
	rebuilt, _, err := job.RebuildRelease(t.Context(), f.open(dir), job.RebuildRequest{Tag: report.Tag})
	if err != nil || !rebuilt.Identical || rebuilt.Rebuilt != report.Tree {
		t.Errorf("%+v, %v", rebuilt, err)
	}

	// The tag names another commit: the rebuilt tree is the manifest's all the same.
	raw := f.Git("cat-file", "tag", report.Tag) + "\n"
	f.retag(report.Tag, strings.Replace(raw, report.Commit.String(), f.tip("v4.1.1^{commit}"), 1))
	rebuilt, _, err = job.RebuildRelease(t.Context(), f.open(""), job.RebuildRequest{Tag: report.Tag, Branch: "again"})
	if err != nil || rebuilt.Identical || rebuilt.Rebuilt != report.Tree || rebuilt.Branch != "" {
		t.Errorf("%+v, %v", rebuilt, err)
	}
	if got := f.Git("for-each-ref", "refs/heads/again"); got != "" {
		t.Errorf("what is not the same was written: %s", got)
	}
}

func TestRebuildBranch(t *testing.T) {
	t.Parallel()
	f := newReleaseFixture(t)
	f.deploy("LUVLE-4.1-feature-local_greeting", "LUVLE-4.1-hack-mod_forum", "LUVLE-4.1-hack-core_course")
	tag := f.tagged().Tag
	rebuild := func(branch string, dry bool) (*job.RebuildReport, error) {
		r, _, err := job.RebuildRelease(t.Context(), f.open(""), job.RebuildRequest{Tag: tag, Branch: branch, DryRun: dry})
		return r, err
	}
	before := f.refs()
	if r, err := rebuild("again", true); err != nil || !r.Identical || f.refs() != before {
		t.Errorf("dry run: %+v, %v", r, err)
	}
	r, err := rebuild("again", false)
	if err != nil || r.Tip.String() != f.tip("again") {
		t.Fatalf("%+v, %v", r, err)
	}
	if got, want := f.Git("rev-parse", "again^{tree}"), f.Git("rev-parse", tag+"^{tree}"); got != want {
		t.Errorf("the branch has the tree %s, want %s", got, want)
	}
	if got := f.Git("log", "--first-parent", "--format=%s", "v4.1.0..again"); strings.Count(got, "Merge branch") != 3 {
		t.Errorf("the branch is\n%s", got)
	}
	f.Git("fsck", "--strict")
	var refusal *job.Refusal
	if _, err := rebuild("again", false); !errors.As(err, &refusal) || refusal.ID != "branch-exists" {
		t.Errorf("a second time: %v", err)
	}
	for _, inTheWay := range []string{"again/below", "LUVLE-4.1-hack-mod_forum/x"} {
		if _, err := rebuild(inTheWay, true); !errors.As(err, &refusal) || refusal.ID != "branch-exists" {
			t.Errorf("%s: %v", inTheWay, err)
		}
	}
	for _, bad := range []string{"-x", "a b", "mgit", "HEAD"} {
		if _, err := rebuild(bad, false); err == nil {
			t.Errorf("the branch %q was made", bad)
		}
	}
	if _, _, err := job.UndoRun(t.Context(), f.open(""), 0, false); err != nil {
		t.Fatal(err)
	}
	if got := f.Git("for-each-ref", "refs/heads/again"); got != "" {
		t.Errorf("undone it is %s", got)
	}
}
