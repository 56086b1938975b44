package tracker

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// The description of an issue is people's, but for some lines that mgit keeps:
//
//	(mgit keeps the lines from here to the end mark; yours go above or below)
//
//	what the ledger says
//
//	mgit:LUVLE:4.5:LUVLE-4.1-hack-mod_forum-subject
//
//	(mgit claim: …)
//
//	(mgit: end 1a2b3c4d)
//
// The end mark has a hash of what mgit wrote, so that a line that somebody changed is seen
// also by who knows nothing else. The marks are lines that no markup reads as anything but
// text, with an empty line around each, so that none of them joins a list or a paragraph.
const (
	partBegin   = "(mgit keeps the lines from here to the end mark; yours go above or below)"
	partEnd     = "(mgit: end "
	claimBegin  = "(mgit claim: "
	lineEnd     = ")"
	hashedBytes = 4
)

// Part is the part of a description that mgit keeps.
type Part struct {
	Text   string // what the ledger says, in the tracker's markup
	Marker Marker
	Markup Markup
}

// String is the part as mgit writes it, with its marks and without a claim.
func (p Part) String() string {
	inner := p.inner()
	return partBegin + "\n\n" + inner + "\n\n" + partEnd + hashText(inner) + lineEnd
}

// Hash is what the end mark says about the part.
func (p Part) Hash() string { return hashText(p.inner()) }

// inner is what stands between the marks. Where it is possible the marker is set in lines
// of code, so that nothing in a branch's name is read as markup.
func (p Part) inner() string {
	marker := p.Marker.String()
	if p.Markup == Markdown || p.Markup == CommonMark {
		marker = "    " + marker
	}
	return plainLines(unmarked(p.Text) + "\n\n" + marker)
}

// unmarked is a text in which no line can be taken for one of the marks.
func unmarked(text string) string {
	lines := splitLines(text)
	for i, line := range lines {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "(mgit"); ok {
			lines[i] = "( mgit" + rest
		}
	}
	return strings.Join(lines, "\n")
}

// PartState says how a description stands to what mgit wrote into it.
type PartState int

// The states of a part.
const (
	NoPart     PartState = iota // there is none, or only one of its marks
	WholePart                   // as mgit wrote it
	EditedPart                  // somebody changed it
)

// ReadPart returns the hash of the part that stands in a description, and whether it is
// as mgit wrote it.
func ReadPart(description string) (hash string, state PartState) {
	lines := splitLines(description)
	from, to, ok := findPart(lines)
	if !ok {
		return "", NoPart
	}
	inner := slices.DeleteFunc(slices.Clone(lines[from+1:to]), isClaim)
	hash = hashText(plainLines(strings.Join(inner, "\n")))
	if strings.TrimSpace(lines[to]) != partEnd+hash+lineEnd {
		return hash, EditedPart
	}
	return hash, WholePart
}

// WithPart returns the description with its part replaced by p, or with p at its end
// where it has none. Everything around the part stays byte by byte, and so does a claim.
func WithPart(description string, p Part) string {
	lines := splitLines(description)
	from, to, ok := findPart(lines)
	if !ok {
		return joinParts(strings.TrimRight(description, " \t\r\n"), p.String())
	}
	before, after := around(description, lines, from, to)
	return WithClaim(before+p.String()+after, Claim(description))
}

// WithoutPart returns the description without its part: what people wrote.
func WithoutPart(description string) string {
	lines := splitLines(description)
	from, to, ok := findPart(lines)
	if !ok {
		return description
	}
	before, after := around(description, lines, from, to)
	return joinParts(strings.TrimRight(before, " \t\r\n"), strings.TrimLeft(after, " \t\r\n"))
}

// Claim returns what stands in the claim line of a description; "" is none.
func Claim(description string) string {
	lines := splitLines(description)
	from, to, ok := findPart(lines)
	if !ok {
		return ""
	}
	for _, line := range lines[from:to] {
		if isClaim(line) {
			text := strings.TrimPrefix(strings.TrimSpace(line), claimBegin)
			return strings.TrimSuffix(text, lineEnd)
		}
	}
	return ""
}

// WithClaim returns the description with a claim line in its part; "" takes it away. A
// claim is one line, and what is not is made one. A description without a part stays.
func WithClaim(description, claim string) string {
	lines := splitLines(description)
	from, to, ok := findPart(lines)
	if !ok {
		return description
	}
	before, after := around(description, lines, from, to)
	inner := slices.DeleteFunc(slices.Clone(lines[from+1:to]), isClaim)
	for len(inner) > 0 && strings.TrimSpace(inner[len(inner)-1]) == "" {
		inner = inner[:len(inner)-1]
	}
	part := append([]string{lines[from]}, inner...)
	if claim = strings.Join(strings.Fields(claim), " "); claim != "" {
		part = append(part, "", claimBegin+claim+lineEnd)
	}
	part = append(part, "", lines[to])
	return before + strings.Join(part, "\n") + after
}

// splitLines splits a description at its line ends, of which a tracker may make either
// kind. The lines keep no part of their ends.
func splitLines(text string) []string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSuffix(line, "\r")
	}
	return lines
}

// findPart returns the lines of the first whole pair of marks.
func findPart(lines []string) (from, to int, ok bool) {
	from = -1
	for i, line := range lines {
		switch text := strings.TrimSpace(line); {
		case text == partBegin:
			from = i
		case from >= 0 && strings.HasPrefix(text, partEnd) && strings.HasSuffix(text, lineEnd):
			return from, i, true
		}
	}
	return 0, 0, false
}

// around returns what stands before and behind the lines from … to, byte by byte.
func around(description string, lines []string, from, to int) (before, after string) {
	raw := strings.SplitAfter(description, "\n")
	before = strings.Join(raw[:from], "")
	last := raw[to]
	after = last[len(lines[to]):] + strings.Join(raw[to+1:], "")
	return before, after
}

func isClaim(line string) bool {
	text := strings.TrimSpace(line)
	return strings.HasPrefix(text, claimBegin) && strings.HasSuffix(text, lineEnd)
}

// joinParts puts an empty line between the parts that are not empty.
func joinParts(parts ...string) string {
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "" })
	return strings.Join(parts, "\n\n")
}

// plainLines is a text as far as trackers keep it: with \n as line end, without blanks at
// the ends of lines, without more than one empty line between two others.
func plainLines(text string) string {
	var lines []string
	for _, line := range splitLines(text) {
		line = strings.TrimRight(line, " \t\r")
		if line == "" && (len(lines) == 0 || lines[len(lines)-1] == "") {
			continue
		}
		lines = append(lines, line)
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

func hashText(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:hashedBytes])
}

// WithoutMarker returns the description without the marks of mgit's part and its marker: what
// is written in it stays, and the issue is nobody's any more.
func WithoutMarker(description string) string {
	lines := splitLines(description)
	from, to, hasPart := findPart(lines)
	raw := strings.SplitAfter(description, "\n")
	var kept []string
	for i, line := range lines {
		_, isMarker := parseMarker(strings.TrimSpace(line))
		isMark := hasPart && (i == from || i == to)
		if !isMarker && !isMark && !isClaim(line) {
			kept = append(kept, raw[i])
		}
	}
	return strings.TrimSpace(strings.Join(kept, ""))
}
