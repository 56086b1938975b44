package report

import (
	"io"
	"strings"

	"mgit/internal/check"
	"mgit/internal/job"
)

const (
	checkMore     = checkPrefix + "more"
	checkNoteMore = checkPrefix + "results-left-out"
	checkNotJudge = checkPrefix + "not-judged"
)

// writeCheckSARIF writes one run of SARIF 2.1.0 with one result for each finding. What was waived is a note with its
// suppression: GitHub shows results that are suppressed, and does not say that they are.
func writeCheckSARIF(w io.Writer, r *job.CheckReport, opt Options) error {
	rules := checkDescriptors()
	run := &sarifRun{
		total: checkTotal(r),
		parts: func(s *sarifRun) []sarifPart {
			return []sarifPart{
				{"tool", sarifTool{Driver: sarifDriver{Name: "mgit", Version: visible(opt.Version), Rules: rules, Notifications: checkNotes()}}},
				{"invocations", []sarifInvocation{{Successful: true, Notifications: checkNotifications(s, r)}}},
				{"automationDetails", map[string]string{"id": "mgit/check/"}},
				{"columnKind", "utf16CodeUnits"},
				{"properties", map[string]any{"counts": r.Counts, "verdict": checkVerdict(r)}},
			}
		},
		results: func(yield func(sarifResult) bool) {
			seen := fingerprints{}
			for i := range checkOrder(r) {
				if !yield(checkResult(i, seen)) {
					return
				}
			}
		},
		moreID: checkMore, moreIndex: len(rules) - 1,
	}
	return run.write(w, sarifBytes)
}

// checkDescriptors describe all rules, in their order, and the note about results that are not shown.
func checkDescriptors() []sarifDescriptor {
	describe := func(id, name, title, why, hint, level, family string) sarifDescriptor {
		text := func(s string) sarifText { return sarifText{literal(visible(s))} }
		return sarifDescriptor{
			ID: checkPrefix + id, Name: name, Short: text(sentence(title)), Full: text(sentence(why)), Help: text(sentence(why) + " " + sentence(hint)),
			Default: sarifLevel{level}, Bag: map[string]any{"tags": []string{"check", family, "moodle"}, "precision": "high"},
		}
	}
	var all []sarifDescriptor
	for _, r := range check.Rules() {
		all = append(all, describe(r.ID, pascalCase(r.ID), r.Title, r.Why, r.Hint, checkLevel(r.Severity), r.Family))
	}
	return append(all, describe("more", "MoreResults", "there are more results", "the report has more results than are shown here, where they are sorted, the worst first",
		"`mgit check` in its other formats has them all", "note", "own"))
}

// checkNotes describe the notifications.
func checkNotes() []sarifDescriptor {
	note := func(id, name, short, help string) sarifDescriptor {
		return sarifDescriptor{ID: id, Name: name, Short: sarifText{short}, Full: sarifText{help}, Help: sarifText{help}, Default: sarifLevel{"note"}}
	}
	return []sarifDescriptor{
		note(checkNoteMore, "ResultsLeftOut", "Not all results are shown.", "Results are sorted, the worst first, and cut before the limits of the readers of this file."),
		note(checkNotJudge, "NotJudged", "Something could not be judged.", "The text says what was not judged, and why: it may hold a finding."),
	}
}

func checkNotifications(s *sarifRun, r *job.CheckReport) []sarifNotification {
	all := []sarifNotification{}
	add := func(index int, level, text string) {
		all = append(all, sarifNotification{Descriptor: sarifReference{checkNotes()[index].ID, index}, Level: level, Message: sarifText{literal(text)}})
	}
	for _, text := range s.leftOut() {
		add(0, "warning", text)
	}
	for i := range r.Checks {
		for _, text := range r.Checks[i].Notes {
			add(1, "note", sentence(checkedWords(&r.Checks[i])+": "+visible(text)))
		}
	}
	return all
}

func checkResult(i checkItem, seen fingerprints) sarifResult {
	f := i.Finding
	rule, index := checkRule(f.Rule)
	artifact := sarifArtifact{noFile, sarifRoot}
	if f.Path != "" {
		artifact.URI = uriOf(i.place())
	}
	result := sarifResult{
		RuleID: checkPrefix + rule.ID, RuleIndex: index, Level: checkLevel(f.Severity), Message: sarifText{literal(i.text())},
		Locations:    []sarifLocation{{Physical: sarifPhysical{artifact, &sarifRegion{StartLine: i.line()}}}},
		Fingerprints: sarifFingerprints(i.fingerprint(seen)),
		Bag:          map[string]any{"branch": visible(i.In.Branch), "judged": visible(i.In.What)},
	}
	if commit := f.Commit.String(); commit != "" {
		result.Bag["commit"] = commit
	}
	if f.Waived != nil {
		result.Level = "note"
		result.Suppressions = []sarifSuppression{{Kind: "external", Status: "accepted", Justification: visible(f.Waived.Reason)}}
		result.Bag["waived"] = visible(f.Waived.By)
	}
	return result
}

func checkLevel(s check.Severity) string {
	switch s {
	case check.Error:
		return "error"
	case check.Warning:
		return "warning"
	}
	return "none"
}

// pascalCase is the name of a rule for readers that want one without hyphens: ConflictMarker.
func pascalCase(id string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(id, "-") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// sentence ends a text with a full stop, and begins it with a capital letter where its first word is one of English
// and not a name: no code, and no underscore or dot in it.
func sentence(text string) string {
	first, _, _ := strings.Cut(text, " ")
	if first != "" && first[0] >= 'a' && first[0] <= 'z' && !strings.ContainsAny(first, "`_./:$") {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	return strings.TrimRight(text, ".") + "."
}
