package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"mgit/internal/git/gittest"
)

// built is one demo for all tests that only read it. TestMain removes it.
var built = sync.OnceValues(func() (*Site, error) {
	return Build(context.Background(), filepath.Join(scratch, "demo"), Params{})
})

var scratch string

func TestMain(m *testing.M) { os.Exit(gittest.Memory{M: withScratch{m}}.Run()) }

// withScratch is a testing.M with a place for the demo that tests share.
type withScratch struct{ m *testing.M }

func (w withScratch) Run() int {
	dir, err := os.MkdirTemp("", "demo-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	scratch = dir
	return w.m.Run()
}

// theSite returns the demo of all tests, and git in its clone.
func theSite(t *testing.T) (*Site, *gittest.Repo) {
	t.Helper()
	s, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return s, gittest.At(t, s.Site)
}

func lines(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
}

// The ids of the demo are the same on every machine: documentation, stories and
// goldens rest on them. A change here is a change of all of those.
func TestGoldenIDs(t *testing.T) {
	t.Parallel()
	_, repo := theSite(t)
	for rev, want := range map[string]string{
		"v4.1.0^{commit}":                  "a079d7851f27be1a57c9c48d3438420add03dc0e",
		"v4.5.0^{commit}":                  "d84e40699b4baafda9e9b2eddc2fefc39d39007e",
		"refs/remotes/upstream/main":       "a89a0f2e00a8d281383d111118ca4bd8c54d195a",
		"LUVLE-4.1-hack-mod_forum-subject": "07021afda4c50a55067b95a367093a4b63a8d417",
		"LUVLE-4.1-test":                   "0fa69ea3fb1d19b447d6f9a16b94a11b9d9d23f4",
		"LUVLE-4.1-deployment":             "29ea02eb041a6db05522d88e87bd19413e129b3d",
	} {
		if got := strings.TrimSpace(repo.Git("rev-parse", rev)); got != want {
			t.Errorf("%s is %s, want %s", rev, got, want)
		}
	}
}

func TestTwoBuildsAreEqual(t *testing.T) {
	t.Parallel()
	s, repo := theSite(t)
	other, err := Build(t.Context(), filepath.Join(t.TempDir(), "again"), Params{MissingParts: []Part{PartInternal, PartWorkTree, PartLive}})
	if err != nil {
		t.Fatal(err)
	}
	if other.Live != "" || other.Internal != "" || len(other.Findings) > 0 {
		t.Errorf("parts that were to be left out: %q, %q, %v", other.Live, other.Internal, other.Findings)
	}
	if !slices.Equal(other.Branches, s.Branches) {
		t.Errorf("branches: %v, want %v", other.Branches, s.Branches)
	}
	format := "--format=%(objectname) %(objecttype) %(refname)"
	refs := repo.Git("for-each-ref", format, "refs/heads", "refs/tags", "refs/remotes/upstream")
	if again := gittest.At(t, other.Site).Git("for-each-ref", format); again != refs {
		t.Errorf("refs of a second build:\n%s\nwant\n%s", again, refs)
	}
	if len(lines(refs)) < 80 {
		t.Errorf("only %d refs", len(lines(refs)))
	}
}

func TestRepositoriesAreSound(t *testing.T) {
	t.Parallel()
	s, repo := theSite(t)
	for _, dir := range []string{s.Upstream, s.Internal, s.Site} {
		if said := gittest.At(t, dir).Git("fsck", "--strict", "--no-dangling"); said != "" {
			t.Errorf("fsck in %s: %s", dir, said)
		}
	}
	if said := repo.Git("status", "--porcelain", "--ignored"); said != "" {
		t.Errorf("the work tree is not clean: %s", said)
	}
	if head := strings.TrimSpace(repo.Git("symbolic-ref", "HEAD")); head != "refs/heads/LUVLE-4.1-deployment" {
		t.Errorf("HEAD is %s", head)
	}
	if _, err := os.Stat(filepath.Join(s.Site, "config-dist.php")); err != nil {
		t.Error(err)
	}
	repo.Git("fetch", "-q", "--all")
	for name, want := range map[string]string{"user.name": "Ruth Ashworth", "gc.auto": "0", "remote.origin.url": "../internal.git"} {
		if got := repo.Git("config", "--local", name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// Everything that is in the internal remote is in the site's own branches.
func TestInternalRemote(t *testing.T) {
	t.Parallel()
	s, repo := theSite(t)
	format := "--format=%(objectname) %(refname:lstrip=2)"
	want := repo.Git("for-each-ref", format, "refs/heads")
	internal := gittest.At(t, s.Internal)
	if got := internal.Git("for-each-ref", format); got != want {
		t.Errorf("internal has\n%s\nwant\n%s", got, want)
	}
	tracked := repo.Git("for-each-ref", "--format=%(objectname) %(refname:lstrip=3)", "refs/remotes/origin")
	if tracked != want {
		t.Errorf("origin/* are\n%s\nwant\n%s", tracked, want)
	}
}

func TestEveryBranchIsThere(t *testing.T) {
	t.Parallel()
	s, repo := theSite(t)
	if len(s.Branches) < 20 {
		t.Errorf("%d branches, want about twenty", len(s.Branches))
	}
	want := []string{"LUVLE-4.1-deployment", "LUVLE-4.1-test"}
	for _, b := range s.Branches {
		want = append(want, b.Name)
		if b.Shows == "" || b.Outcome == "" || b.Plain == "" {
			t.Errorf("incomplete: %+v", b)
		}
	}
	slices.Sort(want)
	got := lines(repo.Git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads"))
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("branches %q, want %q", got, want)
	}
}

func TestBuildRefusesAFullFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mine"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Build(t.Context(), dir, Params{}); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("got %v, want ErrNotEmpty", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("something was written: %v", entries)
	}
}

func TestParamsScale(t *testing.T) {
	t.Parallel()
	s, err := Build(t.Context(), filepath.Join(t.TempDir(), "scaled"), Params{
		Files: 600, Releases: 5, Branches: 60, Commits: 4, MissingParts: []Part{PartInternal, PartWorkTree, PartLive},
	})
	if err != nil {
		t.Fatal(err)
	}
	repo := gittest.At(t, s.Site)
	if n := len(lines(repo.Git("ls-tree", "-r", "--name-only", "v4.1.0"))); n < 600 || n > 700 {
		t.Errorf("%d files in v4.1.0, want about 600", n)
	}
	if n := len(s.Branches); n != 60 {
		t.Errorf("%d branches, want 60", n)
	}
	for _, b := range s.Branches[len(branches()):] {
		if n := len(lines(repo.Git("rev-list", "v4.1.0.."+b.Name))); n != 4 {
			t.Errorf("%s has %d commits, want 4", b.Name, n)
		}
	}
	if tags := repo.Git("tag", "--list", "v5*"); tags != "" {
		t.Errorf("five series end with 4.5, there is %s", tags)
	}
	repo.Git("rev-parse", "--verify", "-q", "v4.5.0")
}
