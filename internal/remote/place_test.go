package remote_test

import (
	"os"
	"path/filepath"
	"testing"

	"mgit/internal/remote"
)

// However somebody writes it, it is the same repository.
func TestPlace(t *testing.T) {
	t.Parallel()
	const want = "github.com/luvle/moodle"
	for _, text := range []string{
		"https://github.com/luvle/moodle", "https://github.com/luvle/moodle.git/", "http://github.com/luvle/moodle.git",
		"git://github.com/luvle/moodle", "git+ssh://git@github.com/luvle/moodle", "ssh://git@github.com:22/luvle/moodle",
		"https://GitHub.com./Luvle/Moodle.git", "https://u:p@github.com:443//luvle/x/../moodle", "https://github.com/%6cuvle/moodle?x",
		"git@github.com:luvle/moodle.git", "github.com:/luvle//moodle", "[github.com]:luvle/moodle", "https::https://github.com/luvle/moodle",
	} {
		if got := remote.Place(text, "/"); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
	for _, text := range []string{"https://github.com/luvle/moodle2", "https://github.org/luvle/moodle", "github.com/luvle/moodle", ""} {
		if got := remote.Place(text, "/"); got == want {
			t.Errorf("%s is another place", text)
		}
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	bare := filepath.Join(dir, "public.git")
	if err := os.MkdirAll(bare, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("public.git", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"../public.git", "../public", "../public.git/", "../link", bare, bare + "/.", "file://" + bare, "file:///" + bare,
		"file://" + dir + "/publi%63.git", filepath.Join(dir, "x", "..", "public.git"),
	} {
		if got := remote.Place(text, filepath.Join(dir, "site")); got != "file:"+filepath.Join(dir, "public") {
			t.Errorf("%s: %s", text, got)
		}
	}
	if got := remote.Place("../gone.git", filepath.Join(dir, "site")); got != "file:"+filepath.Join(dir, "gone") {
		t.Errorf("what is not there: %s", got)
	}
}
