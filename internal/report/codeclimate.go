package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"iter"
	"strconv"

	"mgit/internal/job"
)

// ccIssue is an issue as GitLab reads it: the keys that it names in
// https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format, and
// type and categories of the Code Climate specification, which other readers want.
type ccIssue struct {
	Type        string     `json:"type"`
	CheckName   string     `json:"check_name"`
	Description string     `json:"description"`
	Categories  []string   `json:"categories"`
	Fingerprint string     `json:"fingerprint"`
	Severity    string     `json:"severity"` // info, minor, major, critical or blocker
	Location    ccLocation `json:"location"`
}

type ccLocation struct {
	Path  string  `json:"path"` // relative, without ./
	Lines ccLines `json:"lines"`
}

type ccLines struct {
	Begin int `json:"begin"`
}

// ccSeverity maps a severity to Code Quality's words. Its "critical" stays free:
// nothing is between code that nobody knows and an unexplained hack.
func ccSeverity(severity string) string {
	switch severity {
	case critical:
		return "blocker"
	case minor, info:
		return severity
	}
	return major
}

// fingerprints hands out fingerprints that are unique in a report and have no line
// numbers in them, so that an edit further up makes no new issue.
type fingerprints map[string]int

// unique returns f, or for the second and later ones that are equal, a hash of f and
// how many came before.
func (seen fingerprints) unique(f string) string {
	seen[f]++
	if seen[f] == 1 {
		return f
	}
	return seen.unique(hashOf(f, strconv.Itoa(seen[f])))
}

// ofFinding is the finding's own fingerprint, made from its path and class where the
// report gives none.
func (seen fingerprints) ofFinding(f *job.Finding) string {
	if f.Fingerprint == "" {
		return seen.unique(hashOf("finding", f.Class, bytesOf(f.Place)))
	}
	return seen.unique(f.Fingerprint)
}

func (seen fingerprints) ofMissing(m *job.MissingChange) string {
	if m.Fingerprint != "" {
		return seen.unique(m.Fingerprint)
	}
	return seen.unique(hashOf(missingFromLive, m.Target, m.Branch, bytesOf(m.Place)))
}

func hashOf(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}

// writeCodeClimate writes an array of issues: findings, what is missing from live
// and what was not read, the worst first.
func writeCodeClimate(w io.Writer, r *job.CorehackReport, _ Options) error {
	return writeIssues(w, func(yield func(ccIssue) bool) {
		seen := fingerprints{}
		for item := range inOrder(r) {
			if !yield(ccOf(item, seen)) {
				return
			}
		}
		for i := range r.Unread {
			u := &r.Unread[i]
			if !yield(ccIssue{
				Type: "issue", CheckName: "corehack/unread", Categories: []string{"Security"},
				Description: "Not read, so nothing is known about it: " + visible(u.Reason), Severity: major,
				Fingerprint: seen.unique(hashOf("unread", bytesOf(u.Place))), Location: ccLocation{findable(u.Place), ccLines{1}},
			}) {
				return
			}
		}
	})
}

// writeIssues writes an array with one issue in each line.
func writeIssues(w io.Writer, issues iter.Seq[ccIssue]) error {
	lead := "[\n"
	for i := range issues {
		data, err := json.Marshal(i)
		if err != nil {
			return err
		}
		if _, err := w.Write(append([]byte(lead), data...)); err != nil {
			return err
		}
		lead = ",\n"
	}
	end := "\n]\n"
	if lead == "[\n" {
		end = "[\n]\n"
	}
	_, err := io.WriteString(w, end)
	return err
}

func ccOf(i item, seen fingerprints) ccIssue {
	if m := i.Missing; m != nil {
		rule := missingRule()
		first, _ := linesOf(m.Start, m.Lines)
		return ccIssue{
			Type: "issue", CheckName: "corehack/" + rule.ID, Categories: []string{rule.Kind}, Description: lacks(m),
			Severity: major, Fingerprint: seen.ofMissing(m), Location: ccLocation{findable(m.Place), ccLines{first}},
		}
	}
	f := i.Finding
	first, _ := firstLine(f)
	return ccIssue{
		Type: "issue", CheckName: "corehack/" + visible(f.Class), Categories: []string{ruleOf(f.Class).Kind},
		Description: withDecision(f), Severity: ccSeverity(weight(f)), Fingerprint: seen.ofFinding(f),
		Location: ccLocation{findable(f.Place), ccLines{first}},
	}
}

// withDecision is the summary of a finding and what was decided about it.
func withDecision(f *job.Finding) string {
	if f.Decision == nil {
		return summary(f)
	}
	return summary(f) + ". Decided: " + decisionWords(f.Decision)
}
