package job

import (
	"testing"

	"mgit/internal/remote"
)

func offer(name, url string, stable, ours int) offered {
	return offered{Remote: remote.Remote{Name: name, FetchURLs: []string{url}}, stable: stable, ours: ours}
}

func TestUpstreamByURL(t *testing.T) {
	t.Parallel()
	const (
		fork   = "https://git.uni.example/web/moodle.git"
		moodle = "https://github.com/moodle/moodle.git"
	)
	tests := map[string]struct {
		all  []offered
		want string
	}{
		"a fork with as much":             {[]offered{offer("origin", fork, 30, 0), offer("upstream", moodle, 30, 0)}, "upstream"},
		"a fork with more":                {[]offered{offer("origin", fork, 31, 0), offer("moodle", moodle, 30, 0)}, "moodle"},
		"over ssh":                        {[]offered{offer("origin", fork, 30, 0), offer("moodle", "git@github.com:moodle/moodle.git", 30, 0)}, "moodle"},
		"a mirror by its path":            {[]offered{offer("origin", fork, 30, 0), offer("m", "https://mirror.example/moodle/moodle/", 30, 0)}, "m"},
		"what Moodle publishes is better": {[]offered{offer("m", "https://mirror.example/moodle/moodle", 30, 0), offer("up", moodle, 30, 0)}, "up"},
		"by its name":                     {[]offered{offer("origin", fork, 30, 0), offer("upstream", "https://mirror.example/m.git", 30, 0)}, "upstream"},
		"not fetched yet":                 {[]offered{offer("origin", fork, 0, 3), offer("moodle", moodle, 0, 0)}, "moodle"},
		"an own one of that name":         {[]offered{offer("upstream", fork, 30, 3)}, ""},
		"two of a kind":                   {[]offered{offer("a", fork, 30, 0), offer("b", "https://b.example/m.git", 30, 0)}, ""},
		"one twice":                       {[]offered{offer("a", moodle, 30, 0), offer("b", moodle, 30, 0)}, "a"},
		"another that is called so":       {[]offered{offer("a", "https://github.com/notmoodle/moodle.git", 0, 0)}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if o := upstreamOf(tt.all); o != nil {
				got = o.Name
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
