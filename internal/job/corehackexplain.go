package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

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
		ModeChanged: f.ModeChanged, Hunks: []FindingHunk{},
	}
	pieces, pristine, tree, err := q.pieces(ctx, f)
	if err != nil {
		return r, nil, fmt.Errorf("explain %s: %w", ShowPath(f.Path), err)
	}
	r.Binary = hunk.IsBinary(pristine) || hunk.IsBinary(tree)
	whole, each := fingerprints(f.Path, r.Class, pieces, pristine, tree)
	if !hasLinesIn(pieces) { // then what tells contents apart is the contents themselves
		whole = contentFingerprint(f.Path, r.Class, q.sides(f)...)
		each = slices.Repeat([]string{whole}, len(pieces))
	}
	r.Fingerprint, r.Decision = whole, q.decisions.of(whole)
	for i, p := range pieces {
		h := q.describePiece(p)
		h.Fingerprint, h.Decision = each[i], q.decisions.of(each[i])
		if isQuotable(f) {
			h.Marker = q.marker(p)
			if q.request.Lines {
				h.Removed, h.Added = showLines(p.Old), showLines(p.New)
			}
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

func hasLinesIn(pieces []hunk.Piece) bool {
	return slices.ContainsFunc(pieces, func(p hunk.Piece) bool { return len(p.Old)+len(p.New) > 0 })
}

// sides are what the contents of a finding without lines are told apart by; "" for
// a content that was not read.
func (q *inquiry) sides(f corehack.Finding) []string {
	if f.Folder {
		return q.heap(f)
	}
	var all []string
	for _, side := range []corehack.Side{f.Pristine, f.Live} {
		switch {
		case side.Mode == 0:
			all = append(all, "nothing")
		case side.ID == git.ZeroID:
			all = append(all, "")
		default:
			all = append(all, side.Mode.String()+" "+side.ID.String())
		}
	}
	return all
}

// heap lists the files of a folder that is a finding as a whole, with what tells
// their contents apart: the id, or the size where the file was not read.
func (q *inquiry) heap(f corehack.Finding) []string {
	sides := []string{"folder"}
	if f.Class == corehack.Missing {
		for _, name := range sortedNames(q.pristine) {
			if strings.HasPrefix(name, f.Path+"/") {
				sides = append(sides, name, q.pristine[name].ID.String())
			}
		}
		return sides
	}
	for _, listed := range q.result.Below(f) {
		file, _ := q.tree.File(listed.Path)
		content := strconv.FormatInt(file.Size, 10)
		if file.ID != git.ZeroID {
			content = file.ID.String()
		}
		sides = append(sides, file.Path, content)
	}
	return sides
}

// isQuotable reports whether the lines of a file may be shown: what upstream and
// the branches know is no secret, anything else may be.
func isQuotable(f corehack.Finding) bool { return f.Class == corehack.Modified && !f.Secret }

// pieces splits a difference by who made it, and returns the two contents where it
// had to read them. Classes that are explained by what they are have no pieces, or
// one without lines for the branch that has that content.
func (q *inquiry) pieces(ctx context.Context, f corehack.Finding) (pieces []hunk.Piece, pristine, tree []byte, err error) {
	if f.Folder {
		return q.wholeFolder(f), nil, nil, nil
	}
	switch f.Class {
	case corehack.Modified, corehack.Missing, corehack.Unknown:
	default:
		if by := q.claims.bringing(f.Path, f.Live.ID); by != "" {
			return []hunk.Piece{{By: by}}, nil, nil, nil
		}
		return nil, nil, nil, nil
	}
	pristine, tree, err = q.contents(ctx, f)
	if errors.Is(err, errUnreadable) {
		return []hunk.Piece{{}}, nil, nil, nil // one hunk without lines, which nobody explains
	}
	if err != nil {
		return nil, nil, nil, err
	}
	pieces, err = q.claims.attribute(ctx, f.Path, pristine, tree)
	return pieces, pristine, tree, err
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

// wholeFolder explains a folder that is a finding as a whole: one piece for each
// branch that removes or brings files there, and one for what none does. What is no
// part of Moodle needs no explanation.
func (q *inquiry) wholeFolder(f corehack.Finding) []hunk.Piece {
	byBranch := make(map[string]bool)
	switch f.Class {
	case corehack.Missing:
		for name := range q.pristine {
			if strings.HasPrefix(name, f.Path+"/") {
				byBranch[q.claims.removing(name)] = true
			}
		}
	case corehack.Unknown:
		for _, listed := range q.result.Below(f) {
			file, _ := q.tree.File(listed.Path)
			byBranch[q.claims.bringing(file.Path, file.ID)] = true
		}
	}
	var pieces []hunk.Piece
	for _, name := range sortedNames(byBranch) {
		pieces = append(pieces, hunk.Piece{By: name})
	}
	return pieces
}

func (q *inquiry) describePiece(p hunk.Piece) FindingHunk {
	h := FindingHunk{Start: p.NewStart, Lines: len(p.New), BaseStart: p.OldStart, BaseLines: len(p.Old)}
	target := q.claims.target()
	switch {
	case p.By == "":
	case p.By == target:
		h.Note = "committed on " + target + " itself"
	default:
		h.Branch = &p.By
		if target != "" && !q.claims.isMerged(p.By) {
			h.Note = "not in " + target + " yet: the next deployment loses it"
		}
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
var mdlNumber = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\bMDL-[0-9]+\b`) })

// showLines are lines of a file as they are shown. They are copies, since lines share the memory of their file,
// and a report outlives the files that it read.
func showLines(lines []string) []string {
	shown := make([]string, len(lines))
	for i, line := range lines {
		shown[i] = strings.Clone(strings.ToValidUTF8(strings.TrimRight(line, "\r\n"), "\uFFFD"))
	}
	return shown
}

// severityOf ranks a finding by what it may mean for the site. A file that a branch
// brings and somebody has changed is no stranger.
func severityOf(f corehack.Finding, r Finding) string {
	isKnown := r.Unexplained < len(r.Hunks)
	switch f.Class {
	case corehack.Unknown:
		switch {
		case !r.Orphan:
			return SeverityInfo
		case f.Code && !isKnown:
			return SeverityCritical
		}
		return SeverityMajor
	case corehack.Modified, corehack.Missing:
		if r.Orphan {
			return SeverityMajor
		}
	case corehack.Stale, corehack.Backport:
		return SeverityMinor
	case corehack.Foreign:
		if f.Secret {
			return SeverityMajor
		}
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

// nameOrigins says of stale and backported contents which commit they come from,
// and the first build that has it.
func (q *inquiry) nameOrigins(ctx context.Context, r *CorehackReport) error {
	at := make(map[string]int) // among commits, by path
	var commits []upstream.Commit
	var ids []git.ID
	for _, f := range q.result.Findings {
		if f.Origin == upstream.None {
			continue
		}
		i := slices.Index(commits, f.Origin)
		if i < 0 {
			i = len(commits)
			commits = append(commits, f.Origin)
			ids = append(ids, q.index.ID(f.Origin))
		}
		at[f.Path] = i
	}
	messages, err := q.site.Repo.Store().Commits(ctx, ids)
	if err != nil {
		return fmt.Errorf("read the commits that contents come from: %w", err)
	}
	builds := q.index.FirstBuilds(commits)
	for i := range r.Findings {
		f := &r.Findings[i]
		n, ok := at[f.Raw]
		if !ok {
			continue
		}
		subject, _, _ := strings.Cut(messages[n].Message, "\n")
		f.Upstream = &UpstreamOrigin{Commit: ID(ids[n]), Subject: validText(subject), MDL: mdlNumber().FindString(messages[n].Message)}
		if builds[n] == upstream.None {
			continue // it is newer than the last build
		}
		b, _ := q.index.Build(builds[n])
		f.Upstream.Release = b.Release
	}
	return nil
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
