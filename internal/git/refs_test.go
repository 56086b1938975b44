package git_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

func TestRefs(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := gittest.New(t)
	b.Write("f", "x")
	head := b.Commit("first")
	b.Git("tag", "light")
	b.Git("tag", "-a", "-m", "m", "heavy")
	b.Git("tag", "-a", "-m", "m", "nested", "heavy")
	b.Git("tag", "-a", "-m", "m", "nestedtree", "HEAD^{tree}")
	b.Git("tag", "tree", "HEAD^{tree}")
	b.Git("branch", "odd\xff\"'$(x)%00é")
	b.Git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
	r := open(t, b)
	refs, err := r.Refs(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, ref := range refs {
		got = append(got, fmt.Sprintf("%s %s %t %t %s", ref.Name, ref.Type, ref.ID.String() == head, ref.Peeled.String() == head, ref.Symref))
		if ref.Type == "tree" && ref.Peeled != git.ZeroID {
			t.Errorf("%s has a commit", ref.Name)
		}
	}
	want := []string{
		"refs/heads/alias commit true true refs/heads/main",
		"refs/heads/main commit true true ",
		"refs/heads/odd\xff\"'$(x)%00é commit true true ",
		"refs/tags/heavy tag false true ",
		"refs/tags/light commit true true ",
		"refs/tags/nested tag false true ",
		"refs/tags/nestedtree tag false false ",
		"refs/tags/tree tree false false ",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	heads, err := r.Refs(ctx, "refs/heads/", "refs/tags/light")
	if len(heads) != 4 || err != nil {
		t.Errorf("by prefix: %v, %v", heads, err)
	}
	if none, err := r.Refs(ctx, "refs/nothing/"); len(none) != 0 || err != nil {
		t.Errorf("none: %v, %v", none, err)
	}
	if _, err := r.Refs(ctx, "--all"); err == nil {
		t.Error("an option was taken")
	}
}

// The names of references are known without git, however they are stored.
func TestRefNames(t *testing.T) {
	t.Parallel()
	b := gittest.New(t)
	b.Write("f", "x")
	b.Commit("first")
	b.Git("branch", "odd\xff/é")
	b.Git("tag", "v1")
	b.Git("update-ref", "refs/remotes/origin/main", "HEAD")
	b.Git("pack-refs", "--all")
	b.Git("branch", "team/loose")
	b.Git("branch", "-f", "odd\xff/é", "HEAD") // packed and loose
	b.Git("tag", "team/v2")
	b.Git("worktree", "add", "-q", "--detach", "linked")
	for _, dir := range []string{b.Path, filepath.Join(b.Path, "linked")} {
		r, err := git.Open(t.Context(), dir, git.Options{Env: b.Env()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = r.Close() })
		for prefix, want := range map[string]string{
			"refs/heads/": "refs/heads/main refs/heads/odd\xff/é refs/heads/team/loose", "refs/remotes/origin/": "refs/remotes/origin/main",
			"refs/heads/team/": "refs/heads/team/loose", "refs/nothing/": "",
		} {
			if names, err := r.RefNames(prefix); strings.Join(names, " ") != want || err != nil {
				t.Errorf("%s: %q, %v, want %q", prefix, names, err, want)
			}
		}
		if names, err := r.TagNames(); strings.Join(names, " ") != "team/v2 v1" || err != nil {
			t.Errorf("tags %q, %v", names, err)
		}
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	b := gittest.New(t)
	r := open(t, b)
	check := func(wantRef, wantID string) {
		t.Helper()
		ref, got, err := r.Head(t.Context())
		if ref != wantRef || got.String() != wantID || err != nil {
			t.Errorf("HEAD is %q %s, %v; want %q %s", ref, got, err, wantRef, wantID)
		}
	}
	check("refs/heads/main", git.ZeroID.String())
	head := b.Commit("first")
	check("refs/heads/main", head)
	b.Detach()
	check("", head)
}

func TestUpdateRefs(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := gittest.New(t)
	first, next := id(t, b.Commit("first")), id(t, b.Commit("second"))
	b.Git("branch", "move", first.String())
	b.Git("branch", "delete", first.String())
	r := open(t, b)
	err := r.UpdateRefs(ctx, []git.RefUpdate{
		{Name: "refs/heads/move", Old: first, New: next},
		{Name: "refs/heads/delete", Old: first},
		{Name: "refs/heads/new\xff", New: next},
		{Name: "refs/heads/main", Old: next, New: next},
		{Name: "refs/mgit/runs/1", New: first},
	}, "mgit: run 1")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		next.String() + " refs/heads/main", next.String() + " refs/heads/move",
		next.String() + " refs/heads/new\xff", first.String() + " refs/mgit/runs/1",
	}, "\n")
	if got := b.Git("for-each-ref", "--format=%(objectname) %(refname)"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if got := b.Git("reflog", "-1", "--format=%gs", "move"); got != "mgit: run 1" {
		t.Errorf("the reflog says %q", got)
	}
	if err := r.UpdateRefs(ctx, []git.RefUpdate{{Name: "refs/heads/move", Old: next, New: first, Reason: "back"}}, ""); err != nil {
		t.Fatal(err)
	}
	if got := b.Git("reflog", "-1", "--format=%gs", "move"); got != "back" {
		t.Errorf("the reflog says %q", got)
	}
	if err := r.UpdateRefs(ctx, nil, "nothing"); err != nil {
		t.Error(err)
	}
}

// Whatever is wrong with one reference, no other moves, and the one is named.
func TestUpdateRefsRefused(t *testing.T) {
	t.Parallel()
	b := gittest.New(t)
	first, next := id(t, b.Commit("first")), id(t, b.Commit("second"))
	missing := id(t, strings.Repeat("9", 40))
	for _, name := range []string{"good", "move", "a/b", "locked", "it's"} {
		b.Git("branch", name, first.String())
	}
	lock := filepath.Join(b.Path, ".git", "refs", "heads", "locked.lock")
	if err := os.WriteFile(lock, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r := open(t, b)
	tests := []struct {
		name string
		bad  git.RefUpdate
		text string
	}{
		{"moved since", git.RefUpdate{Name: "refs/heads/move", Old: next, New: first}, "is at " + first.String() + " but expected " + next.String()},
		{"exists", git.RefUpdate{Name: "refs/heads/move", New: next}, "reference already exists"},
		{"gone", git.RefUpdate{Name: "refs/heads/gone", Old: first, New: next}, "unable to resolve reference"},
		{"deleted already", git.RefUpdate{Name: "refs/heads/gone", Old: first}, "unable to resolve reference"},
		{"verify", git.RefUpdate{Name: "refs/heads/move", Old: next, New: next}, "but expected"},
		{"a directory in the way", git.RefUpdate{Name: "refs/heads/a", New: next}, "cannot create 'refs/heads/a'"},
		{"a file in the way", git.RefUpdate{Name: "refs/heads/move/x", New: next}, "'refs/heads/move' exists"},
		{"locked", git.RefUpdate{Name: "refs/heads/locked", Old: first, New: next}, "File exists"},
		{"a bad name", git.RefUpdate{Name: "refs/heads/a..b", New: next}, "refs/heads/a..b"},
		{"an option", git.RefUpdate{Name: "--stdin", New: next}, "begins with a dash"},
		{"no such object", git.RefUpdate{Name: "refs/heads/new", New: missing}, "nonexistent object"},
		{"a tree as branch", git.RefUpdate{Name: "refs/heads/new", New: id(t, b.Git("rev-parse", "HEAD^{tree}"))}, "non-commit object"},
		{"an apostrophe", git.RefUpdate{Name: "refs/heads/it's", Old: next, New: first}, "but expected"},
		{"named twice", git.RefUpdate{Name: "refs/heads/good", Old: first, New: first}, "multiple updates"},
	}
	before := b.Git("for-each-ref")
	for _, tt := range tests {
		err := r.UpdateRefs(t.Context(), []git.RefUpdate{
			{Name: "refs/heads/good", Old: first, New: next},
			tt.bad,
			{Name: "refs/heads/other", New: next},
		}, "")
		var refErr *git.RefError
		if !errors.As(err, &refErr) || refErr.Name != tt.bad.Name || !strings.Contains(refErr.Text, tt.text) {
			t.Errorf("%s: %#v", tt.name, err)
		} else if strings.HasPrefix(refErr.Text, "fatal") || strings.Contains(refErr.Text, "\n") {
			t.Errorf("%s: the text is %q", tt.name, refErr.Text)
		}
		if after := b.Git("for-each-ref"); after != before {
			t.Fatalf("%s: something moved:\n%s", tt.name, after)
		}
	}
}

// The repository's own hook has the last word, and blames nobody.
func TestUpdateRefsHook(t *testing.T) {
	t.Parallel()
	b := gittest.New(t)
	first, next := id(t, b.Commit("first")), id(t, b.Commit("second"))
	hook := gittest.Program(t, `test "$1" != prepared || { echo not today >&2; exit 1; }`)
	if err := os.MkdirAll(filepath.Join(b.Path, ".git", "hooks"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(hook, filepath.Join(b.Path, ".git", "hooks", "reference-transaction")); err != nil {
		t.Fatal(err)
	}
	err := open(t, b).UpdateRefs(t.Context(), []git.RefUpdate{{Name: "refs/heads/main", Old: next, New: first}}, "")
	var refErr *git.RefError
	if err == nil || errors.As(err, &refErr) || !strings.Contains(err.Error(), "not today") {
		t.Errorf("the error is %v", err)
	}
	if got := b.Git("rev-parse", "main"); got != next.String() {
		t.Errorf("main moved to %s", got)
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := gittest.New(t)
	//	one ── two ── merge   main
	//	  \          /
	//	   side ────┘
	one := id(t, b.Commit("one"))
	two := id(t, b.Commit("two"))
	b.Git("checkout", "-q", "-b", "side", one.String())
	b.Write("side", "x")
	side := id(t, b.Commit("side"))
	b.Git("checkout", "-q", "main")
	b.Git("merge", "-q", "--no-ff", "-m", "merge", "side")
	merge := id(t, b.Git("rev-parse", "HEAD"))
	b.Git("checkout", "-q", "--orphan", "alone")
	alone := id(t, b.Commit("alone"))
	r := open(t, b)

	list, err := r.RevList(ctx, []git.ID{merge, alone}, []git.ID{two})
	if len(list) != 3 || err != nil {
		t.Errorf("not in two: %v, %v", list, err)
	}
	if list, err := r.RevList(ctx, nil, []git.ID{two}); list != nil || err != nil {
		t.Errorf("nothing included: %v, %v", list, err)
	}
	if list, err := r.RevList(ctx, []git.ID{one}, []git.ID{two}); len(list) != 0 || err != nil {
		t.Errorf("all excluded: %v, %v", list, err)
	}
	if _, err := r.RevList(ctx, []git.ID{id(t, strings.Repeat("9", 40))}, nil); err == nil {
		t.Error("a missing commit was listed")
	}
	if bases, err := r.MergeBases(ctx, two, side); len(bases) != 1 || bases[0] != one || err != nil {
		t.Errorf("merge bases: %v, %v", bases, err)
	}
	if bases, err := r.MergeBases(ctx, two, alone); len(bases) != 0 || err != nil {
		t.Errorf("unrelated: %v, %v", bases, err)
	}
	if _, err := r.MergeBases(ctx, two, id(t, strings.Repeat("9", 40))); err == nil {
		t.Error("a missing commit has a merge base")
	}
}
