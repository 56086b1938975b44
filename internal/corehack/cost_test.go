package corehack

import (
	"context"
	"crypto/sha1"
	"fmt"
	"os"
	"testing"
	"testing/fstest"
	"time"

	"mgit/internal/git"
	"mgit/internal/live"
	"mgit/internal/moodle"
	"mgit/internal/upstream"
)

// large is a comparison of a tree in memory: so many files of core, plugins of a
// hundred files, and files of moodledata.
func large(t testing.TB, core, plugins, data int) Request {
	t.Helper()
	version := "<?php\n$version = 2013051400.00;\n$release = '2.5 (Build: 20130514)';\n$branch = '25';\n"
	layout, err := moodle.ReadLayout(fstest.MapFS{"version.php": {Data: []byte(version)}})
	if err != nil {
		t.Fatal(err)
	}
	tree := &mapTree{data: make(map[string]string)}
	var pristine []File
	for i := range core {
		f := File{Path: fmt.Sprintf("mod/m%d/classes/local/f%d.php", i/40, i), Mode: git.ModeFile, ID: sha1.Sum(fmt.Append(nil, i))}
		pristine = append(pristine, f)
		tree.files = append(tree.files, live.File{Path: f.Path, Mode: f.Mode, ID: f.ID, Size: 9})
	}
	for i := range plugins {
		path := fmt.Sprintf("local/plugin%d/version.php", i)
		tree.data[path] = "<?php\n$plugin->version = 1;\n"
		tree.files = append(tree.files, live.File{Path: path, Mode: git.ModeFile, Size: 9})
		for j := range 99 {
			tree.files = append(tree.files, live.File{Path: fmt.Sprintf("local/plugin%d/classes/f%d.php", i, j), Mode: git.ModeFile, Size: 9})
		}
	}
	for i := range data {
		sum := sha1.Sum(fmt.Append(nil, i))
		tree.files = append(tree.files, live.File{Path: fmt.Sprintf("data/filedir/%02x/%02x/%x", sum[0], sum[1], sum), Mode: git.ModeFile, Size: 9},
			live.File{Path: fmt.Sprintf("export/%02x/%x.pdf", sum[0], sum), Mode: git.ModeFile, Size: 9})
	}
	tree.files = append(tree.files, live.File{Path: "data/temp/x", Mode: git.ModeFile})
	tree.files = byPath(tree.files, func(f live.File) string { return f.Path })
	return Request{
		Pristine: byPath(pristine, func(f File) string { return f.Path }), Layout: layout, Pin: upstream.None, Tree: tree,
		Blob: func(context.Context, git.ID) ([]byte, error) { return nil, git.ErrNotFound },
	}
}

// A site of 30,000 files of core with 300 plugins of 100 files, and a hundred
// thousand files of moodledata and of exports in its tree.
func TestCost(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("what it costs is measured without the race detector")
	}
	req := large(t, 30_000, 300, 100_000)
	start := time.Now()
	r, err := Compare(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	if r.Counts.Identical != 30_000 || len(r.Plugins) != 300 || r.Counts.PluginFiles != 30_000 || r.Counts.ExpectedFiles != 100_001 || len(r.Findings) != 1 || r.Findings[0].Files != 100_000 {
		t.Errorf("counts %+v, %d plugins, findings %+v", r.Counts, len(r.Plugins), r.Findings)
	}
	t.Logf("%d files in %s", len(req.Tree.Files()), took)
	if took > 10*time.Second {
		t.Errorf("%d files took %s", len(req.Tree.Files()), took)
	}
}

// Whoever has enough of it is heard.
func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Compare(ctx, large(t, 10, 0, 0)); err != context.Canceled {
		t.Errorf("%v", err)
	}
	w := small(t)
	s := w.site(t)
	s.append("lib/a.php", "\n")
	req := w.request(liveTree{s.scan()})
	ctx, cancel = context.WithCancel(t.Context())
	req.Blob = func(context.Context, git.ID) ([]byte, error) {
		cancel()
		return nil, ctx.Err()
	}
	if _, err := Compare(ctx, req); err != context.Canceled {
		t.Errorf("while a blob is read: %v", err)
	}
}

func BenchmarkCompare(b *testing.B) {
	for _, n := range []int{12_000, 24_000, 48_000} {
		b.Run(fmt.Sprintf("core=%d", n), func(b *testing.B) {
			req := large(b, n, n/100, 0)
			for b.Loop() {
				if _, err := Compare(b.Context(), req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("moodledata=200000", func(b *testing.B) {
		req := large(b, 12_000, 30, 100_000)
		for b.Loop() {
			if _, err := Compare(b.Context(), req); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("moodle", func(b *testing.B) {
		if os.Getenv("MGIT_MOODLE") == "" {
			b.Skip("MGIT_MOODLE names no clone of Moodle")
		}
		w, _ := moodle253(b)
		s := w.site(b)
		for i := range 10 {
			s.append(w.pristine[i*1000].Path, "// Ours.\n")
			s.write(fmt.Sprintf("local/ours%d/version.php", i), "<?php\n$plugin->version = 1;\n")
		}
		req := w.request(liveTree{s.scan()})
		for b.Loop() {
			if _, err := Compare(b.Context(), req); err != nil {
				b.Fatal(err)
			}
		}
	})
}
