package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mgit/internal/crew"
	"mgit/internal/git"
	"mgit/internal/plugins"
	"mgit/internal/remote"
)

// EnvUnreachable is a plugin's repository that did not answer.
type EnvUnreachable struct {
	Component string `json:"component"`
	URL       string `json:"url"`
	Reason    string `json:"reason"`
}

const (
	// remoteTimeout is how long a repository may take to answer when nobody said it.
	remoteTimeout = 30 * time.Second
	// remotesAtOnce are asked side by side: they wait for the network.
	remotesAtOnce = 6
)

// pluginRemotes asks the repositories of plugins, each once. It is for one operation.
type pluginRemotes struct {
	site    *Site
	timeout time.Duration
	offline bool
	known   map[string]*pluginRemote // by component
}

// pluginRemote is what a repository says of itself.
type pluginRemote struct {
	component, url string
	tags, branches map[string]git.ID // by name; tags peeled
	err            error             // it did not answer
}

// askPlugins asks the repositories of these components that are known, side by side.
func (s *Site) askPlugins(ctx context.Context, components []string, offline bool, timeout time.Duration) (*pluginRemotes, error) {
	p := &pluginRemotes{site: s, timeout: cmp.Or(timeout, remoteTimeout), offline: offline, known: make(map[string]*pluginRemote)}
	if offline {
		return p, nil
	}
	for _, component := range components {
		if url := s.Config.Plugins[component].URL; url != "" {
			p.known[component] = &pluginRemote{component: component, url: url}
		}
	}
	var all crew.Group
	free := make(chan struct{}, remotesAtOnce)
	for _, r := range p.known {
		all.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			r.err = p.list(ctx, r)
		})
	}
	all.Wait()
	return p, ctx.Err()
}

// unreachable lists the repositories that did not answer, by component.
func (p *pluginRemotes) unreachable() []EnvUnreachable {
	all := []EnvUnreachable{}
	for _, component := range sortedNames(p.known) {
		if r := p.known[component]; r.err != nil {
			reason, _, _ := strings.Cut(strings.TrimSpace(r.err.Error()), "\n")
			all = append(all, EnvUnreachable{component, remote.Redact(r.url), reason})
		}
	}
	return all
}

func (p *pluginRemotes) list(ctx context.Context, r *pluginRemote) error {
	// The settings were checked when they were read; what is handed to a program is
	// checked where that happens.
	if err := errors.Join(remote.CheckOwn(r.url), git.CheckName(r.url)); err != nil {
		return err
	}
	out, err := p.site.Repo.Cmd("ls-remote", "--heads", "--tags", "--", r.url).Timeout(p.timeout).Output(ctx)
	if err != nil {
		return err
	}
	r.tags, r.branches = make(map[string]git.ID), make(map[string]git.ID)
	for line := range strings.Lines(string(out)) {
		hex, ref, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		id, err := git.ParseID(hex)
		if err != nil {
			continue // of another hash, or noise
		}
		if name, ok := strings.CutPrefix(ref, "refs/heads/"); ok {
			r.branches[name] = id
		}
		if name, ok := strings.CutPrefix(ref, "refs/tags/"); ok {
			// "v1^{}" stands below "v1" and is the commit of an annotated tag.
			r.tags[strings.TrimSuffix(name, "^{}")] = id
		}
	}
	return nil
}

// tagsAt are the tags of a commit, the newest version first.
func (r *pluginRemote) tagsAt(id git.ID) []string {
	var all []string
	for name, at := range r.tags {
		if at == id {
			all = append(all, name)
		}
	}
	slices.SortFunc(all, func(a, b string) int { return plugins.CompareTags(b, a) })
	return all
}

// tagAt is the newest tag of a commit, "" when it has none.
func (r *pluginRemote) tagAt(id git.ID) string {
	return append(r.tagsAt(id), "")[0]
}

// The answers to whether a repository has a commit.
type commitAnswer int

const (
	cannotTell commitAnswer = iota
	isPresent
	isAbsent
)

// hasCommit asks whether the repository has a commit, which no list of references tells
// unless one points to it: it is fetched, alone, into a repository of its own that is thrown
// away.
func (p *pluginRemotes) hasCommit(ctx context.Context, r *pluginRemote, id git.ID) (commitAnswer, error) {
	for _, refs := range []map[string]git.ID{r.tags, r.branches} {
		for _, at := range refs {
			if at == id {
				return isPresent, nil
			}
		}
	}
	dir, err := os.MkdirTemp("", "mgit-env-")
	if err != nil {
		return cannotTell, fmt.Errorf("make a folder for a commit of %s: %w", r.component, err)
	}
	defer os.RemoveAll(dir)
	gitDir := filepath.Join(dir, "git")
	if err := p.site.Repo.Cmd("init", "--quiet", "--bare", "--template=", "--", gitDir).Dir(dir).Run(ctx); err != nil {
		return cannotTell, err
	}
	err = p.site.Repo.Cmd("-c", "protocol.version=2", "fetch", "--quiet", "--no-tags", "--depth=1", "--no-write-fetch-head", "--", r.url, id.String()).
		Env("GIT_DIR=" + gitDir).Dir(dir).Timeout(p.timeout).Run(ctx)
	var exit *git.ExitError
	switch {
	case err == nil:
		return isPresent, nil
	case errors.As(err, &exit) && strings.Contains(exit.Stderr, "not our ref"):
		return isAbsent, nil
	case errors.As(err, &exit) && strings.Contains(exit.Stderr, "unadvertised object"):
		return cannotTell, nil // it does not let itself be asked
	case ctx.Err() != nil:
		return cannotTell, err
	}
	r.err = err
	return cannotTell, nil
}

// newestTag is the newest release among the tags that a glob describes; "" when there is none.
func (r *pluginRemote) newestTag(glob string) string {
	newest := ""
	for name := range r.tags {
		if ok, err := filepath.Match(glob, name); err != nil || !ok || plugins.IsPreRelease(name) {
			continue
		}
		if newest == "" || plugins.CompareTags(name, newest) > 0 {
			newest = name
		}
	}
	return newest
}
