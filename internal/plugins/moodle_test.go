package plugins_test

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"mgit/internal/live"
	"mgit/internal/moodle"
	"mgit/internal/plugins"
)

// release is a release of Moodle in a clone, with files of a site's own.
type release struct {
	fake
	t        *testing.T
	dir, tag string
	sorted   []live.File
}

// Files are listed again when there are more.
func (r *release) Files() []live.File {
	if len(r.sorted) != len(r.files) {
		r.sorted = r.fake.Files()
	}
	return r.sorted
}

func openRelease(t *testing.T, dir, tag string) *release {
	t.Helper()
	r := &release{fake: fake{files: make(map[string]string)}, t: t, dir: dir, tag: tag}
	for path := range strings.SplitSeq(strings.TrimSuffix(r.git("ls-tree", "-r", "-z", "--name-only", tag), "\x00"), "\x00") {
		r.files[path] = ""
	}
	return r
}

func (r *release) git(args ...string) string {
	r.t.Helper()
	out, err := exec.Command("git", append([]string{"-C", r.dir}, args...)...).Output()
	if err != nil {
		r.t.Fatalf("git %q: %v", args, err)
	}
	return string(out)
}

// Read reads what is planted from memory and all else from the release, once.
func (r *release) Read(path string, limit int64) ([]byte, error) {
	if content, ok := r.files[path]; ok && content == "" {
		r.files[path] = r.git("cat-file", "blob", r.tag+":"+path)
	}
	return r.fake.Read(path, limit)
}

// A plugin planted at the place of every type that a release has, sub-plugins
// included, is found; nothing else is, whether files or the list tell what is
// Moodle's.
func TestRealReleases(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("MGIT_MOODLE")
	if dir == "" {
		t.Skip("MGIT_MOODLE names no clone of Moodle")
	}
	types := make(map[string]bool)
	for _, tag := range []string{"v2.0.0", "v2.1.0", "v2.2.0", "v2.3.0", "v2.4.0", "v2.5.0", "v2.6.0", "v2.7.0", "v2.8.0", "v2.8.5"} {
		r := openRelease(t, dir, tag)
		pristine := r.paths()
		layout := r.layout()
		all := layout.Types()
		var want []string
		for _, typ := range all {
			types[typ.Name] = true
			c := moodle.Component{Type: typ.Name, Name: "zzplanted"}
			r.files[typ.Dir+"/zzplanted/version.php"] = versionFile(c.String(), "1")
			want = append(want, c.String()+" "+typ.Dir+"/zzplanted")
		}
		slices.SortFunc(want, func(a, b string) int { return strings.Compare(a[strings.Index(a, " "):], b[strings.Index(b, " "):]) })
		request := plugins.Request{Tree: r, Layout: r.layout(), Pristine: pristine}
		if got := r.says(request); !slices.Equal(got, want) {
			t.Errorf("%s by its files:\n%s\nwant\n%s", tag, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		standard, err := layout.StandardPlugins()
		if errors.Is(err, moodle.ErrNoStandardList) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		request = plugins.Request{Tree: r, Layout: r.layout(), Standard: standard}
		if got := r.says(request); !slices.Equal(got, want) {
			t.Errorf("%s by its list: %v", tag, slices.DeleteFunc(got, func(line string) bool { return slices.Contains(want, line) }))
		}
	}
	if len(types) < 45 {
		t.Errorf("only %d types were seen", len(types))
	}
}

func (r *release) says(request plugins.Request) []string {
	r.t.Helper()
	inventory, err := plugins.Take(r.t.Context(), request)
	if err != nil {
		r.t.Fatal(err)
	}
	return says(inventory)
}

func (r *release) paths() []string {
	var all []string
	for _, f := range r.Files() {
		all = append(all, f.Path)
	}
	return all
}

func (r *release) layout() *moodle.Layout {
	r.t.Helper()
	l, err := moodle.ReadLayout(plugins.Files(r))
	if err != nil {
		r.t.Fatal(err)
	}
	return l
}
