package report

import (
	"encoding/base64"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"mgit/internal/check"
	"mgit/internal/job"
)

// GitHub is the format of checks that the runner of GitHub Actions takes from a step's output.
const GitHub = "github"

// CheckFormats lists what WriteCheck knows.
func CheckFormats() []string { return []string{Markdown, SARIF, CodeClimate, JUnit, GitHub} }

// WriteCheck writes what checks found, in one of the CheckFormats. Findings come with the worst first, and those that
// somebody waived last. The error is ErrFormat where the format is not one of them, before anything is written; all
// other errors are w's.
func WriteCheck(w io.Writer, format string, r *job.CheckReport, opt Options) error {
	if opt.Title == "" {
		opt.Title = "Checks"
	}
	return writeAs(w, format, map[string]writer[*job.CheckReport]{
		Markdown:    writeCheckMarkdown,
		SARIF:       writeCheckSARIF,
		CodeClimate: writeCheckCodeClimate,
		JUnit:       writeCheckJUnit,
		GitHub:      writeCheckGitHub,
	}, r, opt)
}

// checkPrefix stands before the name of a rule where other programs have theirs, too.
const checkPrefix = "check/"

// noFile is where findings without a file are shown by readers that want one for each. Every Moodle has it, or had it.
const noFile = "version.php"

// checkItem is a finding, and what was judged.
type checkItem struct {
	In      *job.Checked
	Finding *job.CheckFinding
}

// checkOrder yields findings that nobody waived, errors first, and then those that somebody did.
func checkOrder(r *job.CheckReport) iter.Seq[checkItem] {
	return func(yield func(checkItem) bool) {
		for rank := range 3 {
			for i := range r.Checks {
				c := &r.Checks[i]
				for k := range c.Findings {
					if f := &c.Findings[k]; checkRank(f) == rank && !yield(checkItem{c, f}) {
						return
					}
				}
			}
		}
	}
}

func checkRank(f *job.CheckFinding) int {
	switch {
	case f.Waived != nil:
		return 2
	case f.Severity == check.Error:
		return 0
	}
	return 1
}

// checkTotal is how many findings there are, waived ones among them.
func checkTotal(r *job.CheckReport) int {
	n := 0
	for i := range r.Checks {
		n += len(r.Checks[i].Findings)
	}
	return n
}

// place is the file that is to blame; an empty path where none is.
func (i checkItem) place() job.Place { return blamedPlace(*i.Finding) }

func blamedPlace(f job.CheckFinding) job.Place {
	if raw, err := base64.StdEncoding.DecodeString(f.PathB64); f.PathB64 != "" && err == nil {
		return job.At(string(raw))
	}
	return job.At(f.Path)
}

// where is the file and the line, or else the commit or the branch that is to blame.
func (i checkItem) where() string {
	f := i.Finding
	switch {
	case f.Path != "" && f.Line > 0:
		return shown(i.place()) + ":" + strconv.Itoa(f.Line)
	case f.Path != "":
		return shown(i.place())
	case f.Commit.String() != "":
		return "commit " + f.Commit.Short()
	}
	return checkedWords(i.In)
}

// text is the finding in one sentence, with what to do about it. It says where only if no file is to blame.
func (i checkItem) text() string {
	f := i.Finding
	text := strings.TrimRight(visible(f.Text), ".")
	if f.Path == "" {
		text = i.where() + ": " + text
	}
	if f.Waived != nil {
		return text + "; " + waiverWords(f.Waived) + "."
	}
	if f.Hint != "" {
		text += "; " + strings.TrimRight(visible(f.Hint), ".")
	}
	return text + "."
}

// line is the line that is to blame, the first where the file is as a whole.
func (i checkItem) line() int { return max(i.Finding.Line, 1) }

// fingerprint stays when lines move, and when a branch is judged again with more commits.
func (i checkItem) fingerprint(seen fingerprints) string {
	f := i.Finding
	if f.Path != "" {
		return seen.unique(hashOf(checkPrefix, f.Rule, bytesOf(i.place()), f.Text))
	}
	return seen.unique(hashOf(checkPrefix, f.Rule, "", i.In.Branch, f.Commit.String(), f.Text))
}

// checkedWords say what was judged.
func checkedWords(c *job.Checked) string {
	switch {
	case c.Branch != "":
		return "branch " + visible(c.Branch)
	case c.What == "staged":
		return "what is staged"
	case c.From.String() != "" && c.To.String() != "":
		return c.From.Short() + ".." + c.To.Short()
	}
	return visible(c.What)
}

// waiverWords say who let a finding pass, and why.
func waiverWords(w *job.CheckWaiver) string {
	text := "waived with --allow"
	if w.By == check.ByTrailer {
		text = "waived by a trailer"
		if w.Commit.String() != "" {
			text += " of " + w.Commit.Short()
		}
	}
	if reason := strings.TrimRight(visible(w.Reason), "."); reason != "" {
		text += ": " + reason
	}
	return text
}

// checkVerdict is the report in a few words.
func checkVerdict(r *job.CheckReport) string {
	var parts []string
	if n := r.Counts.Errors; n > 0 {
		parts = append(parts, count(n, "error", "errors"))
	}
	if n := r.Counts.Warnings; n > 0 {
		parts = append(parts, count(n, "warning", "warnings"))
	}
	if len(parts) == 0 {
		parts = append(parts, "nothing found")
	}
	if n := r.Counts.Waived; n > 0 {
		parts = append(parts, count(n, "finding waived", "findings waived"))
	}
	return strings.Join(parts, ", ") + judgedWords(r.Counts.Files, r.Counts.Commits)
}

// judgedWords say in how much it was looked for. What is not committed yet is no commit.
func judgedWords(files, commits int) string {
	text := " in " + count(files, "file", "files")
	if commits > 0 {
		text += " and " + count(commits, "commit", "commits")
	}
	return text
}

// checkRule is the rule of a finding, and its index in check.Rules.
func checkRule(id string) (check.Rule, int) {
	all := check.Rules()
	if i := slices.IndexFunc(all, func(r check.Rule) bool { return r.ID == id }); i >= 0 {
		return all[i], i
	}
	// A rule that this program does not know: a rule could not come to an end is the nearest.
	i := slices.IndexFunc(all, func(r check.Rule) bool { return r.ID == check.RuleFailed })
	return all[i], i
}

// checkKind is the category that Code Quality has for a family of rules.
func checkKind(r check.Rule) string {
	switch {
	case r.ID == "secret", r.ID == "config-file", r.ID == "symlink-outside":
		return "Security"
	case r.Family == "branch", r.Family == "scope":
		return "Compatibility"
	case r.Family == "hack":
		return "Clarity"
	case r.Family == "message":
		return "Style"
	}
	return "Bug Risk"
}
