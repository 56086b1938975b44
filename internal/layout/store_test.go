package layout_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"

	"mgit/internal/git"
	"mgit/internal/layout"
	"mgit/internal/tree"
)

// files is a tree: path → content. A content "@" is a submodule.
type files map[string]string

// store keeps objects in memory, and counts the blobs that are read.
type store struct {
	lock  sync.Mutex
	trees map[git.ID]git.Tree
	blobs map[git.ID]string
	reads int
}

func newStore() *store {
	return &store{trees: make(map[git.ID]git.Tree), blobs: make(map[git.ID]string)}
}

func (s *store) Tree(_ context.Context, id git.ID) (git.Tree, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if id == git.EmptyTree {
		return nil, nil
	}
	t, ok := s.trees[id]
	if !ok {
		return nil, fmt.Errorf("no tree %s", id)
	}
	return t, nil
}

func (s *store) Blob(_ context.Context, id git.ID) ([]byte, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.reads++
	text, ok := s.blobs[id]
	if !ok {
		return nil, fmt.Errorf("no blob %s", id)
	}
	return []byte(text), nil
}

func (s *store) PutTree(t git.Tree) (git.ID, error) {
	if !slices.IsSortedFunc(t, git.CompareEntries) {
		return git.ZeroID, errors.New("the entries are out of order")
	}
	if len(t) == 0 {
		return git.ZeroID, errors.New("an empty folder")
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	id := plumbing.ComputeHash(plumbing.TreeObject, git.EncodeTree(t))
	s.trees[id] = slices.Clone(t)
	return id, nil
}

func (s *store) put(t testing.TB, all files) git.ID {
	t.Helper()
	root := git.ZeroID
	for _, path := range slices.Sorted(maps.Keys(all)) {
		id := plumbing.ComputeHash(plumbing.BlobObject, []byte(all[path]))
		s.blobs[id] = all[path]
		f := tree.File{Mode: git.ModeFile, ID: id}
		if all[path] == "@" {
			f.Mode = git.ModeGitlink
		}
		var err error
		if root, err = tree.Set(context.Background(), s, root, path, f); err != nil {
			t.Fatal(err)
		}
	}
	if root == git.ZeroID {
		return git.EmptyTree
	}
	return root
}

// list reads a tree back.
func (s *store) list(t testing.TB, root git.ID) files {
	t.Helper()
	all := make(files)
	err := tree.Diff(context.Background(), s, git.ZeroID, root, func(c tree.Change) error {
		all[c.Path] = s.blobs[c.To.ID]
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (f files) with(more files) files {
	all := maps.Clone(f)
	maps.Copy(all, more)
	return all
}

const types = `"mod": "@mod", "block": "@blocks", "local": "@local", "tool": "@admin/tool", "editor": "@lib/editor",
	"theme": "@theme", "qtype": "@question/type", "aiprovider": "@ai/provider"`

// declared is lib/components.json and version.php of a release.
func declared(public bool) files {
	prefix, release, branch := "", "5.0", "500"
	if public {
		prefix, release, branch = "public/", "5.1", "501"
	}
	return files{
		prefix + "version.php": fmt.Sprintf("<?php\n$version = 2025041400.00;\n$release = '%s (Build: 20250414)';\n$branch = '%s';\n", release, branch),
		"lib/components.json":  fmt.Sprintf(`{"plugintypes": {%s}, "subsystems": {"course": "%scourse"}}`, strings.ReplaceAll(types, "@", prefix), prefix),
		"lib/plugins.json":     `{"standard": {"mod": ["quiz"]}}`,
	}
}

// The names at the top of 4.5 that 5.1 has below public/, and those that stayed, as the
// two releases have them.
const (
	moved = `ai analytics auth availability backup badges behat.yml.dist blocks blog brokenfile.php cache calendar cohort
		comment communication competency completion contentbank course customfield dataformat draftfile.php editmode.php
		enrol error favourites file.php files filter grade group h5p help.php help_ajax.php install install.php iplookup
		lang local login media message mnet mod moodlenet my notes payment pix plagiarism pluginfile.php portfolio privacy
		question r.php rating report reportbuilder repository rss search security.txt sms tag theme tokenpluginfile.php
		user userpix webservice`
	stayed = `composer.json composer.lock config-dist.php Gruntfile.js package.json npm-shrinkwrap.json phpcs.xml.dist
		phpunit.xml.dist README.md INSTALL.txt COPYING.txt TRADEMARK.txt CONTRIBUTING.md UPGRADING.md .github/x .grunt/x
		.upgradenotes/x .eslintrc .gitignore .gitattributes`
)

func isFile(name string) bool { return strings.Contains(name, ".") }

// releases are the two releases as trees.
func releases() (classic, public files) {
	classic, public = declared(false), declared(true)
	for _, name := range strings.Fields(moved) {
		path := name
		if !isFile(name) {
			path += "/lib.php"
		}
		classic[path], public["public/"+path] = "old "+name, "new "+name
	}
	for _, path := range strings.Fields(stayed) {
		classic[path], public[path] = "old "+path, "new "+path
	}
	for _, path := range []string{"index.php", "lib/setup.php"} {
		classic[path], public["public/"+path], public[path] = "real "+path, "real "+path+", newer", "stub"
	}
	for _, path := range []string{"admin/cli/upgrade.php", "lib/behat/extension/x.php"} {
		classic[path], public[path] = "old", "new"
	}
	for _, path := range []string{
		"admin/environment.xml", "admin/tool/log/lib.php", "lib/moodlelib.php", "lib/behat/lib.php", "lib/db/upgrade.php",
		"lib/editor/tiny/lib.php", "mod/quiz/lib.php", "mod/quiz/accessrule/x.php",
	} {
		classic[path], public["public/"+path] = "old", "new"
	}
	for _, path := range []string{"admin/gone.php", "lib/gone/x.php", "blog2/gone.php", "gone.php", "gone.txt", ".gone"} {
		classic[path] = "removed upstream"
	}
	quiz := `{"plugintypes": {"quizaccess": "mod/quiz/accessrule"}}`
	classic["mod/quiz/db/subplugins.json"], public["public/mod/quiz/db/subplugins.json"] = quiz, quiz
	public["public/config.php"] = "loader"
	public["public/brand/new.php"], public["new.config.js"] = "new", "new"
	return classic, public
}

// between makes the move from one release to the other.
func between(t testing.TB, s *store, from, to files, settled layout.Places) *layout.Move {
	t.Helper()
	m, err := layout.Between(t.Context(), s, s.put(t, from), s.put(t, to), settled)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
