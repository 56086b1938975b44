package job

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"mgit/internal/assemble"
	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/release"
)

// releaseSide finds a release by its manifest, and anything else that was released
// or will be by what was merged into it.
func (s *Site) releaseSide(ctx context.Context, name, series string) (ReleaseSide, error) {
	found, err := s.findRelease(ctx, name)
	var missing *UsageError
	switch {
	case err == nil && found.manifest != nil:
		return sideOf(name, "release", found.manifest), nil
	case err == nil && found.ref.Peeled == git.ZeroID:
		return ReleaseSide{}, &UsageError{Text: name + " is the tag of something that is no commit"}
	case err == nil:
		m, err := s.historyManifest(ctx, found.ref.Peeled)
		if err != nil {
			return ReleaseSide{}, err
		}
		return sideOf(name, "history", m), nil
	case !errors.As(err, &missing):
		return ReleaseSide{}, err
	}
	if err := s.initialised(); err != nil {
		return ReleaseSide{}, missing // not a tag, and nothing is known of targets
	}
	t, err := s.findTarget(name, s.seriesOf(ctx, series))
	if errors.As(err, &missing) {
		return ReleaseSide{}, &UsageError{Text: fmt.Sprintf("%q is neither a tag nor a target", name), Hint: s.releaseHint(ctx, missing)}
	}
	if err != nil {
		return ReleaseSide{}, err
	}
	if t.tip() == git.ZeroID {
		return ReleaseSide{}, &UsageError{Text: t.Raw + " is not built yet", Hint: "mgit assemble " + t.Short}
	}
	m, err := s.historyManifest(ctx, t.tip())
	if err != nil {
		return ReleaseSide{}, err
	}
	return sideOf(t.Raw, "history", m), nil
}

// releaseHint lists the newest releases.
func (s *Site) releaseHint(ctx context.Context, other *UsageError) string {
	const few = 5
	tags, err := s.releaseTags(ctx)
	if err != nil || len(tags) == 0 {
		return other.Hint
	}
	var names []string
	for _, t := range tags[:min(few, len(tags))] {
		names = append(names, t.name)
	}
	return "the newest releases are " + strings.Join(names, ", ")
}

func sideOf(name, kind string, m *release.Manifest) ReleaseSide {
	return ReleaseSide{
		Name: name, Kind: kind, Commit: ID(m.Commit), Upstream: Commit{Tag: m.Upstream.Name, Commit: ID(m.Upstream.Commit)},
		Branches: m.Branches(), manifest: m,
	}
}

// historyManifest says what a commit was made of, by what its history merges of
// the branches that there are.
func (s *Site) historyManifest(ctx context.Context, tip git.ID) (*release.Manifest, error) {
	if err := s.initialised(); err != nil {
		return nil, err
	}
	request := assemble.LineRequest{Tip: tip, ShapeOnly: true, Tags: func(id git.ID) string { return s.refs.tagOf[id] }}
	tips := []git.ID{tip}
	for _, b := range s.refs.listing(s.Scheme, s.internal).Branches {
		tips = append(tips, b.Tip)
		request.Branches = append(request.Branches, assemble.Step{Name: b.Raw, Tip: b.Tip})
	}
	var err error
	if request.History, err = history.Read(ctx, s.Repo, s.Repo.Store(), tips, s.refs.upstream(s.upstream)); err != nil {
		return nil, err
	}
	scratch, err := s.Repo.NewScratch(ctx)
	if err != nil {
		return nil, err
	}
	line, err := assemble.ReadLine(ctx, scratch, s.Repo, request)
	if err := errors.Join(err, scratch.Close()); err != nil {
		return nil, err
	}
	m := &release.Manifest{Commit: tip, Base: release.Point{Name: s.refs.tagOf[line.Base], Commit: line.Base}}
	for _, step := range line.Steps() {
		kind := release.Branch
		if step.Upstream {
			kind = release.Upstream
		}
		if step.Name != "" {
			m.Steps = append(m.Steps, release.Step{Kind: kind, Name: step.Name, Tip: step.Tip})
		}
	}
	for _, step := range longSteps(line) {
		if step.Kind == release.ByHand || step.Kind == release.Foreign {
			m.Steps = append(m.Steps, step.Step)
		}
	}
	m.Upstream = release.Newest(m.Base, m.Steps)
	return m, nil
}
