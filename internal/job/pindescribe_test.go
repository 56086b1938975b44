package job

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/upstream"
)

// The nearest tag is the one below the commit that leaves the fewest commits over, by git's own
// count, in histories of any shape.
func TestDescribe(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 7))
	r := gittest.New(t)
	var commits []string
	tags := make(map[git.ID]string)
	var stream strings.Builder
	const n = 60
	for i := range n {
		fmt.Fprintf(&stream, "commit refs/heads/c%d\nmark :%d\ncommitter A <a@example.org> %d +0000\ndata 1\nx\n", i, i+1, 1e9+60*i)
		// Mostly a line, with branches from further below, merges and a second root.
		if i > 0 && i != 30 {
			fmt.Fprintf(&stream, "from :%d\n", 1+max(0, i-1-random.IntN(1+random.IntN(5))))
			for range random.IntN(2) * random.IntN(2) {
				fmt.Fprintf(&stream, "merge :%d\n", 1+random.IntN(i))
			}
		}
		fmt.Fprintf(&stream, "M 644 inline f\ndata %d\n%d\n", len(fmt.Sprint(i)), i)
	}
	r.Write("stream", stream.String())
	r.Git("-c", "alias.import=!git fast-import --quiet <stream", "import")
	for i := range n {
		commits = append(commits, r.Git("rev-parse", fmt.Sprintf("c%d", i)))
	}
	for i := 2; i < n; i += 1 + random.IntN(9) {
		tags[mustID(t, commits[i])] = fmt.Sprintf("v1.0.%d", i)
	}
	repo, err := git.Open(t.Context(), r.Path, git.Options{Env: r.Env()})
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	var tips []git.ID
	for _, c := range commits {
		tips = append(tips, mustID(t, c))
	}
	index, err := upstream.Open(t.Context(), repo, upstream.Request{Tips: tips})
	if err != nil {
		t.Fatal(err)
	}
	reach := make(map[upstream.Commit]map[upstream.Commit]bool) // what each commit has below it, itself included
	for c := range upstream.Commit(index.Len()) {
		reach[c] = map[upstream.Commit]bool{c: true}
		for _, p := range index.Parents(c) {
			for below := range reach[p] {
				reach[c][below] = true
			}
		}
	}
	for c := range upstream.Commit(index.Len()) {
		least, nearest := -1, map[string]bool{}
		for below := range reach[c] {
			tag := tags[index.ID(below)]
			if tag == "" {
				continue
			}
			if left := len(reach[c]) - len(reach[below]); least < 0 || left < least {
				least, nearest = left, map[string]bool{tag: true}
			} else if left == least {
				nearest[tag] = true
			}
		}
		short := index.ID(c).String()[:10]
		got := describe(index, c, tags)
		isRight := false
		for tag := range nearest {
			want := fmt.Sprintf("%s-%d-g%s", tag, least, short)
			if least == 0 {
				want = tag
			}
			isRight = isRight || got == want
		}
		if len(nearest) == 0 {
			isRight = got == short
		}
		if !isRight {
			t.Errorf("commit %d is described as %s; %v are nearest, with %d commits over", c, got, nearest, least)
		}
	}
}
