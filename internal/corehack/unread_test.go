package corehack

import (
	"os"
	"slices"
	"strings"
	"testing"

	"mgit/internal/live"
)

// What is not read is counted and said, and neither missing nor identical.
func TestUnread(t *testing.T) {
	t.Parallel()
	w := small(t)
	tree := func(change func(f *live.File) bool) *mapTree {
		m := &mapTree{data: make(map[string]string), fail: make(map[string]error)}
		for _, p := range w.pristine {
			f := live.File{Path: p.Path, Mode: p.Mode, ID: p.ID, Size: int64(len(w.files[p.Path]))}
			m.data[p.Path] = string(w.files[p.Path])
			if change(&f) {
				m.files = append(m.files, f)
			}
		}
		return m
	}
	compare := func(m *mapTree) *Result {
		req := w.request(m)
		r, err := Compare(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		checkCounts(t, req, r)
		if r.Counts.CoreFiles != len(w.pristine) {
			t.Errorf("%d of %d files of the pin", r.Counts.CoreFiles, len(w.pristine))
		}
		return r
	}
	other := parseID(t, strings.Repeat("12", 20))

	m := tree(func(f *live.File) bool {
		return !strings.HasPrefix(f.Path, "mod/") && f.Path != "lib/b.php" && f.Path != "lib/c.php"
	})
	m.unread = []live.Unread{{Path: "mod", Reason: "permission denied", Dir: true}, {Path: "lib/b.php", Reason: "a named pipe"}, {Path: "somewhere", Reason: "a device"}}
	r := compare(m)
	if got := w.lines(r); !slices.Equal(got, []string{"missing lib/c.php core"}) || r.Counts.Unread != 7+1+1 {
		t.Errorf("an unread folder: %q, %d unread", got, r.Counts.Unread)
	}
	if got := r.Counts.Identical + r.Counts.Missing + r.Counts.Unread - 1; got != r.Counts.CoreFiles {
		t.Errorf("%d files of %d are accounted for", got, r.Counts.CoreFiles)
	}

	m = tree(func(f *live.File) bool {
		switch f.Path {
		case "lib/a.php": // as large as the pin's
			f.ID = [20]byte{}
		case "lib/b.php": // too large to be read
			f.ID, f.Size = [20]byte{}, 5<<30
		case "lib/c.php", "index.php":
			f.ID = other
		case "lib/upgrade.txt":
			f.ID, f.Size = other, contentLimit+1
		}
		return true
	})
	m.unread = []live.Unread{{Path: "lib/b.php", Reason: "too large"}}
	m.fail["lib/c.php"], m.fail["index.php"] = live.ErrChanged, os.ErrPermission
	r = compare(m)
	if got := w.lines(r); !slices.Equal(got, []string{
		"modified lib/b.php core | 5368709120 bytes, upstream's file has 20; its content was not read",
		"modified lib/upgrade.txt core | 33554433 bytes: too large to look for the difference",
	}) {
		t.Errorf("files without contents: %q", got)
	}
	var unread []string
	for _, u := range r.Unread {
		unread = append(unread, u.Path+": "+u.Reason)
	}
	if want := []string{"index.php: permission denied", "lib/a.php: it was not hashed", "lib/b.php: too large", "lib/c.php: it changed while it was read"}; !slices.Equal(unread, want) || r.Counts.Unread != 4 {
		t.Errorf("unread: %q, %d", unread, r.Counts.Unread)
	}

	m = tree(func(*live.File) bool { return true })
	m.files = append(m.files, live.File{Path: "lib/huge.jpg", Mode: 0o100644, Size: 5 << 30}, live.File{Path: "lib/odd.jpg", Mode: 0o100644, Size: 9})
	m.fail["lib/odd.jpg"] = live.ErrChanged
	r = compare(m)
	if got := w.lines(r); !slices.Equal(got, []string{"foreign lib/huge.jpg core | too large to look for code in it", "foreign lib/odd.jpg core"}) || r.Counts.Unread != 1 {
		t.Errorf("files that are not looked into: %q, %v", got, r.Unread)
	}
}
