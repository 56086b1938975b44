package corehack

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// Marker is a comment by which a site marks a change of its own.
type Marker struct {
	Token  string // what made it one, as it stands there: "LUVLE BEGIN"
	Text   string // the comment without its signs, cut at 120 characters
	Ticket string // "#8250", "LU-311"; a site's own before one of Moodle; ""
	Until  string // "2.6" of "(until Moodle 2.6)"; ""
}

// Markers finds the comments by which sites mark their changes. A general word
// like "hack" stands in upstream's own code as well, so only lines that a change
// added may be looked at. The comments explain few changes and detect none: in
// public forks whose changes are known, one hunk in thirty has any.
type Markers struct {
	own   *regexp.Regexp // the site's words, nil without any
	usual []*regexp.Regexp
}

// Words around a site's own word that belong to the marker.
const (
	beginning = `begins?|start(?:s|ed)?|debut|début|inicio|anfang`
	ending    = `ends?|fin|ende`
	changing  = `hack(?:s|ed)?|patch(?:es|ed)?|mod(?:s|ification|ifications)?|change[sd]?|custom|specific|ajout|addition`
)

// NewMarkers returns a finder of the usual markers and of those with one of a
// site's own words, which may be several words each and whose case is ignored.
func NewMarkers(words []string) *Markers {
	m := &Markers{usual: []*regexp.Regexp{
		// ou-specific begins #8250 (until Moodle 2.6)
		regexp.MustCompile(`(?i)\b[a-z]{2,12}-specific[ ]+(?:` + beginning + `|` + ending + `)\b`),
		// BEGIN UCLA MOD: CCLE-3446, Begin core hack - VODHAS-859, debut ajout SILECS
		regexp.MustCompile(`(?i)(?:^|[^\pL\pN_])/?(?:` + beginning + `|` + ending + `)[ :]+(?:[\pL\pN_-]+[ ]+){0,3}(?:core[ ]+)?(?:hack|patch|mod|modifications?|specific|ajout|custom(?:isation|ization)?s?)\b(?:[ ]+[\p{Lu}]{3,})?`),
		// core hack, Moodle HACK, /// VMOODLE Hack, Totara hack:
		regexp.MustCompile(`(?i)(?:^|[^\pL\pN_/])/?\b(?:core|moodle|local|[\pL\pN]*moodle)[ _-]+(?:hack|patch|mod|modification|customi[sz]ation)\b`),
		regexp.MustCompile(`\b[A-Z][A-Za-z0-9]{2,}[ ]+(?:hack|Hack|HACK)\b[ ]*[:#-]`),
		// PATCH : reason, PATCH+, /PATCH, HACK:, CUSTOM #12, LOCAL:
		regexp.MustCompile(`(?:^|[^\pL\pN_])(?:PATCH[ ]*[:+]|/PATCH\b|(?:HACK|CUSTOM|LOCAL)[ ]*[:#])`),
		// CLAMP # 194 2010-06-23: a name, a ticket and a date
		regexp.MustCompile(`\b[A-Z]{3,}[ ]+#[ ]?[0-9]+[ ]+[0-9]{4}-[0-9]{2}-[0-9]{2}\b`),
		// IOMAD - Get all of the companies
		regexp.MustCompile(`^IOMAD\b`),
	}}
	var quoted []string
	for _, word := range words {
		if fields := strings.Fields(word); len(fields) > 0 {
			for i, field := range fields {
				fields[i] = regexp.QuoteMeta(field)
			}
			quoted = append(quoted, strings.Join(fields, `\s+`))
		}
	}
	if len(quoted) > 0 {
		around := `(?:` + beginning + `|` + ending + `|` + changing + `)`
		m.own = regexp.MustCompile(`(?i)(?:^|[^\pL\pN_])((?:/?` + around + `[ :]+){0,2}(?:` + strings.Join(quoted, "|") + `)(?:[ :]+` + around + `){0,2})(?:$|[^\pL\pN_])`)
	}
	return m
}

// Find returns what the comments on some lines, which stand next to one another
// in one file, say about a change. The first marker counts, and the first ticket
// and the first end that any of them names; one with a site's own word goes
// before the usual ones. Comments of PHP, JavaScript, CSS, HTML and Mustache are
// understood.
func (m *Markers) Find(lines []string) (found Marker, ok bool) {
	ownFound := false
	tickets := make([]string, 0, 2)
	for text := range comments(lines) {
		token, own := m.token(text)
		if token == "" {
			continue
		}
		if !ok || own && !ownFound {
			found.Token, found.Text = token, cut(text)
		}
		ok, ownFound = true, ownFound || own
		tickets = append(tickets, ticketsIn(text)...)
		if u := until.FindStringSubmatch(text); u != nil && found.Until == "" {
			found.Until = u[1]
		}
	}
	found.Ticket = firstTicket(tickets)
	return found, ok
}

// token returns what makes a comment a marker, "" for nothing, and whether that is
// one of the site's own words.
func (m *Markers) token(text string) (token string, own bool) {
	if m.own != nil {
		if found := m.own.FindStringSubmatch(text); found != nil {
			return strings.Join(strings.Fields(strings.TrimRight(found[1], " :")), " "), true
		}
	}
	for _, usual := range m.usual {
		if found := usual.FindString(text); found != "" {
			return strings.Trim(strings.Join(strings.Fields(found), " "), " :#+-(.,*"), false
		}
	}
	return "", false
}

// textLimit is how much of a comment is shown, in characters.
const textLimit = 120

func cut(text string) string {
	if utf8.RuneCountInString(text) <= textLimit {
		return text
	}
	n := 0
	for i := range text {
		if n++; n == textLimit {
			return strings.TrimSpace(text[:i]) + "…"
		}
	}
	return text
}

var (
	ticket = regexp.MustCompile(`#[ ]?[0-9]+\b|\b[A-Z]{2,}-[0-9]+\b`)
	until  = regexp.MustCompile(`(?i)\buntil[ ]+(?:moodle[ ]+)?v?([0-9]+(?:\.[0-9]+){1,2})\b`)
)

// ticketsIn returns what looks like the number of a ticket. Names of standards
// look the same.
func ticketsIn(text string) []string {
	var tickets []string
	for _, t := range ticket.FindAllString(text, -1) {
		switch name, _, _ := strings.Cut(t, "-"); name {
		case "UTF", "ISO", "SHA", "RFC", "CVE", "PSR", "ES", "HTTP", "BCP", "AES", "MD":
		default:
			tickets = append(tickets, strings.ReplaceAll(t, " ", ""))
		}
	}
	return tickets
}

// firstTicket prefers a site's own ticket to one of Moodle's tracker.
func firstTicket(tickets []string) string {
	for _, t := range tickets {
		if !strings.HasPrefix(t, "MDL-") {
			return t
		}
	}
	if len(tickets) > 0 {
		return tickets[0]
	}
	return ""
}
