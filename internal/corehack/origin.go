package corehack

import (
	"fmt"
	"slices"

	"mgit/internal/upstream"
)

// explain looks for the content of a finding in upstream's history of that path.
// It reports whether another upstream version is all that the finding is.
func (c *comparison) explain(f *Finding) bool {
	if c.Index == nil {
		return false
	}
	origins := c.Index.Origins(f.Path, f.Live.ID)
	if len(origins) == 0 {
		return false
	}
	if c.Pin == upstream.None {
		f.Origin = c.choose(origins, true)
		f.Evidence = "upstream has this content since " + c.name(f.Origin)
		return false
	}
	if older := slices.DeleteFunc(slices.Clone(origins), func(o upstream.Commit) bool { return !c.Index.IsAncestor(o, c.Pin) }); len(older) > 0 {
		f.Class, f.Origin = Stale, c.choose(older, false)
		f.Evidence = "upstream's content of " + c.name(f.Origin)
		return true
	}
	f.Class, f.Origin = Backport, c.choose(origins, true)
	f.Evidence = "upstream's content since " + c.name(f.Origin)
	return true
}

// explainExtra says what upstream knows about a file that the pin lacks. It
// reports whether the file is one of another upstream version.
func (c *comparison) explainExtra(f *Finding) bool {
	if c.Index == nil || !c.Index.HasPath(f.Path) {
		return false
	}
	explained := c.explain(f)
	if c.Pin != upstream.None {
		removals := slices.DeleteFunc(slices.Clone(c.Index.Removals(f.Path)), func(r upstream.Commit) bool { return !c.Index.IsAncestor(r, c.Pin) })
		if len(removals) > 0 {
			f.Removal = c.choose(removals, false)
		}
	}
	switch {
	case f.Class == Stale && f.Removal != upstream.None:
		f.Evidence = "upstream removed it in " + c.name(f.Removal)
	case f.Class == Backport:
		f.Evidence = "upstream added it in " + c.name(f.Origin)
	case explained || f.Origin != upstream.None:
	case f.Removal != upstream.None:
		f.Evidence = "upstream had another file here and removed it in " + c.name(f.Removal)
	default:
		f.Evidence = "upstream has another file here in versions that the pin does not contain"
	}
	return explained
}

// choose takes the first or the last of some commits, a merge only where there is
// nothing else: the commit itself says why, the merge that brought it rarely does.
func (c *comparison) choose(commits []upstream.Commit, first bool) upstream.Commit {
	plain := slices.DeleteFunc(slices.Clone(commits), func(o upstream.Commit) bool { return len(c.Index.Parents(o)) > 1 })
	if len(plain) == 0 {
		plain = commits
	}
	if first {
		return slices.Min(plain)
	}
	return slices.Max(plain)
}

// name is a commit for people: the build that it belongs to and its short id.
func (c *comparison) name(o upstream.Commit) string {
	id := c.Index.ID(o).String()[:12]
	build, ok := c.Index.Build(o)
	if !ok || build.Release == "" {
		return id
	}
	return fmt.Sprintf("%s, Moodle %s", id, build.Release)
}
