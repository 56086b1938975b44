package floors

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ARCHITECTURE.md shows the floors as they are checked.
func TestArchitectureShowsTheFloors(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(table(), floorsShown(t, read(t, "ARCHITECTURE.md"))); diff != "" {
		t.Errorf("the table of floors in ARCHITECTURE.md (+) is not the one of this package (-):\n%s", diff)
	}
}

var (
	floorRow = regexp.MustCompile(`(?m)^\| ([0-9]+) \| ([^|]+) \|`)
	code     = regexp.MustCompile("`([^`]+)`")
)

// floorsShown reads the table below "## Floors". A package stands there without internal/.
func floorsShown(t *testing.T, text string) map[string]int {
	t.Helper()
	_, text, ok := strings.Cut(text, "\n## Floors")
	if !ok {
		t.Fatal("ARCHITECTURE.md has no chapter on the floors")
	}
	text, _, _ = strings.Cut(text, "\n## ")
	shown := make(map[string]int)
	for _, row := range floorRow.FindAllStringSubmatch(text, -1) {
		floor, err := strconv.Atoi(row[1])
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range code.FindAllStringSubmatch(row[2], -1) {
			folder := name[1]
			if folder != "tui" && !strings.HasPrefix(folder, "tui/") && !strings.HasPrefix(folder, "cmd/") {
				folder = "internal/" + folder
			}
			shown[folder] = floor
		}
	}
	return shown
}

// Every direct dependency has its record among the decisions, and no record chooses a module that the
// project does not have.
func TestDependenciesAreDecided(t *testing.T) {
	t.Parallel()
	direct, all := required(read(t, "go.mod"))
	choices := choices(t)
	if len(direct) == 0 || len(choices) < 10 {
		t.Fatalf("%d direct dependencies and %d decisions were found: are they read at all?", len(direct), len(choices))
	}
	every := strings.Join(slices.Collect(maps.Values(choices)), "\n")
	for _, module := range direct {
		name := path.Base(majorVersion.ReplaceAllString(module, ""))
		if !regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`).MatchString(every) {
			t.Errorf("go.mod requires %s, and no record in docs/decisions chooses it", module)
		}
	}
	for file, choice := range choices {
		for _, chosen := range modulePath.FindAllStringSubmatch(choice, -1) {
			// A record may name one package of a module.
			isOf := func(module string) bool { return strings.HasPrefix(chosen[1]+"/", module+"/") }
			if !slices.ContainsFunc(all, isOf) {
				t.Errorf("%s chooses %s, which go.mod does not require", file, chosen[1])
			}
		}
	}
}

var (
	modulePath   = regexp.MustCompile("`([a-z0-9-]+(?:\\.[a-z0-9-]+)+/[^` ]+)`")
	majorVersion = regexp.MustCompile(`/v[0-9]+$`)
)

// choices returns the chapter "Choice" of every decision, by the decision's file.
func choices(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../../docs/decisions/*.md")
	if err != nil {
		t.Fatal(err)
	}
	chosen := make(map[string]string)
	for _, file := range files {
		name := "docs/decisions/" + filepath.Base(file)
		_, choice, ok := strings.Cut(read(t, name), "\n## Choice\n")
		if !ok {
			t.Errorf("%s has no chapter \"Choice\"", name)
		}
		chosen[name], _, _ = strings.Cut(choice, "\n## Consequence\n")
	}
	return chosen
}

// required lists the modules that a go.mod requires, the direct ones apart.
func required(text string) (direct, all []string) {
	for line := range strings.Lines(text) {
		words := strings.Fields(strings.TrimPrefix(line, "require "))
		if len(words) < 2 || !strings.Contains(words[0], ".") || !strings.HasPrefix(words[1], "v") {
			continue
		}
		all = append(all, words[0])
		if !strings.HasSuffix(strings.TrimSpace(line), "// indirect") {
			direct = append(direct, words[0])
		}
	}
	return direct, all
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
