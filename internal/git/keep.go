package git

import (
	"bytes"
	"context"
	"fmt"
)

// Keep writes the object id, where it is a new one of Repo.Store, and all new
// objects below it into the repository, each on its own, as git writes them. It is
// for the few objects of a commit made aside; many go through
// [Scratch.WritePack]. Nothing refers to them yet.
func (r *Repo) Keep(ctx context.Context, id ID) error {
	objects, err := r.unkept(nil, id, make(map[ID]bool))
	if err != nil || len(objects) == 0 {
		return err
	}
	var pack bytes.Buffer
	p := newPackWriter(&pack, len(objects))
	for _, o := range objects {
		if err := p.add(o); err != nil {
			return fmt.Errorf("write object %s: %w", o.ID, err)
		}
	}
	if err := p.finish(); err != nil {
		return fmt.Errorf("write object %s: %w", id, err)
	}
	if err := r.Cmd("unpack-objects", "-q").Stdin(pack.Bytes()).Run(ctx); err != nil {
		return fmt.Errorf("write object %s: %w", id, err)
	}
	return nil
}

// unkept appends the new objects from id down, those below first.
func (r *Repo) unkept(objects []Object, id ID, seen map[ID]bool) ([]Object, error) {
	o, ok := r.store.inMemory(id)
	if !ok || seen[id] {
		return objects, nil
	}
	seen[id] = true
	below, err := links(o)
	if err != nil {
		return nil, fmt.Errorf("write object %s: %w", id, err)
	}
	for _, child := range below {
		if objects, err = r.unkept(objects, child, seen); err != nil {
			return nil, err
		}
	}
	return append(objects, o), nil
}
