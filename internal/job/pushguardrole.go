package job

import (
	"context"
	"path/filepath"
	"slices"

	"mgit/internal/config"
	"mgit/internal/remote"
)

// guardRole is the role by which the guard judges a URL: the strictest of those in
// force and those that were confirmed and whose change waits. A push to the mgit
// branch takes a role out of force at once; it must not open the gate by that. Nor
// must another way of writing where the repository is.
func (s *Site) guardRole(ctx context.Context, url string) (remote.Role, error) {
	rules, err := s.guardRules(ctx)
	if err != nil {
		return remote.None, err
	}
	places := s.places(url)
	isThere := func(place string) bool { return slices.Contains(places, place) }
	exact, alike := remote.None, remote.None
	for _, r := range rules {
		if sameRepository(r.URL, url) {
			exact = stricter(exact, r.Role)
		}
		if r.URL != "" && slices.ContainsFunc(s.places(r.URL), isThere) {
			alike = stricter(alike, r.Role)
		}
	}
	if exact != remote.None {
		return exact, nil // two ports of a host can be two repositories
	}
	return alike, nil
}

func stricter(a, b remote.Role) remote.Role {
	order := []remote.Role{remote.None, remote.Internal, remote.Public, remote.Integration, remote.Upstream}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}

// places are where a URL leads from this worktree, and from the folder of the clone
// that the worktree belongs to.
func (s *Site) places(url string) []string {
	here := s.Repo.WorkTree()
	if here == "" {
		here = s.Repo.Dir()
	}
	return []string{remote.Place(url, here), remote.Place(url, filepath.Dir(s.Repo.CommonDir()))}
}

func (s *Site) guardRules(ctx context.Context) ([]remote.Rule, error) {
	inForce := make(map[string]string)
	for _, v := range s.Config.Settings() {
		inForce[v.Key] = v.Value
	}
	files, err := s.sharedFilesAt(ctx, s.shared)
	if err != nil {
		return nil, err
	}
	said, err := config.ParseDocument(settingsFile, files.Main)
	if err != nil {
		return nil, err
	}
	confirmed := make(map[string]string)
	waiting := make(map[string]bool) // names of remotes
	for _, p := range s.Config.Pending() {
		if path := splitKey(p.Key); len(path) == 3 && path[0] == "remote" {
			confirmed[p.Key], waiting[path[1]] = p.Old, true
		}
	}
	names := make(map[string]bool)
	for key := range inForce {
		if path := splitKey(key); len(path) == 3 && path[0] == "remote" {
			names[path[1]] = true
		}
	}
	var rules []remote.Rule
	add := func(name string, value func(key string, path []string) string) {
		url, role := []string{"remote", name, "url"}, []string{"remote", name, "role"}
		rules = append(rules, remote.Rule{
			Name: name,
			URL:  untoml(value(config.FormatPath(url...), url)),
			Role: remote.Role(untoml(value(config.FormatPath(role...), role))),
		})
	}
	for _, name := range sortedNames(names) {
		add(name, func(key string, _ []string) string { return inForce[key] })
	}
	for _, name := range sortedNames(waiting) {
		add(name, func(key string, path []string) string {
			if old, changed := confirmed[key]; changed {
				return old
			}
			return tomlAt(said, path) // as it was confirmed
		})
	}
	return rules, nil
}

// untoml is the text of a TOML string.
func untoml(value string) string {
	if value == "" {
		return ""
	}
	doc, err := config.ParseDocument("", []byte("value = "+value+"\n"))
	if err != nil {
		return ""
	}
	text, _ := doc.Get("value")
	s, _ := text.(string)
	return s
}
