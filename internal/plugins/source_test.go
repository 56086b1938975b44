package plugins_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/moodle"
	"mgit/internal/plugins"
)

func TestMain(m *testing.M) { os.Exit(gittest.Main(m)) }

// version is a version.php.
func version(component, number, rest string) string {
	return fmt.Sprintf("<?php\n$plugin->component = '%s';\n$plugin->version = %s;\n%s\n", component, number, rest)
}

// plugin is a repository of mod_attendance with these tags.
func plugin(t *testing.T, tags ...[2]string) *gittest.Repo {
	t.Helper()
	r := gittest.New(t)
	for _, tag := range tags {
		r.Write("version.php", tag[1])
		r.Write("lib.php", "<?php // "+tag[0]+"\n")
		r.Write("lang/en/attendance.php", "<?php\n")
		r.Commit(tag[0])
		r.Git("tag", "-a", "-m", tag[0], tag[0])
	}
	return r
}

func fetcher(t *testing.T, limits plugins.Limits) (*plugins.Fetcher, *git.Repo) {
	t.Helper()
	site := gittest.New(t)
	repo, err := git.Open(t.Context(), site.Path, git.Options{Env: site.Env()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { repo.Close() })
	return plugins.NewFetcher(repo, limits, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)), repo
}

func look(t *testing.T, f *plugins.Fetcher, s plugins.Source) *plugins.Seen {
	t.Helper()
	all, err := f.Look(t.Context(), []plugins.Source{s})
	if err != nil {
		t.Fatal(err)
	}
	return all[0]
}

func fileURL(r *gittest.Repo) string { return "file://" + r.Path }

const component = "mod_attendance"

func core(version, branch string) moodle.Version {
	return moodle.Version{Version: version, Branch: branch}
}

// The newest release by its version.php is found, and that which suits a core, and
// afterwards both are known without asking.
func TestReleasesOfARepository(t *testing.T) {
	t.Parallel()
	for _, filtering := range []bool{false, true} {
		r := plugin(
			t,
			[2]string{"v4.1.0", version(component, "2023010100", "$plugin->requires = 2022112800; $plugin->supported = [401, 401];")},
			[2]string{"v4.5.2", version(component, "2024120200", "$plugin->requires = 2024100700; $plugin->supported = [405, 405];")},
			[2]string{"v4.5.10", version(component, "2024121000", "$plugin->requires = 2024100700; $plugin->supported = [405, 405];")},
			[2]string{"v5.0-beta", version(component, "2025010100", "")},
			[2]string{"v5.0", version(component, "2025020100", "$plugin->requires = 2025041400;")},
		)
		r.Git("config", "uploadpack.allowFilter", fmt.Sprint(filtering))
		f, repo := fetcher(t, plugins.Limits{})
		s := plugins.Source{Component: component, URL: fileURL(r), Tags: "v*"}
		for range 2 {
			seen := look(t, f, s)
			if seen.Err != nil || seen.Problem != "" || len(seen.Releases) != 4 {
				t.Fatalf("filtering %v: %+v", filtering, seen)
			}
			if n := seen.Newest(); n.Name != "v5.0" || n.Plugin.Version != "2025020100" || n.When.IsZero() {
				t.Errorf("the newest is %+v", n)
			}
			for _, c := range []struct{ version, branch, want, why string }{
				{"2024100700", "405", "v4.5.10", ""},
				{"2022112800", "401", "v4.1.0", ""},
				{"2020061500", "39", "", "v5.0 requires 2025041400, and Moodle is 2020061500"},
			} {
				choice, err := seen.NewestFitting(plugins.Wanted{Core: core(c.version, c.branch)})
				got := ""
				if choice.Release != nil {
					got = choice.Name
				}
				if err != nil || got != c.want || choice.Why != c.why {
					t.Errorf("on %s: %q %q %v, want %q %q", c.branch, got, choice.Why, err, c.want, c.why)
				}
			}
			known, err := plugins.ReadSeen(repo.StateDir(), s)
			if err != nil || known == nil || len(known.Releases) != 4 || !known.When.Equal(seen.When) {
				t.Fatalf("%+v %v", known, err)
			}
		}
		if other, err := plugins.ReadSeen(repo.StateDir(), plugins.Source{Component: component, URL: s.URL, Tags: "w*"}); other != nil || err != nil {
			t.Errorf("with another pattern: %+v %v", other, err)
		}
		wantCopy(t, f, repo, s, r, "v4.5.10")
		// The site's own repository got nothing of it.
		if refs, err := repo.Refs(t.Context()); err != nil || len(refs) != 0 {
			t.Errorf("%+v %v", refs, err)
		}
	}
}

// wantCopy copies a release and compares it with the tag's own tree.
func wantCopy(t *testing.T, f *plugins.Fetcher, repo *git.Repo, s plugins.Source, r *gittest.Repo, tag string) {
	t.Helper()
	commit, err := f.Find(t.Context(), s, nil, tag, false)
	if err != nil || commit.String() != r.Git("rev-parse", tag+"^{commit}") {
		t.Fatalf("%s %v", commit, err)
	}
	got, err := f.Copy(t.Context(), s, commit, false, repo.Store())
	if err != nil || got.String() != r.Git("rev-parse", tag+"^{tree}") {
		t.Fatalf("%s %v", got, err)
	}
	if err := os.Rename(r.Path, r.Path+".gone"); err != nil {
		t.Fatal(err)
	}
	if again, err := f.Copy(t.Context(), s, commit, true, repo.Store()); err != nil || again != got {
		t.Errorf("offline: %s %v", again, err)
	}
	if seen := look(t, f, s); seen.Err == nil || seen.Newest() == nil {
		t.Errorf("what was seen before is not there: %+v", seen)
	}
}

// Each thing that can be wrong with a repository is one clear line, and stops nobody.
func TestBadRepositories(t *testing.T) {
	t.Parallel()
	good := version(component, "2024120200", "")
	tests := []struct {
		name    string
		make    func(t *testing.T) *gittest.Repo
		tags    string
		problem string // of the repository
		release string // of its first release
		note    string
		err     string
	}{
		{name: "unreachable", err: "does not appear to be a git repository", make: func(t *testing.T) *gittest.Repo {
			r := gittest.New(t)
			if err := os.RemoveAll(r.Path); err != nil {
				t.Fatal(err)
			}
			return r
		}},
		{name: "empty", problem: "its repository is empty", make: gittestNew},
		{name: "no tag", problem: "its repository has no tag; which of its 1 branches", make: func(t *testing.T) *gittest.Repo {
			r := gittest.New(t)
			r.Write("version.php", good)
			r.Commit("one")
			return r
		}},
		{name: "no match", tags: "w*", problem: `none of its 1 tags is a release like "w*"`, make: func(t *testing.T) *gittest.Repo { return plugin(t, [2]string{"v1", good}) }},
		{name: "only betas", problem: "all of its 1 tags are betas", make: func(t *testing.T) *gittest.Repo { return plugin(t, [2]string{"v1-beta", good}) }},
		{name: "no version.php", release: "has no version.php at the top of the repository", make: func(t *testing.T) *gittest.Repo {
			r := gittest.New(t)
			r.Write("moodle/version.php", good)
			r.Commit("one")
			r.Git("tag", "v1")
			return r
		}},
		{name: "a link", release: "has a version.php that is no regular file", make: func(t *testing.T) *gittest.Repo {
			r := gittest.New(t)
			if err := os.Symlink("/etc/passwd", filepath.Join(r.Path, "version.php")); err != nil {
				t.Fatal(err)
			}
			r.Commit("one")
			r.Git("tag", "v1")
			return r
		}},
		{name: "another component", release: "is mod_other and not mod_attendance", make: func(t *testing.T) *gittest.Repo {
			return plugin(t, [2]string{"v1", version("mod_other", "2024120200", "")})
		}},
		{name: "no plugin", release: "has a version.php that cannot be read: ", make: func(t *testing.T) *gittest.Repo { return plugin(t, [2]string{"v1", "<?php echo 1;\n"}) }},
		{name: "version computed", release: "has an expression for $plugin->version", make: func(t *testing.T) *gittest.Repo {
			return plugin(t, [2]string{"v1", version(component, "2024120200 + 1", "")})
		}},
		{name: "requires computed", note: "its version.php has expressions that are not read: requires", make: func(t *testing.T) *gittest.Repo {
			return plugin(t, [2]string{"v1", version(component, "2024120200", "$plugin->requires = $CFG->version;")})
		}},
		{name: "tag of a tree", release: "is no commit", make: func(t *testing.T) *gittest.Repo {
			r := plugin(t)
			r.Write("version.php", good)
			r.Commit("one")
			r.Git("tag", "v1", "HEAD^{tree}")
			return r
		}},
		{name: "a huge version.php", release: "has a version.php of more than 1 MB", make: func(t *testing.T) *gittest.Repo {
			return plugin(t, [2]string{"v1", good + strings.Repeat("// nothing\n", 200_000)})
		}},
		{name: "huge", err: "it is too big: ", make: func(t *testing.T) *gittest.Repo {
			r := plugin(t)
			r.Write("version.php", good)
			noise := make([]byte, 3<<20)
			rand.Read(noise)
			r.Write("noise.bin", string(noise))
			r.Commit("one")
			r.Git("tag", "v1")
			return r
		}},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f, _ := fetcher(t, plugins.Limits{MaxBytes: 1 << 20})
			seen := look(t, f, plugins.Source{Component: component, URL: fileURL(c.make(t)), Tags: c.tags})
			if c.err != "" {
				if seen.Err == nil || !strings.Contains(seen.Err.Error(), c.err) {
					t.Errorf("%v, want %q", seen.Err, c.err)
				}
				return
			}
			if seen.Err != nil || !strings.HasPrefix(seen.Problem, c.problem) || (seen.Problem == "") != (c.problem == "") {
				t.Fatalf("%v %q", seen.Err, seen.Problem)
			}
			if c.problem != "" {
				return
			}
			if r := seen.Releases[0]; !strings.HasPrefix(r.Problem, c.release) || (r.Problem == "") != (c.release == "") || r.Note != c.note {
				t.Errorf("%q %q", r.Problem, r.Note)
			}
			choice, err := seen.NewestFitting(plugins.Wanted{Core: core("2024100700", "405")})
			if err != nil || (choice.Release == nil) != (c.release != "") || c.release != "" && !strings.Contains(choice.Why, c.release) {
				t.Errorf("%+v %v", choice, err)
			}
		})
	}
}

func gittestNew(t *testing.T) *gittest.Repo { return gittest.New(t) }

// A URL that could run a command, or a component that is a path, is never handed to git.
func TestHostileSources(t *testing.T) {
	t.Parallel()
	mark := filepath.Join(t.TempDir(), "ran")
	f, repo := fetcher(t, plugins.Limits{Timeout: 5 * time.Second})
	for _, s := range []plugins.Source{
		{Component: component, URL: "ext::sh -c 'touch " + mark + "'"},
		{Component: component, URL: "--upload-pack=touch " + mark},
		{Component: component, URL: "http://127.0.0.1:1/x"},
		{Component: component, URL: "/etc"},
		{Component: component, URL: "https://u:p@127.0.0.1/x"},
		{Component: "../../../x", URL: "file:///nowhere"},
	} {
		if seen := look(t, f, s); seen.Err == nil || strings.Contains(seen.Err.Error(), ":p@") {
			t.Errorf("%+v: %v", s, seen.Err)
		}
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("it ran")
	}
	if _, err := os.Stat(filepath.Join(repo.StateDir(), "..", "x")); err == nil {
		t.Error("it left the folder")
	}
}

// A hook of the user's does not run in the cache, and a lock that a killed git left there
// is no obstacle.
func TestCacheAfterAKill(t *testing.T) {
	t.Parallel()
	r := plugin(t, [2]string{"v1", version(component, "1", "")})
	f, repo := fetcher(t, plugins.Limits{})
	s := plugins.Source{Component: component, URL: fileURL(r)}
	look(t, f, s)
	dirs, err := filepath.Glob(filepath.Join(repo.StateDir(), "sources", component+"-*[0-9a-f]"))
	if err != nil || len(dirs) != 1 {
		t.Fatalf("%v %v", dirs, err)
	}
	for _, name := range []string{"shallow.lock", "packed-refs.lock", "refs/seen/tags/v2.lock"} {
		if err := os.WriteFile(filepath.Join(dirs[0], name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dirs[0], "mgit-seen.json"), []byte(`{"format": 1, "rel`), 0o644); err != nil {
		t.Fatal(err)
	}
	r.Write("version.php", version(component, "2", ""))
	r.Commit("two")
	r.Git("tag", "v2")
	if seen := look(t, f, s); seen.Err != nil || seen.Newest() == nil || seen.Newest().Name != "v2" {
		t.Errorf("%+v", seen)
	}
	for _, part := range []string{"objects", "refs"} { // somebody made room
		if err := os.RemoveAll(filepath.Join(dirs[0], part)); err != nil {
			t.Fatal(err)
		}
		r.Write("version.php", version(component, "3", "// "+part))
		r.Commit("three")
		r.Git("tag", "-f", "v3")
		if seen := look(t, f, s); seen.Err != nil || seen.Newest() == nil || seen.Newest().Name != "v3" {
			t.Errorf("without %s: %+v", part, seen)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := f.Look(ctx, []plugins.Source{s}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// What a plugin cannot consist of is not taken.
func TestContentThatIsRefused(t *testing.T) {
	t.Parallel()
	r := plugin(t, [2]string{"v1", version(component, "1", "")})
	r.Git("update-index", "--add", "--cacheinfo", "160000,"+r.Git("rev-parse", "HEAD")+",vendor/lib")
	r.Git("commit", "-q", "-m", "submodule")
	r.Git("tag", "v2")
	f, repo := fetcher(t, plugins.Limits{})
	s := plugins.Source{Component: component, URL: fileURL(r)}
	look(t, f, s)
	commit, err := f.Find(t.Context(), s, nil, "v2", false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Copy(t.Context(), s, commit, false, repo.Store()); err == nil || !strings.Contains(err.Error(), `submodule "vendor/lib"`) {
		t.Errorf("%v", err)
	}
	if _, err := f.Find(t.Context(), s, nil, "v9", false); !errors.Is(err, git.ErrNotFound) {
		t.Errorf("%v", err)
	}
	if _, err := f.Find(t.Context(), s, nil, "v9", true); !errors.Is(err, plugins.ErrNotHere) {
		t.Errorf("%v", err)
	}
}

// A small pack can hold very much: files that compress well, and folders that are the
// same one again and again.
func TestContentThatIsTooMuch(t *testing.T) {
	t.Parallel()
	r := plugin(t, [2]string{"v1", version(component, "1", "")})
	r.Write("zeros.bin", string(make([]byte, 3<<20)))
	r.Commit("zeros")
	r.Git("tag", "v2")
	folder := r.Git("rev-parse", "v1^{tree}")
	file := r.Git("rev-parse", "v1:version.php")
	for range 12 {
		var list string
		for name := 'a'; name < 'k'; name++ {
			list += fmt.Sprintf("040000 tree %s\t%c\n", folder, name)
		}
		list += "100644 blob " + file + "\tversion.php\n"
		mktree := exec.CommandContext(t.Context(), "git", "mktree")
		mktree.Dir, mktree.Env, mktree.Stdin = r.Path, r.Env(), strings.NewReader(list)
		out, err := mktree.Output()
		if err != nil {
			t.Fatal(err)
		}
		folder = strings.TrimSpace(string(out))
	}
	r.Git("tag", "v3", r.Git("commit-tree", "-m", "folders", folder))
	f, repo := fetcher(t, plugins.Limits{MaxBytes: 1 << 20})
	s := plugins.Source{Component: component, URL: fileURL(r)}
	for tag, want := range map[string]string{"v2": "it is too big", "v3": "it holds more than"} {
		commit, err := f.Find(t.Context(), s, nil, tag, false)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Copy(t.Context(), s, commit, false, repo.Store()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", tag, err)
		}
	}
}

// A branch may go, and its name become a folder of branches.
func TestBranchThatBecomesAFolder(t *testing.T) {
	t.Parallel()
	r := plugin(t, [2]string{"v1", version(component, "1", "")})
	f, _ := fetcher(t, plugins.Limits{})
	tip := r.Git("symbolic-ref", "--short", "HEAD")
	s := plugins.Source{Component: component, URL: fileURL(r), Branches: tip}
	look(t, f, s)
	s.Branches = tip + "/*"
	r.Git("branch", "-m", tip, tip+"/2")
	r.Write("lib.php", "new\n")
	r.Commit("two")
	if seen := look(t, f, s); seen.Err != nil || seen.Newest() == nil || seen.Newest().Name != tip+"/2" {
		t.Errorf("%+v", seen)
	}
}

// Maturity and `supported` decide among releases that could run.
func TestWanted(t *testing.T) {
	t.Parallel()
	r := plugin(
		t,
		[2]string{"v1", version(component, "2024010100", "$plugin->maturity = MATURITY_STABLE; $plugin->supported = [401, 405];")},
		[2]string{"v2", version(component, "2024020100", "$plugin->maturity = MATURITY_BETA; $plugin->supported = [401, 405];")},
		[2]string{"v3", version(component, "2024030100", "$plugin->supported = [401, 404];")},
	)
	f, _ := fetcher(t, plugins.Limits{})
	seen := look(t, f, plugins.Source{Component: component, URL: fileURL(r)})
	for _, c := range []struct {
		want plugins.Wanted
		name string
		why  string
	}{
		{plugins.Wanted{}, "v1", ""},
		{plugins.Wanted{Maturity: "beta"}, "v2", ""},
		{plugins.Wanted{Maturity: "rc"}, "v1", ""},
		{plugins.Wanted{Untested: true}, "v3", "says that it supports 4.1 to 4.4"},
	} {
		c.want.Core = core("2024100700", "405")
		if choice, err := seen.NewestFitting(c.want); err != nil || choice.Release == nil || choice.Name != c.name || choice.Why != c.why {
			t.Errorf("%+v: %+v %v", c.want, choice, err)
		}
	}
}
