package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/plugins"
)

// pluginSource returns where the releases of a component come from, or why that is not
// known here.
func (s *Site) pluginSource(component string) (source plugins.Source, why string) {
	p, found := s.Config.Plugins[component]
	switch {
	case p.URL != "":
		return plugins.Source{Component: component, URL: p.URL, Tags: p.Tags, Branches: p.Branches}, ""
	case slices.ContainsFunc(s.Config.Pending(), func(c config.PendingChange) bool {
		return c.New != "" && c.Key == config.FormatPath("plugin", component, "url")
	}):
		return source, "its URL in plugins.toml waits to be confirmed: mgit config trust"
	case found:
		return source, "plugins.toml has no URL of it"
	default:
		return source, "plugins.toml does not know it"
	}
}

// wanted says which releases of a component suit a core.
func (s *Site) wanted(component string, core moodle.Version) plugins.Wanted {
	p := s.Config.Plugins[component]
	return plugins.Wanted{Core: core, Maturity: p.Maturity, Untested: p.Untested}
}

// KnownReleases returns what was seen of a component's releases when its repository was
// asked last, and asks nobody. It is nil where that is not known, and why says it.
func (s *Site) KnownReleases(component string) (seen *plugins.Seen, why string, err error) {
	source, why := s.pluginSource(component)
	if why != "" {
		return nil, why, nil
	}
	if seen, err = plugins.ReadSeen(s.Repo.StateDir(), source); err != nil || seen != nil {
		return seen, "", err
	}
	return nil, "its repository was not asked yet: mgit plugins update --check", nil
}

// NewestKnown returns the newest release of a component that is known to suit a core, as
// [Site.KnownReleases] knows them. Where there is none, Why of the choice says why.
func (s *Site) NewestKnown(component string, core moodle.Version) (plugins.Choice, *plugins.Seen, error) {
	seen, why, err := s.KnownReleases(component)
	if err != nil || seen == nil {
		return plugins.Choice{Why: why}, nil, err
	}
	choice, err := seen.NewestFitting(s.wanted(component, core))
	return choice, seen, err
}

// fetcher brings plugins' releases.
func (s *Site) fetcher(timeout time.Duration) *plugins.Fetcher {
	limits := plugins.Limits{Timeout: timeout, MaxBytes: int64(s.Config.SourcesMaxMB) << 20}
	return plugins.NewFetcher(s.Repo, limits, time.Now().UTC().Truncate(time.Second))
}

// look asks the repositories of components that are known, or with offline remembers what
// they said. Components whose repository is not known are not in the answer.
func (s *Site) look(ctx context.Context, components []string, offline bool, timeout time.Duration) (map[string]*plugins.Seen, error) {
	known := make(map[string]*plugins.Seen)
	var sources []plugins.Source
	for _, component := range components {
		source, why := s.pluginSource(component)
		switch {
		case why != "":
		case offline:
			seen, _, err := s.KnownReleases(component)
			if err != nil {
				return nil, err
			}
			known[component] = seen
		default:
			sources = append(sources, source)
		}
	}
	if len(sources) == 0 {
		return known, nil
	}
	all, err := s.fetcher(timeout).Look(ctx, sources)
	if err != nil {
		return nil, err
	}
	for _, seen := range all {
		known[seen.Component] = seen
	}
	return known, nil
}

// isUnreachable tells an error of a repository that did not answer from one that says
// something about what it answered.
func isUnreachable(err error) bool {
	var big *plugins.TooBigError
	var exit *git.ExitError
	return !errors.As(err, &big) && (errors.As(err, &exit) || errors.Is(err, context.DeadlineExceeded))
}

// sayFetch is the first line of what git said.
func sayFetch(err error) string {
	var exit *git.ExitError
	if errors.As(err, &exit) {
		return firstError(exit.Stderr)
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}

// whySeen says why a repository gives no release, "" when that is not its fault.
func whySeen(seen *plugins.Seen) string {
	switch {
	case seen == nil || seen.Err == nil:
		return ""
	case isUnreachable(seen.Err):
		return "its repository did not answer: " + sayFetch(seen.Err)
	default:
		return sayFetch(seen.Err)
	}
}

// releaseMessage is the message of a commit that brings a release.
func releaseMessage(source plugins.Source, name string, commit git.ID) string {
	return fmt.Sprintf("%s: %s\n\n%s%s\n%s%s\n%s%s\n", source.Component, name,
		trailerSource, source.URL, trailerRelease, name, trailerSourceCommit, commit)
}

// The trailers of such a commit.
const (
	trailerSource       = "Mgit-Source: "
	trailerRelease      = "Mgit-Release: "
	trailerSourceCommit = "Mgit-Source-Commit: "
)

// sourceCommitOf reads from a message which commit of the plugin's repository it brought;
// zero for any other commit.
func sourceCommitOf(message string) git.ID {
	var found git.ID
	for line := range strings.Lines(message) {
		if hex, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), trailerSourceCommit); ok {
			if id, err := git.ParseID(hex); err == nil {
				found = id
			}
		}
	}
	return found
}

// pathOf is where a tree keeps a component. The error says why it keeps none.
func (s *Site) pathOf(ctx context.Context, store *git.Store, root git.ID, component string) (string, error) {
	c, err := moodle.ParseComponent(component)
	if err != nil {
		return "", err
	}
	layout, err := moodle.ReadLayout(treeFS{ctx: ctx, store: store, root: root})
	if err != nil {
		return "", err
	}
	if err := layout.Check(c); err != nil {
		return "", err
	}
	dir, ok := layout.PathOf(c)
	if !ok || dir == "" {
		return "", fmt.Errorf("%s has no folder of its own", component)
	}
	return dir, nil
}
