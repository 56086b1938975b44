package assemble

import (
	"context"
	"path"

	"mgit/internal/git"
	"mgit/internal/tree"
)

// changedRules returns the folders whose .gitattributes files differ between two
// trees, "." for the root.
func changedRules(ctx context.Context, r tree.Reader, a, b git.ID) ([]string, error) {
	var folders []string
	err := tree.Diff(ctx, r, a, b, func(c tree.Change) error {
		if dir, name := path.Split(c.Path); name == ".gitattributes" {
			folders = append(folders, path.Clean(dir))
		}
		return nil
	})
	return folders, err
}

// attributesFor returns the tree whose attributes Git obeys in a merge onto the
// line: those that a checkout of the line would have. A folder of them is costly
// to make; as long as nothing that Git merges is under other rules, it stays.
func (o *onto) attributesFor(a attempt) git.ID {
	for _, v := range a.open {
		if governed(v.path, o.stale) {
			o.takeAttributes()
		}
	}
	if !a.onlyFiles() {
		o.takeAttributes() // what else Git will look at, only Git knows
	}
	return o.attributes
}

// takeAttributes makes all attributes those of the line.
func (o *onto) takeAttributes() {
	if len(o.stale) > 0 {
		o.attributes, o.stale = o.tree, nil
	}
}
