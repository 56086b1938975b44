package job

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"mgit/internal/corehack"
	"mgit/internal/git"
	"mgit/internal/hunk"
	"mgit/internal/live"
	"mgit/internal/upstream"
)

// maxContent bounds how much of a file is read to explain it line by line.
const maxContent = 16 << 20

// explain says of one difference which branches made it, and what is left.
func (q *inquiry) explain(ctx context.Context, f corehack.Finding) (Finding, error) {
	r, _, err := q.explained(ctx, f)
	return r, err
}

// explained is explain with the pieces, one for each hunk.
func (q *inquiry) explained(ctx context.Context, f corehack.Finding) (Finding, []hunk.Piece, error) {
	r := Finding{
		Place: At(f.Path), Component: f.Component.String(), Class: string(f.Class), Files: max(1, f.Files), Evidence: f.Evidence,
		Hunks: []FindingHunk{},
	}
	pieces, err := q.pieces(ctx, f, &r)
	if err != nil {
		return r, nil, fmt.Errorf("explain %s: %w", ShowPath(f.Path), err)
	}
	marks := f.Class == corehack.Modified
	whole, each := fingerprints(f.Path, r.Class, pieces)
	if len(pieces) == 0 {
		whole, _ = fingerprints(f.Path, r.Class+" "+f.Live.ID.String(), nil)
	}
	r.Fingerprint, r.Decision = whole, q.decisions.of(whole)
	for i, p := range pieces {
		h := describePiece(p, q.claims.target())
		h.Fingerprint, h.Decision = each[i], q.decisions.of(each[i])
		if marks {
			h.Marker = q.marker(p)
		}
		if q.request.Lines && isQuotable(f) {
			h.Removed, h.Added = showLines(p.Old), showLines(p.New)
		}
		if h.Branch == nil {
			r.Unexplained++
		}
		r.Added += len(p.New)
		r.Removed += len(p.Old)
		r.Hunks = append(r.Hunks, h)
	}
	r.Orphan = r.Unexplained > 0
	r.Severity = severityOf(f, r)
	return r, pieces, nil
}

// isQuotable reports whether the lines of a file may be shown: what upstream and
// the branches know is no secret, anything else may be.
func isQuotable(f corehack.Finding) bool { return f.Class == corehack.Modified && !f.Secret }

// pieces splits a difference by who made it. Classes that are explained by what
// they are have none, or one without lines for the branch that has that content.
func (q *inquiry) pieces(ctx context.Context, f corehack.Finding, r *Finding) ([]hunk.Piece, error) {
	if f.Folder {
		return q.wholeFolder(f), nil
	}
	switch f.Class {
	case corehack.Modified, corehack.Missing, corehack.Unknown:
	default:
		if by := q.claims.bringing(f.Path, f.Live.ID); by != "" {
			return []hunk.Piece{{By: by}}, nil
		}
		return nil, nil
	}
	pristine, tree, err := q.contents(ctx, f)
	if errors.Is(err, errUnreadable) {
		return []hunk.Piece{{}}, nil // one hunk without lines, which nobody explains
	}
	if err != nil {
		return nil, err
	}
	r.Binary = isBinary(pristine) || isBinary(tree)
	changes, err := q.claims.changes(ctx, f.Path)
	if err != nil {
		return nil, err
	}
	if changes, err = q.withTarget(ctx, f.Path, pristine, changes); err != nil {
		return nil, err
	}
	return hunk.Attribute(pristine, tree, changes), nil
}

// withTarget adds the deployment target as the last one that may have made a
// change: what was resolved or committed there is no branch's, and worth knowing.
func (q *inquiry) withTarget(ctx context.Context, name string, pristine []byte, changes []hunk.Change) ([]hunk.Change, error) {
	if q.claims.target() == "" {
		return changes, nil
	}
	file, err := q.claims.targetFile(ctx, name)
	if err != nil {
		return nil, err
	}
	return append(changes, hunk.Change{Name: q.claims.target(), Base: pristine, Tip: file}), nil
}

// errUnreadable says that a content is not there to be compared line by line: too
// large, a link, or gone meanwhile.
var errUnreadable = errors.New("the content cannot be compared")

// contents reads both sides of a difference; nil is no file.
func (q *inquiry) contents(ctx context.Context, f corehack.Finding) (pristine, tree []byte, err error) {
	if f.Pristine.Mode != 0 {
		if !isRegular(f.Pristine.Mode) {
			return nil, nil, errUnreadable
		}
		if pristine, err = q.site.Repo.Store().Blob(ctx, f.Pristine.ID); err != nil {
			return nil, nil, err
		}
		pristine = append([]byte{}, pristine...) // an empty file is not no file
	}
	if f.Live.Mode == 0 {
		return pristine, nil, nil
	}
	if !isRegular(f.Live.Mode) {
		return nil, nil, errUnreadable
	}
	if tree, err = q.tree.Read(f.Path, maxContent); err != nil {
		return nil, nil, errUnreadable
	}
	return pristine, append([]byte{}, tree...), nil
}

func isRegular(m git.Mode) bool { return m == git.ModeFile || m == git.ModeExec }

// isBinary is Git's own rule: a NUL among the first 8000 bytes.
func isBinary(data []byte) bool { return bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0 }

// wholeFolder explains a folder that is gone as a whole, or one that Moodle does
// not know: one piece for each branch that removes files there, and one for what
// nobody removes.
func (q *inquiry) wholeFolder(f corehack.Finding) []hunk.Piece {
	if f.Class != corehack.Missing {
		return nil
	}
	byBranch := make(map[string]bool)
	for name := range q.pristine {
		if !strings.HasPrefix(name, f.Path+"/") {
			continue
		}
		byBranch[q.claims.removing(name)] = true
	}
	var pieces []hunk.Piece
	for _, name := range sortedNames(byBranch) {
		pieces = append(pieces, hunk.Piece{By: name})
	}
	return pieces
}

func describePiece(p hunk.Piece, target string) FindingHunk {
	h := FindingHunk{Start: p.NewStart, Lines: len(p.New), BaseStart: p.OldStart, BaseLines: len(p.Old)}
	switch p.By {
	case "":
	case target:
		h.Note = "committed on " + target + " itself"
	default:
		h.Branch = &p.By
	}
	return h
}

// marker finds what a comment on an added line says.
func (q *inquiry) marker(p hunk.Piece) *Marker {
	m, ok := q.markers.Find(p.New)
	if !ok {
		return nil
	}
	return &Marker{Token: validText(m.Token), Text: validText(m.Text), Ticket: m.Ticket, Until: m.Until}
}

// mdlNumber is a number of Moodle's own tracker.
var mdlNumber = regexp.MustCompile(`\bMDL-[0-9]+\b`)

func showLines(lines []string) []string {
	shown := make([]string, len(lines))
	for i, line := range lines {
		shown[i] = strings.ToValidUTF8(strings.TrimRight(line, "\r\n"), "\uFFFD")
	}
	return shown
}

// severityOf ranks a finding by what it may mean for the site.
func severityOf(f corehack.Finding, r Finding) string {
	switch f.Class {
	case corehack.Unknown:
		switch {
		case !r.Orphan:
			return SeverityMinor
		case f.Code:
			return SeverityCritical
		}
		return SeverityMajor
	case corehack.Modified, corehack.Missing:
		if r.Orphan {
			return SeverityMajor
		}
		return SeverityInfo
	case corehack.Stale, corehack.Backport:
		return SeverityMinor
	case corehack.Foreign:
		if f.Code {
			return SeverityMajor
		}
		return SeverityInfo
	}
	return SeverityInfo
}

// compareFindings puts what a person must look at first: code nobody knows, then
// hacks nobody explains, then what is missing, then the rest.
func compareFindings(a, b Finding) int {
	return cmp.Or(
		slices.Index(Severities(), a.Severity)-slices.Index(Severities(), b.Severity),
		slices.Index(Classes(), a.Class)-slices.Index(Classes(), b.Class),
		strings.Compare(a.Component, b.Component),
		strings.Compare(a.Raw, b.Raw),
	)
}

// nameOrigins says of stale and backported contents which commit they come from.
func (q *inquiry) nameOrigins(ctx context.Context, r *CorehackReport) error {
	at := make(map[string]upstream.Commit)
	var ids []git.ID
	for _, f := range q.result.Findings {
		if f.Origin != upstream.None {
			at[f.Path] = f.Origin
			ids = append(ids, q.index.ID(f.Origin))
		}
	}
	commits, err := q.site.Repo.Store().Commits(ctx, ids)
	if err != nil {
		return fmt.Errorf("read the commits that contents come from: %w", err)
	}
	messages := make(map[git.ID]string, len(commits))
	for _, c := range commits {
		messages[c.ID] = c.Message
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		c, ok := at[f.Raw]
		if !ok {
			continue
		}
		f.Upstream = q.origin(c, messages[q.index.ID(c)])
	}
	return nil
}

func (q *inquiry) origin(c upstream.Commit, message string) *UpstreamOrigin {
	subject, _, _ := strings.Cut(message, "\n")
	o := &UpstreamOrigin{Commit: ID(q.index.ID(c)), Subject: strings.ToValidUTF8(subject, "\uFFFD"), MDL: mdlNumber.FindString(message)}
	if b, ok := q.index.Build(c); ok {
		o.Release = b.Release
	}
	return o
}

// listPlugins describes the additional plugins of the tree.
func (q *inquiry) listPlugins(ctx context.Context, r *CorehackReport) {
	for _, p := range q.result.Plugins {
		found := FoundPlugin{
			Component: p.Component.String(), Place: At(p.Path), Version: validText(p.Version.Version), Release: validText(p.Version.Release),
			Requires: validText(p.Version.Requires), Files: p.Files, Problem: p.Problem,
		}
		if by := q.claims.touched(path.Join(p.Path, "version.php")); len(by) > 0 {
			found.Branch = by[0]
		}
		if p.Repository != nil {
			found.Origin = q.pluginOrigin(ctx, *p.Repository)
		}
		r.Plugins = append(r.Plugins, found)
	}
}

func (q *inquiry) pluginOrigin(ctx context.Context, repo live.Repository) *PluginOrigin {
	o := &PluginOrigin{Kind: "clone", Remote: repo.Remote, Commit: ID(repo.Commit), Branch: repo.Branch, Changed: -1, Problem: repo.Problem}
	if repo.Submodule {
		o.Kind = "submodule"
	}
	if repo.Commit == git.ZeroID {
		return o
	}
	changed, err := q.tree.Changes(ctx, repo.Path)
	if err != nil {
		o.Problem = err.Error()
		return o
	}
	o.Changed = changed
	return o
}
