package job

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/resolution"
	"mgit/internal/tree"
)

// newResolutions collects what was resolved in the worktree: the names of the
// resolutions, and the files for the mgit branch. The note goes with each.
//
// Git keeps resolutions in one place for the whole clone, so what was resolved
// elsewhere meanwhile is there too. Those count whose outcome stands in a
// commit of this worktree.
func (b *bench) newResolutions(ctx context.Context, scratch *git.Scratch, m *made, note string) (names []string, edits []fileEdit, err error) {
	written, err := b.writtenFiles(ctx, m)
	if err != nil {
		return nil, nil, err
	}
	meta := resolution.Meta{Branch: b.record.NewName, From: b.record.Base, Onto: b.record.Onto, Target: ID(b.record.OntoCommit).String(), Note: note}
	if base := b.site.refs.commit("refs/tags/" + b.record.Base); base != git.ZeroID {
		meta.Base = ID(base).String()
	} else if id, err := git.ParseID(b.record.Base); err == nil {
		meta.Base = ID(id).String()
	}
	return b.site.freshResolutions(ctx, b.record.Cache, written, meta, func(r *resolution.Resolution) {
		r.Meta.Commit, r.Meta.Result = b.origin(ctx, scratch, m, r.Postimage, written)
	})
}

// origin finds the commit in which a resolved file was committed: the old one, and what
// became of it. Both are "" where that cannot be told.
func (b *bench) origin(ctx context.Context, scratch *git.Scratch, m *made, text []byte, written map[git.ID][]string) (commit, result string) {
	store := b.site.Repo.Store()
	blobs := map[git.ID]bool{store.PutBlob(text): true, store.PutBlob(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))): true}
	found := -1
	for i := range m.steps {
		at := m.steps[i].made
		if at < 0 {
			continue
		}
		for id := range blobs {
			if !slices.ContainsFunc(written[id], func(path string) bool { return b.hasBlob(ctx, m.commits[at], path, id) }) {
				continue
			}
			if found >= 0 && found != i {
				return "", "" // a later commit has the very same file
			}
			found = i
		}
	}
	if found < 0 {
		return "", ""
	}
	return ID(b.record.Steps[found].Commit).String(), b.result(ctx, scratch, m, m.steps[found].made)
}

// result is the commit of the new branch that the commit at an index of the worktree's
// became: those are made anew when the branch is finished, in the same order. It is ""
// where the branch is another one.
func (b *bench) result(ctx context.Context, scratch *git.Scratch, m *made, index int) string {
	id := m.tip
	for i := len(m.commits) - 1; i >= index; i-- {
		c, err := scratch.Commit(ctx, id)
		if err != nil || len(c.Parents) != 1 || c.Tree != m.commits[i].Tree {
			return ""
		}
		if i == index {
			return ID(id).String()
		}
		id = c.Parents[0]
	}
	return ""
}

// hasBlob reports whether the commit changed the file at path to the blob.
func (b *bench) hasBlob(ctx context.Context, c *git.Commit, path string, id git.ID) bool {
	store := b.site.Repo.Store()
	now, err := store.Path(ctx, c.Tree, path)
	if err != nil || now.ID != id || len(c.Parents) == 0 {
		return false
	}
	parent, err := store.Commit(ctx, c.Parents[0])
	if err != nil {
		return false
	}
	was, err := store.Path(ctx, parent.Tree, path)
	return err != nil || was.ID != id
}

// freshResolutions collects what git's rerere has recorded since the snapshot, as far
// as its outcome is among the written files: their names, and the files for the mgit
// branch. Meta says whence they come.
func (s *Site) freshResolutions(ctx context.Context, since resolution.Snapshot, written map[git.ID][]string, meta resolution.Meta, origin func(*resolution.Resolution)) (names []string, edits []fileEdit, err error) {
	known, err := s.readResolutions(ctx)
	if err != nil {
		return nil, nil, err
	}
	fresh, _, err := resolution.Collect(s.Repo, known, since)
	if err != nil {
		return nil, nil, fmt.Errorf("collect what was resolved: %w", err)
	}
	if len(fresh) == 0 {
		return nil, nil, nil
	}
	who, err := s.Repo.Ident(ctx)
	if err != nil {
		return nil, nil, err
	}
	var ours resolution.Set
	for _, r := range fresh {
		// What was made by a tool is built again, and nothing to learn from.
		paths := slices.DeleteFunc(pathsOf(s.Repo.Store(), written, r.Postimage), moodle.IsGenerated)
		if len(paths) == 0 {
			continue
		}
		r.Meta = meta
		r.Meta.Paths, r.Meta.Author, r.Meta.Created = paths, fmt.Sprintf("%s <%s>", who.Name, who.Email), who.When
		if origin != nil {
			origin(&r)
		}
		ours = append(ours, r)
	}
	return addResolutions(known, ours)
}

// addResolutions names the files that make the set known hold the new ones too.
func addResolutions(known, ours resolution.Set) (names []string, edits []fileEdit, err error) {
	was, err := known.Files()
	if err != nil {
		return nil, nil, err
	}
	all := known.Add(ours)
	now, err := all.Files()
	if err != nil {
		return nil, nil, err
	}
	had := make(map[string]bool)
	for _, r := range known {
		had[r.Name()] = true
	}
	for _, r := range all {
		if !had[r.Name()] {
			names = append(names, r.Name())
		}
	}
	for _, path := range sortedNames(now) {
		if _, ok := was[path]; !ok {
			data := now[path]
			edits = append(edits, fileEdit{Path: path, New: &data})
		}
	}
	return names, edits, nil
}

// writtenFiles lists the paths that each content was committed to.
func (b *bench) writtenFiles(ctx context.Context, m *made) (map[git.ID][]string, error) {
	store := b.site.Repo.Store()
	written := make(map[git.ID][]string)
	for _, c := range m.commits {
		if len(c.Parents) == 0 {
			continue
		}
		parent, err := store.Commit(ctx, c.Parents[0])
		if err != nil {
			return nil, err
		}
		err = tree.Diff(ctx, store, parent.Tree, c.Tree, func(ch tree.Change) error {
			if ch.To.Mode != 0 {
				written[ch.To.ID] = append(written[ch.To.ID], ch.Path)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return written, nil
}

// pathsOf finds where a resolved file was committed. In the worktree it may
// have had the line ends of another system.
func pathsOf(store *git.Store, written map[git.ID][]string, text []byte) []string {
	paths := written[store.PutBlob(text)]
	if plain := bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")); len(plain) != len(text) {
		paths = append(slices.Clone(paths), written[store.PutBlob(plain)]...)
	}
	paths = slices.Clone(paths)
	slices.Sort(paths)
	return slices.Compact(paths)
}
