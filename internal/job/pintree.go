package job

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mgit/internal/git"
	"mgit/internal/live"
	"mgit/internal/remote"
)

// treeOptions say how to read a tree.
type treeOptions struct {
	NoCache  bool // read every file, whatever is remembered of it
	Jobs     int  // 0: one for each CPU
	Progress func(live.Progress)
	Ahead    *Ahead
	// Opened is told the tree when it is listed, before it is hashed. It must not
	// take long.
	Opened func(*openedTree)
}

// openedTree is a tree that somebody wants to know something about: a folder, or
// what a commit holds. It lives for one operation.
type openedTree struct {
	Name  string // an absolute path, or the ref as it was typed
	IsRef bool
	// CommitID is the commit of a ref, and what is checked out in a folder that is
	// a work tree; zero when that is not known.
	CommitID git.ID
	Warnings []Warning

	options treeOptions
	live    *live.Tree // of a folder
	cache   *live.Cache
	ref     *refTree // of a ref
}

// openTree opens the tree that arg means: the work tree of this clone for "";
// else a path, as seen from the folder the site was opened in; else a ref. It
// lists the files of a folder and hashes nothing. The error is a *UsageError
// when arg means nothing that can be looked at.
func (s *Site) openTree(ctx context.Context, arg string, options treeOptions) (*openedTree, error) {
	options.Jobs = cmp.Or(options.Jobs, s.Config.Jobs)
	if arg == "" {
		root := s.Repo.WorkTree()
		if root == "" {
			return nil, &UsageError{Text: "this clone has no work tree", Hint: "name a folder, a branch or a tag"}
		}
		return s.openFolder(ctx, root, options)
	}
	path := arg
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.Repo.Dir(), path)
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		t, err := s.openFolder(ctx, path, options)
		if err == nil && s.hasRef(arg) {
			t.warn("path-and-ref", fmt.Sprintf("%s is a folder and a ref; the folder is read (refs/heads/%s or refs/tags/%s would name the ref)", ShowPath(arg), ShowPath(arg), ShowPath(arg)))
		}
		return t, err
	case err == nil:
		hint := "name the folder that Moodle is in"
		if s.hasRef(arg) {
			hint = "refs/heads/NAME or refs/tags/NAME names the ref that is called so too"
		}
		return nil, &UsageError{Text: fmt.Sprintf("%q is a file", arg), Hint: hint}
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("look at %q: %w", arg, err)
	}
	id := s.findRef(ctx, arg)
	if id == git.ZeroID {
		return nil, &UsageError{Text: fmt.Sprintf("there is neither a folder nor a branch, tag or commit %q", arg), Hint: "a path is taken from the current folder, or from that of -C"}
	}
	return s.openRef(ctx, arg, id)
}

// hasRef reports whether a branch or tag is called so.
func (s *Site) hasRef(name string) bool {
	return slices.ContainsFunc([]string{"", "refs/", "refs/heads/", "refs/tags/", "refs/remotes/"}, func(prefix string) bool {
		return s.refs.commit(prefix+name) != git.ZeroID
	})
}

// findRef is the commit that a name means to Git, or the branch that only an
// internal remote has; zero when there is none.
func (s *Site) findRef(ctx context.Context, name string) git.ID {
	if id, err := s.Repo.Resolve(ctx, name); err == nil {
		return id
	}
	r, _, _ := s.refs.present(name, s.internal)
	return r.Peeled
}

func (s *Site) openFolder(ctx context.Context, path string, options treeOptions) (*openedTree, error) {
	t := &openedTree{Name: path, options: options}
	tree, listed, err := options.Ahead.take(path)
	if !listed {
		tree, err = live.Scan(ctx, path, live.Options{Jobs: options.Jobs, Progress: options.Progress})
	}
	if err != nil {
		return nil, err
	}
	t.live = tree
	t.Name = t.live.Root
	if t.CommitID, err = s.checkedOutIn(ctx, t.live); err != nil {
		return nil, err
	}
	if options.NoCache {
		return t, nil
	}
	file := filepath.Join(s.Repo.StateDir(), "live", fmt.Sprintf("%x", sha256.Sum256([]byte(t.Name)))[:32])
	if t.cache, err = live.OpenCache(file); err != nil {
		t.warn("cache", "what is known of the files from last time cannot be read: "+err.Error())
		t.cache = nil
	}
	return t, nil
}

// checkedOutIn is the commit that is checked out in a folder, zero when it is no
// work tree or does not say. The .git of a linked worktree leads out of the
// folder, so nothing in there is believed: Git tells which worktrees this clone has.
func (s *Site) checkedOutIn(ctx context.Context, t *live.Tree) (git.ID, error) {
	i := slices.IndexFunc(t.Repositories, func(r live.Repository) bool { return r.Path == "" })
	if i < 0 {
		return git.ZeroID, nil
	}
	if own := t.Repositories[i]; own.Commit != git.ZeroID || !own.Submodule {
		return own.Commit, nil
	}
	worktrees, err := s.Repo.Worktrees(ctx)
	if err != nil {
		return git.ZeroID, err
	}
	for _, w := range worktrees {
		if real, err := filepath.EvalSymlinks(w.Path); err == nil && real == t.Root {
			return w.Head, nil
		}
	}
	return git.ZeroID, nil
}

func (s *Site) openRef(ctx context.Context, name string, id git.ID) (*openedTree, error) {
	t := &openedTree{Name: name, IsRef: true, CommitID: id, ref: &refTree{ctx: ctx, store: s.Repo.Store()}}
	if err := t.ref.list(ctx, s.Repo, id); err != nil {
		return nil, fmt.Errorf("list the files of %q: %w", name, err)
	}
	return t, nil
}

func (t *openedTree) warn(id, text string) { t.Warnings = append(t.Warnings, Warning{id, text}) }

// Files are the files of the tree, by path. Those of a folder have no id until
// they are hashed; those of a ref have no size.
func (t *openedTree) Files() []live.File {
	if t.live != nil {
		return t.live.Files
	}
	return t.ref.files
}

// File is the file at path.
func (t *openedTree) File(path string) (live.File, bool) {
	if t.live != nil {
		return t.live.File(path)
	}
	return t.ref.file(path)
}

// Hash gives the wanted files their ids. Files of a ref have theirs.
func (t *openedTree) Hash(ctx context.Context, want func(live.File) bool) error {
	if t.live == nil {
		return nil
	}
	options := live.HashOptions{Jobs: t.options.Jobs, Cache: t.cache, Progress: t.options.Progress}
	if err := t.live.Hash(ctx, want, options); err != nil {
		return err
	}
	if t.cache == nil {
		return nil
	}
	if err := t.cache.Save(); err != nil {
		t.cache = nil
		t.warn("cache", "what is known of the files cannot be kept, so the next command reads them again: "+err.Error())
	}
	return nil
}

// Read is [live.Tree.Read], for refs too.
func (t *openedTree) Read(path string, limit int64) ([]byte, error) {
	if t.live != nil {
		return t.live.Read(path, limit)
	}
	return t.ref.read(path, limit)
}

// Repositories are the tree's own, nested clones and submodules.
func (t *openedTree) Repositories() []live.Repository {
	if t.live != nil {
		return t.live.Repositories
	}
	return t.ref.repositories
}

// Changes counts the files of a repository in the tree that differ from what is
// checked out there. A ref has no such changes.
func (t *openedTree) Changes(ctx context.Context, repoPath string) (int, error) {
	if t.live == nil {
		return 0, nil
	}
	return t.live.Changes(ctx, repoPath)
}

// Unread is what could not be read.
func (t *openedTree) Unread() []live.Unread {
	if t.live != nil {
		return t.live.Unread
	}
	return nil
}

// normalised hashes files once more as they would be with LF line ends. Files
// with a zero byte are none of text; nor are those that cannot be read again.
func (t *openedTree) normalised(ctx context.Context, paths []string) (map[string]git.ID, error) {
	found := make(map[string]git.ID)
	for _, path := range paths {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		data, err := t.Read(path, mostText)
		if err != nil || bytes.IndexByte(data, 0) >= 0 || !bytes.Contains(data, []byte("\r\n")) {
			continue
		}
		found[path] = live.BlobID(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")))
	}
	return found, nil
}

// mostText is more than any text of Moodle's has.
const mostText = 16 << 20

// refTree is the tree of a commit.
type refTree struct {
	ctx          context.Context // of the one operation this value lives for
	store        *git.Store
	files        []live.File
	repositories []live.Repository
}

// list reads what the commit has, in one git process.
func (t *refTree) list(ctx context.Context, repo *git.Repo, id git.ID) error {
	out, err := repo.Cmd("ls-tree", "-r", "-z", "--full-tree", id.String()).Output(ctx)
	if err != nil {
		return err
	}
	for line := range bytes.SplitSeq(bytes.TrimSuffix(out, []byte{0}), []byte{0}) {
		if len(line) == 0 {
			continue // an empty tree
		}
		// "100644 blob <id>\t<path>"
		head, path, ok := strings.Cut(string(line), "\t")
		fields := strings.Fields(head)
		if !ok || len(fields) != 3 {
			return fmt.Errorf("git ls-tree answers %q", line)
		}
		mode, modeErr := strconv.ParseUint(fields[0], 8, 32)
		object, idErr := git.ParseID(fields[2])
		if err := errors.Join(modeErr, idErr); err != nil {
			return fmt.Errorf("git ls-tree answers %q: %w", line, err)
		}
		if git.Mode(mode) == git.ModeGitlink {
			t.repositories = append(t.repositories, live.Repository{Path: path, Submodule: true, Commit: object})
			continue
		}
		t.files = append(t.files, live.File{Path: path, Mode: liveMode(git.Mode(mode)), Size: -1, ID: object})
	}
	slices.SortFunc(t.files, func(a, b live.File) int { return strings.Compare(a.Path, b.Path) })
	return t.nameSubmodules(ctx, repo, id)
}

// liveMode is one of the three modes that files of a live tree have: old trees
// hold others.
func liveMode(m git.Mode) git.Mode {
	switch {
	case m == git.ModeLink:
		return m
	case m&0o100 != 0:
		return git.ModeExec
	}
	return git.ModeFile
}

// nameSubmodules reads where the submodules come from.
func (t *refTree) nameSubmodules(ctx context.Context, repo *git.Repo, id git.ID) error {
	if len(t.repositories) == 0 {
		return nil
	}
	out, err := repo.Cmd("config", "--blob", id.String()+":.gitmodules", "--list", "-z").Output(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		for i := range t.repositories {
			t.repositories[i].Problem = "nothing says where it comes from: .gitmodules is missing or cannot be read"
		}
		return nil
	}
	paths, urls := make(map[string]string), make(map[string]string)
	for entry := range strings.SplitSeq(string(out), "\x00") {
		key, value, _ := strings.Cut(entry, "\n")
		if name, ok := strings.CutSuffix(key, ".path"); ok {
			paths[value] = name
		}
		if name, ok := strings.CutSuffix(key, ".url"); ok {
			urls[name] = value
		}
	}
	for i, r := range t.repositories {
		t.repositories[i].Remote = remote.Redact(urls[paths[r.Path]])
	}
	return nil
}

func (t *refTree) file(path string) (live.File, bool) {
	i, ok := slices.BinarySearchFunc(t.files, path, func(f live.File, path string) int { return strings.Compare(f.Path, path) })
	if !ok {
		return live.File{}, false
	}
	return t.files[i], true
}

func (t *refTree) read(path string, limit int64) ([]byte, error) {
	f, ok := t.file(path)
	if !ok {
		return nil, fmt.Errorf("read %q: %w", path, fs.ErrNotExist)
	}
	if f.Mode == git.ModeLink {
		return nil, fmt.Errorf("read %q: %w", path, live.ErrNotRegular)
	}
	data, err := t.store.Blob(t.ctx, f.ID)
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", path, err)
	}
	if limit == 0 {
		limit = live.DefaultLimit
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("read %q: %w", path, live.ErrTooBig)
	}
	return data, nil
}
