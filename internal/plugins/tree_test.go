package plugins_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/live"
	"mgit/internal/moodle"
	"mgit/internal/plugins"
)

// fake is a tree in memory. A content that begins with "-> " is a link.
type fake struct {
	files        map[string]string
	repositories []live.Repository
	unread       []live.Unread
}

func (f *fake) Files() []live.File {
	var all []live.File
	for _, path := range slices.Sorted(maps.Keys(f.files)) {
		file, _ := f.File(path)
		all = append(all, file)
	}
	return all
}

func (f *fake) File(path string) (live.File, bool) {
	content, ok := f.files[path]
	if !ok {
		return live.File{}, false
	}
	file := live.File{Path: path, Mode: git.ModeFile, Size: int64(len(content))}
	if strings.HasPrefix(content, "-> ") {
		file.Mode = git.ModeLink
	}
	return file, true
}

func (f *fake) Read(path string, limit int64) ([]byte, error) {
	file, ok := f.File(path)
	switch {
	case !ok:
		return nil, fs.ErrNotExist
	case file.Mode == git.ModeLink:
		return nil, live.ErrNotRegular
	case file.Size > limit:
		return nil, fmt.Errorf("read: %w", live.ErrTooBig)
	case f.files[path] == "unreadable":
		return nil, errors.New("a secret of the system's")
	}
	return []byte(f.files[path]), nil
}

func (f *fake) Repositories() []live.Repository { return f.repositories }
func (f *fake) Unread() []live.Unread           { return f.unread }

// classic is a small Moodle 4.5, public the same as 5.1.
func classic() *fake {
	f := &fake{files: map[string]string{
		"version.php": "<?php\n$version = 2024100700.00;\n$release = '4.5 (Build: 20241007)';\n$branch = '405';\n",
		"lib/components.json": `{"plugintypes": {"mod": "mod", "block": "blocks", "qtype": "question/type", "theme": "theme", "tool": "admin/tool", "editor": "lib/editor", "local": "local"},
			"deprecatedplugintypes": {"mnetservice": "mnet/service"}, "deletedplugintypes": {"oldies": "oldies"}, "subsystems": {"course": "course", "user": "user"}}`,
		"lib/plugins.json":                   `{"standard": {"mod": ["forum", "quiz"], "theme": ["boost"]}, "deleted": {"mod": ["survey"]}}`,
		"mod/README.txt":                     "read me",
		"mod/forum/version.php":              versionFile("mod_forum", "2024100700"),
		"mod/forum/lib.php":                  "<?php",
		"mod/quiz/version.php":               versionFile("mod_quiz", "2024100700"),
		"mod/quiz/db/subplugins.json":        `{"subplugintypes": {"quizaccess": "accessrule"}, "plugintypes": {"quizaccess": "mod/quiz/accessrule"}}`,
		"mod/quiz/accessrule/ip/version.php": versionFile("quizaccess_ip", "2024100700"),
		"mod/classes/thing.php":              "<?php",
		"theme/boost/version.php":            versionFile("theme_boost", "2024100700"),
		"local/readme.txt":                   "",
	}}
	return f
}

func below(f *fake) *fake {
	files := make(map[string]string)
	for path, content := range f.files {
		if path != "lib/components.json" && path != "lib/plugins.json" {
			path = "public/" + path
		}
		files[path] = strings.NewReplacer("2024100700.00", "2025100600.00", "4.5 (", "5.1 (", "'405'", "'501'").Replace(content)
	}
	return &fake{files: files}
}

func versionFile(component, number string, more ...string) string {
	return "<?php\n$plugin->component = '" + component + "';\n$plugin->version = " + number + ";\n" + strings.Join(more, "\n")
}

// with returns the tree with more files.
func (f *fake) with(pathsAndContents ...string) *fake {
	for p := range slices.Chunk(pathsAndContents, 2) {
		f.files[p[0]] = p[1]
	}
	return f
}

// take makes an inventory; pristine is a tree without the site's own files, or nil
// where the list decides.
func take(t *testing.T, tree, pristine *fake) *plugins.Inventory {
	t.Helper()
	layout, err := moodle.ReadLayout(plugins.Files(tree))
	if err != nil {
		t.Fatal(err)
	}
	request := plugins.Request{Tree: tree, Layout: layout}
	if pristine != nil {
		request.Pristine = slices.Sorted(maps.Keys(pristine.files))
	}
	if request.Standard, err = layout.StandardPlugins(); err != nil {
		t.Fatal(err)
	}
	inventory, err := plugins.Take(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	return inventory
}

// says puts an inventory into lines: component, path, and the ids of problems.
func says(i *plugins.Inventory) []string {
	var all []string
	for _, p := range i.Plugins {
		line := p.Component.String() + " " + p.Path
		for _, problem := range p.Problems {
			line += " " + problem.ID
		}
		if !p.Seen {
			line += " (unseen)"
		}
		all = append(all, line)
	}
	return all
}
