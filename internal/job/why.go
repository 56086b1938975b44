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
	Path string          // relative to the tree
	Line int             // 0: the whole file
}

// The words for who brought a line.
const (
	ByUpstream = "upstream"
	ByBranch   = "branch"
	ByTarget   = "target" // committed or resolved on the deployment target itself
	ByPlugin   = "plugin" // of an additional plugin that no branch brings
	ByNobody   = "nobody"
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
	Start    int           `json:"start"` // first line in the tree
	Lines    int           `json:"lines"` // 0: lines were removed before start
	Removed  int           `json:"removed"`
	By       string        `json:"by"` // upstream, branch, target, plugin or nobody
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
	w := &whyInquiry{inquiry: q, name: strings.TrimSuffix(strings.TrimPrefix(request.Path, "./"), "/"), line: request.Line}
	r := &WhyReport{
		Tree: q.tree.Name, Place: At(w.name), Line: request.Line, Component: q.componentOf(w.name),
		Base:  WhyBase{Commit{q.pin.Tag, q.pin.Commit}, q.pin.Release, q.pin.Confidence},
		Parts: []WhyPart{}, Warnings: slices.Concat(q.tree.Warnings, q.warnings),
	}
	if err := w.read(ctx); err != nil {
		return nil, err
	}
	return r, w.answer(ctx, r)
}

// whyInquiry is the question about one file.
type whyInquiry struct {
	*inquiry
	name     string
	line     int
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
	file, inTree := w.tree.File(w.name)
	pristine, inPin := w.inquiry.pristine[w.name]
	if !inTree && !inPin && (w.finding == nil || w.finding.Path != w.name) {
		return &UsageError{Text: fmt.Sprintf("%s has no file %s, and neither has its pin", w.tree.Name, ShowPath(w.name)), Hint: "paths are relative to the tree"}
	}
	var err error
	if inPin && isRegular(pristine.Mode) {
		if w.pristine, err = w.claims.content(ctx, git.TreeEntry{Mode: pristine.Mode, ID: pristine.ID}); err != nil {
			return err
		}
	}
	if inTree && isRegular(file.Mode) {
		data, err := w.tree.Read(w.name, maxContent)
		switch {
		case err == nil:
			w.content = append([]byte{}, data...)
		case !errors.Is(err, live.ErrTooBig) && !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	if lines := countLines(w.content); w.line > lines {
		return &UsageError{Text: fmt.Sprintf("%s has no line %d", ShowPath(w.name), w.line), Hint: fmt.Sprintf("it has %d", lines)}
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
	if w.finding != nil {
		r.Class, r.Evidence = string(w.finding.Class), w.finding.Evidence
	}
	pieces, err := w.attribute(ctx)
	if err != nil {
		return err
	}
	_, each := fingerprints(w.name, r.Class, pieces)
	for i, p := range pieces {
		if w.line > 0 && !covers(p, w.line) {
			continue
		}
		part, err := w.part(ctx, p)
		if err != nil {
			return err
		}
		part.Decision = w.decisions.of(each[i])
		r.Parts = append(r.Parts, part)
	}
	if w.line > 0 && len(r.Parts) > 0 || w.inPlugin(r) {
		return nil
	}
	return w.fromUpstream(ctx, r, pieces)
}

func covers(p hunk.Piece, line int) bool {
	return p.NewStart <= line && line < p.NewStart+len(p.New)
}

// attribute splits the file by who changed it.
func (w *whyInquiry) attribute(ctx context.Context) ([]hunk.Piece, error) {
	if w.finding != nil && w.finding.Origin != upstream.None || w.pristine == nil && len(w.changes) == 0 && w.finding == nil {
		return nil, nil // upstream's, or a plugin's
	}
	changes, err := w.withTarget(ctx, w.name, w.pristine, w.changes)
	if err != nil {
		return nil, err
	}
	return hunk.Attribute(w.pristine, w.content, changes), nil
}

// inPlugin answers for files of additional plugins that no branch brings.
func (w *whyInquiry) inPlugin(r *WhyReport) bool {
	if w.finding != nil || w.pristine != nil || len(r.Parts) > 0 {
		return len(r.Parts) > 0 && w.pristine == nil
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
	return true
}

func (w *whyInquiry) part(ctx context.Context, p hunk.Piece) (WhyPart, error) {
	part := WhyPart{Start: p.NewStart, Lines: len(p.New), Removed: len(p.Old), By: ByBranch, Branch: p.By}
	if w.finding != nil && isQuotable(*w.finding) {
		part.Marker = w.marker(p)
	}
	switch p.By {
	case "":
		part.By = ByNobody
		return part, nil
	case w.claims.target():
		part.By = ByTarget
		return part, nil
	}
	if n, err := w.site.Scheme.Parse(p.By); err == nil {
		part.Record = w.site.record(n.Key())
	}
	at := 0
	if w.line > 0 {
		at = w.line - p.NewStart
	}
	i := slices.IndexFunc(w.changes, func(c hunk.Change) bool { return c.Name == p.By })
	id, err := w.claims.commitOf(ctx, w.name, w.changes[i], p, at)
	if err != nil || id == git.ZeroID {
		return part, err
	}
	part.Commit, err = w.describe(ctx, id)
	return part, err
}

// fromUpstream names the commit of upstream that brought the line, or that changed
// the file last.
func (w *whyInquiry) fromUpstream(ctx context.Context, r *WhyReport, pieces []hunk.Piece) error {
	if w.finding != nil && w.finding.Origin != upstream.None {
		var err error
		r.Upstream, err = w.describe(ctx, w.index.ID(w.finding.Origin))
		return err
	}
	if w.pristine == nil {
		return nil
	}
	commit := git.ID(w.pin.Commit)
	if w.line == 0 {
		id, err := w.claims.lastChange(ctx, commit, w.name)
		if err != nil || id == git.ZeroID {
			return err
		}
		r.Upstream, err = w.describe(ctx, id)
		return err
	}
	line := w.line
	for _, p := range pieces { // before it, the tree has lines more or fewer
		if p.NewStart <= w.line {
			line += len(p.Old) - len(p.New)
		}
	}
	id, err := w.claims.blame(ctx, commit.String(), w.name, line)
	if err != nil {
		return err
	}
	r.Parts = append(r.Parts, WhyPart{Start: w.line, Lines: 1, By: ByUpstream})
	r.Upstream, err = w.describe(ctx, id)
	return err
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
	r := &WhyCommit{Commit: d.Commit, Author: d.Author, Date: d.Date, Subject: d.Subject, MDL: mdlNumber.FindString(c.Message)}
	if n, ok := w.index.Find(id); ok {
		if b, ok := w.index.Build(n); ok {
			r.Release = b.Release
		}
	}
	return r, nil
}
