package plugins

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"mgit/internal/git"
	"mgit/internal/tree"
)

// Objects takes the files and folders of a release; [git.Store] does.
type Objects interface {
	PutRaw(kind string, data []byte) git.ID
	PutTree(t git.Tree) (git.ID, error)
}

// ErrNotHere says that a release is not in the cache, and that nobody was asked for it.
var ErrNotHere = errors.New("it was not fetched yet")

// Copy puts the whole content of a commit of the source into objects and returns its tree:
// from the cache, and what is missing there from the repository unless offline, where that
// is [ErrNotHere]. Content that no plugin can consist of is an error: submodules, whose files Git does not
// bring, and names that Git would not check out.
func (f *Fetcher) Copy(ctx context.Context, s Source, commit git.ID, offline bool, objects Objects) (git.ID, error) {
	if offline {
		if dir, err := cacheDir(f.repo.StateDir(), s); err != nil || !exists(filepath.Join(dir, "HEAD")) {
			return git.ZeroID, errors.Join(err, ErrNotHere)
		}
	}
	c, err := f.open(ctx, s)
	if err != nil {
		return git.ZeroID, err
	}
	defer c.close()
	if err := c.complete(ctx, commit, offline); err != nil {
		return git.ZeroID, err
	}
	repo, err := c.read(ctx)
	if err != nil {
		return git.ZeroID, err
	}
	defer repo.Close()
	root, err := repo.Store().Commit(ctx, commit)
	if err != nil {
		return git.ZeroID, err
	}
	if err := c.weigh(ctx, root.Tree); err != nil {
		return git.ZeroID, err
	}
	all := &copier{from: repo.Store(), to: objects, done: make(map[git.ID]copied)}
	whole, err := all.copy(ctx, root.Tree, "")
	return whole.id, err
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// complete fetches what the commit needs and the cache lacks.
func (c *cache) complete(ctx context.Context, commit git.ID, offline bool) error {
	if !c.has(ctx, commit) {
		if offline {
			return ErrNotHere
		}
		if err := c.fetch(ctx, []string{commit.String()}, "--depth=1", "--filter=blob:none"); err != nil {
			return err
		}
	}
	lacks, err := c.missing(ctx, commit)
	switch {
	case err != nil:
		return err
	case len(lacks) == 0:
		return nil
	case offline:
		return ErrNotHere
	}
	return c.bring(ctx, lacks, []string{commit.String()})
}

func (c *cache) has(ctx context.Context, commit git.ID) bool {
	return c.command("rev-parse", "--quiet", "--verify", commit.String()+"^{tree}").
		Env(offlineEnv()...).Run(ctx) == nil
}

// Find returns the commit that a pin names: a commit by its full id, or a tag. Tags that are
// no release by the patterns count too. It asks the repository for a tag that was not
// seen, unless offline; the error then wraps [ErrNotHere], and [git.ErrNotFound] where there is no such tag.
func (f *Fetcher) Find(ctx context.Context, s Source, seen *Seen, pin string, offline bool) (git.ID, error) {
	if id, err := git.ParseID(pin); err == nil {
		return id, nil
	}
	if seen != nil {
		for _, isBranch := range []bool{false, true} {
			for _, r := range seen.Releases {
				if r.Name == pin && r.IsBranch == isBranch {
					return r.Commit, nil
				}
			}
		}
	}
	if offline {
		return git.ZeroID, ErrNotHere
	}
	if err := git.CheckName(pin); err != nil {
		return git.ZeroID, err
	}
	c, err := f.open(ctx, s)
	if err != nil {
		return git.ZeroID, err
	}
	defer c.close()
	out, err := c.command("ls-remote", "--heads", "--tags", "origin").Timeout(f.limits.Timeout).Output(ctx)
	if err != nil {
		return git.ZeroID, err
	}
	found := git.ZeroID
	for line := range strings.Lines(string(out)) {
		hex, ref, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		id, err := git.ParseID(hex)
		if name, ok := strings.CutPrefix(ref, "refs/tags/"); ok && err == nil && strings.TrimSuffix(name, "^{}") == pin {
			found = id
		}
	}
	if found == git.ZeroID {
		return found, fmt.Errorf("its repository has no tag %q: %w", pin, git.ErrNotFound)
	}
	return found, nil
}

// weigh stops a release whose files are larger than a source may be: a pack holds much
// more than it takes on disk.
func (c *cache) weigh(ctx context.Context, root git.ID) error {
	out, err := c.command("rev-list", "--objects", "--no-object-names", "--missing=allow-any", root.String()).Output(ctx)
	if err != nil {
		return err
	}
	sizes, err := c.sizes(ctx, strings.Fields(string(out)))
	if err != nil {
		return err
	}
	var all int64
	for _, size := range sizes {
		all += size
	}
	if all > c.limits.MaxBytes {
		return &TooBigError{all, c.limits.MaxBytes}
	}
	return nil
}

// sizes returns the size of each object by its id, without reading one. It lacks those
// that are not here.
func (c *cache) sizes(ctx context.Context, ids []string) (map[string]int64, error) {
	out, err := c.command("cat-file", "--batch-check=%(objectname) %(objectsize)").Env(offlineEnv()...).
		Stdin([]byte(strings.Join(ids, "\n") + "\n")).Output(ctx)
	if err != nil {
		return nil, err
	}
	sizes := make(map[string]int64, len(ids))
	for line := range strings.Lines(string(out)) {
		id, size, _ := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.ParseInt(size, 10, 64); err == nil {
			sizes[id] = n
		}
	}
	return sizes, nil
}

// maxFiles are taken of one release. Folders that are the same one again and again count
// as often as they are there: somebody would check them out.
const maxFiles = 100_000

// copier copies a folder with all that is in it. Objects are made anew, so that what
// does not bear its own name is noticed.
type copier struct {
	from *git.Store
	to   Objects
	done map[git.ID]copied
}

// copied is a folder that was copied, with the number of files in it.
type copied struct {
	id    git.ID
	files int
}

func (c *copier) copy(ctx context.Context, id git.ID, dir string) (copied, error) {
	if all, ok := c.done[id]; ok {
		return all, nil
	}
	entries, err := c.from.Tree(ctx, id)
	if err != nil {
		return copied{}, err
	}
	var all copied
	made := make(git.Tree, 0, len(entries))
	for _, e := range entries {
		part, err := c.entry(ctx, e, dir+e.Name)
		if err != nil {
			return copied{}, err
		}
		if all.files += part.files; all.files > maxFiles {
			return copied{}, fmt.Errorf("it holds more than %d files", maxFiles)
		}
		made = append(made, git.TreeEntry{Name: e.Name, Mode: tree.Canonical(e.Mode), ID: part.id})
	}
	tree.Sort(made)
	if all.id, err = c.to.PutTree(made); err != nil {
		return copied{}, err
	}
	c.done[id] = all
	return all, nil
}

func (c *copier) entry(ctx context.Context, e git.TreeEntry, where string) (copied, error) {
	switch {
	case isUnsafeName(e.Name):
		return copied{}, fmt.Errorf("it holds %q, a name that Git does not check out", where)
	case e.Mode.IsTree():
		return c.copy(ctx, e.ID, where+"/")
	case e.Mode == git.ModeGitlink:
		return copied{}, fmt.Errorf("it holds the submodule %q, whose files its repository does not have", where)
	}
	data, err := c.from.Blob(ctx, e.ID)
	if err != nil {
		return copied{}, err
	}
	if c.to.PutRaw("blob", data) != e.ID {
		return copied{}, fmt.Errorf("%q is not what its name says", where)
	}
	return copied{e.ID, 1}, nil
}

// isUnsafeName tells the names with which a folder could reach into a repository's own;
// see verify_path in Git.
func isUnsafeName(name string) bool {
	dotGit, _, _ := strings.Cut(name, ":") // what NTFS takes for the same file
	switch strings.ToLower(strings.TrimRight(dotGit, " .")) {
	case "", ".git", "git~1":
		return true
	}
	return strings.ContainsAny(name, "/\\\x00")
}
