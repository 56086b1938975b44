package job

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"mgit/internal/config"
)

// tickets are what texts about a branch refer to.
type tickets struct {
	links  []string // ids of issues of the site's tracker
	moodle []string // "MDL-38189"
	others []string // as they are written
}

// ticketFinder knows how tickets are written.
type ticketFinder struct {
	address  string           // of the site's tracker
	project  string           // whose key the ids begin with, as in Jira; ""
	patterns []*regexp.Regexp // of the settings
}

// The numbers of tickets. A number behind a # stands by itself: in words, addresses and
// references to characters it is something else, and with six digits or more, or behind
// the name of one, a colour.
var (
	numberSign   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(^|[\s(\[,;:])#([1-9][0-9]{0,8})`) })
	numberInName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(^|[-_/.])#([1-9][0-9]{0,8})`) })
	moodleTicket = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)(^|[^a-z0-9])(MDL-0*[1-9][0-9]{0,8})`) })
	colourBefore = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)(?:colou?r|background|border|fill|stroke|shadow|outline)[\w-]*\s*[:=]\s*$`)
	})
	issuePath = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^/(?:\S*/)?(?:issues|browse|work_items)/([A-Za-z0-9_-]+)`)
	})
)

func newTicketFinder(t config.Tracker) (*ticketFinder, error) {
	f := &ticketFinder{address: strings.TrimSuffix(t.URL, "/")}
	if t.Kind == "jira" {
		f.project = t.Project
	}
	for _, p := range t.Tickets {
		re, err := regexp.Compile(p)
		if err != nil {
			return nil, &UsageError{Text: fmt.Sprintf("tracker.tickets: %q is no regular expression: %v", p, err)}
		}
		f.patterns = append(f.patterns, re)
	}
	return f, nil
}

// inField reads a ticket that somebody entered as one, so that a mere number is one.
func (f *ticketFinder) inField(found *tickets, text string) {
	text = strings.TrimSpace(text)
	if number := strings.TrimPrefix(text, "#"); f.project == "" && isNumber(number) {
		found.link(number)
		return
	}
	before := found.count()
	f.inText(found, text)
	if text != "" && found.count() == before && !found.has(text) {
		found.others = append(found.others, text)
	}
}

func isNumber(text string) bool {
	return text != "" && len(text) <= 9 && strings.Trim(text, "0123456789") == "" && text[0] != '0'
}

// inName reads the name of a branch, in which marks stand between words.
func (f *ticketFinder) inName(found *tickets, name string) {
	f.numbers(found, numberInName(), name)
	f.named(found, name)
}

// inText reads a message or a note. Lines of code in it, which are indented or quoted,
// hold no tickets.
func (f *ticketFinder) inText(found *tickets, text string) {
	fenced := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
			continue
		}
		if fenced || strings.HasPrefix(line, "    ") || strings.HasPrefix(line, "\t") || strings.HasPrefix(line, ">") {
			continue
		}
		f.addresses(found, line)
		f.numbers(found, numberSign(), line)
		f.named(found, line)
	}
}

// addresses finds those of the site's own tracker.
func (f *ticketFinder) addresses(found *tickets, line string) {
	if f.address == "" {
		return
	}
	for word := range strings.FieldsSeq(line) {
		_, path, ok := strings.Cut(word, f.address)
		if m := issuePath().FindStringSubmatch(path); ok && m != nil && (isNumber(m[1]) || f.isOwn(m[1])) {
			found.link(m[1])
		}
	}
}

func (f *ticketFinder) numbers(found *tickets, re *regexp.Regexp, line string) {
	for _, m := range re.FindAllStringSubmatchIndex(line, -1) {
		number := line[m[4]:m[5]]
		if len(number) >= 6 || goesOn(line[m[5]:]) || colourBefore().MatchString(line[:m[3]]) {
			continue
		}
		if f.project != "" { // its ids are no mere numbers
			found.other("#" + number)
			continue
		}
		found.link(number)
	}
}

// goesOn reports whether a number that text stands behind is part of more.
func goesOn(text string) bool {
	if text == "" {
		return false
	}
	isMore := func(c byte) bool {
		return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
	}
	if isMore(text[0]) {
		return true
	}
	return len(text) > 1 && strings.IndexByte(".-/#", text[0]) >= 0 && isMore(text[1])
}

// named finds what is called by more than a number.
func (f *ticketFinder) named(found *tickets, line string) {
	for _, m := range moodleTicket().FindAllStringSubmatchIndex(line, -1) {
		if rest := line[m[5]:]; rest == "" || !goesOn(rest[:1]) {
			_, number, _ := strings.Cut(line[m[4]:m[5]], "-")
			found.moodleIssue("MDL-" + strings.TrimLeft(number, "0"))
		}
	}
	for _, re := range f.patterns {
		for _, m := range re.FindAllStringSubmatchIndex(line, -1) {
			if m[0] == m[1] || m[0] > 0 && goesOn(line[m[0]-1:m[0]]) || m[1] < len(line) && goesOn(line[m[1]:m[1]+1]) {
				continue
			}
			f.matched(found, line, m)
		}
	}
}

// matched enters what a pattern of the settings fits. A group in it that holds a number
// says that this is one of the site's own tracker.
func (f *ticketFinder) matched(found *tickets, line string, m []int) {
	text := line[m[0]:m[1]]
	switch {
	case f.isOwn(text):
		found.link(text)
	case f.project == "" && len(m) == 4 && m[2] >= 0 && isNumber(line[m[2]:m[3]]):
		found.link(line[m[2]:m[3]])
	case moodleTicket().FindString(text) == text:
	default:
		found.other(text)
	}
}

// isOwn reports whether an id begins with the key of the tracker's project.
func (f *ticketFinder) isOwn(id string) bool {
	number, ok := strings.CutPrefix(id, f.project+"-")
	return f.project != "" && ok && isNumber(number)
}

func (t *tickets) count() int { return len(t.links) + len(t.moodle) + len(t.others) }

func (t *tickets) has(text string) bool {
	return slices.Contains(t.links, strings.TrimPrefix(text, "#")) || slices.Contains(t.moodle, text) || slices.Contains(t.others, text)
}

// mostTickets is how many of a kind are of use to anybody.
const mostTickets = 30

func addTicket(list *[]string, text string) {
	if len(*list) < mostTickets && !slices.Contains(*list, text) {
		*list = append(*list, text)
	}
}

func (t *tickets) link(id string)         { addTicket(&t.links, id) }
func (t *tickets) moodleIssue(mdl string) { addTicket(&t.moodle, mdl) }
func (t *tickets) other(text string)      { addTicket(&t.others, text) }
func moodleAddress(mdl string) string {
	return "https://tracker.moodle.org/browse/" + url.PathEscape(mdl)
}
