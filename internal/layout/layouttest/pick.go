package layouttest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Pick is what git merge-tree makes of the moved branches on the release after the
// move, commit by commit as git rebase would pick them.
func (s *Site) Pick(m *Moved) []Verdict {
	s.t.Helper()
	return s.PickOnto("v5.1.0", m, s.Branches)
}

// PickOnto is what git merge-tree makes of the commits of some moved branches on a
// commit, as git cherry-pick would pick them. All branches advance together, so that a
// hundred of them cost a dozen processes.
func (s *Site) PickOnto(onto string, m *Moved, branches []*Branch) []Verdict {
	s.t.Helper()
	verdicts := make([]Verdict, len(branches))
	steps := s.steps(m, branches)
	start := s.Git("rev-parse", onto+"^{tree}")
	ours := make([]string, len(branches))
	for i := range ours {
		ours[i] = start
		verdicts[i].Trees = []string{}
	}
	for round := 0; ; round++ {
		var asked []int
		for i := range steps {
			if round < len(steps[i]) && verdicts[i].Stopped == "" {
				asked = append(asked, i)
			}
		}
		if len(asked) == 0 {
			return verdicts
		}
		var trees, parents, theirs []string
		for _, i := range asked {
			trees, parents, theirs = append(trees, ours[i]), append(parents, steps[i][round].parent), append(theirs, steps[i][round].commit)
		}
		for k, merged := range s.mergeTrees(s.commits(trees, parents), theirs) {
			v := &verdicts[asked[k]]
			switch {
			case len(merged.paths) > 0:
				v.Stopped, v.Paths = m.Old[theirs[k]], merged.paths
			case merged.tree != trees[k] || steps[asked[k]][round].empty: // else it left nothing
				v.Trees, ours[asked[k]] = append(v.Trees, merged.tree), merged.tree
			}
		}
	}
}

type step struct {
	commit, parent string
	empty          bool // as it was made
}

// steps are the commits of every branch in the order of a rebase, which leaves merges
// out.
func (s *Site) steps(m *Moved, branches []*Branch) [][]step {
	s.t.Helper()
	all := make([][]step, len(branches))
	parents, tree := make(map[string][]string), map[string]string{m.Base: s.Git("rev-parse", m.Base+"^{tree}")}
	for line := range strings.Lines(s.Git("log", "--format=%H %T %P", "--glob="+m.prefix+"*", "--not", m.Base)) {
		f := strings.Fields(line)
		tree[f[0]], parents[f[0]] = f[1], f[2:]
	}
	tips := make(map[string]string)
	for line := range strings.Lines(s.Git("for-each-ref", "--format=%(refname) %(objectname)", m.prefix)) {
		f := strings.Fields(line)
		tips[f[0]] = f[1]
	}
	for i, b := range branches {
		var order []string
		if len(b.side) > 0 {
			order = strings.Fields(s.Git("rev-list", "--topo-order", "--no-merges", m.prefix+b.Name, "^"+m.Base))
		} else {
			for id := tips[m.prefix+b.Name]; id != m.Base; id = parents[id][0] {
				order = append(order, id)
			}
		}
		for _, id := range slices.Backward(order) {
			all[i] = append(all[i], step{id, parents[id][0], tree[id] == tree[parents[id][0]]})
		}
	}
	return all
}

// commits makes a commit of each tree, with the parent that makes git merge it with a
// commit from the same parent.
func (s *Site) commits(trees, parents []string) []string {
	s.t.Helper()
	var stream bytes.Buffer
	for i := range trees {
		fmt.Fprintf(&stream, "commit refs/scratch/c%d\nmark :%d\ncommitter Carl Committer <carl@example.org> 1790000000 +0000\ndata 0\nfrom %s\nM 040000 %s \n\n", i, i+1, parents[i], trees[i])
		fmt.Fprintf(&stream, "reset refs/scratch/c%d\nfrom 0000000000000000000000000000000000000000\n\n", i)
	}
	marks := filepath.Join(s.t.TempDir(), "marks")
	s.importStream(stream.Bytes(), "--export-marks="+marks)
	data, err := os.ReadFile(marks)
	if err != nil {
		s.t.Fatal(err)
	}
	ids := make([]string, len(trees))
	for line := range strings.Lines(string(data)) {
		var mark int
		var id string
		if _, err := fmt.Sscanf(line, ":%d %s", &mark, &id); err != nil {
			s.t.Fatal(err)
		}
		ids[mark-1] = id
	}
	return ids
}

type merged struct {
	tree  string
	paths []string // in conflict
}

// mergeTrees lets git merge pairs of commits; it answers in records that end with an
// empty one.
func (s *Site) mergeTrees(ours, theirs []string) []merged {
	s.t.Helper()
	var in bytes.Buffer
	for i := range ours {
		fmt.Fprintf(&in, "%s %s\n", ours[i], theirs[i])
	}
	cmd := exec.Command("git", "-c", "merge.directoryRenames=false", "merge-tree", "--write-tree", "--stdin", "--name-only", "--no-messages")
	cmd.Dir, cmd.Env, cmd.Stdin = s.Path, s.Env(), &in
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("git merge-tree: %v", err)
	}
	var all []merged
	words := strings.Split(string(out), "\x00")
	for len(words) > 2 {
		m := merged{tree: words[1]}
		end := 2 + slices.Index(words[2:], "")
		for _, p := range words[2:end] {
			if !slices.Contains(m.paths, p) {
				m.paths = append(m.paths, p)
			}
		}
		slices.Sort(m.paths)
		all, words = append(all, m), words[end+1:]
	}
	if len(all) != len(ours) {
		s.t.Fatalf("git merge-tree gave %d answers to %d questions", len(all), len(ours))
	}
	return all
}

// Merge is what git merge-tree makes of moved branches that are merged into a commit
// one after the other; one that conflicts is left out. The branches must not be
// stacked. Each verdict has one tree, that of the merge, or the paths in conflict.
func (s *Site) Merge(onto string, m *Moved, branches []*Branch) []Verdict {
	s.t.Helper()
	verdicts := make([]Verdict, len(branches))
	ours := s.Git("rev-parse", onto+"^{tree}")
	for i, b := range branches {
		got := s.mergeTrees(s.commits([]string{ours}, []string{m.Base}), []string{s.Git("rev-parse", m.prefix+b.Name)})[0]
		if len(got.paths) > 0 {
			verdicts[i].Stopped, verdicts[i].Paths = b.Name, got.paths
			continue
		}
		ours = got.tree
		verdicts[i].Trees = []string{ours}
	}
	return verdicts
}
