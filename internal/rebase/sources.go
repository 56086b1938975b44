package rebase

import (
	"context"
	"fmt"
	"strings"

	"mgit/internal/git"
)

// sources are the commits from which steps were picked.
type sources struct {
	in   map[git.ID]bool // those that the new base has
	here []git.ID        // those that this clone has
}

// readSources finds the sources of picked steps. A source may be one that this
// clone never had: somebody else picked it.
func readSources(ctx context.Context, r Runner, onto git.ID, steps []Step) (*sources, error) {
	s := &sources{in: make(map[git.ID]bool)}
	var all []git.ID
	for _, step := range steps {
		if !step.ByHand {
			all = append(all, Sources(step.commit.Message)...)
		}
	}
	var err error
	if s.here, err = commitsHere(ctx, r, all); err != nil || len(s.here) == 0 {
		return s, err
	}
	var input strings.Builder
	for _, id := range s.here {
		s.in[id] = true
		fmt.Fprintln(&input, id)
	}
	fmt.Fprintf(&input, "^%s\n", onto)
	out, err := r.Cmd("rev-list", "--stdin").Stdin([]byte(input.String())).Output(ctx)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(out)) {
		id, err := git.ParseID(strings.TrimSpace(line))
		if err != nil {
			return nil, err
		}
		delete(s.in, id)
	}
	return s, nil
}

// commitsHere returns those of the ids that are commits of this clone.
func commitsHere(ctx context.Context, r Runner, ids []git.ID) ([]git.ID, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var input strings.Builder
	for _, id := range ids {
		fmt.Fprintln(&input, id)
	}
	out, err := r.Cmd("cat-file", "--batch-check=%(objectname) %(objecttype)").Stdin([]byte(input.String())).Output(ctx)
	if err != nil {
		return nil, err
	}
	var here []git.ID
	for line := range strings.Lines(string(out)) {
		hex, isCommit := strings.CutSuffix(strings.TrimSpace(line), " commit")
		if id, err := git.ParseID(hex); isCommit && err == nil {
			here = append(here, id)
		}
	}
	return here, nil
}
