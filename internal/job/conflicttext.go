package job

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"

	"mgit/internal/conflict"
	"mgit/internal/git"
	"mgit/internal/tree"
)

// readTexts asks Git for the files with hunks, each for itself, with markers that no line can be taken for, and
// in the style that this clone has. In the plain style the base comes from asking once more.
func (r *conflictReader) readTexts(ctx context.Context) error {
	var asked []*ConflictFile
	var merges []git.Merge
	var contents [][]byte
	for i := range r.detail.Files {
		f := &r.detail.Files[i]
		if !f.hasHunks() {
			continue
		}
		m := git.Merge{}
		for _, side := range []struct {
			blob *ConflictBlob
			root *git.ID
		}{{f.Base, &m.Base}, {f.Ours, &m.Ours}, {f.Theirs, &m.Theirs}} {
			data, err := r.content(ctx, side.blob)
			if err != nil {
				return err
			}
			contents = append(contents, data)
			if side.blob == nil {
				continue
			}
			if *side.root, err = tree.Set(ctx, r.stop.scratch, git.ZeroID, f.Raw, tree.File{Mode: git.ModeFile, ID: git.ID(side.blob.ID)}); err != nil {
				return err
			}
		}
		asked, merges = append(asked, f), append(merges, m)
	}
	if len(asked) == 0 {
		return nil
	}
	size := conflict.MarkerSize(contents...)
	attributes, err := r.attributes(ctx, asked, size)
	if err != nil {
		return err
	}
	style, err := r.site.conflictStyle(ctx)
	if err != nil {
		return err
	}
	if err := r.ask(ctx, style, attributes, merges, asked, size); err != nil {
		return err
	}
	for i, f := range asked {
		if f.text != nil {
			f.text.Locate(contents[3*i], contents[3*i+1], contents[3*i+2])
		}
	}
	return nil
}

// ask fills in the texts.
func (r *conflictReader) ask(ctx context.Context, style string, attributes git.ID, merges []git.Merge, files []*ConflictFile, size int) error {
	shown, err := r.texts(ctx, style, attributes, merges, files, size)
	if err != nil {
		return err
	}
	if style != plainStyle {
		for i, f := range files {
			f.text = shown[i]
		}
		return nil
	}
	full, err := r.texts(ctx, "diff3", attributes, merges, files, size)
	if err != nil {
		return err
	}
	for i, f := range files {
		if f.text = shown[i]; f.text != nil && full[i] != nil {
			f.text.AddBase(full[i])
		}
	}
	return nil
}

// texts are the files in one style; nil for one that Git does not merge by lines.
func (r *conflictReader) texts(ctx context.Context, style string, attributes git.ID, merges []git.Merge, files []*ConflictFile, size int) ([]*conflict.Text, error) {
	answers, err := r.stop.scratch.MergeTreesShown(ctx, style, attributes, merges)
	if err != nil {
		return nil, err
	}
	all := make([]*conflict.Text, len(files))
	for i, a := range answers {
		if a.Err != nil || a.Clean {
			continue
		}
		e, err := r.stop.scratch.Path(ctx, a.Tree, files[i].Raw)
		if errors.Is(err, git.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		data, err := r.stop.scratch.Blob(ctx, e.ID)
		if err != nil {
			return nil, err
		}
		text, err := conflict.Parse(data, size)
		if err == nil && len(text.Hunks()) > 0 {
			all[i] = text
		}
	}
	return all, nil
}

func (r *conflictReader) content(ctx context.Context, b *ConflictBlob) ([]byte, error) {
	if b == nil || b.Mode == git.ModeGitlink.String() {
		return nil, nil
	}
	return r.stop.scratch.Blob(ctx, git.ID(b.ID))
}

// attributes is a tree with the attributes that count for the files, and the length of markers.
func (r *conflictReader) attributes(ctx context.Context, files []*ConflictFile, size int) (root git.ID, err error) {
	const name = ".gitattributes"
	set := func(dir string, more string) error {
		at := path.Join(dir, name)
		e, err := r.stop.scratch.Path(ctx, r.stop.ours, at)
		var data []byte
		if err == nil && e.Mode != git.ModeLink && !e.Mode.IsTree() {
			data, err = r.stop.scratch.Blob(ctx, e.ID)
		}
		if errors.Is(err, git.ErrNotFound) {
			err = nil
		}
		if err != nil || len(data)+len(more) == 0 {
			return err
		}
		data = append(bytes.Clone(data), more...)
		root, err = tree.Set(ctx, r.stop.scratch, root, at, tree.File{Mode: git.ModeFile, ID: r.stop.scratch.PutBlob(data)})
		return err
	}
	own := make(map[string]bool)
	for _, f := range files {
		own[path.Dir(f.Raw)] = true
		for dir := path.Dir(f.Raw); dir != "."; dir = path.Dir(dir) {
			own[path.Dir(dir)] = own[path.Dir(dir)] || false
		}
	}
	for _, dir := range sortedNames(own) {
		more := ""
		if own[dir] {
			more = fmt.Sprintf("\n* conflict-marker-size=%d\n", size)
		}
		if err := set(dir, more); err != nil {
			return git.ZeroID, err
		}
	}
	return root, nil
}

// plainStyle is Git's style without a base, which a clone has unless it is told otherwise.
const plainStyle = "merge"

// conflictStyle is how git writes conflicts in this clone.
func (s *Site) conflictStyle(ctx context.Context) (string, error) {
	values, err := s.Repo.Config(ctx)
	if err != nil {
		return "", err
	}
	style := plainStyle
	for _, e := range values.Entries {
		if e.Key == "merge.conflictstyle" && (e.Value == "diff3" || e.Value == "zdiff3") {
			style = e.Value
		} else if e.Key == "merge.conflictstyle" {
			style = plainStyle
		}
	}
	return style, nil
}
