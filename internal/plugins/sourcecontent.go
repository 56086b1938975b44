package plugins

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
	return copyTree(ctx, repo.Store(), objects, root.Tree, "")
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
		Env("GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=none").Run(ctx) == nil
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

// copyTree copies a folder with all that is in it. Objects are made anew, so that what
// does not bear its own name is noticed.
func copyTree(ctx context.Context, from *git.Store, to Objects, id git.ID, dir string) (git.ID, error) {
	entries, err := from.Tree(ctx, id)
	if err != nil {
		return git.ZeroID, err
	}
	made := make(git.Tree, 0, len(entries))
	for _, e := range entries {
		where := dir + e.Name
		switch {
		case isUnsafeName(e.Name):
			return git.ZeroID, fmt.Errorf("it holds %q, a name that Git does not check out", where)
		case e.Mode.IsTree():
			if e.ID, err = copyTree(ctx, from, to, e.ID, where+"/"); err != nil {
				return git.ZeroID, err
			}
		case e.Mode == git.ModeGitlink:
			return git.ZeroID, fmt.Errorf("it holds the submodule %q, whose files its repository does not have", where)
		default:
			data, err := from.Blob(ctx, e.ID)
			if err != nil {
				return git.ZeroID, err
			}
			if to.PutRaw("blob", data) != e.ID {
				return git.ZeroID, fmt.Errorf("%q is not what its name says", where)
			}
		}
		e.Mode = tree.Canonical(e.Mode)
		made = append(made, e)
	}
	tree.Sort(made)
	return to.PutTree(made)
}

// isUnsafeName tells the names with which a folder could reach into a repository's own;
// see verify_path in Git.
func isUnsafeName(name string) bool {
	switch strings.ToLower(strings.TrimRight(name, " .")) {
	case "", ".git", "git~1":
		return true
	}
	return strings.ContainsAny(name, "/\\\x00")
}
