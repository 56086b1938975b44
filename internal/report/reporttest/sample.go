// Package reporttest makes core hack reports for tests and screenshots: one that has
// everything, one that an attacker made, one that is too big.
package reporttest

import (
	"cmp"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"mgit/internal/job"
)

// ID makes an object id of a name.
func ID(name string) job.ID {
	return job.ID(sha1.Sum([]byte(name)))
}

// Day is when everything in these reports happened.
func Day() time.Time {
	return time.Date(2025, 3, 14, 9, 26, 53, 0, time.UTC)
}

// Finish sorts the findings, gives them fingerprints, and counts all that can be
// counted.
func Finish(r *job.CorehackReport) *job.CorehackReport {
	order := []string{"critical", "major", "minor", "info"}
	slices.SortStableFunc(r.Findings, func(a, b job.Finding) int {
		return slices.Index(order, a.Severity) - slices.Index(order, b.Severity)
	})
	counts := map[string]*int{
		"modified": &r.Counts.Modified, "missing": &r.Counts.Missing, "unknown": &r.Counts.Unknown, "stale": &r.Counts.Stale,
		"backport": &r.Counts.Backport, "whitespace": &r.Counts.Whitespace, "mode": &r.Counts.Mode, "foreign": &r.Counts.Foreign,
	}
	components := map[string]*job.ComponentFindings{}
	for i := range r.Findings {
		f := &r.Findings[i]
		finishFinding(f)
		if n := counts[f.Class]; n != nil {
			*n++
		}
		c := components[f.Component]
		if c == nil {
			c = &job.ComponentFindings{Component: f.Component, Classes: map[string]int{}}
			components[f.Component] = c
		}
		c.Findings++
		c.Classes[f.Class]++
		if f.Orphan {
			c.Orphans++
		}
		if f.Orphan && f.Decision == nil {
			r.Undecided++
		}
	}
	r.Counts.Unread = len(r.Unread)
	for _, c := range components {
		r.Components = append(r.Components, *c)
	}
	slices.SortFunc(r.Components, func(a, b job.ComponentFindings) int {
		return cmp.Or(b.Findings-a.Findings, cmp.Compare(a.Component, b.Component))
	})
	return r
}

// finishFinding counts hunks and lines. A finding without hunks is what it says.
func finishFinding(f *job.Finding) {
	f.Files = max(f.Files, 1)
	f.Fingerprint = cmp.Or(f.Fingerprint, hash(f.Class, f.Raw))
	for i := range f.Hunks {
		h := &f.Hunks[i]
		h.Fingerprint = hash(append(append([]string{f.Raw}, h.Removed...), h.Added...)...)
		h.Lines, h.BaseLines = max(h.Lines, len(h.Added)), max(h.BaseLines, len(h.Removed))
		f.Added += h.Lines
		f.Removed += h.BaseLines
		if h.Branch == nil {
			f.Unexplained++
		}
	}
	f.Orphan = f.Orphan || f.Unexplained > 0
}

func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// Lines splits a text into lines that keep their ends.
func Lines(text string) []string {
	return slices.Collect(strings.Lines(text))
}

func by(name string) *string { return &name }

// Empty is the report of an untouched tree.
func Empty() *job.CorehackReport {
	return &job.CorehackReport{
		Tree: "/var/www/moodle", When: Day(), Pin: pin(), Findings: []job.Finding{}, Series: "2.5", Branches: 31, Target: "LUVLE-2.5-deployment",
		Counts: job.CorehackCounts{CoreFiles: 11_850, Identical: 11_850, PluginFiles: 1_204, ExpectedFiles: 7},
	}
}

func pin() job.PinReport {
	return job.PinReport{
		Commit: ID("v2.5.3"), Tag: "v2.5.3", Describe: "v2.5.3", Series: "2.5", Release: "2.5.3 (Build: 20131111)",
		Version: "2013051403.00", Branch: "25", Build: "20131111", Confidence: job.PinExact, Evidence: "githash", Compared: 11_850,
		Claims: &job.PinClaims{Release: "2.5.3 (Build: 20131111)", Version: "2013051403.00", Branch: "25", Githash: "4a1b2c3"},
	}
}

// Sample is a report that has everything: every class and severity, hunks with
// and without branches, markers, decisions, a pin that something speaks against, plugins of
// every origin, files that were not read, and changes missing from live.
func Sample() *job.CorehackReport {
	r := Empty()
	r.Pin.Confidence, r.Pin.Evidence, r.Pin.Differing = job.PinLikely, "triple", 412
	r.Pin.Claims.Release, r.Pin.Claims.Local = "2.5.3 (Build: 20131111) LU 7", "LU 7"
	r.Pin.Claims.Githash = "258610e"
	r.Pin.Disagrees = []job.PinDoubt{
		{ID: "githash-stale", Text: "githash.php names commit 258610e (2.5.1), and version.php says 2.5.3: somebody unpacked or pulled over a package"},
		{ID: "mixed", Text: "398 files are those of 2.4.7: an update was copied over an older tree"},
	}
	r.Pin.Mixed = []job.PinCandidate{
		{Commit: ID("v2.4.7"), Tag: "v2.4.7", Release: "2.4.7 (Build: 20131111)", Differing: 3_204, Files: 398},
		{Commit: ID("2.5.1+"), Release: "2.5.1+ (Build: 20130801)", Differing: 640, Files: 12},
	}
	r.Pin.Candidates = []job.PinCandidate{
		{Commit: ID("2.5.3+"), Release: "2.5.3+ (Build: 20131114)", Differing: 419},
		{Commit: ID("2.5.2+"), Release: "2.5.2+ (Build: 20131108)", Differing: 433},
	}
	r.Counts.Identical = 11_412
	r.Known, r.Excluded = 14, 2
	r.Findings = append(append(strangers(), changed()...), harmless()...)
	r.MissingFromLive = missing()
	r.Plugins = plugins()
	r.Unread = []job.UnreadFile{
		{Place: job.At("local/private"), Reason: "permission denied", Dir: true},
		{Place: job.At("pix/export.sock"), Reason: "a socket"},
		{Place: job.At("theme/current"), Reason: "a link out of the tree: /srv/themes/current"},
		{Place: job.At("backup/full.mbz"), Reason: "4,294,967,296 bytes are more than is read"},
	}
	return Finish(r)
}

func missing() []job.MissingChange {
	return []job.MissingChange{
		{
			Place: job.At("mod/quiz/attemptlib.php"), Component: "mod_quiz", Branch: "LUVLE-2.5-hack-mod_quiz-timer", Target: "LUVLE-2.5-deployment",
			Start: 1204, Lines: 4, Partly: true,
			Added: Lines("        if ($this->quiz->timelimit && $this->is_overdue()) {\n            $this->process_going_overdue($timestamp, true);\n            return;\n        }\n"),
		},
		{
			Place: job.At("lib/filestorage/file_storage.php"), Component: "core_files", Branch: "LUVLE-2.5-hack-core_files-dedupe", Target: "LUVLE-2.5-deployment",
			Start: 88, Removes: 2,
		},
	}
}

func plugins() []job.FoundPlugin {
	return []job.FoundPlugin{
		{
			Component: "mod_checklist", Place: job.At("mod/checklist"), Version: "2013110500", Release: "2.5.0.4 (Build: 2013110500)", Requires: "2010112400",
			Files: 96, Branch: "LUVLE-2.5-feature-mod_checklist",
		},
		{
			Component: "block_configurable_reports", Place: job.At("blocks/configurable_reports"), Version: "2011040103", Requires: "2013051400", Files: 310,
			Origin: &job.PluginOrigin{Kind: "clone", Remote: "https://git.example.org/moodle/moodle-block_configurable_reports.git", Commit: ID("reports"), Branch: "MOODLE_25_STABLE", Changed: 3},
		},
		{
			Component: "theme_luvle", Place: job.At("theme/luvle"), Version: "2014010100", Files: 204,
			Origin: &job.PluginOrigin{Kind: "submodule", Remote: "git@git.example.org:luvle/theme.git", Commit: ID("theme"), Changed: -1},
		},
		{Component: "local_staffsync", Place: job.At("local/staffsync"), Version: "2013090200", Files: 12},
		{
			Component: "local_reports", Place: job.At("local/luvle/reports"), Files: 31, Branch: "LUVLE-2.5-feature-local_reports",
			Problem: "version.php names no version, so Moodle does not see it",
		},
	}
}
