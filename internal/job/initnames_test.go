package job

import (
	"slices"
	"testing"

	"mgit/internal/branches"
	"mgit/internal/config"
	"mgit/internal/remote"
)

func naming(scheme, targets string) config.Naming {
	return config.Naming{Scheme: scheme, TargetScheme: targets, Types: branches.DefaultTypes(), Targets: branches.DefaultTargets()}
}

func defaultNaming() config.Naming {
	return naming(branches.DefaultTemplate, branches.DefaultTargetTemplate)
}

func TestFindCustomer(t *testing.T) {
	t.Parallel()
	slashed := naming("{type}/{customer}/{version}/{frankenstyle}[+{shortname}]", "{customer}/{version}/{target}")
	tests := map[string]struct {
		naming config.Naming
		names  []string
		want   string
		parsed int
	}{
		"one": {defaultNaming(), []string{"LUVLE-4.1-hack-mod_forum", "LUVLE-4.1-test", "main", "fix-login"}, "LUVLE", 2},
		"the one with most": {
			defaultNaming(),
			[]string{"OLD-3.9-hack-mod_forum", "OLD-3.9-hack-mod_quiz", "LU-4.1-hack-mod_forum", "LU-4.1-hack-mod_quiz", "LU-4.1-test"},
			"LU", 3,
		},
		"of several words":   {defaultNaming(), []string{"uni-lu-4.1-hack-mod_forum", "uni-lu-4.1-feature-block_news", "uni-x"}, "uni-lu", 2},
		"in another scheme":  {slashed, []string{"hack/LU/4.5/mod_forum+subject", "feature/LU/4.5/set_exams", "LU/4.5/test"}, "LU", 3},
		"names like Moodle":  {defaultNaming(), []string{"main", "MDL-12345-main", "wip-MDL-1-405"}, "", 0},
		"none":               {defaultNaming(), nil, "", 0},
		"types do not match": {defaultNaming(), []string{"LU-4.1-mod_forum", "LU-hack-mod_forum"}, "", 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			customer, parsed := findCustomer(tt.naming, tt.names)
			if customer != tt.want || parsed != tt.parsed {
				t.Errorf("customer %q with %d names, want %q with %d", customer, parsed, tt.want, tt.parsed)
			}
		})
	}
}

func TestFindTypes(t *testing.T) {
	t.Parallel()
	n := defaultNaming()
	n.Customer = "LU"
	types, uses := findTypes(n, []string{
		"LU-4.1-hack-mod_forum", "LU-4.1-fix-mod_forum", "LU-4.1-fix-block_news-short", "LU-4.1-training", "LU-4.1-plugin-mod-forum", "OTHER-4.1-theme-mod_forum",
	})
	if want := []string{"feature", "hack", "fix"}; !slices.Equal(types, want) || uses["fix"] != 2 {
		t.Errorf("types %v, %d of fix; want %v, 2", types, uses["fix"], want)
	}
}

func TestUpstreamOf(t *testing.T) {
	t.Parallel()
	moodle := offered{Remote: remote.Remote{Name: "any"}, stable: 12, others: 1}
	tests := map[string]struct {
		all  []offered
		want string
	}{
		"by its stable branches":            {[]offered{{Remote: remote.Remote{Name: "upstream"}, ours: 4}, moodle}, "any"},
		"a fork has more of its own":        {[]offered{{Remote: remote.Remote{Name: "fork"}, stable: 12, others: 1, fixes: 3}, moodle}, "any"},
		"a fork has fewer stable branches":  {[]offered{{Remote: remote.Remote{Name: "fork"}, stable: 2}, moodle}, "any"},
		"the site's own mirrors Moodle":     {[]offered{{Remote: remote.Remote{Name: "origin"}, stable: 40, ours: 4}, moodle}, "any"},
		"what has an mgit branch is not it": {[]offered{{Remote: remote.Remote{Name: "origin"}, stable: 40, hasState: true}}, ""},
		"two alike decide nothing":          {[]offered{moodle, {Remote: remote.Remote{Name: "mirror"}, stable: 12, others: 1}}, ""},
		"none":                              {[]offered{{Remote: remote.Remote{Name: "origin"}, ours: 4}}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if o := upstreamOf(tt.all); o != nil {
				got = o.Name
			}
			if got != tt.want {
				t.Errorf("upstream %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSharedURL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://ann:token@git.example.org/site.git": "https://git.example.org/site.git",
		"https://token@git.example.org:8443/site":    "https://git.example.org:8443/site",
		"git@git.example.org:site.git":               "git@git.example.org:site.git",
		"ssh://git:secret@git.example.org/site.git":  "ssh://git@git.example.org/site.git",
	} {
		u, err := remote.ParseURL(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := sharedURL(u, text); got != want {
			t.Errorf("%s is shared as %s, want %s", remote.Redact(text), got, want)
		} else if err := remote.CheckShared(got); err != nil || !sameRepository(got, text) {
			t.Errorf("%s: %v, or not the same repository any more", got, err)
		}
	}
}
