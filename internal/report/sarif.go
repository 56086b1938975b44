package report

import (
	"cmp"
	"io"
	"strings"
	"time"

	"mgit/internal/job"
)

// What GitHub takes: https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads
// Of more than sarifShown results it shows the worst, of more than sarifResults it
// takes none; it shows sarifPlaces of up to 1,000 locations of a result; and the
// whole may have sarifBytes when it is compressed.
const (
	sarifShown   = 5_000
	sarifResults = 25_000
	sarifPlaces  = 100
	sarifBytes   = 10 << 20
	// sarifUnread bounds the notifications about what was not read, which GitHub
	// does not count and a broken tree can have many of.
	sarifUnread = 1_000
)

const (
	sarifRoot    = "%SRCROOT%" // the root of the checkout, by convention
	sarifSchema  = "https://json.schemastore.org/sarif-2.1.0.json"
	sarifMore    = "corehack/more"
	noteUnread   = "corehack/unread"
	noteMore     = "corehack/results-left-out"
	notePinDoubt = "corehack/pin-doubt"
)

// writeSARIF writes one run of SARIF 2.1.0 with one result for each finding and each
// change that is missing from live.
func writeSARIF(w io.Writer, r *job.CorehackReport, opt Options) error {
	return writeSARIFWithin(w, r, opt, sarifBytes)
}

func writeSARIFWithin(w io.Writer, r *job.CorehackReport, opt Options, size int) error {
	run := &sarifRun{
		total: len(r.Findings) + len(r.MissingFromLive),
		parts: func(s *sarifRun) []sarifPart { return corehackParts(s, r, opt) },
		results: func(yield func(sarifResult) bool) {
			seen := fingerprints{}
			for i := range inOrder(r) {
				if !yield(sarifOf(i, seen)) {
					return
				}
			}
		},
		moreID: sarifMore, moreIndex: len(sarifRules()) - 1,
	}
	return run.write(w, size)
}

// corehackParts are the keys of a run but for its results.
func corehackParts(s *sarifRun, r *job.CorehackReport, opt Options) []sarifPart {
	return []sarifPart{
		{"tool", sarifTool{Driver: sarifDriver{Name: "mgit", Version: visible(opt.Version), Rules: sarifRules(), Notifications: sarifNotes()}}},
		{"invocations", []sarifInvocation{{Successful: true, EndTime: sarifTime(r.When), Notifications: corehackNotifications(s, r)}}},
		{"automationDetails", map[string]string{"id": "mgit/corehack-report/"}},
		{"columnKind", "utf16CodeUnits"},
		{"properties", map[string]any{
			"tree": visible(r.Tree), "series": visible(r.Series), "target": visible(r.Target), "verdict": verdict(r), "counts": r.Counts, "undecided": r.Undecided, "known": r.Known, "excluded": r.Excluded,
			"pin": map[string]any{
				"release": visible(r.Pin.Release), "commit": r.Pin.Commit, "tag": visible(r.Pin.Tag),
				"confidence": visible(r.Pin.Confidence), "evidence": visible(r.Pin.Evidence), "differing": r.Pin.Differing,
			},
		}},
	}
}

func sarifTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// sarifRules describes the classes, what is missing from live, and the note about
// results that are not shown. The index of a class is its index in classes().
func sarifRules() []sarifDescriptor {
	var all []sarifDescriptor
	for _, c := range append(classes(), missingRule()) {
		all = append(all, sarifDescriptor{
			ID: "corehack/" + c.ID, Name: c.Name, Short: sarifText{c.Short + "."}, Full: sarifText{c.Help}, Help: sarifText{c.Help},
			Default: sarifLevel{sarifLevelOf(c.Level)}, Bag: map[string]any{"tags": []string{"corehack", "moodle"}, "precision": "high"},
		})
	}
	const more = "The report has more results than are shown here. They are sorted, the worst first; " +
		"`mgit corehack-report` in its other formats has them all."
	return append(all, sarifDescriptor{
		ID: sarifMore, Name: "MoreResults", Short: sarifText{"There are more results."}, Full: sarifText{more}, Help: sarifText{more},
		Default: sarifLevel{"note"}, Bag: map[string]any{"tags": []string{"corehack", "moodle"}, "precision": "high"},
	})
}

// sarifNotes describes the notifications.
func sarifNotes() []sarifDescriptor {
	note := func(id, name, short, help string) sarifDescriptor {
		return sarifDescriptor{
			ID: id, Name: name, Short: sarifText{short}, Full: sarifText{help}, Help: sarifText{help}, Default: sarifLevel{"warning"},
		}
	}
	return []sarifDescriptor{
		note(noteUnread, "NotRead", "Something was not read.", "Nothing is known about what was not read: it may hide a finding."),
		note(noteMore, "ResultsLeftOut", "Not all results are shown.", "Results are sorted, the worst first, and cut before the limits of the readers of this file."),
		note(notePinDoubt, "PinDoubt", "Something speaks against the pin.", "All findings are differences from the pinned build. Where that is wrong, they are."),
	}
}

func corehackNotifications(s *sarifRun, r *job.CorehackReport) []sarifNotification {
	all := []sarifNotification{}
	add := func(index int, level, text string, places ...sarifLocation) {
		all = append(all, sarifNotification{
			Descriptor: sarifReference{sarifNotes()[index].ID, index}, Level: level, Message: sarifText{literal(text)}, Locations: places,
		})
	}
	for _, text := range s.leftOut() {
		add(1, "warning", text)
	}
	for _, d := range r.Pin.Disagrees {
		add(2, "warning", cmp.Or(visible(d.Text), d.ID))
	}
	for i := range r.Unread {
		if i == sarifUnread {
			add(0, "warning", count(len(r.Unread)-i, "more file or folder was not read.", "more files or folders were not read."))
			break
		}
		u := &r.Unread[i]
		add(0, "warning", "Not read: "+visible(u.Reason), sarifLocation{Physical: sarifPhysical{Artifact: sarifArtifact{uriOf(u.Place), sarifRoot}}})
	}
	return all
}

// literal escapes what has a meaning in a SARIF message: braces are placeholders,
// brackets begin links (sections 3.11.5 and 3.11.6).
func literal(text string) string {
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; c {
		case '{', '}':
			b.WriteByte(c)
		case '[', ']':
			b.WriteByte('\\')
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// uriOf is a path as a relative reference (RFC 3986): every byte that is not
// unreserved is percent-encoded, the slash apart, so that a colon in the first
// segment is no scheme, and bytes that are not UTF-8 survive.
func uriOf(p job.Place) string {
	const digits = "0123456789ABCDEF"
	path := bytesOf(p)
	var b strings.Builder
	for i := range len(path) {
		switch c := path[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~/", c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteString("%" + string(digits[c>>4]) + string(digits[c&15]))
		}
	}
	return b.String()
}
