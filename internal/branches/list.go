package branches

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/moodle"
)

// Branch is a branch of the site that exists in a repository.
type Branch struct {
	Name
	Ref string // full name of the reference: refs/heads/… or refs/remotes/…
	Tip git.ID
	// Remote is the internal remote that has the branch when there is no local
	// one, as in a fresh clone; "" for a local branch.
	Remote string
}

// PresentTarget is a target that exists in a repository.
type PresentTarget struct {
	Target
	Ref    string
	Tip    git.ID
	Remote string
}

// Listing is what the references of a repository say about a site.
type Listing struct {
	Branches []Branch // by version, then name
	Targets  []PresentTarget
	// Misnamed are references that are nearly of the scheme, each with the
	// reason. They are reported, never guessed.
	Misnamed []*NameError
}

const headPrefix = "refs/heads/"

// List finds the site's branches among refs. Local branches come first; a branch
// that only internal remotes have, the first of them listed winning, is
// one too. Branches that are not of the scheme are left out.
func (s *Scheme) List(refs []git.Ref, remotes []string) Listing {
	var l Listing
	seen := make(map[string]bool)
	add := func(name, remote string, ref git.Ref) {
		if seen[name] || ref.Symref != "" || ref.Peeled == git.ZeroID {
			return
		}
		n, err := s.Parse(name)
		var bad *NameError
		switch {
		case err == nil:
			l.Branches = append(l.Branches, Branch{Name: n, Ref: ref.Name, Tip: ref.Peeled, Remote: remote})
		case errors.Is(err, ErrTarget):
			t, err := s.ParseTarget(name)
			if err != nil {
				return
			}
			l.Targets = append(l.Targets, PresentTarget{Target: t, Ref: ref.Name, Tip: ref.Peeled, Remote: remote})
		case errors.As(err, &bad):
			l.Misnamed = append(l.Misnamed, bad)
		default:
			return
		}
		seen[name] = true
	}
	for _, prefix := range append([]string{headPrefix}, remotePrefixes(remotes)...) {
		for _, ref := range refs {
			if name, ok := strings.CutPrefix(ref.Name, prefix); ok {
				add(name, remoteOf(prefix), ref)
			}
		}
	}
	slices.SortStableFunc(l.Branches, func(a, b Branch) int {
		return cmp.Or(a.Version.Compare(b.Version), strings.Compare(a.Raw, b.Raw))
	})
	slices.SortStableFunc(l.Targets, func(a, b PresentTarget) int { return a.Version.Compare(b.Version) })
	return l
}

func remotePrefixes(remotes []string) []string {
	var all []string
	for _, r := range remotes {
		all = append(all, "refs/remotes/"+r+"/")
	}
	return all
}

func remoteOf(prefix string) string {
	name, ok := strings.CutPrefix(prefix, "refs/remotes/")
	if !ok {
		return ""
	}
	return strings.TrimSuffix(name, "/")
}

// Of returns the branches of one version.
func (l Listing) Of(version moodle.Series) []Branch {
	var all []Branch
	for _, b := range l.Branches {
		if b.Version.Compare(version) == 0 {
			all = append(all, b)
		}
	}
	return all
}

// Versions returns the versions that have branches, oldest first.
func (l Listing) Versions() []moodle.Series {
	var all []moodle.Series
	for _, b := range l.Branches {
		if n := len(all); n == 0 || all[n-1].Compare(b.Version) != 0 {
			all = append(all, b.Version)
		}
	}
	return all
}
