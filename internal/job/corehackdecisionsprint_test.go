package job

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mgit/internal/hunk"
)

// insertAfter is a file of so many lines in which a line stands after some of them.
func insertAfter(lines int, added string, after ...int) (pristine, tree []byte) {
	var was, is strings.Builder
	for i := range lines {
		fmt.Fprintf(&was, "line %d\n", i+1)
		fmt.Fprintf(&is, "line %d\n", i+1)
		if slices.Contains(after, i+1) {
			is.WriteString(added)
		}
	}
	return []byte(was.String()), []byte(is.String())
}

// What was decided about one of several hunks with the same lines never passes to
// another when one of them goes or comes, with the contents at hand and without. With
// them those that stay among twins keep their decisions, wherever they move to.
func TestFingerprintsOfTwins(t *testing.T) {
	t.Parallel()
	prints := func(contents bool, after ...int) map[int]string {
		was, is := insertAfter(90, "ours\n", after...)
		pieces := hunk.Attribute(was, is, nil)
		if !contents {
			was, is = nil, nil
		}
		_, each := fingerprints("lib.php", "modified", pieces, was, is)
		at := make(map[int]string)
		for i, n := range after {
			at[n] = each[i]
		}
		return at
	}
	tests := map[string]struct{ before, after []int }{
		"the first goes":   {[]int{40, 80}, []int{80}},
		"the second goes":  {[]int{40, 80}, []int{40}},
		"one comes before": {[]int{40, 80}, []int{20, 40, 80}},
		"one comes":        {[]int{80}, []int{40, 80}},
		"one of three":     {[]int{20, 40, 80}, []int{40, 80}},
		"all are others":   {[]int{20, 40}, []int{60, 80}},
	}
	for name, tt := range tests {
		for _, contents := range []bool{true, false} {
			if !contents && len(tt.before) == len(tt.after) {
				continue // nothing but their order tells these apart
			}
			was, is := prints(contents, tt.before...), prints(contents, tt.after...)
			for n, print := range is {
				for m, old := range was {
					if n != m && print == old {
						t.Errorf("%s, with contents %t: that after line %d has the fingerprint of that after line %d", name, contents, n, m)
					}
				}
				if old, stays := was[n]; contents && stays && min(len(was), len(is)) > 1 && print != old {
					t.Errorf("%s: that after line %d has another fingerprint, although it stays and has twins", name, n)
				}
			}
		}
	}
}

// Twins of which the lines around are alike too, in the pin or in a file that the pin
// has not, are told apart, and only as long as there are as many.
func TestFingerprintsOfTwinsAlike(t *testing.T) {
	t.Parallel()
	was := []byte(strings.Repeat("a\nb\n", 4))
	pieces := []hunk.Piece{piece(2, "", "x\n"), piece(4, "", "x\n"), piece(6, "", "x\n")}
	_, three := fingerprints("lib.php", "modified", pieces, was, nil)
	_, two := fingerprints("lib.php", "modified", pieces[1:], was, nil)
	_, other := fingerprints("lib2.php", "modified", pieces[1:], was, nil)
	all := slices.Concat(three, two, other)
	if len(slices.Compact(slices.Sorted(slices.Values(all)))) != 7 {
		t.Errorf("fingerprints are not apart: %v", all)
	}
	_, unknown := fingerprints("lib.php", "unknown", []hunk.Piece{piece(1, "", "x\n"), piece(3, "", "x\n")}, nil, []byte("x\na\nx\nb\n"))
	_, swapped := fingerprints("lib.php", "unknown", []hunk.Piece{piece(1, "", "x\n"), piece(3, "", "x\n")}, nil, []byte("x\nb\nx\na\n"))
	if unknown[0] == unknown[1] || unknown[0] == swapped[0] {
		t.Errorf("of a file that the pin has not: %v, %v", unknown, swapped)
	}
}

// A content without lines is named by both of its sides; one that is not known has no
// fingerprint, and nobody has decided about it.
func TestContentFingerprint(t *testing.T) {
	t.Parallel()
	base := contentFingerprint("a.png", "modified", "1", "2")
	if !isFingerprint(base) || base != contentFingerprint("a.png", "modified", "1", "2") {
		t.Fatalf("%q is no fingerprint", base)
	}
	seen := []string{
		base, contentFingerprint("b.png", "modified", "1", "2"), contentFingerprint("a.png", "mode", "1", "2"), contentFingerprint("a.png", "modified", "2", "1"),
		contentFingerprint("a.png", "modified", "12"), contentFingerprint("a.png", "modified", "1", "2", "3"), hunkFingerprint("a.png", "modified", nil, nil),
	}
	if n := len(slices.Compact(slices.Sorted(slices.Values(seen)))); n != len(seen) {
		t.Errorf("%d of %d are apart: %v", n, len(seen), seen)
	}
	for _, sides := range [][]string{nil, {""}, {"1", ""}, {"", "2"}} {
		if got := contentFingerprint("a.png", "modified", sides...); got != "" {
			t.Errorf("%q: %s, although a side is not known", sides, got)
		}
	}
	if d := (Decisions{"": {Decision: DecisionKeep}}).of(""); d != nil {
		t.Errorf("without a fingerprint: decided %+v", d)
	}
}

// A decision is about what it names and can tell apart from what comes after it.
func TestDecideOn(t *testing.T) {
	t.Parallel()
	branch := "LUVLE-4.1-hack-core"
	keep := &Decision{Decision: DecisionKeep, Reason: "r"}
	file := func(class string, hunks ...FindingHunk) Finding {
		return Finding{Place: At("lib.php"), Class: class, Fingerprint: printOf("f"), Hunks: hunks, Decision: keep}
	}
	a := FindingHunk{Start: 3, Lines: 2, Fingerprint: printOf("a"), Decision: keep}
	b := FindingHunk{Start: 9, Lines: 0, Fingerprint: printOf("b")}
	c := FindingHunk{Start: 20, Lines: 1, Fingerprint: printOf("c"), Branch: &branch}
	tests := map[string]struct {
		finding Finding
		line    int
		want    []string
		fault   string
	}{
		"a file":              {file(ClassModified, a, b, c), 0, []string{a.Fingerprint, b.Fingerprint}, ""},
		"a line":              {file(ClassModified, a, b, c), 4, []string{a.Fingerprint}, ""},
		"a removal":           {file(ClassModified, a, b, c), 9, []string{b.Fingerprint}, ""},
		"a branch's line":     {file(ClassModified, a, b, c), 20, []string{c.Fingerprint}, ""},
		"upstream's line":     {file(ClassModified, a, b, c), 5, nil, "line 5 of lib.php is as upstream has it"},
		"explained":           {file(ClassModified, c), 0, nil, "is explained by branches"},
		"unknown":             {file(ClassUnknown, a), 0, []string{printOf("f")}, ""},
		"a line of it":        {file(ClassUnknown, a), 3, nil, "is unknown as a whole"},
		"unknown, unread":     {Finding{Place: At("lib.php"), Class: ClassUnknown}, 0, nil, "was not read"},
		"a piece not read":    {file(ClassModified, FindingHunk{}), 0, nil, "was not read"},
		"an escape in a name": {Finding{Place: At("\x1b.php"), Class: ClassUnknown}, 0, nil, `\033.php was not read`},
	}
	for name, tt := range tests {
		on, err := tt.finding.decideOn(tt.line)
		var got []string
		for _, d := range on {
			got = append(got, d.on.Fingerprint)
		}
		var usage *UsageError
		switch {
		case tt.fault != "" && (!errors.As(err, &usage) || !strings.Contains(usage.Text, tt.fault)):
			t.Errorf("%s: %v, want %s", name, err, tt.fault)
		case tt.fault == "" && (err != nil || !slices.Equal(got, tt.want)):
			t.Errorf("%s: %v, %v, want %v", name, got, err, tt.want)
		}
	}
}

func printOf(text string) string { return fingerprintOf("test", text, "") }

// A decision about a whole file leaves alone what was decided otherwise; the same again,
// one about a line and the taking back do not.
func TestKeepDecided(t *testing.T) {
	t.Parallel()
	was := &Decision{Decision: DecisionKeep, Reason: "r"}
	all := []decidable{
		{DecideOn{Fingerprint: printOf("a"), Path: "lib.php", Line: 3}, was},
		{DecideOn{Fingerprint: printOf("b"), Path: "lib.php", Line: 9}, nil},
	}
	whole := []decidable{{DecideOn{Fingerprint: printOf("f"), Path: "a.png"}, was}}
	tests := map[string]struct {
		all      []decidable
		request  DecideRequest
		on, kept int
	}{
		"otherwise":            {all, DecideRequest{Decision: DecisionDrop, Reason: "r"}, 1, 1},
		"with another reason":  {all, DecideRequest{Decision: DecisionKeep, Reason: "s"}, 1, 1},
		"the same":             {all, DecideRequest{Decision: DecisionKeep, Reason: " r\n"}, 2, 0},
		"the line":             {all[:1], DecideRequest{Decision: DecisionDrop, Reason: "r", Line: 3}, 1, 0},
		"taken back":           {all, DecideRequest{Decision: DecisionNone}, 2, 0},
		"a file without lines": {whole, DecideRequest{Decision: DecisionDrop, Reason: "r"}, 1, 0},
		"nothing left":         {all[:1], DecideRequest{Decision: DecisionDrop, Reason: "r"}, 0, 1},
	}
	for name, tt := range tests {
		on, kept := keepDecided(tt.all, tt.request)
		if len(on) != tt.on || len(kept) != tt.kept || len(kept) > 0 && kept[0].Was != was {
			t.Errorf("%s: on %+v, kept %+v", name, on, kept)
		}
	}
}
