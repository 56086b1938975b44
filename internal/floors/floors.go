// Package floors keeps the imports of this module pointing down.
//
// Every package stands on a floor and may import only packages of strictly lower floors, so that
// siblings meet one floor up, in job, and not in each other. A package that is missing in the table
// is rejected: a new one is a decision, made here and in ARCHITECTURE.md in the same commit.
//
// Test code stands outside: files named *_test.go, and packages whose last element ends in "test"
// (gittest). In turn nothing but test code may import those packages.
//
// What a package may do with what it imports is left to its own comment.
package floors

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// module is the prefix of this module's import paths.
const module = "mgit"

// table gives the floor of every package by its folder.
func table() map[string]int {
	return map[string]int{
		"cmd/mgit":       9,
		"internal/bench": 9,

		"tui": 8,

		"tui/branchview":   7,
		"tui/conflictview": 7,
		"tui/corehackview": 7,
		"tui/pluginview":   7,
		"tui/siteview":     7,
		"tui/targetview":   7,
		"tui/trackerview":  7,
		"tui/upgradeview":  7,

		"tui/screen":               6,
		"internal/tracker/github":  6,
		"internal/tracker/gitlab":  6,
		"internal/tracker/jira":    6,
		"internal/tracker/redmine": 6,
		"internal/report":          6,

		"internal/job":           5,
		"internal/tracker/forge": 5, // below the clients that share it; job has no use for it

		"internal/assemble":   4,
		"internal/branches":   4,
		"internal/check":      4,
		"internal/clash":      4,
		"internal/corehack":   4,
		"internal/debian":     4,
		"internal/envfile":    4,
		"internal/forecast":   3,
		"internal/pin":        4,
		"internal/plugins":    4,
		"internal/rebase":     4,
		"internal/release":    4,
		"internal/support":    4,
		"internal/resolution": 4,
		"internal/tracker":    4,
		"internal/upgrade":    4,

		"internal/layout": 3,
		"internal/merge":  3,

		"internal/config":   2,
		"internal/conflict": 2,
		"internal/demo":     2,
		"internal/history":  2,
		"internal/journal":  2,
		"internal/live":     2,
		"internal/remote":   2,
		"internal/tree":     2,
		"internal/upstream": 2,

		"internal/git":  1,
		"internal/hunk": 1,
		"internal/web":  1,
		"tui/widget":    1,

		"internal/crew":   0,
		"internal/floors": 0,
		"internal/moodle": 0,
		"internal/php":    0,
		"tui/cells":       0,
		"tui/keymap":      0,
		"tui/theme":       0,
	}
}

// Check reads the imports of every Go file in fsys, the root of the module, and returns one line
// for each that breaks the rule, sorted. Folders that the go command passes over (testdata, and names
// beginning with "." or "_") are passed over here too. Build constraints are not read: a file counts on every
// platform. The error is for files that cannot be read or parsed.
func Check(fsys fs.FS) ([]string, error) {
	floors := table()
	var faults []string
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name != "." && passedOver(entry.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || isTest(path.Dir(name)) {
			return nil
		}
		imports, err := importsOf(fsys, name)
		if err != nil {
			return err
		}
		faults = append(faults, faultsOf(floors, name, imports)...)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("check imports: %w", err)
	}
	slices.Sort(faults)
	return slices.Compact(faults), nil
}

func passedOver(folder string) bool {
	return folder == "testdata" || folder == "vendor" || strings.HasPrefix(folder, ".") || strings.HasPrefix(folder, "_")
}

func isTest(folder string) bool {
	return strings.HasSuffix(path.Base(folder), "test")
}

// importsOf returns the folders of this module that the file imports.
func importsOf(fsys fs.FS, name string) ([]string, error) {
	source, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var folders []string
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("import %s in %s: %w", spec.Path.Value, name, err)
		}
		if imported == module {
			folders = append(folders, ".")
		}
		if folder, ok := strings.CutPrefix(imported, module+"/"); ok {
			folders = append(folders, folder)
		}
	}
	return folders, nil
}

func faultsOf(floors map[string]int, file string, imports []string) []string {
	from := path.Dir(file)
	floor, listed := floors[from]
	if !listed {
		return []string{fmt.Sprintf("%s is not on the list of packages", from)}
	}
	var faults []string
	for _, folder := range imports {
		below, listed := floors[folder]
		to := path.Join(module, folder)
		switch {
		case isTest(folder):
			faults = append(faults, fmt.Sprintf("%s imports %s, which is for tests", file, to))
		case !listed:
			faults = append(faults, fmt.Sprintf("%s imports %s, which is not on the list of packages", file, to))
		case below == floor:
			faults = append(faults, fmt.Sprintf("%s imports %s sideways, on floor %d", file, to, floor))
		case below > floor:
			faults = append(faults, fmt.Sprintf("%s (floor %d) imports %s upwards (floor %d)", file, floor, to, below))
		}
	}
	return faults
}
