package rebase_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/layout"
	"mgit/internal/merge/mergetest"
	"mgit/internal/rebase"
)

// below says where 5.1 has a path of 5.0, by the table that Moodle's documentation gives
// (https://moodledev.io/docs/5.1/guides/restructure). It knows nothing of the engine.
func below(path string) string {
	switch {
	case strings.HasPrefix(path, "admin/cli/"), strings.HasPrefix(path, "lib/behat/extension/"),
		path == "lib/components.json", path == "lib/plugins.json", path == "composer.json", path == ".gitattributes":
		return path
	}
	return "public/" + path
}

func moveAll(files mergetest.Files) mergetest.Files {
	all := make(mergetest.Files)
	for path, f := range files {
		all[below(path)] = f
	}
	return all
}

// release is what random trees of the two layouts have in common with Moodle's.
func release(public bool) mergetest.Files {
	prefix, series, code := "", "5.0", "500"
	if public {
		prefix, series, code = "public/", "5.1", "501"
	}
	text := func(s string) mergetest.File { return mergetest.File{Mode: git.ModeFile, Text: s} }
	return mergetest.Files{
		prefix + "version.php": text(fmt.Sprintf("<?php\n$version = 2025041400.00;\n$release = '%s (Build: 20250414)';\n$branch = '%s';\n", series, code)),
		"lib/components.json":  text(fmt.Sprintf(`{"plugintypes": {"mod": "%[1]smod", "local": "%[1]slocal", "tool": "%[1]sadmin/tool"}, "subsystems": {"course": "%[1]scourse"}}`, prefix)),
	}
}

// regions are folders of Moodle in which random files change. The anchors are never
// touched: they are what makes a folder stay or move.
var (
	regions = []string{"mod/", "course/", "lib/", "lib/behat/extension/", "admin/cli/", "admin/tool/"}
	anchors = []string{"mod/anchor.php", "course/anchor.php", "lib/anchor.php", "lib/behat/anchor.php", "lib/behat/extension/anchor.php", "admin/cli/anchor.php", "admin/tool/anchor.php", "local/readme.txt", "composer.json"}
)

// TestRelocatedBranchesAreGits moves random branches from 5.0 to 5.1 and back with mgit,
// and with git rebase on trees that a script of this test has moved. Both must make the
// same commits, or stop at the same commit with the same paths in conflict. MGIT_BRANCHES
// and MGIT_SEED set how many and which.
func TestRelocatedBranchesAreGits(t *testing.T) {
	t.Parallel()
	n, seed := 40, uint64(11)
	if testing.Short() {
		n = 20
	}
	if v := os.Getenv("MGIT_BRANCHES"); v != "" {
		n, _ = strconv.Atoi(v)
	}
	if v := os.Getenv("MGIT_SEED"); v != "" {
		seed, _ = strconv.ParseUint(v, 10, 64)
	}
	r := rand.New(rand.NewPCG(seed, 1))
	clean, parked := 0, 0
	for done := 0; done < n; done += 20 {
		results, differences := relocatedSite(t, r, 20, done%40 == 20, layout.Places{})
		for _, d := range differences {
			t.Error(d)
		}
		for _, result := range results {
			if result.Parked() {
				parked++
			} else {
				clean++
			}
		}
	}
	t.Logf("seed %d: %d branches moved clean, %d parked, all as git rebase did on moved trees", seed, clean, parked)
	if clean < n/5 || parked < n/10 {
		t.Errorf("of %d branches %d were clean and %d parked: too few of one kind", n, clean, parked)
	}
}

// TestSpoiltMoveIsSeen holds the test above to its purpose: an engine that leaves a folder
// that moved, or moves one that stayed, must come out otherwise than git.
func TestSpoiltMoveIsSeen(t *testing.T) {
	t.Parallel()
	for name, spoilt := range map[string]layout.Places{
		"left behind": {Root: []string{"course", "mod"}},
		"moved":       {Public: []string{"admin/cli", "lib/behat/extension"}},
	} {
		_, differences := relocatedSite(t, rand.New(rand.NewPCG(11, 1)), 10, false, spoilt)
		if len(differences) < 3 {
			t.Errorf("%s: %d branches of 10 came out otherwise", name, len(differences))
		}
	}
}

// relocatedSite makes releases of both layouts and branches on one of them. Each branch is
// made twice: as people have it, and with all trees moved. It returns what both judges
// do not say alike.
func relocatedSite(t *testing.T, r *rand.Rand, branches int, isBack bool, settled layout.Places) (results []rebase.Result, differences []string) {
	t.Helper()
	s := newSite(t)
	b := &builder{site: s, r: r, when: time.Unix(1_700_000_000, 0).UTC()}
	b.open()
	files := make(mergetest.Files)
	for _, region := range regions {
		for path, f := range mergetest.RandomFiles(r) {
			mergetest.Put(files, region+path, f)
		}
	}
	clean(files)
	for _, path := range anchors {
		mergetest.Put(files, path, mergetest.File{Mode: git.ModeFile, Text: "anchor of " + path + "\n"})
	}
	newer := b.region(files, 6)
	classic := func(f mergetest.Files) mergetest.Files { return with(f, release(false)) }
	public := func(f mergetest.Files) mergetest.Files {
		return with(moveAll(f), release(true), mergetest.Files{"index.php": {Mode: git.ModeFile, Text: "a stub\n"}})
	}
	oldForm, newForm := classic, public
	if isBack {
		oldForm, newForm = public, classic
	}
	v1 := b.commit(oldForm(files), "v1")
	v2 := b.commit(newForm(newer), "v2", v1)
	moved := b.commit(newForm(files), "v1, moved", v1)
	refs := map[string]git.ID{"refs/tags/v1": v1, "refs/heads/up-main": v2, "refs/tags/moved": moved}
	var names []string
	for i := range branches {
		name := fmt.Sprintf("b%02d", i)
		own, judged, now := v1, moved, files
		for j := range 1 + r.IntN(4) {
			now = b.region(now, 2)
			message := fmt.Sprintf("change %d", j)
			own = b.commit(oldForm(now), message, own)
			b.when = b.when.Add(-time.Minute)
			judged = b.commit(newForm(now), message, judged)
		}
		refs["refs/heads/"+name], refs["refs/heads/judged-"+name] = own, judged
		names = append(names, name)
	}
	b.write(refs)
	results = s.rebase("up-main", rebase.Options{Places: settled}, names...)
	for i, name := range names {
		ours, gits := s.verdictOf("up-main", results[i]), s.judge("up-main", "judged-"+name)
		ours.stopped, gits.stopped = s.subject(ours.stopped), s.subject(gits.stopped)
		if !ours.equal(gits) {
			differences = append(differences, fmt.Sprintf("%s (back: %t)\nmgit: %v\ngit:  %v\n%s", name, isBack, ours, gits, s.Git("log", "--format=%h %s", "--stat", name, "--not", "--tags")))
		}
	}
	return results, differences
}

// subject turns the commit at which a judge stopped into what both call it.
func (s *site) subject(rev string) string {
	if rev == "" || rev == crashed {
		return rev
	}
	return strings.TrimSpace(s.Git("log", "-1", "--format=%s", rev))
}

// region changes random files of one or more regions.
func (b *builder) region(files mergetest.Files, edits int) mergetest.Files {
	next := maps.Clone(files)
	for range 1 + b.r.IntN(edits) {
		region := regions[b.r.IntN(len(regions))]
		part := make(mergetest.Files)
		for path, f := range next {
			rest, inside := strings.CutPrefix(path, region)
			if inside && !slices.Contains(anchors, path) && !strings.HasPrefix(rest, "behat/") {
				part[rest] = f
				delete(next, path)
			}
		}
		mergetest.Edit(b.r, part)
		clean(part)
		for path, f := range part {
			mergetest.Put(next, region+path, f)
		}
	}
	return next
}

func with(files mergetest.Files, more ...mergetest.Files) mergetest.Files {
	all := maps.Clone(files)
	for _, m := range more {
		maps.Copy(all, m)
	}
	return all
}

// TestMisplacedResultIsSeen gives the engine's last check the tree that git rebase makes of
// a new plugin: one that stands outside of public/.
func TestMisplacedResultIsSeen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := &builder{site: s, r: rand.New(rand.NewPCG(1, 1)), when: time.Unix(1_700_000_000, 0).UTC()}
	b.open()
	put := func(files mergetest.Files) git.ID {
		id, err := files.Put(b.scratch)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	text := mergetest.File{Mode: git.ModeFile, Text: "x\n"}
	classic := with(release(false), mergetest.Files{"mod/quiz/lib.php": text, "lib/x.php": text, "admin/cli/x.php": text})
	newer := with(release(true), moveAll(mergetest.Files{"mod/quiz/lib.php": text, "lib/x.php": text, "admin/cli/x.php": text}))
	move, err := layout.Between(t.Context(), b.scratch, put(classic), put(newer), layout.Places{})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		"mod/foo/lib.php": true, "lib/new.php": true, "public/admin/cli/new.php": true,
		"public/mod/foo/lib.php": false, "admin/cli/new.php": false, "deploy/x": false,
	} {
		found, err := rebase.Misplaced(t.Context(), b.scratch, move, put(newer), put(with(newer, mergetest.Files{path: text})))
		if err != nil || (len(found) == 1) != want {
			t.Errorf("%s: %v, %v", path, found, err)
		}
	}
}
