package job_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgit/internal/job"
)

const (
	tangle    = "LUVLE-4.1-hack-mod_forum-tangle"
	newTangle = "LUVLE-4.5-hack-mod_forum-tangle"
)

// hostilePath could be taken for a pattern, an option, or the end of a line.
const hostilePath = "-mod/[a]*/wei\trd \"x\".php"

// snarl makes a branch with one commit that conflicts with upstream in every way there is.
func snarl(t *testing.T) *fixture {
	t.Helper()
	f := newFixture(t)
	write := func(files map[string]string) {
		for name, text := range files {
			f.Write(name, text)
		}
	}
	crlf := func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }
	size := "\n*.size conflict-marker-size=11\n"
	f.Git("checkout", "-q", "v4.1.0")
	write(map[string]string{
		"two.php": text(40, nil), "crlf.php": crlf(text(20, nil)), "noend.php": "a\nb\nc", "image.png": "\x89PNG\x00\x01",
		"theygo.php": text(9, nil), "wego.php": text(9, nil), "renamed.php": text(30, nil), hostilePath: text(10, nil),
		"merging.md": "Heading\n=======\n\none\n\n<<<<<<< HEAD\n=======\n>>>>>>> x\n", ".gitattributes": size, "long.size": text(5, nil),
		"run.sh": "#!/bin/sh\necho 1\n", "turned": "text\n",
	})
	f.Commit("MDL-600 core: what there was")
	f.Git("tag", "-f", "-a", "-m", "MOODLE_401", "v4.1.0")
	f.Git("checkout", "-q", "-b", tangle)
	write(map[string]string{
		"two.php": text(40, map[int]string{3: "ours at 3", 25: "ours at 25\nand more"}), "crlf.php": crlf(text(20, map[int]string{5: "ours"})),
		"noend.php": "a\nb\nours", "image.png": "\x89PNG\x00ours", "theygo.php": text(9, map[int]string{2: "ours"}), "added.php": "ours\n",
		"renamed.php": text(30, map[int]string{7: "ours"}), hostilePath: text(10, map[int]string{4: "ours"}),
		"merging.md": "Heading\n=======\n\nours\n\n<<<<<<< HEAD\n=======\n>>>>>>> x\n", "long.size": text(5, map[int]string{1: "ours"}),
	})
	f.Remove("wego.php")
	f.Commit("forum: tangle everything")
	f.Detach()

	f.Git("checkout", "-q", "v4.1.0")
	f.Git("cherry-pick", "v4.5.0^{commit}")
	write(map[string]string{"two.php": text(40, map[int]string{3: "upstream at 3"})})
	f.Commit("MDL-701 mod_forum: The third line")
	write(map[string]string{
		"two.php": text(40, map[int]string{3: "upstream at 3", 25: "upstream at 25"}), "crlf.php": crlf(text(20, map[int]string{5: "upstream"})),
		"noend.php": "a\nb\nupstream", "image.png": "\x89PNG\x00upstream", "wego.php": text(9, map[int]string{2: "upstream"}), "added.php": "upstream\n",
		hostilePath: text(10, map[int]string{4: "upstream"}), "long.size": text(5, map[int]string{1: "upstream"}),
		"merging.md": "Heading\n=======\n\nupstream\n\n<<<<<<< HEAD\n=======\n>>>>>>> x\n",
	})
	f.Remove("theygo.php")
	f.Git("mv", "renamed.php", "better.php")
	f.Write("better.php", text(30, map[int]string{7: "upstream"}))
	f.Commit("MDL-702 core: Much else")
	f.Git("tag", "-f", "-a", "-m", "MOODLE_405", "v4.5.0")
	f.Git("update-ref", "refs/remotes/upstream/main", "HEAD")
	f.Detach()
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{tangle: "conflict"})
	return f
}

func TestConflictInFull(t *testing.T) {
	t.Parallel()
	f := snarl(t)
	for name, test := range map[string]func(*testing.T, *fixture){
		"before anybody begins": conflictBeforeAnybodyBegins,
		"take everything":       takeEverythingAndContinue,
		"refused":               takeRefusesWhatItDoesNotUnderstand,
		"other styles":          conflictInOtherStyles,
		"the list":              waitingListsWhatWaits,
	} {
		t.Run(name, func(t *testing.T) { test(t, f.copy(t)) })
	}
}

func (f *fixture) conflict(path string) *job.ConflictDetail {
	f.t.Helper()
	d, err := job.ReadConflict(f.t.Context(), f.open(""), job.ConflictRequest{Branch: newTangle, Path: path})
	if err != nil {
		f.t.Fatal(err)
	}
	return d
}

func fileOf(t *testing.T, d *job.ConflictDetail, path string) *job.ConflictFile {
	t.Helper()
	i := slices.IndexFunc(d.Files, func(f job.ConflictFile) bool { return f.Raw == path })
	if i < 0 {
		t.Fatalf("%q is not among %d files", path, len(d.Files))
	}
	return &d.Files[i]
}

// shape is what a file says about its hunks: for each "base|ours|theirs", with the first lines of their places.
func shape(f *job.ConflictFile) string {
	var all []string
	for _, h := range f.Hunks {
		all = append(all, strings.Join(h.Base.Lines, "")+"|"+strings.Join(h.Ours.Lines, "")+"|"+strings.Join(h.Theirs.Lines, ""))
	}
	return strings.Join(all, " ")
}

func conflictBeforeAnybodyBegins(t *testing.T, f *fixture) {
	before := f.refs()
	var shown []*job.ConflictDetail
	d, err := job.ReadConflict(t.Context(), f.open(""), job.ConflictRequest{Branch: newTangle, Shown: func(d *job.ConflictDetail) { shown = append(shown, d) }})
	if err != nil {
		t.Fatal(err)
	}
	sides, err := job.ReadConflict(t.Context(), f.open(""), job.ConflictRequest{Branch: newTangle, Sides: true})
	if err != nil || len(shown) != 1 || asJSON(t, shown[0]) != asJSON(t, sides) {
		t.Errorf("shown before the rest: %+v, the sides alone: %+v (%v)", shown, sides, err)
	}
	if f.refs() != before {
		t.Error("reading moved a ref")
	}
	if d.Standing != job.StandingNone || d.Stop == nil || d.Stop.Of != 1 || d.Commit.Subject != "forum: tangle everything" {
		t.Errorf("stop: %+v, commit %+v", d.Stop, d.Commit)
	}
	if d.Ours != (job.ConflictSide{Word: "upstream", Name: "v4.5.0"}) || d.Theirs != (job.ConflictSide{Word: "branch", Name: tangle}) {
		t.Errorf("sides: %+v %+v", d.Ours, d.Theirs)
	}
	for _, c := range []struct{ path, kind, shape, mdl string }{
		{"two.php", "CONFLICT (contents)", "line 3\n|upstream at 3\n|ours at 3\n line 25\n|upstream at 25\n|ours at 25\nand more\n", "MDL-702 MDL-701"},
		{"crlf.php", "CONFLICT (contents)", "line 5\r\n|upstream\r\n|ours\r\n", "MDL-702"},
		{"noend.php", "CONFLICT (contents)", "c\n|upstream\n|ours\n", "MDL-702"},
		{"image.png", "CONFLICT (binary)", "", "MDL-702"},
		{"theygo.php", "CONFLICT (modify/delete)", "", "MDL-702"},
		{"wego.php", "CONFLICT (modify/delete)", "", "MDL-702"},
		{"added.php", "CONFLICT (contents)", "|upstream\n|ours\n", "MDL-702"},
		{"better.php", "CONFLICT (contents)", "line 7\n|upstream\n|ours\n", "MDL-702"},
		{hostilePath, "CONFLICT (contents)", "line 4\n|upstream\n|ours\n", "MDL-702"},
		{"merging.md", "CONFLICT (contents)", "one\n|upstream\n|ours\n", "MDL-702"},
		{"long.size", "CONFLICT (contents)", "line 1\n|upstream\n|ours\n", "MDL-702"},
	} {
		file := fileOf(t, d, c.path)
		var mdl []string
		for _, u := range file.Upstream {
			mdl = append(mdl, u.MDL)
			if u.Release != "v4.5.0" || u.Author != "Ann Author" {
				t.Errorf("%s: %+v", c.path, u)
			}
		}
		slices.Sort(mdl)
		slices.Reverse(mdl)
		if file.Kind != c.kind || shape(file) != c.shape || strings.Join(mdl, " ") != c.mdl || file.State != job.FileOpen {
			t.Errorf("%q: %s %s\n%q %v, want\n%s %s %q", c.path, file.Kind, file.State, shape(file), mdl, c.kind, c.mdl, c.shape)
		}
	}
	if len(d.Files) != 11 {
		t.Errorf("%d files", len(d.Files))
	}
	two := fileOf(t, d, "two.php")
	if u := two.Hunks[0].Upstream; len(u) != 1 || u[0].MDL != "MDL-701" {
		t.Errorf("who changed line 3: %+v", u)
	}
	if h := two.Hunks[1]; h.Base.Start != 26 || h.Ours.Start != 26 || h.Theirs.Start != 26 || h.Number != 2 {
		t.Errorf("hunk 2: %+v", h)
	}
	if diff := fileOf(t, d, "theygo.php").Diff; !strings.Contains(diff, "-line 2\n+ours\n") || !strings.HasPrefix(diff, "@@ ") {
		t.Errorf("what ours did to a file that is gone:\n%s", diff)
	}
	if _, err := json.Marshal(d); err != nil {
		t.Error(err)
	}
	if one := f.conflict("two.php"); len(one.Files) != 1 {
		t.Errorf("one file: %d", len(one.Files))
	}
	if _, err := job.ReadConflict(t.Context(), f.open(""), job.ConflictRequest{Branch: newTangle, Path: "lib.php"}); !isUsage(err) {
		t.Errorf("a file that is not in conflict: %v", err)
	}
	if _, err := job.ReadConflict(t.Context(), f.open(""), job.ConflictRequest{Branch: "LUVLE-4.1-hack-core-none"}); !isUsage(err) {
		t.Errorf("no such branch: %v", err)
	}
	if _, err := job.Take(t.Context(), f.open(""), job.TakeRequest{Branch: newTangle, Path: "two.php", Side: "branch"}, false); !isUsage(err) {
		t.Errorf("taken without a worktree: %v", err)
	}
}

// take takes a side in the worktree.
func (f *fixture) take(path string, n int, side string) *job.TakeReport {
	f.t.Helper()
	r, err := job.Take(f.t.Context(), f.open(""), job.TakeRequest{Branch: newTangle, Path: path, Hunk: n, Side: side}, false)
	if err != nil {
		f.t.Fatalf("take %s of hunk %d of %s: %v", side, n, path, err)
	}
	return r
}

func (f *fixture) inBench(name string) string {
	f.t.Helper()
	data, err := os.ReadFile(filepath.Join(f.Path, ".git", "mgit", "worktrees", newTangle, name))
	if err != nil {
		f.t.Fatal(err)
	}
	return string(data)
}

// One conflict of every kind, settled file by file, gives the branch that git gives.
func takeEverythingAndContinue(t *testing.T, f *fixture) {
	_, w := f.resolve(tangle)
	if d := f.conflict("two.php"); d.Worktree == "" || d.Standing != job.StandingStopped || d.Files[0].Hunks[0].Line != 4 {
		t.Fatalf("in the worktree: %+v", d)
	}
	git := f.inBench("two.php")

	// A dry run writes nothing.
	r, err := job.Take(t.Context(), f.open(""), job.TakeRequest{Branch: newTangle, Path: "two.php", Side: "branch"}, true)
	if err != nil || !r.Staged || f.inBench("two.php") != git {
		t.Errorf("dry run: %+v, %v", r, err)
	}
	if r := f.take("two.php", 2, "branch"); r.Open != 1 || r.Staged || r.Hunks != 2 || len(r.Left) != 11 {
		t.Errorf("one of two: %+v", r)
	}
	d := f.conflict("two.php")
	if h := d.Files[0].Hunks; h[0].State != "open" || h[1].State != "theirs" || d.Side(h[1].State) != "branch" || h[1].Number != 2 {
		t.Errorf("hunks: %+v", h)
	}
	if r := f.take("two.php", 1, "both"); r.Open != 0 || !r.Staged {
		t.Errorf("both: %+v", r)
	}
	if got, want := f.inBench("two.php"), text(40, map[int]string{3: "upstream at 3\nours at 3", 25: "ours at 25\nand more"}); got != want {
		t.Errorf("two.php:\n%s", got)
	}
	// Another side can be taken in its place, and all can be taken back.
	f.take("two.php", 1, "base")
	if got, want := f.inBench("two.php"), text(40, map[int]string{25: "ours at 25\nand more"}); got != want {
		t.Errorf("two.php:\n%s", got)
	}
	f.take("two.php", 0, "")
	if got := w.Git("diff", "--name-only", "--diff-filter=U", "two.php"); got != "two.php" || strings.Count(f.inBench("two.php"), "<<<<<<<") != 2 {
		t.Errorf("taken back: %q\n%s", got, f.inBench("two.php"))
	}
	f.take("two.php", 0, "upstream")

	for _, c := range []struct{ path, side, want string }{
		{"crlf.php", "branch", strings.ReplaceAll(text(20, map[int]string{5: "ours"}), "\n", "\r\n")},
		{"noend.php", "branch", "a\nb\nours"},
		{"image.png", "upstream", "\x89PNG\x00upstream"},
		{"theygo.php", "branch", text(9, map[int]string{2: "ours"})},
		{"added.php", "both", "upstream\nours\n"},
		{"better.php", "branch", text(30, map[int]string{7: "ours"})},
		{hostilePath, "branch", text(10, map[int]string{4: "ours"})},
		{"merging.md", "branch", "Heading\n=======\n\nours\n\n<<<<<<< HEAD\n=======\n>>>>>>> x\n"},
		{"long.size", "upstream", text(5, map[int]string{1: "upstream"})},
	} {
		if r := f.take(c.path, 0, c.side); !r.Staged || r.Gone {
			t.Errorf("%q: %+v", c.path, r)
		}
		if got := f.inBench(c.path); got != c.want {
			t.Errorf("%q:\n%q, want\n%q", c.path, got, c.want)
		}
	}
	if r := f.take("wego.php", 0, "branch"); !r.Gone || len(r.Left) != 0 {
		t.Errorf("removed by ours: %+v", r)
	}
	f.take("wego.php", 0, "")
	if got := w.Git("ls-files", "-u", "--format=%(stage)", "wego.php"); got != "1\n2" {
		t.Errorf("taken back: stages %q", got)
	}
	f.take("wego.php", 0, "branch")
	if got := w.Git("ls-files", "-u"); got != "" {
		t.Errorf("in conflict still: %s", got)
	}
	b := f.proceed()
	f.arrived(b, "forum: tangle everything", job.Account{In: 1, Kept: 1})
	for path, want := range map[string]string{"noend.php": "a\nb\nours", "two.php": strings.TrimSpace(text(40, map[int]string{3: "upstream at 3", 25: "upstream at 25"}))} {
		if got := f.Git("show", newTangle+":"+path); got != want {
			t.Errorf("%s on the new branch: %q", path, got)
		}
	}
	if _, err := f.TryGit("show", newTangle+":wego.php"); err == nil {
		t.Error("wego.php is on the new branch")
	}
}

func takeRefusesWhatItDoesNotUnderstand(t *testing.T, f *fixture) {
	_, w := f.resolve(tangle)
	take := func(r job.TakeRequest) error {
		r.Branch = newTangle
		_, err := job.Take(t.Context(), f.open(""), r, false)
		return err
	}
	for name, r := range map[string]job.TakeRequest{
		"no such side":      {Path: "two.php", Side: "ours"},
		"no such hunk":      {Path: "two.php", Hunk: 3, Side: "branch"},
		"no such file":      {Path: "lib.php", Side: "branch"},
		"both of a picture": {Path: "image.png", Side: "both"},
		"a hunk as a whole": {Path: "two.php", Hunk: 1, Side: "branch", Whole: true},
		"one hunk back":     {Path: "two.php", Hunk: 1},
	} {
		if err := take(r); !isUsage(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := take(job.TakeRequest{Path: "two.php", Hunk: 1, Side: "branch", Seen: []string{"something else\n"}}); !isRefusal(err, "edited") {
		t.Errorf("what somebody saw before: %v", err)
	}
	byHand := strings.Replace(f.inBench("two.php"), "ours at 3\n", "ours at 3, and more\n", 1)
	w.Write("two.php", byHand)
	if err := take(job.TakeRequest{Path: "two.php", Hunk: 1, Side: "branch"}); !isRefusal(err, "edited") {
		t.Errorf("changed by hand: %v", err)
	}
	if r := f.take("two.php", 2, "branch"); r.Staged || r.Edited != 1 {
		t.Errorf("beside one that was changed: %+v", r)
	}
	if got := f.inBench("two.php"); !strings.Contains(got, "ours at 3, and more\n>>>>>>>") || strings.Contains(got, "upstream at 25") {
		t.Errorf("two.php:\n%s", got)
	}
	// What leads out of the worktree is not followed.
	outside := filepath.Join(t.TempDir(), "outside.php")
	if err := os.WriteFile(outside, []byte(f.inBench("crlf.php")), 0o666); err != nil {
		t.Fatal(err)
	}
	inside := filepath.Join(f.Path, ".git", "mgit", "worktrees", newTangle, "crlf.php")
	if err := os.Remove(inside); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, inside); err != nil {
		t.Fatal(err)
	}
	if err := take(job.TakeRequest{Path: "crlf.php", Side: "branch"}); err == nil {
		t.Error("a link was followed")
	}
}

// Whatever conflict style the clone has, hunks are those that git writes into the file.
func conflictInOtherStyles(t *testing.T, f *fixture) {
	f.Git("config", "merge.conflictStyle", "diff3")
	f.resolve(tangle)
	if !strings.Contains(f.inBench("two.php"), "|||||||") {
		t.Fatalf("no base:\n%s", f.inBench("two.php"))
	}
	if h := f.conflict("two.php").Files[0].Hunks; len(h) != 2 || h[0].State != "open" || h[1].State != "open" {
		t.Errorf("%+v", h)
	}
	f.take("two.php", 0, "base")
	if got := f.inBench("two.php"); got != text(40, nil) {
		t.Errorf("the base:\n%s", got)
	}
}

func waitingListsWhatWaits(t *testing.T, f *fixture) {
	list := func() job.WaitingBranch {
		r, err := job.Waiting(t.Context(), f.open(""), job.WaitingRequest{Targets: true})
		if err != nil || len(r.Branches) != 1 {
			t.Fatalf("%+v, %v", r, err)
		}
		return r.Branches[0]
	}
	if b := list(); b.NewName != newTangle || len(b.Paths) != 11 || b.Standing != job.StandingNone || b.Waiting != 1 {
		t.Errorf("%+v", b)
	}
	f.resolve(tangle)
	if b := list(); b.Standing != job.StandingStopped || b.Worktree == "" {
		t.Errorf("%+v", b)
	}
}

func isRefusal(err error, id string) bool {
	var refusal *job.Refusal
	return errors.As(err, &refusal) && refusal.ID == id
}
