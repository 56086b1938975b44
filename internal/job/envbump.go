package job

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"mgit/internal/envfile"
	"mgit/internal/git"
)

// EnvBumpRequest says which pins to bring up to date, and to what.
type EnvBumpRequest struct {
	EnvRequest
	// To is a tag or commit of upstream's for Moodle; "" for the newest release of the
	// pin's series that may be taken.
	To     string
	Weekly bool // for Moodle the newest commit of the stable branch
	// Core, Plugins and Values narrow down what is changed, and so do To and Weekly, which
	// are about Moodle. None of them: every pin.
	Core    bool
	Plugins []string
	Values  []EnvValue

	Offline        bool // ask no remote; plugins stay then
	Timeout        time.Duration
	AllowDuplicate bool // change a variable that is set twice to different values
	AllowDowngrade bool
	Now            time.Time
	DryRun         bool
}

// EnvValue is a value that somebody gives a variable.
type EnvValue struct{ Variable, Value string }

// ParseEnvValue reads VARIABLE=VALUE, with ok false for a word that is something else.
func ParseEnvValue(word string) (v EnvValue, ok bool) {
	v.Variable, v.Value, ok = strings.Cut(word, "=")
	return v, ok && envfile.IsPin(v.Variable)
}

// EnvBumpReport is what became of the pins.
type EnvBumpReport struct {
	Files       []EnvBumped      `json:"files"`
	Unreachable []EnvUnreachable `json:"unreachable"`
	Warnings    []Warning        `json:"-"`
	edits       []*envEdit
}

// EnvBumped is one file.
type EnvBumped struct {
	EnvPlace
	Changes []EnvChange `json:"changes"`
	Kept    []EnvKept   `json:"kept"`
	Written bool        `json:"written"`
}

// EnvBump brings pins up to date and writes the files, unless it is a dry run. Either all
// is found out and allowed before the first file is written, or nothing is. The errors are
// *UsageError, *Refusal, and that of a file that could not be written.
func EnvBump(ctx context.Context, site *Site, request EnvBumpRequest) (*EnvBumpReport, error) {
	files, err := site.openEnvs(request.EnvRequest)
	if err != nil {
		return nil, err
	}
	k, err := site.knowEnv(ctx, files, request.Progress)
	if err != nil {
		return nil, err
	}
	defer k.close()
	b := &envBumping{k: k, request: request}
	if err := b.prepare(ctx, files); err != nil {
		return nil, err
	}
	r := &EnvBumpReport{Files: []EnvBumped{}, Warnings: k.warnings(files)}
	for _, e := range files {
		bumped, edit, err := b.bump(ctx, e)
		if err != nil {
			return nil, err
		}
		r.Files = append(r.Files, bumped)
		r.edits = append(r.edits, edit)
		r.Warnings = append(r.Warnings, edit.stale...)
	}
	r.Unreachable = b.remotes.unreachable()
	r.Warnings = append(r.Warnings, b.warnings...)
	if request.DryRun {
		return r, nil
	}
	for i, edit := range r.edits {
		if err := edit.write(); err != nil {
			return nil, err
		}
		r.Files[i].Written = edit.isChanged()
	}
	return r, nil
}

// envBumping is one bump of several files.
type envBumping struct {
	k        *envKnowledge
	request  EnvBumpRequest
	remotes  *pluginRemotes
	to       git.ID // of request.To
	warnings []Warning
}

// prepare finds out what is wanted before any file is looked into.
func (b *envBumping) prepare(ctx context.Context, files []*openedEnv) error {
	if err := b.checkNamed(files); err != nil {
		return err
	}
	for _, glob := range b.k.site.Config.Minor.Security {
		if _, err := path.Match(glob, ""); err != nil {
			return &UsageError{Text: fmt.Sprintf("minor.security: %q is no pattern", glob), Hint: "`mgit config edit` changes it"}
		}
	}
	if b.request.To != "" {
		var err error
		if b.to, err = b.resolveCore(ctx, b.request.To); err != nil {
			return err
		}
	}
	var wanted []string
	for _, component := range b.k.pinnedPlugins(files) {
		named := slices.ContainsFunc(b.request.Values, func(v EnvValue) bool {
			return b.k.components[PinnedName(v.Variable)] == component
		})
		if named || b.isWanted(component, "") {
			wanted = append(wanted, component)
		}
	}
	var err error
	b.remotes, err = b.k.site.askPlugins(ctx, wanted, b.request.Offline, b.request.Timeout)
	return err
}

// checkNamed refuses what was named and is in no file: somebody meant something else.
func (b *envBumping) checkNamed(files []*openedEnv) error {
	has := func(wanted func(envfile.Pin) bool) bool {
		return slices.ContainsFunc(files, func(e *openedEnv) bool { return slices.ContainsFunc(e.file.Pins(), wanted) })
	}
	for _, v := range b.request.Values {
		if !has(func(p envfile.Pin) bool { return p.Variable == v.Variable }) {
			return &UsageError{Text: fmt.Sprintf("none of the files sets %s", v.Variable), Hint: "mgit env show lists what they set"}
		}
		if err := envfile.CheckValue(v.Value); err != nil {
			return &UsageError{Text: fmt.Sprintf("%s: %q %v", v.Variable, v.Value, err)}
		}
	}
	for _, component := range b.request.Plugins {
		if !has(func(p envfile.Pin) bool { return !p.IsCore() && b.k.componentOf(p) == component }) {
			return &UsageError{Text: fmt.Sprintf("none of the files pins %q", component), Hint: "mgit env show lists what they pin; mgit config edit plugin.COMPONENT.variable NAME says which variable is whose"}
		}
	}
	if b.needsCore() && !has(envfile.Pin.IsCore) {
		return &UsageError{Text: "none of the files pins Moodle itself", Hint: "mgit env show lists what they pin"}
	}
	if b.k.noIndex != nil && (b.needsCore() || !b.isNarrowed()) {
		return b.k.noIndex
	}
	return nil
}

func (b *envBumping) needsCore() bool {
	return b.request.Core || b.request.To != "" || b.request.Weekly
}

func (b *envBumping) isNarrowed() bool {
	return b.needsCore() || len(b.request.Plugins) > 0 || len(b.request.Values) > 0
}

// isWanted reports whether pins of a component are to be brought up to date.
func (b *envBumping) isWanted(component, variable string) bool {
	if slices.ContainsFunc(b.request.Values, func(v EnvValue) bool { return v.Variable == variable }) {
		return false // it gets its value
	}
	if !b.isNarrowed() {
		return true
	}
	return component == coreComponent && b.needsCore() || component != "" && slices.Contains(b.request.Plugins, component)
}

// resolveCore is the commit of upstream's that a word means. The error is a *UsageError.
func (b *envBumping) resolveCore(ctx context.Context, word string) (git.ID, error) {
	ref := b.k.coreRef(readEnvRef(word))
	if ref.kind == EnvBranch || ref.kind == EnvAbbreviated {
		return git.ZeroID, &UsageError{Text: fmt.Sprintf("%q is no tag and no commit in full", word), Hint: "--weekly takes the newest commit of the stable branch"}
	}
	id, err := b.k.commitOf(ctx, ref)
	if err != nil {
		return id, err
	}
	if _, ok := b.k.find(id); !ok {
		return id, &UsageError{Text: fmt.Sprintf("upstream has no tag or commit %q, as far as this clone knows", word), Hint: "git fetch upstream --tags brings what is new"}
	}
	return id, nil
}

// bump makes the new file.
func (b *envBumping) bump(ctx context.Context, e *openedEnv) (EnvBumped, *envEdit, error) {
	edit := &envEdit{from: e, now: e.file}
	r := EnvBumped{EnvPlace: e.EnvPlace, Kept: []EnvKept{}}
	for _, p := range e.file.Pins() {
		if p.Overruled {
			continue // goes with the one that counts
		}
		kept, err := b.bumpPin(ctx, edit, p)
		if err == nil && kept != nil && (kept.ID == keptNewest || kept.ID == keptNewer) {
			err = b.align(edit, p)
		}
		if err != nil {
			return r, nil, err
		}
		if kept != nil {
			kept.Line, kept.Variable, kept.Component, kept.Value = p.Line, p.Variable, b.k.componentOf(p), p.Value
			r.Kept = append(r.Kept, *kept)
		}
	}
	r.Changes = slices.Clone(edit.changes)
	if r.Changes == nil {
		r.Changes = []EnvChange{}
	}
	return r, edit, nil
}

// The ids of pins that stay because they are new enough.
const (
	keptNewest = "newest"
	keptNewer  = "newer"
)

// align is about a pin whose value stays, and which further up has another one: that is refused
// as it is for one that changes, or else all its places get the value that counts.
func (b *envBumping) align(edit *envEdit, p envfile.Pin) error {
	return edit.set(p.Variable, envValue{value: p.Value, component: b.k.componentOf(p)}, b.request.AllowDuplicate)
}

// bumpPin changes one pin, or says why it stays; nil for both is a pin that was not meant.
func (b *envBumping) bumpPin(ctx context.Context, edit *envEdit, p envfile.Pin) (*EnvKept, error) {
	component := b.k.componentOf(p)
	if i := slices.IndexFunc(b.request.Values, func(v EnvValue) bool { return v.Variable == p.Variable }); i >= 0 {
		return b.give(ctx, edit, p, b.request.Values[i].Value)
	}
	if !b.isWanted(component, p.Variable) {
		return nil, nil
	}
	switch p.State {
	case envfile.Literal, envfile.Empty:
	default:
		return &EnvKept{ID: "not-literal", Text: "its value cannot be replaced without changing how the line works"}, nil
	}
	was, err := b.k.pin(ctx, p)
	if err != nil {
		return nil, err
	}
	if p.IsCore() {
		return b.bumpCore(edit, p, was)
	}
	if component == "" {
		return &EnvKept{ID: "unmapped", Text: "which plugin it is of does not stand in plugins.toml"}, nil
	}
	return b.bumpPlugin(edit, p, was)
}

// give sets the value that somebody named, after a look at whether it exists.
func (b *envBumping) give(ctx context.Context, edit *envEdit, p envfile.Pin, value string) (*EnvKept, error) {
	was, err := b.k.pin(ctx, p)
	if err != nil {
		return nil, err
	}
	if p.Value == value && p.State == envfile.Literal {
		return &EnvKept{ID: keptNewest, Text: "it has this value"}, nil
	}
	to := envValue{value: value, component: b.k.componentOf(p), oldRelease: was.Release}
	if p.IsCore() {
		id, err := b.resolveCore(ctx, value)
		if err != nil {
			return nil, err
		}
		if err := b.mayGoTo(edit, p, was, id); err != nil {
			return nil, err
		}
		to = b.k.coreValue(p, was, id)
		to.value = value
		return nil, edit.set(p.Variable, to, b.request.AllowDuplicate)
	}
	tag, err := b.checkGiven(ctx, p, value)
	if err != nil {
		return nil, err
	}
	if tag != "" {
		to.newRelease = tag
		to.claim = func(c envfile.Claim) (string, string) { return "", pluginClaimFor(c, tag) }
	}
	return nil, edit.set(p.Variable, to, b.request.AllowDuplicate)
}

func (b *envBumping) warn(id, format string, args ...any) {
	b.warnings = append(b.warnings, Warning{id, fmt.Sprintf(format, args...)})
}

// checkGiven looks whether a plugin's repository has the version that somebody named, and
// returns its tag. What cannot be looked at is taken with a warning.
func (b *envBumping) checkGiven(ctx context.Context, p envfile.Pin, value string) (tag string, err error) {
	r, ok := b.remotes.known[b.k.componentOf(p)]
	if !ok || r.err != nil {
		b.warn("not-checked", "whether there is a version %s for %s could not be looked at", value, p.Variable)
		return "", nil
	}
	ref := r.classify(readEnvRef(value))
	_, isTag := r.tags[ref.name]
	switch {
	case ref.kind == EnvTag && isTag:
		return ref.name, nil
	case ref.kind == EnvBranch:
		b.warn("branch-pin", "%s is a branch, so every build may get another version", ref.name)
		return "", nil
	case ref.kind != EnvCommit:
		return "", &UsageError{Text: fmt.Sprintf("the repository of %s has no tag %q", r.component, ref.name)}
	}
	id, err := git.ParseID(ref.name)
	if err != nil {
		return "", &UsageError{Text: fmt.Sprintf("%q is not the name of a commit of 40 digits", value)}
	}
	has, err := b.remotes.hasCommit(ctx, r, id)
	switch {
	case err != nil:
		return "", err
	case has == isAbsent:
		return "", &UsageError{Text: fmt.Sprintf("the repository of %s has no commit %s", r.component, ref.name)}
	case has == cannotTell:
		b.warn("not-checked", "whether the repository of %s has the commit %s could not be found out", r.component, ref.name)
	}
	return r.tagAt(id), nil
}

// mayGoTo refuses to go back to an older Moodle, unless that was allowed.
func (b *envBumping) mayGoTo(edit *envEdit, p envfile.Pin, was EnvPin, to git.ID) error {
	err := b.k.checkDowngrade(edit.from, p.Variable, git.ID(was.Commit), to)
	var refusal *Refusal
	if b.request.AllowDowngrade && errors.As(err, &refusal) {
		b.warn(refuseDowngrade, "%s", refusal.Text)
		return nil
	}
	return err
}
