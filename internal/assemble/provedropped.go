package assemble

import (
	"context"
	"fmt"
	"slices"

	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/hunk"
	"mgit/internal/layout"
	"mgit/internal/tree"
)

// Dropped is what a stranger took away from one path of something that was merged.
type Dropped struct {
	Branch   string // the branch, or the tag of upstream
	Upstream bool
	Path     string
	By       git.ID // the commit that took it away, the last one that did
	// Lacks are the edits of the branch that the target lacks. They are empty where
	// the file is no text, or too large to be compared by lines.
	Lacks []hunk.Lack
	// Gone tells that nothing of the branch's change to the path is left.
	Gone bool
	// All tells that all paths of the branch are Gone.
	All bool
}

// maxText is the size up to which files are compared by lines; a larger one is
// taken away when it is not the branch's any more.
const maxText = 16 << 20

// dropped looks at all that strangers touched for what a branch had brought there.
func (v *prover) dropped(ctx context.Context) error {
	if len(v.touches) == 0 {
		return nil
	}
	byPath := make(map[string][]touch)
	for _, t := range v.touches {
		byPath[t.Path] = append(byPath[t.Path], t)
	}
	for i, b := range v.branches {
		tip := v.states[i].tip
		if tip == git.ZeroID || !v.line.history.Owns(tip) {
			continue
		}
		base, err := history.Base(ctx, v.bases, v.line.history, tip)
		if err != nil {
			return err
		}
		if err := v.droppedOf(ctx, b, base, tip, byPath); err != nil {
			return err
		}
	}
	if v.line.upstream.Tip != git.ZeroID && v.line.Base != git.ZeroID {
		return v.droppedOf(ctx, v.line.upstream, v.line.Base, v.line.upstream.Tip, byPath)
	}
	return nil
}

// droppedOf looks at what one branch brought, or upstream, from base to tip.
func (v *prover) droppedOf(ctx context.Context, b Step, base, tip git.ID, byPath map[string][]touch) error {
	changes, err := v.changesOf(ctx, base, tip)
	if err != nil {
		return fmt.Errorf("read what %s changes: %w", b.Name, err)
	}
	all, from := true, len(v.proof.Dropped)
	for _, change := range changes {
		touches := byPath[change.Path]
		if len(touches) == 0 {
			all = false
			continue
		}
		at, err := tree.At(ctx, v.objects, v.line.seen.commits[v.line.Tip].Tree, change.Path)
		if err != nil {
			return err
		}
		final := File{Path: change.Path, Mode: at.File.Mode, ID: at.File.ID}
		d, is, err := v.droppedAt(ctx, b.Name, change, final, touches)
		if err != nil {
			err = fmt.Errorf("compare %s with what %s has there: %w", change.Path, b.Name, err)
			if err := v.unread(ctx, touches[len(touches)-1].by, err); err != nil {
				return err
			}
		}
		if !is || !d.Gone {
			all = false
		}
		if is {
			d.Upstream = b.Upstream
			v.proof.Dropped = append(v.proof.Dropped, d)
		}
	}
	for i := range v.proof.Dropped[from:] {
		v.proof.Dropped[from+i].All = all
	}
	return nil
}

func (v *prover) changesOf(ctx context.Context, base, tip git.ID) ([]Edit, error) {
	from, err := v.line.seen.treeOf(ctx, v.objects, base)
	if err != nil {
		return nil, err
	}
	to, err := v.line.seen.treeOf(ctx, v.objects, tip)
	if err != nil {
		return nil, err
	}
	// What a branch of the other layout changes is in the target where that has its files.
	last := v.line.seen.commits[v.line.Tip].Tree
	in, err := newMover(v.objects, layout.Places{}).sides(ctx, last, from, to, last)
	if err != nil {
		return nil, err
	}
	return editsOf(ctx, v.objects, in.base, in.theirs)
}

// droppedAt looks at one path that a branch changes and strangers touched. What
// a touch took away is dropped if the target still lacks it: a later merge may have
// brought it again, and a revert may have been reverted.
func (v *prover) droppedAt(ctx context.Context, name string, change Edit, final File, touches []touch) (Dropped, bool, error) {
	d := Dropped{Branch: name, Path: change.Path}
	if final == change.To {
		return d, false, nil
	}
	for _, t := range slices.Backward(touches) {
		took, err := v.loses(ctx, name, change, t.From, t.To)
		if err != nil {
			return d, false, err
		}
		if !took.any {
			continue
		}
		lacks, err := v.loses(ctx, name, change, t.From, final)
		if err != nil {
			return d, false, err
		}
		if !lacks.any {
			continue
		}
		d.By, d.Lacks = t.by, lacks.lines
		d.Gone, err = v.isGone(ctx, name, change, final)
		return d, true, err
	}
	return d, false, nil
}

// loss is what one file has of a change and another one has not.
type loss struct {
	any   bool
	lines []hunk.Lack
}

// loses compares two states of a file for what the second lacks of a change.
func (v *prover) loses(ctx context.Context, name string, change Edit, from, to File) (loss, error) {
	if from == to {
		return loss{}, nil
	}
	if from == change.To && to == change.From {
		lines, _, err := v.lacking(ctx, name, change, from, to)
		return loss{true, lines}, err
	}
	if mode := change.To.Mode; mode != change.From.Mode && from.Mode == mode && to.Mode != mode && to.Mode != 0 {
		lines, _, err := v.lacking(ctx, name, change, from, to)
		return loss{true, lines}, err
	}
	lines, isText, err := v.lacking(ctx, name, change, from, to)
	if !isText {
		return loss{any: from == change.To}, err
	}
	return loss{len(lines) > 0, lines}, err
}

// lacking compares files by lines, if they are all text or absent.
func (v *prover) lacking(ctx context.Context, name string, change Edit, from, to File) (lines []hunk.Lack, isText bool, err error) {
	var text [4][]byte
	for i, f := range []File{change.From, change.To, from, to} {
		if f.Mode == 0 {
			continue
		}
		if f.Mode != git.ModeFile && f.Mode != git.ModeExec {
			return nil, false, nil
		}
		data, err := v.objects.Blob(ctx, f.ID)
		if err != nil {
			return nil, false, err
		}
		if len(data) > maxText || hunk.IsBinary(data) {
			return nil, false, nil
		}
		text[i] = append([]byte{}, data...) // an empty file is not an absent one
	}
	return hunk.Lacking(text[3], text[2], []hunk.Change{{Name: name, Base: text[0], Tip: text[1]}}), true, nil
}

// isGone reports whether a file has nothing of a change.
func (v *prover) isGone(ctx context.Context, name string, change Edit, final File) (bool, error) {
	if final == change.From {
		return true, nil
	}
	lacks, isText, err := v.lacking(ctx, name, change, change.To, final)
	if err != nil || !isText {
		return !isText, err
	}
	whole, _, err := v.lacking(ctx, name, change, change.To, change.From)
	return weigh(lacks) >= weigh(whole), err
}

// weigh counts lines. Those that an edit removes count where it adds none: where it
// adds some, another branch may have removed the same.
func weigh(lacks []hunk.Lack) int {
	n := 0
	for _, l := range lacks {
		n += len(l.Lines)
		if len(l.Lines) == 0 {
			n += l.Removes
		}
	}
	return n
}
