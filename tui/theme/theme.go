// Package theme says how things look on the screen: what each kind of text is coloured like, and the sign
// that stands beside it, so that no colour says anything alone.
//
// The colours are the terminal's own sixteen, so that the terminal's own theme decides what they look like.
package theme

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Role is a kind of text.
type Role int

// The kinds of text.
const (
	Text Role = iota
	Faint
	Strong
	Title
	Good      // done, arrived
	Attention // wants a person
	Bad       // went wrong
	Selected  // the row or button that a key works on
	Marked    // rows that were marked
	Border
	Key // a key in a hint
	Added
	Removed
	AddedWord   // the part of an added line that differs
	RemovedWord // likewise
	Hunk        // the line that begins a hunk
	Keyword     // of PHP, as the ones below
	Name
	Literal
	Comment
	Match // what was searched for
	roles // how many there are
)

// Names are the themes that there are.
func Names() []string { return []string{"auto", "light", "dark", "plain"} }

// Theme gives every role its look. The zero Theme leaves all text as it is.
type Theme struct {
	begin [roles]string // the escape sequence before the text; "" for none
	color bool
}

// New returns the theme with this name, one of Names, with the looks that settings give to roles in place of
// its own: "bold red" for "bad". "auto" suits any background; "plain" has no colours, only bold, faint and
// reverse, and takes only those from settings. An unknown theme, role or look is an error that lists the known.
func New(name string, looks ...map[string]string) (Theme, error) {
	if !slices.Contains(Names(), name) {
		return Theme{}, fmt.Errorf("theme %q is not known; there are %s", name, strings.Join(Names(), ", "))
	}
	t := Theme{color: name != "plain"}
	for _, looks := range append([]map[string]string{common(), builtin(name)}, looks...) {
		for _, role := range slices.Sorted(maps.Keys(looks)) {
			i := slices.Index(names(), role)
			if i <= 0 {
				return Theme{}, fmt.Errorf("role %q is not known; there are %s", role, strings.Join(Roles(), ", "))
			}
			begin, err := sequence(looks[role], t.color)
			if err != nil {
				return Theme{}, fmt.Errorf("look of %s: %w", role, err)
			}
			t.begin[i] = begin
		}
	}
	return t, nil
}

// HasColor reports whether the theme has more than bold, faint and reverse.
func (t Theme) HasColor() bool { return t.color }

// end is the escape sequence that ends every look.
const end = "\x1b[m"

// Render gives text the look of the role. Looks inside it stay, and after them the role's goes on.
func (t Theme) Render(r Role, text string) string { return wear(t.begin[r], text) }

// Over is Render for a role that is put over another: a keyword in an added line is green as the line and bold
// as a keyword.
func (t Theme) Over(base, r Role, text string) string { return wear(t.begin[base]+t.begin[r], text) }

// IsSame reports whether two roles, each over a base, look the same.
func (t Theme) IsSame(base, r, otherBase, other Role) bool {
	return t.begin[base]+t.begin[r] == t.begin[otherBase]+t.begin[other]
}

func wear(begin, text string) string {
	if text == "" || begin == "" {
		return text
	}
	if strings.Contains(text, end) {
		text = strings.ReplaceAll(text, end, end+begin)
	}
	if strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, "\n", end+"\n"+begin)
	}
	return begin + text + end
}
