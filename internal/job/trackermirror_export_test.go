package job

import (
	"context"
	"errors"
)

// StoreFile gives a file of the mgit branch another content, as one run; nil is no file.
func (s *Site) StoreFile(ctx context.Context, path string, now []byte) (run int, err error) {
	release, lock, err := s.lockShared(ctx, "tracker sync", false)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, release()) }()
	old, err := s.readShared(ctx, path)
	if err != nil {
		return 0, err
	}
	return s.applyEdit(ctx, lock, "tracker sync", nil, sharedEdit{Files: []fileEdit{changeFile(path, old, now)}})
}
