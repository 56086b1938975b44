package resolution

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"mgit/internal/git"
)

// cacheDir is where the repository's own rerere keeps resolutions, for all its
// worktrees.
func cacheDir(repo *git.Repo) string { return filepath.Join(repo.CommonDir(), "rr-cache") }

// readCache reads the complete resolutions of an rr-cache. One that does not
// exist is empty, and one that git prunes meanwhile is missed.
func readCache(dir string) (Set, error) {
	var set Set
	err := eachEntry(dir, func(id string, p map[int]*parts) {
		for _, one := range p {
			if one.has[preimage] && one.has[postimage] {
				set = append(set, Resolution{ID: id, Variant: one.variant, Preimage: one.pre, Postimage: one.post})
			}
		}
	})
	set.sort()
	return set, err
}

// eachEntry calls visit with the variants of every id in the rr-cache, complete
// or not.
func eachEntry(dir string, visit func(id string, p map[int]*parts)) error {
	ids, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read the recorded resolutions of this clone: %w", err)
	}
	for _, id := range ids {
		if !id.IsDir() || !isID(id.Name()) {
			continue
		}
		variants, err := readEntry(dir, id.Name())
		if err != nil {
			return fmt.Errorf("read the recorded resolutions of this clone: %w", err)
		}
		visit(id.Name(), variants)
	}
	return nil
}

func readEntry(dir, id string) (map[int]*parts, error) {
	variants := make(map[int]*parts)
	entries, err := os.ReadDir(filepath.Join(dir, id))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		kind, variant, ok := kindOf(e.Name())
		if !ok || kind == metaFile || !e.Type().IsRegular() {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, id, e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if variants[variant] == nil {
			variants[variant] = &parts{id: id, variant: variant}
		}
		variants[variant].put(kind, data)
	}
	return variants, nil
}

// Feed adds the set to the resolutions that git's own rerere has in this
// clone, so that a rebase in any of its worktrees uses them. It returns how many
// it added. A conflict the clone has its own resolution of keeps that one, and
// a resolution that must not be used (see [Resolution.Check]) is left out.
//
// The rr-cache is made where it is missing, also for an empty set: its being
// there is what makes git record resolutions unless rerere.enabled says
// otherwise (git-rerere(1)).
func Feed(repo *git.Repo, set Set) (added int, err error) {
	dir := cacheDir(repo)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return 0, fmt.Errorf("feed rerere: %w", err)
	}
	for _, r := range set {
		if r.Check() != nil {
			continue
		}
		ok, err := feed(dir, r)
		if err != nil {
			return added, fmt.Errorf("feed resolution %s to rerere: %w", r.Name(), err)
		}
		if ok {
			added++
		}
	}
	return added, nil
}

func feed(dir string, r Resolution) (bool, error) {
	variants, err := readEntry(dir, r.ID)
	if err != nil {
		return false, err
	}
	free := 0
	for _, v := range variants {
		if v.has[preimage] && v.has[postimage] && bytes.Equal(v.pre, r.Preimage) {
			return false, nil
		}
		free = max(free, v.variant+1)
	}
	entry := filepath.Join(dir, r.ID)
	if err := os.MkdirAll(entry, 0o777); err != nil {
		return false, err
	}
	// Git uses a variant when it has both files.
	if err := create(filepath.Join(entry, preimage+suffix(free)), r.Preimage); err != nil {
		return false, err
	}
	return true, create(filepath.Join(entry, postimage+suffix(free)), r.Postimage)
}

// create makes the file with all of its content at once, and fails when it
// exists: git may be writing here at the same time.
func create(name string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), "tmp-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	_, err = f.Write(data)
	if err := errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), name)
}

// Snapshot is what an rr-cache held at some time: the hash of every complete
// resolution by its name. It can be kept as JSON or TOML.
type Snapshot map[string]string

// TakeSnapshot notes what the repository's rr-cache holds now.
func TakeSnapshot(repo *git.Repo) (Snapshot, error) {
	set, err := readCache(cacheDir(repo))
	if err != nil {
		return nil, err
	}
	s := make(Snapshot, len(set))
	for _, r := range set {
		s[r.Name()] = digest(r)
	}
	return s, nil
}

func digest(r Resolution) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d\n", len(r.Preimage))
	h.Write(r.Preimage)
	h.Write(r.Postimage)
	return hex.EncodeToString(h.Sum(nil))
}

// Collect returns what people have resolved since the snapshot: the resolutions
// in the repository's rr-cache that are new or changed, without those known.
// Their Meta is for the caller to fill in, their names are those of the
// rr-cache until [Set.Add] finds them a place. What must not be used is not among
// them; refused says why.
func Collect(repo *git.Repo, known Set, since Snapshot) (fresh Set, refused []error, err error) {
	set, err := readCache(cacheDir(repo))
	if err != nil {
		return nil, nil, err
	}
	for _, r := range set {
		if since[r.Name()] == digest(r) || slices.ContainsFunc(known, r.equal) {
			continue
		}
		if err := r.Check(); err != nil {
			refused = append(refused, err)
			continue
		}
		fresh = append(fresh, r)
	}
	return fresh, refused, nil
}
