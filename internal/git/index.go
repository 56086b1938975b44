package git

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// IndexChange is a file of the index, or of another tree, that differs from a tree. From is the zero entry for a file that is new,
// To for one that is deleted; the Names are paths, which differ where a file was moved or copied.
type IndexChange struct {
	From, To TreeEntry
	// Unmerged says that the index has no single version of the file, because a merge left that to somebody.
	Unmerged bool
}

// renameLimit bounds the search for files that were moved and changed at once: git compares each new one with
// each that is gone. Files that were only moved are found without a limit.
const renameLimit = 400

// IndexChanges compares the index with a tree and returns what differs, in git's order. It looks at nothing in
// the work tree.
func (r *Repo) IndexChanges(ctx context.Context, tree string) ([]IndexChange, error) {
	if err := CheckName(tree); err != nil {
		return nil, err
	}
	changes, err := r.raw(ctx, "diff-index", "--cached", tree)
	if err != nil {
		return nil, fmt.Errorf("compare the index: %w", err)
	}
	return changes, nil
}

// TreeChanges compares two trees, or those of commits, as [Repo.IndexChanges] compares the index with one.
func (r *Repo) TreeChanges(ctx context.Context, from, to ID) ([]IndexChange, error) {
	changes, err := r.raw(ctx, "diff-tree", "-r", from.String(), to.String())
	if err != nil {
		return nil, fmt.Errorf("compare %s with %s: %w", from, to, err)
	}
	return changes, nil
}

// raw runs one of git's commands that compare.
func (r *Repo) raw(ctx context.Context, command, mode string, trees ...string) ([]IndexChange, error) {
	args := []string{
		command, mode, "--raw", "-z", "--no-abbrev", "-M", "-l" + strconv.Itoa(renameLimit),
		"--no-ext-diff", "--no-relative", "--ignore-submodules=none",
	}
	out, err := r.Cmd(append(append(args, trees...), "--")...).Output(ctx)
	if err != nil {
		return nil, err
	}
	return parseRaw(string(out))
}

// parseRaw reads git's raw output with -z, see "RAW OUTPUT FORMAT" in git-diff-index(1).
func parseRaw(out string) ([]IndexChange, error) {
	var all []IndexChange
	for out != "" {
		head, rest, _ := strings.Cut(out, "\x00")
		words := strings.Split(head, " ")
		if len(words) != 5 || !strings.HasPrefix(head, ":") || words[4] == "" {
			return nil, fmt.Errorf("git says %q, which is no raw difference", head)
		}
		var c IndexChange
		var found bool
		if c.From.Name, rest, found = strings.Cut(rest, "\x00"); !found {
			return nil, fmt.Errorf("git says %q without a path", head)
		}
		c.To.Name = c.From.Name
		status := words[4][0]
		if status == 'R' || status == 'C' {
			if c.To.Name, rest, found = strings.Cut(rest, "\x00"); !found {
				return nil, fmt.Errorf("git says %q with one path", head)
			}
		}
		out = rest
		if err := c.read(words); err != nil {
			return nil, err
		}
		c.Unmerged = status == 'U'
		all = append(all, c)
	}
	return all, nil
}

// read takes modes and ids.
func (c *IndexChange) read(words []string) error {
	for i, entry := range []*TreeEntry{&c.From, &c.To} {
		mode, err := strconv.ParseUint(strings.TrimPrefix(words[i], ":"), 8, 32)
		if err != nil {
			return fmt.Errorf("%q is no mode", words[i])
		}
		if entry.ID, err = ParseID(words[2+i]); err != nil {
			return err
		}
		entry.Mode = Mode(mode)
	}
	return nil
}

// InProgress is what the git directory of a worktree says about where a commit goes that is made there now.
type InProgress struct {
	// Branch is the one that is checked out, or that a rebase will come back to, as refs/heads/…; "" on a
	// detached HEAD.
	Branch string
	// Merging are the commits that are being merged, Picking the one that is being picked, and Reverting the one
	// that is being reverted; zero for none.
	Merging            []ID
	Picking, Reverting ID
}

// InProgress reads the files in the git directory that tell what is going on in this worktree. No git is started.
func (r *Repo) InProgress() (InProgress, error) {
	var p InProgress
	head, err := os.ReadFile(filepath.Join(r.gitDir, "HEAD"))
	if err != nil {
		return p, fmt.Errorf("read HEAD: %w", err)
	}
	if ref, ok := strings.CutPrefix(strings.TrimSpace(string(head)), "ref:"); ok {
		p.Branch = strings.TrimSpace(ref)
	} else {
		for _, ref := range unfinished(r.gitDir) {
			if strings.HasPrefix(ref, "refs/heads/") {
				p.Branch = ref
				break
			}
		}
	}
	p.Merging = r.pseudoRef("MERGE_HEAD")
	for name, id := range map[string]*ID{"CHERRY_PICK_HEAD": &p.Picking, "REVERT_HEAD": &p.Reverting} {
		if ids := r.pseudoRef(name); len(ids) == 1 {
			*id = ids[0]
		}
	}
	return p, nil
}

// IsUnborn reports whether the branch that is checked out in this worktree has no commit yet, from the files of the
// repository.
func (r *Repo) IsUnborn() bool {
	head, err := os.ReadFile(filepath.Join(r.gitDir, "HEAD"))
	ref, named := strings.CutPrefix(strings.TrimSpace(string(head)), "ref:")
	if ref = strings.TrimSpace(ref); err != nil || !named || CheckName(ref) != nil {
		return false
	}
	if _, err := os.Stat(filepath.Join(r.common, filepath.FromSlash(ref))); err == nil {
		return false
	}
	packed, err := os.ReadFile(filepath.Join(r.common, "packed-refs"))
	return err != nil || !bytes.Contains(packed, []byte(" "+ref+"\n"))
}

// pseudoRef reads the ids in a file of the git directory; none where there is no such file.
func (r *Repo) pseudoRef(name string) []ID {
	data, err := os.ReadFile(filepath.Join(r.gitDir, name))
	if err != nil {
		return nil
	}
	var ids []ID
	for line := range strings.Lines(string(data)) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if id, err := ParseID(word); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}
