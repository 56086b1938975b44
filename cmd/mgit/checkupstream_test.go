package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgit/internal/check"
	"mgit/internal/check/checktest"
	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

// What the rules say of commits that tests describe, they say of real ones: commits of upstream's are picked into the index of
// a checkout, each on a branch for it, and the program, asked as a hook asks it, finds there what the library finds in them. Here
// they are the demo's, and some as nobody should make them; TestMoodleIsJudgedAsStaged takes Moodle's own.
func TestUpstreamIsJudgedAsStaged(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("with the race detector each mgit takes a second")
	}
	d := newDesk(t, gittest.At(t, demoSite(t).Site))
	d.Git("checkout", "-q", "--detach", "upstream/main")
	edit := func(name, old, text string) {
		t.Helper()
		file := filepath.Join(d.Path, filepath.FromSlash(name))
		data, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(data), old) {
			t.Fatalf("%s has no %q: %v", name, old, err)
		}
		d.Write(name, strings.Replace(string(data), old, text, 1))
	}
	var commits []*git.Commit
	commit := func(message string) {
		t.Helper()
		commits = append(commits, d.commit(d.Commit(message)))
	}
	edit("public/mod/quiz/db/install.xml", `LENGTH="255"`, `LENGTH="1333"`)
	edit("public/mod/quiz/lib.php", "<?php\n", "<?php\nvar_dump(1);\n")
	commit("MDL-1 mod_quiz: Longer names")
	d.Git("mv", "public/mod/quiz/lib.php", "public/mod/quiz/older.php")
	edit("public/mod/quiz/older.php", "<?php\n", "<?php\n// Older.\n")
	d.Write("public/mod/quiz/db/install.xml~", "<XMLDB/>\n")
	commit("Older names")
	d.Git("mv", "public/mod/quiz/older.php", "public/mod/forum/old\tname.php")
	d.Write("public/course/\xff.txt", "a\r\n<<<<<<< HEAD\r\n")
	d.Remove("public/mod/quiz/version.php")
	commit("MDL-2: Names that nobody expects\nand nobody parted from the rest")
	edit("public/version.php", "$version", "// Lower.\n$version")
	commit("weekly release 5.2dev")
	commits = append(commits, d.commit(d.Git("rev-parse", "upstream/main^{/^MDL-83589}")))
	d.judge(commits)
	t.Logf("%d findings: %v", d.findings, d.rules)
	if len(d.rules) < 7 {
		t.Errorf("found of %v only: too little was compared", d.rules)
	}
}

// The same with a hundred of the last 3,000 commits of Moodle's master that are no merges, where MGIT_MOODLE names a clone of it: the
// first forty of those in whose files the library finds something, and others at even distances. MGIT_CASES is another number,
// and MGIT_PHP is asked about the syntax.
func TestMoodleIsJudgedAsStaged(t *testing.T) {
	clone := os.Getenv("MGIT_MOODLE")
	if clone == "" {
		t.Skip("MGIT_MOODLE names no clone of Moodle")
	}
	g := gittest.At(t, filepath.Join(t.TempDir(), "site"))
	if err := os.Mkdir(g.Path, 0o777); err != nil {
		t.Fatal(err)
	}
	g.Git("clone", "-q", "--shared", "--no-checkout", "--origin", "upstream", clone, ".")
	g.Git("config", "mgit.customer", "LUVLE")
	d := newDesk(t, g)
	cases := 100
	if text := os.Getenv("MGIT_CASES"); text != "" {
		if _, err := fmt.Sscan(text, &cases); err != nil {
			t.Fatalf("MGIT_CASES: %v", err)
		}
	}
	commits := d.chosen(strings.Fields(d.Git("rev-list", "--no-merges", "-3000", "upstream/master")), cases)
	if len(commits) < cases*9/10 {
		t.Fatalf("there are %d commits, want %d", len(commits), cases)
	}
	d.judge(commits)
	t.Logf("%d commits with %d files: %d findings in %d of them, the same from both: %v", len(commits), d.files, d.findings, d.blamed, d.rules)
}

// desk is a clone in which commits of upstream's are staged, one after the other.
type desk struct {
	*gittest.Repo
	t    *testing.T
	repo *git.Repo

	// What was judged, and found.
	files, findings, blamed int
	rules                   map[string]int
}

func newDesk(t *testing.T, g *gittest.Repo) *desk {
	t.Helper()
	repo, err := git.Open(t.Context(), g.Path, git.Options{Env: g.Env()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = repo.Close() })
	return &desk{Repo: g, t: t, repo: repo, rules: make(map[string]int)}
}

func (d *desk) commit(text string) *git.Commit {
	d.t.Helper()
	id, err := git.ParseID(text)
	if err != nil {
		d.t.Fatal(err)
	}
	c, err := d.repo.Store().Commit(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

// subject is a commit as the library sees it, on a branch that is named for it.
func (d *desk) subject(c *git.Commit) *check.Subject {
	d.t.Helper()
	s, err := checktest.AsStaged(d.t.Context(), d.repo, c, d.commit(c.Parents[0].String()))
	if err != nil {
		d.t.Fatalf("%s: %v", c.ID, err)
	}
	key := s.Branch.Component.String() + "-c" + c.ID.String()[:10]
	s.Branch.Name, s.Branch.Key = fmt.Sprintf("LUVLE-%s-%s-%s", s.Branch.Series, s.Branch.Type, key), key
	s.Options.PHP = os.Getenv("MGIT_PHP")
	return s
}

// chosen are n of some commits.
func (d *desk) chosen(ids []string, n int) []*git.Commit {
	d.t.Helper()
	var all []*git.Commit
	taken := make(map[string]bool)
	for i := 0; len(all) < n*2/5 && i < len(ids); i++ {
		c := d.commit(ids[i])
		s := d.subject(c)
		s.Messages, s.Options.PHP = nil, ""
		if len(d.found(s)) > 0 {
			all, taken[ids[i]] = append(all, c), true
		}
	}
	for i := 0; len(all) < n && i < len(ids); i += max(1, len(ids)/n) {
		if !taken[ids[i]] {
			all = append(all, d.commit(ids[i]))
		}
	}
	return all
}

// judge holds what the program says of commits against what the library says.
func (d *desk) judge(commits []*git.Commit) {
	d.t.Helper()
	d.settle(commits)
	for _, c := range commits {
		s := d.subject(c)
		want := d.found(s)
		got := d.staged(c, s.Branch)
		if !slices.Equal(got, want) {
			subject, _, _ := strings.Cut(c.Message, "\n")
			d.t.Errorf("%s %s, on %s:\nthe program finds %q\nthe library       %q", c.ID.String()[:10], subject, s.Branch.Name, got, want)
		}
		d.files += len(s.Files)
		d.findings += len(want)
		if len(want) > 0 {
			d.blamed++
		}
		for _, line := range want {
			d.rules[strings.Fields(line)[1]]++
		}
	}
}

// settle writes the settings of a site that has a branch for each of the commits.
func (d *desk) settle(commits []*git.Commit) {
	d.t.Helper()
	var b strings.Builder
	b.WriteString("format = 1\ncustomer = \"LUVLE\"\n[check]\nmax_file_kb = 2048\nsubject_length = 72\n")
	if php := os.Getenv("MGIT_PHP"); php == "" {
		b.WriteString("[check.rules]\nphp-syntax = \"off\"\n")
	} else {
		d.Git("config", "mgit.php", php)
	}
	for _, c := range commits {
		s := d.subject(c)
		fmt.Fprintf(&b, "[branch.%q]\nreason = \"It is upstream's.\"\npublic = true\n", s.Branch.Key)
		if paths, err := json.Marshal(s.Branch.Paths); err == nil && s.Branch.Paths != nil {
			fmt.Fprintf(&b, "paths = %s\n", paths)
		}
	}
	file := filepath.Join(d.t.TempDir(), "mgit.toml")
	if err := os.WriteFile(file, []byte(b.String()), 0o666); err != nil {
		d.t.Fatal(err)
	}
	d.Git("update-ref", "refs/heads/mgit", d.Git("commit-tree", "-m", "Start", git.EmptyTree.String()))
	if _, code := d.mgit([]string{"GIT_EDITOR=cp '" + file + "'"}, "config", "edit"); code != 0 {
		d.t.Fatalf("mgit config edit ends with %d", code)
	}
}

// mgit runs the program as a hook of the clone would, and returns what it printed and its exit code.
func (d *desk) mgit(env []string, args ...string) (string, int) {
	d.t.Helper()
	cmd := exec.Command(program(d.t), args...)
	cmd.Dir, cmd.Env = d.Path, append(d.Env(), env...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		d.t.Fatal(err)
	}
	if stderr.Len() > 0 {
		d.t.Logf("mgit %s: %s", strings.Join(args, " "), stderr.String())
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// staged checks a branch out that stands on the commit's parent, as if that were the release, picks the commit into the
// index, and is what the program finds there.
func (d *desk) staged(c *git.Commit, branch check.Branch) []string {
	d.t.Helper()
	d.Git("tag", "-f", "-m", "A release", branch.Series.FirstTag().String(), c.Parents[0].String())
	d.Git("checkout", "-q", "-f", "--no-track", "-B", branch.Name, c.Parents[0].String())
	d.Git("cherry-pick", "--no-commit", c.ID.String())
	if tree := d.Git("write-tree"); tree != c.Tree.String() {
		d.t.Fatalf("%s is staged as the tree %s, not %s", c.ID, tree, c.Tree)
	}
	file := filepath.Join(d.Path, ".git", "COMMIT_EDITMSG")
	if err := os.WriteFile(file, []byte(c.Message), 0o666); err != nil {
		d.t.Fatal(err)
	}
	out, code := d.mgit(nil, "check", "--staged", "--message", file, "--json")
	d.Git("reset", "-q", "--hard")
	var said struct {
		Result struct {
			Checks []struct {
				Branch   string
				Findings []struct {
					Rule, Severity, Path, Text string
					PathB64                    string `json:"path_b64"`
					Line                       int
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &said); err != nil || len(said.Result.Checks) != 1 || said.Result.Checks[0].Branch != branch.Name {
		d.t.Fatalf("%s: %v: exit code %d, %s", c.ID, err, code, out)
	}
	var all []string
	want := 0
	for _, f := range said.Result.Checks[0].Findings {
		if raw, err := base64.StdEncoding.DecodeString(f.PathB64); err == nil && f.PathB64 != "" {
			f.Path = string(raw)
		}
		all = append(all, fmt.Sprintf("%s %s %s:%d %s", f.Severity, f.Rule, f.Path, f.Line, f.Text))
		if f.Severity == string(check.Error) {
			want = 5
		}
	}
	if code != want {
		d.t.Errorf("%s: exit code %d, want %d", c.ID, code, want)
	}
	slices.Sort(all)
	return all
}

// found is what the library finds.
func (d *desk) found(s *check.Subject) []string {
	d.t.Helper()
	result, err := check.Run(d.t.Context(), check.Request{Subject: s})
	if err != nil {
		d.t.Fatal(err)
	}
	var all []string
	for _, f := range result.Findings {
		all = append(all, fmt.Sprintf("%s %s %s:%d %s", f.Severity, f.Rule, f.Path, f.Line, f.Text))
	}
	slices.Sort(all)
	return all
}
