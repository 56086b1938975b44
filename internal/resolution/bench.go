package resolution

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"mgit/internal/git"
)

// bench is the repository in which rerere works for us. `git merge-tree` never
// calls rerere, which wants a work tree with the conflicted files, an index that
// says they are in conflict, and a git directory with an rr-cache. The user's
// own serve none of these: another rebase may be under way there.
type bench struct {
	repo    *git.Repo
	scratch *git.Scratch
	gitDir  string
	work    string
}

func newBench(repo *git.Repo, scratch *git.Scratch) (*bench, error) {
	b := &bench{
		repo:    repo,
		scratch: scratch,
		gitDir:  filepath.Join(scratch.Dir(), "rr.git"),
		work:    filepath.Join(scratch.Dir(), "rr.work"),
	}
	for _, dir := range []string{"objects", "refs", "info"} {
		if err := os.MkdirAll(filepath.Join(b.gitDir, dir), 0o700); err != nil {
			return nil, fmt.Errorf("make a repository for rerere: %w", err)
		}
	}
	files := map[string]string{
		"HEAD":   "ref: refs/heads/none\n",
		"config": "[core]\n\trepositoryformatversion = 0\n\tbare = false\n",
	}
	// Attributes kept outside the trees hold for the user's own merges too.
	switch data, err := os.ReadFile(filepath.Join(repo.CommonDir(), "info", "attributes")); {
	case err == nil:
		files["info/attributes"] = string(data)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("make a repository for rerere: %w", err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(b.gitDir, filepath.FromSlash(name)), []byte(text), 0o600); err != nil {
			return nil, fmt.Errorf("make a repository for rerere: %w", err)
		}
	}
	return b, nil
}

// cmd is git in this repository, whatever the caller's environment names.
func (b *bench) cmd(args ...string) *git.Cmd {
	return b.repo.Cmd(args...).
		Env(b.scratch.Env()...).
		Env("GIT_DIR="+b.gitDir, "GIT_COMMON_DIR="+b.gitDir, "GIT_WORK_TREE="+b.work, "GIT_INDEX_FILE="+filepath.Join(b.gitDir, "index")).
		Dir(b.work)
}

// clear empties work tree and index, and puts the attributes into the work tree
// that tree has for the files.
func (b *bench) clear(ctx context.Context, tree git.ID, files []*file) error {
	if err := errors.Join(os.RemoveAll(b.work), os.RemoveAll(filepath.Join(b.gitDir, "index"))); err != nil {
		return err
	}
	if err := os.Mkdir(b.work, 0o700); err != nil {
		return err
	}
	seen := make(map[string]bool)
	for _, f := range files {
		for dir := f.path; dir != "."; {
			dir = path.Dir(dir)
			if seen[dir] {
				break // and so are those above
			}
			seen[dir] = true
			if err := b.attributes(ctx, tree, path.Join(dir, ".gitattributes")); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bench) attributes(ctx context.Context, tree git.ID, name string) error {
	entry, err := b.scratch.Path(ctx, tree, name)
	if errors.Is(err, git.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read attributes: %w", err)
	}
	if entry.Mode != git.ModeFile && entry.Mode != git.ModeExec {
		return nil // Git follows no link to attributes either
	}
	text, err := b.scratch.Blob(ctx, entry.ID)
	if err != nil {
		return fmt.Errorf("read attributes: %w", err)
	}
	return b.write(name, text)
}

// fill writes the conflicted files and their stages.
func (b *bench) fill(ctx context.Context, files []*file) error {
	var index bytes.Buffer
	for _, f := range files {
		if err := b.write(f.path, f.text); err != nil {
			return err
		}
		for _, s := range f.stages {
			fmt.Fprintf(&index, "%v %v %d\t%s\x00", s.Mode, s.ID, s.Stage, s.Path)
		}
	}
	return b.cmd("update-index", "-z", "--index-info").Stdin(index.Bytes()).Run(ctx)
}

// rerere runs `git rerere` with an rr-cache that holds the given resolutions,
// by id. It returns the ids of the files that stay in conflict, by path.
func (b *bench) rerere(ctx context.Context, known map[string]candidate) (map[string]string, error) {
	cache, state := filepath.Join(b.gitDir, "rr-cache"), filepath.Join(b.gitDir, "MERGE_RR")
	if err := errors.Join(os.RemoveAll(cache), os.RemoveAll(state), os.Mkdir(cache, 0o700)); err != nil {
		return nil, err
	}
	for id, c := range known {
		dir := filepath.Join(cache, id)
		err := errors.Join(os.Mkdir(dir, 0o700),
			os.WriteFile(filepath.Join(dir, preimage), c.Preimage, 0o600),
			os.WriteFile(filepath.Join(dir, postimage), c.Postimage, 0o600))
		if err != nil {
			return nil, err
		}
	}
	if err := b.cmd("-c", "rerere.enabled=true", "-c", "rerere.autoUpdate=false", "rerere").Run(ctx); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(state)
	if err != nil {
		return nil, fmt.Errorf("read what rerere left open: %w", err)
	}
	return parseOpen(data)
}

// parseOpen reads MERGE_RR: <id>[.<variant>] TAB <path> NUL, for every conflict
// that is not resolved.
func parseOpen(data []byte) (map[string]string, error) {
	open := make(map[string]string)
	for entry := range strings.SplitSeq(string(data), "\x00") {
		if entry == "" {
			continue
		}
		name, path, ok := strings.Cut(entry, "\t")
		id, _, _ := strings.Cut(name, ".")
		if !ok || !isID(id) {
			return nil, fmt.Errorf("read what rerere left open: %q", entry)
		}
		open[path] = id
	}
	return open, nil
}

func (b *bench) write(name string, text []byte) error {
	file := filepath.Join(b.work, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}

func (b *bench) read(name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(b.work, filepath.FromSlash(name)))
}

// restyle merges the files again, alone and in place, and sets their texts to
// the conflicts that the style shows.
func (r *Replayer) restyle(ctx context.Context, s style, files []*file) error {
	var trees [4]git.ID // by stage
	for _, f := range files {
		for _, stage := range f.stages {
			var err error
			if trees[stage.Stage], err = r.edit(ctx, trees[stage.Stage], f.path, stage.Mode, stage.ID); err != nil {
				return err
			}
		}
	}
	base, err := r.side(ctx, trees[1])
	if err != nil {
		return err
	}
	ours, err := r.side(ctx, trees[2], base)
	if err != nil {
		return err
	}
	theirs, err := r.side(ctx, trees[3], base)
	if err != nil {
		return err
	}
	out, err := r.bench.cmd("-c", "merge.conflictStyle="+string(s), "merge-tree", "--write-tree", "-z", "--no-messages", ours.String(), theirs.String()).Output(ctx)
	var exit *git.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.Code == 1) { // 1: conflicts
		return err
	}
	id, _, _ := strings.Cut(string(out), "\x00")
	merged, err := git.ParseID(id)
	if err != nil {
		return fmt.Errorf("read the answer of git merge-tree: %w", err)
	}
	for _, f := range files {
		entry, err := r.scratch.Path(ctx, merged, f.path)
		if err != nil {
			return err
		}
		if f.text, err = r.scratch.Blob(ctx, entry.ID); err != nil {
			return err
		}
	}
	return nil
}

// side writes a throw-away commit with the tree.
func (r *Replayer) side(ctx context.Context, tree git.ID, parents ...git.ID) (git.ID, error) {
	if tree == git.ZeroID {
		tree = git.EmptyTree
	}
	who := git.Signature{Name: "mgit", Email: "mgit", When: time.Now().UTC()}
	id := r.scratch.PutCommit(&git.Commit{Tree: tree, Parents: parents, Author: who, Committer: who, Message: "merge side\n"})
	return id, r.scratch.Spill(ctx, id)
}
