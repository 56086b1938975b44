package job

import (
	"context"
	"fmt"

	"mgit/internal/check"
	"mgit/internal/git"
)

// beginsSomewhere makes sure that a branch is told from what is upstream's: where Moodle's release tags were not
// fetched, all of its core would be taken for the branch's own. What its commits stand on is enough without the tag if
// it is of the branch's series, as where upstream's branches were fetched. The error is a *UsageError.
func (c *checker) beginsSomewhere(ctx context.Context, branch string, own []git.ID) error {
	facts := c.site.factsOf("refs/heads/" + branch)
	if facts.Kind != check.Ours && facts.Kind != check.Target {
		if len(c.site.refs.upstream(c.site.upstream)) > 0 {
			return nil
		}
		return c.site.lacksReleases(fmt.Sprintf("this clone has nothing of Moodle's, so that it cannot be told where %s begins", branch))
	}
	tag := facts.Series.FirstTag().String()
	if c.site.refs.commit("refs/tags/"+tag) != git.ZeroID {
		return nil
	}
	commits, err := c.site.Repo.Store().Commits(ctx, own)
	if err != nil {
		return err
	}
	edges, err := c.edges(ctx, commits)
	if err != nil {
		return err
	}
	for _, edge := range edges {
		version, err := readVersion(ctx, c.site.Repo.Store(), edge.ID)
		if err != nil && !isVersionless(err) {
			return err
		}
		if series, bad := version.Series(); err == nil && bad == nil && series == facts.Series {
			return nil
		}
	}
	if len(own) == 0 {
		return nil // all of it is upstream's
	}
	return c.site.lacksReleases(fmt.Sprintf("this clone has no tag %s, so that it cannot be told where %s begins", tag, branch))
}

// lacksReleases says how Moodle's releases come here.
func (s *Site) lacksReleases(text string) error {
	remote := "upstream"
	if len(s.upstream) > 0 {
		remote = s.upstream[0]
	}
	return &UsageError{Text: text, Hint: fmt.Sprintf("`git fetch %s --tags` brings Moodle's releases", remote)}
}
