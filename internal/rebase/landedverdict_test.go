package rebase_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/rebase"
)

// madeCommit is a commit of a case: the files it writes, without their folder. An empty
// text removes a file.
type madeCommit struct {
	message string
	files   map[string]string
}

// landedCase is what one branch and upstream did in a folder of their own. Both begin with
// lib.php, view.php and edit.php as code(nil) makes them.
type landedCase struct {
	name     string
	local    []madeCommit
	upstream []madeCommit
	want     []string // of each local commit: see describe
}

// code is a file with forty statements, some of them others.
func code(change map[int]string) string {
	var b strings.Builder
	for i := range 40 {
		if text, ok := change[i]; ok {
			b.WriteString(text)
			continue
		}
		fmt.Fprintf(&b, "statement number %d of the library;\n", i)
	}
	return b.String()
}

// statements are lines that say something.
func statements(name string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "$%s = call_of_the_function_%s(%d);\n", name, name, i)
	}
	return b.String()
}

// versions is a file that says little but versions.
func versions(release string) string {
	var b strings.Builder
	for i := range 9 {
		fmt.Fprintf(&b, "$plugin->requires = '%s and more';\nupgrade_plugin_savepoint(true, 201405120%d, 'mod', 'forum');\n", strings.Repeat("x", i), i)
	}
	return b.String() + "$release = " + release + ";\n"
}

// lib is one commit to lib.php.
func lib(message string, change map[int]string) madeCommit {
	return madeCommit{message, map[string]string{"lib.php": code(change)}}
}

func landedCases() []landedCase {
	fix := map[int]string{20: statements("fix", 4)}
	// The line before is upstream's: the context of the patch is another one.
	fixAmong := map[int]string{19: "another statement before it;\n", 20: statements("fix", 4)}
	before := lib("MDL-900 core: before", map[int]string{19: "another statement before it;\n"})
	with := func(more map[int]string, change map[int]string) map[int]string {
		all := maps.Clone(change)
		maps.Copy(all, more)
		return all
	}
	return []landedCase{
		{
			"the same patch",
			[]madeCommit{lib("our words", fix)},
			[]madeCommit{lib("MDL-1 core: fix", fix)},
			[]string{"landed by patch-id as 0"},
		},
		{
			"the same number and change in another context",
			[]madeCommit{lib("MDL-2 core: fix", fix)},
			[]madeCommit{before, lib("MDL-2 core: fixed so", fixAmong)},
			[]string{"landed by mdl as 1"},
		},
		{
			"the same number and another change",
			[]madeCommit{lib("MDL-3 core: fix", fix)},
			[]madeCommit{lib("MDL-3 core: fixed so", map[int]string{20: statements("other", 4)})},
			[]string{"different by mdl as 0"},
		},
		{
			"the same number in another file",
			[]madeCommit{lib("MDL-4 core: fix", fix)},
			[]madeCommit{{"MDL-4 core: fixed so", map[string]string{"view.php": code(fix)}}},
			[]string{""},
		},
		{
			"a number that is only mentioned",
			[]madeCommit{lib("MDL-5 core: fix", fix)},
			[]madeCommit{lib("MDL-50 core: something else\n\nFound by MDL-5.", map[int]string{3: statements("else", 3)})},
			[]string{""},
		},
		{
			"own words and another context",
			[]madeCommit{lib("our words", fix)},
			[]madeCommit{before, lib("MDL-6 core: fix", fixAmong)},
			[]string{"landed by likeness as 1"},
		},
		{
			"the same thing in another way",
			[]madeCommit{lib("our words", map[int]string{20: statements("fix", 6)})},
			[]madeCommit{lib("MDL-7 core: fix", map[int]string{20: statements("fix", 4) + statements("better", 2)})},
			[]string{"different by likeness as 0"},
		},
		{
			"a line that many add",
			[]madeCommit{lib("our words", map[int]string{20: "require_once($CFG->libdir . '/formslib.php');\n" + code(nil)[:38]})},
			[]madeCommit{lib("MDL-8 core: else", map[int]string{30: "require_once($CFG->libdir . '/formslib.php');\n" + statements("x", 1)})},
			[]string{""},
		},
		{
			"one of three files",
			[]madeCommit{{"our words", map[string]string{
				"lib.php": code(map[int]string{5: statements("big", 30)}), "view.php": code(fix), "edit.php": code(fix),
			}}},
			[]madeCommit{before, lib("MDL-9 core: big", map[int]string{5: statements("big", 30), 19: "another statement before it;\n"})},
			[]string{""},
		},
		{
			"lines that go in a commit that does much else",
			[]madeCommit{lib("our words", map[int]string{20: "", 21: "", 22: ""})},
			[]madeCommit{lib("MDL-10 core: rewritten", map[int]string{10: statements("new", 30), 20: "", 21: "", 22: "", 23: ""})},
			[]string{""},
		},
		{
			"squashed upstream",
			[]madeCommit{lib("our words", fix)},
			[]madeCommit{{"MDL-11 core: fix and more", map[string]string{"lib.php": code(with(map[int]string{3: statements("more", 5)}, fix)), "view.php": code(fix)}}},
			[]string{"landed by likeness as 0"},
		},
		{
			"split upstream",
			[]madeCommit{lib("our words", map[int]string{5: statements("one", 4), 20: statements("two", 4)})},
			[]madeCommit{
				lib("MDL-12 core: one", map[int]string{5: statements("one", 4)}),
				lib("MDL-12 core: two", map[int]string{5: statements("one", 4), 20: statements("two", 4)}),
			},
			[]string{"landed by likeness as 0 and 1"},
		},
		{
			"with a fixup of our own",
			[]madeCommit{
				lib("our words", map[int]string{20: statements("fix", 4) + statements("typo", 4)}),
				lib("fixed our typo", map[int]string{20: statements("fix", 4) + statements("good", 4)}),
			},
			[]madeCommit{before, lib("MDL-13 core: fix", map[int]string{19: "another statement before it;\n", 20: statements("fix", 4) + statements("good", 4)})},
			[]string{"landed by likeness as 1", "landed by likeness as 1"},
		},
		{
			"in a file that moved",
			[]madeCommit{lib("our words", fix)},
			[]madeCommit{
				{"MDL-14 core: moved", map[string]string{"lib.php": "", "classes/library.php": code(map[int]string{2: "one line is another;\n"})}},
				{"MDL-14 core: fix", map[string]string{"classes/library.php": code(with(map[int]string{2: "one line is another;\n"}, fix))}},
			},
			[]string{"landed by patch-id as 1"},
		},
		{
			"below public",
			[]madeCommit{lib("our words", fix)},
			[]madeCommit{
				{"MDL-15 core: moved", map[string]string{"lib.php": "", "/public": code(nil)}},
				{"MDL-15 core: fix", map[string]string{"/public": code(fix)}},
			},
			[]string{"landed by patch-id as 1"},
		},
		{
			"moved below public is not done again",
			[]madeCommit{lib("our words", fix)},
			[]madeCommit{
				lib("MDL-151 core: fix", fix),
				{"MDL-151 core: moved", map[string]string{"lib.php": "", "/public": code(fix)}},
			},
			[]string{"landed by patch-id as 0"},
		},
		{
			"below public and rewritten on the way",
			[]madeCommit{lib("our words", map[int]string{20: "statement number 20 of the library;\n" + statements("fix", 4)})},
			[]madeCommit{
				{"MDL-15 core: moved", map[string]string{"lib.php": "", "/public": statements("rewritten", 60)}},
				{"MDL-15 core: fix", map[string]string{"/public": statements("rewritten", 60) + statements("fix", 4)}},
			},
			[]string{"landed by likeness as 1"},
		},
		{
			"among the files of half of Moodle",
			[]madeCommit{lib("our words", fix)},
			[]madeCommit{before, {"MDL-16 core: much", manyWith("lib.php", code(fixAmong))}},
			[]string{"landed by likeness as 1"},
		},
		{
			"half of Moodle, with other words there",
			[]madeCommit{lib("our words", fix)},
			[]madeCommit{before, {"MDL-16 core: much", manyWith("lib.php", code(map[int]string{20: "other words"}))}},
			[]string{""},
		},
		{
			"reverted by git",
			[]madeCommit{lib("our words", fix)},
			[]madeCommit{lib("MDL-16 core: fix", fix), lib("Revert \"MDL-16 core: fix\"\n\nThis reverts commit {0}.", nil)},
			[]string{"reverted by patch-id as 0, undone by 1"},
		},
		{
			"reverted in words",
			[]madeCommit{lib("our words", fix)},
			[]madeCommit{lib("MDL-17 core: fix", fix), lib("MDL-17 core: reverted, it was slow", map[int]string{3: statements("else", 9)})},
			[]string{"reverted by patch-id as 0, undone by 1"},
		},
		{
			"reverted without a word",
			[]madeCommit{lib("our words", fix)},
			[]madeCommit{lib("MDL-18 core: fix", fix), lib("MDL-180 core: reset", nil)},
			[]string{"reverted by patch-id as 0, undone by 1"},
		},
		{
			"rewritten is not reverted",
			[]madeCommit{lib("our words", fix)},
			[]madeCommit{lib("MDL-19 core: fix", fix), lib("MDL-190 core: better", map[int]string{20: statements("better", 9)})},
			[]string{"landed by patch-id as 0"},
		},
		{
			"moved on among more is not reverted",
			[]madeCommit{lib("our words", map[int]string{20: "statement number 20 of the library;\n" + statements("fix", 4)})},
			[]madeCommit{
				lib("MDL-191 core: fix", map[int]string{20: "statement number 20 of the library;\n" + statements("fix", 4)}),
				{"MDL-192 core: into a file of its own", map[string]string{"lib.php": code(nil), "view.php": code(fix), "edit.php": code(fix)}},
			},
			[]string{"landed by patch-id as 0"},
		},
		{
			"a small part reverted",
			[]madeCommit{lib("our words", with(map[int]string{3: statements("more", 1)}, fix))},
			[]madeCommit{lib("MDL-20 core: fix", with(map[int]string{3: statements("more", 1)}, fix)), lib("MDL-20 core: revert a part", fix)},
			[]string{"landed by patch-id as 0"},
		},
		{
			"landed again",
			[]madeCommit{lib("our words", fix)},
			[]madeCommit{lib("MDL-21 core: fix", fix), lib("MDL-21 core: reverted", nil), before, lib("MDL-21 core: fix", fixAmong)},
			[]string{"landed by likeness as 3"},
		},
		{
			"the revert reverted",
			[]madeCommit{lib("our words", fix)},
			[]madeCommit{
				lib("MDL-22 core: fix", fix), lib("Revert \"MDL-22 core: fix\"\n\nThis reverts commit {0}.", nil),
				lib("Revert \"Revert \"MDL-22 core: fix\"\"\n\nThis reverts commit {1}.", fix),
			},
			[]string{"landed by patch-id as 2"},
		},
		{
			"our own revert is not the fix",
			[]madeCommit{lib("Revert \"MDL-23 core: fix\"", fix)},
			[]madeCommit{lib("MDL-23 core: fix", map[int]string{20: statements("undo", 4)})},
			[]string{""},
		},
		{
			"the same title",
			[]madeCommit{lib("core: links lack the session key", map[int]string{20: statements("fix", 5)})},
			[]madeCommit{lib("MDL-24 core: Links lack the session key.", map[int]string{20: statements("fix", 2) + statements("other", 5)})},
			[]string{"different by likeness as 0"},
		},
		{
			"versions",
			[]madeCommit{{"our words", map[string]string{"version.php": versions("'2.7 ours'")}}},
			[]madeCommit{{"MDL-25 core: bump", map[string]string{"version.php": versions("'2.8'")}}},
			[]string{""},
		},
		{
			"what is built",
			[]madeCommit{{"our words", map[string]string{"lib.php": code(fix), "amd/build/a.min.js": statements("built", 30), "amd/build/b.min.js": statements("built", 30)}}},
			[]madeCommit{{"MDL-26 core: built", map[string]string{"amd/build/a.min.js": statements("built", 30), "amd/build/b.min.js": statements("built", 30)}}},
			[]string{""},
		},
		{
			"another binary file",
			[]madeCommit{{"MDL-27 core: ours", map[string]string{"pix/i.png": "\x00ours", "lib.php": code(fix)}}},
			[]madeCommit{before, {"MDL-27 core: fix", map[string]string{"pix/i.png": "\x00theirs", "lib.php": code(fixAmong)}}},
			[]string{"different by mdl as 1"},
		},
	}
}

// Every rule by which upstream's doings are judged has a case that is judged otherwise
// without it.
func TestLandedVerdicts(t *testing.T) {
	t.Parallel()
	cases := landedCases()
	s := newSite(t)
	s.Git("checkout", "-q", "-b", "up-main")
	for i := range cases {
		for _, name := range []string{"lib.php", "view.php", "edit.php"} {
			s.Write(fmt.Sprintf("case%d/%s", i, name), code(nil))
		}
	}
	s.Commit("MDL-0 core: begin")
	s.Git("tag", "v1")
	made := make([][]git.ID, len(cases))
	for i, c := range cases {
		made[i] = s.make(i, c.upstream)
	}
	s.Git("tag", "v2")
	local := make([][]git.ID, len(cases))
	var steps []rebase.Step
	repo := s.open()
	for i, c := range cases {
		s.branch(fmt.Sprintf("b%d", i), "v1")
		local[i] = s.make(i, c.local)
		commits, err := repo.Store().Commits(t.Context(), local[i])
		if err != nil {
			t.Fatal(err)
		}
		steps = append(steps, s.steps(repo, commits)...)
	}
	found, err := rebase.FindLanded(t.Context(), repo, repo.Store(), s.id("v1"), s.id("v2"), steps)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		var got []string
		for _, id := range local[i] {
			got = append(got, describe(found[id], made[i]))
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q (%+v), want %q", c.name, got, found[local[i][0]], c.want)
		}
	}
}

// make commits what a case does, in its folder; {n} in a message is the id of its nth commit.
func (s *site) make(i int, commits []madeCommit) []git.ID {
	s.t.Helper()
	var ids []git.ID
	for _, c := range commits {
		for _, path := range slices.Sorted(maps.Keys(c.files)) {
			full := fmt.Sprintf("case%d/%s", i, path)
			if path == "/public" {
				full = fmt.Sprintf("public/case%d/lib.php", i)
			}
			if c.files[path] == "" {
				s.Git("rm", "-q", "--", full)
				continue
			}
			s.Write(full, c.files[path])
		}
		message := c.message
		for n, id := range ids {
			message = strings.ReplaceAll(message, fmt.Sprintf("{%d}", n), id.String())
			message = strings.ReplaceAll(message, fmt.Sprintf("{%d:8}", n), id.String()[:8])
		}
		s.Commit(message)
		ids = append(ids, s.id("HEAD"))
	}
	return ids
}

func describe(e rebase.Evidence, upstream []git.ID) string {
	if e.By == git.ZeroID {
		return ""
	}
	text := fmt.Sprintf("%s by %s as %d", e.Verdict, e.How, slices.Index(upstream, e.By))
	for _, id := range e.Also {
		text += fmt.Sprintf(" and %d", slices.Index(upstream, id))
	}
	if e.Undo != git.ZeroID {
		text += fmt.Sprintf(", undone by %d", slices.Index(upstream, e.Undo))
	}
	return text
}

// manyWith are more files than one of a site's commits touches, and one to look at.
func manyWith(path, content string) map[string]string {
	files := map[string]string{path: content}
	for i := range 1100 {
		files[fmt.Sprintf("many/%d.php", i)] = "<?php // new\n"
	}
	return files
}
