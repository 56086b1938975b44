package job

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/tree"
)

// treeEdits are changes of many files of one tree. They are written all at once,
// each folder one time: a folder can have thousands of files nobody knows.
type treeEdits struct {
	store tree.Store
	root  git.ID
	files map[string]tree.File // by path; the zero File is taken out
}

// add notes that file is to stand at path. Where that is not possible without
// taking something else away, why says so and nothing is noted.
func (e *treeEdits) add(ctx context.Context, path string, file tree.File) (why string, err error) {
	at, err := tree.At(ctx, e.store, e.root, path)
	if err != nil {
		return "", err
	}
	if at.File == file {
		return "it is as in the pin", nil
	}
	if file != (tree.File{}) {
		if isFull, err := e.isFull(ctx, path, at.Dir); err != nil || isFull {
			return "a folder of the pin stands in its place", err
		}
		if above, err := e.fileAbove(ctx, path); err != nil || above != "" {
			return ShowPath(above) + " is a file", err
		}
	}
	e.files[path] = file
	return "", nil
}

// isFull reports whether something is left in the folder dir at path.
func (e *treeEdits) isFull(ctx context.Context, path string, dir git.ID) (bool, error) {
	err := tree.Diff(ctx, e.store, git.ZeroID, dir, func(c tree.Change) error {
		if file, gone := e.files[path+"/"+c.Path]; !gone || file != (tree.File{}) {
			return errFull
		}
		return nil
	})
	if errors.Is(err, errFull) {
		return true, nil
	}
	return false, err
}

// errFull ends a walk through a folder at the first file that is left in it.
var errFull = errors.New("the folder is not empty")

// fileAbove is the file that stands where path needs a folder, "" when none does.
func (e *treeEdits) fileAbove(ctx context.Context, path string) (string, error) {
	for i := range len(path) {
		if path[i] != '/' {
			continue
		}
		file, edited := e.files[path[:i]]
		if !edited {
			at, err := tree.At(ctx, e.store, e.root, path[:i])
			if err != nil {
				return "", err
			}
			file = at.File
		}
		if file != (tree.File{}) {
			return path[:i], nil
		}
	}
	return "", nil
}

// write returns the tree with all changes, the empty tree where nothing is left.
func (e *treeEdits) write(ctx context.Context) (git.ID, error) {
	id, err := writeEdits(ctx, e.store, e.root, e.files)
	if id == git.ZeroID {
		id = git.EmptyTree
	}
	return id, err
}

func writeEdits(ctx context.Context, s tree.Store, root git.ID, files map[string]tree.File) (git.ID, error) {
	here := make(map[string]tree.File)
	below := make(map[string]map[string]tree.File)
	for path, file := range files {
		name, rest, isBelow := strings.Cut(path, "/")
		if !isBelow {
			here[name] = file
			continue
		}
		if below[name] == nil {
			below[name] = make(map[string]tree.File)
		}
		below[name][rest] = file
	}
	old, err := tree.Read(ctx, s, root)
	if err != nil {
		return git.ZeroID, err
	}
	next := make(git.Tree, 0, len(old)+len(here))
	folders := make(map[string]git.ID)
	for _, entry := range old {
		_, isEdited := here[entry.Name]
		if entry.Mode.IsTree() {
			folders[entry.Name] = entry.ID
		}
		if !isEdited && below[entry.Name] == nil {
			next = append(next, entry)
		}
	}
	for name, file := range here {
		if file != (tree.File{}) {
			next = append(next, git.TreeEntry{Name: name, Mode: file.Mode, ID: file.ID})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(below)) {
		id, err := writeEdits(ctx, s, folders[name], below[name])
		if err != nil {
			return git.ZeroID, err
		}
		if id != git.ZeroID {
			next = append(next, git.TreeEntry{Name: name, Mode: git.ModeTree, ID: id})
		}
	}
	if len(next) == 0 {
		return git.ZeroID, nil
	}
	tree.Sort(next)
	return s.PutTree(next)
}
