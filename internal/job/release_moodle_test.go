package job_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

// Releases of a deployment on real history: two minors, branches in real files,
// conflicts that a person settled. Each is made again in a clone that has its tag
// and Moodle. MGIT_MOODLE names a clone of Moodle.
func TestReleaseOnMoodle(t *testing.T) {
	t.Parallel()
	f := onMoodle(t, "+refs/heads/MOODLE_25_STABLE:refs/remotes/upstream/MOODLE_25_STABLE", "+refs/tags/v2.5*:refs/tags/v2.5*")
	f.Git("config", "mgit.release.ourname", "lu")
	f.Git("config", "mgit.release.shortcustomer", "lu")

	files := []string{"mod/forum/lib.php", "mod/quiz/lib.php", "mod/assign/lib.php", "course/lib.php", "lib/moodlelib.php", "lib/weblib.php", "lib/accesslib.php", "mod/wiki/lib.php", "lib/filelib.php", "version.php"}
	var branches []string
	for i, file := range files {
		name := fmt.Sprintf("LUVLE-2.5-hack-core-h%d", i)
		f.Git("checkout", "-q", "-b", name, "v2.5.0")
		f.edit(file, i)
		f.edit("lib/setuplib.php", i/4) // some in each other's way
		f.Commit("hack " + file)
		branches = append(branches, name)
	}
	const target = "LUVLE-2.5-deployment"
	f.Git("checkout", "-q", "-b", target, "v2.5.0")
	conflicts := 0
	merge := func(what, subject string) {
		if _, err := f.TryGit("-c", "merge.directoryRenames=false", "merge", "-q", "--no-ff", "-m", subject, what); err == nil {
			return
		}
		conflicts++
		for file := range strings.SplitSeq(f.Git("diff", "--name-only", "--diff-filter=U"), "\n") {
			text, err := os.ReadFile(filepath.Join(f.Path, file))
			if err != nil {
				t.Fatal(err)
			}
			f.Write(file, conflictMarks.ReplaceAllString(string(text), "")) // both sides
		}
		f.Git("add", "-A")
		f.Git("commit", "-q", "-m", subject)
	}
	tag := func(name string) { merge(name+"^{commit}", "Merge tag '"+name+"' into "+target) }
	tag("v2.5.1")
	for _, b := range branches {
		merge(b, "Merge branch '"+b+"' into "+target)
	}
	first := f.timedRelease(target)
	tag("v2.5.3")
	second := f.timedRelease(target)
	if first.Tag != "lu-moodle-lu_v2.5.1-0" || second.Tag != "lu-moodle-lu_v2.5.3-0" || conflicts < 3 {
		t.Errorf("%s, %s with %d conflicts", first.Tag, second.Tag, conflicts)
	}
	d := f.compared(job.ReleaseDiffRequest{From: first.Tag, To: second.Tag, Path: "version.php"})
	if len(d.Branches) != 0 || !strings.Contains(d.Diff, "+$release  = '2.5.3 ") {
		t.Errorf("between the two: %+v", d)
	}

	clone := gittest.NewAt(t, filepath.Join(t.TempDir(), "clone"))
	clone.Write(".git/objects/info/alternates", filepath.Join(realMoodle(t), "objects")+"\n")
	clone.Git("fetch", "-q", "--no-tags", f.Path, "refs/tags/*:refs/tags/*")
	for _, name := range []string{first.Tag, second.Tag} {
		began := time.Now()
		rebuilt, _, err := job.RebuildRelease(t.Context(), f.open(clone.Path), job.RebuildRequest{Tag: name})
		if err != nil || !rebuilt.Identical {
			t.Errorf("%s in a clone: %+v, %v", name, rebuilt, err)
		}
		took := time.Since(began)
		proof, err := job.VerifyRelease(t.Context(), f.open(clone.Path), name)
		if err != nil || !proof.Proven {
			t.Errorf("%s in a clone: %+v, %v", name, proof, err)
		}
		t.Logf("%s: made again in %v", name, took.Round(time.Millisecond))
	}
}

func (f *fixture) timedRelease(target string) *job.ReleaseReport {
	f.t.Helper()
	began := time.Now()
	r := f.tagged(func(r *job.ReleaseRequest) { r.Target = target; r.Allow = []string{"not-proven"} })
	settled := 0
	for _, s := range r.Steps {
		settled += len(s.Files)
	}
	f.t.Logf("%s: %s form, %d steps, %d files settled, %v, in %v", r.Tag, r.Form, len(r.Steps), settled, r.Warnings, time.Since(began).Round(time.Millisecond))
	return r
}

var conflictMarks = regexp.MustCompile(`(?m)^(<<<<<<<|=======|>>>>>>>).*\n`)

// edit puts a line into the middle of a file.
func (f *fixture) edit(file string, n int) {
	f.t.Helper()
	text, err := os.ReadFile(filepath.Join(f.Path, file))
	if err != nil {
		f.t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	at := min(len(lines)/2+20*n, len(lines)-1)
	lines[at] += fmt.Sprintf("// hack %s of branch %d\n", f.Git("symbolic-ref", "--short", "HEAD"), n)
	f.Write(file, strings.Join(lines, ""))
}
