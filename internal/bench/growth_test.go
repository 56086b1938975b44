package bench

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/demo"
	"mgit/internal/git/gittest"
)

// TestGrowth prints how the time of the main job grows with what it works on.
// It promises nothing by itself; the bars do.
func TestGrowth(t *testing.T) {
	skipUnlessAsked(t)
	program := buildMgit(t)
	t.Run("branches", func(t *testing.T) { growBranches(t, program) })
	t.Run("history", func(t *testing.T) { growHistory(t, program) })
	t.Run("files", func(t *testing.T) { growFiles(t, program) })
}

func growBranches(t *testing.T, program string) {
	clone := moodleClone(t)
	var works []*work
	var sizes []int
	for _, n := range []int{60, 120, 300, 600} {
		m := newMoodle(t, clone, loadOf(n))
		works, sizes = append(works, mgitMoves(t, program, m)), append(sizes, n)
	}
	inTurn(t, 5, works...)
	for i, w := range works {
		say(t, "%v; %.2f ms a branch", w, float64(w.median().Microseconds())/1000/float64(sizes[i]))
	}
}

// growHistory moves the same branches over one, two and five releases, without
// and with a commit-graph, which makes walks of history short.
func growHistory(t *testing.T, program string) {
	m := newMoodle(t, moodleClone(t), loadOf(60))
	var works []*work
	var tags []string // of each work
	for _, graph := range []bool{false, true} {
		for _, tag := range []string{"v2.4.0", "v2.5.0", "v2.8.0"} {
			name := fmt.Sprintf("%s to %s, no commit-graph", base, tag)
			if graph {
				name = fmt.Sprintf("%s to %s, with commit-graph", base, tag)
			}
			tags = append(tags, tag)
			works = append(works, &work{
				name: name,
				prepare: func() *gittest.Repo {
					r := m.bare()
					r.Git("config", "core.commitGraph", fmt.Sprint(graph))
					return r
				},
				do: func(r *gittest.Repo) { run(t, r, program, []string{"rebase-all", tag}, finished) },
			})
		}
	}
	inTurn(t, 5, works...)
	for i, w := range works {
		commits := m.template.Git("rev-list", "--count", base+".."+tags[i])
		files := m.template.Git("diff", "--name-only", base, tags[i])
		say(t, "%v; %s commits and %d files in between", w, commits, strings.Count(files, "\n")+1)
	}
}

// growFiles moves sixty branches of generated sites whose trees differ in size
// only.
func growFiles(t *testing.T, program string) {
	var works []*work
	for _, files := range []int{1_000, 8_000, 64_000} {
		site, err := demo.Build(t.Context(), filepath.Join(t.TempDir(), "demo"), demo.Params{
			Files: files, Releases: 5, Branches: 60,
			MissingParts: []demo.Part{demo.PartInternal, demo.PartWorkTree, demo.PartLive},
		})
		if err != nil {
			t.Fatal(err)
		}
		m := &moodle{t: t, template: gittest.At(t, site.Site)}
		setUp(m.template)
		count := strings.Count(m.template.Git("ls-tree", "-r", "--name-only", "v4.5.0"), "\n") + 1
		works = append(works, &work{
			name:    fmt.Sprintf("generated site, %d files", count),
			prepare: m.bare,
			do:      func(r *gittest.Repo) { run(t, r, program, []string{"rebase-all", "v4.5.0"}, finished) },
		})
	}
	inTurn(t, 5, works...)
	for _, w := range works {
		say(t, "%v", w)
	}
}
