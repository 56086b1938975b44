// Package rebasetest makes branches of a site on a real Moodle history, for
// benchmarks and for comparing mgit with git on what Moodle is really like.
package rebasetest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git"
)

// Load says what to make.
type Load struct {
	Base     string // upstream tag the branches stand on
	Version  string // the version in their names
	Branches int
	Commits  int // in all branches together
	// Hot is how many files of core the hacks edit, so that branches meet; 0 is all.
	Hot  int
	Seed uint64
}

// Names returns the names of the branches: seven of ten are features that add a
// plugin, the others hacks that edit files of core.
func (l Load) Names() []string {
	names := make([]string, l.Branches)
	for i := range names {
		if i%10 < 7 {
			names[i] = fmt.Sprintf("LUVLE-%s-feature-local_bench%d", l.Version, i)
		} else {
			names[i] = fmt.Sprintf("LUVLE-%s-hack-core-bench%d", l.Version, i)
		}
	}
	return names
}

// Make writes the branches into repo and returns their names. The same load on
// the same history makes the same commits.
func (l Load) Make(t testing.TB, repo *git.Repo) []string {
	t.Helper()
	ctx := t.Context()
	base, err := repo.Resolve(ctx, "refs/tags/"+l.Base)
	if err != nil {
		t.Fatal(err)
	}
	g := &generator{load: l, r: rand.New(rand.NewPCG(l.Seed, 0)), base: base}
	g.files = coreFiles(t, repo, base)
	if l.Hot > 0 {
		g.r.Shuffle(len(g.files), func(i, j int) { g.files[i], g.files[j] = g.files[j], g.files[i] })
		g.files = g.files[:min(l.Hot, len(g.files))]
	}
	for i, name := range l.Names() {
		commits := l.Commits/l.Branches + btoi(i < l.Commits%l.Branches)
		g.branch(t, repo, i, name, commits)
	}
	if err := repo.Cmd("fast-import", "--quiet", "--force").Stdin(g.out.Bytes()).Run(ctx); err != nil {
		t.Fatal(err)
	}
	return l.Names()
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

type generator struct {
	load  Load
	r     *rand.Rand
	base  git.ID
	files []coreFile
	out   bytes.Buffer
	clock int64
}

type coreFile struct {
	path string
	id   git.ID
}

// coreFiles lists the PHP files of a release that people hack.
func coreFiles(t testing.TB, repo *git.Repo, base git.ID) []coreFile {
	t.Helper()
	out, err := repo.Cmd("ls-tree", "-r", "-z", base.String()).Output(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var files []coreFile
	for line := range strings.SplitSeq(string(out), "\x00") {
		info, path, ok := strings.Cut(line, "\t")
		dir, _, _ := strings.Cut(path, "/")
		if !ok || !strings.HasSuffix(path, ".php") || strings.Contains(path, "/lang/") ||
			!slices.Contains([]string{"mod", "course", "user", "grade", "blocks", "group", "question", "enrol"}, dir) {
			continue
		}
		id, err := git.ParseID(strings.Fields(info)[2])
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, coreFile{path, id})
	}
	return files
}

func (g *generator) branch(t testing.TB, repo *git.Repo, i int, name string, commits int) {
	t.Helper()
	for c := range commits {
		g.clock += 60
		message := fmt.Sprintf("%s: change %d\n\nWhy it was made.\n", name, c)
		fmt.Fprintf(&g.out, "commit refs/heads/%s\n", name)
		fmt.Fprintf(&g.out, "author Dev %d <dev%d@example.org> %d +0100\n", i%5, i%5, 1343000000+g.clock)
		fmt.Fprintf(&g.out, "committer Dev %d <dev%d@example.org> %d +0100\n", i%5, i%5, 1343000000+g.clock)
		fmt.Fprintf(&g.out, "data %d\n%s", len(message), message)
		if c == 0 {
			fmt.Fprintf(&g.out, "from %s\n", g.base)
		}
		if strings.Contains(name, "-feature-") {
			g.plugin(i, c)
		} else {
			g.hack(t, repo, i, c)
		}
	}
}

func (g *generator) plugin(i, c int) {
	dir := fmt.Sprintf("local/bench%d", i)
	if c == 0 {
		g.file(dir+"/version.php", fmt.Sprintf("<?php\n$plugin->version = 2012080100;\n$plugin->component = 'local_bench%d';\n", i))
		g.file(dir+"/lib.php", g.text(40))
		g.file(dir+"/db/access.php", g.text(20))
		g.file(dir+fmt.Sprintf("/lang/en/local_bench%d.php", i), g.text(10))
		return
	}
	g.file(fmt.Sprintf("%s/classes/part%d.php", dir, c), g.text(60))
	g.file(dir+"/lib.php", g.text(40))
}

// hack edits two lines of a core file, close enough to be one hunk.
func (g *generator) hack(t testing.TB, repo *git.Repo, i, c int) {
	t.Helper()
	f := g.files[g.r.IntN(len(g.files))]
	data, err := repo.Store().Blob(t.Context(), f.id)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(data), "\n")
	at := g.r.IntN(len(lines))
	lines[at] = fmt.Sprintf("// LUVLE begin %d.%d\n%s// LUVLE end\n", i, c, strings.TrimSuffix(lines[at], "\n")+"\n")
	g.file(f.path, strings.Join(lines, ""))
}

func (g *generator) text(lines int) string {
	var b strings.Builder
	b.WriteString("<?php\n")
	for range lines {
		fmt.Fprintf(&b, "$a%d = get_string('s%d', 'local_bench');\n", g.r.IntN(1000), g.r.IntN(1000))
	}
	return b.String()
}

func (g *generator) file(path, text string) {
	fmt.Fprintf(&g.out, "M 100644 inline %s\ndata %d\n%s\n", path, len(text), text)
}
