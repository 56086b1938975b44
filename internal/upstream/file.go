package upstream

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// mapFile gives the bytes of a file without reading them yet, and what to call
// when they are no longer wanted. Nobody changes the file in place: a new index
// takes its name, and this one stays as it is until then.
func mapFile(file string) (data []byte, unmap func() error, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	nothing := func() error { return nil }
	if !info.Mode().IsRegular() || info.Size() == 0 || info.Size() != int64(int(info.Size())) {
		return nil, nothing, nil
	}
	data, err = syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, nil, fmt.Errorf("map %s: %w", file, err)
	}
	return data, func() error { return syscall.Munmap(data) }, nil
}

// temporary begins the names of files that are being written.
const temporary = "upstream.tmp-"

// leftAge is how old such a file must be before it counts as left behind.
const leftAge = 24 * time.Hour

// save writes the file, whole or not at all.
func save(file string, data []byte) (err error) {
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("save the index of upstream: %w", err)
	}
	sweep(dir)
	f, err := createTemporary(dir)
	if err != nil {
		return fmt.Errorf("save the index of upstream: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("save the index of upstream: %w", err), os.Remove(f.Name()))
		}
	}()
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}

// createTemporary is os.CreateTemp with the permissions of an ordinary file.
func createTemporary(dir string) (*os.File, error) {
	for try := 0; ; try++ {
		name := fmt.Sprintf("%s%d-%d", temporary, os.Getpid(), time.Now().UnixNano())
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err == nil || !errors.Is(err, os.ErrExist) || try > 100 {
			return f, err
		}
	}
}

// sweep removes what killed processes left.
func sweep(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), temporary) {
			continue
		}
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > leftAge {
			_ = os.Remove(filepath.Join(dir, e.Name())) // the next one tries again
		}
	}
}
