package job

import (
	"context"
	"fmt"

	"mgit/internal/check"
	"mgit/internal/git"
)

// tooLarge is the size from which a file is not read: nobody wrote it by hand, and rules hold what they read.
const tooLarge = 16 << 20

// loadBlobs reads the contents of files that are to be judged, with two questions to git: what is too large must not
// come at all.
func (s *Site) loadBlobs(ctx context.Context, files []*check.File) error {
	var blobs []*check.Blob
	var ids []git.ID
	add := func(b *check.Blob) {
		if !b.IsZero() && b.Mode != git.ModeGitlink && b.ID != git.ZeroID {
			blobs, ids = append(blobs, b), append(ids, b.ID)
		}
	}
	for _, f := range files {
		if f.IsDeleted() {
			continue
		}
		add(&f.After)
		for i := range f.Before {
			add(&f.Before[i])
		}
	}
	if err := s.Repo.FetchPromised(ctx, ids); err != nil {
		return err
	}
	store := s.Repo.Store()
	sizes, err := store.Sizes(ctx, ids)
	if err != nil {
		return err
	}
	var wanted []*check.Blob
	ids = ids[:0]
	for i, b := range blobs {
		if b.Size = sizes[i]; b.Size < 0 {
			return fmt.Errorf("read file %s: %w", b.ID, git.ErrNotFound)
		}
		if b.Size > tooLarge {
			b.Unread = fmt.Sprintf("it has %d MB", b.Size>>20)
			continue
		}
		wanted, ids = append(wanted, b), append(ids, b.ID)
	}
	return store.Blobs(ctx, ids, func(i int, data []byte, found bool) error {
		if !found {
			return fmt.Errorf("read file %s: %w", ids[i], git.ErrNotFound)
		}
		wanted[i].Data = data
		return nil
	})
}
