package report

import (
	"io"
	"strconv"
	"strings"

	"mgit/internal/check"
	"mgit/internal/job"
)

// writeCheckCodeClimate writes an array of issues. What was waived is none.
func writeCheckCodeClimate(w io.Writer, r *job.CheckReport, _ Options) error {
	return writeIssues(w, func(yield func(ccIssue) bool) {
		seen := fingerprints{}
		for i := range checkOrder(r) {
			if i.Finding.Waived == nil && !yield(checkIssue(i, seen)) {
				return
			}
		}
	})
}

func checkIssue(i checkItem, seen fingerprints) ccIssue {
	rule, _ := checkRule(i.Finding.Rule)
	severity := minor
	if i.Finding.Severity == check.Error {
		severity = major
	}
	path := noFile
	if i.Finding.Path != "" {
		path = findable(i.place())
	}
	return ccIssue{
		Type: "issue", CheckName: checkPrefix + rule.ID, Categories: []string{checkKind(rule)}, Description: i.text(),
		Fingerprint: i.fingerprint(seen), Severity: severity, Location: ccLocation{path, ccLines{i.line()}},
	}
}

// writeCheckJUnit writes a suite for everything that was judged, with a test for each finding. Errors fail, warnings
// only when strict; otherwise they are skipped, as is what was waived. Without findings there is one test that passes.
func writeCheckJUnit(w io.Writer, r *job.CheckReport, opt Options) error {
	suites := junitSuites{Name: "mgit check"}
	for i := range r.Checks {
		suites.add(checkSuite(&r.Checks[i], opt))
	}
	return suites.write(w)
}

func checkSuite(c *job.Checked, opt Options) *junitSuite {
	name := checkedWords(c)
	suite := &junitSuite{Name: "check." + name, Properties: []junitProperty{
		{"judged", visible(c.What)},
		{"branch", visible(c.Branch)},
		{"from", c.From.String()},
		{"to", c.To.String()},
	}}
	for _, text := range c.Notes {
		suite.Properties = append(suite.Properties, junitProperty{"not judged", visible(text)})
	}
	for i := range checkOrder(&job.CheckReport{Checks: []job.Checked{*c}}) {
		suite.Cases = append(suite.Cases, checkCase(i, opt))
	}
	if len(suite.Cases) == 0 {
		suite.Cases = []junitCase{{Class: name, Name: "nothing found" + judgedWords(c.Files, c.Commits), Time: "0"}}
	}
	return suite
}

func checkCase(i checkItem, opt Options) junitCase {
	f := i.Finding
	// No line in the name: it is what readers know a test by from one run to the next.
	c := junitCase{Class: visible(f.Rule), Name: strings.TrimRight(visible(f.Text), "."), Time: "0"}
	if f.Path != "" {
		c.File, c.Line = findable(i.place()), f.Line
		c.Name = shown(i.place()) + ": " + c.Name
	} else if f.Commit.String() != "" {
		c.Name = i.where() + ": " + c.Name
	}
	text := "\n" + i.where() + ": " + i.text() + "\n"
	if f.Path == "" {
		text = "\n" + i.text() + "\n"
	}
	outcome := &junitOutcome{Message: i.text(), Type: visible(f.Rule), Text: text}
	if f.Waived == nil && (f.Severity == check.Error || opt.Strict) {
		c.Failure = outcome
		return c
	}
	outcome.Type = "" // but the text: GitLab reads no message
	c.Skipped = outcome
	return c
}

// githubChars is how much of a text an annotation has.
const githubChars = 2000

// writeCheckGitHub writes commands to the runner of GitHub Actions, which makes annotations of them, see
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands. It shows ten of each kind for a
// step, so the worst come first. The last line is for people who read the log.
func writeCheckGitHub(w io.Writer, r *job.CheckReport, _ Options) error {
	for i := range checkOrder(r) {
		if _, err := io.WriteString(w, githubCommand(i)); err != nil {
			return err
		}
	}
	for i := range r.Checks {
		for _, text := range r.Checks[i].Notes {
			if _, err := io.WriteString(w, "::notice title=mgit check::"+githubData(sentence(checkedWords(&r.Checks[i])+": "+visible(text)))+"\n"); err != nil {
				return err
			}
		}
	}
	_, err := io.WriteString(w, "mgit check: "+checkVerdict(r)+"\n")
	return err
}

func githubCommand(i checkItem) string {
	f := i.Finding
	kind := "warning"
	switch {
	case f.Waived != nil:
		kind = "notice"
	case f.Severity == check.Error:
		kind = "error"
	}
	properties := []string{}
	if f.Path != "" {
		// The runner looks for this file, so it is the path itself where that can be written.
		properties = append(properties, "file="+githubProperty(findable(i.place())), "line="+strconv.Itoa(i.line()))
	}
	properties = append(properties, "title="+githubProperty("mgit check: "+visible(f.Rule)))
	return "::" + kind + " " + strings.Join(properties, ",") + "::" + githubData(clip(i.text(), githubChars)) + "\n"
}

// githubData escapes the message of a command. Line ends are spelled out already; they would end it.
func githubData(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

// githubProperty escapes a property of a command, which a comma or two colons would end.
func githubProperty(text string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(githubData(text))
}
