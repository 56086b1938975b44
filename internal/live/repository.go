package live

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"mgit/internal/git"
)

const dotGit = ".git"

// Bounds of what is read of a repository to name it. Git's own files are far smaller.
const (
	maxPointer    = 64 << 10 // HEAD, a loose reference, a .git file
	maxConfig     = 1 << 20
	maxPackedRefs = 64 << 20
)

// gitEntry is a .git that was found.
type gitEntry struct {
	path    string // of the folder it is in
	kind    uint32 // as in st_mode
	problem string
}

// gitFolder is where the repository of a work tree keeps its things, by paths
// in the tree. The two differ in a linked worktree.
type gitFolder struct {
	own    string // HEAD
	common string // objects, references, config
}

// readRepositories reads what the repositories say of themselves.
func (t *Tree) readRepositories(ctx context.Context, at folder, found []gitEntry) error {
	slices.SortFunc(found, func(a, b gitEntry) int { return strings.Compare(a.path, b.path) })
	for _, entry := range found {
		if err := ctx.Err(); err != nil {
			return err
		}
		r := repositoryReader{tree: t, at: at}
		r.repo.Path = entry.path
		r.read(entry)
		r.repo.Problem = strings.Join(r.problems, "; ")
		t.Repositories = append(t.Repositories, r.repo)
	}
	return nil
}

// repositoryReader reads one repository.
type repositoryReader struct {
	tree     *Tree
	at       folder
	git      gitFolder
	repo     Repository
	problems []string
}

func (r *repositoryReader) problem(text string) { r.problems = append(r.problems, text) }

// unread says why a file of Git's was not read.
func (r *repositoryReader) unread(what string, err error) {
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENOTDIR) {
		r.problem(what + " is a link, or is reached through one: not followed")
		return
	}
	r.problem(what + " was not read: " + reason(err))
}

func (r *repositoryReader) read(entry gitEntry) {
	r.repo.Submodule = entry.kind == unix.S_IFREG
	switch {
	case entry.problem != "":
		r.problem(entry.problem)
		return
	case entry.kind == unix.S_IFDIR:
		r.git.own = join(entry.path, dotGit)
	case entry.kind == unix.S_IFREG:
		if !r.pointed(entry.path) {
			return
		}
	case entry.kind == unix.S_IFLNK:
		r.problem("its .git is a link: not followed")
		return
	default:
		r.problem("its .git is " + kindError(entry.kind).Error())
		return
	}
	if !r.commonFolder() {
		return
	}
	r.tree.gits[entry.path] = r.git
	r.config()
	r.head()
}

// pointed reads a .git file, "gitdir: PATH".
func (r *repositoryReader) pointed(dir string) bool {
	data, err := r.at.readFile(join(dir, dotGit), maxPointer)
	if err != nil {
		r.unread("its .git", err)
		return false
	}
	target, ok := strings.CutPrefix(string(data), "gitdir:")
	target = strings.Trim(target, " \t\r\n")
	if !ok || target == "" || strings.ContainsRune(target, 0) {
		r.problem("its .git is not what Git writes")
		return false
	}
	own, ok := r.tree.inside(dir, target)
	if !ok {
		r.problem("its git folder " + quoted(target) + " lies outside the tree and was not read")
		return false
	}
	r.git.own = own
	return true
}

// inside returns the path in the tree of what target means in the folder dir,
// not ok when that is outside.
func (t *Tree) inside(dir, target string) (file string, ok bool) {
	if strings.HasPrefix(target, "/") {
		rest, ok := cutFolder(path.Clean(target), t.Root)
		if !ok {
			rest, ok = cutFolder(path.Clean(target), t.spelled)
		}
		return strings.TrimPrefix(rest, "/"), ok
	}
	file = path.Join(dir, target)
	if file == ".." || strings.HasPrefix(file, "../") {
		return "", false
	}
	return strings.TrimPrefix(file, "."+"/"), true
}

// commonFolder finds where a linked worktree keeps what it shares.
func (r *repositoryReader) commonFolder() bool {
	r.git.common = r.git.own
	data, err := r.at.readFile(join(r.git.own, "commondir"), maxPointer)
	if errors.Is(err, fs.ErrNotExist) {
		return true
	}
	if err != nil {
		r.unread("its git folder", err)
		return false
	}
	target := strings.TrimRight(string(data), "\r\n")
	common, ok := r.tree.inside(r.git.own, target)
	if !ok || target == "" {
		r.problem("its git folder " + quoted(target) + " lies outside the tree and was not read")
		return false
	}
	r.git.common = common
	return true
}

// config reads the remote, and whether the repository is of a kind that is read.
func (r *repositoryReader) config() {
	data, err := r.at.readFile(join(r.git.common, "config"), maxConfig)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			r.unread("its config", err)
		}
		return
	}
	settings, err := parseConfig(data)
	if err != nil {
		r.problem("its config is not one: " + err.Error())
		return
	}
	r.repo.Remote = remoteURL(settings)
	for _, s := range settings {
		if s.section != "extensions" {
			continue
		}
		if s.key == "objectformat" && s.value != "sha1" {
			r.problem("it has objects of a kind that is not read: " + quoted(s.value))
		}
		if s.key == "refstorage" && s.value != "files" {
			r.problem("it keeps its branches in a way that is not read: " + quoted(s.value))
		}
	}
}

// remoteURL is the URL of origin, else of the only remote.
func remoteURL(settings []setting) string {
	urls := make(map[string]string)
	for _, s := range settings {
		if s.section != "remote" || s.key != "url" || s.value == "" {
			continue
		}
		if _, ok := urls[s.name]; !ok {
			urls[s.name] = s.value
		}
	}
	if url, ok := urls["origin"]; ok {
		return shownURL(url)
	}
	if len(urls) == 1 {
		for _, url := range urls {
			return shownURL(url)
		}
	}
	return ""
}

// head reads what is checked out.
func (r *repositoryReader) head() {
	data, err := r.at.readFile(join(r.git.own, "HEAD"), maxPointer)
	if errors.Is(err, fs.ErrNotExist) {
		r.problem("its .git is no Git folder: it has no HEAD")
		return
	}
	if err != nil {
		r.unread("its HEAD", err)
		return
	}
	ref, id, ok := parseRef(data)
	if !ok {
		r.problem("its HEAD is not what Git writes")
		return
	}
	if ref == "" {
		r.repo.Commit = id
		return
	}
	r.repo.Branch = strings.TrimPrefix(ref, "refs/heads/")
	if r.repo.Branch == ".invalid" { // what Git writes where references are kept otherwise
		r.repo.Branch = ""
		return
	}
	r.repo.Commit = r.resolve(ref)
}

// maxSymbolic is how many references Git follows from one to the next.
const maxSymbolic = 5

// resolve finds the commit of a reference, which is zero with a problem.
func (r *repositoryReader) resolve(ref string) git.ID {
	for range maxSymbolic {
		data, err := r.at.readFile(join(r.git.common, ref), maxPointer)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrNotRegular) {
			return r.packed(ref)
		}
		if err != nil {
			r.unread("its branch", err)
			return git.ZeroID
		}
		next, id, ok := parseRef(data)
		switch {
		case !ok:
			r.problem("its branch " + quoted(ref) + " is not what Git writes")
			return git.ZeroID
		case next == "":
			return id
		}
		ref = next
	}
	r.problem("its branches name each other in a circle")
	return git.ZeroID
}

func (r *repositoryReader) packed(ref string) git.ID {
	data, err := r.at.readFile(join(r.git.common, "packed-refs"), maxPackedRefs)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.unread("its packed-refs", err)
		return git.ZeroID
	}
	id, ok := packedRef(data, ref)
	if !ok {
		r.problem("its branch " + quoted(ref) + " has no commit")
	}
	return id
}

// packedRef finds a reference in the bytes of packed-refs, see git-pack-refs(1).
func packedRef(data []byte, ref string) (git.ID, bool) {
	for line := range bytes.Lines(data) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 41+len(ref) && line[40] == ' ' && string(line[41:]) == ref {
			id, err := git.ParseID(string(line[:40]))
			return id, err == nil
		}
	}
	return git.ZeroID, false
}

// parseRef reads HEAD or a loose reference: the name of another one, or an id.
func parseRef(data []byte) (ref string, id git.ID, ok bool) {
	text := strings.TrimRight(string(data), " \t\r\n")
	if rest, symbolic := strings.CutPrefix(text, "ref:"); symbolic {
		ref = strings.TrimLeft(rest, " \t")
		return ref, git.ZeroID, isRefName(ref)
	}
	id, err := git.ParseID(text)
	return "", id, err == nil
}

// isRefName tells whether Git would take s for the full name of a branch or
// another reference, see git-check-ref-format(1). Such a name is a path below
// the Git folder without "..".
func isRefName(s string) bool {
	if !strings.HasPrefix(s, "refs/") || strings.HasSuffix(s, ".") || strings.Contains(s, "..") || strings.Contains(s, "@{") {
		return false
	}
	for part := range strings.SplitSeq(s, "/") {
		if part == "" || strings.HasPrefix(part, ".") && s != "refs/heads/.invalid" || strings.HasSuffix(part, ".lock") {
			return false
		}
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f || strings.IndexByte(`~^:?*[\`, s[i]) >= 0 {
			return false
		}
	}
	return true
}
