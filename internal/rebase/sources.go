package rebase

import (
	"context"
	"fmt"
	"strings"

	"mgit/internal/git"
)

// sources are the commits from which steps were picked.
type sources struct {
	in      map[git.ID]bool   // those that the new base has
	patchID map[git.ID]string // of those that this clone has
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
	here, err := commitsHere(ctx, r, all)
	if err != nil || len(here) == 0 {
		return s, err
	}
	if s.patchID, err = PatchIDs(ctx, r, here); err != nil {
		return nil, err
	}
	var input strings.Builder
	for _, id := range here {
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

// match finds the source of step that the new base has. That is how upstream
// did what step does, whatever became of its lines on the branch: by patch where
// that is still the same, else by its number.
func (s *sources) match(step Step, patchID string, candidates []patch) (Evidence, bool) {
	for _, id := range Sources(step.commit.Message) {
		if !s.in[id] {
			continue
		}
		e := Evidence{Commit: step.Old, By: id, How: ByPatchID, Picked: true, Reverted: isReverted(id, candidates)}
		if s.patchID[id] != patchID && number(step.commit.Message) != "" {
			e.How = ByMDL
		}
		return e, true
	}
	return Evidence{}, false
}

// patches returns the patch ids of step's sources.
func (s *sources) patches(step Step) []string {
	var all []string
	for _, id := range Sources(step.commit.Message) {
		if p := s.patchID[id]; p != "" {
			all = append(all, p)
		}
	}
	return all
}
