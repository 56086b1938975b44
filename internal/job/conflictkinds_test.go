package job_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

const (
	knot    = "LUVLE-4.1-hack-mod_forum-knot"
	newKnot = "LUVLE-4.5-hack-mod_forum-knot"
)

// odd is a path with all that a path may have.
const odd = "a b/new\nline \xff.php"

// knotted makes a branch with one commit that conflicts in the ways that are not lines.
func knotted(t *testing.T) *fixture {
	t.Helper()
	f := newFixture(t)
	link := func(name, to string) {
		path := filepath.Join(f.Path, name)
		_ = os.Remove(path)
		if err := os.Symlink(to, path); err != nil {
			t.Fatal(err)
		}
	}
	module := func(id string) {
		f.Git("update-index", "--add", "--cacheinfo", "160000,"+strings.Repeat(id, 40)+",sub")
	}
	// commit keeps the submodule, of which there is no repository.
	commit := func(id, message string) {
		f.Git("add", "-A")
		module(id)
		f.Git("commit", "-q", "-m", message)
	}
	utf16 := func(text string) string {
		out := "\xff\xfe"
		for _, c := range text {
			out += string([]byte{byte(c), 0})
		}
		return out
	}
	f.Git("config", "filter.loud.clean", "tee -a '"+f.Path+"/../loud'")
	f.Git("config", "filter.loud.smudge", "tee -a '"+f.Path+"/../loud'")
	f.Git("config", "merge.mine.driver", "touch '"+f.Path+"/../driven'; exit 1")
	f.Git("checkout", "-q", "v4.1.0")
	f.Write(".gitattributes", "*.u16 text working-tree-encoding=UTF-16LE-BOM\n*.win text eol=crlf\n*.raw -text\n*.loud filter=loud\n*.drv merge=mine\n")
	f.Write("wide.u16", utf16(text(8, nil)))
	f.Write("w.win", text(8, nil))
	f.Write("r.raw", text(4, nil)+"x\r\ny\n")
	f.Write("l.loud", text(8, nil))
	f.Write("d.drv", text(8, nil))
	f.Write(odd, text(8, nil))
	f.Write("run.sh", "#!/bin/sh\n"+text(8, nil))
	f.Write("rr.php", text(30, nil))
	f.Write("rd.php", "renamed or deleted\n"+text(30, nil))
	f.Write("df", "a file\n")
	link("link", "one")
	commit("1", "MDL-600 core: what there was")
	f.Git("tag", "-f", "-a", "-m", "MOODLE_401", "v4.1.0")
	f.Git("checkout", "-q", "-b", knot)
	change := func(who string) {
		one := map[int]string{4: who}
		f.Write("wide.u16", utf16(text(8, one)))
		f.Write("w.win", text(8, one))
		f.Write("r.raw", text(4, nil)+who+"\r\ny\n")
		f.Write("l.loud", text(8, one))
		f.Write("d.drv", text(8, one))
		f.Write(odd, text(8, one))
		f.Write("run.sh", "#!/bin/sh\n"+text(8, one))
		f.Write("both add.php", who+"\n")
		link("link", who)
		link("twolinks", who)
	}
	change("ours")
	f.Git("mv", "rr.php", "rr-ours.php")
	f.Git("mv", "rd.php", "rd-ours.php")
	f.Remove("df")
	f.Write("df/inside.php", "ours\n")
	commit("2", "forum: a knot")
	f.Git("checkout", "-q", "--detach")

	f.Git("checkout", "-q", "-f", "v4.1.0")
	f.Git("cherry-pick", "v4.5.0^{commit}")
	change("upstream")
	if err := os.Chmod(filepath.Join(f.Path, "run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	f.Git("mv", "rr.php", "rr-upstream.php")
	f.Remove("rd.php")
	f.Write("df", "upstream's file\n")
	commit("3", "MDL-702 core: Another knot")
	f.Git("tag", "-f", "-a", "-m", "MOODLE_405", "v4.5.0")
	f.Git("update-ref", "refs/remotes/upstream/main", "HEAD")
	f.Git("checkout", "-q", "--detach")
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{knot: "conflict"})
	return f
}

// Files are taken as either side has them, taken back, and taken again: what is staged is what git has at that
// stage, and the stages are those that git has made. What goes on from there is the branch that git makes.
func TestConflictsOfEveryOtherKind(t *testing.T) {
	t.Parallel()
	f := knotted(t)
	f.resolve(knot)
	loud := func() string {
		data, _ := os.ReadFile(f.Path + "/../loud")
		return string(data)
	}
	filtered := loud()
	d, err := job.ReadConflict(t.Context(), f.open(""), job.ConflictRequest{Branch: knot})
	if err != nil {
		t.Fatal(err)
	}
	if loud() != filtered {
		t.Error("looking ran a filter")
	}
	w := gittest.At(t, d.Worktree)
	stages := w.Git("ls-files", "-u", "-z")
	at := make(map[string]map[string]string) // by path and stage
	for entry := range strings.SplitSeq(strings.Trim(stages, "\x00"), "\x00") {
		head, path, _ := strings.Cut(entry, "\t")
		fields := strings.Fields(head)
		if at[path] == nil {
			at[path] = make(map[string]string)
		}
		at[path][fields[2]] = fields[0] + " " + fields[1]
	}
	if len(d.Files) != len(at) || len(at) != 16 {
		t.Errorf("%d files, git has %d:\n%q", len(d.Files), len(at), stages)
	}
	take := func(path, side string) error {
		_, err := job.Take(t.Context(), f.open(""), job.TakeRequest{Branch: knot, Path: path, Side: side}, false)
		return err
	}
	for _, c := range d.Files {
		asGitHas := func(stage string, b *job.ConflictBlob) {
			got := ""
			if b != nil {
				got = b.Mode + " " + b.ID.String()
			}
			if got != at[c.Raw][stage] {
				t.Errorf("%q: stage %s is %q, git has %q", c.Raw, stage, got, at[c.Raw][stage])
			}
		}
		asGitHas("1", c.Base)
		asGitHas("2", c.Ours)
		asGitHas("3", c.Theirs)
		for _, h := range c.Hunks {
			if h.State != "open" || len(h.Ours.Lines) != 1 || len(h.Theirs.Lines) != 1 || h.Line == 0 {
				t.Errorf("%q: %+v", c.Raw, h)
			}
		}
	}
	sides := map[string]string{"upstream": "2", "branch": "3"}
	for _, side := range []string{"upstream", "", "branch"} {
		for _, c := range d.Files {
			err := take(c.Raw, side)
			if c.Raw == "df~HEAD" && side != "branch" {
				if !isUsage(err) {
					t.Errorf("%s of a file that has no place: %v", side, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%q of %q: %v", side, c.Raw, err)
				continue
			}
			if side == "" {
				continue
			}
			got, want := w.Git("--literal-pathspecs", "ls-files", "--format=%(objectmode) %(objectname)", "--", c.Raw), at[c.Raw][sides[side]]
			if c.Raw == "run.sh" {
				want = "100755" + want[6:] // the merge of the modes
			}
			if c.Raw == "wide.u16" && len(got) > 6 && len(want) > 6 {
				got, want = w.Git("cat-file", "-p", got[7:]), w.Git("cat-file", "-p", want[7:])
			}
			if got != want {
				t.Errorf("%s of %q: %q, want %q", side, c.Raw, got, want)
			}
			if text := w.Git("--literal-pathspecs", "diff", "--ignore-submodules", "--name-only", "--", c.Raw); text != "" {
				t.Errorf("%s of %q: the worktree has something else", side, c.Raw)
			}
		}
		if side == "" {
			if got := w.Git("ls-files", "-u", "-z"); got != stages {
				t.Errorf("taken back:\n%q, git had\n%q", got, stages)
			}
			back, err := job.ReadConflict(t.Context(), f.open(""), job.ConflictRequest{Branch: knot, Sides: true})
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range back.Files {
				if c.State != job.FileOpen || strings.Contains(shape(&c), "edited") || c.Open() != 1 {
					t.Errorf("taken back: %q %+v", c.Raw, c)
				}
			}
		}
	}
	if got := w.Git("ls-files", "-u"); got != "" {
		t.Errorf("in conflict still: %s", got)
	}
	if data, err := os.ReadFile(filepath.Join(d.Worktree, "w.win")); err != nil || strings.Count(string(data), "\r\n") != 8 {
		t.Errorf("w.win: %q, %v", data, err)
	}
	f.arrived(f.proceed(), "forum: a knot", job.Account{In: 1, Kept: 1})
	for path, c := range at {
		got, _ := f.TryGit("--literal-pathspecs", "ls-tree", "-z", "--format=%(objectname)", newKnot, path)
		if want := c["3"]; strings.Trim(got, "\x00") != want[min(len(want), 7):] {
			t.Errorf("%q on the new branch: %q, want %q", path, got, want)
		}
	}
}

// What a person has written into a file is not lost by a key: the file is taken back or taken as a whole only
// when that is agreed to.
func TestWhatWasWrittenByHandIsNotTakenBack(t *testing.T) {
	t.Parallel()
	f := snarl(t)
	_, w := f.resolve(tangle)
	w.Write("two.php", strings.Replace(f.inBench("two.php"), "line 10\n", "line 10, by hand\n", 1))
	w.Write("theygo.php", "by hand\n")
	w.Write("image.png", "\x89PNG\x00by hand")
	for _, path := range []string{"two.php", "theygo.php", "image.png"} {
		before := f.inBench(path)
		for _, r := range []job.TakeRequest{{}, {Side: "branch", Whole: true}} {
			r.Branch, r.Path = tangle, path
			if _, err := job.Take(t.Context(), f.open(""), r, false); !isRefusal(err, "edited") || f.inBench(path) != before {
				t.Errorf("%s %+v: %v", path, r, err)
			}
			r.Overwrite = true
			if _, err := job.Take(t.Context(), f.open(""), r, true); err != nil || f.inBench(path) != before {
				t.Errorf("%s, dry: %v", path, err)
			}
		}
		if _, err := job.Take(t.Context(), f.open(""), job.TakeRequest{Branch: tangle, Path: path, Overwrite: true}, false); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if got := f.inBench(path); strings.Contains(got, "by hand") {
			t.Errorf("%s:\n%s", path, got)
		}
	}
	for _, h := range f.conflict("two.php").Files[0].Hunks {
		if h.State != "open" {
			t.Errorf("taken back: %+v", h)
		}
	}
}
