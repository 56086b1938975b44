package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"mgit/internal/job"
)

const (
	markdownBytes = 1 << 20
	markdownLeast = 16 << 10
	markdownLines = 60 // of a hunk
	markdownHunks = 40 // of a finding
	markdownRows  = 50 // of the tables and lists beside the findings
)

// writeMarkdown writes GitHub's markdown, which GitLab and Redmine read too. Sections
// other than the findings have fixed shares of the limit, the findings what is left:
// so the end is there even when the findings are cut.
func writeMarkdown(w io.Writer, r *job.CorehackReport, opt Options) error {
	limit := max(opt.Limit, markdownLeast)
	if opt.Limit == 0 {
		limit = markdownBytes
	}
	head := section(limit*3/8, func(s *sheet) {
		markdownHead(s, r, opt)
		markdownPin(s, r)
		markdownClasses(s, r)
		markdownComponents(s, r)
	})
	missing := section(limit/8, func(s *sheet) { markdownMissing(s, r, opt) })
	scope := section(limit/8, func(s *sheet) { markdownScope(s, r, opt) })
	tail := section(limit/8, func(s *sheet) { markdownPlugins(s, r) }) +
		section(limit/8-len(scope), func(s *sheet) { markdownUnread(s, r) }) + scope
	findings := section(limit-len(head)-len(missing)-len(tail), func(s *sheet) { markdownFindings(s, r, opt) })
	_, err := io.WriteString(w, head+missing+findings+tail)
	return err
}

func section(limit int, write func(*sheet)) string {
	s := &sheet{limit: limit}
	write(s)
	return s.String()
}

func markdownHead(s *sheet, r *job.CorehackReport, opt Options) {
	title := prose(opt.title())
	s.add("# " + title + "\n\n**" + prose(verdict(r)) + ".**")
	for _, remark := range remarks(r) {
		s.add(" " + prose(remark) + ".")
	}
	s.add("\n\n")
	what := "Tree"
	if r.IsRef {
		what = "Ref"
	}
	s.add(what + " " + code(r.Tree))
	if !r.When.IsZero() {
		s.add(", looked at on " + r.When.UTC().Format("2 January 2006 at 15:04 UTC"))
	}
	s.add(", " + prose(comparedWith(r)) + ".\n")
}

func markdownPin(s *sheet, r *job.CorehackReport) {
	p := &r.Pin
	s.add("\n## Pin\n\n" + code(p.Release))
	if p.Tag != "" {
		s.add(", tag " + code(p.Tag))
	} else if p.Describe != "" {
		s.add(", " + code(p.Describe))
	}
	s.add(", commit " + code(p.Commit.Short()) + ": **" + prose(p.Confidence) + "**")
	if means := confidenceMeans(p.Confidence); means != "" {
		s.add(" (" + means + ")")
	}
	s.add(". Evidence: " + prose(evidenceMeans(p.Evidence)) + ". " +
		number(p.Differing) + " of " + count(p.Compared, "file differs", "files differ") + ".\n")
	if p.Claims != nil && p.Claims.Release != p.Release {
		s.add("\nversion.php of the tree says " + code(p.Claims.Release) + ".\n")
	}
	if len(p.Disagrees) > 0 {
		s.add("\nWhat disagrees:\n\n")
		s.list(len(p.Disagrees), markdownRows, func(i int) string { return "- " + prose(p.Disagrees[i].Text) + "\n" }, moreItems)
	}
	markdownCandidates(s, "Files of other builds are mixed in:", p.Mixed, func(c job.PinCandidate) string {
		return count(c.Files, "file", "files")
	})
	markdownCandidates(s, "Candidates:", p.Candidates, func(c job.PinCandidate) string {
		return count(c.Differing, "file differs", "files differ")
	})
}

func markdownCandidates(s *sheet, title string, all []job.PinCandidate, words func(job.PinCandidate) string) {
	if len(all) == 0 {
		return
	}
	s.add("\n" + title + "\n\n")
	s.list(len(all), 10, func(i int) string {
		c := all[i]
		name := code(c.Release)
		if c.Tag != "" {
			name += ", " + code(c.Tag)
		}
		return "- " + name + ", commit " + code(c.Commit.Short()) + ": " + words(c) + "\n"
	}, moreItems)
}

func moreItems(left int) string { return fmt.Sprintf("- … and %s more\n", number(left)) }

func markdownClasses(s *sheet, r *job.CorehackReport) {
	s.add("\n## Counts\n\n| class | findings | what it is |\n|---|--:|---|\n")
	for _, c := range classes() {
		if n := countOf(r.Counts, c.ID); n > 0 {
			s.add("| " + c.ID + " | " + number(n) + " | " + c.Short + " |\n")
		}
	}
	if n := len(r.MissingFromLive); n > 0 {
		s.add("| missing from live | " + number(n) + " | " + missingRule().Short + " |\n")
	}
	s.add(fmt.Sprintf("\n%s of %s identical.\n", number(r.Counts.Identical), count(r.Counts.CoreFiles, "core file is", "core files are")))
}

func markdownComponents(s *sheet, r *job.CorehackReport) {
	if len(r.Components) == 0 {
		return
	}
	s.add("\n## Components\n\n| component | findings | orphans | classes |\n|---|--:|--:|---|\n")
	s.list(len(r.Components), markdownRows, func(i int) string {
		c := r.Components[i]
		return "| " + cell(c.Component) + " | " + number(c.Findings) + " | " + number(c.Orphans) + " | " + classCounts(c.Classes) + " |\n"
	}, func(left int) string {
		return "\n… and " + count(left, "more component", "more components") + ".\n"
	})
}

// classCounts lists counts by class, such as "modified 2, stale 1".
func classCounts(counts map[string]int) string {
	var words []string
	for _, c := range classes() {
		if n := counts[c.ID]; n > 0 {
			words = append(words, c.ID+" "+number(n))
		}
	}
	return strings.Join(words, ", ")
}

func markdownMissing(s *sheet, r *job.CorehackReport, opt Options) {
	if len(r.MissingFromLive) == 0 {
		return
	}
	s.add("\n## Missing from live\n\n" + missingRule().Help + "\n\n")
	s.list(len(r.MissingFromLive), len(r.MissingFromLive), func(i int) string {
		m := &r.MissingFromLive[i]
		item := "- " + code(shown(m.Place))
		if place := lackPlace(m); place != "" {
			item += ", " + place
		}
		item += ": " + lackedLines(m)
		if m.Partly {
			item += "; part of the change is there"
		}
		item += ". From " + code(m.Branch) + ", which " + code(m.Target) + " has.\n"
		if opt.Diff && len(m.Added) > 0 {
			lines, left := addedLines(m.Added, m.Start, markdownLines)
			item += indent("\n" + fenced("diff", texts(lines, left)))
		}
		return item
	}, moreItems)
}

func indent(block string) string {
	return strings.ReplaceAll(strings.TrimSuffix(block, "\n"), "\n", "\n  ") + "\n\n"
}

// texts are the lines of a diff as they stand in a fence. The remark about lines that
// are left out begins with a space, so that no highlighter takes it for a line.
func texts(lines []diffLine, left int) []string {
	var all []string
	for _, l := range lines {
		all = append(all, l.Sign+l.Text())
	}
	if left > 0 {
		all = append(all, " … "+count(left, "more line", "more lines"))
	}
	return all
}

func markdownFindings(s *sheet, r *job.CorehackReport, opt Options) {
	if len(r.Findings) == 0 {
		return
	}
	s.add("\n## Findings\n")
	sorted := byRank(r)
	severity := "none yet"
	const reserve = 200
	for i, f := range sorted {
		title := ""
		if f.Severity != severity {
			severity = f.Severity
			title = "\n### " + prose(f.Severity) + "\n"
			if means := severityMeans(f.Severity); means != "" {
				title = "\n### " + prose(f.Severity) + ": " + means + "\n"
			}
		}
		if s.Len()+reserve < s.limit {
			fits := sheet{limit: s.limit - s.Len() - reserve}
			if fits.add(title+markdownFinding(f, opt)) || fits.add(title+markdownFinding(f, Options{})) {
				s.add(fits.String())
				continue
			}
		}
		s.add("\n… and " + count(len(sorted)-i, "more finding", "more findings") + ": `--format html` or `--format json` have them.\n")
		return
	}
}

func markdownFinding(f *job.Finding, opt Options) string {
	var b strings.Builder
	b.WriteString("\n- **" + visible(prose(f.Class)) + "** " + code(shown(f.Place)) + " (" + code(f.Component) + churn(f) + ")")
	b.WriteString("\n  " + prose(summary(f)) + ".")
	if f.Evidence != "" {
		b.WriteString(" Evidence: " + prose(f.Evidence) + ".")
	}
	if f.Upstream != nil && f.Upstream.Subject != "" {
		b.WriteString(" Upstream: " + code(f.Upstream.Subject) + ".")
	}
	switch {
	case f.Decision != nil:
		b.WriteString(" Decided: " + prose(decisionWords(f.Decision)) + ".")
	case isUndecided(f):
		b.WriteString(" Undecided.")
	}
	b.WriteString("\n")
	for i := range f.Hunks {
		if i == markdownHunks {
			b.WriteString("  - … and " + count(len(f.Hunks)-i, "more hunk", "more hunks") + "\n")
			break
		}
		h := &f.Hunks[i]
		b.WriteString("  - " + where(f, h) + ": " + prose(who(h)+hunkRemarks(h)) + "\n")
		if opt.Diff && hasLines(h) {
			lines, left := hunkLines(h, markdownLines)
			b.WriteString("    " + strings.ReplaceAll(strings.TrimSuffix(fenced("diff", texts(lines, left)), "\n"), "\n", "\n    ") + "\n")
		}
	}
	return b.String()
}

// churn is ", +3 −1" where lines can be counted.
func churn(f *job.Finding) string {
	if f.Added+f.Removed == 0 {
		return ""
	}
	return ", +" + number(f.Added) + " −" + number(f.Removed)
}

func markdownPlugins(s *sheet, r *job.CorehackReport) {
	if len(r.Plugins) == 0 {
		return
	}
	s.add("\n## Additional plugins\n\n")
	markdownTroubles(s, r)
	s.add("| component | folder | version | comes from |\n|---|---|---|---|\n")
	s.list(len(r.Plugins), markdownRows, func(i int) string {
		p := &r.Plugins[i]
		return "| " + cell(p.Component) + " | " + cell(shown(p.Place)) + " | " + cell(strings.TrimSpace(p.Version+" "+p.Release)) + " | " + comesFrom(p) + " |\n"
	}, func(left int) string { return "\n… and " + count(left, "more plugin", "more plugins") + ".\n" })
}

// markdownTroubles lists the plugins that somebody should look at. It takes at most
// half of the room.
func markdownTroubles(s *sheet, r *job.CorehackReport) {
	sorted := byTrouble(r)
	if i := slices.IndexFunc(sorted, func(p *job.FoundPlugin) bool { return pluginRank(r, p) == rankQuiet }); i >= 0 {
		sorted = sorted[:i]
	}
	if len(sorted) == 0 {
		return
	}
	s.add("Look at these:\n\n")
	part := sheet{limit: (s.limit - s.Len()) / 2}
	part.list(len(sorted), markdownRows, func(i int) string {
		p := sorted[i]
		return "- " + code(p.Component) + " in " + code(shown(p.Place)) + ": " + prose(strings.Join(pluginSigns(r, p), "; ")) + "\n"
	}, moreItems)
	s.add(part.String() + "\n")
}

// comesFrom says in a cell where a plugin comes from: branch, repository, or nothing
// known. What is wrong with it is in the list above the table.
func comesFrom(p *job.FoundPlugin) string {
	var parts []string
	if p.Branch != "" {
		parts = append(parts, "branch "+cell(p.Branch))
	}
	if o := p.Origin; o != nil {
		text := "clone of "
		if o.Kind == "submodule" {
			text = "submodule of "
		}
		text += cell(o.Remote) + " at " + cell(o.Commit.Short())
		if o.Changed < 0 {
			text += ", uncommitted changes are not known"
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return "not known"
	}
	return strings.Join(parts, "; ")
}

func markdownUnread(s *sheet, r *job.CorehackReport) {
	if len(r.Unread) == 0 {
		return
	}
	s.add("\n## Not read\n\nNothing is known about these.\n\n")
	s.list(len(r.Unread), markdownRows, func(i int) string {
		u := &r.Unread[i]
		return "- " + code(shown(u.Place)) + ": " + prose(u.Reason) + "\n"
	}, moreItems)
}

func markdownScope(s *sheet, r *job.CorehackReport, opt Options) {
	s.add("\n## What this report does not say\n\n")
	for _, text := range scope(r, opt) {
		s.add("- " + prose(text) + ".\n")
	}
	if opt.Version != "" {
		s.add("\nmgit " + prose(opt.Version) + "\n")
	}
}

// scope says what was not looked at. All words are ours.
func scope(r *job.CorehackReport, opt Options) []string {
	all := []string{
		count(r.Counts.PluginFiles, "file of additional plugins was counted and not compared", "files of additional plugins were counted and not compared"),
		count(r.Counts.ExpectedFiles, "expected file of the site was counted and not looked into", "expected files of the site were counted and not looked into") +
			" (config.php, vendor and the like)",
	}
	if n := max(len(r.Unread), r.Counts.Unread); n > 0 {
		all = append(all, count(n, "file or folder was not read", "files or folders were not read"))
	} else {
		all = append(all, "Everything else was read")
	}
	if r.Known > 0 {
		all = append(all, count(r.Known, "finding is known from the baseline and left out", "findings are known from the baseline and left out"))
	}
	if r.Excluded > 0 {
		all = append(all, count(r.Excluded, "finding is excluded by the settings or the request", "findings are excluded by the settings or the request"))
	}
	if !opt.Diff {
		all = append(all, "Changed lines are not shown: --diff shows them")
	}
	return append(all, "The database and the data folder are not part of a tree and were not looked at")
}
