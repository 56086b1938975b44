package job

import (
	"fmt"
	"slices"
	"strings"
)

// warnHooksUnread is the name of the warning about hooks that git does not look at.
const warnHooksUnread = "hooks-unread"

// warn says of a hook that stays as it is why, unless that is as it should be.
func (p *hooksPlan) warn(h *Hook) {
	if isTheirs := h.State == HookForeign || h.State == HookCalls; isTheirs && h.Before != "" {
		p.report.Warnings = append(p.report.Warnings, Warning{refuseHookKept, fmt.Sprintf(
			"nobody calls %s, the hook that was there before mgit's, since something has written over mgit's: see which of the two is wanted", h.Before)})
	}
	if h.State == HookChanged {
		p.report.Warnings = append(p.report.Warnings, Warning{"hook-changed", fmt.Sprintf("%s stays as it is: %s", h.Name, h.Reason)})
	}
}

// warnOfName says of a hook that will be kept that it may not know itself any more: one script can be many hooks, and
// ask which one is meant.
func (p *hooksPlan) warnOfName(h *Hook) {
	if ownName().MatchString(h.text) {
		p.report.Warnings = append(p.report.Warnings, Warning{"hook-name", fmt.Sprintf(
			"%s asks for the name that it is called by, which is %s from now on: see whether it still does what it did", h.Name, h.Name+keptSuffix)})
	}
}

// warnOfPHP says once what every commit would have to say: the hooks are silent about it.
func (p *hooksPlan) warnOfPHP() {
	if p.site.lacksPHP() {
		p.report.Warnings = append(p.report.Warnings, Warning{
			"no-php", "there is no php on the PATH, so that hooks do not see whether PHP can be parsed; `git config mgit.php PATH` names one that is elsewhere",
		})
	}
}

// lacks reports whether a hook that judges something does not ask mgit.
func (p *hooksPlan) lacks() bool {
	return slices.ContainsFunc(p.report.Hooks, func(h Hook) bool {
		return h.Name != hookPostCheckout && (h.State == HookAbsent || h.State == HookForeign)
	})
}

// hasOurs reports whether one of the hooks is mgit's.
func (p *hooksPlan) hasOurs() bool {
	return slices.ContainsFunc(p.report.Hooks, func(h Hook) bool {
		ours, _ := isOurHook(h.text)
		return ours
	})
}

// warnOfUnread says of a folder that somebody names that git looks in another one.
func (p *hooksPlan) warnOfUnread() {
	if p.place.unread != "" {
		p.report.Warnings = append(p.report.Warnings, Warning{
			warnHooksUnread,
			fmt.Sprintf("git looks for hooks in %s, not in %s: git config core.hooksPath %s changes that in this clone", p.place.unread, p.place.dir, shellName(p.request.Into)),
		})
	}
}

// warnOfLeft names the hooks of mgit's that are in the clone's own folder, while a setting sends git elsewhere: whoever sets
// up a program that looks after hooks does not see that these sleep from then on.
func (p *hooksPlan) warnOfLeft() error {
	if p.place.own == "" || p.request.Into != "" {
		return nil
	}
	var left []string
	for _, h := range p.report.Hooks {
		there, err := p.site.readHook(hookPlace{dir: p.place.own}, h.Name)
		if err != nil {
			return err
		}
		if ours, _ := isOurHook(there.text); ours {
			left = append(left, h.Name)
		}
	}
	if len(left) > 0 {
		p.report.Warnings = append(p.report.Warnings, Warning{warnHooksUnread, fmt.Sprintf(
			"git does not look at mgit's hooks in %s (%s), since core.hooksPath sends it elsewhere: `mgit hooks remove --into %s` takes them away",
			p.place.own, strings.Join(left, ", "), shellName(p.place.own))})
	}
	return nil
}
