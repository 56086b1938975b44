package job

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/tree"
)

// FileChange is a file that a branch adds, changes or removes.
type FileChange struct {
	Path      Path
	Component string // frankenstyle; "" where Moodle would not look
	Change    string // added, modified, deleted, mode or type
	// Lines added and removed; Binary files have none.
	Added, Removed int
	Binary         bool
}

// ComponentPart sums up the files of one component.
type ComponentPart struct {
	Component string `json:"component"`
	Files     int    `json:"files"`
	Added     int    `json:"added"` // lines
	Removed   int    `json:"removed"`
}

// MarshalJSON adds path_b64 where the path is not UTF-8. Lines of binary files
// are null.
func (f FileChange) MarshalJSON() ([]byte, error) {
	plain := struct {
		Path      string `json:"path"`
		Bytes     string `json:"path_b64,omitempty"`
		Component string `json:"component"`
		Change    string `json:"change"`
		Added     *int   `json:"added"`
		Removed   *int   `json:"removed"`
	}{Component: f.Component, Change: f.Change}
	plain.Path, plain.Bytes = pathJSON(string(f.Path))
	if !f.Binary {
		plain.Added, plain.Removed = &f.Added, &f.Removed
	}
	return json.Marshal(plain)
}

// changeSet is how one commit differs from another.
type changeSet struct {
	files    []FileChange // by component, then path
	parts    []ComponentPart
	warnings []Warning
}

// changes compares a tip with its base; a zero base is the empty tree.
func (s *Site) changes(ctx context.Context, base, tip git.ID) (changeSet, error) {
	set := changeSet{files: []FileChange{}, parts: []ComponentPart{}}
	store := s.Repo.Store()
	from := git.EmptyTree
	if base != git.ZeroID {
		c, err := store.Commit(ctx, base)
		if err != nil {
			return set, err
		}
		from = c.Tree
	}
	c, err := store.Commit(ctx, tip)
	if err != nil {
		return set, err
	}
	err = tree.Diff(ctx, store, from, c.Tree, func(d tree.Change) error {
		set.files = append(set.files, FileChange{Path: Path(d.Path), Change: changeWord(d)})
		return nil
	})
	if err != nil || len(set.files) == 0 {
		return set, err
	}
	if err := s.countLines(ctx, from, c.Tree, set.files); err != nil {
		return set, err
	}
	layout, err := moodle.ReadLayout(treeFS{ctx: ctx, store: store, root: c.Tree})
	switch {
	case err == nil:
	case errors.Is(err, moodle.ErrNotMoodle), isFormatError(err):
		set.warnings = append(set.warnings, Warning{ID: "layout", Text: "the components of the files are not known: " + err.Error()})
		layout = nil
	default:
		return set, err
	}
	set.group(layout)
	return set, nil
}

func isFormatError(err error) bool {
	var format *moodle.FormatError
	return errors.As(err, &format)
}

func changeWord(c tree.Change) string {
	switch {
	case c.From.Mode == 0:
		return "added"
	case c.To.Mode == 0:
		return "deleted"
	case c.From.ID == c.To.ID:
		return "mode"
	case isPlainFile(c.From.Mode) != isPlainFile(c.To.Mode):
		return "type"
	}
	return "modified"
}

func isPlainFile(m git.Mode) bool {
	m = tree.Canonical(m)
	return m == git.ModeFile || m == git.ModeExec
}

// countLines asks Git how many lines changed.
func (s *Site) countLines(ctx context.Context, from, to git.ID, files []FileChange) error {
	out, err := s.Repo.Cmd("diff-tree", "-r", "-z", "--numstat", "--no-renames", "--no-ext-diff", "--no-textconv",
		from.String(), to.String()).Output(ctx)
	if err != nil {
		return err
	}
	at := make(map[Path]*FileChange, len(files))
	for i := range files {
		at[files[i].Path] = &files[i]
	}
	for record := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		added, rest, _ := strings.Cut(record, "\t")
		removed, path, ok := strings.Cut(rest, "\t")
		f := at[Path(path)]
		if !ok || f == nil {
			return fmt.Errorf("git diff-tree answered %q", record)
		}
		if added == "-" {
			f.Binary = true
			continue
		}
		x, errX := strconv.Atoi(added)
		y, errY := strconv.Atoi(removed)
		if err := errors.Join(errX, errY); err != nil {
			return fmt.Errorf("git diff-tree answered %q: %w", record, err)
		}
		// A change of type is two records in Git: the old goes, the new comes.
		f.Added, f.Removed = f.Added+x, f.Removed+y
	}
	return nil
}

// group enters the components, sorts by them, and sums up.
func (set *changeSet) group(layout *moodle.Layout) {
	parts := make(map[string]*ComponentPart)
	for i := range set.files {
		f := &set.files[i]
		if layout != nil {
			if c, _, ok := layout.ComponentOf(string(f.Path)); ok {
				f.Component = c.String()
			}
		}
		p := parts[f.Component]
		if p == nil {
			p = &ComponentPart{Component: f.Component}
			parts[f.Component] = p
		}
		p.Files++
		p.Added += f.Added
		p.Removed += f.Removed
	}
	slices.SortStableFunc(set.files, func(a, b FileChange) int {
		return cmp.Or(strings.Compare(a.Component, b.Component), strings.Compare(string(a.Path), string(b.Path)))
	})
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		set.parts = append(set.parts, *parts[name])
	}
}
