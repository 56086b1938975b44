package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Ref is a reference. Name is its full name in raw bytes.
type Ref struct {
	Name string
	// ID is the object it names and Type that object's type: "commit", "tag",
	// rarely "tree" or "blob".
	ID   ID
	Type string
	// Peeled is the commit that remains when all tags are taken off: ID itself
	// for a commit, zero when there is no commit below.
	Peeled ID
	// Symref is the name this reference points to, "" for an ordinary one.
	Symref string
}

// refFormat has no field that could hold the NUL or the line break: Git allows
// no control characters in a reference's name (git-check-ref-format(1)).
const refFormat = "%(refname)%00%(objectname)%00%(objecttype)%00%(*objectname)%00%(*objecttype)%00%(symref)"

// Refs lists the references that begin with one of the prefixes ("refs/heads/")
// or match one of the patterns of git-for-each-ref(1), sorted by name; all
// references when there is none.
func (r *Repo) Refs(ctx context.Context, patterns ...string) ([]Ref, error) {
	for _, p := range patterns {
		if err := CheckName(p); err != nil {
			return nil, fmt.Errorf("list references: %w", err)
		}
	}
	out, err := r.Cmd(append([]string{"for-each-ref", "--format=" + refFormat, "--"}, patterns...)...).Output(ctx)
	if err != nil {
		return nil, fmt.Errorf("list references: %w", err)
	}
	var refs []Ref
	var nested []int // tags of tags, which for-each-ref before 2.45 peels only once
	for line := range bytes.Lines(out) {
		f := strings.Split(strings.TrimSuffix(string(line), "\n"), "\x00")
		if len(f) != 6 {
			return nil, fmt.Errorf("list references: git for-each-ref answered %q", line)
		}
		ref := Ref{Name: f[0], Type: f[2], Symref: f[5]}
		if ref.ID, err = ParseID(f[1]); err != nil {
			return nil, fmt.Errorf("list references: %s: %w", ref.Name, err)
		}
		switch {
		case f[2] == "commit":
			ref.Peeled = ref.ID
		case f[4] == "commit":
			if ref.Peeled, err = ParseID(f[3]); err != nil {
				return nil, fmt.Errorf("list references: %s: %w", ref.Name, err)
			}
		case f[4] == "tag":
			nested = append(nested, len(refs))
		}
		refs = append(refs, ref)
	}
	return refs, r.peel(ctx, refs, nested)
}

// peel fills in Peeled of the references at the positions.
func (r *Repo) peel(ctx context.Context, refs []Ref, at []int) error {
	names := make([]string, len(at))
	for i, n := range at {
		names[i] = refs[n].ID.String() + "^{commit}"
	}
	return r.store.reader.info(ctx, names, func(i int, o Object, found bool) error {
		if found {
			refs[at[i]].Peeled = o.ID
		}
		return nil
	})
}

// Resolve returns the commit that rev names, tags taken off. The error wraps
// ErrNotFound when it names none.
func (r *Repo) Resolve(ctx context.Context, rev string) (ID, error) {
	if err := CheckName(rev); err != nil {
		return ZeroID, err
	}
	var id ID
	err := r.store.reader.info(ctx, []string{rev + "^{commit}"}, func(_ int, o Object, found bool) error {
		if found {
			id = o.ID
		}
		return nil
	})
	if err != nil {
		return ZeroID, fmt.Errorf("resolve %q: %w", rev, err)
	}
	if id == ZeroID {
		return ZeroID, fmt.Errorf("%q names no commit: %w", rev, ErrNotFound)
	}
	return id, nil
}

// TagNames lists the tags, without refs/tags/. The rest is as for [Repo.RefNames].
func (r *Repo) TagNames() ([]string, error) {
	const prefix = "refs/tags/"
	names, err := r.RefNames(prefix)
	for i := range names {
		names[i] = names[i][len(prefix):]
	}
	return names, err
}

// RefNames lists the references below a prefix that ends with a slash, without asking git, from the files in which references
// are stored. Whether each of them names something is for git to say.
func (r *Repo) RefNames(prefix string) ([]string, error) {
	names := make(map[string]bool)
	packed, err := os.ReadFile(filepath.Join(r.common, "packed-refs"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list references: %w", err)
	}
	for line := range strings.Lines(string(packed)) {
		if _, ref, found := strings.Cut(strings.TrimSuffix(line, "\n"), " "); found && strings.HasPrefix(ref, prefix) {
			names[ref] = true
		}
	}
	top := filepath.Join(r.common, filepath.FromSlash(prefix))
	err = filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if name, err := filepath.Rel(top, path); err == nil {
			names[prefix+filepath.ToSlash(name)] = true
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list references: %w", err)
	}
	return slices.Sorted(maps.Keys(names)), nil
}

// ResolveAll is [Repo.Resolve] for many names with one question to git. What names no commit is zero.
func (r *Repo) ResolveAll(ctx context.Context, revs []string) ([]ID, error) {
	names := make([]string, len(revs))
	for i, rev := range revs {
		if err := CheckName(rev); err != nil {
			return nil, err
		}
		names[i] = rev + "^{commit}"
	}
	ids := make([]ID, len(revs))
	err := r.store.reader.info(ctx, names, func(i int, o Object, found bool) error {
		if found {
			ids[i] = o.ID
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("resolve names: %w", err)
	}
	return ids, nil
}

// Head returns the branch that is checked out in this worktree and its commit.
// ref is "" when HEAD is detached; id is zero when the branch has no commit yet.
func (r *Repo) Head(ctx context.Context) (ref string, id ID, err error) {
	out, err := r.Cmd("symbolic-ref", "--quiet", "HEAD").Output(ctx)
	var exit *ExitError
	switch {
	case err == nil:
		ref = strings.TrimSuffix(string(out), "\n")
	case errors.As(err, &exit) && exit.Code == 1: // detached
	default:
		return "", ZeroID, fmt.Errorf("read HEAD: %w", err)
	}
	id, err = r.Resolve(ctx, "HEAD")
	if errors.Is(err, ErrNotFound) && ref != "" {
		return ref, ZeroID, nil
	}
	if err != nil {
		return "", ZeroID, fmt.Errorf("read HEAD: %w", err)
	}
	return ref, id, nil
}
