package git

import (
	"context"
	"fmt"
	"strings"
)

// Keep writes the object id, where it is a new one of Repo.Store, and all new
// objects below it into the repository, one by one and those below first. It is
// for the few objects of a commit made aside; many go through
// [Scratch.WritePack]. Nothing refers to them yet.
func (r *Repo) Keep(ctx context.Context, id ID) error {
	return r.keep(ctx, id, make(map[ID]bool))
}

func (r *Repo) keep(ctx context.Context, id ID, kept map[ID]bool) error {
	o, ok := r.store.inMemory(id)
	if !ok || kept[id] {
		return nil
	}
	kept[id] = true
	below, err := links(o)
	if err != nil {
		return fmt.Errorf("write object %s: %w", id, err)
	}
	for _, child := range below {
		if err := r.keep(ctx, child, kept); err != nil {
			return err
		}
	}
	out, err := r.Cmd("hash-object", "-w", "-t", o.Type, "--stdin").Stdin(o.Data).Output(ctx)
	if err != nil {
		return fmt.Errorf("write object %s: %w", id, err)
	}
	if got := strings.TrimSpace(string(out)); got != id.String() {
		return fmt.Errorf("write object %s: git wrote %s", id, got)
	}
	return nil
}
