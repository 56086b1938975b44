package rebase

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"mgit/internal/git"
)

// Settled says what a history has of one of Moodle's issues.
type Settled struct {
	By      git.ID // its newest commit of the issue; zero when there is none
	Release string // first upstream tag that has By, "" when none has
	// Undo is the commit that took one of them back, where that was not done again; zero
	// when none did.
	Undo git.ID
}

// IsIn reports whether the history has the issue, and nothing of it was taken back for good.
func (s Settled) IsIn() bool { return s.By != git.ZeroID && s.Undo == git.ZeroID }

// FindSettled looks for issues ("MDL-123") in the whole history of a commit. A commit
// belongs to an issue when its subject begins with the number; merges and what mentions
// a number elsewhere do not count. What takes a commit back is known by its message:
// its subject says that it reverts something and names the issue, or its body names the
// commit. Without such words it is known by what it does: it names the issue and takes
// the change back and does nothing else, or it reverts a merge and takes the change back
// among others. It is done again when a later commit of the issue makes the same change, or
// when the revert was reverted. An issue that the history does not have is in the answer
// with the zero Settled.
//
// The cost is one walk over the messages of the whole history, and one from its first
// commit of an issue on.
func FindSettled(ctx context.Context, r Runner, onto git.ID, issues []string) (map[string]Settled, error) {
	found := make(map[string]Settled, len(issues))
	issues = slices.DeleteFunc(slices.Clone(issues), func(issue string) bool {
		found[issue] = Settled{}
		return mdlAtStart().FindString(issue) != issue || issue == ""
	})
	if len(issues) == 0 {
		return found, nil
	}
	commits, err := findMessages(ctx, r, numberPatterns(issues), onto.String())
	if err != nil {
		return nil, fmt.Errorf("look for issues: %w", err)
	}
	if commits, err = withReverts(ctx, r, onto, issues, commits); err != nil {
		return nil, fmt.Errorf("look for what was taken back: %w", err)
	}
	evidence := make(map[git.ID]Evidence) // addReleases fills in the releases
	for _, issue := range issues {
		s, err := settle(ctx, r, issue, commits)
		if err != nil {
			return nil, fmt.Errorf("look for %s: %w", issue, err)
		}
		found[issue] = s
		if s.By != git.ZeroID {
			evidence[s.By] = Evidence{By: s.By}
		}
	}
	if err := addReleases(ctx, r, evidence); err != nil {
		return nil, err
	}
	for issue, s := range found {
		s.Release = evidence[s.By].Release
		found[issue] = s
	}
	return found, nil
}

// findMessages lists the commits, oldest first, whose messages match one of the patterns.
func findMessages(ctx context.Context, r Runner, patterns []string, revs ...string) ([]upstreamCommit, error) {
	args := slices.Concat(logConfig, []string{"log", "--no-merges", "--topo-order", "--reverse", "-z", "--format=commit %H%n%B", "-E", "-i"})
	for _, p := range patterns {
		args = append(args, "--grep="+p)
	}
	out, err := r.Cmd(append(append(args, revs...), "--")...).Output(ctx)
	if err != nil {
		return nil, err
	}
	return readWalk(out)
}

// withReverts adds to the commits that name the issues those that revert one of them
// by its id alone, in their order.
func withReverts(ctx context.Context, r Runner, onto git.ID, issues []string, commits []upstreamCommit) ([]upstreamCommit, error) {
	var first git.ID
	var ids []string
	for _, c := range commits {
		if !slices.Contains(issues, numberAtStart(c.message)) {
			continue
		}
		if first == git.ZeroID {
			first = c.id
		}
		ids = append(ids, c.id.String()[:shortest])
	}
	if len(ids) == 0 {
		return commits, nil
	}
	patterns := append(numberPatterns(issues), "This reverts commit ("+strings.Join(ids, "|")+")", revertsMerge)
	return findMessages(ctx, r, patterns, onto.String(), "--not", first.String()+"^@")
}

// numberPatterns find messages that have one of the issues' numbers. The names of branches,
// which merges and their reverts quote, write them in several ways.
func numberPatterns(issues []string) []string {
	var digits []string
	for _, issue := range issues {
		digits = append(digits, strings.TrimPrefix(issue, "MDL-"))
	}
	return []string{"MDL[-_]?(" + strings.Join(digits, "|") + ")([^0-9]|$)"}
}

const (
	// shortest is how much of an id names a commit in a message.
	shortest = 7
	// revertsMerge matches the last line of what git revert writes for a merge.
	revertsMerge = "changes made to [0-9a-f]{7}"
)

// settle says what the commits, oldest first, did with an issue.
func settle(ctx context.Context, r Runner, issue string, commits []upstreamCommit) (Settled, error) {
	var did, undone, doubt []int
	for i, c := range commits {
		switch {
		case isRevertOfRevert(c.message) && namesIssue(subject(c.message), issue):
			did = append(did, i)
		case revertsIssue(c.message, issue) || revertsOneOf(c.message, did, commits):
			undone = append(undone, i)
		case numberAtStart(c.message) == issue:
			did = append(did, i)
			doubt = append(doubt, i)
		case len(did) > 0 && (namesIssue(c.message, issue) || revertsSomeMerge(c.message)):
			doubt = append(doubt, i)
		}
	}
	var s Settled
	if len(did) == 0 {
		return s, nil
	}
	s.By = commits[did[len(did)-1]].id
	if len(undone) == 0 && doubt[len(doubt)-1] == did[0] {
		return s, nil
	}
	var ids []git.ID
	asked := slices.Concat(did, undone, doubt)
	slices.Sort(asked)
	for _, i := range slices.Compact(asked) {
		ids = append(ids, commits[i].id)
	}
	changes, err := readChanges(ctx, r, ids, place)
	if err != nil {
		return s, err
	}
	for _, i := range doubt {
		isOther := func(d int) bool { return d >= i || slices.Contains(undone, d) }
		if takesOneBack(i, slices.DeleteFunc(slices.Clone(did), isOther), commits, changes) {
			undone = append(undone, i)
		}
	}
	slices.Sort(undone)
	for _, undo := range undone {
		if !isDoneAgain(undo, did, undone, commits, changes) {
			s.Undo = commits[undo].id
		}
	}
	return s, nil
}

// takesOneBack reports whether a commit takes back one of others before it, and does nothing
// else; a revert of a merge may do much else.
func takesOneBack(i int, did []int, commits []upstreamCommit, changes map[git.ID]*change) bool {
	theirs := changes[commits[i].id]
	if theirs == nil {
		return false
	}
	for _, d := range did {
		own := changes[commits[d].id]
		if own == nil {
			continue
		}
		all, back := own.lines.weight(), own.lines.undone(theirs.lines).weight()
		// What moves lines seems to take back itself.
		isAll := back > 0 && back >= takenBack*all && own.lines.shared(theirs.lines).weight() < back
		if isAll && (back >= takenBack*theirs.lines.weight() || revertsSomeMerge(commits[i].message)) {
			return true
		}
	}
	return false
}

// isDoneAgain reports whether what a commit took back came again: the commit was
// reverted itself, or a later one has nearly all the lines that went.
func isDoneAgain(undo int, did, undone []int, commits []upstreamCommit, changes map[git.ID]*change) bool {
	took := changes[commits[undo].id]
	for _, i := range slices.Concat(did, undone) {
		again := commits[i]
		if i <= undo {
			continue
		}
		if strings.Contains(again.message, "This reverts commit "+commits[undo].id.String()) || quotes(again.message, commits[undo].message) {
			return true
		}
		if theirs := changes[again.id]; theirs != nil && took != nil {
			if all := took.lines.weight(); all > 0 && took.lines.undone(theirs.lines).weight() >= alike*all {
				return true
			}
		}
	}
	return false
}

// revertsIssue reports whether a subject says that the commit takes back something of
// the issue.
func revertsIssue(message, issue string) bool {
	return saysRevert(message) && namesIssue(subject(message), issue)
}

var mdlAnywhere = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)MDL[-_]?([0-9]+)`) })

// namesIssue reports whether a text has the number of an issue, as a branch's name may have it.
func namesIssue(text, issue string) bool {
	return slices.ContainsFunc(mdlAnywhere().FindAllStringSubmatch(text, -1), func(found []string) bool {
		return "MDL-"+found[1] == issue
	})
}

var revertedMerge = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(revertsMerge) })

// revertsSomeMerge reports whether git revert wrote the message for a merge.
func revertsSomeMerge(message string) bool {
	return saysRevert(message) && revertedMerge().MatchString(message)
}

// isRevertOfRevert reports whether git revert wrote the message for a revert: older ones
// quote the revert, newer ones say that they reapply what it took back.
func isRevertOfRevert(message string) bool {
	reverts, reapplies := 0, 0
	for {
		rest, isRevert := strings.CutPrefix(message, "Revert \"")
		rest, isReapply := strings.CutPrefix(rest, "Reapply \"")
		if !isRevert && !isReapply {
			return reverts+reapplies > 0 && reverts%2 == 0
		}
		if message = rest; isRevert {
			reverts++
		}
		if isReapply {
			reapplies++
		}
	}
}

var revertedCommit = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`This reverts commit ([0-9a-f]{7,})`) })

// revertsOneOf reports whether a message names one of the commits as reverted.
func revertsOneOf(message string, did []int, commits []upstreamCommit) bool {
	for _, found := range revertedCommit().FindAllStringSubmatch(message, -1) {
		for _, i := range did {
			if strings.HasPrefix(commits[i].id.String(), found[1]) {
				return true
			}
		}
	}
	return false
}

var mdlAtStart = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^MDL-[0-9]+\b`) })

// numberAtStart is the MDL number that a subject begins with.
func numberAtStart(message string) string { return mdlAtStart().FindString(subject(message)) }
