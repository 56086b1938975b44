package plugins

import (
	"context"
	"path/filepath"

	"mgit/internal/git"
)

// At reads what the version.php of one commit of the source says, whether or not the
// commit is a release by the patterns: from the cache, and what is missing there from the
// repository unless offline, where that is [ErrNotHere]. What is wrong with it is its
// Problem. Of the commit's files no other is fetched where the repository can be asked so.
func (f *Fetcher) At(ctx context.Context, s Source, commit git.ID, offline bool) (Release, error) {
	if offline {
		if dir, err := cacheDir(f.repo.StateDir(), s); err != nil || !exists(filepath.Join(dir, "HEAD")) {
			return Release{}, ErrNotHere
		}
	}
	c, err := f.open(ctx, s)
	if err != nil {
		return Release{}, err
	}
	defer c.close()
	if !c.has(ctx, commit) {
		if offline {
			return Release{}, ErrNotHere
		}
		if err := c.fetch(ctx, []string{commit.String()}, "--depth=1", "--filter=blob:none"); err != nil {
			return Release{}, err
		}
	}
	r, blob, err := c.releaseAt(ctx, commit)
	if err != nil || r.Problem != "" {
		return r, err
	}
	lacks, err := c.missing(ctx, commit)
	switch {
	case err != nil:
		return r, err
	case lacks[blob] && offline:
		return r, ErrNotHere
	case lacks[blob]:
		if err := c.bring(ctx, map[git.ID]bool{blob: true}, []string{commit.String()}); err != nil {
			return r, err
		}
	}
	return c.versionAt(ctx, r, blob)
}

// releaseAt reads a commit that was fetched, and finds its version.php.
func (c *cache) releaseAt(ctx context.Context, commit git.ID) (Release, git.ID, error) {
	repo, err := c.read(ctx)
	if err != nil {
		return Release{}, git.ZeroID, err
	}
	defer repo.Close()
	r, blob := readRelease(ctx, repo, candidate{name: commit.String(), commit: commit})
	return r, blob, ctx.Err()
}

// versionAt reads the version.php through a git that sees what was fetched last.
func (c *cache) versionAt(ctx context.Context, r Release, blob git.ID) (Release, error) {
	repo, err := c.read(ctx)
	if err != nil {
		return r, err
	}
	defer repo.Close()
	sizes, err := c.sizes(ctx, []string{blob.String()})
	if err != nil {
		return r, err
	}
	if sizes[blob.String()] > VersionLimit {
		r.Problem = "has a version.php of more than 1 MB"
		return r, nil
	}
	if r.source, err = repo.Store().Blob(ctx, blob); err != nil {
		return r, err
	}
	r.judge(c.source.Component)
	return r, nil
}
