package job_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/hunk"
	"mgit/internal/job"
	"mgit/internal/moodle"
)

// patched is a fixture whose live tree was made from a build between two releases,
// and patched in place.
//
//	4.1.0 ── 4.1.1 ── pin     MOODLE_401_STABLE
type patched struct {
	*fixture
	pin  string
	live map[string]string // the content of each file that differs; absent: it is gone
	mode map[string]git.Mode
	was  map[string]string // the pin's files
	by   map[string][]hunk.Change
}

func newPatched(t *testing.T) *patched {
	t.Helper()
	f := templates.patched.fixture(t, func(dir string) { buildPatched(t, dir) })
	p := &patched{fixture: f, live: map[string]string{}, mode: map[string]git.Mode{}, by: map[string][]hunk.Change{}}
	p.pin = f.Git("rev-parse", "refs/remotes/upstream/MOODLE_401_STABLE")
	p.was = make(map[string]string)
	for _, name := range strings.Split(f.Git("ls-tree", "-r", "--name-only", p.pin), "\n") {
		p.was[name] = p.blob(p.pin, name)
	}
	return p
}

func buildPatched(t *testing.T, dir string) {
	t.Helper()
	f := newFixture(t).copyTo(t, dir)
	f.Git("checkout", "-q", "--detach", "v4.1.1")
	f.Write("mod/forum/lib.php", text(40, map[int]string{20: "fixed upstream"}))
	f.Write("mod/quiz/lib.php", text(40, nil))
	f.Write("theme/old/a.php", "a\n")
	f.Write("theme/old/pix/b.png", "b\x00\n")
	f.Git("update-ref", "refs/remotes/upstream/MOODLE_401_STABLE", f.Commit("MDL-6 core: a weekly build"))
	f.Git("checkout", "-q", "--detach", "v4.1.0")
}

// blob is a file of a commit, to the byte.
func (f *fixture) blob(rev, path string) string {
	f.t.Helper()
	size, text, _ := strings.Cut(f.Input(rev+":"+path+"\n", "cat-file", "--batch=%(objectsize)"), "\n")
	if fmt.Sprint(len(text)) != size {
		f.t.Fatalf("%s:%s is %s", rev, path, size)
	}
	return text
}

// files are the orphans, as a report finds them.
func (p *patched) files(componentOf func(string) string, paths ...string) []job.ExtractFile {
	var all []job.ExtractFile
	for _, path := range paths {
		file := job.ExtractFile{Path: path, Component: componentOf(path)}
		was, inPin := p.was[path]
		is, inTree := p.live[path]
		var old, now []byte
		if inPin {
			old = append([]byte{}, was...)
			file.Pristine = &job.ExtractSide{Mode: git.ModeFile, Content: old}
		}
		if inTree {
			now = append([]byte{}, is...)
			mode := p.mode[path]
			if mode == 0 {
				mode = git.ModeFile
			}
			file.Live = &job.ExtractSide{Mode: mode, Content: now}
		}
		file.Pieces = hunk.Attribute(old, now, p.by[path])
		file.Whole = !inPin || !inTree
		all = append(all, file)
	}
	return all
}

// componentByFolder is enough of a layout for the fixture.
func componentByFolder(path string) string {
	parts := strings.Split(path, "/")
	switch {
	case len(parts) > 2 && (parts[0] == "mod" || parts[0] == "theme"):
		return parts[0] + "_" + parts[1]
	case parts[0] == "course":
		return "core_course"
	}
	return "core"
}

func (p *patched) request() job.ExtractRequest {
	p.t.Helper()
	pin, err := git.ParseID(p.pin)
	if err != nil {
		p.t.Fatal(err)
	}
	return job.ExtractRequest{Series: moodle.Series{Major: 4, Minor: 1}, Pin: pin, Tree: "/srv/moodle"}
}

func (p *patched) extract(request job.ExtractRequest, files []job.ExtractFile) (*job.ExtractReport, int) {
	p.t.Helper()
	report, run, err := job.Extract(p.t.Context(), p.open(""), request, files)
	if err != nil {
		p.t.Fatal(err)
	}
	return report, run
}

// judge makes the branch by hand with real git: the files as they should be,
// committed on the pin and, where base is not "", moved there by git.
func (p *patched) judge(base string, want map[string]string) (tree string) {
	p.t.Helper()
	dir := filepath.Join(p.t.TempDir(), "judge")
	p.Git("worktree", "add", "-q", "--detach", dir, p.pin)
	w := &fixture{gittest.At(p.t, dir), p.t}
	for path, text := range want {
		if text == "" {
			w.Remove(path)
			continue
		}
		w.Write(path, text)
		if p.mode[path] == git.ModeExec {
			if err := os.Chmod(filepath.Join(dir, path), 0o755); err != nil {
				p.t.Fatal(err)
			}
		}
	}
	c := w.Commit("by hand")
	if base != "" {
		w.Git("checkout", "-q", "--detach", base)
		w.Git("cherry-pick", c)
	}
	tree = w.Git("rev-parse", "HEAD^{tree}")
	p.Git("worktree", "remove", "--force", dir)
	return tree
}

func branchNamed(r *job.ExtractReport, name string) job.ExtractedBranch {
	i := slices.IndexFunc(r.Branches, func(b job.ExtractedBranch) bool { return b.Name == name })
	if i < 0 {
		return job.ExtractedBranch{}
	}
	return r.Branches[i]
}

// patchAll makes the live tree: hacks in three components of which one cannot
// leave the pin, lines of a branch beside them, a file nobody knows, one that is
// executable, a folder that is gone, and a file that an editor wrote with CR LF.
func (p *patched) patchAll() []job.ExtractFile {
	forum := p.was["mod/forum/lib.php"]
	p.branch("LUVLE-4.1-feature-mod_forum", "v4.1.0", "mod/forum/lib.php", text(40, map[int]string{3: "branch 1", 30: "branch 2\nbranch 3\nbranch 4\nbranch 5"}))
	p.by["mod/forum/lib.php"] = []hunk.Change{{
		Name: "LUVLE-4.1-feature-mod_forum", Base: []byte(text(40, nil)),
		Tip: []byte(p.blob("LUVLE-4.1-feature-mod_forum", "mod/forum/lib.php")),
	}}
	live := strings.NewReplacer(
		"line 3\n", "branch 1\n", "line 30\n", "branch 2\nbranch 3\nbranch 4\nbranch 5\n",
		"line 10\n", "our hack\n", "line 36\n", "",
	).Replace(forum)
	p.live["mod/forum/lib.php"] = live
	p.live["mod/forum/own.php"] = "<?php // ours\r\n"
	p.live["mod/forum/cli.sh"] = "#!/bin/sh\n"
	p.mode["mod/forum/cli.sh"] = git.ModeExec
	p.live["course/lib.php"] = strings.ReplaceAll(strings.Replace(p.was["course/lib.php"], "line 7\n", "line 7\nour course\n", 1), "\n", "\r\n")
	p.live["lib.php"] = text(40, map[int]string{5: "fixed in 4.1.1", 6: "our fix"})
	p.live["mod/quiz/lib.php"] = text(40, map[int]string{8: "our quiz"})
	return p.files(componentByFolder, "lib.php", "course/lib.php", "mod/forum/lib.php", "mod/forum/own.php", "mod/forum/cli.sh",
		"mod/quiz/lib.php", "theme/old/a.php", "theme/old/pix/b.png")
}

// Orphans become branches with nothing else in them, where git would put them.
func TestExtract(t *testing.T) {
	t.Parallel()
	p := newPatched(t)
	files := p.patchAll()
	request := p.request()
	request.Author, request.Reason, request.Ticket = "Ada Author <ada@example.org>", "Done in place in 2013.", "LU-12"
	before := p.refs()
	report, run := p.extract(request, files)
	if run == 0 || len(report.Branches) != 5 || len(report.Left) != 0 {
		t.Fatalf("run %d: %+v", run, report)
	}
	forum := strings.NewReplacer("line 10\n", "our hack\n", "line 36\n", "").Replace(p.was["mod/forum/lib.php"])
	tests := map[string]struct {
		base, hunks string
		want        map[string]string
	}{
		"LUVLE-4.1-hack-mod_forum-live": {"v4.1.0", "4", map[string]string{
			"mod/forum/lib.php": forum, "mod/forum/own.php": p.live["mod/forum/own.php"], "mod/forum/cli.sh": p.live["mod/forum/cli.sh"],
		}},
		"LUVLE-4.1-hack-core_course": {"v4.1.0", "1", map[string]string{"course/lib.php": strings.ReplaceAll(p.live["course/lib.php"], "\r\n", "\n")}},
		"LUVLE-4.1-hack-core":        {"", "1", map[string]string{"lib.php": p.live["lib.php"]}},
		"LUVLE-4.1-hack-mod_quiz":    {"", "1", map[string]string{"mod/quiz/lib.php": p.live["mod/quiz/lib.php"]}},
		"LUVLE-4.1-hack-theme_old":   {"", "2", map[string]string{"theme/old": ""}},
	}
	for name, tt := range tests {
		b := branchNamed(report, name)
		if b.Name == "" {
			t.Errorf("there is no %s", name)
			continue
		}
		if got := p.Git("rev-parse", name); got != b.Tip.String() {
			t.Errorf("%s is at %s, and the report says %s", name, got, b.Tip)
		}
		onto := tt.base
		if onto == "" {
			onto = p.pin
		}
		if got, want := p.Git("rev-parse", name+"^"), p.Git("rev-parse", onto+"^{commit}"); got != want || b.Base.Commit.String() != want {
			t.Errorf("%s stands on %s (%s by the report), want %s", name, got, b.Base.Commit, onto)
		}
		if b.OnPin != (tt.base == "") || (b.Reason != "") != b.OnPin || fmt.Sprint(b.Hunks) != tt.hunks {
			t.Errorf("%s: %+v", name, b)
		}
		if got, want := p.Git("rev-parse", name+"^{tree}"), p.judge(tt.base, tt.want); got != want {
			t.Errorf("%s is not what git makes of it:\n%s", name, p.Git("diff", want, got))
		}
	}
	if got := p.Git("log", "-1", "--format=%an <%ae>|%cn|%s|%b", "LUVLE-4.1-hack-core_course"); got !=
		"Ada Author <ada@example.org>|Carl Committer|core_course: changes found in the live tree|"+
			"Found in /srv/moodle, which was made from "+p.pin[:10]+", and in no branch.\n\nDone in place in 2013.\n\nTicket: LU-12\n" {
		t.Errorf("the commit: %s", got)
	}
	if got := p.Git("ls-tree", "LUVLE-4.1-hack-mod_forum-live", "mod/forum/cli.sh"); !strings.HasPrefix(got, "100755 ") {
		t.Errorf("the script is %s", got)
	}
	if out := p.Git("fsck", "--strict", "--no-dangling"); out != "" {
		t.Errorf("fsck: %s", out)
	}
	p.noLocks()
	settings := p.Git("show", "mgit:mgit.toml")
	want := "[branch.mod_forum-live]\norigin = \"local\"\npaths = [\"mod/forum/cli.sh\", \"mod/forum/lib.php\", \"mod/forum/own.php\"]\nreason = \"Done in place in 2013.\"\nticket = \"LU-12\"\n"
	if !strings.Contains(settings, want) || strings.Count(settings, "[branch.") != 5 {
		t.Errorf("records:\n%s", settings)
	}
	p.undo(run)
	after := p.refs()
	if withoutJournal(after) != withoutJournal(before) || strings.Contains(p.Git("ls-tree", "mgit"), "mgit.toml") {
		t.Errorf("undo left:\n%s\nbefore:\n%s", after, before)
	}
}

// withoutJournal leaves out the references that an undo does not take back.
func withoutJournal(refs string) string {
	var kept []string
	for line := range strings.Lines(refs) {
		if !strings.Contains(line, "refs/mgit/runs/") && !strings.HasSuffix(line, "refs/heads/mgit\n") {
			kept = append(kept, strings.TrimSpace(line))
		}
	}
	return strings.Join(kept, "\n")
}

// What was extracted explains the tree: nothing is left for a second time.
func TestExtractTwice(t *testing.T) {
	t.Parallel()
	p := newPatched(t)
	files := p.patchAll()
	report, _ := p.extract(p.request(), files)
	for _, b := range report.Branches {
		for _, f := range b.Files {
			change := hunk.Change{Name: b.Name}
			base, tip := p.Git("ls-tree", b.Name+"^", f.Raw), p.Git("ls-tree", b.Name, f.Raw)
			if base != "" {
				change.Base = []byte(p.blob(b.Name+"^", f.Raw))
			}
			if tip != "" {
				change.Tip = []byte(p.blob(b.Name, f.Raw))
			}
			p.by[f.Raw] = append(p.by[f.Raw], change)
		}
	}
	refs := p.refs()
	var again []job.ExtractFile
	for _, f := range files {
		for _, g := range p.files(componentByFolder, f.Path) {
			for _, piece := range g.Pieces {
				if piece.By == "" {
					t.Errorf("%s is still an orphan: %+v", g.Path, piece)
				}
			}
			g.Whole = false
			again = append(again, g)
		}
	}
	report, run := p.extract(p.request(), again)
	if run != 0 || len(report.Branches) != 0 || len(report.Left) != 0 || p.refs() != refs {
		t.Errorf("the second time, run %d: %+v", run, report)
	}
	if report, run := p.extract(p.request(), nil); run != 0 || len(report.Branches) != 0 {
		t.Errorf("nothing at all, run %d: %+v", run, report)
	}
}

// A dry run says the same and leaves nothing behind.
func TestExtractDryRun(t *testing.T) {
	t.Parallel()
	p := newPatched(t)
	files := p.patchAll()
	refs, objects, state := p.refs(), p.Git("count-objects", "-v"), p.everyFile()
	request := p.request()
	request.DryRun = true
	report, run := p.extract(request, files)
	if run != 0 {
		t.Errorf("a dry run made run %d", run)
	}
	if p.refs() != refs || p.Git("count-objects", "-v") != objects || !slices.Equal(p.everyFile(), state) {
		t.Error("a dry run wrote something")
	}
	request.DryRun = false
	done, _ := p.extract(request, files)
	if said, is := asJSON(t, report), asJSON(t, done); said != is {
		t.Errorf("a dry run said\n%s\nand the run\n%s", said, is)
	}
}

func (f *fixture) everyFile() []string {
	f.t.Helper()
	var all []string
	err := filepath.WalkDir(filepath.Join(f.Path, ".git"), func(path string, _ os.DirEntry, err error) error {
		all = append(all, path)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return all
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// A change that the base has already would vanish on the way there, and the tree
// would have something that no branch explains: such a branch stays on the pin.
func TestExtractLosesNothingOnTheBase(t *testing.T) {
	t.Parallel()
	p := newPatched(t)
	// The fix of line 20 is taken back, and line 2 is a hack.
	p.live["mod/forum/lib.php"] = text(40, map[int]string{2: "our hack"})
	report, _ := p.extract(p.request(), p.files(componentByFolder, "mod/forum/lib.php"))
	b := report.Branches[0]
	if !b.OnPin || b.Reason != "a part of it would be lost on v4.1.0, in mod/forum/lib.php" || b.Hunks != 2 {
		t.Errorf("%+v", b)
	}
	if got := p.blob(b.Name, "mod/forum/lib.php"); got != p.live["mod/forum/lib.php"] {
		t.Errorf("the branch has\n%s", got)
	}
	// Nothing but a file that came after the base is gone.
	report, _ = p.extract(p.request(), p.files(componentByFolder, "theme/old/a.php"))
	if b := report.Branches[0]; !b.OnPin || b.Reason != "nothing would be left of it on v4.1.0" {
		t.Errorf("%+v", b)
	}
}

func TestExtractOntoPin(t *testing.T) {
	t.Parallel()
	p := newPatched(t)
	p.live["course/lib.php"] = text(40, map[int]string{2: "our hack"})
	request := p.request()
	request.Onto, request.Message = job.OntoPin, "A subject of my own\n"
	report, _ := p.extract(request, p.files(componentByFolder, "course/lib.php"))
	b := report.Branches[0]
	if b.Name != "LUVLE-4.1-hack-core_course" || !b.OnPin || b.Reason != "" || p.Git("rev-parse", b.Name+"^") != p.pin {
		t.Errorf("%+v", b)
	}
	if got := p.Git("log", "-1", "--format=%s|%an", b.Name); got != "A subject of my own|Carl Committer" {
		t.Errorf("the commit: %s", got)
	}
	// Where the pin is the base, that is where it stands.
	request = p.request()
	base, err := git.ParseID(p.Git("rev-parse", "v4.1.0^{commit}"))
	if err != nil {
		t.Fatal(err)
	}
	request.Pin = base
	report, _ = p.extract(request, p.files(componentByFolder, "course/lib.php"))
	if b := report.Branches[0]; b.OnPin || b.Base.Tag != "v4.1.0" || b.Name != "LUVLE-4.1-hack-core_course-live" {
		t.Errorf("%+v", b)
	}
}
