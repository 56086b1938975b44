package tracker_test

import (
	"strings"
	"testing"

	"mgit/internal/tracker"
)

func samplePart(m tracker.Markup) tracker.Part {
	return tracker.Part{Text: "What the ledger says.\n\n* one\n* two", Marker: tracker.Marker{Site: "LU VLE", Series: "4.5", Thing: "LUVLE-4.1-hack-mod_forum-subject"}, Markup: m}
}

// Whatever stands around mgit's part, and whatever line ends a tracker makes of it: the
// part is found, known to be whole, and replaced without a byte of the rest changing.
func TestPartAmongPeoplesLines(t *testing.T) {
	t.Parallel()
	for _, markup := range []tracker.Markup{tracker.Textile, tracker.Markdown, tracker.CommonMark, tracker.WikiMarkup} {
		part := samplePart(markup)
		for _, before := range []string{"", "Mine.", "Mine.\r\n", "mgit:X:4.5:other\n\n", "(mgit: end 00000000)\n", part.String()[:40] + "\n", "  x  \n\n\n"} {
			for _, after := range []string{"", "\n", "\r\n\r\nAnother. ", "\n\n(mgit: end 1)\n"} {
				for _, ends := range []string{"\n", "\r\n"} {
					text := strings.ReplaceAll(part.String(), "\n", ends)
					description := before + "\n" + text + after
					hash, state := tracker.ReadPart(description)
					marker, ok := tracker.FindMarker(description)
					if hash != part.Hash() || state != tracker.WholePart || !ok || marker != part.Marker {
						t.Errorf("%q: %s, %d, %v", description, hash, state, marker)
					}
					next := part
					next.Text = "Something new."
					got := tracker.WithPart(description, next)
					if want := before + "\n" + next.String() + after; got != want {
						t.Errorf("%q, want %q", got, want)
					}
					if rest := tracker.WithoutPart(description); strings.Contains(rest, "What the ledger says") {
						t.Errorf("%q", rest)
					}
				}
			}
		}
	}
}

func TestPartThatSomebodyChanged(t *testing.T) {
	t.Parallel()
	part := samplePart(tracker.Textile)
	for change, want := range map[string]tracker.PartState{
		part.String(): tracker.WholePart,
		strings.Replace(part.String(), "* two", "* two  ", 1):   tracker.WholePart, // a blank that a tracker cuts off
		strings.Replace(part.String(), "\n\n", "\n\n\n\n", 1):   tracker.WholePart,
		strings.Replace(part.String(), "* two", "* three", 1):   tracker.EditedPart,
		strings.Replace(part.String(), "* two\n", "", 1):        tracker.EditedPart,
		strings.Replace(part.String(), "(mgit: end ", "(", 1):   tracker.NoPart,
		strings.Replace(part.String(), "(mgit keeps", "(no", 1): tracker.NoPart,
		"":                                 tracker.NoPart,
		tracker.WithoutPart(part.String()): tracker.NoPart,
	} {
		if _, got := tracker.ReadPart(change); got != want {
			t.Errorf("%q: %d, want %d", change, got, want)
		}
	}
}

// A claim is no change of the part, and goes without a trace.
func TestClaim(t *testing.T) {
	t.Parallel()
	part := samplePart(tracker.Markdown)
	description := tracker.WithPart("Mine.", part)
	claimed := tracker.WithClaim(description, "Ann, on her\nlaptop (2): 7f3a")
	if got := tracker.Claim(claimed); got != "Ann, on her laptop (2): 7f3a" {
		t.Error(got)
	}
	if hash, state := tracker.ReadPart(claimed); hash != part.Hash() || state != tracker.WholePart {
		t.Errorf("%s, %d", hash, state)
	}
	if got := tracker.WithClaim(claimed, ""); got != description {
		t.Errorf("%q, want %q", got, description)
	}
	if got := tracker.WithClaim(tracker.WithClaim(claimed, "other"), "Ann, on her laptop (2): 7f3a"); got != claimed {
		t.Errorf("%q, want %q", got, claimed)
	}
	next := part
	next.Text = "new"
	if got := tracker.WithPart(claimed, next); tracker.Claim(got) != tracker.Claim(claimed) {
		t.Errorf("%q", got)
	}
	if got := tracker.WithClaim("Mine.", "x"); got != "Mine." || tracker.Claim("(mgit claim: x)") != "" {
		t.Errorf("%q", got)
	}
}

func TestFindMarker(t *testing.T) {
	t.Parallel()
	for description, want := range map[string]tracker.Marker{
		"mgit:LUVLE:4.5":                     {Site: "LUVLE", Series: "4.5"},
		"x\r\n  mgit:LUVLE:4.5:+2  \r\n":     {Site: "LUVLE", Series: "4.5", Thing: "+2"},
		"mgit:LU VLE:4.5:a:b":                {Site: "LU VLE", Series: "4.5", Thing: "a:b"},
		"see mgit:LUVLE:4.5":                 {},
		"> mgit:LUVLE:4.5":                   {},
		"mgit:LUVLE:4.5 is the marker":       {},
		"mgit: see https://example.org":      {},
		"mgit: 3f1c0a9d2b7e":                 {},
		"mgit::4.5":                          {},
		"mgit:LUVLE:":                        {},
		"mgit:LUVLE:4.5:":                    {},
		"mgit:A:1\nmgit:B:2":                 {Site: "A", Series: "1"},
		samplePart(tracker.Textile).String(): {Site: "LU VLE", Series: "4.5", Thing: "LUVLE-4.1-hack-mod_forum-subject"},
	} {
		got, ok := tracker.FindMarker(description)
		if got != want || ok != (want != tracker.Marker{}) {
			t.Errorf("%q: %v, %t", description, got, ok)
		}
	}
}

func TestToldIn(t *testing.T) {
	t.Parallel()
	for note, want := range map[string]int{
		"x\n\nmgit: 3f1c0a9d2b7e 90ab12cd34ef": 2,
		"x\r\n\r\nmgit: 3f1c0a9d2b7e\r\n":      1,
		"> x\n>\n> mgit: 3f1c0a9d2b7e":         0,
		"mgit: 3f1c0a9d2b7e\n\nI agree.":       0,
		"mgit: see #12":                        0,
		"mgit:":                                0,
		"":                                     0,
	} {
		if got := tracker.ToldIn(note); len(got) != want {
			t.Errorf("%q: %v", note, got)
		}
	}
}

func FuzzDescription(f *testing.F) {
	f.Add("Mine.", "What the ledger says.", "Ann")
	f.Add("(mgit keeps the lines from here to the end mark; yours go above or below)", "(mgit: end 12)", ")")
	f.Add("\r\n(mgit: end \r\n", "mgit:LUVLE:4.5:x\n(mgit claim: y)", "\x00 (mgit: end x)")
	f.Fuzz(func(t *testing.T, people, text, claim string) {
		part := tracker.Part{Text: text, Marker: tracker.Marker{Site: "LUVLE", Series: "4.5", Thing: "b"}}
		description := tracker.WithPart(people, part)
		if marker, ok := tracker.FindMarker(description); !ok || marker != part.Marker {
			t.Errorf("%q: %v", description, marker)
		}
		if hash, state := tracker.ReadPart(description); hash != part.Hash() || state != tracker.WholePart {
			t.Errorf("%q: %s, %d, want %s", description, hash, state, part.Hash())
		}
		if again := tracker.WithPart(description, part); again != description {
			t.Errorf("%q became %q", description, again)
		}
		claimed := tracker.WithClaim(description, claim)
		if got, want := tracker.Claim(claimed), strings.Join(strings.Fields(claim), " "); got != want {
			t.Errorf("%q: claim %q, want %q", claimed, got, want)
		}
		if _, state := tracker.ReadPart(claimed); state != tracker.WholePart {
			t.Errorf("%q: %d", claimed, state)
		}
		if got := tracker.WithClaim(claimed, ""); got != description {
			t.Errorf("%q became %q", description, got)
		}
		_, _ = tracker.FindMarker(tracker.WithoutMarker(description))
	})
}
