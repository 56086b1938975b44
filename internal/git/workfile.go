package git

import (
	"io"
	"os"
	"path/filepath"

	"github.com/go-git/go-git/v5/plumbing"
)

// WorkFile returns the content of a file of the work tree where that is the blob id, byte for byte: what git would hand
// out, without git being asked. It is false where the work tree has something else, as when a part of the file was staged or a
// filter changes it on its way, and where there is no such file, it is a link, or it is longer than most.
//
// The id is computed from what was read, so that neither the time of the file nor the index has to be believed.
func (r *Repo) WorkFile(name string, id ID, most int64) ([]byte, bool) {
	if r.worktree == "" {
		return nil, false
	}
	path := filepath.Join(r.worktree, filepath.FromSlash(name))
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > most {
		return nil, false
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, false
	}
	defer file.Close()
	// One byte more than is expected tells that the file grew meanwhile.
	content := make([]byte, info.Size()+1)
	n, err := io.ReadFull(file, content)
	if err != io.ErrUnexpectedEOF && err != io.EOF || int64(n) != info.Size() {
		return nil, false
	}
	content = content[:n:n]
	return content, plumbing.ComputeHash(plumbing.BlobObject, content) == id
}
