package plugins_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/plugins"
)

func TestPluginTagOrder(t *testing.T) {
	t.Parallel()
	ordered := []string{"none", "v0.9", "v1", "1.0.1", "v3.2.0", "v3.10", "v4.5-r9", "v4.5-r10", "v4.5.1-r1", "2024100700", "20241007001", "99999999999999999999"}
	shuffled := slices.Clone(ordered)
	slices.Reverse(shuffled)
	slices.SortFunc(shuffled, plugins.CompareTags)
	if diff := cmp.Diff(ordered, shuffled); diff != "" {
		t.Error(diff)
	}
	for tag, want := range map[string]bool{
		"v4.5-rc1": true, "2.0.0-beta": true, "v1.0b2": true, "1.0-alpha.1": true, "v2-dev": true, "RC_2": true, "v4.5-r9": false, "v3.2.0": false, "MOODLE_405_v1": false,
		"release-1.0": false, "v1.0-march": false, "2024100700": false,
	} {
		if got := plugins.IsPreRelease(tag); got != want {
			t.Errorf("%s is a stage before a release: %v, want %v", tag, got, want)
		}
	}
}

func TestMatchTag(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		glob, tag string
		want      bool
	}{
		{"v*", "v4.5", true}, {"v*", "4.5", false}, {"*", "v4.5-beta", false}, {"v*-beta*", "v4.5-beta2", true}, {"*", "a/b", false}, {"[", "[", false},
	} {
		if got := plugins.MatchTag(c.glob, c.tag); got != c.want {
			t.Errorf("%q is like %q: %v, want %v", c.tag, c.glob, got, c.want)
		}
	}
}
