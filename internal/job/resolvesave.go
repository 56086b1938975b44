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
// resolutions, and the files for the mgit branch.
//
// Git keeps resolutions in one place for the whole clone, so what was resolved
// elsewhere meanwhile is there too. Those count whose outcome stands in a
// commit of this worktree.
func (b *bench) newResolutions(ctx context.Context, m *made) (names []string, edits []fileEdit, err error) {
	written, err := b.writtenFiles(ctx, m)
	if err != nil {
		return nil, nil, err
	}
	return b.site.freshResolutions(ctx, b.record.Cache, written, resolution.Meta{
		Branch: b.record.NewName, From: b.record.Base, Onto: b.record.Onto,
	})
}

// freshResolutions collects what git's rerere has recorded since the snapshot, as far
// as its outcome is among the written files: their names, and the files for the mgit
// branch. Meta says whence they come.
func (s *Site) freshResolutions(ctx context.Context, since resolution.Snapshot, written map[git.ID][]string, meta resolution.Meta) (names []string, edits []fileEdit, err error) {
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
