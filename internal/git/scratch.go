package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Scratch is a temporary object directory whose alternate is the repository.
// git started with [Scratch.Env] reads everything and writes only here. Its
// store sees the repository, the objects put into memory, and what git wrote.
//
// Nothing in it outlives Close but a pack that was installed.
type Scratch struct {
	*Store
	repo *Repo
	dir  string

	spillLock sync.Mutex
	spilled   map[ID]bool

	attributesLock sync.Mutex
	attributes     map[ID]string
}

// NewScratch makes a scratch below StateDir, so that a pack can be moved from it
// by a rename; where the repository cannot be written to, in the system's
// temporary directory.
func (r *Repo) NewScratch(_ context.Context) (*Scratch, error) {
	dir, err := r.scratchDir()
	if err != nil {
		return nil, fmt.Errorf("make a scratch directory: %w", err)
	}
	s := &Scratch{repo: r, dir: dir, spilled: make(map[ID]bool)}
	if err := os.Mkdir(s.objects(), 0o700); err != nil {
		return nil, errors.Join(fmt.Errorf("make a scratch directory: %w", err), s.remove())
	}
	s.Store = newStore(r, s.Env())
	return s, nil
}

// Names below StateDir.
const scratchParent = "tmp"

func (r *Repo) scratchDir() (string, error) {
	parent := filepath.Join(r.StateDir(), scratchParent)
	pattern := strconv.Itoa(os.Getpid()) + "-*"
	// Another process may remove the empty parent between the two calls.
	for range 3 {
		if err := os.MkdirAll(parent, 0o777); err != nil {
			break
		}
		r.sweep(parent)
		dir, err := os.MkdirTemp(parent, pattern)
		if err == nil {
			return dir, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return os.MkdirTemp("", "mgit-"+pattern)
}

// sweepAge is how old what a dead process left must be before it goes. A
// process of another machine or container looks dead from here.
const sweepAge = 24 * time.Hour

// sweep removes the scratch directories of processes that were killed.
func (r *Repo) sweep(parent string) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, e := range entries {
		number, _, _ := strings.Cut(e.Name(), "-")
		pid, err := strconv.Atoi(number)
		if err != nil || isAlive(pid) {
			continue
		}
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > sweepAge {
			_ = os.RemoveAll(filepath.Join(parent, e.Name())) // the next sweep tries again
		}
	}
}

func isAlive(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	err = p.Signal(syscall.Signal(0))
	return err == nil || errors.Is(err, fs.ErrPermission)
}

// Close ends the scratch's git and removes its directory.
func (s *Scratch) Close() error {
	return errors.Join(s.Store.close(), s.remove())
}

// remove leaves no empty directory of ours behind either.
func (s *Scratch) remove() error {
	if err := os.RemoveAll(s.dir); err != nil {
		return fmt.Errorf("remove scratch directory: %w", err)
	}
	parent := filepath.Join(s.repo.StateDir(), scratchParent)
	if filepath.Dir(s.dir) == parent && os.Remove(parent) == nil {
		_ = os.Remove(s.repo.StateDir()) // fails when something else is in it
	}
	return nil
}

// Dir is the scratch's directory. Callers may put files of their own there.
func (s *Scratch) Dir() string { return s.dir }

func (s *Scratch) objects() string { return filepath.Join(s.dir, "objects") }

// Env are the variables with which git writes here and reads the repository.
func (s *Scratch) Env() []string {
	alternates := quoteAlternate(s.repo.objectDir())
	for _, kv := range s.repo.env {
		if previous, ok := strings.CutPrefix(kv, "GIT_ALTERNATE_OBJECT_DIRECTORIES="); ok && previous != "" {
			alternates += string(os.PathListSeparator) + previous
		}
	}
	return []string{
		"GIT_OBJECT_DIRECTORY=" + s.objects(),
		"GIT_ALTERNATE_OBJECT_DIRECTORIES=" + alternates,
	}
}

// quoteAlternate writes a path as an item of GIT_ALTERNATE_OBJECT_DIRECTORIES,
// which is quoted like a C string where it would be taken apart; see git(1).
func quoteAlternate(path string) string {
	if !strings.HasPrefix(path, `"`) && !strings.ContainsRune(path, os.PathListSeparator) && !strings.Contains(path, "\n") {
		return path
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(path) + `"`
}

// Spill writes the object id, where it is one in memory, and all objects in
// memory below it into the scratch's object directory, so that git sees them.
// What was written once is not written again.
func (s *Scratch) Spill(ctx context.Context, id ID) error {
	s.spillLock.Lock()
	defer s.spillLock.Unlock()
	return s.spill(ctx, id)
}

func (s *Scratch) spill(ctx context.Context, id ID) error {
	o, ok := s.inMemory(id)
	if !ok || s.spilled[id] {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("write object %s: %w", id, context.Cause(ctx))
	}
	below, err := links(o)
	if err != nil {
		return fmt.Errorf("write object %s: %w", id, err)
	}
	for _, child := range below {
		if err := s.spill(ctx, child); err != nil {
			return err
		}
	}
	if err := writeLoose(s.objects(), o); err != nil {
		return fmt.Errorf("write object %s: %w", id, err)
	}
	s.spilled[id] = true
	return nil
}

// links returns the objects that o names, without submodules' commits.
func links(o Object) ([]ID, error) {
	switch o.Type {
	case "tree":
		t, err := DecodeTree(o.Data)
		if err != nil {
			return nil, err
		}
		ids := make([]ID, 0, len(t))
		for _, e := range t {
			if e.Mode&typeMask != ModeGitlink {
				ids = append(ids, e.ID)
			}
		}
		return ids, nil
	case "commit":
		c, err := DecodeCommit(o.ID, o.Data)
		if err != nil {
			return nil, err
		}
		return append([]ID{c.Tree}, c.Parents...), nil
	case "tag":
		line, _, _ := strings.Cut(string(o.Data), "\n")
		id, err := ParseID(strings.TrimPrefix(line, "object "))
		return []ID{id}, err
	default:
		return nil, nil
	}
}
