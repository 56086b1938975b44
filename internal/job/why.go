package job

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"mgit/internal/corehack"
	"mgit/internal/git"
	"mgit/internal/hunk"
	"mgit/internal/live"
	"mgit/internal/upstream"
)

// WhyRequest asks where a file, or one line of it, comes from.
type WhyRequest struct {
	Tree CorehackRequest // where the file is
	// Path is relative to the tree, or leads into it, as it is or as reports show
	// it. It may end in :LINE.
	Path string
	Line int // 0: the whole file, or the line in Path
}

// The words for who brought a line.
const (
	ByUpstream = "upstream"
	ByBranch   = "branch"
	ByTarget   = "target" // committed or resolved on the deployment target itself
	ByPlugin   = "plugin" // of an additional plugin that no branch brings
	ByNobody   = "nobody"
	ByLacking  = "lacking" // of a branch, and on the deployment target, and not in the tree
)

// WhyReport says which branch, commit, ticket and reason put a file or line there.
type WhyReport struct {
	Tree string `json:"tree"`
	Place
	Line      int        `json:"line"` // 0: the whole file
	Component string     `json:"component"`
	Base      WhyBase    `json:"base"`
	Class     string     `json:"class"` // as in corehack-report; "" where the file is as upstream has it, or not core
	Evidence  string     `json:"evidence"`
	Decision  *Decision  `json:"decision"` // on the file as a whole
	Parts     []WhyPart  `json:"parts"`    // of the file, in its order
	Upstream  *WhyCommit `json:"upstream"` // the commit of upstream that last changed the file or line, null when there is none
	Warnings  []Warning  `json:"-"`
}

// WhyBase is the pin of the tree.
type WhyBase struct {
	Commit
	Release    string `json:"release"`
	Confidence string `json:"confidence"`
}

// WhyPart is a run of lines that have one origin.
type WhyPart struct {
	// Start is the first line in the tree, of what is lacking that in the branch's
	// file; 0 where there are no lines to tell.
	Start    int           `json:"start"`
	Lines    int           `json:"lines"`   // 0: lines were removed before start
	Removed  int           `json:"removed"` // of what is lacking, those that the branch removes
	By       string        `json:"by"`      // upstream, branch, target, plugin, nobody or lacking
	Branch   string        `json:"branch"`
	Record   *BranchRecord `json:"record"`
	Commit   *WhyCommit    `json:"commit"` // of the branch; null when that is not known
	Marker   *Marker       `json:"marker"`
	Decision *Decision     `json:"decision"`
}

// WhyCommit is the commit that brought a line.
type WhyCommit struct {
	Commit  ID        `json:"commit"`
	Release string    `json:"release"` // of upstream: the build that it belongs to
	MDL     string    `json:"mdl"`
	Author  string    `json:"author"`
	Date    time.Time `json:"date"`
	Subject string    `json:"subject"`
}

// Why says where a file or a line of it comes from. The error is a *UsageError for
// a file or line that is not there.
func Why(ctx context.Context, site *Site, request WhyRequest) (*WhyReport, error) {
	q, err := site.inquire(ctx, request.Tree)
	if err != nil {
		return nil, err
	}
	defer q.close()
	w := &whyInquiry{inquiry: q}
	if err := w.locate(request); err != nil {
		return nil, err
	}
	if err := w.read(ctx); err != nil {
		return nil, err
	}
	r := &WhyReport{
		Tree: q.tree.Name, Place: At(w.name), Line: w.line, Component: q.componentOf(w.name),
		Base:  WhyBase{Commit{q.pin.Tag, q.pin.Commit}, q.pin.Release, q.pin.Confidence},
		Parts: []WhyPart{}, Warnings: slices.Concat(q.tree.Warnings, q.warnings),
	}
	if site.Scheme == nil {
		r.Warnings = append(r.Warnings, Warning{ID: "not-set-up", Text: "this clone is not set up for mgit, so no branch explains anything; `mgit init` does that"})
	}
	return r, w.answer(ctx, r)
}

// whyInquiry is the question about one file.
type whyInquiry struct {
	*inquiry
	name     string
	line     int
	inTree   bool
	inPin    bool
	finding  *corehack.Finding // nil: as upstream has it, or not core
	pristine []byte            // nil: the pin has no such file
	content  []byte            // nil: the tree has no such file
	changes  []hunk.Change
}

// read reads both sides of the file and what branches do to it.
func (w *whyInquiry) read(ctx context.Context) error {
	i := slices.IndexFunc(w.result.Findings, func(f corehack.Finding) bool {
		return f.Path == w.name || f.Folder && strings.HasPrefix(w.name, f.Path+"/")
	})
	if i >= 0 {
		w.finding = &w.result.Findings[i]
	}
	var file live.File
	var pristine corehack.File
	file, w.inTree = w.tree.File(w.name)
	pristine, w.inPin = w.inquiry.pristine[w.name]
	var err error
	if w.inPin && isRegular(pristine.Mode) {
		if w.pristine, err = w.claims.content(ctx, git.TreeEntry{Mode: pristine.Mode, ID: pristine.ID}); err != nil {
			return err
		}
	}
	if w.inTree && isRegular(file.Mode) {
		data, err := w.tree.Read(w.name, maxContent)
		switch {
		case err == nil:
			w.content = append([]byte{}, data...)
		case !errors.Is(err, live.ErrTooBig) && !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	w.changes, err = w.claims.changes(ctx, w.name)
	return err
}

func countLines(data []byte) int {
	n := strings.Count(string(data), "\n")
	if len(data) > 0 && data[len(data)-1] != '\n' {
		n++
	}
	return n
}

func (w *whyInquiry) answer(ctx context.Context, r *WhyReport) error {
	pieces, decisions, err := w.pieces(ctx, r)
	if err != nil {
		return err
	}
	isChanged := false // the line itself, not only what was before it
	for i, p := range pieces {
		if w.line > 0 && !isAt(p, w.line) {
			continue
		}
		part, err := w.part(ctx, p)
		if err != nil {
			return err
		}
		part.Decision = decisions[i]
		r.Parts = append(r.Parts, part)
		isChanged = isChanged || w.line < p.NewStart+len(p.New)
	}
	if lines := countLines(w.content); w.line > lines && len(r.Parts) == 0 {
		return &UsageError{Text: fmt.Sprintf("%s has no line %d", ShowPath(w.name), w.line), Hint: fmt.Sprintf("it has %d", lines)}
	}
	if w.line == 0 {
		if err := w.addLacking(ctx, r); err != nil {
			return err
		}
	}
	switch {
	case w.finding == nil && !w.inPin:
		return w.notCore(r)
	case w.line > countLines(w.content), isChanged && w.line > 0 && !w.isUpstreams():
		return nil
	}
	return w.fromUpstream(ctx, r, pieces, isChanged)
}

// isAt reports whether a piece is at a line of the tree, by the rule for decisions: a
// removal is at the line before which it was. One without lines is everywhere.
func isAt(p hunk.Piece, line int) bool {
	h := FindingHunk{Start: p.NewStart, Lines: len(p.New)}
	return len(p.New)+len(p.Old) == 0 || h.covers(line)
}

// isUpstreams reports whether the file is as upstream has it in another version.
func (w *whyInquiry) isUpstreams() bool { return w.finding != nil && w.finding.Origin != upstream.None }

// pieces splits the file by who changed it, as the report does, with what was decided
// on each piece.
func (w *whyInquiry) pieces(ctx context.Context, r *WhyReport) ([]hunk.Piece, []*Decision, error) {
	var f Finding
	var pieces []hunk.Piece
	var err error
	if w.finding != nil {
		if f, pieces, err = w.explained(ctx, *w.finding); err != nil {
			return nil, nil, err
		}
		r.Class, r.Evidence, r.Decision = f.Class, f.Evidence, f.Decision
	}
	if w.finding == nil || w.finding.Path != w.name {
		if pieces, err = w.claims.attribute(ctx, w.name, w.pristine, w.content); err != nil {
			return nil, nil, err
		}
		if w.finding == nil && !w.inPin && !slices.ContainsFunc(pieces, func(p hunk.Piece) bool { return p.By != "" }) {
			pieces = nil // nobody has to explain what is not core
		}
		return pieces, make([]*Decision, len(pieces)), nil
	}
	decisions := make([]*Decision, len(pieces))
	for i, h := range f.Hunks {
		decisions[i] = h.Decision
	}
	if split := w.split(f.Class, pieces); len(split) > 0 {
		return split, slices.Repeat(decisions, len(split)), nil
	}
	return pieces, decisions, nil
}

// split says which lines a branch changed that brings another version of the file,
// which the report explains as a whole.
func (w *whyInquiry) split(class string, pieces []hunk.Piece) []hunk.Piece {
	if len(pieces) != 1 || slices.Contains([]string{ClassModified, ClassMissing, ClassUnknown}, class) || hunk.IsBinary(w.pristine) || hunk.IsBinary(w.content) {
		return nil
	}
	var split []hunk.Piece
	for _, h := range hunk.Diff(w.pristine, w.content) {
		split = append(split, hunk.Piece{Hunk: h, By: pieces[0].By})
	}
	return split
}

// notCore answers for files of additional plugins that no branch brings.
func (w *whyInquiry) notCore(r *WhyReport) error {
	switch {
	case len(r.Parts) > 0:
		return nil
	case !w.inTree:
		return w.notThere(w.name)
	}
	part := WhyPart{Start: 1, Lines: countLines(w.content), By: ByNobody}
	for _, p := range w.result.Plugins {
		if strings.HasPrefix(w.name, p.Path+"/") {
			part.By, r.Component = ByPlugin, p.Component.String()
			r.Evidence = "a file of the plugin " + p.Component.String() + ", which no branch brings"
		}
	}
	if part.By == ByNobody {
		r.Evidence = "a file that every site has of its own"
	}
	r.Parts = append(r.Parts, part)
	return nil
}

// fromUpstream names the commit of upstream that brought the line, or that changed
// the file last. A line that somebody changed is only upstream's where the whole file
// is.
func (w *whyInquiry) fromUpstream(ctx context.Context, r *WhyReport, pieces []hunk.Piece, isChanged bool) error {
	commit, line := git.ID(w.pin.Commit), w.line
	var id git.ID
	var err error
	switch {
	case w.isUpstreams():
		id = w.index.ID(w.finding.Origin)
		commit = id
	case !w.inPin:
		return nil
	case w.line == 0:
		id, err = w.claims.lastChange(ctx, commit, w.name)
	default:
		line = min(oldLine(w.hunks(pieces), w.line), countLines(w.pristine)) // white space may make more lines
	}
	if w.line > 0 && line == 0 {
		return nil
	}
	if w.line > 0 {
		var all []blamed
		if all, err = w.claims.blame(ctx, commit.String(), w.name, lines{line, line + 1}); err == nil {
			id = all[0].id
		}
		if !isChanged {
			r.Parts = append(r.Parts, WhyPart{Start: w.line, Lines: 1, By: ByUpstream})
		}
	}
	if err != nil || id == git.ZeroID {
		return err
	}
	r.Upstream, err = w.describe(ctx, id)
	return err
}

// hunks are the differences between the pristine file and that of the tree.
func (w *whyInquiry) hunks(pieces []hunk.Piece) []hunk.Hunk {
	var hunks []hunk.Hunk
	for _, p := range pieces {
		if len(p.Old)+len(p.New) > 0 {
			hunks = append(hunks, p.Hunk)
		}
	}
	if len(hunks) > 0 {
		return hunks
	}
	return hunk.Diff(withLF(w.pristine), withLF(w.content)) // white space, which is nobody's change
}

// describe says what there is to know about a commit.
func (w *whyInquiry) describe(ctx context.Context, id git.ID) (*WhyCommit, error) {
	c, err := w.site.Repo.Store().Commit(ctx, id)
	if err != nil {
		return nil, err
	}
	described, err := w.site.ownCommits(ctx, []*git.Commit{c})
	if err != nil {
		return nil, err
	}
	d := described[0]
	r := &WhyCommit{Commit: d.Commit, Author: d.Author, Date: d.Date, Subject: d.Subject, MDL: mdlNumber().FindString(c.Message)}
	if n, ok := w.index.Find(id); ok {
		if b, ok := w.index.Build(n); ok {
			r.Release = b.Release
		}
	}
	return r, nil
}
