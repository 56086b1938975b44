package check_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"mgit/internal/check"
	"mgit/internal/check/checktest"
	"mgit/internal/git"
	"mgit/internal/moodle"
)

// Faults of all rules, planted at random places of a tree, are all found, with path and line, and nothing else is blamed: a
// thousand in Moodle 2.8.5 where MGIT_MOODLE names a clone, and some dozens in a tree of the tests' own. MGIT_CASES is how many,
// MGIT_SEED where they are.
func TestPropertyPlantedFaultsInMoodle(t *testing.T) {
	repo := openMoodle(t)
	commit := commitOf(t, repo, tagged(t, "v2.8.5"))
	base := checktest.FilesOf(t.Context(), repo.Store(), commit.Tree)
	out, err := exec.Command("git", "-C", os.Getenv("MGIT_MOODLE"), "ls-tree", "-r", "-z", "--name-only", "v2.8.5").Output()
	if err != nil {
		t.Fatal(err)
	}
	plantAll(t, &ground{base: base, paths: strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")}, number(t, "MGIT_CASES", 1000))
}

func TestPropertyPlantedFaults(t *testing.T) {
	t.Parallel()
	plantAll(t, madeGround(t), number(t, "MGIT_CASES", 120))
}

// plantAll plants faults, some at a time, and holds what is found against them.
func plantAll(t *testing.T, g *ground, cases int) {
	t.Helper()
	seed := number(t, "MGIT_SEED", 8)
	t.Logf("%d faults, MGIT_SEED=%d", cases, seed)
	php := phpProgram(t)
	planted, left := make(map[string]int), cases
	for round := 0; left > 0 || round < len(slices.Concat(allFaults(php)...)); round++ {
		p := newPlot(t, g, uint64(seed), uint64(round))
		p.plantSome(round, p.random.IntN(8), php)
		left -= len(p.planted)
		for _, rule := range p.planted {
			planted[rule]++
		}
		if got, want := p.found(), slices.Sorted(slices.Values(p.want)); !slices.Equal(got, want) {
			t.Errorf("MGIT_SEED=%d, round %d:\nfound %s\nwant  %s", seed, round, strings.Join(got, ", "), strings.Join(want, ", "))
		}
	}
	for _, r := range check.Rules() {
		if planted[r.ID] == 0 {
			t.Errorf("no fault of %s was planted", r.ID)
		}
	}
	t.Logf("%d planted: %v", cases-left, planted)
}

// What stood there before is nobody's fault: of the same faults nothing is said when they are older than the change, which adds a
// line to each of the files, and nothing when the change takes them away.
func TestPropertyOldFaultsAreNotBlamed(t *testing.T) {
	t.Parallel()
	g, seed := madeGround(t), number(t, "MGIT_SEED", 8)
	for round := range number(t, "MGIT_CASES", 60) / 4 {
		p := newPlot(t, g, uint64(seed), uint64(round))
		for range 6 {
			p.anyOf(inContent()).plant(p)
		}
		faulty := maps.Clone(p.after)
		p.want, p.before = nil, faulty
		for name, b := range faulty {
			if b.Mode != git.ModeLink && !bytes.Contains(b.Data, []byte("\x00")) {
				p.after[name] = check.Blob{Mode: b.Mode, Data: slices.Concat(b.Data, []byte("\n// And more.\n"))}
			}
		}
		if got := p.found(); len(got) > 0 {
			t.Errorf("MGIT_SEED=%d, round %d, a line more: found %s", seed, round, strings.Join(got, ", "))
		}
		p.after = make(map[string]check.Blob)
		for name := range faulty {
			if data, err := fs.ReadFile(g.base, name); err == nil {
				p.after[name] = check.Blob{Mode: git.ModeFile, Data: data}
			}
		}
		if got := p.found(); len(got) > 0 {
			t.Errorf("MGIT_SEED=%d, round %d, taken away: found %s", seed, round, strings.Join(got, ", "))
		}
	}
}

func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

func tagged(t *testing.T, tag string) string {
	t.Helper()
	out, err := exec.Command("git", "-C", os.Getenv("MGIT_MOODLE"), "rev-parse", tag+"^{commit}").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// ground is a tree that faults are planted in.
type ground struct {
	base  fs.FS
	paths []string
}

// madeGround is a Moodle with some plugins more.
func madeGround(t *testing.T) *ground {
	t.Helper()
	c := checktest.New().Core("4.5")
	for i := range 24 {
		name := fmt.Sprintf("made%c", 'a'+i)
		dir := "mod/" + name + "/"
		c.Has(dir+"version.php", checktest.Plugin("mod_"+name, older)).
			Has(dir+"lang/en/"+name+".php", ouwikiStrings).
			Has(dir+"lib.php", "<?php\nfunction "+name+"_one() {\n    $x = 1;\n    return $x;\n}\n").
			Has(dir+"view.php", "<?php\nrequire('../../config.php');\n$y = 2;\n?>\n<p>;</p>\n<?php\n$z = 3;\n$z++;\n").
			Has(dir+"db/upgrade.php", strings.ReplaceAll(ouwikiSteps("2024090100"), "ouwiki", name)).
			Has(dir+"db/access.php", "<?php\n$capabilities = array(\n    'mod/"+name+":view' => array('captype' => 'read'),\n);\n").
			Has(dir+"db/install.xml", "<XMLDB><TABLES><TABLE NAME=\""+name+"\"><FIELDS>\n<FIELD NAME=\"id\" TYPE=\"int\"/>\n</FIELDS></TABLE></TABLES></XMLDB>\n").
			Has(dir+"amd/src/a.js", "a();\nb();\n").Has(dir+"amd/build/a.min.js", "a();b();")
	}
	g := &ground{base: c.Subject(t).Tree}
	err := fs.WalkDir(g.base, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			g.paths = append(g.paths, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// overlaid is a tree in which some files are others, or more.
type overlaid struct {
	base  fs.FS
	files map[string]check.Blob
}

func (o overlaid) ReadFile(name string) ([]byte, error) {
	if b, ok := o.files[name]; ok {
		return b.Data, nil
	}
	return fs.ReadFile(o.base, name)
}

func (o overlaid) Open(name string) (fs.File, error) {
	if _, ok := o.files[name]; ok {
		return fstest.MapFS{"a": {}}.Open("a")
	}
	dir := fstest.MapFS{}
	for p := range o.files {
		rest, below := strings.CutPrefix(p, name+"/")
		if name == "." {
			rest, below = p, true
		}
		if first, _, deeper := strings.Cut(rest, "/"); below {
			dir[first] = &fstest.MapFile{}
			if deeper {
				dir[first].Mode = fs.ModeDir
			}
		}
	}
	if len(dir) == 0 {
		return o.base.Open(name)
	}
	entries, err := fs.ReadDir(o.base, name)
	if err == nil {
		for _, e := range entries {
			dir[e.Name()] = &fstest.MapFile{Mode: e.Type()}
		}
	}
	return dir.Open(".")
}

// plot is a change that faults are planted in.
type plot struct {
	t       *testing.T
	ground  *ground
	random  *rand.Rand
	serial  int
	layout  *moodle.Layout
	subject check.Subject

	before, after map[string]check.Blob // that differ from the ground
	older         map[string]string     // that a branch of an older series has otherwise
	listed        map[string]bool       // paths that the branch may touch
	taken         map[string]bool       // components, and paths of core, that have their fault
	want          []string
	planted       []string // the rules
}

func newPlot(t *testing.T, g *ground, seed, round uint64) *plot {
	t.Helper()
	layout, err := moodle.ReadLayout(g.base)
	if err != nil {
		t.Fatal(err)
	}
	return &plot{
		t: t, ground: g, random: rand.New(rand.NewPCG(seed, round)), layout: layout,
		after: make(map[string]check.Blob), older: make(map[string]string), listed: make(map[string]bool), taken: make(map[string]bool),
		subject: check.Subject{
			Committing: true,
			Branch: check.Branch{
				Name: "LUVLE-hack-core", Kind: check.Ours, Series: layout.Series(), Type: "hack", Component: moodle.Component{Type: moodle.CoreType},
				Key: "core", HasRecord: true, Reasoned: true,
			},
			Options: check.Options{MaxFileSize: 1 << 20, SubjectLength: 72, Justified: []string{"hack"}},
		},
	}
}

func (p *plot) anyOf(sorts []fault) fault { return sorts[p.random.IntN(len(sorts))] }

// allFaults are those that there are, with those together that can stand beside each other.
func allFaults(php string) [][]fault {
	return [][]fault{slices.Concat(inContent(), inPlugins()), ofBranch(), onFeatures(), ofMarkers(), ofSyntax(php)}
}

// plantSome plants faults: in every round one of another rule, and some more of those that can stand beside it.
func (p *plot) plantSome(round, more int, php string) {
	all := allFaults(php)
	at := round % len(slices.Concat(all...))
	for _, sorts := range all {
		if at >= len(sorts) {
			at -= len(sorts)
			continue
		}
		for f := sorts[at]; more >= 0; f = p.anyOf(sorts) {
			more--
			if f.plant(p) {
				p.planted = append(p.planted, f.rule)
			}
			if f.alone {
				return
			}
		}
		return
	}
}

// found judges the change.
func (p *plot) found() []string {
	p.t.Helper()
	s := &p.subject
	older := make(map[string]check.Blob)
	for name, text := range p.older {
		older[name] = check.Blob{Mode: git.ModeFile, Data: []byte(text)}
	}
	s.Older = func() map[string]fs.FS {
		return map[string]fs.FS{"LUVLE-older-hack-core": overlaid{p.ground.base, older}}
	}
	s.Before, s.Tree, s.Pristine = overlaid{p.ground.base, p.before}, overlaid{p.ground.base, p.after}, overlaid{p.ground.base, nil}
	var err error
	if s.Layout, err = moodle.ReadLayout(s.Tree); err != nil {
		p.t.Fatal(err)
	}
	s.Branch.Paths, s.Files = slices.Sorted(maps.Keys(p.listed)), nil
	all := make(map[string]bool)
	for _, files := range []map[string]check.Blob{p.before, p.after} {
		for name := range files {
			all[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if slices.Equal(p.blobOf(p.before, name).Data, p.blobOf(p.after, name).Data) && p.blobOf(p.before, name).Mode == p.blobOf(p.after, name).Mode {
			continue
		}
		f := &check.File{Path: name, Before: []check.Blob{p.blobOf(p.before, name)}, After: p.blobOf(p.after, name)}
		s.Files = append(s.Files, f)
	}
	result, err := check.Run(p.t.Context(), check.Request{Subject: s, Severity: func(r check.Rule) check.Severity {
		if r.ID == "hack-marker" {
			return check.Warning
		}
		return r.Severity
	}})
	if err != nil {
		p.t.Fatal(err)
	}
	return slices.Sorted(slices.Values(checktest.Lines(result.Findings)))
}

func (p *plot) blobOf(files map[string]check.Blob, name string) check.Blob {
	b, ok := files[name]
	if !ok {
		data, err := fs.ReadFile(p.ground.base, name)
		if err != nil {
			return check.Blob{}
		}
		b = check.Blob{Mode: git.ModeFile, Data: data}
	}
	b.Size = int64(len(b.Data))
	return b
}

// set makes a file another one, on a branch that may.
func (p *plot) set(name, text string) bool {
	p.after[name] = check.Blob{Mode: git.ModeFile, Data: []byte(text)}
	p.listed[name] = true
	return true
}

// expect says what is to be found; line 0 is the file as a whole, and an empty path the change.
func (p *plot) expect(rule, name string, line int) bool {
	p.want = append(p.want, check.Finding{Rule: rule, Path: name, Line: line}.String())
	return true
}

// unique is a word that stands nowhere.
func (p *plot) unique() string {
	p.serial++
	return fmt.Sprintf("planted%d", p.serial)
}

// pick takes a file at random that is of a sort, and no other file of its plugin is taken any more.
func (p *plot) pick(is func(name string) bool) (name, text string, ok bool) {
	for range 5000 {
		name = p.ground.paths[p.random.IntN(len(p.ground.paths))]
		owner, _, found := p.layout.ComponentOf(name)
		key := owner.String()
		if owner.IsCore() {
			key = name
		}
		if !found || p.taken[key] || !is(name) {
			continue
		}
		data, err := fs.ReadFile(p.ground.base, name)
		if err != nil || bytes.Contains(data, []byte("\x00")) {
			continue
		}
		p.taken[key] = true
		return name, string(data), true
	}
	return "", "", false
}

// isOwn reports whether a file is Moodle's own and no library.
func (p *plot) isOwn(name string) bool {
	for dir := path.Dir(name); ; dir = path.Dir(dir) {
		if _, err := fs.Stat(p.ground.base, path.Join(dir, "thirdpartylibs.xml")); err == nil {
			return false
		}
		if dir == "." {
			return !strings.Contains(name, "/vendor/")
		}
	}
}

// isCode reports whether a file is PHP that is no table, no list and no test.
func (p *plot) isCode(name string) bool {
	for _, not := range []string{"/db/", "/lang/", "/tests/", "/fixtures/", "/simpletest/"} {
		if strings.Contains("/"+name, not) {
			return false
		}
	}
	return strings.HasSuffix(name, ".php") && path.Base(name) != "version.php" && !strings.HasPrefix(name, "lib/") && !strings.HasPrefix(name, "install/") && p.isOwn(name)
}

// isPlugin reports whether a file belongs to one.
func (p *plot) isPlugin(name string) bool {
	owner, _, ok := p.layout.ComponentOf(name)
	return ok && !owner.IsCore()
}
