package git_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"mgit/internal/git"
)

// Real history, with all that twenty years of tools have written, comes back
// byte for byte. MGIT_MOODLE names a clone of Moodle.
func TestRoundTripOfMoodle(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("MGIT_MOODLE")
	if dir == "" {
		t.Skip("MGIT_MOODLE names no clone of Moodle")
	}
	ctx := t.Context()
	r, err := git.Open(ctx, dir, git.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	refs, err := r.Refs(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var tips []git.ID
	for _, ref := range refs {
		if ref.Peeled != git.ZeroID {
			tips = append(tips, ref.Peeled)
		}
	}
	ids, err := r.RevList(ctx, tips, nil)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	var signed, merges, trees int
	for _, id := range ids[:min(len(ids), 2000)] {
		o, err := r.Store().Object(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		c, err := git.DecodeCommit(id, o.Data)
		if err != nil {
			t.Fatalf("commit %s: %v", id, err)
		}
		if len(c.Parents) > 1 {
			merges++
		}
		got := git.EncodeCommit(c)
		switch {
		case c.Signed:
			signed++
			if !strings.HasSuffix(string(o.Data), "\n\n"+c.Message) {
				t.Errorf("commit %s lost a part of its message", id)
			}
		case !bytes.Equal(got, o.Data):
			t.Errorf("commit %s\nwas %q\nis  %q", id, o.Data, got)
		}
		tree, err := r.Store().Object(ctx, c.Tree)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := git.DecodeTree(tree.Data)
		if err != nil {
			t.Fatalf("tree %s: %v", c.Tree, err)
		}
		trees += len(entries)
		if !bytes.Equal(git.EncodeTree(entries), tree.Data) {
			t.Errorf("tree %s does not come back", c.Tree)
		}
		if got, err := r.Store().PutTree(entries); got != c.Tree || err != nil {
			t.Errorf("tree %s: %s, %v", c.Tree, got, err)
		}
	}
	t.Logf("%d commits, of a sample %d merges and %d signed, %d entries of root trees", len(ids), merges, signed, trees)
}
