package job_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

// What somebody else writes between reading and writing is theirs, whatever they did.
func TestEnvChangedMeanwhile(t *testing.T) {
	t.Parallel()
	const text = "SECRET=hunter2\nMOODLE_GIT_HEAD=v1\n"
	changes := map[string]func(name string) error{
		"other bytes": func(name string) error { return os.WriteFile(name, []byte("MOODLE_GIT_HEAD=v3\n"), 0o600) },
		"gone":        os.Remove,
		"a link to the same": func(name string) error {
			return errors.Join(os.Rename(name, name+".moved"), os.Symlink(filepath.Base(name)+".moved", name))
		},
		"another mode":           func(name string) error { return os.Chmod(name, 0o644) },
		"replaced with the same": func(name string) error { return errors.Join(os.Remove(name), os.WriteFile(name, []byte(text), 0o600)) },
	}
	for what, change := range changes {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			dir := t.TempDir()
			name := filepath.Join(dir, "a.env")
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			var after string
			err := job.EnvBetween(f.open(""), name, "v2", func() {
				if err := change(name); err != nil {
					t.Fatal(err)
				}
				after = look(t, dir)
			})
			if what == "replaced with the same" && err == nil {
				return // a file system may give the same inode again
			}
			var refusal *job.Refusal
			if !errors.As(err, &refusal) || refusal.ID != "file-changed" {
				t.Errorf("%v, want the refusal file-changed", err)
			}
			if now := look(t, dir); now != after {
				t.Errorf("the folder holds\n%s\nwant\n%s", now, after)
			}
		})
	}
}

// look tells what is in a folder.
func look(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString(e.Name() + " " + info.Mode().String() + "\n" + string(data))
	}
	return all.String()
}

// Nothing is left beside the file, its mode stays, and a folder that takes no new file leaves
// it as it is.
func TestEnvWritten(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	dir := t.TempDir()
	name := filepath.Join(dir, "a.env")
	if err := os.WriteFile(name, []byte("MOODLE_GIT_HEAD='v1'"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := job.EnvBetween(f.open(""), name, "v2", func() {}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("a.env -rw-r-----\nMOODLE_GIT_HEAD='v2'", look(t, dir)); diff != "" {
		t.Error(diff)
	}
	if os.Geteuid() == 0 {
		return // root may write anywhere
	}
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if err := job.EnvBetween(f.open(""), name, "v3", func() {}); !errors.Is(err, os.ErrPermission) {
		t.Errorf("%v, want a permission that is missing", err)
	}
}

// A repository that never answers costs its time-out, and no more for several than for one.
func TestEnvTimeout(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	slow := gittest.Program(t, `case " $* " in *" ls-remote "*) exec sleep 60;; esac
exec git "$@"`)
	f.shared("plugins.toml", strings.Join([]string{
		"format = 1",
		"[plugin.mod_a]", `url = "https://git.example.org/a.git"`, `variable = "A"`,
		"[plugin.mod_b]", `url = "https://git.example.org/b.git"`, `variable = "B"`,
	}, "\n")+"\n")
	site, err := job.Open(t.Context(), job.OpenRequest{Dir: f.Path, Git: git.Options{Env: f.Env(), Program: slow}})
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	trust, err := job.PlanTrust(t.Context(), site)
	if err != nil {
		t.Fatal(err)
	}
	if err := job.ConfirmTrust(t.Context(), site, trust); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "a.env")
	if err := os.WriteFile(name, []byte("MOODLE_PLUGIN_A_GIT_HEAD=v1\nMOODLE_PLUGIN_B_GIT_HEAD=main\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	r, err := job.EnvCheck(t.Context(), site, job.EnvCheckRequest{EnvRequest: job.EnvRequest{Files: []string{name}}, Timeout: 500 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
	if len(r.Unreachable) != 2 || len(r.Files[0].Unproven) != 2 || r.Findings() != 0 {
		t.Errorf("%+v", r)
	}
}

func TestReleaseAgrees(t *testing.T) {
	t.Parallel()
	tests := []struct {
		claim, says string
		want        bool
	}{
		{"4.5.8+", "4.5.8+ (Build: 20251212)", true},
		{"4.5.8", "4.5.8+ (Build: 20251212)", false},
		{"4.5.8+", "4.5.8 (Build: 20251212)", false},
		{"4.5.8+ (Build: 20251212)", "4.5.8+ (Build: 20251212)", true},
		{"4.5.8+ (Build: 20251205)", "4.5.8+ (Build: 20251212)", false},
		{"4.5", "4.5 (Build: 20241007)", true},
		{"4.5.0", "4.5 (Build: 20241007)", true},
		{"5.2dev", "5.2dev (Build: 20251212)", true},
		{"v4.5.8", "4.5.8 (Build: 20251212)", false},
		{"4.5.8", "", false},
	}
	for _, test := range tests {
		if got := job.ReleaseAgrees(test.claim, test.says); got != test.want {
			t.Errorf("%q and %q: %v, want %v", test.claim, test.says, got, test.want)
		}
	}
}

func TestReadEnvRef(t *testing.T) {
	t.Parallel()
	const id = "0123456789abcdef0123456789abcdef01234567"
	for value, want := range map[string][3]string{
		id: {job.EnvCommit, "", id}, strings.ToUpper(id): {job.EnvCommit, "", id}, id + id[:24]: {job.EnvCommit, "", id + id[:24]},
		"0123456789abcdef": {job.EnvAbbreviated, "", "0123456789abcdef"}, "2024100700": {job.EnvName, "", "2024100700"},
		"tags/v1": {job.EnvTag, "tags/", "v1"}, "refs/tags/a/b": {job.EnvTag, "refs/tags/", "a/b"}, "v1": {job.EnvName, "", "v1"},
		"origin/main": {job.EnvBranch, "origin/", "main"}, "refs/heads/main": {job.EnvBranch, "refs/heads/", "main"}, "tags/": {job.EnvName, "", "tags/"},
	} {
		kind, prefix, name := job.ReadEnvRef(value)
		if got := [3]string{kind, prefix, name}; got != want {
			t.Errorf("%s: %q, want %q", value, got, want)
		}
	}
}
