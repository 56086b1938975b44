package job

import (
	"errors"
	"strings"

	"mgit/internal/branches"
	"mgit/internal/check"
	"mgit/internal/moodle"
)

// factsOf says what a branch is to the site, by its name and its record. ref is "" for no branch at all.
func (s *Site) factsOf(ref string) check.Branch {
	name, isBranch := strings.CutPrefix(ref, "refs/heads/")
	if !isBranch || name == "" {
		return check.Branch{}
	}
	b := check.Branch{Name: name, Kind: check.Foreign}
	switch {
	case name == "mgit":
		b.Kind = check.State
		return b
	case s.isUpstreamBranch(name):
		b.Kind = check.Upstream
		return b
	case s.Scheme == nil:
		b.Kind = check.Unknown
		return b
	}
	n, err := s.Scheme.Parse(name)
	var bad *branches.NameError
	switch {
	case err == nil:
		b.Kind = check.Ours
		s.describe(&b, n)
	case errors.Is(err, branches.ErrTarget):
		b.Kind = check.Target
		if t, err := s.Scheme.ParseTarget(name); err == nil {
			b.Series = t.Version
		}
	case errors.As(err, &bad):
		b.Kind, b.Reason = check.Misnamed, bad.Reason
		b.Nearest, _ = s.Scheme.Nearest(name)
	}
	return b
}

// isUpstreamBranch reports whether a local branch is there to follow Moodle's own.
func (s *Site) isUpstreamBranch(name string) bool {
	if stableBranch().MatchString(name) {
		return true
	}
	remote, set := s.git.Get("branch." + name + ".remote")
	merge, _ := s.git.Get("branch." + name + ".merge")
	if !set || merge != "refs/heads/"+name {
		return false
	}
	for _, upstream := range s.upstream {
		if upstream == remote {
			return true
		}
	}
	return false
}

// describe adds what the name and the record of one of the site's branches say.
func (s *Site) describe(b *check.Branch, n branches.Name) {
	b.Series, b.Type, b.Key = n.Version, n.Type, n.Key()
	if n.IsSet() {
		b.Set = strings.TrimPrefix(n.Component, "set_")
	} else if c, err := moodle.ParseComponent(n.Component); err == nil {
		b.Component = c
	}
	r, found := s.Config.Records[n.Key()]
	if !found {
		return
	}
	b.HasRecord = true
	for _, text := range r.Members {
		if c, err := moodle.ParseComponent(text); err == nil {
			b.Members = append(b.Members, c)
		}
	}
	b.Paths = r.Paths
	b.Justification, b.Ticket, b.Public = r.Justification, r.Ticket, r.Public
	why := s.justify(b.Key, nil, nil)
	b.Reasoned, b.Lacks = why.isReasoned(), why.lacks()
}
