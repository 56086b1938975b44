package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"mgit/internal/corehack"
	"mgit/internal/git"
	"mgit/internal/live"
	"mgit/internal/moodle"
	"mgit/internal/upstream"
)

// CorehackRequest says which tree to look at, and how.
type CorehackRequest struct {
	// Tree is a folder or a ref; "" for the work tree of this clone, with what is
	// not committed.
	Tree string
	// Series is whose branches explain; zero for that of the pin.
	Series moodle.Series
	// Exclude are patterns of paths that are left out, beside those of the settings.
	Exclude []string
	// Baseline is an earlier report in JSON: what it has is counted and not listed.
	Baseline []byte
	// Lines keeps the changed lines in the report.
	Lines    bool
	NoCache  bool   // read every file, whatever is remembered of it
	Jobs     int    // 0: one for each CPU
	Ahead    *Ahead // of the tree, where reading it was begun before; see [ReadAhead]
	Progress func(CorehackProgress)
}

// CorehackProgress is how far a report or a pin is.
type CorehackProgress struct {
	Step string // "index", of which the files are commits, or "files"
	live.Progress
}

// Corehack compares a tree with the upstream build that it was made from and
// explains the differences. It writes nothing but caches.
func Corehack(ctx context.Context, site *Site, request CorehackRequest) (*CorehackReport, error) {
	inquiry, err := site.inquire(ctx, request)
	if err != nil {
		return nil, err
	}
	defer inquiry.close()
	return inquiry.report(ctx)
}

// inquiry is a tree that was compared with its pin. It lives for one operation.
type inquiry struct {
	site    *Site
	request CorehackRequest
	pinned  *pinnedTree
	tree    *openedTree
	index   *upstream.Index
	pin     *PinReport
	commit  upstream.Commit // of the pin
	root    git.ID          // its tree
	series  moodle.Series
	claims  *attribution
	layout  *moodle.Layout // of the pin
	result  *corehack.Result
	// pristine are the pin's files by path.
	pristine  map[string]corehack.File
	decisions Decisions
	markers   *corehack.Markers

	guessed       moodle.Series
	guessedClaims func() (*attribution, error)
	warnings      []Warning
}

// inquire pins a tree, reads what the branches of its series change, and
// compares. The inquiry must be closed.
func (s *Site) inquire(ctx context.Context, request CorehackRequest) (*inquiry, error) {
	words := s.Config.Corehack.Markers
	if s.Config.Customer != "" {
		words = append([]string{s.Config.Customer}, words...)
	}
	q := &inquiry{site: s, request: request, markers: corehack.NewMarkers(words)}
	err := q.read(ctx)
	if q.guessedClaims != nil {
		guessed, _ := q.guessedClaims() // nothing may go on reading behind our back
		if guessed != q.claims {
			guessed.close()
		}
	}
	if err != nil {
		q.close()
		return nil, err
	}
	return q, nil
}

// close gives back the index, which is not asked any more.
func (q *inquiry) close() {
	if q.pinned != nil {
		q.pinned.close()
	}
	q.claims.close()
}

func (q *inquiry) read(ctx context.Context) error {
	if err := q.open(ctx); err != nil {
		return err
	}
	if err := q.chooseSeries(); err != nil {
		return err
	}
	pristine := inBackground(func() ([]corehack.File, error) { return q.site.listPristine(ctx, q.root) })
	var claimsErr, decisionsErr error
	q.claims, claimsErr = q.readClaims(ctx)
	q.decisions, q.warnings, decisionsErr = q.site.readDecisions(ctx)
	files, err := pristine()
	if err := errors.Join(claimsErr, decisionsErr, err); err != nil {
		return err
	}
	return q.compare(ctx, files)
}

// open reads the tree and finds its pin.
func (q *inquiry) open(ctx context.Context) error {
	options := treeOptions{Opened: q.guess(ctx), NoCache: q.request.NoCache, Jobs: q.request.Jobs, Ahead: q.request.Ahead, Progress: q.progress("files")}
	pinned, err := q.site.pinTree(ctx, q.request.Tree, options, func(done, total int) {
		if q.request.Progress != nil {
			q.request.Progress(CorehackProgress{Step: "index", Progress: live.Progress{Files: done, TotalFiles: total}})
		}
	})
	if err != nil {
		return err
	}
	q.pinned = pinned
	q.tree, q.index, q.pin, q.commit = pinned.tree, pinned.index, pinned.report, pinned.commit
	c, err := q.site.Repo.Store().Commit(ctx, git.ID(q.pin.Commit))
	if err != nil {
		return fmt.Errorf("read the pin: %w", err)
	}
	q.root = c.Tree
	return nil
}

func (q *inquiry) progress(step string) func(live.Progress) {
	if q.request.Progress == nil {
		return nil
	}
	return func(p live.Progress) { q.request.Progress(CorehackProgress{Step: step, Progress: p}) }
}

// guess returns what begins to read the branches of a tree's series while its pin
// is looked for: version.php nearly always says the same.
func (q *inquiry) guess(ctx context.Context) func(*openedTree) {
	return func(t *openedTree) {
		series := q.request.Series
		if data, _ := t.readVersion(); series.IsZero() && data != nil {
			if v, err := moodle.ParseVersion(data); err == nil {
				series, _ = v.Series() // none is none
			}
		}
		q.guessed = series
		q.guessedClaims = inBackground(func() (*attribution, error) {
			return q.site.attribution(ctx, series, q.site.releaseLike(ctx, series))
		})
	}
}

// readClaims reads what the branches of the series change, or waits for it.
func (q *inquiry) readClaims(ctx context.Context) (*attribution, error) {
	claims, err := q.guessedClaims()
	if q.guessed == q.series {
		same, likeErr := q.site.isLike(ctx, q.site.releaseLike(ctx, q.series), q.root)
		if same || likeErr != nil {
			return claims, errors.Join(err, likeErr)
		}
	}
	return q.site.attribution(ctx, q.series, q.root)
}

// chooseSeries decides whose branches explain.
func (q *inquiry) chooseSeries() error {
	q.series = q.request.Series
	if !q.series.IsZero() || q.pin.Series == "" {
		return nil
	}
	var err error
	q.series, err = moodle.ParseSeries(q.pin.Series)
	return err
}

// compare classes every difference between the tree and its pin.
func (q *inquiry) compare(ctx context.Context, files []corehack.File) error {
	store := q.site.Repo.Store()
	var err error
	if q.layout, err = moodle.ReadLayout(treeFS{ctx: ctx, store: store, root: q.root}); err != nil {
		return fmt.Errorf("read where %s keeps its components: %w", q.pin.Describe, err)
	}
	q.pristine = make(map[string]corehack.File, len(files))
	for _, f := range files {
		q.pristine[f.Path] = f
	}
	// What the branches touch is compared too, plugins included.
	touched := func(f live.File) bool { return f.ID == git.ZeroID && q.claims.touches(f.Path) }
	if err := q.tree.Hash(ctx, touched); err != nil {
		return err
	}
	q.result, err = corehack.Compare(ctx, corehack.Request{
		Pristine: files,
		Layout:   q.layout,
		Index:    q.index,
		Pin:      q.commit,
		Tree:     q.tree,
		Blob:     store.Blob,
		Rules:    corehack.Rules{Expected: q.site.Config.Corehack.Expected},
		Packaged: !q.tree.IsRef && !q.hasOwnRepository() || q.pin.Claims != nil && q.pin.Claims.Githash != "",
	})
	if err != nil {
		return err
	}
	return q.hashFindings(ctx)
}

// hashFindings gives files that upstream does not know their ids: by these a
// decision about a file without lines knows that it has changed. Uploads and
// archives may be large, and nobody decides about them twice.
func (q *inquiry) hashFindings(ctx context.Context) error {
	wanted := make(map[string]bool)
	for _, f := range q.result.Findings {
		if f.Live.Mode != 0 && f.Live.ID == git.ZeroID && !f.Folder && f.Live.Size <= maxContent {
			wanted[f.Path] = true
		}
		for _, file := range q.result.Below(f) {
			if f.Class == corehack.Unknown && file.Size <= maxContent {
				wanted[file.Path] = true
			}
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	if err := q.tree.Hash(ctx, func(f live.File) bool { return wanted[f.Path] }); err != nil {
		return err
	}
	for i := range q.result.Findings {
		if f := &q.result.Findings[i]; wanted[f.Path] {
			file, _ := q.tree.File(f.Path)
			f.Live.ID = file.ID
		}
	}
	return nil
}

// hasOwnRepository reports whether a live tree is a clone, which has a
// .gitignore; packages have none.
func (q *inquiry) hasOwnRepository() bool {
	return slices.ContainsFunc(q.tree.Repositories(), func(r live.Repository) bool { return r.Path == "" })
}

// listPristine lists the files of a tree of the repository by path.
func (s *Site) listPristine(ctx context.Context, root git.ID) ([]corehack.File, error) {
	var t refTree
	if err := t.list(ctx, s.Repo, root); err != nil {
		return nil, fmt.Errorf("list the pristine files: %w", err)
	}
	files := make([]corehack.File, len(t.files))
	for i, f := range t.files {
		files[i] = corehack.File{Path: f.Path, Mode: f.Mode, ID: f.ID}
	}
	return files, nil
}

// report explains the differences.
func (q *inquiry) report(ctx context.Context) (*CorehackReport, error) {
	r := &CorehackReport{
		Tree: q.tree.Name, IsRef: q.tree.IsRef, When: time.Now().UTC().Truncate(time.Second), Pin: *q.pin,
		Series: q.series.String(), Branches: len(q.claims.branches), Findings: []Finding{}, MissingFromLive: []MissingChange{}, Plugins: []FoundPlugin{}, Unread: []UnreadFile{},
		Warnings: slices.Concat(q.tree.Warnings, q.warnings),
	}
	r.Tree, r.TreeBytes = pathJSON(q.tree.Name)
	if q.site.Scheme == nil {
		r.Warnings = append(r.Warnings, Warning{ID: "not-set-up", Text: "this clone is not set up for mgit, so no branch explains anything; `mgit init` does that"})
	}
	if q.site.Scheme != nil && len(q.claims.branches) == 0 {
		r.Warnings = append(r.Warnings, Warning{ID: "no-branches", Text: fmt.Sprintf("there are no branches of %s, so no branch explains anything", r.Series)})
	}
	for _, problem := range q.result.Problems {
		r.Warnings = append(r.Warnings, Warning{ID: problem.ID, Text: problem.Text})
	}
	hidden, err := newHiding(q.site.Config.Corehack.Exclude, q.request.Exclude, q.request.Baseline)
	if err != nil {
		return nil, err
	}
	for _, f := range q.result.Findings {
		if hidden.excludes(f.Path, f.Folder) {
			r.Excluded++
			continue
		}
		finding, err := q.explain(ctx, f)
		if err != nil {
			return nil, err
		}
		r.Findings = append(r.Findings, finding)
	}
	if err := q.nameOrigins(ctx, r); err != nil {
		return nil, err
	}
	if err := q.findLacking(ctx, r, hidden); err != nil {
		return nil, err
	}
	q.count(r)
	for _, u := range q.result.Unread {
		r.Unread = append(r.Unread, UnreadFile{Place: At(u.Path), Reason: u.Reason, Dir: u.Dir})
	}
	hidden.takeExcluded(r)
	hidden.takeKnown(r)
	q.listPlugins(ctx, r)
	r.sum()
	return r, nil
}

// count takes over what the comparison counted; findings count only where they
// are not excluded.
func (q *inquiry) count(r *CorehackReport) {
	c := q.result.Counts
	r.Counts = CorehackCounts{
		CoreFiles: c.CoreFiles, Identical: c.Identical, PluginFiles: c.PluginFiles, ExpectedFiles: c.ExpectedFiles, Unread: c.Unread,
	}
}

// sum puts the findings in order, counts them by class and component, and counts
// what is undecided.
func (r *CorehackReport) sum() {
	slices.SortStableFunc(r.Findings, compareFindings)
	parts := make(map[string]*ComponentFindings)
	for i := range r.Findings {
		f := &r.Findings[i]
		*r.Counts.of(f.Class)++
		part := parts[f.Component]
		if part == nil {
			part = &ComponentFindings{Component: f.Component, Classes: make(map[string]int)}
			parts[f.Component] = part
		}
		part.Findings++
		part.Classes[f.Class]++
		if f.Orphan {
			part.Orphans++
		}
		if f.IsUndecided() {
			r.Undecided++
		}
	}
	r.Components = []ComponentFindings{}
	for _, part := range parts {
		r.Components = append(r.Components, *part)
	}
	slices.SortFunc(r.Components, func(a, b ComponentFindings) int {
		return cmp.Or(cmp.Compare(b.Orphans, a.Orphans), cmp.Compare(b.Findings, a.Findings), cmp.Compare(a.Component, b.Component))
	})
}

// of is the count of a class of findings.
func (c *CorehackCounts) of(class string) *int {
	switch class {
	case ClassModified:
		return &c.Modified
	case ClassMissing:
		return &c.Missing
	case ClassUnknown:
		return &c.Unknown
	case ClassStale:
		return &c.Stale
	case ClassBackport:
		return &c.Backport
	case ClassWhitespace:
		return &c.Whitespace
	case ClassMode:
		return &c.Mode
	}
	return &c.Foreign
}

// IsUndecided reports whether part of an orphan waits for a decision.
func (f Finding) IsUndecided() bool {
	if !f.Orphan || f.Decision != nil {
		return false
	}
	return len(f.Hunks) == 0 || slices.ContainsFunc(f.Hunks, func(h FindingHunk) bool { return h.Branch == nil && h.Decision == nil })
}

// Found reports whether the report makes a check fail; strict takes the harmless
// classes too. What could not be read is never well.
func (r *CorehackReport) Found(strict bool) bool {
	c := r.Counts
	return c.Modified+c.Missing+c.Unknown+c.Stale+c.Backport > 0 || len(r.MissingFromLive) > 0 || c.Unread > 0 ||
		strict && c.Foreign+c.Whitespace+c.Mode > 0
}
