package job

import (
	"context"
	"fmt"

	"mgit/internal/check"
	"mgit/internal/git"
)

// tooLarge is the size from which a file is not read: nobody wrote it by hand, and rules hold what they read.
const tooLarge = 16 << 20

// loadBlobs reads the contents of files that are to be judged, with one question to git. What is too large is not kept.
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
	return s.Repo.Store().BlobsUpTo(ctx, ids, tooLarge, func(i int, size int64, data []byte, found bool) error {
		if !found {
			return fmt.Errorf("read file %s: %w", ids[i], git.ErrNotFound)
		}
		blobs[i].Size, blobs[i].Data = size, data
		if size > tooLarge {
			blobs[i].Unread = fmt.Sprintf("it has %d MB", size>>20)
		}
		return nil
	})
}
