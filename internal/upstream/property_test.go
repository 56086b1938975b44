package upstream

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

// TestRandomHistories compares every answer about random histories with git:
// of an index built at once, of one that was extended several times, and of one
// whose tips have vanished. All of them must be the same to the last byte.
func TestRandomHistories(t *testing.T) {
	t.Parallel()
	n, seed := cases(t)
	t.Logf("seed %d, %d histories", seed, n)
	for i := range n {
		t.Run(fmt.Sprintf("%d.%d", seed, i), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, uint64(i)))
			g, commits := randomHistory(t, random)
			repo := openRepo(t, g)
			var last *Index
			for range 4 { // growing, shrinking and moving tips
				tips := some(random, commits)
				x := open(t, repo, Request{Tips: tips})
				newJudge(t, g, tips).check(t, x, random)
				sameImage(t, "built at once", x, open(t, repo, Request{Tips: tips, ReadOnly: true, Rebuild: true}))
				last = x
			}
			x := open(t, repo, Request{Tips: commits})
			sameImage(t, "of all commits", x, open(t, repo, Request{Tips: commits, ReadOnly: true, Rebuild: true}))
			if x.Len() != len(commits) || last.Len() > x.Len() {
				t.Errorf("%d commits, want %d", x.Len(), len(commits))
			}
			saved, err := os.ReadFile(fileOf(repo))
			if err != nil || !bytes.Equal(saved, x.data) {
				t.Errorf("the file is not the index: %v", err)
			}
		})
	}
}

func some(random *rand.Rand, commits []git.ID) []git.ID {
	var list []git.ID
	for range 1 + random.IntN(3) {
		list = append(list, commits[random.IntN(len(commits))])
	}
	return list
}

// Paths and contents of random files: few, so that they meet; with every byte
// that git quotes, with a folder where a file is, and sorting around "/".
var (
	randomPaths = []string{
		"a", "a/b", "a/b/c", "a.b", "a0", "version.php", "public/version.php", "mod/x/version.php",
		"tab\there", "line\nbreak", "quote\"d", "back\\slash", "\xff\xfe", "ü", " ", "-", ":100644 ", "a b",
	}
	randomTexts = []string{
		"", "one\n", "two\n", "three\n", "four\n",
		"<?php\n$version = 2013051403.00;\n$release = '2.5.3 (Build: 20131111)';\n$branch = '25';\n$maturity = MATURITY_STABLE;\n",
		"<?php\n$version = 2013051403.00;\n$release = '2.5.3 (Build: 20131111) UP1';\n$branch = '25';\n$maturity = MATURITY_STABLE;\n",
		"<?php\n$version = 2010112400;\n$release = '2.0 RC1 (Build: 20100921)';\n",
		"<?php\n$version = 2002082000;\n",
		"<?php\n$module->version = 2013051403;\n",
	}
	// No calendar shows the last ones; git-fast-import(1) writes them all the same.
	randomDates = []string{"0", "1", "1000000000", "253402300799", "253402300800", "99999999999999", "18446744073709551000"}
)

// randomHistory makes a repository with a random history: merges with two and
// more parents and any tree, several roots, files that become folders, links and
// submodules, changes of mode alone, clocks that go wrong.
func randomHistory(t *testing.T, random *rand.Rand) (g *gittest.Repo, commits []git.ID) {
	t.Helper()
	g = gittest.NewAt(t, t.TempDir(), "--bare")
	n := 1 + random.IntN(40)
	var in bytes.Buffer
	clock := 1_000_000_000
	for i := range n {
		clock += random.IntN(3) * 60
		date := fmt.Sprint(clock)
		if random.IntN(6) == 0 {
			date = randomDates[random.IntN(len(randomDates))]
		}
		fmt.Fprintf(&in, "commit refs/heads/c%d\nmark :%d\ncommitter C <c@example.org> %s +0200\ndata 2\n%02d\n", i, i+1, date, i)
		parents := random.IntN(4)
		if random.IntN(3) > 0 {
			parents = 1
		}
		seen := map[int]bool{}
		for p := range parents {
			if i == 0 {
				break
			}
			mark := 1 + i - 1 - random.IntN(min(i, 6))
			if seen[mark] {
				continue
			}
			seen[mark] = true
			fmt.Fprintf(&in, "%s :%d\n", []string{"from", "merge", "merge", "merge"}[p], mark)
		}
		for range random.IntN(5) {
			randomChange(&in, random)
		}
		in.WriteByte('\n')
	}
	cmd := exec.Command("git", "fast-import", "--quiet", "--date-format=raw-permissive")
	cmd.Dir, cmd.Env, cmd.Stdin = g.Path, g.Env(), &in
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git fast-import: %v\n%s", err, out)
	}
	for line := range strings.Lines(g.Git("for-each-ref", "--format=%(objectname)")) {
		commits = append(commits, parse(t, strings.TrimSpace(line)))
	}
	return g, commits
}

func randomChange(in *bytes.Buffer, random *rand.Rand) {
	path := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(randomPaths[random.IntN(len(randomPaths))]) + `"`
	text := randomTexts[random.IntN(len(randomTexts))]
	switch random.IntN(10) {
	case 0, 1:
		fmt.Fprintf(in, "D %s\n", path)
	case 2:
		fmt.Fprintf(in, "M 160000 %040x %s\n", 7, path)
	case 3:
		fmt.Fprintf(in, "M 120000 inline %s\ndata %d\n%s\n", path, len(text), text)
	case 4:
		fmt.Fprintf(in, "M 100755 inline %s\ndata %d\n%s\n", path, len(text), text)
	default:
		fmt.Fprintf(in, "M 100644 inline %s\ndata %d\n%s\n", path, len(text), text)
	}
}
