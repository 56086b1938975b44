package tracker

import (
	"slices"
	"strings"
	"time"
)

// A note that mgit writes ends with a line of the ids of what it tells:
//
//	mgit: 3f1c0a9d2b7e 90ab12cd34ef
const toldBegin = "mgit: "

// toldLine is the line for ids.
func toldLine(ids []string) string { return toldBegin + strings.Join(ids, " ") }

// ToldIn returns the ids in the last line of a note; none for one that people wrote, also
// where they quote one of mgit's.
func ToldIn(note string) []string {
	lines := splitLines(strings.TrimSpace(note))
	text, ok := strings.CutPrefix(strings.TrimSpace(lines[len(lines)-1]), strings.TrimSpace(toldBegin))
	ids := strings.Fields(text)
	if !ok || len(ids) == 0 || len(ids) > mostTold || slices.ContainsFunc(ids, func(id string) bool { return !isItemID(id) }) {
		return nil
	}
	return ids
}

func isItemID(id string) bool {
	isOther := func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) }
	return len(id) == 12 && !strings.ContainsFunc(id, isOther)
}

// noteOf is a note that tells items, and which of them it has room for: one at least.
func noteOf(items []Item, caps Capabilities) (note string, told []string) {
	var all Text
	for i, item := range items {
		next := slices.Concat(all, said(item))
		ids := append(slices.Clone(told), item.ID)
		room := caps.MaxText
		if room > 0 {
			room = max(1, room-len("\n\n")-len(toldLine(ids)))
		}
		text := next.Render(caps.Markup, 0)
		if room > 0 && i > 0 && len([]rune(text)) > room {
			break
		}
		all, told = next, ids
		note = strings.TrimRight(next.Render(caps.Markup, room), "\n") + "\n\n" + toldLine(ids)
	}
	return note, told
}

// said is an item with who said it and when, as far as that is known.
func said(item Item) Text {
	var parts []string
	if !item.When.IsZero() {
		parts = append(parts, item.When.UTC().Format("2006-01-02 15:04 UTC"))
	}
	if item.Who != "" {
		parts = append(parts, item.Who)
	}
	if len(parts) == 0 {
		return item.Text
	}
	return slices.Concat(Text{{Kind: Heading, Lines: []string{strings.Join(parts, ", ")}}}, item.Text)
}

// heard is a note by a person, as it comes into the ledger.
func heard(note Note, who people) (from, text string, when time.Time) {
	text = strings.TrimSpace(strings.Join(splitLines(strings.ToValidUTF8(note.Text, "\uFFFD")), "\n"))
	return who.writer(note.Who), cutHeard(text, mostHeard), inYears(note.When).Truncate(time.Second)
}

// compareIDs orders ids of issues and notes as the tracker gave them: by number, and texts
// such as "MOODLE-12" by text and then by number.
func compareIDs(a, b string) int {
	textA, numA := cutNumber(a)
	textB, numB := cutNumber(b)
	if c := strings.Compare(textA, textB); c != 0 {
		return c
	}
	if len(numA) != len(numB) {
		return len(numA) - len(numB)
	}
	if c := strings.Compare(numA, numB); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

// cutNumber cuts an id before the digits that it ends with, of which leading zeros count
// for nothing.
func cutNumber(id string) (text, number string) {
	text = strings.TrimRight(id, "0123456789")
	return text, strings.TrimLeft(id[len(text):], "0")
}
