package job

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mgit/internal/conflict"
	"mgit/internal/git"
	"mgit/internal/resolution"
)

// conflictReader reads the files of a stop.
type conflictReader struct {
	site   *Site
	stop   *conflictStop
	detail *ConflictDetail
}

// readRest reads what is not on the sides: who changed them upstream, and what was recorded.
func (r *conflictReader) readRest(ctx context.Context) error {
	if err := r.readUpstream(ctx); err != nil {
		return err
	}
	return r.readResolutions(ctx)
}

// readFiles asks Git for the merge and reads its files.
func (r *conflictReader) readFiles(ctx context.Context) error {
	answers, err := r.stop.scratch.MergeTrees(ctx, r.stop.ours, []git.Merge{r.stop.merge})
	if err != nil {
		return err
	}
	if r.stop.merged = answers[0]; r.stop.merged.Err != nil {
		return r.stop.merged.Err
	}
	r.list()
	if err := r.readTexts(ctx); err != nil {
		return err
	}
	for i := range r.detail.Files {
		f := &r.detail.Files[i]
		if err := r.readHunks(ctx, f); err != nil {
			return fmt.Errorf("read %s: %w", ShowPath(f.Raw), err)
		}
	}
	return nil
}

// list makes the files: those that Git cannot merge, those that are in conflict in the worktree, and those
// without a certain place.
func (r *conflictReader) list() {
	add := func(path, kind string) {
		f := ConflictFile{
			Place: At(path), Kind: kind, State: FileOpen, Hunks: []ConflictHunk{}, Upstream: []WhyCommit{},
			Resolutions: []FittingResolution{}, Proposals: Paths{},
		}
		if _, isOpen := r.stop.unmerged[path]; r.stop.path != "" && !isOpen {
			f.State = FileResolved
		}
		for _, s := range r.stop.merged.Stages {
			if s.Path != path && !strings.HasPrefix(s.Path, path+"~") {
				continue
			}
			f.aside = f.aside || s.Path != path
			switch s.Stage {
			case 1:
				f.Base = blobOf(s)
			case 2:
				f.Ours = blobOf(s)
			case 3:
				f.Theirs = blobOf(s)
			}
		}
		r.detail.Files = append(r.detail.Files, f)
	}
	known := make(map[string]bool)
	for _, c := range r.stop.merged.Conflicts {
		known[c.Path] = true
		add(c.Path, c.Kind)
	}
	for _, name := range sortedNames(r.stop.unmerged) {
		if !known[name] && !r.setAside(name) {
			add(name, r.stop.unmerged[name].Kind)
		}
	}
	for _, c := range r.stop.placing {
		add(string(c.Path), c.Kind)
		f := &r.detail.Files[len(r.detail.Files)-1]
		f.Proposals = append(f.Proposals, c.Proposals...)
		if !r.stop.isDone || r.stop.path != "" {
			f.State = FileOpen // until somebody goes on
		}
	}
}

// setAside notes that Git has put a file under another name, because something else stands in its place: a
// folder, or what the other side made of it. The worktree has it as "name~HEAD".
func (r *conflictReader) setAside(name string) bool {
	at := strings.LastIndexByte(name, '~')
	for i := range r.detail.Files {
		if f := &r.detail.Files[i]; at > 0 && f.aside && f.State == FileResolved && f.Raw == name[:at] {
			f.Place, f.State = At(name), FileOpen
			return true
		}
	}
	return false
}

// hasHunks reports whether Git merges the lines of a file.
func (f *ConflictFile) hasHunks() bool {
	regular := func(b *ConflictBlob) bool { return b != nil && strings.HasPrefix(b.Mode, "100") }
	return regular(f.Ours) && regular(f.Theirs)
}

// readHunks fills in the hunks of a file, and what became of them in the worktree.
func (r *conflictReader) readHunks(ctx context.Context, f *ConflictFile) error {
	if f.text == nil {
		return r.readWhole(ctx, f)
	}
	var places []conflict.Place
	if r.stop.path != "" {
		work, err := r.readWork(ctx, f)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if work == nil {
			work = &workFile{}
		}
		places = f.text.Find(work.text)
	}
	for i, h := range f.text.Hunks() {
		hunk := ConflictHunk{
			Number: i + 1, State: string(conflict.Open), Upstream: []WhyCommit{},
			Base: sideLines(h.Base), Ours: sideLines(h.Ours), Theirs: sideLines(h.Theirs),
		}
		if places != nil {
			hunk.State, hunk.Line = string(places[i].State), places[i].Line
			f.Markers = f.Markers || places[i].State == conflict.Open
		}
		f.Hunks = append(f.Hunks, hunk)
	}
	f.readAround()
	if r.stop.path == "" {
		f.Markers = true
	}
	return nil
}

func sideLines(p conflict.Part) SideLines {
	return SideLines{Start: p.Start, Lines: append([]string{}, p.Lines...)}
}

// readWhole shows what the one side that has a file did to it.
func (r *conflictReader) readWhole(ctx context.Context, f *ConflictFile) error {
	side := f.Ours
	if side == nil {
		side = f.Theirs
	}
	if f.Base == nil || side == nil || f.Ours != nil && f.Theirs != nil || f.Base.ID == side.ID || !f.Base.isFile() || !side.isFile() {
		return nil
	}
	out, err := r.site.Repo.Cmd("diff", "--no-ext-diff", "--no-textconv", "--no-color", "--unified=3", git.ID(f.Base.ID).String(), git.ID(side.ID).String()).
		Env(r.stop.scratch.Env()...).Output(ctx)
	if err != nil {
		return err
	}
	// Its head names the two objects.
	if at := bytes.Index(out, []byte("\n@@ ")); at >= 0 {
		f.Diff = string(out[at+1:])
	}
	return nil
}

func (b *ConflictBlob) isFile() bool { return strings.HasPrefix(b.Mode, "100") }

// readInside reads a file of a worktree. What leads out of it by a link is not read.
func readInside(dir, name string) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.ReadFile(filepath.FromSlash(name))
}

// readResolutions finds what was recorded for the files that are still open.
func (r *conflictReader) readResolutions(ctx context.Context) error {
	if !r.site.Config.Resolutions.Use || r.stop.noUse {
		return nil
	}
	f := &foresight{scratch: r.stop.scratch}
	if err := f.useResolutions(ctx, r.site); err != nil {
		return err
	}
	answer, err := f.replayer.Replay(ctx, r.stop.merged)
	if err != nil {
		return err
	}
	recorded, err := Resolutions(ctx, r.site)
	if err != nil {
		return err
	}
	add := func(path, id, refused string) {
		fits := FittingResolution{ID: id, Refused: refused}
		for _, r := range recorded {
			if r.ID == id {
				fits.Recorded = &r
			}
		}
		for i := range r.detail.Files {
			if file := &r.detail.Files[i]; file.Raw == path {
				file.Resolutions = append(file.Resolutions, fits)
			}
		}
	}
	for _, uses := range [][]resolution.Use{answer.Used, answer.Partial} {
		for _, use := range uses {
			add(use.Path, use.Name, "")
		}
	}
	for _, no := range answer.Refused {
		add(no.Path, no.Name, no.Reason.Error())
	}
	return nil
}
