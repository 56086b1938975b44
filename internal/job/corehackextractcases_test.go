package job_test

import (
	"errors"
	"maps"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/hunk"
	"mgit/internal/job"
	"mgit/internal/moodle"
)

// Names that somebody has are not taken: here, at a colleague's, parked, of
// another type or series, or in a record.
func TestExtractNames(t *testing.T) {
	t.Parallel()
	p := newPatched(t)
	p.live["course/lib.php"] = text(40, map[int]string{2: "our hack"})
	p.live["lib.php"] = text(40, map[int]string{2: "our hack", 5: "fixed in 4.1.1"})
	files := p.files(func(path string) string {
		if path == "lib.php" {
			return "Not a component"
		}
		return "core_course"
	}, "course/lib.php", "lib.php")
	p.Git("update-ref", "refs/remotes/origin/LUVLE-4.1-hack-core_course", "v4.1.0")
	p.Git("update-ref", "refs/mgit/parked/LUVLE-4.1-hack-core_course-live", "v4.1.0")
	p.Git("update-ref", "refs/heads/LUVLE-4.5-feature-core_course-live2", "v4.5.0^{commit}")
	p.shared("mgit.toml", "format = 1\n\n[branch.core_course-live3]\nreason = \"older\"\n")
	request := p.request()
	request.DryRun = true
	report, _ := p.extract(request, files)
	if len(report.Branches) != 2 || report.Branches[0].Name != "LUVLE-4.1-hack-core" || report.Branches[1].Name != "LUVLE-4.1-hack-core_course-live4" {
		t.Errorf("%+v", report.Branches)
	}
	request.Short = "live3"
	report, _ = p.extract(request, files)
	if report.Branches[1].Name != "LUVLE-4.1-hack-core_course-live32" || report.Branches[0].Name != "LUVLE-4.1-hack-core-live3" {
		t.Errorf("%+v", report.Branches)
	}
	p.Git("config", "mgit.scheme", "{customer}-{version}-{type}-{frankenstyle}")
	request.Short = ""
	p.Git("update-ref", "refs/heads/LUVLE-4.1-hack-core_course", "v4.1.0^{commit}")
	report, _ = p.extract(request, files)
	if len(report.Branches) != 1 || len(report.Left) != 1 || !strings.Contains(report.Left[0].Reason, "no place for the short name") {
		t.Errorf("%+v", report)
	}
}

// A tree may be an attacker's: what Git must not hold stays out and is named, and
// the rest goes on.
func TestExtractHostilePaths(t *testing.T) {
	t.Parallel()
	p := newPatched(t)
	hostile := []string{".git/hooks/post-checkout", "mod/forum/.GIT/config", "mod/../../etc/passwd", "mod//x.php", "mod/forum/GIT~1", "mod/forum", "lib.php/x.php"}
	for _, path := range append(hostile, "mod/forum/a\nb\xff.php") {
		p.live[path] = "x\n"
	}
	report, run := p.extract(p.request(), p.files(func(string) string { return "mod_forum" }, append(hostile, "mod/forum/a\nb\xff.php")...))
	if run == 0 || len(report.Branches) != 1 || len(report.Branches[0].Files) != 1 || len(report.Left) != len(hostile) {
		t.Fatalf("%+v", report)
	}
	if got := p.Git("diff", "--name-only", "v4.1.0", report.Branches[0].Name); got != `"mod/forum/a\nb\377.php"` {
		t.Errorf("the branch changes %s", got)
	}
	if f := report.Branches[0].Files[0]; f.Path != `mod/forum/a\nb\377.php` || f.Bytes == "" {
		t.Errorf("the report names it %+v", f)
	}
	if settings := p.Git("show", "mgit:mgit.toml"); !strings.Contains(settings, `paths = ["mod/forum"]`) {
		t.Errorf("records:\n%s", settings)
	}
}

// A file where a folder was, a folder where a file was, and a link.
func TestExtractTypeChanges(t *testing.T) {
	t.Parallel()
	p := newPatched(t)
	p.live["theme/old"] = "a file now\n"
	p.live["lib.php/new.php"] = "in a folder now\n"
	p.live["course/lib.php"] = "../lib.php"
	p.mode["course/lib.php"] = git.ModeLink
	files := p.files(func(string) string { return "core" }, "theme/old", "theme/old/a.php", "theme/old/pix/b.png", "lib.php/new.php", "lib.php", "course/lib.php")
	report, _ := p.extract(p.request(), files)
	if len(report.Left) != 0 || len(report.Branches) != 1 {
		t.Fatalf("%+v", report)
	}
	got := p.Git("diff", "--raw", "--no-renames", "--abbrev=4", p.pin, report.Branches[0].Name)
	for _, want := range []string{":100644 120000", "T\tcourse/lib.php", "D\tlib.php", "A\tlib.php/new.php", "A\ttheme/old", "D\ttheme/old/a.php", "D\ttheme/old/pix/b.png"} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q in\n%s", want, got)
		}
	}
}

func TestExtractRefuses(t *testing.T) {
	t.Parallel()
	p := newPatched(t)
	p.live["lib.php"] = text(40, map[int]string{2: "our hack", 5: "fixed in 4.1.1"})
	files := p.files(componentByFolder, "lib.php")
	for want, change := range map[string]func(*job.ExtractRequest){
		"--series":          func(r *job.ExtractRequest) { r.Series = moodle.Series{} },
		"base or pin":       func(r *job.ExtractRequest) { r.Onto = "main" },
		"short name":        func(r *job.ExtractRequest) { r.Short = "a b" },
		"is no author":      func(r *job.ExtractRequest) { r.Author = "Ada" },
		`"Ada <a>` + "\\nx": func(r *job.ExtractRequest) { r.Author = "Ada <a>\nx" },
		"is not UTF-8":      func(r *job.ExtractRequest) { r.Message = "\xff" },
		`"Ada <<b>" is`:     func(r *job.ExtractRequest) { r.Author = "Ada <<b>" },
		`"A> <a@b>" is`:     func(r *job.ExtractRequest) { r.Author = "A> <a@b>" },
		"git fetch --tags":  func(r *job.ExtractRequest) { r.Series = moodle.Series{Major: 4, Minor: 4} },
	} {
		request := p.request()
		change(&request)
		_, run, err := job.Extract(t.Context(), p.open(""), request, files)
		var usage *job.UsageError
		if !errors.As(err, &usage) || run != 0 || !strings.Contains(usage.Text+" "+usage.Hint, want) {
			t.Errorf("want %s: run %d, %v", want, run, err)
		}
	}
	p.Git("update-ref", "-d", "refs/heads/mgit")
	_, _, err := job.Extract(t.Context(), p.open(""), p.request(), files)
	var usage *job.UsageError
	if !errors.As(err, &usage) || !strings.Contains(usage.Text, "not set up") {
		t.Errorf("not set up: %v", err)
	}
}

// Commits are signed where the user signs commits, those that moved and those
// that stay.
func TestExtractSigned(t *testing.T) {
	t.Parallel()
	keygen, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Skip("ssh-keygen is not installed: nothing to sign with")
	}
	p := newPatched(t)
	files := p.patchAll()
	key := filepath.Join(t.TempDir(), "key")
	if out, err := exec.Command(keygen, "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p.Git("config", "gpg.format", "ssh")
	p.Git("config", "user.signingKey", key)
	p.Git("config", "commit.gpgSign", "true")
	request := p.request()
	request.Author = "Ada Author <ada@example.org>"
	report, _ := p.extract(request, files)
	for _, b := range report.Branches {
		raw := p.Git("cat-file", "commit", b.Name)
		if !strings.Contains(raw, "gpgsig -----BEGIN SSH SIGNATURE-----") || !strings.Contains(raw, "author Ada Author <ada@example.org>") {
			t.Errorf("%s is not signed:\n%s", b.Name, raw)
		}
		if got := p.Git("rev-parse", b.Name); got != b.Tip.String() {
			t.Errorf("%s is at %s, and the report says %s", b.Name, got, b.Tip)
		}
	}
}

// A branch that cannot be made does not stop the others, and gets no record.
func TestExtractGoesOnWithoutOne(t *testing.T) {
	t.Parallel()
	p := newPatched(t)
	files := p.patchAll()
	p.Write(".git/refs/heads/LUVLE-4.1-hack-core_course.lock", "") // another git is at work there
	report, run := p.extract(p.request(), files)
	if run == 0 || len(report.Branches) != 4 || len(report.Left) != 1 || report.Left[0].Path != "course/lib.php" {
		t.Fatalf("run %d: %+v", run, report)
	}
	settings := p.Git("show", "mgit:mgit.toml")
	if strings.Contains(settings, "core_course") || strings.Count(settings, "[branch.") != 4 {
		t.Errorf("records:\n%s", settings)
	}
	p.undo(run)
	if got := p.Git("for-each-ref", "refs/heads/LUVLE-4.1-hack-*"); got != "" {
		t.Errorf("undo left %s", got)
	}
}

// Who changes a line inside or beside what a branch adds changes that branch: alone it
// would stand outside of what it belongs to, or a second time beside it. It is not taken
// along and said; the rest of the file is.
func TestExtractLeavesBranchesTheirLines(t *testing.T) {
	t.Parallel()
	p := newPatched(t)
	const branch = "LUVLE-4.1-feature-mod_forum"
	block := "if (empty($hour)) {\n    $hour = 20;\n}\ndone();"
	p.branch(branch, "v4.1.0", "mod/forum/lib.php", text(40, map[int]string{6: "define('LOGS', 5000);", 7: "define('PERIOD', 604800);", 30: block}))
	p.by["mod/forum/lib.php"] = []hunk.Change{{Name: branch, Base: []byte(text(40, nil)), Tip: []byte(p.blob(branch, "mod/forum/lib.php"))}}
	for name, tt := range map[string]struct {
		live map[int]string
		left string
	}{
		"inside":         {map[int]string{30: strings.Replace(block, "20", "6", 1)}, "the change stands in lines of " + branch + ": make it there"},
		"an added line":  {map[int]string{30: strings.Replace(block, "}\n", "    mtrace($hour);\n}\n", 1)}, "the change stands in lines of " + branch + ": make it there"},
		"one of a pair":  {map[int]string{6: "define('LOGS', 5000);", 7: "define('PERIOD', 999);"}, "the change stands in lines of " + branch + ": make it there"},
		"before and two": {map[int]string{29: "ours", 30: strings.Replace(block, "20", "6", 1)}, "2 changes stand in lines of " + branch + ": make them there"},
		"a line apart":   {map[int]string{28: "ours", 30: block}, ""},
	} {
		live := map[int]string{12: "our hack", 20: "fixed upstream"}
		maps.Copy(live, tt.live)
		p.live["mod/forum/lib.php"] = text(40, live)
		request := p.request()
		request.Onto, request.Short = job.OntoPin, strings.ReplaceAll(name, " ", "")
		report, _ := p.extract(request, p.files(componentByFolder, "mod/forum/lib.php"))
		var left []string
		for _, l := range report.Left {
			left = append(left, l.Reason)
		}
		if strings.Join(left, "|") != tt.left || len(report.Branches) != 1 {
			t.Errorf("%s: %+v", name, report)
			continue
		}
		want := map[int]string{12: "our hack", 20: "fixed upstream"}
		if tt.left == "" {
			want[28] = "ours"
		}
		if got := p.blob(report.Branches[0].Name, "mod/forum/lib.php"); got != text(40, want) {
			t.Errorf("%s: the branch has\n%s", name, got)
		}
	}
}
