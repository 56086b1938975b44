package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mgit/internal/check"
	"mgit/internal/git"
)

// How long a push waits for the checks, and for PHP among them, which takes as long to start as the others for all of a
// branch. What was not judged by then was judged when it was committed, and CI judges it again.
const (
	pushTime    = 20 * time.Second
	pushPHPTime = 5 * time.Second
)

// pushedBranch is one of the site's branches on its way to a remote.
type pushedBranch struct {
	name   string // without refs/heads/
	tip    git.ID
	errors []CheckFinding // in what is new there, that nobody waived

	judged *spanJudgement // nil: nobody could, or had the time
}

// errorJudge asks the rules about what a push brings to a remote: of each branch what neither the remote has nor
// upstream.
type errorJudge struct {
	checker *checker
	without []git.ID // what the remote has
	phpTime time.Duration
	cuts    map[git.ID]bool // where a shallow clone ends

	late, latePHP []*pushedBranch // branches that there was no time for, and those of whose PHP there was none
	unknown       []string        // why nobody knows where some begin, each for one
}

// newErrorJudge makes what judges a push. allow are rules that are waived; phpTime is how long PHP may take for all, 0
// being as long as usual.
func (s *Site) newErrorJudge(allow []string, without []git.ID, phpTime time.Duration) (j *errorJudge, err error) {
	j = &errorJudge{checker: &checker{site: s, request: CheckRequest{Allow: allow}}, without: without, phpTime: cmp.Or(phpTime, pushPHPTime)}
	if s.Repo.Shallow() {
		j.cuts, err = readCuts(s.Repo)
	}
	return j, err
}

// judge enters what is found in each branch. PHP comes last, and to the small branches first: what there is no time for
// should be as little as possible.
func (j *errorJudge) judge(ctx context.Context, branches []*pushedBranch) error {
	within, cancel := context.WithTimeout(ctx, pushTime)
	defer cancel() // of rules that did not come to an end
	for _, b := range branches {
		err := j.begin(within, b)
		if err == nil {
			continue
		}
		if b.judged = nil; within.Err() == nil || ctx.Err() != nil {
			return fmt.Errorf("judge %s: %w", b.name, err)
		}
		j.late = append(j.late, b)
	}
	if err := j.judgePHP(within, branches); err != nil {
		return err
	}
	for _, b := range branches {
		if b.judged != nil {
			b.errors = errorsAmong(b.judged.done)
		}
	}
	return ctx.Err()
}

// begin asks about a branch all rules but the one that starts PHP. Where nobody knows where it begins none is asked: all
// of Moodle would be taken for the branch's own.
func (j *errorJudge) begin(ctx context.Context, b *pushedBranch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s := span{what: CheckedRange, branch: b.name, tip: b.tip, without: j.without}
	var err error
	if s.own, err = j.checker.commitsOf(ctx, s); err != nil {
		return err
	}
	if slices.ContainsFunc(s.own, func(id git.ID) bool { return j.cuts[id] }) {
		j.unknown = append(j.unknown, fmt.Sprintf("this clone is shallow, so that it cannot be told what is new in %s", b.name))
		return nil
	}
	var unknown *UsageError
	if err = j.checker.beginsSomewhere(ctx, b.name, s.own); errors.As(err, &unknown) {
		j.unknown = append(j.unknown, unknown.Text)
		return nil
	} else if err != nil {
		return err
	}
	if b.judged, err = j.checker.readSpan(ctx, s); err != nil {
		return err
	}
	return j.checker.ask(ctx, b.judged, func(r check.Rule) bool { return !startsPHP(r) })
}

func startsPHP(r check.Rule) bool { return r.ID == "php-syntax" }

// judgePHP asks the rule that starts PHP, as long as there is time.
func (j *errorJudge) judgePHP(ctx context.Context, branches []*pushedBranch) error {
	within, cancel := context.WithTimeout(ctx, j.phpTime)
	defer cancel()
	withPHP := slices.DeleteFunc(slices.Clone(branches), func(b *pushedBranch) bool { return b.judged == nil || !b.judged.hasPHP() })
	slices.SortStableFunc(withPHP, func(a, b *pushedBranch) int { return cmp.Compare(a.judged.done.Files, b.judged.done.Files) })
	for i, b := range withPHP {
		err := j.checker.ask(within, b.judged, startsPHP)
		if within.Err() != nil {
			j.latePHP = withPHP[i:]
			return nil
		}
		if err != nil {
			return fmt.Errorf("judge %s: %w", b.name, err)
		}
	}
	return nil
}

// hasPHP reports whether PHP would be asked about a file of it.
func (j *spanJudgement) hasPHP() bool {
	return j.subject != nil && j.subject.Options.PHP != "" && slices.ContainsFunc(j.subject.Files, func(f *check.File) bool {
		return !f.IsDeleted() && strings.HasSuffix(f.Path, ".php")
	})
}

// errorsAmong are the errors that nobody waived.
func errorsAmong(done *Checked) []CheckFinding {
	return slices.DeleteFunc(slices.Clone(done.Findings), func(f CheckFinding) bool { return f.Waived != nil || f.Severity != check.Error })
}

// warnings say what was not judged, and why.
func (j *errorJudge) warnings() []Warning {
	var all []Warning
	if n := len(j.unknown); n > 0 {
		all = append(all, Warning{"unjudged", fmt.Sprintf("%s %s not judged: %s", count(n, "branch"), isOrAre(n), j.unknown[0])})
	}
	if n := len(j.late); n > 0 {
		all = append(all, Warning{"unjudged", fmt.Sprintf(
			"%s %s not judged, since that would take longer than %v: `%s` does", count(n, "branch"), isOrAre(n), pushTime, j.checkOf(j.late))})
	}
	if n := len(j.latePHP); n > 0 {
		all = append(all, Warning{"unjudged", fmt.Sprintf(
			"PHP was not asked whether it can parse what is new in %s, since that would take longer than %v: `%s` asks it", count(n, "branch"), j.phpTime, j.checkOf(j.latePHP))})
	}
	return all
}

// checkOf is the command that judges branches which there was no time for. What is pushed need not be of the series in use,
// which --all alone would mean.
func (j *errorJudge) checkOf(late []*pushedBranch) string {
	if len(late) == 1 {
		return "mgit check --branch " + shellName(late[0].name)
	}
	first := j.checker.site.factsOf("refs/heads/" + late[0].name).Series
	for _, b := range late[1:] {
		if j.checker.site.factsOf("refs/heads/"+b.name).Series != first {
			return "mgit check --branch BRANCH"
		}
	}
	return "mgit check --all --series " + first.String()
}

// reasons say what was found, each where it is.
func (b *pushedBranch) reasons() []string {
	reasons := make([]string, 0, len(b.errors))
	for _, f := range b.errors {
		reason := fmt.Sprintf("%s [%s]", f.Text, f.Rule)
		switch {
		case f.Path != "" && f.Line > 0:
			reason = fmt.Sprintf("%s:%d: %s", f.Path, f.Line, reason)
		case f.Path != "":
			reason = f.Path + ": " + reason
		case git.ID(f.Commit) != git.ZeroID:
			reason = "commit " + shortID(git.ID(f.Commit)) + ": " + reason
		}
		reasons = append(reasons, reason)
	}
	return reasons
}
