package git

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Pack is a pack and its index in a scratch, ready to be installed.
type Pack struct {
	Name    string // "pack-<checksum of the pack>"
	Dir     string
	Objects int // 0: there is nothing to install
}

// WritePack writes one pack with every new object that the tips reach: those in
// memory and those that git wrote into the scratch. What the repository has
// already is left out, and so is what only served a merge.
func (s *Scratch) WritePack(ctx context.Context, tips []ID) (Pack, error) {
	ids, err := s.reached(ctx, tips)
	if err != nil {
		return Pack{}, fmt.Errorf("find the new objects: %w", err)
	}
	if len(ids) == 0 {
		return Pack{}, nil
	}
	name, err := s.packObjects(ctx, ids)
	if err != nil {
		return Pack{}, fmt.Errorf("write a pack: %w", err)
	}
	return Pack{Name: name, Dir: s.dir, Objects: len(ids)}, nil
}

// reached lists the new objects below the tips, generation by generation: where
// the repository has an object, it has everything below it too.
func (s *Scratch) reached(ctx context.Context, tips []ID) ([]ID, error) {
	made, err := s.gitMade()
	if err != nil {
		return nil, err
	}
	var all []ID
	seen := make(map[ID]bool)
	isTips := true // they must exist; what is below them and not new does
	for generation := tips; len(generation) > 0; isTips = false {
		var candidates []ID
		for _, id := range generation {
			if !seen[id] && (isTips || made[id] || id == EmptyTree || s.IsNew(id)) {
				candidates = append(candidates, id)
			}
			seen[id] = true
		}
		fresh, err := s.absent(ctx, candidates)
		if err != nil {
			return nil, err
		}
		all = append(all, fresh...)
		if generation, err = s.below(ctx, fresh); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// gitMade lists the loose objects of the scratch.
func (s *Scratch) gitMade() (map[ID]bool, error) {
	made := make(map[ID]bool)
	dirs, err := os.ReadDir(s.objects())
	if err != nil {
		return nil, err
	}
	for _, dir := range dirs {
		if len(dir.Name()) != 2 {
			continue
		}
		files, err := os.ReadDir(filepath.Join(s.objects(), dir.Name()))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if id, err := ParseID(dir.Name() + file.Name()); err == nil {
				made[id] = true
			}
		}
	}
	return made, nil
}

// absent returns those of ids that the repository does not have. The empty tree
// counts as absent: git answers for it everywhere, but other programs that read
// the repository want to find it.
func (s *Scratch) absent(ctx context.Context, ids []ID) ([]ID, error) {
	var missing []ID
	err := s.repo.store.reader.info(ctx, hexNames(ids), func(i int, _ Object, found bool) error {
		if !found || ids[i] == EmptyTree {
			missing = append(missing, ids[i])
		}
		return nil
	})
	return missing, err
}

// below returns what the objects name.
func (s *Scratch) below(ctx context.Context, ids []ID) ([]ID, error) {
	var next []ID
	err := s.each(ctx, ids, func(o Object) error {
		ids, err := links(o)
		if err != nil {
			return fmt.Errorf("read %s %s: %w", o.Type, o.ID, err)
		}
		next = append(next, ids...)
		return nil
	})
	return next, err
}

// each reads the objects, those in memory first, without holding them all.
func (s *Scratch) each(ctx context.Context, ids []ID, do func(Object) error) error {
	var onDisk []ID
	for _, id := range ids {
		o, ok := s.inMemory(id)
		if !ok {
			onDisk = append(onDisk, id)
			continue
		}
		if err := do(o); err != nil {
			return err
		}
	}
	return s.reader.contents(ctx, hexNames(onDisk), func(i int, o Object, found bool) error {
		if !found {
			return fmt.Errorf("object %s: %w", onDisk[i], ErrNotFound)
		}
		return do(o)
	})
}

func hexNames(ids []ID) []string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = id.String()
	}
	return names
}

// packObjects writes the pack and its index.
func (s *Scratch) packObjects(ctx context.Context, ids []ID) (string, error) {
	temporary := filepath.Join(s.dir, "pack.tmp")
	file, err := os.OpenFile(temporary, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	p := newPackWriter(file, len(ids))
	err = s.each(ctx, ids, p.add)
	if err == nil {
		err = p.finish()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return "", err
	}
	name := fmt.Sprintf("pack-%x", p.checksum)
	index, err := p.index()
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(s.dir, name+".idx"), index, 0o600); err != nil {
		return "", err
	}
	return name, os.Rename(temporary, filepath.Join(s.dir, name+".pack"))
}

// InstallPack moves a pack into the repository, which makes its objects visible
// to everybody; nothing refers to them yet. The pack comes before its index,
// because git takes a pack for complete when the index is there. Both have
// reached the disk when InstallPack returns.
func (r *Repo) InstallPack(p Pack) error {
	if p.Objects == 0 {
		return nil
	}
	dir := filepath.Join(r.objectDir(), "pack")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("install %s: %w", p.Name, err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("install %s: %w", p.Name, err)
	}
	// Whoever may read the directory may read the pack: this is what the umask
	// and core.sharedRepository made of it.
	mode := info.Mode().Perm() & 0o444
	for _, suffix := range []string{".pack", ".idx"} {
		if err := moveInto(dir, filepath.Join(p.Dir, p.Name+suffix), mode); err != nil {
			return fmt.Errorf("install %s: %w", p.Name, err)
		}
	}
	if err := syncFile(dir); err != nil {
		return fmt.Errorf("install %s: %w", p.Name, err)
	}
	return nil
}

// moveInto moves the file into dir, by copying when dir is on another disk.
func moveInto(dir, file string, mode fs.FileMode) error {
	target := filepath.Join(dir, filepath.Base(file))
	if err := syncFile(file); err != nil {
		return err
	}
	if err := os.Chmod(file, mode); err != nil {
		return err
	}
	err := os.Rename(file, target)
	if !errors.Is(err, syscall.EXDEV) {
		return err
	}
	return copyInto(dir, file, target, mode)
}

// copyInto gives the copy its name only when it is whole. Git removes files
// named tmp_* that somebody left behind.
func copyInto(dir, file, target string, mode fs.FileMode) (err error) {
	from, err := os.Open(file)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.CreateTemp(dir, "tmp_mgit_")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(to.Name()))
		}
	}()
	_, err = io.Copy(to, from)
	if err = errors.Join(err, to.Chmod(mode), to.Sync(), to.Close()); err != nil {
		return err
	}
	return os.Rename(to.Name(), target)
}

// syncFile waits until a file or directory is on the disk.
func syncFile(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
