package job

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mgit/internal/git"
	"mgit/internal/release"
)

// ManifestError is a tag whose message is no manifest that can be used.
type ManifestError struct {
	Tag string
	Err error
}

func (e *ManifestError) Error() string {
	return fmt.Sprintf("the message of %s is no manifest of a release: %v", e.Tag, e.Err)
}

func (e *ManifestError) Unwrap() error { return e.Err }

// errLightweight is a tag that is only a name for a commit.
var errLightweight = errors.New("the tag has no message at all")

// foundRelease is the tag of a release as it was found.
type foundRelease struct {
	name     string
	ref      git.Ref
	tag      *git.Tag          // nil for a lightweight one
	manifest *release.Manifest // nil where there is none
	err      error             // why there is none
	number   int               // by the template; 0 where the name is not of it
}

// findRelease finds a tag and reads what its message says. A tag without a
// manifest is no error; one that is not there is a *UsageError.
func (s *Site) findRelease(ctx context.Context, name string) (*foundRelease, error) {
	ref, ok := s.refs.ref["refs/tags/"+name]
	if !ok {
		return nil, &UsageError{Text: fmt.Sprintf("there is no tag %q", name), Hint: "git tag --list shows all; git fetch --tags brings those of a remote"}
	}
	found := &foundRelease{name: name, ref: ref}
	if ref.Type != "tag" {
		found.err = errLightweight
		return found, nil
	}
	var err error
	if found.tag, err = s.Repo.Store().Tag(ctx, ref.ID); err != nil {
		return nil, err
	}
	found.manifest, found.err = release.Parse(found.tag.Message)
	return found, nil
}

// releaseManifest finds a release whose manifest can be used.
func (s *Site) releaseManifest(ctx context.Context, name string) (*foundRelease, error) {
	found, err := s.findRelease(ctx, name)
	if err != nil {
		return nil, err
	}
	if found.err != nil {
		return nil, &ManifestError{Tag: name, Err: found.err}
	}
	return found, nil
}

// remake makes a release again from a base and steps; nothing else of its manifest
// is known there. Where commit is nil the commits stay in memory, unsigned.
func (s *Site) remake(ctx context.Context, scratch *git.Scratch, m *releaseMaker) (*madeRelease, error) {
	own, err := s.ownOfRelease(ctx, m.base, m.steps)
	if err != nil {
		return nil, err
	}
	m.site, m.scratch, m.own, m.jobs = s, scratch, own, s.Config.Jobs
	m.content = manifestContent{scratch, m.steps}
	return m.make(ctx)
}

// absent lists which commits of the manifest this clone does not have.
func (s *Site) absent(ctx context.Context, m *release.Manifest) ([]release.Step, error) {
	all := append([]release.Step{
		{Kind: "base", Name: m.Base.Name, Tip: m.Base.Commit},
		{Kind: "upstream", Name: m.Upstream.Name, Tip: m.Upstream.Commit},
	}, m.Steps...)
	var missing []release.Step
	for _, step := range all {
		_, err := s.Repo.Store().Commit(ctx, step.Tip)
		switch {
		case err == nil:
		case errors.Is(err, git.ErrNotFound) || ctx.Err() == nil:
			missing = append(missing, step)
		default:
			return nil, err
		}
	}
	return missing, nil
}

// when is when the tag was made; the zero time for a lightweight one.
func (t *foundRelease) when() time.Time {
	if t.tag == nil {
		return time.Time{}
	}
	return t.tag.Tagger.When
}
