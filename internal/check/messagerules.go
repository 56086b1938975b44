package check

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// messageRules are about what a commit says. What Moodle's own commits say is not ours to judge, and of merges git
// writes the message.
func messageRules() []Rule {
	return []Rule{
		{
			ID:       "message-subject",
			Severity: Error,
			Title:    "subject not as Moodle's developers write it, on a branch that is meant for the community",
			Why:      "the fix is offered to Moodle, where a commit is found by its issue and its area, and is sent back without them",
			Hint:     "begin with the issue and the area that is changed: MDL-12345 mod_forum: what is different now",
			message:  messageSubject,
		},
		{
			ID:       "message-ticket",
			Severity: Error,
			Title:    "no ticket in the message, on a branch of the site's own",
			Why:      "in the next upgrade somebody asks why the change is there, and the ticket is where that is written down",
			Hint:     "name the ticket in the subject or in a trailer of its own",
			message:  messageTicket,
		},
		{
			ID:       "message-length",
			Severity: Warning,
			Title:    "subject too long, or not parted from the text below it",
			Why:      "lists of commits, mails and forges cut a long subject off, and git takes a second line that is not blank for a part of it",
			Hint:     "sum the change up in the first line, leave the second blank, and say the rest below",
			message:  messageLength,
		},
	}
}

// issueSubject is the form that Moodle's coding style asks for; see "Commit messages" there. An area is anything that ends
// with a colon: a component, several, "core", "General".
var issueSubject = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^MDL-[0-9]+ [^:]*[^:\s][^:]*: *\S`) })

// issueAlone begins with an issue and names no area.
var issueAlone = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^MDL-[0-9]+\b`) })

// issueBranch is a branch as Moodle's developers name it, for a fix that is on its way there.
var issueBranch = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^MDL-[0-9]+-[0-9a-z]+(-[a-z0-9_-]+)?$`) })

func messageSubject(j *Judge, m *Message) {
	subject := subjectLine(m.Text)
	if !j.Branch.isForCommunity() || m.isOthers(j.Subject) || subject == "" {
		return
	}
	if prefix := autosquash(subject); prefix != "" {
		if !j.Committing {
			j.Report(Finding{
				Severity: Warning, Commit: m.Commit, Text: fmt.Sprintf("%s was never squashed into the commit that it mends", quoted(subject)),
				Hint: "git rebase -i --autosquash puts it there",
			})
		}
		return
	}
	switch {
	case issueSubject().MatchString(subject), strings.HasPrefix(subject, "NOBUG"):
	case issueAlone().MatchString(subject):
		j.Report(Finding{Severity: Warning, Commit: m.Commit, Text: fmt.Sprintf("%s names no area behind the issue", quoted(subject))})
	default:
		j.Report(Finding{Commit: m.Commit, Text: fmt.Sprintf("%s does not begin with the issue of Moodle's that it is about", quoted(subject))})
	}
}

func messageTicket(j *Judge, m *Message) {
	subject := subjectLine(m.Text)
	if len(j.Options.Tickets) == 0 || j.Branch.Kind != Ours || j.Branch.isForCommunity() || m.isOthers(j.Subject) || subject == "" || autosquash(subject) != "" {
		return
	}
	if issueAlone().MatchString(subject) {
		return // taken from Moodle, whose issue it names
	}
	text := withoutOwnTrailers(m.Text)
	var patterns []string
	for _, pattern := range j.Options.Tickets {
		if pattern.MatchString(text) {
			return
		}
		patterns = append(patterns, pattern.String())
	}
	f := Finding{Commit: m.Commit, Text: fmt.Sprintf("%s names no ticket (%s)", quoted(subject), strings.Join(patterns, ", "))}
	if j.Branch.Ticket != "" {
		f.Hint = fmt.Sprintf("the branch's record has the ticket %s: name that, in the subject or in a trailer", j.Branch.Ticket)
	}
	j.Report(f)
}

func messageLength(j *Judge, m *Message) {
	subject := subjectLine(m.Text)
	if m.isOthers(j.Subject) || subject == "" {
		return
	}
	if n, most := characters(strings.TrimPrefix(subject, autosquash(subject))), j.Options.SubjectLength; most > 0 && n > most {
		j.Report(Finding{Commit: m.Commit, Text: fmt.Sprintf("the first line has %d characters, more than %d", n, most)})
	}
	_, rest, _ := strings.Cut(strings.TrimLeft(m.Text, "\n"), "\n")
	if second, _, _ := strings.Cut(rest, "\n"); strings.TrimSpace(second) != "" {
		j.Report(Finding{Commit: m.Commit, Text: "the second line is not blank, so that git takes it for a part of the subject"})
	}
}

// isForCommunity reports whether commits of the branch are written for Moodle's developers.
func (b Branch) isForCommunity() bool {
	switch b.Kind {
	case Ours:
		return b.Public || b.Justification == "upstreamable"
	case Foreign:
		return issueBranch().MatchString(b.Name)
	}
	return false
}

// isOthers reports whether a message was not written for this commit: Moodle's own, that of a merge, of a revert, or
// of a commit that is taken from elsewhere.
func (m *Message) isOthers(s *Subject) bool {
	return m.Upstream || m.Merge || s.Merging || isMergeSubject(subjectLine(m.Text)) || strings.HasPrefix(m.Text, "Revert \"") || strings.HasPrefix(m.Text, "Reapply \"")
}

// isMergeSubject recognises what git and forges write of a merge, which a squash can leave to a commit with one parent.
func isMergeSubject(subject string) bool {
	for _, what := range []string{"branch", "branches", "remote-tracking branch", "remote-tracking branches", "tag", "tags", "commit", "commits", "pull request"} {
		if strings.HasPrefix(subject, "Merge "+what+" ") {
			return true
		}
	}
	return false
}

// autosquash is what git rebase --autosquash knows a commit by that goes into another, "" for others.
func autosquash(subject string) string {
	for _, prefix := range []string{"fixup! ", "squash! ", "amend! "} {
		if strings.HasPrefix(subject, prefix) {
			return prefix
		}
	}
	return ""
}

// subjectLine is the first line with anything in it.
func subjectLine(text string) string {
	subject, _, _ := strings.Cut(strings.TrimLeft(text, " \t\r\n"), "\n")
	return strings.TrimRight(subject, " \t\r")
}

// ownTrailer is a line of ours, whose reasons may name tickets of anything.
var ownTrailer = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?im)^mgit-[a-z-]+:.*$`) })

func withoutOwnTrailers(text string) string { return ownTrailer().ReplaceAllString(text, "") }

// characters counts what a reader sees as one: a byte of another encoding counts as one as well, a mark that stands over
// the letter before it does not.
func characters(text string) int {
	n := 0
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if !unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
			n++
		}
		text = text[size:]
	}
	return n
}

// quoted is the beginning of a subject in quotes, on one line of plain characters.
func quoted(subject string) string {
	const most = 50
	safe := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(subject, "?"))
	if runes := []rune(safe); len(runes) > most {
		safe = string(runes[:most-1]) + "…"
	}
	return `"` + safe + `"`
}
