package git_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

// A file of the work tree stands for the staged one where git gives both one name, and nowhere else.
func TestWorkFile(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	r.Git("config", "filter.shout.clean", "tr a-z A-Z")
	r.Write(".git/info/attributes", "*.crlf text eol=crlf\n*.loud filter=shout\n")
	const most = 100_000
	for name, text := range map[string]string{
		"same":           "one\ntwo\n",
		"empty":          "",
		"odd \xff\nname": "\x00binary\xff",
		"dir/as-long":    "staged\n",
		"shorter":        "staged\n",
		"ends.crlf":      "one\r\ntwo\r\n",
		"quiet.loud":     "quiet\n",
		"longest":        strings.Repeat("x", most),
		"too-long":       strings.Repeat("x", most+1),
		"gone":           "staged\n",
		"now-a-link":     "one\ntwo\n",
		"now-a-folder":   "staged\n",
		"deep/in/folder": "staged\n",
	} {
		r.Write(name, text)
	}
	r.Git("add", "-A")
	r.Write("dir/as-long", "edited\n")
	r.Write("shorter", "stag")
	r.Remove("gone")
	r.Remove("now-a-folder")
	r.Write("now-a-folder/file", "staged\n")
	r.Remove("now-a-link")
	if err := os.Symlink("same", filepath.Join(r.Path, "now-a-link")); err != nil {
		t.Fatal(err)
	}
	staged := make(map[string]git.ID)
	for entry := range strings.SplitSeq(strings.TrimSuffix(r.Git("ls-files", "-z", "--format=%(objectname) %(path)"), "\x00"), "\x00") {
		hex, name, _ := strings.Cut(entry, " ")
		staged[name] = id(t, hex)
	}
	repo := open(t, r)
	for name, want := range map[string]bool{
		"same": true, "empty": true, "odd \xff\nname": true, "longest": true, "deep/in/folder": true,
		"dir/as-long": false, "shorter": false, "ends.crlf": false, "quiet.loud": false, "too-long": false,
		"gone": false, "now-a-link": false, "now-a-folder": false,
	} {
		data, same := repo.WorkFile(name, staged[name], most)
		if same != want {
			t.Errorf("%q: %v, want %v", name, same, want)
		}
		if blob, err := repo.Store().Blob(t.Context(), staged[name]); err != nil || same && !bytes.Equal(data, blob) {
			t.Errorf("%q: %q, where git has %q, %v", name, data, blob, err)
		}
	}
	if _, same := open(t, gittest.NewAt(t, t.TempDir(), "--bare")).WorkFile("same", staged["same"], most); same {
		t.Error("a bare repository has a work tree")
	}
}
