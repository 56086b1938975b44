package job

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/assemble"
	"mgit/internal/git"
	"mgit/internal/journal"
	"mgit/internal/release"
)

// ReleaseRequest asks to release a target.
type ReleaseRequest struct {
	Target string // a full name, or a short one in Series
	Series string // as typed; "" is the series in use
	Tag    string // the name of the tag; "" makes one by the template
	Sign   SignMode
	Tool   string   // what writes the manifest: mgit 1.2.0
	Allow  []string // refusals that are waived
	DryRun bool
}

// SignMode says whether a tag is signed.
type SignMode int

// The modes. The zero SignMode is what git config says: tag.gpgSign.
const (
	SignAsConfigured SignMode = iota
	SignAlways
	SignNever
)

// The names of refusals about releases.
const (
	refuseNotProven = "not-proven"
	refuseTagExists = "tag-exists"
)

// ReleaseReport is a release. Until it is applied it exists in memory only.
type ReleaseReport struct {
	Target   string        `json:"target"`
	Tag      string        `json:"tag"`
	Commit   ID            `json:"commit"`
	Tree     ID            `json:"tree"`
	Base     Commit        `json:"base"`
	Upstream Commit        `json:"upstream"` // the newest release of Moodle in it
	Form     string        `json:"form"`     // short, long
	Branches int           `json:"branches"`
	Steps    []ReleaseStep `json:"steps"`
	Signed   bool          `json:"signed"`
	ExistsAs []string      `json:"exists_as"` // tags that the commit has already
	Message  string        `json:"message"`
	TagID    ID            `json:"tag_object"`

	Warnings []Warning `json:"-"`

	site    *Site
	recipe  *recipe
	scratch *git.Scratch
}

// ReleaseStep is one step of a manifest.
type ReleaseStep struct {
	Kind        string        `json:"kind"` // branch, tag, commit, change
	Name        string        `json:"name"`
	Tip         ID            `json:"tip"`
	Ticket      string        `json:"ticket"`
	Resolutions []string      `json:"resolutions"`
	Files       []ReleaseFile `json:"files"`
}

// ReleaseFile is what stands at a path after a step.
type ReleaseFile struct {
	Path Path
	Mode git.Mode // 0: nothing
	Blob ID
}

// MarshalJSON adds path_b64 where the path is not UTF-8; mode and blob are null
// where nothing stands there.
func (f ReleaseFile) MarshalJSON() ([]byte, error) {
	p := struct {
		Path  string  `json:"path"`
		Bytes string  `json:"path_b64,omitempty"`
		Mode  *string `json:"mode"`
		Blob  ID      `json:"blob"`
	}{Blob: f.Blob}
	p.Path, p.Bytes = pathJSON(string(f.Path))
	if f.Mode != 0 {
		text := f.Mode.String()
		p.Mode = &text
	}
	return json.Marshal(p)
}

// releaseTemplate is the template of the site's tags.
func (s *Site) releaseTemplate() (*release.Template, error) {
	return release.ParseTemplate(s.Config.Release.Tag, s.releaseNames())
}

func (s *Site) releaseNames() release.Names {
	return release.Names{OurName: s.Config.Release.OurName, ShortCustomer: s.Config.Release.ShortCustomer, Customer: s.Config.Customer}
}

// Release tags a target: plan and, unless it is a dry run, apply. The report must
// be closed.
func Release(ctx context.Context, site *Site, request ReleaseRequest) (report *ReleaseReport, run int, err error) {
	var lock *journal.Lock
	if !request.DryRun {
		if lock, err = site.Lock(ctx, "release "+request.Target); err != nil {
			return nil, 0, err
		}
		defer func() { err = errors.Join(err, lock.Release()) }()
	}
	if report, err = PlanRelease(ctx, site, request); err != nil {
		return nil, 0, err
	}
	if !request.DryRun {
		run, err = report.Apply(ctx, lock)
	}
	return report, run, errors.Join(err, report.Close())
}

// PlanRelease writes the manifest of a target as it is, makes the release again
// from that, and names it. The report must be closed.
func PlanRelease(ctx context.Context, site *Site, request ReleaseRequest) (*ReleaseReport, error) {
	r := &ReleaseReport{site: site, Steps: []ReleaseStep{}, ExistsAs: []string{}}
	if request.Tag != "" {
		if err := release.CheckTag(request.Tag); err != nil {
			return nil, &UsageError{Text: fmt.Sprintf("--tag: %v", err)}
		}
	}
	var err error
	if r.recipe, err = site.readRecipe(ctx, request.Target, request.Series); err != nil {
		return nil, err
	}
	t := r.recipe.target
	r.Target = t.Raw
	if t.tip() == git.ZeroID {
		return nil, &UsageError{Text: t.Raw + " is not built yet", Hint: "mgit assemble " + t.Short}
	}
	if r.scratch, err = site.Repo.NewScratch(ctx); err != nil {
		return nil, err
	}
	if err := r.plan(ctx, request); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Close gives up what the report holds; what was applied stays.
func (r *ReleaseReport) Close() error { return r.scratch.Close() }

func (r *ReleaseReport) plan(ctx context.Context, request ReleaseRequest) error {
	tip := r.recipe.target.tip()
	if err := r.checkRemotes(request.Allow); err != nil {
		return err
	}
	line, err := r.recipe.readLine(ctx, r.site, r.scratch, tip, false)
	if err != nil {
		return err
	}
	if err := r.prove(ctx, line, request.Allow); err != nil {
		return err
	}
	c, err := r.site.Repo.Store().Commit(ctx, tip)
	if err != nil {
		return err
	}
	r.Commit, r.Tree = ID(tip), ID(c.Tree)
	m := &release.Manifest{Target: r.Target, Commit: tip, Tree: c.Tree, Tool: cmp.Or(request.Tool, "mgit")}
	m.Base = release.Point{Name: cmp.Or(r.site.refs.tagOf[line.Base], line.Base.String()), Commit: line.Base}
	var stuck *stuckStep
	if m.Steps, m.Form, stuck, err = r.site.writeSteps(ctx, r.scratch, line, c.Tree); err != nil {
		return err
	}
	if m.Form == "" {
		return r.notRemade(stuck)
	}
	m.Upstream = release.Newest(m.Base, m.Steps)
	r.addTickets(m.Steps)
	if err := r.name(ctx, m, request); err != nil {
		return err
	}
	if r.Message, err = m.Message(); err != nil {
		return err
	}
	if err := r.rebuild(ctx); err != nil {
		return err
	}
	r.show(m)
	return r.makeTag(ctx, request.Sign)
}

// checkRemotes says when an internal remote has a newer state of the target, which
// is not the one that is released, and refuses where the two went apart.
func (r *ReleaseReport) checkRemotes(allow []string) error {
	newest, err := r.recipe.presentTip(r.site, slices.Contains(allow, refuseDiverged))
	if err != nil {
		return err
	}
	if t := r.recipe.target; newest != t.tip() {
		r.Warnings = append(r.Warnings, Warning{
			ID:   "target-behind",
			Text: fmt.Sprintf("an internal remote has %s with newer commits, at %s; what is released is yours, at %s", t.Raw, ID(newest).Short(), ID(t.tip()).Short()),
		})
	}
	return nil
}

// notRemade refuses a target that no manifest describes.
func (r *ReleaseReport) notRemade(stuck *stuckStep) error {
	text := fmt.Sprintf("%s cannot be made again from what was merged into it", r.Target)
	if stuck != nil {
		text += fmt.Sprintf(": %s: %s", ShowPath(stuck.step.Name), stuck.reason)
	}
	return &Refusal{
		ID: refuseNotRemade, Text: text,
		Hint: fmt.Sprintf("mgit assemble %s --fresh makes the target anew", r.recipe.target.Short),
	}
}

// refuseNotRemade cannot be waived: a release that its manifest does not describe
// would be none.
const refuseNotRemade = "not-remade"

// rebuild reads the manifest back and makes the release from it, as whoever
// rebuilds it will.
func (r *ReleaseReport) rebuild(ctx context.Context) error {
	m, err := release.Parse(r.Message)
	if err != nil {
		return fmt.Errorf("read the manifest of %s back: %w", r.Tag, err)
	}
	scratch, err := r.site.Repo.NewScratch(ctx)
	if err != nil {
		return err
	}
	made, err := r.site.remake(ctx, scratch, &releaseMaker{base: m.Base.Commit, steps: m.Steps, committer: proverSignature(), target: m.Target})
	if err := errors.Join(err, scratch.Close()); err != nil {
		return err
	}
	if made.stuck != nil || made.tree != git.ID(r.Tree) {
		return r.notRemade(made.stuck)
	}
	return nil
}

// addTickets fills in those that the merges do not name, from the records.
func (r *ReleaseReport) addTickets(steps []release.Step) {
	for i, s := range steps {
		for _, m := range r.recipe.members {
			if s.Kind == release.Branch && m.Raw == s.Name {
				steps[i].Ticket = cmp.Or(s.Ticket, oneLine(m.ticket))
			}
		}
	}
}

// prove refuses a target that is not what its branches make.
func (r *ReleaseReport) prove(ctx context.Context, line *assemble.Line, allow []string) error {
	wanted := r.recipe.memberSteps()
	if u := line.Upstream(); u.Tip != git.ZeroID {
		wanted = append(wanted, u)
	}
	proof, err := line.Prove(ctx, r.scratch, r.site.Repo, wanted)
	if err != nil {
		return err
	}
	faults := faultsOf(proof)
	if len(faults) == 0 {
		return nil
	}
	text := fmt.Sprintf("%s is not proven: %s", r.Target, fewOf(faults))
	if slices.Contains(allow, refuseNotProven) {
		r.Warnings = append(r.Warnings, Warning{ID: refuseNotProven, Text: text})
		return nil
	}
	return &Refusal{
		ID: refuseNotProven, Text: text,
		Hint: fmt.Sprintf("mgit assemble %s --check lists it all, mgit assemble %s merges what is missing", r.recipe.target.Short, r.recipe.target.Short),
	}
}

// faultsOf puts what a proof found into words.
func faultsOf(proof *assemble.Proof) []string {
	var faults []string
	for _, m := range proof.Missing {
		if m.Has == git.ZeroID {
			faults = append(faults, m.Name+" is missing")
		} else {
			faults = append(faults, fmt.Sprintf("%s is in with an older tip, %s", m.Name, ID(m.Has).Short()))
		}
	}
	for _, s := range proof.Strangers {
		faults = append(faults, fmt.Sprintf("no branch explains %s (%s)", ID(s.Commit).Short(), ShowPath(s.Subject)))
	}
	for _, d := range proof.Dropped {
		faults = append(faults, fmt.Sprintf("%s is not as %s has it", ShowPath(d.Path), ShowPath(d.Branch)))
	}
	for _, u := range proof.Unread {
		faults = append(faults, fmt.Sprintf("the merge %s cannot be made again: %v", ID(u.Commit).Short(), u.Err))
	}
	return faults
}

// show fills the report from the manifest.
func (r *ReleaseReport) show(m *release.Manifest) {
	r.Base = Commit{Tag: m.Base.Name, Commit: ID(m.Base.Commit)}
	r.Upstream = Commit{Tag: m.Upstream.Name, Commit: ID(m.Upstream.Commit)}
	r.Form, r.Branches = string(m.Form), m.Branches()
	for _, s := range m.Steps {
		step := ReleaseStep{Kind: string(s.Kind), Name: s.Name, Tip: ID(s.Tip), Ticket: s.Ticket, Resolutions: append([]string{}, s.Resolutions...), Files: []ReleaseFile{}}
		for _, f := range s.Files {
			step.Files = append(step.Files, ReleaseFile{Path(f.Path), f.Mode, ID(f.ID)})
		}
		r.Steps = append(r.Steps, step)
	}
}

// makeTag makes the tag object, signed where the user signs tags.
func (r *ReleaseReport) makeTag(ctx context.Context, mode SignMode) error {
	who, err := r.site.Repo.Ident(ctx)
	if err != nil {
		return err
	}
	tag := &git.Tag{Object: git.ID(r.Commit), Type: "commit", Name: r.Tag, Tagger: who, Message: r.Message}
	r.Signed = mode == SignAlways || mode == SignAsConfigured && r.site.SignsTags()
	if !r.Signed {
		r.TagID = ID(r.scratch.PutTag(tag))
		return nil
	}
	id, err := r.scratch.SignTag(ctx, tag)
	r.TagID = ID(id)
	return err
}

// Apply writes the tag. A tag of its name that appeared meanwhile is not moved: the
// error is a *Refusal then.
func (r *ReleaseReport) Apply(ctx context.Context, lock *journal.Lock) (int, error) {
	t := r.recipe.target
	draft := journal.Draft{
		Command: "release " + t.Raw,
		Moves:   []journal.Move{{Group: r.Tag, Ref: "refs/tags/" + r.Tag, New: git.ID(r.TagID)}},
	}
	if t.local {
		draft.Moves = append(draft.Moves, journal.Move{Group: r.Tag, Ref: t.localRef(), Old: t.tip(), New: t.tip()})
	}
	done, err := journal.Apply(ctx, r.site.Repo, lock, r.scratch, draft, applyShared(r.site.Repo))
	if err != nil {
		return 0, err
	}
	if len(done.TakenOut) == 0 {
		return done.Number, nil
	}
	out := done.TakenOut[0]
	if strings.HasPrefix(out.Ref, "refs/tags/") && out.Cause == journal.CauseMoved {
		return done.Number, tagExists(r.Tag, "here, made a moment ago")
	}
	return done.Number, errors.New(out.Reason)
}

func tagExists(name, where string) *Refusal {
	return &Refusal{
		ID: refuseTagExists, Text: fmt.Sprintf("there is a tag %s already, %s", name, where),
		Hint: "a release is never moved; --tag names it otherwise, and where release.tag counts the next free number is taken without",
	}
}
