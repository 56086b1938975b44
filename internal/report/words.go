package report

import (
	"slices"
	"strconv"

	"mgit/internal/job"
)

// The severities, worst first.
const (
	critical = "critical"
	major    = "major"
	minor    = "minor"
	info     = "info"
)

// missingFromLive is what stands in place of a class for a change that a target has
// and the tree lacks.
const missingFromLive = "missing-from-live"

// rule explains one class of findings.
type rule struct {
	ID    string // the class
	Name  string // for SARIF, which wants a name without spaces
	Short string // what it is, without a full stop
	Help  string // what it means and what to do
	Level string // the severity that a finding of it usually has
	Kind  string // the category of Code Quality
	Fails bool   // counts without --strict
}

// classes lists the classes of findings in the order in which reports show them.
func classes() []rule {
	return []rule{
		{
			"unknown", "UnknownFile", "A file in a core folder that upstream never had",
			"No upstream commit has or had this file, and it belongs to no plugin. Where no branch brings it either, it may be a break-in: " +
				"look at it first, find out who put it there, and give it a branch or remove it.", critical, "Security", true,
		},
		{
			"modified", "ModifiedFile", "A core file whose content was changed",
			"The content is that of no upstream version. Hunks that a branch explains are kept by the next upgrade; those that no " +
				"branch explains are lost with it. Decide: port them to a branch, drop, replace or keep them.", major, "Compatibility", true,
		},
		{
			"missing", "MissingFile", "A core file that was removed",
			"The pinned build has the file and the tree does not. The next upgrade brings it back, unless a branch removes it.", major, "Compatibility", true,
		},
		{
			"stale", "StaleFile", "Content of an older upstream version",
			"The file is byte for byte what upstream had before the pinned build, or upstream removed it before. " +
				"An update was not complete, or one file was taken back.", minor, "Compatibility", true,
		},
		{
			"backport", "BackportedFile", "Content of a newer upstream version",
			"The file is byte for byte what upstream had after the pinned build: a fix taken early. It goes away by itself with " +
				"an upgrade that includes it.", minor, "Compatibility", true,
		},
		{
			"whitespace", "WhitespaceChange", "A difference in white space only",
			"Line endings, a byte order mark, trailing space or an expanded keyword: an editor or a transfer changed the file, " +
				"and nothing that it says.", info, "Style", false,
		},
		{
			"mode", "ModeChange", "A difference in the file mode only",
			"The content is that of the pinned build; the executable bit is not.", info, "Style", false,
		},
		{
			"foreign", "ForeignFile", "No part of Moodle nor of a plugin",
			"An upload, an export, a backup or an archive. It does not belong below the code, where a web server may hand it out.", minor, "Security", false,
		},
	}
}

// missingRule explains missingFromLive.
func missingRule() rule {
	return rule{
		missingFromLive, "MissingFromLive", "A change of a branch that the tree lacks",
		"The deployment target claims this change of a branch, and the tree does not have it: a deployment was not complete, " +
			"or somebody took the change back in place.", major, "Bug Risk", true,
	}
}

func ruleOf(class string) rule {
	all := classes()
	if i := slices.IndexFunc(all, func(r rule) bool { return r.ID == class }); i >= 0 {
		return all[i]
	}
	return rule{ID: class, Name: "Finding", Short: "A difference from the pinned build", Level: major, Kind: "Compatibility", Fails: true}
}

// countOf is how many findings of a class the report has, by its own counts.
func countOf(c job.CorehackCounts, class string) int {
	return map[string]int{
		"modified": c.Modified, "missing": c.Missing, "unknown": c.Unknown, "stale": c.Stale,
		"backport": c.Backport, "whitespace": c.Whitespace, "mode": c.Mode, "foreign": c.Foreign,
	}[class]
}

func severities() []string {
	return []string{critical, major, minor, info}
}

// rank orders severities, the worst first and unknown words last.
func rank(severity string) int {
	if i := slices.Index(severities(), severity); i >= 0 {
		return i
	}
	return len(severities())
}

func severityMeans(severity string) string {
	return map[string]string{
		critical: "Code in a core folder that nobody knows",
		major:    "Changes that no branch explains, and files that may hold passwords",
		minor:    "Another upstream version",
		info:     "Explained, or harmless",
	}[severity]
}

func confidenceMeans(confidence string) string {
	return map[string]string{
		job.PinExact:  "one commit fits best, and version.php agrees",
		job.PinLikely: "the best of several that fit, or something speaks against it",
		job.PinGuess:  "nothing but a likeness",
	}[confidence]
}

func evidenceMeans(evidence string) string {
	if text, ok := map[string]string{
		"githash":  "githash.php of the package names the commit",
		"history":  "the tree's own history descends from it",
		"triple":   "release, version and branch in version.php were introduced by it",
		"distance": "among the candidates, most files of the tree agree with it",
		"content":  "the contents of the files alone",
	}[evidence]; ok {
		return text
	}
	return visible(evidence)
}

func decisionMeans(decision string) string {
	return map[string]string{
		job.DecisionPort:    "becomes a branch",
		job.DecisionDrop:    "goes with the next upgrade",
		job.DecisionReplace: "something else will do the same",
		job.DecisionKeep:    "stays as it is",
	}[decision]
}

// number writes n with commas between thousands.
func number(n int) string {
	s := strconv.Itoa(n)
	first := 0
	if n < 0 {
		first = 1
	}
	for i := len(s) - 3; i > first; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Count is "1 file" or "12 files".
func Count(n int, one, many string) string { return count(n, one, many) }

// Number is "12" or "5,001".
func Number(n int) string { return number(n) }

// count is Count.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}

// EvidenceWords say what a pin is known by, and ConfidenceWords how sure that is.
func EvidenceWords(evidence string) string { return evidenceMeans(evidence) }

// ConfidenceWords say what the confidence of a pin means.
func ConfidenceWords(confidence string) string { return confidenceMeans(confidence) }

// ClassWords say what a class of findings is, and ClassHelp what to do about it.
func ClassWords(class string) string { return ruleOf(class).Short }

// ClassHelp says what a class of findings means and what to do.
func ClassHelp(class string) string { return ruleOf(class).Help }

// DecisionMeans says what a decision about a finding means.
func DecisionMeans(decision string) string { return decisionMeans(decision) }
