package corehack

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/live"
	"mgit/internal/moodle"
	"mgit/internal/upstream"
)

// world is an upstream with a pin.
type world struct {
	repo     *git.Repo
	built    *gittest.Repo
	index    *upstream.Index
	pin      upstream.Commit
	layout   *moodle.Layout
	pristine []File
	files    map[string][]byte // of the pin
}

// newWorld reads what was built; the pin is a commit of any branch.
func newWorld(t testing.TB, built *gittest.Repo, pin string) *world {
	t.Helper()
	repo, err := git.Open(t.Context(), built.Path, git.Options{Env: built.Env()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = repo.Close() })
	w := &world{repo: repo, built: built, files: make(map[string][]byte)}
	var tips []git.ID
	for _, line := range strings.Split(built.Git("for-each-ref", "--format=%(objectname)", "refs/heads"), "\n") {
		tips = append(tips, parseID(t, line))
	}
	if w.index, err = upstream.Open(t.Context(), repo, upstream.Request{Tips: tips}); err != nil {
		t.Fatal(err)
	}
	w.setPin(t, pin)
	return w
}

func (w *world) setPin(t testing.TB, rev string) {
	t.Helper()
	var ok bool
	if w.pin, ok = w.index.Find(parseID(t, w.built.Git("rev-parse", rev+"^{commit}"))); !ok {
		t.Fatalf("%s is not in the index", rev)
	}
	w.pristine, w.files = nil, make(map[string][]byte)
	shown := make(fstest.MapFS)
	for entry := range strings.SplitSeq(strings.TrimSuffix(w.built.Git("ls-tree", "-r", "-z", rev), "\x00"), "\x00") {
		head, path, _ := strings.Cut(entry, "\t")
		fields := strings.Fields(head)
		f := File{Path: path, ID: parseID(t, fields[2])}
		if _, err := fmt.Sscanf(fields[0], "%o", &f.Mode); err != nil {
			t.Fatal(err)
		}
		w.pristine = append(w.pristine, f)
		data, err := w.repo.Store().Blob(t.Context(), f.ID)
		if err != nil {
			t.Fatal(err)
		}
		w.files[path] = data
		shown[path] = &fstest.MapFile{Data: data}
	}
	var err error
	if w.layout, err = moodle.ReadLayout(shown); err != nil {
		t.Fatal(err)
	}
}

func parseID(t testing.TB, s string) git.ID {
	t.Helper()
	id, err := git.ParseID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// site is a live tree.
type site struct {
	t testing.TB
	w *world
	// Dir is its root.
	dir string
}

// site makes a live tree that is the pin's.
func (w *world) site(t testing.TB) *site {
	t.Helper()
	s := &site{t, w, t.TempDir()}
	for _, f := range w.pristine {
		if f.Mode == git.ModeLink {
			s.link(f.Path, string(w.files[f.Path]))
			continue
		}
		s.write(f.Path, string(w.files[f.Path]))
		if f.Mode == git.ModeExec {
			s.chmod(f.Path, 0o755)
		}
	}
	return s
}

func (s *site) path(path string) string { return filepath.Join(s.dir, filepath.FromSlash(path)) }

func (s *site) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) write(path, text string) {
	s.t.Helper()
	s.check(os.MkdirAll(filepath.Dir(s.path(path)), 0o777))
	s.check(os.WriteFile(s.path(path), []byte(text), 0o666))
}

func (s *site) append(path, text string) {
	s.t.Helper()
	s.write(path, string(s.w.files[path])+text)
}

func (s *site) remove(path string) {
	s.t.Helper()
	s.check(os.RemoveAll(s.path(path)))
}

func (s *site) chmod(path string, mode os.FileMode) {
	s.t.Helper()
	s.check(os.Chmod(s.path(path), mode))
}

func (s *site) link(path, target string) {
	s.t.Helper()
	s.check(os.MkdirAll(filepath.Dir(s.path(path)), 0o777))
	s.check(os.Symlink(target, s.path(path)))
}

// clone makes a repository of a folder, as `git clone` leaves it.
func (s *site) clone(dir string) {
	s.t.Helper()
	s.write(dir+"/.git/HEAD", "ref: refs/heads/main\n")
	s.write(dir+"/.git/config", "[core]\n\tbare = false\n[remote \"origin\"]\n\turl = https://example.org/x.git\n")
	s.check(os.MkdirAll(s.path(dir+"/.git/refs/heads"), 0o777))
	s.check(os.MkdirAll(s.path(dir+"/.git/objects"), 0o777))
}

// scan lists and hashes the tree as a report does.
func (s *site) scan() *live.Tree {
	s.t.Helper()
	tree, err := live.Scan(s.t.Context(), s.dir, live.Options{})
	s.check(err)
	s.check(tree.Hash(s.t.Context(), wanted(s.w.pristine, s.w.index), live.HashOptions{}))
	return tree
}

// wanted are the files that must be hashed.
func wanted(pristine []File, index History) func(live.File) bool {
	paths := make(map[string]bool, len(pristine))
	for _, f := range pristine {
		paths[f.Path] = true
	}
	return func(f live.File) bool { return paths[f.Path] || index.HasPath(f.Path) }
}

// liveTree is a live tree as a [Tree].
type liveTree struct{ *live.Tree }

func (t liveTree) Files() []live.File              { return t.Tree.Files }
func (t liveTree) Repositories() []live.Repository { return t.Tree.Repositories }
func (t liveTree) Unread() []live.Unread           { return t.Tree.Unread }

func (w *world) request(tree Tree) Request {
	return Request{
		Pristine: w.pristine, Layout: w.layout, Index: w.index, Pin: w.pin, Tree: tree,
		Blob: func(ctx context.Context, id git.ID) ([]byte, error) { return w.repo.Store().Blob(ctx, id) },
	}
}

func (s *site) compare(change ...func(*Request)) *Result {
	s.t.Helper()
	req := s.w.request(liveTree{s.scan()})
	for _, f := range change {
		f(&req)
	}
	result, err := Compare(s.t.Context(), req)
	s.check(err)
	checkCounts(s.t, req, result)
	return result
}

// checkCounts checks what holds for every result: each file of the pin is
// identical, in a finding or unread, and each class is counted.
func checkCounts(t testing.TB, req Request, r *Result) {
	t.Helper()
	count := make(map[Class]int)
	for _, f := range r.Findings {
		count[f.Class]++
		if f.Files < 1 || f.Component.Type == "" || f.Folder == (f.Files == 1 && f.Evidence == "") && f.Folder {
			t.Errorf("finding %+v", f)
		}
	}
	got := Counts{
		CoreFiles: r.Counts.CoreFiles, Identical: r.Counts.Identical, PluginFiles: r.Counts.PluginFiles, ExpectedFiles: r.Counts.ExpectedFiles,
		Unread:   r.Counts.Unread,
		Modified: count[Modified], Missing: count[Missing], Unknown: count[Unknown], Stale: count[Stale], Backport: count[Backport],
		Whitespace: count[Whitespace], Mode: count[Mode], Foreign: count[Foreign],
	}
	if got != r.Counts {
		t.Errorf("counts are %+v, findings say %+v", r.Counts, got)
	}
	if !slices.IsSortedFunc(r.Findings, func(a, b Finding) int { return strings.Compare(a.Path, b.Path) }) {
		t.Error("the findings are not in order")
	}
	checkLossless(t, req, r)
}

// checkLossless checks that no file of either tree is lost.
func checkLossless(t testing.TB, req Request, r *Result) {
	t.Helper()
	found := make(map[string]bool) // a finding, or something unread
	extra, pinned := 0, make(map[string]bool)
	for _, p := range req.Pristine {
		pinned[p.Path] = p.Mode != git.ModeGitlink
	}
	folded := 0
	for _, f := range r.Findings {
		found[f.Path] = true
		switch {
		case f.Folder && f.Class != Missing:
			folded += f.Files
		case !f.Folder && !pinned[f.Path]:
			extra++
		}
	}
	unread := make(map[string]bool)
	for _, u := range r.Unread {
		unread[u.Path] = true
	}
	listed := make(map[string]live.File)
	all := 0
	for _, f := range req.Tree.Files() {
		listed[f.Path] = f
		if !pinned[f.Path] {
			all++
		}
	}
	if got := extra + folded + r.Counts.PluginFiles + r.Counts.ExpectedFiles; got != all {
		t.Errorf("of %d files beside the pin's %d are accounted for", all, got)
	}
	for _, p := range req.Pristine {
		f, there := listed[p.Path]
		if !pinned[p.Path] || there && f.ID == p.ID && f.Mode == p.Mode || p.Path == ".gitignore" {
			continue
		}
		if !isCovered(p.Path, found) && !isCovered(p.Path, unread) {
			t.Errorf("%s is lost", p.Path)
		}
	}
}

func isCovered(path string, by map[string]bool) bool {
	for ; path != ""; path, _ = cutPath(path) {
		if by[path] {
			return true
		}
	}
	return by[""]
}

// tell is a finding on a line.
func (w *world) tell(f Finding) string {
	line := string(f.Class) + " " + f.Path
	if f.Folder {
		line += fmt.Sprintf("/ (%d)", f.Files)
	}
	line += " " + f.Component.String()
	if f.Code {
		line += " code"
	}
	if f.Secret {
		line += " secret"
	}
	if f.Origin != upstream.None {
		line += " from:" + w.subject(f.Origin)
	}
	if f.Removal != upstream.None {
		line += " gone:" + w.subject(f.Removal)
	}
	if f.Evidence != "" {
		line += " | " + f.Evidence
	}
	return line
}

func (w *world) subject(c upstream.Commit) string {
	return w.built.Git("log", "-1", "--format=%s", w.index.ID(c).String())
}

func (w *world) lines(r *Result) []string {
	lines := make([]string, 0, len(r.Findings))
	for _, f := range r.Findings {
		lines = append(lines, w.tell(f))
	}
	return lines
}

// mapTree is a tree in memory, for what a file system cannot show or not soon
// enough.
type mapTree struct {
	files        []live.File
	data         map[string]string
	fail         map[string]error
	repositories []live.Repository
	unread       []live.Unread
}

func (m *mapTree) Files() []live.File              { return m.files }
func (m *mapTree) Repositories() []live.Repository { return m.repositories }
func (m *mapTree) Unread() []live.Unread           { return m.unread }

func (m *mapTree) Read(path string, limit int64) ([]byte, error) {
	if err := m.fail[path]; err != nil {
		return nil, err
	}
	data, ok := m.data[path]
	if !ok {
		return nil, fs.ErrNotExist
	}
	if int64(len(data)) > limit {
		return nil, live.ErrTooBig
	}
	return []byte(data), nil
}

func failingBlob(context.Context, git.ID) ([]byte, error) { return nil, git.ErrNotFound }
