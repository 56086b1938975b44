package git_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

// A tag that git made is read, and written again byte for byte.
func TestTagsAreGits(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	commit := r.Commit("first")
	signature := "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"
	for name, message := range map[string]string{
		"plain": "one line\n", "long": "subject\n\nbody\n\nmore\n", "quoting": "see\n" + signature + "above\n",
	} {
		r.Git("tag", "-a", "--cleanup=verbatim", "-m", message, name)
	}
	repo := open(t, r)
	for _, name := range []string{"plain", "long", "quoting"} {
		raw := r.Git("cat-file", "tag", name) + "\n"
		id, err := git.ParseID(r.Git("rev-parse", name))
		if err != nil {
			t.Fatal(err)
		}
		tag, err := repo.Store().Tag(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if tag.Object.String() != commit || tag.Type != "commit" || tag.Name != name || tag.Tagger.Email != "carl@example.org" {
			t.Errorf("%s: %+v", name, tag)
		}
		if got := string(git.EncodeTag(tag)); got != raw {
			t.Errorf("%s: written again\n%q\nwant\n%q", name, got, raw)
		}
	}
	if _, err := repo.Store().Tag(t.Context(), git.EmptyTree); err == nil {
		t.Error("a tree is read as a tag")
	}
	signed, err := git.DecodeTag(git.ZeroID, []byte("object "+commit+"\ntype commit\ntag x\ntagger A <a@b> 1 +0000\n\ntext\n"+signature))
	if err != nil || signed.Message != "text\n" || signed.Signature != signature {
		t.Errorf("%+v, %v", signed, err)
	}
	twice, err := git.DecodeTag(git.ZeroID, []byte("object "+commit+"\ntype commit\ntag x\ntagger A <a@b> 1 +0000\nobject "+strings.Repeat("1", 40)+"\ntype tree\ntag y\n\ntext\n"))
	if err != nil || twice.Object.String() != commit || twice.Type != "commit" || twice.Name != "x" {
		t.Errorf("headers that stand there twice: %+v, %v; the first ones count, as in Git", twice, err)
	}
	for _, bad := range []string{"", "object x\n\n", "type commit\ntag x\n\n", "object " + commit + "\n\nobject\n"} {
		if tag, err := git.DecodeTag(git.ZeroID, []byte(bad)); err == nil {
			t.Errorf("%q is read as %+v", bad, tag)
		}
	}
}

func TestRemoteTags(t *testing.T) {
	t.Parallel()
	there := gittest.New(t)
	there.Commit("first")
	there.Git("tag", "-a", "-m", "x", "annotated")
	there.Git("tag", "nested/light")
	r := gittest.New(t)
	r.Git("remote", "add", "origin", there.Path)
	r.Git("remote", "add", "gone", there.Path+"-gone")
	repo := open(t, r)
	tags, err := repo.RemoteTags(t.Context(), "origin")
	if err != nil || !slices.Equal(tags, []string{"annotated", "nested/light"}) {
		t.Errorf("%q, %v", tags, err)
	}
	var exit *git.ExitError
	if _, err := repo.RemoteTags(t.Context(), "gone"); !errors.As(err, &exit) {
		t.Errorf("a remote that is gone: %v", err)
	}
	if _, err := repo.RemoteTags(t.Context(), "--upload-pack=touch pwned"); err == nil || !strings.Contains(err.Error(), "option") {
		t.Errorf("an option: %v", err)
	}
}
