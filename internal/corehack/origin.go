package corehack

import (
	"bytes"
	"fmt"
	"slices"

	"mgit/internal/live"
	"mgit/internal/moodle"
	"mgit/internal/upstream"
)

// explain looks for a content, which need not be the finding's own, in upstream's
// history of that path. It reports whether another upstream version is all that
// the finding is.
func (c *comparison) explain(f *Finding, origins []upstream.Commit) bool {
	if len(origins) == 0 {
		return false
	}
	if c.Pin == upstream.None {
		f.Origin = c.choose(origins, true)
		f.Evidence = "upstream has this content since " + c.name(f.Origin)
		return false
	}
	if older := c.older(origins); len(older) > 0 {
		f.Class, f.Origin = Stale, c.choose(older, false)
		f.Evidence = "upstream's content of " + c.name(f.Origin)
		return true
	}
	own := slices.DeleteFunc(slices.Clone(origins), func(o upstream.Commit) bool { return c.series(o) != c.series(c.Pin) })
	if len(own) > 0 {
		origins = own
	}
	f.Class, f.Origin = Backport, c.choose(origins, true)
	f.Evidence = "upstream's content since " + c.name(f.Origin)
	return true
}

// origins are the commits that brought a finding's content to its path.
func (c *comparison) origins(f *Finding) []upstream.Commit {
	if c.Index == nil {
		return nil
	}
	return c.Index.Origins(f.Path, f.Live.ID)
}

// unixOrigins are the origins of a content in which every CRLF is a line feed. None
// are looked for where that is the content itself.
func (c *comparison) unixOrigins(path string, data []byte) []upstream.Commit {
	if c.Index == nil || isBinary(data) || !bytes.Contains(data, crlf) {
		return nil
	}
	return c.Index.Origins(path, live.BlobID(bytes.ReplaceAll(data, crlf, lf)))
}

// older returns those of some origins by which a content is older than the pin.
// Best are the pin's ancestors. But the commits of a stable branch are no ancestors
// of what follows it, so that what an update left behind is told by its build:
//
//	2.4.5 ── 2.4.6 ── 2.4.7      an older series: left behind
//	  \
//	   2.5dev ── 2.5.3 ── 2.5.4  the pin is 2.5.3
//
// What the pin's own series got after the pin is newer, though older series got it
// as well, unless they did before the pin was made.
func (c *comparison) older(origins []upstream.Commit) []upstream.Commit {
	ancestors := slices.DeleteFunc(slices.Clone(origins), func(o upstream.Commit) bool { return !c.Index.IsAncestor(o, c.Pin) })
	if len(ancestors) > 0 {
		return ancestors
	}
	var older []upstream.Commit
	coming := false // the pin's series got the content later
	for _, o := range origins {
		switch came := c.arrival(o, origins); {
		case c.isOlder(came):
			older = append(older, o)
		case c.series(came) == c.series(c.Pin):
			coming = true
		}
	}
	if !coming {
		return older
	}
	pinned := c.Index.Date(c.Pin)
	return slices.DeleteFunc(older, func(o upstream.Commit) bool {
		came := c.arrival(o, origins)
		return c.series(came) != c.series(c.Pin) && c.Index.Date(came).After(pinned)
	})
}

// arrival is the merge by which the content of an origin landed, or the origin
// itself: a topic says it is the build that it was based on, and not when it landed.
func (c *comparison) arrival(o upstream.Commit, origins []upstream.Commit) upstream.Commit {
	came := o
	for _, m := range origins {
		if m > o && (came == o || m < came) && len(c.Index.Parents(m)) > 1 && c.Index.IsAncestor(o, m) {
			came = m
		}
	}
	return came
}

// isOlder compares a commit with the pin by what they say they are: by series,
// within one by $version, and where that says nothing by date.
func (c *comparison) isOlder(o upstream.Commit) bool {
	build, known := c.Index.Build(o)
	pin, knownPin := c.Index.Build(c.Pin)
	if known && knownPin {
		if s, p := c.series(o), c.series(c.Pin); !s.IsZero() && !p.IsZero() && s != p {
			return s.Compare(p) < 0
		}
		if order := moodle.CompareVersions(build.Version.Version, pin.Version.Version); order != 0 {
			return order < 0
		}
	}
	return c.Index.Date(o).Before(c.Index.Date(c.Pin))
}

// series is the series that a commit says it is of, zero where it says none.
func (c *comparison) series(o upstream.Commit) moodle.Series {
	build, ok := c.Index.Build(o)
	if !ok {
		return moodle.Series{}
	}
	series, err := build.Series()
	if err != nil {
		return moodle.Series{}
	}
	return series
}

// explainExtra says what upstream knows about a file that the pin lacks, whose
// content the origins brought. It reports whether the file is one of another
// upstream version.
func (c *comparison) explainExtra(f *Finding, origins []upstream.Commit) bool {
	explained := c.explain(f, origins)
	f.Removal = c.removal(f.Path)
	if f.Class == Backport && f.Removal != upstream.None && !c.Index.IsAncestor(f.Removal, f.Origin) {
		f.Class = Stale // of a branch on which it was not removed
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

// removal is the commit by which upstream removed a file before the pin, or None.
func (c *comparison) removal(path string) upstream.Commit {
	if c.Pin == upstream.None {
		return upstream.None
	}
	removals := slices.DeleteFunc(slices.Clone(c.Index.Removals(path)), func(r upstream.Commit) bool { return !c.Index.IsAncestor(r, c.Pin) })
	if len(removals) == 0 {
		return upstream.None
	}
	return c.choose(removals, false)
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

// release is the build that a commit belongs to, else its short id.
func (c *comparison) release(o upstream.Commit) string {
	if build, ok := c.Index.Build(o); ok && build.Release != "" {
		return build.Release
	}
	return "commit " + c.Index.ID(o).String()[:12]
}
