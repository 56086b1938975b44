package upstream

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"mgit/internal/git"
)

// Index is the index of the history of some tips. It never changes and is safe
// for concurrent use until it is closed.
type Index struct {
	*image
	unmap   func() error
	unsaved error
}

// ErrReadOnly is what [Index.Unsaved] gives when the request was to leave the
// file as it is.
var ErrReadOnly = errors.New("the index file was to stay as it is")

// Open gives the index of the tips' history: from the file in the repository's
// state folder where that knows them, else by reading what is new, which takes
// seconds for a whole history. The file is then written anew. Two processes may
// do that at once.
//
// A file that is damaged, or of another version of mgit, is built again. The
// error wraps git.ErrNotFound when a tip is no commit of the repository.
func Open(ctx context.Context, repo *git.Repo, req Request) (*Index, error) {
	shallow, err := cutOff(repo)
	if err != nil {
		return nil, fmt.Errorf("open the index of upstream: %w", err)
	}
	file := filepath.Join(repo.StateDir(), "index", "upstream")
	x := &Index{image: empty(shallow), unmap: func() error { return nil }}
	if !req.Rebuild {
		x.load(file)
		if x.shallow != shallow { // commits have gained or lost their parents
			_ = x.Close()
			x.image = empty(shallow)
		}
	}
	if x.lacks(req.Tips) {
		if err := x.extend(ctx, repo, req); err != nil {
			return nil, errors.Join(err, x.Close())
		}
		x.unsaved = ErrReadOnly
		if !req.ReadOnly {
			x.unsaved = save(file, x.data)
		}
	}
	if err := x.restrict(req.Tips); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	return x, nil
}

// Unsaved is nil when the index file knows what this index knows. Else it is the
// reason: the next Open will have the same work again.
func (x *Index) Unsaved() error { return x.unsaved }

// Close gives back the memory of the index, which must not be used afterwards. A
// process that is about to end need not call it. What a Comparison knows stays.
func (x *Index) Close() error {
	unmap := x.unmap
	x.image, x.unmap = empty(x.shallow), func() error { return nil }
	return unmap()
}

// empty is the image of no history.
func empty(shallow [32]byte) *image {
	x, _ := newImage(counts{}) // it is not too large
	x.shallow = shallow
	x.seal()
	return x
}

// load takes the image from the file. Where there is no good one, or none that
// may be read, all is read from the repository again.
func (x *Index) load(file string) {
	data, unmap, err := mapFile(file)
	if err != nil {
		return
	}
	loaded, err := parseImage(data)
	if err != nil {
		_ = unmap()
		return
	}
	x.image, x.unmap = loaded, unmap
}

// replace puts another image in the place of the one there is.
func (x *Index) replace(by *image) error {
	err := x.Close()
	x.image = by
	return err
}

// lacks reports whether some tip is not in the index.
func (x *Index) lacks(tips []git.ID) bool {
	return slices.ContainsFunc(tips, func(id git.ID) bool {
		_, ok := x.commit(id)
		return !ok
	})
}

// extend reads what is new. When what is there does not fit to it, all is read.
func (x *Index) extend(ctx context.Context, repo *git.Repo, req Request) error {
	base := x.image
	for {
		b := newBuilder(base)
		err := b.walk(ctx, repo, req.Tips, req.Progress)
		if errors.Is(err, errUnknownParent) && base.counts.commits > 0 {
			base = empty(base.shallow)
			continue
		}
		if err != nil {
			return err
		}
		extended, err := b.image(nil)
		if err != nil {
			return fmt.Errorf("index upstream's history: %w", err)
		}
		return x.replace(extended)
	}
}

// restrict hides what the tips do not reach.
func (x *Index) restrict(tips []git.ID) error {
	reached := make([]bool, x.counts.commits)
	for _, id := range tips {
		if c, ok := x.commit(id); ok {
			reached[c] = true
		}
	}
	all := true
	for c := len(reached) - 1; c >= 0; c-- {
		if !reached[c] {
			all = false
			continue
		}
		for i := x.parentAt.at(c); i < x.parentAt.at(c+1); i++ {
			reached[x.parents.at(int(i))] = true
		}
	}
	if all {
		return nil
	}
	part, err := newBuilder(x.image).image(reached)
	if err != nil {
		return fmt.Errorf("index upstream's history: %w", err)
	}
	return x.replace(part)
}

// cutOff is a sum of what says where a shallow clone's history ends. Such an end
// looks like a root, and stops being one when the clone is deepened.
func cutOff(repo *git.Repo) ([32]byte, error) {
	data, err := os.ReadFile(filepath.Join(repo.CommonDir(), "shallow"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return [32]byte{}, err
	}
	return sha256.Sum256(data), nil
}
