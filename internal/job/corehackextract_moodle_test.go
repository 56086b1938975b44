package job_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/hunk"
	"mgit/internal/moodle"
)

// A site that was patched all over on a real build comes under discipline in one
// step: every hack is in a branch afterwards, and explained by it, whether the branch
// stands on the first release or had to stay on the pin. MGIT_MOODLE names a clone of
// Moodle.
func TestExtractOnMoodle(t *testing.T) {
	t.Parallel()
	seed := uint64(25)
	if s, err := strconv.ParseUint(os.Getenv("MGIT_SEED"), 10, 64); err == nil {
		seed = s
	}
	f := onMoodle(t, "+refs/heads/MOODLE_25_STABLE:refs/remotes/upstream/MOODLE_25_STABLE", "+refs/tags/v2.5*:refs/tags/v2.5*")
	p := &patched{fixture: f, pin: f.Git("rev-parse", "v2.5.9^{commit}"), live: map[string]string{}, mode: map[string]git.Mode{}, was: map[string]string{}, by: map[string][]hunk.Change{}}

	r := rand.New(rand.NewPCG(seed, 1))
	paths := p.patchAtRandom(r)
	request := p.request()
	request.Series = moodle.Series{Major: 2, Minor: 5}
	began := time.Now()
	report, run := p.extract(request, p.files(componentByFolder, paths...))
	took := time.Since(began)
	if run != 1 || len(report.Left) != 0 {
		t.Fatalf("seed %d: run %d, left %+v", seed, run, report.Left)
	}
	moved := 0
	for _, b := range report.Branches {
		if !b.OnPin {
			moved++
		}
		for _, file := range b.Files {
			change := hunk.Change{Name: b.Name, Base: p.blobIf(b.Name+"^", file.Raw), Tip: p.blobIf(b.Name, file.Raw)}
			p.by[file.Raw] = append(p.by[file.Raw], change)
		}
	}
	for _, file := range p.files(componentByFolder, paths...) {
		for _, piece := range file.Pieces {
			if piece.By == "" {
				t.Errorf("seed %d: %s: nothing explains %+v", seed, file.Path, piece)
			}
		}
	}
	t.Logf("%d files of %d components, %d of %d branches moved to v2.5.0, in %v", len(paths), len(report.Branches), moved, len(report.Branches), took.Round(time.Millisecond))
}

func (f *fixture) blobIf(rev, path string) []byte {
	f.t.Helper()
	if f.Git("ls-tree", rev, path) == "" {
		return nil
	}
	return []byte(f.blob(rev, path))
}

// patchAtRandom changes files here and there, takes some away and adds some.
func (p *patched) patchAtRandom(r *rand.Rand) []string {
	p.t.Helper()
	all := strings.Split(p.Git("ls-tree", "-r", "--name-only", p.pin), "\n")
	var paths []string
	for len(paths) < 120 {
		path := all[r.IntN(len(all))]
		if _, done := p.was[path]; done || !strings.HasSuffix(path, ".php") {
			continue
		}
		paths = append(paths, path)
		was := p.blob(p.pin, path)
		p.was[path] = was
		if r.IntN(10) == 0 {
			continue // it is gone
		}
		lines := strings.SplitAfter(was, "\n")
		for i := range 1 + r.IntN(4) {
			at := r.IntN(len(lines))
			lines[at] += fmt.Sprintf("// a hack of ours, number %d of %s\n", i, path)
			if r.IntN(3) == 0 {
				lines[r.IntN(len(lines))] = ""
			}
		}
		p.live[path] = strings.Join(lines, "")
		if r.IntN(10) == 0 {
			own := filepath.ToSlash(filepath.Join(filepath.Dir(path), "ours.php"))
			p.live[own] = "<?php // ours\n"
			if _, twice := p.was[own]; !twice {
				paths = append(paths, own)
			}
		}
	}
	return paths
}
