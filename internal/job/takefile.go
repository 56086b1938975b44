package job

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mgit/internal/conflict"
	"mgit/internal/git"
)

// workFile is a file of the worktree. Its text is what Git would make of it; that is something else only
// where an attribute says that the worktree has it in another encoding.
type workFile struct {
	raw, text []byte
	isEncoded bool
}

// readWork reads a file with hunks from the worktree. No filter is run: where one is set, its text is taken
// as it stands.
func (r *conflictReader) readWork(ctx context.Context, f *ConflictFile) (*workFile, error) {
	raw, err := readInside(r.stop.path, f.Raw)
	if err != nil {
		return nil, err
	}
	w := &workFile{raw: raw, text: raw}
	if f.text.IsUntouched(raw) {
		return w, nil
	}
	set, err := r.attributesOf(ctx, f.Raw, "working-tree-encoding", "filter")
	if err != nil || set["working-tree-encoding"] == "" || set["filter"] != "" {
		return w, err
	}
	id, err := r.cleaned(ctx, f.Raw, raw, "-w")
	if err != nil {
		return w, nil //nolint:nilerr // it is not in that encoding: a person's text, as it stands
	}
	w.isEncoded = true
	w.text, err = r.stop.scratch.Blob(ctx, id)
	return w, err
}

// attributesOf reads attributes of a path in the worktree; those that are not set to something are left out.
func (r *conflictReader) attributesOf(ctx context.Context, path string, names ...string) (map[string]string, error) {
	out, err := r.site.Repo.Cmd(append(append([]string{"check-attr", "-z"}, names...), "--", path)...).Dir(r.stop.path).Output(ctx)
	if err != nil {
		return nil, err
	}
	set := make(map[string]string)
	for fields := range slices.Chunk(strings.Split(string(out), "\x00"), 3) {
		if len(fields) == 3 && !slices.Contains([]string{"unspecified", "unset", "set"}, fields[2]) {
			set[fields[1]] = fields[2]
		}
	}
	return set, nil
}

// cleaned is the blob that Git would make of a file of the worktree.
func (r *conflictReader) cleaned(ctx context.Context, path string, raw []byte, args ...string) (git.ID, error) {
	args = append([]string{"hash-object", "--stdin", "--path=" + path}, args...)
	out, err := r.site.Repo.Cmd(args...).Dir(r.stop.path).Env(r.stop.scratch.Env()...).Stdin(raw).Output(ctx)
	if err != nil {
		return git.ZeroID, err
	}
	return git.ParseID(strings.TrimSpace(string(out)))
}

// smudged is a text as Git would write it into the worktree.
func (t *taker) smudged(ctx context.Context, text []byte) ([]byte, error) {
	id := t.stop.scratch.PutBlob(text)
	if err := t.stop.scratch.Spill(ctx, id); err != nil {
		return nil, err
	}
	return t.site.Repo.Cmd("cat-file", "--filters", "--path="+t.file.Raw, id.String()).Dir(t.stop.path).Env(t.stop.scratch.Env()...).Output(ctx)
}

// mayReplace refuses to replace a file in which somebody has written.
func (t *taker) mayReplace(ctx context.Context) error {
	if t.request.Overwrite {
		return nil
	}
	byHand, err := t.isByHand(ctx)
	if err != nil || !byHand {
		return err
	}
	return &Refusal{ID: "edited", Text: ShowPath(t.file.Raw) + " was changed by hand, and that would be lost"}
}

// isByHand reports whether the worktree has something in the place of the file that can not be made again.
func (t *taker) isByHand(ctx context.Context) (bool, error) {
	f := t.file
	blobs := slices.DeleteFunc([]*ConflictBlob{f.Base, f.Ours, f.Theirs}, func(b *ConflictBlob) bool { return b == nil })
	raw, err := readInsideOrLink(t.stop.path, f.Raw)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errNoFile):
		return false, nil // gone, a folder or a submodule: git itself does not write over what is in these
	case err != nil:
		return false, err
	}
	if f.text != nil {
		work, err := t.readWork(ctx, f)
		if err != nil {
			return true, nil //nolint:nilerr // it is something else by now
		}
		if f.text.IsUntouched(work.text) {
			return false, nil
		}
	}
	id, err := t.cleaned(ctx, f.Raw, raw)
	if err != nil {
		return false, err
	}
	asLink := t.stop.scratch.PutBlob(raw)
	return !slices.ContainsFunc(blobs, func(b *ConflictBlob) bool { return git.ID(b.ID) == id || git.ID(b.ID) == asLink }), nil
}

// errNoFile says that something is neither a file nor a link.
var errNoFile = errors.New("it is no file")

// readInsideOrLink reads a file of a worktree, or the name that a link leads to.
func readInsideOrLink(dir, name string) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	name = filepath.FromSlash(name)
	info, err := root.Lstat(name)
	switch {
	case err != nil:
		return nil, err
	case info.Mode()&fs.ModeSymlink != 0:
		to, err := root.Readlink(name)
		return []byte(to), err
	case !info.Mode().IsRegular():
		return nil, errNoFile
	}
	return root.ReadFile(name)
}

// writeMarked writes the file with all of its conflicts, as git has left it. It is not `git checkout --merge`
// that does so: that one compares in another way than a merge does, and finds other hunks.
func (t *taker) writeMarked(ctx context.Context) error {
	f, d := t.file, t.detail
	style, err := t.site.conflictStyle(ctx)
	if err != nil {
		return err
	}
	set, err := t.attributesOf(ctx, f.Raw, "conflict-marker-size")
	if err != nil {
		return err
	}
	size, err := strconv.Atoi(set["conflict-marker-size"])
	if err != nil || size <= 0 {
		size = conflict.UsualSize
	}
	text, err := t.smudged(ctx, f.text.Marked(size, style != plainStyle, conflict.Labels{
		Ours: d.Ours.Word + " " + d.Ours.Name, Base: SideBase, Theirs: d.Theirs.Word + " " + d.Theirs.Name,
	}))
	if err != nil {
		return err
	}
	before, err := readInsideOrLink(t.stop.path, f.Raw)
	if err == nil {
		err = writeInside(t.stop.path, f.Raw, before, text)
		if !errors.Is(err, errNoFile) {
			return err
		}
	}
	return createInside(t.stop.path, f.Raw, text, t.mode())
}

// mode is the mode of the file as Git merges it.
func (t *taker) mode() fs.FileMode {
	for _, b := range []*ConflictBlob{t.file.Ours, t.file.Theirs} {
		if b != nil && b.Mode == "100755" {
			return 0o777
		}
	}
	return 0o666
}

// createInside writes a file of a worktree that is not there, or is a link.
func createInside(dir, name string, text []byte, mode fs.FileMode) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	name = filepath.FromSlash(name)
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := root.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	return root.WriteFile(name, text, mode)
}

// writeInside replaces a file of a worktree that still has the content before. The new file takes its place as
// a whole.
func writeInside(dir, name string, before, after []byte) (err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	name = filepath.FromSlash(name)
	info, err := root.Lstat(name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("write %s: %w", ShowPath(name), errNoFile)
	}
	next := filepath.Join(filepath.Dir(name), fmt.Sprintf(".mgit-take-%d", os.Getpid()))
	if err := root.WriteFile(next, after, info.Mode().Perm()); err != nil {
		return err
	}
	err = root.Chmod(next, info.Mode().Perm()) // whatever the umask
	var now []byte
	if err == nil {
		now, err = root.ReadFile(name)
	}
	if err == nil && !bytes.Equal(now, before) {
		err = &Refusal{ID: "edited", Final: true, Text: ShowPath(name) + " was changed while mgit read it", Hint: "look at it once more"}
	}
	if err == nil {
		err = root.Rename(next, name)
	}
	if err != nil {
		return errors.Join(err, root.Remove(next))
	}
	return nil
}
