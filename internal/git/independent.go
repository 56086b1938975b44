package git

import (
	"context"
	"fmt"
)

// Independent returns those of the commits that no other of them reaches.
func (r *Repo) Independent(ctx context.Context, ids []ID) ([]ID, error) {
	args := []string{"merge-base", "--independent"}
	for _, id := range ids {
		args = append(args, id.String())
	}
	out, err := r.Cmd(args...).Output(ctx)
	if err != nil {
		return nil, fmt.Errorf("find the independent ones of %d commits: %w", len(ids), err)
	}
	return parseIDs(out)
}
