package job

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/hunk"
	"mgit/internal/tree"
)

// collect sorts the files by component and makes of each the commit that has the
// pin as parent and brings the component's orphans.
func (x *extraction) collect(ctx context.Context, files []extractFile) error {
	byComponent := make(map[string][]extractFile)
	for _, f := range files {
		component := x.componentOf(f.Component)
		byComponent[component] = append(byComponent[component], f)
	}
	names := x.newNames()
	for _, component := range sortedNames(byComponent) {
		b := &extracted{component: component, on: x.pin}
		root, err := x.plant(ctx, b, byComponent[component])
		if err != nil {
			return err
		}
		if len(b.files) == 0 {
			continue
		}
		if err := names.choose(b); err != nil {
			for _, f := range b.files {
				x.leave(f.Path, err.Error())
			}
			continue
		}
		b.tip = x.scratch.PutCommit(&git.Commit{
			Tree: root, Parents: []git.ID{x.pin.ID}, Author: x.author, Committer: x.committer, Message: x.message(component),
		})
		x.branches = append(x.branches, b)
	}
	return nil
}

// plant puts the files of a branch into the pin's tree. What goes is looked at
// first, so that a folder can stand where a file was and the other way round.
func (x *extraction) plant(ctx context.Context, b *extracted, files []extractFile) (git.ID, error) {
	files = slices.SortedFunc(slices.Values(files), func(a, b extractFile) int {
		return cmp.Or(boolInt(a.Live != nil)-boolInt(b.Live != nil), strings.Compare(a.Path, b.Path))
	})
	edits := treeEdits{store: x.scratch, root: x.pin.Tree, files: make(map[string]tree.File)}
	for _, f := range files {
		f, reason := f.apart()
		if reason != "" {
			x.leave(f.Path, reason)
		}
		side, hunks, err := f.wanted()
		if errors.Is(err, errNoOrphan) {
			continue
		}
		if err == nil {
			err = badTreePath(f.Path)
		}
		if err != nil {
			x.leave(f.Path, err.Error())
			continue
		}
		var file tree.File
		if side != nil {
			file = tree.File{Mode: tree.Canonical(side.Mode), ID: x.scratch.PutBlob(side.Content)}
		}
		why, err := edits.add(ctx, f.Path, file)
		if err != nil {
			return git.ZeroID, err
		}
		if why != "" {
			x.leave(f.Path, why)
			continue
		}
		b.files = append(b.files, f)
		b.hunks += hunks
	}
	slices.SortFunc(b.files, func(a, b extractFile) int { return strings.Compare(a.Path, b.Path) })
	return edits.write(ctx)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// badTreePath refuses a path that Git would not have in a tree, or could not check
// out everywhere: the tree that it comes from may be an attacker's.
func badTreePath(path string) error {
	for name := range strings.SplitSeq(path, "/") {
		switch {
		case name == "" || name == "." || name == ".." || strings.Contains(name, "\x00"):
			return fmt.Errorf("%q is no name in a tree", name)
		case strings.EqualFold(name, ".git") || strings.EqualFold(name, "git~1"):
			return errors.New("it has a name that Git keeps for itself")
		}
	}
	return nil
}

// errNoOrphan says that branches explain all of a file.
var errNoOrphan = errors.New("nothing of it is an orphan")

// wanted is the file as a branch is to leave it, nil where it removes the file, and
// the number of orphans in it. The error is for the report.
func (f extractFile) wanted() (side *extractSide, hunks int, err error) {
	var by []string
	for _, p := range f.Pieces {
		switch {
		case p.By == "":
			hunks++
		case isBranch(p.By):
			by = append(by, p.By)
		}
	}
	switch {
	case hunks == 0 && !f.Whole:
		return nil, 0, errNoOrphan
	case f.Pristine == nil && f.Live == nil:
		return nil, 0, errors.New("it is neither in the tree nor in the pin")
	case f.Pristine == nil && len(by) > 0:
		return nil, 0, fmt.Errorf("%s brings this file: the change belongs there", by[0])
	case f.Live == nil:
		return nil, 1, nil
	case !isCommittable(f.Live.Mode):
		return nil, 0, errors.New("it is no file that Git can hold")
	case f.isWhole():
		return f.Live, 1, nil
	}
	content, err := withOrphans(f.Pristine.Content, f.Live.Content, f.Pieces)
	// A mode that differs is a finding of its own, and on many servers means nothing.
	return &extractSide{Mode: f.Pristine.Mode, Content: content}, hunks, err
}

// isWhole reports whether the live side is to be taken as it is.
func (f extractFile) isWhole() bool {
	isText := func(s *extractSide) bool { return s != nil && isRegularMode(s.Mode) }
	hasNoLines := func(p hunk.Piece) bool { return len(p.Old) == 0 && len(p.New) == 0 }
	return f.Whole || !isText(f.Pristine) || !isText(f.Live) || slices.ContainsFunc(f.Pieces, hasNoLines)
}

func isCommittable(m git.Mode) bool { return isRegularMode(m) || m == git.ModeLink }

func isRegularMode(m git.Mode) bool {
	c := tree.Canonical(m)
	return c == git.ModeFile || c == git.ModeExec
}

// errPieces says that pieces do not belong to the file they came with. Nothing is
// made of them: a wrong file would be worse than none.
var errPieces = errors.New("its changes do not fit the pin")

// withOrphans is the pristine file with the pieces that nobody claims, and without
// the others. Where the tree was written with CR LF and pristine has LF, so have
// the new lines; else they stay as they are, to the byte.
func withOrphans(pristine, live []byte, pieces []hunk.Piece) ([]byte, error) {
	lines := slices.Collect(strings.Lines(string(pristine)))
	end, unix := "\n", isCRLF(live) && !bytes.Contains(pristine, []byte("\r\n"))
	if isCRLF(pristine) {
		end = "\r\n"
	}
	var out strings.Builder
	lineEnded := true
	put := func(line string) {
		// The last line of a file may lack its end, and another comes after it now.
		if !lineEnded {
			out.WriteString(end)
		}
		out.WriteString(line)
		lineEnded = strings.HasSuffix(line, "\n")
	}
	at := 0
	for _, p := range pieces {
		if p.By != "" {
			continue
		}
		from := p.OldStart - 1
		if from < at || from+len(p.Old) > len(lines) || !slices.EqualFunc(lines[from:from+len(p.Old)], p.Old, isSameLine) {
			return nil, errPieces
		}
		for _, line := range lines[at:from] {
			put(line)
		}
		for _, line := range p.New {
			if unix && strings.HasSuffix(line, "\r\n") {
				line = strings.TrimSuffix(line, "\r\n") + "\n"
			}
			put(line)
		}
		at = from + len(p.Old)
	}
	for _, line := range lines[at:] {
		put(line)
	}
	return []byte(out.String()), nil
}

func isSameLine(a, b string) bool {
	trim := func(s string) string { return strings.TrimSuffix(strings.TrimSuffix(s, "\n"), "\r") }
	return trim(a) == trim(b)
}

// isCRLF reports whether most lines end in CR LF.
func isCRLF(data []byte) bool {
	return 2*bytes.Count(data, []byte("\r\n")) > bytes.Count(data, []byte("\n"))
}
