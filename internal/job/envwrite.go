package job

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// changedRefusal is about a file that somebody else wrote to meanwhile.
const changedRefusal = "file-changed"

// write puts the new file in the place of the old one: it is written beside it and renamed, so
// that whoever reads it meanwhile gets the one or the other. Mode and group stay. The
// error is a *Refusal when the file is not any more what was read.
func (e *envEdit) write() error {
	if !e.isChanged() {
		return nil
	}
	if err := e.unchanged(); err != nil {
		return err
	}
	name := e.from.name
	temp, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".mgit-")
	if err != nil {
		return fmt.Errorf("write %s: %w", ShowPath(name), err)
	}
	defer os.Remove(temp.Name()) // once it is renamed there is none
	_, err = temp.Write(e.now.Bytes())
	err = errors.Join(err, e.dress(temp), temp.Sync(), temp.Close())
	if err != nil {
		return fmt.Errorf("write %s: %w", ShowPath(name), err)
	}
	if err := e.unchanged(); err != nil { // as late as it can be asked
		return err
	}
	if err := os.Rename(temp.Name(), name); err != nil {
		return fmt.Errorf("write %s: %w", ShowPath(name), err)
	}
	return nil
}

// dress gives the new file the mode, owner and group of the old one: such files hold
// passwords, and others may have to read them.
func (e *envEdit) dress(temp *os.File) error {
	var was, is unix.Stat_t
	if err := errors.Join(unix.Lstat(e.from.name, &was), unix.Fstat(int(temp.Fd()), &is)); err != nil {
		return err
	}
	if was.Uid != is.Uid || was.Gid != is.Gid {
		if err := temp.Chown(int(was.Uid), int(was.Gid)); err != nil {
			return fmt.Errorf("keep its owner: %w", err)
		}
	}
	return temp.Chmod(e.from.info.Mode().Perm())
}

// unchanged looks whether the file still is what was read.
func (e *envEdit) unchanged() error {
	info, err := os.Lstat(e.from.name)
	if err == nil && os.SameFile(info, e.from.info) && info.Mode() == e.from.info.Mode() {
		data, err := readEnv(e.from.name)
		if err == nil && bytes.Equal(data, e.from.file.Bytes()) {
			return nil
		}
	}
	return &Refusal{
		ID:   changedRefusal,
		Text: fmt.Sprintf("%s was changed by somebody else meanwhile, and was left as it is now", ShowPath(e.from.name)),
		Hint: "give the command again",
	}
}
