package remote_test

import (
	"errors"
	"strings"
	"testing"

	"mgit/internal/remote"
)

func TestParseURL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]remote.URL{
		"https://GitHub.com/moodle/moodle.git": {Transport: remote.HTTPS, Host: "github.com", Path: "/moodle/moodle.git"},
		"https://git.example.org:443/a":        {Transport: remote.HTTPS, Host: "git.example.org", Path: "/a"},
		"https://git.example.org:8443/a":       {Transport: remote.HTTPS, Host: "git.example.org:8443", Path: "/a"},
		"https://bob:secret@example.org/a":     {Transport: remote.HTTPS, Host: "example.org", User: "bob", Password: true, Path: "/a"},
		"ssh://git@example.org:22/a/b.git":     {Transport: remote.SSH, Host: "example.org", User: "git", Path: "/a/b.git"},
		"git@example.org:a/b.git":              {Transport: remote.SSH, Host: "example.org", User: "git", Path: "a/b.git"},
		"example.org:/srv/git/b.git":           {Transport: remote.SSH, Host: "example.org", Path: "/srv/git/b.git"},
		"file:///srv/git/moodle.git":           {Transport: remote.File, Path: "/srv/git/moodle.git"},
		"/srv/git/moodle.git":                  {Transport: remote.Path, Path: "/srv/git/moodle.git"},
		"../moodle":                            {Transport: remote.Path, Path: "../moodle"},
		"./a:b":                                {Transport: remote.Path, Path: "./a:b"},
		"/srv/with space/b":                    {Transport: remote.Path, Path: "/srv/with space/b"},
		"HTTPS://example.org/a":                {Transport: remote.HTTPS, Host: "example.org", Path: "/a"},
		"ssh://git@[2001:db8::1]/a":            {Transport: remote.SSH, User: "git", Host: "[2001:db8::1]", Path: "/a"},
		"file://localhost/srv/git":             {Transport: remote.File, Path: "/srv/git"},
	} {
		got, err := remote.ParseURL(text)
		if err != nil || got != want {
			t.Errorf("ParseURL(%q) = %+v, %v, want %+v", text, got, err, want)
		}
	}
}

func TestUnsafeURLs(t *testing.T) {
	t.Parallel()
	for text, reason := range map[string]string{
		"":                               "is empty",
		"--upload-pack=touch /tmp/x":     "begins with",
		"-u":                             "begins with",
		"ext::sh -c touch% /tmp/x":       "transport helper",
		"EXT::sh":                        "transport helper",
		"fd::17":                         "transport helper",
		"foo::https://example.org/a":     "transport helper",
		"::x":                            "transport helper",
		"http://example.org/a":           `"http" is not allowed`,
		"git://example.org/a":            `"git" is not allowed`,
		"ftp://example.org/a":            `"ftp" is not allowed`,
		"ext://x/a":                      `"ext" is not allowed`,
		"javascript://x/a":               "not allowed",
		"https://-oProxyCommand=x/a":     "begin with",
		"ssh://-oProxyCommand=touch/a":   "begin with",
		"ssh://-lroot@host/a":            "begin with",
		"-oProxyCommand=touch:a":         "begins with",
		"git@-oProxyCommand=touch:a":     "beginning with",
		"host:-x":                        "beginning with",
		":a":                             "want [user@]host:path",
		"host:":                          "want [user@]host:path",
		"https://example.org/a\nb":       "control character",
		"https://example.org/\x00a":      "control character",
		"https://example.org/\x1b[2Ja":   "control character",
		"https://example.org/\u009ba":    "control character",
		"/srv/\xff":                      "not UTF-8",
		"https://example.org":            "names no repository",
		"https://example.org/":           "names no repository",
		"https:///a":                     "host",
		"https://example.org/a?upload=x": "no query",
		"https://example.org/a#b":        "no query",
		"https://exa mple.org/a":         "cannot be read",
		"file://host/share":              "three slashes",
	} {
		for name, check := range map[string]func(string) error{"own": remote.CheckOwn, "shared": remote.CheckShared} {
			err := check(text)
			if bad := (*remote.URLError)(nil); !errors.As(err, &bad) || !strings.Contains(bad.Reason, reason) {
				t.Errorf("%s URL %q: %v, want %q", name, text, err, reason)
			}
		}
	}
}

func TestSharedURLsHoldNoSecretsAndNoPaths(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"/srv/git/a", "../a", "a", "https://bob:s3cret@example.org/a", "https://t0ken@example.org/a", "ssh://git:s3cret@example.org/a"} {
		err := remote.CheckShared(text)
		if bad := (*remote.URLError)(nil); !errors.As(err, &bad) {
			t.Errorf("%q is accepted: %v", text, err)
			continue
		}
		if strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "t0ken") {
			t.Errorf("the error holds the secret: %v", err)
		}
		if err := remote.CheckOwn(text); err != nil {
			t.Errorf("in git config: %v", err)
		}
	}
	for _, text := range []string{"https://example.org/a", "ssh://git@example.org/a", "git@example.org:a", "file:///srv/a"} {
		if err := remote.CheckShared(text); err != nil {
			t.Error(err)
		}
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://bob:secret@example.org/a": "https://***@example.org/a",
		"https://token@example.org/a":      "https://***@example.org/a",
		"https://a:b@c@example.org/a":      "https://***@example.org/a",
		"ssh://git@example.org/a":          "ssh://git@example.org/a",
		"ssh://git:pw@example.org/a":       "ssh://git:***@example.org/a",
		"https://example.org/a@b":          "https://example.org/a@b",
		"git@example.org:a":                "git@example.org:a",
		"foo://u:p@x":                      "foo://***@x",
	} {
		if got := remote.Redact(text); got != want {
			t.Errorf("Redact(%q) = %q, want %q", text, got, want)
		}
	}
}

func table(t *testing.T) *remote.Table {
	t.Helper()
	roles, err := remote.NewTable([]remote.Rule{
		{Name: "moodle", URL: "https://github.com/moodle/moodle.git", Role: remote.Upstream},
		{Name: "integration", URL: "https://git.moodle.org/integration.git", Role: remote.Integration},
		{Name: "site", URL: "https://git.example.org/moodle/site.git", Role: remote.Internal},
		{Name: "fixes", URL: "https://github.com/luvle/moodle", Role: remote.Public},
		{Name: "here", URL: "file:///srv/git/site.git", Role: remote.Internal},
	})
	if err != nil {
		t.Fatal(err)
	}
	return roles
}

func TestRolesGoByURL(t *testing.T) {
	t.Parallel()
	roles := table(t)
	for text, want := range map[string]remote.Role{
		"https://github.com/moodle/moodle":          remote.Upstream,
		"git@github.com:moodle/moodle.git":          remote.Upstream,
		"ssh://git@GITHUB.com/moodle/moodle/":       remote.Upstream,
		"https://x:y@github.com/moodle/moodle":      remote.Upstream,
		"git@git.example.org:moodle/site.git":       remote.Internal,
		"/srv/git/site.git":                         remote.Internal,
		"/srv/git/x/../site":                        remote.Internal,
		"https://github.com/luvle/moodle":           remote.Public,
		"https://github.com/luvle/moodle-site":      remote.None,
		"https://github.com/Luvle/moodle":           remote.None,
		"https://github.com.evil.org/moodle/moodle": remote.None,
		"https://evil.org/github.com/moodle/moodle": remote.None,
		"https://git.example.org:8443/moodle/site":  remote.None,
		"ssh://host/~ann/moodle":                    remote.None,
		"srv/git/site.git":                          remote.None,
		"github.com/moodle/moodle":                  remote.None,
		"https://github.com/moodle/x/../moodle":     remote.None,
		"--upload-pack=x":                           remote.None,
	} {
		if got := roles.RoleOf(text); got != want {
			t.Errorf("RoleOf(%q) = %q, want %q", text, got, want)
		}
	}
	if got := new(remote.Table).RoleOf("https://github.com/moodle/moodle"); got != remote.None {
		t.Errorf("an empty table gives the role %q", got)
	}
}

func TestMayPush(t *testing.T) {
	t.Parallel()
	roles := table(t)
	at := func(urls ...string) remote.Remote { return remote.Remote{Name: "r", PushURLs: urls} }
	const site, fixes = "git@git.example.org:moodle/site.git", "git@github.com:luvle/moodle.git"
	all := []remote.Item{
		{Kind: remote.Branch},
		{Kind: remote.Branch, Public: true},
		{Kind: remote.Target},
		{Kind: remote.Target, Public: true},
		{Kind: remote.ReleaseTag},
		{Kind: remote.State},
		{Kind: remote.Other},
		{},
	}
	for _, test := range []struct {
		remote remote.Remote
		want   string // one letter an item: y or n
	}{
		{at(site), "yyyyyynn"},
		{at(fixes), "nynnnnnn"},
		{at("https://github.com/moodle/moodle"), "nnnnnnnn"},
		{at("https://git.moodle.org/integration.git"), "nnnnnnnn"},
		{at("https://elsewhere.org/x"), "nnnnnnnn"},
		{at(), "nnnnnnnn"},
		{at(site, fixes), "nnnnnnnn"},
		{at(site, "file:///srv/git/site.git"), "yyyyyynn"},
		{at(site, "https://elsewhere.org/x"), "nnnnnnnn"},
		{remote.Remote{Name: "r", FetchURLs: []string{site}, PushURLs: []string{"https://elsewhere.org/x"}}, "nnnnnnnn"},
	} {
		got := ""
		for _, item := range all {
			err := roles.MayPush(test.remote, item)
			if bad := (*remote.PushError)(nil); err != nil && !errors.As(err, &bad) {
				t.Errorf("%T", err)
			}
			got += map[bool]string{true: "y", false: "n"}[err == nil]
		}
		if got != test.want {
			t.Errorf("%q: %s, want %s", test.remote.PushURLs, got, test.want)
		}
	}
}

func TestNewTableRefuses(t *testing.T) {
	t.Parallel()
	for reason, rules := range map[string][]remote.Rule{
		"cannot be both": {{Name: "a", URL: "https://x.org/a", Role: remote.Internal}, {Name: "b", URL: "git@x.org:a.git", Role: remote.Public}},
		"begins with":    {{Name: "a", URL: "--upload-pack=x", Role: remote.Internal}},
		"want one of":    {{Name: "a", URL: "https://x.org/a", Role: "boss"}},
		`role ""`:        {{Name: "a", URL: "https://x.org/a"}},
	} {
		if _, err := remote.NewTable(rules); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%v, want %q", err, reason)
		}
	}
}

func FuzzParseURL(f *testing.F) {
	for _, seed := range []string{"https://a:b@example.org/x", "git@h:p", "ext::sh", "-x", "file:///a", "ssh://[::1]:22/a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, err := remote.ParseURL(text)
		if err != nil {
			return
		}
		if text[0] == '-' || strings.HasPrefix(u.Host, "-") || strings.HasPrefix(u.User, "-") {
			t.Fatalf("%q gives an option: %+v", text, u)
		}
		if remote.CheckShared(text) == nil && (u.Password || u.Transport == remote.Path) {
			t.Fatalf("%q is shared", text)
		}
	})
}
