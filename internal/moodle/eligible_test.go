package moodle_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/moodle"
)

func TestEligible(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)
	var tags []moodle.DatedTag
	for name, age := range map[string]int{
		"v4.5.0-rc1": 500, "v4.5.0": 490, "v4.5.2": 90, "v4.5.3": 8, "v4.5.4": 7, "v4.5.5": 6, "v4.5.10": 1, "v4.4.9": 20, "v5.0.0": 30,
	} {
		tag, err := moodle.ParseTag(name)
		if err != nil {
			t.Fatal(err)
		}
		tags = append(tags, moodle.DatedTag{Tag: tag, When: now.AddDate(0, 0, -age)})
	}
	only := func(want string) func(string) bool { return func(tag string) bool { return tag == want } }
	for name, test := range map[string]struct {
		days     int
		security func(string) bool
		want     []string
	}{
		"a week old":      {7, nil, []string{"v4.5.4", "v4.5.3", "v4.5.2", "v4.5.0"}},
		"security":        {7, only("v4.5.10"), []string{"v4.5.10", "v4.5.4", "v4.5.3", "v4.5.2", "v4.5.0"}},
		"of any age":      {0, nil, []string{"v4.5.10", "v4.5.5", "v4.5.4", "v4.5.3", "v4.5.2", "v4.5.0"}},
		"never a beta":    {0, only("v4.5.0-rc1"), []string{"v4.5.10", "v4.5.5", "v4.5.4", "v4.5.3", "v4.5.2", "v4.5.0"}},
		"nothing old yet": {1000, nil, nil},
	} {
		var got []string
		for _, tag := range moodle.Eligible(tags, moodle.Series{Major: 4, Minor: 5}, now, test.days, test.security) {
			got = append(got, tag.String())
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
