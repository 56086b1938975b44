package floors

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// The module itself. os.DirFS makes the go command see every file that was read, so that a cached
// pass is never stale.
func TestImportsPointDown(t *testing.T) {
	t.Parallel()
	faults, err := Check(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range faults {
		t.Error(fault)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{
			name: "downwards, over several floors",
			files: map[string]string{
				"cmd/mgit/main.go":       "mgit/internal/job mgit/internal/git",
				"internal/job/undo.go":   "mgit/internal/journal mgit/internal/moodle fmt",
				"internal/demo/site.go":  "mgit/internal/git mgit/internal/moodle",
				"internal/git/repo.go":   "github.com/go-git/go-git/v5/plumbing mgitology/x",
				"internal/moodle/tag.go": "strings",
			},
		},
		{
			name:  "upwards",
			files: map[string]string{"internal/git/repo.go": "mgit/internal/tree"},
			want:  []string{"internal/git/repo.go (floor 1) imports mgit/internal/tree upwards (floor 2)"},
		},
		{
			name:  "sideways",
			files: map[string]string{"internal/rebase/plan.go": "mgit/internal/upgrade"},
			want:  []string{"internal/rebase/plan.go imports mgit/internal/upgrade sideways, on floor 4"},
		},
		{
			name:  "the screen from the command's floor below",
			files: map[string]string{"tui/list.go": "mgit/cmd/mgit"},
			want:  []string{"tui/list.go (floor 8) imports mgit/cmd/mgit upwards (floor 9)"},
		},
		{
			name:  "a package nobody decided on, even when it imports nothing",
			files: map[string]string{"internal/utils/strings.go": ""},
			want:  []string{"internal/utils is not on the list of packages"},
		},
		{
			name:  "a package below one that is on the list",
			files: map[string]string{"internal/git/helpers/x.go": ""},
			want:  []string{"internal/git/helpers is not on the list of packages"},
		},
		{
			name:  "the root of the module",
			files: map[string]string{"mgit.go": ""},
			want:  []string{". is not on the list of packages"},
		},
		{
			name:  "an import of something unlisted",
			files: map[string]string{"internal/job/x.go": "mgit mgit/internal/shared"},
			want: []string{
				"internal/job/x.go imports mgit, which is not on the list of packages",
				"internal/job/x.go imports mgit/internal/shared, which is not on the list of packages",
			},
		},
		{
			name: "test files and test packages stand outside",
			files: map[string]string{
				"internal/moodle/tag_test.go":       "mgit/internal/job",
				"internal/git/gittest/gittest.go":   "mgit/internal/demo mgit/internal/job/jobtest",
				"internal/git/testdata/x/broken.go": "mgit/nowhere",
			},
		},
		{
			name:  "production code on a test package",
			files: map[string]string{"internal/demo/site.go": "mgit/internal/git/gittest"},
			want:  []string{"internal/demo/site.go imports mgit/internal/git/gittest, which is for tests"},
		},
		{
			name:  "hidden folders are not packages",
			files: map[string]string{".ci/x.go": "mgit/nowhere", "_old/x.go": "mgit/nowhere"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := Check(tree(test.files))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheckRefusesWhatItCannotParse(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{"internal/git/repo.go": {Data: []byte("packed git\n")}}
	if _, err := Check(fsys); err == nil {
		t.Error("a file that is not Go was passed over in silence")
	}
}

// tree writes one Go file for each entry, with the space-separated imports.
func tree(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, imports := range files {
		var source strings.Builder
		source.WriteString("package x\n\n")
		for _, imported := range strings.Fields(imports) {
			source.WriteString("import _ \"" + imported + "\"\n")
		}
		fsys[name] = &fstest.MapFile{Data: []byte(source.String())}
	}
	return fsys
}
