package job

import (
	"context"
	"errors"
	"fmt"
	"os"

	"mgit/internal/envfile"
	"mgit/internal/git"
)

// EnvPromoteRequest says from where to where the pins go.
type EnvPromoteRequest struct {
	From, To string // paths, sites or environments
	Add      bool   // pins that the second file does not have, too
	Commit   bool   // in the repository that holds the second file
	Message  string // of the commit and the tag; "" for one that says what it is
	Tag      string // of the commit; "" for none

	AllowDuplicate bool
	AllowDowngrade bool
	DryRun         bool
	Progress       func(CorehackProgress)
}

// EnvPromoteReport is what taking over pins did.
type EnvPromoteReport struct {
	From    EnvPlace    `json:"from"`
	To      EnvPlace    `json:"to"`
	Changes []EnvChange `json:"changes"`
	// Added are new in the second file.
	Added []EnvAdded `json:"added"`
	// Missing are in the first file only, and Extra in the second.
	Missing []EnvLacking `json:"missing"`
	Extra   []EnvLacking `json:"extra"`
	Written bool         `json:"written"`
	// Commit was made in Repository; both are "" where none was to be made. The repository may
	// name its objects otherwise than this one.
	Commit     string `json:"commit"`
	Repository string `json:"repository"`
	RepoBytes  string `json:"repository_b64,omitempty"`
	Tag        string `json:"tag"`
	Message    string `json:"message"`

	Warnings []Warning `json:"-"`
}

// EnvAdded is a pin that a file did not have.
type EnvAdded struct {
	Variable  string `json:"variable"`
	Component string `json:"component"`
	Value     string `json:"value"`
	Release   string `json:"release"`
}

// EnvLacking is a pin that one of two files lacks.
type EnvLacking struct {
	Line      int    `json:"line"` // in the file that has it
	Variable  string `json:"variable"`
	Component string `json:"component"`
	Value     string `json:"value"`
}

// IsEmpty reports whether the second file has it all already.
func (r *EnvPromoteReport) IsEmpty() bool { return len(r.Changes) == 0 && len(r.Added) == 0 }

// EnvPromote takes the pins of one .env file over into another, and commits that file alone
// when that is asked for. It never pushes. The errors are *UsageError, *Refusal, and
// those of writing and of Git; of a commit that failed the error says that the file is
// written.
func EnvPromote(ctx context.Context, site *Site, request EnvPromoteRequest) (*EnvPromoteReport, error) {
	if request.Tag != "" && !request.Commit {
		return nil, &UsageError{Text: "--tag is about the commit that --commit makes", Hint: "give --commit too"}
	}
	from, to, err := site.openPair(request)
	if err != nil {
		return nil, err
	}
	k, err := site.knowEnv(ctx, []*openedEnv{from, to}, request.Progress)
	if err != nil {
		return nil, err
	}
	defer k.close()
	p := &envPromoting{k: k, request: request, from: from, edit: &envEdit{from: to, now: to.file}}
	p.report = &EnvPromoteReport{
		From: from.EnvPlace, To: to.EnvPlace, Added: []EnvAdded{}, Missing: []EnvLacking{}, Extra: []EnvLacking{},
		Warnings: k.warnings([]*openedEnv{from}),
	}
	if err := p.takeOver(ctx); err != nil {
		return nil, err
	}
	r := p.report
	r.Warnings = append(r.Warnings, p.edit.stale...)
	if r.Changes = p.edit.changes; r.Changes == nil {
		r.Changes = []EnvChange{}
	}
	return r, p.finish(ctx)
}

func (s *Site) openPair(request EnvPromoteRequest) (from, to *openedEnv, err error) {
	var opened [2]*openedEnv
	for i, word := range []string{request.From, request.To} {
		place, err := s.envPlaceOf(word)
		if err != nil {
			return nil, nil, err
		}
		if opened[i], err = s.openEnv(place); err != nil {
			return nil, nil, err
		}
	}
	if os.SameFile(opened[0].info, opened[1].info) {
		return nil, nil, &UsageError{Text: fmt.Sprintf("%q and %q are the same file", request.From, request.To)}
	}
	return opened[0], opened[1], nil
}

// envPromoting takes over the pins of one file.
type envPromoting struct {
	k       *envKnowledge
	request EnvPromoteRequest
	from    *openedEnv
	edit    *envEdit // of the other file
	report  *EnvPromoteReport
}

// takeOver makes the new file.
func (p *envPromoting) takeOver(ctx context.Context) error {
	staged, err := p.stagedPins()
	if err != nil {
		return err
	}
	has, there := pinsByName(staged), pinsByName(p.edit.from.file.Pins())
	taken := make(map[string]bool)
	for _, pin := range staged {
		was, ok := placeOf(pin, has, there)
		if !ok {
			if err := p.lacking(ctx, pin); err != nil {
				return err
			}
			continue
		}
		taken[was.Variable] = true
		if err := p.takePin(ctx, pin, was); err != nil {
			return err
		}
	}
	for _, pin := range p.edit.from.file.Pins() {
		if !pin.Overruled && !taken[pin.Variable] {
			p.report.Extra = append(p.report.Extra, EnvLacking{pin.Line, pin.Variable, p.k.componentOf(pin), pin.Value})
		}
	}
	return nil
}

func pinsByName(pins []envfile.Pin) map[string]envfile.Pin {
	all := make(map[string]envfile.Pin)
	for _, pin := range pins {
		all[pin.Variable] = pin // of several the last
	}
	return all
}

// placeOf is the pin of the other file that a staged one goes into. Moodle has two names, and
// the other file may use the one that the first does not: a second pin of Moodle beside
// it, or the old one left alone, would be another Moodle than the staged one.
func placeOf(pin envfile.Pin, staged, there map[string]envfile.Pin) (envfile.Pin, bool) {
	was, ok := there[pin.Variable]
	if ok || !pin.IsCore() {
		return was, ok
	}
	for name, other := range there {
		if _, isStaged := staged[name]; other.IsCore() && !isStaged {
			return other, true
		}
	}
	return was, false
}

// stagedPins are the pins that count in the first file. What they pin must stand there.
func (p *envPromoting) stagedPins() ([]envfile.Pin, error) {
	all := p.from.file.Pins()
	first := make(map[string]envfile.Pin)
	var counting []envfile.Pin
	for _, pin := range all {
		if before, ok := first[pin.Variable]; ok && !p.request.AllowDuplicate && (before.State != pin.State || before.Value != pin.Value) {
			return nil, &Refusal{
				ID:   duplicateRefusal,
				Text: fmt.Sprintf("%s sets %s twice, in lines %d and %d, to different values", ShowPath(p.from.Path), pin.Variable, before.Line, pin.Line),
				Hint: "the last one counts; take the other line out",
			}
		}
		first[pin.Variable] = pin
		if pin.Overruled {
			continue
		}
		if pin.State != envfile.Literal {
			return nil, &UsageError{
				Text: fmt.Sprintf("%s:%d: %s has no value that could be taken over", ShowPath(p.from.Path), pin.Line, pin.Variable),
				Hint: "mgit env check says what is wrong with it",
			}
		}
		counting = append(counting, pin)
	}
	if len(counting) == 0 {
		return nil, &UsageError{Text: fmt.Sprintf("%s pins nothing", ShowPath(p.from.Path))}
	}
	return counting, nil
}

// lacking is about a pin that the other file does not have.
func (p *envPromoting) lacking(ctx context.Context, pin envfile.Pin) error {
	if !p.request.Add {
		p.report.Missing = append(p.report.Missing, EnvLacking{pin.Line, pin.Variable, p.k.componentOf(pin), pin.Value})
		return nil
	}
	staged, err := p.k.pin(ctx, pin)
	if err != nil {
		return err
	}
	now, err := p.edit.now.Add(pin.Variable, pin.Value)
	if err != nil {
		return &UsageError{Text: fmt.Sprintf("%s: %v", ShowPath(p.edit.from.Path), err), Hint: "change that file by hand"}
	}
	p.edit.now = now
	p.report.Added = append(p.report.Added, EnvAdded{pin.Variable, staged.Component, pin.Value, staged.Release})
	return nil
}

func (p *envPromoting) takePin(ctx context.Context, pin, was envfile.Pin) error {
	staged, err := p.k.pin(ctx, pin)
	if err != nil {
		return err
	}
	old, err := p.k.pin(ctx, was)
	if err != nil {
		return err
	}
	to := envValue{value: pin.Value, component: staged.Component, oldRelease: old.Release, newRelease: staged.Release}
	if pin.IsCore() {
		if err := p.mayGoTo(was, old, staged); err != nil {
			return err
		}
	}
	to.claim = p.claimsFor(pin, staged)
	return p.edit.set(was.Variable, to, p.request.AllowDuplicate)
}

// claimsFor says what comments about a pin have to say once it is taken over: what version.php
// of the commit says, else what the comment in the first file says; nil when neither is known.
func (p *envPromoting) claimsFor(pin envfile.Pin, staged EnvPin) func(envfile.Claim) (string, string) {
	if b, ok := p.k.build(git.ID(staged.Commit)); ok && pin.IsCore() {
		return func(old envfile.Claim) (string, string) { return p.k.claimFor(old, git.ID(staged.Commit), b.Version) }
	}
	if ref := readEnvRef(pin.Value); !pin.IsCore() && (ref.kind == EnvTag || staged.Kind == EnvTag) {
		return func(old envfile.Claim) (string, string) { return "", pluginClaimFor(old, ref.name) }
	}
	branch, release := "", ""
	for _, c := range pin.Claims {
		if c.Branch != "" {
			branch = c.Branch
		}
		if c.Release != "" {
			release = c.Release
		}
	}
	if branch == "" && release == "" {
		return nil
	}
	return func(envfile.Claim) (string, string) { return branch, release }
}

func (p *envPromoting) warn(id, format string, args ...any) {
	p.report.Warnings = append(p.report.Warnings, Warning{id, fmt.Sprintf(format, args...)})
}

// mayGoTo refuses an older Moodle than there is, unless that was allowed.
func (p *envPromoting) mayGoTo(was envfile.Pin, old, staged EnvPin) error {
	err := p.k.checkDowngrade(p.edit.from, was.Variable, git.ID(old.Commit), git.ID(staged.Commit))
	var refusal *Refusal
	if p.request.AllowDowngrade && errors.As(err, &refusal) {
		p.warn(refuseDowngrade, "%s", refusal.Text)
		return nil
	}
	return err
}

// finish writes the file and commits it. All that can be refused is refused before.
func (p *envPromoting) finish(ctx context.Context) error {
	r := p.report
	if r.IsEmpty() {
		return nil
	}
	var holder *envRepository
	if p.request.Commit {
		var err error
		if holder, err = p.k.site.holderOf(ctx, p.edit.from); err != nil {
			return err
		}
		if err := holder.mayCommit(ctx, p.request.Tag); err != nil {
			return err
		}
		if on, err := holder.isOnBranch(ctx); err != nil {
			return err
		} else if !on {
			p.warn("detached", "no branch is checked out in %s: the commit is on none", ShowPath(holder.root))
		}
		r.Repository, r.RepoBytes = pathJSON(holder.root)
		r.Message = p.message()
		r.Tag = p.request.Tag
	}
	if p.request.DryRun {
		return nil
	}
	if err := p.edit.write(); err != nil {
		return err
	}
	r.Written = true
	if holder == nil {
		return nil
	}
	var err error
	r.Commit, err = holder.commit(ctx, r.Message, r.Tag)
	return err
}

// message is what the commit says when nobody said it: which pins, from what to what.
func (p *envPromoting) message() string {
	if p.request.Message != "" {
		return p.request.Message
	}
	r := p.report
	text := fmt.Sprintf("Promote %s to %s\n\n", r.From.name(), r.To.name())
	for _, c := range r.Changes {
		text += fmt.Sprintf("%s: %s -> %s\n", c.Variable, shownVersion(c.Old, c.OldRelease), shownVersion(c.New, c.NewRelease))
	}
	for _, a := range r.Added {
		text += fmt.Sprintf("%s: %s\n", a.Variable, shownVersion(a.Value, a.Release))
	}
	return text
}

// name is what people call the file.
func (p EnvPlace) name() string {
	switch {
	case p.Environment != "":
		return p.Environment
	case p.Site != "":
		return p.Site
	}
	return ShowPath(p.Path)
}

func shownVersion(value, release string) string {
	switch {
	case value == "":
		return "nothing"
	case release == "" || release == value:
		return value
	}
	return fmt.Sprintf("%s (%s)", value, release)
}
