package rebase

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/tree"
)

// finder holds what is known of the commits asked about and of upstream's.
type finder struct {
	upstream []upstreamCommit // oldest first
	at       map[git.ID]int   // their places in upstream
	touching map[string][]int // those that touch a place
	numbered map[string][]int // those with an MDL number in the subject
	changes  map[git.ID]*change
	net      map[git.ID]lineSet  // of the commits asked about; see netLines
	paths    map[git.ID][]string // the places they touch
	sources  *sources
}

func newFinder(ctx context.Context, r Runner, s tree.Reader, base, onto git.ID, steps []Step) (*finder, error) {
	f := &finder{at: make(map[git.ID]int), touching: make(map[string][]int), numbered: make(map[string][]int), paths: make(map[git.ID][]string)}
	where := &places{wanted: make(map[string]bool), old: make(map[string]string)}
	for _, step := range steps {
		err := tree.Diff(ctx, s, step.Base, step.Theirs, func(c tree.Change) error {
			f.paths[step.Old] = append(f.paths[step.Old], place(c.Path))
			where.wanted[place(c.Path)] = true
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("list the paths of %s: %w", step.Old, err)
		}
	}
	var err error
	if f.upstream, err = walkUpstream(ctx, r, base, onto); err != nil {
		return nil, err
	}
	if err := where.findMoves(ctx, r, f.upstream); err != nil {
		return nil, fmt.Errorf("follow files that moved: %w", err)
	}
	if f.sources, err = readSources(ctx, r, onto, steps); err != nil {
		return nil, fmt.Errorf("look for the sources of picked commits: %w", err)
	}
	ask := slices.Clone(f.sources.here)
	for _, step := range steps {
		ask = append(ask, step.Old)
	}
	whole, huge, paths := f.split(f.index(where), where)
	ask = append(ask, whole...)
	seen := make(map[git.ID]bool)
	ask = slices.DeleteFunc(ask, func(id git.ID) bool { was := seen[id]; seen[id] = true; return was })
	if f.changes, err = readChanges(ctx, r, ask, where.of); err != nil {
		return nil, err
	}
	if err := f.addHuge(ctx, r, huge, paths, where); err != nil {
		return nil, err
	}
	f.net = f.netLines(steps)
	return f, nil
}

// index enters upstream's commits by place and number and returns those that touch a
// wanted place.
func (f *finder) index(where *places) []git.ID {
	var candidates []git.ID
	for i, c := range f.upstream {
		f.at[c.id] = i
		if n := mdlNumber().FindString(subject(c.message)); n != "" {
			f.numbered[n] = append(f.numbered[n], i)
		}
		wanted := false
		relocated := c.relocated()
		for _, t := range c.files {
			p := where.of(t.path)
			if !where.wanted[p] || relocated[place(t.path)] {
				continue
			}
			wanted = true
			if all := f.touching[p]; len(all) == 0 || all[len(all)-1] != i {
				f.touching[p] = append(all, i)
			}
		}
		if wanted {
			candidates = append(candidates, c.id)
		}
	}
	return candidates
}

// split sets commits apart that touch far more files than any of those asked about. No
// commit asked about has their patch, and the diff of the one that put Moodle below
// public/ is the whole of Moodle twice: of these only the wanted places are read, which
// paths names.
func (f *finder) split(candidates []git.ID, where *places) (whole, huge []git.ID, paths []string) {
	most := 0
	for _, p := range f.paths {
		most = max(most, len(p))
	}
	for _, id := range candidates {
		files := f.upstream[f.at[id]].files
		if len(files) <= 1000+2*most {
			whole = append(whole, id)
			continue
		}
		huge = append(huge, id)
		for _, t := range files {
			// Git reads paths one a line.
			if where.wanted[where.of(t.path)] && !strings.ContainsAny(t.path, "\r\n") {
				paths = append(paths, t.path)
			}
		}
	}
	slices.Sort(paths)
	return whole, huge, slices.Compact(paths)
}

// addHuge reads the wanted places of the commits that split has set apart.
func (f *finder) addHuge(ctx context.Context, r Runner, huge []git.ID, paths []string, where *places) error {
	huge = slices.DeleteFunc(huge, func(id git.ID) bool { return f.changes[id] != nil }) // a source: read whole
	if len(huge) == 0 || len(paths) == 0 {
		return nil
	}
	parts, err := readChanges(ctx, r, huge, where.of, paths...)
	if err != nil {
		return err
	}
	for id, c := range parts {
		c.isPart, c.patch = true, [sha256.Size]byte{}
		f.changes[id] = c
	}
	return nil
}

// candidates lists the upstream commits that touch a place of the commit, oldest first.
func (f *finder) candidates(id git.ID) []int {
	var all []int
	for _, path := range f.paths[id] {
		all = append(all, f.touching[path]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// netLines is what each commit adds to the sum of its branch: what a later commit of
// the branch takes back, a typo say, is part of neither. Upstream often has the sum as
// one commit.
func (f *finder) netLines(steps []Step) map[git.ID]lineSet {
	net := make(map[git.ID]lineSet, len(steps))
	stands := make(map[git.ID]git.ID) // on which of the commits asked about
	for _, step := range steps {
		c := f.changes[step.Old]
		if c == nil {
			continue
		}
		net[step.Old] = c.lines
		if parents := step.commit.Parents; len(parents) > 0 {
			stands[step.Old] = parents[0]
		}
	}
	for _, step := range steps {
		for below, ok := stands[step.Old]; ok; below, ok = stands[below] {
			if lower := net[below]; lower != nil {
				fixed := lower.undone(net[step.Old])
				if len(fixed) == 0 {
					continue
				}
				fixup := net[step.Old].undone(lower)
				net[below], net[step.Old] = lower.without(fixed), net[step.Old].without(fixup)
			}
		}
	}
	return net
}
