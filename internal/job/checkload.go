package job

import (
	"context"
	"fmt"

	"mgit/internal/check"
	"mgit/internal/crew"
	"mgit/internal/git"
)

// tooLarge is the size from which a file is not read: nobody wrote it by hand, and rules hold what they read.
const tooLarge = 16 << 20

// loadBlobs reads the contents of files that are to be judged, with one question to git. What is too large is not kept.
func (s *Site) loadBlobs(ctx context.Context, files []*check.File) error {
	return s.readBlobs(ctx, append(blobsBefore(files), blobsAfter(files)...))
}

// loadStaged is loadBlobs for files that are staged. Nearly all of them stand in the work tree as they were staged, and are
// read there while git hands out what they were before: for a thousand contents it needs as long as all rules do.
func (s *Site) loadStaged(ctx context.Context, files []*check.File) error {
	before := blobsBefore(files)
	var elsewhere []*check.File
	var reading crew.Group
	reading.Go(func() { elsewhere = s.readWorkTree(files) })
	err := s.readBlobs(ctx, before)
	reading.Wait()
	if err != nil {
		return err
	}
	return s.readBlobs(ctx, blobsAfter(elsewhere))
}

// readWorkTree reads the files that the work tree has as they are staged, and returns the others.
func (s *Site) readWorkTree(files []*check.File) (others []*check.File) {
	for _, f := range files {
		var found bool
		if f.IsRegular() {
			f.After.Data, found = s.Repo.WorkFile(f.Path, f.After.ID, tooLarge)
			f.After.Size = int64(len(f.After.Data))
		}
		if !found {
			others = append(others, f)
		}
	}
	return others
}

// blobsBefore are the contents that files had, but for those that the change removes, of which nobody sees more than the name.
func blobsBefore(files []*check.File) []*check.Blob {
	var blobs []*check.Blob
	for _, f := range files {
		if !f.IsDeleted() {
			for i := range f.Before {
				blobs = append(blobs, &f.Before[i])
			}
		}
	}
	return blobs
}

// blobsAfter are the contents that files have after the change.
func blobsAfter(files []*check.File) []*check.Blob {
	blobs := make([]*check.Blob, len(files))
	for i, f := range files {
		blobs[i] = &f.After
	}
	return blobs
}

// readBlobs asks git for contents. Where there is no file, and for the commit of a submodule, there is none.
func (s *Site) readBlobs(ctx context.Context, all []*check.Blob) error {
	var blobs []*check.Blob
	var ids []git.ID
	for _, b := range all {
		if !b.IsZero() && b.Mode != git.ModeGitlink && b.ID != git.ZeroID {
			blobs, ids = append(blobs, b), append(ids, b.ID)
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
