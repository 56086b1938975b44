package report

import (
	"fmt"
	"strings"

	"mgit/internal/job"
)

// The words for targets are those of the commands, for the screen too. Names and subjects stand in
// them as the repository has them: whoever shows a line makes it safe for its reader.

// AssemblySummary is the one line that says how an assembly went: "LUVLE-4.5-test on v4.5.4: 2 clean."
func AssemblySummary(r *job.AssembleReport) string {
	var parts []string
	for _, outcome := range []string{"clean", "resolved", "unchanged", "conflict", "held", "failed"} {
		n := 0
		for _, m := range r.Merged {
			if m.Outcome == outcome && (!m.Upstream || outcome == "conflict" || outcome == "failed") {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, outcome))
		}
	}
	text := r.Target
	if r.UpstreamTag != "" {
		text += " on " + r.UpstreamTag
	} else {
		text += " on " + r.Base.Tag
	}
	if len(parts) == 0 {
		parts = append(parts, "nothing belongs to it")
	}
	text += ": " + strings.Join(parts, ", ") + "."
	if r.Joined {
		text += " It was made afresh and stands on top of the old one, so that whoever follows it can fast-forward."
	}
	return text
}

// RunSentence ends a summary: what became of the references. Run 0 moved nothing.
func RunSentence(run int, isDry bool) string {
	switch {
	case isDry:
		return " Nothing was written."
	case run == 0:
		return " There was nothing to do."
	}
	return fmt.Sprintf(" This was run %d.", run)
}

// MergeLines are what there is to say of a merge that is not simply clean.
func MergeLines(m job.MergedStep) []string {
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, m.Branch+": "+fmt.Sprintf(format, args...)) }
	for _, conflict := range m.Conflicts {
		add("%s in %s", conflictWord(conflict.Kind), job.ShowPath(string(conflict.Path)))
	}
	if len(m.Against) > 0 {
		add("that is changed by %s", strings.Join(m.Against, ", "))
	}
	if m.Reason != "" && len(m.Conflicts) == 0 {
		add("%s", m.Reason)
	}
	for _, use := range m.Resolutions {
		add("%s", UsedLine(use))
	}
	if len(m.Rebuild) > 0 {
		add("rebuild needed: %s", pathList(m.Rebuild))
	}
	return lines
}

// conflictWord is what Git calls a kind of conflict, without what says that it is one.
func conflictWord(kind string) string {
	return strings.TrimSuffix(strings.TrimPrefix(kind, "CONFLICT ("), ")")
}

func pathList(paths []string) string {
	all := make([]string, len(paths))
	for i, p := range paths {
		all[i] = job.ShowPath(p)
	}
	return strings.Join(all, ", ")
}

// UsedLine says how a conflict was settled: by a recorded resolution, or as another merge settled it.
func UsedLine(use string) string {
	if strings.HasPrefix(use, "merge ") {
		return "resolved as in " + use
	}
	return "used the recorded resolution " + use
}

// StrangerLine names a commit of a target that no branch explains, and why not.
func StrangerLine(s job.StrangerCommit) string {
	line := "no branch explains " + s.Commit.Short()
	if s.Subject != "" {
		line += fmt.Sprintf(" %q", s.Subject)
	}
	return line + ": " + s.Reason
}

// ProofSummary is the one line that says what a target is made of, and what is wrong with it.
func ProofSummary(proof *job.TargetProof) string {
	n := 0
	for _, m := range proof.Merged {
		if !m.Upstream {
			n++
		}
	}
	on := proof.UpstreamTag
	if on == "" {
		on = proof.Base.Tag
	}
	text := fmt.Sprintf("%s is made of %s and %s", proof.Target, on, count(n, "branch", "branches"))
	if proof.Proven {
		return text + ". Nothing is missing, and nothing else is in it."
	}
	var faults []string
	add := func(n int, one, many string) {
		switch n {
		case 0:
		case 1:
			faults = append(faults, one)
		default:
			faults = append(faults, fmt.Sprintf(many, n))
		}
	}
	add(len(proof.Missing), "one branch is missing", "%d branches are missing")
	add(len(proof.Dropped), "content of a branch was taken out", "content of branches was taken out at %d paths")
	add(len(proof.Strangers), "one commit is explained by no branch", "%d commits are explained by no branch")
	add(len(proof.Unread), "one merge could not be made again", "%d merges could not be made again")
	return text + "; " + strings.Join(faults, ", ") + "."
}

// DroppedLine says what somebody took out of a target.
func DroppedLine(d job.DroppedContent) string {
	switch {
	case d.Gone:
		return fmt.Sprintf("taken out: %s at %s, by %s", d.Branch, d.Path, d.By.Short())
	case d.Lines > 0:
		return fmt.Sprintf("taken out: %s of %s in %s, by %s", count(d.Lines, "line", "lines"), d.Branch, d.Path, d.By.Short())
	}
	return fmt.Sprintf("taken out: a part of %s in %s, by %s", d.Branch, d.Path, d.By.Short())
}

// SettledLine says how a person resolved a conflict in a target.
func SettledLine(s job.SettledPath) string {
	line := fmt.Sprintf("resolved: %s in %s", s.Path, s.Branch)
	switch s.Side {
	case "ours":
		line += " (nothing of the branch was taken there)"
	case "theirs":
		line += " (the branch's file was taken as it is)"
	}
	return line
}

// ProofLines say what is wrong with a target, the worst first, and then what is no fault.
func ProofLines(proof *job.TargetProof) []string {
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	for _, m := range proof.Missing {
		add("missing: %s: %s", m.Branch, m.Reason)
	}
	for _, d := range proof.Dropped {
		lines = append(lines, DroppedLine(d))
	}
	for _, s := range proof.Strangers {
		lines = append(lines, StrangerLine(s))
		const few = 4
		for i, path := range s.Paths {
			if i == few {
				add("    and %d more", len(s.Paths)-few)
				break
			}
			add("    %s", job.ShowPath(path))
		}
	}
	for _, u := range proof.Unread {
		add("not proved: merge %s: %s", u.Commit.Short(), u.Reason)
	}
	for _, a := range proof.Ahead {
		add("ahead: %s is in with %s, and %s is wanted", a.Branch, a.Has.Short(), a.Tip.Short())
	}
	for _, s := range proof.Undone {
		add("undone since: %s %q", s.Commit.Short(), s.Subject)
	}
	for _, s := range proof.Settled {
		lines = append(lines, SettledLine(s))
	}
	for _, b := range proof.Contains {
		add("%s has the commits of %s in it, and so explains them", b.Branch, strings.Join(b.Others, ", "))
	}
	for _, l := range proof.LeftOut {
		add("does not belong to it: %s: %s", l.Branch, l.Reason)
	}
	return lines
}

// MinorLine is how it went with a patch release and one target. The run, or that nothing was written,
// is left to be added where isMoved says so.
func MinorLine(r *job.MinorReport, t job.MinorTarget, isCheck bool) (line string, isMoved bool) {
	switch {
	case r.Tag == "":
		return fmt.Sprintf("%s stays on %s.", t.Target, t.Has), false
	case !t.Wants:
		return fmt.Sprintf("%s has %s already.", t.Target, r.Tag), false
	case isCheck:
		return fmt.Sprintf("%s is on %s and can have %s.", t.Target, t.Has, r.Tag), false
	case t.Outcome == "conflict":
		return fmt.Sprintf("%s stays on %s: Git cannot merge %s.", t.Target, t.Has, r.Tag), false
	case t.Reason != "":
		return fmt.Sprintf("%s stays on %s: %s.", t.Target, t.Has, t.Reason), false
	}
	return fmt.Sprintf("%s goes from %s to %s.", t.Target, t.Has, r.Tag), true
}
