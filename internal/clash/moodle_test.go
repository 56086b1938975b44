package clash

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/history"
	"mgit/internal/tree"
)

// TestPairsOnMoodle holds all pairs of 48 branches on Moodle's real history against
// git. The branches edit, remove, rename, and copy files of core, put folders in
// place of files and files in place of folders; most stand on one release, some on others.
func TestPairsOnMoodle(t *testing.T) {
	t.Parallel()
	clone := os.Getenv("MGIT_MOODLE")
	if clone == "" {
		t.Skip("MGIT_MOODLE names no clone of Moodle")
	}
	at := gittest.NewAt(t, filepath.Join(t.TempDir(), "site.git"), "--bare", "--template=")
	objects := at.Git("-C", clone, "rev-parse", "--path-format=absolute", "--git-path", "objects")
	alternates := filepath.Join(at.Path, "objects", "info", "alternates")
	if err := errors.Join(os.MkdirAll(filepath.Dir(alternates), 0o777), os.WriteFile(alternates, []byte(objects+"\n"), 0o666)); err != nil {
		t.Fatal(err)
	}
	repo, err := git.Open(t.Context(), at.Path, git.Options{Env: at.Env()})
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	scratch, err := repo.NewScratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer scratch.Close()
	m := &moodleSite{t: t, random: rand.New(rand.NewPCG(5, 0)), store: scratch, clock: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	for i, tag := range []string{"v2.5.0", "v2.5.3", "v2.4.0"} {
		id := at.Git("-C", clone, "rev-parse", tag+"^{commit}")
		at.Git("update-ref", "refs/tags/"+tag, id)
		m.base(id, []int{36, 8, 4}[i])
	}
	pack, err := scratch.WritePack(t.Context(), m.tips)
	if err == nil {
		err = repo.InstallPack(pack)
	}
	if err != nil {
		t.Fatal(err)
	}
	own, err := history.Read(t.Context(), repo, repo.Store(), m.tips, m.upstream)
	if err != nil {
		t.Fatal(err)
	}
	found, err := Find(t.Context(), scratch, repo, Request{Branches: m.branches, History: own})
	if err != nil {
		t.Fatal(err)
	}
	levels := make(map[couple]Level)
	var conflicts, byBase int
	for _, p := range found.Pairs {
		levels[couple{p.A, p.B}] = p.Level
		if p.Level == Conflict {
			conflicts++
		}
		if p.ByBase {
			byBase++
		}
	}
	t.Logf("%d pairs, %d met, %d asked of git, %d conflict, %d of these by their base alone", found.Compared, found.Tried, found.Asked, conflicts, byBase)
	if conflicts < 20 || found.Tried > found.Compared*3/4 || byBase == 0 {
		t.Error("that is no fair sample")
	}
	for pair, conflict := range m.judge(at) {
		if conflict != (levels[pair] == Conflict) {
			t.Errorf("%s and %s: git sees a conflict: %t; clash says %v", m.branches[pair.a].Name, m.branches[pair.b].Name, conflict, levels[pair])
		}
	}
}

// moodleSite makes branches on Moodle.
type moodleSite struct {
	t        *testing.T
	random   *rand.Rand
	store    *git.Scratch
	clock    time.Time
	files    []string // that branches change
	upstream []git.ID
	branches []Branch
	tips     []git.ID
}

// base makes n branches on the commit.
func (m *moodleSite) base(hex string, n int) {
	m.t.Helper()
	id, err := git.ParseID(hex)
	if err != nil {
		m.t.Fatal(err)
	}
	m.upstream = append(m.upstream, id)
	c, err := m.store.Commit(m.t.Context(), id)
	if err != nil {
		m.t.Fatal(err)
	}
	if m.files == nil {
		m.choose(c.Tree)
	}
	for range n {
		root := c.Tree
		for range 1 + m.random.IntN(3) {
			root = m.change(root)
		}
		m.clock = m.clock.Add(time.Minute)
		who := git.Signature{Name: "Ann", Email: "ann@example.org", When: m.clock}
		tip := m.store.PutCommit(&git.Commit{Tree: root, Parents: []git.ID{id}, Author: who, Committer: who, Message: "Change\n"})
		m.branches = append(m.branches, Branch{Name: fmt.Sprintf("b%d", len(m.branches)), Tip: tip})
		m.tips = append(m.tips, tip)
	}
}

// choose takes some files of core that all branches change.
func (m *moodleSite) choose(root git.ID) {
	m.t.Helper()
	var all []string
	err := tree.Diff(m.t.Context(), m.store, git.ZeroID, root, func(c tree.Change) error {
		if strings.HasSuffix(c.Path, ".php") && (strings.HasPrefix(c.Path, "mod/") || strings.HasPrefix(c.Path, "course/") || strings.HasPrefix(c.Path, "lib/form/")) {
			all = append(all, c.Path)
		}
		return nil
	})
	if err != nil {
		m.t.Fatal(err)
	}
	for range 40 {
		m.files = append(m.files, all[m.random.IntN(len(all))])
	}
}

// change makes one change, in one of the ways in which people change a site.
func (m *moodleSite) change(root git.ID) git.ID {
	m.t.Helper()
	name := m.files[m.random.IntN(len(m.files))]
	node, err := tree.At(m.t.Context(), m.store, root, name)
	if err != nil {
		m.t.Fatal(err)
	}
	if node.File == (tree.File{}) {
		return m.set(root, fmt.Sprintf("local/ours%d/version.php", m.random.IntN(30)), m.text("<?php // Ours\n"))
	}
	beside := path.Join(path.Dir(name), fmt.Sprintf("moved%d.php", m.random.IntN(3)))
	switch m.random.IntN(10) {
	case 0:
		return m.set(root, name, tree.File{})
	case 1:
		return m.set(m.set(root, name, tree.File{}), beside, node.File)
	case 2:
		return m.set(m.set(root, name, tree.File{}), beside, m.edited(node.File))
	case 3:
		return m.set(m.set(root, name, tree.File{}), name+"/inside.php", node.File)
	case 4:
		return m.set(root, path.Dir(name), node.File) // the folder becomes a file
	case 5:
		return m.set(root, beside, m.edited(node.File))
	case 6:
		node.File.Mode = git.ModeExec
		return m.set(root, name, node.File)
	}
	return m.set(root, name, m.edited(node.File))
}

func (m *moodleSite) set(root git.ID, name string, f tree.File) git.ID {
	m.t.Helper()
	id, err := tree.Set(m.t.Context(), m.store, root, name, f)
	if err != nil {
		m.t.Fatal(err)
	}
	return id
}

func (m *moodleSite) text(s string) tree.File {
	return tree.File{Mode: git.ModeFile, ID: m.store.PutBlob([]byte(s))}
}

func (m *moodleSite) edited(f tree.File) tree.File {
	m.t.Helper()
	data, err := m.store.Blob(m.t.Context(), f.ID)
	if err != nil {
		m.t.Fatal(err)
	}
	lines := strings.SplitAfter(string(data), "\n")
	lines[m.random.IntN(len(lines))] = fmt.Sprintf("// Ours %d\n", m.random.IntN(3))
	f.ID = m.store.PutBlob([]byte(strings.Join(lines, "")))
	return f
}

// judge merges all pairs with plain git, a process for each.
func (m *moodleSite) judge(at *gittest.Repo) map[couple]bool {
	m.t.Helper()
	work := make(chan couple)
	answers := make(map[couple]bool)
	var lock sync.Mutex
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			for pair := range work {
				cmd := exec.CommandContext(context.Background(), "git", "-c", "merge.directoryRenames=false", "merge-tree", "--write-tree", "--no-messages",
					m.branches[pair.a].Tip.String(), m.branches[pair.b].Tip.String())
				cmd.Dir, cmd.Env = at.Path, at.Env()
				err := cmd.Run()
				var exit *exec.ExitError
				if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
					m.t.Errorf("merge %v: %v", pair, err)
				}
				lock.Lock()
				answers[pair] = err != nil
				lock.Unlock()
			}
		})
	}
	for a := range m.branches {
		for b := a + 1; b < len(m.branches); b++ {
			work <- couple{a, b}
		}
	}
	close(work)
	all.Wait()
	return answers
}
