package job

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"mgit/internal/git"
)

// manyRefs is how many references one git push sends: a command line has an end.
const manyRefs = 200

// send pushes what the plan lets through: what belongs together in one atomic push
// each, everything else in one push in which every reference stands for itself. The
// error is an *UnreachableError when the connection broke; what was not pushed by
// then has failed.
func (p *pusher) send(ctx context.Context, d *destination, r *PushedRemote) error {
	groups := make(map[int][]*PushedRef)
	for i := range r.Refs {
		if ref := &r.Refs[i]; ref.Outcome == PushPushed {
			groups[ref.Together] = append(groups[ref.Together], ref)
		}
	}
	for refs := range slices.Chunk(groups[0], manyRefs) {
		again, err := p.push(ctx, d, refs, false)
		if err != nil {
			return err
		}
		// A hook that says no to one says no to all that came with it.
		for _, ref := range again {
			if _, err := p.push(ctx, d, []*PushedRef{ref}, false); err != nil {
				return err
			}
		}
	}
	for _, number := range slices.Sorted(maps.Keys(groups)) {
		if number == 0 {
			continue
		}
		if _, err := p.push(ctx, d, groups[number], true); err != nil {
			return err
		}
	}
	return nil
}

// notSent makes what was not pushed, because the connection broke, say so.
func (r *PushedRemote) notSent() {
	for i := range r.Refs {
		if ref := &r.Refs[i]; ref.Outcome == PushPushed && !ref.sent {
			ref.Outcome, ref.Reason = PushFailed, "the remote could not be reached"
		}
	}
}

// push runs one git push and enters what came of it. What a hook refused as a whole
// is returned, to be tried one by one.
func (p *pusher) push(ctx context.Context, d *destination, refs []*PushedRef, atomic bool) (again []*PushedRef, err error) {
	args := []string{"push", "--porcelain", "--no-follow-tags", "--recurse-submodules=no"}
	if atomic {
		args = append(args, "--atomic")
	}
	args = append(args, d.options...)
	var specs []string
	for _, r := range refs {
		lease := ""
		if r.lease != git.ZeroID {
			lease = r.lease.String()
		}
		args = append(args, "--force-with-lease="+r.To+":"+lease)
		specs = append(specs, git.ID(r.New).String()+":"+r.To)
	}
	args = append(args, "--", d.url)
	out, err := p.site.Repo.Cmd(append(args, specs...)...).Env(PushAllowVariable + "=" + strings.Join(append(slices.Clone(p.request.Allow), refuseErrors), ",")).Timeout(longPush).Output(ctx)
	var exit *git.ExitError
	if err != nil && !errors.As(err, &exit) {
		return nil, err
	}
	said := ""
	if exit != nil {
		said = exit.Stderr
	}
	answers := parsePushed(out)
	if exit != nil && exit.Code == gitDied && len(answers) == 0 && !strings.Contains(said, "--atomic") {
		return nil, &UnreachableError{Remote: d.name, Err: err}
	}
	isAlone := len(refs) == 1 || atomic
	for _, r := range refs {
		a, answered := answers[r.To]
		switch {
		case answered && a.flag != '!':
			r.sent = true
		case !answered && !isAlone:
			again = append(again, r)
		case !answered:
			r.Outcome, r.Reason = PushFailed, pushSaid(said, "git push failed")
		case isStale(a.summary) || isLocked(a.summary) && p.hasMoved(ctx, d, r):
			r.refuse(RuleLease, "somebody pushed at this very moment", d.showMissing(r, false))
		case !isAlone && strings.Contains(a.summary, "pre-receive hook declined"):
			again = append(again, r)
		default:
			r.Outcome, r.Reason = PushFailed, pushSaid(said, a.summary)
		}
	}
	if atomic {
		blameLease(refs)
	}
	return again, nil
}

// gitDied is the exit code of a git that could not go on, as without a connection.
const gitDied = 128

// PushAllowVariable is the environment variable that tells the guard, which is a
// hook of the push, what was waived by whoever gave the command.
const PushAllowVariable = "MGIT_PUSH_ALLOW"

// blameLease makes the lease of one reference the reason for all that were pushed
// together with it.
func blameLease(refs []*PushedRef) {
	i := slices.IndexFunc(refs, func(r *PushedRef) bool { return r.Rule == RuleLease })
	if i < 0 {
		return
	}
	for _, r := range refs {
		if r.Outcome == PushFailed {
			r.refuse(RuleLease, fmt.Sprintf("it belongs to %s, which was refused", refs[i].Name))
		}
	}
}

// pushAnswer is what git push --porcelain says of a reference.
type pushAnswer struct {
	flag    byte
	summary string
}

// parsePushed reads the lines "<flag>\t<from>:<to>\t<summary>" of git push, see
// git-push(1), by the reference there.
func parsePushed(out []byte) map[string]pushAnswer {
	answers := make(map[string]pushAnswer)
	for line := range strings.Lines(string(out)) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3)
		if len(fields) != 3 || len(fields[0]) != 1 {
			continue
		}
		if _, to, ok := strings.Cut(fields[1], ":"); ok {
			answers[to] = pushAnswer{flag: fields[0][0], summary: fields[2]}
		}
	}
	return answers
}

// isStale reports whether a reference has moved at the remote since it was asked.
func isStale(summary string) bool {
	return holdsOne(summary, "(stale info)", "(fetch first)", "(incorrect old value provided)")
}

// isLocked reports whether the remote could not write a reference: because it has
// just moved, or because of a lock, a right or a disk.
func isLocked(summary string) bool {
	return holdsOne(summary, "(failed to update ref)", "(cannot lock ref")
}

func holdsOne(text string, signs ...string) bool {
	return slices.ContainsFunc(signs, func(sign string) bool { return strings.Contains(text, sign) })
}

// hasMoved asks a repository whether a reference is still what it was. Where that
// cannot be told it has not.
func (p *pusher) hasMoved(ctx context.Context, d *destination, r *PushedRef) bool {
	now := *d
	return p.site.listRefs(ctx, &now) == nil && now.refs[r.To] != r.lease
}

// pushSaid is why a push failed, out of what git, the remote and hooks said: what
// the remote says counts, and git's own advice does not.
func pushSaid(stderr, summary string) string {
	var told []string
	for line := range strings.Lines(stderr) {
		line = strings.TrimSpace(line)
		isNoise := slices.ContainsFunc([]string{"hint:", "warning:", "To ", "error: failed to push some refs", "! ["}, func(sign string) bool {
			return strings.HasPrefix(line, sign)
		})
		if line != "" && !isNoise {
			told = append(told, line)
		}
	}
	if len(told) == 0 {
		return summary
	}
	return firstWords(summary + ": " + strings.Join(told, " "))
}
