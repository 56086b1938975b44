package job

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mgit/internal/check"
	"mgit/internal/git"
	"mgit/internal/remote"
)

// pushTime is how long a push waits for the checks. What was not judged by then was judged when it was committed, and CI
// judges it again.
const pushTime = 20 * time.Second

// pushErrors asks the rules about what a push brings to a remote.
type pushErrors struct {
	found    []string // errors that nobody waived
	branches []string // that have some
	unjudged int      // branches that there was no time for
}

// errorsInPush judges the branches of the site's among what is pushed, each by what of it is new to the remote. Targets
// are made of branches that were judged, and what goes to a remote without a role is its user's business.
func (s *Site) errorsInPush(ctx context.Context, request GuardRequest, role remote.Role, lines []pushLine) (*pushErrors, error) {
	out := &pushErrors{}
	if role != remote.Internal && role != remote.Public {
		return out, nil
	}
	without, err := s.knownAt(ctx, request, lines)
	if err != nil {
		return nil, err
	}
	within, cancel := context.WithTimeout(ctx, pushTime)
	defer cancel()
	c := &checker{site: s, request: CheckRequest{Allow: request.Allow}}
	for _, l := range lines {
		branch := s.branchOfLine(l)
		if l.id == git.ZeroID || branch == "" {
			continue
		}
		if within.Err() != nil {
			out.unjudged++
			continue
		}
		tip, err := s.present(ctx, []git.ID{l.id})
		if err != nil {
			return nil, err
		}
		if len(tip) == 0 {
			continue
		}
		done, err := c.judgeSpan(within, span{what: CheckedRange, branch: branch, tip: tip[0], without: without})
		switch {
		case err == nil:
			out.add(branch, done)
		case within.Err() != nil && ctx.Err() == nil:
			out.unjudged++
		default:
			return nil, fmt.Errorf("judge %s: %w", branch, err)
		}
	}
	return out, nil
}

// branchOfLine is the branch of the site that a line is about, by its name there or else here; "" for none.
func (s *Site) branchOfLine(l pushLine) string {
	for _, ref := range []string{l.remote, l.local} {
		switch facts := s.factsOf(ref); facts.Kind {
		case check.Ours, check.Misnamed:
			return facts.Name
		}
	}
	return ""
}

func (e *pushErrors) add(branch string, done *Checked) {
	has := false
	for _, f := range done.Findings {
		if f.Waived != nil || f.Severity != check.Error {
			continue
		}
		has = true
		place := f.Path
		if f.Line > 0 {
			place = fmt.Sprintf("%s:%d", f.Path, f.Line)
		}
		e.found = append(e.found, strings.TrimPrefix(fmt.Sprintf("%s: %s [%s]", place, f.Text, f.Rule), ": "))
	}
	if has {
		e.branches = append(e.branches, branch)
	}
}

// refusal is nil where nothing was found.
func (e *pushErrors) refusal(name string) *Refusal {
	if len(e.found) == 0 {
		return nil
	}
	return &Refusal{
		ID:   refuseErrors,
		Text: fmt.Sprintf("push to %s: %s in what is new there: %s", remote.Redact(name), count(len(e.found), "error"), fewOf(e.found)),
		Hint: fmt.Sprintf("nothing was pushed; `mgit check --branch %s` lists them all\nMGIT_ALLOW=ID in the environment of the push lets what a rule found pass this time, a line \"Mgit-Allow: ID REASON\" at the end of a commit's message for good", shellName(e.branches[0])),
	}
}
