package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/git"
)

// maxText is the size up to which a file is compared without its carriage returns.
const maxText = 16 << 20

// Changes counts the files of the repository at repoPath that differ from the
// commit that is checked out: those with another content, those that are gone,
// and those that the commit does not have, whether Git would ignore them or not.
//
// Bytes are compared as they are, without filters, but a text that differs only
// in having CRLF where the commit has LF is unchanged, and so is a file that
// somebody else may execute now. Files of repositories inside this one are
// theirs; of a submodule the commit counts. Files without an id are read, so
// that hashing them before, with a cache, is cheaper. What a sparse checkout
// leaves out is gone.
//
// An error means that the number is not known.
func (t *Tree) Changes(ctx context.Context, repoPath string) (int, error) {
	n, err := t.changes(ctx, repoPath)
	if err != nil {
		return 0, fmt.Errorf("compare %q with its commit: %w", repoPath, err)
	}
	return n, nil
}

func (t *Tree) changes(ctx context.Context, repoPath string) (int, error) {
	i, ok := slices.BinarySearchFunc(t.Repositories, repoPath, func(r Repository, path string) int {
		return strings.Compare(r.Path, path)
	})
	if !ok {
		return 0, errors.New("there is no repository")
	}
	repo := t.Repositories[i]
	if repo.Commit == git.ZeroID {
		return 0, errors.New(repo.Problem)
	}
	c := comparison{tree: t, repo: repoPath, files: t.own(repoPath)}
	for _, u := range t.Unread {
		if u.Dir && inFolder(u.Path, repoPath) {
			return 0, fmt.Errorf("%s: %s", quoted(u.Path), u.Reason)
		}
	}
	o, err := t.openObjects(ctx, repoPath)
	if err != nil {
		return 0, err
	}
	defer o.close()
	data, err := o.read(repo.Commit, "commit")
	if err != nil {
		return 0, err
	}
	commit, err := git.DecodeCommit(repo.Commit, data)
	if err != nil {
		return 0, fmt.Errorf("commit %s: %w", repo.Commit, err)
	}
	if err := o.eachFile(commit.Tree, c.entry); err != nil {
		return 0, err
	}
	c.changed += len(c.files) // those after the last of the commit's
	if err := c.compare(ctx); err != nil {
		return 0, err
	}
	return c.changed, nil
}

func inFolder(path, folder string) bool {
	return folder == "" || path == folder || strings.HasPrefix(path, folder+"/")
}

// own returns the files of a repository without those of the ones in it, and
// without what lies in its .git.
func (t *Tree) own(repoPath string) []File {
	var own []File
	files := t.below(repoPath)
	for _, r := range t.Repositories {
		if r.Path == repoPath || !inFolder(r.Path, repoPath) {
			continue
		}
		inner := t.below(r.Path)
		if len(inner) == 0 || len(files) == 0 || inner[0].Path < files[0].Path {
			continue // inside one that was passed over already
		}
		start, _ := slices.BinarySearchFunc(files, inner[0].Path, func(f File, path string) int {
			return strings.Compare(f.Path, path)
		})
		own = append(own, files[:start]...)
		files = files[start+len(inner):]
	}
	own = append(own, files...)
	return slices.DeleteFunc(own, func(f File) bool { return inGitFolder(f.Path[len(repoPath):]) })
}

// comparison goes through the files of a commit and of the live tree in step.
type comparison struct {
	tree    *Tree
	repo    string
	files   []File // of the live tree, still to come
	changed int
	both    []File   // in the live tree and in the commit
	want    []git.ID // what the commit has for both
}

// entry takes in the next file of the commit, by path.
func (c *comparison) entry(path string, e git.TreeEntry) error {
	if c.repo != "" {
		path = c.repo + "/" + path
	}
	if e.Mode == git.ModeGitlink {
		c.submodule(path, e.ID)
		return nil
	}
	for len(c.files) > 0 && c.files[0].Path < path {
		c.changed++
		c.files = c.files[1:]
	}
	if len(c.files) == 0 || c.files[0].Path != path {
		c.changed++
		return nil
	}
	f := c.files[0]
	c.files = c.files[1:]
	if (f.Mode == git.ModeLink) != (e.Mode == git.ModeLink) {
		c.changed++
		return nil
	}
	c.both, c.want = append(c.both, f), append(c.want, e.ID)
	return nil
}

func (c *comparison) submodule(path string, id git.ID) {
	for _, r := range c.tree.Repositories {
		if r.Path == path && r.Commit != git.ZeroID && r.Commit != id {
			c.changed++
		}
	}
}

// compare compares what is in both.
func (c *comparison) compare(ctx context.Context) error {
	var todo []int
	for i, f := range c.both {
		if f.ID == git.ZeroID {
			todo = append(todo, i)
		}
	}
	unread, err := c.tree.hashAll(ctx, todo, c.both, HashOptions{}, &meter{})
	if err != nil {
		return err
	}
	if len(unread) > 0 {
		return fmt.Errorf("%s: %s", quoted(unread[0].Path), unread[0].Reason)
	}
	for i, f := range c.both {
		if err := ctx.Err(); err != nil {
			return err
		}
		if f.ID == c.want[i] {
			continue
		}
		same, err := c.sameText(f, c.want[i])
		if err != nil {
			return err
		}
		if !same {
			c.changed++
		}
	}
	return nil
}

// sameText tells whether the file has the content id but for its line ends.
func (c *comparison) sameText(f File, id git.ID) (bool, error) {
	if f.Mode == git.ModeLink || f.Size > maxText {
		return false, nil
	}
	data, err := c.tree.Read(f.Path, maxText)
	if err != nil {
		return false, err
	}
	if !bytes.Contains(data, []byte("\r\n")) {
		return false, nil
	}
	return BlobID(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))) == id, nil
}

// eachFile calls do for all that a tree holds, by path and without folders.
func (o *objects) eachFile(root git.ID, do func(path string, e git.TreeEntry) error) error {
	type level struct {
		path string
		rest []byte
	}
	data, err := o.read(root, "tree")
	if err != nil {
		return err
	}
	stack := []level{{"", data}}
	last, count, folders := "", 0, 0
	for len(stack) > 0 {
		at := &stack[len(stack)-1]
		if len(at.rest) == 0 {
			stack = stack[:len(stack)-1]
			continue
		}
		e, rest, ok := cutTreeEntry(at.rest)
		if count%1024 == 0 && o.ctx.Err() != nil {
			return o.ctx.Err()
		}
		if count++; !ok || count > maxEntries {
			return errors.New("its commit has a folder that is damaged or too large")
		}
		at.rest = rest
		path := join(at.path, e.Name)
		if e.Mode.IsTree() {
			if folders++; len(path) > 4*pathMax || folders > maxFolders {
				return errors.New("its commit has too many folders, or too deep ones")
			}
			if data, err = o.read(e.ID, "tree"); err != nil {
				return err
			}
			stack = append(stack, level{path, data})
			continue
		}
		if path <= last {
			return errors.New("its commit has a folder that is not in order")
		}
		last = path
		if err := do(path, e); err != nil {
			return err
		}
	}
	return nil
}

// cutTreeEntry takes the first entry from the bytes of a tree. Trees are not
// decoded whole: a hostile one would cost many times its size.
func cutTreeEntry(data []byte) (e git.TreeEntry, rest []byte, ok bool) {
	head, after, ok := bytes.Cut(data, []byte{0})
	mode, name, spaced := bytes.Cut(head, []byte{' '})
	if !ok || !spaced || len(after) < len(e.ID) || len(name) == 0 || bytes.IndexByte(name, '/') >= 0 || len(mode) == 0 || len(mode) > 7 {
		return git.TreeEntry{}, nil, false
	}
	for _, c := range mode {
		if c < '0' || c > '7' {
			return git.TreeEntry{}, nil, false
		}
		e.Mode = e.Mode<<3 | git.Mode(c-'0')
	}
	e.Name = string(name)
	copy(e.ID[:], after)
	return e, after[len(e.ID):], true
}
