package check_test

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"mgit/internal/check"
	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/tree"
)

// The tests of this file run on Moodle's real history, when MGIT_MOODLE names a clone of it.

// commitFS is the tree of a commit.
type commitFS struct {
	ctx   context.Context
	store *git.Store
	root  git.ID
}

func (c commitFS) find(name string) (git.TreeEntry, error) {
	if name == "." {
		return git.TreeEntry{Name: ".", Mode: git.ModeTree, ID: c.root}, nil
	}
	e, err := c.store.Path(c.ctx, c.root, name)
	if err != nil {
		return e, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return e, nil
}

func (c commitFS) ReadFile(name string) ([]byte, error) {
	e, err := c.find(name)
	if err != nil {
		return nil, err
	}
	if e.Mode.IsTree() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrInvalid}
	}
	return c.store.Blob(c.ctx, e.ID)
}

// Open opens what it finds as a file of one name, which is enough to tell that it is there, or as a directory.
func (c commitFS) Open(name string) (fs.File, error) {
	e, err := c.find(name)
	if err != nil {
		return nil, err
	}
	if !e.Mode.IsTree() {
		return fstest.MapFS{"a": {}}.Open("a")
	}
	entries, err := c.store.Tree(c.ctx, e.ID)
	if err != nil {
		return nil, err
	}
	dir := fstest.MapFS{}
	for _, e := range entries {
		if e.Mode.IsTree() {
			dir[e.Name] = &fstest.MapFile{Mode: fs.ModeDir}
		} else {
			dir[e.Name] = &fstest.MapFile{}
		}
	}
	return dir.Open(".")
}

// fittingSubject is a commit of upstream's as if it were staged on a branch for it that stands on its parent: that of
// the plugin which it stays inside of, else a hack on core that lists what it touches. It is meant for upstream.
func fittingSubject(ctx context.Context, store *git.Store, commit, parent *git.Commit) (*check.Subject, error) {
	before, after := commitFS{ctx, store, parent.Tree}, commitFS{ctx, store, commit.Tree}
	s := &check.Subject{
		Committing: true, Before: before, Tree: after, Pristine: before,
		Branch:   check.Branch{Name: "LU-hack", Kind: check.Ours, Type: "hack", HasRecord: true, Reasoned: true, Public: true},
		Messages: []check.Message{{Text: commit.Message}},
	}
	err := tree.Diff(ctx, store, parent.Tree, commit.Tree, func(c tree.Change) error {
		f := &check.File{Path: c.Path, Before: []check.Blob{{Mode: c.From.Mode, ID: c.From.ID}}, After: check.Blob{Mode: c.To.Mode, ID: c.To.ID}}
		for _, b := range []*check.Blob{&f.Before[0], &f.After} {
			if b.Mode == 0 || b.Mode == git.ModeGitlink {
				continue
			}
			data, err := store.Blob(ctx, b.ID)
			if err != nil {
				return err
			}
			b.Data, b.Size = data, int64(len(data))
		}
		s.Files = append(s.Files, f)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(s.Files, func(a, b *check.File) int { return strings.Compare(a.Path, b.Path) })
	if s.Layout, err = moodle.ReadLayout(after); err != nil {
		return nil, err
	}
	s.Branch.Series = s.Layout.Series()
	owners := make(map[moodle.Component]bool)
	for _, f := range s.Files {
		owner, _, _ := s.Layout.ComponentOf(f.Path)
		owners[owner] = true
		s.Branch.Component = owner
	}
	if len(owners) != 1 || s.Branch.Component.IsCore() {
		s.Branch.Component = moodle.Component{Type: moodle.CoreType}
		for _, f := range s.Files {
			s.Branch.Paths = append(s.Branch.Paths, f.Path)
		}
		return s, nil
	}
	dir, _ := s.Layout.PathOf(s.Branch.Component)
	if _, err := fs.Stat(before, path.Join(dir, "version.php")); err != nil {
		s.Branch.Type = "feature"
	}
	return s, nil
}

// Of the last 3,000 commits of upstream's, fewer than one in a hundred is blamed by the rules about branches, scope and
// plugins. Those of this clone that are (27) deserve it: each leaves something for a later commit of the same issue,
// such as the version, and would do harm where it were the last.
//
//   - version-bump: tables, steps, web services, tasks or observers without a version, 16 commits; seven of them build
//     tool_monitor, where the version came last.
//   - lang-strings: code of tool_monitor and gradereport_singleview before its strings, six commits.
//   - plugin-component: gradereport_singleview was taken over without one, four commits.
//   - savepoint: step 2014081900 of mod_forum records 2014102800, so as to jump over the step that follows.
func TestUpstreamIsHardlyBlamed(t *testing.T) {
	hardlyBlamed(t, []string{
		"branch-name", "branch-base", "protected-branch", "scope", "core-changed", "public-place", "plugin-version",
		"plugin-component", "plugin-name", "version-lower", "version-bump", "savepoint", "savepoint-collides", "lang-strings",
	})
}

// Nor by those about leftovers, code and hacks. Those that are (6) deserve it: install.xml, lib.php and files of language
// became executable, and were set right later. PHP 8.2 finds five more that it cannot parse, and neither could any other:
// a semicolon that is missing, comments that do not end, a function behind the end of its class.
func TestUpstreamLeavesLittleBehind(t *testing.T) {
	hardlyBlamed(t, []string{
		"conflict-marker", "debug-output", "leftover-file", "large-file", "line-ends", "byte-order-mark", "config-file",
		"secret", "symlink-outside", "mode-change", "built-js", "php-syntax", "justification",
	})
}

// hardlyBlamed asks some rules about the last 3,000 commits of upstream's that are no merges, and fails where they
// blame one in a hundred. With MGIT_PHP, that program is asked about the syntax.
func hardlyBlamed(t *testing.T, rules []string) {
	t.Helper()
	dir := os.Getenv("MGIT_MOODLE")
	if dir == "" {
		t.Skip("MGIT_MOODLE names no clone of Moodle")
	}
	out, err := exec.Command("git", "-C", dir, "rev-list", "--no-merges", "-3000", "--branches=MOODLE_*", "master").Output()
	if err != nil {
		t.Fatal(err)
	}
	repo, err := git.Open(t.Context(), dir, git.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	rules = append(rules, check.RuleFailed)
	byRule, blamed, judged := make(map[string]int), 0, 0
	for text := range strings.FieldsSeq(string(out)) {
		id, err := git.ParseID(text)
		if err != nil {
			t.Fatal(err)
		}
		commit, err := repo.Store().Commit(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if len(commit.Parents) == 0 {
			continue
		}
		parent, err := repo.Store().Commit(t.Context(), commit.Parents[0])
		if err != nil {
			t.Fatal(err)
		}
		s, err := fittingSubject(t.Context(), repo.Store(), commit, parent)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		s.Options = check.Options{MaxFileSize: 2 << 20, PHP: os.Getenv("MGIT_PHP")}
		result, err := check.Run(t.Context(), check.Request{Subject: s, Severity: func(r check.Rule) check.Severity {
			if slices.Contains(rules, r.ID) {
				return r.Severity
			}
			return check.Off
		}})
		if err != nil {
			t.Fatal(err)
		}
		judged++
		if len(result.Findings) == 0 {
			continue
		}
		blamed++
		subject, _, _ := strings.Cut(commit.Message, "\n")
		for _, f := range result.Findings {
			byRule[f.Rule]++
			t.Logf("%s %.60s: %s: %s", text[:10], subject, f, f.Text)
		}
	}
	t.Logf("%d of %d commits are blamed: %v", blamed, judged, byRule)
	if judged < 2900 || blamed*100 >= judged {
		t.Errorf("%d of %d commits are blamed", blamed, judged)
	}
}
