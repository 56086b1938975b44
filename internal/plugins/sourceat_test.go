package plugins_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/plugins"
)

// The version.php of one commit is read from the repository once, and then without
// asking; what is wrong with a commit is said.
func TestVersionAtACommit(t *testing.T) {
	t.Parallel()
	for _, filtering := range []bool{false, true} {
		r := plugin(t, [2]string{"v1", version(component, "2023010100", "")}, [2]string{"v2", version("mod_other", "2023010100", "")}, [2]string{"v3", strings.Repeat("x", 100)})
		r.Git("config", "uploadpack.allowFilter", fmt.Sprint(filtering))
		r.Git("config", "uploadpack.allowAnySHA1InWant", "true")
		f, _ := fetcher(t, plugins.Limits{})
		s := plugins.Source{Component: component, URL: fileURL(r)}
		at := func(tag string) git.ID {
			id, err := git.ParseID(strings.TrimSpace(r.Git("rev-parse", tag+"^{commit}")))
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		if _, err := f.At(t.Context(), s, at("v1"), true); !errors.Is(err, plugins.ErrNotHere) {
			t.Errorf("before anything was fetched: %v", err)
		}
		for _, offline := range []bool{false, true} {
			got, err := f.At(t.Context(), s, at("v1"), offline)
			if err != nil || got.Problem != "" || got.Plugin.Version != "2023010100" {
				t.Errorf("offline %v: %+v, %v", offline, got, err)
			}
		}
		for tag, problem := range map[string]string{"v2": "is mod_other and not mod_attendance", "v3": "sets no"} {
			if got, err := f.At(t.Context(), s, at(tag), false); err != nil || !strings.Contains(got.Problem, problem) {
				t.Errorf("%s: %q, %v, want %q", tag, got.Problem, err, problem)
			}
		}
		if _, err := f.At(t.Context(), s, git.ID{1}, false); err == nil || errors.Is(err, plugins.ErrNotHere) {
			t.Errorf("a commit that is nowhere: %v", err)
		}
		if _, err := f.At(t.Context(), s, git.ID{1}, true); !errors.Is(err, plugins.ErrNotHere) {
			t.Errorf("a commit that is nowhere, offline: %v", err)
		}
	}
}
