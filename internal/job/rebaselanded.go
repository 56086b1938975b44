package job

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/rebase"
	"mgit/internal/upgrade"
)

// VerdictEmptied is the verdict on a commit that left nothing when it was replayed
// although no commit of upstream is known that did the same; see [rebase.Verdict].
const VerdictEmptied rebase.Verdict = "emptied"

// LandedCommit is a commit that upstream has or had, with the evidence.
type LandedCommit struct {
	Commit  ID             `json:"commit"`
	By      ID             `json:"by"`   // upstream's; null when none is known
	Also    []ID           `json:"also"` // upstream's others, where it took several
	Release string         `json:"release"`
	How     rebase.How     `json:"how"`
	Verdict rebase.Verdict `json:"verdict"` // one of rebase's, or emptied
	// Likeness is the part of the changed lines that upstream changed in the same way.
	Likeness   float64 `json:"likeness"`
	Reverted   bool    `json:"reverted"`
	RevertedBy ID      `json:"reverted_by"`
	// Picked says that Commit was picked from By, as its message tells.
	Picked bool `json:"picked"`
	// RangeDiff is what `git range-diff` says of the two; "" where it was not asked for
	// or they are the same.
	RangeDiff string `json:"range_diff,omitempty"`
}

// Suggestion is a disposition that the evidence speaks for. Nothing is done about it.
type Suggestion struct {
	Disposition string   `json:"disposition"`
	Reason      string   `json:"reason"`
	Command     []string `json:"command"` // that enters it, word by word
}

// EvidenceTotals counts the commits of all branches by what upstream did with them.
type EvidenceTotals struct {
	Commits   int `json:"commits"` // that were looked for
	Landed    int `json:"landed"`
	Different int `json:"different"`
	Reverted  int `json:"reverted"`
	Emptied   int `json:"emptied"`
	NotThere  int `json:"not_there"`
	Branches  int `json:"branches"` // that have a suggestion
}

// findLanded names upstream's counterparts of the commits that left nothing, and with
// Evidence of all that were replayed. Commits that became empty with a counterpart count
// as landed from here on.
func (r *RebaseReport) findLanded(ctx context.Context) (map[git.ID]rebase.Evidence, error) {
	p := r.plan
	byBase := make(map[git.ID][]rebase.Step)
	for _, result := range r.results {
		for _, s := range result.Steps {
			if s.Fate == rebase.Emptied || p.request.Evidence && !result.Branch.Skip {
				byBase[result.Branch.Base] = append(byBase[result.Branch.Base], s)
			}
		}
	}
	all := make(map[git.ID]rebase.Evidence)
	for base, steps := range byBase {
		found, err := rebase.FindLanded(ctx, p.site.Repo, r.scratch, base, git.ID(p.Onto.Commit), steps)
		if err != nil {
			return nil, err
		}
		for id, e := range found {
			all[id] = e
		}
	}
	rebase.MarkLanded(r.results, all)
	return all, nil
}

// landedCommits lists a branch's commits of which there is evidence, and those that left
// nothing. What left nothing is upstream whatever the evidence says: had it been taken
// back, it would have left something.
func landedCommits(result rebase.Result, evidence map[git.ID]rebase.Evidence) []LandedCommit {
	all := []LandedCommit{}
	for _, s := range result.Steps {
		isEmpty := s.Fate == rebase.Landed || s.Fate == rebase.Emptied
		e, ok := evidence[s.Old]
		if !ok && !isEmpty {
			continue
		}
		l := LandedCommit{
			Commit: ID(s.Old), By: ID(e.By), Also: []ID{}, Release: e.Release, How: e.How, Verdict: e.Verdict,
			Likeness: math.Floor(100*e.Likeness) / 100, Reverted: e.Reverted, RevertedBy: ID(e.Undo), Picked: e.Picked,
		}
		for _, id := range e.Also {
			l.Also = append(l.Also, ID(id))
		}
		if isEmpty {
			l.How, l.Verdict, l.Reverted, l.RevertedBy = rebase.ByEmpty, rebase.VerdictLanded, false, ID{}
			if !ok {
				l.Verdict = VerdictEmptied
			}
		}
		all = append(all, l)
	}
	return all
}

// weigh adds up the evidence and suggests what to decide.
func (r *RebaseReport) weigh() {
	r.Evidence = &EvidenceTotals{}
	for i := range r.Branches {
		b := &r.Branches[i]
		if b.Suggestion = r.suggest(*b); b.Suggestion != nil {
			r.Evidence.Branches++
		}
		if r.results[i].Branch.Skip {
			continue
		}
		r.Evidence.Commits += b.Commits.In
		r.Evidence.NotThere += b.Commits.In - len(b.Landed)
		for _, l := range b.Landed {
			switch l.Verdict {
			case rebase.VerdictLanded:
				r.Evidence.Landed++
			case rebase.VerdictDifferent:
				r.Evidence.Different++
			case rebase.VerdictReverted:
				r.Evidence.Reverted++
			default:
				r.Evidence.Emptied++
			}
		}
	}
}

// suggest suggests to drop a branch of which upstream has all, as it is or in another
// way. What has moved already, or is decided, is left alone.
func (r *RebaseReport) suggest(b BranchReport) *Suggestion {
	switch b.Outcome {
	case upgrade.OutcomeClean, upgrade.OutcomeResolved, upgrade.OutcomeConflict:
	default:
		return nil
	}
	if len(b.Landed) == 0 || len(b.Landed) < b.Commits.In {
		return nil
	}
	different := 0
	var by []string
	for _, l := range b.Landed {
		switch l.Verdict {
		case rebase.VerdictReverted:
			return nil
		case rebase.VerdictDifferent:
			different++
		}
		if text := l.arrival(); text != "" && !slices.Contains(by, text) {
			by = append(by, text)
		}
	}
	const most = 3
	if n := len(by) - most; n > 0 {
		by = append(by[:most], fmt.Sprintf("%d more", n))
	}
	reason := "Moodle has it"
	if different > 0 {
		reason = "Moodle has it in another way"
	}
	if len(by) > 0 {
		reason += ": " + strings.Join(by, ", ")
	}
	return &Suggestion{
		Disposition: upgrade.DispositionDrop, Reason: reason,
		Command: []string{"mgit", "dispose", b.Name, upgrade.DispositionDrop, "--reason", reason, "--for", r.plan.To.String()},
	}
}

// arrival names the commit by which a change arrived upstream, and its release.
func (l LandedCommit) arrival() string {
	return arrival(l.By, l.Release)
}

func arrival(by ID, release string) string {
	if release == "" || by == (ID{}) {
		return by.Short()
	}
	return by.Short() + " in " + release
}

// addRangeDiffs adds how the commits differ from upstream's, where they do.
func (r *RebaseReport) addRangeDiffs(ctx context.Context) error {
	for i := range r.Branches {
		for j := range r.Branches[i].Landed {
			l := &r.Branches[i].Landed[j]
			if l.By == (ID{}) || l.How == rebase.ByEmpty || l.How == rebase.ByPatchID {
				continue
			}
			text, err := r.plan.site.rangeDiff(ctx, git.ID(l.Commit), git.ID(l.By))
			if err != nil {
				return fmt.Errorf("compare %s with upstream's %s: %w", l.Commit, l.By, err)
			}
			l.RangeDiff = text
		}
	}
	return nil
}

// rangeDiff compares two commits as `git range-diff` does. It is "" for those that have no
// parent, which git cannot compare so, and where this clone lacks what they hold.
func (s *Site) rangeDiff(ctx context.Context, ours, theirs git.ID) (string, error) {
	out, err := s.Repo.Cmd("range-diff", "--no-color", "--no-dual-color", "--creation-factor=999",
		ours.String()+"^.."+ours.String(), theirs.String()+"^.."+theirs.String()).Output(ctx)
	var exit *git.ExitError
	if errors.As(err, &exit) && ctx.Err() == nil {
		return "", nil
	}
	return string(out), err
}
