package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"mgit/internal/crew"
	"mgit/internal/git"
	"mgit/internal/live"
	"mgit/internal/moodle"
	"mgit/internal/pin"
	"mgit/internal/upstream"
)

// PinRequest says which tree to pin, and how to read it.
type PinRequest struct {
	// Tree is a folder or a ref; "" for the work tree of this clone, with what is
	// not committed.
	Tree    string
	NoCache bool // read every file, whatever is remembered of it
	Jobs    int  // 0: one for each CPU
	// Ahead is the tree, where reading it was begun before; see [ReadAhead].
	Ahead *Ahead
	// Progress is told of the steps "index" and "files".
	Progress func(CorehackProgress)
}

// PinResult is a pin and what it is the pin of.
type PinResult struct {
	// Tree is what was looked at: an absolute path, or a ref. One that is not UTF-8
	// is as [ShowPath] writes it, and its bytes are in TreeBytes.
	Tree      string `json:"tree"`
	TreeBytes string `json:"tree_b64,omitempty"`
	IsRef     bool   `json:"is_ref"`
	PinReport
	// Unread counts what could not be read of the tree.
	Unread   int       `json:"unread"`
	Warnings []Warning `json:"-"`
}

// NotMoodleError says that nothing of a tree is upstream's.
type NotMoodleError struct {
	Tree string
	Err  error
}

func (e *NotMoodleError) Error() string { return fmt.Sprintf("%s: %v", ShowPath(e.Tree), e.Err) }
func (e *NotMoodleError) Unwrap() error { return e.Err }

// Pin finds the upstream commit that a tree was made from. It writes nothing but
// caches. The errors are *UsageError for a tree that is not there, and
// *NotMoodleError.
func Pin(ctx context.Context, site *Site, request PinRequest) (*PinResult, error) {
	options := treeOptions{NoCache: request.NoCache, Jobs: request.Jobs, Ahead: request.Ahead}
	var index func(done, total int)
	if request.Progress != nil {
		options.Progress = func(p live.Progress) { request.Progress(CorehackProgress{Step: "files", Progress: p}) }
		index = func(done, total int) {
			request.Progress(CorehackProgress{Step: "index", Progress: live.Progress{Files: done, TotalFiles: total}})
		}
	}
	pinned, err := site.pinTree(ctx, request.Tree, options, index)
	if err != nil {
		return nil, err
	}
	defer pinned.close()
	t := pinned.tree
	r := &PinResult{IsRef: t.IsRef, PinReport: *pinned.report, Unread: len(t.Unread()), Warnings: t.Warnings}
	r.Tree, r.TreeBytes = pathJSON(t.Name)
	if r.Unread > 0 {
		first := t.Unread()[0]
		r.Warnings = append(r.Warnings, Warning{"unread", fmt.Sprintf("what could not be read: %s, the first is %s: %s", count(r.Unread, "path"), ShowPath(first.Path), first.Reason)})
	}
	return r, nil
}

// pinnedTree is a tree with its pin.
type pinnedTree struct {
	tree   *openedTree
	index  *upstream.Index
	cutOff bool // the index ends where a shallow clone does
	report *PinReport
	commit upstream.Commit // of the pin
}

// close gives back the memory of the index. It may be called several times.
func (p *pinnedTree) close() {
	if p.index != nil {
		_ = p.index.Close() // it was only read
	}
}

// pinTree opens the tree that arg means and finds its pin. The files that
// upstream knows the paths of are hashed then. Whoever gets the tree closes it.
func (s *Site) pinTree(ctx context.Context, arg string, options treeOptions, progress func(done, total int)) (*pinnedTree, error) {
	p := &pinnedTree{}
	var indexErr, treeErr error
	var both crew.Group // one waits for the disk, the other computes
	both.Go(func() { p.index, indexErr = s.openIndex(ctx, progress) })
	p.tree, treeErr = s.openTree(ctx, arg, options)
	if treeErr == nil && options.Opened != nil {
		options.Opened(p.tree)
	}
	both.Wait()
	err := cmp.Or(treeErr, indexErr) // what the user typed comes first
	if err == nil {
		err = s.pinOpened(ctx, p)
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// pinOpened finds the pin of a tree that is open, as is the index.
func (s *Site) pinOpened(ctx context.Context, p *pinnedTree) error {
	if err := p.checkRoot(); err != nil {
		return err
	}
	if reason := p.index.Unsaved(); reason != nil {
		p.tree.warn("index-unsaved", "the index of upstream's history could not be kept, so the next command builds it again: "+reason.Error())
	}
	var err error
	if p.cutOff, err = s.isCutOff(p.index); err != nil {
		return err
	}
	if p.cutOff {
		p.tree.warn("shallow", "this clone is shallow and has only "+count(p.index.Len(), "commit")+" of Moodle's own history: what the tree was made from may not be among them (git fetch --unshallow gets the rest)")
	}
	knows := p.index.PathFinder()
	if err := p.tree.Hash(ctx, func(f live.File) bool { return knows(f.Path) }); err != nil {
		return err
	}
	found, err := s.findPin(ctx, p)
	if err != nil {
		return err
	}
	p.commit = found.Commit
	p.report = s.reportPin(p.index, found)
	return nil
}

func (s *Site) findPin(ctx context.Context, p *pinnedTree) (*pin.Pin, error) {
	t := p.tree
	history, err := s.historyOf(ctx, p.index, t)
	if err != nil {
		return nil, err
	}
	request := pin.Request{
		Index: p.index, Repo: s.Repo, History: history, Tags: s.refs.tagOf, CutOff: p.cutOff,
		Normalised: t.normalised,
		Files: func(yield func(string, git.ID) bool) {
			for _, f := range t.Files() {
				// A file that could not be read is there, with a content nobody knows.
				if (f.ID != git.ZeroID || p.index.HasPath(f.Path)) && !yield(f.Path, f.ID) {
					return
				}
			}
		},
	}
	request.Version, request.Unreadable = t.readVersion()
	// What githash.php would say is lost with it; that it is there says nothing.
	request.Githash, _ = t.Read("githash.php", smallFile)
	found, err := pin.Find(ctx, request)
	if errors.Is(err, pin.ErrNotMoodle) {
		return nil, &NotMoodleError{t.Name, t.whyNotMoodle(err)}
	}
	return found, err
}

// smallFile is more than any version.php or githash.php holds.
const smallFile = 1 << 20

// readVersion reads version.php of core, or says why it cannot be read. Since 5.1
// it is below public/; a file in the root beside that one is a leftover.
func (t *openedTree) readVersion() (data []byte, problem string) {
	for _, path := range []string{"public/version.php", "version.php"} {
		data, err := t.Read(path, smallFile)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case errors.Is(err, live.ErrNotRegular):
			return nil, "it is a link"
		case errors.Is(err, live.ErrTooBig):
			return nil, "it is too large"
		case errors.Is(err, live.ErrChanged):
			return nil, "it changed meanwhile"
		case err != nil:
			return nil, err.Error()
		}
		if data == nil {
			data = []byte{}
		}
		return data, ""
	}
	return nil, ""
}

// reportPin puts a pin into words.
func (s *Site) reportPin(index *upstream.Index, found *pin.Pin) *PinReport {
	id := index.ID(found.Commit)
	r := &PinReport{
		Commit: ID(id), Tag: s.refs.tagOf[id], Describe: describe(index, found.Commit, s.refs.tagOf),
		Confidence: string(found.Confidence), Evidence: string(found.Evidence),
		Differing: found.Differing, Compared: found.Compared,
		Candidates: s.reportCandidates(index, found.Candidates),
		Disagrees:  make([]PinDoubt, len(found.Disagrees)),
		Mixed:      s.reportCandidates(index, found.Mixed),
	}
	if b, ok := index.Build(found.Commit); ok {
		r.Release, r.Version, r.Branch = b.Release, b.Version.Version, b.Branch
		if series, err := b.Series(); err == nil {
			r.Series = series.String()
		}
		if release, err := moodle.ParseRelease(b.Release); err == nil {
			r.Build = release.Build
		}
	}
	for i, d := range found.Disagrees {
		r.Disagrees[i] = PinDoubt{d.ID, d.Text}
	}
	if c := found.Claims; c != nil {
		r.Claims = &PinClaims{
			Release: validText(c.Release), Local: validText(strings.TrimSpace(c.Local)),
			Version: c.Version.Version, Branch: c.Branch, Githash: c.Githash,
		}
	}
	return r
}

func (s *Site) reportCandidates(index *upstream.Index, found []pin.Candidate) []PinCandidate {
	all := make([]PinCandidate, len(found))
	for i, c := range found {
		id := index.ID(c.Commit)
		b, _ := index.Build(c.Commit)
		all[i] = PinCandidate{Commit: ID(id), Tag: s.refs.tagOf[id], Release: b.Release, Differing: c.Differing, Files: c.Files}
	}
	return all
}

// validText is text out of a file, fit for JSON.
func validText(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }
