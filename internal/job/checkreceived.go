package job

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"mgit/internal/branches"
	"mgit/internal/git"
)

// receivedRef is a reference that somebody pushes, as a pre-receive hook is told of it.
type receivedRef struct {
	name     string
	old, new git.ID // zero where there is none
}

// parseReceived reads old id, new id and reference on each line.
func parseReceived(text []byte) ([]receivedRef, error) {
	var all []receivedRef
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) != 3 {
			return nil, &UsageError{Text: fmt.Sprintf("%q is no line of what git tells a pre-receive hook", strings.TrimSpace(line))}
		}
		ref := receivedRef{name: words[2]}
		for i, id := range []*git.ID{&ref.old, &ref.new} {
			var err error
			if *id, err = git.ParseID(words[i]); err != nil {
				return nil, &UsageError{Text: fmt.Sprintf("%q: %v", strings.TrimSpace(line), err)}
			}
		}
		all = append(all, ref)
	}
	return all, nil
}

// checkReceived judges what somebody pushes to this repository. What any reference here has was judged when that arrived.
func (c *checker) checkReceived(ctx context.Context, r *CheckReport) error {
	received, err := parseReceived(c.request.Received)
	if err != nil {
		return err
	}
	c.arriving = make(map[string]git.ID)
	for _, ref := range received {
		c.arriving[ref.name] = ref.new
	}
	var here []git.ID
	for _, ref := range c.site.refs.refs {
		if ref.Peeled != git.ZeroID {
			here = append(here, ref.Peeled)
		}
	}
	for _, ref := range received {
		if isState(ref.name) {
			continue // mgit's own files, in which there is no code
		}
		tip, err := c.site.Repo.Resolve(ctx, ref.new.String())
		if errors.Is(err, git.ErrNotFound) {
			continue // deleted, or a tag of something else than a commit
		}
		if err != nil {
			return err
		}
		branch, isBranch := strings.CutPrefix(ref.name, "refs/heads/")
		if !isBranch {
			branch = ""
		}
		done, err := c.judgeSpan(ctx, span{what: CheckedRange, branch: branch, tip: tip, without: here, from: ref.old})
		if err != nil {
			return err
		}
		r.Add(done)
	}
	return nil
}

// listing lists the site's branches: those that somebody pushes as they will be.
func (c *checker) listing() branches.Listing {
	if c.arriving == nil {
		return c.site.refs.listing(c.site.Scheme, c.site.internal)
	}
	var refs []git.Ref
	for _, ref := range c.site.refs.refs {
		if _, changes := c.arriving[ref.Name]; !changes {
			refs = append(refs, ref)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.arriving)) {
		if id := c.arriving[name]; strings.HasPrefix(name, "refs/heads/") && id != git.ZeroID {
			refs = append(refs, git.Ref{Name: name, ID: id, Peeled: id})
		}
	}
	return c.site.Scheme.List(refs, c.site.internal)
}
