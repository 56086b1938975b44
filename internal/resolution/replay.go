package resolution

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"mgit/internal/git"
)

// Edit returns the tree with the file at path set; the zero id is the empty
// tree.
type Edit func(ctx context.Context, tree git.ID, path string, mode git.Mode, blob git.ID) (git.ID, error)

// Replayer resolves conflicts that were resolved before: by the resolutions of
// a set, and by those that git's rerere recorded in this clone. It works in a
// repository of its own inside the scratch; nothing of the user's is written.
// It is safe for concurrent use, one conflict at a time.
type Replayer struct {
	repo    *git.Repo
	scratch *git.Scratch
	set     Set
	edit    Edit

	lock   sync.Mutex
	loaded bool
	known  []candidate // the set's first, then the clone's
	bench  *bench
}

// NewReplayer returns a replayer for merges made in the scratch of repo. It
// reads nothing yet.
func NewReplayer(repo *git.Repo, scratch *git.Scratch, set Set, edit Edit) *Replayer {
	return &Replayer{repo: repo, scratch: scratch, set: set, edit: edit}
}

// Use is a resolution that settled a path.
type Use struct {
	Path string
	// Name is the resolution's name; "local:" stands before it when it comes
	// from this clone's rr-cache and not from the set.
	Name string
	// Meta is the origin of a resolution from the set.
	Meta Meta
}

// Refusal is a resolution that belongs to the conflict at a path and must not be
// used.
type Refusal struct {
	Path   string
	Name   string // as in Use
	Reason error  // a *MarkerError where markers were left in it
}

// Answer is what recorded resolutions make of a conflicted merge.
type Answer struct {
	// OK says that every conflicted path is resolved; Tree is the result and
	// Used tells by what. Otherwise nothing was used, and both are empty.
	OK   bool
	Tree git.ID
	Used []Use
	// Partial lists what would have resolved some of the paths, when others
	// stay in conflict.
	Partial []Use
	Refused []Refusal
}

// Replay resolves the merge if every one of its conflicts can be. Only files
// both sides have in other content can: a conflict over a deletion, a
// link, a submodule or a mode is for a person. No git is started when no
// resolution can fit.
//
// A resolution fits when rerere says so: the two sides of the conflict are the
// recorded ones, and what was recorded merges cleanly into the file as it is now.
func (r *Replayer) Replay(ctx context.Context, m git.Merged) (Answer, error) {
	if m.Err != nil || m.Clean || len(m.Conflicts) == 0 {
		return Answer{}, nil
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	if err := r.load(); err != nil {
		return Answer{}, err
	}
	files, err := r.files(ctx, m)
	if err != nil || len(files) == 0 {
		return Answer{}, err
	}
	for _, style := range []style{merge, diff3, zdiff3} {
		if err := r.solve(ctx, m.Tree, style, files); err != nil {
			return Answer{}, fmt.Errorf("replay recorded resolutions: %w", err)
		}
	}
	return r.answer(ctx, m, files)
}

// A style is a value of merge.conflictStyle. Labels and base do not enter a
// conflict's id, but the styles cut the same conflict differently: "merge" takes
// lines both sides share out of it, "zdiff3" only those at its ends, "diff3"
// none. What a person recorded in one style has other ids in the next.
type style string

const (
	merge  style = "merge" // what git.Merged is written in
	diff3  style = "diff3"
	zdiff3 style = "zdiff3"
)

// candidate is a resolution with the name reports show, and the hunks of its
// preimage: none where they cannot be told.
type candidate struct {
	Resolution
	name  string
	hunks []hunk
}

// load gathers the candidates, once.
func (r *Replayer) load() error {
	if r.loaded {
		return nil
	}
	local, err := readCache(cacheDir(r.repo))
	if err != nil {
		return err
	}
	for _, res := range r.set {
		r.learn(res, res.Name())
	}
	for _, res := range local {
		if !slices.ContainsFunc(r.set, res.equal) {
			r.learn(res, "local:"+res.Name())
		}
	}
	r.loaded = true
	return nil
}

// learn adds a candidate, unless there is no conflict in it that could be met.
func (r *Replayer) learn(res Resolution, name string) {
	hunks, plain := conflicts(res.Preimage)
	if plain && len(hunks) == 0 {
		return
	}
	r.known = append(r.known, candidate{Resolution: res, name: name, hunks: hunks})
}

// file is a conflicted file that some candidate may resolve.
type file struct {
	path       string
	mode       git.Mode
	stages     []git.Stage
	text       []byte // with markers, in the style tried
	candidates []candidate

	id       string          // in the style tried; "" when rerere sees no conflict
	tried    map[string]bool // the ids it had in the styles tried
	refused  []Refusal
	done     bool // what follows is set
	resolved []byte
	use      Use
}

// files returns the conflicted files worth trying.
func (r *Replayer) files(ctx context.Context, m git.Merged) ([]*file, error) {
	if len(r.known) == 0 {
		return nil, nil
	}
	var files []*file
	for _, c := range m.Conflicts {
		f, ok := conflicted(m, c)
		if !ok {
			continue
		}
		if err := r.read(ctx, m.Tree, f); err != nil {
			return nil, fmt.Errorf("read the conflict in %s: %w", c.Path, err)
		}
		if len(f.candidates) > 0 {
			files = append(files, f)
		}
	}
	return files, nil
}

// conflicted returns the file of a conflict of the kind rerere knows: both
// sides are regular files of the same mode, or of a mode the base decided.
func conflicted(m git.Merged, c git.Conflict) (*file, bool) {
	if c.Kind != "CONFLICT (contents)" && c.Kind != "CONFLICT (add/add)" || !isSafe(c.Path) {
		return nil, false
	}
	f := &file{path: c.Path, tried: make(map[string]bool)}
	modes := make(map[int]git.Mode)
	for _, s := range m.Stages {
		if s.Path != c.Path {
			continue
		}
		if s.Mode != git.ModeFile && s.Mode != git.ModeExec {
			return nil, false
		}
		modes[s.Stage] = s.Mode
		f.stages = append(f.stages, s)
	}
	if modes[2] == 0 || modes[3] == 0 || modes[1] == 0 && modes[2] != modes[3] {
		return nil, false
	}
	return f, true
}

// isSafe reports whether the path may become a file of a work tree.
func isSafe(path string) bool {
	if !filepath.IsLocal(filepath.FromSlash(path)) {
		return false
	}
	for part := range strings.SplitSeq(path, "/") {
		if strings.EqualFold(part, ".git") {
			return false
		}
	}
	return true
}

// read fills in the text and the candidates.
func (r *Replayer) read(ctx context.Context, tree git.ID, f *file) error {
	entry, err := r.scratch.Path(ctx, tree, f.path)
	if err != nil {
		return err
	}
	f.mode = entry.Mode
	if f.text, err = r.scratch.Blob(ctx, entry.ID); err != nil {
		return err
	}
	sides := make(map[int][]byte)
	for _, s := range f.stages {
		if s.Stage == 1 {
			continue
		}
		if sides[s.Stage], err = r.scratch.Blob(ctx, s.ID); err != nil {
			return err
		}
	}
	for _, c := range r.known {
		if mayMeet(c.hunks, sides[2], sides[3]) {
			f.candidates = append(f.candidates, c)
		}
	}
	return nil
}

// hopeful reports whether a candidate is left for an id not tried yet.
func (f *file) hopeful() bool {
	return !f.done && slices.ContainsFunc(f.candidates, func(c candidate) bool { return !f.tried[c.ID] })
}

// solve tries the candidates on the files as they conflict in the style.
func (r *Replayer) solve(ctx context.Context, tree git.ID, s style, files []*file) error {
	var hopeful []*file
	for _, f := range files {
		if f.hopeful() {
			hopeful = append(hopeful, f)
		}
	}
	if len(hopeful) == 0 {
		return nil
	}
	if r.bench == nil {
		b, err := newBench(r.repo, r.scratch)
		if err != nil {
			return err
		}
		r.bench = b
	}
	if err := r.bench.clear(ctx, tree, hopeful); err != nil {
		return err
	}
	if s != merge {
		if err := r.restyle(ctx, s, hopeful); err != nil {
			return err
		}
	}
	if err := r.bench.fill(ctx, hopeful); err != nil {
		return err
	}
	ids, err := r.bench.rerere(ctx, nil)
	if err != nil {
		return err
	}
	queues := make(map[string][]candidate) // by id
	for _, f := range hopeful {
		f.id = ids[f.path]
		if f.id != "" && !f.tried[f.id] {
			f.tried[f.id] = true
			queues[f.id] = r.usable(f)
		}
	}
	return r.rounds(ctx, hopeful, queues)
}

// usable returns the candidates of the file's id that may be used; what may not
// is noted in the file.
func (r *Replayer) usable(f *file) []candidate {
	var good []candidate
	for _, c := range r.known {
		if c.ID != f.id {
			continue
		}
		if err := c.Check(); err != nil {
			f.refused = append(f.refused, Refusal{Path: f.path, Name: c.name, Reason: err})
			continue
		}
		good = append(good, c)
	}
	return good
}

// rounds offers every id its candidates in turn, one a round, so that it is
// known which of them resolved a file.
func (r *Replayer) rounds(ctx context.Context, files []*file, queues map[string][]candidate) error {
	for n := 0; ; n++ {
		round := make(map[string]candidate)
		for _, f := range files {
			if queue := queues[f.id]; !f.done && n < len(queue) {
				round[f.id] = queue[n]
			}
		}
		if len(round) == 0 {
			return nil
		}
		open, err := r.bench.rerere(ctx, round)
		if err != nil {
			return err
		}
		for _, f := range files {
			c, offered := round[f.id]
			if _, conflicted := open[f.path]; f.done || conflicted || !offered {
				continue
			}
			if err := r.take(f, c); err != nil {
				return err
			}
		}
	}
}

// take reads what rerere made of the file with the candidate's help.
func (r *Replayer) take(f *file, c candidate) error {
	text, err := r.bench.read(f.path)
	if err != nil {
		return err
	}
	if line := leftover(f.text, text); line > 0 {
		f.refused = append(f.refused, Refusal{Path: f.path, Name: c.name, Reason: &MarkerError{Name: c.name, Line: line}})
		return r.bench.write(f.path, f.text)
	}
	f.done, f.resolved = true, text
	f.use = Use{Path: f.path, Name: c.name, Meta: c.Meta}
	return nil
}

// answer puts the resolved files into the tree, if that is all of them.
func (r *Replayer) answer(ctx context.Context, m git.Merged, files []*file) (Answer, error) {
	a := Answer{Tree: m.Tree}
	var uses []Use
	for _, f := range files {
		a.Refused = append(a.Refused, f.refused...)
		if !f.done {
			continue
		}
		uses = append(uses, f.use)
		var err error
		if a.Tree, err = r.edit(ctx, a.Tree, f.path, f.mode, r.scratch.PutBlob(f.resolved)); err != nil {
			return Answer{}, fmt.Errorf("take the resolution of %s: %w", f.path, err)
		}
	}
	if len(uses) < len(m.Conflicts) {
		return Answer{Partial: uses, Refused: a.Refused}, nil
	}
	a.OK, a.Used = true, uses
	return a, nil
}
