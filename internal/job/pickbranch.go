package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/branches"
)

// pickBranch finds the branch that is to get the fixes: by its name, or by its key
// in the series in use. The error is a *UsageError that says what else the name is.
func (s *Site) pickBranch(ctx context.Context, request PickRequest) (branches.Branch, error) {
	listing := s.refs.listing(s.Scheme, s.internal)
	name := request.Branch
	b, err := s.findBranch(ctx, listing, name)
	var usage *UsageError
	switch {
	case err == nil && isNameOf(name, b):
		return b, nil
	case err == nil:
		// A parked branch has the old one's commits, and not yet its place.
		return b, &UsageError{
			Text: fmt.Sprintf("%s is parked and not there yet", name),
			Hint: fmt.Sprintf("mgit resolve %s finishes it; or pick onto %s, which carries the fix along", b.Raw, b.Raw),
		}
	case !errors.As(err, &usage):
		return b, err
	}
	for _, remote := range s.upstream {
		if strings.HasPrefix(strings.TrimPrefix(name, "refs/remotes/"), remote+"/") {
			return b, &UsageError{
				Text: fmt.Sprintf("%s is upstream's; a fix is picked onto a branch of the site", name),
				Hint: "mgit status lists the branches",
			}
		}
	}
	if slices.Contains(s.Scheme.Targets(), name) {
		return b, &UsageError{Text: name + " is a target, no branch", Hint: "a fix goes onto a branch, and from there into the targets"}
	}
	if _, _, bad := branches.ParseKey(name); bad != nil {
		return b, err
	}
	return s.branchByKey(ctx, listing, request)
}

// branchByKey finds the branch of the series in use whose record has the key.
func (s *Site) branchByKey(ctx context.Context, l branches.Listing, request PickRequest) (branches.Branch, error) {
	series, err := s.Series(ctx, request.Series)
	if err != nil {
		return branches.Branch{}, err
	}
	var found []branches.Branch
	var names []string
	for _, b := range l.Of(series) {
		if b.Key() == request.Branch {
			found = append(found, b)
			names = append(names, b.Raw)
		}
	}
	switch len(found) {
	case 0:
		return branches.Branch{}, &UsageError{
			Text: fmt.Sprintf("there is no branch %q, and none of %s with that key", request.Branch, series),
			Hint: "mgit status --all lists the branches; --series names another series",
		}
	case 1:
		return found[0], nil
	}
	return branches.Branch{}, &UsageError{Text: fmt.Sprintf("which branch is %s?", request.Branch), Hint: strings.Join(names, ", ")}
}
