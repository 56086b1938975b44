package git

import "strings"

// Trailer is a line "Name: value" at the end of a message. A value that goes on in the next line, which then begins with
// a blank, is one line here.
type Trailer struct{ Name, Value string }

const (
	gitBlanks = " \t\r\n"                                                 // what git takes for blanks: fewer than Unicode has
	scissors  = " ------------------------ >8 ------------------------\n" // behind what begins a comment
)

// Trailers returns the trailers of a commit's message as git recognises them: they stand in the last paragraph, which is
// not the first, and that has nothing else, or has a line that git itself writes and at most three other lines for every
// trailer. Lines that begin as a comment does, "#" unless core.commentChar says otherwise, are none of the message, and
// neither is a list of conflicts at its end. See git-interpret-trailers(1).
func Trailers(message, comment string) []Trailer {
	var found []Trailer
	trailers, others := 0, 0
	isGits, inTrailer, mayGoOn := false, false, false
	for _, line := range lastParagraph(withoutNotes(message, comment)) {
		if strings.HasPrefix(line, comment) {
			inTrailer, mayGoOn = false, false
			continue
		}
		if strings.IndexByte(gitBlanks, line[0]) >= 0 {
			switch {
			case inTrailer:
				last := &found[len(found)-1]
				last.Value = strings.Trim(last.Value+" "+strings.Trim(line, gitBlanks), gitBlanks)
			case !mayGoOn:
				others++
			}
			continue
		}
		isGenerated := strings.HasPrefix(line, "Signed-off-by: ") || strings.HasPrefix(line, "(cherry picked from commit ")
		isGits = isGits || isGenerated
		name, value, isTrailer := cutTrailer(line)
		inTrailer, mayGoOn = isTrailer, isTrailer || isGenerated
		switch {
		case isTrailer:
			found = append(found, Trailer{Name: name, Value: value})
			trailers++
		case isGenerated:
			trailers++
		default:
			others++
		}
	}
	if others > 0 && (!isGits || trailers*3 < others) {
		return nil
	}
	return found
}

// withoutNotes cuts off what stands below a message and is none of it, as git does when it looks for trailers: comments,
// the conflicts of a merge as git once listed them, and what is below the scissors.
func withoutNotes(message, comment string) string {
	if !strings.HasSuffix(message, "\n") {
		message += "\n"
	}
	if i := strings.Index("\n"+message, "\n"+comment+scissors); i >= 0 {
		message = message[:i]
	}
	end, at, inConflicts := 0, 0, false // end: of the message itself, so far
	for line := range strings.Lines(message) {
		at += len(line)
		switch {
		case strings.HasPrefix(line, comment), line == "\n":
		case line == "Conflicts:\n":
			inConflicts = true
		case inConflicts && line[0] == '\t':
		default:
			end, inConflicts = at, false
		}
	}
	return message[:end]
}

// lastParagraph returns the lines of the last paragraph, none where that is the first.
func lastParagraph(message string) []string {
	isBlank := func(line string) bool { return strings.Trim(line, gitBlanks) == "" }
	lines := strings.Split(message, "\n")
	for len(lines) > 0 && isBlank(lines[len(lines)-1]) {
		lines = lines[:len(lines)-1]
	}
	first := len(lines)
	for first > 0 && !isBlank(lines[first-1]) {
		first--
	}
	if first == 0 {
		return nil
	}
	return lines[first:]
}

// cutTrailer takes a line apart. A name is letters, digits and hyphens; blanks may stand before the colon.
func cutTrailer(line string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(line, ":")
	name = strings.TrimRight(name, " \t")
	if !ok || name == "" {
		return "", "", false
	}
	for i := range len(name) {
		c := name[i]
		if c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return "", "", false
		}
	}
	return name, strings.Trim(value, gitBlanks), true
}
