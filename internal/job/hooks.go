package job

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mgit/internal/journal"
)

// HooksRequest says which hooks are meant, and where.
type HooksRequest struct {
	// Names are those that are meant; none: all that a clone has, or with Server a repository that is pushed to.
	Names  []string
	Server bool
	// Into is a folder for the team's hooks; "" is where git looks for them.
	Into string
	// Program is how hooks call mgit; "" is "mgit".
	Program string
	// Allow names refusals that are waived.
	Allow  []string
	DryRun bool
}

// HooksReport says how the hooks stand, and what becomes of them.
type HooksReport struct {
	Dir   string `json:"dir"` // absolute
	Hooks []Hook `json:"hooks"`

	Warnings []Warning `json:"-"`
}

// Changed are the hooks that something becomes of.
func (r *HooksReport) Changed() []Hook {
	return slices.DeleteFunc(slices.Clone(r.Hooks), func(h Hook) bool {
		return h.Outcome == "" || h.Outcome == HookUnchanged || h.Outcome == HookLeft
	})
}

// HooksStatus says how the hooks stand.
func HooksStatus(ctx context.Context, site *Site, request HooksRequest) (*HooksReport, error) {
	p, err := site.planHooks(ctx, request)
	if err != nil {
		return nil, err
	}
	if p.place.closed != nil && p.lacks() {
		p.report.Warnings = append(p.report.Warnings, Warning{p.place.closed.ID, p.place.closed.Text})
	}
	if err := p.warnOfLeft(); err != nil {
		return nil, err
	}
	p.warnOfUnread()
	p.warnOfPHP()
	return p.report, nil
}

// InstallHooks puts mgit's hooks in place, and in front of those that are there. Nothing is written over: a hook
// that is there is kept under another name and called after ours. The error is a *Refusal where a folder or
// a hook is not mgit's to change; then nothing was.
func InstallHooks(ctx context.Context, site *Site, request HooksRequest) (report *HooksReport, run int, err error) {
	return site.changeHooks(ctx, "hooks install", request, func(p *hooksPlan) error {
		if err := p.mayInstall(); err != nil {
			return err
		}
		p.warnOfUnread()
		p.warnOfPHP()
		return p.install()
	})
}

// RemoveHooks takes mgit's hooks away and puts back what was there before them. What somebody has changed stays. The error
// is a *Refusal where the folder is not mgit's to change, unless the request names it; then nothing was.
func RemoveHooks(ctx context.Context, site *Site, request HooksRequest) (report *HooksReport, run int, err error) {
	return site.changeHooks(ctx, "hooks remove", request, func(p *hooksPlan) error {
		p.remove()
		if err := p.warnOfLeft(); err != nil {
			return err
		}
		if isOthers := p.place.closed != nil && request.Into == ""; isOthers && len(p.report.Changed()) > 0 {
			return closedHooks(p.place.closed.Text, fmt.Sprintf("mgit hooks remove --into %s takes them away all the same, for everybody who has them", shellName(p.place.dir)))
		}
		return nil
	})
}

func (s *Site) changeHooks(ctx context.Context, command string, request HooksRequest, decide func(*hooksPlan) error) (report *HooksReport, run int, err error) {
	var lock *journal.Lock
	if !request.DryRun {
		if lock, err = s.Lock(ctx, command); err != nil {
			return nil, 0, err
		}
		defer lock.Release()
	}
	p, err := s.planHooks(ctx, request)
	if err != nil {
		return nil, 0, err
	}
	if err := decide(p); err != nil {
		return nil, 0, err
	}
	if request.DryRun {
		return p.report, 0, nil
	}
	run, err = p.apply(ctx, lock, command)
	return p.report, run, err
}

// hooksPlan is what becomes of the hooks of one folder.
type hooksPlan struct {
	site    *Site
	request HooksRequest
	place   hookPlace
	report  *HooksReport
}

func (s *Site) planHooks(ctx context.Context, request HooksRequest) (*hooksPlan, error) {
	names, err := s.namesOfHooks(request)
	if err != nil {
		return nil, err
	}
	place, err := s.hookPlace(ctx, request.Into)
	if err != nil {
		return nil, err
	}
	p := &hooksPlan{site: s, request: request, place: place, report: &HooksReport{Dir: place.dir, Hooks: []Hook{}}}
	for _, name := range names {
		h, err := s.readHook(place, name)
		if err != nil {
			return nil, err
		}
		p.report.Hooks = append(p.report.Hooks, h)
	}
	return p, nil
}

// namesOfHooks are the hooks that are meant, in their usual order.
func (s *Site) namesOfHooks(request HooksRequest) ([]string, error) {
	for _, name := range request.Names {
		if !slices.Contains(knownHooks(), name) {
			return nil, &UsageError{Text: fmt.Sprintf("%q is no hook that mgit knows", name), Hint: "these are: " + strings.Join(knownHooks(), ", ")}
		}
	}
	switch {
	case len(request.Names) > 0:
		isMeant := func(name string) bool { return slices.Contains(request.Names, name) }
		return slices.DeleteFunc(knownHooks(), func(name string) bool { return !isMeant(name) }), nil
	case request.Server || s.isServer():
		return ServerHookNames(), nil
	}
	return HookNames(), nil
}

// isServer reports whether nobody works in the repository: a bare one without linked worktrees.
func (s *Site) isServer() bool {
	if !s.Repo.Bare() {
		return false
	}
	linked, err := os.ReadDir(filepath.Join(s.Repo.CommonDir(), "worktrees"))
	return err != nil || len(linked) == 0
}

// text is what our hook of that name is to be here.
func (p *hooksPlan) text(h *Hook) string {
	script := hookScript{name: h.Name, program: p.request.Program, made: p.place.missing}
	if p.place.team {
		script.program = ""
	}
	if ours, _ := isOurHook(h.text); ours {
		script.made = madeFolders(h.text)
	}
	return script.text()
}

// mayInstall says why nothing is written in the folder. Where a program looks after what is in there, that is why.
func (p *hooksPlan) mayInstall() error {
	if p.place.closed == nil {
		return nil
	}
	for i := range p.report.Hooks {
		if h := &p.report.Hooks[i]; h.State == HookForeign && h.Manager != "" {
			if err := p.mayChain(h); err != nil {
				return err
			}
		}
	}
	return p.place.closed
}

// install decides what becomes of each hook.
func (p *hooksPlan) install() error {
	for i := range p.report.Hooks {
		h := &p.report.Hooks[i]
		switch h.State {
		case HookAbsent:
			h.Outcome = HookMade
		case HookInstalled, HookOutdated, HookAsleep:
			h.Outcome = HookRenewed
			if h.State == HookInstalled && h.text == p.text(h) {
				h.Outcome = HookUnchanged
			}
		case HookChanged, HookCalls:
			h.Outcome = HookLeft
			p.warn(h)
		default:
			if err := p.mayChain(h); err != nil {
				return err
			}
			h.Outcome = HookMade
			p.warnOfName(h)
		}
	}
	return nil
}

// mayChain says why a hook cannot be put behind ours.
func (p *hooksPlan) mayChain(h *Hook) error {
	switch {
	case h.Before != "" && !h.isKept():
		return &Refusal{
			ID: refuseHookKept, Final: true,
			Text: fmt.Sprintf("there are both %s, which is not mgit's, and %s, which was kept when mgit's was installed", h.Name, filepath.Base(h.Before)),
			Hint: fmt.Sprintf("something has written over mgit's hook: see which of the two is wanted in %s, and take the other away", p.place.dir),
		}
	case h.Reason == "it is no file":
		return &Refusal{ID: refuseHookKept, Final: true, Text: fmt.Sprintf("%s is there and is no file", h.File), Hint: "move it away, and install the hook again"}
	case h.Manager != "" && !h.mayChain && (h.byName || !slices.Contains(p.request.Allow, refuseHookManager)):
		return &Refusal{
			ID: refuseHookManager, Final: h.byName, // under another name it would do nothing
			Text: fmt.Sprintf("the hook %s belongs to %s, which would write over mgit's the next time it is set up", h.Name, h.Manager),
			Hint: "let its settings call mgit: docs/checks.md has the lines for them",
		}
	}
	return nil
}

func (p *hooksPlan) remove() {
	for i := range p.report.Hooks {
		h := &p.report.Hooks[i]
		switch {
		case h.behind != "":
			h.Outcome = HookRemoved
		case h.State == HookInstalled, h.State == HookOutdated, h.State == HookAsleep, h.State == HookAbsent && h.Before != "":
			h.Outcome = HookRemoved
			if h.Before != "" {
				h.Outcome = HookRestored
			}
		case h.State == HookChanged:
			h.Outcome = HookLeft
			p.warn(h)
		case h.isKept():
			h.Outcome = HookRestored
		default:
			h.Outcome = HookUnchanged
			p.warn(h)
		}
	}
}

// apply makes it so. A hook that is made or taken away is a run, so that undo takes it back; a new text for a hook
// that is there is none, and what goes into a folder of the team's is for git to keep.
func (p *hooksPlan) apply(ctx context.Context, lock *journal.Lock, command string) (run int, err error) {
	if len(p.report.Changed()) == 0 {
		return 0, nil
	}
	if err := p.place.tryWriting(); err != nil { // before a run is recorded of which nothing comes
		return 0, err
	}
	edit := &guardEdit{Install: command == "hooks install", Dir: p.site.guardDir(p), plan: p}
	for _, h := range p.report.Changed() {
		if h.Outcome != HookRenewed {
			edit.Names = append(edit.Names, h.Name)
		}
	}
	if len(edit.Names) > 0 && !p.place.team {
		run, err = p.site.applyEdit(ctx, lock, command, nil, sharedEdit{Clone: &cloneEdit{Guard: edit}})
	} else {
		err = p.write()
	}
	if err != nil {
		return run, err
	}
	return run, p.look()
}

// write changes the files.
func (p *hooksPlan) write() error {
	for i := range p.report.Hooks {
		h := &p.report.Hooks[i]
		var err error
		switch h.Outcome {
		case HookMade, HookRenewed:
			text := p.text(h)
			if err = os.MkdirAll(p.place.dir, 0o777); err == nil {
				err = h.install(text)
			}
		case HookRemoved, HookRestored:
			err = h.remove()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// look reads again how the hooks stand.
func (p *hooksPlan) look() error {
	for i, was := range p.report.Hooks {
		h, err := p.site.readHook(p.place, was.Name)
		if err != nil {
			return err
		}
		h.Outcome = was.Outcome
		p.report.Hooks[i] = h
	}
	return nil
}
