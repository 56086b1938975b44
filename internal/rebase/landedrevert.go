package rebase

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"mgit/internal/git"
)

// takenBack is the part of a landing that a commit must take back to be its revert when
// its message does not say so.
const takenBack = 0.9

// undo finds the commit after a landing that takes it back, or one that did so with
// another that has part of the step.
func (f *finder) undo(step Step, e Evidence, at int) (int, bool) {
	for _, id := range append([]git.ID{e.By}, e.Also...) {
		message, from := "", at
		if i, ok := f.at[id]; ok {
			message, from = f.upstream[i].message, i
		}
		var did lineSet
		if c := f.changes[id]; c != nil {
			did = f.net[step.Old].shared(c.lines)
		}
		for _, i := range f.near(step, id) {
			if i > from && f.takesBack(i, id, message, did) {
				return i, true
			}
		}
	}
	return 0, false
}

// near lists the commits that can take back what an upstream commit did of the step:
// those that touch a place of the step, and those that have its number.
func (f *finder) near(step Step, id git.ID) []int {
	all := f.candidates(step.Old)
	if i, ok := f.at[id]; ok {
		if n := mdlNumber().FindString(subject(f.upstream[i].message)); n != "" {
			all = append(all, f.numbered[n]...)
			slices.Sort(all)
			all = slices.Compact(all)
		}
	}
	return all
}

// takesBack reports whether a commit of upstream takes back another one, of which the
// step has the lines did. Where it names the commit, it is taken at its word; where it
// says that it reverts the issue, half of the lines must go, and where it says nothing,
// nearly all of them, and nothing else.
func (f *finder) takesBack(i int, by git.ID, message string, did lineSet) bool {
	up := f.upstream[i]
	if strings.Contains(up.message, "This reverts commit "+by.String()) || quotes(up.message, message) {
		return true
	}
	theirs, all := f.changes[up.id], did.weight()
	if theirs == nil || all == 0 {
		return false
	}
	back := did.undone(theirs.lines).weight()
	if saysRevert(up.message) && (strings.HasPrefix(up.message, "Revert \"") || sharesNumber(up.message, message)) {
		return back >= similar*all
	}
	return all >= said && back >= takenBack*all && back >= takenBack*theirs.lines.weight()
}

var revertWord = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)\brevert(s|ed|ing)?\b`) })

// saysRevert reports whether the subject says that the commit takes something back.
func saysRevert(message string) bool { return revertWord().MatchString(subject(message)) }

// quotes reports whether a message is the one that git revert writes for another.
func quotes(message, reverted string) bool {
	return reverted != "" && strings.HasPrefix(message, "Revert \""+strings.TrimSpace(subject(reverted))+"\"")
}

// sharesNumber reports whether two subjects name the same issue.
func sharesNumber(a, b string) bool {
	n := mdlNumber().FindString(subject(b))
	return n != "" && slices.Contains(mdlNumber().FindAllString(subject(a), -1), n)
}

// sameTitle reports whether two subjects say the same, apart from the number of the
// issue. A word or two are no title.
func sameTitle(a, b string) bool {
	title := titleOf(a)
	return len(title) >= 15 && title == titleOf(b)
}

var notWords = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[^\pL\pN]+`) })

func titleOf(message string) string {
	line := subject(message)
	line = strings.Replace(line, mdlNumber().FindString(line), "", 1)
	return notWords().ReplaceAllString(strings.ToLower(line), "")
}
