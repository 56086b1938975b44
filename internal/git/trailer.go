package git

import "strings"

// Trailer is a line "Name: value" at the end of a message. A value that goes on in the next line, which then begins with
// a blank, is one line here.
type Trailer struct{ Name, Value string }

// Trailers returns the trailers of a commit's message as git recognises them: they stand in the last paragraph, which is
// not the first, and that has nothing else, or has a line that git itself writes and at most three other lines for every
// trailer. See git-interpret-trailers(1).
func Trailers(message string) []Trailer {
	paragraph := lastParagraph(message)
	var found []Trailer
	trailers, others := 0, 0
	isGits, inTrailer := false, false
	for _, line := range paragraph {
		if line[0] == ' ' || line[0] == '\t' {
			if inTrailer {
				last := &found[len(found)-1]
				last.Value += " " + strings.TrimSpace(line)
			} else {
				others++
			}
			continue
		}
		isGenerated := strings.HasPrefix(line, "Signed-off-by: ") || strings.HasPrefix(line, "(cherry picked from commit ")
		isGits = isGits || isGenerated
		name, value, isTrailer := cutTrailer(line)
		inTrailer = isTrailer
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

// lastParagraph returns the lines of the last paragraph, none where that is the first.
func lastParagraph(message string) []string {
	lines := strings.Split(strings.TrimRight(message, " \t\r\n"), "\n")
	first := len(lines)
	for first > 0 && strings.TrimSpace(lines[first-1]) != "" {
		first--
	}
	isFirst := true
	for _, line := range lines[:first] {
		isFirst = isFirst && strings.TrimSpace(line) == ""
	}
	if isFirst {
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
	return name, strings.TrimSpace(value), true
}
