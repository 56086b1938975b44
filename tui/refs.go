package tui

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"mgit/tui/cells"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// moveLines names every reference that would move, in full: one that has no room beside its values stands on
// a line of its own.
func moveLines(moves []screen.Move, width int) []widget.Line {
	type row struct{ name, from, to string }
	rows := make([]row, len(moves))
	names, from, to := 0, 0, 0
	for i, m := range moves {
		rows[i] = row{refName(m.Ref), word(shortID(m.Old), "(new)"), word(shortID(m.New), "(deleted)")}
		from, to = max(from, cells.Width(rows[i].from)), max(to, cells.Width(rows[i].to))
	}
	room := width - from - to - 5
	for _, r := range rows {
		if n := cells.Width(r.name); n <= room {
			names = max(names, n)
		}
	}
	var lines []widget.Line
	for _, r := range rows {
		values := widget.Line{{Text: cells.Fit(r.from, from), Role: theme.Removed}, {Text: " → "}, {Text: r.to, Role: theme.Added}}
		if cells.Width(r.name) > names {
			lines = append(lines, wrapped(theme.Text, r.name, width, 2)...)
			lines = append(lines, append(widget.Line{{Text: "    "}}, values...))
			continue
		}
		lines = append(lines, append(widget.Line{{Text: cells.Fit(r.name, names) + "  "}}, values...))
	}
	return lines
}

// shortRef is a reference as people say it: a branch by its name, all else with what it is, as git lists it
// ("remotes/origin/x"). A branch whose name reads like something else is written in full.
func shortRef(ref string) string {
	if s, ok := strings.CutPrefix(ref, "refs/heads/"); ok {
		first, _, _ := strings.Cut(s, "/")
		if slices.Contains([]string{"refs", "heads", "tags", "remotes", "notes", "mgit"}, first) && first != s {
			return ref
		}
		return s
	}
	return strings.TrimPrefix(ref, "refs/")
}

// refName is shortRef for a line of a dialog. A name may hold spaces, if none of ASCII's, behind which it could
// go on like the values beside it: they are written as what they are.
func refName(ref string) string {
	var b strings.Builder
	for _, r := range cells.Clean(shortRef(ref)) {
		if r != ' ' && (unicode.Is(unicode.Zs, r) || r == '\u2800') {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// shortID shortens the name of an object, and leaves words alone.
func shortID(text string) string {
	const short = 10
	isHex := len(text) == 40 && !strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) })
	if isHex {
		return text[:short]
	}
	return cells.Clean(text)
}
