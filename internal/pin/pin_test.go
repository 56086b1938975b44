package pin_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/pin"
)

var sharedDir string

func TestMain(m *testing.M) { os.Exit(gittest.Memory{M: withDir{m}}.Run()) }

// withDir is a testing.M with a place for the history that tests share.
type withDir struct{ m *testing.M }

func (w withDir) Run() int {
	dir, err := os.MkdirTemp("", "mgit-pin-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	sharedDir = dir
	code := w.m.Run()
	if shared.history != nil {
		_ = shared.repo.Close()
	}
	return code
}

func githash(id string) string {
	return "<?php\n// This file is not a part of Moodle.\n$githash = '" + id + "';\n"
}

// edit is a tree that somebody works on by hand.
func edit(tree files, paths ...string) {
	for _, path := range paths {
		if _, ok := tree[path]; !ok {
			panic("no file " + path)
		}
		tree[path] += "// LUVLE\n"
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	h := newHistory(t)
	numbered := func(from, to int) []string {
		var all []string
		for i := from; i < to; i++ {
			all = append(all, fmt.Sprintf("lib/f%02d.php", i))
		}
		return all
	}
	replace := func(path, old, text string) func(files) {
		return func(tree files) {
			if !strings.Contains(tree[path], old) {
				panic("no " + old)
			}
			tree[path] = strings.Replace(tree[path], old, text, 1)
		}
	}
	type want struct {
		commit     string
		confidence pin.Confidence
		evidence   pin.Evidence
		differing  int
		doubts     []string
		others     []string // candidates there must be, beside the pin
		mixed      []string
	}
	for _, test := range []struct {
		name    string
		from    string
		change  func(files)
		request func(*pin.Request)
		want    want
	}{
		{name: "1.9, indented", from: "1.9.19", want: want{"1.9.19", pin.Exact, pin.ByTriple, 0, nil, nil, nil}},
		{name: "2.0, ten digits", from: "2.0", want: want{"2.0", pin.Exact, pin.ByTriple, 0, nil, nil, nil}},
		{name: "2.2, no branch", from: "2.2", want: want{"2.2", pin.Exact, pin.ByTriple, 0, nil, nil, nil}},
		{name: "2.5.3", from: "2.5.3", want: want{"2.5.3", pin.Exact, pin.ByTriple, 0, nil, nil, nil}},
		{name: "a weekly", from: "2.5.3+", want: want{"2.5.3+", pin.Exact, pin.ByTriple, 0, nil, nil, nil}},
		{name: "4.5", from: "4.5", want: want{"4.5", pin.Exact, pin.ByTriple, 0, nil, nil, nil}},
		{name: "below public", from: "5.1", want: want{"5.1", pin.Exact, pin.ByTriple, 0, nil, nil, nil}},
		{
			name: "a merge with the tree of the build", from: "merged",
			want: want{"2.5.4", pin.Exact, pin.ByTriple, 0, nil, nil, nil},
		},
		{
			name: "a few changes", from: "2.5.3",
			change: func(tree files) {
				edit(tree, "lib/f00.php", "lib/f50.php")
				delete(tree, "lib/f51.php")
				tree["local/luvle/version.php"] = "<?php\n"
			},
			want: want{"2.5.3", pin.Exact, pin.ByTriple, 3, nil, nil, nil},
		},
		{
			name: "most files deleted", from: "2.5.3+",
			change: func(tree files) {
				for _, path := range numbered(20, 60) {
					delete(tree, path)
				}
			},
			want: want{"2.5.3+", pin.Likely, pin.ByTriple, 40, []string{pin.ContentUnlike}, nil, nil},
		},
		{
			name: "a site's suffix", from: "2.5.3", change: replace("version.php", "20131111)", "20131111) UP1"),
			want: want{"2.5.3", pin.Exact, pin.ByTriple, 1, nil, nil, nil},
		},
		{
			name: "a package", from: "2.5.3+",
			change: func(tree files) {
				delete(tree, ".gitignore")
				tree["githash.php"] = githash(h.commit["2.5.3+"][:7])
			},
			want: want{"2.5.3+", pin.Exact, pin.ByGithash, 1, nil, nil, nil},
		},
		{
			name: "a package of 2.0 with all digits", from: "2.0",
			change: func(tree files) { tree["githash.php"] = githash(strings.ToUpper(h.commit["2.0"])) },
			want:   want{"2.0", pin.Exact, pin.ByGithash, 0, nil, nil, nil},
		},
		{
			name: "a package updated over", from: "2.5.4",
			change: func(tree files) { tree["githash.php"] = githash(h.commit["2.5.3"][:10]) },
			want:   want{"2.5.4", pin.Exact, pin.ByTriple, 0, []string{pin.GithashStale}, []string{"2.5.3"}, nil},
		},
		{
			name: "a package from elsewhere", from: "2.5.4",
			change: func(tree files) { tree["githash.php"] = githash("0123456789abcdef0123") },
			want:   want{"2.5.4", pin.Exact, pin.ByTriple, 0, []string{pin.GithashUnknown}, nil, nil},
		},
		{
			name: "a githash without a hash", from: "2.5.4",
			change: func(tree files) { tree["githash.php"] = "<?php\n$githash = getenv('HASH');\n" },
			want:   want{"2.5.4", pin.Exact, pin.ByTriple, 0, nil, nil, nil},
		},
		{
			name: "a package without version.php", from: "2.5.3",
			change: func(tree files) { delete(tree, "version.php"); tree["githash.php"] = githash(h.commit["2.5.3"]) },
			want:   want{"2.5.3", pin.Likely, pin.ByGithash, 1, []string{pin.VersionMissing}, nil, nil},
		},
		{
			name: "bumped by hand", from: "2.5.3+",
			change: func(tree files) {
				replace("version.php", "2013051403.01", "2013051403.77")(tree)
				edit(tree, "lib/f10.php")
			},
			want: want{"2.5.3+", pin.Likely, pin.ByDistance, 2, []string{pin.VersionBumped, pin.SeveralFitAlike}, []string{"shrunk"}, nil},
		},
		{
			name: "a release of one's own on Moodle's version", from: "2.5.3+", change: replace("version.php", "2.5.3+ (Build: 20131114)", "LUVLE 7"),
			want: want{"2.5.3+", pin.Likely, pin.ByDistance, 1, []string{pin.VersionBumped, pin.SeveralFitAlike}, []string{"shrunk"}, nil},
		},
		{
			name: "a build upstream never had", from: "2.6",
			change: func(tree files) { tree["version.php"] = version("2031010100.00", "9.9 (Build: 20310101)", "909") },
			want:   want{"2.6", pin.Likely, pin.ByContent, 1, []string{pin.VersionUnknown, pin.SeveralFitAlike}, []string{"dev26"}, nil},
		},
		{
			name: "no version.php", from: "2.5.3+", change: func(tree files) { delete(tree, "version.php") },
			want: want{"2.5.3+", pin.Likely, pin.ByContent, 1, []string{pin.VersionMissing, pin.SeveralFitAlike}, []string{"shrunk"}, nil},
		},
		{
			name: "a plugin's version.php", from: "2.5.3",
			change: func(tree files) { tree["version.php"] = "<?php\n$plugin->version = 2013010100;\n" },
			want:   want{"2.5.3", pin.Likely, pin.ByContent, 1, []string{pin.VersionUnreadable, pin.SeveralFitAlike}, []string{"dev25"}, nil},
		},
		{
			name: "version.php cannot be read", from: "2.5.3", change: func(tree files) { delete(tree, "version.php") },
			request: func(r *pin.Request) { r.Unreadable = "permission denied" },
			want:    want{"2.5.3", pin.Likely, pin.ByContent, 1, []string{pin.VersionUnreadable, pin.SeveralFitAlike}, nil, nil},
		},
		{
			name: "between two builds", from: "grown",
			want: want{"grown", pin.Exact, pin.ByDistance, 0, []string{pin.BetweenBuilds}, []string{"2.5.3"}, nil},
		},
		{
			name: "between two builds, with changes", from: "shrunk", change: func(tree files) { edit(tree, "lib/f00.php", "lib/f20.php") },
			want: want{"shrunk", pin.Exact, pin.ByDistance, 2, []string{pin.BetweenBuilds}, []string{"2.5.3"}, nil},
		},
		{
			name: "the file in which neighbours differ was changed", from: "2.5.3", change: func(tree files) { edit(tree, "lib/f03.php") },
			want: want{"2.5.3", pin.Likely, pin.ByTriple, 1, []string{pin.SeveralFitAlike}, []string{"fix"}, nil},
		},
		{
			name: "the file in which neighbours differ is missing", from: "2.5.3", change: func(tree files) { delete(tree, "lib/f03.php") },
			want: want{"2.5.3", pin.Exact, pin.ByTriple, 1, nil, nil, nil},
		},
		{
			name: "the file that the next commit removes was changed", from: "grown", change: func(tree files) { edit(tree, "lib/f05.php") },
			want: want{"grown", pin.Exact, pin.ByDistance, 1, []string{pin.BetweenBuilds}, []string{"2.5.3"}, nil},
		},
		{
			name: "the file that the next commit removes cannot be read", from: "grown", change: func(tree files) { tree["lib/f05.php"] = unread },
			want: want{"grown", pin.Exact, pin.ByDistance, 1, []string{pin.BetweenBuilds}, []string{"2.5.3"}, nil},
		},
		{
			name: "the file that came last is missing", from: "grown", change: func(tree files) { delete(tree, "lib/new.php") },
			want: want{"fix", pin.Exact, pin.ByDistance, 0, []string{pin.BetweenBuilds}, []string{"2.5.3"}, nil},
		},
		{
			name: "files of a newer release copied over", from: "2.5.3",
			change: func(tree files) {
				for _, path := range numbered(10, 25) {
					tree[path] = h.trees["2.6"][path]
				}
			},
			want: want{"2.5.3", pin.Likely, pin.ByTriple, 15, []string{pin.MixedBuilds}, nil, []string{"2.6"}},
		},
		{
			name: "version.php of another release copied over", from: "2.5.4",
			change: func(tree files) { tree["version.php"] = h.trees["2.6"]["version.php"] },
			want:   want{"2.5.4", pin.Likely, pin.ByDistance, 1, []string{pin.VersionDisagrees, pin.SeveralFitAlike}, []string{"2.6"}, nil},
		},
		{
			name: "a few files left of an older release", from: "2.6",
			change: func(tree files) {
				for _, path := range numbered(0, 3) {
					tree[path] = h.trees["2.2"][path]
				}
			},
			want: want{"2.6", pin.Exact, pin.ByTriple, 3, nil, nil, nil},
		},
		{
			name: "a checkout of Windows", from: "2.5.3",
			change: func(tree files) {
				for path, text := range tree {
					if path != "pix/icon.png" {
						tree[path] = strings.ReplaceAll(text, "\n", "\r\n")
					}
				}
				edit(tree, "lib/f30.php")
			},
			want: want{"2.5.3", pin.Exact, pin.ByTriple, 1, []string{pin.LineEndings}, nil, nil},
		},
		{
			name: "every file changed", from: "2.5.3",
			change: func(tree files) {
				for path := range tree {
					tree[path] = "\x00" + tree[path]
				}
			},
			request: func(r *pin.Request) { r.Version = []byte(h.trees["2.5.3"]["version.php"]) },
			want:    want{"2.5.3", pin.Likely, pin.ByTriple, 64, []string{pin.ContentUnlike, pin.SeveralFitAlike}, nil, nil},
		},
		{
			name: "history", from: "2.5.3", change: func(tree files) { edit(tree, "lib/f03.php") },
			request: func(r *pin.Request) { r.History = []git.ID{mustID(t, h.commit["2.5.3"])} },
			want:    want{"2.5.3", pin.Exact, pin.ByHistory, 1, nil, nil, nil},
		},
		{
			name: "history between builds", from: "fix", change: func(tree files) { edit(tree, "lib/f03.php") },
			request: func(r *pin.Request) { r.History = []git.ID{mustID(t, h.commit["fix"])} },
			want:    want{"fix", pin.Exact, pin.ByHistory, 1, []string{pin.BetweenBuilds}, []string{"2.5.3"}, nil},
		},
		{
			name: "history of another build", from: "2.6",
			request: func(r *pin.Request) {
				r.History = []git.ID{mustID(t, h.commit["2.5.3"]), mustID(t, "0123456789012345678901234567890123456789")}
			},
			want: want{"2.6", pin.Exact, pin.ByTriple, 0, []string{pin.HistoryDisagrees}, []string{"2.5.3"}, nil},
		},
		{
			name: "history and a fix taken over", from: "2.5.3",
			change:  func(tree files) { tree["lib/f03.php"] = h.trees["fix"]["lib/f03.php"] },
			request: func(r *pin.Request) { r.History = []git.ID{mustID(t, h.commit["2.5.3"])} },
			want:    want{"2.5.3", pin.Likely, pin.ByHistory, 1, []string{pin.BetweenBuilds}, []string{"fix"}, nil},
		},
		{
			name: "plain content of an old release", from: "2.2",
			change: func(tree files) {
				delete(tree, "version.php")
				for _, path := range numbered(10, 50) {
					delete(tree, path)
				}
			},
			want: want{"2.2", pin.Guess, pin.ByContent, 41, []string{pin.VersionMissing, pin.ContentUnlike, pin.SeveralFitAlike}, []string{"dev22"}, nil},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			tree := maps.Clone(h.trees[test.from])
			if test.change != nil {
				test.change(tree)
			}
			request := h.request(tree)
			if test.request != nil {
				test.request(&request)
			}
			p, err := pin.Find(t.Context(), request)
			if err != nil {
				t.Fatal(err)
			}
			got := want{h.nameOf(p.Commit), p.Confidence, p.Evidence, p.Differing, doubtsOf(p), nil, h.namesOf(p.Mixed)}
			candidates := h.namesOf(p.Candidates)
			if candidates[0] != got.commit || p.Candidates[0].Differing != p.Differing {
				t.Errorf("the first candidate is %s, the pin %s", candidates[0], got.commit)
			}
			for _, name := range test.want.others {
				if !slices.Contains(candidates, name) {
					t.Errorf("%s is none of the candidates %v", name, candidates)
				}
			}
			test.want.others = nil
			if fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("got  %v\nwant %v\n%v", got, test.want, p.Disagrees)
			}
		})
	}
}

// What the tree says of itself is handed on as it stands there.
func TestClaims(t *testing.T) {
	t.Parallel()
	h := newHistory(t)
	tree := maps.Clone(h.trees["2.5.3"])
	tree["version.php"] = strings.Replace(tree["version.php"], "20131111)", "20131111) UP1", 1)
	tree["githash.php"] = githash("ABCDEF1")
	p, err := pin.Find(t.Context(), h.request(tree))
	if err != nil {
		t.Fatal(err)
	}
	c := p.Claims
	if c == nil || c.Release != "2.5.3 (Build: 20131111) UP1" || c.Version.Version != "2013051403.00" || c.Branch != "25" ||
		strings.TrimSpace(c.Local) != "UP1" || c.Githash != "abcdef1" {
		t.Errorf("claims %+v", c)
	}
	delete(tree, "version.php")
	delete(tree, "githash.php")
	if p, err = pin.Find(t.Context(), h.request(tree)); err != nil || p.Claims != nil {
		t.Errorf("claims of nothing: %+v, %v", p.Claims, err)
	}
}

// A candidate's files are those that speak for it and against the pin.
func TestCandidateFiles(t *testing.T) {
	t.Parallel()
	h := newHistory(t)
	tree := maps.Clone(h.trees["2.5.3"])
	for i := 10; i < 25; i++ {
		path := fmt.Sprintf("lib/f%02d.php", i)
		tree[path] = h.trees["2.6"][path]
	}
	p, err := pin.Find(t.Context(), h.request(tree))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Mixed) != 1 || p.Mixed[0].Files != 15 {
		t.Errorf("mixed: %+v", p.Mixed)
	}
	for _, c := range p.Candidates {
		want := 0
		for path, text := range tree {
			name := h.nameOf(c.Commit)
			if h.trees[name][path] == text && h.trees["2.5.3"][path] != text {
				want++
			}
		}
		if c.Files != want {
			t.Errorf("%s has %d files, want %d", h.nameOf(c.Commit), c.Files, want)
		}
	}
}

func TestNotMoodle(t *testing.T) {
	t.Parallel()
	h := newHistory(t)
	for name, tree := range map[string]files{
		"nothing":                   {},
		"other software":            {"index.php": "<?php\nwp();\n", "wp-content/x.php": "x"},
		"a plugin":                  {"version.php": "<?php\n$plugin->version = 2013010100;\n", ".gitignore": "/config.php\n"},
		"a githash that is unknown": {"githash.php": githash("0123456")},
		"a build nobody knows":      {"version.php": version("2031010100.00", "9.9 (Build: 20310101)", "909")},
	} {
		if p, err := pin.Find(t.Context(), h.request(tree)); !errors.Is(err, pin.ErrNotMoodle) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	h := newHistory(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := pin.Find(ctx, h.request(h.trees["2.6"])); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled search ends with %v", err)
	}
}
