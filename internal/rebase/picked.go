package rebase

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"mgit/internal/git"
)

// Picked says where a commit was taken from. It stands in the commit's message
// as trailers (git-interpret-trailers(1)), because the message is what every
// later rebase keeps.
type Picked struct {
	From git.ID
	MDL  string // "MDL-12345"; "" when the source names none
	// Source is where a commit that is not upstream's was found; "" for upstream's.
	Source string
}

// The trailers of a picked commit.
const (
	trailerFrom   = "Mgit-Picked-From"
	trailerMDL    = "Mgit-Mdl"
	trailerSource = "Mgit-Source"
)

// AddTo returns the message with the trailers at its end: in the block of
// trailers that it ends with, else in one of their own. All else stays byte for
// byte, but a line end that was missing is added. What the block says already is
// not said twice.
func (p Picked) AddTo(message string) string {
	lines := []string{trailerFrom + ": " + p.From.String()}
	if p.MDL != "" {
		lines = append(lines, trailerMDL+": "+p.MDL)
	}
	if p.Source != "" {
		lines = append(lines, trailerSource+": "+p.Source)
	}
	text := strings.TrimRight(message, "\n")
	if text != "" {
		text += "\n"
	}
	block := trailers(text)
	if len(block) == 0 {
		text += "\n"
	}
	for _, line := range lines {
		if !slices.Contains(block, line) {
			text += line + "\n"
		}
	}
	return text
}

// cherryPicked is what `git cherry-pick -x` adds to a message.
var cherryPicked = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\(cherry picked from commit ([0-9a-f]{40})\)\s*$`) })

// Sources lists the commits that a message says its commit was picked from, by
// mgit or by `git cherry-pick -x`, the last one first: a commit that was picked
// twice names the nearest one last.
func Sources(message string) []git.ID {
	var all []git.ID
	for _, line := range slices.Backward(trailers(message)) {
		text := ""
		if m := cherryPicked().FindStringSubmatch(line); m != nil {
			text = m[1]
		} else if value, ok := strings.CutPrefix(line, trailerFrom+":"); ok {
			text = strings.TrimSpace(value)
		}
		if id, err := git.ParseID(text); err == nil && !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	return all
}

// number is the MDL number of a commit: that of its subject, else that of the
// trailer, for subjects that were rewritten. Bodies mention other issues.
func number(message string) string {
	if n := mdlNumber().FindString(subject(message)); n != "" {
		return n
	}
	return pickedNumber(message)
}

// pickedNumber is the MDL number for which a commit was picked, as its trailer says.
func pickedNumber(message string) string {
	for _, line := range trailers(message) {
		if value, ok := strings.CutPrefix(line, trailerMDL+":"); ok {
			return mdlNumber().FindString(value)
		}
	}
	return ""
}

// Trailers returns the values that a message's trailers of a name have, in their order;
// the name counts in any case, as for git.
func Trailers(message, name string) []string {
	var values []string
	for _, line := range trailers(message) {
		key, value, ok := strings.Cut(line, ":")
		if ok && strings.EqualFold(strings.TrimSpace(key), name) {
			values = append(values, strings.TrimSpace(value))
		}
	}
	return values
}

// trailers returns the lines of the block of trailers that the message ends
// with, as git finds it where nothing is configured (find_trailer_block_start in
// its trailer.c): the last paragraph, when it is not the title and either all of
// its lines are trailers, or a quarter of them are and one is Git's own.
func trailers(message string) []string {
	all := strings.Split(strings.TrimRight(message, " \t\r\n"), "\n")
	title := slices.IndexFunc(all, isBlank)
	if title < 0 {
		return nil
	}
	found, others, continued := 0, 0, 0
	own := false
	for i := len(all) - 1; i >= title; i-- {
		line := all[i]
		switch {
		case strings.HasPrefix(line, "#"):
			others += continued
			continued = 0
		case isBlank(line):
			others += continued
			if own && found*3 >= others || found > 0 && others == 0 {
				return all[i+1:]
			}
			return nil
		case strings.HasPrefix(line, "Signed-off-by: "), strings.HasPrefix(line, "(cherry picked from commit "):
			found++
			continued = 0
			own = true
		case isTrailer(line):
			found++
			continued = 0
		case line[0] == ' ' || line[0] == '\t':
			continued++
		default:
			others += 1 + continued
			continued = 0
		}
	}
	return nil
}

func isBlank(line string) bool { return strings.TrimSpace(line) == "" }

var trailerLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9-]+[ \t]*:`) })

func isTrailer(line string) bool { return trailerLine().MatchString(line) }
